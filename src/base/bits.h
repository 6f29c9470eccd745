/* Plain bitsets over rows. Bits beyond the length are kept zero by every function here. */
#ifndef TH_BASE_BITS_H
#define TH_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct th_bits {
    uint64_t *w;
    size_t n; /* bits */
};

/* All zero / all one. Freed with th_bits_fini. */
void th_bits_init(struct th_bits *bits, size_t n);
void th_bits_init_ones(struct th_bits *bits, size_t n);
void th_bits_init_copy(struct th_bits *bits, const struct th_bits *from);
void th_bits_fini(struct th_bits *bits);
static inline size_t th_bits_words(size_t n)
{
    return (n + 63) / 64;
}
static inline bool th_bits_get(const struct th_bits *bits, size_t i)
{
    return (bits->w[i / 64] >> (i % 64) & 1) != 0;
}
static inline void th_bits_put(struct th_bits *bits, size_t i)
{
    bits->w[i / 64] |= UINT64_C(1) << (i % 64);
}
static inline void th_bits_drop(struct th_bits *bits, size_t i)
{
    bits->w[i / 64] &= ~(UINT64_C(1) << (i % 64));
}
/* a op= b; both of the same length. */
void th_bits_and(struct th_bits *a, const struct th_bits *b);
void th_bits_or(struct th_bits *a, const struct th_bits *b);
void th_bits_andnot(struct th_bits *a, const struct th_bits *b);
size_t th_bits_count(const struct th_bits *bits);
size_t th_bits_count_and(const struct th_bits *a, const struct th_bits *b);
/* Next set bit at or after from; bits->n when there is none. */
size_t th_bits_next(const struct th_bits *bits, size_t from);

#endif
