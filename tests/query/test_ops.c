/* Histogram, top values, pages, ranks: against plain loops over the same rows, and against numbers
 * written down by hand. */
#include "lib/tap.h"

#include "base/ip.h"
#include "ecs/document/doc.h"
#include "query/eval/eval.h"
#include "query/kql/kql.h"
#include "query/mem_loader.h"
#include "query/ops/ops.h"
#include "query/trail_gen.h"

static struct th_field_ref field(const char *name)
{
    struct th_field_ref ref = {TH_FIELD_NONE, false, TH_STR_NONE};
    if (!th_field_resolve(th_str_of(name), &ref))
        tap_ok(false, "field %s", name);
    return ref;
}

static const struct th_column *column_of(th_table *table, enum th_field f)
{
    const struct th_column *column = NULL;
    if (th_table_column(table, f, &column, NULL) != TH_OK)
        tap_ok(false, "column");
    return column;
}

/* One row in n, by chance. */
static void some_rows(struct rng *r, size_t rows, uint32_t n, struct th_bits *out)
{
    th_bits_init(out, rows);
    for (size_t i = 0; i < rows; i++)
        if (rng_one_in(r, n))
            th_bits_put(out, i);
}

/* Histogram ---------------------------------------------------------------- */

static bool same_histogram(th_table *table, const struct th_bits *rows, int64_t from, int64_t to,
                           const struct th_histogram *h)
{
    const int64_t *ts = column_of(table, TH_F_TIMESTAMP)->num;
    const struct th_column *outcome = column_of(table, TH_F_EVENT_OUTCOME);
    uint32_t *count = th_xcalloc(h->buckets + 1, sizeof *count);
    uint32_t *failed = th_xcalloc(h->buckets + 1, sizeof *failed);
    uint64_t untimed = 0;
    bool same = true;
    for (size_t i = 0; i < rows->n; i++) {
        if (!th_bits_get(rows, i))
            continue;
        untimed += ts[i] == TH_TIME_NONE;
        if (ts[i] == TH_TIME_NONE || ts[i] < from || ts[i] > to)
            continue;
        size_t bucket = (size_t)((ts[i] - h->start_ms) / h->every_ms);
        same = same && bucket < h->buckets;
        if (!same)
            break;
        count[bucket]++;
        failed[bucket] += th_str_is(outcome->texts[th_column_code(outcome, i)], "failure");
    }
    same = same && untimed == h->untimed &&
           memcmp(count, h->count, h->buckets * sizeof *count) == 0 &&
           memcmp(failed, h->failure, h->buckets * sizeof *failed) == 0;
    free(count);
    free(failed);
    return same;
}

static void test_histogram(th_table *table, struct rng *r)
{
    static const int64_t widths[] = {0,       1,       7,        1000,      60000,
                                     3600000, 3600001, 86400000, 604800000, INT64_C(31536000000)};
    size_t n = th_table_rows(table);
    int64_t first, last;
    size_t good = 0;
    size_t tried = 0;
    if (th_table_span(table, &first, &last, NULL) != TH_OK)
        tap_ok(false, "span");
    for (size_t k = 0; k < 60; k++) {
        struct th_bits rows;
        struct th_histogram h;
        int64_t every = PICK(r, widths);
        int64_t from = first + (int64_t)rng_below(r, 100) * (last - first) / 100;
        int64_t to = from + (int64_t)rng_below(r, 100) * (last - from) / 100;
        if (every > 0 && (to - from) / every > 900000)
            to = from + every * 900000;
        some_rows(r, n, 1 + rng_below(r, 4), &rows);
        tried++;
        if (th_ops_histogram(table, &rows, from, to, every, 100, NULL, &h, NULL) == TH_OK) {
            good += same_histogram(table, &rows, from, to, &h) && h.start_ms <= from &&
                    h.start_ms % h.every_ms == 0 && h.start_ms + h.every_ms > from &&
                    h.start_ms + (int64_t)h.buckets * h.every_ms > to &&
                    (every == 0 ? h.buckets <= 100 : h.every_ms == every);
            th_histogram_fini(&h);
        }
        th_bits_fini(&rows);
    }
    tap_is_int((int64_t)good, (int64_t)tried, "histograms as counted plainly");
}

static void test_histogram_edges(th_table *table)
{
    struct th_bits rows;
    struct th_histogram h;
    struct th_err err = {0};
    int64_t first = 0, last = 0;
    size_t n = th_table_rows(table);
    enum th_code rc = th_table_span(table, &first, &last, NULL);
    th_bits_init_ones(&rows, n);
    rc = th_ops_histogram(table, &rows, TH_TIME_NONE, TH_TIME_NONE, 0, 48, NULL, &h, NULL);
    tap_ok(rc == TH_OK && h.buckets <= 48 && h.start_ms <= first &&
               h.start_ms + h.every_ms * (int64_t)h.buckets > last,
           "the span of the rows when none is given");
    uint64_t sum = h.untimed;
    for (size_t i = 0; i < h.buckets; i++)
        sum += h.count[i];
    tap_is_int((int64_t)sum, (int64_t)n, "every row is in a bucket or untimed");
    th_histogram_fini(&h);
    rc = th_ops_histogram(table, &rows, first, first, 0, 1, NULL, &h, NULL);
    tap_ok(rc == TH_OK && h.buckets == 1 && h.every_ms == 1000, "one moment is one second");
    th_histogram_fini(&h);
    rc = th_ops_histogram(table, &rows, last, first, 0, 10, NULL, &h, NULL);
    tap_ok(rc == TH_OK && h.buckets == 0, "an empty span has no bucket");
    th_histogram_fini(&h);
    rc = th_ops_histogram(table, &rows, 0, TH_TIME_MAX, 1000, 10, NULL, &h, &err);
    tap_ok(rc == TH_E_LIMIT, "too many buckets are refused");
    rc = th_ops_histogram(table, &rows, TH_TIME_MIN, TH_TIME_MAX, 0, 1, NULL, &h, NULL);
    tap_ok(rc == TH_OK && h.buckets == 2, "all of time: one bucket before 1970, one after");
    if (rc == TH_OK)
        th_histogram_fini(&h);
    rc = th_ops_histogram(table, &rows, -5, 5, 10, 1, NULL, &h, NULL);
    tap_ok(rc == TH_OK && h.start_ms == -10 && h.buckets == 2,
           "before 1970 buckets are aligned as well");
    if (rc == TH_OK)
        th_histogram_fini(&h);
    th_bits_fini(&rows);
    th_bits_init(&rows, n);
    rc = th_ops_histogram(table, &rows, TH_TIME_NONE, TH_TIME_NONE, 0, 10, NULL, &h, NULL);
    tap_ok(rc == TH_OK && h.buckets == 0 && h.untimed == 0, "no rows, no buckets");
    if (rc == TH_OK)
        th_histogram_fini(&h);
    th_bits_fini(&rows);
}

/* Top values --------------------------------------------------------------- */

/* A plain count: a list of texts. */
struct tally {
    struct th_buf text;
    bool absent;
    uint64_t count;
    size_t last_row;
    int64_t first_ms, last_ms;
};

struct tallies {
    struct tally *list;
    size_t n, cap;
    size_t row;
    int64_t ts;
    bool any;
};

static void tally_one(void *ctx, struct th_str value)
{
    struct tallies *t = ctx;
    size_t i;
    t->any = t->any || value.p != NULL;
    for (i = 0; i < t->n; i++)
        if (t->list[i].absent == (value.p == NULL) &&
            (value.p == NULL || th_str_eq(th_buf_str(&t->list[i].text), value)))
            break;
    if (i == t->n) {
        TH_GROW(t->list, t->n, t->cap);
        t->list[t->n++] =
            (struct tally){TH_BUF_INIT, value.p == NULL, 0, SIZE_MAX, TH_TIME_NONE, TH_TIME_NONE};
        th_buf_cstr(&t->list[i].text);
        th_buf_add_str(&t->list[i].text, value);
    }
    if (t->list[i].last_row == t->row)
        return;
    t->list[i].last_row = t->row;
    t->list[i].count++;
    if (t->ts == TH_TIME_NONE)
        return;
    if (t->list[i].first_ms == TH_TIME_NONE || t->ts < t->list[i].first_ms)
        t->list[i].first_ms = t->ts;
    if (t->ts > t->list[i].last_ms)
        t->list[i].last_ms = t->ts;
}

static int compare_tallies(const void *left, const void *right)
{
    const struct tally *a = left;
    const struct tally *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    if (a->absent != b->absent)
        return a->absent ? 1 : -1;
    return th_str_cmp(th_buf_str(&a->text), th_buf_str(&b->text));
}

static void tally_rows(struct mem_case *c, th_table *table, const struct th_field_ref *f,
                       const struct th_bits *rows, struct tallies *out)
{
    const struct th_column *column = NULL;
    const int64_t *ts = column_of(table, TH_F_TIMESTAMP)->num;
    bool evidence = th_field_info(f->field)->store == TH_STORE_EVIDENCE;
    struct th_buf text = TH_BUF_INIT;
    if (!evidence)
        column = column_of(table, f->field);
    for (size_t i = 0; i < rows->n; i++) {
        if (!th_bits_get(rows, i))
            continue;
        out->row = i;
        out->ts = ts[i];
        out->any = false;
        th_buf_reset(&text);
        if (evidence)
            th_doc_values(c->raw[i], NULL, f->field, f->path, tally_one, out);
        else if (column->texts != NULL)
            th_column_entry_values(column, th_column_code(column, i), tally_one, out);
        else if (th_column_text(column, i, &text))
            tally_one(out, th_buf_str(&text));
        if (!out->any)
            tally_one(out, TH_STR_NONE);
    }
    th_buf_fini(&text);
    if (out->n > 0)
        qsort(out->list, out->n, sizeof *out->list, compare_tallies);
}

static bool same_top(const struct tallies *want, const struct th_top *top, size_t max, bool times)
{
    uint64_t distinct = 0;
    bool same = top->n == (want->n < max ? want->n : max);
    for (size_t i = 0; i < want->n; i++)
        distinct += !want->list[i].absent;
    same = same && top->distinct == distinct;
    for (size_t i = 0; i < top->n && same; i++) {
        const struct tally *t = &want->list[i];
        const struct th_top_value *v = &top->values[i];
        same = v->count == t->count && (v->value.p == NULL) == t->absent &&
               (t->absent || th_str_eq(v->value, th_buf_str(&t->text))) &&
               v->first_ms == (times ? t->first_ms : TH_TIME_NONE) &&
               v->last_ms == (times ? t->last_ms : TH_TIME_NONE);
    }
    return same;
}

static void test_top(struct mem_case *c, th_table *table, struct rng *r)
{
    static const char *const names[] = {
        "event.action",
        "source.ip",
        "cloud.service.name",
        "event.category",
        "event.type",
        "event.module",
        "aws.cloudtrail.read_only",
        "event.id",
        "@timestamp",
        "aws.cloudtrail.resources.arn",
        "aws.cloudtrail.user_identity.access_key_id",
        "requestParameters.bucketName",
        "related.user",
        "aws.cloudtrail.flattened.request_parameters",
        "user_agent.name",
        "aws.cloudtrail.shared_event_id",
    };
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        struct th_field_ref f = field(names[k]);
        bool same = true;
        for (uint32_t i = 0; i < 6; i++) {
            static const size_t sizes[] = {0, 1, 3, 20, 100000, 5};
            struct th_bits rows;
            struct th_top top;
            struct tallies want = {0};
            bool times = i % 2 == 1;
            some_rows(r, th_table_rows(table), 1 + i, &rows);
            tally_rows(c, table, &f, &rows, &want);
            if (th_ops_top(table, &rows, &f, sizes[i], times, NULL, &top, NULL) == TH_OK) {
                same = same && same_top(&want, &top, sizes[i], times) &&
                       top.rows == th_bits_count(&rows);
                th_top_fini(&top);
            } else {
                same = false;
            }
            for (size_t j = 0; j < want.n; j++)
                th_buf_fini(&want.list[j].text);
            free(want.list);
            th_bits_fini(&rows);
        }
        tap_ok(same, "top values of %s as counted plainly", names[k]);
    }
}

/* Pages -------------------------------------------------------------------- */

/* What a row sorts by. */
struct sortable {
    struct th_buf text;
    bool absent, is_ip, descending;
    struct th_ip ip;
    int64_t ts;
    uint32_t row;
};

static int compare_sortables(const void *left, const void *right)
{
    const struct sortable *a = left;
    const struct sortable *b = right;
    int turn = a->descending ? -1 : 1;
    if (a->absent != b->absent)
        return a->absent ? 1 : -1;
    int c = a->absent || a->is_ip ? 0 : th_str_cmp(th_buf_str(&a->text), th_buf_str(&b->text));
    if (!a->absent && a->is_ip)
        c = th_ip_cmp(&a->ip, &b->ip);
    if (c != 0)
        return turn * c;
    if ((a->ts == TH_TIME_NONE) != (b->ts == TH_TIME_NONE))
        return a->ts == TH_TIME_NONE ? 1 : -1;
    if (a->ts != b->ts)
        return turn * (a->ts < b->ts ? -1 : 1);
    return turn * (a->row < b->row ? -1 : 1);
}

/* The smallest value of an array, or the largest. */
static void keep_extreme(void *ctx, struct th_str value)
{
    struct sortable *s = ctx;
    int c = s->absent ? 0 : th_str_cmp(value, th_buf_str(&s->text));
    if (!s->absent && (s->descending ? c <= 0 : c >= 0))
        return;
    s->absent = false;
    th_buf_reset(&s->text);
    th_buf_add_str(&s->text, value);
}

static struct sortable *sort_rows(th_table *table, enum th_field f, bool descending,
                                  const struct th_bits *rows, size_t *n)
{
    const struct th_column *column = column_of(table, f);
    const int64_t *ts = column_of(table, TH_F_TIMESTAMP)->num;
    struct sortable *list = th_xcalloc(rows->n + 1, sizeof *list);
    *n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        if (!th_bits_get(rows, i))
            continue;
        struct sortable *s = &list[(*n)++];
        th_buf_cstr(&s->text);
        s->descending = descending;
        s->absent = true;
        if ((th_field_info(f)->flags & TH_FIELD_MULTI) != 0)
            th_column_entry_values(column, th_column_code(column, i), keep_extreme, s);
        else
            s->absent = !th_column_text(column, i, &s->text);
        s->is_ip = th_field_info(f)->type == TH_TYPE_IP && !s->absent &&
                   th_ip_parse(th_buf_str(&s->text), &s->ip);
        s->ts = ts[i];
        s->row = (uint32_t)i;
    }
    if (*n > 0)
        qsort(list, *n, sizeof *list, compare_sortables);
    return list;
}

static void test_page(th_table *table, struct rng *r)
{
    static const enum th_field sorts[] = {
        TH_F_TIMESTAMP,     TH_F_EVENT_ACTION,    TH_F_SOURCE_IP,  TH_F_EVENT_CATEGORY,
        TH_F_RESOURCES_ARN, TH_F_READ_ONLY,       TH_F_EVENT_ID,   TH_F_CREATION_DATE,
        TH_F_EVENT_MODULE,  TH_F_ACCESS_KEY_ID,   TH_F_EVENT_TYPE, TH_F_RESOURCES_ACCOUNT_ID,
        TH_F_REQUEST_ID,    TH_F_SHARED_EVENT_ID,
    };
    size_t total = th_table_rows(table);
    uint32_t *got = th_xcalloc(total + 1, sizeof *got);
    for (size_t k = 0; k < sizeof sorts / sizeof sorts[0]; k++) {
        bool same = true;
        for (uint32_t i = 0; i < 36; i++) {
            static const uint32_t sparse[] = {1, 2, 7, 60, 400, 100000};
            struct th_bits rows;
            size_t n, got_n;
            some_rows(r, total, sparse[i % 6], &rows);
            bool descending = i >= 18;
            struct sortable *want = sort_rows(table, sorts[k], descending, &rows, &n);
            size_t offset = rng_below(r, (uint32_t)n + 3);
            size_t limit = rng_one_in(r, 4)   ? total
                           : rng_one_in(r, 4) ? SIZE_MAX
                                              : rng_below(r, 30);
            if (th_ops_page(table, &rows, sorts[k], descending, offset, limit, NULL, got, &got_n,
                            NULL) != TH_OK)
                got_n = SIZE_MAX;
            size_t expect = offset >= n ? 0 : n - offset < limit ? n - offset : limit;
            same = same && got_n == expect;
            for (size_t j = 0; j < expect && same; j++)
                same = got[j] == want[offset + j].row;
            for (size_t j = 0; j < n; j++)
                th_buf_fini(&want[j].text);
            free(want);
            th_bits_fini(&rows);
        }
        tap_ok(same, "pages by %s as sorted plainly", th_field_info(sorts[k])->name);
    }
    struct th_bits rows;
    struct th_err err = {0};
    size_t n = 1;
    th_bits_init_ones(&rows, total);
    tap_ok(th_ops_page(table, &rows, TH_F_RELATED_USER, false, 0, 10, NULL, got, &n, &err) ==
                   TH_E_UNSUPPORTED &&
               n == 0,
           "computed fields can't be sorted by");
    th_bits_fini(&rows);
    free(got);
}

static void test_range(th_table *table, struct rng *r)
{
    const int64_t *ts = column_of(table, TH_F_TIMESTAMP)->num;
    int64_t first = 0, last = 0;
    bool same = th_table_span(table, &first, &last, NULL) == TH_OK;
    for (int k = 0; k < 50; k++) {
        struct th_bits rows;
        int64_t from = first - 1000 + (int64_t)rng_below(r, 1000) * (last - first + 2000) / 1000;
        int64_t to =
            k == 0 ? TH_TIME_MAX : from + (int64_t)rng_below(r, 1000) * (last - from) / 1000;
        if (k < 2)
            from = TH_TIME_NONE;
        if (th_ops_time_range(table, from, to, &rows, NULL) != TH_OK) {
            same = false;
            continue;
        }
        for (size_t i = 0; i < rows.n; i++)
            same = same &&
                   th_bits_get(&rows, i) == (ts[i] != TH_TIME_NONE && ts[i] >= from && ts[i] < to);
        th_bits_fini(&rows);
    }
    tap_ok(same, "rows of a span of time, untimed ones never");
}

static void test_order(th_table *table)
{
    const int64_t *ts;
    const uint32_t *order;
    bool sorted = th_table_times(table, &ts, &order, NULL) == TH_OK;
    size_t n = th_table_rows(table);
    size_t untimed = 0;
    for (size_t i = 0; i < n && sorted; i++) {
        untimed += ts[i] == TH_TIME_NONE;
        if (i > 0)
            sorted = ts[order[i - 1]] < ts[order[i]] ||
                     (ts[order[i - 1]] == ts[order[i]] && order[i - 1] < order[i]);
    }
    tap_ok(sorted && untimed > 0 && ts[order[0]] == TH_TIME_NONE,
           "order of time: untimed rows first, ties by row");
}

static void test_cancel(struct mem_case *c, th_table *table)
{
    th_cancel cancel = {false};
    struct th_bits rows;
    struct th_histogram h;
    struct th_top top;
    uint32_t page[10];
    size_t n;
    struct th_field_ref action = field("event.action");
    struct th_field_ref id = field("event.id");
    struct th_field_ref related = field("related.user");
    th_cancel_set(&cancel);
    th_bits_init_ones(&rows, th_table_rows(table));
    tap_ok(th_ops_histogram(table, &rows, TH_TIME_NONE, TH_TIME_NONE, 0, 10, &cancel, &h, NULL) ==
               TH_E_CANCELLED,
           "histogram");
    tap_ok(th_ops_top(table, &rows, &action, 5, false, &cancel, &top, NULL) == TH_E_CANCELLED,
           "top of codes");
    tap_ok(th_ops_top(table, &rows, &id, 5, false, &cancel, &top, NULL) == TH_E_CANCELLED,
           "top of ids");
    tap_ok(th_ops_top(table, &rows, &related, 5, false, &cancel, &top, NULL) == TH_E_CANCELLED,
           "top of records");
    tap_ok(th_ops_page(table, &rows, TH_F_EVENT_ACTION, false, 0, 10, &cancel, page, &n, NULL) ==
               TH_E_CANCELLED,
           "page");
    c->fail_field = TH_F_EVENT_OUTCOME;
    th_table *other = mem_table(c);
    tap_ok(th_ops_histogram(other, &rows, TH_TIME_NONE, TH_TIME_NONE, 0, 10, NULL, &h, NULL) ==
               TH_E_DB,
           "a column that fails");
    c->fail_field = TH_F_EVENT_ACTION;
    tap_ok(th_ops_top(other, &rows, &action, 5, false, NULL, &top, NULL) == TH_E_DB, "in top");
    tap_ok(th_ops_page(other, &rows, TH_F_EVENT_ACTION, false, 0, 10, NULL, page, &n, NULL) ==
               TH_E_DB,
           "in a page");
    c->fail_field = -1;
    th_table_free(other);
    th_bits_fini(&rows);
}

static void test_none(void)
{
    struct mem_case *c = mem_case_new();
    th_table *table = mem_table(c);
    struct th_bits rows;
    struct th_histogram h;
    struct th_top top;
    uint32_t page[1];
    size_t n = 5;
    int64_t first, last;
    struct th_field_ref action = field("event.action");
    th_bits_init(&rows, 0);
    tap_ok(th_table_span(table, &first, &last, NULL) == TH_OK && first == TH_TIME_NONE &&
               last == TH_TIME_NONE,
           "no span without rows");
    tap_ok(th_ops_histogram(table, &rows, TH_TIME_NONE, TH_TIME_NONE, 0, 10, NULL, &h, NULL) ==
                   TH_OK &&
               h.buckets == 0,
           "no buckets");
    th_histogram_fini(&h);
    tap_ok(th_ops_top(table, &rows, &action, 5, true, NULL, &top, NULL) == TH_OK && top.n == 0 &&
               top.rows == 0,
           "no values");
    th_top_fini(&top);
    tap_ok(th_ops_page(table, &rows, TH_F_TIMESTAMP, false, 0, 1, NULL, page, &n, NULL) == TH_OK &&
               n == 0,
           "no page");
    th_bits_fini(&rows);
    th_table_free(table);
    mem_case_free(c);
}

struct expectation {
    const char *filter;
    size_t rows;
};

static void expect_rows(th_table *table, const struct expectation *wants, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct th_kql_options options = {0};
        th_query *query;
        struct th_bits rows;
        if (th_kql_parse(th_str_of(wants[i].filter), &options, &query, NULL, NULL) != TH_OK ||
            th_eval_rows(table, query, NULL, NULL, &rows, NULL) != TH_OK) {
            tap_ok(false, "%s", wants[i].filter);
            continue;
        }
        tap_is_int((int64_t)th_bits_count(&rows), (int64_t)wants[i].rows, wants[i].filter);
        th_bits_fini(&rows);
        th_query_free(query);
    }
}

/* Enough rows that threads share the records. */
static void test_shared_pass(struct mem_case *c, th_table *table)
{
    static const struct expectation wants[] = {
        {"a6999", 11},
        {"not a6999", 69989},
        {"\"A6999\" or region: r7", 361},
        {"a1234 and region: r34", 1},
        {"requestParameters.x: *", 0},
        {"a69 or a68 or not 2024-01-01", 2222},
        {"a6999 and not a69999", 10},
        {"event.original: *A6999*", 11},
    };
    th_cancel cancel = {false};
    struct th_kql_options options = {0};
    th_query *query;
    struct th_bits rows;
    expect_rows(table, wants, sizeof wants / sizeof wants[0]);
    atomic_store(&c->visits, 0);
    expect_rows(table, wants, 2);
    tap_is_int((int64_t)c->visits, 0, "all of it is known then");
    if (th_kql_parse(TH_STR("a67"), &options, &query, NULL, NULL) != TH_OK)
        return;
    c->cancel_after = 30000;
    tap_ok(th_eval_rows(table, query, NULL, &cancel, &rows, NULL) == TH_E_CANCELLED,
           "a cancel reaches all threads");
    c->cancel_after = 0;
    th_query_free(query);
    static const struct expectation again[] = {{"a67", 1111}};
    atomic_store(&c->visits, 0);
    expect_rows(table, again, 1);
    tap_ok(c->visits > 0 && c->visits < 45000, "what was found before it isn't read again");
}

/* More different values than a byte or two hold: all widths of codes, on tables larger than a block
 * of the scans. */
static void test_widths(void)
{
    struct mem_case *c = mem_case_new();
    struct th_buf record = TH_BUF_INIT;
    enum { ROWS = 70000 };
    for (int i = 0; i < ROWS; i++) {
        th_buf_reset(&record);
        th_buf_printf(&record,
                      "{\"eventName\":\"A%d\",\"awsRegion\":\"r%d\",\"userAgent\":\"u%d\","
                      "\"eventTime\":\"2024-01-01T00:00:0%d"
                      "Z\"}",
                      i, i % 200, i % 3000, i % 10);
        mem_case_add(c, th_buf_str(&record));
    }
    th_buf_fini(&record);
    th_table *table = mem_table(c);
    tap_ok(column_of(table, TH_F_EVENT_ACTION)->width == 4 &&
               column_of(table, TH_F_CLOUD_REGION)->width == 1 &&
               column_of(table, TH_F_USER_AGENT_ORIGINAL)->width == 2,
           "columns of 1, 2 and 4 bytes");
    static const struct expectation wants[] = {
        {"event.action: A69999", 1},
        {"event.action: A6999*", 11},
        {"event.action: (A1 or A2 or A3)", 3},
        {"region: r7", 350},
        {"region: r7*", 3850},
        {"region: (r1 or r2)", 700},
        {"region: (r1 or r2 or r3)", 1050},
        {"not region: r7", 69650},
        {"agent: u2999", 23},
        {"agent: (u1 or u2 or u3)", 72},
        {"agent: u29*", 11 * 24 + 100 * 23},
        {"region: r7 and agent: u7", 24},
        {"time: \"2024-01-01T00:00:03Z\"", 7000},
        {"region: r*", 70000},
        {"agent: x", 0},
        {"event.action: A123 and region: r123 and agent: u123", 1},
    };
    expect_rows(table, wants, sizeof wants / sizeof wants[0]);
    test_shared_pass(c, table);
    th_table_free(table);
    mem_case_free(c);
}

int main(void)
{
    struct rng r = {5};
    struct mem_case *c = mem_case_new();
    struct th_buf record = TH_BUF_INIT;
    for (int i = 0; i < 1500; i++) {
        th_buf_reset(&record);
        gen_record(&r, &record);
        mem_case_add(c, th_buf_str(&record));
    }
    th_buf_fini(&record);
    th_table *table = mem_table(c);
    test_order(table);
    test_histogram(table, &r);
    test_histogram_edges(table);
    test_top(c, table, &r);
    test_page(table, &r);
    test_range(table, &r);
    test_cancel(c, table);
    th_table_free(table);
    mem_case_free(c);
    test_none();
    test_widths();
    return tap_done();
}
