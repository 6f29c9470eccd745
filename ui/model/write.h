/* What the user adds goes to the case. */
#ifndef UI_MODEL_WRITE_H
#define UI_MODEL_WRITE_H

#include "ui/app/context.h"
#include "ui/work/case_writer.h"

/* Can something be kept in the case? Else false, with a message: before anybody types it. */
bool ui_may_write(struct ui *ui);
/* Give a write to the writer; false, with a message, when the case can't be written. */
bool ui_write(struct ui *ui, const struct ui_write *write);

#endif
