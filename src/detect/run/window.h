/* Windows over time, without tables or rules: inside of src/detect only.
 *
 * An item is something that happened: an event (first == last) or a window of several that an inner
 * correlation found. It stands for the places from … to-1 of a list that the caller keeps. place
 * tells events apart, over all parts; TH_WINDOW_ITEM for a window. */
#ifndef TH_DETECT_RUN_WINDOW_H
#define TH_DETECT_RUN_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TH_WINDOW_ITEM UINT32_MAX
struct th_window_item {
    int64_t first, last;
    uint32_t from, to;
    uint32_t place;
};

struct th_window_items {
    struct th_window_item *v; /* owned */
    size_t n, cap;
};
void th_window_items_add(struct th_window_items *items, struct th_window_item item);
void th_window_items_fini(struct th_window_items *items);

/* Bounds of a count; -1 where none is given. */
struct th_bounds {
    int64_t gte, gt, lte, lt, eq, neq;
};
bool th_bounds_hold(const struct th_bounds *bounds, int64_t count);
/* The least count that holds, when only lower bounds are given; -1 otherwise. */
int64_t th_bounds_least(const struct th_bounds *bounds);

/* Counting. ts: times of n events, ascending. values NULL: events are counted; else the different
 * ones of list[first[i]] … list[first[i + 1] - 1] of the events in the window (numbers below
 * values->count).
 *
 * A window is as many events as fit into span_ms (both ends inside): it can't be made longer at
 * either side. bursts: the windows whose count holds, those that share an event joined into one.
 * tight (may be NULL): for each event that ends one, the shortest run of events that holds; when
 * the bounds aren't lower ones only, the windows themselves. */
struct th_values_of {
    const uint32_t *first, *list;
    uint32_t count;
};
void th_window_count(const int64_t *ts, size_t n, const struct th_values_of *values,
                     int64_t span_ms, const struct th_bounds *bounds,
                     struct th_window_items *bursts, struct th_window_items *tight);

/* Parts that come together. parts[p]: items of part p, in any order; they are sorted by last,
 * first, from.
 *
 * ordered: chains of one item of each part, each beginning no earlier than the one before ended
 * (equal times are in order), different events, within span_ms from the first's beginning to the
 * last's end. Not ordered: one item of each part within span_ms. hits: spans of such, overlapping
 * ones joined; from and to are 0. member[p][i]: the hit that item i (after sorting) of part p takes
 * part in, or UINT32_MAX; arrays of parts[p].n, owned by the caller (free). tight (may be NULL):
 * the shortest span for each end. */
void th_window_meet(struct th_window_items *parts, size_t parts_n, bool ordered, int64_t span_ms,
                    struct th_window_items *hits, uint32_t **member, struct th_window_items *tight);

#endif
