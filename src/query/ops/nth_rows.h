/* A part of a list as if the whole was sorted: inside of src/query only. */
#ifndef TH_QUERY_OPS_NTH_ROWS_H
#define TH_QUERY_OPS_NTH_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* Which comes first? Never 0 for two different rows. */
typedef int th_select_compare(const void *ctx, uint32_t a, uint32_t b);

/* Put the rows that would stand at from … to-1 (to at most n), were all n sorted, there and in
 * order; the others stand anywhere before and behind. About n steps, and those of sorting the part.
 */
void th_select_range(uint32_t *rows, size_t n, size_t from, size_t to, th_select_compare *compare,
                     const void *ctx);

#endif
