/* The view of the findings, for those outside. */
#ifndef UI_VIEW_FINDINGS_FINDINGS_H
#define UI_VIEW_FINDINGS_FINDINGS_H

#include "ui/model/findings.h"

/* The finding under the cursor; NULL: none, or another view is in front. */
const struct th_finding *ui_finding_at(const struct ui *ui);

#endif
