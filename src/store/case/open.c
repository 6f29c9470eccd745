/* Opening and closing a case.
 *
 * A new case is made in rollback-journal mode in one transaction, so that a file either is a case
 * or is empty. While a case is open for writing it is in WAL mode: readers go on beside the writer,
 * and a killed program costs at most its open transaction. The last writer to close takes it back
 * to a plain single file, for a database in WAL mode can't be read from a folder that can't be
 * written. */
#include "store/case/case.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/case/beside.h"
#include "store/case/connect.h"
#include "store/case/handle.h"

/* Half of 16 KiB wastes little behind the 10 KiB of a usual small delivery: 100,000 such files make
 * a case of 1.4 times their size instead of 1.8; large files and speed come out the same. */
#define PAGE_BYTES 8192
/* Pages in the WAL before it is carried over: 64 MiB, a few commits of an import. */
#define WAL_PAGES 8192

/* The oldest format that a released version has written. */
#define OLDEST 2

/* Empty: SQLite made the file but no transaction of ours was committed. */
static bool is_empty(sqlite3 *db)
{
    int64_t version = 0;
    int64_t tables = 0;
    return th_db_number(db, "PRAGMA schema_version", 0, &version, NULL) == TH_OK && version == 0 &&
           th_db_number(db, "SELECT count(*) FROM sqlite_schema", 0, &tables, NULL) == TH_OK &&
           tables == 0;
}

static enum th_code create(sqlite3 *db, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    th_buf_printf(&sql, "PRAGMA page_size = %d", PAGE_BYTES);
    enum th_code rc = th_db_exec(db, th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    if (rc == TH_OK)
        rc = th_db_exec(db, "BEGIN EXCLUSIVE", err);
    if (rc != TH_OK)
        return rc;
    /* Two programs may have found the file empty at the same time. */
    if (is_empty(db))
        rc = th_ddl_create(db, err);
    return th_db_end(db, true, rc, err);
}

/* Is it ours, and of a version that this program knows? */
static enum th_code check_version(th_case *c, struct th_err *err)
{
    int64_t id;
    int64_t version;
    enum th_code rc = th_db_number(c->db, "PRAGMA application_id", 0, &id, err);
    if (rc == TH_OK)
        rc = th_db_number(c->db, "PRAGMA user_version", 0, &version, err);
    if (rc != TH_OK)
        return rc;
    if (id != TH_CASE_APPLICATION_ID)
        return th_err_set(err, TH_E_CASE, "%s is a SQLite database, but not a Trailhound case",
                          c->path);
    if (version > TH_CASE_VERSION)
        return th_err_set(err, TH_E_NEWER,
                          "%s was made by a newer version of Trailhound (its format is %lld, this "
                          "program knows up to %d)",
                          c->path, (long long)version, TH_CASE_VERSION);
    if (version < OLDEST)
        return th_err_set(err, TH_E_CASE,
                          "%s has format %lld, which no released version of Trailhound has written",
                          c->path, (long long)version);
    c->version = (int)version;
    return TH_OK;
}

static enum th_code tune(th_case *c, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    th_buf_printf(&sql, TH_CASE_CACHE);
    if (!c->readonly)
        th_buf_printf(&sql, "; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = %d",
                      WAL_PAGES);
    enum th_code rc = th_db_exec(c->db, th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    return rc;
}

static enum th_code open_read(th_case *c, struct th_err *err)
{
    c->readonly = true;
    enum th_code rc = th_connect_read(c->path, &c->db, &c->immutable, err);
    if (rc == TH_OK)
        rc = check_version(c, err);
    if (rc == TH_OK)
        rc = tune(c, err);
    return rc == TH_OK ? th_schema_check(c->db, c->version, &c->numbers, err) : rc;
}

/* A new case is its owner's alone, by the umask's leave; SQLite gives its -journal and -wal the
 * mode that the case has. */
static enum th_code make_file(const char *path, bool *made, struct th_err *err)
{
    *made = access(path, F_OK) != 0;
    if (!*made)
        return TH_OK;
    int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd >= 0 && close(fd) == 0 ? TH_OK : th_err_errno(err, "opening case %s", path);
}

/* Take away what make_file made, if nothing came into it. */
static void unmake_file(const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
        (void)unlink(path);
}

static enum th_code open_write(th_case *c, bool is_new, struct th_err *err)
{
    enum th_code rc = th_connect_plain(
        c->path, SQLITE_OPEN_READWRITE | (is_new ? SQLITE_OPEN_CREATE : 0), &c->db, err);
    if (rc == TH_OK)
        rc = th_connect_look(c->db, err);
    if (rc == TH_OK && is_new)
        rc = create(c->db, err);
    if (rc == TH_OK)
        rc = check_version(c, err);
    if (rc == TH_OK)
        rc = tune(c, err);
    if (rc == TH_OK)
        rc = th_schema_check(c->db, c->version, &c->numbers, err);
    if (rc == TH_OK)
        rc = th_case_enter_wal(c, err);
    if (rc == TH_OK)
        rc = th_connect_look(c->db, err); /* the WAL is made with the first look: see writer.c */
    if (rc == TH_OK)
        rc = th_ddl_add_fields(c->db, &c->numbers, err);
    return rc == TH_OK ? th_case_migrate(c, err) : rc;
}

/* What the file is, before SQLite touches it. *is_new: there is nothing to open yet. */
static enum th_code inspect(const char *path, enum th_case_mode mode, bool *is_new,
                            struct th_err *err)
{
    struct th_case_header header;
    struct stat st;
    *is_new = false;
    enum th_code rc = th_beside_check(path, err);
    if (rc != TH_OK)
        return rc;
    if (stat(path, &st) != 0 && errno == ENOENT && mode == TH_CASE_CREATE) {
        *is_new = true;
        return TH_OK;
    }
    rc = th_connect_header(path, &header, err);
    if (rc != TH_OK)
        return rc;
    /* A creation that was killed leaves an empty file, perhaps with a journal. */
    if (mode == TH_CASE_CREATE && (header.n == 0 || th_connect_beside(path, "-journal"))) {
        *is_new = true;
        return TH_OK;
    }
    if (!header.sqlite)
        return th_err_set(err, TH_E_CASE, "%s is not a Trailhound case", path);
    return TH_OK;
}

enum th_code th_case_check(const char *path, struct th_err *err)
{
    bool is_new;
    enum th_code rc = inspect(path, TH_CASE_WRITE, &is_new, err);
    return rc != TH_OK || th_case_is_case(path)
               ? rc
               : th_err_set(err, TH_E_CASE, "%s is a SQLite database, but not a Trailhound case",
                            path);
}

static enum th_code open_any(th_case *c, enum th_case_mode mode, struct th_err *err)
{
    bool is_new;
    enum th_code rc = inspect(c->path, mode, &is_new, err);
    if (rc != TH_OK)
        return rc;
    if (mode == TH_CASE_READ || (!is_new && !th_connect_can_write(c->path)))
        return open_read(c, err);
    struct th_err first;
    th_err_clear(&first);
    bool made = false;
    if (is_new)
        rc = make_file(c->path, &made, &first);
    if (rc == TH_OK)
        rc = open_write(c, is_new, &first);
    if (rc != TH_OK && rc != TH_E_BUSY && made)
        unmake_file(c->path);
    if (rc != TH_E_READONLY || is_new)
        return rc == TH_OK ? rc : th_err_set(err, rc, "%s", first.msg);
    /* Permissions said yes, the file system said no. */
    sqlite3_close(c->db);
    c->db = NULL;
    return open_read(c, err);
}

enum th_code th_case_open(const char *path, enum th_case_mode mode, th_case **out,
                          struct th_err *err)
{
    th_case *c = th_xcalloc(1, sizeof *c);
    c->path = th_xstrdup(path);
    pthread_mutex_init(&c->lock, NULL);
    th_evidence_init(&c->evidence, c); /* first: closing what could not be opened ends it */
    struct th_err inner;
    th_err_clear(&inner);
    enum th_code rc = open_any(c, mode, &inner);
    if (rc != TH_OK) {
        c->readonly = true; /* nothing to leave in order */
        (void)th_case_close(c, NULL);
        *out = NULL;
        /* Messages that name the file say it all. */
        return strstr(inner.msg, path) != NULL
                   ? th_err_set(err, rc, "%s", inner.msg)
                   : th_err_set(err, rc, "opening case %s: %s", path, inner.msg);
    }
    *out = c;
    return TH_OK;
}

enum th_code th_case_close(th_case *c, struct th_err *err)
{
    if (c == NULL)
        return TH_OK;
    enum th_code rc = TH_OK;
    th_evidence_fini(&c->evidence);
    th_db_cache_fini(&c->cache);
    if (c->db != NULL && !c->readonly && c->wal) {
        rc = th_case_leave_wal(c, err);
        if (rc != TH_OK)
            (void)th_err_prefix(err, rc, "closing case %s", c->path);
    }
    sqlite3_close(c->db);
    pthread_mutex_destroy(&c->lock);
    free(c->path);
    free(c);
    return rc;
}

const char *th_case_path(const th_case *c)
{
    return c->path;
}

void th_case_share(th_case *c)
{
    c->shared = true;
}

bool th_case_readonly(const th_case *c)
{
    return c->readonly;
}

void th_case_interrupt(th_case *c)
{
    sqlite3_interrupt(c->db);
    pthread_mutex_lock(&c->lock);
    if (c->sql_db != NULL)
        sqlite3_interrupt(c->sql_db);
    pthread_mutex_unlock(&c->lock);
}
