/* The combinations of grouped fields while a writer lives: in memory as tuples of codes, in the
 * case as rows of the group's table, and as segments for quick reading.
 *
 * A batch brings combinations of its own, in codes of its own. Each is translated once, when the
 * first row has it, member by member: that gives texts and combinations their codes in order of
 * rows, never of batches. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/write/internal.h"

static void add_columns(void *ctx, struct th_buf *sql)
{
    const struct th_group_rows *g = ctx;
    for (int i = 0; i < g->members_n; i++)
        th_buf_printf(sql, "%s\"%s\"", i == 0 ? "" : ", ", th_field_info(g->members[i])->name);
}

static void give(void *ctx, sqlite3_context *result, size_t at, int column)
{
    const struct th_group_rows *g = ctx;
    uint32_t code = th_tuples_get(g->tuples, (uint32_t)(g->saved + at + 1))[column];
    if (code != 0)
        sqlite3_result_int64(result, g->is_bool[column] ? code - 1 : code);
}

static enum th_code load_rows(th_writer *w, struct th_group_rows *g, sqlite3_stmt *stmt,
                              struct th_err *err)
{
    uint32_t codes[TH_FIELD_COUNT];
    bool more;
    enum th_code rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        bool sound = true;
        for (int i = 0; i < g->members_n; i++) {
            bool absent = sqlite3_column_type(stmt, i) == SQLITE_NULL;
            uint64_t code = th_db_u64(stmt, i);
            uint64_t max = g->is_bool[i] ? 1 : th_dict_count(w->dict[g->members[i]]);
            sound = sound && code <= max;
            codes[i] = absent ? 0 : (uint32_t)code + g->is_bool[i];
        }
        if (!sound || th_tuples_intern(g->tuples, codes) != th_db_u64(stmt, g->members_n))
            return th_err_set(err, TH_E_DB, "table %s is damaged at row %lld",
                              th_group_name(g->group), (long long)th_db_u64(stmt, g->members_n));
    }
    return rc;
}

static enum th_code load(th_writer *w, struct th_group_rows *g, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    sqlite3_stmt *stmt;
    th_buf_puts(&sql, "SELECT ");
    add_columns(g, &sql);
    th_buf_printf(&sql, ", id FROM %s ORDER BY id", th_group_name(g->group));
    enum th_code rc = th_db_prepare(w->db, th_buf_cstr(&sql), &stmt, err);
    th_buf_fini(&sql);
    if (rc != TH_OK)
        return rc;
    rc = load_rows(w, g, stmt, err);
    sqlite3_finalize(stmt);
    g->saved = th_tuples_count(g->tuples);
    return rc == TH_OK ? th_vtab_open(w->db, th_group_name(g->group), &g->rows, &g->insert, err)
                       : rc;
}

enum th_code th_combos_load(th_writer *w, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (enum th_group group = 0; group < TH_GROUP_COUNT && rc == TH_OK; group++) {
        struct th_group_rows *g = &w->groups[group];
        g->group = group;
        g->rows = (struct th_rows){.ctx = g, .columns = add_columns, .give = give};
        g->members_n = th_group_members(group, g->members);
        for (int i = 0; i < g->members_n; i++)
            g->is_bool[i] = th_field_info(g->members[i])->store == TH_STORE_BOOL;
        g->tuples = th_tuples_new((size_t)g->members_n);
        rc = load(w, g, err);
    }
    return rc;
}

/* Codes of the batch to codes of the case, one table per member, filled on demand. */
static uint32_t **new_maps(const struct th_group_rows *g, const struct th_batch *batch)
{
    uint32_t **maps = th_xcalloc((size_t)g->members_n, sizeof *maps);
    for (int i = 0; i < g->members_n; i++) {
        const th_dict *dict = batch->dict[g->members[i]];
        maps[i] = th_xcalloc(dict == NULL ? 1 : (size_t)th_dict_count(dict) + 1, sizeof **maps);
    }
    return maps;
}

static void free_maps(const struct th_group_rows *g, uint32_t **maps)
{
    for (int i = 0; i < g->members_n; i++)
        free(maps[i]);
    free(maps);
}

static uint32_t translate(th_writer *w, struct th_group_rows *g, const struct th_batch *batch,
                          uint32_t tuple, uint32_t **maps)
{
    const uint32_t *from = th_tuples_get(batch->tuples[g->group], tuple);
    uint32_t codes[TH_FIELD_COUNT];
    for (int i = 0; i < g->members_n; i++) {
        uint32_t code = from[i];
        codes[i] = code;
        if (g->is_bool[i] || code == 0)
            continue;
        enum th_field f = g->members[i];
        if (maps[i][code] == 0)
            maps[i][code] = th_dict_intern(w->dict[f], th_dict_text(batch->dict[f], code));
        codes[i] = maps[i][code];
    }
    return th_tuples_intern(g->tuples, codes);
}

static void take(th_writer *w, struct th_group_rows *g, const struct th_batch *batch,
                 const uint32_t *rows, size_t n, uint32_t *out)
{
    const uint32_t *tuples = batch->group[g->group];
    uint32_t **maps = new_maps(g, batch);
    uint32_t *known =
        th_xcalloc((size_t)th_tuples_count(batch->tuples[g->group]) + 1, sizeof *known);
    for (size_t i = 0; i < n; i++) {
        uint32_t tuple = tuples[rows[i]];
        if (known[tuple] == 0)
            known[tuple] = translate(w, g, batch, tuple, maps);
        out[i] = known[tuple];
    }
    free(known);
    free_maps(g, maps);
}

void th_combos_take(th_writer *w, const struct th_batch *batch, const uint32_t *rows, size_t n,
                    uint32_t *const out[TH_GROUP_COUNT])
{
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        take(w, &w->groups[g], batch, rows, n, out[g]);
}

enum th_code th_combos_save(th_writer *w, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (int i = 0; i < TH_GROUP_COUNT && rc == TH_OK; i++) {
        struct th_group_rows *g = &w->groups[i];
        uint32_t count = th_tuples_count(g->tuples);
        bool row;
        if (count == g->saved)
            continue;
        g->rows.n = count - g->saved;
        rc = th_db_step(g->insert, &row, err);
        sqlite3_reset(g->insert);
        if (rc == TH_OK && sqlite3_last_insert_rowid(w->db) != count)
            rc = th_err_set(err, TH_E_DB, "table %s is not numbered without a gap",
                            th_group_name(g->group));
        if (rc == TH_OK)
            g->saved = count;
    }
    return rc;
}

/* The segment of each member that begins behind tuple first. */
static enum th_code pack(th_writer *w, const struct th_group_rows *g, uint32_t first, size_t n,
                         uint32_t *codes, struct th_err *err)
{
    struct th_buf *packed = &w->segbuf.packed;
    enum th_code rc = TH_OK;
    for (int i = 0; i < g->members_n && rc == TH_OK; i++) {
        for (size_t at = 0; at < n; at++)
            codes[at] = th_tuples_get(g->tuples, (uint32_t)(first + at + 1))[i];
        int width = th_segment_pack_codes(codes, n, packed);
        rc = th_segment_store(&w->c->cache, w->db, w->c->numbers.field[g->members[i]],
                              (uint64_t)first + 1, n, width, packed, err);
    }
    return rc;
}

enum th_code th_combos_pack(th_writer *w, bool last, struct th_err *err)
{
    uint32_t *codes = th_xreallocarray(NULL, TH_SEGMENT_ROWS, sizeof *codes);
    enum th_code rc = TH_OK;
    for (int i = 0; i < TH_GROUP_COUNT && rc == TH_OK; i++) {
        struct th_group_rows *g = &w->groups[i];
        uint32_t count = th_tuples_count(g->tuples);
        while (rc == TH_OK && count - g->packed >= (last ? 1 : TH_SEGMENT_ROWS)) {
            uint32_t left = count - g->packed;
            uint32_t n = left < TH_SEGMENT_ROWS ? left : TH_SEGMENT_ROWS;
            rc = pack(w, g, g->packed, n, codes, err);
            g->packed += n;
        }
    }
    free(codes);
    return rc;
}

void th_combos_fini(th_writer *w)
{
    for (int i = 0; i < TH_GROUP_COUNT; i++) {
        struct th_group_rows *g = &w->groups[i];
        if (w->db != NULL)
            th_vtab_close(w->db, th_group_name((enum th_group)i), g->insert);
        th_tuples_free(g->tuples);
    }
}

void th_writer_sizes(const th_writer *w, uint32_t sizes[TH_SIZES])
{
    th_terms_counts(w, sizes);
    for (int i = 0; i < TH_GROUP_COUNT; i++)
        sizes[TH_FIELD_COUNT + i] = th_tuples_count(w->groups[i].tuples);
}
