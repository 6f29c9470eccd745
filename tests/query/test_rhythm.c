/* Which silences are gaps: streams of many kinds, with a hole and without. */
#include "lib/tap.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"
#include "query/ops/gap_rule.h"
#include "query/trail_gen.h"

static const struct th_rhythm_rule rule = {TH_HOUR_MS, 25};

/* A stream of events, added in order of time. */
struct stream {
    int64_t first_ms, last_ms, hour;
    uint64_t hours;
    struct th_silence *silences;
    size_t n, cap;
    bool any;
};

static void at(struct stream *s, int64_t ts)
{
    if (s->any && ts - s->last_ms > TH_SILENCE_MIN_MS) {
        TH_GROW(s->silences, s->n, s->cap);
        s->silences[s->n++] = (struct th_silence){s->last_ms, ts, 0, 0, 0};
    }
    if (!s->any)
        s->first_ms = ts;
    if (!s->any || th_time_floor(ts, TH_HOUR_MS) != s->hour)
        s->hours++;
    s->hour = th_time_floor(ts, TH_HOUR_MS);
    s->last_ms = ts;
    s->any = true;
}

static struct th_rhythm rhythm_of(const struct stream *s)
{
    return (struct th_rhythm){s->first_ms, s->last_ms, s->hours, s->silences, s->n};
}

static size_t gaps_of(const struct stream *s, struct th_silence out[100])
{
    const struct th_rhythm r = rhythm_of(s);
    int64_t usual_ms;
    return th_rhythm_gaps(&r, &rule, out, 100, &usual_ms);
}

/* An event every step minutes of hours from … to of the days [first, last) that keep says. */
static void work(struct stream *s, int first, int last, int from, int to, int step,
                 bool (*keep)(int day))
{
    for (int day = first; day < last; day++)
        for (int minute = from * 60; minute < to * 60 && keep(day); minute += step)
            at(s, day * TH_DAY_MS + minute * TH_MINUTE_MS);
}

static bool every_day(int day)
{
    return day >= 0;
}

static bool weekdays(int day)
{
    return day % 7 != 2 && day % 7 != 3; /* the third day of 1970 was a Saturday */
}

static bool but_three(int day)
{
    return day < 10 || day > 12;
}

static bool weekdays_but_two_weeks(int day)
{
    return weekdays(day) && (day < 21 || day >= 35);
}

static bool but_scattered(int day)
{
    return day % 6 != 2;
}

static bool weekly(int day)
{
    return day % 7 == 3;
}

static bool first_and_fifth(int day)
{
    return day == 0 || day == 4;
}

static const struct kind {
    const char *name;
    int days, from, to, step;
    bool (*keep)(int day);
    size_t gaps;
    int64_t longest_h, usual_h; /* of the first gap, rounded down */
} kinds[] = {
    {"day and night", 30, 0, 24, 10, every_day, 0, 0, 0},
    {"three days are missing", 30, 0, 24, 10, but_three, 1, 72, 0},
    {"office hours", 30, 8, 18, 10, every_day, 0, 0, 0},
    {"office hours, three days are missing", 30, 8, 18, 10, but_three, 1, 86, 14},
    {"weekends are usual", 60, 8, 18, 10, weekdays, 0, 0, 0},
    {"but two weeks are not", 60, 8, 18, 10, weekdays_but_two_weeks, 1, 350, 14},
    {"two days, three apart", 5, 0, 24, 10, first_and_fifth, 1, 72, 0},
    {"ten single days are missing", 60, 0, 24, 10, but_scattered, 10, 24, 0},
    {"once a week", 70, 0, 24, 10, weekly, 0, 0, 0},
    {"one event a day", 60, 3, 4, 60, every_day, 0, 0, 0},
    {"one event a day, three are missing", 60, 3, 4, 60, but_three, 1, 96, 24},
    {"one busy hour", 1, 3, 4, 1, every_day, 0, 0, 0},
    {"a few hours on two days", 5, 3, 6, 1, first_and_fifth, 0, 0, 0},
};

static void test_kinds(void)
{
    for (size_t i = 0; i < TH_COUNT(kinds); i++) {
        const struct kind *k = &kinds[i];
        struct stream s = {0};
        struct th_silence gaps[100];
        work(&s, 0, k->days, k->from, k->to, k->step, k->keep);
        size_t n = gaps_of(&s, gaps);
        tap_is_int((int64_t)n, (int64_t)k->gaps, k->name);
        if (n > 0) {
            tap_is_int((gaps[0].to_ms - gaps[0].from_ms) / TH_HOUR_MS, k->longest_h, "  its hours");
            tap_is_int(gaps[0].usual_ms / TH_HOUR_MS, k->usual_h, "  what is usual");
        }
        free(s.silences);
    }
}

/* A short stream: eighths of its time are its days. */
static void test_short(void)
{
    struct stream s = {0};
    struct th_silence gaps[100];
    for (int minute = 0; minute < 12 * 60; minute += 2)
        if (minute < 5 * 60 || minute > 8 * 60)
            at(&s, minute * TH_MINUTE_MS);
    tap_is_int((int64_t)gaps_of(&s, gaps), 1, "half a day with three hours missing");
    tap_is_int(gaps[0].usual_ms, 2 * TH_MINUTE_MS, "two minutes are usual");
    free(s.silences);
}

static void test_order(void)
{
    struct stream s = {0};
    struct th_silence gaps[100];
    for (int hour = 0; hour < 24 * 20; hour++)
        for (int minute = 0; minute < 60; minute += 5)
            if (!(hour >= 50 && hour < 55) && !(hour >= 200 && hour < 230) &&
                !(hour >= 300 && hour < 303))
                at(&s, hour * TH_HOUR_MS + minute * TH_MINUTE_MS);
    size_t n = gaps_of(&s, gaps);
    tap_ok(n == 3 && gaps[0].from_ms / TH_HOUR_MS == 199 && gaps[1].from_ms / TH_HOUR_MS == 49 &&
               gaps[2].from_ms / TH_HOUR_MS == 299,
           "the longest first");
    const struct th_rhythm r = rhythm_of(&s);
    int64_t usual = 0;
    tap_ok(th_rhythm_gaps(&r, &rule, gaps, 2, &usual) == 2, "no more than asked for");
    tap_is_int(usual, 5 * TH_MINUTE_MS, "five minutes are usual");
    tap_ok(!th_rhythm_exceeds(&rule, TH_HOUR_MS - 1, usual) &&
               th_rhythm_exceeds(&rule, TH_HOUR_MS, usual),
           "an hour more is too much, less is not");
    free(s.silences);
}

/* Nothing that comes by chance is a gap, or next to nothing; a hole five times the usual one is. */
static void test_chance(void)
{
    struct rng r = {7};
    size_t false_ones = 0, found = 0, streams = 200;
    for (size_t i = 0; i < streams; i++) {
        struct stream s = {0};
        struct th_silence gaps[100];
        double mean_min = 5.0 + rng_below(&r, 600);
        bool holed = i % 2 == 1;
        int64_t hole = (int64_t)(mean_min * 60) * TH_MINUTE_MS;
        for (int64_t ts = 0; ts < 60 * TH_DAY_MS;) {
            double u = (rng_next(&r) + 1.0) / 4294967297.0;
            int64_t before = ts;
            at(&s, ts);
            ts += (int64_t)(-log(u) * mean_min * (double)TH_MINUTE_MS) + 1;
            if (holed && before < 30 * TH_DAY_MS && ts >= 30 * TH_DAY_MS)
                ts += hole;
        }
        size_t n = gaps_of(&s, gaps);
        if (holed)
            found += n > 0 && gaps[0].to_ms - gaps[0].from_ms >= hole;
        else
            false_ones += n;
        free(s.silences);
    }
    tap_ok(false_ones <= 2, "streams by chance: %zu gaps in %zu", false_ones, streams / 2);
    tap_ok(found * 100 >= streams / 2 * 95, "holes found: %zu of %zu", found, streams / 2);
}

static void test_edges(void)
{
    struct stream s = {0};
    struct th_silence gaps[100];
    struct th_rhythm r = {0};
    int64_t usual = 0;
    tap_ok(th_rhythm_gaps(&r, &rule, gaps, 100, &usual) == 0 && usual == TH_TIME_NONE, "nothing");
    tap_ok(!th_rhythm_exceeds(&rule, TH_DAY_MS, usual), "nothing doesn't end");
    at(&s, TH_TIME_MIN);
    at(&s, TH_TIME_MAX);
    tap_is_int((int64_t)gaps_of(&s, gaps), 0, "two events ten thousand years apart");
    s.hours = 100;
    tap_is_int((int64_t)gaps_of(&s, gaps), 1, "and if there was a rhythm: a gap of that length");
    free(s.silences);
    /* As many silences as there can be, all alike. */
    s = (struct stream){0};
    for (int i = 0; i < 200000; i++)
        at(&s, i * 61 * TH_MINUTE_MS);
    tap_is_int((int64_t)gaps_of(&s, gaps), 0, "two hundred thousand silences of an hour");
    free(s.silences);
}

int main(void)
{
    test_kinds();
    test_short();
    test_order();
    test_chance();
    test_edges();
    return tap_done();
}
