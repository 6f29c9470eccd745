/* Columns of paths that the case keeps of earlier questions, against the plain definition of what a
 * record has at a path. They are only a cache, but one that answers. Each is read whole, then
 * threads go over the records by runs of rows. */
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "ecs/doc.h"
#include "store/paths.h"
#include "store/verify_int.h"

/* Codes of so many rows are held at a time. */
#define CODES_MAX ((size_t)32 << 20)
#define UNIT_ROWS 16384u

static void say(struct th_verify_worker *w, const char *name, const char *what)
{
    const struct th_verify_difference d = {
        .kind = TH_VERIFY_PATH, .field = th_str_of(name), .what = th_str_of(what)};
    th_verify_say(w, &d);
}

/* ---- what a record has at a path ---- */

struct values {
    struct th_buf bytes;
    size_t *ends;
    size_t n, cap;
};

static void add_value(void *ctx, struct th_str value)
{
    struct values *v = ctx;
    TH_GROW(v->ends, v->n, v->cap);
    th_buf_add_str(&v->bytes, value);
    v->ends[v->n++] = v->bytes.n;
}

static struct th_str value_at(struct values *v, size_t i)
{
    size_t start = i == 0 ? 0 : v->ends[i - 1];
    return (struct th_str){th_buf_cstr(&v->bytes) + start, v->ends[i] - start};
}

/* One value stands as it is, unless it would be taken for an array; several as a JSON array. */
static struct th_str entry_of(struct values *v, struct th_buf *text)
{
    if (v->n == 0)
        return TH_STR_NONE;
    if (v->n == 1) {
        struct th_str only = value_at(v, 0);
        size_t at = 0;
        while (at < only.n && memchr(" \t\r\n", only.p[at], 4) != NULL)
            at++;
        if (at == only.n || only.p[at] != '[')
            return only;
    }
    th_buf_reset(text);
    for (size_t i = 0; i < v->n; i++) {
        th_buf_putc(text, i == 0 ? '[' : ',');
        th_json_quote(text, value_at(v, i));
    }
    th_buf_putc(text, ']');
    return th_buf_str(text);
}

/* ---- one run of rows ---- */

struct look {
    struct th_verify_worker *w;
    struct values values;
    struct th_buf text;
};

static void compare(struct look *look, const struct th_verify_path *path, uint64_t row,
                    struct th_str raw)
{
    struct th_verify_worker *w = look->w;
    look->values.n = 0;
    th_buf_reset(&look->values.bytes);
    (void)th_doc_values(raw, NULL, path->ref.field, path->ref.path, add_value, &look->values);
    struct th_str expected = entry_of(&look->values, &look->text);
    struct th_str found = th_dict_text(path->dict, path->codes[row]);
    if ((expected.p == NULL) == (found.p == NULL) && th_str_eq(expected, found))
        return;
    struct th_place place = {0};
    struct th_buf where = TH_BUF_INIT;
    (void)!th_case_place(w->c, row, &place, &where, NULL);
    const struct th_verify_difference d = {
        .kind = TH_VERIFY_PATH,
        .source = place.source,
        .path = where.n == 0 ? TH_STR_NONE : th_buf_str(&where),
        .offset = (int64_t)place.offset,
        .has_offset = true,
        .event = (int64_t)row + 1,
        .field = th_str_of(path->name),
        .expected = expected,
        .found = found,
        .what = TH_STR("the column kept of this path has another value than the record"),
    };
    th_verify_say(w, &d);
    th_buf_fini(&where);
}

static bool visit(void *ctx, uint64_t row, struct th_str raw)
{
    struct look *look = ctx;
    const struct th_verify *v = look->w->v;
    for (size_t i = 0; i < v->paths_n; i++)
        if (row < v->paths[i].rows)
            compare(look, &v->paths[i], row, raw);
    return true;
}

enum th_code th_verify_path_rows(struct th_verify_worker *w, size_t first, size_t n,
                                 struct th_err *err)
{
    struct look look = {.w = w, .values = {.bytes = TH_BUF_INIT}, .text = TH_BUF_INIT};
    struct th_bits wanted;
    struct th_err bad;
    th_err_clear(&bad);
    th_bits_init(&wanted, first + n);
    for (size_t row = first; row < first + n; row++)
        th_bits_put(&wanted, row);
    enum th_code rc = th_case_raw_scan(w->c, &wanted, visit, &look, &w->v->stop, &bad);
    th_bits_fini(&wanted);
    th_buf_fini(&look.text);
    th_buf_fini(&look.values.bytes);
    free(look.values.ends);
    if (rc == TH_OK || rc == TH_E_CANCELLED || rc == TH_E_FULL)
        return rc == TH_OK ? rc : th_err_set(err, rc, "%s", bad.msg);
    say(w, NULL, bad.msg);
    return TH_OK;
}

/* ---- all of them ---- */

static enum th_code load_path(struct th_verify_worker *w, const char *name, size_t rows,
                              struct th_err *err)
{
    struct th_verify *v = w->v;
    struct th_verify_path *path = &v->paths[v->paths_n];
    struct th_err bad;
    th_err_clear(&bad);
    *path = (struct th_verify_path){.name = th_xstrdup(name)};
    if (!th_field_resolve(th_str_of(path->name), &path->ref) || path->ref.path.p == NULL ||
        th_field_info(path->ref.field)->type != TH_TYPE_FLATTENED) {
        say(w, name, "a kept column of no path");
        free(path->name);
        return TH_OK;
    }
    path->codes = th_xcalloc(rows + 1, sizeof *path->codes);
    path->dict = th_dict_new();
    enum th_code rc = th_paths_kept(v->c->db, path->ref.field, path->ref.path, rows, path->codes,
                                    path->dict, &path->rows, &bad);
    v->paths_n++;
    if (rc == TH_OK)
        return rc;
    path->rows = 0;
    if (rc == TH_E_CANCELLED || rc == TH_E_BUSY || rc == TH_E_IO)
        return th_err_set(err, rc, "%s", bad.msg);
    say(w, name, bad.msg);
    return TH_OK;
}

static void drop_paths(struct th_verify *v)
{
    for (size_t i = 0; i < v->paths_n; i++) {
        free(v->paths[i].name);
        free(v->paths[i].codes);
        th_dict_free(v->paths[i].dict);
    }
    v->paths_n = 0;
}

/* The loaded ones, by all threads. */
static enum th_code compare_all(struct th_verify_worker *w, struct th_err *err)
{
    struct th_verify *v = w->v;
    size_t rows = 0;
    for (size_t i = 0; i < v->paths_n; i++) {
        rows = v->paths[i].rows > rows ? v->paths[i].rows : rows;
        v->totals.paths += v->paths[i].rows > 0;
    }
    for (size_t at = 0; at < rows; at += UNIT_ROWS)
        th_verify_add_unit(v, TH_VERIFY_JOB_PATHS, at,
                           rows - at < UNIT_ROWS ? rows - at : UNIT_ROWS);
    return rows == 0 ? TH_OK : th_verify_run_units(v, err);
}

static enum th_code by_groups(struct th_verify_worker *w, sqlite3_stmt *names, struct th_err *err)
{
    struct th_verify *v = w->v;
    size_t rows = (size_t)v->spans[TH_VERIFY_EVENTS].rows;
    size_t most = CODES_MAX / (rows + 1) + 1;
    most = most > TH_VERIFY_PATHS_AT_ONCE ? TH_VERIFY_PATHS_AT_ONCE : most;
    bool more = true;
    enum th_code rc = TH_OK;
    while (rc == TH_OK && more) {
        while (rc == TH_OK && v->paths_n < most &&
               (rc = th_db_step_any(names, &more, err)) == TH_OK && more) {
            const char *name = th_db_cstr(names, 0);
            rc = load_path(w, name == NULL ? "" : name, rows, err);
        }
        if (rc == TH_OK)
            rc = compare_all(w, err);
        drop_paths(v);
    }
    drop_paths(v);
    return rc;
}

enum th_code th_verify_paths(struct th_verify_worker *w, struct th_err *err)
{
    struct th_verify *v = w->v;
    int64_t tables = 0;
    sqlite3_stmt *names;
    enum th_code rc = th_db_number(v->c->db,
                                   "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND "
                                   "name IN ('path_column', 'path_term')",
                                   0, &tables, err);
    /* Rows are found by their numbers: in a case with gaps the columns mean something else. */
    if (rc != TH_OK || tables != 2 || v->gaps_n > 0)
        return rc;
    rc =
        th_db_prepare(v->c->db, "SELECT DISTINCT path FROM path_column ORDER BY path", &names, err);
    if (rc != TH_OK)
        return rc;
    rc = by_groups(w, names, err);
    sqlite3_finalize(names);
    return rc;
}
