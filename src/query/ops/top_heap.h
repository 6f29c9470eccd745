/* The best of many values: inside of src/query only. */
#ifndef TH_QUERY_OPS_TOP_HEAP_H
#define TH_QUERY_OPS_TOP_HEAP_H

#include "query/ops/ops.h"

/* A value with its count; number is what the counter calls it. Those of a lower tier come first,
 * then the larger count, then the bytes of the text, the absent one last. */
struct th_choice {
    struct th_str text;
    uint64_t count;
    uint32_t number;
    int tier;
};

/* A heap whose root is the worst that is kept. */
struct th_chosen {
    struct th_choice *heap;
    size_t n, max;
};
/* Keep at most max of values. */
void th_chosen_init(struct th_chosen *chosen, size_t max, size_t values);
void th_chosen_fini(struct th_chosen *chosen);
void th_chosen_add(struct th_chosen *chosen, const struct th_choice *one);
/* In order into out, without times. copy: into its arena, for texts that die with the counter. */
void th_chosen_give(struct th_chosen *chosen, bool copy, struct th_top *out);

#endif
