/* The gaps of a stream.
 *
 * An interval between two events says little: a busy hour has thousands of short ones, a quiet
 * night one long one that is as usual as they are, and chance makes a longest one in any stream.
 * What chance doesn't make is one that stands far above the second: with n intervals about a
 * stream's mean, that happens once in n * n streams. So the silences are put in order of length,
 * and where the length falls by the factor those above are gaps, as long as they are few: nights
 * and weekly jobs stand above the rest too, but they are many. */
#include "query/ops/gap_rule.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"

/* What a weekend has in common between the time zones, UTC: Saturday 14:00 to Sunday 18:00. The
 * third day of 1970 was a Saturday. */
#define WEEK_MS         (7 * TH_DAY_MS)
#define WEEKEND_FROM_MS (2 * TH_DAY_MS + 14 * TH_HOUR_MS)
#define WEEKEND_MS      (28 * TH_HOUR_MS)
#define WEEKEND_MAX_MS  (84 * TH_HOUR_MS)

bool th_rhythm_exceeds(const struct th_rhythm_rule *rule, int64_t ms, int64_t usual_ms)
{
    return usual_ms != TH_TIME_NONE && ms >= rule->min_ms && ms / rule->tenths >= usual_ms / 10;
}

static int64_t length_of(const struct th_silence *s)
{
    return s->to_ms - s->from_ms;
}

static bool has_rhythm(const struct th_rhythm *r)
{
    bool is_short = r->last_ms - r->first_ms < 3 * TH_DAY_MS;
    return r->hours >= (is_short ? TH_RHYTHM_HOURS / 2 : TH_RHYTHM_HOURS);
}

/* Does it hold one weekend, and little more? */
static bool is_weekend(const struct th_silence *s)
{
    int64_t end = s->to_ms - WEEKEND_FROM_MS - WEEKEND_MS;
    int64_t weekend = th_time_floor(end, WEEK_MS) + WEEKEND_FROM_MS;
    return length_of(s) <= WEEKEND_MAX_MS && s->from_ms <= weekend;
}

/* Is the stream silent on most weekends? */
static bool rests(const struct th_rhythm *r)
{
    int64_t weekends = (th_time_floor(r->last_ms - WEEKEND_FROM_MS, WEEK_MS) -
                        th_time_floor(r->first_ms - WEEKEND_FROM_MS, WEEK_MS)) /
                       WEEK_MS;
    int64_t silent = 0;
    for (size_t i = 0; i < r->n; i++)
        silent += is_weekend(&r->silences[i]);
    return silent >= 2 && silent * 2 >= weekends;
}

static int compare_lengths(const void *a, const void *b)
{
    const struct th_silence *x = *(const struct th_silence *const *)a;
    const struct th_silence *y = *(const struct th_silence *const *)b;
    if (length_of(x) != length_of(y))
        return length_of(x) > length_of(y) ? -1 : 1;
    return (x > y) - (x < y);
}

/* How many of the silences, the longest first, are gaps. */
static size_t count_gaps(const struct th_rhythm *r, const struct th_rhythm_rule *rule,
                         const struct th_silence *const *by_length, size_t n, int64_t *usual_ms)
{
    int64_t span = r->last_ms - r->first_ms, sum = 0;
    size_t few = (size_t)(span / (5 * TH_DAY_MS)), gaps = 0;
    few = few < 2 ? 2 : few;
    *usual_ms = n > 0 ? length_of(by_length[0]) : TH_SILENCE_MIN_MS;
    for (size_t i = 0; i < n && i < few; i++) {
        int64_t next = i + 1 < n ? length_of(by_length[i + 1]) : TH_SILENCE_MIN_MS;
        sum += length_of(by_length[i]);
        if (i > 0 && sum > span / 2)
            break;
        if (!th_rhythm_exceeds(rule, length_of(by_length[i]), next))
            continue;
        gaps = i + 1;
        *usual_ms = next;
    }
    return gaps;
}

size_t th_rhythm_gaps(const struct th_rhythm *r, const struct th_rhythm_rule *rule,
                      struct th_silence *out, size_t max, int64_t *usual_ms)
{
    *usual_ms = TH_TIME_NONE;
    if (!has_rhythm(r))
        return 0;
    const struct th_silence **by_length = th_xcalloc(r->n + 1, sizeof *by_length);
    bool no_weekends = rests(r);
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (!no_weekends || !is_weekend(&r->silences[i]))
            by_length[n++] = &r->silences[i];
    qsort(by_length, n, sizeof *by_length, compare_lengths);
    size_t gaps = count_gaps(r, rule, by_length, n, usual_ms);
    gaps = gaps < max ? gaps : max;
    for (size_t i = 0; i < gaps; i++) {
        out[i] = *by_length[i];
        out[i].usual_ms = *usual_ms;
    }
    free(by_length);
    return gaps;
}
