/* A program that dies in the middle of an import, and one that runs out of disk. What is in the
 * case then is whole batches, and going on gives the same case, table for table and row for row, as
 * an import that nothing happened to. */
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "lib/tap.h"
#include "store/columns/columns.h"
#include "store/synth.h"
#include "store/write/internal.h"

/* Files of which several share a batch, files over many batches, copies, and two files with the
 * same bytes. */
static const struct synth_file files[] = {
    {"a", SYNTH_GZ, 0, 60},         {"b", SYNTH_PLAIN, 60, 700},   {"c", SYNTH_GZ, 760, 30},
    {"d", SYNTH_SKIPPED, 0, 0},     {"e", SYNTH_POINTS, 790, 900}, {"f", SYNTH_GZ, 760, 30},
    {"g", SYNTH_STRING, 1600, 500}, {"h", SYNTH_GZ, 300, 600},     {"i", SYNTH_SLICED, 2100, 900},
    {"j", SYNTH_GZ, 2950, 150},
};

struct die {
    uint64_t at; /* batch */
    bool after_more;
};

static void die_before(void *ctx, uint64_t batch)
{
    const struct die *die = ctx;
    if (batch == die->at)
        kill(getpid(), SIGKILL);
}

/* How the workbench imports: it has the case open and reads along. */
static bool shared;

/* Import into path with a commit every commit_rows rows. */
static enum th_code import(const char *path, const struct synth_import *what, uint64_t commit_rows,
                           bool end, struct th_err *err)
{
    th_case *c;
    th_writer *w;
    th_columns *columns = NULL;
    size_t rows;
    enum th_code rc = th_case_open(path, TH_CASE_CREATE, &c, err);
    if (rc != TH_OK)
        return rc;
    if (shared) {
        th_case_share(c);
        rc = th_columns_open(path, &columns, &rows, err);
    }
    if (rc == TH_OK)
        rc = th_writer_begin(c, "test", NULL, &w, err);
    if (rc == TH_OK) {
        w->commit_rows = commit_rows;
        rc = synth_import(w, what, err);
        enum th_code ended = th_writer_end(w, end && rc == TH_OK, NULL, rc == TH_OK ? err : NULL);
        rc = rc == TH_OK ? ended : rc;
    }
    th_columns_close(columns);
    enum th_code closed = th_case_close(c, rc == TH_OK ? err : NULL);
    return rc == TH_OK ? closed : rc;
}

/* Sequence numbers of batches depend on how the import went, nothing else may. */
static bool same_dump(const char *path, const struct th_buf *want)
{
    struct th_buf got = TH_BUF_INIT;
    synth_dump(path, &got);
    bool same = th_str_eq(th_buf_str(&got), th_buf_str(want));
    if (!same) {
        size_t at = 0;
        while (at < got.n && at < want->n && got.p[at] == want->p[at])
            at++;
        size_t from = at < 100 ? 0 : at - 100;
        tap_note("dumps of %zu and %zu bytes differ at %zu", got.n, want->n, at);
        tap_show("got ", got.p + from, got.n - from < 300 ? got.n - from : 300);
        tap_show("want", want->p + from, want->n - from < 300 ? want->n - from : 300);
    }
    th_buf_fini(&got);
    return same;
}

static void remove_case(const char *path)
{
    char name[300];
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

/* A case that readers can trust: numbers without gaps, counts that agree, every event with its
 * source and its record. Or nothing yet: the tables are made in one transaction. */
static bool is_consistent(const char *path)
{
    if (synth_number(path, "SELECT count(*) FROM sqlite_schema") == 0)
        return true;
    return synth_number(
               path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") ==
               0 &&
           synth_number(
               path,
               "SELECT (SELECT count(*) FROM event) - coalesce((SELECT max(id) FROM event), 0)") ==
               0 &&
           synth_number(path,
                        "SELECT (SELECT count(*) FROM event) - (SELECT coalesce(sum(events), 0) "
                        "FROM source)") == 0 &&
           synth_number(path, "SELECT (SELECT count(*) FROM duplicate) - (SELECT "
                              "coalesce(sum(duplicates), 0) FROM source)") == 0 &&
           synth_number(path,
                        "SELECT (SELECT count(*) FROM reject) - (SELECT coalesce(sum(rejects), 0) "
                        "FROM source)") == 0 &&
           synth_number(path,
                        "SELECT count(*) FROM call WHERE \"event.action\" > (SELECT max(code) "
                        "FROM term t JOIN field f ON f.id = t.field WHERE "
                        "f.name = 'event.action')") == 0 &&
           synth_number(path,
                        "SELECT (SELECT count(*) FROM event WHERE call > (SELECT max(id) FROM "
                        "call) OR caller > (SELECT max(id) FROM caller)) + (SELECT "
                        "coalesce(max(id), 0) - count(*) FROM caller)") == 0 &&
           synth_number(path, "SELECT count(*) FROM source WHERE state = 0") <= 1;
}

/* Whoever only reads gets at it too: no case yet, or one whose rows have their columns and records.
 */
static bool is_readable(const char *path)
{
    th_case *c;
    struct th_case_summary s;
    struct th_buf raw = TH_BUF_INIT;
    enum th_code rc = th_case_open(path, TH_CASE_READ, &c, NULL);
    if (rc != TH_OK)
        return rc == TH_E_NOT_FOUND || rc == TH_E_CASE;
    bool good = th_case_summary(c, &s, NULL) == TH_OK;
    if (good && s.events > 0)
        good = th_case_raw(c, 0, &raw, NULL) == TH_OK && raw.n > 0;
    th_buf_fini(&raw);
    th_case_close(c, NULL);
    return good;
}

static void child_until(const char *path, const struct synth_import *what, uint64_t commit_rows,
                        useconds_t patience_us)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct th_err err;
        th_err_clear(&err);
        enum th_code rc = import(path, what, commit_rows, true, &err);
        if (rc != TH_OK)
            fprintf(stderr, "# child: %s\n", err.msg);
        _exit(rc == TH_OK ? 0 : 1);
    }
    if (patience_us > 0) {
        usleep(patience_us);
        kill(pid, SIGKILL);
    }
    waitpid(pid, NULL, 0);
}

static void test_kills(size_t batch_rows, uint64_t commit_rows, uint64_t step, unsigned rounds)
{
    const char *want_path = synth_path("whole.trail");
    const char *path = synth_path("killed.trail");
    struct die die = {.at = UINT64_MAX};
    const struct synth_import what = {.files = files,
                                      .files_n = TH_COUNT(files),
                                      .batch_rows = batch_rows,
                                      .before = die_before,
                                      .ctx = &die};
    struct th_buf want = TH_BUF_INIT;
    remove_case(want_path);
    struct th_err err;
    th_err_clear(&err);
    if (import(want_path, &what, commit_rows, true, &err) != TH_OK)
        tap_note("%s", err.msg);
    synth_dump(want_path, &want);
    uint64_t batches = 3500 / batch_rows + 2;
    bool consistent = true;
    bool same = true;
    uint64_t n = 0;
    for (uint64_t at = 0; at < batches; at += step, n++) {
        remove_case(path);
        die.at = at;
        child_until(path, &what, commit_rows, 0);
        consistent = consistent && is_consistent(path);
        die.at = UINT64_MAX;
        if (import(path, &what, commit_rows, true, &err) != TH_OK)
            tap_note("%s", err.msg);
        same = same && same_dump(path, &want);
    }
    tap_ok(consistent,
           "%skilled before any of %llu batches (commits of %llu rows): the case is consistent",
           shared ? "shared: " : "", (unsigned long long)n, (unsigned long long)commit_rows);
    tap_ok(same, "and going on gives the same case");
    /* At any moment, again and again until it gets through. */
    consistent = same = true;
    unsigned kills = 0;
    for (unsigned round = 0; round < rounds; round++) {
        remove_case(path);
        for (unsigned k = 0; k < 6; k++, kills++) {
            child_until(path, &what, commit_rows, 2000 + (round * 7919 + k * 104729) % 30000);
            /* Killed before there is a case, or in one. */
            consistent =
                consistent && is_readable(path) && (!th_case_is_case(path) || is_consistent(path));
        }
        if (import(path, &what, commit_rows, true, &err) != TH_OK)
            tap_note("%s", err.msg);
        same = same && same_dump(path, &want);
    }
    tap_ok(consistent, "%u kills at any moment: it can be read, and is consistent", kills);
    tap_ok(same, "and the same case in the end");
    th_buf_fini(&want);
}

/* What is given up between two commits is as if it had never been read; and an import of something
 * else is not disturbed by what is left. */
static void test_rollback(void)
{
    const char *want_path = synth_path("other.trail");
    const char *path = synth_path("rolled.trail");
    const struct synth_import what = {.files = files, .files_n = TH_COUNT(files), .batch_rows = 90};
    const struct synth_import other = {.files = files + 8, .files_n = 2, .batch_rows = 90};
    const struct synth_import first = {.files = files, .files_n = 1, .batch_rows = 90};
    struct th_buf want = TH_BUF_INIT;
    struct die die = {.at = 6};
    struct synth_import dies = what;
    dies.before = die_before;
    dies.ctx = &die;
    if (import(want_path, &first, 10, true, NULL) != TH_OK ||
        import(want_path, &other, 100, true, NULL) != TH_OK)
        abort();
    synth_dump(want_path, &want);
    /* File a is complete, b is not when it dies. */
    child_until(path, &dies, 100, 0);
    tap_is_int(synth_number(path, "SELECT count(*) FROM source WHERE state = 0"), 1,
               "a killed import leaves an open source");
    tap_ok(synth_number(path, "SELECT events FROM source WHERE state = 0") > 0, "with events");
    tap_is_int(import(path, &other, 100, true, NULL), TH_OK, "another import");
    tap_ok(same_dump(path, &want), "finds nothing of the open source, not even its terms");
    remove_case(path);
    tap_is_int(import(path, &what, 1000000, false, NULL), TH_OK, "an import that isn't committed");
    tap_is_int(synth_number(path,
                            "SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM source) + "
                            "(SELECT count(*) FROM term)"),
               0, "leaves nothing");
    th_buf_fini(&want);
}

/* Marks and findings on events that go with an open source go too, for the numbers will be given
 * again. */
static void test_notes_of_open_source(void)
{
    const char *path = synth_path("notes.trail");
    struct die die = {.at = 6};
    const struct synth_import dies = {.files = files,
                                      .files_n = TH_COUNT(files),
                                      .batch_rows = 90,
                                      .before = die_before,
                                      .ctx = &die};
    child_until(path, &dies, 100, 0);
    sqlite3 *db;
    sqlite3_open(path, &db);
    sqlite3_exec(db,
                 "INSERT INTO mark(event, at) VALUES(50, 0), (200, 0); INSERT INTO rule "
                 "VALUES('r', '', 'high', '', x'00', 400, 0), ('s', '', 'low', '', x'00', 10, 0);"
                 "INSERT INTO finding_event VALUES(1, 50), (1, 200)",
                 NULL, NULL, NULL);
    sqlite3_close(db);
    th_case *c;
    th_writer *w;
    if (th_case_open(path, TH_CASE_WRITE, &c, NULL) != TH_OK ||
        th_writer_begin(c, "t", NULL, &w, NULL) != TH_OK)
        abort();
    th_writer_end(w, true, NULL, NULL);
    th_case_close(c, NULL);
    tap_is_int(synth_number(path, "SELECT group_concat(event) FROM mark"), 50,
               "marks on events that are gone are gone");
    tap_is_int(synth_number(path, "SELECT group_concat(event) FROM finding_event"), 50,
               "so are findings' events");
    tap_is_int(synth_number(path, "SELECT events FROM rule WHERE id = 'r'"), -1,
               "a rule that saw them runs again");
    tap_is_int(synth_number(path, "SELECT events FROM rule WHERE id = 's'"), 10,
               "one that didn't, not");
}

/* What was said of such events is theirs again when they come again: from the same file, or with
 * their id from another one. */
static void test_notes_come_back(void)
{
    const char *path = synth_path("back.trail");
    static const struct synth_file other[] = {{"y", SYNTH_GZ, 0, 60}, {"z", SYNTH_PLAIN, 60, 700}};
    struct die die = {.at = 6};
    struct synth_import what = {.files = files, .files_n = 2, .batch_rows = 90};
    for (int round = 0; round < 2; round++) {
        remove_case(path);
        what.before = die_before;
        what.ctx = &die;
        die.at = 6;
        child_until(path, &what, 100, 0);
        sqlite3 *db;
        sqlite3_open(path, &db);
        sqlite3_exec(db,
                     "INSERT INTO mark(event, marked, tag, at) VALUES(50, 1, 'stays', 1), (200, 1, "
                     "'comes back', 2), (201, 0, NULL, 3); INSERT INTO finding(id, rule, name, "
                     "level, tags, grouping, count, why, state, note, at) VALUES(7, 'r', 'n', "
                     "'high', '[]', '{}', 2, 'w', 'confirmed', 'seen', 1), (8, 'q', 'n', 'high', "
                     "'[]', '{}', 2, 'w', 'new', NULL, 1);"
                     "INSERT INTO finding_event VALUES(7, 50), (7, 201), (8, 202)",
                     NULL, NULL, NULL);
        sqlite3_close(db);
        if (round == 1) {
            /* Something else first, whose events get the same numbers. */
            const struct synth_import first = {.files = files + 8, .files_n = 1, .batch_rows = 90};
            tap_is_int(import(path, &first, 100, true, NULL), TH_OK, "another import before");
            tap_is_int(synth_number(path, "SELECT count(*) FROM mark"), 1, "leaves only its mark");
            what.files = other;
        }
        what.before = NULL;
        tap_is_int(import(path, &what, 100, true, NULL), TH_OK, "the events come again");
        tap_is_int(synth_number(path, "SELECT count(*) FROM mark m JOIN event e ON e.id = m.event "
                                      "JOIN source s ON s.id = e.source WHERE m.tag = 'comes "
                                      "back' AND s.path IN ('b', 'z')"),
                   1, "the mark is on the event again");
        tap_is_int(synth_number(path, "SELECT count(*) FROM mark"), 3, "all are there");
        tap_is_int(synth_number(path, "SELECT count(*) FROM finding_event"), 2,
                   "a triaged finding has its events, for the rule to know it by");
        tap_is_int(
            synth_number(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'note_waiting'"), 0,
            "nothing waits any more");
    }
}

/* A file size limit is what a full disk looks like to SQLite. */
static void test_full(void)
{
    const char *path = synth_path("full.trail");
    const char *want_path = synth_path("whole.trail");
    const struct synth_import what = {.files = files, .files_n = TH_COUNT(files), .batch_rows = 90};
    struct th_buf want = TH_BUF_INIT;
    bool full = true;
    bool words = true;
    bool consistent = true;
    synth_dump(want_path, &want);
    remove_case(path);
    /* From too small for the tables to almost enough. */
    for (rlim_t limit = 40000; limit < 1200000; limit += 97000) {
        int channel[2];
        if (pipe(channel) != 0)
            abort();
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            struct th_err err;
            const struct rlimit small = {limit, limit};
            th_err_clear(&err);
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &small);
            err.code = import(path, &what, 500, true, &err);
            (void)!write(channel[1], &err, sizeof err);
            _exit(0);
        }
        struct th_err err;
        close(channel[1]);
        if (read(channel[0], &err, sizeof err) != (ssize_t)sizeof err)
            memset(&err, 0, sizeof err);
        close(channel[0]);
        waitpid(pid, NULL, 0);
        if (err.code != TH_E_FULL) {
            tap_note("limit %llu: code %d: %s", (unsigned long long)limit, err.code, err.msg);
            full = full && err.code == TH_OK && limit > 700000;
        } else {
            words = words && strstr(err.msg, "no space left") != NULL;
        }
        consistent = consistent && (!th_case_is_case(path) || is_consistent(path));
    }
    tap_ok(full, "a full disk is TH_E_FULL");
    tap_ok(words, "in words");
    tap_ok(consistent, "what was committed stays, consistent");
    tap_is_int(import(path, &what, 500, true, NULL), TH_OK, "with more room");
    tap_ok(same_dump(path, &want), "the import gets through, with the same result");
    th_buf_fini(&want);
}

int main(void)
{
    synth_folder();
    test_kills(90, 200, 2, 5);
    test_kills(250, 1, 3, 2);
    shared = true;
    test_kills(90, 200, 3, 4);
    shared = false;
    test_rollback();
    test_notes_of_open_source();
    test_notes_come_back();
    test_full();
    synth_done();
    return tap_done();
}
