/* Evaluating a query tree: on columns (all rows at once) or on one record. Both give the same
 * answer for every event. */
#ifndef TH_QUERY_EVAL_EVAL_H
#define TH_QUERY_EVAL_EVAL_H

#include "ecs/enrich/enrich.h"
#include "query/ast.h"
#include "query/table/table.h"

/* Rows that match, within an optional candidate set (NULL: all rows). out is initialised by the
 * call, on success only. Cheap tests run first; what needs the records themselves (free text,
 * EVIDENCE fields) only looks at rows the cheap ones left. TH_E_CANCELLED when the flag was set. */
TH_NODISCARD enum th_code th_eval_rows(th_table *table, const th_query *query,
                                       const struct th_bits *candidates, th_cancel *cancel,
                                       struct th_bits *out, struct th_err *err);

/* The same, told of while records are read, newest first: on the calling thread the rows found so
 * far (a part of the result, borrowed for the call) and which part of the records is read, 0 … 1;
 * after first_ms, or at once when columns know some, and then every every_ms. watch may be NULL. */
struct th_eval_watch {
    void (*partial)(void *ctx, const struct th_bits *found, double share);
    void *ctx;
    int first_ms, every_ms;
};
TH_NODISCARD enum th_code th_eval_rows_watched(th_table *table, const th_query *query,
                                               const struct th_bits *candidates,
                                               const struct th_eval_watch *watch, th_cancel *cancel,
                                               struct th_bits *out, struct th_err *err);

/* Many queries over all rows, with the records read once for all of them. When most of them have to
 * be read anyway, columns are made of the paths that the queries and refs name: the next time they
 * are there. out[i] is initialised for each query, on success only. */
TH_NODISCARD enum th_code th_eval_many(th_table *table, const th_query *const *queries, size_t n,
                                       const struct th_field_ref *const *refs, size_t refs_n,
                                       th_cancel *cancel, struct th_bits *out, struct th_err *err);

/* Does one record (raw bytes) match? The slow, plain definition: maps the record and looks at its
 * values. Independent of th_eval_rows' column path. */
bool th_eval_record(const th_query *query, struct th_str raw);
/* The same with the data files that user_agent.* and the like need; enrich may be NULL: those
 * fields are empty then. */
bool th_eval_record_with(const th_query *query, struct th_str raw, const struct th_enrich *enrich);

/* Does the tree need the records themselves? */
bool th_query_needs_records(const th_query *query);

#endif
