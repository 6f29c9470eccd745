/* Rows are handed out from the outside in: case line and filter at the top, keys and the sentence
 * at the bottom, then the histogram when there is room for it, and what is left is the table's,
 * from which facets and detail take their share. The table never gets under three rows for the sake
 * of anything else. */
#include "ui/widget/layout.h"

#include <string.h>

static int clamp(int v, int lo, int hi)
{
    if (v < lo)
        return lo;
    return v > hi ? hi : v;
}

static int histogram_rows(int rows)
{
    if (rows < 14)
        return 0;
    if (rows < 22)
        return 1;
    return clamp(2 + (rows - 24) / 10, 2, 6);
}

static void place_detail(struct ui_layout *l, int rows, int cols, enum ui_wish wish)
{
    if (wish == UI_HIDDEN || (wish == UI_BY_SIZE && rows < 34 && cols < 180))
        return;
    struct ui_rect *table = &l->table;
    if (cols >= 180) {
        int w = clamp(table->w * 2 / 5, 60, 90);
        l->detail_right = true;
        l->detail = (struct ui_rect){table->y, table->x + table->w - w, table->h, w};
        table->w -= w + 1;
        l->divider_x = l->facets.w > 0 ? l->divider_x : table->x + table->w;
        return;
    }
    int h = clamp(table->h * 11 / 20, 4, 26);
    if (table->h - h - 1 < 4)
        return;
    l->detail = (struct ui_rect){table->y + table->h - h, table->x, h, table->w};
    table->h -= h + 1;
    l->detail_rule_y = table->y + table->h;
}

static void place_facets(struct ui_layout *l, int cols, enum ui_wish wish)
{
    if (wish == UI_HIDDEN || (wish == UI_BY_SIZE && cols < 110) || cols < 50 || l->table.h < 4)
        return;
    int w = clamp(cols / 5, 24, 36);
    l->facets = (struct ui_rect){l->table.y, 0, l->table.h, w};
    l->divider_x = w;
    l->table.x = w + 1;
    l->table.w -= w + 1;
}

void ui_layout_solve(int rows, int cols, enum ui_wish facets, enum ui_wish detail, bool progress,
                     struct ui_layout *out)
{
    memset(out, 0, sizeof *out);
    out->divider_x = -1;
    out->detail_rule_y = -1;
    if (rows < UI_MIN_ROWS || cols < UI_MIN_COLS) {
        out->too_small = true;
        return;
    }
    int top = 0, bottom = rows;
    out->head = (struct ui_rect){top++, 0, 1, cols};
    out->filter = (struct ui_rect){top++, 0, 1, cols};
    out->keys = (struct ui_rect){--bottom, 0, 1, cols};
    if (rows >= 8)
        out->sentence = (struct ui_rect){--bottom, 0, 1, cols};
    if (progress && rows >= 12)
        out->progress = (struct ui_rect){--bottom, 0, 1, cols};
    else if (progress)
        out->progress = out->sentence;
    out->body = (struct ui_rect){top, 0, bottom - top, cols};
    int bars = histogram_rows(rows);
    if (bars > 0) {
        out->histogram = (struct ui_rect){top, 0, bars, cols};
        out->axis = (struct ui_rect){top + bars, 0, 1, cols};
        top += bars + 1;
    }
    out->table = (struct ui_rect){top, 0, bottom - top, cols};
    place_facets(out, cols, facets);
    place_detail(out, rows, cols, detail);
}
