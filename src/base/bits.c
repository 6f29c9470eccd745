/* Plain bitsets, a word at a time. The compiler turns these loops into vector code. */
#include "base/bits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void clear_tail(struct th_bits *bits)
{
    if (bits->n % 64 != 0)
        bits->w[bits->n / 64] &= (UINT64_C(1) << (bits->n % 64)) - 1;
}

void th_bits_init(struct th_bits *bits, size_t n)
{
    bits->n = n;
    bits->w = th_xcalloc(th_bits_words(n), sizeof *bits->w);
}

void th_bits_init_ones(struct th_bits *bits, size_t n)
{
    bits->n = n;
    bits->w = th_xreallocarray(NULL, th_bits_words(n), sizeof *bits->w);
    memset(bits->w, 0xff, th_bits_words(n) * sizeof *bits->w);
    clear_tail(bits);
}

void th_bits_init_copy(struct th_bits *bits, const struct th_bits *from)
{
    size_t words = th_bits_words(from->n);
    bits->n = from->n;
    bits->w = th_xreallocarray(NULL, words, sizeof *bits->w);
    if (words > 0)
        memcpy(bits->w, from->w, words * sizeof *bits->w);
}

void th_bits_fini(struct th_bits *bits)
{
    free(bits->w);
    bits->w = NULL;
    bits->n = 0;
}

void th_bits_and(struct th_bits *a, const struct th_bits *b)
{
    size_t words = th_bits_words(a->n);
    assert(a->n == b->n);
    for (size_t i = 0; i < words; i++)
        a->w[i] &= b->w[i];
}

void th_bits_or(struct th_bits *a, const struct th_bits *b)
{
    size_t words = th_bits_words(a->n);
    assert(a->n == b->n);
    for (size_t i = 0; i < words; i++)
        a->w[i] |= b->w[i];
}

void th_bits_andnot(struct th_bits *a, const struct th_bits *b)
{
    size_t words = th_bits_words(a->n);
    assert(a->n == b->n);
    for (size_t i = 0; i < words; i++)
        a->w[i] &= ~b->w[i];
}

/* Bits set in a word, by adding neighbours: without -mpopcnt the builtin is a call per word. */
static inline uint64_t count_word(uint64_t v)
{
    v -= v >> 1 & UINT64_C(0x5555555555555555);
    v = (v & UINT64_C(0x3333333333333333)) + (v >> 2 & UINT64_C(0x3333333333333333));
    v = (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return v * UINT64_C(0x0101010101010101) >> 56;
}

size_t th_bits_count(const struct th_bits *bits)
{
    size_t words = th_bits_words(bits->n);
    uint64_t total = 0;
    for (size_t i = 0; i < words; i++)
        total += count_word(bits->w[i]);
    return total;
}

size_t th_bits_count_and(const struct th_bits *a, const struct th_bits *b)
{
    size_t words = th_bits_words(a->n);
    uint64_t total = 0;
    assert(a->n == b->n);
    for (size_t i = 0; i < words; i++)
        total += count_word(a->w[i] & b->w[i]);
    return total;
}

size_t th_bits_next(const struct th_bits *bits, size_t from)
{
    if (from >= bits->n)
        return bits->n;
    size_t words = th_bits_words(bits->n);
    size_t i = from / 64;
    uint64_t word = bits->w[i] & (~UINT64_C(0) << (from % 64));
    while (word == 0) {
        if (++i == words)
            return bits->n;
        word = bits->w[i];
    }
    return i * 64 + (size_t)__builtin_ctzll(word);
}
