/* event.category and event.type by action: schema/categories.def. */
#ifndef TH_ECS_CATEGORY_H
#define TH_ECS_CATEGORY_H

#include "base/str.h"

struct th_category {
    const char *action;
    const char *category;
    const char *type;
    const char *second_type; /* "" when there is one type only */
};

/* Row of an action, or NULL: no category, type info. Looks at the action only, not at the service.
 */
const struct th_category *th_category_of(struct th_str action);

/* The rows in order, for tests and docs. */
const struct th_category *th_categories(size_t *n);

#endif
