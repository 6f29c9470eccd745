/* Opening, making, refusing and closing cases. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"
#include "store/case/handle.h"
#include "store/synth.h"

static void spoil(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_open(path, &db);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        tap_note("%s: %s", sql, message);
    sqlite3_free(message);
    sqlite3_close(db);
}

static void write_file(const char *path, const char *text, size_t n)
{
    FILE *file = fopen(path, "wb");
    fwrite(text, 1, n, file);
    fclose(file);
}

static bool is_there(const char *path, const char *suffix)
{
    char name[300];
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return access(name, F_OK) == 0;
}

/* Opening must fail with a code and with words that hold the path and a part. */
static void refused(const char *path, enum th_case_mode mode, enum th_code want, const char *words,
                    const char *name)
{
    th_case *c = NULL;
    struct th_err err;
    th_err_clear(&err);
    enum th_code rc = th_case_open(path, mode, &c, &err);
    tap_is_int(rc, want, name);
    bool said = strstr(err.msg, path) != NULL && strstr(err.msg, words) != NULL;
    if (!tap_ok(said, "%s: says so", name))
        tap_note("message: %s", err.msg);
    th_case_close(c, NULL);
}

static void test_create(void)
{
    const char *path = synth_path("new.trail");
    th_case *c = NULL;
    struct th_err err;
    th_err_clear(&err);
    refused(path, TH_CASE_READ, TH_E_NOT_FOUND, "No such file", "reading a missing case");
    refused(path, TH_CASE_WRITE, TH_E_NOT_FOUND, "No such file", "writing to a missing case");
    tap_ok(!is_there(path, ""), "nothing was made");
    tap_is_int(th_case_open(path, TH_CASE_CREATE, &c, &err), TH_OK, "create");
    tap_ok(is_there(path, "-wal"), "an open case is in WAL mode");
    tap_ok(!th_case_readonly(c), "it can be written");
    tap_is_str(th_case_path(c), path, "it knows its path");
    struct th_case_summary s;
    tap_is_int(th_case_summary(c, &s, &err), TH_OK, "summary of an empty case");
    tap_ok(s.events == 0 && s.sources == 0 && s.first_ms == TH_VALUE_NONE, "has nothing in it");
    tap_is_int(th_case_close(c, &err), TH_OK, "close");
    tap_ok(!is_there(path, "-wal") && !is_there(path, "-shm") && !is_there(path, "-journal"),
           "no files are left beside it");
    tap_ok(th_case_is_case(path), "it is a case");
    tap_is_int(th_case_open(path, TH_CASE_CREATE, &c, &err), TH_OK, "create opens what is there");
    th_case_close(c, NULL);
    tap_is_int(th_case_open(path, TH_CASE_READ, &c, &err), TH_OK, "read");
    tap_ok(th_case_readonly(c), "reading is read-only");
    tap_is_int(th_case_set(c, "k", TH_STR("v"), &err), TH_E_READONLY, "and can't set anything");
    th_case_close(c, NULL);
    tap_is_int(th_case_close(NULL, NULL), TH_OK, "closing nothing is fine");
}

static mode_t mode_of(const char *path, const char *suffix)
{
    char name[300];
    struct stat st;
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void test_modes(void)
{
    const char *path = synth_path("private.trail");
    const char *link = synth_path("private-link.trail"), *to = synth_path("private-to.trail");
    th_case *c = NULL;
    struct th_err err;
    th_err_clear(&err);
    mode_t before = umask(0);
    tap_is_int(th_case_open(path, TH_CASE_CREATE, &c, &err), TH_OK, "create under no umask");
    tap_is_int(mode_of(path, ""), 0600, "a new case is its owner's alone");
    tap_is_int(th_case_set(c, "k", TH_STR("v"), &err), TH_OK, "write into it");
    tap_is_int(mode_of(path, "-wal"), 0600, "and so is what SQLite puts beside it");
    th_case_close(c, NULL);
    chmod(path, 0640);
    tap_is_int(th_case_open(path, TH_CASE_CREATE, &c, &err), TH_OK, "one with another mode");
    tap_is_int(mode_of(path, ""), 0640, "keeps it");
    tap_is_int(mode_of(path, "-wal"), 0640, "also beside it");
    th_case_close(c, NULL);
    tap_ok(symlink(to, link) == 0, "a link to a case to be");
    tap_is_int(th_case_open(link, TH_CASE_CREATE, &c, &err), TH_OK, "create through it");
    tap_is_int(mode_of(to, ""), 0600, "its owner's alone, too");
    th_case_close(c, NULL);
    tap_ok(th_case_is_case(link), "it is a case behind the link");
    tap_is_int(th_case_open(link, TH_CASE_WRITE, &c, &err), TH_OK, "and can be opened there");
    th_case_close(c, NULL);
    umask(before);
}

/* A disk without any room. */
static void test_no_room(void)
{
    const char *path = synth_path("no-room.trail");
    int status = -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit none = {0, 0};
        th_case *c = NULL;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &none);
        _exit(th_case_open(path, TH_CASE_CREATE, &c, NULL) == TH_OK ? 1 : 0);
    }
    waitpid(pid, &status, 0);
    tap_is_int(status, 0, "a case that has no room is not made");
    tap_ok(!is_there(path, "") && !is_there(path, "-journal"), "and leaves no file");
}

static void test_identity(void)
{
    const char *path = synth_path("new.trail");
    sqlite3 *db;
    sqlite3_stmt *stmt;
    sqlite3_open(path, &db);
    sqlite3_prepare_v2(db,
                       "SELECT application_id, user_version, journal_mode, page_size FROM "
                       "pragma_application_id, pragma_user_version, "
                       "pragma_journal_mode, pragma_page_size",
                       -1, &stmt, NULL);
    sqlite3_step(stmt);
    tap_is_int(sqlite3_column_int(stmt, 0), TH_CASE_APPLICATION_ID, "application_id");
    tap_is_int(sqlite3_column_int(stmt, 1), TH_CASE_VERSION, "user_version");
    tap_is_str((const char *)sqlite3_column_text(stmt, 2), "delete",
               "journal_mode of a closed case");
    tap_is_int(sqlite3_column_int(stmt, 3), 8192, "page_size");
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void test_refusals(void)
{
    char zeros[4096] = {0};
    const char *text = synth_path("notes.txt");
    const char *empty = synth_path("empty.trail");
    const char *other = synth_path("other.db");
    const char *newer = synth_path("newer.trail");
    write_file(text,
               "this is just text, longer than a hundred bytes: "
               "............................................................",
               105);
    write_file(empty, "", 0);
    spoil(other, "CREATE TABLE t(x)");
    refused(text, TH_CASE_READ, TH_E_CASE, "not a Trailhound case", "text file, read");
    refused(text, TH_CASE_CREATE, TH_E_CASE, "not a Trailhound case", "text file, create");
    refused(other, TH_CASE_READ, TH_E_CASE, "SQLite database, but not a Trailhound case",
            "foreign database, read");
    refused(other, TH_CASE_CREATE, TH_E_CASE, "SQLite database, but not a Trailhound case",
            "foreign database, create");
    refused(empty, TH_CASE_READ, TH_E_CASE, "not a Trailhound case", "empty file, read");
    refused(synth_folder(), TH_CASE_READ, TH_E_CASE, "a folder", "a folder");
    tap_ok(!th_case_is_case(text) && !th_case_is_case(other) && !th_case_is_case(empty) &&
               !th_case_is_case(synth_folder()) && !th_case_is_case(synth_path("nowhere")),
           "none of these is a case");
    th_case *c;
    tap_is_int(th_case_open(empty, TH_CASE_CREATE, &c, NULL), TH_OK,
               "an empty file becomes a case");
    th_case_close(c, NULL);
    tap_is_int(th_case_open(newer, TH_CASE_CREATE, &c, NULL), TH_OK, "a case");
    th_case_close(c, NULL);
    spoil(newer, "PRAGMA user_version = 7");
    refused(newer, TH_CASE_READ, TH_E_NEWER, "format is 7", "newer format, read");
    refused(newer, TH_CASE_WRITE, TH_E_NEWER, "format is 7", "newer format, write");
    spoil(newer, "PRAGMA user_version = 0");
    refused(newer, TH_CASE_WRITE, TH_E_CASE, "format 0", "a format that never was");
    /* The header is sound, the rest isn't. */
    int fd = open(other, O_RDWR);
    tap_ok(pwrite(fd, zeros, sizeof zeros - 100, 100) > 0,
           "a file is made hollow behind its header");
    close(fd);
    th_case *broken = NULL;
    enum th_code rc = th_case_open(other, TH_CASE_READ, &broken, NULL);
    tap_ok(rc == TH_E_CASE || rc == TH_E_DB, "a damaged database is refused");
    th_case_close(broken, NULL);
}

static void test_names(void)
{
    th_case *c = NULL;
    struct th_err err;
    th_err_clear(&err);
    const char *names[] = {"a b?c#d%e.trail", "\xc3\xbc\xe2\x82\xac.trail", "it's \"one\".trail"};
    for (size_t i = 0; i < TH_COUNT(names); i++) {
        tap_is_int(th_case_open(synth_path(names[i]), TH_CASE_CREATE, &c, &err), TH_OK, names[i]);
        th_case_close(c, NULL);
    }
    char before[400];
    if (getcwd(before, sizeof before) == NULL || chdir(synth_folder()) != 0)
        abort();
    tap_is_int(th_case_open(":memory:", TH_CASE_CREATE, &c, &err), TH_OK, "a file called :memory:");
    th_case_close(c, NULL);
    tap_ok(access(":memory:", F_OK) == 0, "is a file");
    tap_is_int(th_case_open("file:x?mode=memory", TH_CASE_CREATE, &c, &err), TH_OK,
               "a file called like a URI");
    th_case_close(c, NULL);
    tap_ok(access("file:x?mode=memory", F_OK) == 0, "is a file");
    if (chdir(before) != 0)
        abort();
}

static void test_settings(void)
{
    th_case *c = NULL;
    struct th_buf value = TH_BUF_INIT;
    if (th_case_open(synth_path("new.trail"), TH_CASE_WRITE, &c, NULL) != TH_OK)
        abort();
    th_buf_puts(&value, "old");
    tap_is_int(th_case_get(c, "screen", &value, NULL), TH_OK, "get what was never set");
    tap_is_int((int64_t)value.n, 0, "gives nothing");
    tap_is_int(th_case_set(c, "screen", TH_STR("a\0b"), NULL), TH_OK, "set, with a NUL inside");
    tap_is_int(th_case_set(c, "screen2", TH_STR(""), NULL), TH_OK, "set empty");
    tap_is_int(th_case_set(c, "screen", TH_STR("c\0d"), NULL), TH_OK, "set again");
    tap_is_int(th_case_get(c, "screen", &value, NULL), TH_OK, "get");
    tap_is_mem(value.p, value.n, "c\0d", 3, "gives what was set last");
    th_buf_fini(&value);
    th_case_close(c, NULL);
}

/* Run as somebody who can't write: as root nothing is refused. */
static int as_nobody(int (*run)(const char *path), const char *path)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0))
            _exit(98);
        _exit(run(path));
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static int read_only_open(const char *path)
{
    th_case *c;
    struct th_case_summary s;
    struct th_err err;
    th_err_clear(&err);
    if (th_case_open(path, TH_CASE_WRITE, &c, &err) != TH_OK) {
        tap_note("%s", err.msg);
        return 1;
    }
    if (!th_case_readonly(c))
        return 2;
    if (th_case_summary(c, &s, NULL) != TH_OK)
        return 3;
    if (th_case_set(c, "k", TH_STR("v"), NULL) != TH_E_READONLY)
        return 4;
    return th_case_close(c, NULL) == TH_OK ? 0 : 5;
}

static int wal_open(const char *path)
{
    th_case *c;
    struct th_err err;
    th_err_clear(&err);
    if (th_case_open(path, TH_CASE_READ, &c, &err) != TH_E_READONLY)
        return 1;
    return strstr(err.msg, "copy it") != NULL ? 0 : 2;
}

static void test_read_only_folder(void)
{
    char path[200];
    const char *folder = synth_path("locked");
    mkdir(folder, 0755);
    snprintf(path, sizeof path, "%s/case.trail", folder);
    th_case *c;
    if (th_case_open(path, TH_CASE_CREATE, &c, NULL) != TH_OK)
        abort();
    th_case_close(c, NULL);
    chmod(synth_folder(), 0755);
    chmod(path, 0666);
    chmod(folder, 0555);
    tap_is_int(as_nobody(read_only_open, path), 0,
               "in a folder that can't be written a case opens for reading");
    chmod(folder, 0777);
    chmod(path, 0444);
    tap_is_int(as_nobody(read_only_open, path), 0,
               "a file that can't be written opens for reading");
    chmod(path, 0666);
    /* Killed while open: WAL files with content stay behind. */
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (th_case_open(path, TH_CASE_WRITE, &c, NULL) != TH_OK ||
            th_case_set(c, "k", TH_STR("v"), NULL) != TH_OK)
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    waitpid(pid, NULL, 0);
    tap_ok(is_there(path, "-wal"), "a killed program leaves its WAL");
    char shm[220];
    snprintf(shm, sizeof shm, "%s-shm", path);
    unlink(shm);
    chmod(folder, 0555);
    tap_is_int(as_nobody(wal_open, path), 0,
               "which can't be read where nothing can be written, and that is said");
    chmod(folder, 0777);
    struct th_buf value = TH_BUF_INIT;
    if (th_case_open(path, TH_CASE_WRITE, &c, NULL) == TH_OK &&
        th_case_get(c, "k", &value, NULL) == TH_OK)
        tap_is_str(th_buf_cstr(&value), "v", "elsewhere nothing is lost");
    th_case_close(c, NULL);
    tap_ok(!is_there(path, "-wal"), "and closing it puts it in order");
    th_buf_fini(&value);
}

static void test_two_writers(void)
{
    const char *path = synth_path("two.trail");
    th_case *a = NULL;
    th_case *b = NULL;
    th_writer *w = NULL;
    th_writer *v = NULL;
    struct th_err err;
    th_err_clear(&err);
    if (th_case_open(path, TH_CASE_CREATE, &a, NULL) != TH_OK ||
        th_case_open(path, TH_CASE_WRITE, &b, NULL) != TH_OK)
        abort();
    tap_is_int(th_writer_begin(a, "test", NULL, &w, &err), TH_OK, "an import begins");
    tap_is_int(th_writer_begin(b, "test", NULL, &v, &err), TH_E_BUSY,
               "a second one is refused, also between commits");
    tap_ok(strstr(err.msg, "another import") != NULL, "in words");
    tap_is_int(th_case_set(b, "k", TH_STR("v"), NULL), TH_OK,
               "small things can be written beside an import");
    tap_is_int(th_writer_end(w, true, NULL, NULL), TH_OK, "the import ends");
    tap_is_int(th_writer_begin(b, "test", NULL, &v, NULL), TH_OK, "now the second begins");
    th_writer_end(v, false, NULL, NULL);
    /* A lock that is held is waited for, then named. */
    sqlite3_exec(a->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    sqlite3_busy_timeout(b->db, 10);
    th_err_clear(&err);
    tap_is_int(th_case_set(b, "k", TH_STR("v"), &err), TH_E_BUSY, "a held write lock");
    tap_ok(strstr(err.msg, "another program is writing") != NULL, "is said in words");
    sqlite3_exec(a->db, "COMMIT", NULL, NULL, NULL);
    th_case_close(a, NULL);
    tap_ok(is_there(path, "-wal"), "the first to close leaves WAL mode to the other");
    th_case_close(b, NULL);
    tap_ok(!is_there(path, "-wal"), "the last one ends it");
}

/* A case of a program that knew fewer fields. */
static void test_missing_fields(void)
{
    const char *path = synth_path("fewer.trail");
    const struct synth_file files[] = {{"a", SYNTH_GZ, 0, 20}};
    const struct synth_import what = {.files = files, .files_n = 1, .batch_rows = 100};
    struct th_err err;
    th_err_clear(&err);
    if (synth_case(path, &what, NULL, &err) != TH_OK)
        tap_note("%s", err.msg);
    spoil(path,
          "DROP VIEW ecs; ALTER TABLE call DROP COLUMN \"trailhound.tone\"; ALTER TABLE event "
          "DROP COLUMN \"user.target.name\";"
          "DELETE FROM term WHERE field IN (SELECT id FROM field WHERE name IN ('trailhound.tone', "
          "'user.target.name', 'user.email'));"
          "DELETE FROM segment WHERE field IN (SELECT id FROM field WHERE name IN "
          "('trailhound.tone', 'user.target.name', 'user.email'));"
          "DELETE FROM extra WHERE field IN (SELECT id FROM field WHERE name IN ('user.email'));"
          "DELETE FROM field WHERE name IN ('trailhound.tone', 'user.target.name', 'user.email')");
    th_case *c;
    tap_is_int(th_case_open(path, TH_CASE_READ, &c, &err), TH_OK,
               "a case that lacks fields opens for reading");
    tap_is_int(c->numbers.field[TH_F_OWN_TONE], 0, "and has no number for them");
    struct th_buf names = TH_BUF_INIT;
    const char *lacking = "user.email, user.target.name, trailhound.tone";
    tap_is_int(th_case_lacking(c, &names, NULL), TH_OK, "it can be asked");
    tap_is_str(th_buf_cstr(&names), lacking, "what its events lack");
    th_case_close(c, NULL);
    tap_is_int(th_case_open(path, TH_CASE_WRITE, &c, &err), TH_OK, "and for writing");
    tap_ok(c->numbers.field[TH_F_OWN_TONE] > 0 && c->numbers.field[TH_F_USER_EMAIL] > 0,
           "where it gets them");
    tap_ok(th_case_lacking(c, &names, NULL) == TH_OK && strcmp(th_buf_cstr(&names), lacking) == 0,
           "which doesn't give its events values");
    th_case_close(c, NULL);
    const struct synth_file more[] = {{"b", SYNTH_GZ, 100, 20}};
    const struct synth_import again = {.files = more, .files_n = 1, .batch_rows = 100};
    tap_is_int(synth_case(path, &again, NULL, &err), TH_OK, "more can be imported");
    tap_is_int(th_case_open(path, TH_CASE_READ, &c, &err), TH_OK, "opened again");
    tap_ok(th_case_lacking(c, &names, NULL) == TH_OK && strcmp(th_buf_cstr(&names), lacking) == 0,
           "and that is not forgotten");
    th_case_close(c, NULL);
    th_buf_fini(&names);
    sqlite3 *db;
    sqlite3_stmt *stmt;
    sqlite3_open(path, &db);
    sqlite3_prepare_v2(db,
                       "SELECT count(\"trailhound.tone\") FILTER (WHERE id <= 20), "
                       "count(\"trailhound.tone\"), count(\"event.action\") FROM ecs",
                       -1, &stmt, NULL);
    sqlite3_step(stmt);
    tap_is_int(sqlite3_column_int(stmt, 0), 0, "what was there has no value in a new field");
    tap_ok(sqlite3_column_int(stmt, 1) > 0, "what came after has");
    tap_ok(sqlite3_column_int(stmt, 2) > 20, "the other fields are as they were");
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

int main(void)
{
    synth_folder();
    test_create();
    test_modes();
    test_no_room();
    test_identity();
    test_refusals();
    test_names();
    test_settings();
    test_read_only_folder();
    test_two_writers();
    test_missing_fields();
    synth_done();
    return tap_done();
}
