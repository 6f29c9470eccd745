/* One value against one test: the part of the meaning that columns and single records share. Inside
 * of src/query only. */
#ifndef TH_QUERY_EVAL_MATCH_H
#define TH_QUERY_EVAL_MATCH_H

#include "query/ast.h"

/* Does a value pass? value is present. For TEXT, IP and RANGE tests; EXISTS is true of every value,
 * NULL true of an empty one. */
bool th_match_value(const struct th_node *leaf, struct th_str value);
/* RANGE and TEXT for a time. */
bool th_match_time(const struct th_node *leaf, int64_t ts_ms);
/* Does one decoded value hold the phrase of a FREE node? */
bool th_match_free(const struct th_node *leaf, struct th_str value);
/* A RANGE test as whole milliseconds, both ends inside; false when it is empty. */
bool th_match_time_bounds(const struct th_range *range, int64_t *lo, int64_t *hi);

/* A set of values seen one by one, judged in the end. */
struct th_match_set {
    const struct th_node *leaf;
    bool passed; /* a value passed (NULL: a value that isn't empty was seen) */
};
/* Visitors of the shape of th_doc_visit. */
void th_match_set_add(void *ctx, struct th_str value);
bool th_match_set_result(const struct th_match_set *set);

#endif
