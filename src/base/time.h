/* Times: int64_t milliseconds since 1970-01-01T00:00:00Z, always UTC. Proleptic Gregorian, years
 * 0000 to 9999. */
#ifndef TH_BASE_TIME_H
#define TH_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* "No time": smaller than every time. */
#define TH_TIME_NONE INT64_MIN

/* The first and last time that can be read or written: 0000-01-01T00:00:00.000Z and
 * 9999-12-31T23:59:59.999Z. */
#define TH_TIME_MIN INT64_C(-62167219200000)
#define TH_TIME_MAX INT64_C(253402300799999)

#define TH_SECOND_MS INT64_C(1000)
#define TH_MINUTE_MS (60 * TH_SECOND_MS)
#define TH_HOUR_MS   (60 * TH_MINUTE_MS)
#define TH_DAY_MS    (24 * TH_HOUR_MS)

struct th_civil {
    int year, month, day, hour, minute, second, ms; /* month and day from 1 */
};

/* ISO 8601 as CloudTrail and the integration's date processor take it: date, "T" or a space,
 * hh:mm[:ss[.fraction]] (or a comma before the fraction) and Z, ±hh:mm, ±hhmm or ±hh; also basic
 * form 20131102T010628Z with or without millis. A date alone is midnight. Missing zone: UTC.
 * Fractions are cut to milliseconds. Leap second 60 is taken as 59. Returns false for anything
 * else; *out is then untouched. */
bool th_time_parse(struct th_str text, int64_t *out);

/* "2026-03-01T09:00:00.000Z" into out (25 bytes with NUL). TH_TIME_NONE gives "". */
#define TH_TIME_ISO_BYTES 32
void th_time_iso(int64_t ts_ms, char out[TH_TIME_ISO_BYTES]);

void th_time_civil(int64_t ts_ms, struct th_civil *out);
int64_t th_time_from_civil(const struct th_civil *civil);

/* English month name of three letters, 1 … 12. */
const char *th_time_month(int month);

/* Start of the bucket of every_ms (> 0) that holds ts_ms, aligned to the epoch; correct for times
 * before 1970. */
int64_t th_time_floor(int64_t ts_ms, int64_t every_ms);

/* "15m", "1h", "7d", "90s", "2w", "500ms" (an integer and s m h d w M=30d y=365d): milliseconds,
 * false when malformed or too large. */
bool th_time_parse_span(struct th_str text, int64_t *out_ms);

/* A span in words: "28 s", "1 min 5 s", "3 h 12 min", "4 d 2 h". */
void th_time_add_span(struct th_buf *out, int64_t span_ms);

/* Now, ms. The only call that reads the wall clock; honours TRAILHOUND_NOW (ISO) so that tests
 * stand still. */
int64_t th_time_now(void);
/* Monotonic clock, ms, for durations. */
int64_t th_time_mono(void);

#endif
