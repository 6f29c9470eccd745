/* Records and sources come back byte for byte, however they are kept, and never when they have
 * changed. */
#include <sqlite3.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buf.h"
#include "lib/tap.h"
#include "store/synth.h"

static const char *path;

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
        uint64_t row = k * 7919 % SYNTH_ROWS;
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
    tap_is_int(th_case_raw(c, SYNTH_ROWS, &got, &err), TH_E_NOT_FOUND,
               "behind the last there is none");
    struct seen seen = {0};
    tap_is_int(th_case_raw_scan(c, NULL, see_raw, &seen, NULL, &err), TH_OK, "scan of all");
    tap_ok(seen.n == SYNTH_ROWS && seen.wrong == 0, "visits all rows in order with their records");
    struct th_bits bits;
    th_bits_init(&bits, SYNTH_ROWS);
    uint64_t n = 0;
    for (size_t row = 3; row < SYNTH_ROWS; row += row % 10 == 3 ? 1 : row % 700 + 50, n++)
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
    for (size_t i = 0; i < synth_corpus.files_n; i++) {
        struct synth_source source;
        struct th_buf got = TH_BUF_INIT;
        if (synth_corpus.files[i].kind == SYNTH_SKIPPED)
            continue;
        synth_source_make(&synth_corpus.files[i], &source);
        bool good = th_case_source_bytes(c, (int64_t)i + 1, collect, &got, NULL) == TH_OK &&
                    th_str_eq(th_buf_str(&got), th_buf_str(&source.delivered));
        tap_ok(good, "source %s comes back as it was delivered", synth_corpus.files[i].path);
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
    tap_ok(th_case_raw(c, 1, &got, &err) == TH_E_OUTSIDE && strstr(err.msg, "has changed") != NULL,
           "a file that has changed is refused");
    unlink(outside);
    th_err_clear(&err);
    tap_ok(th_case_raw(c, 1, &got, &err) == TH_E_OUTSIDE && strstr(err.msg, outside) != NULL &&
               strstr(err.msg, "No such file") != NULL,
           "one that is gone is named");
    th_case_close(c, NULL);
    /* The path comes out of the case, and a case may come from anybody. */
    static const char *const paths[] = {"/dev/zero", "/", "/proc/self/mem", "", "/dev/stdin"};
    for (size_t i = 0; i < TH_COUNT(paths); i++) {
        sql = sqlite3_mprintf("UPDATE source SET path = %Q, size_bytes = 9000000000000", paths[i]);
        sqlite3_open(of, &db);
        sqlite3_exec(db, sql, NULL, NULL, NULL);
        sqlite3_free(sql);
        sqlite3_close(db);
        if (th_case_open(of, TH_CASE_READ, &c, NULL) != TH_OK)
            abort();
        tap_is_int(th_case_raw(c, 1, &got, NULL), TH_E_OUTSIDE, paths[i]);
        th_case_close(c, NULL);
    }
    if (th_case_open(of, TH_CASE_READ, &c, NULL) != TH_OK)
        abort();
    th_buf_fini(&seen.want);
    th_buf_fini(&got);
    synth_source_free(&source);
    th_case_close(c, NULL);
}

/* Records at the seams of a delivered file that is kept in many slices. */
static void test_slices(void)
{
    const char *of = synth_path("slices.trail");
    const struct synth_file large = {"1", SYNTH_GZ, 0, 40000};
    const struct synth_import what = {.files = &large, .files_n = 1, .batch_rows = 8192};
    th_case *c;
    struct th_buf got = TH_BUF_INIT;
    struct th_buf want = TH_BUF_INIT;
    int64_t wrong = 0;
    if (synth_case(of, &what, NULL, NULL) != TH_OK ||
        th_case_open(of, TH_CASE_READ, &c, NULL) != TH_OK)
        abort();
    for (uint64_t row = 0; row < 40000; row += 3989) {
        th_buf_reset(&got);
        th_buf_reset(&want);
        synth_record(row, &want);
        wrong += th_case_raw(c, row, &got, NULL) != TH_OK ||
                 !th_str_eq(th_buf_str(&got), th_buf_str(&want));
    }
    tap_is_int(wrong, 0, "records of a file in many slices");
    tap_ok(synth_number(of, "SELECT count(*) FROM evidence WHERE source = 1") > 4, "which it is");
    th_buf_fini(&got);
    th_buf_fini(&want);
    th_case_close(c, NULL);
}

static void test_evidence_damage(void)
{
    const char *of = synth_path("evidence.trail");
    sqlite3 *db;
    th_case *c;
    struct th_err err;
    struct th_buf out = TH_BUF_INIT;
    if (synth_case(of, &synth_corpus, NULL, NULL) != TH_OK)
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
                   strstr(err.msg, ", byte ") != NULL,
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
    if (synth_case(path, &synth_corpus, NULL, NULL) != TH_OK)
        abort();
    test_raw();
    test_source_bytes();
    test_referenced();
    test_slices();
    test_evidence_damage();
    free((void *)(uintptr_t)path);
    synth_done();
    return tap_done();
}
