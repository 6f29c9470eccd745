/* A case that grows while it is looked at: by an import in this process and by others. Columns grow
 * to what a look sees, older ones stay as they were, and nobody loses a lock. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "lib/tap.h"
#include "store/columns/columns.h"
#include "store/columns/derive.h"
#include "store/findings/notes.h"
#include "store/synth.h"
#include "store/write/internal.h"

/* One look after the other: every field's column grows with each, and the one before is kept. */
struct follower {
    th_columns *columns;
    struct th_loader loader;
    size_t rows, looks, grown;
    struct th_column now[TH_FIELD_COUNT], before[TH_FIELD_COUNT];
    size_t before_rows;
    int64_t wrong;
    const char *path;
    bool wal; /* all the time */
};

static bool has_column(enum th_field f)
{
    return th_field_info(f)->store != TH_STORE_EVIDENCE;
}

static int64_t check_column(const struct th_column *column, size_t rows, size_t step)
{
    struct th_buf want = TH_BUF_INIT;
    struct th_buf got = TH_BUF_INIT;
    int64_t wrong = 0;
    for (size_t row = 0; row < rows; row += step) {
        bool has = synth_expected(row, column->field, &want);
        th_buf_reset(&got);
        bool there = th_column_text(column, row, &got);
        if (has == there && (!has || th_str_eq(th_buf_str(&want), th_buf_str(&got))))
            continue;
        if (wrong++ == 0)
            tap_note("row %zu of %zu, %s: got %s, want %s", row, rows,
                     th_field_info(column->field)->name, there ? th_buf_cstr(&got) : "(absent)",
                     has ? th_buf_cstr(&want) : "(absent)");
    }
    th_buf_fini(&want);
    th_buf_fini(&got);
    return wrong;
}

static bool is_wal(const char *path)
{
    unsigned char head[20] = {0};
    FILE *f = fopen(path, "rb");
    bool wal = f != NULL && fread(head, 1, sizeof head, f) == sizeof head && head[18] == 2;
    if (f != NULL)
        fclose(f);
    return wal;
}

static void free_columns(struct follower *f, struct th_column *columns)
{
    for (enum th_field k = 0; k < TH_FIELD_COUNT; k++)
        f->loader.column_free(f->loader.ctx, &columns[k]);
}

static void follow(struct follower *f, size_t step)
{
    struct th_look look;
    struct th_err err;
    th_err_clear(&err);
    if (th_columns_look(f->columns, false, &look, &err) != TH_OK) {
        tap_note("%s", err.msg);
        f->wrong++;
    }
    f->looks++;
    if (!look.changed || look.rows == f->rows) {
        th_columns_look_end(f->columns);
        return;
    }
    if (!look.same)
        f->wrong++;
    free_columns(f, f->before);
    memcpy(f->before, f->now, sizeof f->before);
    memset(f->now, 0, sizeof f->now);
    for (enum th_field k = 0; k < TH_FIELD_COUNT; k++)
        if (has_column(k) && f->loader.column_grow(f->loader.ctx, &f->before[k], look.rows,
                                                   &f->now[k], &err) != TH_OK) {
            tap_note("%s", err.msg);
            f->wrong++;
        }
    struct th_buf raw = TH_BUF_INIT;
    if (th_case_raw(look.c, look.rows - 1, &raw, &err) != TH_OK) {
        tap_note("%s", err.msg);
        f->wrong++; /* what is counted has its record */
    }
    th_buf_fini(&raw);
    th_columns_look_end(f->columns);
    f->before_rows = f->rows;
    f->rows = look.rows;
    f->grown++;
    for (enum th_field k = 0; k < TH_FIELD_COUNT; k++)
        if (has_column(k)) {
            f->wrong += check_column(&f->now[k], f->rows, step);
            f->wrong += check_column(&f->before[k], f->before_rows, step);
        }
}

static void follower_open(struct follower *f, const char *path)
{
    struct th_err err;
    th_err_clear(&err);
    memset(f, 0, sizeof *f);
    f->path = path;
    f->wal = true;
    if (th_columns_open(path, &f->columns, &f->rows, &err) != TH_OK) {
        tap_note("%s", err.msg);
        abort();
    }
    f->loader = th_columns_loader(f->columns);
    for (enum th_field k = 0; k < TH_FIELD_COUNT; k++)
        if (has_column(k) && f->loader.column(f->loader.ctx, k, f->rows, &f->now[k], &err) != TH_OK)
            abort();
}

static void follower_close(struct follower *f)
{
    free_columns(f, f->now);
    free_columns(f, f->before);
    th_columns_close(f->columns);
}

static void look_between(void *ctx, uint64_t batch)
{
    struct follower *f = ctx;
    (void)batch;
    follow(f, 13);
    f->wal = f->wal && is_wal(f->path);
}

static void import_with(const char *path, const struct synth_import *what, bool shared,
                        uint64_t commit_rows)
{
    th_case *c;
    th_writer *w;
    struct th_err err;
    th_err_clear(&err);
    enum th_code rc = th_case_open(path, TH_CASE_CREATE, &c, &err);
    if (rc == TH_OK && shared)
        th_case_share(c);
    if (rc == TH_OK)
        rc = th_writer_begin(c, "test", NULL, &w, &err);
    if (rc == TH_OK) {
        w->commit_rows = commit_rows;
        rc = synth_import(w, what, &err);
        th_writer_end(w, rc == TH_OK, NULL, NULL);
    }
    if (rc != TH_OK)
        tap_note("%s", err.msg);
    th_case_close(c, NULL);
}

static void make_empty(const char *path)
{
    th_case *c;
    if (th_case_open(path, TH_CASE_CREATE, &c, NULL) != TH_OK)
        abort();
    th_case_close(c, NULL);
}

/* The first import of a case, shared, looked at after every batch. */
static void test_growing(void)
{
    enum { FILES = 40, EACH = 240 };
    const char *path = synth_path("grows.trail");
    struct follower f;
    struct synth_file files[FILES];
    char names[FILES][8];
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(names[i], sizeof names[i], "f%02u", i);
        files[i] = (struct synth_file){names[i], (enum synth_kind)(i % 5), i * EACH, EACH};
    }
    struct synth_import what = {.files = files, .files_n = FILES};
    make_empty(path);
    follower_open(&f, path);
    what.batch_rows = 250;
    what.before = look_between;
    what.ctx = &f;
    import_with(path, &what, true, 300);
    follow(&f, 1);
    tap_is_int((int64_t)f.rows, FILES * EACH, "all events of an import that is followed");
    tap_ok(f.grown >= 15, "are seen in %zu steps", f.grown);
    tap_is_int(f.wrong, 0,
               "with the right values at each, and the columns before stay as they are");
    tap_ok(f.wal, "a shared first import never takes the case for itself");
    follow(&f, 1);
    tap_is_int((int64_t)f.rows, FILES * EACH, "nothing is new when nothing is written");
    follower_close(&f);
    struct th_buf want = TH_BUF_INIT;
    struct th_buf got = TH_BUF_INIT;
    const char *plain = synth_path("plain.trail");
    what.before = NULL;
    import_with(plain, &what, false, TH_COMMIT_ROWS);
    synth_dump(plain, &want);
    synth_dump(path, &got);
    tap_ok(th_str_eq(th_buf_str(&want), th_buf_str(&got)),
           "and the case is that of a plain import");
    th_buf_fini(&want);
    th_buf_fini(&got);
}

/* Over the ends of segments, with codes that outgrow their width, the first column of many rows. */
static void test_large(void)
{
    const char *path = synth_path("large.trail");
    static const struct synth_file runs[] = {{"1", SYNTH_GZ, 0, 40},
                                             {"2", SYNTH_PLAIN, 40, 50000},
                                             {"3", SYNTH_GZ, 50040, 40000},
                                             {"4", SYNTH_PLAIN, 90040, 60000}};
    struct follower f;
    struct synth_import what = {.files = runs, .files_n = 1, .batch_rows = 8192};
    import_with(path, &what, false, TH_COMMIT_ROWS);
    follower_open(&f, path);
    int narrow = 0;
    int wide = 0;
    for (enum th_field k = 0; k < TH_FIELD_COUNT; k++)
        narrow += f.now[k].width == 1;
    for (size_t i = 1; i < TH_COUNT(runs); i++) {
        what.files = runs + i;
        import_with(path, &what, false, TH_COMMIT_ROWS);
        follow(&f, 37);
    }
    for (enum th_field k = 0; k < TH_FIELD_COUNT; k++)
        wide += f.now[k].width == 2;
    tap_is_int((int64_t)f.rows, 150040, "imports by others");
    tap_ok(narrow > 0 && wide > 0, "%d columns of one byte a code, %d of two in the end", narrow,
           wide);
    tap_is_int(f.wrong, 0, "and all values are right");
    tap_ok(f.now[TH_F_SOURCE_IP].codes == f.now[TH_F_SOURCE_ADDRESS].codes,
           "a field and what depends on it share their codes still");
    follower_close(&f);
}

/* An import that is killed and gone on with gives numbers again. */
static void test_renumbered(void)
{
    const char *path = synth_path("again.trail");
    static const struct synth_file files[] = {
        {"a", SYNTH_GZ, 0, 100}, {"b", SYNTH_GZ, 100, 900}, {"c", SYNTH_GZ, 5000, 2000}};
    th_columns *columns;
    struct th_look look;
    size_t rows;
    pid_t pid = fork();
    if (pid == 0) {
        th_case *c;
        th_writer *w;
        const struct synth_import what = {.files = files, .files_n = 2, .batch_rows = 150};
        if (th_case_open(path, TH_CASE_CREATE, &c, NULL) != TH_OK)
            _exit(1);
        th_case_share(c);
        if (th_writer_begin(c, "test", NULL, &w, NULL) != TH_OK)
            _exit(1);
        w->commit_rows = 1;
        /* As if the last file were not read to its end. */
        (void)!synth_import(w, &what, NULL);
        sqlite3_exec(c->db, "BEGIN; UPDATE source SET state = 0 WHERE path = 'b'; COMMIT", NULL,
                     NULL, NULL);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    if (th_columns_open(path, &columns, &rows, NULL) != TH_OK)
        abort();
    tap_is_int((int64_t)rows, 1000, "what a killed import left");
    struct th_loader loader = th_columns_loader(columns);
    struct th_column old;
    struct th_column fresh;
    if (loader.column(loader.ctx, TH_F_EVENT_ID, rows, &old, NULL) != TH_OK)
        abort();
    const struct synth_import other = {.files = files + 2, .files_n = 1, .batch_rows = 500};
    import_with(path, &other, false, 500);
    tap_ok(th_columns_look(columns, false, &look, NULL) == TH_OK && look.changed && !look.same,
           "another import takes its last file back: rows are other events now");
    tap_is_int((int64_t)look.rows, 2100, "as many as there are");
    th_columns_look_end(columns);
    struct th_buf want = TH_BUF_INIT;
    struct th_buf got = TH_BUF_INIT;
    synth_expected(5000, TH_F_EVENT_ID, &want);
    tap_ok(loader.column(loader.ctx, TH_F_EVENT_ID, look.rows, &fresh, NULL) == TH_OK &&
               th_column_text(&fresh, 100, &got) && th_str_eq(th_buf_str(&want), th_buf_str(&got)),
           "and columns are read anew");
    tap_ok(check_column(&old, 1000, 1) == 0, "those that are in use stay");
    loader.column_free(loader.ctx, &old);
    loader.column_free(loader.ctx, &fresh);
    th_columns_close(columns);
    th_buf_fini(&want);
    th_buf_fini(&got);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_open(path, &db);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        tap_note("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* Events of the file that an import is at, whose evidence is still to come. */
static void test_waiting(void)
{
    const char *path = synth_path("waits.trail");
    static const struct synth_file files[] = {{"a", SYNTH_GZ, 0, 300},
                                              {"b", SYNTH_PLAIN, 300, 500}};
    const struct synth_import what = {.files = files, .files_n = 2, .batch_rows = 100};
    th_columns *columns;
    struct th_look look;
    size_t rows;
    import_with(path, &what, false, 100);
    run_sql(path, "UPDATE source SET state = 0 WHERE path = 'b'; DELETE FROM evidence WHERE source "
                  "= 2 AND offset > 40000");
    if (th_columns_open(path, &columns, &rows, NULL) != TH_OK)
        abort();
    tap_ok(rows > 300 && rows < 800, "%zu of 800 events have their evidence", rows);
    th_case *c;
    struct th_buf raw = TH_BUF_INIT;
    if (th_case_open(path, TH_CASE_READ, &c, NULL) != TH_OK)
        abort();
    tap_ok(th_case_raw(c, rows - 1, &raw, NULL) == TH_OK &&
               th_case_raw(c, rows, &raw, NULL) != TH_OK,
           "these, and not the next one");
    th_buf_fini(&raw);
    th_case_close(c, NULL);
    run_sql(path, "UPDATE source SET kind = 2 WHERE path = 'b'");
    tap_ok(th_columns_look(columns, true, &look, NULL) == TH_OK && look.rows == 300,
           "of a file that is only referenced none is counted before it is whole");
    th_columns_look_end(columns);
    run_sql(path, "UPDATE source SET state = 1 WHERE path = 'b'");
    tap_ok(th_columns_look(columns, false, &look, NULL) == TH_OK && look.changed &&
               look.rows == 800,
           "and all of them when it is");
    th_columns_look_end(columns);
    th_columns_close(columns);
}

static void test_derived(void)
{
    const char *path = synth_path("derived.trail");
    static const struct synth_file file = {"a", SYNTH_GZ, 0, 500};
    const struct synth_import what = {.files = &file, .files_n = 1, .batch_rows = 100};
    th_columns *columns;
    struct th_look look;
    struct th_column old;
    struct th_column now;
    size_t rows;
    import_with(path, &what, false, 100);
    if (th_columns_open(path, &columns, &rows, NULL) != TH_OK)
        abort();
    struct th_loader loader = th_columns_loader(columns);
    if (loader.column(loader.ctx, TH_F_SOURCE_IP, rows, &old, NULL) != TH_OK)
        abort();
    run_sql(path, "UPDATE derived SET text = '192.0.2.99' WHERE code > 0 AND field = (SELECT id "
                  "FROM field WHERE name = 'source.ip'); INSERT OR REPLACE INTO meta VALUES("
                  "'enrich.changes', 7)");
    tap_ok(th_columns_look(columns, false, &look, NULL) == TH_OK && look.same && look.derived,
           "values that depend on others were made anew");
    tap_is_int(loader.column_grow(loader.ctx, &old, rows, &now, NULL), TH_OK, "the column grows");
    th_columns_look_end(columns);
    struct th_buf got = TH_BUF_INIT;
    size_t row = 0;
    while (!th_column_text(&now, row, &got))
        row++;
    tap_is_str(th_buf_cstr(&got), "192.0.2.99", "to the new values");
    tap_ok(now.codes == old.codes && now.texts_of != old.texts_of,
           "with the codes that it had, and texts of its own");
    tap_ok(th_columns_look(columns, true, &look, NULL) == TH_OK && !look.derived, "only once");
    th_columns_look_end(columns);
    th_buf_fini(&got);
    loader.column_free(loader.ctx, &old);
    loader.column_free(loader.ctx, &now);
    th_columns_close(columns);
}

/* Another program must not find the case free to be taken out of WAL mode, however often this one
 * looks at the file. */
static void test_lock(void)
{
    const char *path = synth_path("locked.trail");
    static const struct synth_file file = {"a", SYNTH_GZ, 0, 50};
    const struct synth_import what = {.files = &file, .files_n = 1, .batch_rows = 100};
    th_case *c;
    th_columns *columns;
    size_t rows;
    import_with(path, &what, false, 100);
    if (th_case_open(path, TH_CASE_WRITE, &c, NULL) != TH_OK ||
        th_columns_open(path, &columns, &rows, NULL) != TH_OK)
        abort();
    tap_ok(th_case_is_case(path), "a case that is open is looked at");
    pid_t pid = fork();
    if (pid == 0) {
        /* Nothing of the parent's connections may be used or closed here. */
        execl("/proc/self/exe", "test_live", "--open-and-close", path, (char *)NULL);
        _exit(1);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    tap_is_int(status, 0, "another program opens it and closes it");
    const struct th_mark mark = {.row = 3, .marked = true};
    tap_is_int(th_notes_mark(c, &mark, NULL), TH_OK, "a mark after that");
    tap_is_int(synth_number(path, "SELECT count(*) FROM mark"), 1, "is in the case");
    th_columns_close(columns);
    th_case_close(c, NULL);
    tap_is_int(synth_number(path, "SELECT count(*) FROM mark"), 1, "and stays there");
    tap_ok(!is_wal(path), "the last to close leaves one plain file");
}

/* SQLite's mark that somebody uses the shared memory: the lock of this byte of the -shm. */
static bool is_used(const char *path)
{
    char *name = th_xasprintf("%s-shm", path);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 128, .l_len = 1};
    int fd = open(name, O_RDWR | O_CLOEXEC);
    bool used = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    free(name);
    close(fd);
    return used;
}

static int open_and_close(const char *path)
{
    th_case *c;
    if (!is_used(path))
        return 2; /* the program before me lost its locks */
    if (th_case_open(path, TH_CASE_WRITE, &c, NULL) != TH_OK)
        return 1;
    bool good = th_case_set(c, "k", TH_STR("v"), NULL) == TH_OK;
    return th_case_close(c, NULL) == TH_OK && good && is_wal(path) ? 0 : 1;
}

/* Who looks at a case in the very moment when the last writer leaves it, or the first one comes, is
 * not told that it was left open. */
static void test_coming_and_going(void)
{
    enum { TIMES = 150 };
    const char *path = synth_path("busy.trail");
    struct th_err err;
    th_case *c = NULL;
    int64_t failed = 0;
    size_t looks = 0;
    int status = 0;
    if (th_case_open(path, TH_CASE_CREATE, &c, NULL) != TH_OK || th_case_close(c, NULL) != TH_OK)
        abort();
    pid_t pid = fork();
    if (pid == 0) {
        bool good = true;
        for (int i = 0; i < TIMES && good; i++)
            good = th_case_open(path, TH_CASE_WRITE, &c, NULL) == TH_OK &&
                   th_case_set(c, "k", TH_STR("v"), NULL) == TH_OK &&
                   th_case_close(c, NULL) == TH_OK;
        _exit(good ? 0 : 1);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        th_err_clear(&err);
        if (th_case_open(path, TH_CASE_READ, &c, &err) == TH_OK)
            (void)th_case_close(c, NULL);
        else if (failed++ < 3)
            tap_note("%s", err.msg);
        looks++;
    }
    tap_is_int(failed, 0, "a case can be read while writers come and go");
    tap_ok(status == 0 && looks > 0, "they do (%zu looks)", looks);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--open-and-close") == 0)
        return open_and_close(argv[2]);
    synth_folder();
    test_growing();
    test_large();
    test_renumbered();
    test_waiting();
    test_derived();
    test_lock();
    test_coming_and_going();
    synth_done();
    return tap_done();
}
