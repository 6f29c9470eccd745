/* A hit as a finding: its group, its sentence, its figures.
 *
 * The sentence is put together from what the events have in common and in how much they differ: how
 * many, of what, by whom, from where, within which time, and how many different users, addresses,
 * accounts. It is text from logs and rules; whoever shows it makes it safe. */
#include "detect/run/internal.h"

#include <stdlib.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/time.h"

enum { VALUE_BYTES = 120, CODES_SHOWN = 3 };

/* What is counted: a field and what different ones are called. */
static const struct {
    enum th_field field;
    const char *many;
    enum th_field same_as; /* a group-by on it says the same */
} counted[] = {
    {TH_F_USER_NAME, "user names", TH_F_OWN_ACTOR},
    {TH_F_SOURCE_ADDRESS, "addresses", TH_F_SOURCE_IP},
    {TH_F_RECIPIENT_ACCOUNT_ID, "accounts", TH_F_CLOUD_ACCOUNT_ID},
    {TH_F_CLOUD_REGION, "regions", TH_FIELD_NONE},
    {TH_F_EVENT_ACTION, "calls", TH_FIELD_NONE},
    {TH_F_OWN_TARGET, "targets", TH_FIELD_NONE},
    {TH_F_ERROR_CODE, "errors", TH_FIELD_NONE},
};

/* Values
 * -------------------------------------------------------------------------------------------------------------
 */

/* A column's codes over some rows, by how often: most first. */
struct tally_entry {
    uint32_t code;
    size_t count;
};
struct tally {
    const struct th_column *column;
    struct tally_entry *v; /* owned */
    size_t n;
    size_t absent;
};

static int by_code(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int by_count(const void *a, const void *b)
{
    const struct tally_entry *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->code > y->code) - (x->code < y->code);
}

static enum th_code tally_rows(struct th_run *run, enum th_field field, const uint32_t *rows,
                               size_t n, struct tally *out)
{
    *out = (struct tally){0};
    enum th_code rc = th_table_column(run->detect->table, field, &out->column, run->err);
    if (rc != TH_OK)
        return rc;
    uint32_t *codes = th_xcalloc(n + 1, sizeof *codes);
    for (size_t i = 0; i < n; i++)
        codes[i] = th_column_code(out->column, rows[i]);
    qsort(codes, n, sizeof *codes, by_code);
    out->v = th_xcalloc(n + 1, sizeof *out->v);
    for (size_t i = 0; i < n; i++) {
        if (out->column->texts[codes[i]].p == NULL)
            out->absent++;
        else if (out->n > 0 && out->v[out->n - 1].code == codes[i])
            out->v[out->n - 1].count++;
        else
            out->v[out->n++] = (struct tally_entry){codes[i], 1};
    }
    free(codes);
    qsort(out->v, out->n, sizeof *out->v, by_count);
    return TH_OK;
}

static struct th_str tally_text(const struct tally *t, size_t i)
{
    return t->column->texts[t->v[i].code];
}

/* AWS writes this for a user name that was mistyped so badly that it may be a password. */
static bool is_hidden(struct th_str name)
{
    return th_str_is(name, "HIDDEN_DUE_TO_SECURITY_REASONS");
}

/* Words
 * --------------------------------------------------------------------------------------------------------------
 */

static void add_value(struct th_buf *out, struct th_str value)
{
    struct th_str shown = value;
    if (value.n > VALUE_BYTES) {
        shown.n = VALUE_BYTES;
        /* Not in the middle of a character. */
        while (shown.n > 0 && ((unsigned char)shown.p[shown.n] & 0xc0) == 0x80)
            shown.n--;
    }
    th_buf_add_str(out, shown);
    if (shown.n < value.n)
        th_buf_puts(out, "…");
}

static void add_clock(struct th_buf *out, int64_t ts)
{
    struct th_civil t;
    th_time_civil(ts, &t);
    th_buf_printf(out, "%02d:%02d:%02d UTC on %d %s", t.hour, t.minute, t.second, t.day,
                  th_time_month(t.month));
}

static void add_count(struct th_buf *out, size_t n)
{
    th_buf_add_u64(out, n);
}

/* How a group's value stands in a sentence. */
static const char *preposition(enum th_field field)
{
    switch ((int)field) {
    case TH_F_SOURCE_IP:
    case TH_F_SOURCE_ADDRESS:
        return " from ";
    case TH_F_USER_NAME:
    case TH_F_USER_ID:
    case TH_F_USER_IDENTITY_ARN:
    case TH_F_OWN_ACTOR:
    case TH_F_SESSION_ISSUER_ARN:
        return " by ";
    case TH_F_RECIPIENT_ACCOUNT_ID:
        return " in account ";
    case TH_F_CLOUD_ACCOUNT_ID:
        return " by account ";
    case TH_F_CLOUD_REGION:
        return " in ";
    case TH_F_ACCESS_KEY_ID:
        return " with key ";
    case TH_F_EVENT_ACTION:
        return " of ";
    case TH_F_USER_AGENT_ORIGINAL:
        return " with ";
    case TH_F_OWN_TARGET:
    case TH_F_USER_TARGET_NAME:
        return " on ";
    default:
        return NULL;
    }
}

static void add_group(struct th_buf *out, const struct th_hit *hit)
{
    const struct th_rule *rule = hit->groups->rule;
    for (size_t f = 0; f < rule->group_by_n; f++) {
        struct th_str value = th_groups_value(hit->groups, hit->group, f);
        const char *before = preposition(rule->group_by[f].field);
        if (value.p == NULL)
            continue;
        if (before != NULL)
            th_buf_puts(out, before);
        else
            th_buf_printf(out, " for %s ", rule->group_by_names[f]);
        add_value(out, value);
    }
}

static bool in_group(const struct th_rule *rule, enum th_field field)
{
    for (size_t f = 0; f < rule->group_by_n; f++)
        if (field != TH_FIELD_NONE && rule->group_by[f].field == field)
            return true;
    return false;
}

/* Is the field one of those whose different values are told anyway? */
static bool is_counted(enum th_field field)
{
    for (size_t i = 0; i < TH_COUNT(counted); i++)
        if (counted[i].field == field)
            return field != TH_F_ERROR_CODE && field != TH_F_OWN_TARGET;
    return false;
}

/* What the events of a rule are called. */
static void add_noun(struct th_buf *out, const struct th_rule *rule)
{
    while (rule->noun == NULL && rule->kind == TH_RULE_CORRELATION && rule->parts_n == 1)
        rule = rule->parts[0];
    if (rule->noun != NULL)
        th_buf_puts(out, rule->noun);
    else
        th_buf_printf(out, "events of \"%s\"", rule->title);
}

static void add_span(struct th_buf *out, const int64_t *ts, const uint32_t *rows, size_t n)
{
    if (ts[rows[0]] == TH_TIME_NONE)
        return;
    if (n == 1 || ts[rows[0]] == ts[rows[n - 1]]) {
        th_buf_puts(out, " at ");
        add_clock(out, ts[rows[0]]);
        return;
    }
    th_buf_puts(out, " within ");
    th_time_add_span(out, ts[rows[n - 1]] - ts[rows[0]]);
}

/* ", 6 different user names, 71 times a name that AWS hides". */
static enum th_code add_different(struct th_buf *out, struct th_run *run,
                                  const struct th_rule *rule, size_t which, const uint32_t *rows,
                                  size_t n)
{
    struct tally t;
    size_t hidden = 0;
    if (in_group(rule, counted[which].field) || in_group(rule, counted[which].same_as))
        return TH_OK;
    enum th_code rc = tally_rows(run, counted[which].field, rows, n, &t);
    if (rc != TH_OK)
        return rc;
    size_t values = t.n;
    for (size_t i = 0; i < t.n && counted[which].field == TH_F_USER_NAME; i++)
        if (is_hidden(tally_text(&t, i))) {
            hidden = t.v[i].count;
            values--;
        }
    if (values > 1) {
        th_buf_puts(out, ", ");
        add_count(out, values);
        th_buf_printf(out, " different %s", counted[which].many);
    }
    if (hidden > 0) {
        th_buf_puts(out, ", ");
        add_count(out, hidden);
        th_buf_puts(out, " for names that AWS hides");
    }
    free(t.v);
    return TH_OK;
}

/* " (14 AccessDenied, 8 Client.UnauthorizedOperation)" when most failed. all: of one event too. */
static enum th_code add_errors(struct th_buf *out, struct th_run *run, const uint32_t *rows,
                               size_t n)
{
    struct tally t;
    enum th_code rc = tally_rows(run, TH_F_ERROR_CODE, rows, n, &t);
    if (rc != TH_OK)
        return rc;
    for (size_t i = 0; i < t.n && i < CODES_SHOWN; i++) {
        th_buf_puts(out, i == 0 ? " (" : ", ");
        if (t.n > 1 || t.v[i].count < n) {
            add_count(out, t.v[i].count);
            th_buf_putc(out, ' ');
        }
        add_value(out, tally_text(&t, i));
    }
    if (t.n > CODES_SHOWN)
        th_buf_puts(out, ", …");
    if (t.n > 0)
        th_buf_putc(out, ')');
    free(t.v);
    return TH_OK;
}

/* Event rules
 * --------------------------------------------------------------------------------------------------------
 */

/* before and the value when all rows have the same one; "before 3 what" when they differ. */
static enum th_code add_common(struct th_buf *out, struct th_run *run, enum th_field field,
                               const char *before, const char *what, const uint32_t *rows, size_t n)
{
    struct tally t;
    enum th_code rc = tally_rows(run, field, rows, n, &t);
    if (rc != TH_OK)
        return rc;
    if (t.n == 1) {
        th_buf_puts(out, before);
        add_value(out, tally_text(&t, 0));
    } else if (t.n > 1) {
        th_buf_puts(out, before);
        add_count(out, t.n);
        th_buf_printf(out, " %s", what);
    }
    free(t.v);
    return TH_OK;
}

static enum th_code add_actions(struct th_buf *out, struct th_run *run, const uint32_t *rows,
                                size_t n)
{
    struct tally t;
    enum th_code rc = tally_rows(run, TH_F_EVENT_ACTION, rows, n, &t);
    if (rc != TH_OK)
        return rc;
    if (n > 1 && t.n <= 1) {
        add_count(out, n);
        th_buf_putc(out, ' ');
    }
    for (size_t i = 0; i < t.n && i < CODES_SHOWN; i++) {
        if (i > 0)
            th_buf_puts(out, ", ");
        if (t.n > 1) {
            add_count(out, t.v[i].count);
            th_buf_putc(out, ' ');
        }
        add_value(out, tally_text(&t, i));
    }
    if (t.n > CODES_SHOWN)
        th_buf_puts(out, ", …");
    if (t.n == 0)
        th_buf_puts(out, n == 1 ? "one event" : "events");
    free(t.v);
    return TH_OK;
}

/* "2 CreateAccessKey by ivy on 2 targets from 203.0.113.9 within 18 s (1 AccessDenied)". */
static enum th_code event_words(struct th_buf *out, struct th_run *run, const struct th_hit *hit)
{
    const uint32_t *rows = hit->rows;
    size_t n = hit->n;
    enum th_code rc = add_actions(out, run, rows, n);
    if (rc == TH_OK)
        rc = add_common(out, run, TH_F_OWN_ACTOR, " by ", "identities", rows, n);
    if (rc == TH_OK)
        rc = add_common(out, run, TH_F_OWN_TARGET, " on ", "targets", rows, n);
    if (rc == TH_OK)
        rc = add_common(out, run, TH_F_SOURCE_ADDRESS, " from ", "addresses", rows, n);
    add_span(out, run->detect->ts, rows, n);
    if (rc == TH_OK)
        rc = add_errors(out, run, rows, n);
    return rc;
}

/* Correlations
 * -------------------------------------------------------------------------------------------------------
 */

static enum th_code count_words(struct th_buf *out, struct th_run *run, const struct th_hit *hit)
{
    const struct th_rule *rule = run->rule;
    enum th_code rc = TH_OK;
    add_count(out, hit->n);
    th_buf_putc(out, ' ');
    add_noun(out, rule);
    add_group(out, hit);
    add_span(out, run->detect->ts, hit->rows, hit->n);
    if (hit->values >= 0 && !is_counted(rule->value_field.field))
        th_buf_printf(out, ", %lld different values of %s", (long long)hit->values,
                      rule->value_name);
    for (size_t i = 0; rc == TH_OK && i < TH_COUNT(counted); i++)
        if (counted[i].field != TH_F_ERROR_CODE &&
            (counted[i].field != TH_F_OWN_TARGET || hit->values < 0))
            rc = add_different(out, run, rule, i, hit->rows, hit->n);
    if (rc == TH_OK)
        rc = add_errors(out, run, hit->rows, hit->n);
    return rc;
}

/* One part of a meeting: "85 failed console sign-ins within 28 s, 6 different user names". */
static enum th_code part_words(struct th_buf *out, struct th_run *run, const struct th_hit *hit,
                               size_t p)
{
    const struct th_hit_part *part = &hit->parts[p];
    enum th_code rc = TH_OK;
    add_count(out, part->n);
    th_buf_putc(out, ' ');
    add_noun(out, part->rule);
    if (p == 0)
        add_group(out, hit);
    if (part->n == 1 && !in_group(run->rule, TH_F_OWN_ACTOR) &&
        !in_group(run->rule, TH_F_USER_NAME))
        rc = add_common(out, run, TH_F_OWN_ACTOR, " by ", "identities", part->rows, part->n);
    if (rc == TH_OK)
        add_span(out, run->detect->ts, part->rows, part->n);
    for (size_t i = 0; rc == TH_OK && part->n > 1 && i < 3; i++)
        rc = add_different(out, run, run->rule, i, part->rows, part->n);
    return rc;
}

static enum th_code meeting_words(struct th_buf *out, struct th_run *run, const struct th_hit *hit)
{
    bool ordered = run->rule->correlation == TH_CORR_TEMPORAL_ORDERED;
    enum th_code rc = TH_OK;
    for (size_t p = 0; rc == TH_OK && p < hit->parts_n; p++) {
        if (p > 0)
            th_buf_puts(out, ordered ? "; then " : "; with ");
        rc = part_words(out, run, hit, p);
    }
    return rc;
}

static enum th_code words(struct th_buf *out, struct th_run *run, const struct th_hit *hit)
{
    if (run->rule->kind == TH_RULE_EVENT)
        return event_words(out, run, hit);
    switch (run->rule->correlation) {
    case TH_CORR_EVENT_COUNT:
    case TH_CORR_VALUE_COUNT:
        return count_words(out, run, hit);
    case TH_CORR_TEMPORAL:
    case TH_CORR_TEMPORAL_ORDERED:
        return meeting_words(out, run, hit);
    }
    return TH_OK;
}

/* Figures
 * ------------------------------------------------------------------------------------------------------------
 */

static void write_part(struct th_jsonw *w, const struct th_run *run, const struct th_rule *rule,
                       const uint32_t *rows, size_t n)
{
    const int64_t *ts = run->detect->ts;
    th_jsonw_begin_object(w);
    th_jsonw_key(w, "title");
    th_jsonw_string(w, th_str_of(rule->title));
    th_jsonw_key(w, "count");
    th_jsonw_i64(w, (int64_t)n);
    th_jsonw_key(w, "first");
    th_jsonw_time(w, n > 0 ? ts[rows[0]] : TH_TIME_NONE);
    th_jsonw_key(w, "last");
    th_jsonw_time(w, n > 0 ? ts[rows[n - 1]] : TH_TIME_NONE);
    th_jsonw_end_object(w);
}

static int64_t threshold(const struct th_rule *rule)
{
    const int64_t bounds[] = {rule->gte, rule->gt, rule->eq, rule->lte, rule->lt, rule->neq};
    for (size_t i = 0; i < TH_COUNT(bounds); i++)
        if (bounds[i] >= 0)
            return bounds[i];
    return -1;
}

static enum th_code write_distinct(struct th_jsonw *w, struct th_run *run, const struct th_hit *hit)
{
    th_jsonw_key(w, "distinct");
    th_jsonw_begin_object(w);
    for (size_t i = 0; i < TH_COUNT(counted); i++) {
        struct tally t;
        enum th_code rc = tally_rows(run, counted[i].field, hit->rows, hit->n, &t);
        if (rc != TH_OK)
            return rc;
        if (t.n > 0) {
            th_jsonw_key(w, th_field_info(counted[i].field)->name);
            th_jsonw_i64(w, (int64_t)t.n);
        }
        free(t.v);
    }
    th_jsonw_end_object(w);
    return TH_OK;
}

static enum th_code write_detail(struct th_buf *out, struct th_run *run, const struct th_hit *hit)
{
    struct th_jsonw w;
    th_jsonw_init(&w, out);
    th_jsonw_begin_object(&w);
    th_jsonw_key(&w, "parts");
    th_jsonw_begin_array(&w);
    for (size_t p = 0; p < hit->parts_n; p++)
        write_part(&w, run, hit->parts[p].rule, hit->parts[p].rows, hit->parts[p].n);
    if (hit->parts_n == 0)
        write_part(&w, run, run->rule, hit->rows, hit->n);
    th_jsonw_end_array(&w);
    enum th_code rc = write_distinct(&w, run, hit);
    if (rc != TH_OK)
        return rc;
    if (hit->values >= 0) {
        th_jsonw_key(&w, "values");
        th_jsonw_i64(&w, hit->values);
        th_jsonw_key(&w, "value_field");
        th_jsonw_string(&w, th_str_of(run->rule->value_name));
    }
    if (run->rule->kind == TH_RULE_CORRELATION) {
        if (threshold(run->rule) >= 0) {
            th_jsonw_key(&w, "threshold");
            th_jsonw_i64(&w, threshold(run->rule));
        }
        th_jsonw_key(&w, "timespan_ms");
        th_jsonw_i64(&w, run->rule->timespan_ms);
    }
    th_jsonw_end_object(&w);
    return TH_OK;
}

static void write_group(struct th_buf *out, const struct th_hit *hit)
{
    const struct th_rule *rule = hit->groups->rule;
    struct th_jsonw w;
    th_jsonw_init(&w, out);
    th_jsonw_begin_object(&w);
    for (size_t f = 0; f < rule->group_by_n; f++) {
        struct th_str value = th_groups_value(hit->groups, hit->group, f);
        if (value.p == NULL)
            continue;
        th_jsonw_key(&w, rule->group_by_names[f]);
        th_jsonw_string(&w, value);
    }
    th_jsonw_end_object(&w);
}

static const char *keep(struct th_run *run, struct th_buf *text)
{
    const char *kept =
        th_arena_dup(run->list->arena, (struct th_str){th_buf_cstr(text), text->n}).p;
    th_buf_reset(text);
    return kept;
}

enum th_code th_hit_add(struct th_run *run, const struct th_hit *hit)
{
    struct th_found_list *list = run->list;
    struct th_found found = {.rule = run->rule, .rows_n = hit->n};
    struct th_buf text = TH_BUF_INIT;
    write_group(&text, hit);
    found.grouping = keep(run, &text);
    enum th_code rc = words(&text, run, hit);
    if (rc == TH_OK) {
        th_buf_putc(&text, '.');
        found.why = keep(run, &text);
        rc = write_detail(&text, run, hit);
    }
    if (rc == TH_OK) {
        found.detail = keep(run, &text);
        found.first_ms = run->detect->ts[hit->rows[0]];
        found.last_ms = run->detect->ts[hit->rows[hit->n - 1]];
        found.rows = th_arena_alloc(list->arena, hit->n * sizeof *found.rows);
        memcpy(found.rows, hit->rows, hit->n * sizeof *found.rows);
        TH_GROW(list->found, list->n, list->cap);
        list->found[list->n++] = found;
    }
    th_buf_fini(&text);
    return rc;
}
