/* What kind of call an event is, how loudly it is shown and what it is about: schema/events.def and
 * the rules of the screens. */
#ifndef TH_ECS_VERB_H
#define TH_ECS_VERB_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

#define TH_EVENT_SENSITIVE 1u

struct th_event_info {
    const char *name;
    char verb;      /* 'R' 'W' 'D' */
    unsigned flags; /* TH_EVENT_… */
    const char
        *target; /* paths, "|" between alternatives, "+" joins with "/"; "" = the general rule */
};

/* Row of an event name, or NULL. Binary search in a table sorted by bytes. */
const struct th_event_info *th_event_info(struct th_str event_name);

/* The table, for tests and docs. */
const struct th_event_info *th_event_table(size_t *n);

/* Verb letter R W D S I N ?: eventType and eventCategory decide S, I, N; then the table; then
 * read_only (-1 absent, 0, 1); then the prefix of the name. A call that is not read-only by AWS's
 * word is W, or D when its name says so. */
char th_verb_of(struct th_str event_name, struct th_str event_type, struct th_str event_category,
                int read_only);

/* The same for a caller that has looked up the row of event_name already (NULL: it has none). */
char th_verb_judge(const struct th_event_info *row, struct th_str event_name,
                   struct th_str event_type, struct th_str event_category, int read_only);

#endif
