/* The schema of a case, as far as it was not looked at when the case was opened (schema.c): that
 * all fields of this version are there, and that the view which shows the events to other programs
 * says what the rows say. */
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

/* The view as a version other than this one made it is not known here. */
enum th_code th_verify_schema(struct th_verify_worker *w, struct th_err *err)
{
    bool own = w->v->totals.other_version == 0;
    struct th_buf expected = TH_BUF_INIT;
    sqlite3_stmt *stmt;
    bool row;
    check_fields(w, own);
    if (!own)
        return TH_OK;
    enum th_code rc =
        th_db_prepare(w->c->db, "SELECT sql FROM sqlite_schema WHERE name = 'ecs'", &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_step(stmt, &row, err);
    struct th_str found = rc == TH_OK && row ? th_db_text(stmt, 0) : TH_STR_NONE;
    th_buf_puts(&expected, "CREATE VIEW ");
    th_ddl_view(&expected, &w->c->numbers);
    if (rc == TH_OK && !th_str_eq(found, th_buf_str(&expected)))
        say(w, "ecs", th_buf_str(&expected), found, "not the view that belongs to a case");
    sqlite3_finalize(stmt);
    th_buf_fini(&expected);
    return rc;
}
