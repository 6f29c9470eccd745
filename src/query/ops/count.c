/* Counting rows per entry. Of a set that holds most rows the others are counted, and taken from the
 * counts of all rows, which the table keeps: the unfiltered screen costs nothing. */
#include "query/ops/count.h"

#include <stdlib.h>

#include "base/mem.h"
#include "query/table/table_data.h"

enum { CHECK_WORDS = 4096, LANES_SHIFT = 2, LANES_MAX_ENTRIES = 4096 };

/* Neighbouring rows often have the same code: several counters for it keep one addition from
 * waiting for the last. */
#define COUNT_WORDS(type)                                                                          \
    do {                                                                                           \
        const type *codes = column->codes;                                                         \
        for (size_t i = from; i < to; i++) {                                                       \
            const type *c = codes + i * 64;                                                        \
            uint64_t word = rows->w[i] ^ flip;                                                     \
            if (word == UINT64_MAX && (i + 1) * 64 <= rows->n) {                                   \
                for (size_t k = 0; k < 64; k++)                                                    \
                    counts[((size_t)c[k] << shift) + (k & mask)]++;                                \
                continue;                                                                          \
            }                                                                                      \
            if ((i + 1) * 64 > rows->n)                                                            \
                word &= (UINT64_C(1) << rows->n % 64) - 1;                                         \
            for (unsigned k = 0; word != 0; word &= word - 1)                                      \
                counts[((size_t)c[__builtin_ctzll(word)] << shift) + (k++ & mask)]++;              \
        }                                                                                          \
    } while (0)

/* The words from … to of rows, or of what isn't in rows when flip is all ones. */
static void count_words(const struct th_column *column, const struct th_bits *rows, uint64_t flip,
                        size_t from, size_t to, unsigned shift, uint32_t *counts)
{
    const unsigned mask = (1u << shift) - 1;
    switch (column->width) {
    case 1:
        COUNT_WORDS(uint8_t);
        break;
    case 2:
        COUNT_WORDS(uint16_t);
        break;
    case 4:
        COUNT_WORDS(uint32_t);
        break;
    }
}

static enum th_code count_set(const struct th_column *column, const struct th_bits *rows,
                              uint64_t flip, th_cancel *cancel, uint32_t **out, struct th_err *err)
{
    size_t n = column->texts_n;
    unsigned shift = n <= LANES_MAX_ENTRIES ? LANES_SHIFT : 0;
    size_t lanes = (size_t)1 << shift;
    size_t words = th_bits_words(rows->n);
    uint32_t *counts = th_xcalloc(n * lanes + 1, sizeof *counts);
    *out = counts;
    for (size_t from = 0; from < words; from += CHECK_WORDS) {
        if (th_cancelled(cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
        count_words(column, rows, flip, from,
                    words - from < CHECK_WORDS ? words : from + CHECK_WORDS, shift, counts);
    }
    for (size_t code = 0; code < n && lanes > 1; code++) {
        uint32_t sum = 0;
        for (size_t k = 0; k < lanes; k++)
            sum += counts[code * lanes + k];
        counts[code] = sum;
    }
    return TH_OK;
}

/* Counts of all rows, as the table wants them. */
static uint32_t *count_all(const struct th_column *column)
{
    struct th_bits none;
    uint32_t *counts = NULL;
    th_bits_init(&none, column->rows);
    (void)!count_set(column, &none, UINT64_MAX, NULL, &counts, NULL); /* can't be cancelled */
    th_bits_fini(&none);
    return counts;
}

enum th_code th_count_codes(th_table *table, const struct th_column *column,
                            const struct th_bits *rows, th_cancel *cancel, uint32_t **out,
                            struct th_err *err)
{
    size_t set = th_bits_count(rows);
    *out = NULL;
    if (column->width == 0) {
        *out = th_xcalloc((size_t)column->texts_n + 1, sizeof **out);
        (*out)[0] = (uint32_t)set;
        return th_cancelled(cancel) ? th_err_set(err, TH_E_CANCELLED, "cancelled") : TH_OK;
    }
    if (set <= rows->n - set)
        return count_set(column, rows, 0, cancel, out, err);
    const uint32_t *totals = th_table_totals(table, column, count_all);
    enum th_code rc = count_set(column, rows, UINT64_MAX, cancel, out, err);
    for (size_t code = 0; code < column->texts_n && rc == TH_OK; code++)
        (*out)[code] = totals[code] - (*out)[code];
    return rc;
}
