/* What a case keeps so that queries are quick: columns of values, and columns of paths. They are
 * unpacked into tables that differences.sql compares: the ones with the rows that they stand for,
 * the others with what the records say. */
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
#include "store/columns/segment.h"

/* ---- columns of values ---- */

struct segment {
    enum th_store store; /* of its values; CONST: numbers of combinations */
    struct th_column_range range;
    uint32_t *codes;
    int64_t *times;
    struct th_ids ids;
};

static enum th_code unpack_codes(struct segment *s, struct th_err *err)
{
    sqlite3_stmt *stmt;
    int64_t max = 2;
    enum th_code rc = TH_OK;
    if (s->store != TH_STORE_BOOL) {
        rc = th_db_prepare(s->range.db, "SELECT max(code) FROM main.term WHERE field = ?1", &stmt,
                           err);
        if (rc != TH_OK)
            return rc;
        th_db_bind_int(stmt, 1, s->range.numbers->field[s->range.field]);
        rc = th_db_value(stmt, 0, &max, err);
        sqlite3_finalize(stmt);
    }
    const struct th_column_place place = th_column_place_of(&s->range);
    return rc == TH_OK ? th_column_place_codes(&place, 4, (uint32_t)max, s->codes, err) : rc;
}

static enum th_code unpack(struct segment *s, enum th_group group, struct th_err *err)
{
    uint32_t max = 0;
    if (s->store == TH_STORE_TIME)
        return th_range_times(&s->range, s->times, err);
    if (s->store == TH_STORE_ID)
        return th_range_ids(&s->range, &s->ids, err);
    if (s->store != TH_STORE_CONST)
        return unpack_codes(s, err);
    enum th_code rc = th_group_count(s->range.db, group, &max, err);
    return rc == TH_OK ? th_range_group(&s->range, group, max, s->codes, err) : rc;
}

/* The value of a row as a column would have it. */
static void bind_value(sqlite3_stmt *stmt, const struct segment *s, size_t at)
{
    if (s->store == TH_STORE_ID && s->ids.kind != NULL && s->ids.kind[at] == 1)
        th_db_bind_blob(stmt, 2, s->ids.uuid[at], 16);
    else if (s->store == TH_STORE_ID && s->ids.kind != NULL && s->ids.kind[at] == 2)
        th_db_bind_text(stmt, 2, th_ids_text(&s->ids, at));
    else if (s->store == TH_STORE_TIME && s->times[at] != INT64_MIN)
        th_db_bind_int(stmt, 2, s->times[at]);
    else if (s->store != TH_STORE_ID && s->store != TH_STORE_TIME && s->codes[at] != 0)
        th_db_bind_int(stmt, 2, (int64_t)s->codes[at] - (s->store == TH_STORE_BOOL));
    else
        th_db_bind_null(stmt, 2);
}

static enum th_code put_values(struct th_verify *v, const struct segment *s, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_exec(v->c->db, "DELETE FROM temp.kept", err);
    if (rc == TH_OK)
        rc = th_db_prepare(v->c->db, "INSERT INTO temp.kept VALUES(?1, ?2)", &stmt, err);
    if (rc != TH_OK)
        return rc;
    for (size_t i = 0; i < s->range.n && rc == TH_OK; i++) {
        th_db_bind_int(stmt, 1, (int64_t)(s->range.first + i));
        bind_value(stmt, s, i);
        rc = th_db_run(stmt, err);
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* at: its field, or a group behind all fields. */
static enum th_code compare_segment(struct th_verify *v, int at, int64_t first, int64_t rows,
                                    struct th_err *err)
{
    bool own = at >= TH_FIELD_COUNT;
    enum th_field f = own ? TH_FIELD_NONE : (enum th_field)at;
    enum th_group g = own ? (enum th_group)(at - TH_FIELD_COUNT) : th_field_group(f);
    const char *name = own ? th_group_name(g) : th_field_info(f)->name;
    bool by_event = own || g == TH_GROUP_NONE;
    struct segment s = {.store = own ? TH_STORE_CONST : th_field_info(f)->store};
    struct th_err bad;
    th_err_clear(&bad);
    enum th_code rc = TH_OK;
    if (first < 1 || rows < 1 || rows > TH_SEGMENT_ROWS || first >= UINT32_MAX)
        rc = th_err_set(&bad, TH_E_DB, "a kept column is damaged");
    s.range =
        (struct th_column_range){v->c->db, &v->c->numbers, f, (uint64_t)first, (size_t)rows, NULL};
    s.codes = th_xcalloc(TH_SEGMENT_ROWS, sizeof *s.codes);
    s.times = th_xcalloc(TH_SEGMENT_ROWS, sizeof *s.times);
    th_ids_init(&s.ids, TH_SEGMENT_ROWS);
    if (rc == TH_OK)
        rc = unpack(&s, g, &bad);
    const struct th_verify_difference d = {.kind = TH_VERIFY_SEGMENT,
                                           .event = by_event ? first : 0,
                                           .field = th_str_of(name),
                                           .what = th_str_of(bad.msg)};
    if (rc == TH_E_DB) {
        th_verify_say(v, &d);
        rc = TH_OK;
    } else if (rc == TH_OK && (rc = put_values(v, &s, &bad)) == TH_OK)
        rc = th_verify_tell_column(v,
                                   !by_event                       ? "combination"
                                   : !own && th_field_is_sparse(f) ? "sparse"
                                                                   : "column",
                                   name, g, &bad);
    free(s.codes);
    free(s.times);
    th_ids_fini(&s.ids);
    return rc == TH_OK ? TH_OK : th_err_set(err, rc, "%s", bad.msg);
}

enum th_code th_verify_segments(struct th_verify *v, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_verify_ask(v, "segments", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while (rc == TH_OK && (rc = th_db_step_any(stmt, &more, err)) == TH_OK && more &&
           !th_cancelled(&v->stop))
        rc = compare_segment(v, sqlite3_column_int(stmt, 0), sqlite3_column_int64(stmt, 1),
                             sqlite3_column_int64(stmt, 2), err);
    sqlite3_finalize(stmt);
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
        if (th_db_run(look->insert, NULL) != TH_OK)
            th_cancel_set(&look->v->stop);
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
    *path = (struct path){.name = th_xstrdup(name), .dict = th_dict_new()};
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

static enum th_code compare_paths(struct look *look, sqlite3_stmt *names, struct th_err *err)
{
    th_columns *columns;
    bool more = true;
    enum th_code rc = th_columns_open(look->v->path, &columns, &look->rows, err);
    if (rc != TH_OK)
        return rc;
    const struct th_loader loader = th_columns_loader(columns);
    th_table *table = th_table_new(look->rows, &loader);
    struct th_bits all;
    th_bits_init(&all, look->rows);
    for (size_t row = 0; row < look->rows; row++)
        th_bits_put(&all, row);
    while (rc == TH_OK && more) {
        while (rc == TH_OK && look->n < PATHS_AT_ONCE &&
               (rc = th_db_step_any(names, &more, err)) == TH_OK && more)
            rc = load_path(look, th_db_cstr_or_empty(names, 0), err);
        if (rc == TH_OK && look->n > 0)
            rc = th_table_records(table, &all, visit, look, &look->v->stop, err);
        drop_paths(look);
    }
    th_bits_fini(&all);
    th_table_free(table);
    th_columns_close(columns);
    return rc;
}

enum th_code th_verify_paths(struct th_verify *v, struct th_err *err)
{
    struct look look = {.v = v};
    sqlite3_stmt *names = NULL;
    int64_t keeps = 0;
    enum th_code rc = th_verify_ask(v, "keeps", &names, err);
    if (rc == TH_OK)
        rc = th_db_value(names, 0, &keeps, err);
    sqlite3_finalize(names);
    names = NULL;
    if (rc != TH_OK || keeps == 0)
        return rc;
    rc = th_db_prepare(v->c->db, "INSERT INTO temp.path VALUES(?1, ?2, ?3, ?4)", &look.insert, err);
    if (rc == TH_OK)
        rc = th_verify_ask(v, "paths", &names, err);
    if (rc == TH_OK)
        rc = compare_paths(&look, names, err);
    sqlite3_finalize(names);
    sqlite3_finalize(look.insert);
    return rc == TH_OK ? th_verify_tell(v, "path", err) : rc;
}
