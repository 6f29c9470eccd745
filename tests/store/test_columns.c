/* Columns hold what was imported: from segments, from rows behind them, after several imports, by
 * several threads, and never from damage. */
#include <pthread.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/buf.h"
#include "lib/tap.h"
#include "store/columns/columns.h"
#include "store/synth.h"

static const char *path;

/* Compare one column of all rows that are event numbers from … by the rule that row r is event r.
 */
static int64_t check_column(const struct th_column *column, size_t rows, size_t step)
{
    struct th_buf want = TH_BUF_INIT;
    struct th_buf got = TH_BUF_INIT;
    int64_t wrong = 0;
    for (size_t row = 0; row < rows; row += step) {
        bool has = synth_expected(row, column->field, &want);
        th_buf_reset(&got);
        bool there = th_column_text(column, row, &got);
        if (has != there || (has && !th_str_eq(th_buf_str(&want), th_buf_str(&got)))) {
            if (wrong++ < 3)
                tap_note("row %zu of %s: got %s, want %s", row, th_field_info(column->field)->name,
                         there ? th_buf_cstr(&got) : "(absent)",
                         has ? th_buf_cstr(&want) : "(absent)");
        }
    }
    th_buf_fini(&want);
    th_buf_fini(&got);
    return wrong;
}

static void check_columns(const char *of, size_t want_rows, size_t step, const char *name)
{
    th_columns *columns = NULL;
    size_t rows = 0;
    struct th_err err;
    int64_t wrong = 0;
    th_err_clear(&err);
    if (th_columns_open(of, &columns, &rows, &err) != TH_OK) {
        tap_ok(false, "%s: %s", name, err.msg);
        return;
    }
    tap_is_int((int64_t)rows, (int64_t)want_rows, name);
    struct th_loader loader = th_columns_loader(columns);
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        struct th_column column;
        enum th_code rc = loader.column(loader.ctx, f, rows, &column, NULL);
        if (th_field_info(f)->store == TH_STORE_EVIDENCE) {
            wrong += rc != TH_E_UNSUPPORTED;
            continue;
        }
        wrong += rc != TH_OK || column.rows != rows || column.field != f
                     ? 1
                     : check_column(&column, rows, step);
        loader.column_free(loader.ctx, &column);
    }
    tap_is_int(wrong, 0, "every column of every storage has every value");
    th_columns_close(columns);
}

static void test_shared_codes(void)
{
    th_columns *columns;
    size_t rows;
    struct th_column a;
    struct th_column b;
    struct th_column c;
    if (th_columns_open(path, &columns, &rows, NULL) != TH_OK)
        abort();
    struct th_loader loader = th_columns_loader(columns);
    bool loaded = loader.column(loader.ctx, TH_F_SOURCE_IP, rows, &a, NULL) == TH_OK &&
                  loader.column(loader.ctx, TH_F_SOURCE_ADDRESS, rows, &b, NULL) == TH_OK &&
                  loader.column(loader.ctx, TH_F_SOURCE_GEO_CITY_NAME, 100, &c, NULL) == TH_OK;
    tap_ok(loaded && a.codes == b.codes && a.texts_n == b.texts_n,
           "a field and what depends on it share their codes");
    tap_ok(c.codes != a.codes && c.rows == 100, "but not between tables of different size");
    loader.column_free(loader.ctx, &b);
    tap_is_int(check_column(&a, rows, 11), 0, "which stay when the other is freed");
    loader.column_free(loader.ctx, &a);
    loader.column_free(loader.ctx, &c);
    loader.column_free(loader.ctx, &c);
    th_columns_close(columns);
    th_columns_close(NULL);
}

/* Threads that load the same columns at the same time, and scan records. */
struct worker {
    struct th_loader loader;
    size_t rows;
    int64_t wrong;
    bool scan;
};

static bool count_raw(void *ctx, uint64_t row, struct th_str raw)
{
    uint64_t *n = ctx;
    (void)row;
    *n += raw.n > 0;
    return true;
}

/* All records, run by run. */
static bool scans_all(const struct worker *worker)
{
    const struct th_loader *loader = &worker->loader;
    void *reader;
    size_t *ends = NULL;
    size_t runs = 0;
    size_t first = 0;
    uint64_t n = 0;
    if (loader->raw_open(loader->ctx, &reader, NULL) != TH_OK)
        return false;
    bool good = loader->raw_runs(loader->ctx, worker->rows, &ends, &runs, NULL) == TH_OK;
    for (size_t i = 0; i < runs && good; i++) {
        good = ends[i] > first &&
               loader->raw_read(reader, NULL, first, ends[i], count_raw, &n, NULL, NULL) == TH_OK;
        first = ends[i];
    }
    loader->raw_close(reader);
    free(ends);
    return good && first == worker->rows && n == worker->rows;
}

static void *load_all(void *ctx)
{
    struct worker *worker = ctx;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        struct th_column column;
        if (th_field_info(f)->store == TH_STORE_EVIDENCE)
            continue;
        if (worker->loader.column(worker->loader.ctx, f, worker->rows, &column, NULL) != TH_OK)
            worker->wrong++;
        else
            worker->wrong += check_column(&column, worker->rows, 977);
        worker->loader.column_free(worker->loader.ctx, &column);
    }
    if (worker->scan)
        worker->wrong += !scans_all(worker);
    return NULL;
}

static void test_threads(void)
{
    th_columns *columns;
    size_t rows;
    struct worker workers[4];
    pthread_t threads[4];
    if (th_columns_open(path, &columns, &rows, NULL) != TH_OK)
        abort();
    check_column(&(struct th_column){.field = TH_F_EVENT_ID, .rows = 0}, 0, 1);
    for (size_t i = 0; i < TH_COUNT(workers); i++) {
        workers[i] = (struct worker){th_columns_loader(columns), rows, 0, i % 2 == 0};
        pthread_create(&threads[i], NULL, load_all, &workers[i]);
    }
    int64_t wrong = 0;
    for (size_t i = 0; i < TH_COUNT(workers); i++) {
        pthread_join(threads[i], NULL);
        wrong += workers[i].wrong;
    }
    tap_is_int(wrong, 0, "four threads load columns and scan records at once");
    th_columns_close(columns);
}

/* Event ids of a hundred kilobytes: no segment is made of them, and yet nothing is lost. */
static void test_long_ids(void)
{
    enum { N = 1500, BYTES = 60000 };
    const char *of = synth_path("long.trail");
    static struct th_values values;
    static char id[BYTES];
    th_case *c;
    th_writer *w;
    struct th_import_totals t;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        values.num[f] = TH_VALUE_NONE;
    memset(id, 'a', sizeof id);
    struct th_batch *batch = th_batch_new();
    for (int round = 0; round < 2; round++) {
        if (th_case_open(of, TH_CASE_CREATE, &c, NULL) != TH_OK ||
            th_writer_begin(c, "t", NULL, &w, NULL) != TH_OK)
            abort();
        th_batch_reset(batch);
        free(batch->parts);
        batch->parts = calloc(1, sizeof *batch->parts);
        batch->parts[0] = (struct th_part){.begins = true, .ends = true, .path = strdup("x")};
        batch->parts_n = batch->parts_cap = 1;
        for (int i = 0; i < N; i++) {
            snprintf(id + BYTES - 8, 8, "%07u", (unsigned)i % 10000000U);
            values.text[TH_F_EVENT_ID] = (struct th_str){id, BYTES - 1};
            th_batch_add(batch, 0, (uint64_t)i, 1, 0, &values, TH_STR("x"));
        }
        if (th_writer_put(w, batch, NULL) != TH_OK || th_writer_end(w, true, &t, NULL) != TH_OK)
            abort();
        th_case_close(c, NULL);
        tap_is_int((int64_t)t.events, round == 0 ? N : 0,
                   round == 0 ? "ids of 60 KB" : "are known again");
    }
    th_batch_free(batch);
    tap_is_int(synth_number(of,
                            "SELECT count(*) FROM segment s JOIN field f ON f.id = s.field WHERE "
                            "f.name = 'event.id'"),
               0, "have no segment");
    th_columns *columns;
    struct th_column column;
    size_t rows;
    struct th_buf got = TH_BUF_INIT;
    if (th_columns_open(of, &columns, &rows, NULL) != TH_OK)
        abort();
    struct th_loader loader = th_columns_loader(columns);
    snprintf(id + BYTES - 8, 8, "%07d", 777);
    bool good = loader.column(loader.ctx, TH_F_EVENT_ID, rows, &column, NULL) == TH_OK &&
                th_column_text(&column, 777, &got) && th_str_is(th_buf_str(&got), id);
    tap_ok(good, "but a column");
    loader.column_free(loader.ctx, &column);
    th_columns_close(columns);
    th_buf_fini(&got);
}

/* More than two segments, filled in three runs, the last of which is cut off behind a commit. */
static void test_segments(void)
{
    const char *of = synth_path("large.trail");
    const struct synth_file runs[] = {{"1", SYNTH_GZ, 0, 40000},
                                      {"2", SYNTH_PLAIN, 40000, 60000},
                                      {"3", SYNTH_PLAIN, 100000, 33000}};
    for (size_t i = 0; i < 3; i++) {
        const struct synth_import what = {.files = &runs[i], .files_n = 1, .batch_rows = 8192};
        struct th_err err;
        th_err_clear(&err);
        if (synth_case(of, &what, NULL, &err) != TH_OK)
            tap_note("%s", err.msg);
        check_columns(of, runs[i].first + runs[i].n, 61, "columns after a further import");
        uint64_t rows = runs[i].first + runs[i].n;
        uint64_t segments = (rows + 65535) / 65536;
        tap_is_int(synth_number(of, "SELECT count(*) FROM segment WHERE field = 1"),
                   (int64_t)segments, "segments don't pile up");
        tap_is_int(synth_number(of, "SELECT sum(rows) FROM segment WHERE field = 1"), (int64_t)rows,
                   "and cover all rows");
    }
    sqlite3 *db;
    sqlite3_open(of, &db);
    sqlite3_exec(db,
                 "DELETE FROM segment WHERE first > 65536 AND field % 2 = 0; DELETE FROM segment "
                 "WHERE field % 5 = 0",
                 NULL, NULL, NULL);
    sqlite3_close(db);
    check_columns(of, 133000, 61, "columns where segments are missing come from rows");
    const struct synth_file more = {"4", SYNTH_PLAIN, 133000, 3000};
    const struct synth_import what = {.files = &more, .files_n = 1, .batch_rows = 8192};
    struct th_import_totals t = {0};
    tap_is_int(synth_case(of, &what, &t, NULL), TH_OK, "and so does what an import needs to know");
    tap_is_int((int64_t)t.events, 3000, "its events are new");
    check_columns(of, 136000, 61, "and stand where they should");
    const struct synth_file old = {"5", SYNTH_GZ, 60000, 9000};
    const struct synth_import copies = {.files = &old, .files_n = 1, .batch_rows = 8192};
    tap_is_int(synth_case(of, &copies, &t, NULL), TH_OK, "an import of copies");
    tap_ok(t.events == 0 && t.duplicates == 9000, "finds them all");
}

static void test_damage(void)
{
    const char *of = synth_path("damaged.trail");
    const struct synth_file one = {"1", SYNTH_GZ, 0, 4000};
    const struct synth_import what = {.files = &one, .files_n = 1, .batch_rows = 8192};
    static const struct {
        const char *sql, *name;
    } blows[] = {
        {"UPDATE segment SET bytes = x'00' WHERE width > 0", "segments of one byte"},
        {"UPDATE segment SET rows = 9999999 WHERE width > 0", "segments that claim more rows"},
        {"UPDATE segment SET width = 3", "segments of no known width"},
        {"UPDATE segment SET bytes = zeroblob(1000) WHERE width > 0", "segments of zeros"},
        {"UPDATE segment SET bytes = substr(bytes, 1, length(bytes) / 2) WHERE width > 0",
         "segments cut in half"},
        {"UPDATE segment SET bytes = x'ffffffffffffffffff' WHERE width > 0",
         "segments of huge sizes"},
        {"DELETE FROM segment; UPDATE event SET \"event.id\" = x'00', \"source.address\" = "
         "77777777",
         "rows with impossible values"},
        {"DELETE FROM segment; UPDATE call SET \"event.action\" = 77777777",
         "combinations with impossible values"},
        {"DELETE FROM segment; UPDATE event SET caller = 77777777",
         "rows with impossible combinations"},
        {"UPDATE event SET caller = 77777777; DELETE FROM segment WHERE field IN (SELECT id FROM "
         "field WHERE name = '(caller)')",
         "rows with impossible combinations beside sound segments"},
        {"DELETE FROM caller WHERE id > 10", "combinations that are gone"},
        {"UPDATE caller SET id = id + 4000000000000", "combinations with impossible numbers"},
        {"UPDATE term SET code = code + 4000000000000", "dictionaries with impossible codes"},
    };
    for (size_t i = 0; i < TH_COUNT(blows); i++) {
        th_columns *columns;
        size_t rows;
        sqlite3 *db;
        unlink(of);
        if (synth_case(of, &what, NULL, NULL) != TH_OK)
            abort();
        sqlite3_open(of, &db);
        if (sqlite3_exec(db, blows[i].sql, NULL, NULL, NULL) != SQLITE_OK)
            tap_note("%s", sqlite3_errmsg(db));
        sqlite3_close(db);
        if (th_columns_open(of, &columns, &rows, NULL) != TH_OK)
            abort();
        struct th_loader loader = th_columns_loader(columns);
        int refused = 0;
        for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
            struct th_column column;
            if (loader.column(loader.ctx, f, rows, &column, NULL) == TH_OK)
                loader.column_free(loader.ctx, &column);
            else
                refused += th_field_info(f)->store != TH_STORE_EVIDENCE;
        }
        tap_ok(refused > 0, "%s: %d columns are refused, none harms", blows[i].name, refused);
        th_columns_close(columns);
    }
}

int main(void)
{
    synth_folder();
    path = strdup(synth_path("case.trail"));
    if (synth_case(path, &synth_corpus, NULL, NULL) != TH_OK)
        abort();
    check_columns(path, SYNTH_ROWS, 1, "columns");
    test_shared_codes();
    test_threads();
    test_long_ids();
    test_segments();
    test_damage();
    free((void *)(uintptr_t)path);
    synth_done();
    return tap_done();
}
