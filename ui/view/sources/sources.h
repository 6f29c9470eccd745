/* The view of the evidence, for those outside. */
#ifndef UI_VIEW_SOURCES_SOURCES_H
#define UI_VIEW_SOURCES_SOURCES_H

#include "ui/model/coverage.h"

/* The gap, the account and region under the cursor; NULL: the view lists something else. */
const struct th_gap *ui_gap_at(const struct ui *ui);
const struct th_coverage_stream *ui_stream_at(const struct ui *ui);
void ui_source_answer(struct ui *ui, struct ui_answer *answer);

#endif
