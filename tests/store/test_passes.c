/* Cases read by several threads: real evidence, and a file so large that it is read in parts, give
 * the same answers and texts as one thread that looks at one record after the other. */
#include "lib/tap.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "app/app.h"
#include "base/bits.h"
#include "base/mem.h"
#include "query/eval/eval.h"
#include "query/kql/kql.h"
#include "query/trail_gen.h"
#include "store/columns/columns.h"

enum { LARGE_ROWS = 2600 };

static const char *const filters[] = {
    "bucket",
    "\"us-east-1\" and not root",
    "stratus*",
    "\"AccessDenied\" or requestParameters.bucketName: *",
    "requestParameters.bucketName: *a*",
    "not requestParameters.policyDocument: *Allow* and event.outcome: success",
    "responseElements.user.userName: * or requestParameters.userName: *",
    "aws.cloudtrail.request_parameters.text: (bucket or user)",
    "related.user: * and event.action: (Create* or Put*)",
    "additionalEventData.MFAUsed: No or additionalEventData.AuthenticationMethod: *",
    "alice",
};

struct truth {
    th_query *queries[TH_COUNT(filters)];
    struct th_bits rows[TH_COUNT(filters)];
    size_t records;
};

static bool judge(void *ctx, uint64_t row, struct th_str raw)
{
    struct truth *t = ctx;
    t->records++;
    for (size_t i = 0; i < TH_COUNT(filters); i++)
        if (th_eval_record(t->queries[i], raw))
            th_bits_put(&t->rows[i], (size_t)row);
    return true;
}

static bool same(const struct th_bits *a, const struct th_bits *b)
{
    return a->n == b->n && memcmp(a->w, b->w, th_bits_words(a->n) * sizeof *a->w) == 0;
}

struct watched {
    const struct th_bits *truth;
    size_t told, wrong;
};

static void see(void *ctx, const struct th_bits *found, double share)
{
    struct watched *w = ctx;
    (void)share;
    w->told++;
    w->wrong += th_bits_count_and(found, w->truth) != th_bits_count(found);
}

static void compare(const char *what, const struct truth *t, th_columns *columns, size_t rows)
{
    struct th_loader loader = th_columns_loader(columns);
    struct th_bits got[TH_COUNT(filters)];
    const th_query *queries[TH_COUNT(filters)];
    struct th_err err = {0};
    size_t wrong = 0;
    size_t told = 0;
    for (size_t i = 0; i < TH_COUNT(filters); i++) {
        struct watched w = {.truth = &t->rows[i]};
        const struct th_eval_watch watch = {see, &w, 0, 0};
        th_table *table = th_table_new(rows, &loader);
        queries[i] = t->queries[i];
        if (th_eval_rows_watched(table, queries[i], NULL, &watch, NULL, &got[0], &err) != TH_OK) {
            tap_ok(false, "%s: %s: %s", what, filters[i], err.msg);
        } else if (!same(&got[0], &t->rows[i]) || w.wrong > 0) {
            tap_note("%s: %zu rows, not %zu; %zu partial results are wrong", filters[i],
                     th_bits_count(&got[0]), th_bits_count(&t->rows[i]), w.wrong);
            wrong++;
        }
        th_bits_fini(&got[0]);
        told += w.told;
        th_table_free(table);
    }
    tap_ok(wrong == 0 && told > 0, "%s: one by one, as the records say; %zu partial results", what,
           told);
    th_table *table = th_table_new(rows, &loader);
    if (th_eval_many(table, queries, TH_COUNT(filters), NULL, 0, NULL, got, &err) != TH_OK) {
        tap_ok(false, "%s: %s", what, err.msg);
    } else {
        for (size_t i = 0; i < TH_COUNT(filters); i++) {
            wrong += !same(&got[i], &t->rows[i]);
            th_bits_fini(&got[i]);
        }
        tap_is_int((int64_t)wrong, 0, "all at once, too");
    }
    th_table_free(table);
}

static void check_case(const char *what, const char *path)
{
    static const struct th_kql_options options = {.now_ms = INT64_C(1709500000000)};
    struct truth t = {.records = 0};
    th_columns *columns;
    th_case *c = NULL;
    size_t rows = 0;
    struct th_err err = {0};
    bool good = th_columns_open(path, &columns, &rows, &err) == TH_OK &&
                th_case_open(path, TH_CASE_READ, &c, &err) == TH_OK;
    for (size_t i = 0; good && i < TH_COUNT(filters); i++) {
        good = th_kql_parse(th_str_of(filters[i]), &options, &t.queries[i], NULL, &err) == TH_OK;
        th_bits_init(&t.rows[i], rows);
    }
    good = good && th_case_raw_scan(c, NULL, judge, &t, NULL, &err) == TH_OK;
    tap_ok(good && t.records == rows && rows > 0, "%s: %zu records one after the other %s", what,
           rows, err.msg);
    (void)th_case_close(c, NULL);
    if (good)
        compare(what, &t, columns, rows);
    th_columns_close(columns);
    for (size_t i = 0; i < TH_COUNT(filters); i++) {
        th_query_free(t.queries[i]);
        th_bits_fini(&t.rows[i]);
    }
}

/* Texts of events, against what each of them is alone. */
struct texts {
    th_app *app;
    const uint32_t *order;
    size_t n, wrong, refuse; /* refuse: this row has no text */
    th_cancel *cancel;
};

static enum th_code make_text(void *ctx, uint32_t row, int64_t source, struct th_str raw,
                              struct th_buf *out, struct th_err *err)
{
    const struct texts *t = ctx;
    if (row == t->refuse)
        return th_err_set(err, TH_E_UNSUPPORTED, "no text of %u", row);
    th_buf_printf(out, "%u %lld ", row, (long long)source);
    th_buf_add_str(out, raw);
    return TH_OK;
}

static enum th_code take_text(void *ctx, struct th_str text, struct th_err *err)
{
    struct texts *t = ctx;
    uint32_t row = t->order[t->n++];
    struct th_place place;
    struct th_buf want = TH_BUF_INIT;
    bool good = th_case_place(th_app_case(t->app), row, &place, NULL, err) == TH_OK;
    th_buf_printf(&want, "%u %lld ", row, (long long)place.source);
    good = good && th_app_raw(t->app, row, &want, err) == TH_OK;
    t->wrong += !good || !th_str_eq(text, th_buf_str(&want));
    th_buf_fini(&want);
    if (t->cancel != NULL)
        th_cancel_set(t->cancel);
    return TH_OK;
}

static void test_texts(const char *path, unsigned growth, size_t n)
{
    th_app *app;
    struct th_err err = {0};
    th_cancel cancel = {0};
    if (th_app_open(path, TH_CASE_READ, &app, &err) != TH_OK) {
        tap_ok(false, "%s", err.msg);
        return;
    }
    size_t rows = th_table_rows(th_app_table(app));
    uint32_t *order = th_xcalloc(n + 1, sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)(i * 7919 % rows); /* a prime: all different */
    struct texts t = {.app = app, .order = order, .refuse = SIZE_MAX};
    struct th_app_texts what = {.order = order,
                                .n = n,
                                .records = true,
                                .growth = growth,
                                .make = make_text,
                                .write = take_text,
                                .ctx = &t};
    tap_is_int(th_app_texts(app, &what, NULL, &err), TH_OK, "texts of events in any order");
    tap_ok(t.n == n && t.wrong == 0, "%zu texts, %zu wrong", t.n, t.wrong);
    t.n = 0;
    t.refuse = order[n / 2];
    tap_is_int(th_app_texts(app, &what, NULL, &err), TH_E_UNSUPPORTED, "one that can't be made");
    tap_ok(t.n <= n / 2, "ends it before its turn");
    t = (struct texts){.app = app, .order = order, .refuse = SIZE_MAX, .cancel = &cancel};
    th_err_clear(&err);
    tap_is_int(th_app_texts(app, &what, &cancel, &err), TH_E_CANCELLED, "it can be stopped");
    free(order);
    (void)th_app_close(app, NULL);
}

static void check_folder(const char *what, const char *folder, const char *path)
{
    const char *const paths[] = {folder};
    const struct th_app_import import = {.paths = paths, .paths_n = 1};
    struct th_app_imported done;
    struct th_err err = {0};
    struct stat st;
    if (stat(folder, &st) != 0) {
        tap_skip(what, "not here");
        return;
    }
    unlink(path);
    tap_is_int(th_app_import(path, &import, NULL, &done, &err), TH_OK, what);
    check_case(what, path);
    test_texts(path, 1, 2000);
    test_texts(path, 300000, 60); /* so much text that each is a portion */
    unlink(path);
}

/* One delivered file that inflates to more than a part. */
static bool write_large(const char *path)
{
    struct rng r = {31};
    struct th_buf record = TH_BUF_INIT;
    struct th_buf filler = TH_BUF_INIT;
    gzFile file = gzopen(path, "wb1");
    bool good = file != NULL;
    for (int i = 0; i < 30000; i++)
        th_buf_puts(&filler, "x");
    for (int i = 0; good && i < LARGE_ROWS; i++) {
        th_buf_reset(&record);
        gen_record(&r, &record);
        /* Long records, so that it takes fewer of them. */
        record.n--;
        th_buf_printf(&record, ",\"eventID\":\"%08x-0000-4000-8000-000000000000\"", (unsigned)i);
        th_buf_printf(&record, ",\"filler\":\"%s\"}\n", th_buf_cstr(&filler));
        good = gzwrite(file, record.p, (unsigned)record.n) == (int)record.n;
    }
    th_buf_fini(&record);
    th_buf_fini(&filler);
    return file != NULL && gzclose(file) == Z_OK && good;
}

static void test_large(const char *path)
{
    char name[300];
    th_case *c;
    size_t *ends = NULL;
    size_t n = 0;
    struct th_err err = {0};
    const char *const paths[] = {name};
    const struct th_app_import import = {.paths = paths, .paths_n = 1};
    struct th_app_imported done;
    snprintf(name, sizeof name, "%s.json.gz", path);
    tap_ok(write_large(name), "a large file");
    unlink(path);
    tap_is_int(th_app_import(path, &import, NULL, &done, &err), TH_OK, "is imported");
    if (th_case_open(path, TH_CASE_READ, &c, &err) == TH_OK) {
        size_t rows = (size_t)done.events;
        tap_is_int(th_case_raw_runs(c, rows, &ends, &n, &err), TH_OK, "where it may be cut");
        tap_is_int((int64_t)rows, LARGE_ROWS, "with all its events");
        bool ascending = n > 1;
        for (size_t i = 1; i < n; i++)
            ascending = ascending && ends[i] > ends[i - 1];
        tap_ok(ascending && ends[n - 1] == rows, "in %zu parts", n);
        free(ends);
        tap_is_int(th_case_raw_runs(c, rows + 10000, &ends, &n, &err), TH_OK,
                   "with rows that no source accounts for");
        tap_ok(n > 2 && ends[n - 1] == rows + 10000 && ends[n - 2] < rows + 10000, "%zu parts", n);
        free(ends);
        (void)th_case_close(c, NULL);
    }
    check_case("a large file", path);
    unlink(name);
    unlink(path);
}

int main(void)
{
    char path[200];
    char folder[4096];
    const char *source = getenv("TH_SRCDIR");
    const char *shared = getenv("TH_SHARED");
    snprintf(path, sizeof path, "test_passes.%ld.trail", (long)getpid());
    source = source != NULL ? source : ".";
    snprintf(folder, sizeof folder, "%s/data/samples", source);
    check_folder("the sample", folder, path);
    snprintf(folder, sizeof folder, "%s%s/evidence", shared != NULL ? shared : source,
             shared != NULL ? "" : "/../shared");
    check_folder("recorded attacks", folder, path);
    test_large(path);
    return tap_done();
}
