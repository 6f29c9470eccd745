/* A line of text being edited, with history; knows bytes and columns, not curses. */
#ifndef UI_WIDGET_LINE_EDIT_H
#define UI_WIDGET_LINE_EDIT_H

#include <stdbool.h>

#include "base/buf.h"
#include "ui/term/draw.h"

#define UI_INPUT_MAX 65536 /* bytes of one line */

/* at: byte position of the cursor, always on a character's start. */
struct ui_input {
    struct th_buf text;
    size_t at;
    struct th_buf kill; /* what was cut last */
    char **history;     /* newest first; owned */
    size_t history_n;
    size_t history_at;   /* 0: the line being typed; i: history[i - 1] */
    struct th_buf typed; /* the line before history was walked */
};

void ui_input_init(struct ui_input *input);
void ui_input_fini(struct ui_input *input);
/* Replace the text, cursor behind it. Line breaks and other controls become blanks. */
void ui_input_set(struct ui_input *input, struct th_str text);
/* Remember a line as the newest of the history; repeats move up. */
void ui_input_remember(struct ui_input *input, struct th_str text);
/* Insert at the cursor (controls become blanks). False when the line is full. */
bool ui_input_insert(struct ui_input *input, struct th_str text);
/* Replace bytes [from, to) and put the cursor behind what was inserted. */
void ui_input_replace(struct ui_input *input, size_t from, size_t to, struct th_str text);

/* What a key did. */
enum ui_input_effect { UI_INPUT_IGNORED, UI_INPUT_MOVED, UI_INPUT_CHANGED };
/* Editing keys: characters, arrows, Home End, Backspace Delete, Ctrl-A B D E F H K U W Y, and
 * Ctrl-P Ctrl-N through the history. */
enum ui_input_effect ui_input_key(struct ui_input *input, int code);
/* One step back (+1) or forth (-1) in the history. */
bool ui_input_walk(struct ui_input *input, int step);

/* Draw it within w columns: text scrolled so that the cursor, whose place goes to *cursor_x, shows,
 * and bytes [bad_from, bad_to) as wrong. */
void ui_input_draw(const struct ui_canvas *c, int y, int x, int w, const struct ui_input *input,
                   enum ui_role role, size_t bad_from, size_t bad_to, int *cursor_x);

#endif
