/* Cells are set one by one at a place that we computed, never by letting curses advance: what the C
 * library thinks of a character's width can then not push the rest of a row aside. A character
 * whose width the terminal library sees differently from base/text is shown as a mark. */
#include "ui/term/draw.h"

#include <curses.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/text.h"

#define MARKS_MAX 4 /* combining characters kept on one cell */

static const struct ascii {
    uint32_t cp;
    const char *text;
} ascii_table[] = {
    {0x00B7, "-"},  {0x00D7, "x"},     {0x00B1, "+-"},  {0x2013, "-"},    {0x2026, "~"},
    {0x2039, "<"},  {0x203A, ">"},     {0x2190, "<"},   {0x2191, "^"},    {0x2192, "->"},
    {0x2193, "v"},  {0x21E4, "S-Tab"}, {0x21E5, "Tab"}, {0x232B, "Bksp"}, {0x23CE, "Ret"},
    {0x2500, "-"},  {0x2502, "|"},     {0x250C, "+"},   {0x2510, "+"},    {0x2514, "+"},
    {0x2518, "+"},  {0x2503, "#"},     {0x2581, "."},   {0x2582, "."},    {0x2583, ":"},
    {0x2584, ":"},  {0x2585, "="},     {0x2586, "="},   {0x2587, "#"},    {0x2588, "#"},
    {0x258F, "|"},  {0x258C, ">"},     {0x25B2, "^"},   {0x25B8, ">"},    {0x25BE, "v"},
    {0x25B4, "^"},  {0x25CF, "*"},     {0x276F, ">"},   {0x2261, "="},    {0x2713, "+"},
    {0x2502, "|"},  {0x2514, "`"},     {0x2591, ":"},   {0x2592, "%"},    {0x2260, "!="},
    {0x2265, ">="}, {0x2264, "<="},
};

const char *ui_ascii_of(uint32_t cp)
{
    for (size_t i = 0; i < TH_COUNT(ascii_table); i++)
        if (ascii_table[i].cp == cp)
            return ascii_table[i].text;
    return NULL;
}

static attr_t curses_attrs(unsigned attrs)
{
    attr_t out = A_NORMAL;
    if ((attrs & UI_ATTR_BOLD) != 0)
        out |= A_BOLD;
    if ((attrs & UI_ATTR_DIM) != 0)
        out |= A_DIM;
    if ((attrs & UI_ATTR_UNDERLINE) != 0)
        out |= A_UNDERLINE;
    if ((attrs & UI_ATTR_REVERSE) != 0)
        out |= A_REVERSE;
    return out;
}

static attr_t role_attrs(const struct ui_canvas *c, enum ui_role role, short *pair)
{
    *pair = c->colours >= 8 ? (short)(role + 1) : 0;
    return curses_attrs(ui_theme_look(role, c->theme, c->colours).attrs);
}

static void put_cell(const struct ui_canvas *c, int y, int x, const wchar_t *text,
                     enum ui_role role)
{
    short pair;
    attr_t attrs = role_attrs(c, role, &pair);
    cchar_t cell;
    if (setcchar(&cell, text, attrs, pair, NULL) == OK)
        mvadd_wch(y, x, &cell);
}

void ui_draw_begin(const struct ui_canvas *c)
{
    (void)c;
    erase();
}

void ui_draw_end(const struct ui_canvas *c, int cursor_y, int cursor_x)
{
    bool visible = cursor_y >= 0 && cursor_y < c->rows && cursor_x >= 0 && cursor_x < c->cols;
    move(visible ? cursor_y : c->rows - 1, visible ? cursor_x : c->cols - 1);
    curs_set(visible ? 1 : 0);
    wnoutrefresh(stdscr);
    doupdate();
}

/* Width of a character as both sides see it: -1 when they differ. */
static int agreed_width(uint32_t cp)
{
    int ours = th_text_cp_width(cp);
    return wcwidth((wchar_t)cp) == ours ? ours : -1;
}

/* Safe text on at most w columns; x may start left of the screen. */
static int put_text(const struct ui_canvas *c, int y, int x, int w, enum ui_role role,
                    struct th_str s)
{
    int used = 0;
    wchar_t cell[2 + MARKS_MAX] = {0};
    int cell_n = 0, cell_x = 0;
    for (size_t at = 0; at < s.n;) {
        uint32_t cp = th_utf8_next(s, &at);
        int width = agreed_width(cp);
        if (width == 0) {
            if (cell_n > 0 && cell_n <= MARKS_MAX)
                cell[cell_n++] = (wchar_t)cp;
            continue;
        }
        if (cell_n > 0)
            put_cell(c, y, cell_x, cell, role);
        memset(cell, 0, sizeof cell);
        cell_n = 0;
        int room = width < 0 ? th_text_cp_width(cp) : width;
        if (used + room > w || x + used + room > c->cols)
            break;
        cell[0] = width < 0 ? L'?' : (wchar_t)cp;
        cell_n = 1;
        cell_x = x + used;
        used += room > 0 ? room : 1;
    }
    if (cell_n > 0)
        put_cell(c, y, cell_x, cell, role);
    return used;
}

static bool off_screen(const struct ui_canvas *c, int y, int x, int *w)
{
    if (y < 0 || y >= c->rows || x < 0 || x >= c->cols || *w <= 0)
        return true;
    if (*w > c->cols - x)
        *w = c->cols - x;
    return false;
}

int ui_draw_text(const struct ui_canvas *c, int y, int x, int w, enum ui_role role,
                 struct th_str text)
{
    if (off_screen(c, y, x, &w))
        return 0;
    struct th_buf safe = TH_BUF_INIT, cut = TH_BUF_INIT;
    /* Enough bytes for any row: a megabyte of value must not be walked for eighty columns of it. */
    struct th_str head = th_str_sub(text, 0, (size_t)w * 16 + 64);
    th_text_sanitise(&safe, head, c->ascii);
    th_text_clip(&cut, th_buf_str(&safe), w, c->ascii);
    int used = put_text(c, y, x, w, role, th_buf_str(&cut));
    th_buf_fini(&safe);
    th_buf_fini(&cut);
    return used;
}

void ui_words(const struct ui_canvas *c, const char *words, struct th_buf *out)
{
    struct th_str s = th_str_of(words);
    if (!c->ascii) {
        th_buf_add_str(out, s);
        return;
    }
    for (size_t at = 0; at < s.n;) {
        uint32_t cp = th_utf8_next(s, &at);
        const char *ascii = ui_ascii_of(cp);
        if (cp < 0x80)
            th_buf_putc(out, (char)cp);
        else
            th_buf_puts(out, ascii == NULL ? "?" : ascii);
    }
}

int ui_draw_mixed(const struct ui_canvas *c, int y, int x, int w, enum ui_role role,
                  struct th_str text)
{
    struct th_buf out = TH_BUF_INIT;
    struct th_str s = th_str_sub(text, 0, w > 0 ? (size_t)w * 16 + 64 : 0);
    for (size_t at = 0; c->ascii && at < s.n;) {
        size_t from = at;
        const char *ascii = ui_ascii_of(th_utf8_next(s, &at));
        if (ascii != NULL)
            th_buf_puts(&out, ascii);
        else
            th_buf_add_str(&out, th_str_sub(s, from, at - from));
    }
    int used = ui_draw_text(c, y, x, w, role, c->ascii ? th_buf_str(&out) : s);
    th_buf_fini(&out);
    return used;
}

int ui_words_width(const struct ui_canvas *c, const char *words)
{
    struct th_buf text = TH_BUF_INIT;
    ui_words(c, words, &text);
    int width = th_text_width(th_buf_str(&text));
    th_buf_fini(&text);
    return width;
}

int ui_draw_words(const struct ui_canvas *c, int y, int x, int w, enum ui_role role,
                  const char *words)
{
    if (off_screen(c, y, x, &w))
        return 0;
    struct th_buf text = TH_BUF_INIT, cut = TH_BUF_INIT;
    ui_words(c, words, &text);
    th_text_clip(&cut, th_buf_str(&text), w, c->ascii);
    int used = put_text(c, y, x, w, role, th_buf_str(&cut));
    th_buf_fini(&text);
    th_buf_fini(&cut);
    return used;
}

int ui_draw_words_right(const struct ui_canvas *c, int y, int x, int w, enum ui_role role,
                        const char *words)
{
    int width = ui_words_width(c, words);
    if (width > w)
        width = w;
    return ui_draw_words(c, y, x + w - width, width, role, words);
}

void ui_draw_repeat(const struct ui_canvas *c, int y, int x, int n, enum ui_role role, uint32_t cp)
{
    if (off_screen(c, y, x, &n))
        return;
    const char *ascii = c->ascii ? ui_ascii_of(cp) : NULL;
    wchar_t cell[2] = {ascii != NULL ? (wchar_t)ascii[0] : (wchar_t)cp, 0};
    if (c->ascii && ascii == NULL && cp >= 0x80)
        cell[0] = L'?';
    for (int i = 0; i < n; i++)
        put_cell(c, y, x + i, cell, role);
}

void ui_draw_fill(const struct ui_canvas *c, struct ui_rect rect, enum ui_role role)
{
    for (int i = 0; i < rect.h; i++)
        ui_draw_repeat(c, rect.y + i, rect.x, rect.w, role, ' ');
}

void ui_draw_frame(const struct ui_canvas *c, struct ui_rect r, enum ui_role edge,
                   enum ui_role inside, const char *title)
{
    int bottom = r.y + r.h - 1, right = r.x + r.w - 1;
    if (r.h < 2 || r.w < 4)
        return;
    ui_draw_fill(c, (struct ui_rect){r.y + 1, r.x + 1, r.h - 2, r.w - 2}, inside);
    ui_draw_repeat(c, r.y, r.x + 1, r.w - 2, edge, 0x2500);
    ui_draw_repeat(c, bottom, r.x + 1, r.w - 2, edge, 0x2500);
    for (int y = r.y + 1; y < bottom; y++) {
        ui_draw_repeat(c, y, r.x, 1, edge, 0x2502);
        ui_draw_repeat(c, y, right, 1, edge, 0x2502);
    }
    ui_draw_repeat(c, r.y, r.x, 1, edge, 0x250C);
    ui_draw_repeat(c, r.y, right, 1, edge, 0x2510);
    ui_draw_repeat(c, bottom, r.x, 1, edge, 0x2514);
    ui_draw_repeat(c, bottom, right, 1, edge, 0x2518);
    if (title[0] != '\0' && r.w > 8) {
        int used = ui_draw_words(c, r.y, r.x + 2, r.w - 5, edge, title);
        ui_draw_repeat(c, r.y, r.x + 1, 1, edge, ' ');
        ui_draw_repeat(c, r.y, r.x + 2 + used, 1, edge, ' ');
    }
}

void ui_draw_restyle(const struct ui_canvas *c, int y, int x, int w, enum ui_role role)
{
    if (off_screen(c, y, x, &w))
        return;
    short pair;
    attr_t attrs = role_attrs(c, role, &pair);
    mvchgat(y, x, w, attrs, pair, NULL);
}
