/* Which fields are shown: as columns of the table, and as facets. */
#ifndef UI_MODEL_FIELDS_H
#define UI_MODEL_FIELDS_H

#include "ui/app/context.h"

/* Names of fields, at most UI_FACETS_MAX. */
struct ui_names {
    char *v[UI_FACETS_MAX];
    size_t n;
};
struct ui_fields {
    struct ui_names columns; /* beside those that are always there */
    struct ui_names facets;
    size_t column; /* of the table, under the cursor */
};

void ui_fields_init(struct ui *ui);
void ui_fields_fini(struct ui *ui);
/* Add a field, or take it away; a message when there is none of that name. */
void ui_names_toggle(struct ui *ui, struct ui_names *names, struct th_str name);
void ui_names_clear(struct ui_names *names);

#endif
