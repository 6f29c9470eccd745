/* What the analyst said of events that an import takes back, because the import before it was
 * stopped in the middle of their file: marks, and which events a triaged finding had. It waits in a
 * table of its own, made when it is needed, and goes back to the events when they have come again,
 * known by their id and their place in the file; by the id alone where the file is another one. */
#include "store/write/internal.h"

#define TABLE "note_waiting"

const char th_waiting_schema[] =
    "CREATE TABLE IF NOT EXISTS " TABLE
    "(finding INTEGER, event_id, path TEXT NOT NULL, container TEXT, offset INTEGER NOT NULL, "
    "length INTEGER NOT NULL, marked INTEGER, tag TEXT, comment TEXT, at INTEGER)";

/* ?1: the last event that stays. */
static const char save_marks[] =
    "INSERT INTO " TABLE " SELECT NULL, e.\"event.id\", s.path, s.container, e.offset, e.length, "
    "m.marked, m.tag, m.comment, m.at FROM mark m JOIN event e ON e.id = m.event JOIN source s ON "
    "s.id = e.source WHERE m.event > ?1";
static const char save_findings[] =
    "INSERT INTO " TABLE " SELECT f.id, e.\"event.id\", s.path, s.container, e.offset, e.length, "
    "NULL, NULL, NULL, NULL FROM finding f JOIN finding_event x ON x.finding = f.id JOIN event e "
    "ON e.id = x.event JOIN source s ON s.id = e.source WHERE x.event > ?1 AND (f.state <> 'new' "
    "OR f.note NOT NULL)";

/* Events and what waits for them; events come first, for they have no index that would do. */
#define SAME_PLACE                                                                                 \
    "event e JOIN source s ON s.id = e.source CROSS JOIN " TABLE                                   \
    " w ON w.offset = e.offset AND w.length = e.length AND w.path = s.path AND w.container IS "    \
    "s.container AND w.event_id IS e.\"event.id\""
#define SAME_ID "event e CROSS JOIN " TABLE " w ON w.event_id = e.\"event.id\""
#define GIVE_BACK(pairs)                                                                           \
    "INSERT OR IGNORE INTO mark(event, marked, tag, comment, at) SELECT e.id, w.marked, w.tag, "   \
    "w.comment, w.at FROM " pairs " WHERE w.finding IS NULL",                                      \
        "INSERT OR IGNORE INTO finding_event(finding, event) SELECT w.finding, e.id FROM " pairs   \
        " WHERE w.finding IN (SELECT id FROM finding)",                                            \
        "DELETE FROM " TABLE " WHERE rowid IN (SELECT w.rowid FROM " pairs ")"

static enum th_code save(sqlite3 *db, const char *sql, int64_t last, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_prepare(db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, last);
    rc = th_db_run(stmt, err);
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_waiting_save(sqlite3 *db, int64_t last, struct th_err *err)
{
    sqlite3_stmt *stmt;
    int64_t any;
    enum th_code rc = th_db_prepare(db,
                                    "SELECT EXISTS(SELECT 1 FROM mark WHERE event > ?1) OR "
                                    "EXISTS(SELECT 1 FROM finding f JOIN finding_event x ON "
                                    "x.finding = f.id WHERE x.event > ?1 AND (f.state <> 'new' OR "
                                    "f.note NOT NULL))",
                                    &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, last);
    rc = th_db_value(stmt, 0, &any, err);
    sqlite3_finalize(stmt);
    if (rc != TH_OK || any == 0)
        return rc;
    rc = th_db_exec(db, th_waiting_schema, err);
    if (rc == TH_OK)
        rc = save(db, save_marks, last, err);
    return rc == TH_OK ? save(db, save_findings, last, err) : rc;
}

enum th_code th_waiting_give_back(sqlite3 *db, struct th_err *err)
{
    static const char *const steps[] = {GIVE_BACK(SAME_PLACE), GIVE_BACK(SAME_ID)};
    int64_t waiting = 0;
    enum th_code rc = th_db_number(
        db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '" TABLE "'", 0,
        &waiting, err);
    if (rc != TH_OK || waiting == 0)
        return rc;
    for (size_t i = 0; i < TH_COUNT(steps) && rc == TH_OK; i++)
        rc = th_db_exec(db, steps[i], err);
    /* What has not come again waits on. */
    if (rc == TH_OK)
        rc = th_db_number(db, "SELECT count(*) FROM " TABLE, 0, &waiting, err);
    return rc == TH_OK && waiting == 0 ? th_db_exec(db, "DROP TABLE " TABLE, err) : rc;
}
