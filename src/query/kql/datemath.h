/* Elasticsearch's date math: "2024-01-03", "now-7d/d", "2024-01-03||+1M/d", milliseconds. Inside of
 * src/query only. */
#ifndef TH_QUERY_KQL_DATEMATH_H
#define TH_QUERY_KQL_DATEMATH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The span of time that a text names, both ends inside: what is left out or rounded away makes it
 * longer than a millisecond. */
struct th_datemath {
    int64_t lo, hi;
    bool uses_now;
};

/* Read text. now_ms is what "now" means. False: *why (static) says what is wrong, *at is the byte.
 */
bool th_datemath_parse(struct th_str text, int64_t now_ms, struct th_datemath *out,
                       const char **why, size_t *at);

#endif
