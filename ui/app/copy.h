/* Out of the screen. */
#ifndef UI_APP_COPY_H
#define UI_APP_COPY_H

#include "ui/app/context.h"

/* To the terminal's clipboard, with a message about what. */
void ui_copy_text(struct ui *ui, struct th_str text, const char *what);
/* A row of the table as tab separated text, sanitised. */
void ui_row_text(struct ui *ui, uint32_t row, struct th_buf *out);

#endif
