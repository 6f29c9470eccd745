/* What was noted on events, in memory. */
#ifndef UI_MODEL_MARKS_H
#define UI_MODEL_MARKS_H

#include "ui/app/context.h"
#include "ui/work/case_watcher.h"

void ui_marks_load(struct ui *ui);
/* These from now on; the list is taken. */
void ui_marks_put(struct ui *ui, struct ui_mark_list *list);
void ui_marks_fini(struct ui *ui);
/* All of them, by row; others after UI_CHANGED_MARKS. */
const struct ui_mark *ui_marks(const struct ui *ui, size_t *n);
const struct ui_mark *ui_mark_of(const struct ui *ui, uint32_t row);
/* Bits of all rows that are marked. */
void ui_marks_bits(struct ui *ui, struct th_bits *out);
/* Store what is known of an event now; NULL keeps the old tag or comment. False, with a message,
 * when the case can't be written. */
bool ui_mark_set(struct ui *ui, uint32_t row, bool marked, const char *tag, const char *comment);

#endif
