/* A virtual table over memory: rows that go into a table of the case, read straight from the
 * program's arrays, so that one statement inserts thousands of rows. SQLite asks for each value
 * through column(); nothing is bound and no statement is stepped per row, which is what makes it
 * 2.8 times as fast.
 *
 * The table is eponymous: it exists on the writer's connection as soon as the module does, and
 * never in the file. */
#include <string.h>

#include "store/write/internal.h"

struct table {
    sqlite3_vtab base;
    const struct th_rows *rows;
};

struct cursor {
    sqlite3_vtab_cursor base;
    const struct th_rows *rows;
    size_t at;
};

static int connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out,
                   char **message)
{
    (void)argc;
    (void)argv;
    (void)message;
    const struct th_rows *rows = aux;
    struct th_buf sql = TH_BUF_INIT;
    th_buf_puts(&sql, "CREATE TABLE x(");
    rows->columns(rows->ctx, &sql);
    th_buf_puts(&sql, ")");
    int rc = sqlite3_declare_vtab(db, th_buf_cstr(&sql));
    th_buf_fini(&sql);
    if (rc != SQLITE_OK)
        return rc;
    struct table *table = sqlite3_malloc(sizeof *table);
    if (table == NULL)
        return SQLITE_NOMEM;
    memset(table, 0, sizeof *table);
    table->rows = rows;
    *out = &table->base;
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

static int best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    (void)base;
    info->estimatedCost = TH_BATCH_ROWS;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    struct cursor *cursor = sqlite3_malloc(sizeof *cursor);
    if (cursor == NULL)
        return SQLITE_NOMEM;
    memset(cursor, 0, sizeof *cursor);
    cursor->rows = ((struct table *)base)->rows;
    *out = &cursor->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *base, int index, const char *name, int argc,
                  sqlite3_value **argv)
{
    (void)index;
    (void)name;
    (void)argc;
    (void)argv;
    ((struct cursor *)base)->at = 0;
    return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base)
{
    ((struct cursor *)base)->at++;
    return SQLITE_OK;
}

static int eof(sqlite3_vtab_cursor *base)
{
    const struct cursor *cursor = (struct cursor *)base;
    return cursor->at >= cursor->rows->n;
}

/* A column that gets no result is NULL. */
static int column(sqlite3_vtab_cursor *base, sqlite3_context *result, int column_i)
{
    const struct cursor *cursor = (struct cursor *)base;
    cursor->rows->give(cursor->rows->ctx, result, cursor->at, column_i);
    return SQLITE_OK;
}

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((struct cursor *)base)->at;
    return SQLITE_OK;
}

static const sqlite3_module module = {
    .iVersion = 1,
    .xConnect = connect,
    .xBestIndex = best_index,
    .xDisconnect = disconnect,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = eof,
    .xColumn = column,
    .xRowid = rowid,
};

enum th_code th_vtab_open(sqlite3 *db, const char *table, struct th_rows *rows,
                          sqlite3_stmt **insert, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    th_buf_printf(&sql, "new_%s", table);
    int rc = sqlite3_create_module_v2(db, th_buf_cstr(&sql), &module, rows, NULL);
    if (rc != SQLITE_OK) {
        th_buf_fini(&sql);
        return th_db_fail(db, rc, err, NULL);
    }
    /* Without an id SQLite appends: no search for the row's place. */
    th_buf_reset(&sql);
    th_buf_printf(&sql, "INSERT %sINTO %s(", rows->replace ? "OR REPLACE " : "", table);
    rows->columns(rows->ctx, &sql);
    th_buf_printf(&sql, ") SELECT * FROM new_%s", table);
    enum th_code code = th_db_prepare(db, th_buf_cstr(&sql), insert, err);
    th_buf_fini(&sql);
    return code;
}

void th_vtab_close(sqlite3 *db, const char *table, sqlite3_stmt *insert)
{
    char name[64];
    sqlite3_finalize(insert);
    (void)sqlite3_snprintf((int)sizeof name, name, "new_%s", table);
    (void)sqlite3_create_module_v2(db, name, NULL, NULL, NULL);
}
