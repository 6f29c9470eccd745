/* A case that somebody else made: nothing in it is of the kind that it should be. Whatever is asked
 * of it, the answer is a value or an error, never a crash, and it comes to an end. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/coverage.h"
#include "base/bits.h"
#include "base/time.h"
#include "lib/tap.h"
#include "store/synth.h"

static const char *whole; /* the case as imported */
static struct th_buf image;
static unsigned errors; /* since the case was opened */
static unsigned asked;  /* how many cases */

/* ---- evidence of our own ---- */

static void add_record(struct th_buf *out, unsigned i)
{
    static const char *const actions[] = {"ListUsers", "CreateUser", "GetObject", "AssumeRole"};
    th_buf_printf(out,
                  "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":"
                  "\"user-%u\",\"accountId\":\"111122223333\",\"arn\":\"arn:aws:iam::111122223333:"
                  "user/user-%u\"},\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"%s\","
                  "\"awsRegion\":\"%s\",\"sourceIPAddress\":\"192.0.2.%u\",\"userAgent\":"
                  "\"aws-cli/2.15.%u\",%s\"requestParameters\":{\"userName\":\"u%u\",\"groupName\":"
                  "\"g\"},\"readOnly\":%s,\"eventType\":\"AwsApiCall\",\"recipientAccountId\":"
                  "\"111122223333\"",
                  i % 7, i % 7, actions[i % 4], i % 3 == 0 ? "eu-west-1" : "us-east-1", i % 50,
                  i % 5, i % 6 == 0 ? "\"errorCode\":\"AccessDenied\"," : "", i,
                  i % 4 == 1 ? "false" : "true");
    if (i % 40 != 7)
        th_buf_printf(out, ",\"eventTime\":\"2026-03-%02uT%02u:%02u:00Z\"", 1 + i / 40, i % 24,
                      i % 60);
    if (i % 40 == 9)
        th_buf_printf(out, ",\"eventID\":\"no uuid %u\"}\n", i);
    else if (i % 40 != 11)
        th_buf_printf(out, ",\"eventID\":\"%08x-0000-4000-8000-%012x\"}\n", i % 115, i % 115);
    else
        th_buf_puts(out, "}\n");
}

static void write_file(const char *path, const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    close(fd);
}

static void read_file(const char *path, struct th_buf *out)
{
    char piece[8192];
    ssize_t n;
    int fd = open(path, O_RDONLY);
    while (fd >= 0 && (n = read(fd, piece, sizeof piece)) > 0)
        th_buf_add(out, piece, (size_t)n);
    close(fd);
}

static void make_case(void)
{
    struct th_buf lines = TH_BUF_INIT;
    struct th_app_imported done;
    struct th_err err;
    const char *file = synth_path("trail.json");
    for (unsigned i = 0; i < 120; i++)
        add_record(&lines, i);
    th_buf_puts(&lines, "{\"eventName\":\"cut");
    write_file(file, lines.p, lines.n);
    th_buf_fini(&lines);
    whole = strdup(synth_path("whole.trail"));
    const struct th_app_import import = {.paths = &file, .paths_n = 1, .jobs = 1};
    setenv("TRAILHOUND_GEOIP", "", 1);
    th_err_clear(&err);
    if (th_app_import(whole, &import, NULL, &done, &err) != TH_OK || done.events < 100) {
        tap_note("%s", err.msg);
        abort();
    }
    sqlite3 *db;
    sqlite3_open(whole, &db);
    sqlite3_exec(
        db,
        "INSERT INTO mark VALUES(3, 1, 'tag', 'said', 5), (9, 1, NULL, NULL, 6); INSERT INTO "
        "saved_filter VALUES('n', 'user.name: x', 1); INSERT INTO history VALUES(1, "
        "'user.name: y', 2); INSERT INTO rule VALUES('r', 't', 'high', 'p', x'00', 100, "
        "1); INSERT INTO finding(id, rule, name, level, tags, grouping, first, last, "
        "count, why, at) VALUES(1, 'r', 'n', 'high', '[]', '{}', 1, 2, 2, 'w', 3); INSERT "
        "INTO finding_event VALUES(1, 3), (1, 4)",
        NULL, NULL, NULL);
    sqlite3_close(db);
    read_file(whole, &image);
}

/* ---- asking everything ---- */

static enum th_code note(enum th_code rc)
{
    errors += rc != TH_OK;
    return rc;
}

static bool use_source(void *ctx, const struct th_source_row *row)
{
    size_t *n = ctx;
    *n += strlen(row->path) + strlen(row->version) + strlen(row->selection) +
          (row->container == NULL ? 0 : strlen(row->container)) +
          (row->skipped == NULL ? 0 : strlen(row->skipped));
    return true;
}

static bool use_reject(void *ctx, const struct th_reject_row *row)
{
    size_t *n = ctx;
    *n += strlen(row->path) + strlen(row->reason) + row->bytes.n;
    return true;
}

static bool use_raw(void *ctx, uint64_t row, struct th_str raw)
{
    size_t *n = ctx;
    *n += raw.n + row;
    return true;
}

static bool use_place(void *ctx, uint64_t row, const struct th_place *place)
{
    size_t *n = ctx;
    *n += row + place->offset;
    return true;
}

static bool use_mark(void *ctx, const struct th_mark *mark)
{
    size_t *n = ctx;
    *n += mark->comment == NULL ? 0 : strlen(mark->comment);
    return true;
}

static bool use_finding(void *ctx, const struct th_finding *row)
{
    size_t *n = ctx;
    *n += strlen(row->rule) + strlen(row->why) + strlen(th_finding_state_word(row->state));
    return true;
}

static bool use_filter(void *ctx, const char *name, const char *filter)
{
    size_t *n = ctx;
    *n += (name == NULL ? 0 : strlen(name)) + strlen(filter);
    return true;
}

static bool use_bytes(void *ctx, const void *bytes, size_t n)
{
    size_t *total = ctx;
    *total += bytes != NULL ? n : 0;
    return *total < 10000000;
}

static bool use_sql(void *ctx, size_t columns, const char *const *names,
                    const struct th_sql_value *values)
{
    size_t *n = ctx;
    (void)names;
    for (size_t i = 0; values != NULL && i < columns; i++)
        *n += values[i].bytes.n;
    return true;
}

/* Screens, facets, histograms and cells: what the workbench shows of each event. */
static void use_table(th_app *app, size_t *n)
{
    struct th_buf cell = TH_BUF_INIT;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        for (uint32_t row = 0; row < th_table_rows(th_app_table(app)); row++) {
            th_buf_reset(&cell);
            if (!th_app_cell(app, row, f, &cell) && row > 3)
                break;
            *n += cell.n;
        }
    th_buf_fini(&cell);
    struct th_bits rows;
    struct th_histogram histogram;
    static const char *const filters[] = {"user.name: user-3 and not event.outcome: failure",
                                          "requestParameters.userName: u1*", "\"192.0.2.7\""};
    for (size_t i = 0; i < TH_COUNT(filters); i++)
        if (note(th_app_rows_of(th_app_table(app), th_str_of(filters[i]), NULL, &rows, NULL)) ==
            TH_OK) {
            if (note(th_ops_histogram(th_app_table(app), &rows, TH_TIME_NONE, TH_TIME_NONE, 0, 80,
                                      NULL, &histogram, NULL)) == TH_OK)
                th_histogram_fini(&histogram);
            th_bits_fini(&rows);
        }
    struct th_app_coverage coverage;
    const struct th_app_coverage_ask ask = {.bins = 60};
    if (note(th_app_coverage(app, &ask, NULL, &coverage, NULL)) == TH_OK)
        th_app_coverage_fini(&coverage);
}

static void use_case(th_case *c, size_t *n)
{
    struct th_buf out = TH_BUF_INIT, more = TH_BUF_INIT;
    struct th_case_summary summary;
    struct th_place place;
    (void)note(th_case_summary(c, &summary, NULL));
    (void)note(th_case_stamps(c, &out, &more, NULL));
    (void)note(th_case_lacking(c, &out, NULL));
    (void)note(th_case_sources(c, use_source, n, NULL));
    (void)note(th_case_rejects(c, use_reject, n, NULL));
    (void)note(th_case_places(c, use_place, n, NULL));
    (void)note(th_case_raw_scan(c, NULL, use_raw, n, NULL, NULL));
    (void)note(th_case_source_bytes(c, 1, use_bytes, n, NULL));
    for (uint64_t row = 0; row < 8; row++) {
        th_buf_reset(&out);
        (void)note(th_case_raw(c, row, &out, NULL));
        (void)note(th_case_place(c, row, &place, &out, NULL));
    }
    (void)note(th_notes_marks(c, use_mark, n, NULL));
    (void)note(th_notes_filters(c, use_filter, n, NULL));
    (void)note(th_notes_history(c, use_filter, n, NULL));
    (void)note(th_findings_list(c, -1, -1, use_finding, n, NULL));
    /* SQLite takes its time over the plan of the view. */
    if (++asked % 8 == 1) {
        (void)note(th_case_sql(c, "SELECT * FROM ecs LIMIT 50", use_sql, n, NULL));
        (void)note(th_case_sql(c, "SELECT * FROM sources, rejects, findings", use_sql, n, NULL));
    }
    th_buf_fini(&out);
    th_buf_fini(&more);
}

static bool on_difference(void *ctx, const struct th_verify_difference *difference)
{
    size_t *n = ctx;
    *n += 1 + difference->what.n;
    return true;
}

enum verdict { VERDICT_SAME, VERDICT_DIFFERENT, VERDICT_ERROR };

static enum verdict verify(const char *path)
{
    const struct th_app_files files = {NULL, NULL};
    struct th_verify_totals totals;
    size_t n = 0;
    const struct th_verify_sink sink = {.ctx = &n, .difference = on_difference};
    enum th_code rc = th_app_verify(path, &files, 1, NULL, &sink, NULL, &totals, NULL);
    return note(rc) != TH_OK ? VERDICT_ERROR : n > 0 ? VERDICT_DIFFERENT : VERDICT_SAME;
}

static void use_all(const char *path)
{
    th_app *app;
    size_t n = 0;
    errors = 0;
    if (note(th_app_open(path, TH_CASE_READ, &app, NULL)) != TH_OK)
        return;
    use_case(th_app_case(app), &n);
    use_table(app, &n);
    th_app_close(app, NULL);
}

/* ---- values of the wrong kind ---- */

static void sql_on(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        tap_note("%s: %s", sql, message);
    sqlite3_free(message);
}

/* A copy of the case that was changed by SQL. */
static const char *changed(const char *sql)
{
    const char *path = synth_path("changed.trail");
    sqlite3 *db;
    write_file(path, image.p, image.n);
    sqlite3_open(path, &db);
    sql_on(db, sql);
    sqlite3_close(db);
    return path;
}

static void says(const char *sql, enum th_code want, const char *words)
{
    struct th_err err;
    th_case *c = NULL;
    th_err_clear(&err);
    enum th_code rc = th_case_open(changed(sql), TH_CASE_WRITE, &c, &err);
    if (!tap_ok(rc == want && strstr(err.msg, words) != NULL, "%s", sql))
        tap_note("%d: %s", rc, err.msg);
    th_case_close(c, NULL);
}

static void test_schema(void)
{
    static const char other[] = "another program changed the file";
    says("CREATE TRIGGER t AFTER INSERT ON mark BEGIN DELETE FROM mark; END", TH_E_CASE,
         "trigger t");
    says("DROP VIEW findings; CREATE VIEW findings AS SELECT * FROM findings", TH_E_CASE,
         "view findings");
    says("DROP TABLE meta; CREATE VIEW meta AS SELECT 'a' AS key, 1 AS value", TH_E_CASE,
         "view meta");
    says("DROP TABLE field; CREATE VIEW field AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL "
         "SELECT id + 1 FROM n) SELECT id, 'x' AS name FROM n",
         TH_E_CASE, "view field");
    says("DROP INDEX source_sha256; CREATE INDEX source_sha256 ON source(sha256) WHERE id > 5",
         TH_E_CASE, "index source_sha256");
    says("DROP VIEW rejects", TH_E_CASE, "rejects is missing");
    says("DROP TABLE history", TH_E_CASE, other);
    says("DROP TABLE client", TH_E_CASE, "client is missing");
    says("ALTER TABLE event ADD COLUMN x INTEGER AS (abs(length))", TH_E_CASE, "table event");
    says("ALTER TABLE caller ADD COLUMN x INTEGER CHECK (x > 1)", TH_E_CASE, "table caller");
    says("ALTER TABLE source ADD COLUMN x INTEGER", TH_E_CASE, "table source");
    says("CREATE TABLE path_column(x)", TH_E_CASE, "table path_column");
    says("CREATE VIEW note_waiting AS SELECT 1", TH_E_CASE, "view note_waiting");
    says("ALTER TABLE event ADD COLUMN \"new.field\" INTEGER", TH_OK, "");
    says("CREATE TABLE mine(x); CREATE INDEX mine_too ON event(source)", TH_OK, "");

    /* What the file says of the events to others is not what this program shows. */
    th_case *c = NULL;
    size_t n = 0;
    struct th_err err;
    th_err_clear(&err);
    if (th_case_open(changed("DROP VIEW ecs; CREATE VIEW ecs AS SELECT * FROM ecs"), TH_CASE_READ,
                     &c, &err) != TH_OK)
        tap_note("%s", err.msg);
    tap_is_int(th_case_sql(c, "SELECT \"user.name\" FROM ecs", use_sql, &n, NULL), TH_OK,
               "the view ecs is ours, whatever stands in the case");
    tap_ok(n > 300, "with what the events say");
    th_case_close(c, NULL);
}

static void test_words(void)
{
    struct th_place place;
    struct th_buf out = TH_BUF_INIT;
    struct th_err err;
    th_case *c = NULL;
    size_t n = 0;
    th_err_clear(&err);
    if (th_case_open(changed("UPDATE event SET source = 'abc' WHERE id = 17"), TH_CASE_READ, &c,
                     NULL) != TH_OK)
        abort();
    tap_is_int(th_case_place(c, 16, &place, &out, &err), TH_E_DB, "a text for a number: an error");
    tap_ok(strstr(err.msg, "event 17: source is a text") != NULL, "with its event: %s", err.msg);
    tap_is_int(th_case_place(c, 15, &place, &out, NULL), TH_OK, "the next event is read");
    th_err_clear(&err);
    tap_is_int(th_case_places(c, use_place, &n, &err), TH_OK, "a walk along all events goes on");
    th_case_close(c, NULL);
    if (th_case_open(changed("UPDATE event SET source = 0 WHERE id = 1"), TH_CASE_READ, &c, NULL) !=
        TH_OK)
        abort();
    tap_is_int(th_case_place(c, 0, &place, &out, NULL), TH_E_NOT_FOUND, "source 0 is none");
    th_case_close(c, NULL);
    th_buf_fini(&out);
}

/* Every column of every table. */
struct columns {
    struct column {
        char table[40], name[80];
    } v[400];
    size_t n;
};

static int add_column(void *ctx, int n, char **values, char **names)
{
    struct columns *columns = ctx;
    (void)n;
    (void)names;
    struct column *c = &columns->v[columns->n++];
    snprintf(c->table, sizeof c->table, "%s", values[0]);
    snprintf(c->name, sizeof c->name, "%s", values[1]);
    return columns->n == TH_COUNT(columns->v);
}

static void test_values(void)
{
    static const char *const odd[] = {"NULL",
                                      "'abc'",
                                      "x'00ff'",
                                      "-1",
                                      "9223372036854775807",
                                      "-9223372036854775807",
                                      "1e300",
                                      "9e999",
                                      "''",
                                      "zeroblob(100)",
                                      "4294967296"};
    static struct columns columns;
    struct th_buf loose = TH_BUF_INIT;
    const char *path = synth_path("odd.trail");
    sqlite3 *db;
    /* Columns that may be NULL, until the text of the schema is put back. */
    write_file(path, image.p, image.n);
    sqlite3_open(path, &db);
    sqlite3_exec(db,
                 "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE "
                 "m.type = 'table' ORDER BY m.name, c.cid",
                 add_column, &columns, NULL);
    sql_on(db,
           "CREATE TABLE was AS SELECT name, sql FROM sqlite_schema; PRAGMA writable_schema = "
           "1; UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE name <> 'was'");
    sqlite3_close(db);
    read_file(path, &loose);
    size_t runs = 0, silent = 0;
    for (size_t i = 0; i < columns.n; i++)
        for (size_t k = 0; k < 2; k++, runs++) {
            const struct column *c = &columns.v[i];
            const char *value = odd[(i * 3 + k * 4) % TH_COUNT(odd)];
            write_file(path, loose.p, loose.n);
            sqlite3_open(path, &db);
            char *sql =
                k == 0 ? sqlite3_mprintf("UPDATE OR IGNORE \"%w\" SET \"%w\" = %s", c->table,
                                         c->name, value)
                       : sqlite3_mprintf("UPDATE OR IGNORE \"%w\" SET \"%w\" = %s WHERE \"%w\" IS "
                                         "(SELECT \"%w\" FROM \"%w\" LIMIT 1 OFFSET 1)",
                                         c->table, c->name, value, c->name, c->name, c->table);
            if (i % 2 == k)
                sql = sqlite3_mprintf("DELETE FROM segment; %z", sql);
            (void)sqlite3_exec(db, sql, NULL, NULL, NULL);
            sql_on(db, "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = (SELECT w.sql "
                       "FROM was w WHERE w.name = sqlite_master.name) WHERE name <> 'was'; DROP "
                       "TABLE was");
            sqlite3_close(db);
            if (getenv("TH_TELL") != NULL)
                tap_note("%s", sql);
            sqlite3_free(sql);
            use_all(path);
            silent += errors == 0;
            if ((i + k) % 3 == 0)
                (void)verify(path);
        }
    tap_ok(runs > 300 && silent < runs, "%zu times values of a wrong kind: no harm, %zu errors",
           runs, runs - silent);
    th_buf_fini(&loose);
}

/* ---- single bytes ---- */

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* All that verify has something to compare with. What it can't tell: where evidence was read from
 * and when, what the analyst said, what rules found; and segments that nobody finds any more, which
 * are a cache. What stands in free pages, between cells and in indexes is in no table. */
static void dump_provable(const char *path, struct th_buf *out)
{
    sqlite3 *db;
    sqlite3_open(path, &db);
    sqlite3_exec(db,
                 "DELETE FROM segment; DELETE FROM mark; DELETE FROM "
                 "saved_filter; DELETE FROM history; DELETE FROM rule; DELETE FROM finding; DELETE "
                 "FROM finding_event; DELETE FROM meta; UPDATE source SET path = '', imported = 0",
                 NULL, NULL, NULL);
    sqlite3_close(db);
    th_buf_reset(out);
    synth_dump(path, out);
}

static void test_bytes(void)
{
    enum { RUNS = 200 };
    const char *path = synth_path("flipped.trail");
    struct th_buf want = TH_BUF_INIT, got = TH_BUF_INIT;
    uint64_t state = 20260306;
    unsigned count[3] = {0}, unexplained = 0;
    write_file(path, image.p, image.n);
    dump_provable(path, &want);
    for (unsigned run = 0; run < RUNS; run++) {
        /* Half of the pages are empty: where something stands more happens. */
        size_t at = next_random(&state) % image.n;
        for (unsigned tries = 0; run % 4 != 0 && tries < 1000 && image.p[at] == 0; tries++)
            at = next_random(&state) % image.n;
        char bit = (char)(1 << next_random(&state) % 8);
        image.p[at] ^= bit;
        write_file(path, image.p, image.n);
        image.p[at] ^= bit;
        use_all(path);
        enum verdict verdict = verify(path);
        count[verdict]++;
        if (verdict != VERDICT_SAME)
            continue;
        dump_provable(path, &got);
        if (!th_str_eq(th_buf_str(&got), th_buf_str(&want))) {
            size_t d = 0;
            while (d < got.n && d < want.n && got.p[d] == want.p[d])
                d++;
            d = d < 60 ? 0 : d - 60;
            tap_note("byte %zu, bit %u:", at, (unsigned)(unsigned char)bit);
            tap_show("got ", got.p + d, got.n - d < 120 ? got.n - d : 120);
            tap_show("want", want.p + d, want.n - d < 120 ? want.n - d : 120);
            unexplained++;
        }
    }
    tap_ok(true, "%d single bits: verify tells %u, gives up on %u, and calls %u as imported", RUNS,
           count[VERDICT_DIFFERENT], count[VERDICT_ERROR], count[VERDICT_SAME]);
    tap_is_int(unexplained, 0, "in those no value of any table is another");
    th_buf_fini(&want);
    th_buf_fini(&got);
}

int main(void)
{
    synth_folder();
    make_case();
    use_all(whole);
    tap_is_int(errors, 0, "the case as imported: no error");
    tap_is_int(verify(whole), VERDICT_SAME, "and verified");
    test_schema();
    test_words();
    test_values();
    test_bytes();
    th_buf_fini(&image);
    synth_done();
    return tap_done();
}
