/* One record taken apart for plain tests: inside of src/query only. */
#ifndef TH_QUERY_EVAL_RECORD_H
#define TH_QUERY_EVAL_RECORD_H

#include "ecs/enrich/enrich.h"
#include "query/ast.h"

/* raw is borrowed; it is mapped when a test first needs that. A record that is none has no values.
 * Owned: th_one_record_free. */
struct th_one_record;
struct th_one_record *th_one_record_new(struct th_str raw, const struct th_enrich *enrich);
void th_one_record_free(struct th_one_record *one);
/* Does it pass one MATCH or FREE node? */
bool th_one_record_test(struct th_one_record *one, const struct th_node *leaf);

#endif
