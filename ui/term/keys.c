/* Names of keys, both ways, from one table. */
#include "ui/term/keys.h"

#include "base/compiler.h"
#include "base/text.h"

static const struct named {
    const char *name;
    const char *hint;
    int code;
} named[] = {
    {"Enter", "⏎", UI_KEY_ENTER},
    {"Esc", "Esc", UI_KEY_ESC},
    {"Tab", "⇥", UI_KEY_TAB},
    {"Shift-Tab", "⇤", UI_KEY_BACKTAB},
    {"Space", "Space", ' '},
    {"Backspace", "⌫", UI_KEY_BACKSPACE},
    {"Delete", "Del", UI_KEY_DELETE},
    {"Insert", "Ins", UI_KEY_INSERT},
    {"Up", "↑", UI_KEY_UP},
    {"Down", "↓", UI_KEY_DOWN},
    {"Left", "←", UI_KEY_LEFT},
    {"Right", "→", UI_KEY_RIGHT},
    {"Home", "Home", UI_KEY_HOME},
    {"End", "End", UI_KEY_END},
    {"PgUp", "PgUp", UI_KEY_PAGE_UP},
    {"PgDn", "PgDn", UI_KEY_PAGE_DOWN},
    {"Ctrl-Left", "^←", UI_KEY_WORD_LEFT},
    {"Ctrl-Right", "^→", UI_KEY_WORD_RIGHT},
};

int ui_key_parse(struct th_str name)
{
    for (size_t i = 0; i < TH_COUNT(named); i++)
        if (th_str_is(name, named[i].name))
            return named[i].code;
    if (name.n == 6 && th_str_starts(name, TH_STR("Ctrl-"))) {
        char c = name.p[5];
        return c >= '@' && c <= '_' ? UI_CTRL(c) : UI_KEY_NONE;
    }
    if (name.n >= 2 && name.n <= 3 && name.p[0] == 'F') {
        int n = 0;
        for (size_t i = 1; i < name.n; i++)
            n = name.p[i] >= '0' && name.p[i] <= '9' ? n * 10 + (name.p[i] - '0') : 100;
        return n >= 1 && n <= 12 ? UI_KEY_F1 + n - 1 : UI_KEY_NONE;
    }
    size_t at = 0;
    if (name.n == 0)
        return UI_KEY_NONE;
    uint32_t cp = th_utf8_next(name, &at);
    return at == name.n && cp > ' ' && cp != 0x7f ? (int)cp : UI_KEY_NONE;
}

static bool add_named(struct th_buf *out, int code, bool hint)
{
    for (size_t i = 0; i < TH_COUNT(named); i++)
        if (named[i].code == code) {
            th_buf_puts(out, hint ? named[i].hint : named[i].name);
            return true;
        }
    return false;
}

void ui_key_name(struct th_buf *out, int code)
{
    if (add_named(out, code, false))
        return;
    if (code > 0 && code < ' ')
        th_buf_printf(out, "Ctrl-%c", code + '@');
    else if (code >= UI_KEY_F1 && code <= UI_KEY_F12)
        th_buf_printf(out, "F%d", code - UI_KEY_F1 + 1);
    else if (code < UI_KEY_BASE)
        th_utf8_add(out, (uint32_t)code);
}

void ui_key_hint(struct th_buf *out, int code)
{
    if (add_named(out, code, true))
        return;
    if (code > 0 && code < ' ')
        th_buf_printf(out, "^%c", code + '@');
    else
        ui_key_name(out, code);
}
