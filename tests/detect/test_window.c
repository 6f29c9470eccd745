/* Windows against a plain reference that looks at every window and every chain. */
#include "detect/run/window.h"

#include "base/mem.h"
#include "lib/tap.h"

enum { ROUNDS = 4000, EVENTS_MAX = 12, PARTS_MAX = 3 };

static uint64_t state = 88172645463325252u;

static unsigned random_below(unsigned n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 20) % n;
}

/* Counting
 * -----------------------------------------------------------------------------------------------------------
 */

struct events {
    size_t n;
    int64_t ts[EVENTS_MAX];
    bool valued;
    uint32_t first[EVENTS_MAX + 1], list[EVENTS_MAX * 2];
};

static void make_events(struct events *e)
{
    memset(e, 0, sizeof *e);
    e->n = random_below(EVENTS_MAX + 1);
    e->valued = random_below(2) == 0;
    int64_t now = (int64_t)random_below(5) - 2;
    uint32_t at = 0;
    for (size_t i = 0; i < e->n; i++) {
        now += random_below(3) == 0 ? random_below(12) : random_below(3);
        e->ts[i] = now;
        e->first[i] = at;
        for (unsigned k = random_below(3); k > 0; k--)
            e->list[at++] = random_below(4);
    }
    e->first[e->n] = at;
}

/* How many events, or different values, of the places from … to-1. */
static int64_t plain_count(const struct events *e, size_t from, size_t to)
{
    bool seen[4] = {false};
    int64_t n = 0;
    if (!e->valued)
        return (int64_t)(to - from);
    for (uint32_t k = e->first[from]; k < e->first[to]; k++) {
        n += !seen[e->list[k]];
        seen[e->list[k]] = true;
    }
    return n;
}

/* Which events are in a burst, and where bursts are joined: joined[i] says that i and i+1 stand in
 * one window that holds. */
static void plain_bursts(const struct events *e, int64_t span, const struct th_bounds *bounds,
                         bool *in, bool *joined)
{
    for (size_t from = 0; from < e->n; from++)
        for (size_t to = from + 1; to <= e->n; to++) {
            bool fits = e->ts[to - 1] - e->ts[from] <= span;
            /* Nothing more fits at either side. */
            bool longer = (from > 0 && e->ts[to - 1] - e->ts[from - 1] <= span) ||
                          (to < e->n && e->ts[to] - e->ts[from] <= span);
            if (!fits || longer || !th_bounds_hold(bounds, plain_count(e, from, to)))
                continue;
            for (size_t i = from; i < to; i++) {
                in[i] = true;
                if (i + 1 < to)
                    joined[i] = true;
            }
        }
}

static bool same_bursts(const struct events *e, const struct th_window_items *bursts,
                        const bool *in, const bool *joined)
{
    size_t at = 0;
    for (size_t b = 0; b < bursts->n; b++) {
        const struct th_window_item *burst = &bursts->v[b];
        for (; at < burst->from; at++)
            if (in[at])
                return false;
        if (burst->first != e->ts[burst->from] || burst->last != e->ts[burst->to - 1])
            return false;
        for (; at < burst->to; at++)
            if (!in[at] || joined[at] != (at + 1 < burst->to))
                return false;
    }
    for (; at < e->n; at++)
        if (in[at])
            return false;
    return true;
}

/* For each event the shortest run before it that has enough. */
static bool same_tight(const struct events *e, int64_t span, int64_t least,
                       const struct th_window_items *tight)
{
    size_t at = 0;
    for (size_t to = 1; to <= e->n; to++) {
        size_t from = to;
        while (from > 0 && plain_count(e, from, to) < least)
            from--;
        if (plain_count(e, from, to) < least || e->ts[to - 1] - e->ts[from] > span)
            continue;
        if (at == tight->n || tight->v[at].from != from || tight->v[at].to != to)
            return false;
        at++;
    }
    return at == tight->n;
}

static struct th_bounds random_bounds(void)
{
    struct th_bounds b = {-1, -1, -1, -1, -1, -1};
    int64_t number = 1 + random_below(4);
    switch (random_below(8)) {
    case 0:
        b.gt = number;
        break;
    case 1:
        b.eq = number;
        break;
    case 2:
        b.lte = number;
        break;
    case 3:
        b.gte = number;
        b.lt = number + 3;
        break;
    case 4:
        b.neq = number;
        break;
    default:
        b.gte = number;
    }
    return b;
}

static void test_count(void)
{
    size_t bad = 0, bad_tight = 0, bursts_seen = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct events e;
        struct th_window_items bursts = {0}, tight = {0};
        bool in[EVENTS_MAX] = {false}, joined[EVENTS_MAX] = {false};
        make_events(&e);
        struct th_bounds bounds = random_bounds();
        int64_t span = random_below(10);
        struct th_values_of values = {e.first, e.list, 4};
        th_window_count(e.ts, e.n, e.valued ? &values : NULL, span, &bounds, &bursts, &tight);
        plain_bursts(&e, span, &bounds, in, joined);
        bad += !same_bursts(&e, &bursts, in, joined);
        bursts_seen += bursts.n;
        if (th_bounds_least(&bounds) >= 0)
            bad_tight += !same_tight(&e, span, th_bounds_least(&bounds), &tight);
        th_window_items_fini(&bursts);
        th_window_items_fini(&tight);
    }
    tap_is_int((int64_t)bad, 0, "bursts are those of the reference");
    tap_is_int((int64_t)bad_tight, 0, "shortest runs are those of the reference");
    tap_ok(bursts_seen > ROUNDS / 4, "there were bursts to compare");
}

/* Coming together
 * ----------------------------------------------------------------------------------------------------
 */

struct meeting {
    struct th_window_items parts[PARTS_MAX];
    size_t parts_n;
    bool ordered;
    int64_t span;
};

static void make_meeting(struct meeting *m, bool windows)
{
    memset(m, 0, sizeof *m);
    m->parts_n = 2 + random_below(PARTS_MAX - 1);
    m->ordered = random_below(2) == 0;
    m->span = random_below(14);
    for (size_t p = 0; p < m->parts_n; p++)
        for (unsigned k = random_below(6); k > 0; k--) {
            int64_t first = random_below(30);
            uint32_t place = random_below(40);
            struct th_window_item item = {first, first, place, place + 1, place};
            if (windows && random_below(3) == 0) {
                item.last += random_below(6);
                item.place = TH_WINDOW_ITEM;
            } else {
                /* An event has one time, in whatever part it stands. */
                item.first = item.last = (int64_t)place * 7 % 30;
            }
            th_window_items_add(&m->parts[p], item);
        }
}

static bool follows(const struct th_window_item *a, const struct th_window_item *b)
{
    return a->last <= b->first && (a->place == TH_WINDOW_ITEM || a->place != b->place);
}

/* One choice of an item from every part. */
struct choice {
    const struct th_window_item *item[PARTS_MAX];
};

static bool choice_holds(const struct meeting *m, const struct choice *c, int64_t *first,
                         int64_t *last)
{
    *first = INT64_MAX;
    *last = INT64_MIN;
    for (size_t p = 0; p < m->parts_n; p++) {
        if (m->ordered && p > 0 && !follows(c->item[p - 1], c->item[p]))
            return false;
        if (c->item[p]->first < *first)
            *first = c->item[p]->first;
        if (c->item[p]->last > *last)
            *last = c->item[p]->last;
    }
    return *last - *first <= m->span;
}

/* Visit all choices that hold. */
static void each_choice(const struct meeting *m, size_t p, struct choice *c,
                        void (*visit)(void *ctx, const struct choice *c, int64_t first,
                                      int64_t last),
                        void *ctx)
{
    int64_t first, last;
    if (p == m->parts_n) {
        if (choice_holds(m, c, &first, &last))
            visit(ctx, c, first, last);
        return;
    }
    for (size_t i = 0; i < m->parts[p].n; i++) {
        c->item[p] = &m->parts[p].v[i];
        each_choice(m, p + 1, c, visit, ctx);
    }
}

/* What the reference learns: times covered by choices, cut where no choice crosses, and the items
 * on one. */
struct learned {
    const struct meeting *m;
    bool covered[80], crossed[80]; /* times from 0; crossed[t]: a choice covers t and t+1 */
    bool on[PARTS_MAX][8];
};

static void learn(void *ctx, const struct choice *c, int64_t first, int64_t last)
{
    struct learned *l = ctx;
    for (int64_t t = first; t <= last; t++) {
        l->covered[t] = true;
        if (t < last)
            l->crossed[t] = true;
    }
    for (size_t p = 0; p < l->m->parts_n; p++)
        l->on[p][c->item[p] - l->m->parts[p].v] = true;
}

/* In any order an item belongs to a window that holds all parts when it lies inside it, chosen or
 * not. */
static void learn_inside(struct learned *l)
{
    const struct meeting *m = l->m;
    for (size_t p = 0; p < m->parts_n; p++)
        for (size_t i = 0; i < m->parts[p].n; i++) {
            const struct th_window_item *item = &m->parts[p].v[i];
            struct choice c;
            struct meeting with = *m;
            struct th_window_items single = {(struct th_window_item *)&m->parts[p].v[i], 1, 1};
            with.parts[p] = single;
            (void)item;
            struct learned one = {.m = &with};
            each_choice(&with, 0, &c, learn, &one);
            l->on[p][i] = one.on[p][0];
        }
}

static bool same_hits(const struct learned *l, const struct th_window_items *hits)
{
    size_t at = 0;
    for (int64_t t = 0; t < 80; t++) {
        if (!l->covered[t])
            continue;
        int64_t end = t;
        while (l->crossed[end])
            end++;
        if (at == hits->n || hits->v[at].first != t || hits->v[at].last != end)
            return false;
        at++;
        t = end;
    }
    return at == hits->n;
}

static bool same_members(const struct learned *l, const struct th_window_items *hits,
                         uint32_t **member)
{
    for (size_t p = 0; p < l->m->parts_n; p++)
        for (size_t i = 0; i < l->m->parts[p].n; i++) {
            const struct th_window_item *item = &l->m->parts[p].v[i];
            uint32_t hit = member[p][i];
            if ((hit != UINT32_MAX) != l->on[p][i])
                return false;
            if (hit != UINT32_MAX && (hit >= hits->n || item->first < hits->v[hit].first ||
                                      item->last > hits->v[hit].last))
                return false;
        }
    return true;
}

/* The spans told hold a choice each, and every choice holds one of them. */
struct spans {
    const struct th_window_items *tight;
    bool holds[64];
    size_t missing;
};

static void learn_span(void *ctx, const struct choice *c, int64_t first, int64_t last)
{
    struct spans *s = ctx;
    bool held = false;
    (void)c;
    for (size_t i = 0; i < s->tight->n && i < 64; i++) {
        const struct th_window_item *span = &s->tight->v[i];
        held = held || (span->first >= first && span->last <= last);
        s->holds[i] = s->holds[i] || (span->first <= first && span->last >= last);
    }
    s->missing += !held;
}

static bool same_spans(const struct meeting *m, const struct th_window_items *tight)
{
    struct spans s = {.tight = tight};
    struct choice c;
    each_choice(m, 0, &c, learn_span, &s);
    for (size_t i = 0; i < tight->n && i < 64; i++)
        s.missing += !s.holds[i];
    return s.missing == 0;
}

static void test_meet(bool windows)
{
    size_t bad_hits = 0, bad_members = 0, bad_spans = 0, seen = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct meeting m;
        struct choice c;
        struct th_window_items hits = {0}, tight = {0};
        uint32_t *member[PARTS_MAX] = {NULL};
        make_meeting(&m, windows);
        th_window_meet(m.parts, m.parts_n, m.ordered, m.span, &hits, member, &tight);
        struct learned l = {.m = &m};
        each_choice(&m, 0, &c, learn, &l);
        if (!m.ordered)
            learn_inside(&l);
        bad_hits += !same_hits(&l, &hits);
        bad_members += !same_members(&l, &hits, member);
        bad_spans += !same_spans(&m, &tight);
        seen += hits.n;
        for (size_t p = 0; p < m.parts_n; p++) {
            free(member[p]);
            th_window_items_fini(&m.parts[p]);
        }
        th_window_items_fini(&hits);
        th_window_items_fini(&tight);
    }
    const char *what = windows ? "with windows" : "of events";
    tap_ok(bad_hits == 0, "meetings %s are those of the reference (%zu differ)", what, bad_hits);
    tap_ok(bad_members == 0, "what takes part in them, too (%zu differ)", bad_members);
    tap_ok(bad_spans == 0, "the shortest spans, too (%zu differ)", bad_spans);
    tap_ok(seen > ROUNDS / 8, "there were meetings to compare");
}

static void test_bounds(void)
{
    struct th_bounds none = {-1, -1, -1, -1, -1, -1};
    struct th_bounds gte0 = none, gt2 = none, both = none, eq = none;
    gte0.gte = 0;
    gt2.gt = 2;
    both.gte = 2;
    both.gt = 4;
    eq.eq = 3;
    tap_is_int(th_bounds_least(&gte0), 1, "a window has at least one event");
    tap_is_int(th_bounds_least(&gt2), 3, "more than two is three");
    tap_is_int(th_bounds_least(&both), 5, "the higher of two bounds counts");
    tap_is_int(th_bounds_least(&eq), -1, "an exact number has no least");
    tap_ok(th_bounds_hold(&eq, 3) && !th_bounds_hold(&eq, 4), "exactly three");
    tap_ok(!th_bounds_hold(&both, 4) && th_bounds_hold(&both, 5), "all bounds must hold");
}

static void test_extremes(void)
{
    int64_t ts[] = {INT64_MIN + 1, 0, INT64_MAX};
    struct th_bounds two = {2, -1, -1, -1, -1, -1};
    struct th_window_items bursts = {0}, parts[2] = {{0}}, hits = {0};
    uint32_t *member[2];
    th_window_count(ts, 3, NULL, INT64_MAX - 1, &two, &bursts, NULL);
    tap_is_int((int64_t)bursts.n, 0, "times far apart don't wrap around");
    th_window_items_fini(&bursts);
    th_window_items_add(&parts[0], (struct th_window_item){ts[0], ts[0], 0, 1, 0});
    th_window_items_add(&parts[1], (struct th_window_item){ts[2], ts[2], 1, 2, 1});
    th_window_meet(parts, 2, true, INT64_MAX, &hits, member, NULL);
    tap_is_int((int64_t)hits.n, 0, "nor do chains");
    for (size_t p = 0; p < 2; p++) {
        free(member[p]);
        th_window_items_fini(&parts[p]);
    }
    th_window_items_fini(&hits);
    th_window_count(ts, 0, NULL, 5, &two, &bursts, NULL);
    tap_is_int((int64_t)bursts.n, 0, "no events, no bursts");
}

int main(void)
{
    test_bounds();
    test_count();
    test_meet(false);
    test_meet(true);
    test_extremes();
    return tap_done();
}
