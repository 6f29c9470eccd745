/* Columns kept for queries: only a cache of the rows, but one that answers. Those that are not byte
 * for byte what was made again (another zlib packs otherwise, and rows may have other numbers) are
 * unpacked and compared with the rows that they stand for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integrity/verify/internal.h"

struct kept {
    struct th_verify *v;
    enum th_field field; /* TH_FIELD_NONE: group's own column */
    enum th_group group;
    bool by_combination; /* the field is a member of group */
    const char *name;
    struct th_column_range range;
    uint32_t *codes;
    int64_t *times;
    struct th_ids ids;
    sqlite3_stmt *words; /* of two values */
};

static enum th_code unpack(struct kept *k, struct th_err *err)
{
    sqlite3 *db = k->v->c->db;
    int64_t max = 2;
    uint32_t groups = 0;
    if (k->group != TH_GROUP_NONE && k->field == TH_FIELD_NONE) {
        enum th_code rc = th_group_count(db, k->group, &groups, err);
        return rc == TH_OK ? th_range_group(&k->range, k->group, groups, k->codes, err) : rc;
    }
    if (th_field_info(k->field)->store == TH_STORE_TIME)
        return th_range_times(&k->range, k->times, err);
    if (th_field_info(k->field)->store == TH_STORE_ID)
        return th_range_ids(&k->range, &k->ids, err);
    char sql[96];
    (void)snprintf(sql, sizeof sql, "SELECT max(code) FROM term WHERE field = %" PRId64,
                   k->v->c->numbers.field[k->field]);
    enum th_code rc = th_field_info(k->field)->store == TH_STORE_BOOL
                          ? TH_OK
                          : th_db_number(db, sql, 0, &max, err);
    const struct th_column_place place = th_column_place_of(&k->range);
    return rc == TH_OK ? th_column_place_codes(&place, 4, (uint32_t)max, k->codes, err) : rc;
}

/* The rows: number, source, offset, value. */
static enum th_code rows_of(const struct kept *k, sqlite3_stmt **out, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    bool sparse = k->field != TH_FIELD_NONE && th_field_is_sparse(k->field);
    if (k->by_combination)
        th_buf_printf(&sql, "SELECT id, NULL, NULL, \"%s\" FROM main.%s", k->name,
                      th_group_name(k->group));
    else if (sparse)
        th_buf_printf(&sql,
                      "SELECT id, source, offset, (SELECT value FROM main.extra WHERE field = "
                      "%" PRId64 " AND event = e.id) FROM main.event e",
                      k->v->c->numbers.field[k->field]);
    else
        th_buf_printf(&sql, "SELECT id, source, offset, \"%s\" FROM main.event", k->name);
    th_buf_printf(&sql, " WHERE id BETWEEN %" PRIu64 " AND %" PRIu64 " ORDER BY id", k->range.first,
                  k->range.first + k->range.n - 1);
    enum th_code rc = th_db_prepare(k->v->c->db, th_buf_cstr(&sql), out, err);
    th_buf_fini(&sql);
    return rc;
}

/* Bind the kept value of a row as a column would have it. */
static void bind_kept(const struct kept *k, size_t at)
{
    enum th_store store =
        k->field == TH_FIELD_NONE ? TH_STORE_TERM : th_field_info(k->field)->store;
    if (store == TH_STORE_ID && k->ids.kind != NULL && k->ids.kind[at] == 1)
        th_db_bind_blob(k->words, 2, k->ids.uuid[at], 16);
    else if (store == TH_STORE_ID && k->ids.kind != NULL && k->ids.kind[at] == 2)
        th_db_bind_text(k->words, 2, th_ids_text(&k->ids, at));
    else if (store == TH_STORE_TIME && k->times[at] != INT64_MIN)
        th_db_bind_int(k->words, 2, k->times[at]);
    else if (store != TH_STORE_ID && store != TH_STORE_TIME && k->codes[at] != 0)
        th_db_bind_int(k->words, 2, (int64_t)k->codes[at] - (store == TH_STORE_BOOL));
    else
        th_db_bind_null(k->words, 2);
}

static enum th_code compare_row(struct kept *k, sqlite3_stmt *row, struct th_err *err)
{
    int64_t id = sqlite3_column_int64(row, 0);
    bool differs;
    char what[112];
    (void)sqlite3_bind_value(k->words, 1, sqlite3_column_value(row, 3));
    bind_kept(k, (size_t)(id - (int64_t)k->range.first));
    enum th_code rc = th_db_step_any(k->words, &differs, err);
    if (k->by_combination)
        (void)snprintf(what, sizeof what,
                       "the column kept for queries has another value in a combination: number "
                       "%" PRId64,
                       id);
    const struct th_verify_difference d = {
        .kind = TH_VERIFY_SEGMENT,
        .source = sqlite3_column_int64(row, 1),
        .offset = sqlite3_column_int64(row, 2),
        .has_offset = !k->by_combination,
        .event = k->by_combination ? 0 : id,
        .field = th_str_of(k->name),
        .expected = differs ? th_db_text(k->words, 0) : TH_STR_NONE,
        .found = differs ? th_db_text(k->words, 1) : TH_STR_NONE,
        .what = k->by_combination
                    ? th_str_of(what)
                    : TH_STR("the column kept for queries has another value than the event's row")};
    if (rc == TH_OK && differs)
        th_verify_say(k->v, &d);
    sqlite3_reset(k->words);
    return rc;
}

static enum th_code compare(struct kept *k, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    sqlite3_stmt *rows = NULL;
    bool more;
    th_buf_puts(&sql, "SELECT ");
    for (int i = 1; i <= 2; i++) {
        if (k->field == TH_FIELD_NONE)
            th_buf_printf(&sql, "%s?%d", i == 1 ? "" : ", ", i);
        else {
            th_buf_puts(&sql, i == 1 ? "" : ", ");
            th_verify_shown(&sql, k->field, i == 1 ? "?1" : "?2", "main",
                            k->v->c->numbers.field[k->field]);
        }
    }
    th_buf_puts(&sql, " WHERE ?1 IS NOT ?2");
    enum th_code rc = th_db_prepare(k->v->c->db, th_buf_cstr(&sql), &k->words, err);
    if (rc == TH_OK)
        rc = rows_of(k, &rows, err);
    while (rc == TH_OK && (rc = th_db_step_any(rows, &more, err)) == TH_OK && more &&
           !th_cancelled(&k->v->stop))
        rc = compare_row(k, rows, err);
    sqlite3_finalize(rows);
    sqlite3_finalize(k->words);
    th_buf_fini(&sql);
    return rc;
}

/* Which column has the number? */
static bool find(struct kept *k, int64_t number)
{
    const struct th_numbers *numbers = &k->v->c->numbers;
    k->field = TH_FIELD_NONE;
    for (k->group = 0; k->group < TH_GROUP_COUNT; k->group++)
        if (numbers->group[k->group] == number) {
            k->name = th_group_name(k->group);
            return true;
        }
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (numbers->field[f] == number && th_field_is_column(f)) {
            k->field = f;
            k->group = th_field_group(f);
            k->by_combination = k->group != TH_GROUP_NONE;
            k->name = th_field_info(f)->name;
            return true;
        }
    return false;
}

static enum th_code look(struct th_verify *v, int64_t number, int64_t first, int64_t rows,
                         struct th_err *err)
{
    struct kept k = {.v = v};
    struct th_err bad;
    th_err_clear(&bad);
    if (number == 0 || !find(&k, number))
        return TH_OK; /* nobody reads it */
    enum th_code rc = TH_OK;
    if (first < 1 || rows < 1 || rows > TH_SEGMENT_ROWS || first >= UINT32_MAX)
        rc = th_err_set(&bad, TH_E_DB, "a kept column is damaged");
    k.range = (struct th_column_range){v->c->db,        &v->c->numbers, k.field,
                                       (uint64_t)first, (size_t)rows,   NULL};
    k.codes = th_xcalloc(TH_SEGMENT_ROWS, sizeof *k.codes);
    k.times = th_xcalloc(TH_SEGMENT_ROWS, sizeof *k.times);
    th_ids_init(&k.ids, TH_SEGMENT_ROWS);
    if (rc == TH_OK)
        rc = unpack(&k, &bad);
    const struct th_verify_difference d = {.kind = TH_VERIFY_SEGMENT,
                                           .event = k.by_combination ? 0 : first,
                                           .field = th_str_of(k.name),
                                           .what = th_str_of(bad.msg)};
    if (rc == TH_E_DB)
        th_verify_say(v, &d);
    else
        rc = rc == TH_OK ? compare(&k, err) : th_err_set(err, rc, "%s", bad.msg);
    free(k.codes);
    free(k.times);
    th_ids_fini(&k.ids);
    return rc == TH_E_DB ? TH_OK : rc;
}

enum th_code th_verify_segments(struct th_verify *v, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    /* A segment of rows that aren't there is read by nobody. */
    enum th_code rc = th_db_prepare(
        v->c->db,
        "SELECT c.field, c.first, c.rows FROM main.segment c JOIN main.field f ON f.id = c.field "
        "LEFT JOIN made.field g ON g.name = f.name LEFT JOIN made.segment t ON t.field = g.id AND "
        "t.first = c.first WHERE t.bytes IS NOT c.bytes OR t.width IS NOT c.width OR t.rows IS NOT "
        "c.rows ORDER BY c.field, c.first",
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more && !th_cancelled(&v->stop)) {
        rc = look(v, sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
                  sqlite3_column_int64(stmt, 2), err);
        if (rc != TH_OK)
            break;
    }
    sqlite3_finalize(stmt);
    return rc;
}
