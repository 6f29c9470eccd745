/* Columns into memory. A column is read whole or, when a shorter one of the same field is there,
 * only behind its end: the shorter one's memory is the beginning of the longer one's. OF columns
 * share the array of codes of the field they depend on, whichever of them came first. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/columns/internal.h"

static const struct th_str bool_texts[] = {{NULL, 0}, {"false", 5}, {"true", 4}};

/* One column that is being read. */
struct load {
    th_columns *columns;
    th_case *c;
    struct th_group_cache *groups;
    size_t rows;
    const struct th_column_owner *old; /* NULL: nothing */
    size_t old_rows;
    struct th_column_owner *owner;
    struct th_column *out;
};

/* The rows that have to be read. */
static struct th_column_range range_of(const struct load *l, enum th_field field)
{
    return (struct th_column_range){l->c->db,        &l->c->numbers,        field,
                                    l->old_rows + 1, l->rows - l->old_rows, l->groups};
}

static uint8_t width_for(uint32_t max)
{
    return max <= UINT8_MAX ? 1 : max <= UINT16_MAX ? 2 : 4;
}

enum th_code th_columns_check(th_case *c, int64_t count, const char *what, struct th_err *err)
{
    int64_t bytes = 0;
    if (count >= 0 && count < UINT16_MAX)
        return TH_OK;
    enum th_code rc = th_db_number(
        c->db, "SELECT p.page_count * s.page_size FROM pragma_page_count p, pragma_page_size s", 0,
        &bytes, err);
    if (rc == TH_OK && (count < 0 || count >= UINT32_MAX || count > bytes))
        rc = th_err_set(err, TH_E_DB, "%s: %s has impossible numbers, the case is damaged", c->path,
                        what);
    return rc;
}

/* ---- codes ---- */

static enum th_code dictionary_size(th_case *c, enum th_field field, uint32_t *out,
                                    struct th_err *err)
{
    sqlite3_stmt *stmt;
    int64_t max;
    enum th_code rc =
        th_db_cached(&c->cache, c->db, "SELECT max(code) FROM term WHERE field = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, c->numbers.field[field]);
    rc = th_db_value(stmt, 0, &max, err);
    if (rc == TH_OK)
        rc = th_columns_check(c, max, "a dictionary", err);
    *out = rc == TH_OK ? (uint32_t)max : 0;
    return rc;
}

static void shared_free(struct th_shared_codes *shared)
{
    th_block_free(shared->codes);
    th_block_free(shared->members);
    free(shared);
}

static void drop_shared(th_columns *columns, enum th_field field, struct th_shared_codes *shared)
{
    if (shared == NULL)
        return;
    pthread_mutex_lock(&columns->lock);
    bool last = --shared->refs == 0;
    if (last && columns->shared[field] == shared)
        columns->shared[field] = NULL;
    pthread_mutex_unlock(&columns->lock);
    if (!last)
        return;
    shared_free(shared);
}

static struct th_shared_codes *find_shared(th_columns *columns, enum th_field field, size_t rows)
{
    pthread_mutex_lock(&columns->lock);
    struct th_shared_codes *shared = columns->shared[field];
    if (shared != NULL && shared->rows == rows)
        shared->refs++;
    else
        shared = NULL;
    pthread_mutex_unlock(&columns->lock);
    return shared;
}

static void put_shared(th_columns *columns, enum th_field field, struct th_shared_codes *shared)
{
    pthread_mutex_lock(&columns->lock);
    if (columns->shared[field] == NULL || columns->shared[field]->rows <= shared->rows)
        columns->shared[field] = shared;
    pthread_mutex_unlock(&columns->lock);
}

static uint32_t code_at(const struct th_block *codes, size_t row)
{
    uint32_t wide;
    uint16_t half;
    switch (codes->size) {
    case 1:
        return codes->bytes[row];
    case 2:
        memcpy(&half, codes->bytes + 2 * row, sizeof half);
        return half;
    default:
        memcpy(&wide, codes->bytes + 4 * row, sizeof wide);
        return wide;
    }
}

/* The dictionary has outgrown the width of its codes. */
static struct th_block *widen(const struct th_block *old, size_t n, uint8_t width, size_t want)
{
    struct th_block *block = th_block_roomy(width, want);
    for (size_t row = 0; row < n; row++) {
        uint32_t wide = code_at(old, row);
        uint16_t half = (uint16_t)wide;
        if (width == 2)
            memcpy(block->bytes + 2 * row, &half, sizeof half);
        else
            memcpy(block->bytes + 4 * row, &wide, sizeof wide);
    }
    return block;
}

static struct th_block *room_for_codes(const struct load *l, uint8_t width)
{
    if (l->old == NULL)
        return th_block_new(width, l->rows);
    struct th_block *codes = l->old->shared->codes;
    return codes->size == width ? th_block_grow(codes, l->old_rows, l->rows)
                                : widen(codes, l->old_rows, width, l->rows);
}

/* A group's member by combination: those that are new since the shorter column. */
static enum th_code grow_members(const struct load *l, enum th_field field, uint32_t tuples,
                                 struct th_shared_codes *shared, struct th_err *err)
{
    const struct th_column_range range = range_of(l, field);
    struct th_column_place place = th_column_place_of(&range);
    struct th_block *old = l->old->shared->members;
    uint8_t width = (uint8_t)shared->codes->size;
    size_t n = (size_t)tuples + 1;
    size_t have = old != NULL && old->size == width ? l->old->shared->members_n : 0;
    if (have > n)
        have = 0;
    shared->members_n = n;
    shared->members = have == 0 ? th_block_roomy(width, n) : th_block_grow(old, have, n);
    if (have == 0)
        memset(shared->members->bytes, 0, width);
    have = have == 0 ? 1 : have;
    place.first = have;
    place.n = n - have;
    return th_column_place_codes(&place, width, shared->max, shared->members->bytes + have * width,
                                 err);
}

/* The codes of the new rows of a longer column. Reading all combinations of a group for a few rows
 * would be most of the work. */
static enum th_code read_rows(const struct load *l, enum th_field field,
                              struct th_shared_codes *shared, struct th_err *err)
{
    const struct th_column_range range = range_of(l, field);
    enum th_group group = th_field_group(field);
    int width = (int)shared->codes->size;
    unsigned char *to = shared->codes->bytes + l->old_rows * (size_t)width;
    uint32_t tuples;
    uint32_t *mine = NULL;
    const uint32_t *rows;
    if (l->old == NULL || range.n == 0 || group == TH_GROUP_NONE || l->c->numbers.field[field] == 0)
        return th_range_codes(&range, width, shared->max, to, err);
    enum th_code rc = th_group_count(l->c->db, group, &tuples, err);
    if (rc == TH_OK)
        rc = grow_members(l, field, tuples, shared, err);
    if (rc == TH_OK)
        rc = th_group_rows(&range, group, tuples, &rows, &mine, err);
    if (rc == TH_OK)
        th_group_gather(rows, range.n, shared->members->bytes, width, to);
    free(mine);
    return rc;
}

static enum th_code read_codes(const struct load *l, enum th_field field,
                               struct th_shared_codes **out, struct th_err *err)
{
    uint32_t max = TH_COUNT(bool_texts) - 1;
    enum th_code rc = TH_OK;
    if (th_field_info(field)->store != TH_STORE_BOOL)
        rc = dictionary_size(l->c, field, &max, err);
    /* Dictionaries only grow: what is smaller than before has nothing to do with it. */
    if (rc == TH_OK && l->old != NULL && max < l->old->shared->max)
        rc =
            th_err_set(err, TH_E_DB, "the dictionary of %s has shrunk", th_field_info(field)->name);
    if (rc != TH_OK)
        return rc;
    struct th_shared_codes *shared = th_xcalloc(1, sizeof *shared);
    uint8_t width = width_for(max);
    *shared = (struct th_shared_codes){
        .refs = 1, .rows = l->rows, .max = max, .codes = room_for_codes(l, width)};
    rc = read_rows(l, field, shared, err);
    if (rc != TH_OK) {
        shared_free(shared);
        return rc;
    }
    *out = shared;
    return TH_OK;
}

/* The codes of a field: those that another column holds already, else read now. */
static enum th_code take_codes(const struct load *l, enum th_field field, struct th_err *err)
{
    struct th_column_owner *owner = l->owner;
    owner->field = field;
    owner->shared = find_shared(l->columns, field, l->rows);
    if (owner->shared == NULL) {
        enum th_code rc = read_codes(l, field, &owner->shared, err);
        if (rc != TH_OK)
            return rc;
        put_shared(l->columns, field, owner->shared);
        l->out->memory_bytes += l->rows * owner->shared->codes->size;
    }
    l->out->codes = owner->shared->codes->bytes;
    l->out->width = (uint8_t)owner->shared->codes->size;
    return TH_OK;
}

/* ---- texts ---- */

/* Fill texts from rows of (code, text) of a field's dictionary or derived values; a code beyond the
 * array is left out: it came with events that this table doesn't show. */
static enum th_code read_texts(sqlite3_stmt *stmt, size_t from, struct th_str *texts, size_t n,
                               struct th_buf *bytes, struct th_err *err)
{
    bool more;
    enum th_code rc;
    /* The buffer moves while it grows: starts first, addresses at the end. */
    size_t *starts = th_xcalloc(n - from + 1, sizeof *starts);
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        uint64_t code = th_db_u64(stmt, 0);
        struct th_str text = th_db_text(stmt, 1);
        if (code >= n || code < from || text.p == NULL)
            continue;
        starts[code - from] = bytes->n + 1;
        texts[code].n = text.n;
        th_buf_add_str(bytes, text);
        th_buf_putc(bytes, '\0');
    }
    sqlite3_reset(stmt);
    for (size_t i = from; i < n; i++)
        if (starts[i - from] != 0)
            texts[i].p = bytes->p + starts[i - from] - 1;
    free(starts);
    return rc;
}

/* How many texts of the shorter column are good for this one. */
static size_t texts_kept(const struct load *l, bool derived)
{
    if (l->old == NULL || l->old->texts == NULL)
        return 0;
    return derived && l->old->derived != l->owner->derived ? 0 : (size_t)l->old->shared->max + 1;
}

static enum th_code load_texts(const struct load *l, enum th_field field, struct th_err *err)
{
    bool derived = th_field_info(field)->store == TH_STORE_OF;
    const char *sql = derived ? "SELECT code, text FROM derived WHERE field = ?1 AND code >= ?2"
                              : "SELECT code, text FROM term WHERE field = ?1 AND code >= ?2";
    struct th_column_owner *owner = l->owner;
    sqlite3_stmt *stmt;
    struct th_buf bytes = TH_BUF_INIT;
    enum th_code rc = th_db_prepare(l->c->db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    size_t from = texts_kept(l, derived);
    size_t n = (size_t)owner->shared->max + 1;
    th_db_bind_int(stmt, 1, l->c->numbers.field[field]);
    th_db_bind_int(stmt, 2, (int64_t)from);
    owner->texts =
        from == 0 ? th_block_new(sizeof(struct th_str), n) : th_block_grow(l->old->texts, from, n);
    owner->heap = from == 0 ? th_heap_new() : th_heap_hold(l->old->heap);
    struct th_str *texts = (struct th_str *)(void *)owner->texts->bytes;
    memset(texts + from, 0, (n - from) * sizeof *texts);
    rc = read_texts(stmt, from, texts, n, &bytes, err);
    sqlite3_finalize(stmt);
    l->out->memory_bytes += n * sizeof *texts + bytes.cap;
    th_heap_add(owner->heap, bytes);
    if (rc == TH_OK && !derived && from == 0)
        texts[0] = TH_STR_NONE;
    l->out->texts = texts;
    l->out->texts_n = (uint32_t)n;
    l->out->texts_of = owner->heap;
    return rc;
}

static enum th_code load_coded(const struct load *l, enum th_field field, struct th_err *err)
{
    const struct th_field_info *info = th_field_info(field);
    enum th_field codes_of = info->store == TH_STORE_OF ? info->parent : field;
    enum th_code rc = take_codes(l, codes_of, err);
    return rc == TH_OK ? load_texts(l, field, err) : rc;
}

static enum th_code load_bool(const struct load *l, enum th_field field, struct th_err *err)
{
    l->out->texts = bool_texts;
    l->out->texts_n = TH_COUNT(bool_texts);
    l->out->texts_of = bool_texts;
    return take_codes(l, field, err);
}

static void load_const(const struct load *l, enum th_field field)
{
    l->owner->texts = th_block_new(sizeof(struct th_str), 1);
    struct th_str *text = (struct th_str *)(void *)l->owner->texts->bytes;
    text[0] = th_str_of(th_field_info(field)->source);
    l->out->texts = text;
    l->out->texts_n = 1;
    l->out->texts_of = l->out->texts;
}

/* ---- times and ids ---- */

static struct th_block *grow_or_new(struct th_block *old, const struct load *l, size_t size)
{
    return old == NULL ? th_block_new(size, l->rows) : th_block_grow(old, l->old_rows, l->rows);
}

static enum th_code load_times(const struct load *l, enum th_field field, struct th_err *err)
{
    const struct th_column_range range = range_of(l, field);
    l->owner->times = grow_or_new(l->old == NULL ? NULL : l->old->times, l, sizeof *l->out->num);
    int64_t *num = (int64_t *)(void *)l->owner->times->bytes;
    l->out->num = num;
    l->out->memory_bytes = l->rows * sizeof *num;
    return th_range_times(&range, num + l->old_rows, err);
}

/* Ids that are texts: their places and the texts behind those there are. ids->index and ids->bytes
 * are taken where that saves a copy. */
static void add_id_texts(const struct load *l, struct th_ids *ids)
{
    struct th_column_owner *owner = l->owner;
    struct th_block *old_index = l->old == NULL ? NULL : l->old->index;
    size_t have = l->old == NULL ? 0 : l->old->id_texts_n;
    size_t n = l->rows - l->old_rows;
    owner->id_texts_n = have + ids->texts_n;
    if (owner->id_texts_n == 0)
        return;
    if (old_index != NULL) {
        owner->index = th_block_grow(old_index, l->old_rows, l->rows);
    } else {
        owner->index = th_block_new(sizeof(uint32_t), l->rows);
        memset(owner->index->bytes, 0, l->old_rows * sizeof(uint32_t));
    }
    uint32_t *index = (uint32_t *)(void *)owner->index->bytes + l->old_rows;
    for (size_t i = 0; i < n; i++)
        index[i] = ids->index == NULL ? 0 : ids->index[i] + (uint32_t)have;
    owner->id_texts = l->old == NULL || l->old->id_texts == NULL
                          ? th_block_new(sizeof(struct th_str), owner->id_texts_n)
                          : th_block_grow(l->old->id_texts, have, owner->id_texts_n);
    struct th_str *texts = (struct th_str *)(void *)owner->id_texts->bytes;
    const char *bytes = th_buf_cstr(&ids->bytes);
    for (size_t i = 0; i < ids->texts_n; i++) {
        size_t start = i == 0 ? 0 : ids->ends[i - 1];
        texts[have + i] = (struct th_str){bytes + start, ids->ends[i] - start};
    }
    l->out->memory_bytes +=
        l->rows * sizeof *index + ids->bytes.cap + owner->id_texts_n * sizeof *texts;
    owner->heap =
        l->old == NULL || l->old->heap == NULL ? th_heap_new() : th_heap_hold(l->old->heap);
    th_heap_add(owner->heap, ids->bytes);
    ids->bytes = TH_BUF_INIT;
    l->out->ids_text = texts;
    l->out->id_index = (uint32_t *)(void *)owner->index->bytes;
}

static enum th_code load_ids(const struct load *l, enum th_field field, struct th_err *err)
{
    const struct th_column_range range = range_of(l, field);
    struct th_column_owner *owner = l->owner;
    struct th_ids ids;
    memset(&ids, 0, sizeof ids);
    th_ids_init(&ids, range.n);
    enum th_code rc = th_range_ids(&range, &ids, err);
    if (rc == TH_OK && l->old == NULL) {
        owner->uuids = th_block_adopt(16, l->rows, ids.uuid);
        owner->kinds = th_block_adopt(1, l->rows, ids.kind);
        ids.uuid = NULL;
        ids.kind = NULL;
    } else if (rc == TH_OK) {
        owner->uuids = th_block_grow(l->old->uuids, l->old_rows, l->rows);
        owner->kinds = th_block_grow(l->old->kinds, l->old_rows, l->rows);
        memcpy(owner->uuids->bytes + l->old_rows * 16, ids.uuid, range.n * 16);
        memcpy(owner->kinds->bytes + l->old_rows, ids.kind, range.n);
    }
    if (rc == TH_OK) {
        l->out->uuids = (const uint8_t(*)[16])owner->uuids->bytes;
        l->out->id_kind = owner->kinds->bytes;
        l->out->memory_bytes = l->rows * 17;
        add_id_texts(l, &ids);
    }
    th_ids_fini(&ids);
    return rc;
}

/* ---- all ---- */

static enum th_code load_any(const struct load *l, enum th_field field, struct th_err *err)
{
    switch (th_field_info(field)->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_OF:
        return load_coded(l, field, err);
    case TH_STORE_BOOL:
        return load_bool(l, field, err);
    case TH_STORE_TIME:
        return load_times(l, field, err);
    case TH_STORE_ID:
        return load_ids(l, field, err);
    case TH_STORE_CONST:
        load_const(l, field);
        return TH_OK;
    case TH_STORE_EVIDENCE:
        break;
    }
    return th_err_set(err, TH_E_UNSUPPORTED, "%s is computed from the records and has no column",
                      th_field_info(field)->name);
}

static void free_owner(th_columns *columns, struct th_column_owner *owner)
{
    drop_shared(columns, owner->field, owner->shared);
    th_block_free(owner->texts);
    th_heap_free(owner->heap);
    th_block_free(owner->times);
    th_block_free(owner->uuids);
    th_block_free(owner->kinds);
    th_block_free(owner->index);
    th_block_free(owner->id_texts);
    free(owner);
}

enum th_code th_column_load(th_columns *columns, th_case *c, struct th_group_cache *groups,
                            enum th_field field, size_t rows, const struct th_column *old,
                            struct th_column *out, struct th_err *err)
{
    struct load l = {.columns = columns, .c = c, .groups = groups, .rows = rows, .out = out};
    memset(out, 0, sizeof *out);
    if (old != NULL && old->owner != NULL && old->rows > 0) {
        l.old = old->owner;
        l.old_rows = old->rows;
    }
    l.owner = th_xcalloc(1, sizeof *l.owner);
    pthread_mutex_lock(&columns->lock);
    l.owner->derived = columns->derived;
    pthread_mutex_unlock(&columns->lock);
    out->field = field;
    out->rows = rows;
    out->owner = l.owner;
    enum th_code rc = load_any(&l, field, err);
    if (rc == TH_OK)
        return rc;
    free_owner(columns, l.owner);
    memset(out, 0, sizeof *out);
    return th_err_prefix(err, rc, "loading column %s", th_field_info(field)->name);
}

void th_column_unload(th_columns *columns, struct th_column *column)
{
    if (column->owner == NULL)
        return;
    free_owner(columns, column->owner);
    memset(column, 0, sizeof *column);
}
