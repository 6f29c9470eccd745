/* What an import has no say in: that all fields are there, the view that shows the events to other
 * programs, and rows that belong to nothing. The rest of the schema was looked at when the case was
 * opened. And columns of paths, which are compared with the records themselves. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/dict.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "ecs/document/doc.h"
#include "integrity/verify/internal.h"
#include "query/table/table.h"
#include "store/columns/columns.h"
#include "store/columns/paths.h"

/* What has no number in the case can't be found there. */
static void check_field(struct th_verify *v, int64_t number, const char *name)
{
    const struct th_verify_difference d = {.kind = TH_VERIFY_DATABASE,
                                           .field = th_str_of(name),
                                           .what = TH_STR("the case doesn't know this field")};
    if (number == 0 && v->totals->other_version == 0)
        th_verify_say(v, &d);
    else if (number == 0)
        v->totals->missing++;
}

/* The view as a version other than this one made it is not known here. */
static enum th_code check_view(struct th_verify *v, struct th_err *err)
{
    struct th_buf expected = TH_BUF_INIT;
    sqlite3_stmt *stmt;
    bool row;
    if (v->totals->other_version != 0)
        return TH_OK;
    enum th_code rc = th_db_prepare(
        v->c->db, "SELECT sql FROM main.sqlite_schema WHERE name = 'ecs'", &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_step_any(stmt, &row, err);
    struct th_str found = rc == TH_OK && row ? th_db_text(stmt, 0) : TH_STR_NONE;
    th_buf_puts(&expected, "CREATE VIEW ");
    th_ddl_view(&expected, &v->c->numbers);
    const struct th_verify_difference d = {.kind = TH_VERIFY_DATABASE,
                                           .field = TH_STR("ecs"),
                                           .expected = th_buf_str(&expected),
                                           .found = found,
                                           .what = TH_STR("not the view that belongs to a case")};
    if (rc == TH_OK && !th_str_eq(found, d.expected))
        th_verify_say(v, &d);
    sqlite3_finalize(stmt);
    th_buf_fini(&expected);
    return rc;
}

enum th_code th_verify_rest(struct th_verify *v, struct th_err *err)
{
    static const struct {
        enum th_verify_kind kind;
        const char *sql;
    } strays[] = {
        {TH_VERIFY_EVIDENCE, "SELECT source, NULL, NULL, 'source', NULL, NULL, 'kept bytes of a "
                             "source that isn''t in the case' FROM main.evidence WHERE source NOT "
                             "IN (SELECT id FROM main.source) GROUP BY source"},
        {TH_VERIFY_EVIDENCE, "SELECT source, NULL, NULL, 'source', NULL, NULL, 'access points of a "
                             "source that isn''t in the case' FROM main.access_point WHERE source "
                             "NOT IN (SELECT id FROM main.source) GROUP BY source"},
        {TH_VERIFY_DATABASE, "SELECT NULL, NULL, event, 'finding_event', NULL, NULL, 'an event of "
                             "a finding that isn''t in the case' FROM main.finding_event WHERE "
                             "finding NOT IN (SELECT id FROM main.finding) OR event NOT IN (SELECT "
                             "id FROM main.event)"},
        {TH_VERIFY_DATABASE, "SELECT NULL, NULL, NULL, key, NULL, value, 'said of a source that "
                             "isn''t in the case' FROM main.meta WHERE key GLOB '" TH_ALTERED_KEY
                             "*' AND substr(key, length('" TH_ALTERED_KEY
                             "') + 1) NOT IN (SELECT CAST(id AS TEXT) FROM main.source)"},
    };
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        check_field(v, v->c->numbers.field[f], th_field_info(f)->name);
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        check_field(v, v->c->numbers.group[g], th_group_name(g));
    enum th_code rc = check_view(v, err);
    for (size_t i = 0; i < TH_COUNT(strays) && rc == TH_OK; i++)
        rc = th_verify_told(v, strays[i].kind, err, "%s", strays[i].sql);
    return rc;
}

/* ---- columns of paths ---- */

#define PATHS_AT_ONCE 32u

struct path {
    char *name; /* owned; ref.path points into it */
    struct th_field_ref ref;
    uint32_t *codes;
    th_dict *dict;
    size_t rows;
};

struct look {
    struct th_verify *v;
    struct path paths[PATHS_AT_ONCE];
    size_t n, rows;
    sqlite3_stmt *insert; /* under v->lock */
};

struct values {
    struct th_buf list; /* JSON array of all */
    struct th_buf only;
    size_t n;
};

static void add_value(void *ctx, struct th_str value)
{
    struct values *v = ctx;
    th_buf_putc(&v->list, v->n == 0 ? '[' : ',');
    th_json_quote(&v->list, value);
    if (v->n++ == 0)
        th_buf_add_str(&v->only, value);
}

/* One value stands as it is, unless it would be taken for an array; several as a JSON array. */
static struct th_str entry_of(struct values *v)
{
    size_t at = 0;
    if (v->n == 0)
        return TH_STR_NONE;
    while (at < v->only.n && memchr(" \t\r\n", v->only.p[at], 4) != NULL)
        at++;
    if (v->n == 1 && (at == v->only.n || v->only.p[at] != '['))
        return (struct th_str){th_buf_cstr(&v->only), v->only.n};
    th_buf_putc(&v->list, ']');
    return th_buf_str(&v->list);
}

static void visit(void *ctx, size_t thread, size_t row, struct th_str raw)
{
    struct look *look = ctx;
    struct values values = {TH_BUF_INIT, TH_BUF_INIT, 0};
    (void)thread;
    for (size_t i = 0; i < look->n; i++) {
        const struct path *path = &look->paths[i];
        if (row >= path->rows)
            continue;
        values.n = 0;
        th_buf_reset(&values.list);
        th_buf_reset(&values.only);
        (void)th_doc_values(raw, NULL, path->ref.field, path->ref.path, add_value, &values);
        struct th_str expected = entry_of(&values);
        struct th_str found = th_dict_text(path->dict, path->codes[row]);
        if ((expected.p == NULL) == (found.p == NULL) && th_str_eq(expected, found))
            continue;
        (void)pthread_mutex_lock(&look->v->lock);
        th_db_bind_int(look->insert, 1, (int64_t)row + 1);
        th_db_bind_cstr(look->insert, 2, path->name);
        th_db_bind_text(look->insert, 3, expected);
        th_db_bind_text(look->insert, 4, found);
        (void)!th_db_run(look->insert, NULL);
        (void)pthread_mutex_unlock(&look->v->lock);
    }
    th_buf_fini(&values.list);
    th_buf_fini(&values.only);
}

static void say_path(struct th_verify *v, const char *name, const char *what)
{
    const struct th_verify_difference d = {
        .kind = TH_VERIFY_PATH, .field = th_str_of(name), .what = th_str_of(what)};
    th_verify_say(v, &d);
}

static enum th_code load_path(struct look *look, const char *name, struct th_err *err)
{
    struct th_verify *v = look->v;
    struct path *path = &look->paths[look->n++];
    struct th_err bad;
    th_err_clear(&bad);
    *path = (struct path){.name = th_xstrdup(name == NULL ? "" : name), .dict = th_dict_new()};
    path->codes = th_xcalloc(look->rows + 1, sizeof *path->codes);
    if (!th_field_resolve(th_str_of(path->name), &path->ref) || path->ref.path.p == NULL ||
        th_field_info(path->ref.field)->type != TH_TYPE_FLATTENED) {
        say_path(v, path->name, "a kept column of no path");
        return TH_OK;
    }
    enum th_code rc = th_paths_kept(v->c->db, path->ref.field, path->ref.path, look->rows,
                                    path->codes, path->dict, &path->rows, &bad);
    v->totals->paths += rc == TH_OK && path->rows > 0;
    if (rc == TH_OK)
        return rc;
    path->rows = 0;
    if (rc == TH_E_CANCELLED || rc == TH_E_BUSY || rc == TH_E_IO)
        return th_err_set(err, rc, "%s", bad.msg);
    say_path(v, path->name, bad.msg);
    return TH_OK;
}

static void drop_paths(struct look *look)
{
    for (size_t i = 0; i < look->n; i++) {
        free(look->paths[i].name);
        free(look->paths[i].codes);
        th_dict_free(look->paths[i].dict);
    }
    look->n = 0;
}

static enum th_code by_groups(struct look *look, sqlite3_stmt *names, th_table *table,
                              struct th_err *err)
{
    bool more = true;
    enum th_code rc = TH_OK;
    struct th_bits all;
    th_bits_init(&all, look->rows);
    for (size_t row = 0; row < look->rows; row++)
        th_bits_put(&all, row);
    while (rc == TH_OK && more) {
        while (rc == TH_OK && look->n < PATHS_AT_ONCE &&
               (rc = th_db_step_any(names, &more, err)) == TH_OK && more)
            rc = load_path(look, th_db_cstr(names, 0), err);
        if (rc == TH_OK && look->n > 0)
            rc = th_table_records(table, &all, visit, look, &look->v->stop, err);
        drop_paths(look);
    }
    drop_paths(look);
    th_bits_fini(&all);
    return rc;
}

static enum th_code all_paths(struct look *look, th_table *table, struct th_err *err)
{
    struct th_verify *v = look->v;
    sqlite3_stmt *names = NULL;
    enum th_code rc = th_db_exec(v->c->db, "CREATE TEMP TABLE kept(id, field, made, mine)", err);
    if (rc == TH_OK)
        rc = th_db_prepare(v->c->db, "INSERT INTO kept VALUES(?1, ?2, ?3, ?4)", &look->insert, err);
    if (rc == TH_OK)
        rc = th_db_prepare(v->c->db, "SELECT DISTINCT path FROM main.path_column ORDER BY path",
                           &names, err);
    if (rc == TH_OK)
        rc = by_groups(look, names, table, err);
    sqlite3_finalize(names);
    sqlite3_finalize(look->insert);
    if (rc == TH_OK)
        rc = th_verify_told(v, TH_VERIFY_PATH, err,
                            "SELECT c.source, c.offset, c.id, k.field, k.made, k.mine, 'the column "
                            "kept of this path has another value than the record' FROM kept k JOIN "
                            "main.event c USING(id) ORDER BY c.id, k.field");
    return rc;
}

enum th_code th_verify_paths(struct th_verify *v, struct th_err *err)
{
    struct look look = {.v = v};
    th_columns *columns;
    int64_t known = 0;
    /* Rows are found by their numbers: in a case with gaps the columns mean something else. */
    enum th_code rc = th_db_number(
        v->c->db,
        "SELECT count(*) = 2 AND (SELECT coalesce(max(id), 0) = count(*) AND coalesce(min(id), 1) "
        "= 1 FROM main.event) FROM main.sqlite_schema WHERE type = 'table' AND name IN "
        "('path_column', 'path_term')",
        0, &known, err);
    if (rc != TH_OK || known == 0)
        return rc;
    rc = th_columns_open(v->path, &columns, &look.rows, err);
    if (rc != TH_OK)
        return rc;
    const struct th_loader loader = th_columns_loader(columns);
    th_table *table = th_table_new(look.rows, &loader);
    rc = all_paths(&look, table, err);
    th_table_free(table);
    th_columns_close(columns);
    return rc;
}
