/* The youngest segment in memory. Rows of a batch arrive here first: texts get the codes of the
 * case, values stand in one array per column; from these arrays the virtual table feeds table
 * event, and when TH_SEGMENT_ROWS are together they are packed and stored.
 *
 * Codes are given in order of rows, never of batches, so that the same records get the same codes
 * however they were cut into batches. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "store/write/internal.h"

static uint32_t *codes_of(struct th_segbuf *s, enum th_field field)
{
    if (s->codes[field] == NULL)
        s->codes[field] = th_xcalloc(TH_SEGMENT_ROWS, sizeof *s->codes[field]);
    return s->codes[field];
}

static int64_t *times_of(struct th_segbuf *s, enum th_field field)
{
    if (s->times[field] == NULL) {
        s->times[field] = th_xreallocarray(NULL, TH_SEGMENT_ROWS, sizeof *s->times[field]);
        for (size_t i = 0; i < TH_SEGMENT_ROWS; i++)
            s->times[field][i] = TH_TIME_NONE;
    }
    return s->times[field];
}

static struct th_ids *ids_of(struct th_segbuf *s, enum th_field field)
{
    if (s->ids[field].kind == NULL)
        th_ids_init(&s->ids[field], TH_SEGMENT_ROWS);
    return &s->ids[field];
}

/* Codes of the batch to codes of the case: a table per distinct text, filled when a row first needs
 * it. */
static void add_terms(th_writer *w, enum th_field field, const struct th_batch *batch,
                      const uint32_t *rows, size_t n)
{
    const th_dict *from = batch->dict[field];
    const uint32_t *codes = batch->codes[field];
    uint32_t distinct = from == NULL ? 0 : th_dict_count(from);
    if (distinct == 0 || codes == NULL)
        return;
    uint32_t *out = codes_of(&w->segbuf, field) + w->segbuf.n;
    uint32_t *map = th_xcalloc((size_t)distinct + 1, sizeof *map);
    for (size_t i = 0; i < n; i++) {
        uint32_t code = codes[rows[i]];
        if (map[code] == 0 && code != 0)
            map[code] = th_dict_intern(w->dict[field], th_dict_text(from, code));
        out[i] = map[code];
    }
    free(map);
}

static bool any_number(const int64_t *num, const uint32_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (num[rows[i]] != TH_VALUE_NONE)
            return true;
    return false;
}

static void add_numbers(th_writer *w, enum th_field field, const struct th_batch *batch,
                        const uint32_t *rows, size_t n)
{
    const int64_t *num = batch->num[field];
    if (num == NULL || !any_number(num, rows, n))
        return;
    if (th_field_info(field)->store == TH_STORE_TIME) {
        int64_t *out = times_of(&w->segbuf, field) + w->segbuf.n;
        for (size_t i = 0; i < n; i++)
            out[i] = num[rows[i]];
        return;
    }
    uint32_t *out = codes_of(&w->segbuf, field) + w->segbuf.n;
    for (size_t i = 0; i < n; i++)
        out[i] = num[rows[i]] == TH_VALUE_NONE ? 0 : num[rows[i]] == 0 ? 1 : 2;
}

/* Ids of megabytes are an attack. Without further segments the column is read from its rows. */
static void limit_text(struct th_segbuf *s, enum th_field field)
{
    if (s->ids[field].bytes.n <= TH_SEGMENT_TEXT_MAX)
        return;
    s->stopped[field] = true;
    th_ids_fini(&s->ids[field]);
}

static void add_ids(th_writer *w, enum th_field field, const struct th_batch *batch,
                    const uint32_t *rows, size_t n)
{
    const struct th_id *from = batch->ids[field];
    struct th_segbuf *s = &w->segbuf;
    if (from == NULL || s->stopped[field])
        return;
    for (size_t i = 0; i < n; i++) {
        const struct th_id *id = &from[rows[i]];
        if (id->is_uuid)
            th_ids_put_uuid(ids_of(s, field), s->n + i, id->uuid);
        else if (id->text.p != NULL)
            th_ids_put_text(ids_of(s, field), s->n + i, id->text);
    }
    limit_text(s, field);
}

void th_segbuf_add(th_writer *w, const struct th_batch *batch, const uint32_t *rows, size_t n)
{
    assert(w->segbuf.n + n <= TH_SEGMENT_ROWS);
    uint32_t *groups[TH_GROUP_COUNT];
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        groups[g] = w->segbuf.groups[g] + w->segbuf.n;
    th_combos_take(w, batch, rows, n, groups);
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        if (th_field_group(f) != TH_GROUP_NONE)
            continue;
        switch (th_field_info(f)->store) {
        case TH_STORE_TERM:
        case TH_STORE_LIST:
            add_terms(w, f, batch, rows, n);
            break;
        case TH_STORE_TIME:
        case TH_STORE_BOOL:
            add_numbers(w, f, batch, rows, n);
            break;
        case TH_STORE_ID:
            add_ids(w, f, batch, rows, n);
            break;
        case TH_STORE_OF:
        case TH_STORE_CONST:
        case TH_STORE_EVIDENCE:
            break;
        }
    }
    w->segbuf.n += n;
}

static int pack(struct th_segbuf *s, enum th_field field)
{
    static const uint32_t absent = 0;
    static const int64_t no_time = TH_TIME_NONE;
    switch (th_field_info(field)->store) {
    case TH_STORE_TIME:
        return s->times[field] == NULL ? th_segment_pack_times(&no_time, 1, &s->packed)
                                       : th_segment_pack_times(s->times[field], s->n, &s->packed);
    case TH_STORE_ID:
        if (s->ids[field].kind != NULL)
            return th_segment_pack_ids(&s->ids[field], s->n, &s->packed);
        th_buf_reset(&s->packed);
        return 0;
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_BOOL:
        break;
    case TH_STORE_OF:
    case TH_STORE_CONST:
    case TH_STORE_EVIDENCE:
        assert(false); /* no columns */
    }
    return s->codes[field] == NULL ? th_segment_pack_codes(&absent, 1, &s->packed)
                                   : th_segment_pack_codes(s->codes[field], s->n, &s->packed);
}

static void empty(struct th_segbuf *s)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        if (s->codes[f] != NULL)
            memset(s->codes[f], 0, TH_SEGMENT_ROWS * sizeof *s->codes[f]);
        if (s->times[f] != NULL)
            for (size_t i = 0; i < TH_SEGMENT_ROWS; i++)
                s->times[f][i] = TH_TIME_NONE;
        if (s->ids[f].kind != NULL)
            th_ids_clear(&s->ids[f]);
    }
    s->first += s->n;
    s->n = 0;
}

enum th_code th_segbuf_store(th_writer *w, struct th_err *err)
{
    struct th_segbuf *s = &w->segbuf;
    enum th_code rc = TH_OK;
    if (s->n == 0)
        return rc;
    for (enum th_group g = 0; g < TH_GROUP_COUNT && rc == TH_OK; g++) {
        int width = th_segment_pack_codes(s->groups[g], s->n, &s->packed);
        rc = th_segment_store(&w->c->cache, w->db, w->c->numbers.group[g], s->first, s->n, width,
                              &s->packed, err);
    }
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++) {
        if (!th_field_is_column(f) || s->stopped[f] || th_field_group(f) != TH_GROUP_NONE)
            continue;
        int width = pack(s, f);
        rc = th_segment_store(&w->c->cache, w->db, w->c->numbers.field[f], s->first, s->n, width,
                              &s->packed, err);
    }
    if (rc == TH_OK)
        rc = th_combos_pack(w, false, err);
    if (s->n == TH_SEGMENT_ROWS)
        empty(s);
    return rc;
}

static enum th_code load_column(th_writer *w, enum th_field field, struct th_err *err)
{
    struct th_segbuf *s = &w->segbuf;
    const struct th_column_range range = {w->db, &w->c->numbers, field, s->first, s->n, NULL};
    switch (th_field_info(field)->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
        return th_range_codes(&range, 4, th_dict_count(w->dict[field]), codes_of(s, field), err);
    case TH_STORE_BOOL:
        return th_range_codes(&range, 4, 2, codes_of(s, field), err);
    case TH_STORE_TIME:
        return th_range_times(&range, times_of(s, field), err);
    case TH_STORE_ID: {
        enum th_code rc = th_range_ids(&range, ids_of(s, field), err);
        limit_text(s, field);
        return rc;
    }
    case TH_STORE_OF:
    case TH_STORE_CONST:
    case TH_STORE_EVIDENCE:
        break;
    }
    return TH_OK;
}

enum th_code th_segbuf_load(th_writer *w, struct th_err *err)
{
    struct th_segbuf *s = &w->segbuf;
    s->ready = true;
    s->n = (size_t)(w->events % TH_SEGMENT_ROWS);
    s->first = w->events - s->n + 1;
    enum th_code rc = TH_OK;
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        s->groups[g] = th_xcalloc(TH_SEGMENT_ROWS, sizeof *s->groups[g]);
    const struct th_column_range range = {w->db,    &w->c->numbers, TH_FIELD_NONE,
                                          s->first, s->n,           NULL};
    for (enum th_group g = 0; g < TH_GROUP_COUNT && rc == TH_OK; g++)
        rc = th_range_group(&range, g, th_tuples_count(w->groups[g].tuples), s->groups[g], err);
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK && s->n > 0; f++)
        if (th_field_group(f) == TH_GROUP_NONE)
            rc = load_column(w, f, err);
    return rc;
}

void th_segbuf_fini(struct th_segbuf *segbuf)
{
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        free(segbuf->groups[g]);
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        free(segbuf->codes[f]);
        free(segbuf->times[f]);
        th_ids_fini(&segbuf->ids[f]);
    }
    th_buf_fini(&segbuf->packed);
    memset(segbuf, 0, sizeof *segbuf);
}
