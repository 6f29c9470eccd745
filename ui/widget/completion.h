/* Completion of a filter while it is typed. */
#ifndef UI_WIDGET_COMPLETION_H
#define UI_WIDGET_COMPLETION_H

#include "ui/app/context.h"
#include "ui/widget/line_edit.h"

void ui_complete_init(struct ui *ui);
void ui_complete_fini(struct ui *ui);
/* Find anew what can be offered for the line; answers with values come later. */
void ui_complete_update(struct ui *ui, const struct ui_input *line);
void ui_complete_values(struct ui *ui, const struct ui_values *values);
void ui_complete_close(struct ui *ui);
/* Close it until the line is another. */
void ui_complete_dismiss(struct ui *ui, const struct ui_input *line);
/* Open it also where it would not open by itself. */
void ui_complete_demand(struct ui *ui, const struct ui_input *line);
/* Are there choices to be seen? Has one been moved to by hand, so that Enter takes it? */
bool ui_complete_open(const struct ui *ui);
bool ui_complete_chosen(const struct ui *ui);
void ui_complete_move(struct ui *ui, bool up);
/* Are names of fields being offered: is what stands at the cursor the beginning of one? */
bool ui_complete_names_field(const struct ui *ui);
/* Put the choice into the line; false: there is none. */
bool ui_complete_take(struct ui *ui, struct ui_input *line);
void ui_complete_draw(struct ui *ui, const struct ui_input *line);

#endif
