/* What the screen shows, read back from curses: for golden tests and for saving a screen as text.
 */
#ifndef UI_TERM_DUMP_H
#define UI_TERM_DUMP_H

#include "base/buf.h"
#include "ui/term/draw.h"

/* Append the text of every row (trailing blanks removed, one line each). */
void ui_dump_text(const struct ui_canvas *c, struct th_buf *out);
/* Append the role of every cell as its letter (a wide character's second cell as '>'), trailing '.'
 * removed. Needs colours. */
void ui_dump_roles(const struct ui_canvas *c, struct th_buf *out);
/* Where the cursor stands. */
void ui_dump_cursor(int *y, int *x);

#endif
