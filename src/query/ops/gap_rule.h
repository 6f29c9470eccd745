/* Which silences of a stream of events are longer than its own rhythm explains. */
#ifndef TH_QUERY_OPS_GAP_RULE_H
#define TH_QUERY_OPS_GAP_RULE_H

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
    int64_t usual_ms; /* of a gap: the longest silence that is none */
};

/* A stream from its first to its last event, with all its silences over TH_SILENCE_MIN_MS in order
 * of time. hours: different hours that have an event. */
struct th_rhythm {
    int64_t first_ms, last_ms;
    uint64_t hours;
    const struct th_silence *silences;
    size_t n;
};

/* Gaps are the few silences that are tenths / 10 times as long as all the others, and at least
 * min_ms. Few: one in five days at most (but two may always be), and, if they are more than one,
 * half of the time together. Weekends don't count where most of them are silent. A stream with
 * events in fewer than TH_RHYTHM_HOURS different hours (half of that when it is shorter than three
 * days) has no rhythm: nothing of it is a gap. */
#define TH_RHYTHM_HOURS 12u
struct th_rhythm_rule {
    int64_t min_ms;
    int64_t tenths;
};

/* The gaps, longest first, at most max of them into out, with usual_ms set. *usual_ms is what gaps
 * are measured by, TH_TIME_NONE for a stream without a rhythm. Returns how many. */
size_t th_rhythm_gaps(const struct th_rhythm *r, const struct th_rhythm_rule *rule,
                      struct th_silence *out, size_t max, int64_t *usual_ms);

/* Is a silence of so many ms a gap, beside that usual one? */
bool th_rhythm_exceeds(const struct th_rhythm_rule *rule, int64_t ms, int64_t usual_ms);

#endif
