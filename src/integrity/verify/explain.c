/* What differs, in words: one SQL statement for each thing that can, which gives the lines to tell.
 *
 * The two cases may number their events, texts and combinations differently (evidence that is
 * damaged gives fewer of them), so events are paired by the place of their record, and values are
 * compared as what they say. pair: events of the case (c) and of the temporary case (t); places of
 * events and duplicates that were made have an index for it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "integrity/verify/internal.h"

#define ID     "%" PRId64
#define EVENTS "pair p JOIN main.event c ON c.id = p.c JOIN made.event t ON t.id = p.t "
#define PLACED "c.source, c.offset, c.id, "
#define NONE   "NULL, NULL, NULL, NULL, "

static enum th_code tell(struct th_verify *v, enum th_verify_kind kind, sqlite3_stmt *stmt,
                         struct th_err *err)
{
    bool more;
    enum th_code rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        const struct th_verify_difference d = {.kind = kind,
                                               .source = sqlite3_column_int64(stmt, 0),
                                               .offset = sqlite3_column_int64(stmt, 1),
                                               .has_offset =
                                                   sqlite3_column_type(stmt, 1) != SQLITE_NULL,
                                               .event = sqlite3_column_int64(stmt, 2),
                                               .field = th_db_text(stmt, 3),
                                               .expected = th_db_text(stmt, 4),
                                               .found = th_db_text(stmt, 5),
                                               .what = th_db_text(stmt, 6)};
        th_verify_say(v, &d);
        if (th_cancelled(&v->stop) || th_cancelled(v->cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
    }
    return rc;
}

enum th_code th_verify_told(struct th_verify *v, enum th_verify_kind kind, struct th_err *err,
                            const char *format, ...)
{
    char *text = NULL;
    struct th_err bad;
    sqlite3_stmt *stmt;
    va_list args;
    th_err_clear(&bad);
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        th_oom(0);
    va_end(args);
    enum th_code rc = th_db_prepare(v->c->db, text, &stmt, &bad);
    if (rc == TH_OK) {
        rc = tell(v, kind, stmt, &bad);
        sqlite3_finalize(stmt);
    }
    free(text);
    return th_verify_bad(v, rc, &bad, err);
}

/* ---- pairs ---- */

static const char pairs[] =
    "CREATE TEMP TABLE place(source, offset, id, copy);"
    "INSERT INTO place SELECT source, offset, id, 0 FROM made.event UNION ALL "
    "SELECT source, offset, id, 1 FROM made.duplicate;"
    "CREATE INDEX temp.place_at ON place(source, offset, copy);"
    "CREATE TEMP TABLE pair(c INTEGER PRIMARY KEY, t INTEGER UNIQUE);"
    "INSERT OR IGNORE INTO pair SELECT c.id, p.id FROM main.event c JOIN place p ON p.source = "
    "c.source AND p.offset = c.offset AND p.copy = 0 ORDER BY c.id <> p.id, c.id;"
    /* A place that is wrong, but within the record. */
    "INSERT OR IGNORE INTO pair SELECT c.id, t.id FROM main.event c JOIN made.event t ON t.id = "
    "c.id WHERE c.source = t.source AND c.offset > t.offset AND c.offset < t.offset + t.length AND "
    "c.id NOT IN (SELECT c FROM pair) AND t.id NOT IN (SELECT t FROM pair);"
    "CREATE TEMP TABLE copy(c INTEGER PRIMARY KEY, t INTEGER UNIQUE);"
    "INSERT OR IGNORE INTO copy SELECT c.id, p.id FROM main.duplicate c JOIN place p ON p.source = "
    "c.source AND p.offset = c.offset AND p.copy = 1;"
    "CREATE TEMP TABLE used(id INTEGER PRIMARY KEY);"
    "CREATE TEMP TABLE gone(source INTEGER PRIMARY KEY);"
    /* Of a source whose import was interrupted: what it came to. */
    "CREATE TEMP TABLE reached AS SELECT id AS source, max(coalesce((SELECT max(offset) FROM "
    "main.event WHERE source = s.id), -1), coalesce((SELECT max(offset) FROM main.duplicate WHERE "
    "source = s.id), -1)) AS offset FROM main.source s WHERE state = 0 AND sha256 IS NULL AND "
    "coalesce(size_bytes, 0) = 0 AND id = (SELECT max(id) FROM main.source);";

#define TO_COME(t)                                                                                 \
    "AND NOT EXISTS(SELECT 1 FROM reached r WHERE r.source = " t ".source AND r.offset < " t       \
    ".offset) "

static enum th_code make_pairs(struct th_verify *v, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    th_buf_puts(&sql, pairs);
    th_buf_printf(&sql, "INSERT OR IGNORE INTO gone SELECT id FROM main.source WHERE id IN (0%s)",
                  v->gone.n == 0 ? "" : th_buf_cstr(&v->gone));
    enum th_code rc = th_db_exec(v->c->db, th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    return rc;
}

/* ---- sources ---- */

static enum th_code explain_source(struct th_verify *v, struct th_err *err)
{
    static const struct {
        const char *column, *where, *what;
    } columns[] = {
        {"unselected", "", "not as many records were left out by the choice at import"},
        {"untimed", "", "not as many events have no time"},
        {"inflated_bytes", "AND c.skipped IS NULL AND t.skipped IS NULL",
         "the bytes inflate to another size"},
        {"kind", "AND c.kind <> 2 AND c.skipped IS NULL", "the bytes are of another kind"},
        {"skipped", "", "the bytes tell otherwise whether this is a trail"},
        {"first", "", "not the time of its records"},
        {"last", "", "not the time of its records"},
    };
    enum th_code rc = th_verify_told(
        v, TH_VERIFY_SOURCE, err,
        "SELECT c.id, NULL, NULL, 'state', 1, c.state, 'the source isn''t one whose import was "
        "interrupted' FROM main.source c WHERE c.state IS NOT 1 AND c.id NOT IN (SELECT source "
        "FROM reached)");
    for (size_t i = 0; i < TH_COUNT(columns) && rc == TH_OK; i++) {
        const char *form = i < 5 ? "" : "strftime('%Y-%m-%dT%H:%M:%fZ', ";
        const char *end = i < 5 ? "" : " / 1000.0, 'unixepoch')";
        const char *name = columns[i].column;
        rc = th_verify_told(
            v, TH_VERIFY_SOURCE, err,
            "SELECT c.id, NULL, NULL, '%s', %st.%s%s, %sc.%s%s, '%s' FROM main.source c JOIN "
            "made.source t USING(id) WHERE c.%s IS NOT t.%s %s AND c.id NOT IN (SELECT source FROM "
            "gone) AND c.id NOT IN (SELECT source FROM reached) ORDER BY c.id",
            name, form, name, end, form, name, end, columns[i].what, name, name, columns[i].where);
    }
    return rc;
}

static enum th_code explain_counts(struct th_verify *v, struct th_err *err)
{
    static const char *const tables[] = {"event", "duplicate", "reject"};
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < TH_COUNT(tables) && rc == TH_OK; i++)
        rc = th_verify_told(
            v, TH_VERIFY_SOURCE, err,
            "SELECT c.id, NULL, NULL, '%ss', coalesce(n, 0), c.%ss, 'not as many rows are in the "
            "case' FROM main.source c LEFT JOIN (SELECT source, count(*) AS n FROM main.%s GROUP "
            "BY source) g ON g.source = c.id WHERE coalesce(n, 0) IS NOT c.%ss ORDER BY c.id",
            tables[i], tables[i], tables[i], tables[i]);
    return rc;
}

static enum th_code explain_points(struct th_verify *v, struct th_err *err)
{
    static const char *const names[] = {"bits", "window"};
    static const char *const what[] = {
        "inflating can''t begin at this place",
        "the bytes noted before this place aren''t those that stand there"};
    enum th_code rc = th_verify_told(
        v, TH_VERIFY_EVIDENCE, err,
        "SELECT source, inflated, NULL, 'access_point', NULL, NULL, 'inflating can''t begin at "
        "this place' FROM main.access_point c WHERE source IN (SELECT id FROM main.source) AND "
        "source NOT IN (SELECT source FROM gone) AND NOT EXISTS(SELECT 1 FROM made.access_point t "
        "WHERE t.source = c.source AND t.inflated = c.inflated)");
    if (rc == TH_OK)
        rc = th_verify_told(
            v, TH_VERIFY_EVIDENCE, err,
            "SELECT source, inflated, NULL, 'access_point', NULL, NULL, 'inflating can begin at "
            "this place, and the case doesn''t say so' FROM made.access_point c WHERE source NOT "
            "IN (SELECT source FROM reached) AND NOT EXISTS(SELECT 1 FROM main.access_point t "
            "WHERE t.source = c.source AND t.inflated = c.inflated)");
    for (size_t i = 0; i < TH_COUNT(names) && rc == TH_OK; i++)
        rc = th_verify_told(
            v, TH_VERIFY_EVIDENCE, err,
            "SELECT c.source, c.inflated, NULL, 'access_point.%s', CASE typeof(t.%s) WHEN "
            "'integer' THEN t.%s END, CASE typeof(c.%s) WHEN 'integer' THEN c.%s END, '%s' FROM "
            "main.access_point c JOIN made.access_point t USING(source, inflated) WHERE c.%s IS "
            "NOT t.%s",
            names[i], names[i], names[i], names[i], names[i], what[i], names[i], names[i]);
    return rc;
}

/* ---- places of events, duplicates and rejects ---- */

#define UUID(x)                                                                                    \
    "lower(substr(hex(" x "), 1, 8) || '-' || substr(hex(" x "), 9, 4) || '-' || substr(hex(" x    \
    "), 13, 4) || '-' || substr(hex(" x "), 17, 4) || '-' || substr(hex(" x "), 21))"
#define ID_TEXT(x)                                                                                 \
    "CASE typeof(" x ") WHEN 'blob' THEN CASE length(" x                                           \
    ") WHEN 16 THEN " UUID(x) " ELSE 'a value of another type' END WHEN 'text' THEN " x            \
                              " WHEN 'null' THEN NULL ELSE 'a value of another type' END"

static enum th_code explain_events(struct th_verify *v, struct th_err *err)
{
    static const char *const columns[] = {"offset", "length", "flags"};
    enum th_code rc = th_verify_told(
        v, TH_VERIFY_EVENT, err,
        "SELECT " PLACED "CASE WHEN s.id IS NULL THEN 'source' WHEN p.id NOT NULL THEN 'event.id' "
        "END, NULL, NULL, CASE WHEN s.id IS NULL THEN 'an event of a source that isn''t in the "
        "case' WHEN p.id NOT NULL THEN 'an event that is a copy of another one: it should be a "
        "duplicate' ELSE 'no record of the evidence gives this event' END FROM main.event c LEFT "
        "JOIN main.source s ON s.id = c.source LEFT JOIN place p ON p.source = c.source AND "
        "p.offset = c.offset AND p.copy = 1 WHERE c.id NOT IN (SELECT c FROM pair) AND c.source "
        "NOT IN (SELECT source FROM gone) ORDER BY c.id");
    if (rc == TH_OK)
        rc = th_verify_told(
            v, TH_VERIFY_EVENT, err,
            "SELECT t.source, t.offset, NULL, CASE WHEN t.\"event.id\" NOT NULL THEN 'event.id' "
            "END, " ID_TEXT("t.\"event.id\"") ", NULL, 'this record of the evidence is not in the "
                                              "case' FROM made.event t WHERE t.id NOT IN (SELECT t "
                                              "FROM pair) " TO_COME("t") "ORDER BY t.id");
    for (size_t i = 0; i < TH_COUNT(columns) && rc == TH_OK; i++)
        rc = th_verify_told(
            v, TH_VERIFY_EVENT, err,
            "SELECT c.source, t.offset, c.id, '%s', t.%s, c.%s, 'the row says otherwise %s its "
            "record stands%s' FROM " EVENTS "WHERE c.%s IS NOT t.%s ORDER BY c.id",
            columns[i], columns[i], columns[i], i == 2 ? "how" : "where", i == 2 ? " there" : "",
            columns[i], columns[i]);
    if (rc == TH_OK)
        rc = th_verify_told(
            v, TH_VERIFY_EVENT, err,
            "SELECT c.source, c.offset, c.id, 'id', NULL, NULL, 'events are not numbered in the "
            "order of their records' FROM (SELECT CASE WHEN b IS NULL OR x > b THEN a ELSE x END "
            "AS wrong FROM (SELECT c AS x, lag(c) OVER w AS a, lag(c, 2) OVER w AS b FROM pair "
            "WINDOW w AS (ORDER BY t)) WHERE x < a) JOIN main.event c ON c.id = wrong");
    if (rc == TH_OK)
        rc = th_verify_told(v, TH_VERIFY_EVENT, err,
                            "SELECT source, NULL, id, 'id', NULL, NULL, 'an event can''t have this "
                            "number' FROM main.event WHERE id < 1");
    if (rc == TH_OK)
        rc = th_verify_told(
            v, TH_VERIFY_EVENT, err,
            "SELECT NULL, NULL, a + 1, 'id', NULL, NULL, 'no event has ' || CASE WHEN b = a + 2 "
            "THEN 'this number' ELSE 'a number from this to ' || (b - 1) END || ', though they run "
            "on' FROM (SELECT id AS b, lag(id, 1, 0) OVER (ORDER BY id) AS a FROM main.event WHERE "
            "id > 0) WHERE b > a + 1");
    return rc;
}

static enum th_code explain_duplicates(struct th_verify *v, struct th_err *err)
{
    static const char *const columns[] = {"length", "flags"};
    static const char paired[] =
        "copy p JOIN main.duplicate c ON c.id = p.c JOIN made.duplicate t ON t.id = p.t ";
    enum th_code rc = th_verify_told(
        v, TH_VERIFY_DUPLICATE, err,
        "SELECT source, offset, event, CASE WHEN source NOT IN (SELECT id FROM main.source) THEN "
        "'source' END, NULL, NULL, CASE WHEN source IN (SELECT id FROM main.source) THEN 'no "
        "record of the evidence gives this duplicate' ELSE 'a duplicate of a source that isn''t in "
        "the case' END FROM main.duplicate WHERE id NOT IN (SELECT c FROM copy) AND source NOT IN "
        "(SELECT source FROM gone) ORDER BY id");
    if (rc == TH_OK)
        rc = th_verify_told(
            v, TH_VERIFY_EVENT, err,
            "SELECT t.source, t.offset, NULL, 'event.id', " ID_TEXT(
                "e.\"event.id\"") ", NULL, "
                                  "'this record of the evidence is not in the case' FROM "
                                  "made.duplicate t LEFT JOIN "
                                  "made.event e ON e.id = t.event WHERE t.id NOT IN (SELECT t FROM "
                                  "copy) " TO_COME(
                                      "t") "AND NOT EXISTS(SELECT 1 FROM gone) ORDER BY t.id");
    for (size_t i = 0; i < TH_COUNT(columns) && rc == TH_OK; i++)
        rc = th_verify_told(v, TH_VERIFY_DUPLICATE, err,
                            "SELECT c.source, c.offset, c.event, 'duplicate.%s', t.%s, c.%s, 'the "
                            "duplicate''s row says otherwise' FROM %sWHERE c.%s IS NOT t.%s",
                            columns[i], columns[i], columns[i], paired, columns[i], columns[i]);
    if (rc == TH_OK)
        rc = th_verify_told(
            v, TH_VERIFY_DUPLICATE, err,
            "SELECT c.source, c.offset, c.event, 'duplicate.event', e.c, c.event, CASE WHEN "
            "c.event IN (SELECT id FROM main.event) THEN 'the event that it is a copy of is "
            "another one' ELSE 'the event that it is a copy of isn''t in the case' END FROM %sLEFT "
            "JOIN pair e ON e.t = t.event WHERE e.c IS NOT c.event AND NOT EXISTS(SELECT 1 FROM "
            "gone)",
            paired);
    return rc;
}

static enum th_code explain_rejects(struct th_verify *v, struct th_err *err)
{
    enum th_code rc = th_db_exec(
        v->c->db,
        "CREATE TEMP TABLE a AS SELECT *, row_number() OVER (PARTITION BY source, offset ORDER BY "
        "id) AS n FROM main.reject; CREATE TEMP TABLE b AS SELECT *, row_number() OVER (PARTITION "
        "BY source, offset ORDER BY id) AS n FROM made.reject; CREATE INDEX temp.a_at ON a(source, "
        "offset, n); CREATE INDEX temp.b_at ON b(source, offset, n)",
        err);
    if (rc == TH_OK)
        rc = th_verify_told(
            v, TH_VERIFY_REJECT, err,
            "SELECT source, offset, NULL, CASE WHEN source IN (SELECT id FROM main.source) THEN "
            "'reject.reason' ELSE 'source' END, NULL, a.reason, CASE WHEN source IN (SELECT id "
            "FROM "
            "main.source) THEN 'nothing in the evidence gives this reject' ELSE 'a reject of a "
            "source that isn''t in the case' END FROM a LEFT JOIN b USING(source, offset, n) WHERE "
            "b.id IS NULL AND source NOT IN (SELECT source FROM gone) ORDER BY a.id");
    if (rc == TH_OK)
        rc = th_verify_told(
            v, TH_VERIFY_REJECT, err,
            "SELECT b.source, b.offset, NULL, 'reject.reason', b.reason, NULL, "
            "'what can''t be read here is not in the case as a reject' FROM b LEFT "
            "JOIN a USING(source, offset, n) WHERE a.id IS NULL " TO_COME("b") "ORDER BY b.id");
    static const char *const columns[] = {"length", "reason", "bytes"};
    for (size_t i = 0; i < TH_COUNT(columns) && rc == TH_OK; i++)
        rc = th_verify_told(
            v, TH_VERIFY_REJECT, err,
            "SELECT a.source, a.offset, NULL, 'reject.%s', CAST(b.%s AS TEXT), CAST(a.%s AS TEXT), "
            "'the reject''s row says otherwise' FROM a JOIN b USING(source, offset, n) WHERE a.%s "
            "IS NOT b.%s",
            columns[i], columns[i], columns[i], columns[i], columns[i]);
    return rc;
}

static enum th_code explain_anonymous(struct th_verify *v, struct th_err *err)
{
    enum th_code rc = th_verify_told(
        v, TH_VERIFY_EVENT, err,
        "SELECT c.source, c.offset, c.id, 'anonymous.event', p.c, a.event, 'the hash of a record "
        "without an event id leads elsewhere' FROM made.anonymous m JOIN pair p ON p.t = m.event "
        "JOIN main.event c ON c.id = p.c LEFT JOIN main.anonymous a ON a.hash = m.hash WHERE "
        "a.event IS NOT p.c ORDER BY c.id");
    if (rc == TH_OK)
        rc = th_verify_told(
            v, TH_VERIFY_EVENT, err,
            "SELECT NULL, NULL, a.event, 'anonymous.event', NULL, NULL, 'noted as a record without "
            "an event id, but no such record gives it' FROM main.anonymous a LEFT JOIN main.event "
            "c ON c.id = a.event WHERE a.hash NOT IN (SELECT hash FROM made.anonymous) AND "
            "coalesce(c.source, 0) NOT IN (SELECT source FROM gone) ORDER BY a.event");
    return rc;
}

/* ---- values ---- */

static bool is_coded(enum th_field f)
{
    enum th_store store = th_field_info(f)->store;
    return store == TH_STORE_TERM || store == TH_STORE_LIST;
}

void th_verify_shown(struct th_buf *sql, enum th_field f, const char *value, const char *db,
                     int64_t number)
{
    switch (th_field_info(f)->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
        th_buf_printf(sql,
                      "CASE typeof(%s) WHEN 'null' THEN NULL WHEN 'integer' THEN coalesce((SELECT "
                      "text FROM %s.term WHERE field = " ID " AND code = %s), 'code ' || %s || ', "
                      "which the dictionary doesn''t have') ELSE 'a value of another type' END",
                      value, db, number, value, value);
        break;
    case TH_STORE_TIME:
        th_buf_printf(sql,
                      "CASE typeof(%s) WHEN 'null' THEN NULL WHEN 'integer' THEN "
                      "coalesce(strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', %s / 1000.0, 'unixepoch'), "
                      "%s) ELSE 'a value of another type' END",
                      value, value, value);
        break;
    case TH_STORE_BOOL:
        th_buf_printf(sql,
                      "CASE %s WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE CAST(%s AS TEXT) END",
                      value, value);
        break;
    case TH_STORE_ID:
    case TH_STORE_OF:
    case TH_STORE_CONST:
    case TH_STORE_EVIDENCE: {
        struct th_str form = TH_STR(ID_TEXT("\1"));
        for (size_t i = 0; i < form.n; i++)
            if (form.p[i] == '\1')
                th_buf_puts(sql, value);
            else
                th_buf_putc(sql, form.p[i]);
        break;
    }
    }
}

static enum th_code explain_value(struct th_verify *v, enum th_field f, struct th_err *err)
{
    struct th_buf t = TH_BUF_INIT;
    struct th_buf c = TH_BUF_INIT;
    const char *name = th_field_info(f)->name;
    bool sparse = th_field_is_sparse(f);
    char mine[160];
    char made[160];
    (void)snprintf(made, sizeof made, sparse ? "y.value" : "t.\"%s\"", name);
    (void)snprintf(mine, sizeof mine, sparse ? "x.value" : "c.\"%s\"", name);
    th_verify_shown(&t, f, made, "made", v->numbers.field[f]);
    th_verify_shown(&c, f, mine, "main", v->c->numbers.field[f]);
    struct th_buf from = TH_BUF_INIT;
    if (sparse)
        th_buf_printf(&from,
                      "(SELECT p.c, p.t FROM made.extra e JOIN pair p ON p.t = e.event WHERE "
                      "e.field = " ID " UNION SELECT p.c, p.t FROM main.extra e JOIN pair p ON p.c "
                      "= e.event WHERE e.field = " ID ") p JOIN main.event c ON c.id = p.c LEFT "
                      "JOIN main.extra x ON x.field = " ID
                      " AND x.event = p.c LEFT JOIN made.extra "
                      "y ON y.field = " ID " AND y.event = p.t",
                      v->numbers.field[f], v->c->numbers.field[f], v->c->numbers.field[f],
                      v->numbers.field[f]);
    else
        th_buf_puts(&from, EVENTS);
    enum th_code rc = th_verify_told(
        v, TH_VERIFY_EVENT, err,
        "SELECT " PLACED "'%s', made, mine, 'the event''s row has another value than its record' "
        "FROM (SELECT c.source, c.offset, c.id, %s AS made, %s AS mine FROM %s%s%s%s%s) c WHERE "
        "made IS NOT mine ORDER BY id",
        name, th_buf_cstr(&t), th_buf_cstr(&c), th_buf_cstr(&from), is_coded(f) ? "" : " WHERE ",
        is_coded(f) ? "" : mine, is_coded(f) ? "" : " IS NOT ", is_coded(f) ? "" : made);
    th_buf_fini(&from);
    th_buf_fini(&t);
    th_buf_fini(&c);
    return rc;
}

/* Each pair of combinations that meets is compared once, member by member. */
static enum th_code explain_group(struct th_verify *v, enum th_group g, struct th_err *err)
{
    enum th_field members[TH_FIELD_COUNT];
    const char *name = th_group_name(g);
    int n = th_group_members(g, members);
    struct th_buf sql = TH_BUF_INIT;
    enum th_code rc = th_verify_told(
        v, TH_VERIFY_EVENT, err,
        "SELECT " PLACED "'%s', NULL, coalesce(c.%s, 0), 'the event''s row names a combination "
        "that isn''t there' FROM main.event c LEFT JOIN main.%s g ON g.id = c.%s WHERE g.id IS "
        "NULL ORDER BY c.id",
        name, name, name, name);
    if (rc != TH_OK)
        return rc;
    th_buf_printf(&sql,
                  "DROP TABLE IF EXISTS temp.meet; CREATE TEMP TABLE meet AS SELECT DISTINCT c.%s "
                  "AS c, t.%s AS t FROM " EVENTS "; DROP TABLE IF EXISTS temp.apart; CREATE TEMP "
                  "TABLE apart(c, t, field, made, mine); CREATE INDEX temp.apart_at ON apart(c, t)",
                  name, name);
    for (int i = 0; i < n; i++) {
        enum th_field f = members[i];
        char mine[160];
        char made[160];
        if (v->c->numbers.field[f] == 0)
            continue;
        (void)snprintf(mine, sizeof mine, "x.\"%s\"", th_field_info(f)->name);
        (void)snprintf(made, sizeof made, "y.\"%s\"", th_field_info(f)->name);
        th_buf_printf(&sql, "; INSERT INTO apart SELECT * FROM (SELECT m.c, m.t, '%s', ",
                      th_field_info(f)->name);
        th_verify_shown(&sql, f, made, "made", v->numbers.field[f]);
        th_buf_puts(&sql, " AS made, ");
        th_verify_shown(&sql, f, mine, "main", v->c->numbers.field[f]);
        th_buf_printf(&sql,
                      " AS mine FROM meet m JOIN main.%s x ON x.id = m.c JOIN made.%s y ON y.id = "
                      "m.t) WHERE made IS NOT mine",
                      name, name);
    }
    rc = th_db_exec(v->c->db, th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    if (rc == TH_OK)
        rc = th_verify_told(v, TH_VERIFY_EVENT, err,
                            "SELECT " PLACED "a.field, a.made, a.mine, 'the event''s row has "
                            "another value than its record' FROM " EVENTS "JOIN apart a ON a.c = "
                            "c.%s AND a.t = t.%s ORDER BY c.id, a.rowid",
                            name, name);
    return rc;
}

/* ---- dictionaries ---- */

static enum th_code explain_terms(struct th_verify *v, enum th_field f, struct th_err *err)
{
    struct th_buf used = TH_BUF_INIT;
    const char *name = th_field_info(f)->name;
    enum th_group g = th_field_group(f);
    int64_t id = v->c->numbers.field[f];
    if (g != TH_GROUP_NONE)
        th_buf_printf(&used,
                      "SELECT \"%s\" AS k FROM main.%s WHERE id IN (SELECT %s FROM main.event)",
                      name, th_group_name(g), th_group_name(g));
    else if (th_field_is_sparse(f))
        th_buf_printf(&used, "SELECT value AS k FROM main.extra WHERE field = " ID, id);
    else
        th_buf_printf(&used, "SELECT \"%s\" AS k FROM main.event", name);
    enum th_code rc = th_verify_told(
        v, TH_VERIFY_TERM, err,
        "SELECT NULL, NULL, NULL, '%s', NULL, text, CASE WHEN typeof(code) <> 'integer' OR code < "
        "1 THEN 'a code that can''t be in the dictionary' WHEN code > 1 AND NOT EXISTS(SELECT 1 "
        "FROM main.term b WHERE b.field = a.field AND b.code = a.code - 1) THEN 'codes are missing "
        "in the dictionary before this one' WHEN text IN (SELECT text FROM main.term WHERE field "
        "= " ID
        " GROUP BY text HAVING count(*) > 1 AND max(code) = a.code) THEN 'the dictionary has "
        "this text twice' ELSE 'no event has this text of the dictionary' END FROM main.term a "
        "WHERE field = " ID " AND (code < 1 OR (code > 1 AND NOT EXISTS(SELECT 1 FROM main.term b "
        "WHERE b.field = a.field AND b.code = a.code - 1)) OR code NOT IN (SELECT k FROM (%s) "
        "WHERE k NOTNULL) OR code IN (SELECT max(code) FROM main.term WHERE field = " ID
        " GROUP BY text HAVING count(*) > 1)) ORDER BY code",
        name, id, id, th_buf_cstr(&used), id);
    th_buf_fini(&used);
    return rc;
}

static enum th_code explain_combinations(struct th_verify *v, enum th_group g, struct th_err *err)
{
    enum th_field members[TH_FIELD_COUNT];
    const char *name = th_group_name(g);
    int n = th_group_members(g, members);
    struct th_buf list = TH_BUF_INIT;
    for (int i = 0; i < n; i++)
        if (v->c->numbers.field[members[i]] != 0)
            th_buf_printf(&list, "%s\"%s\"", list.n == 0 ? "" : ", ",
                          th_field_info(members[i])->name);
    enum th_code rc = th_verify_told(
        v, TH_VERIFY_TERM, err,
        "SELECT NULL, NULL, NULL, '%s', NULL, NULL, CASE how WHEN 1 THEN 'combinations are missing "
        "before this one' WHEN 2 THEN 'the same combination twice' ELSE 'no event has this "
        "combination' END || ': number ' || id FROM (SELECT id, 1 AS how FROM main.%s a WHERE id "
        "<> 1 AND NOT EXISTS(SELECT 1 FROM main.%s b WHERE b.id = a.id - 1) UNION ALL SELECT "
        "max(id), 2 FROM main.%s GROUP BY %s HAVING count(*) > 1 UNION ALL SELECT id, 3 FROM "
        "main.%s WHERE id NOT IN (SELECT %s FROM main.event WHERE %s NOTNULL)) ORDER BY id, how",
        name, name, name, name, th_buf_cstr(&list), name, name, name);
    th_buf_fini(&list);
    return rc;
}

/* By the text that a value is made of; the code is the case's. */
static enum th_code explain_derived(struct th_verify *v, enum th_field f, struct th_err *err)
{
    enum th_field parent = th_field_info(f)->parent;
    enum th_enrich_kind kind = th_enrich_kind_of(f);
    const char *name = th_field_info(f)->name;
    const char *from = th_field_info(parent)->name;
    int64_t id = v->c->numbers.field[f];
    if (kind != TH_ENRICH_KINDS && !v->can_kind[kind])
        return TH_OK;
    int64_t made = kind == TH_ENRICH_KINDS || v->has_kind[kind] ? v->numbers.field[f] : -1;
    enum th_code rc = th_db_exec(
        v->c->db,
        "DROP TABLE IF EXISTS temp.word; CREATE TEMP TABLE word(text TEXT PRIMARY KEY, code)", err);
    struct th_buf sql = TH_BUF_INIT;
    th_buf_printf(&sql, "INSERT INTO word SELECT text, code FROM made.term WHERE field = " ID,
                  v->numbers.field[parent]);
    if (rc == TH_OK)
        rc = th_db_exec(v->c->db, th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    if (rc != TH_OK)
        return rc;
    return th_verify_told(
        v, TH_VERIFY_DERIVED, err,
        "SELECT NULL, NULL, NULL, '%s', b.text, a.text, CASE WHEN k.text IS NULL THEN 'not what "
        "events without %s give' ELSE 'not what %s gives: ' || substr(k.text, 1, 200) END FROM "
        "(SELECT 0 AS code, NULL AS text, 0 AS t UNION ALL SELECT m.code, m.text, w.code FROM "
        "main.term m JOIN word w ON w.text = m.text WHERE m.field = " ID ") k LEFT JOIN "
        "main.derived a ON a.field = " ID " AND a.code = k.code LEFT JOIN made.derived b ON "
        "b.field = " ID " AND b.code = k.t WHERE a.text IS NOT b.text AND (k.code <> 0 OR "
        "EXISTS(SELECT 1 FROM made.event)) UNION ALL SELECT NULL, NULL, NULL, '%s', NULL, text, 'a "
        "value for a code that the dictionary doesn''t have' FROM main.derived WHERE field = " ID
        " AND code <> 0 AND code NOT IN (SELECT code FROM main.term WHERE field = " ID ")",
        name, from, from, v->c->numbers.field[parent], id, made, name, id,
        v->c->numbers.field[parent]);
}

static void put_fields(const struct th_verify *v, struct th_buf *out, bool (*is)(enum th_field))
{
    th_buf_reset(out);
    th_buf_putc(out, '0');
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (is(f) && v->c->numbers.field[f] != 0)
            th_buf_printf(out, ", " ID, v->c->numbers.field[f]);
}

static bool is_derived(enum th_field f)
{
    return th_field_info(f)->store == TH_STORE_OF;
}

static bool is_extra(enum th_field f)
{
    return th_field_is_column(f) && th_field_is_sparse(f);
}

static enum th_code explain_strays(struct th_verify *v, struct th_err *err)
{
    struct th_buf list = TH_BUF_INIT;
    put_fields(v, &list, is_extra);
    enum th_code rc = th_verify_told(
        v, TH_VERIFY_EVENT, err,
        "SELECT NULL, NULL, x.event, f.name, NULL, NULL, CASE WHEN x.field IN (%s) THEN 'a value "
        "of an event that isn''t there' ELSE 'a value of no field' END FROM main.extra x LEFT JOIN "
        "main.field f ON f.id = x.field WHERE x.field NOT IN (%s) OR x.event NOT IN (SELECT id "
        "FROM main.event)",
        th_buf_cstr(&list), th_buf_cstr(&list));
    put_fields(v, &list, is_coded);
    if (rc == TH_OK)
        rc = th_verify_told(v, TH_VERIFY_TERM, err,
                            "SELECT NULL, NULL, NULL, f.name, NULL, t.text, 'a text of no field' "
                            "FROM main.term t LEFT JOIN main.field f ON f.id = t.field WHERE "
                            "t.field NOT IN (%s)",
                            th_buf_cstr(&list));
    put_fields(v, &list, is_derived);
    if (rc == TH_OK)
        rc = th_verify_told(v, TH_VERIFY_DERIVED, err,
                            "SELECT NULL, NULL, NULL, f.name, NULL, d.text, 'a value of no field' "
                            "FROM main.derived d LEFT JOIN main.field f ON f.id = d.field WHERE "
                            "d.field NOT IN (%s)",
                            th_buf_cstr(&list));
    th_buf_fini(&list);
    return rc;
}

enum th_code th_verify_explain(struct th_verify *v, struct th_err *err)
{
    typedef enum th_code explain(struct th_verify *, struct th_err *);
    static explain *const parts[] = {explain_source,    explain_counts,     explain_points,
                                     explain_events,    explain_duplicates, explain_rejects,
                                     explain_anonymous, explain_strays,     th_verify_segments};
    enum th_code rc = make_pairs(v, err);
    for (size_t i = 0; i < TH_COUNT(parts) && rc == TH_OK; i++) {
        struct th_err bad;
        th_err_clear(&bad);
        rc = th_verify_bad(v, parts[i](v, &bad), &bad, err);
    }
    for (enum th_group g = 0; g < TH_GROUP_COUNT && rc == TH_OK; g++) {
        rc = explain_group(v, g, err);
        if (rc == TH_OK)
            rc = explain_combinations(v, g, err);
    }
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++) {
        if (v->c->numbers.field[f] == 0)
            continue;
        if (th_field_is_column(f) && th_field_group(f) == TH_GROUP_NONE)
            rc = explain_value(v, f, err);
        if (rc == TH_OK && is_coded(f))
            rc = explain_terms(v, f, err);
        if (rc == TH_OK && is_derived(f))
            rc = explain_derived(v, f, err);
    }
    return rc;
}
