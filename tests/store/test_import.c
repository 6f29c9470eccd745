/* What goes in comes out: through the view ecs, the columns, the records, and the counts;
 * duplicates, rejects and skipped files included. */
#include <pthread.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/bits.h"
#include "base/buf.h"
#include "base/time.h"
#include "lib/tap.h"
#include "store/columns.h"
#include "store/synth.h"

/* Row r of the case is event number r: files follow each other, and what overlaps is a copy. */
#define ROWS 9500
static const struct synth_file files[] = {
    {"a/gz", SYNTH_GZ, 0, 3000},
    {"b/sliced", SYNTH_SLICED, 3000, 1500},
    {"c/plain", SYNTH_PLAIN, 4500, 800},
    {"d/string", SYNTH_STRING, 5300, 700},
    {"e/points", SYNTH_POINTS, 6000, 2500},
    {"f/copies", SYNTH_GZ, 2000, 1200},
    {"g/licence", SYNTH_SKIPPED, 0, 0},
    {"h/half", SYNTH_PLAIN, 8000, 1500},
};
static const struct synth_import all = {
    .files = files, .files_n = TH_COUNT(files), .batch_rows = 700};

static const char *path;

static bool derived(uint64_t i, enum th_field field, struct th_buf *out)
{
    struct th_buf parent = TH_BUF_INIT;
    bool has = synth_value(i, th_field_info(field)->parent, &parent);
    struct th_str value = has ? (struct th_str){th_buf_cstr(&parent), parent.n} : TH_STR_NONE;
    has = th_field_derive(field, value, NULL, out);
    th_buf_fini(&parent);
    return has;
}

/* What a field of event i must be; false: absent. */
static bool wanted(uint64_t i, enum th_field field, struct th_buf *out)
{
    th_buf_reset(out);
    (void)th_buf_cstr(out);
    switch (th_field_info(field)->store) {
    case TH_STORE_OF:
        return derived(i, field, out);
    case TH_STORE_CONST:
        th_buf_puts(out, th_field_info(field)->source);
        return true;
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_ID:
    case TH_STORE_TIME:
    case TH_STORE_BOOL:
    case TH_STORE_EVIDENCE:
        break;
    }
    return synth_value(i, field, out);
}

static void test_totals(void)
{
    struct th_import_totals t = {0};
    struct th_err err;
    th_err_clear(&err);
    tap_is_int(synth_case(path, &all, &t, &err), TH_OK, "import");
    if (err.msg[0] != '\0')
        tap_note("%s", err.msg);
    tap_is_int((int64_t)t.files, 8, "files");
    tap_is_int((int64_t)t.skipped, 1, "skipped files");
    tap_is_int((int64_t)t.unchanged, 0, "unchanged files");
    tap_is_int((int64_t)t.events, ROWS, "events");
    tap_is_int((int64_t)t.duplicates, 1700,
               "duplicates: a whole file of copies, and a third of another");
    tap_is_int((int64_t)t.rejects, 6 + 3 + 1 + 1 + 5 + 2 + 3, "rejects");
    tap_is_int((int64_t)t.unselected, 14, "unselected");
    tap_is_int((int64_t)t.records, (int64_t)(t.events + t.duplicates + t.rejects + t.unselected),
               "records are all of these");
    tap_ok(access(path, F_OK) == 0, "there is a case");
    char wal[300];
    snprintf(wal, sizeof wal, "%s-wal", path);
    tap_ok(access(wal, F_OK) != 0, "and nothing beside it");
}

static void test_view(void)
{
    sqlite3 *db;
    sqlite3_stmt *stmt = NULL;
    struct th_buf want = TH_BUF_INIT;
    int64_t rows = 0;
    int64_t compared = 0;
    int64_t wrong = 0;
    sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    tap_is_int(sqlite3_prepare_v2(db, "SELECT * FROM ecs WHERE id % 9 = 2", -1, &stmt, NULL),
               SQLITE_OK, "the view can be read");
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        uint64_t i = (uint64_t)sqlite3_column_int64(stmt, 0) - 1;
        int column = 1;
        rows++;
        for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
            if (th_field_info(f)->store == TH_STORE_EVIDENCE)
                continue;
            bool has = wanted(i, f, &want);
            const char *got = (const char *)sqlite3_column_text(stmt, column);
            if (th_field_info(f)->store == TH_STORE_BOOL && has)
                got = got == NULL ? NULL : strcmp(got, "1") == 0 ? "true" : "false";
            bool good = strcmp(sqlite3_column_name(stmt, column), th_field_info(f)->name) == 0 &&
                        (has ? got != NULL && strcmp(got, th_buf_cstr(&want)) == 0 : got == NULL);
            if (!good && wrong++ < 5)
                tap_note("event %llu %s: got %s, want %s", (unsigned long long)i,
                         th_field_info(f)->name, got, has ? want.p : "(absent)");
            compared++;
            column++;
        }
        if (column != sqlite3_column_count(stmt))
            wrong++;
    }
    tap_is_int(rows, ROWS / 9 + 1, "it has the events");
    tap_ok(compared > 100000, "and all fields");
    tap_is_int(wrong, 0, "with the right values");
    sqlite3_finalize(stmt);
    sqlite3_prepare_v2(
        db, "SELECT count(*) FROM (SELECT \"event.action\" a, count(*) FROM ecs GROUP BY 1)", -1,
        &stmt, NULL);
    sqlite3_step(stmt);
    tap_ok(sqlite3_column_int(stmt, 0) > 1, "grouping by a field of the view works");
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    th_buf_fini(&want);
}

/* Compare one column of all rows that are event numbers from … by the rule that row r is event r.
 */
static int64_t check_column(const struct th_column *column, size_t rows, size_t step)
{
    struct th_buf want = TH_BUF_INIT;
    struct th_buf got = TH_BUF_INIT;
    int64_t wrong = 0;
    for (size_t row = 0; row < rows; row += step) {
        bool has = wanted(row, column->field, &want);
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
    uint64_t n = 0;
    if (worker->scan &&
        (worker->loader.raw_scan(worker->loader.ctx, NULL, count_raw, &n, NULL, NULL) != TH_OK ||
         n != worker->rows))
        worker->wrong++;
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

struct seen {
    uint64_t n, wrong, next;
    struct th_buf want;
    uint64_t stop_after;
};

static bool see_raw(void *ctx, uint64_t row, struct th_str raw)
{
    struct seen *seen = ctx;
    th_buf_reset(&seen->want);
    synth_record(row, &seen->want);
    seen->wrong += row < seen->next || !th_str_eq(raw, th_buf_str(&seen->want));
    seen->next = row + 1;
    seen->n++;
    return seen->n != seen->stop_after;
}

static void test_raw(void)
{
    th_case *c;
    struct th_err err;
    struct th_buf got = TH_BUF_INIT;
    struct th_buf want = TH_BUF_INIT;
    int64_t wrong = 0;
    th_err_clear(&err);
    if (th_case_open(path, TH_CASE_READ, &c, NULL) != TH_OK)
        abort();
    /* Jumping about, so that pieces come and go. */
    for (uint64_t k = 0; k < 3000; k++) {
        uint64_t row = k * 7919 % ROWS;
        th_buf_reset(&got);
        th_buf_reset(&want);
        synth_record(row, &want);
        if (th_case_raw(c, row, &got, &err) != TH_OK ||
            !th_str_eq(th_buf_str(&got), th_buf_str(&want)))
            if (wrong++ < 3)
                tap_note("row %llu: %s %.*s", (unsigned long long)row, err.msg, (int)got.n,
                         th_buf_cstr(&got));
    }
    tap_is_int(
        wrong, 0,
        "records come back byte for byte, from gzip, slices, access points, chunks and strings");
    tap_is_int(th_case_raw(c, ROWS, &got, &err), TH_E_NOT_FOUND, "behind the last there is none");
    struct seen seen = {0};
    tap_is_int(th_case_raw_scan(c, NULL, see_raw, &seen, NULL, &err), TH_OK, "scan of all");
    tap_ok(seen.n == ROWS && seen.wrong == 0, "visits all rows in order with their records");
    struct th_bits bits;
    th_bits_init(&bits, ROWS);
    uint64_t n = 0;
    for (size_t row = 3; row < ROWS; row += row % 10 == 3 ? 1 : row % 700 + 50, n++)
        th_bits_put(&bits, row);
    seen.n = 0;
    seen.next = 0;
    tap_is_int(th_case_raw_scan(c, &bits, see_raw, &seen, NULL, &err), TH_OK, "scan of some");
    tap_ok(seen.n == n && seen.wrong == 0, "visits just these");
    seen.n = 0;
    seen.next = 0;
    seen.stop_after = 5;
    tap_is_int(th_case_raw_scan(c, &bits, see_raw, &seen, NULL, &err), TH_OK, "a visitor can stop");
    tap_is_int((int64_t)seen.n, 5, "at once");
    th_cancel cancel = {0};
    th_cancel_set(&cancel);
    th_err_clear(&err);
    tap_is_int(th_case_raw_scan(c, NULL, see_raw, &seen, &cancel, &err), TH_E_CANCELLED,
               "a scan can be cancelled");
    th_bits_fini(&bits);
    th_buf_fini(&seen.want);
    th_buf_fini(&got);
    th_buf_fini(&want);
    th_case_close(c, NULL);
}

static bool collect(void *ctx, const void *bytes, size_t n)
{
    th_buf_add(ctx, bytes, n);
    return true;
}

static bool refuse(void *ctx, const void *bytes, size_t n)
{
    (void)ctx;
    (void)bytes;
    (void)n;
    return false;
}

static void test_source_bytes(void)
{
    th_case *c;
    if (th_case_open(path, TH_CASE_READ, &c, NULL) != TH_OK)
        abort();
    for (size_t i = 0; i < TH_COUNT(files); i++) {
        struct synth_source source;
        struct th_buf got = TH_BUF_INIT;
        if (files[i].kind == SYNTH_SKIPPED)
            continue;
        synth_source_make(&files[i], &source);
        bool good = th_case_source_bytes(c, (int64_t)i + 1, collect, &got, NULL) == TH_OK &&
                    th_str_eq(th_buf_str(&got), th_buf_str(&source.delivered));
        tap_ok(good, "source %s comes back as it was delivered", files[i].path);
        synth_source_free(&source);
        th_buf_fini(&got);
    }
    tap_is_int(th_case_source_bytes(c, 1, refuse, NULL, NULL), TH_E_IO, "a writer can stop");
    tap_is_int(th_case_source_bytes(c, 99, collect, NULL, NULL), TH_E_NOT_FOUND,
               "a source that isn't there");
    struct th_place place;
    struct th_buf where = TH_BUF_INIT;
    tap_is_int(th_case_place(c, 5301, &place, &where, NULL), TH_OK, "place of an event");
    tap_is_str(th_buf_cstr(&where), "d/string", "names its file");
    tap_ok(place.source == 4 && (place.flags & TH_ROW_STRING) != 0 && place.length > 0,
           "and where in it");
    th_buf_fini(&where);
    th_case_close(c, NULL);
}

static bool see_source(void *ctx, const struct th_source_row *row)
{
    struct th_buf *out = ctx;
    th_buf_printf(
        out, "%lld %s events %llu dup %llu rej %llu unsel %llu state %d%s%s\n", (long long)row->id,
        row->path, (unsigned long long)row->events, (unsigned long long)row->duplicates,
        (unsigned long long)row->rejects, (unsigned long long)row->unselected, row->state,
        row->skipped == NULL ? "" : " skipped ", row->skipped == NULL ? "" : row->skipped);
    return row->id != 7;
}

static bool see_reject(void *ctx, const struct th_reject_row *row)
{
    uint64_t *n = ctx;
    ++*n;
    return strcmp(row->reason, "not a record") == 0 && row->length == 3 &&
           th_str_is(row->bytes, "\"ev") && row->path[1] == '/';
}

static void test_listing(void)
{
    th_case *c;
    struct th_buf out = TH_BUF_INIT;
    uint64_t rejects = 0;
    struct th_case_summary s;
    if (th_case_open(path, TH_CASE_READ, &c, NULL) != TH_OK)
        abort();
    tap_is_int(th_case_sources(c, see_source, &out, NULL), TH_OK, "sources");
    tap_is_str(th_buf_cstr(&out),
               "1 a/gz events 3000 dup 0 rej 6 unsel 2 state 1\n2 b/sliced events 1500 dup 0 rej 3 "
               "unsel 2 state 1\n"
               "3 c/plain events 800 dup 0 rej 1 unsel 2 state 1\n4 d/string events 700 dup 0 rej "
               "1 unsel 2 state 1\n"
               "5 e/points events 2500 dup 0 rej 5 unsel 2 state 1\n6 f/copies events 0 dup 1200 "
               "rej 2 unsel 2 state 1\n"
               "7 g/licence events 0 dup 0 rej 0 unsel 0 state 1 skipped no CloudTrail records\n",
               "say what was in each file, and a visitor can stop");
    tap_is_int(th_case_rejects(c, see_reject, &rejects, NULL), TH_OK, "rejects");
    tap_is_int((int64_t)rejects, 21, "are all listed, with place, reason and bytes");
    tap_is_int(th_case_summary(c, &s, NULL), TH_OK, "summary");
    tap_ok(s.sources == 8 && s.skipped == 1 && s.events == ROWS && s.duplicates == 1700 &&
               s.rejects == 21 && s.unselected == 14,
           "adds them up");
    tap_is_int((int64_t)s.untimed, 10, "and knows how many have no time");
    tap_ok(s.first_ms != TH_TIME_NONE && s.last_ms > s.first_ms, "and the span");
    th_buf_fini(&out);
    th_case_close(c, NULL);
}

static int64_t number(const char *of, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt = NULL;
    int64_t out = -1;
    sqlite3_open_v2(of, &db, SQLITE_OPEN_READONLY, NULL);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        out = sqlite3_column_int64(stmt, 0);
    else
        tap_note("%s", sqlite3_errmsg(db));
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return out;
}

static void test_duplicates(void)
{
    /* Source 6 holds copies of rows 2000 …, in order. */
    tap_is_int(number(path, "SELECT count(*) FROM (SELECT event, row_number() OVER (ORDER BY id) "
                            "AS k FROM duplicate WHERE source = 6) "
                            "WHERE event = 2000 + k"),
               1200, "every copy points at the event that is kept, ids or none");
    tap_is_int(number(path, "SELECT count(*) FROM duplicate WHERE source = 8"), 500,
               "of a file that is new in part only the copies");
    tap_is_int(number(path, "SELECT count(*) FROM duplicate d JOIN event e ON e.id = d.event WHERE "
                            "e.source >= d.source"),
               0, "the first one is kept");
    tap_is_int(number(path, "SELECT count(*) FROM anonymous"), ROWS / 101,
               "records without an id are known by their bytes");
    /* The same files: unchanged. Moved files: too. */
    struct th_import_totals t;
    tap_is_int(synth_case(path, &all, &t, NULL), TH_OK, "import again");
    tap_ok(t.files == 8 && t.unchanged == 8 && t.skipped == 8 && t.records == 0,
           "finds nothing new");
    struct synth_file moved[] = {{"elsewhere", SYNTH_GZ, 0, 3000},
                                 {"other", SYNTH_PLAIN, 100, 900}};
    const struct synth_import again = {.files = moved, .files_n = 2, .batch_rows = 8000};
    tap_is_int(synth_case(path, &again, &t, NULL), TH_OK,
               "import of a moved file, and of copies in another packing");
    tap_ok(t.unchanged == 1 && t.events == 0 && t.duplicates == 900,
           "a known hash is skipped, copies are counted");
    tap_is_int(number(path, "SELECT count(*) FROM source"), 9, "an unchanged file adds no row");
}

/* Rows with the same event id for different accounts are different events. */
static void test_accounts(void)
{
    const char *of = synth_path("accounts.trail");
    static struct th_values values;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        values.num[f] = TH_VALUE_NONE;
    static const char *const ids[][2] = {{"11111111-2222-3333-4444-555555555555", "1"},
                                         {"11111111-2222-3333-4444-555555555555", "2"},
                                         {"11111111-2222-3333-4444-555555555555", NULL},
                                         {"11111111-2222-3333-4444-555555555555", "1"},
                                         {"11111111-2222-3333-4444-555555555555", NULL},
                                         {"11111111-2222-3333-4444-55555555555A", "1"},
                                         {"", "1"},
                                         {"", "1"},
                                         {"1111111122223333", "1"}};
    for (int round = 0; round < 2; round++) {
        th_case *c;
        th_writer *w;
        struct th_import_totals t;
        if (th_case_open(of, TH_CASE_CREATE, &c, NULL) != TH_OK ||
            th_writer_begin(c, "t", NULL, &w, NULL) != TH_OK)
            abort();
        struct th_batch *batch = th_batch_new();
        batch->parts = calloc(1, sizeof *batch->parts);
        batch->parts[0] = (struct th_part){.begins = true, .ends = true, .path = strdup("x")};
        batch->parts_n = batch->parts_cap = 1;
        for (size_t i = 0; i < TH_COUNT(ids); i++) {
            values.text[TH_F_EVENT_ID] = th_str_of(ids[i][0]);
            values.text[TH_F_RECIPIENT_ACCOUNT_ID] = th_str_of(ids[i][1]);
            th_batch_add(batch, 0, i, 1, 0, &values, TH_STR("x"));
        }
        if (th_writer_put(w, batch, NULL) != TH_OK || th_writer_end(w, true, &t, NULL) != TH_OK)
            abort();
        th_batch_free(batch);
        th_case_close(c, NULL);
        tap_is_int((int64_t)t.events, round == 0 ? 6 : 0,
                   round == 0 ? "same id, other account: another event"
                              : "all known in the next run");
        tap_is_int((int64_t)t.duplicates, round == 0 ? 3 : 9, "and the rest are copies");
    }
}

/* A source that was only referenced: read from its file for as long as that is what it was. */
static void test_referenced(void)
{
    const char *of = synth_path("referenced.trail");
    const char *outside = synth_path("outside.json.gz");
    const struct synth_file one = {"1", SYNTH_GZ, 0, 300};
    const struct synth_import what = {.files = &one, .files_n = 1, .batch_rows = 100};
    struct synth_source source;
    struct th_buf got = TH_BUF_INIT;
    struct th_err err;
    sqlite3 *db;
    th_case *c;
    if (synth_case(of, &what, NULL, NULL) != TH_OK)
        abort();
    synth_source_make(&one, &source);
    FILE *file = fopen(outside, "wb");
    fwrite(source.delivered.p, 1, source.delivered.n, file);
    fclose(file);
    char *sql =
        sqlite3_mprintf("UPDATE source SET kind = 2, path = %Q; DELETE FROM evidence", outside);
    sqlite3_open(of, &db);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    sqlite3_close(db);
    if (th_case_open(of, TH_CASE_READ, &c, NULL) != TH_OK)
        abort();
    struct seen seen = {0};
    tap_ok(th_case_raw_scan(c, NULL, see_raw, &seen, NULL, NULL) == TH_OK && seen.n == 300 &&
               seen.wrong == 0,
           "records of a referenced source come from its file");
    tap_ok(th_case_source_bytes(c, 1, collect, &got, NULL) == TH_OK &&
               th_str_eq(th_buf_str(&got), th_buf_str(&source.delivered)),
           "so does the source");
    file = fopen(outside, "r+b");
    fseek(file, 100, SEEK_SET);
    fputc(source.delivered.p[100] ^ 1, file);
    fclose(file);
    th_err_clear(&err);
    tap_ok(th_case_raw(c, 1, &got, &err) == TH_E_IO && strstr(err.msg, "has changed") != NULL,
           "a file that has changed is refused");
    unlink(outside);
    tap_is_int(th_case_raw(c, 1, &got, NULL), TH_E_NOT_FOUND, "one that is gone isn't found");
    th_buf_fini(&seen.want);
    th_buf_fini(&got);
    synth_source_free(&source);
    th_case_close(c, NULL);
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
            snprintf(id + BYTES - 8, 8, "%07d", i);
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
    tap_is_int(number(of, "SELECT count(*) FROM segment s JOIN field f ON f.id = s.field WHERE "
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

/* Records at the seams of a delivered file that is kept in many slices. */
static void check_slices(const char *of)
{
    th_case *c;
    struct th_buf got = TH_BUF_INIT;
    struct th_buf want = TH_BUF_INIT;
    int64_t wrong = 0;
    if (th_case_open(of, TH_CASE_READ, &c, NULL) != TH_OK)
        abort();
    for (uint64_t row = 0; row < 40000; row += 3989) {
        th_buf_reset(&got);
        th_buf_reset(&want);
        synth_record(row, &want);
        wrong += th_case_raw(c, row, &got, NULL) != TH_OK ||
                 !th_str_eq(th_buf_str(&got), th_buf_str(&want));
    }
    tap_is_int(wrong, 0, "records of a file in many slices");
    tap_ok(number(of, "SELECT count(*) FROM evidence WHERE source = 1") > 4, "which it is");
    th_buf_fini(&got);
    th_buf_fini(&want);
    th_case_close(c, NULL);
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
        tap_is_int(number(of, "SELECT count(*) FROM segment WHERE field = 1"), (int64_t)segments,
                   "segments don't pile up");
        tap_is_int(number(of, "SELECT sum(rows) FROM segment WHERE field = 1"), (int64_t)rows,
                   "and cover all rows");
    }
    check_slices(of);
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
        {"DELETE FROM segment; UPDATE event SET \"event.id\" = x'00', \"event.action\" = 77777777, "
         "\"aws.cloudtrail.read_only\" = 77",
         "rows with impossible values"},
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

static void test_evidence_damage(void)
{
    const char *of = synth_path("evidence.trail");
    sqlite3 *db;
    th_case *c;
    struct th_err err;
    struct th_buf out = TH_BUF_INIT;
    if (synth_case(of, &all, NULL, NULL) != TH_OK)
        abort();
    sqlite3_open(of, &db);
    sqlite3_exec(db,
                 "UPDATE evidence SET bytes = substr(bytes, 1, 20000) WHERE source = 1; DELETE "
                 "FROM evidence WHERE source = 2 AND offset > 0;"
                 "UPDATE evidence SET bytes = zeroblob(50) WHERE source = 3 AND offset > 0; UPDATE "
                 "evidence SET length = 99999999999 WHERE source = 4;"
                 "UPDATE access_point SET bits = 77, window = x'0102' WHERE source = 5; UPDATE "
                 "event SET offset = 1 << 60 WHERE id = 8600",
                 NULL, NULL, NULL);
    sqlite3_close(db);
    if (th_case_open(of, TH_CASE_READ, &c, NULL) != TH_OK)
        abort();
    tap_is_int(th_case_raw(c, 0, &out, NULL), TH_OK, "what stands before a break can be read");
    static const uint64_t rows[] = {2990, 4400, 5290, 5400, 8400, 8599};
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        th_err_clear(&err);
        tap_ok(th_case_raw(c, rows[i], &out, &err) != TH_OK && strstr(err.msg, "source") != NULL &&
                   strstr(err.msg, "bytes at") != NULL,
               "what can't be read is an error that names source and offset");
        if (err.msg[0] == '\0')
            tap_note("row %llu", (unsigned long long)rows[i]);
    }
    for (int64_t source = 1; source <= 4; source++)
        tap_ok(th_case_source_bytes(c, source, collect, &out, NULL) != TH_OK,
               "a source that has changed isn't given out as sound");
    th_case_close(c, NULL);
    th_buf_fini(&out);
}

int main(void)
{
    synth_folder();
    path = strdup(synth_path("case.trail"));
    test_totals();
    test_view();
    check_columns(path, ROWS, 1, "columns");
    test_shared_codes();
    test_threads();
    test_raw();
    test_source_bytes();
    test_listing();
    test_duplicates();
    test_accounts();
    test_referenced();
    test_long_ids();
    test_segments();
    test_damage();
    test_evidence_damage();
    free((void *)(uintptr_t)path);
    synth_done();
    return tap_done();
}
