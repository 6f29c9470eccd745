/* What the analyst says of findings. It is kept apart from them, with the events that it was said
 * of: findings come and go with rules and evidence, this stays.
 *
 * It goes for every finding of the same rule and grouping that holds one of those events; where
 * several do, for what was said last. So the parts of a finding that falls apart keep it, and
 * findings that become one have what was said last of any of them. Events that come to a finding
 * later are taken in, for a burst may move on bit by bit; but nobody has seen them when it was
 * said: by them alone it goes for one finding at most, and for none when another has the seen ones.
 */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "store/findings/internal.h"

/* ---- what goes for new findings ---- */

enum th_code th_triage_read(th_case *c, const char *rule, struct th_held *out, struct th_err *err)
{
    return th_held_read(c,
                        "SELECT t.id, t.grouping, e.event, e.seen FROM triage t LEFT JOIN "
                        "triage_event e ON e.triage = t.id WHERE t.rule = ?1 ORDER BY t.id",
                        rule, out, err);
}

/* The last of said that has a seen event of the finding, or, when seen is false, any event and goes
 * for no other one. Without events: the last that had none either. */
static struct th_holder *last_said(struct th_held *said, const struct th_finding_new *found,
                                   bool seen)
{
    struct th_holder *best = NULL;
    for (size_t i = 0; i < found->rows_n; i++) {
        int64_t event = (int64_t)found->rows[i] + 1;
        for (size_t at = th_held_first(said, event);
             at < said->events_n && said->events[at].event == event; at++) {
            struct th_holder *h = &said->holders[said->events[at].holder];
            if ((seen ? said->events[at].seen : !h->taken) && (best == NULL || h->id > best->id) &&
                strcmp(h->grouping, found->grouping) == 0)
                best = h;
        }
    }
    for (size_t i = 0; i < said->n && seen && found->rows_n == 0; i++)
        if (!said->holders[i].has_events && strcmp(said->holders[i].grouping, found->grouping) == 0)
            best = &said->holders[i];
    if (best != NULL)
        best->taken = true;
    return best;
}

void th_triage_choose(struct th_held *said, const struct th_finding_new *found, size_t n,
                      const struct th_holder **out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = last_said(said, &found[i], true);
    for (size_t i = 0; i < n; i++)
        if (out[i] == NULL)
            out[i] = last_said(said, &found[i], false);
}

/* Statements with the finding as ?1 and what was said as ?2 (0: nothing). */
static enum th_code run_all(th_case *c, const char *const *sql, size_t n, int64_t finding,
                            int64_t said, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < n && rc == TH_OK; i++) {
        sqlite3_stmt *stmt;
        rc = th_db_cached(&c->cache, c->db, sql[i], &stmt, err);
        if (rc != TH_OK)
            return rc;
        th_db_bind_int(stmt, 1, finding);
        if (sqlite3_bind_parameter_count(stmt) > 1)
            th_db_bind_int(stmt, 2, said);
        rc = th_db_run(stmt, err);
    }
    return rc;
}

#define LINK                                                                                       \
    "INSERT INTO triage_finding(finding, triage) VALUES(?1, ?2) ON CONFLICT(finding) DO UPDATE "   \
    "SET triage = ?2 WHERE triage <> ?2"

enum th_code th_triage_apply(th_case *c, int64_t finding, const struct th_holder *said,
                             struct th_err *err)
{
    static const char set_new[] = "UPDATE finding SET state = 'new', note = NULL WHERE id = ?1 AND "
                                  "(state <> 'new' OR note IS NOT NULL)";
    static const char unlink[] = "DELETE FROM triage_finding WHERE finding = ?1";
    static const char set_said[] =
        "UPDATE finding SET (state, note) = (SELECT state, note FROM triage WHERE id = ?2) WHERE "
        "id = ?1 AND NOT EXISTS(SELECT 1 FROM triage t WHERE t.id = ?2 AND t.state = "
        "finding.state AND t.note IS finding.note)";
    static const char link[] = LINK;
    static const char take_in[] = "INSERT OR IGNORE INTO triage_event(triage, event, seen) SELECT "
                                  "?2, event, 0 FROM finding_event WHERE finding = ?1";
    static const char *const nothing[] = {set_new, unlink};
    static const char *const something[] = {set_said, link, take_in};
    return said == NULL ? run_all(c, nothing, TH_COUNT(nothing), finding, 0, err)
                        : run_all(c, something, TH_COUNT(something), finding, said->id, err);
}

/* ---- what is said ---- */

/* The login name of who says it; NULL when it isn't known. */
static const char *author(void)
{
    const char *name = getenv("LOGNAME");
    return name != NULL && *name != '\0' ? name : NULL;
}

static enum th_code set_finding(th_case *c, int64_t finding, const char *state, const char *note,
                                struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc =
        th_db_cached(&c->cache, c->db,
                     "UPDATE finding SET state = ?2, note = CASE WHEN ?3 IS NULL THEN note ELSE "
                     "nullif(?3, '') END WHERE id = ?1",
                     &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, finding);
    th_db_bind_cstr(stmt, 2, state);
    th_db_bind_cstr(stmt, 3, note);
    rc = th_db_run(stmt, err);
    if (rc == TH_OK && sqlite3_changes(c->db) == 0)
        rc = th_err_set(err, TH_E_NOT_FOUND, "there is no finding %lld", (long long)finding);
    return rc;
}

static enum th_code insert_said(th_case *c, int64_t finding, int64_t *said, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc =
        th_db_cached(&c->cache, c->db,
                     "INSERT INTO triage(rule, grouping, state, note, count, at, author) SELECT "
                     "rule, grouping, state, note, count, ?2, ?3 FROM finding WHERE id = ?1",
                     &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, finding);
    th_db_bind_int(stmt, 2, th_time_now());
    th_db_bind_cstr(stmt, 3, author());
    rc = th_db_run(stmt, err);
    *said = sqlite3_last_insert_rowid(c->db);
    return rc;
}

/* What was said before of these events or of some of them, and of nothing else, will never be the
 * last word again. */
#define OUTDATED                                                                                   \
    "SELECT t.id FROM triage t JOIN triage n ON n.rule = t.rule AND n.grouping = t.grouping "      \
    "WHERE n.id = ?2 AND t.id < n.id AND (t.count = 0) = (n.count = 0) AND NOT EXISTS(SELECT 1 "   \
    "FROM triage_event e WHERE e.triage = t.id AND NOT EXISTS(SELECT 1 FROM triage_event WHERE "   \
    "triage = ?2 AND event = e.event)) AND NOT EXISTS(SELECT 1 FROM triage_finding WHERE triage "  \
    "= t.id AND finding <> ?1)"

static enum th_code keep_said(th_case *c, int64_t finding, struct th_err *err)
{
    static const char put_events[] = "INSERT INTO triage_event(triage, event, seen) SELECT ?2, "
                                     "event, 1 FROM finding_event WHERE finding = ?1";
    static const char drop_events[] = "DELETE FROM triage_event WHERE triage IN (" OUTDATED ")";
    static const char drop_said[] = "DELETE FROM triage WHERE id IN (" OUTDATED ")";
    static const char link[] = LINK;
    static const char *const sql[] = {put_events, drop_events, drop_said, link};
    int64_t said = 0;
    enum th_code rc = insert_said(c, finding, &said, err);
    return rc == TH_OK ? run_all(c, sql, TH_COUNT(sql), finding, said, err) : rc;
}

enum th_code th_findings_triage(th_case *c, int64_t finding, enum th_finding_state state,
                                const char *note, struct th_err *err)
{
    bool outermost;
    enum th_code rc = th_case_writable(c, err);
    if (rc == TH_OK)
        rc = th_db_begin(c->db, &outermost, err);
    if (rc != TH_OK)
        return rc;
    rc = set_finding(c, finding, th_finding_state_word(state), note, err);
    if (rc == TH_OK)
        rc = keep_said(c, finding, err);
    return th_db_end(c->db, outermost, rc, err);
}
