/* Everything that changes which events are shown. Each pushes the place before. */
#ifndef UI_MODEL_FILTER_H
#define UI_MODEL_FILTER_H

#include "ui/model/place.h"
#include "ui/work/case_watcher.h"

/* A new filter text. */
void ui_filter_set(struct ui *ui, struct th_str filter, const char *title);
/* And (not) this term; and (not) the value under the cursor. */
void ui_filter_add(struct ui *ui, struct th_str term, bool negate, const char *title);
void ui_filter_value(struct ui *ui, bool negate);
/* Only the rows of a finding; of a source (rows are taken). */
void ui_filter_finding(struct ui *ui, const struct th_finding *finding);
void ui_filter_rows(struct ui *ui, struct th_bits *rows, const char *path);
/* Events of an account and region (NULL: any) from from_ms to before to_ms (TH_TIME_NONE: open). */
void ui_filter_stream(struct ui *ui, const char *account, const char *region, int64_t from_ms,
                      int64_t to_ms, const char *title);
/* Select time [from, to); TH_TIME_NONE: open. */
void ui_brush(struct ui *ui, int64_t from_ms, int64_t to_ms, const char *title);
/* Show an event in the events view, without its filter when that hides it. */
void ui_go_to_row(struct ui *ui, uint32_t row);

#endif
