/* Which of many expressions can match a text at all? One look at each of its bytes tells, however
 * many expressions there are. Inside of enrich only. */
#ifndef TH_ECS_ENRICH_FILTER_H
#define TH_ECS_ENRICH_FILTER_H

#include "base/bits.h"
#include "ecs/enrich/needle.h"

typedef struct th_filter th_filter;

/* An empty filter. Owned: th_filter_free. */
th_filter *th_filter_new(void);
void th_filter_free(th_filter *filter);

/* Add an expression by what its matches hold (needles.n 0: any text is a candidate); returns its
 * number, counted from 0. Not after th_filter_ready. */
size_t th_filter_add(th_filter *filter, const struct th_needles *needles);

/* Make the automaton; to be called once, after the last expression. */
void th_filter_ready(th_filter *filter);

/* The expressions of which text holds a text of each choice, as bits by number. Everything else
 * can't match it. Thread-safe. Dies with the arena. */
struct th_bits th_filter_candidates(const th_filter *filter, struct th_str text, th_arena *arena);

#endif
