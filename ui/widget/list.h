/* Lists: a cursor that scrolls, and on top of it lines that narrow, in columns with a header. */
#ifndef UI_WIDGET_LIST_H
#define UI_WIDGET_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "ui/term/draw.h"
#include "ui/widget/columns.h"

enum ui_move { UI_UP, UI_DOWN, UI_PAGE_UP, UI_PAGE_DOWN, UI_FIRST, UI_LAST };

/* n lines with a cursor, at, of which those from top on are on the screen. */
struct ui_list {
    size_t n, at, top;
};
/* page: lines on the screen. */
void ui_list_move(struct ui_list *list, enum ui_move how, int page);
/* Keep the cursor inside and on the screen. */
void ui_list_fit(struct ui_list *list, size_t n, int height);

/* Lines of something that has items 0 … total-1, of which those are listed that narrowing leaves.
 * Zeroed: none. */
struct ui_lines {
    struct ui_list list;
    size_t *items; /* list.n items, in the order listed */
    size_t cap, total;
    struct th_buf narrow; /* lower-cased; empty: everything is listed */
};
void ui_lines_fini(struct ui_lines *lines);
/* List the items that stay (NULL: all) anew. The cursor keeps its line as far as there is one. */
void ui_lines_pick(struct ui_lines *lines, size_t total, bool (*stays)(void *ctx, size_t item),
                   void *ctx);
/* Does one of the texts hold what the list is narrowed by? Absent ones (NULL) don't. True without
 * narrowing. */
bool ui_lines_hold(const struct ui_lines *lines, const char *const *texts, size_t n);
/* The item under the cursor; SIZE_MAX: there is none. */
size_t ui_lines_item(const struct ui_lines *lines);
/* Put the cursor on an item, if it is listed. */
void ui_lines_seek(struct ui_lines *lines, size_t item);

/* A column: where it begins and how wide it is (0: not shown) follows from the room. */
struct ui_list_column {
    const char *title;
    struct ui_column_spec spec;
    bool right; /* title at the right edge, as numbers stand */
};
/* One line while it is drawn. */
struct ui_line_at {
    int y;
    bool at;           /* under the cursor: its row is filled and has the cursor's mark */
    const int *x, *w;  /* of the columns */
    enum ui_role role; /* CURSOR or TEXT */
};
struct ui_list_look {
    const struct ui_list_column *columns;
    size_t columns_n; /* at most UI_LIST_COLUMNS */
    int left;         /* columns before the first one */
    void (*line)(void *ctx, const struct ui_line_at *line, size_t item);
    /* NULL, or draw the title of a column: false when it is the usual one. */
    bool (*title)(void *ctx, size_t column, int y, int x, int w);
};
#define UI_LIST_COLUMNS 12

/* Draw the header in the first row of r, then the lines as far as there is room, the cursor's among
 * them. */
void ui_lines_draw(const struct ui_canvas *c, struct ui_rect r, struct ui_lines *lines,
                   const struct ui_list_look *look, void *ctx);
/* The same for one line without a cursor, and for the header alone. */
void ui_lines_draw_one(const struct ui_canvas *c, struct ui_rect r, int y, size_t item,
                       const struct ui_list_look *look, void *ctx);
void ui_lines_draw_head(const struct ui_canvas *c, struct ui_rect r,
                        const struct ui_list_look *look, void *ctx);

#endif
