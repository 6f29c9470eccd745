/* Tuples side by side in one array, and an open-addressed table of their numbers with 32 bits of
 * each one's hash. Hashes are seeded per table; numbers don't depend on the seed. The tuple that
 * was asked for last is tried first: neighbours in a log are often alike. */
#include "base/tuples.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

#define BITS_MIN 8u

struct slot {
    uint32_t hash;
    uint32_t tuple; /* 0: free */
};

struct th_tuples {
    size_t k;
    uint32_t *codes;
    size_t n, cap; /* tuples */
    struct slot *slots;
    unsigned bits;
    uint32_t last;
    uint64_t seed;
};

th_tuples *th_tuples_new(size_t k)
{
    assert(k > 0 && k <= 64);
    th_tuples *t = th_xcalloc(1, sizeof *t);
    t->k = k;
    t->bits = BITS_MIN;
    t->seed = th_hash_seed(t);
    t->slots = th_xcalloc((size_t)1 << t->bits, sizeof *t->slots);
    return t;
}

void th_tuples_free(th_tuples *t)
{
    if (t == NULL)
        return;
    free(t->codes);
    free(t->slots);
    free(t);
}

void th_tuples_reset(th_tuples *t)
{
    if (t->n > 0)
        memset(t->slots, 0, ((size_t)1 << t->bits) * sizeof *t->slots);
    t->n = 0;
    t->last = 0;
}

static const uint32_t *codes_of(const th_tuples *t, uint32_t tuple)
{
    return t->codes + (size_t)(tuple - 1) * t->k;
}

/* Most differ in the first codes, and those that don't are short: no call. */
static inline bool same(const th_tuples *t, uint32_t tuple, const uint32_t *codes)
{
    const uint32_t *own = codes_of(t, tuple);
    for (size_t i = 0; i < t->k; i++)
        if (own[i] != codes[i])
            return false;
    return true;
}

static void put(th_tuples *t, struct slot slot)
{
    size_t mask = ((size_t)1 << t->bits) - 1;
    size_t at = slot.hash >> (32 - t->bits);
    while (t->slots[at].tuple != 0)
        at = (at + 1) & mask;
    t->slots[at] = slot;
}

/* At most half full. */
static void grow(th_tuples *t)
{
    struct slot *old = t->slots;
    size_t old_n = (size_t)1 << t->bits;
    t->bits++;
    assert(t->bits <= 32);
    t->slots = th_xcalloc(old_n * 2, sizeof *t->slots);
    for (size_t i = 0; i < old_n; i++)
        if (old[i].tuple != 0)
            put(t, old[i]);
    free(old);
}

static uint32_t add(th_tuples *t, const uint32_t *codes, uint32_t hash)
{
    if (t->n == t->cap) {
        t->cap = t->cap == 0 ? 256 : t->cap * 2;
        t->codes = th_xreallocarray(t->codes, t->cap, t->k * sizeof *t->codes);
    }
    if (t->n >= ((size_t)1 << t->bits) / 2)
        grow(t);
    memcpy(t->codes + t->n * t->k, codes, t->k * sizeof *codes);
    t->n++;
    put(t, (struct slot){hash, (uint32_t)t->n});
    return (uint32_t)t->n;
}

uint32_t th_tuples_intern(th_tuples *t, const uint32_t *codes)
{
    if (t->last != 0 && same(t, t->last, codes))
        return t->last;
    uint32_t hash = (uint32_t)(th_hash(codes, t->k * sizeof *codes, t->seed) >> 32);
    size_t mask = ((size_t)1 << t->bits) - 1;
    size_t at = hash >> (32 - t->bits);
    for (; t->slots[at].tuple != 0; at = (at + 1) & mask) {
        const struct slot *slot = &t->slots[at];
        if (slot->hash == hash && same(t, slot->tuple, codes))
            return t->last = slot->tuple;
    }
    return t->last = add(t, codes, hash);
}

const uint32_t *th_tuples_get(const th_tuples *t, uint32_t tuple)
{
    assert(tuple > 0 && tuple <= t->n);
    return codes_of(t, tuple);
}

uint32_t th_tuples_count(const th_tuples *t)
{
    return (uint32_t)t->n;
}

size_t th_tuples_memory(const th_tuples *t)
{
    return sizeof *t + t->cap * t->k * sizeof *t->codes + ((size_t)1 << t->bits) * sizeof *t->slots;
}
