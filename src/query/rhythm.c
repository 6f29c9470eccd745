/* The usual silence of a stream.
 *
 * An interval between two events says little: a busy hour has thousands of short ones, and a quiet
 * night one long one that is as usual as they are. So each day is asked for the longest silence
 * that touches it, and the median of the answers is what is usual: nights count every day, a
 * weekend counts for the four days that it touches. A gap must not make itself usual, so the
 * silence that is judged is taken out first, together with the days that would have nothing left,
 * and what was found to be a gap stays out for the shorter ones. */
#include "query/rhythm.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"

/* Silences that are too short to be gaps beside the stream's own rhythm before the rest is taken
 * to be so too. */
#define MISSES_MAX 16

/* The longest silences of days: so many days have this one. */
struct share {
    int64_t ms;
    uint64_t days;
};

struct judge {
    const struct th_rhythm *r;
    int64_t day_ms;
    bool *out; /* by silence: it is left out */
    struct share *shares;
    size_t n;
};

static int64_t day_of(const struct judge *j, int64_t ts)
{
    return (ts - j->r->first_ms) / j->day_ms;
}

/* Spans beyond any real one are taken as whole years of days, so nothing overflows. */
static void judge_init(struct judge *j, const struct th_rhythm *r)
{
    int64_t span = r->last_ms - r->first_ms;
    *j = (struct judge){.r = r, .day_ms = TH_DAY_MS};
    if (span < 3 * TH_DAY_MS)
        j->day_ms = span / 8 > TH_HOUR_MS ? span / 8 : TH_HOUR_MS;
    j->out = th_xcalloc(r->n + 1, sizeof *j->out);
    j->shares = th_xreallocarray(NULL, 3 * r->n + 2, sizeof *j->shares);
}

static void judge_fini(struct judge *j)
{
    free(j->out);
    free(j->shares);
}

static void add_share(struct judge *j, int64_t ms, uint64_t days)
{
    if (days > 0)
        j->shares[j->n++] = (struct share){ms, days};
}

/* Fill the shares. A silence gives its length to the days that lie wholly inside it, and to its
 * first and last day when no longer one touches them. Returns the number of days that count. */
static uint64_t share_days(struct judge *j)
{
    const struct th_rhythm *r = j->r;
    uint64_t all = (uint64_t)day_of(j, r->last_ms) + 1;
    uint64_t told = 0, gone = 0;
    int64_t day = -1, longest = 0; /* the day being filled */
    j->n = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct th_silence *s = &r->silences[i];
        int64_t first = day_of(j, s->from_ms), last = day_of(j, s->to_ms);
        int64_t ms = j->out[i] ? 0 : s->to_ms - s->from_ms;
        uint64_t inside = last > first + 1 ? (uint64_t)(last - first - 1) : 0;
        if (first != day) {
            add_share(j, longest, day >= 0);
            told += day >= 0;
            day = first;
            longest = 0;
        }
        longest = ms > longest ? ms : longest;
        if (last == first)
            continue;
        add_share(j, longest, 1);
        told++;
        if (j->out[i])
            gone += inside;
        else
            add_share(j, ms, inside);
        told += j->out[i] ? 0 : inside;
        day = last;
        longest = ms;
    }
    add_share(j, longest, day >= 0);
    told += day >= 0;
    /* Days without any silence worth keeping. */
    add_share(j, 0, all - told - gone);
    return all - gone;
}

static int compare_shares(const void *a, const void *b)
{
    const struct share *x = a;
    const struct share *y = b;
    return (x->ms > y->ms) - (x->ms < y->ms);
}

/* The lower median of the shares. */
static int64_t usual(struct judge *j, uint64_t days)
{
    uint64_t seen = 0;
    qsort(j->shares, j->n, sizeof *j->shares, compare_shares);
    for (size_t i = 0; i < j->n; i++) {
        seen += j->shares[i].days;
        if (seen * 2 >= days)
            return j->shares[i].ms > TH_SILENCE_MIN_MS ? j->shares[i].ms : TH_SILENCE_MIN_MS;
    }
    return TH_SILENCE_MIN_MS;
}

/* Is a silence of ms over factor times the median? Decided without sorting, which most silences
 * spare. */
static bool exceeds(struct judge *j, const struct th_rhythm_rule *rule, int64_t ms,
                    int64_t *usual_ms)
{
    uint64_t days = share_days(j);
    uint64_t small = 0;
    if (ms < rule->min_ms || ms / rule->factor < TH_SILENCE_MIN_MS || days == 0)
        return false;
    for (size_t i = 0; i < j->n; i++)
        small += j->shares[i].ms <= ms / rule->factor ? j->shares[i].days : 0;
    if (small * 2 < days)
        return false;
    *usual_ms = usual(j, days);
    return true;
}

static bool has_rhythm(const struct th_rhythm *r)
{
    uint64_t needed =
        r->last_ms - r->first_ms < 3 * TH_DAY_MS ? TH_RHYTHM_HOURS / 2 : TH_RHYTHM_HOURS;
    return r->hours >= needed;
}

static int compare_lengths(const void *a, const void *b)
{
    const struct th_silence *x = *(const struct th_silence *const *)a;
    const struct th_silence *y = *(const struct th_silence *const *)b;
    int64_t left = x->to_ms - x->from_ms, right = y->to_ms - y->from_ms;
    if (left != right)
        return left > right ? -1 : 1;
    return x < y ? -1 : 1;
}

size_t th_rhythm_gaps(const struct th_rhythm *r, const struct th_rhythm_rule *rule,
                      struct th_silence *out, size_t max)
{
    if (r->n == 0 || !has_rhythm(r))
        return 0;
    size_t n = 0, candidates = 0, misses = 0;
    const struct th_silence **by_length = th_xcalloc(r->n, sizeof *by_length);
    for (size_t i = 0; i < r->n; i++)
        if (r->silences[i].to_ms - r->silences[i].from_ms >= rule->min_ms)
            by_length[candidates++] = &r->silences[i];
    qsort(by_length, candidates, sizeof *by_length, compare_lengths);
    struct judge j;
    judge_init(&j, r);
    for (size_t i = 0; i < candidates && n < max && misses < MISSES_MAX; i++) {
        const struct th_silence *s = by_length[i];
        size_t at = (size_t)(s - r->silences);
        int64_t usual_ms;
        j.out[at] = true;
        if (exceeds(&j, rule, s->to_ms - s->from_ms, &usual_ms)) {
            out[n] = *s;
            out[n++].usual_ms = usual_ms;
        } else {
            j.out[at] = false;
            misses++;
        }
    }
    judge_fini(&j);
    free(by_length);
    return n;
}

bool th_rhythm_ended(const struct th_rhythm *r, const struct th_rhythm_rule *rule,
                     const struct th_silence *gaps, size_t gaps_n, int64_t silent_ms,
                     int64_t *usual_ms)
{
    struct judge j;
    if (!has_rhythm(r))
        return false;
    judge_init(&j, r);
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < gaps_n && !j.out[i]; k++)
            j.out[i] = r->silences[i].from_ms == gaps[k].from_ms;
    bool ended = exceeds(&j, rule, silent_ms, usual_ms);
    judge_fini(&j);
    return ended;
}
