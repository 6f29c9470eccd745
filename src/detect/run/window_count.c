/* Counting in windows that slide.
 *
 * Times ascend, so the window that ends with an event begins at a place that only moves forward:
 * two indexes and, for values, how often each is inside. Equal times belong together: a window ends
 * behind the last event of its time. */
#include "detect/run/window.h"

#include <stdlib.h>

#include "base/mem.h"

void th_window_items_add(struct th_window_items *items, struct th_window_item item)
{
    TH_GROW(items->v, items->n, items->cap);
    items->v[items->n++] = item;
}

void th_window_items_fini(struct th_window_items *items)
{
    free(items->v);
    *items = (struct th_window_items){NULL, 0, 0};
}

bool th_bounds_hold(const struct th_bounds *b, int64_t count)
{
    return (b->gte < 0 || count >= b->gte) && (b->gt < 0 || count > b->gt) &&
           (b->lte < 0 || count <= b->lte) && (b->lt < 0 || count < b->lt) &&
           (b->eq < 0 || count == b->eq) && (b->neq < 0 || count != b->neq);
}

int64_t th_bounds_least(const struct th_bounds *b)
{
    int64_t least = 1;
    if (b->lte >= 0 || b->lt >= 0 || b->eq >= 0 || b->neq >= 0)
        return -1;
    if (b->gte > least)
        least = b->gte;
    if (b->gt >= least)
        least = b->gt + 1;
    return least;
}

/* What is inside the window [lo, hi). */
struct slide {
    const struct th_values_of *values;
    uint32_t *inside; /* of each value: how often */
    size_t lo, hi;
    int64_t different;
};

static void slide_open(struct slide *s, const struct th_values_of *values)
{
    *s = (struct slide){.values = values};
    if (values != NULL)
        s->inside = th_xcalloc((size_t)values->count + 1, sizeof *s->inside);
}

static void slide_take(struct slide *s)
{
    size_t i = s->hi++;
    if (s->values == NULL)
        return;
    for (uint32_t k = s->values->first[i]; k < s->values->first[i + 1]; k++)
        s->different += s->inside[s->values->list[k]]++ == 0;
}

static void slide_drop(struct slide *s)
{
    size_t i = s->lo++;
    if (s->values == NULL)
        return;
    for (uint32_t k = s->values->first[i]; k < s->values->first[i + 1]; k++)
        s->different -= --s->inside[s->values->list[k]] == 0;
}

static int64_t slide_count(const struct slide *s)
{
    return s->values != NULL ? s->different : (int64_t)(s->hi - s->lo);
}

/* Is later at most span behind early? Times may be anywhere in their range. */
static bool within(int64_t early, int64_t later, int64_t span_ms)
{
    int64_t distance;
    return !__builtin_sub_overflow(later, early, &distance) && distance <= span_ms;
}

static struct th_window_item item_of(const int64_t *ts, size_t from, size_t to)
{
    return (struct th_window_item){ts[from], ts[to - 1], (uint32_t)from, (uint32_t)to,
                                   TH_WINDOW_ITEM};
}

/* Does the window stay the longest when the next event comes? */
static bool is_longest(const struct slide *s, const int64_t *ts, size_t n, int64_t span_ms)
{
    return s->hi == n || !within(ts[s->lo], ts[s->hi], span_ms);
}

static void add_burst(struct th_window_items *bursts, const int64_t *ts, const struct slide *s)
{
    struct th_window_item *last = bursts->n > 0 ? &bursts->v[bursts->n - 1] : NULL;
    if (last != NULL && s->lo < last->to)
        *last = item_of(ts, last->from, s->hi);
    else
        th_window_items_add(bursts, item_of(ts, s->lo, s->hi));
}

/* For each event: the shortest run that ends with it and has enough. */
static void find_tight(const int64_t *ts, size_t n, const struct th_values_of *values,
                       int64_t span_ms, int64_t least, struct th_window_items *tight)
{
    struct slide s;
    slide_open(&s, values);
    while (s.hi < n) {
        slide_take(&s);
        /* Events that add nothing at the front are given up. */
        while (slide_count(&s) >= least && s.lo < s.hi) {
            struct slide before = s;
            slide_drop(&s);
            if (slide_count(&s) < least) {
                if (within(ts[before.lo], ts[s.hi - 1], span_ms))
                    th_window_items_add(tight, item_of(ts, before.lo, s.hi));
                /* Take it back: the next event's run begins here or later. */
                s.lo = before.lo;
                s.different = before.different;
                if (values != NULL)
                    for (uint32_t k = values->first[s.lo]; k < values->first[s.lo + 1]; k++)
                        s.inside[values->list[k]]++;
                break;
            }
        }
    }
    free(s.inside);
}

void th_window_count(const int64_t *ts, size_t n, const struct th_values_of *values,
                     int64_t span_ms, const struct th_bounds *bounds,
                     struct th_window_items *bursts, struct th_window_items *tight)
{
    int64_t least = th_bounds_least(bounds);
    struct slide s;
    slide_open(&s, values);
    while (s.hi < n) {
        slide_take(&s);
        while (s.hi < n && ts[s.hi] == ts[s.hi - 1])
            slide_take(&s);
        while (!within(ts[s.lo], ts[s.hi - 1], span_ms))
            slide_drop(&s);
        if (!is_longest(&s, ts, n, span_ms) || !th_bounds_hold(bounds, slide_count(&s)))
            continue;
        add_burst(bursts, ts, &s);
        if (tight != NULL && least < 0)
            th_window_items_add(tight, item_of(ts, s.lo, s.hi));
    }
    free(s.inside);
    if (tight != NULL && least >= 0)
        find_tight(ts, n, values, span_ms, least, tight);
}
