/* What operations on rows promise at their edges: all rows, no rows, sets and fields that are none,
 * the ends of time, and orders written down by hand. */
#include "lib/tap.h"

#include "base/text.h"
#include "query/mem_loader.h"
#include "query/ops/nth_rows.h"
#include "query/ops/ops.h"
#include "query/table/paths.h"
#include "query/trail_gen.h"

static struct th_field_ref field(const char *name)
{
    struct th_field_ref ref = {TH_FIELD_NONE, false, TH_STR_NONE};
    if (!th_field_resolve(th_str_of(name), &ref))
        tap_ok(false, "field %s", name);
    return ref;
}

/* All rows --------------------------------------------------------------- */

static bool same_tops(const struct th_top *a, const struct th_top *b)
{
    bool same = a->n == b->n && a->rows == b->rows && a->distinct == b->distinct;
    for (size_t i = 0; i < a->n && same; i++)
        same = a->values[i].count == b->values[i].count &&
               th_str_eq(a->values[i].value, b->values[i].value) &&
               a->values[i].first_ms == b->values[i].first_ms;
    return same;
}

static void test_null_top(th_table *table, const struct th_bits *all)
{
    static const char *const names[] = {"event.action", "event.type",   "event.id",
                                        "@timestamp",   "related.user", "requestParameters.a",
                                        "event.module"};
    for (size_t i = 0; i < TH_COUNT(names); i++) {
        struct th_field_ref f = field(names[i]);
        struct th_top a, b;
        bool good = th_ops_top(table, NULL, &f, 50, true, NULL, &a, NULL) == TH_OK;
        good = good && th_ops_top(table, all, &f, 50, true, NULL, &b, NULL) == TH_OK;
        tap_ok(good && same_tops(&a, &b) && a.rows == all->n, "top values of all rows: %s",
               names[i]);
        th_top_fini(&a);
        th_top_fini(&b);
    }
}

static void test_null(th_table *table)
{
    struct th_bits all;
    struct th_histogram g, h;
    struct th_crosstab x, y;
    struct th_field_ref action = field("event.action"), type = field("event.type");
    size_t rows = th_table_rows(table);
    uint32_t *a = th_xcalloc(rows + 1, sizeof *a);
    uint32_t *b = th_xcalloc(rows + 1, sizeof *b);
    size_t n = 0, m = 0;
    th_bits_init_ones(&all, rows);
    bool good =
        th_ops_histogram(table, NULL, TH_TIME_NONE, TH_TIME_NONE, 0, 20, NULL, &g, NULL) == TH_OK &&
        th_ops_histogram(table, &all, TH_TIME_NONE, TH_TIME_NONE, 0, 20, NULL, &h, NULL) == TH_OK;
    tap_ok(good && g.buckets == h.buckets && g.untimed == h.untimed &&
               memcmp(g.count, h.count, g.buckets * sizeof *g.count) == 0,
           "a histogram of all rows");
    th_histogram_fini(&g);
    th_histogram_fini(&h);
    good = th_ops_crosstab(table, NULL, &action, &type, 9, NULL, &x, NULL) == TH_OK &&
           th_ops_crosstab(table, &all, &action, &type, 9, NULL, &y, NULL) == TH_OK;
    tap_ok(good && x.n == y.n && x.rows == rows && x.cells[0].count == y.cells[0].count,
           "pairs of all rows");
    th_crosstab_fini(&x);
    th_crosstab_fini(&y);
    good = th_ops_page(table, NULL, TH_F_USER_NAME, true, 0, rows, NULL, a, &n, NULL) == TH_OK &&
           th_ops_page(table, &all, TH_F_USER_NAME, true, 0, rows, NULL, b, &m, NULL) == TH_OK;
    tap_ok(good && n == rows && n == m && memcmp(a, b, n * sizeof *a) == 0, "a page of all rows");
    test_null_top(table, &all);
    th_bits_fini(&all);
    free(a);
    free(b);
}

/* Nothing that is one ------------------------------------------------------ */

static bool is_empty(const void *out, size_t n)
{
    const char *bytes = out;
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static void test_no_field(th_table *table)
{
    static const int wrong[] = {TH_FIELD_NONE, TH_FIELD_COUNT, -7, 100000};
    struct th_field_ref good = field("event.action");
    uint32_t page[4];
    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        struct th_field_ref f = {.field = (enum th_field)wrong[i]};
        struct th_top top;
        struct th_crosstab cross;
        struct th_err err = {0};
        size_t n = 3;
        memset(&top, 1, sizeof top);
        tap_ok(th_ops_top(table, NULL, &f, 5, true, NULL, &top, &err) == TH_E_USAGE &&
                   is_empty(&top, sizeof top) && err.msg[0] != '\0',
               "top values of field %d", wrong[i]);
        th_top_fini(&top);
        memset(&cross, 1, sizeof cross);
        tap_ok(th_ops_crosstab(table, NULL, &f, &good, 5, NULL, &cross, NULL) == TH_E_USAGE &&
                   th_ops_crosstab(table, NULL, &good, &f, 5, NULL, &cross, NULL) == TH_E_USAGE &&
                   is_empty(&cross, sizeof cross),
               "pairs");
        th_crosstab_fini(&cross);
        tap_ok(th_ops_page(table, NULL, f.field, false, 0, 4, NULL, page, &n, NULL) == TH_E_USAGE &&
                   n == 0,
               "a page");
    }
}

/* A set that was made for another table. */
static void test_other_set(th_table *table)
{
    size_t sizes[] = {0, 1, th_table_rows(table) - 1, th_table_rows(table) + 64};
    struct th_field_ref f = field("event.action");
    for (size_t i = 0; i < TH_COUNT(sizes); i++) {
        struct th_bits rows;
        struct th_histogram h;
        struct th_top top;
        struct th_crosstab cross;
        uint32_t page[4];
        size_t n = 3;
        th_bits_init_ones(&rows, sizes[i]);
        bool refused = th_ops_histogram(table, &rows, TH_TIME_NONE, TH_TIME_NONE, 0, 10, NULL, &h,
                                        NULL) == TH_E_USAGE &&
                       th_ops_top(table, &rows, &f, 5, false, NULL, &top, NULL) == TH_E_USAGE &&
                       th_ops_crosstab(table, &rows, &f, &f, 5, NULL, &cross, NULL) == TH_E_USAGE &&
                       th_ops_page(table, &rows, TH_F_TIMESTAMP, false, 0, 4, NULL, page, &n,
                                   NULL) == TH_E_USAGE &&
                       n == 0;
        tap_ok(refused, "a set of %zu rows", sizes[i]);
        th_histogram_fini(&h);
        th_top_fini(&top);
        th_crosstab_fini(&cross);
        th_bits_fini(&rows);
    }
}

static void test_no_rows(th_table *table)
{
    struct th_bits none;
    struct th_histogram h;
    struct th_top top;
    struct th_crosstab cross;
    struct th_field_ref f = field("user.name"), g = field("related.user");
    size_t n = 3;
    th_bits_init(&none, th_table_rows(table));
    tap_ok(th_ops_histogram(table, &none, 0, TH_DAY_MS, 0, 10, NULL, &h, NULL) == TH_OK &&
               h.buckets > 0 && h.untimed == 0,
           "no rows: a span that was asked for has its buckets");
    th_histogram_fini(&h);
    tap_ok(th_ops_top(table, &none, &f, 5, true, NULL, &top, NULL) == TH_OK && top.n == 0 &&
               top.distinct == 0,
           "no rows: no values");
    th_top_fini(&top);
    tap_ok(th_ops_crosstab(table, &none, &f, &g, 5, NULL, &cross, NULL) == TH_OK && cross.n == 0,
           "no rows: no pairs");
    th_crosstab_fini(&cross);
    tap_ok(th_ops_page(table, &none, TH_F_USER_NAME, false, 0, SIZE_MAX, NULL, NULL, &n, NULL) ==
                   TH_OK &&
               n == 0,
           "no rows: no room is needed for the page");
    tap_ok(th_ops_page(table, NULL, TH_F_USER_NAME, false, SIZE_MAX, SIZE_MAX, NULL, NULL, &n,
                       NULL) == TH_OK &&
               n == 0,
           "behind the end: neither");
    tap_ok(th_ops_page(table, NULL, TH_F_RELATED_USER, false, 0, 0, NULL, NULL, &n, NULL) ==
               TH_E_UNSUPPORTED,
           "an empty page by a field that has no order is refused too");
    tap_ok(th_ops_top(table, NULL, &f, 0, false, NULL, &top, NULL) == TH_OK && top.n == 0 &&
               top.distinct > 0 && top.rows == th_table_rows(table),
           "no values wanted: how many there are is told");
    th_top_fini(&top);
    tap_ok(th_ops_crosstab(table, NULL, &f, &f, 0, NULL, &cross, NULL) == TH_OK && cross.n == 0 &&
               cross.distinct > 0,
           "no pairs wanted: neither");
    th_crosstab_fini(&cross);
    th_bits_fini(&none);
}

/* Time ---------------------------------------------------------------------- */

static void test_ends_of_time(th_table *table)
{
    static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, TH_TIME_MIN - 1, TH_TIME_MIN, -1,
                                   0,         TH_TIME_MAX,   INT64_MAX - 1,   INT64_MAX};
    static const int64_t widths[] = {INT64_MIN, -1, 0, TH_DAY_MS * 36500, INT64_MAX};
    bool good = true;
    int64_t first = 0, last = 0;
    good = th_table_span(table, &first, &last, NULL) == TH_OK;
    for (size_t i = 0; i < TH_COUNT(ends); i++)
        for (size_t k = 0; k < TH_COUNT(ends); k++)
            for (size_t w = 0; w < TH_COUNT(widths); w++) {
                struct th_histogram h;
                uint64_t sum = 0;
                good = good && th_ops_histogram(table, NULL, ends[i], ends[k], widths[w], 50, NULL,
                                                &h, NULL) == TH_OK;
                for (size_t b = 0; b < h.buckets; b++)
                    sum += h.count[b];
                /* All or nothing: every event lies between 0 and TH_TIME_MAX. */
                bool from = ends[i] == TH_TIME_NONE || ends[i] <= first;
                bool to = ends[k] == TH_TIME_NONE || ends[k] >= last;
                good = good && sum == (from && to ? th_table_rows(table) - h.untimed : 0);
                th_histogram_fini(&h);
            }
    tap_ok(good, "histograms between any two ends, of any width");
}

static void test_open_range(th_table *table)
{
    const int64_t *ts;
    const uint32_t *order;
    int64_t first = 0, last = 0;
    struct th_bits rows;
    bool good = th_table_span(table, &first, &last, NULL) == TH_OK &&
                th_table_times(table, &ts, &order, NULL) == TH_OK;
    int64_t middle = first + (last - first) / 2;
    const int64_t ranges[][2] = {
        {TH_TIME_NONE, TH_TIME_NONE},
        {middle, TH_TIME_NONE},
        {TH_TIME_NONE, middle},
        {INT64_MIN + 1, INT64_MAX},
        {last, last},
        {last, last + 1},
        {last, first},
    };
    for (size_t i = 0; i < TH_COUNT(ranges) && good; i++) {
        int64_t from = ranges[i][0], to = ranges[i][1];
        bool same = th_ops_time_range(table, from, to, &rows, NULL) == TH_OK;
        for (size_t row = 0; row < rows.n && same; row++)
            same = th_bits_get(&rows, row) ==
                   (ts[row] != TH_TIME_NONE && (from == TH_TIME_NONE || ts[row] >= from) &&
                    (to == TH_TIME_NONE || ts[row] < to));
        tap_ok(same, "rows from %s to %s", from == TH_TIME_NONE ? "the first" : "a time",
               to == TH_TIME_NONE ? "the last" : "a time");
        th_bits_fini(&rows);
    }
}

/* Values for what was typed ------------------------------------------------- */

static int fits(struct th_str value, struct th_str typed)
{
    struct th_buf lower = TH_BUF_INIT;
    if (value.p == NULL)
        return -1;
    th_text_lower(&lower, value);
    struct th_str text = th_buf_str(&lower);
    int fit = typed.n == 0 || th_str_starts(text, typed) ? 0
              : th_str_search(text, typed) >= 0          ? 1
                                                         : -1;
    th_buf_fini(&lower);
    return fit;
}

/* All values, most frequent first, those that begin with it before the others. */
static bool as_counted(const struct th_top *all, struct th_str typed, const struct th_top *got)
{
    size_t at = 0;
    uint64_t fitting = 0;
    bool same = true;
    for (int tier = 0; tier < 2; tier++)
        for (size_t i = 0; i < all->n; i++) {
            if (fits(all->values[i].value, typed) != tier)
                continue;
            fitting++;
            if (at < got->n) {
                same = same && th_str_eq(got->values[at].value, all->values[i].value) &&
                       got->values[at].count == all->values[i].count;
                at++;
            }
        }
    return same && at == got->n && got->distinct == fitting;
}

static void test_matching(th_table *table, struct rng *r)
{
    static const char *const names[] = {"event.action",       "user.name",
                                        "source.ip",          "event.type",
                                        "event.module",       "aws.cloudtrail.read_only",
                                        "user.email",         "resources.ARN",
                                        "cloud.service.name", "requestParameters.bucketName"};
    static const char *const typed[] = {"",    "a",           "GET", "get",        "o",
                                        "203", "tr",          "ü",   "GRÜ",        "zzz",
                                        "b",   "information", "\"",  "bucket-one", "aws"};
    for (size_t k = 0; k < TH_COUNT(names); k++) {
        struct th_field_ref f = {TH_F_RESOURCES_ARN, false, TH_STR_NONE};
        if (strcmp(names[k], "resources.ARN") != 0)
            f = field(names[k]);
        bool good = true;
        size_t found = 0;
        for (size_t i = 0; i < TH_COUNT(typed); i++) {
            static const size_t sizes[] = {0, 1, 3, SIZE_MAX};
            struct th_bits rows;
            struct th_top all, got;
            struct th_buf lower = TH_BUF_INIT;
            th_bits_init(&rows, th_table_rows(table));
            for (size_t row = 0; row < rows.n; row++)
                if (rng_one_in(r, 3))
                    th_bits_put(&rows, row);
            th_text_lower(&lower, th_str_of(typed[i]));
            good = good &&
                   th_ops_top(table, &rows, &f, SIZE_MAX, false, NULL, &all, NULL) == TH_OK &&
                   th_ops_matching(table, &rows, &f, th_str_of(typed[i]), PICK(r, sizes), NULL,
                                   &got, NULL) == TH_OK &&
                   as_counted(&all, th_buf_str(&lower), &got) && got.rows == all.rows;
            found += got.distinct;
            th_top_fini(&all);
            th_top_fini(&got);
            th_buf_fini(&lower);
            th_bits_fini(&rows);
        }
        tap_ok(good && found > 0, "values that complete what was typed: %s", names[k]);
    }
}

static void test_matching_nothing(struct mem_case *c)
{
    static const char *const names[] = {"event.id", "@timestamp", "related.user",
                                        "requestParameters.bucketName", "event.original"};
    th_table *table = mem_table(c);
    for (size_t i = 0; i < TH_COUNT(names); i++) {
        struct th_field_ref f = field(names[i]);
        struct th_top got;
        size_t visits = c->visits;
        tap_ok(th_ops_matching(table, NULL, &f, TH_STR(""), 9, NULL, &got, NULL) == TH_OK &&
                   got.n == 0 && got.rows == th_table_rows(table) && c->visits == visits,
               "no value of %s is at hand, no record is read", names[i]);
        th_top_fini(&got);
    }
    struct th_field_ref none = {.field = TH_FIELD_NONE};
    struct th_field_ref action = field("event.action");
    struct th_top got;
    th_cancel cancel = {false};
    th_cancel_set(&cancel);
    tap_ok(th_ops_matching(table, NULL, &none, TH_STR(""), 9, NULL, &got, NULL) == TH_E_USAGE,
           "no field");
    tap_ok(th_ops_matching(table, NULL, &action, TH_STR(""), 9, &cancel, &got, NULL) ==
                   TH_E_CANCELLED &&
               got.n == 0,
           "cancelled");
    th_table_free(table);
}

/* Orders written down -------------------------------------------------------- */

static const char *const listed[] = {
    "{\"eventTime\":\"2024-01-01T00:00:00Z\",\"sourceIPAddress\":\"203.0.113.9\",\"resources\":[{"
    "\"ARN\":\"d\"},{\"ARN\":\"b\"}]}",
    "{\"eventTime\":\"2024-01-01T00:00:01Z\",\"sourceIPAddress\":\"::ffff:203.0.113.9\","
    "\"resources\":[{\"ARN\":\"c\"}]}",
    "{\"eventTime\":\"2024-01-01T00:00:02Z\",\"sourceIPAddress\":\"10.0.0.20\"}",
    "{\"eventTime\":\"2024-01-01T00:00:03Z\",\"sourceIPAddress\":\"203.0.113.9\",\"resources\":[{"
    "\"ARN\":\"a\"},{\"ARN\":\"e\"}]}",
    "{\"sourceIPAddress\":\"9.0.0.1\",\"resources\":[{\"ARN\":\"c\"}]}",
    "{\"eventTime\":\"2024-01-01T00:00:05Z\",\"resources\":[]}",
    "{\"eventTime\":\"2024-01-01T00:00:06Z\",\"sourceIPAddress\":\"2001:db8::1\",\"resources\":[{"
    "\"ARN\":\"\"}]}",
};

static const struct {
    const char *field;
    bool descending;
    const char *order;
    const char *why;
} orders[] = {
    {"@timestamp", false, "0123564", "by time, untimed last"},
    {"@timestamp", true, "6532104", "turned round, untimed last"},
    {"source.ip", false, "4201365", "addresses by value: two spellings are one, IPv6 behind"},
    {"source.ip", true, "6310245", "turned round with the ties, absent last"},
    {"aws.cloudtrail.resources.arn", false, "3014256", "an array by its smallest value"},
    {"aws.cloudtrail.resources.arn", true, "3014652", "by its largest, descending"},
    {"event.module", false, "0123564", "all alike: by time"},
    {"event.id", false, "0123564", "all absent: by time"},
    {"event.id", true, "6532104", "or the other way round"},
    {"aws.cloudtrail.user_identity.session_context.creation_date", true, "6532104", "of times too"},
};

static void test_orders(void)
{
    struct mem_case *c = mem_case_new();
    for (size_t i = 0; i < TH_COUNT(listed); i++)
        mem_case_add(c, th_str_of(listed[i]));
    th_table *table = mem_table(c);
    for (size_t i = 0; i < TH_COUNT(orders); i++) {
        uint32_t page[TH_COUNT(listed)];
        char got[TH_COUNT(listed) + 1] = "";
        char piecewise[TH_COUNT(listed) + 1] = "";
        size_t n = 0;
        enum th_field sort = field(orders[i].field).field;
        if (th_ops_page(table, NULL, sort, orders[i].descending, 0, TH_COUNT(listed), NULL, page,
                        &n, NULL) != TH_OK)
            n = 0;
        for (size_t k = 0; k < n; k++)
            got[k] = (char)('0' + page[k]);
        tap_is_str(got, orders[i].order, orders[i].why);
        for (size_t k = 0; k < TH_COUNT(listed); k++)
            if (th_ops_page(table, NULL, sort, orders[i].descending, k, 1, NULL, page, &n, NULL) ==
                    TH_OK &&
                n == 1)
                piecewise[k] = (char)('0' + page[0]);
        tap_is_str(piecewise, orders[i].order, "and page by page");
    }
    th_table_free(table);
    mem_case_free(c);
}

/* A part of a sorted list ---------------------------------------------------- */

struct counted {
    const uint32_t *keys;
    size_t n;
};

static int compare_keys(const void *ctx, uint32_t a, uint32_t b)
{
    struct counted *c;
    memcpy(&c, &ctx, sizeof c);
    c->n++;
    if (c->keys[a] != c->keys[b])
        return c->keys[a] < c->keys[b] ? -1 : 1;
    return a < b ? -1 : a > b;
}

static uint32_t key_of(struct rng *r, size_t shape, uint32_t i, uint32_t n)
{
    switch (shape) {
    case 0:
        return rng_next(r);
    case 1:
        return i;
    case 2:
        return n - i;
    case 3:
        return i < n / 2 ? i : n - i;
    case 4:
        return i % 7;
    case 5:
        return i % 2 == 0 ? i : n - i;
    default:
        return 5;
    }
}

static void test_select(struct rng *r)
{
    enum { MOST = 20000 };
    uint32_t *keys = th_xcalloc(MOST, sizeof *keys);
    uint32_t *rows = th_xcalloc(MOST, sizeof *rows);
    uint32_t *sorted = th_xcalloc(MOST, sizeof *sorted);
    static const uint32_t sizes[] = {0, 1, 2, 3, 25, 1000, MOST};
    for (size_t shape = 0; shape < 7; shape++) {
        size_t worst = 0;
        bool good = true;
        for (size_t s = 0; s < TH_COUNT(sizes); s++)
            for (int k = 0; k < 12; k++) {
                uint32_t n = sizes[s];
                struct counted c = {keys, 0};
                size_t from = rng_below(r, n + 1);
                size_t to = from + rng_below(r, 100);
                to = to > n ? n : to;
                for (uint32_t i = 0; i < n; i++) {
                    keys[i] = key_of(r, shape, i, n);
                    rows[i] = sorted[i] = i;
                }
                th_select_range(sorted, n, 0, n, compare_keys, &c);
                for (uint32_t i = 1; i < n; i++)
                    good = good && compare_keys(&c, sorted[i - 1], sorted[i]) < 0;
                c.n = 0;
                th_select_range(rows, n, from, to, compare_keys, &c);
                worst = n == MOST && c.n > worst ? c.n : worst;
                good = good && memcmp(rows + from, sorted + from, (to - from) * sizeof *rows) == 0;
            }
        tap_ok(good, "parts of sorted lists, shape %zu", shape);
        tap_ok(worst < 30 * MOST, "%zu comparisons for %d rows at most", worst, (int)MOST);
    }
    free(keys);
    free(rows);
    free(sorted);
}

int main(void)
{
    struct rng r = {9};
    struct mem_case *c = mem_case_new();
    struct th_buf record = TH_BUF_INIT;
    for (int i = 0; i < 700; i++) {
        th_buf_reset(&record);
        gen_record(&r, &record);
        mem_case_add(c, th_buf_str(&record));
    }
    th_buf_fini(&record);
    th_table *table = mem_table(c);
    test_null(table);
    test_no_field(table);
    test_other_set(table);
    test_no_rows(table);
    test_ends_of_time(table);
    test_open_range(table);
    test_matching_nothing(c);
    struct th_field_ref path = field("requestParameters.bucketName");
    const struct th_field_ref *paths[] = {&path};
    tap_is_int(th_table_paths_build(table, paths, 1, NULL, NULL), TH_OK, "the column of a path");
    test_matching(table, &r);
    th_table_free(table);
    mem_case_free(c);
    test_orders();
    test_select(&r);
    return tap_done();
}
