/* Sorting row numbers by 64-bit keys: least significant digit first, 11 bits a pass, and only as
 * many passes as the largest key needs. Stable, so ties stay by row. */
#include "query/table/table_data.h"

#include <stdlib.h>

#include "base/mem.h"

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

static bool is_sorted(const uint64_t *keys, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (keys[i] < keys[i - 1])
            return false;
    return true;
}

static void pass(const uint64_t *keys, const uint32_t *from, uint32_t *to, size_t n, unsigned shift)
{
    size_t starts[DIGITS] = {0};
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        starts[(keys[i] >> shift) % DIGITS]++;
    for (size_t d = 0; d < DIGITS; d++) {
        size_t count = starts[d];
        starts[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[starts[(keys[from[i]] >> shift) % DIGITS]++] = from[i];
}

void th_order_by(const uint64_t *keys, size_t n, uint32_t *order)
{
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        order[i] = (uint32_t)i;
        all |= keys[i];
    }
    if (is_sorted(keys, n))
        return;
    uint32_t *other = th_xreallocarray(NULL, n, sizeof *other);
    uint32_t *from = order;
    uint32_t *to = other;
    for (unsigned shift = 0; shift < 64 && all >> shift != 0; shift += DIGIT_BITS) {
        pass(keys, from, to, n, shift);
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order)
        memcpy(order, from, n * sizeof *order);
    free(other);
}
