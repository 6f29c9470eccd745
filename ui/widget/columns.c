/* Everyone starts with what he wants. While it is too much, optional columns shrink and go, one
 * after the other; then the column that gives way first is narrowed down to its minimum, then the
 * next; if that is still too much, columns go in the same order. Room that is left is dealt out one
 * column at a time, left to right. */
#include "ui/widget/columns.h"

static int total(const int *widths, size_t n, int gap)
{
    int sum = 0, shown = 0;
    for (size_t i = 0; i < n; i++) {
        sum += widths[i];
        shown += widths[i] > 0;
    }
    return sum + (shown > 1 ? (shown - 1) * gap : 0);
}

static int highest_give(const struct ui_column_spec *specs, size_t n)
{
    int highest = 0;
    for (size_t i = 0; i < n; i++)
        if (specs[i].give > highest)
            highest = specs[i].give;
    return highest;
}

static void give_up_optional(int room, int gap, const struct ui_column_spec *specs, size_t n,
                             int *widths)
{
    for (int give = highest_give(specs, n); give > 0; give--)
        for (size_t i = n; i-- > 0;) {
            int over = total(widths, n, gap) - room;
            if (!specs[i].optional || specs[i].give != give || over <= 0)
                continue;
            widths[i] = widths[i] - specs[i].min >= over ? widths[i] - over : 0;
        }
}

static void shrink(int room, int gap, const struct ui_column_spec *specs, size_t n, int *widths)
{
    for (int give = highest_give(specs, n); give >= 0; give--)
        for (size_t i = 0; i < n; i++) {
            int over = total(widths, n, gap) - room;
            if (specs[i].give != give || over <= 0 || widths[i] == 0)
                continue;
            int spare = widths[i] - specs[i].min;
            widths[i] -= spare < over ? spare : over;
        }
}

static void drop(int room, int gap, const struct ui_column_spec *specs, size_t n, int *widths)
{
    for (int give = highest_give(specs, n); give > 0; give--)
        for (size_t i = n; i-- > 0;)
            if (specs[i].give == give && total(widths, n, gap) > room)
                widths[i] = 0;
    /* Not even the columns that never go fit: the last of them give up what is missing. */
    for (size_t i = n; i-- > 0;) {
        int over = total(widths, n, gap) - room;
        if (over > 0 && widths[i] > 0)
            widths[i] = widths[i] > over ? widths[i] - over : 0;
    }
}

int ui_columns_solve(int room, int gap, const struct ui_column_spec *specs, size_t n, int *widths)
{
    for (size_t i = 0; i < n; i++)
        widths[i] = room > 0 ? specs[i].want : 0;
    if (room <= 0)
        return 0;
    give_up_optional(room, gap, specs, n, widths);
    shrink(room, gap, specs, n, widths);
    drop(room, gap, specs, n, widths);
    int left = room - total(widths, n, gap);
    for (int grown = 1; left > 0 && grown > 0;) {
        grown = 0;
        for (size_t i = 0; i < n && left > 0; i++)
            if (widths[i] > 0 && widths[i] < specs[i].most) {
                widths[i]++;
                left--;
                grown++;
            }
    }
    return room - left;
}
