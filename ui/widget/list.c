/* The cursor moves within the lines that are listed; which items these are is found anew whenever
 * the data, or what it is narrowed by, has changed. Columns are dealt out once for header and
 * lines. */
#include "ui/widget/list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void ui_list_move(struct ui_list *list, enum ui_move how, int page)
{
    size_t step = page > 1 ? (size_t)page - 1 : 1;
    size_t last = list->n > 0 ? list->n - 1 : 0;
    switch (how) {
    case UI_UP:
        list->at -= list->at > 0;
        break;
    case UI_DOWN:
        list->at += list->at < last;
        break;
    case UI_PAGE_UP:
        list->at -= list->at < step ? list->at : step;
        break;
    case UI_PAGE_DOWN:
        list->at = last - list->at < step ? last : list->at + step;
        break;
    case UI_FIRST:
        list->at = 0;
        break;
    case UI_LAST:
        list->at = last;
        break;
    }
}

void ui_list_fit(struct ui_list *list, size_t n, int height)
{
    size_t h = height > 0 ? (size_t)height : 1;
    list->n = n;
    if (list->at >= n)
        list->at = n > 0 ? n - 1 : 0;
    if (list->top + h > n)
        list->top = n > h ? n - h : 0;
    if (list->at < list->top)
        list->top = list->at;
    if (list->at >= list->top + h)
        list->top = list->at - h + 1;
}

void ui_lines_fini(struct ui_lines *lines)
{
    free(lines->items);
    th_buf_fini(&lines->narrow);
    memset(lines, 0, sizeof *lines);
}

void ui_lines_pick(struct ui_lines *lines, size_t total, bool (*stays)(void *ctx, size_t item),
                   void *ctx)
{
    size_t n = 0;
    if (total > lines->cap || lines->items == NULL) {
        lines->cap = total + 64;
        lines->items = th_xreallocarray(lines->items, lines->cap, sizeof *lines->items);
    }
    for (size_t i = 0; i < total; i++)
        if (stays == NULL || stays(ctx, i))
            lines->items[n++] = i;
    lines->total = total;
    lines->list.n = n;
    if (lines->list.at >= n)
        lines->list.at = n > 0 ? n - 1 : 0;
}

bool ui_lines_hold(const struct ui_lines *lines, const char *const *texts, size_t n)
{
    if (lines->narrow.n == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        if (texts[i] != NULL && th_text_icontains(th_str_of(texts[i]), th_buf_str(&lines->narrow)))
            return true;
    return false;
}

size_t ui_lines_item(const struct ui_lines *lines)
{
    return lines->list.at < lines->list.n ? lines->items[lines->list.at] : SIZE_MAX;
}

void ui_lines_seek(struct ui_lines *lines, size_t item)
{
    for (size_t i = 0; i < lines->list.n; i++)
        if (lines->items[i] == item)
            lines->list.at = i;
}

/* ---- drawing ---- */

struct placed {
    int x[UI_LIST_COLUMNS], w[UI_LIST_COLUMNS];
};

static void place_columns(struct ui_rect r, const struct ui_list_look *look, struct placed *out)
{
    struct ui_column_spec specs[UI_LIST_COLUMNS];
    for (size_t i = 0; i < look->columns_n; i++)
        specs[i] = look->columns[i].spec;
    ui_columns_solve(r.w - look->left - 1, 1, specs, look->columns_n, out->w);
    int x = r.x + look->left;
    for (size_t i = 0; i < look->columns_n; i++) {
        out->x[i] = x;
        x += out->w[i] > 0 ? out->w[i] + 1 : 0;
    }
}

static void draw_titles(const struct ui_canvas *c, int y, const struct ui_list_look *look,
                        const struct placed *p, void *ctx)
{
    for (size_t i = 0; i < look->columns_n; i++) {
        const struct ui_list_column *column = &look->columns[i];
        if (p->w[i] == 0 || (look->title != NULL && look->title(ctx, i, y, p->x[i], p->w[i])))
            continue;
        if (column->right)
            ui_draw_words_right(c, y, p->x[i], p->w[i], UI_R_LABEL, column->title);
        else
            ui_draw_words(c, y, p->x[i], p->w[i], UI_R_LABEL, column->title);
    }
}

void ui_lines_draw(const struct ui_canvas *c, struct ui_rect r, struct ui_lines *lines,
                   const struct ui_list_look *look, void *ctx)
{
    struct placed p;
    struct ui_list *list = &lines->list;
    place_columns(r, look, &p);
    draw_titles(c, r.y, look, &p, ctx);
    ui_list_fit(list, list->n, r.h - 1);
    for (int i = 0; i < r.h - 1 && list->top + (size_t)i < list->n; i++) {
        size_t at = list->top + (size_t)i;
        bool cursor = at == list->at;
        struct ui_line_at line = {r.y + 1 + i, cursor, p.x, p.w, cursor ? UI_R_CURSOR : UI_R_TEXT};
        if (cursor) {
            ui_draw_fill(c, (struct ui_rect){line.y, r.x, 1, r.w}, UI_R_CURSOR);
            ui_draw_words(c, line.y, r.x, 1, UI_R_KEY, "▌");
        }
        look->line(ctx, &line, lines->items[at]);
    }
}

void ui_lines_draw_one(const struct ui_canvas *c, struct ui_rect r, int y, size_t item,
                       const struct ui_list_look *look, void *ctx)
{
    struct placed p;
    (void)c;
    place_columns(r, look, &p);
    struct ui_line_at line = {y, false, p.x, p.w, UI_R_TEXT};
    look->line(ctx, &line, item);
}

void ui_lines_draw_head(const struct ui_canvas *c, struct ui_rect r,
                        const struct ui_list_look *look, void *ctx)
{
    struct placed p;
    place_columns(r, look, &p);
    draw_titles(c, r.y, look, &p, ctx);
}
