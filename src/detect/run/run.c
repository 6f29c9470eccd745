/* A run over one table: what event rules match, and their findings.
 *
 * Matches come from the query engine as a set and are put into the order of time here, once per
 * rule; correlations build on the same lists. Matches of one group that follow each other closely
 * are one finding, so that a burst of the same call is read once. */
#include "detect/run/run.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/system.h"
#include "base/time.h"
#include "detect/run/internal.h"
#include "query/eval/eval.h"

void th_found_list_init(struct th_found_list *list)
{
    *list = (struct th_found_list){.arena = th_arena_new(0)};
}

void th_found_list_fini(struct th_found_list *list)
{
    free(list->found);
    th_arena_free(list->arena);
    *list = (struct th_found_list){NULL, NULL, 0, 0};
}

th_detect *th_detect_new(th_table *table)
{
    th_detect *detect = th_xcalloc(1, sizeof *detect);
    detect->table = table;
    detect->known = th_dict_new();
    return detect;
}

void th_detect_free(th_detect *detect)
{
    if (detect == NULL)
        return;
    for (size_t i = 0; i < detect->cache_n; i++)
        free(detect->cache[i].rows);
    free(detect->cache);
    th_dict_free(detect->known);
    free(detect);
}

enum th_code th_run_check(const struct th_run *run)
{
    return th_cancelled(run->cancel) ? th_err_set(run->err, TH_E_CANCELLED, "cancelled") : TH_OK;
}

/* Rows in order of time
 * ---------------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b, void *ctx)
{
    const int64_t *ts = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (ts[x] != ts[y])
        return ts[x] < ts[y] ? -1 : 1;
    return (x > y) - (x < y);
}

size_t th_run_sort_rows(const struct th_detect *detect, uint32_t *rows, size_t n)
{
    size_t kept = 0;
    bool sorted = true;
    for (size_t i = 1; sorted && i < n; i++)
        sorted = detect->ts[rows[i - 1]] < detect->ts[rows[i]] ||
                 (detect->ts[rows[i - 1]] == detect->ts[rows[i]] && rows[i - 1] < rows[i]);
    if (sorted)
        return n;
    th_sort(rows, n, sizeof *rows, by_time, detect->ts);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || rows[i] != rows[kept - 1])
            rows[kept++] = rows[i];
    return kept;
}

/* Few are sorted; of many, all rows are passed in the order that the table keeps. */
static void list_rows(const struct th_detect *detect, const struct th_bits *bits,
                      struct th_rule_rows *out)
{
    size_t all = th_table_rows(detect->table), n = 0;
    size_t count = th_bits_count(bits);
    out->rows = th_xcalloc(count + 1, sizeof *out->rows);
    if (count > all / 16) {
        for (size_t i = 0; i < all; i++)
            if (th_bits_get(bits, detect->order[i]))
                out->rows[n++] = detect->order[i];
    } else {
        for (size_t row = th_bits_next(bits, 0); row < all; row = th_bits_next(bits, row + 1))
            out->rows[n++] = (uint32_t)row;
        n = th_run_sort_rows(detect, out->rows, n);
    }
    out->n = n;
    while (out->timed < n && detect->ts[out->rows[out->timed]] == TH_TIME_NONE)
        out->timed++;
}

const struct th_rule_rows *th_detect_known(const struct th_detect *detect,
                                           const struct th_rule *rule)
{
    uint32_t code = th_dict_find(detect->known, th_rule_key(&rule));
    return code == 0 ? NULL : &detect->cache[code - 1];
}

static enum th_code load_times(struct th_detect *detect, struct th_err *err)
{
    if (detect->ts != NULL)
        return TH_OK;
    return th_table_times(detect->table, &detect->ts, &detect->order, err);
}

enum th_code th_detect_keep(struct th_detect *detect, const struct th_rule *rule,
                            const struct th_bits *bits, struct th_err *err)
{
    enum th_code rc = load_times(detect, err);
    if (rc != TH_OK)
        return rc;
    if (th_detect_known(detect, rule) != NULL)
        return TH_OK;
    (void)th_dict_intern(detect->known, th_rule_key(&rule));
    TH_GROW(detect->cache, detect->cache_n, detect->cache_cap);
    struct th_rule_rows *rows = &detect->cache[detect->cache_n++];
    *rows = (struct th_rule_rows){.rule = rule};
    list_rows(detect, bits, rows);
    return TH_OK;
}

enum th_code th_run_matches(struct th_run *run, const struct th_rule *rule,
                            const struct th_rule_rows **out)
{
    struct th_detect *detect = run->detect;
    struct th_bits bits;
    *out = th_detect_known(detect, rule);
    if (*out != NULL)
        return TH_OK;
    enum th_code rc = th_eval_rows(detect->table, rule->query, NULL, run->cancel, &bits, run->err);
    if (rc != TH_OK)
        return rc;
    rc = th_detect_keep(detect, rule, &bits, run->err);
    th_bits_fini(&bits);
    *out = th_detect_known(detect, rule);
    return rc;
}

/* Findings of event rules
 * --------------------------------------------------------------------------------------------- */

static enum th_code add_cluster(struct th_run *run, const struct th_groups *groups, uint32_t group,
                                uint32_t *rows, size_t n)
{
    struct th_hit hit = {.groups = groups, .group = group, .rows = rows, .n = n, .values = -1};
    return th_hit_add(run, &hit);
}

/* The matches of one group: cut where nothing happens for longer than the rule's gap. Untimed ones,
 * which come first, stay together. */
static enum th_code add_clusters(struct th_run *run, const struct th_groups *groups, uint32_t group,
                                 uint32_t *rows, size_t n)
{
    const int64_t *ts = run->detect->ts;
    enum th_code rc = TH_OK;
    for (size_t from = 0; rc == TH_OK && from < n;) {
        size_t to = from + 1;
        while (to < n && (ts[rows[from]] == TH_TIME_NONE) == (ts[rows[to]] == TH_TIME_NONE) &&
               ts[rows[to]] - ts[rows[to - 1]] <= run->rule->gap_ms)
            to++;
        rc = add_cluster(run, groups, group, rows + from, to - from);
        from = to;
    }
    return rc;
}

static enum th_code group_matches(struct th_run *run, struct th_groups *groups,
                                  const struct th_rule_rows *matches)
{
    uint32_t *codes, *order;
    size_t *from;
    enum th_code rc = th_groups_of(groups, run, matches->rows, matches->n, &codes);
    if (rc != TH_OK)
        return rc;
    size_t count = th_groups_count(groups);
    th_groups_sort(codes, matches->n, count, &order, &from);
    for (size_t i = 0; i < matches->n; i++)
        order[i] = matches->rows[order[i]];
    for (size_t g = 1; rc == TH_OK && g <= count; g++) {
        rc = th_run_check(run);
        if (rc == TH_OK)
            rc = add_clusters(run, groups, (uint32_t)g, order + from[g], from[g + 1] - from[g]);
    }
    free(codes);
    free(order);
    free(from);
    return rc;
}

static enum th_code run_event(struct th_run *run)
{
    const struct th_rule_rows *matches;
    struct th_groups groups;
    enum th_code rc = th_run_matches(run, run->rule, &matches);
    if (rc != TH_OK || matches->n == 0)
        return rc;
    th_groups_init(&groups, run->rule, true);
    rc = group_matches(run, &groups, matches);
    th_groups_fini(&groups);
    return rc;
}

enum th_code th_detect_run(th_detect *detect, const struct th_rule *rule, th_cancel *cancel,
                           struct th_found_list *list, struct th_err *err)
{
    struct th_run run = {detect, rule, cancel, err, list};
    size_t before = list->n;
    if (rule->silent)
        return TH_OK;
    enum th_code rc = load_times(detect, err);
    if (rc == TH_OK)
        rc = rule->kind == TH_RULE_EVENT ? run_event(&run) : th_run_correlation(&run);
    if (rc != TH_OK)
        list->n = before;
    return rc == TH_OK ? TH_OK : th_err_prefix(err, rc, "rule %s", rule->title);
}
