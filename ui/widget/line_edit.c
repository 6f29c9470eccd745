/* The text is UTF-8; the cursor moves by characters (combining marks stick to theirs) so that it
 * can never stand inside one. */
#include "ui/widget/line_edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/term/draw.h"
#include "ui/term/keys.h"

#define HISTORY_MAX 200

void ui_input_init(struct ui_input *input)
{
    memset(input, 0, sizeof *input);
}

void ui_input_fini(struct ui_input *input)
{
    for (size_t i = 0; i < input->history_n; i++)
        free(input->history[i]);
    free(input->history);
    th_buf_fini(&input->text);
    th_buf_fini(&input->kill);
    th_buf_fini(&input->typed);
    memset(input, 0, sizeof *input);
}

static void add_clean(struct th_buf *out, struct th_str text)
{
    for (size_t at = 0; at < text.n;) {
        uint32_t cp = th_utf8_next(text, &at);
        th_utf8_add(out, cp < ' ' || (cp >= 0x7f && cp < 0xa0) ? ' ' : cp);
    }
}

void ui_input_set(struct ui_input *input, struct th_str text)
{
    struct th_buf clean = TH_BUF_INIT;
    add_clean(&clean, th_str_sub(text, 0, UI_INPUT_MAX));
    th_buf_reset(&input->text);
    th_buf_add_str(&input->text, th_buf_str(&clean));
    th_buf_fini(&clean);
    input->at = input->text.n;
    input->history_at = 0;
}

void ui_input_remember(struct ui_input *input, struct th_str text)
{
    if (text.n == 0)
        return;
    size_t keep = 0;
    for (size_t i = 0; i < input->history_n; i++) {
        if (th_str_eq(th_str_of(input->history[i]), text) || keep >= HISTORY_MAX - 1)
            free(input->history[i]);
        else
            input->history[keep++] = input->history[i];
    }
    input->history = th_xreallocarray(input->history, keep + 1, sizeof *input->history);
    memmove(input->history + 1, input->history, keep * sizeof *input->history);
    input->history[0] = th_xstrndup(text.p, text.n);
    input->history_n = keep + 1;
    input->history_at = 0;
}

void ui_input_replace(struct ui_input *input, size_t from, size_t to, struct th_str text)
{
    struct th_buf out = TH_BUF_INIT;
    th_buf_add(&out, input->text.p, from);
    add_clean(&out, text);
    size_t at = out.n;
    if (to < input->text.n)
        th_buf_add(&out, input->text.p + to, input->text.n - to);
    if (out.n <= UI_INPUT_MAX) {
        th_buf_reset(&input->text);
        th_buf_add_str(&input->text, th_buf_str(&out));
        input->at = at;
    }
    th_buf_fini(&out);
}

bool ui_input_insert(struct ui_input *input, struct th_str text)
{
    if (input->text.n + text.n > UI_INPUT_MAX)
        return false;
    ui_input_replace(input, input->at, input->at, text);
    return true;
}

static struct th_str whole(const struct ui_input *input)
{
    return th_buf_str(&input->text);
}

static size_t next_char(const struct ui_input *input, size_t at)
{
    struct th_str s = whole(input);
    if (at >= s.n)
        return s.n;
    th_utf8_next(s, &at);
    while (at < s.n) {
        size_t after = at;
        if (th_text_cp_width(th_utf8_next(s, &after)) != 0)
            break;
        at = after;
    }
    return at;
}

static size_t previous_char(const struct ui_input *input, size_t at)
{
    size_t last = 0;
    for (size_t i = 0; i < at;) {
        last = i;
        i = next_char(input, i);
    }
    return last;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c & 0x80) != 0;
}

static size_t word_left(const struct ui_input *input, size_t at)
{
    const char *p = input->text.p;
    while (at > 0 && !is_word(p[at - 1]))
        at--;
    while (at > 0 && is_word(p[at - 1]))
        at--;
    return at;
}

static size_t word_right(const struct ui_input *input, size_t at)
{
    const char *p = input->text.p;
    while (at < input->text.n && !is_word(p[at]))
        at++;
    while (at < input->text.n && is_word(p[at]))
        at++;
    return at;
}

static enum ui_input_effect cut(struct ui_input *input, size_t from, size_t to)
{
    if (from >= to)
        return UI_INPUT_MOVED;
    th_buf_reset(&input->kill);
    th_buf_add(&input->kill, input->text.p + from, to - from);
    ui_input_replace(input, from, to, TH_STR(""));
    return UI_INPUT_CHANGED;
}

static enum ui_input_effect move_to(struct ui_input *input, size_t at)
{
    input->at = at;
    return UI_INPUT_MOVED;
}

bool ui_input_walk(struct ui_input *input, int step)
{
    size_t at = input->history_at;
    if ((step < 0 && at == 0) || (step > 0 && at >= input->history_n))
        return false;
    if (at == 0) {
        th_buf_reset(&input->typed);
        th_buf_add_str(&input->typed, whole(input));
    }
    at = step > 0 ? at + 1 : at - 1;
    ui_input_set(input, at == 0 ? th_buf_str(&input->typed) : th_str_of(input->history[at - 1]));
    input->history_at = at;
    return true;
}

static enum ui_input_effect type_character(struct ui_input *input, int code)
{
    if (code < ' ' || code >= UI_KEY_BASE || (code >= 0x7f && code < 0xa0))
        return UI_INPUT_IGNORED;
    struct th_buf text = TH_BUF_INIT;
    th_utf8_add(&text, (uint32_t)code);
    bool done = ui_input_insert(input, th_buf_str(&text));
    th_buf_fini(&text);
    return done ? UI_INPUT_CHANGED : UI_INPUT_MOVED;
}

enum ui_input_effect ui_input_key(struct ui_input *input, int code)
{
    size_t at = input->at, end = input->text.n;
    switch (code) {
    case UI_KEY_LEFT:
    case UI_CTRL('B'):
        return move_to(input, previous_char(input, at));
    case UI_KEY_RIGHT:
    case UI_CTRL('F'):
        return move_to(input, next_char(input, at));
    case UI_KEY_HOME:
    case UI_CTRL('A'):
        return move_to(input, 0);
    case UI_KEY_END:
    case UI_CTRL('E'):
        return move_to(input, end);
    case UI_KEY_WORD_LEFT:
        return move_to(input, word_left(input, at));
    case UI_KEY_WORD_RIGHT:
        return move_to(input, word_right(input, at));
    case UI_KEY_BACKSPACE:
        if (at == 0)
            return UI_INPUT_MOVED;
        ui_input_replace(input, previous_char(input, at), at, TH_STR(""));
        return UI_INPUT_CHANGED;
    case UI_KEY_DELETE:
    case UI_CTRL('D'):
        if (at == end)
            return UI_INPUT_MOVED;
        ui_input_replace(input, at, next_char(input, at), TH_STR(""));
        return UI_INPUT_CHANGED;
    case UI_CTRL('K'):
        return cut(input, at, end);
    case UI_CTRL('U'):
        return cut(input, 0, at);
    case UI_CTRL('W'):
        return cut(input, word_left(input, at), at);
    case UI_CTRL('Y'):
        ui_input_insert(input, th_buf_str(&input->kill));
        return UI_INPUT_CHANGED;
    case UI_CTRL('P'):
        return ui_input_walk(input, 1) ? UI_INPUT_CHANGED : UI_INPUT_MOVED;
    case UI_CTRL('N'):
        return ui_input_walk(input, -1) ? UI_INPUT_CHANGED : UI_INPUT_MOVED;
    }
    return type_character(input, code);
}

/* ---- drawing ---- */

void ui_input_draw(const struct ui_canvas *c, int y, int x, int w, const struct ui_input *input,
                   enum ui_role role, size_t bad_from, size_t bad_to, int *cursor_x)
{
    struct th_str text = th_buf_str(&input->text);
    struct th_buf before = TH_BUF_INIT, safe = TH_BUF_INIT;
    /* Scrolled by whole characters, so that the cursor is never at the very edge. */
    size_t from = 0;
    int at_cols = 0;
    for (;;) {
        th_buf_reset(&before);
        th_text_sanitise(&before, th_str_sub(text, from, input->at - from), c->ascii);
        at_cols = th_text_width(th_buf_str(&before));
        if (at_cols < w || from >= input->at)
            break;
        size_t step = (size_t)(at_cols - w) + 8;
        size_t next = from;
        for (size_t i = 0; i < step && next < input->at; i++)
            th_utf8_next(text, &next);
        from = next;
    }
    struct th_str shown = th_str_sub(text, from, text.n);
    ui_draw_text(c, y, x, w, role, shown);
    if (bad_to > bad_from && bad_to > from) {
        size_t begin = bad_from > from ? bad_from : from;
        th_text_sanitise(&safe, th_str_sub(text, from, begin - from), c->ascii);
        int bad_x = th_text_width(th_buf_str(&safe));
        th_buf_reset(&safe);
        th_text_sanitise(&safe, th_str_sub(text, begin, bad_to - begin), c->ascii);
        int bad_w = th_text_width(th_buf_str(&safe));
        if (bad_x < w)
            ui_draw_restyle(c, y, x + bad_x, bad_x + bad_w > w ? w - bad_x : bad_w, UI_R_WRONG);
    }
    *cursor_x = x + (at_cols < w ? at_cols : w - 1);
    th_buf_fini(&before);
    th_buf_fini(&safe);
}
