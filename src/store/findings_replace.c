/* A rule has run again: its old findings give way to the new ones, but what the analyst said stays.
 * A new finding inherits from an old one of the same grouping with which it shares an event; it
 * then is the same finding, with the same id. One that is the same in every respect is not touched,
 * so that running the same rules twice changes nothing in the file. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "store/findings.h"
#include "store/private.h"

struct old_finding {
    int64_t id;
    char *grouping;
    bool has_events;
    bool taken;
};

/* Which old finding holds an event; sorted by event, then by the finding's place in the list. */
struct old_event {
    int64_t event;
    size_t finding;
};

struct old {
    struct old_finding *findings;
    size_t findings_n, findings_cap;
    struct old_event *events;
    size_t events_n, events_cap;
};

static void free_old(struct old *old)
{
    for (size_t i = 0; i < old->findings_n; i++)
        free(old->findings[i].grouping);
    free(old->findings);
    free(old->events);
}

static int compare_events(const void *a, const void *b)
{
    const struct old_event *x = a;
    const struct old_event *y = b;
    if (x->event != y->event)
        return x->event < y->event ? -1 : 1;
    return x->finding < y->finding ? -1 : x->finding > y->finding;
}

static enum th_code read_old(th_case *c, const char *rule, struct old *old, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_prepare(c->db,
                                    "SELECT f.id, f.grouping, e.event FROM finding f LEFT JOIN "
                                    "finding_event e ON e.finding = f.id "
                                    "WHERE f.rule = ?1 ORDER BY f.id",
                                    &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, rule);
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        if (old->findings_n == 0 || old->findings[old->findings_n - 1].id != id) {
            const char *grouping = th_db_cstr(stmt, 1);
            TH_GROW(old->findings, old->findings_n, old->findings_cap);
            old->findings[old->findings_n++] = (struct old_finding){
                id, th_xstrdup(grouping == NULL ? "" : grouping), false, false};
        }
        if (sqlite3_column_type(stmt, 2) == SQLITE_NULL)
            continue;
        old->findings[old->findings_n - 1].has_events = true;
        TH_GROW(old->events, old->events_n, old->events_cap);
        old->events[old->events_n++] =
            (struct old_event){sqlite3_column_int64(stmt, 2), old->findings_n - 1};
    }
    sqlite3_finalize(stmt);
    if (old->events_n > 0)
        qsort(old->events, old->events_n, sizeof *old->events, compare_events);
    return rc;
}

/* First entry of an event in the sorted list. */
static size_t first_of(const struct old *old, int64_t event)
{
    size_t low = 0;
    size_t high = old->events_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (old->events[middle].event < event)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The old finding that a new one goes on from: the first of its grouping that shares an event and
 * isn't taken; for a finding without events (something did not happen) the first that has none
 * either. NULL when there is none. */
static struct old_finding *ancestor(struct old *old, const struct th_finding_new *found)
{
    size_t best = old->findings_n;
    for (size_t i = 0; i < found->rows_n; i++) {
        int64_t event = (int64_t)found->rows[i] + 1;
        for (size_t at = first_of(old, event); at < old->events_n && old->events[at].event == event;
             at++) {
            size_t candidate = old->events[at].finding;
            const struct old_finding *f = &old->findings[candidate];
            if (candidate < best && !f->taken && strcmp(f->grouping, found->grouping) == 0)
                best = candidate;
        }
    }
    for (size_t i = 0; i < old->findings_n && found->rows_n == 0 && best == old->findings_n; i++)
        if (!old->findings[i].has_events && !old->findings[i].taken &&
            strcmp(old->findings[i].grouping, found->grouping) == 0)
            best = i;
    if (best == old->findings_n)
        return NULL;
    old->findings[best].taken = true;
    return &old->findings[best];
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

static enum th_code put_finding(th_case *c, const char *rule, struct old *old,
                                const struct th_finding_new *found, struct th_err *err)
{
    const struct old_finding *before = ancestor(old, found);
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
    return rc == TH_OK && !same ? insert_events(c, id, found, err) : rc;
}

static enum th_code drop_rest(th_case *c, const struct old *old, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < old->findings_n && rc == TH_OK; i++) {
        if (old->findings[i].taken)
            continue;
        rc = drop_events(c, old->findings[i].id, err);
        if (rc == TH_OK)
            rc = delete_by_id(c, "DELETE FROM finding WHERE id = ?1", old->findings[i].id, err);
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
    struct old old = {0};
    bool outermost;
    enum th_code rc = th_case_writable(c, err);
    if (rc == TH_OK)
        rc = th_db_begin(c->db, &outermost, err);
    if (rc != TH_OK)
        return rc;
    rc = read_old(c, rule, &old, err);
    for (size_t i = 0; i < n && rc == TH_OK; i++)
        rc = put_finding(c, rule, &old, &found[i], err);
    if (rc == TH_OK)
        rc = drop_rest(c, &old, err);
    if (rc == TH_OK)
        rc = note_rule(c, rule, title, level, path, hash, events, err);
    free_old(&old);
    return th_db_end(c->db, outermost, rc, err);
}
