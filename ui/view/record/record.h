/* The view of the record, for those outside. */
#ifndef UI_VIEW_RECORD_RECORD_H
#define UI_VIEW_RECORD_RECORD_H

#include "ui/app/context.h"

/* Read the record of the event under the cursor; with a message when that fails. */
void ui_record_open(struct ui *ui);

#endif
