/* The analyst's notes: small tables, one statement or one short transaction a call. */
#include "store/findings/notes.h"

#include "base/time.h"
#include "store/case/handle.h"

#define HISTORY_MAX "200"

static bool is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

enum th_code th_notes_mark(th_case *c, const struct th_mark *mark, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_case_writable(c, err);
    if (rc != TH_OK)
        return rc;
    if (!mark->marked && is_empty(mark->tag) && is_empty(mark->comment)) {
        rc = th_db_cached(&c->cache, c->db, "DELETE FROM mark WHERE event = ?1", &stmt, err);
        if (rc != TH_OK)
            return rc;
        th_db_bind_int(stmt, 1, (int64_t)mark->row + 1);
        return th_db_run(stmt, err);
    }
    rc = th_db_cached(
        &c->cache, c->db,
        "INSERT OR REPLACE INTO mark(event, marked, tag, comment, at) SELECT ?1, ?2, ?3, ?4, ?5 "
        "WHERE EXISTS(SELECT 1 FROM event WHERE id = ?1)",
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, (int64_t)mark->row + 1);
    th_db_bind_int(stmt, 2, mark->marked);
    th_db_bind_cstr(stmt, 3, is_empty(mark->tag) ? NULL : mark->tag);
    th_db_bind_cstr(stmt, 4, is_empty(mark->comment) ? NULL : mark->comment);
    th_db_bind_int(stmt, 5, th_time_now());
    rc = th_db_run(stmt, err);
    if (rc == TH_OK && sqlite3_changes(c->db) == 0)
        rc = th_err_set(err, TH_E_NOT_FOUND, "the case holds no event %llu",
                        (unsigned long long)mark->row + 1);
    return rc;
}

enum th_code th_notes_marks(th_case *c, th_mark_visit *visit, void *ctx, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_prepare(c->db,
                                    "SELECT event, marked, tag, comment, at FROM mark WHERE event "
                                    "BETWEEN 1 AND 4294967295 ORDER BY event",
                                    &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        const struct th_mark mark = {
            .row = th_db_u64(stmt, 0) - 1,
            .marked = sqlite3_column_int(stmt, 1) != 0,
            .tag = th_db_cstr(stmt, 2),
            .comment = th_db_cstr(stmt, 3),
            .at_ms = th_db_time(stmt, 4),
        };
        if (!visit(ctx, &mark))
            break;
    }
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_notes_save_filter(th_case *c, const char *name, const char *filter,
                                  struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_case_writable(c, err);
    if (rc == TH_OK)
        rc = th_db_cached(
            &c->cache, c->db,
            "INSERT OR REPLACE INTO saved_filter(name, filter, at) VALUES(?1, ?2, ?3)", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, name);
    th_db_bind_cstr(stmt, 2, filter);
    th_db_bind_int(stmt, 3, th_time_now());
    return th_db_run(stmt, err);
}

enum th_code th_notes_drop_filter(th_case *c, const char *name, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_case_writable(c, err);
    if (rc == TH_OK)
        rc = th_db_cached(&c->cache, c->db, "DELETE FROM saved_filter WHERE name = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, name);
    rc = th_db_run(stmt, err);
    if (rc == TH_OK && sqlite3_changes(c->db) == 0)
        rc = th_err_set(err, TH_E_NOT_FOUND, "there is no saved filter %s", name);
    return rc;
}

/* Columns 0 and 1: name (or NULL) and filter. */
static enum th_code visit_filters(th_case *c, const char *sql, th_filter_visit *visit, void *ctx,
                                  struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_prepare(c->db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more)
        if (!visit(ctx, th_db_cstr(stmt, 0), th_db_cstr_or_empty(stmt, 1)))
            break;
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_notes_filters(th_case *c, th_filter_visit *visit, void *ctx, struct th_err *err)
{
    return visit_filters(c, "SELECT name, filter FROM saved_filter ORDER BY name", visit, ctx, err);
}

enum th_code th_notes_history(th_case *c, th_filter_visit *visit, void *ctx, struct th_err *err)
{
    return visit_filters(c, "SELECT NULL, filter FROM history ORDER BY id DESC LIMIT " HISTORY_MAX,
                         visit, ctx, err);
}

static enum th_code remember(th_case *c, const char *filter, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc =
        th_db_cached(&c->cache, c->db, "DELETE FROM history WHERE filter = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, filter);
    rc = th_db_run(stmt, err);
    if (rc == TH_OK)
        rc = th_db_cached(&c->cache, c->db, "INSERT INTO history(filter, at) VALUES(?1, ?2)", &stmt,
                          err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, filter);
    th_db_bind_int(stmt, 2, th_time_now());
    rc = th_db_run(stmt, err);
    if (rc != TH_OK)
        return rc;
    return th_db_exec(c->db,
                      "DELETE FROM history WHERE id NOT IN (SELECT id FROM history ORDER BY id "
                      "DESC LIMIT " HISTORY_MAX ")",
                      err);
}

enum th_code th_notes_remember(th_case *c, const char *filter, struct th_err *err)
{
    bool outermost;
    enum th_code rc = th_case_writable(c, err);
    if (rc == TH_OK)
        rc = th_db_begin(c->db, &outermost, err);
    if (rc != TH_OK)
        return rc;
    return th_db_end(c->db, outermost, remember(c, filter, err), err);
}
