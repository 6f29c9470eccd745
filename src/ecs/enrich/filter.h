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
 * number, counted from 0. The texts are borrowed until th_filter_ready. Not after it. */
size_t th_filter_add(th_filter *filter, const struct th_needles *needles);

/* Make the automaton; to be called once, after the last expression. */
void th_filter_ready(th_filter *filter);

/* What a look at a text tells, by expression's number. */
struct th_filter_found {
    struct th_bits candidates; /* those of which text holds a text of each choice */
    uint16_t *begin;           /* of a candidate: no match begins before this byte */
};

/* Everything that is no candidate can't match text (at most TH_FILTER_TEXT_MAX bytes).
 * Thread-safe. Dies with the arena. */
#define TH_FILTER_TEXT_MAX 8192
struct th_filter_found th_filter_find(const th_filter *filter, struct th_str text, th_arena *arena);

#endif
