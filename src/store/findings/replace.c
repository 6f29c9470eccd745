/* A rule has run again: its old findings give way to the new ones. A new finding goes on from an
 * old one of the same grouping with which it shares an event: it then is the same finding, with the
 * same id. One that is the same in every respect is not touched, so that running the same rules
 * twice changes nothing in the file. What the analyst said of it is in triage.c. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "store/findings/internal.h"

static enum th_code read_old(th_case *c, const char *rule, struct th_held *old, struct th_err *err)
{
    return th_held_read(c,
                        "SELECT f.id, f.grouping, e.event, 1 FROM finding f LEFT JOIN "
                        "finding_event e ON e.finding = f.id WHERE f.rule = ?1 ORDER BY f.id",
                        rule, old, err);
}

/* The old finding that a new one goes on from: the first of its grouping that shares an event and
 * isn't taken; for a finding without events (something did not happen) the first that has none
 * either. NULL when there is none. */
static struct th_holder *ancestor(struct th_held *old, const struct th_finding_new *found)
{
    size_t best = old->n;
    for (size_t i = 0; i < found->rows_n; i++) {
        int64_t event = (int64_t)found->rows[i] + 1;
        for (size_t at = th_held_first(old, event);
             at < old->events_n && old->events[at].event == event; at++) {
            size_t candidate = old->events[at].holder;
            const struct th_holder *f = &old->holders[candidate];
            if (candidate < best && !f->taken && strcmp(f->grouping, found->grouping) == 0)
                best = candidate;
        }
    }
    for (size_t i = 0; i < old->n && found->rows_n == 0 && best == old->n; i++)
        if (!old->holders[i].has_events && !old->holders[i].taken &&
            strcmp(old->holders[i].grouping, found->grouping) == 0)
            best = i;
    if (best == old->n)
        return NULL;
    old->holders[best].taken = true;
    return &old->holders[best];
}

static void bind_finding(sqlite3_stmt *stmt, const struct th_finding_new *found)
{
    th_db_bind_cstr(stmt, 2, found->name);
    th_db_bind_cstr(stmt, 3, found->level);
    th_db_bind_cstr(stmt, 4, found->tags);
    th_db_bind_cstr(stmt, 5, found->grouping);
    if (found->first_ms != TH_TIME_NONE)
        th_db_bind_int(stmt, 6, found->first_ms);
    if (found->last_ms != TH_TIME_NONE)
        th_db_bind_int(stmt, 7, found->last_ms);
    th_db_bind_int(stmt, 8, (int64_t)found->rows_n);
    th_db_bind_cstr(stmt, 9, found->why);
    th_db_bind_cstr(stmt, 10, found->detail == NULL ? "" : found->detail);
}

static enum th_code insert_finding(th_case *c, const char *rule, const struct th_finding_new *found,
                                   int64_t *id, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_cached(&c->cache, c->db,
                                   "INSERT INTO finding(rule, name, level, tags, grouping, first, "
                                   "last, count, why, detail, at) "
                                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                                   &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, rule);
    bind_finding(stmt, found);
    th_db_bind_int(stmt, 11, th_time_now());
    rc = th_db_run(stmt, err);
    *id = sqlite3_last_insert_rowid(c->db);
    return rc;
}

/* Only where something differs. */
static enum th_code update_finding(th_case *c, int64_t id, const struct th_finding_new *found,
                                   struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc =
        th_db_cached(&c->cache, c->db,
                     "UPDATE finding SET name = ?2, level = ?3, tags = ?4, grouping = ?5, first = "
                     "?6, last = ?7, count = ?8, why = ?9, "
                     "detail = ?10 WHERE id = ?1 AND (name, level, tags, ifnull(first, ''), "
                     "ifnull(last, ''), count, why, detail) IS NOT "
                     "(?2, ?3, ?4, ifnull(?6, ''), ifnull(?7, ''), ?8, ?9, ?10)",
                     &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, id);
    bind_finding(stmt, found);
    return th_db_run(stmt, err);
}

static enum th_code insert_events(th_case *c, int64_t id, const struct th_finding_new *found,
                                  struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_cached(
        &c->cache, c->db, "INSERT OR IGNORE INTO finding_event(finding, event) VALUES(?1, ?2)",
        &stmt, err);
    for (size_t i = 0; i < found->rows_n && rc == TH_OK; i++) {
        th_db_bind_int(stmt, 1, id);
        th_db_bind_int(stmt, 2, (int64_t)found->rows[i] + 1);
        rc = th_db_run(stmt, err);
    }
    return rc;
}

/* Does the old finding hold exactly these events? */
static enum th_code same_events(th_case *c, int64_t id, const struct th_finding_new *found,
                                bool *same, struct th_err *err)
{
    uint32_t *rows;
    size_t n;
    enum th_code rc = th_findings_rows(c, id, &rows, &n, err);
    *same = rc == TH_OK && n == found->rows_n &&
            (n == 0 || memcmp(rows, found->rows, n * sizeof *rows) == 0);
    free(rows);
    return rc;
}

static enum th_code delete_by_id(th_case *c, const char *sql, int64_t id, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_cached(&c->cache, c->db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, id);
    return th_db_run(stmt, err);
}

static enum th_code drop_events(th_case *c, int64_t id, struct th_err *err)
{
    return delete_by_id(c, "DELETE FROM finding_event WHERE finding = ?1", id, err);
}

static enum th_code put_finding(th_case *c, const char *rule, struct th_held *old,
                                const struct th_finding_new *found, const struct th_holder *said,
                                struct th_err *err)
{
    const struct th_holder *before = ancestor(old, found);
    int64_t id = 0;
    bool same = false;
    enum th_code rc;
    if (before == NULL) {
        rc = insert_finding(c, rule, found, &id, err);
    } else {
        id = before->id;
        rc = update_finding(c, id, found, err);
        if (rc == TH_OK)
            rc = same_events(c, id, found, &same, err);
        if (rc == TH_OK && !same)
            rc = drop_events(c, id, err);
    }
    if (rc == TH_OK && !same)
        rc = insert_events(c, id, found, err);
    return rc == TH_OK ? th_triage_apply(c, id, said, err) : rc;
}

static enum th_code drop_rest(th_case *c, const struct th_held *old, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < old->n && rc == TH_OK; i++) {
        if (old->holders[i].taken)
            continue;
        rc = drop_events(c, old->holders[i].id, err);
        if (rc == TH_OK)
            rc = delete_by_id(c, "DELETE FROM triage_finding WHERE finding = ?1",
                              old->holders[i].id, err);
        if (rc == TH_OK)
            rc = delete_by_id(c, "DELETE FROM finding WHERE id = ?1", old->holders[i].id, err);
    }
    return rc;
}

static enum th_code note_rule(th_case *c, const char *rule, const char *title, const char *level,
                              const char *path, const uint8_t hash[32], uint64_t events,
                              struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc =
        th_db_cached(&c->cache, c->db,
                     "INSERT INTO rule(id, title, level, path, hash, events, ran) VALUES(?1, ?2, "
                     "?3, ?4, ?5, ?6, ?7) "
                     "ON CONFLICT(id) DO UPDATE SET title = ?2, level = ?3, path = ?4, hash = ?5, "
                     "events = ?6, ran = ?7 "
                     "WHERE (title, level, path, hash, events) <> (?2, ?3, ?4, ?5, ?6)",
                     &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, rule);
    th_db_bind_cstr(stmt, 2, title == NULL ? "" : title);
    th_db_bind_cstr(stmt, 3, level == NULL ? "" : level);
    th_db_bind_cstr(stmt, 4, path == NULL ? "" : path);
    th_db_bind_blob(stmt, 5, hash, 32);
    th_db_bind_int(stmt, 6, (int64_t)events);
    th_db_bind_int(stmt, 7, th_time_now());
    return th_db_run(stmt, err);
}

enum th_code th_findings_replace(th_case *c, const char *rule, const char *title, const char *level,
                                 const char *path, const uint8_t hash[32], uint64_t events,
                                 const struct th_finding_new *found, size_t n, struct th_err *err)
{
    struct th_held old = {0};
    struct th_held said = {0};
    bool outermost;
    enum th_code rc = th_case_writable(c, err);
    if (rc == TH_OK)
        rc = th_db_begin(c->db, &outermost, err);
    if (rc != TH_OK)
        return rc;
    const struct th_holder **says = th_xcalloc(n + 1, sizeof *says);
    rc = read_old(c, rule, &old, err);
    if (rc == TH_OK)
        rc = th_triage_read(c, rule, &said, err);
    if (rc == TH_OK)
        th_triage_choose(&said, found, n, says);
    for (size_t i = 0; i < n && rc == TH_OK; i++)
        rc = put_finding(c, rule, &old, &found[i], says[i], err);
    if (rc == TH_OK)
        rc = drop_rest(c, &old, err);
    if (rc == TH_OK)
        rc = note_rule(c, rule, title, level, path, hash, events, err);
    free(says);
    th_held_free(&said);
    th_held_free(&old);
    return th_db_end(c->db, outermost, rc, err);
}
