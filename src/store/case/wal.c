/* A case in WAL mode while somebody writes it, a plain single file at other times. */
#include "store/case/connect.h"
#include "store/case/handle.h"

enum th_code th_case_enter_wal(th_case *c, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    enum th_code rc = th_db_prepare(c->db, "PRAGMA journal_mode = WAL", &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row)
        c->wal = th_str_is(th_db_text(stmt, 0), "wal");
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_case_leave_wal(th_case *c, struct th_err *err)
{
    struct th_err inner;
    th_err_clear(&inner);
    th_connect_patience(c->db, 0);
    enum th_code rc = th_db_exec(c->db, "PRAGMA journal_mode = DELETE", &inner);
    th_connect_patience(c->db, TH_CASE_BUSY_MS);
    if (rc == TH_OK)
        c->wal = false;
    return rc == TH_OK || rc == TH_E_BUSY ? TH_OK : th_err_set(err, rc, "%s", inner.msg);
}
