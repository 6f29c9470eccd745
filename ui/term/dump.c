/* The screen that curses is about to show (newscr), cell by cell. A wide character fills two cells
 * of which the second repeats it, so rows are walked by width. */
#include "ui/term/dump.h"

#include <curses.h>
#include <wchar.h>

#include "base/text.h"

/* Read a cell; returns its width. */
static int read_cell(int y, int x, wchar_t text[CCHARW_MAX + 1], attr_t *attrs, short *pair)
{
    cchar_t cell;
    wmemset(text, 0, CCHARW_MAX + 1);
    *attrs = 0;
    *pair = 0;
    if (mvwin_wch(newscr, y, x, &cell) == ERR || getcchar(&cell, text, attrs, pair, NULL) == ERR) {
        text[0] = L' ';
        return 1;
    }
    if (text[0] == 0)
        text[0] = L' ';
    int width = wcwidth(text[0]);
    return width < 1 ? 1 : width;
}

static void trim(struct th_buf *out, size_t from, char blank)
{
    while (out->n > from && out->p[out->n - 1] == blank)
        out->n--;
    th_buf_putc(out, '\n');
}

void ui_dump_text(const struct ui_canvas *c, struct th_buf *out)
{
    wchar_t text[CCHARW_MAX + 1];
    attr_t attrs;
    short pair;
    int y0, x0;
    getyx(newscr, y0, x0);
    for (int y = 0; y < c->rows; y++) {
        size_t from = out->n;
        for (int x = 0; x < c->cols;) {
            x += read_cell(y, x, text, &attrs, &pair);
            for (int i = 0; text[i] != 0 && i < CCHARW_MAX; i++)
                th_utf8_add(out, (uint32_t)text[i]);
        }
        trim(out, from, ' ');
    }
    wmove(newscr, y0, x0);
}

void ui_dump_roles(const struct ui_canvas *c, struct th_buf *out)
{
    wchar_t text[CCHARW_MAX + 1];
    attr_t attrs;
    short pair;
    int y0, x0;
    getyx(newscr, y0, x0);
    for (int y = 0; y < c->rows; y++) {
        size_t from = out->n;
        for (int x = 0; x < c->cols;) {
            int width = read_cell(y, x, text, &attrs, &pair);
            bool role = pair >= 1 && pair <= UI_ROLE_COUNT;
            th_buf_putc(out, role ? ui_role_letter((enum ui_role)(pair - 1)) : '.');
            for (int i = 1; i < width; i++)
                th_buf_putc(out, '>');
            x += width;
        }
        trim(out, from, '.');
    }
    wmove(newscr, y0, x0);
}

void ui_dump_cursor(int *y, int *x)
{
    getyx(newscr, *y, *x);
}
