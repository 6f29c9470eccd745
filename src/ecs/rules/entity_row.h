/* The rows of schema/targets.def by service. Inside of the mapper and the document builder only. */
#ifndef TH_ECS_ENTITY_ROW_H
#define TH_ECS_ENTITY_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum th_entity_set { TH_ENTITY_RELATED, TH_ENTITY_TARGET, TH_ENTITY_SETS };

enum th_entity_how {
    TH_ENTITY_ONE,
    TH_ENTITY_DIGITS,
    TH_ENTITY_EACH,
    TH_ENTITY_RUN,
    TH_ENTITY_MEMBERS,
    TH_ENTITY_INSTANCES,
    TH_ENTITY_COMMAND,
};

struct th_entity_row {
    enum th_entity_set set;
    enum th_entity_how how;
    struct th_str service; /* without .amazonaws.com */
    struct th_str event;   /* empty: all; "*X": whose names hold X */
    struct th_str path;    /* NUL-terminated */
    int container;         /* enum th_container that path lies in, TH_CONTAINER_COUNT for none */
    const char *members;
};

/* The rows of an event source ("iam.amazonaws.com"), one behind the other; *n is 0 and the result
 * NULL when there are none. */
const struct th_entity_row *th_entity_rows(struct th_str source, size_t *n);

/* Does a row hold for an event? Ask for all rows of a service in their order: of the rows with a
 * pattern the first that fits counts, which *pattern_seen (false to begin with) remembers. */
bool th_entity_fits(const struct th_entity_row *row, struct th_str event, bool *pattern_seen);

/* The whole table, for tests. */
const struct th_entity_row *th_entity_table(size_t *n);

#endif
