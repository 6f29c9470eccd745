/* A batch: columns that are filled row by row, and everything that travels with them.
 *
 * Codes are zero from the start and only what an event has is written, because most of the hundred
 * columns are empty in most events. Neighbouring events resemble each other, so each column
 * remembers the text it interned last: when the next one is equal, no hash is computed. The public
 * struct is the head of a larger one that holds those memories and the lists of fields by storage.
 */
#include "ingest/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hash.h"
#include "base/mem.h"

#define ARENA_BYTES ((size_t)256 * 1024)

/* The text interned last; p is in the dictionary. */
struct memo {
    const char *p;
    size_t n;
    uint32_t code;
};

struct batch {
    struct th_batch pub; /* first: th_batch pointers are pointers to this */
    struct memo memo[TH_FIELD_COUNT];
    uint8_t dicts[TH_FIELD_COUNT]; /* fields that have a dictionary */
    uint8_t coded[TH_FIELD_COUNT]; /* those of them in no group */
    uint8_t nums[TH_FIELD_COUNT];
    uint8_t ids[TH_FIELD_COUNT];
    size_t dicts_n, coded_n, nums_n, ids_n;
    struct member {
        uint8_t field;
        bool is_bool;
    } members[TH_GROUP_COUNT][TH_FIELD_COUNT];
    size_t members_n[TH_GROUP_COUNT];
    bool written[TH_FIELD_COUNT]; /* a code was given since the last reset */
};

static_assert(TH_FIELD_COUNT <= UINT8_MAX + 1, "field lists hold bytes");

static struct batch *whole(struct th_batch *batch)
{
    return (struct batch *)(void *)batch;
}

static void add_member(struct batch *b, enum th_field field)
{
    enum th_group group = th_field_group(field);
    bool is_bool = th_field_info(field)->store == TH_STORE_BOOL;
    b->members[group][b->members_n[group]++] = (struct member){(uint8_t)field, is_bool};
    if (is_bool)
        return;
    b->dicts[b->dicts_n++] = (uint8_t)field;
    b->pub.dict[field] = th_dict_new();
}

static void add_column(struct batch *b, enum th_field field)
{
    struct th_batch *pub = &b->pub;
    if (th_field_group(field) != TH_GROUP_NONE) {
        add_member(b, field);
        return;
    }
    switch (th_field_info(field)->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
        b->coded[b->coded_n++] = (uint8_t)field;
        b->dicts[b->dicts_n++] = (uint8_t)field;
        pub->dict[field] = th_dict_new();
        pub->codes[field] = th_xcalloc(TH_BATCH_ROWS, sizeof *pub->codes[field]);
        break;
    case TH_STORE_TIME:
    case TH_STORE_BOOL:
        b->nums[b->nums_n++] = (uint8_t)field;
        pub->num[field] = th_xcalloc(TH_BATCH_ROWS, sizeof *pub->num[field]);
        break;
    case TH_STORE_ID:
        b->ids[b->ids_n++] = (uint8_t)field;
        pub->ids[field] = th_xcalloc(TH_BATCH_ROWS, sizeof *pub->ids[field]);
        break;
    case TH_STORE_OF:
    case TH_STORE_CONST:
    case TH_STORE_EVIDENCE:
        break;
    }
}

struct th_batch *th_batch_new(void)
{
    struct batch *b = th_xcalloc(1, sizeof *b);
    struct th_batch *pub = &b->pub;
    pub->arena = th_arena_new(ARENA_BYTES);
    pub->part = th_xcalloc(TH_BATCH_ROWS, sizeof *pub->part);
    pub->offset = th_xcalloc(TH_BATCH_ROWS, sizeof *pub->offset);
    pub->length = th_xcalloc(TH_BATCH_ROWS, sizeof *pub->length);
    pub->flags = th_xcalloc(TH_BATCH_ROWS, sizeof *pub->flags);
    pub->raw_hash = th_xcalloc(TH_BATCH_ROWS, sizeof *pub->raw_hash);
    for (int f = 0; f < TH_FIELD_COUNT; f++)
        add_column(b, (enum th_field)f);
    for (int g = 0; g < TH_GROUP_COUNT; g++) {
        pub->group[g] = th_xcalloc(TH_BATCH_ROWS, sizeof *pub->group[g]);
        pub->tuples[g] = th_tuples_new(b->members_n[g]);
    }
    return pub;
}

/* Free what parts, blobs and points own, and forget them. */
static void drop_attached(struct th_batch *batch)
{
    for (size_t i = 0; i < batch->parts_n; i++) {
        free(batch->parts[i].path);
        free(batch->parts[i].container);
    }
    for (size_t i = 0; i < batch->blobs_n; i++) {
        if (batch->blobs[i].mapped)
            (void)munmap(batch->blobs[i].bytes, batch->blobs[i].bytes_n);
        else
            free(batch->blobs[i].bytes);
    }
    for (size_t i = 0; i < batch->points_n; i++)
        free(batch->points[i].window);
    batch->parts_n = 0;
    batch->blobs_n = 0;
    batch->points_n = 0;
    batch->rejects_n = 0;
}

void th_batch_reset(struct th_batch *batch)
{
    struct batch *b = whole(batch);
    drop_attached(batch);
    for (size_t i = 0; i < b->dicts_n; i++) {
        uint8_t f = b->dicts[i];
        if (!b->written[f])
            continue;
        if (batch->codes[f] != NULL)
            memset(batch->codes[f], 0, batch->rows * sizeof *batch->codes[f]);
        th_dict_reset(batch->dict[f]);
        b->memo[f] = (struct memo){NULL, 0, 0};
        b->written[f] = false;
    }
    for (int g = 0; g < TH_GROUP_COUNT; g++)
        th_tuples_reset(batch->tuples[g]);
    batch->rows = 0;
    batch->sequence = 0;
    th_arena_reset(batch->arena);
}

void th_batch_free(struct th_batch *batch)
{
    if (batch == NULL)
        return;
    drop_attached(batch);
    for (int f = 0; f < TH_FIELD_COUNT; f++) {
        th_dict_free(batch->dict[f]);
        free(batch->codes[f]);
        free(batch->num[f]);
        free(batch->ids[f]);
    }
    for (int g = 0; g < TH_GROUP_COUNT; g++) {
        free(batch->group[g]);
        th_tuples_free(batch->tuples[g]);
    }
    free(batch->part);
    free(batch->offset);
    free(batch->length);
    free(batch->flags);
    free(batch->raw_hash);
    free(batch->parts);
    free(batch->rejects);
    free(batch->blobs);
    free(batch->points);
    th_arena_free(batch->arena);
    free(whole(batch));
}

/* Equal texts of n bytes? Most are short: two overlapping words decide without a call. */
static inline bool same(const char *a, const char *b, size_t n)
{
    if (n < 8 || n > 16)
        return memcmp(a, b, n) == 0;
    uint64_t x[2];
    uint64_t y[2];
    memcpy(&x[0], a, 8);
    memcpy(&y[0], b, 8);
    memcpy(&x[1], a + n - 8, 8);
    memcpy(&y[1], b + n - 8, 8);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

static inline uint32_t intern(struct batch *b, uint8_t field, struct th_str text)
{
    struct memo *memo = &b->memo[field];
    if (memo->p != NULL && memo->n == text.n && same(memo->p, text.p, text.n))
        return memo->code;
    uint32_t code = th_dict_intern(b->pub.dict[field], text);
    struct th_str kept = th_dict_text(b->pub.dict[field], code);
    *memo = (struct memo){kept.p, kept.n, code};
    b->written[field] = true;
    return code;
}

static void add_id(struct th_batch *batch, struct th_id *id, struct th_str text)
{
    id->text = TH_STR_NONE;
    id->is_uuid = text.p != NULL && th_uuid_parse(text, id->uuid);
    if (text.p != NULL && !id->is_uuid)
        id->text = th_arena_dup(batch->arena, text);
}

static uint32_t tuple_of(struct batch *b, enum th_group group, const struct th_values *values)
{
    uint32_t codes[TH_FIELD_COUNT];
    const struct member *members = b->members[group];
    size_t n = b->members_n[group];
    for (size_t i = 0; i < n; i++) {
        uint8_t f = members[i].field;
        if (members[i].is_bool)
            codes[i] = values->num[f] == TH_VALUE_NONE ? 0 : values->num[f] == 0 ? 1 : 2;
        else
            codes[i] = values->text[f].p == NULL ? 0 : intern(b, f, values->text[f]);
    }
    return th_tuples_intern(b->pub.tuples[group], codes);
}

uint32_t th_batch_code(const struct th_batch *batch, enum th_field field, size_t row)
{
    enum th_group group = th_field_group(field);
    if (group != TH_GROUP_NONE)
        return th_tuples_get(batch->tuples[group], batch->group[group][row])[th_group_place(field)];
    return batch->codes[field] == NULL ? 0 : batch->codes[field][row];
}

void th_batch_add(struct th_batch *batch, uint32_t part, uint64_t offset, uint64_t length,
                  unsigned flags, const struct th_values *values, struct th_str raw)
{
    struct batch *b = whole(batch);
    size_t row = batch->rows;
    assert(row < TH_BATCH_ROWS && length <= UINT32_MAX);

    if (values->num[TH_F_TIMESTAMP] == TH_VALUE_NONE)
        flags |= TH_ROW_UNTIMED;
    batch->part[row] = part;
    batch->offset[row] = offset;
    batch->length[row] = (uint32_t)length;
    batch->flags[row] = (uint8_t)flags;
    for (size_t i = 0; i < b->coded_n; i++) {
        uint8_t f = b->coded[i];
        if (values->text[f].p != NULL)
            batch->codes[f][row] = intern(b, f, values->text[f]);
    }
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        batch->group[g][row] = tuple_of(b, g, values);
    for (size_t i = 0; i < b->nums_n; i++)
        batch->num[b->nums[i]][row] = values->num[b->nums[i]];
    for (size_t i = 0; i < b->ids_n; i++)
        add_id(batch, &batch->ids[b->ids[i]][row], values->text[b->ids[i]]);
    if (values->text[TH_F_EVENT_ID].p == NULL)
        th_sha256_of(raw.p, raw.n, batch->raw_hash[row]);
    batch->rows = row + 1;
}

void th_batch_reject(struct th_batch *batch, uint32_t part, uint64_t offset, uint64_t length,
                     const char *reason, struct th_str bytes)
{
    TH_GROW(batch->rejects, batch->rejects_n, batch->rejects_cap);
    batch->rejects[batch->rejects_n++] = (struct th_reject){
        .part = part,
        .offset = offset,
        .length = length,
        .reason = th_arena_strdup(batch->arena, reason),
        .bytes = th_arena_dup(batch->arena, th_str_sub(bytes, 0, TH_REJECT_BYTES)),
    };
}
