/* The events view and what belongs to it, for those outside. */
#ifndef UI_VIEW_EVENTS_EVENTS_H
#define UI_VIEW_EVENTS_EVENTS_H

#include "ui/model/place.h"

/* For the views that show one of its events: see struct ui_view_ops. */
void ui_events_head(struct ui *ui, struct ui_rect r, int *y, int *x);
void ui_events_sentence(struct ui *ui, struct ui_rect r, int w);
struct ui_position ui_events_count(const struct ui *ui);

/* Columns of the events table: fields in the order shown. Returns how many. */
#define UI_COLUMNS_MAX (8 + UI_FACETS_MAX)
size_t ui_event_columns(const struct ui *ui, enum th_field out[UI_COLUMNS_MAX]);

/* The facets' value under the cursor; put the cursor on the value, where it stands now. */
bool ui_facets_value(struct ui *ui, struct ui_value *out);
void ui_facets_seek(struct ui *ui, const struct ui_value *value);

/* Typing a filter. */
void ui_typing_init(struct ui *ui);
void ui_typing_fini(struct ui *ui);
void ui_filter_edit(struct ui *ui);
void ui_filter_key(struct ui *ui, const struct ui_key *key);
/* Let completion and preview follow what was typed. */
void ui_filter_settle(struct ui *ui);
/* What is typed. */
const struct ui_input *ui_typed(const struct ui *ui);
void ui_preview_answer(struct ui *ui, struct ui_answer *answer);
/* What the filter being typed would leave; have false: not known. */
const struct ui_screen *ui_preview(const struct ui *ui);
void ui_preview_forget(struct ui *ui);
/* Draw its completion. */
void ui_typing_draw(struct ui *ui);

void ui_about_answer(struct ui *ui, struct ui_answer *answer);

#endif
