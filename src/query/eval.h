/* Evaluating a query tree: on columns (all rows at once) or on one record. Both give the same
 * answer for every event. */
#ifndef TH_QUERY_EVAL_H
#define TH_QUERY_EVAL_H

#include "ecs/enrich.h"
#include "query/ast.h"
#include "query/table.h"

/* Rows that match, within an optional candidate set (NULL: all rows). out is initialised by the
 * call, on success only. Cheap tests run first; what needs the records themselves (free text,
 * EVIDENCE fields) only looks at rows the cheap ones left. TH_E_CANCELLED when the flag was set. */
TH_NODISCARD enum th_code th_eval_rows(th_table *table, const th_query *query,
                                       const struct th_bits *candidates, th_cancel *cancel,
                                       struct th_bits *out, struct th_err *err);

/* Does one record (raw bytes) match? The slow, plain definition: maps the record and looks at its
 * values. Independent of th_eval_rows' column path. */
bool th_eval_record(const th_query *query, struct th_str raw);
/* The same with the data files that user_agent.* and the like need; enrich may be NULL: those
 * fields are empty then. */
bool th_eval_record_with(const th_query *query, struct th_str raw, const struct th_enrich *enrich);

/* Does the tree need the records themselves? */
bool th_query_needs_records(const th_query *query);

#endif
