/* Inside of the evaluation on columns (eval*.c). */
#ifndef TH_QUERY_EVAL_COLUMNS_H
#define TH_QUERY_EVAL_COLUMNS_H

#include "query/eval/eval.h"

/* One evaluation. */
struct th_eval {
    th_table *table;
    th_cancel *cancel;
    struct th_err *err;
    th_arena *arena; /* what dies with it */
    size_t rows;
    size_t paths; /* columns of paths that it may look at: those ready when it began */
    bool keep;    /* results of tests on records go to the table's cache */
    bool watched; /* somebody waits for the first results: columns that know some are loaded */
};

/* TH_E_CANCELLED when the flag is set. */
TH_NODISCARD enum th_code th_eval_check(const struct th_eval *e);

/* On whose codes does the truth of a tree depend alone? A field with codes (the parent for OF
 * fields) or the column of a path, TH_CODES_ANY when on nothing, TH_CODES_NONE when on several
 * fields or on something that has no codes. */
enum { TH_CODES_NONE = -2, TH_CODES_ANY = -1 };
int th_eval_codes_of(const struct th_eval *e, const struct th_node *node);
/* The column that a leaf looks at, as th_table_coded takes it. */
int th_eval_column_of(const struct th_eval *e, const struct th_node *leaf);
/* Rows for which a tree of which th_eval_codes_of gives field (not NONE) holds: every entry of the
 * dictionary is judged once, then one scan over the codes. candidates may be NULL. out is
 * initialised on success. */
TH_NODISCARD enum th_code th_eval_codes(const struct th_eval *e, const struct th_node *node,
                                        int field, const struct th_bits *candidates,
                                        struct th_bits *out);

/* Rows for which one test on a TIME or ID column or between two columns holds. */
TH_NODISCARD enum th_code th_eval_rows_leaf(const struct th_eval *e, const struct th_node *leaf,
                                            const struct th_bits *candidates, struct th_bits *out);

/* A test that the column of a path could answer. */
bool th_eval_is_path(const struct th_node *node);
/* Does this one test need the records? */
bool th_eval_leaf_needs_records(const struct th_eval *e, const struct th_node *leaf);
/* Any in the tree? */
bool th_eval_needs_records(const struct th_eval *e, const struct th_node *node);

/* A tree without such tests. */
TH_NODISCARD enum th_code th_eval_columns(const struct th_eval *e, const struct th_node *node,
                                          const struct th_bits *candidates, struct th_bits *out);

/* candidates or all rows as a set of one's own. */
void th_eval_start(const struct th_eval *e, const struct th_bits *candidates, struct th_bits *out);

/* Groups whose kids are sorted by what they cost; made in e->arena. */
struct th_node *th_eval_group(const struct th_eval *e, enum th_node_kind kind,
                              struct th_node *const *kids, size_t n);

#endif
