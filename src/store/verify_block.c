/* The columns of TH_SEGMENT_ROWS events at a time: as queries get them, from segments, to be
 * compared with the rows; and what stands in table extra. Events are asked for in order of their
 * numbers, so a block is loaded about once a thread. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/verify_int.h"

/* A number no column has: neither a code nor a truth value nor a time that can be read. */
#define IMPOSSIBLE (INT64_MIN + 1)

static void put_sparse(struct th_verify_block *b, const struct th_verify_field *f, size_t at,
                       sqlite3_stmt *stmt)
{
    int type = sqlite3_column_type(stmt, 1);
    if (f->store == TH_STORE_ID) {
        struct th_ids *ids = &b->sparse_ids[f->field];
        struct th_str bytes = type == SQLITE_BLOB ? th_db_blob(stmt, 1) : th_db_text(stmt, 1);
        if (ids->kind == NULL)
            th_ids_init(ids, TH_SEGMENT_ROWS);
        if (type == SQLITE_BLOB && bytes.n == 16)
            th_ids_put_uuid(ids, at, (const uint8_t *)bytes.p);
        else
            th_ids_put_text(ids, at, bytes);
        return;
    }
    int64_t *values = b->sparse[f->field];
    if (values == NULL) {
        values = th_xreallocarray(NULL, TH_SEGMENT_ROWS, sizeof *values);
        b->sparse[f->field] = values;
    }
    if (!b->has_sparse[f->field])
        for (size_t i = 0; i < TH_SEGMENT_ROWS; i++)
            values[i] = TH_VALUE_NONE;
    b->has_sparse[f->field] = true;
    values[at] = type == SQLITE_INTEGER ? sqlite3_column_int64(stmt, 1) : IMPOSSIBLE;
}

static enum th_code load_sparse(struct th_verify_worker *w, const struct th_verify_field *f,
                                struct th_err *err)
{
    struct th_verify_block *b = &w->block;
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_cached(
        &w->c->cache, w->c->db,
        "SELECT event, value FROM extra WHERE field = ?1 AND event BETWEEN ?2 AND ?3", &stmt, err);
    if (rc != TH_OK)
        return rc;
    b->has_sparse[f->field] = false;
    if (b->sparse_ids[f->field].kind != NULL)
        th_ids_clear(&b->sparse_ids[f->field]);
    th_db_bind_int(stmt, 1, f->id);
    th_db_bind_int(stmt, 2, b->first);
    th_db_bind_int(stmt, 3, b->first + (int64_t)b->n - 1);
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        /* In a damaged table SQLite finds what isn't between; its own check tells. */
        uint64_t at = (uint64_t)sqlite3_column_int64(stmt, 0) - (uint64_t)b->first;
        if (at < b->n)
            put_sparse(b, f, (size_t)at, stmt);
    }
    sqlite3_reset(stmt);
    return rc;
}

/* A damaged segment is told of once, whoever comes to it first. column: a field's number, or
 * behind them a group's. */
static void say_damaged(struct th_verify_worker *w, size_t column, const char *name,
                        const char *what)
{
    struct th_verify *v = w->v;
    size_t bit = (size_t)(w->block.first / TH_SEGMENT_ROWS) * TH_VERIFY_COLUMNS + column;
    (void)pthread_mutex_lock(&v->lock);
    bool first = bit >= v->damaged.n || !th_bits_get(&v->damaged, bit);
    if (first && bit < v->damaged.n)
        th_bits_put(&v->damaged, bit);
    (void)pthread_mutex_unlock(&v->lock);
    if (!first)
        return;
    const struct th_verify_difference d = {
        .kind = TH_VERIFY_SEGMENT,
        .event = w->block.first,
        .field = th_str_of(name),
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

/* A column as queries get it: from segments, and behind them from the rows themselves. */
static enum th_code read_column(struct th_verify_worker *w, const struct th_verify_field *f,
                                struct th_err *err)
{
    struct th_verify_block *b = &w->block;
    const struct th_column_range range = {w->c->db,           &w->c->numbers, f->field,
                                          (uint64_t)b->first, b->n,           NULL};
    uint32_t max = f->store == TH_STORE_BOOL ? 2 : (uint32_t)w->v->dicts[f->field].n - 1;
    switch (f->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_BOOL:
        if (b->codes[f->field] == NULL)
            b->codes[f->field] = th_xcalloc(TH_SEGMENT_ROWS, sizeof *b->codes[f->field]);
        return th_range_codes(&range, 4, max, b->codes[f->field], err);
    case TH_STORE_TIME:
        if (b->times[f->field] == NULL)
            b->times[f->field] = th_xcalloc(TH_SEGMENT_ROWS, sizeof *b->times[f->field]);
        return th_range_times(&range, b->times[f->field], err);
    case TH_STORE_ID:
        if (b->ids[f->field].kind == NULL)
            th_ids_init(&b->ids[f->field], TH_SEGMENT_ROWS);
        return th_range_ids(&range, &b->ids[f->field], err);
    case TH_STORE_OF:
    case TH_STORE_CONST:
    case TH_STORE_EVIDENCE:
        break;
    }
    return TH_OK;
}

static enum th_code load_column(struct th_verify_worker *w, const struct th_verify_field *f,
                                struct th_err *err)
{
    struct th_err bad;
    th_err_clear(&bad);
    enum th_code rc = read_column(w, f, &bad);
    w->block.readable[f->field] = rc == TH_OK;
    if (rc == TH_OK)
        return rc;
    if (rc != TH_E_DB)
        return th_err_set(err, rc, "%s", bad.msg);
    say_damaged(w, (size_t)f->field, th_field_info(f->field)->name, bad.msg);
    return TH_OK;
}

static enum th_code load_group(struct th_verify_worker *w, const struct th_verify_group *g,
                               struct th_err *err)
{
    struct th_verify_block *b = &w->block;
    const struct th_column_range range = {w->c->db,           &w->c->numbers, TH_FIELD_NONE,
                                          (uint64_t)b->first, b->n,           NULL};
    struct th_err bad;
    th_err_clear(&bad);
    if (b->groups[g->group] == NULL)
        b->groups[g->group] = th_xcalloc(TH_SEGMENT_ROWS, sizeof *b->groups[g->group]);
    enum th_code rc = th_range_group(&range, g->group, g->n, b->groups[g->group], &bad);
    b->readable_group[g->group] = rc == TH_OK;
    if (rc == TH_OK)
        return rc;
    if (rc != TH_E_DB)
        return th_err_set(err, rc, "%s", bad.msg);
    say_damaged(w, TH_FIELD_COUNT + (size_t)g->group, th_group_name(g->group), bad.msg);
    return TH_OK;
}

enum th_code th_verify_block_at(struct th_verify_worker *w, int64_t event, struct th_err *err)
{
    struct th_verify_block *b = &w->block;
    const struct th_verify *v = w->v;
    if (b->first > 0 && event >= b->first && event - b->first < (int64_t)TH_SEGMENT_ROWS)
        return TH_OK;
    enum th_code rc = TH_OK;
    b->first = (event - 1) / TH_SEGMENT_ROWS * TH_SEGMENT_ROWS + 1;
    b->n = TH_SEGMENT_ROWS;
    if (v->spans[TH_VERIFY_EVENTS].last_id - b->first < (int64_t)TH_SEGMENT_ROWS)
        b->n = (size_t)(v->spans[TH_VERIFY_EVENTS].last_id - b->first) + 1;
    for (size_t i = 0; i < v->fields_n && rc == TH_OK; i++) {
        if (v->fields[i].column < 0)
            rc = load_sparse(w, &v->fields[i], err);
        if (rc == TH_OK)
            rc = load_column(w, &v->fields[i], err);
    }
    for (size_t i = 0; i < TH_GROUP_COUNT && rc == TH_OK; i++)
        if (v->groups[i].column >= 0)
            rc = load_group(w, &v->groups[i], err);
    if (rc != TH_OK)
        b->first = 0;
    return rc;
}

void th_verify_block_fini(struct th_verify_block *b)
{
    for (size_t f = 0; f < TH_FIELD_COUNT; f++) {
        free(b->sparse[f]);
        free(b->codes[f]);
        free(b->times[f]);
        th_ids_fini(&b->sparse_ids[f]);
        th_ids_fini(&b->ids[f]);
    }
    for (size_t g = 0; g < TH_GROUP_COUNT; g++)
        free(b->groups[g]);
}
