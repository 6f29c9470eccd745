/* The cache of results: a short list under a lock. */
#include "query/eval/cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

enum { ENTRIES_MAX = 64, BYTES_MAX = 64 * 1024 * 1024 };

struct entry {
    struct th_buf key;
    struct th_buf phrase; /* of free text without a wildcard; empty otherwise */
    struct th_bits value, known;
    uint64_t used;
};

struct th_eval_cache {
    pthread_mutex_t lock;
    size_t rows;
    size_t n, max;
    uint64_t clock;
    struct entry entries[ENTRIES_MAX];
};

struct th_eval_cache *th_eval_cache_new(size_t rows)
{
    struct th_eval_cache *cache = th_xcalloc(1, sizeof *cache);
    size_t each = 2 * th_bits_words(rows) * sizeof(uint64_t) + 1;
    pthread_mutex_init(&cache->lock, NULL);
    cache->rows = rows;
    cache->max = BYTES_MAX / each < ENTRIES_MAX ? BYTES_MAX / each : ENTRIES_MAX;
    if (cache->max < 2)
        cache->max = 2;
    return cache;
}

static void entry_fini(struct entry *entry)
{
    th_buf_fini(&entry->key);
    th_buf_fini(&entry->phrase);
    th_bits_fini(&entry->value);
    th_bits_fini(&entry->known);
}

void th_eval_cache_free(struct th_eval_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < cache->n; i++)
        entry_fini(&cache->entries[i]);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static void copy_bits(struct th_bits *to, size_t n, const struct th_bits *from)
{
    th_bits_init(to, n);
    memcpy(to->w, from->w, th_bits_words(from->n) * sizeof *to->w);
}

void th_eval_cache_grow(struct th_eval_cache *from, struct th_eval_cache *cache)
{
    pthread_mutex_lock(&from->lock);
    for (size_t i = 0; i < from->n && cache->n < cache->max; i++) {
        const struct entry *old = &from->entries[i];
        struct entry *entry = &cache->entries[cache->n++];
        *entry = (struct entry){.used = old->used};
        th_buf_add_str(&entry->key, th_buf_str(&old->key));
        th_buf_add_str(&entry->phrase, th_buf_str(&old->phrase));
        copy_bits(&entry->value, cache->rows, &old->value);
        copy_bits(&entry->known, cache->rows, &old->known);
    }
    cache->clock = from->clock;
    pthread_mutex_unlock(&from->lock);
}

/* The canonical text, after the kind: a phrase and a value print alike. */
static void make_key(const struct th_node *leaf, struct th_buf *key)
{
    th_buf_putc(key, leaf->kind == TH_NODE_FREE ? 'f' : 'm');
    th_buf_putc(key, leaf->whole_text ? 'w' : leaf->paths != NULL ? 'p' : ' ');
    th_node_print(leaf, key);
}

static struct th_str phrase_of(const struct th_node *leaf)
{
    return leaf->kind == TH_NODE_FREE && leaf->pattern == NULL ? leaf->text : TH_STR_NONE;
}

static struct entry *find(struct th_eval_cache *cache, struct th_str key)
{
    for (size_t i = 0; i < cache->n; i++)
        if (th_str_eq(th_buf_str(&cache->entries[i].key), key))
            return &cache->entries[i];
    return NULL;
}

void th_eval_cache_get(struct th_eval_cache *cache, const struct th_node *leaf,
                       struct th_bits *value, struct th_bits *known)
{
    struct th_buf key = TH_BUF_INIT;
    struct th_str phrase = phrase_of(leaf);
    make_key(leaf, &key);
    th_bits_init(value, cache->rows);
    th_bits_init(known, cache->rows);
    pthread_mutex_lock(&cache->lock);
    struct entry *same = find(cache, th_buf_str(&key));
    if (same != NULL) {
        same->used = ++cache->clock;
        th_bits_or(value, &same->value);
        th_bits_or(known, &same->known);
    }
    for (size_t i = 0; i < cache->n && phrase.n > 0; i++) {
        struct entry *entry = &cache->entries[i];
        struct th_bits without;
        if (entry == same || entry->phrase.n == 0 ||
            th_str_search(phrase, th_buf_str(&entry->phrase)) < 0)
            continue;
        th_bits_init_copy(&without, &entry->known);
        th_bits_andnot(&without, &entry->value);
        th_bits_or(known, &without);
        th_bits_fini(&without);
    }
    pthread_mutex_unlock(&cache->lock);
    th_buf_fini(&key);
}

/* A place for a new entry: a free one, or that of the entry not used for the longest time. */
static struct entry *make_room(struct th_eval_cache *cache)
{
    struct entry *oldest = &cache->entries[0];
    if (cache->n < cache->max)
        return &cache->entries[cache->n++];
    for (size_t i = 1; i < cache->n; i++)
        if (cache->entries[i].used < oldest->used)
            oldest = &cache->entries[i];
    entry_fini(oldest);
    return oldest;
}

void th_eval_cache_put(struct th_eval_cache *cache, const struct th_node *leaf,
                       const struct th_bits *value, const struct th_bits *known)
{
    struct th_buf key = TH_BUF_INIT;
    make_key(leaf, &key);
    pthread_mutex_lock(&cache->lock);
    struct entry *entry = find(cache, th_buf_str(&key));
    if (entry == NULL) {
        entry = make_room(cache);
        *entry = (struct entry){.key = key};
        key = TH_BUF_INIT;
        th_buf_add_str(&entry->phrase, phrase_of(leaf));
        th_bits_init(&entry->value, cache->rows);
        th_bits_init(&entry->known, cache->rows);
    }
    entry->used = ++cache->clock;
    th_bits_or(&entry->value, value);
    th_bits_or(&entry->known, known);
    pthread_mutex_unlock(&cache->lock);
    th_buf_fini(&key);
}

size_t th_eval_cache_memory(struct th_eval_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    size_t bytes = cache->n * 2 * th_bits_words(cache->rows) * sizeof(uint64_t);
    pthread_mutex_unlock(&cache->lock);
    return bytes;
}
