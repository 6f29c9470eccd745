/* Which silences of a stream of events are longer than its own rhythm explains. */
#ifndef TH_QUERY_RHYTHM_H
#define TH_QUERY_RHYTHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Silences up to this are not kept; a rhythm that has no longer ones counts as this one. */
#define TH_SILENCE_MIN_MS INT64_C(60000)

/* Nothing between from and to. before, after: rows of the events on both sides (or any other
 * numbers). */
struct th_silence {
    int64_t from_ms, to_ms;
    uint32_t before, after;
    int64_t usual_ms; /* of a gap: the longest silence of a usual day */
};

/* A stream from its first to its last event, with all its silences over TH_SILENCE_MIN_MS in order
 * of time. hours: different hours that have an event. */
struct th_rhythm {
    int64_t first_ms, last_ms;
    uint64_t hours;
    const struct th_silence *silences;
    size_t n;
};

/* A gap is at least min_ms and factor times what is usual: the longest silence of the usual day,
 * which is the lower median over the days of the stream (days from its first event on; of eighths
 * of the time, an hour at least, when it is shorter than three days). Left out of that are the
 * silence that is judged, the gaps that are longer, and the days on which nothing but these was. A
 * stream with events in fewer than TH_RHYTHM_HOURS different hours (half of that when it is shorter
 * than three days) has no rhythm: nothing of it is a gap. */
#define TH_RHYTHM_HOURS 12u
struct th_rhythm_rule {
    int64_t min_ms;
    int64_t factor;
};

/* The gaps, longest first, at most max of them into out, with usual_ms set. Returns how many. */
size_t th_rhythm_gaps(const struct th_rhythm *r, const struct th_rhythm_rule *rule,
                      struct th_silence *out, size_t max);

/* Would a silence of so many ms that begins where the stream ends be a gap? *usual_ms is set when
 * it would; gaps: those that th_rhythm_gaps gave. */
bool th_rhythm_ended(const struct th_rhythm *r, const struct th_rhythm_rule *rule,
                     const struct th_silence *gaps, size_t gaps_n, int64_t silent_ms,
                     int64_t *usual_ms);

#endif
