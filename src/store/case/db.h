/* SQLite in the words of this program: statements, results as codes, one place where SQLite's
 * errors become ours. Private to src/store. */
#ifndef TH_STORE_CASE_DB_H
#define TH_STORE_CASE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* The error that db has just reported as rc: code by its kind, message "WHAT: in SQLite's words".
 * Returns the code. */
enum th_code th_db_fail(sqlite3 *db, int rc, struct th_err *err, const char *what);

/* Run SQL that gives no rows. */
TH_NODISCARD enum th_code th_db_exec(sqlite3 *db, const char *sql, struct th_err *err);

/* The same where nothing can be done about a failure. */
void th_db_try(sqlite3 *db, const char *sql);

/* Prepare one statement. Owned: sqlite3_finalize. */
TH_NODISCARD enum th_code th_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out,
                                        struct th_err *err);

/* One step; *row says whether there is a row (false: done). The values of a row are of the types
 * that their columns declare, or NULL: whatever else stands in the file is TH_E_DB with the row and
 * the column, so that the shorthands below need no look at it. */
TH_NODISCARD enum th_code th_db_step(sqlite3_stmt *stmt, bool *row, struct th_err *err);

/* The same with values of any type, for who asks for the type of each. */
TH_NODISCARD enum th_code th_db_step_any(sqlite3_stmt *stmt, bool *row, struct th_err *err);

/* Step to the end, reset, and forget what was bound. */
TH_NODISCARD enum th_code th_db_run(sqlite3_stmt *stmt, struct th_err *err);

/* Step a statement that gives at most one value, reset it. No row or NULL gives fallback; what is
 * no number is TH_E_DB. */
TH_NODISCARD enum th_code th_db_value(sqlite3_stmt *stmt, int64_t fallback, int64_t *out,
                                      struct th_err *err);

/* The same for SQL text without parameters. */
TH_NODISCARD enum th_code th_db_number(sqlite3 *db, const char *sql, int64_t fallback, int64_t *out,
                                       struct th_err *err);

/* Bind and column shorthands. A bound text or blob is borrowed until the statement is reset; an
 * absent slice is NULL. Binding fails only out of range, which is a programming error. */
void th_db_bind_int(sqlite3_stmt *stmt, int at, int64_t value);
void th_db_bind_text(sqlite3_stmt *stmt, int at, struct th_str text);
void th_db_bind_cstr(sqlite3_stmt *stmt, int at, const char *text);
void th_db_bind_blob(sqlite3_stmt *stmt, int at, const void *bytes, size_t n);
void th_db_bind_null(sqlite3_stmt *stmt, int at);

/* Slices and texts of a column, borrowed until the next step or reset. NULL: absent, NULL. */
struct th_str th_db_text(sqlite3_stmt *stmt, int at);
struct th_str th_db_blob(sqlite3_stmt *stmt, int at);
const char *th_db_cstr(sqlite3_stmt *stmt, int at);
/* A text that has to be there: never NULL. */
const char *th_db_cstr_or_empty(sqlite3_stmt *stmt, int at);
/* A time: TH_TIME_NONE for NULL; one that no event can have becomes the first or last that there
 * is. */
int64_t th_db_time(sqlite3_stmt *stmt, int at);
static inline uint64_t th_db_u64(sqlite3_stmt *stmt, int at)
{
    int64_t value = sqlite3_column_int64(stmt, at);
    return value < 0 ? 0 : (uint64_t)value;
}

/* Statements that are used again and again, prepared once per connection. Known by the address of
 * their SQL, so sql is a literal at one place in the code; a statement is not for a place that can
 * be entered again while it runs. */
struct th_db_cache {
    struct th_db_cached {
        const char *sql;
        sqlite3_stmt *stmt;
    } * items;
    size_t n, cap;
};
/* Borrowed until th_db_cache_fini; reset and without values. */
TH_NODISCARD enum th_code th_db_cached(struct th_db_cache *cache, sqlite3 *db, const char *sql,
                                       sqlite3_stmt **out, struct th_err *err);
void th_db_cache_fini(struct th_db_cache *cache);

/* A transaction that nests: outermost takes the write lock at once, an inner one is a savepoint. */
TH_NODISCARD enum th_code th_db_begin(sqlite3 *db, bool *outermost, struct th_err *err);
/* Commit when rc is TH_OK, roll back otherwise. Returns rc, or why the commit failed. */
TH_NODISCARD enum th_code th_db_end(sqlite3 *db, bool outermost, enum th_code rc,
                                    struct th_err *err);

#endif
