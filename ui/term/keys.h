/* Keys as numbers of our own: a character is its code point, everything else stands above Unicode.
 */
#ifndef UI_TERM_KEYS_H
#define UI_TERM_KEYS_H

#include <stdbool.h>

#include "base/buf.h"

enum ui_key_code {
    UI_KEY_NONE = 0,
    UI_KEY_TAB = 9,
    UI_KEY_ENTER = 13,
    UI_KEY_ESC = 27,
    UI_KEY_BASE = 0x110000,
    UI_KEY_UP,
    UI_KEY_DOWN,
    UI_KEY_LEFT,
    UI_KEY_RIGHT,
    UI_KEY_HOME,
    UI_KEY_END,
    UI_KEY_PAGE_UP,
    UI_KEY_PAGE_DOWN,
    UI_KEY_BACKSPACE,
    UI_KEY_DELETE,
    UI_KEY_INSERT,
    UI_KEY_BACKTAB,
    UI_KEY_WORD_LEFT,
    UI_KEY_WORD_RIGHT,
    UI_KEY_RESIZE,
    UI_KEY_MOUSE,
    UI_KEY_PASTE_BEGIN,
    UI_KEY_PASTE_END,
    UI_KEY_F1,
    UI_KEY_F12 = UI_KEY_F1 + 11,
};

#define UI_CTRL(letter) ((letter) - '@')

enum ui_mouse {
    UI_MOUSE_PRESS,
    UI_MOUSE_DRAG,
    UI_MOUSE_RELEASE,
    UI_MOUSE_WHEEL_UP,
    UI_MOUSE_WHEEL_DOWN
};

struct ui_key {
    int code;
    int y, x; /* MOUSE */
    enum ui_mouse mouse;
};

/* Key of a name as help and scripts write it: "a", "+", "Enter", "Ctrl-R", "PgUp", "F5", "Space";
 * UI_KEY_NONE when there is none such. */
int ui_key_parse(struct th_str name);

/* Append the name of a key: the reverse of parse. */
void ui_key_name(struct th_buf *out, int code);

/* The short form for key hints: "⏎", "⌫", "⇥", "^R"; the name otherwise. */
void ui_key_hint(struct th_buf *out, int code);

#endif
