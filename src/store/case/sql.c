/* SQL that a person typed. It runs on a connection of its own that can't write, under an authorizer
 * that knows four kinds of action; whatever else SQLite can do (attach, pragma, write, load code)
 * is refused by name. */
#include "store/case/case.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/case/connect.h"
#include "store/case/handle.h"

/* Functions that reach outside the statement, where SQLite was built with them. */
static bool is_harmless(const char *function)
{
    static const char *const refused[] = {"load_extension", "readfile", "writefile", "edit",
                                          "fts3_tokenizer"};
    for (size_t i = 0; i < TH_COUNT(refused); i++)
        if (function != NULL && sqlite3_stricmp(function, refused[i]) == 0)
            return false;
    return true;
}

static int authorize(void *ctx, int action, const char *a, const char *b, const char *database,
                     const char *trigger)
{
    bool *refused = ctx;
    (void)a;
    (void)database;
    (void)trigger;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        if (is_harmless(b))
            return SQLITE_OK;
        break;
    }
    *refused = true;
    return SQLITE_DENY;
}

static enum th_code query_error(sqlite3 *db, const char *sql, const char *at, struct th_err *err)
{
    int offset = sqlite3_error_offset(db);
    if (offset < 0)
        return th_err_set(err, TH_E_QUERY, "%s", sqlite3_errmsg(db));
    return th_err_at(err, TH_E_QUERY, (uint64_t)(at - sql) + (uint64_t)offset, 0, "%s",
                     sqlite3_errmsg(db));
}

static enum th_code refusal(sqlite3 *db, struct th_err *err)
{
    th_err_clear(err);
    return th_err_set(err, TH_E_QUERY, "only SELECT is allowed here: %s", sqlite3_errmsg(db));
}

/* One statement that only reads, and nothing behind it but space and comments. */
static enum th_code prepare_one(sqlite3 *db, const char *sql, sqlite3_stmt **out, bool *refused,
                                struct th_err *err)
{
    const char *tail = sql;
    *out = NULL;
    while (*out == NULL && *tail != '\0') {
        const char *at = tail;
        if (sqlite3_prepare_v2(db, at, -1, out, &tail) != SQLITE_OK)
            return *refused ? refusal(db, err) : query_error(db, sql, at, err);
    }
    if (*out == NULL)
        return th_err_set(err, TH_E_QUERY, "there is no statement");
    if (sqlite3_stmt_readonly(*out) == 0)
        return th_err_set(err, TH_E_QUERY, "only SELECT is allowed here");
    while (*tail != '\0') {
        sqlite3_stmt *second = NULL;
        const char *at = tail;
        int rc = sqlite3_prepare_v2(db, at, -1, &second, &tail);
        bool another = rc != SQLITE_OK || second != NULL;
        sqlite3_finalize(second);
        if (another)
            return th_err_at(err, TH_E_QUERY, (uint64_t)(at - sql), 0,
                             "one statement at a time: there is text behind the first");
    }
    return TH_OK;
}

static void read_value(sqlite3_stmt *stmt, int at, struct th_sql_value *out)
{
    memset(out, 0, sizeof *out);
    switch (sqlite3_column_type(stmt, at)) {
    case SQLITE_INTEGER:
        out->type = TH_SQL_INTEGER;
        out->integer = sqlite3_column_int64(stmt, at);
        break;
    case SQLITE_FLOAT:
        out->type = TH_SQL_REAL;
        out->real = sqlite3_column_double(stmt, at);
        break;
    case SQLITE_TEXT:
        out->type = TH_SQL_TEXT;
        out->bytes = th_db_text(stmt, at);
        break;
    case SQLITE_BLOB:
        out->type = TH_SQL_BLOB;
        out->bytes = th_db_blob(stmt, at);
        break;
    default:
        out->type = TH_SQL_NULL;
        break;
    }
}

static enum th_code give_rows(sqlite3_stmt *stmt, th_sql_row *row, void *ctx, struct th_err *err)
{
    size_t columns = (size_t)sqlite3_column_count(stmt);
    const char **names = th_xcalloc(columns + 1, sizeof *names);
    struct th_sql_value *values = th_xcalloc(columns + 1, sizeof *values);
    for (size_t i = 0; i < columns; i++)
        names[i] = sqlite3_column_name(stmt, (int)i);
    /* The names after the first step, which may be refused. */
    bool more;
    enum th_code rc = th_db_step_any(stmt, &more, err);
    bool wanted = rc == TH_OK && row(ctx, columns, names, NULL);
    while (wanted && more) {
        for (size_t i = 0; i < columns; i++)
            read_value(stmt, (int)i, &values[i]);
        wanted = row(ctx, columns, names, values);
        if (wanted)
            rc = th_db_step_any(stmt, &more, err);
        wanted = wanted && rc == TH_OK;
    }
    free(names);
    free(values);
    return rc;
}

/* The connection that th_case_interrupt reaches. */
static void announce(th_case *c, sqlite3 *db)
{
    pthread_mutex_lock(&c->lock);
    c->sql_db = db;
    pthread_mutex_unlock(&c->lock);
}

/* What needs more than reading comes first: the view ecs as this program makes it, for the one in
 * the file may be any, and the tables that take JSON arrays apart. */
static enum th_code prepare_connection(th_case *c, sqlite3 *db, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    th_buf_puts(&sql, "PRAGMA temp_store = MEMORY; CREATE TEMP VIEW ");
    th_ddl_view(&sql, &c->numbers);
    th_buf_puts(&sql, "; PRAGMA query_only = 1; " TH_CASE_CACHE
                      "; SELECT 1 FROM json_each('[]'), json_tree('[]')");
    enum th_code rc = th_db_exec(db, th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    return rc;
}

enum th_code th_case_sql(th_case *c, const char *sql, th_sql_row *row, void *ctx,
                         struct th_err *err)
{
    sqlite3 *db;
    sqlite3_stmt *stmt = NULL;
    bool immutable;
    bool refused = false;
    enum th_code rc = th_connect_read(c->path, &db, &immutable, err);
    if (rc != TH_OK)
        return rc;
    rc = prepare_connection(c, db, err);
    sqlite3_set_authorizer(db, authorize, &refused);
    announce(c, db);
    if (rc == TH_OK)
        rc = prepare_one(db, sql, &stmt, &refused, err);
    if (rc == TH_OK) {
        rc = give_rows(stmt, row, ctx, err);
        /* What a pragma's table does is asked for when its rows are, by SQLite from 3.41 on. */
        if (rc != TH_OK && refused)
            rc = refusal(db, err);
    }
    announce(c, NULL);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return rc;
}
