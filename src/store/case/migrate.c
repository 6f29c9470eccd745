/* Cases of an older format. Only forward: a case that can't be written is read as it is.
 *
 * Version 3 keeps what was said of findings in tables of its own (triage…), where it stays whatever
 * rules run. Before, it stood only in the findings. A table of notes on values, which nothing used,
 * is gone. */
#include <string.h>

#include "store/case/handle.h"

#define FIRST_WITH_TRIAGE 3

bool th_case_came_later(const char *name, int version)
{
    return version < FIRST_WITH_TRIAGE && strncmp(name, "triage", strlen("triage")) == 0;
}

/* When and by whom it was said is not known, nor whether the finding has grown since. */
static enum th_code add_triage(sqlite3 *db, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    th_ddl_statements("triage", &sql);
    th_buf_puts(&sql, "INSERT INTO triage(id, rule, grouping, state, note, count) "
                      "SELECT id, rule, grouping, state, nullif(note, ''), count FROM finding "
                      "WHERE state <> 'new' OR coalesce(note, '') <> '';\n"
                      "INSERT INTO triage_event(triage, event, seen) SELECT finding, event, 1 "
                      "FROM finding_event WHERE finding IN (SELECT id FROM triage);\n"
                      "INSERT INTO triage_finding(finding, triage) SELECT id, id FROM triage;\n"
                      "DROP TABLE IF EXISTS value_note;\n");
    enum th_code rc = th_db_exec(db, th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    return rc;
}

enum th_code th_case_migrate(th_case *c, struct th_err *err)
{
    bool outermost;
    int64_t version;
    if (c->version >= TH_CASE_VERSION)
        return TH_OK;
    enum th_code rc = th_db_begin(c->db, &outermost, err);
    if (rc != TH_OK)
        return rc;
    /* Somebody else may have done it while this one waited for the lock. */
    rc = th_db_number(c->db, "PRAGMA user_version", 0, &version, err);
    if (rc == TH_OK && version < FIRST_WITH_TRIAGE)
        rc = add_triage(c->db, err);
    if (rc == TH_OK && version < FIRST_WITH_TRIAGE)
        rc = th_db_exec(c->db, "PRAGMA user_version = 3", err);
    rc = th_db_end(c->db, outermost, rc, err);
    if (rc == TH_OK)
        c->version = TH_CASE_VERSION;
    return rc;
}
