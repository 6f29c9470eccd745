/* The order in which a java.util.HashMap with String keys hands out its entries: Elasticsearch
 * keeps JSON objects in such maps, so this order shows in the integration's texts and lists.
 *
 * Buckets by (h ^ h >>> 16) & (capacity - 1), h = String.hashCode over UTF-16 units; inside a
 * bucket the order of insertion. Capacity starts at 16, doubles when more than three quarters full
 * and never shrinks: put every key that was parsed, also those that are cleaned away later, and
 * leave them out when walking. Not modelled: the tree that Java makes of nine or more keys in one
 * bucket of 64 or more buckets. */
#ifndef TH_ECS_JAVAMAP_H
#define TH_ECS_JAVAMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct th_javamap_entry {
    struct th_str key; /* borrowed from whoever put it */
    uint32_t hash;     /* spread */
    uint32_t next;     /* in the same bucket; UINT32_MAX at its end */
};

/* First and last entry of a bucket; UINT32_MAX when it is empty. */
struct th_javamap_bucket {
    uint32_t first, last;
};

/* Entries have the index of their first insertion: 0, 1, 2 … n - 1, so that values can lie in an
 * array beside the map. */
struct th_javamap {
    struct th_javamap_entry *entries;
    struct th_javamap_bucket *buckets;
    uint32_t *index; /* a table of our own to find keys in, once there are many: hostile keys may
                        all share one bucket */
    size_t n;
    size_t entries_cap;
    size_t capacity;    /* Java's: buckets in use */
    size_t buckets_cap; /* buckets allocated */
    size_t index_n;     /* slots of the index in use; 0: not needed yet */
    size_t index_cap;
};

/* An empty map; th_javamap_fini frees it. reset empties it (capacity 16 again) and keeps the
 * memory. */
void th_javamap_init(struct th_javamap *map);
void th_javamap_fini(struct th_javamap *map);
void th_javamap_reset(struct th_javamap *map);

/* Index of a key (UTF-8, borrowed until fini or reset), added when it is new. added may be NULL. */
size_t th_javamap_put(struct th_javamap *map, struct th_str key, bool *added);

/* Write the n indices in iteration order. */
void th_javamap_order(const struct th_javamap *map, uint32_t *order);

/* String.hashCode of UTF-8 text; an invalid byte counts as U+FFFD. */
uint32_t th_java_hash(struct th_str text);

#endif
