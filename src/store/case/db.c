/* The thin layer between SQLite's C interface and the rest of the store. It adds no abstraction:
 * statements stay sqlite3_stmt. It makes every failure a th_code, so that "disk full" means the
 * same whether SQLite met it as SQLITE_FULL or as an I/O error with ENOSPC behind it. */
#include "store/case/db.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"

static bool no_space(int sys_errno)
{
    return sys_errno == ENOSPC || sys_errno == EDQUOT || sys_errno == EFBIG;
}

/* SQLite knows ENOSPC; a quota or a size limit it reports as a failed write, and keeps what the
 * system said only now and then. */
static bool is_full(sqlite3 *db, int rc)
{
    int sys_errno = sqlite3_system_errno(db);
    if (sys_errno == 0 && (rc == SQLITE_IOERR_WRITE || rc == SQLITE_IOERR_TRUNCATE ||
                           rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_SHMSIZE))
        sys_errno = errno;
    return no_space(sys_errno);
}

static enum th_code code_of(sqlite3 *db, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return TH_E_FULL;
    case SQLITE_IOERR:
        return is_full(db, rc) ? TH_E_FULL : TH_E_IO;
    case SQLITE_CANTOPEN:
        return TH_E_IO;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return TH_E_BUSY;
    case SQLITE_READONLY:
        return TH_E_READONLY;
    case SQLITE_NOTADB:
        return TH_E_CASE;
    case SQLITE_INTERRUPT:
        return TH_E_CANCELLED;
    case SQLITE_TOOBIG:
        return TH_E_LIMIT;
    default:
        return TH_E_DB;
    }
}

enum th_code th_db_fail(sqlite3 *db, int rc, struct th_err *err, const char *what)
{
    if ((rc & 0xff) == SQLITE_NOMEM)
        th_oom(0);
    enum th_code code = code_of(db, rc);
    const char *sep = what == NULL ? "" : ": ";
    if (what == NULL)
        what = "";
    switch (code) {
    case TH_E_BUSY:
        return th_err_set(err, code,
                          "%s%sanother program is writing to the case; try again when it is done",
                          what, sep);
    case TH_E_FULL:
        return th_err_set(err, code, "%s%sno space left on the disk for the case", what, sep);
    case TH_E_CANCELLED:
        return th_err_set(err, code, "%s%scancelled", what, sep);
    default:
        if ((rc & 0xff) == SQLITE_CORRUPT)
            return th_err_set(
                err, code,
                "%s%sthe case is damaged: not all of it is there, or other bytes than were written",
                what, sep);
        return th_err_set(err, code, "%s%s%s", what, sep, sqlite3_errmsg(db));
    }
}

enum th_code th_db_exec(sqlite3 *db, const char *sql, struct th_err *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? TH_OK : th_db_fail(db, rc, err, NULL);
}

void th_db_try(sqlite3 *db, const char *sql)
{
    (void)sqlite3_exec(db, sql, NULL, NULL, NULL);
}

enum th_code th_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct th_err *err)
{
    int rc = sqlite3_prepare_v2(db, sql, -1, out, NULL);
    return rc == SQLITE_OK ? TH_OK : th_db_fail(db, rc, err, NULL);
}

enum th_code th_db_step_any(sqlite3_stmt *stmt, bool *row, struct th_err *err)
{
    int rc = sqlite3_step(stmt);
    *row = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE
               ? TH_OK
               : th_db_fail(sqlite3_db_handle(stmt), rc, err, NULL);
}

static const char *type_word(int type)
{
    switch (type) {
    case SQLITE_FLOAT:
        return "a fraction";
    case SQLITE_TEXT:
        return "a text";
    case SQLITE_BLOB:
        return "bytes";
    default:
        return "a number";
    }
}

/* SQLite lets any value stand in any column. Whole numbers are good everywhere: asked for a text,
 * SQLite writes them out. An id is a text where it is no UUID. */
static bool is_odd(sqlite3_stmt *stmt, int at, int type)
{
    if (type == SQLITE_INTEGER || type == SQLITE_NULL)
        return false;
    if (type == SQLITE_FLOAT) /* no column of a case, nor a sum of such, is one */
        return true;
    const char *declared = sqlite3_column_decltype(stmt, at);
    if (declared == NULL) /* computed, or of any type */
        return false;
    return sqlite3_stricmp(declared, "INTEGER") == 0 ||
           (type == SQLITE_BLOB && sqlite3_stricmp(declared, "TEXT") == 0);
}

static enum th_code odd_value(sqlite3_stmt *stmt, int at, int type, struct th_err *err)
{
    const char *name = sqlite3_column_name(stmt, at);
    for (int i = 0; i < sqlite3_column_count(stmt); i++)
        if (sqlite3_column_type(stmt, i) == SQLITE_INTEGER &&
            sqlite3_stricmp(sqlite3_column_name(stmt, i), "id") == 0)
            return th_err_set(err, TH_E_DB, "row %lld: %s is %s, the case is damaged",
                              (long long)sqlite3_column_int64(stmt, i), name, type_word(type));
    return th_err_set(err, TH_E_DB, "%s is %s, the case is damaged", name, type_word(type));
}

enum th_code th_db_step(sqlite3_stmt *stmt, bool *row, struct th_err *err)
{
    enum th_code rc = th_db_step_any(stmt, row, err);
    int n = rc == TH_OK && *row ? sqlite3_data_count(stmt) : 0;
    for (int i = 0; i < n; i++) {
        int type = sqlite3_column_type(stmt, i);
        if (is_odd(stmt, i, type)) {
            *row = false;
            return odd_value(stmt, i, type, err);
        }
    }
    return rc;
}

enum th_code th_db_run(sqlite3_stmt *stmt, struct th_err *err)
{
    bool row;
    enum th_code rc;
    do {
        rc = th_db_step(stmt, &row, err);
    } while (rc == TH_OK && row);
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return rc;
}

enum th_code th_db_value(sqlite3_stmt *stmt, int64_t fallback, int64_t *out, struct th_err *err)
{
    bool row;
    enum th_code rc = th_db_step(stmt, &row, err);
    *out = fallback;
    int type = rc == TH_OK && row ? sqlite3_column_type(stmt, 0) : SQLITE_NULL;
    if (type == SQLITE_INTEGER)
        *out = sqlite3_column_int64(stmt, 0);
    else if (type != SQLITE_NULL)
        rc = odd_value(stmt, 0, type, err);
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return rc;
}

enum th_code th_db_number(sqlite3 *db, const char *sql, int64_t fallback, int64_t *out,
                          struct th_err *err)
{
    sqlite3_stmt *stmt;
    *out = fallback;
    enum th_code rc = th_db_prepare(db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_value(stmt, fallback, out, err);
    sqlite3_finalize(stmt);
    return rc;
}

/* A bind can fail only for a wrong index, a statement that runs, or memory. */
static void bound(int rc)
{
    if (rc == SQLITE_NOMEM || rc == SQLITE_TOOBIG)
        th_oom(0);
    assert(rc == SQLITE_OK);
    (void)rc;
}

void th_db_bind_int(sqlite3_stmt *stmt, int at, int64_t value)
{
    bound(sqlite3_bind_int64(stmt, at, value));
}

void th_db_bind_text(sqlite3_stmt *stmt, int at, struct th_str text)
{
    bound(sqlite3_bind_text64(stmt, at, text.p, text.n, SQLITE_STATIC, SQLITE_UTF8));
}

void th_db_bind_cstr(sqlite3_stmt *stmt, int at, const char *text)
{
    bound(sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC));
}

void th_db_bind_blob(sqlite3_stmt *stmt, int at, const void *bytes, size_t n)
{
    /* A NULL pointer would bind NULL, and an empty blob is a blob. */
    bound(sqlite3_bind_blob64(stmt, at, bytes == NULL ? "" : bytes, n, SQLITE_STATIC));
}

void th_db_bind_null(sqlite3_stmt *stmt, int at)
{
    bound(sqlite3_bind_null(stmt, at));
}

static struct th_str slice(sqlite3_stmt *stmt, int at, const void *bytes)
{
    if (sqlite3_column_type(stmt, at) == SQLITE_NULL)
        return TH_STR_NONE;
    int n = sqlite3_column_bytes(stmt, at);
    return (struct th_str){bytes == NULL ? "" : bytes, n < 0 ? 0 : (size_t)n};
}

struct th_str th_db_text(sqlite3_stmt *stmt, int at)
{
    return slice(stmt, at, sqlite3_column_text(stmt, at));
}

struct th_str th_db_blob(sqlite3_stmt *stmt, int at)
{
    return slice(stmt, at, sqlite3_column_blob(stmt, at));
}

const char *th_db_cstr(sqlite3_stmt *stmt, int at)
{
    return th_db_text(stmt, at).p;
}

const char *th_db_cstr_or_empty(sqlite3_stmt *stmt, int at)
{
    const char *text = th_db_cstr(stmt, at);
    return text == NULL ? "" : text;
}

int64_t th_db_time(sqlite3_stmt *stmt, int at)
{
    if (sqlite3_column_type(stmt, at) == SQLITE_NULL)
        return TH_TIME_NONE;
    int64_t ms = sqlite3_column_int64(stmt, at);
    return ms < TH_TIME_MIN ? TH_TIME_MIN : ms > TH_TIME_MAX ? TH_TIME_MAX : ms;
}

enum th_code th_db_cached(struct th_db_cache *cache, sqlite3 *db, const char *sql,
                          sqlite3_stmt **out, struct th_err *err)
{
    for (size_t i = 0; i < cache->n; i++)
        if (cache->items[i].sql == sql) {
            *out = cache->items[i].stmt;
            sqlite3_reset(*out);
            return TH_OK;
        }
    int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    if (rc != SQLITE_OK)
        return th_db_fail(db, rc, err, NULL);
    TH_GROW(cache->items, cache->n, cache->cap);
    cache->items[cache->n++] = (struct th_db_cached){sql, *out};
    return TH_OK;
}

void th_db_cache_fini(struct th_db_cache *cache)
{
    for (size_t i = 0; i < cache->n; i++)
        sqlite3_finalize(cache->items[i].stmt);
    free(cache->items);
    *cache = (struct th_db_cache){NULL, 0, 0};
}

enum th_code th_db_begin(sqlite3 *db, bool *outermost, struct th_err *err)
{
    *outermost = sqlite3_get_autocommit(db) != 0;
    return th_db_exec(db, *outermost ? "BEGIN IMMEDIATE" : "SAVEPOINT inner_part", err);
}

enum th_code th_db_end(sqlite3 *db, bool outermost, enum th_code rc, struct th_err *err)
{
    if (rc == TH_OK)
        rc = th_db_exec(db, outermost ? "COMMIT" : "RELEASE inner_part", err);
    if (rc == TH_OK)
        return rc;
    /* SQLite may have rolled back by itself (disk full); the error that counts is the first. */
    if (outermost && sqlite3_get_autocommit(db) == 0)
        th_db_try(db, "ROLLBACK");
    else if (!outermost)
        th_db_try(db, "ROLLBACK TO inner_part; RELEASE inner_part");
    return rc;
}
