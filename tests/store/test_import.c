/* What goes in comes out of the tables: values through the view ecs, counts, duplicates, rejects,
 * skipped files. */
#include <sqlite3.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/time.h"
#include "lib/tap.h"
#include "store/synth.h"

static const char *path;

static void test_totals(void)
{
    struct th_import_totals t = {0};
    struct th_err err;
    th_err_clear(&err);
    tap_is_int(synth_case(path, &synth_corpus, &t, &err), TH_OK, "import");
    if (err.msg[0] != '\0')
        tap_note("%s", err.msg);
    tap_is_int((int64_t)t.files, 8, "files");
    tap_is_int((int64_t)t.skipped, 1, "skipped files");
    tap_is_int((int64_t)t.unchanged, 0, "unchanged files");
    tap_is_int((int64_t)t.events, SYNTH_ROWS, "events");
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
            bool has = synth_expected(i, f, &want);
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
    tap_is_int(rows, SYNTH_ROWS / 9 + 1, "it has the events");
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
    tap_ok(s.sources == 8 && s.skipped == 1 && s.events == SYNTH_ROWS && s.duplicates == 1700 &&
               s.rejects == 21 && s.unselected == 14,
           "adds them up");
    tap_is_int((int64_t)s.untimed, 10, "and knows how many have no time");
    tap_ok(s.first_ms != TH_TIME_NONE && s.last_ms > s.first_ms, "and the span");
    th_buf_fini(&out);
    th_case_close(c, NULL);
}

static void test_duplicates(void)
{
    /* Source 6 holds copies of rows 2000 …, in order. */
    tap_is_int(synth_number(path,
                            "SELECT count(*) FROM (SELECT event, row_number() OVER (ORDER BY id) "
                            "AS k FROM duplicate WHERE source = 6) "
                            "WHERE event = 2000 + k"),
               1200, "every copy points at the event that is kept, ids or none");
    tap_is_int(synth_number(path, "SELECT count(*) FROM duplicate WHERE source = 8"), 500,
               "of a file that is new in part only the copies");
    tap_is_int(synth_number(path,
                            "SELECT count(*) FROM duplicate d JOIN event e ON e.id = d.event WHERE "
                            "e.source >= d.source"),
               0, "the first one is kept");
    tap_is_int(synth_number(path, "SELECT count(*) FROM anonymous"), SYNTH_ROWS / 101,
               "records without an id are known by their bytes");
    /* The same files: unchanged. Moved files: too. */
    struct th_import_totals t;
    tap_is_int(synth_case(path, &synth_corpus, &t, NULL), TH_OK, "import again");
    tap_ok(t.files == 8 && t.unchanged == 8 && t.skipped == 8 && t.records == 0,
           "finds nothing new");
    struct synth_file moved[] = {{"elsewhere", SYNTH_GZ, 0, 3000},
                                 {"other", SYNTH_PLAIN, 100, 900}};
    const struct synth_import again = {.files = moved, .files_n = 2, .batch_rows = 8000};
    tap_is_int(synth_case(path, &again, &t, NULL), TH_OK,
               "import of a moved file, and of copies in another packing");
    tap_ok(t.unchanged == 1 && t.events == 0 && t.duplicates == 900,
           "a known hash is skipped, copies are counted");
    tap_is_int(synth_number(path, "SELECT count(*) FROM source"), 9,
               "an unchanged file adds no row");
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

int main(void)
{
    synth_folder();
    path = strdup(synth_path("case.trail"));
    test_totals();
    test_view();
    test_listing();
    test_duplicates();
    test_accounts();
    free((void *)(uintptr_t)path);
    synth_done();
    return tap_done();
}
