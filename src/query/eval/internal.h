/* Trees with tests on records: inside of records.c, eval_scan.c and tasks.c only. */
#ifndef TH_QUERY_EVAL_INTERNAL_H
#define TH_QUERY_EVAL_INTERNAL_H

#include "query/eval/columns.h"
#include "query/eval/evidence.h"
#include "query/table/paths.h"
#include "query/table/record_scan.h"

/* A part of the tree. Exactly one of: columns (a tree without such tests), leaf (one such test),
 * kids. */
struct th_part {
    enum th_node_kind kind;
    const struct th_node *columns;
    struct th_bits bits; /* columns: the rows, once known */
    const struct th_node *leaf;
    bool two_fields;             /* leaf: between two fields */
    struct th_bits value, known; /* leaf; without memory when its results aren't kept */
    struct th_evidence
        *evidence[TH_PASS_THREADS_MAX]; /* leaf: a thread's own, made when it begins */
    struct th_part **kids;
    size_t kids_n;
    int cost;
};

/* One tree on its way to an answer. */
struct th_task {
    const struct th_node *root;
    const struct th_bits *candidates; /* NULL: all rows */
    struct th_part *part;             /* NULL: no record is needed, or not begun */
    struct th_bits found;             /* rows that hold; certain so far */
    struct th_bits open;              /* rows that must be asked */
    size_t open_n;
    bool ask;  /* in the next pass */
    bool done; /* found is the answer */
};

/* ---- records.c ---- */

/* What columns and earlier results say of a tree: found and open. */
TH_NODISCARD enum th_code th_task_begin(const struct th_eval *e, struct th_task *task);
/* Put what its tests learnt into the table's cache. */
void th_task_keep(const struct th_eval *e, const struct th_task *task);
/* Everything but found. */
void th_task_end(struct th_task *task);

/* ---- free_text.c ---- */

/* Rows of which a column says that free text is in their record: into value and known. Columns that
 * can't be loaded say nothing. */
void th_eval_free(const struct th_eval *e, const struct th_node *leaf, struct th_bits *value,
                  struct th_bits *known);

/* ---- eval_scan.c ---- */

/* Ask the records of the open rows of all tasks that ask, in one pass: those that hold are added to
 * found. What the leaves learn is in their value and known, also after an error or a cancel. build
 * not NULL: columns of paths are collected in the same pass. watch (may be NULL) is told of the
 * first task. */
TH_NODISCARD enum th_code th_eval_pass(const struct th_eval *e, struct th_task *tasks, size_t n,
                                       struct th_path_build *build,
                                       const struct th_eval_watch *watch);

#endif
