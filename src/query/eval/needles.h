/* Many short texts looked for in a record at once. Inside of src/query only. */
#ifndef TH_QUERY_EVAL_NEEDLES_H
#define TH_QUERY_EVAL_NEEDLES_H

#include <stdint.h>

#include "base/bits.h"
#include "base/str.h"

/* Owned: th_needles_free. */
typedef struct th_needles th_needles;
th_needles *th_needles_new(void);
void th_needles_free(th_needles *needles);

/* The number of a text, from 0 on; the same for texts that differ in the case of ASCII letters
 * only. TH_NEEDLE_NONE: too short to be found this way. The text is copied. Not after
 * th_needles_ready. */
#define TH_NEEDLE_NONE UINT32_MAX
uint32_t th_needles_add(th_needles *needles, struct th_str text);
/* To be called once, before texts are looked for. Returns how many there are. */
size_t th_needles_ready(th_needles *needles);

/* Which of them stand in text, whatever the case of ASCII letters? seen has a bit for each and is
 * overwritten. Any number of threads may look at once. */
void th_needles_find(const th_needles *needles, struct th_str text, struct th_bits *seen);

#endif
