/* Rows of the tables term and derived, (field, code, text): gathered until they are many, then
 * inserted by one statement. */
#include <stdlib.h>

#include "base/mem.h"
#include "store/write/internal.h"

enum { GATHERED_MAX = 8192 };

static void add_columns(void *ctx, struct th_buf *sql)
{
    (void)ctx;
    th_buf_puts(sql, "field, code, text");
}

static void give(void *ctx, sqlite3_context *result, size_t at, int column)
{
    const struct th_term_rows *rows = ctx;
    const struct th_term_row *row = &rows->row[at];
    if (column == 0)
        sqlite3_result_int64(result, row->field);
    else if (column == 1)
        sqlite3_result_int64(result, row->code);
    else
        sqlite3_result_text64(result, rows->texts.p + row->text, row->n, SQLITE_STATIC,
                              SQLITE_UTF8);
}

enum th_code th_term_rows_open(th_writer *w, const char *table, bool replace,
                               struct th_term_rows *rows, struct th_err *err)
{
    *rows = (struct th_term_rows){.db = w->db, .table = table, .texts = TH_BUF_INIT};
    rows->rows =
        (struct th_rows){.ctx = rows, .replace = replace, .columns = add_columns, .give = give};
    rows->row = th_xcalloc(GATHERED_MAX, sizeof *rows->row);
    return th_vtab_open(w->db, table, &rows->rows, &rows->insert, err);
}

enum th_code th_term_rows_flush(struct th_term_rows *rows, struct th_err *err)
{
    if (rows->rows.n == 0)
        return TH_OK;
    th_buf_putc(&rows->texts, '\0'); /* an empty text has a place as well */
    enum th_code rc = th_db_run(rows->insert, err);
    rows->rows.n = 0;
    th_buf_reset(&rows->texts);
    return rc;
}

enum th_code th_term_rows_add(struct th_term_rows *rows, int64_t field, uint32_t code,
                              struct th_str text, struct th_err *err)
{
    enum th_code rc = rows->rows.n == GATHERED_MAX ? th_term_rows_flush(rows, err) : TH_OK;
    if (rc != TH_OK)
        return rc;
    rows->row[rows->rows.n++] = (struct th_term_row){field, code, rows->texts.n, text.n};
    th_buf_add_str(&rows->texts, text);
    return TH_OK;
}

void th_term_rows_close(struct th_term_rows *rows)
{
    if (rows->table == NULL)
        return;
    th_vtab_close(rows->db, rows->table, rows->insert);
    free(rows->row);
    th_buf_fini(&rows->texts);
    rows->table = NULL;
}
