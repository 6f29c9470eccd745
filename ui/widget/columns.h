/* Widths of a table's columns for the room there is. */
#ifndef UI_WIDGET_COLUMNS_H
#define UI_WIDGET_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

/* min <= want <= most. give: columns with a higher number give way first; 0 never goes. An optional
 * column goes as soon as it can't have its min beside what the others want; the others all shrink
 * to min before any of them goes. */
struct ui_column_spec {
    int min, want, most;
    int give;
    bool optional;
};

/* Fill widths[0 … n-1] (0: not shown) so that they and gap columns between shown ones fit into
 * room. What is left over is shared among the columns that may grow. Returns the columns used. With
 * no room at all everything is 0. */
int ui_columns_solve(int room, int gap, const struct ui_column_spec *specs, size_t n, int *widths);

#endif
