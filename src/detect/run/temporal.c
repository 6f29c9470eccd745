/* Different things that come together, in any order or one after the other.
 *
 * Nothing is tried pair by pair. For a chain it is enough to know, for each item, the latest
 * beginning of a chain that leads to it and the earliest end of one that goes on from it: when the
 * two lie within the span, the item is part of a chain. Both come from running maxima over the part
 * before (sorted by end) and the part behind (sorted by beginning). An event may match two parts
 * that follow each other but is not two steps: the maxima remember the best and the best of another
 * event. */
#include "detect/run/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/system.h"

#define NONE INT64_MIN

static int by_last(const void *a, const void *b)
{
    const struct th_window_item *x = a, *y = b;
    if (x->last != y->last)
        return x->last < y->last ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

/* a + b, at the ends of the range the end. */
static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return b < 0 ? INT64_MIN + 1 : INT64_MAX;
}

static int by_first(const void *a, const void *b, void *ctx)
{
    const struct th_window_item *items = ctx;
    const struct th_window_item *x = &items[*(const uint32_t *)a],
                                *y = &items[*(const uint32_t *)b];
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (*(const uint32_t *)a > *(const uint32_t *)b) -
           (*(const uint32_t *)a < *(const uint32_t *)b);
}

/* Numbers of the items in order of their beginnings. */
static uint32_t *order_by_first(const struct th_window_items *items)
{
    uint32_t *order = th_xcalloc(items->n + 1, sizeof *order);
    for (size_t i = 0; i < items->n; i++)
        order[i] = (uint32_t)i;
    th_sort(order, items->n, sizeof *order, by_first, items->v);
    return order;
}

/* How many items (sorted by last) end at or before t. */
static size_t ended_by(const struct th_window_items *items, int64_t t)
{
    size_t lo = 0, hi = items->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (items->v[mid].last <= t)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* How many items in order of their beginnings begin before t. */
static size_t begun_before(const struct th_window_items *items, const uint32_t *order, int64_t t)
{
    size_t lo = 0, hi = items->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (items->v[order[mid]].first < t)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The best value so far and the best that is another event's. A window is never taken for an event.
 */
struct best {
    int64_t value, other;
    uint32_t place;
};
#define BEST_NONE ((struct best){NONE, NONE, TH_WINDOW_ITEM})

static void best_add(struct best *best, int64_t value, uint32_t place)
{
    if (value == NONE)
        return;
    bool same = place == best->place && place != TH_WINDOW_ITEM;
    if (value > best->value || best->value == NONE) {
        if (!same)
            best->other = best->value;
        best->value = value;
        best->place = place;
    } else if (!same && (value > best->other || best->other == NONE)) {
        best->other = value;
    }
}

static int64_t best_for(const struct best *best, uint32_t place)
{
    return place != TH_WINDOW_ITEM && place == best->place ? best->other : best->value;
}

/* What is known of the items of one part. Ends are kept negated, so that the earliest is a maximum
 * too. */
struct part {
    struct th_window_items *items;
    uint32_t *order; /* by first */
    int64_t *begin;  /* latest beginning of a chain that ends with the item; NONE: there is none */
    int64_t *lead;   /* latest end of such a chain's first item */
    int64_t *end;    /* minus the earliest end of a chain that begins with the item; NONE */
};

static void open_part(struct part *p, struct th_window_items *items)
{
    p->items = items;
    if (items->n > 1)
        qsort(items->v, items->n, sizeof *items->v, by_last);
    p->order = order_by_first(items);
    p->begin = th_xcalloc(items->n + 1, sizeof *p->begin);
    p->lead = th_xcalloc(items->n + 1, sizeof *p->lead);
    p->end = th_xcalloc(items->n + 1, sizeof *p->end);
}

static void close_part(struct part *p)
{
    free(p->order);
    free(p->begin);
    free(p->lead);
    free(p->end);
}

/* begin and lead of a part from those of the part before. */
static void go_forward(const struct part *before, struct part *p)
{
    size_t n = before->items->n;
    struct best *begins = th_xcalloc(n + 1, sizeof *begins);
    struct best *leads = th_xcalloc(n + 1, sizeof *leads);
    begins[0] = leads[0] = BEST_NONE;
    for (size_t i = 0; i < n; i++) {
        uint32_t place = before->items->v[i].place;
        begins[i + 1] = begins[i];
        leads[i + 1] = leads[i];
        best_add(&begins[i + 1], before->begin[i], place);
        best_add(&leads[i + 1], before->lead[i], place);
    }
    for (size_t i = 0; i < p->items->n; i++) {
        const struct th_window_item *item = &p->items->v[i];
        size_t ended = ended_by(before->items, item->first);
        p->begin[i] = best_for(&begins[ended], item->place);
        p->lead[i] = best_for(&leads[ended], item->place);
    }
    free(begins);
    free(leads);
}

/* end of a part from that of the part behind. */
static void go_back(const struct part *behind, struct part *p)
{
    size_t n = behind->items->n;
    struct best *ends = th_xcalloc(n + 1, sizeof *ends);
    ends[n] = BEST_NONE;
    for (size_t i = n; i-- > 0;) {
        uint32_t item = behind->order[i];
        ends[i] = ends[i + 1];
        best_add(&ends[i], behind->end[item], behind->items->v[item].place);
    }
    for (size_t i = 0; i < p->items->n; i++) {
        const struct th_window_item *item = &p->items->v[i];
        size_t begun = begun_before(behind->items, behind->order, item->last);
        p->end[i] = best_for(&ends[begun], item->place);
    }
    free(ends);
}

/* Is the item on a chain within the span? */
static bool on_chain(const struct part *p, size_t i, int64_t span_ms)
{
    return p->begin[i] != NONE && p->end[i] != NONE && -p->end[i] <= add(p->begin[i], span_ms);
}

/* Spans, joined where they overlap, from spans in order of their ends. */
static void join(struct th_window_items *hits, int64_t first, int64_t last)
{
    while (hits->n > 0 && hits->v[hits->n - 1].last >= first) {
        if (hits->v[hits->n - 1].first < first)
            first = hits->v[hits->n - 1].first;
        hits->n--;
    }
    th_window_items_add(hits, (struct th_window_item){first, last, 0, 0, TH_WINDOW_ITEM});
}

/* The hit around a span. */
static uint32_t hit_of(const struct th_window_items *hits, int64_t first)
{
    size_t lo = 0, hi = hits->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (hits->v[mid].first <= first)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo == 0 ? UINT32_MAX : (uint32_t)(lo - 1);
}

/* Earliest beginning, at or after from, of a first item that ends by lead. */
static int64_t widest_begin(const struct part *p, int64_t from, int64_t lead)
{
    for (size_t k = begun_before(p->items, p->order, from); k < p->items->n; k++)
        if (p->items->v[p->order[k]].last <= lead)
            return p->items->v[p->order[k]].first;
    return NONE;
}

static void meet_in_order(struct part *parts, size_t n, int64_t span_ms,
                          struct th_window_items *hits, struct th_window_items *tight)
{
    struct part *head = &parts[0], *tail = &parts[n - 1];
    for (size_t i = 0; i < head->items->n; i++) {
        head->begin[i] = head->items->v[i].first;
        head->lead[i] = head->items->v[i].last;
    }
    for (size_t p = 1; p < n; p++)
        go_forward(&parts[p - 1], &parts[p]);
    for (size_t i = 0; i < tail->items->n; i++)
        tail->end[i] = -tail->items->v[i].last;
    for (size_t p = n - 1; p-- > 0;)
        go_back(&parts[p + 1], &parts[p]);
    for (size_t i = 0; i < tail->items->n; i++) {
        int64_t last = tail->items->v[i].last;
        if (!on_chain(tail, i, span_ms))
            continue;
        int64_t wide = widest_begin(head, add(last, -span_ms), tail->lead[i]);
        join(hits, wide == NONE || wide > tail->begin[i] ? tail->begin[i] : wide, last);
        if (tight != NULL)
            th_window_items_add(
                tight, (struct th_window_item){tail->begin[i], last, 0, 0, TH_WINDOW_ITEM});
    }
}

static void members_in_order(const struct part *parts, size_t n, int64_t span_ms,
                             const struct th_window_items *hits, uint32_t **member)
{
    for (size_t p = 0; p < n; p++)
        for (size_t i = 0; i < parts[p].items->n; i++)
            member[p][i] =
                on_chain(&parts[p], i, span_ms) ? hit_of(hits, parts[p].begin[i]) : UINT32_MAX;
}

/* Any order
 * ----------------------------------------------------------------------------------------------------------
 */

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Ends of all items that fit into the span, ascending, each once. */
static int64_t *all_ends(const struct part *parts, size_t n, int64_t span_ms, size_t *out_n)
{
    size_t all = 0, kept = 0;
    for (size_t p = 0; p < n; p++)
        all += parts[p].items->n;
    int64_t *ends = th_xcalloc(all + 1, sizeof *ends);
    all = 0;
    for (size_t p = 0; p < n; p++)
        for (size_t i = 0; i < parts[p].items->n; i++)
            if (parts[p].items->v[i].first >= add(parts[p].items->v[i].last, -span_ms))
                ends[all++] = parts[p].items->v[i].last;
    if (all > 1)
        qsort(ends, all, sizeof *ends, by_time);
    for (size_t i = 0; i < all; i++)
        if (i == 0 || ends[i] != ends[i - 1])
            ends[kept++] = ends[i];
    *out_n = kept;
    return ends;
}

/* begin[i] becomes the latest beginning among the items up to i. */
static void running_latest(struct part *p)
{
    for (size_t i = 0; i < p->items->n; i++) {
        p->begin[i] = p->items->v[i].first;
        if (i > 0 && p->begin[i - 1] > p->begin[i])
            p->begin[i] = p->begin[i - 1];
    }
}

/* Of the items that end by end and begin within the span before it: the earliest beginning. */
static int64_t window_begin(const struct part *parts, size_t n, int64_t end, int64_t span_ms)
{
    int64_t first = end;
    for (size_t p = 0; p < n; p++) {
        int64_t begin = widest_begin(&parts[p], add(end, -span_ms), end);
        if (begin != NONE && begin < first)
            first = begin;
    }
    return first;
}

/* The latest time at which all parts have begun again, of the items that end by end; NONE when a
 * part has none. */
static int64_t latest_of_all(const struct part *parts, size_t n, int64_t end)
{
    int64_t least = INT64_MAX;
    for (size_t p = 0; p < n; p++) {
        size_t ended = ended_by(parts[p].items, end);
        if (ended == 0)
            return NONE;
        if (parts[p].begin[ended - 1] < least)
            least = parts[p].begin[ended - 1];
    }
    return least;
}

/* Ends at which a window holds all parts; the rest is taken out of the list. */
static size_t meet_in_any_order(struct part *parts, size_t n, int64_t span_ms, int64_t *ends,
                                size_t ends_n, struct th_window_items *hits,
                                struct th_window_items *tight)
{
    size_t kept = 0;
    for (size_t p = 0; p < n; p++)
        running_latest(&parts[p]);
    for (size_t i = 0; i < ends_n; i++) {
        int64_t begin = latest_of_all(parts, n, ends[i]);
        if (begin == NONE || begin < add(ends[i], -span_ms))
            continue;
        join(hits, window_begin(parts, n, ends[i], span_ms), ends[i]);
        if (tight != NULL)
            th_window_items_add(tight,
                                (struct th_window_item){begin, ends[i], 0, 0, TH_WINDOW_ITEM});
        ends[kept++] = ends[i];
    }
    return kept;
}

static void members_in_any_order(const struct part *parts, size_t n, int64_t span_ms,
                                 const int64_t *ends, size_t ends_n,
                                 const struct th_window_items *hits, uint32_t **member)
{
    for (size_t p = 0; p < n; p++)
        for (size_t i = 0; i < parts[p].items->n; i++) {
            const struct th_window_item *item = &parts[p].items->v[i];
            size_t lo = 0, hi = ends_n;
            while (lo < hi) { /* the first end at or behind its own */
                size_t mid = lo + (hi - lo) / 2;
                if (ends[mid] < item->last)
                    lo = mid + 1;
                else
                    hi = mid;
            }
            bool inside = lo < ends_n && ends[lo] <= add(item->first, span_ms);
            member[p][i] = inside ? hit_of(hits, item->first) : UINT32_MAX;
        }
}

void th_window_meet(struct th_window_items *items, size_t n, bool ordered, int64_t span_ms,
                    struct th_window_items *hits, uint32_t **member, struct th_window_items *tight)
{
    struct part *parts = th_xcalloc(n, sizeof *parts);
    for (size_t p = 0; p < n; p++) {
        open_part(&parts[p], &items[p]);
        member[p] = th_xcalloc(items[p].n + 1, sizeof *member[p]);
    }
    if (ordered) {
        meet_in_order(parts, n, span_ms, hits, tight);
        members_in_order(parts, n, span_ms, hits, member);
    } else {
        size_t ends_n;
        int64_t *ends = all_ends(parts, n, span_ms, &ends_n);
        ends_n = meet_in_any_order(parts, n, span_ms, ends, ends_n, hits, tight);
        members_in_any_order(parts, n, span_ms, ends, ends_n, hits, member);
        free(ends);
    }
    for (size_t p = 0; p < n; p++)
        close_part(&parts[p]);
    free(parts);
}
