/* Local time is UTC moved by the zone's offset at that moment; everything else works on civil UTC.
 */
#include "ui/widget/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/compiler.h"

void ui_format_count(struct th_buf *out, uint64_t n)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            th_buf_putc(out, ',');
        th_buf_putc(out, digits[i]);
    }
}

void ui_format_counted(struct th_buf *out, uint64_t n, const char *one, const char *many)
{
    ui_format_count(out, n);
    th_buf_putc(out, ' ');
    th_buf_puts(out, n == 1 ? one : many);
}

void ui_format_share(struct th_buf *out, uint64_t n, uint64_t total)
{
    double share = total == 0 ? 0.0 : (double)n * 100.0 / (double)total;
    if (n > 0 && share < 0.1)
        th_buf_puts(out, "< 0.1 %");
    else
        th_buf_printf(out, "%.1f %%", share);
}

void ui_format_bytes(struct th_buf *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double v = (double)bytes;
    size_t unit = 0;
    while (v >= 999.5 && unit + 1 < TH_COUNT(units)) {
        v /= 1000.0;
        unit++;
    }
    th_buf_printf(out, "%.*f %s", unit == 0 || v >= 99.5 ? 0 : 1, v, units[unit]);
}

int64_t ui_zone_offset(int64_t ts_ms)
{
    time_t seconds = (time_t)(ts_ms / 1000);
    struct tm tm;
    if (localtime_r(&seconds, &tm) == NULL)
        return 0;
    return (int64_t)tm.tm_gmtoff * 1000;
}

static void civil_of(int64_t ts_ms, bool local, struct th_civil *out)
{
    if (local)
        ts_ms += ui_zone_offset(ts_ms);
    th_time_civil(ts_ms, out);
}

enum ui_date ui_date_shared(int64_t first_ms, int64_t last_ms, bool local)
{
    if (first_ms == TH_TIME_NONE || last_ms == TH_TIME_NONE)
        return UI_DATE_FULL;
    struct th_civil a, b;
    civil_of(first_ms, local, &a);
    civil_of(last_ms, local, &b);
    if (a.year != b.year)
        return UI_DATE_FULL;
    return a.month == b.month && a.day == b.day ? UI_DATE_DAY : UI_DATE_YEAR;
}

int ui_row_time_width(enum ui_date shared)
{
    switch (shared) {
    case UI_DATE_FULL:
        return 19;
    case UI_DATE_YEAR:
        return 14;
    case UI_DATE_DAY:
        return 8;
    }
    return 19;
}

void ui_format_row_time(struct th_buf *out, int64_t ts_ms, enum ui_date shared, bool local)
{
    if (ts_ms == TH_TIME_NONE) {
        th_buf_puts(out, "–");
        return;
    }
    struct th_civil c;
    civil_of(ts_ms, local, &c);
    if (shared == UI_DATE_FULL)
        th_buf_printf(out, "%04d-", c.year);
    if (shared != UI_DATE_DAY)
        th_buf_printf(out, "%02d-%02d ", c.month, c.day);
    th_buf_printf(out, "%02d:%02d:%02d", c.hour, c.minute, c.second);
}

void ui_format_time(struct th_buf *out, int64_t ts_ms, bool year, bool seconds, bool local)
{
    if (ts_ms == TH_TIME_NONE) {
        th_buf_puts(out, "–");
        return;
    }
    struct th_civil c;
    civil_of(ts_ms, local, &c);
    th_buf_printf(out, "%d %s", c.day, th_time_month(c.month));
    if (year)
        th_buf_printf(out, " %d", c.year);
    th_buf_printf(out, " %02d:%02d", c.hour, c.minute);
    if (seconds)
        th_buf_printf(out, ":%02d", c.second);
}

void ui_format_day(struct th_buf *out, int64_t ts_ms, bool local)
{
    struct th_civil c;
    civil_of(ts_ms, local, &c);
    th_buf_printf(out, "%d %s", c.day, th_time_month(c.month));
}

void ui_format_year(struct th_buf *out, int64_t ts_ms, bool local)
{
    struct th_civil c;
    civil_of(ts_ms, local, &c);
    th_buf_printf(out, "%d", c.year);
}

void ui_format_days(struct th_buf *out, int64_t first_ms, int64_t last_ms, bool local)
{
    bool years = ui_date_shared(first_ms, last_ms, local) == UI_DATE_FULL;
    ui_format_day(out, first_ms, local);
    if (years) {
        th_buf_putc(out, ' ');
        ui_format_year(out, first_ms, local);
    }
    if (ui_date_shared(first_ms, last_ms, local) == UI_DATE_DAY)
        return;
    th_buf_puts(out, " – ");
    ui_format_day(out, last_ms, local);
    if (years) {
        th_buf_putc(out, ' ');
        ui_format_year(out, last_ms, local);
    }
}

void ui_format_span(struct th_buf *out, int64_t first_ms, int64_t last_ms, bool with_year,
                    bool local)
{
    if (first_ms == TH_TIME_NONE || last_ms == TH_TIME_NONE) {
        th_buf_puts(out, "no times");
        return;
    }
    struct th_civil a, b;
    civil_of(first_ms, local, &a);
    civil_of(last_ms, local, &b);
    bool same_day = a.year == b.year && a.month == b.month && a.day == b.day;
    bool close = last_ms - first_ms < 10 * TH_MINUTE_MS;
    ui_format_time(out, first_ms, with_year || a.year != b.year, close, local);
    if (close && last_ms == first_ms)
        return;
    th_buf_puts(out, " – ");
    if (same_day)
        th_buf_printf(out, "%02d:%02d", b.hour, b.minute);
    if (same_day && close)
        th_buf_printf(out, ":%02d", b.second);
    if (!same_day)
        ui_format_time(out, last_ms, a.year != b.year, close, local);
}
