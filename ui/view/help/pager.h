/* Text to read. */
#ifndef UI_VIEW_HELP_PAGER_H
#define UI_VIEW_HELP_PAGER_H

#include "ui/app/context.h"

/* An empty one; keys: lines are "keys<Tab>words", as help has them. */
void ui_pager_open(struct ui *ui, const char *title, bool keys);
void ui_pager_add(struct ui *ui, const char *line);
void ui_pager_add_text(struct ui *ui, struct th_str text);
/* NULL past the end. */
const char *ui_pager_line(const struct ui *ui, size_t i);

#endif
