/* Correlations: rows of the parts are put into groups, windows slide over each group, and what they
 * hold becomes a finding.
 *
 * A part that is a correlation itself gives windows instead of events: for each moment at which it
 * holds, the shortest time in which it does. So a burst that goes on after what followed it still
 * counts as having been before it. Windows point into one list of rows per part. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"
#include "detect/run/internal.h"

enum { CHAIN_MAX = 16 }; /* correlations of correlations of … */

/* What a part gives: items over a list of rows. Events: rows[i] is item i. */
struct source {
    struct th_window_items items;
    uint32_t *rows;
    size_t rows_n, rows_cap;
};

static void source_fini(struct source *s)
{
    th_window_items_fini(&s->items);
    free(s->rows);
}

static void source_add_rows(struct source *s, const uint32_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        TH_GROW(s->rows, s->rows_n, s->rows_cap);
        s->rows[s->rows_n++] = rows[i];
    }
}

/* One evaluation of a correlation: for findings (run->list) or for the windows that it gives as a
 * part (tight). */
struct correlation {
    struct th_run *run;
    const struct th_rule *rule;
    struct source *tight; /* NULL: findings are wanted */
    int depth;
    struct th_groups groups;
};

static enum th_code evaluate(struct correlation *c);

/* Rows gathered for findings
 * ------------------------------------------------------------------------------------------- */

struct row_list {
    uint32_t *v;
    size_t n, cap;
    uint32_t from, to; /* the range added last */
};

/* Add places from … to-1 of rows. Windows of one burst overlap: of one that begins inside the range
 * before, only what goes beyond it is added. */
static void add_range(struct row_list *list, const uint32_t *rows, uint32_t from, uint32_t to)
{
    bool overlaps = from >= list->from && from < list->to;
    uint32_t start = overlaps ? list->to : from;
    for (uint32_t i = start; i < to; i++) {
        TH_GROW(list->v, list->n, list->cap);
        list->v[list->n++] = rows[i];
    }
    if (!overlaps)
        list->from = from;
    if (!overlaps || to > list->to)
        list->to = to;
}

/* Counting
 * -------------------------------------------------------------------------------------------------------------
 */

/* Timed matches of all parts, each row once, in order of time. Owned. */
static enum th_code merged_rows(struct correlation *c, uint32_t **out, size_t *out_n)
{
    const struct th_rule_rows *matches;
    struct row_list all = {0};
    *out = NULL;
    *out_n = 0;
    for (size_t p = 0; p < c->rule->parts_n; p++) {
        enum th_code rc = th_run_matches(c->run, c->rule->parts[p], &matches);
        if (rc != TH_OK) {
            free(all.v);
            return rc;
        }
        all.from = all.to = 0;
        add_range(&all, matches->rows, (uint32_t)matches->timed, (uint32_t)matches->n);
    }
    *out_n = th_run_sort_rows(c->run->detect, all.v, all.n);
    *out = all.v;
    return TH_OK;
}

/* Which of the rows of a window are whose: those that a part matched. */
static enum th_code split_parts(struct correlation *c, const uint32_t *rows, size_t n,
                                struct th_hit_part *parts)
{
    const int64_t *ts = c->run->detect->ts;
    const struct th_rule_rows *matches;
    for (size_t p = 0; p < c->rule->parts_n; p++) {
        enum th_code rc = th_run_matches(c->run, c->rule->parts[p], &matches);
        if (rc != TH_OK)
            return rc;
        parts[p].rule = c->rule->parts[p];
        parts[p].rows = th_xcalloc(n + 1, sizeof *parts[p].rows);
        size_t lo = matches->timed, hi = matches->n;
        while (lo < hi) { /* the first match at the time of the first row, or behind it */
            size_t mid = lo + (hi - lo) / 2;
            if (ts[matches->rows[mid]] < ts[rows[0]])
                lo = mid + 1;
            else
                hi = mid;
        }
        for (size_t i = 0; i < n && lo < matches->n;) {
            uint32_t a = rows[i], b = matches->rows[lo];
            if (a == b)
                parts[p].rows[parts[p].n++] = a;
            bool behind = ts[a] < ts[b] || (ts[a] == ts[b] && a < b);
            i += behind || a == b;
            lo += !behind;
        }
    }
    return TH_OK;
}

static int64_t different(const struct th_values_of *values, size_t from, size_t to)
{
    uint8_t *seen = th_xcalloc((size_t)values->count + 1, 1);
    int64_t n = 0;
    for (uint32_t k = values->first[from]; k < values->first[to]; k++) {
        n += seen[values->list[k]] == 0;
        seen[values->list[k]] = 1;
    }
    free(seen);
    return n;
}

static enum th_code add_burst(struct correlation *c, uint32_t group, uint32_t *rows, size_t n,
                              int64_t values)
{
    size_t parts_n = c->rule->parts_n;
    struct th_hit_part *parts = th_xcalloc(parts_n + 1, sizeof *parts);
    struct th_hit hit = {&c->groups, group, rows, n, parts, parts_n, values};
    enum th_code rc = split_parts(c, rows, n, parts);
    if (rc == TH_OK)
        rc = th_hit_add(c->run, &hit);
    for (size_t p = 0; p < parts_n; p++)
        free(parts[p].rows);
    free(parts);
    return rc;
}

/* The events of one group: rows, and values of the counted field (NULL: none). */
static enum th_code count_group(struct correlation *c, uint32_t group, uint32_t *rows, size_t n,
                                const struct th_values_of *values)
{
    const struct th_rule *rule = c->rule;
    const struct th_bounds bounds = {rule->gte, rule->gt, rule->lte, rule->lt, rule->eq, rule->neq};
    struct th_window_items bursts = {0};
    enum th_code rc = th_run_check(c->run);
    if (rc != TH_OK)
        return rc;
    int64_t *ts = th_xcalloc(n + 1, sizeof *ts);
    for (size_t i = 0; i < n; i++)
        ts[i] = c->run->detect->ts[rows[i]];
    if (c->tight != NULL) {
        struct th_window_items tight = {0};
        uint32_t base = (uint32_t)c->tight->rows_n;
        th_window_count(ts, n, values, rule->timespan_ms, &bounds, &bursts, &tight);
        if (tight.n > 0)
            source_add_rows(c->tight, rows, n);
        for (size_t i = 0; i < tight.n; i++) {
            tight.v[i].from += base;
            tight.v[i].to += base;
            th_window_items_add(&c->tight->items, tight.v[i]);
        }
        th_window_items_fini(&tight);
    } else {
        th_window_count(ts, n, values, rule->timespan_ms, &bounds, &bursts, NULL);
        for (size_t i = 0; rc == TH_OK && i < bursts.n; i++) {
            const struct th_window_item *b = &bursts.v[i];
            rc = add_burst(c, group, rows + b->from, b->to - b->from,
                           values == NULL ? -1 : different(values, b->from, b->to));
        }
    }
    free(ts);
    th_window_items_fini(&bursts);
    return rc;
}

/* Values of the counted field, of all events in the order of their groups; numbered anew in each
 * group, so that a group costs what is in it. */
struct values {
    struct th_lists lists;
    uint32_t *number; /* of a value: its number in the group */
    size_t *group;    /* that was numbered last */
};

static enum th_code open_values(struct correlation *c, const uint32_t *rows, size_t n,
                                struct values *v)
{
    *v = (struct values){.number = NULL};
    if (c->rule->correlation != TH_CORR_VALUE_COUNT)
        return TH_OK;
    enum th_code rc = th_lists_of(c->run, &c->rule->value_field, rows, n, &v->lists);
    v->number = th_xcalloc((size_t)v->lists.count + 1, sizeof *v->number);
    v->group = th_xcalloc((size_t)v->lists.count + 1, sizeof *v->group);
    return rc;
}

static void close_values(struct values *v)
{
    free(v->lists.first);
    free(v->lists.list);
    free(v->number);
    free(v->group);
}

static struct th_values_of group_values(struct values *v, size_t group, size_t from, size_t to)
{
    uint32_t count = 0;
    for (uint32_t k = v->lists.first[from]; k < v->lists.first[to]; k++) {
        uint32_t value = v->lists.list[k];
        if (v->group[value] != group) {
            v->group[value] = group;
            v->number[value] = count++;
        }
        v->lists.list[k] = v->number[value];
    }
    return (struct th_values_of){v->lists.first + from, v->lists.list, count};
}

static enum th_code count_groups(struct correlation *c, const uint32_t *rows, size_t n,
                                 const uint32_t *codes)
{
    uint32_t *order;
    size_t *from;
    struct values v;
    size_t count = th_groups_count(&c->groups);
    th_groups_sort(codes, n, count, &order, &from);
    for (size_t i = 0; i < n; i++)
        order[i] = rows[order[i]];
    enum th_code rc = open_values(c, order, n, &v);
    for (size_t g = 1; rc == TH_OK && g <= count; g++) {
        struct th_values_of values = {NULL, NULL, 0};
        if (v.number != NULL)
            values = group_values(&v, g, from[g], from[g + 1]);
        rc = count_group(c, (uint32_t)g, order + from[g], from[g + 1] - from[g],
                         v.number != NULL ? &values : NULL);
    }
    close_values(&v);
    free(order);
    free(from);
    return rc;
}

static enum th_code evaluate_count(struct correlation *c)
{
    uint32_t *rows, *codes = NULL;
    size_t n;
    enum th_code rc = merged_rows(c, &rows, &n);
    if (rc == TH_OK)
        rc = th_groups_of(&c->groups, c->run, rows, n, &codes);
    if (rc == TH_OK)
        rc = count_groups(c, rows, n, codes);
    free(rows);
    free(codes);
    return rc;
}

/* Coming together
 * ------------------------------------------------------------------------------------------------------
 */

/* A part with its items by group. */
struct part {
    struct source source;
    uint32_t *codes, *order;
    size_t *from;
};

static enum th_code open_events(struct correlation *c, const struct th_rule *rule, struct part *p)
{
    const struct th_rule_rows *matches;
    enum th_code rc = th_run_matches(c->run, rule, &matches);
    if (rc != TH_OK)
        return rc;
    source_add_rows(&p->source, matches->rows + matches->timed, matches->n - matches->timed);
    for (size_t i = 0; i < p->source.rows_n; i++) {
        uint32_t row = p->source.rows[i];
        int64_t ts = c->run->detect->ts[row];
        th_window_items_add(&p->source.items,
                            (struct th_window_item){ts, ts, (uint32_t)i, (uint32_t)i + 1, row});
    }
    return TH_OK;
}

static enum th_code open_windows(struct correlation *c, const struct th_rule *rule, struct part *p)
{
    struct correlation inner = {
        .run = c->run, .rule = rule, .tight = &p->source, .depth = c->depth + 1};
    return evaluate(&inner);
}

/* The group of every item: that of its first row; the loader made sure that all its rows agree. */
static enum th_code group_items(struct correlation *c, struct part *p)
{
    size_t n = p->source.items.n;
    uint32_t *rows = th_xcalloc(n + 1, sizeof *rows);
    for (size_t i = 0; i < n; i++)
        rows[i] = p->source.rows[p->source.items.v[i].from];
    enum th_code rc = th_groups_of(&c->groups, c->run, rows, n, &p->codes);
    free(rows);
    return rc;
}

/* The hits of one group: rows of every part by hit. */
struct meeting {
    struct th_window_items *items; /* of each part, of this group */
    struct th_window_items hits, tight;
    uint32_t **member;
    size_t *at; /* of each part: the item not yet looked at */
};

/* Rows of a part's items that belong to a hit. Items and hits ascend in time. */
static void hit_rows(struct correlation *c, const struct part *parts, struct meeting *m, size_t p,
                     uint32_t hit, struct row_list *list)
{
    for (; m->at[p] < m->items[p].n; m->at[p]++) {
        const struct th_window_item *item = &m->items[p].v[m->at[p]];
        uint32_t member = m->member[p][m->at[p]];
        if (member == UINT32_MAX)
            continue;
        if (member > hit)
            break;
        add_range(list, parts[p].source.rows, item->from, item->to);
    }
    list->n = th_run_sort_rows(c->run->detect, list->v, list->n);
}

/* Windows of a hit for an outer rule: their rows are those of the hit in their time. */
static void give_windows(struct correlation *c, const struct meeting *m, size_t *at,
                         const struct th_window_item *span, const struct row_list *all)
{
    const int64_t *ts = c->run->detect->ts;
    uint32_t base = (uint32_t)c->tight->rows_n;
    size_t lo = 0, hi = 0;
    source_add_rows(c->tight, all->v, all->n);
    for (; *at < m->tight.n && m->tight.v[*at].last <= span->last; ++*at) {
        struct th_window_item item = m->tight.v[*at];
        while (hi < all->n && ts[all->v[hi]] <= item.last)
            hi++;
        while (lo > 0 && ts[all->v[lo - 1]] >= item.first)
            lo--;
        while (lo < hi && ts[all->v[lo]] < item.first)
            lo++;
        item.from = base + (uint32_t)lo;
        item.to = base + (uint32_t)hi;
        if (item.to > item.from)
            th_window_items_add(&c->tight->items, item);
    }
}

static enum th_code take_hits(struct correlation *c, const struct part *parts, struct meeting *m,
                              uint32_t group)
{
    size_t parts_n = c->rule->parts_n, tight_at = 0;
    enum th_code rc = TH_OK;
    for (uint32_t h = 0; rc == TH_OK && h < m->hits.n; h++) {
        struct th_hit_part *found = th_xcalloc(parts_n, sizeof *found);
        struct row_list all = {0};
        for (size_t p = 0; p < parts_n; p++) {
            struct row_list list = {0};
            hit_rows(c, parts, m, p, h, &list);
            found[p] = (struct th_hit_part){c->rule->parts[p], list.v, list.n};
            all.from = all.to = 0;
            add_range(&all, list.v, 0, (uint32_t)list.n);
        }
        all.n = th_run_sort_rows(c->run->detect, all.v, all.n);
        struct th_hit hit = {&c->groups, group, all.v, all.n, found, parts_n, -1};
        if (c->tight != NULL)
            give_windows(c, m, &tight_at, &m->hits.v[h], &all);
        else
            rc = th_hit_add(c->run, &hit);
        for (size_t p = 0; p < parts_n; p++)
            free(found[p].rows);
        free(found);
        free(all.v);
    }
    return rc;
}

static enum th_code meet_group(struct correlation *c, const struct part *parts, uint32_t group)
{
    size_t n = c->rule->parts_n;
    struct meeting m = {.items = th_xcalloc(n, sizeof *m.items),
                        .member = th_xcalloc(n, sizeof *m.member),
                        .at = th_xcalloc(n, sizeof *m.at)};
    enum th_code rc = th_run_check(c->run);
    bool all = rc == TH_OK;
    for (size_t p = 0; all && p < n; p++) {
        for (size_t i = parts[p].from[group]; i < parts[p].from[group + 1]; i++)
            th_window_items_add(&m.items[p], parts[p].source.items.v[parts[p].order[i]]);
        all = m.items[p].n > 0;
    }
    if (all) {
        th_window_meet(m.items, n, c->rule->correlation == TH_CORR_TEMPORAL_ORDERED,
                       c->rule->timespan_ms, &m.hits, m.member, c->tight != NULL ? &m.tight : NULL);
        rc = take_hits(c, parts, &m, group);
    }
    for (size_t p = 0; p < n; p++) {
        th_window_items_fini(&m.items[p]);
        free(m.member[p]);
    }
    th_window_items_fini(&m.hits);
    th_window_items_fini(&m.tight);
    free(m.items);
    free(m.member);
    free(m.at);
    return rc;
}

static enum th_code meet_groups(struct correlation *c, struct part *parts)
{
    enum th_code rc = TH_OK;
    size_t n = c->rule->parts_n, count = th_groups_count(&c->groups);
    for (size_t p = 0; p < n; p++)
        th_groups_sort(parts[p].codes, parts[p].source.items.n, count, &parts[p].order,
                       &parts[p].from);
    for (size_t g = 1; rc == TH_OK && g <= count; g++)
        rc = meet_group(c, parts, (uint32_t)g);
    return rc;
}

static enum th_code evaluate_meeting(struct correlation *c)
{
    size_t n = c->rule->parts_n;
    struct part *parts = th_xcalloc(n, sizeof *parts);
    enum th_code rc = TH_OK;
    bool all = true;
    for (size_t p = 0; rc == TH_OK && all && p < n; p++) {
        const struct th_rule *rule = c->rule->parts[p];
        rc = rule->kind == TH_RULE_EVENT ? open_events(c, rule, &parts[p])
                                         : open_windows(c, rule, &parts[p]);
        if (rc == TH_OK)
            rc = group_items(c, &parts[p]);
        all = parts[p].source.items.n > 0;
    }
    if (rc == TH_OK && all)
        rc = meet_groups(c, parts);
    for (size_t p = 0; p < n; p++) {
        source_fini(&parts[p].source);
        free(parts[p].codes);
        free(parts[p].order);
        free(parts[p].from);
    }
    free(parts);
    return rc;
}

static enum th_code evaluate(struct correlation *c)
{
    enum th_code rc = TH_E_UNSUPPORTED;
    if (c->depth > CHAIN_MAX)
        return th_err_set(c->run->err, TH_E_LIMIT, "correlations build on each other too deeply");
    th_groups_init(&c->groups, c->rule, false);
    switch (c->rule->correlation) {
    case TH_CORR_EVENT_COUNT:
    case TH_CORR_VALUE_COUNT:
        rc = evaluate_count(c);
        break;
    case TH_CORR_TEMPORAL:
    case TH_CORR_TEMPORAL_ORDERED:
        rc = evaluate_meeting(c);
        break;
    }
    th_groups_fini(&c->groups);
    return rc;
}

enum th_code th_run_correlation(struct th_run *run)
{
    struct correlation c = {.run = run, .rule = run->rule};
    return evaluate(&c);
}
