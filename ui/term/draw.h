/* Drawing: every character that reaches the screen goes through here, made safe and clipped. */
#ifndef UI_TERM_DRAW_H
#define UI_TERM_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "ui/term/theme.h"

struct ui_rect {
    int y, x, h, w;
};

/* What is drawn upon: the whole screen. theme and colours choose looks; ascii: nothing but ASCII
 * leaves. */
struct ui_canvas {
    int rows, cols;
    enum ui_theme theme;
    int colours;
    bool ascii;
};

/* Blank the screen for a new frame; show it (one update of the terminal). cursor_y < 0 hides the
 * cursor. */
void ui_draw_begin(const struct ui_canvas *c);
void ui_draw_end(const struct ui_canvas *c, int cursor_y, int cursor_x);

/* Log text, hostile: sanitised and clipped with an ellipsis to w columns from y, x. Returns columns
 * used. */
int ui_draw_text(const struct ui_canvas *c, int y, int x, int w, enum ui_role role,
                 struct th_str text);
/* Our own words, trusted and UTF-8: not sanitised, and written in ASCII where the terminal needs it
 * (… ~, · -, › >). Clipped the same way. */
int ui_draw_words(const struct ui_canvas *c, int y, int x, int w, enum ui_role role,
                  const char *words);
/* Our words around values from the log ("CreateAccessKey by … · AccessDenied"): our own characters
 * become ASCII where needed, the rest is sanitised as log text. */
int ui_draw_mixed(const struct ui_canvas *c, int y, int x, int w, enum ui_role role,
                  struct th_str text);
/* Append our words as this terminal can show them. */
void ui_words(const struct ui_canvas *c, const char *words, struct th_buf *out);
/* Words at the right end of w columns. Returns columns used. */
int ui_draw_words_right(const struct ui_canvas *c, int y, int x, int w, enum ui_role role,
                        const char *words);
/* One of our own characters (a block, a triangle), n times. */
void ui_draw_repeat(const struct ui_canvas *c, int y, int x, int n, enum ui_role role, uint32_t cp);
/* Blanks in a role. */
void ui_draw_fill(const struct ui_canvas *c, struct ui_rect rect, enum ui_role role);
/* A frame with a title in its upper edge, blank inside. At least 2 by 4. */
void ui_draw_frame(const struct ui_canvas *c, struct ui_rect rect, enum ui_role edge,
                   enum ui_role inside, const char *title);
/* Change the role of what stands there already. */
void ui_draw_restyle(const struct ui_canvas *c, int y, int x, int w, enum ui_role role);

/* Columns that words take (after the change to ASCII). */
int ui_words_width(const struct ui_canvas *c, const char *words);
/* The ASCII for one of our own characters; 0 when it is none of ours. */
const char *ui_ascii_of(uint32_t cp);

#endif
