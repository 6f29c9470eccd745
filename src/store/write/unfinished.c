/* Imports that were begun and not finished. A case of some of the files looks like a case of all of
 * them, so it remembers, from before the first event until the end: a row of table meta for each,
 * whose key names what was imported ("import.unfinished:CHOICE\nPATH\nPATH…", paths resolved) and
 * whose value says how far it came ("DONE TOTAL", files as they were listed; total 0: not known).
 * It goes when an import of the same paths, or of folders that hold them, and of all that was
 * chosen, comes to its end.
 *
 * "import.running" holds the key of the import that wrote last. Whether it still runs is told by
 * the writer's lock, which ends with its process (writer.c). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/write/internal.h"

#define PREFIX      "import.unfinished:"
#define RUNNING_KEY "import.running"
#define IN_PREFIX   "key >= '" PREFIX "' AND key < 'import.unfinished;'"

static enum th_code run_with(th_writer *w, const char *sql, const char *a, const char *b,
                             struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_cached(&w->c->cache, w->db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, a);
    if (b != NULL)
        th_db_bind_cstr(stmt, 2, b);
    return th_db_run(stmt, err);
}

static void read_value(const char *value, uint64_t *done, uint64_t *total)
{
    char *end = NULL;
    *done = value == NULL ? 0 : strtoull(value, &end, 10);
    *total = value == NULL ? 0 : strtoull(end, NULL, 10);
}

/* ---- writing ---- */

enum th_code th_unfinished_note(th_writer *w, struct th_err *err)
{
    if (w->announced == NULL)
        return TH_OK;
    struct th_buf value = TH_BUF_INIT;
    uint64_t done = w->listed_done > w->done_before ? w->listed_done : w->done_before;
    if (done > w->listed_total) /* there were more files the last time */
        done = w->listed_total;
    th_buf_printf(&value, "%llu %llu", (unsigned long long)done,
                  (unsigned long long)w->listed_total);
    enum th_code rc = run_with(w, "INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)",
                               w->announced, th_buf_cstr(&value), err);
    th_buf_fini(&value);
    return rc;
}

enum th_code th_writer_announce(th_writer *w, const char *choice, const char *const *paths,
                                size_t paths_n, struct th_err *err)
{
    struct th_buf key = TH_BUF_INIT, before = TH_BUF_INIT;
    th_buf_printf(&key, PREFIX "%s", choice);
    for (size_t i = 0; i < paths_n; i++)
        th_buf_printf(&key, "\n%s", paths[i]);
    w->announced = th_buf_take(&key);
    enum th_code rc = th_case_get(w->c, w->announced, &before, err);
    if (rc == TH_OK)
        read_value(th_buf_cstr(&before), &w->done_before, &w->listed_total);
    th_buf_fini(&before);
    if (rc == TH_OK)
        rc = th_writer_transaction(w, err);
    if (rc == TH_OK)
        rc = run_with(w, "INSERT OR REPLACE INTO meta(key, value) VALUES('" RUNNING_KEY "', ?1)",
                      w->announced, NULL, err);
    return rc == TH_OK ? th_writer_commit(w, err) : rc;
}

enum th_code th_writer_expect(th_writer *w, uint64_t files, struct th_err *err)
{
    w->listed_total = files;
    enum th_code rc = th_writer_transaction(w, err);
    return rc == TH_OK ? th_writer_commit(w, err) : rc;
}

void th_writer_finished(th_writer *w)
{
    w->all_given = true;
}

/* ---- what an import finishes ---- */

/* The part of a key up to the next line. */
static struct th_str cut_line(struct th_str *key)
{
    ptrdiff_t at = th_str_find(*key, '\n');
    struct th_str line = th_str_sub(*key, 0, at < 0 ? key->n : (size_t)at);
    *key = th_str_sub(*key, line.n + (at >= 0), key->n);
    return line;
}

/* Is path one of those in lines, or below one? */
static bool is_below(struct th_str path, struct th_str lines)
{
    while (lines.n > 0) {
        struct th_str folder = cut_line(&lines);
        if (th_str_eq(path, folder))
            return true;
        bool slash = folder.n > 0 && folder.p[folder.n - 1] == '/';
        if (th_str_starts(path, folder) && (slash || path.p[folder.n] == '/'))
            return true;
    }
    return false;
}

/* Was everything of the import named by old read by the one named by done? */
static bool covers(struct th_str done, struct th_str old)
{
    if (th_str_eq(done, old))
        return true;
    struct th_str choice = cut_line(&done), old_choice = cut_line(&old);
    if (choice.n > sizeof PREFIX - 1 && !th_str_eq(choice, old_choice))
        return false;
    while (old.n > 0)
        if (!is_below(cut_line(&old), done))
            return false;
    return true;
}

enum th_code th_unfinished_end(th_writer *w, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    struct th_buf gone = TH_BUF_INIT; /* keys, each with its NUL */
    if (w->announced == NULL)
        return TH_OK;
    enum th_code rc = run_with(w, "DELETE FROM meta WHERE key = ?1", RUNNING_KEY, NULL, err);
    if (rc == TH_OK && w->all_given)
        rc = th_db_prepare(w->db, "SELECT key FROM meta WHERE " IN_PREFIX, &stmt, err);
    if (rc != TH_OK || !w->all_given)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more)
        if (covers(th_str_of(w->announced), th_db_text(stmt, 0))) {
            th_buf_add_str(&gone, th_db_text(stmt, 0));
            th_buf_putc(&gone, '\0');
        }
    sqlite3_finalize(stmt);
    for (size_t at = 0; rc == TH_OK && at < gone.n; at += strlen(gone.p + at) + 1)
        rc = run_with(w, "DELETE FROM meta WHERE key = ?1", gone.p + at, NULL, err);
    th_buf_fini(&gone);
    free(w->announced);
    w->announced = NULL; /* not to be noted again by the commit */
    return rc;
}

/* ---- reading ---- */

bool th_case_importing(const char *path)
{
    char *name = th_xasprintf("%s-wal", path);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    free(name);
    if (fd < 0)
        return false;
    bool taken = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return taken;
}

static void add_paths(struct th_buf *out, struct th_str key)
{
    (void)cut_line(&key);
    while (key.n > 0) {
        if (out->n > 0)
            th_buf_puts(out, ", ");
        th_buf_add_str(out, cut_line(&key));
    }
}

enum th_code th_case_unfinished(th_case *c, struct th_unfinished *out, struct th_buf *paths,
                                struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    *out = (struct th_unfinished){0};
    enum th_code rc = th_db_prepare(c->db,
                                    "SELECT key, value, key IS (SELECT value FROM meta WHERE key = "
                                    "'" RUNNING_KEY "') FROM meta WHERE " IN_PREFIX,
                                    &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more && !out->running) {
        uint64_t done, total;
        read_value(th_db_cstr(stmt, 1), &done, &total);
        out->running = sqlite3_column_int(stmt, 2) != 0 && th_case_importing(c->path);
        if (out->running) {
            /* This one alone: what was stopped before is told when it is through. */
            out->imports = out->files_done = out->files_total = 0;
            if (paths != NULL)
                th_buf_reset(paths);
        }
        out->imports++;
        out->files_done += done;
        out->files_total += total;
        if (paths != NULL)
            add_paths(paths, th_db_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
    return rc;
}

void th_unfinished_words(const struct th_unfinished *u, struct th_buf *out)
{
    const char *how = u->running ? "running" : "stopped";
    if (u->imports == 1)
        th_buf_printf(out, "import %s: ", how);
    else
        th_buf_printf(out, "%llu imports %s: ", (unsigned long long)u->imports, how);
    if (u->files_total == 0)
        th_buf_puts(out, "no file yet");
    else
        th_buf_printf(out, "%llu of %llu file%s", (unsigned long long)u->files_done,
                      (unsigned long long)u->files_total, u->files_total == 1 ? "" : "s");
}
