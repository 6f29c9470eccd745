/* Differences of values: of events, in groups, in dictionaries, and of values that belong to
 * nothing. explain.c has paired the events. */
#include <inttypes.h>
#include <stdio.h>

#include "integrity/verify/internal.h"

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

enum th_code th_verify_explain_strays(struct th_verify *v, struct th_err *err)
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

enum th_code th_verify_explain_values(struct th_verify *v, struct th_err *err)
{
    enum th_code rc = TH_OK;
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
