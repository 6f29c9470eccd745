/* Quickselect for both ends of the part, then a sort of what lies between. Where the pivots turn
 * out bad again and again, which rows that somebody thought of can bring about, the rest is sorted
 * as a whole: n log n at the worst. */
#include "query/ops/nth_rows.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/system.h"

/* Good pivots take some three looks at every row. */
enum { SMALL = 24, ROUNDS = 8 };

struct list {
    uint32_t *rows;
    th_select_compare *compare;
    const void *ctx;
};

static int compare_rows(const void *left, const void *right, void *ctx)
{
    const struct list *l = ctx;
    return l->compare(l->ctx, *(const uint32_t *)left, *(const uint32_t *)right);
}

static void sort(struct list *l, size_t from, size_t to)
{
    th_sort(l->rows + from, to - from, sizeof *l->rows, compare_rows, l);
}

static void swap(struct list *l, size_t a, size_t b)
{
    uint32_t row = l->rows[a];
    l->rows[a] = l->rows[b];
    l->rows[b] = row;
}

static bool less(const struct list *l, uint32_t a, uint32_t b)
{
    return l->compare(l->ctx, a, b) < 0;
}

/* The median of three, which then stands at from. */
static uint32_t choose_pivot(struct list *l, size_t from, size_t to)
{
    size_t middle = from + (to - from) / 2;
    if (less(l, l->rows[middle], l->rows[from]))
        swap(l, middle, from);
    if (less(l, l->rows[to - 1], l->rows[middle]))
        swap(l, to - 1, middle);
    if (less(l, l->rows[middle], l->rows[from]))
        swap(l, middle, from);
    swap(l, from, middle);
    return l->rows[from];
}

/* Smaller ones before, larger ones behind the pivot; its place is returned. */
static size_t partition(struct list *l, size_t from, size_t to)
{
    uint32_t pivot = choose_pivot(l, from, to);
    size_t low = from;
    size_t high = to;
    for (;;) {
        do
            low++;
        while (low < to && less(l, l->rows[low], pivot));
        do
            high--;
        while (less(l, pivot, l->rows[high]));
        if (low >= high)
            break;
        swap(l, low, high);
    }
    swap(l, from, high);
    return high;
}

/* Everything before at is smaller than everything from it on, within from … to. */
static void split(struct list *l, size_t from, size_t to, size_t at)
{
    size_t left = (to - from) * ROUNDS;
    while (to - from > SMALL && at > from && at < to && left >= to - from) {
        left -= to - from;
        size_t place = partition(l, from, to);
        if (place == at)
            return;
        if (place < at)
            from = place + 1;
        else
            to = place;
    }
    if (at > from && at < to)
        sort(l, from, to);
}

void th_select_range(uint32_t *rows, size_t n, size_t from, size_t to, th_select_compare *compare,
                     const void *ctx)
{
    struct list l = {rows, compare, ctx};
    if (from >= to)
        return;
    split(&l, 0, n, from);
    split(&l, from, n, to);
    sort(&l, from, to);
}
