/* Results of tests that read the records, kept by the test's canonical text: inside of src/query
 * only.
 *
 * A result is a set of rows with a set of rows for which it is known, so that a test that was only
 * tried on some rows, or was cancelled, is a start as well. Small and thread-safe; the least
 * recently used go first. */
#ifndef TH_QUERY_EVAL_CACHE_H
#define TH_QUERY_EVAL_CACHE_H

#include "base/bits.h"
#include "query/ast.h"

struct th_eval_cache;
struct th_eval_cache *th_eval_cache_new(size_t rows);
void th_eval_cache_free(struct th_eval_cache *cache);
/* What is known of the first rows, into an empty cache for more. */
void th_eval_cache_grow(struct th_eval_cache *from, struct th_eval_cache *cache);

/* What is known of a test: both sets are initialised, empty when nothing is. value is a part of
 * known. For a phrase also what the results of its parts say: a row without "cons" is without
 * "console". Owned: th_bits_fini. */
void th_eval_cache_get(struct th_eval_cache *cache, const struct th_node *leaf,
                       struct th_bits *value, struct th_bits *known);
/* Add what was found out. */
void th_eval_cache_put(struct th_eval_cache *cache, const struct th_node *leaf,
                       const struct th_bits *value, const struct th_bits *known);
size_t th_eval_cache_memory(struct th_eval_cache *cache);

#endif
