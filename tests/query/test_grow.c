/* A table that grew gives the answers of one that was made whole, costs what is new, and leaves the
 * shorter one as it was. */
#include "lib/tap.h"

#include <pthread.h>

#include "query/eval/eval.h"
#include "query/kql/kql.h"
#include "query/mem_loader.h"
#include "query/ops/ops.h"
#include "query/table/table_data.h"
#include "query/trail_gen.h"

static const char *const filters[] = {
    "event.action: ConsoleLogin",
    "user.name: (alice or bob)",
    "not event.outcome: failure",
    "source.ip: 203.0.113.0/24",
    "related.user: alice and cloud.region: us-east-1",
    "event.type: *",
    "aws.cloudtrail.resources.arn: *bucket*",
    "@timestamp >= 2024-03-01",
    "event.id: 0*",
    "requestParameters.bucketName: *",
    "requestParameters.a: *",
    "aws.cloudtrail.read_only: true or cloud.account.id: *",
    "alice",
    "not Smith",
    "\"Alice Smith\" and event.action: GetObject",
};
static const char *const tops[] = {
    "event.action", "source.ip",     "aws.cloudtrail.resources.arn", "event.type",
    "user.name",    "event.outcome", "aws.cloudtrail.read_only",     "requestParameters.bucketName",
    "@timestamp",
};

static void add_rows(struct th_buf *out, const uint32_t *rows, size_t n)
{
    uint64_t sum = n;
    for (size_t i = 0; i < n; i++)
        sum = sum * 1099511628211U + rows[i];
    th_buf_printf(out, "%zu rows %016llx\n", n, (unsigned long long)sum);
}

static void describe_filter(th_table *table, const char *filter, struct th_buf *out)
{
    th_query *query;
    struct th_bits rows;
    const struct th_kql_options options = {.now_ms = 0};
    if (th_kql_parse(th_str_of(filter), &options, &query, NULL, NULL) != TH_OK ||
        th_eval_rows(table, query, NULL, NULL, &rows, NULL) != TH_OK) {
        th_buf_printf(out, "%s fails\n", filter);
        return;
    }
    uint32_t *page = th_xcalloc(rows.n + 1, sizeof *page);
    size_t n = 0;
    th_buf_printf(out, "%s: ", filter);
    for (enum th_field sort = 0; sort < TH_FIELD_COUNT; sort++) {
        if (sort != TH_F_TIMESTAMP && sort != TH_F_SOURCE_ADDRESS && sort != TH_F_EVENT_ACTION)
            continue;
        if (th_ops_page(table, &rows, sort, true, 0, rows.n, NULL, page, &n, NULL) != TH_OK)
            th_buf_puts(out, "no page ");
        add_rows(out, page, n);
    }
    struct th_histogram h;
    if (th_ops_histogram(table, &rows, TH_TIME_NONE, TH_TIME_NONE, 0, 50, NULL, &h, NULL) ==
        TH_OK) {
        th_buf_printf(out, "from %lld:", (long long)h.start_ms);
        for (size_t i = 0; i < h.buckets; i++)
            th_buf_printf(out, " %u/%u", h.count[i], h.failure[i]);
        th_buf_putc(out, '\n');
        th_histogram_fini(&h);
    }
    free(page);
    th_bits_fini(&rows);
    th_query_free(query);
}

static void describe_top(th_table *table, const char *field, bool most, struct th_buf *out)
{
    struct th_field_ref ref;
    struct th_top top;
    struct th_bits rows;
    th_bits_init_ones(&rows, th_table_rows(table));
    for (size_t i = 0; !most && i < rows.n; i += 2)
        th_bits_drop(&rows, i);
    if (!th_field_resolve(th_str_of(field), &ref) ||
        th_ops_top(table, &rows, &ref, 20, true, NULL, &top, NULL) != TH_OK) {
        th_buf_printf(out, "%s fails\n", field);
        th_bits_fini(&rows);
        return;
    }
    th_buf_printf(out, "%s %llu:", field, (unsigned long long)top.distinct);
    for (size_t i = 0; i < top.n; i++)
        th_buf_printf(out, " %.*s=%llu@%lld", TH_STR_ARGS(top.values[i].value),
                      (unsigned long long)top.values[i].count, (long long)top.values[i].first_ms);
    th_buf_putc(out, '\n');
    th_top_fini(&top);
    th_bits_fini(&rows);
}

static void describe(th_table *table, struct th_buf *out)
{
    int64_t first, last;
    th_buf_reset(out);
    for (size_t i = 0; i < TH_COUNT(filters); i++)
        describe_filter(table, filters[i], out);
    for (size_t i = 0; i < TH_COUNT(tops); i++) {
        describe_top(table, tops[i], true, out);
        describe_top(table, tops[i], false, out);
    }
    if (th_table_span(table, &first, &last, NULL) == TH_OK)
        th_buf_printf(out, "%lld to %lld\n", (long long)first, (long long)last);
}

static atomic_size_t grown;

/* The loader's values of dependent fields share an arena. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static enum th_code load_column(void *ctx, enum th_field field, size_t rows, struct th_column *out,
                                struct th_err *err)
{
    pthread_mutex_lock(&loading);
    enum th_code rc = mem_column(ctx, field, rows, out, err);
    pthread_mutex_unlock(&loading);
    return rc;
}

static enum th_code grow_column(void *ctx, const struct th_column *old, size_t rows,
                                struct th_column *out, struct th_err *err)
{
    struct mem_case *c = ctx;
    enum th_code rc = load_column(ctx, old->field, rows, out, err);
    c->loads--;
    grown++;
    return rc;
}

static void add_records(struct mem_case *c, struct rng *r, size_t n)
{
    struct th_buf record = TH_BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        th_buf_reset(&record);
        gen_record(r, &record);
        mem_case_add(c, th_buf_str(&record));
    }
    th_buf_fini(&record);
}

static bool same(struct th_buf *got, struct th_buf *want)
{
    if (th_str_eq(th_buf_str(got), th_buf_str(want)))
        return true;
    size_t at = 0;
    while (at < got->n && at < want->n && got->p[at] == want->p[at])
        at++;
    size_t from = at < 60 ? 0 : at - 60;
    tap_note("got:  %.160s", th_buf_cstr(got) + from);
    tap_note("want: %.160s", th_buf_cstr(want) + from);
    return false;
}

static void test_steps(void)
{
    static const size_t steps[] = {1, 63, 0, 400, 3000, 1, 64};
    struct rng r = {7};
    struct mem_case *c = mem_case_new();
    struct th_buf got = TH_BUF_INIT, want = TH_BUF_INIT, before = TH_BUF_INIT;
    add_records(c, &r, 5000);
    struct th_loader loader = mem_loader(c);
    loader.column = load_column;
    loader.column_grow = grow_column;
    th_table *table = th_table_new(c->rows, &loader);
    describe(table, &got);
    bool good = true, kept = true, cheap = true, lean = true;
    for (size_t i = 0; i < TH_COUNT(steps); i++) {
        size_t loads = c->loads;
        th_buf_reset(&before);
        th_buf_add_str(&before, th_buf_str(&got));
        add_records(c, &r, steps[i]);
        th_table *longer = th_table_grow(table, c->rows);
        size_t visits = c->visits;
        describe(longer, &got);
        /* Two free texts, a phrase, a few paths: each is asked of new records only. */
        cheap = cheap && c->visits - visits <= steps[i] * 6;
        lean = lean && c->loads == loads;
        /* What loads with another number of rows is seldom the same column. */
        th_table *fresh = mem_table(c);
        describe(fresh, &want);
        good = same(&got, &want) && good;
        th_table_free(fresh);
        describe(table, &want);
        kept = same(&want, &before) && kept;
        th_table_free(table);
        table = longer;
    }
    tap_ok(good, "a table that grew in %zu steps answers like one that was made whole",
           TH_COUNT(steps));
    tap_ok(kept, "the shorter one answers as before");
    tap_ok(cheap, "only new records are read");
    tap_ok(lean && grown > 0, "no column is loaded again");
    th_table_free(table);
    th_buf_fini(&got);
    th_buf_fini(&want);
    th_buf_fini(&before);
    mem_case_free(c);
}

static void test_edges(void)
{
    struct rng r = {9};
    struct mem_case *c = mem_case_new();
    struct th_buf got = TH_BUF_INIT, want = TH_BUF_INIT;
    struct th_loader loader = mem_loader(c);
    th_table *table = th_table_new(0, &loader);
    describe(table, &got);
    add_records(c, &r, 300);
    th_table *longer = th_table_grow(table, c->rows);
    th_table_free(table);
    describe(longer, &got);
    table = mem_table(c);
    describe(table, &want);
    tap_ok(same(&got, &want), "from nothing, and where columns can't grow");
    th_table *held = th_table_hold(table);
    th_table_free(table);
    describe(held, &got);
    tap_ok(same(&got, &want), "who holds a table keeps it");
    th_table_free(held);
    th_table_free(longer);
    th_buf_fini(&got);
    th_buf_fini(&want);
    mem_case_free(c);
}

struct asker {
    th_table *table;
    struct th_buf out;
};

static void *ask(void *ctx)
{
    struct asker *asker = ctx;
    for (int i = 0; i < 3; i++)
        describe(asker->table, &asker->out);
    return NULL;
}

/* It grows while others ask the shorter one, for the first time too. */
static void test_threads(void)
{
    struct rng r = {11};
    struct mem_case *c = mem_case_new();
    struct th_buf want = TH_BUF_INIT;
    struct asker askers[2];
    pthread_t threads[2];
    bool good = true;
    add_records(c, &r, 6000);
    struct th_loader loader = mem_loader(c);
    loader.column = load_column;
    loader.column_grow = grow_column;
    th_table *table = th_table_new(4000, &loader);
    for (size_t i = 0; i < 2; i++) {
        askers[i] = (struct asker){table, TH_BUF_INIT};
        good = pthread_create(&threads[i], NULL, ask, &askers[i]) == 0 && good;
    }
    th_table *longer = th_table_grow(table, 5000);
    describe(longer, &want);
    th_table *longest = th_table_grow(longer, 6000);
    th_table_free(longer);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    good = good && same(&askers[0].out, &askers[1].out);
    struct th_buf got = TH_BUF_INIT;
    describe(longest, &got);
    th_table *fresh = mem_table(c);
    describe(fresh, &want);
    tap_ok(good && same(&got, &want), "while threads ask the shorter one");
    th_table_free(fresh);
    th_table_free(longest);
    th_table_free(table);
    for (size_t i = 0; i < 2; i++)
        th_buf_fini(&askers[i].out);
    th_buf_fini(&want);
    th_buf_fini(&got);
    mem_case_free(c);
}

int main(void)
{
    test_steps();
    test_edges();
    test_threads();
    return tap_done();
}
