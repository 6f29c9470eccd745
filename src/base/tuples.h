/* An interning table of tuples: k codes each, to dense numbers 1, 2, 3 … in order of first
 * appearance.
 *
 * What th_dict is for texts, this is for combinations of codes: fields that mostly come together
 * are kept once per combination. */
#ifndef TH_BASE_TUPLES_H
#define TH_BASE_TUPLES_H

#include <stddef.h>
#include <stdint.h>

typedef struct th_tuples th_tuples;

/* k: codes in a tuple, 1 … 64. Owned: th_tuples_free. */
th_tuples *th_tuples_new(size_t k);
void th_tuples_free(th_tuples *tuples);
/* Empty again, memory kept. */
void th_tuples_reset(th_tuples *tuples);
/* Number of a tuple of k codes, added when new. */
uint32_t th_tuples_intern(th_tuples *tuples, const uint32_t *codes);
/* The codes of tuple 1 … count. Borrowed until the next intern. */
const uint32_t *th_tuples_get(const th_tuples *tuples, uint32_t tuple);
/* Number of tuples. */
uint32_t th_tuples_count(const th_tuples *tuples);
/* Bytes of memory held. */
size_t th_tuples_memory(const th_tuples *tuples);

#endif
