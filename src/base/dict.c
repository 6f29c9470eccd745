/* An interning dictionary: open addressing with linear probing over a power-of-two table that is at
 * most 3/5 full.
 *
 * A slot holds the upper half of the hash as a fingerprint, the code, and the address of the text,
 * so that a lookup normally touches one slot and one text. In memory a text is its length (32
 * bits), its bytes and a NUL, packed into blocks that never move. Hashes are seeded per dictionary;
 * codes don't depend on the seed. */
#include "base/dict.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/hash.h"
#include "base/mem.h"

#define SLOTS_MIN    64u
#define BLOCK_FIRST  ((size_t)4 * 1024)
#define BLOCK_MAX    ((size_t)1024 * 1024)
#define LENGTH_BYTES sizeof(uint32_t)

struct slot {
    uint32_t mark; /* upper half of the hash */
    uint32_t code; /* 0: the slot is free */
    const char *text;
};

struct block {
    struct block *next;
    size_t size;
    char data[];
};

struct th_dict {
    struct slot *slots;
    size_t mask;
    uint32_t count;
    uint32_t limit; /* grow when count reaches this */
    uint64_t seed;
    const char **texts; /* by code - 1 */
    size_t texts_cap;
    char *fill; /* free memory in the newest block */
    char *fill_end;
    struct block *blocks;
    size_t block_next; /* size of the next block */
    size_t block_bytes;
};

static uint32_t limit_of(size_t slots)
{
    size_t limit = slots / 5 * 3;
    return limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
}

th_dict *th_dict_new(void)
{
    th_dict *dict = th_xcalloc(1, sizeof *dict);
    dict->slots = th_xcalloc(SLOTS_MIN, sizeof *dict->slots);
    dict->mask = SLOTS_MIN - 1;
    dict->limit = limit_of(SLOTS_MIN);
    dict->block_next = BLOCK_FIRST;
    dict->seed = th_hash_seed(dict);
    return dict;
}

static void free_blocks(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void th_dict_free(th_dict *dict)
{
    if (dict == NULL)
        return;
    free_blocks(dict->blocks);
    free(dict->texts);
    free(dict->slots);
    free(dict);
}

void th_dict_reset(th_dict *dict)
{
    if (dict->count == 0)
        return;
    memset(dict->slots, 0, (dict->mask + 1) * sizeof *dict->slots);
    dict->count = 0;
    /* The newest block is the largest of the doubling ones (or a giant): it is the one worth
     * keeping. */
    struct block *keep = dict->blocks;
    free_blocks(keep->next);
    keep->next = NULL;
    dict->fill = keep->data;
    dict->fill_end = keep->data + keep->size;
    dict->block_bytes = keep->size;
}

static inline uint32_t length_of(const char *text)
{
    uint32_t n;
    memcpy(&n, text - LENGTH_BYTES, sizeof n);
    return n;
}

static inline bool words_equal(const char *a, const char *b, size_t bytes)
{
    uint64_t x;
    uint64_t y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    uint64_t differ = x ^ y;
    memcpy(&x, a + bytes - 8, sizeof x);
    memcpy(&y, b + bytes - 8, sizeof y);
    return (differ | (x ^ y)) == 0;
}

/* Equal bytes? Most values are shorter than 16 bytes: two overlapping words decide without a call.
 */
static inline bool same(const char *text, struct th_str s)
{
    if (length_of(text) != s.n)
        return false;
    if (s.n >= 8 && s.n <= 16)
        return words_equal(text, s.p, s.n);
    if (s.n < 8) {
        for (size_t i = 0; i < s.n; i++)
            if (text[i] != s.p[i])
                return false;
        return true;
    }
    return memcmp(text, s.p, s.n) == 0;
}

/* The slot that holds s, or the free one where it belongs. */
static inline size_t locate(const th_dict *dict, struct th_str s, uint64_t hash)
{
    uint32_t mark = (uint32_t)(hash >> 32);
    size_t at = (size_t)hash & dict->mask;
    for (;; at = (at + 1) & dict->mask) {
        const struct slot *slot = &dict->slots[at];
        if (slot->code == 0 || (slot->mark == mark && same(slot->text, s)))
            return at;
    }
}

static void grow_table(th_dict *dict)
{
    size_t old_slots = dict->mask + 1;
    size_t slots = old_slots * 4;
    struct slot *table = th_xcalloc(slots, sizeof *table);
    for (size_t i = 0; i < old_slots; i++) {
        const struct slot *slot = &dict->slots[i];
        if (slot->code == 0)
            continue;
        size_t at = (size_t)th_hash(slot->text, length_of(slot->text), dict->seed) & (slots - 1);
        while (table[at].code != 0)
            at = (at + 1) & (slots - 1);
        table[at] = *slot;
    }
    free(dict->slots);
    dict->slots = table;
    dict->mask = slots - 1;
    dict->limit = limit_of(slots);
}

static void add_block(th_dict *dict, size_t bytes)
{
    size_t size = dict->block_next > bytes ? dict->block_next : bytes;
    struct block *block = th_xmalloc(sizeof *block + size);
    block->size = size;
    block->next = dict->blocks;
    dict->blocks = block;
    dict->fill = block->data;
    dict->fill_end = block->data + size;
    dict->block_bytes += size;
    if (dict->block_next < BLOCK_MAX)
        dict->block_next *= 2;
}

static const char *keep_text(th_dict *dict, struct th_str s)
{
    size_t bytes = LENGTH_BYTES + s.n + 1;
    if ((size_t)(dict->fill_end - dict->fill) < bytes)
        add_block(dict, bytes);
    uint32_t n = (uint32_t)s.n;
    memcpy(dict->fill, &n, sizeof n);
    char *text = dict->fill + LENGTH_BYTES;
    if (s.n > 0)
        memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    dict->fill += bytes;
    return text;
}

static uint32_t add(th_dict *dict, struct th_str s, uint64_t hash, size_t at)
{
    assert(s.n < UINT32_MAX - LENGTH_BYTES); /* records are capped far below */
    if (dict->count >= dict->limit) {
        if (dict->count == UINT32_MAX)
            th_oom(SIZE_MAX);
        grow_table(dict);
        at = locate(dict, s, hash);
    }
    TH_GROW(dict->texts, dict->count, dict->texts_cap);
    const char *text = keep_text(dict, s);
    dict->texts[dict->count] = text;
    dict->count++;
    dict->slots[at] =
        (struct slot){.mark = (uint32_t)(hash >> 32), .code = dict->count, .text = text};
    return dict->count;
}

uint32_t th_dict_intern(th_dict *dict, struct th_str text)
{
    if (text.p == NULL)
        return 0;
    uint64_t hash = th_hash(text.p, text.n, dict->seed);
    size_t at = locate(dict, text, hash);
    uint32_t code = dict->slots[at].code;
    return TH_LIKELY(code != 0) ? code : add(dict, text, hash, at);
}

uint32_t th_dict_find(const th_dict *dict, struct th_str text)
{
    if (text.p == NULL)
        return 0;
    return dict->slots[locate(dict, text, th_hash(text.p, text.n, dict->seed))].code;
}

struct th_str th_dict_text(const th_dict *dict, uint32_t code)
{
    if (code == 0)
        return TH_STR_NONE;
    assert(code <= dict->count);
    const char *text = dict->texts[code - 1];
    return (struct th_str){text, length_of(text)};
}

uint32_t th_dict_count(const th_dict *dict)
{
    return dict->count;
}

size_t th_dict_memory(const th_dict *dict)
{
    return sizeof *dict + (dict->mask + 1) * sizeof *dict->slots +
           dict->texts_cap * sizeof *dict->texts + dict->block_bytes;
}
