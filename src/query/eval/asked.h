/* Which of very many trees a record must be asked. Inside of src/query/eval only. */
#ifndef TH_QUERY_EVAL_ASKED_H
#define TH_QUERY_EVAL_ASKED_H

#include "query/eval/internal.h"

/* Trees by the texts that a record must hold. */
struct th_asked;

/* Of the tasks that ask; their tests are made ready for thread 0 and gathered in needles_n needles.
 * Owned: th_asked_free. */
struct th_asked *th_asked_new(const struct th_task *tasks, size_t n, size_t needles_n);
void th_asked_free(struct th_asked *asked);

/* Visit those of which a record that holds the needles seen may be one: each once or several
 * times, in no order. A record with an escape may be one of any tree. */
typedef void th_asked_visit(void *ctx, size_t task);
void th_asked_each(const struct th_asked *asked, const struct th_bits *seen, bool has_escape,
                   th_asked_visit *visit, void *ctx);

#endif
