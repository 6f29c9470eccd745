/* The schema of a case: tables, and the views that show them to whoever asks by SQL. A changed view
 * shows what no row says, and a trigger changes rows that nobody asked it to; so they must be what
 * this program makes, when it is this version that made them. What somebody added beside them is
 * not looked at. */
#include <string.h>

#include "store/verify_int.h"

static void say(struct th_verify_worker *w, const char *name, struct th_str expected,
                struct th_str found, const char *what)
{
    const struct th_verify_difference d = {
        .kind = TH_VERIFY_DATABASE,
        .field = th_str_of(name),
        .expected = expected,
        .found = found,
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

static void missing(struct th_verify_worker *w, bool own, const char *name)
{
    if (own)
        say(w, name, TH_STR_NONE, TH_STR_NONE, "the case doesn't know this field");
    else
        w->v->totals.missing++;
}

/* What has no number in the case can't be found there. */
static void check_fields(struct th_verify_worker *w, bool own)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (w->c->numbers.field[f] == 0)
            missing(w, own, th_field_info(f)->name);
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        if (w->c->numbers.group[g] == 0)
            missing(w, own, th_group_name(g));
}

/* Does a new case number its fields as this one does? Views name the numbers. */
static enum th_code same_numbers(struct th_verify_worker *w, sqlite3 *fresh, bool *same,
                                 struct th_err *err)
{
    struct th_numbers numbers;
    enum th_code rc = th_ddl_fields(fresh, &numbers, err);
    *same = rc == TH_OK && memcmp(&numbers, &w->c->numbers, sizeof numbers) == 0;
    return rc;
}

static enum th_code compare_object(struct th_verify_worker *w, const char *name,
                                   struct th_str expected, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    enum th_code rc = th_db_cached(&w->c->cache, w->c->db,
                                   "SELECT sql FROM sqlite_schema WHERE name = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, name);
    rc = th_db_step(stmt, &row, err);
    struct th_str found = rc == TH_OK && row ? th_db_text(stmt, 0) : TH_STR_NONE;
    if (rc == TH_OK && ((found.p == NULL) != (expected.p == NULL) || !th_str_eq(found, expected)))
        say(w, name, expected, found, "not the table, index or view that belongs to a case");
    sqlite3_reset(stmt);
    return rc;
}

static enum th_code compare_objects(struct th_verify_worker *w, sqlite3 *fresh, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc =
        th_db_prepare(fresh, "SELECT name, sql FROM sqlite_schema ORDER BY rowid", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while (rc == TH_OK && (rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        const char *name = th_db_cstr(stmt, 0);
        bool later = th_case_came_later(name, w->c->version);
        rc = compare_object(w, name, later ? TH_STR_NONE : th_db_text(stmt, 1), err);
    }
    sqlite3_finalize(stmt);
    return rc;
}

static enum th_code find_triggers(struct th_verify_worker *w, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_prepare(
        w->c->db, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name", &stmt,
        err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more)
        say(w, th_db_cstr(stmt, 0), TH_STR_NONE, th_db_text(stmt, 1), "a case has no triggers");
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_verify_schema(struct th_verify_worker *w, struct th_err *err)
{
    bool own = w->v->totals.other_version == 0;
    bool same = false;
    sqlite3 *fresh;
    check_fields(w, own);
    enum th_code rc = find_triggers(w, err);
    if (rc != TH_OK || !own)
        return rc;
    int opened = sqlite3_open_v2(
        ":memory:", &fresh, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (opened != SQLITE_OK)
        rc = th_err_set(err, TH_E_IO, "%s", sqlite3_errstr(opened));
    if (rc == TH_OK)
        rc = th_ddl_create(fresh, err);
    if (rc == TH_OK)
        rc = same_numbers(w, fresh, &same, err);
    if (rc == TH_OK && same)
        rc = compare_objects(w, fresh, err);
    sqlite3_close(fresh);
    return rc;
}
