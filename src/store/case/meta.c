/* Table meta: settings by key. */
#include "store/case/case.h"
#include "store/case/handle.h"

enum th_code th_case_writable(const th_case *c, struct th_err *err)
{
    return c->readonly ? th_err_set(err, TH_E_READONLY, "case %s can't be written", c->path)
                       : TH_OK;
}

enum th_code th_case_get(th_case *c, const char *key, struct th_buf *out, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    th_buf_reset(out);
    enum th_code rc =
        th_db_cached(&c->cache, c->db, "SELECT value FROM meta WHERE key = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, key);
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row)
        th_buf_add_str(out, th_db_text(stmt, 0));
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return rc;
}

enum th_code th_case_set(th_case *c, const char *key, struct th_str value, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_case_writable(c, err);
    if (rc == TH_OK)
        rc = th_db_cached(&c->cache, c->db,
                          "INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, key);
    th_db_bind_text(stmt, 2, value);
    return th_db_run(stmt, err);
}
