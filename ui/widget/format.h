/* Numbers and times as the screens write them. */
#ifndef UI_WIDGET_FORMAT_H
#define UI_WIDGET_FORMAT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/time.h"

/* "4,812" */
void ui_format_count(struct th_buf *out, uint64_t n);
/* "1 event", "4,812 events": plural is the word with its s. */
void ui_format_counted(struct th_buf *out, uint64_t n, const char *one, const char *many);
/* "2.0 %" of n in total. */
void ui_format_share(struct th_buf *out, uint64_t n, uint64_t total);
/* "12.4 MB" */
void ui_format_bytes(struct th_buf *out, uint64_t bytes);

/* How much of a date is needed to tell rows apart. */
enum ui_date { UI_DATE_FULL, UI_DATE_YEAR, UI_DATE_DAY };
/* What all times between first and last share. */
enum ui_date ui_date_shared(int64_t first_ms, int64_t last_ms, bool local);
/* "2026-03-03 02:14:01", "03-03 02:14:01" (same year) or "02:14:01" (same day); "–" for no time. */
void ui_format_row_time(struct th_buf *out, int64_t ts_ms, enum ui_date shared, bool local);
int ui_row_time_width(enum ui_date shared);
/* "3 Mar 2026 02:16:40" ; without the year when year is false, without seconds when seconds is
 * false. */
void ui_format_time(struct th_buf *out, int64_t ts_ms, bool year, bool seconds, bool local);
/* "3 Mar" */
void ui_format_day(struct th_buf *out, int64_t ts_ms, bool local);
void ui_format_year(struct th_buf *out, int64_t ts_ms, bool local);
/* "2 Mar 06:00 – 5 Mar 18:12"; with_year puts the year behind the day of the first (and of the last
 * when it differs). */
void ui_format_span(struct th_buf *out, int64_t first_ms, int64_t last_ms, bool with_year,
                    bool local);
/* "2 Mar – 5 Mar": days alone. */
void ui_format_days(struct th_buf *out, int64_t first_ms, int64_t last_ms, bool local);
/* Offset of the local zone at a time, ms. */
int64_t ui_zone_offset(int64_t ts_ms);

#endif
