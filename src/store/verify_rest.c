/* What no source leads to: numbers that are missing, rows that belong to nothing, segments that no
 * column has, and what SQLite says of its own file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/verify_int.h"

static bool is_source(const struct th_verify *v, int64_t id)
{
    size_t low = 0;
    size_t high = v->items_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < v->items_n && v->items[low].id == id;
}

static void say(struct th_verify_worker *w, enum th_verify_kind kind, int64_t source, int64_t event,
                const char *field, const char *what)
{
    const struct th_verify_difference d = {
        .kind = kind,
        .source = source,
        .event = event,
        .field = th_str_of(field),
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

/* ---- numbers ---- */

static void say_gaps(struct th_verify_worker *w)
{
    const struct th_verify *v = w->v;
    char what[96];
    for (size_t i = 0; i < v->gaps_n; i++) {
        const struct th_verify_gap *gap = &v->gaps[i];
        if (gap->first == gap->last)
            (void)snprintf(what, sizeof what, "no event has this number, though they run on");
        else
            (void)snprintf(what, sizeof what,
                           "no event has a number from this to %" PRId64 ", though they run on",
                           gap->last);
        say(w, TH_VERIFY_EVENT, 0, gap->first, "id", what);
    }
}

/* ---- rows of no source ---- */

static void say_span(struct th_verify_worker *w, enum th_verify_table table,
                     const struct th_verify_span *span)
{
    static const struct {
        enum th_verify_kind kind;
        const char *what;
    } words[TH_VERIFY_TABLES] = {
        [TH_VERIFY_EVENTS] = {TH_VERIFY_EVENT, "an event of a source that isn't in the case"},
        [TH_VERIFY_DUPLICATES] = {TH_VERIFY_DUPLICATE,
                                  "a duplicate of a source that isn't in the case"},
        [TH_VERIFY_REJECTS] = {TH_VERIFY_REJECT, "a reject of a source that isn't in the case"},
    };
    bool known = is_source(w->v, span->source);
    for (int64_t id = span->first_id; !known && id <= span->last_id; id++)
        say(w, words[table].kind, span->source, table == TH_VERIFY_EVENTS ? id : 0, "source",
            words[table].what);
    for (int64_t id = span->first_id; table == TH_VERIFY_EVENTS && id < 1 && id <= span->last_id;
         id++)
        say(w, TH_VERIFY_EVENT, span->source, id, "id", "an event can't have this number");
}

/* Sources that a table names and that aren't there. */
static enum th_code unknown_sources(struct th_verify_worker *w, const char *sql, const char *what,
                                    struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_prepare(w->c->db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        int64_t source = sqlite3_column_int64(stmt, 0);
        if (!is_source(w->v, source))
            say(w, TH_VERIFY_EVIDENCE, source, 0, "source", what);
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* ---- table extra ---- */

static const struct th_verify_field *sparse_field(const struct th_verify *v, int64_t id)
{
    for (size_t i = 0; i < v->fields_n; i++)
        if (v->fields[i].id == id && v->fields[i].column < 0)
            return &v->fields[i];
    return NULL;
}

static enum th_code extra_range(struct th_verify_worker *w, int64_t field, const char *name,
                                int64_t first, int64_t last, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_cached(
        &w->c->cache, w->c->db,
        "SELECT event FROM extra WHERE field = ?1 AND event BETWEEN ?2 AND ?3", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, field);
    th_db_bind_int(stmt, 2, first);
    th_db_bind_int(stmt, 3, last);
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more)
        say(w, TH_VERIFY_EVENT, 0, sqlite3_column_int64(stmt, 0), name,
            name == NULL ? "a value of no field" : "a value of an event that isn't there");
    sqlite3_reset(stmt);
    return rc;
}

static enum th_code stray_extra(struct th_verify_worker *w, struct th_err *err)
{
    const struct th_verify *v = w->v;
    int64_t last = v->spans[TH_VERIFY_EVENTS].last_id;
    int64_t field = INT64_MIN;
    enum th_code rc = TH_OK;
    while (rc == TH_OK) {
        sqlite3_stmt *stmt;
        rc = th_db_cached(&w->c->cache, w->c->db, "SELECT min(field) FROM extra WHERE field > ?1",
                          &stmt, err);
        if (rc != TH_OK)
            return rc;
        th_db_bind_int(stmt, 1, field);
        rc = th_db_value(stmt, INT64_MIN, &field, err);
        if (rc != TH_OK || field == INT64_MIN)
            return rc;
        const struct th_verify_field *f = sparse_field(v, field);
        const char *name = f == NULL ? NULL : th_field_info(f->field)->name;
        if (f == NULL) {
            rc = extra_range(w, field, NULL, INT64_MIN, INT64_MAX, err);
            continue;
        }
        rc = extra_range(w, field, name, INT64_MIN, 0, err);
        for (size_t i = 0; i < v->gaps_n && rc == TH_OK; i++)
            rc = extra_range(w, field, name, v->gaps[i].first, v->gaps[i].last, err);
        if (rc == TH_OK && last < INT64_MAX)
            rc = extra_range(w, field, name, (last < 0 ? 0 : last) + 1, INT64_MAX, err);
    }
    return rc;
}

enum th_code th_verify_strays(struct th_verify_worker *w, struct th_err *err)
{
    const struct th_verify *v = w->v;
    say_gaps(w);
    for (enum th_verify_table t = 0; t < TH_VERIFY_TABLES; t++)
        for (size_t i = 0; i < v->spans[t].n; i++)
            say_span(w, t, &v->spans[t].v[i]);
    enum th_code rc =
        unknown_sources(w, "SELECT source FROM evidence GROUP BY source ORDER BY source",
                        "kept bytes of a source that isn't in the case", err);
    if (rc == TH_OK)
        rc = unknown_sources(w, "SELECT source FROM access_point GROUP BY source ORDER BY source",
                             "access points of a source that isn't in the case", err);
    return rc == TH_OK ? stray_extra(w, err) : rc;
}

/* ---- SQLite's own check ---- */

static int on_progress(void *ctx)
{
    struct th_verify *v = ctx;
    return th_cancelled(&v->stop) || th_cancelled(v->cancel);
}

enum th_code th_verify_quick_check(struct th_verify_worker *w, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_prepare(w->c->db, "PRAGMA quick_check(1000000)", &stmt, err);
    if (rc != TH_OK)
        return rc;
    sqlite3_progress_handler(w->c->db, 100000, on_progress, w->v);
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        struct th_str words = th_db_text(stmt, 0);
        const struct th_verify_difference d = {
            .kind = TH_VERIFY_DATABASE, .field = TH_STR("quick_check"), .what = words};
        if (!th_str_is(words, "ok"))
            th_verify_say(w, &d);
    }
    sqlite3_progress_handler(w->c->db, 0, NULL, NULL);
    sqlite3_finalize(stmt);
    return rc;
}
