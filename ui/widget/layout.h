/* Where everything stands on the events screen, as a function of the terminal's size alone. */
#ifndef UI_WIDGET_LAYOUT_H
#define UI_WIDGET_LAYOUT_H

#include <stdbool.h>

#include "ui/term/draw.h"

#define UI_MIN_ROWS 5
#define UI_MIN_COLS 20

/* What the user asked for: by size, always, or never. */
enum ui_wish { UI_BY_SIZE, UI_SHOWN, UI_HIDDEN };

/* Rectangles; one of height 0 is not shown. */
struct ui_layout {
    bool too_small;
    bool detail_right;
    struct ui_rect head, filter, histogram, axis, facets, table, detail, progress, sentence, keys;
    struct ui_rect body; /* between filter and sentence: where the other views stand */
    int divider_x; /* column of the rule right of the facets, or before a detail at the right; -1:
                      none */
    int detail_rule_y; /* row of the rule above a detail below; -1: none */
};

/* progress: there is something that runs to tell of, in a line of its own where there is room, else
 * in the sentence's place. */
void ui_layout_solve(int rows, int cols, enum ui_wish facets, enum ui_wish detail, bool progress,
                     struct ui_layout *out);

#endif
