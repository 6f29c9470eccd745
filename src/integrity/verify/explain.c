/* What differs, in words: one SQL statement for each thing that can, which gives the lines to tell.
 *
 * The two cases may number their events, texts and combinations differently (evidence that is
 * damaged gives fewer of them), so events are paired by the place of their record, and values are
 * compared as what they say. pair: events of the case (c) and of the temporary case (t); places of
 * events and duplicates that were made have an index for it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "integrity/verify/internal.h"

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
            "SELECT source, inflated, NULL, 'access_point', NULL, NULL, 'inflating has to begin at "
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

enum th_code th_verify_explain(struct th_verify *v, struct th_err *err)
{
    typedef enum th_code explain(struct th_verify *, struct th_err *);
    static explain *const parts[] = {
        explain_source,    explain_counts,           explain_points,
        explain_events,    explain_duplicates,       explain_rejects,
        explain_anonymous, th_verify_explain_strays, th_verify_segments};
    enum th_code rc = make_pairs(v, err);
    for (size_t i = 0; i < TH_COUNT(parts) && rc == TH_OK; i++) {
        struct th_err bad;
        th_err_clear(&bad);
        rc = th_verify_bad(v, parts[i](v, &bad), &bad, err);
    }
    return rc == TH_OK ? th_verify_explain_values(v, err) : rc;
}
