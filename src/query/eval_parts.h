/* A tree with tests on records, taken apart: inside of eval_records.c and eval_pass.c only. */
#ifndef TH_QUERY_EVAL_PARTS_H
#define TH_QUERY_EVAL_PARTS_H

#include "query/eval_int.h"
#include "query/evidence.h"
#include "query/pass.h"

/* A part of the tree. Exactly one of: columns (a tree without such tests), leaf (one such test),
 * kids. */
struct th_part {
    enum th_node_kind kind;
    const struct th_node *columns;
    struct th_bits bits; /* columns: the rows, once known */
    const struct th_node *leaf;
    bool two_fields;             /* leaf: between two fields */
    struct th_bits value, known; /* leaf */
    struct th_evidence
        *evidence[TH_PASS_THREADS_MAX]; /* leaf: a thread's own, made when it begins */
    struct th_part **kids;
    size_t kids_n;
    int cost;
};

/* Ask the records of the open rows whether the tree holds: those that do are added to found. What
 * the leaves learn is in their value and known, also after an error or a cancel. */
TH_NODISCARD enum th_code th_eval_pass(const struct th_eval *e, struct th_part *root,
                                       const struct th_bits *open, struct th_bits *found);

#endif
