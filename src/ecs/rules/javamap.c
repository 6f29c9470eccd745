/* A chained hash map that behaves as Java's does: chains are appended to, a table twice as large
 * keeps the order of a chain's entries, and the ninth entry of a chain doubles a table of less than
 * 64 buckets (where Java would otherwise make a tree of it).
 *
 * Java's hash is weak, so whoever writes a log could put thousands of keys into one chain. From
 * INDEX_FROM entries on, keys are found by an index with a good hash; chains are only walked to be
 * read out. */
#include "ecs/rules/javamap.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"

enum {
    FIRST_CAPACITY = 16,
    TREE_CAPACITY = 64,
    CHAIN_MAX = 8,
    INDEX_FROM = 64,
};

#define NO_ENTRY UINT32_MAX

void th_javamap_init(struct th_javamap *map)
{
    memset(map, 0, sizeof *map);
}

void th_javamap_fini(struct th_javamap *map)
{
    free(map->entries);
    free(map->buckets);
    free(map->index);
    th_javamap_init(map);
}

void th_javamap_reset(struct th_javamap *map)
{
    map->n = 0;
    map->capacity = 0;
    map->index_n = 0;
}

/* Eight ASCII characters at once: the same polynomial with its factors multiplied out. */
static inline uint32_t hash_eight(uint32_t h, const unsigned char *c)
{
    enum { P2 = 31 * 31, P3 = P2 * 31, P4 = P3 * 31 };
    uint32_t high = (uint32_t)c[0] * P3 + (uint32_t)c[1] * P2 + (uint32_t)c[2] * 31 + c[3];
    uint32_t low = (uint32_t)c[4] * P3 + (uint32_t)c[5] * P2 + (uint32_t)c[6] * 31 + c[7];
    return (h * P4 + high) * P4 + low;
}

uint32_t th_java_hash(struct th_str text)
{
    uint32_t h = 0;
    size_t at = 0;
    while (at < text.n) {
        uint64_t eight;
        if (text.n - at >= sizeof eight) {
            memcpy(&eight, text.p + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                h = hash_eight(h, (const unsigned char *)text.p + at);
                at += sizeof eight;
                continue;
            }
        }
        unsigned char byte = (unsigned char)text.p[at];
        if (byte < 0x80) {
            h = 31 * h + byte;
            at++;
            continue;
        }
        uint32_t cp = th_utf8_next(text, &at);
        if (cp >= 0x10000) {
            h = 31 * h + (0xd800 + ((cp - 0x10000) >> 10));
            cp = 0xdc00 + ((cp - 0x10000) & 0x3ff);
        }
        h = 31 * h + cp;
    }
    return h;
}

/* Append entry i to its bucket's chain; returns how many stand there now, counted only while that
 * can matter. */
static size_t link_entry(struct th_javamap *map, uint32_t i)
{
    struct th_javamap_bucket *bucket = &map->buckets[map->entries[i].hash & (map->capacity - 1)];
    size_t n = 0;
    map->entries[i].next = NO_ENTRY;
    if (bucket->first == NO_ENTRY)
        bucket->first = i;
    else
        map->entries[bucket->last].next = i;
    bucket->last = i;
    if (map->capacity < TREE_CAPACITY)
        for (uint32_t e = bucket->first; e != NO_ENTRY; e = map->entries[e].next)
            n++;
    return n;
}

/* Give the table a capacity and put every entry into it again. */
static void resize(struct th_javamap *map, size_t capacity)
{
    if (capacity > map->buckets_cap) {
        map->buckets = th_xreallocarray(map->buckets, capacity, sizeof *map->buckets);
        map->buckets_cap = capacity;
    }
    map->capacity = capacity;
    for (size_t b = 0; b < capacity; b++)
        map->buckets[b] = (struct th_javamap_bucket){NO_ENTRY, NO_ENTRY};
    for (size_t i = 0; i < map->n; i++)
        link_entry(map, (uint32_t)i);
}

/* Slot of the index that holds the key, or the free one where it goes. */
static uint32_t *index_slot(const struct th_javamap *map, struct th_str key)
{
    size_t i = (size_t)th_hash(key.p, key.n, (uintptr_t)map) & (map->index_n - 1);
    while (map->index[i] != NO_ENTRY && !th_str_eq(map->entries[map->index[i]].key, key))
        i = (i + 1) & (map->index_n - 1);
    return &map->index[i];
}

/* Keep the index at most half full. */
static void index_grow(struct th_javamap *map)
{
    size_t size = map->index_n == 0 ? (size_t)INDEX_FROM * 4 : map->index_n * 2;
    if (size > map->index_cap) {
        map->index = th_xreallocarray(map->index, size, sizeof *map->index);
        map->index_cap = size;
    }
    map->index_n = size;
    for (size_t i = 0; i < size; i++)
        map->index[i] = NO_ENTRY;
    for (size_t i = 0; i < map->n; i++)
        *index_slot(map, map->entries[i].key) = (uint32_t)i;
}

static uint32_t find(const struct th_javamap *map, struct th_str key, uint32_t hash)
{
    if (map->index_n > 0)
        return *index_slot(map, key);
    uint32_t i = map->buckets[hash & (map->capacity - 1)].first;
    while (i != NO_ENTRY && (map->entries[i].hash != hash || !th_str_eq(map->entries[i].key, key)))
        i = map->entries[i].next;
    return i;
}

size_t th_javamap_put(struct th_javamap *map, struct th_str key, bool *added)
{
    uint32_t hash = th_java_hash(key);
    hash ^= hash >> 16;
    if (map->capacity == 0)
        resize(map, FIRST_CAPACITY);
    uint32_t found = find(map, key, hash);
    if (added != NULL)
        *added = found == NO_ENTRY;
    if (found != NO_ENTRY)
        return found;

    TH_GROW(map->entries, map->n, map->entries_cap);
    size_t i = map->n++;
    map->entries[i] = (struct th_javamap_entry){key, hash, NO_ENTRY};
    if (link_entry(map, (uint32_t)i) > CHAIN_MAX && map->capacity < TREE_CAPACITY)
        resize(map, map->capacity * 2);
    if (map->n > map->capacity / 4 * 3)
        resize(map, map->capacity * 2);
    if (map->n >= INDEX_FROM && map->n * 2 > map->index_n)
        index_grow(map);
    else if (map->index_n > 0)
        *index_slot(map, key) = (uint32_t)i;
    return i;
}

void th_javamap_order(const struct th_javamap *map, uint32_t *order)
{
    size_t n = 0;
    for (size_t b = 0; b < map->capacity; b++)
        for (uint32_t i = map->buckets[b].first; i != NO_ENTRY; i = map->entries[i].next)
            order[n++] = i;
}
