/* What an older case doesn't tell. A case that was made before a field was gets it when it is
 * opened for writing, but its events have no value there: a filter would say that none has, which
 * is not what their records say. So the case keeps the names of such fields and says so. Only an
 * import of the evidence into a new case fills them. */
#include "store/case/handle.h"

#define LACKING_KEY "fields.later"

static enum th_code last_event(sqlite3 *db, int64_t *last, struct th_err *err)
{
    return th_db_number(db, "SELECT max(id) FROM event", 0, last, err);
}

/* Append the columns that have no number. */
static void add_names(const struct th_numbers *numbers, struct th_buf *out)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (numbers->field[f] == 0 && th_field_is_column(f)) {
            if (out->n > 0)
                th_buf_puts(out, ", ");
            th_buf_puts(out, th_field_info(f)->name);
        }
}

enum th_code th_ddl_note_lacking(sqlite3 *db, const struct th_numbers *before, struct th_err *err)
{
    sqlite3_stmt *stmt;
    struct th_buf names = TH_BUF_INIT;
    int64_t last;
    bool row;
    enum th_code rc = last_event(db, &last, err);
    if (rc != TH_OK || last == 0)
        return rc;
    rc = th_db_prepare(db, "SELECT value FROM meta WHERE key = '" LACKING_KEY "'", &stmt, err);
    if (rc == TH_OK)
        rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row)
        th_buf_add_str(&names, th_db_text(stmt, 0));
    sqlite3_finalize(stmt);
    if (rc == TH_OK) {
        add_names(before, &names);
        rc = th_db_prepare(db,
                           "INSERT OR REPLACE INTO meta(key, value) VALUES('" LACKING_KEY "', ?1)",
                           &stmt, err);
    }
    if (rc == TH_OK) {
        th_db_bind_text(stmt, 1, th_buf_str(&names));
        rc = names.n == 0 ? TH_OK : th_db_run(stmt, err);
        sqlite3_finalize(stmt);
    }
    th_buf_fini(&names);
    return rc;
}

enum th_code th_case_lacking(th_case *c, struct th_buf *out, struct th_err *err)
{
    int64_t last;
    enum th_code rc = th_case_get(c, LACKING_KEY, out, err);
    if (rc == TH_OK)
        rc = last_event(c->db, &last, err);
    if (rc == TH_OK && last > 0)
        add_names(&c->numbers, out);
    return rc;
}
