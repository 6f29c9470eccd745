/* Scaling is linear from zero: half the events is half the height. The one exception is that
 * something is never drawn as nothing. */
#include "ui/widget/bar_height.h"

#include "base/compiler.h"

int ui_bar_eighths(uint64_t count, uint64_t highest, int rows)
{
    if (count == 0 || highest == 0 || rows <= 0)
        return 0;
    if (count >= highest)
        return rows * 8;
    double share = (double)count / (double)highest;
    int eighths = (int)(share * (double)rows * 8.0 + 0.5);
    return eighths < 1 ? 1 : eighths;
}

uint32_t ui_bar_block(int eighths)
{
    if (eighths <= 0)
        return ' ';
    return (uint32_t)(0x2580 + (eighths > 8 ? 8 : eighths));
}

size_t ui_bar_bucket(int x, int w, size_t n)
{
    if (x < 0 || w <= 0)
        return 0;
    size_t bucket = (size_t)((uint64_t)x * (uint64_t)n / (uint64_t)w);
    return bucket < n ? bucket : n - 1;
}

void ui_bar_columns(size_t bucket, int w, size_t n, int *from, int *to)
{
    /* The first x with x * n / w >= bucket. */
    *from = (int)(((uint64_t)bucket * (uint64_t)w + n - 1) / n);
    *to = (int)(((uint64_t)(bucket + 1) * (uint64_t)w + n - 1) / n);
    if (*from >= w)
        *from = w > 0 ? w - 1 : 0;
    if (*to <= *from)
        *to = *from + 1;
}

int ui_bar_time_column(int64_t ts_ms, int64_t start_ms, int64_t span_ms, int w)
{
    if (ts_ms == TH_TIME_NONE || span_ms <= 0 || w <= 0 || ts_ms < start_ms ||
        ts_ms - start_ms >= span_ms)
        return -1;
    int x = (int)((double)(ts_ms - start_ms) * (double)w / (double)span_ms);
    return x < w ? x : w - 1;
}

int64_t ui_axis_step(int64_t span_ms, int w, int label_cols)
{
    static const int64_t steps[] = {
        TH_SECOND_MS,     5 * TH_SECOND_MS,  10 * TH_SECOND_MS, 30 * TH_SECOND_MS, TH_MINUTE_MS,
        5 * TH_MINUTE_MS, 10 * TH_MINUTE_MS, 30 * TH_MINUTE_MS, TH_HOUR_MS,        2 * TH_HOUR_MS,
        3 * TH_HOUR_MS,   6 * TH_HOUR_MS,    12 * TH_HOUR_MS,   TH_DAY_MS,         2 * TH_DAY_MS,
        7 * TH_DAY_MS,    14 * TH_DAY_MS,    30 * TH_DAY_MS,    91 * TH_DAY_MS,    182 * TH_DAY_MS,
    };
    int labels = w / (label_cols > 0 ? label_cols : 1);
    if (labels < 1)
        labels = 1;
    for (size_t i = 0; i < TH_COUNT(steps); i++)
        if (span_ms / steps[i] <= labels)
            return steps[i];
    return 365 * TH_DAY_MS * (1 + span_ms / (365 * TH_DAY_MS) / labels);
}

int64_t ui_axis_next(int64_t ts_ms, int64_t step_ms)
{
    if (step_ms < UI_AXIS_MONTH_MS)
        return th_time_floor(ts_ms + step_ms - 1, step_ms);
    int months = (int)((step_ms + UI_AXIS_MONTH_MS / 2) / UI_AXIS_MONTH_MS);
    months = months > 12 ? months / 12 * 12 : months;
    struct th_civil c;
    th_time_civil(ts_ms, &c);
    struct th_civil at = {.year = c.year, .month = c.month, .day = 1};
    int64_t found = th_time_from_civil(&at);
    int month = c.year * 12 + c.month - 1 + (found < ts_ms);
    int past = month % months; /* below zero before the year 0, where buckets may begin */
    month += past > 0 ? months - past : -past;
    int of_year = (month % 12 + 12) % 12;
    at.year = (month - of_year) / 12;
    at.month = of_year + 1;
    return th_time_from_civil(&at);
}
