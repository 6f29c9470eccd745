/* Times as milliseconds since the epoch, UTC, without the C library's time zone machinery (which is
 * neither thread-safe nor exact before 1900). Dates go through a count of days in eras of 400
 * years, counted from the first of March so that the leap day comes last. */
#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ERA_DAYS  INT64_C(146097)  /* in 400 years */
#define ERA_START INT64_C(-719468) /* 0000-03-01, in days since the epoch */

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

static int64_t days_from_date(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t month_from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return ERA_START + era * ERA_DAYS + day_of_era;
}

void th_time_civil(int64_t ts_ms, struct th_civil *out)
{
    int64_t days = floor_div(ts_ms, TH_DAY_MS);
    int64_t rest = ts_ms % TH_DAY_MS + (ts_ms % TH_DAY_MS < 0 ? TH_DAY_MS : 0);
    int64_t shifted = days - ERA_START;
    int64_t era = floor_div(shifted, ERA_DAYS);
    int64_t day_of_era = shifted - era * ERA_DAYS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;

    out->day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    out->month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    out->year = (int)(year_of_era + era * 400 + (out->month <= 2));
    out->hour = (int)(rest / TH_HOUR_MS);
    out->minute = (int)(rest / TH_MINUTE_MS % 60);
    out->second = (int)(rest / TH_SECOND_MS % 60);
    out->ms = (int)(rest % TH_SECOND_MS);
}

int64_t th_time_from_civil(const struct th_civil *civil)
{
    return days_from_date(civil->year, civil->month, civil->day) * TH_DAY_MS +
           civil->hour * TH_HOUR_MS + civil->minute * TH_MINUTE_MS + civil->second * TH_SECOND_MS +
           civil->ms;
}

static int month_days(int year, int month)
{
    static const char days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* What is left to read of a time's text. */
struct scan {
    const char *at;
    const char *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* Exactly count digits. */
static bool take_digits(struct scan *s, int count, int *out)
{
    int value = 0;
    if (s->end - s->at < count)
        return false;
    for (int i = 0; i < count; i++) {
        if (!is_digit(s->at[i]))
            return false;
        value = value * 10 + (s->at[i] - '0');
    }
    s->at += count;
    *out = value;
    return true;
}

/* ".123456": at least one digit, cut to milliseconds. */
static bool take_fraction(struct scan *s, int *ms)
{
    int weight = 100;
    if (s->at == s->end || !is_digit(*s->at))
        return false;
    for (*ms = 0; s->at < s->end && is_digit(*s->at); s->at++) {
        *ms += (*s->at - '0') * weight;
        weight /= 10;
    }
    return true;
}

/* Nothing, Z, ±hh, ±hhmm or ±hh:mm, up to 18 hours as in every zone database; then the end. */
static bool take_zone(struct scan *s, int64_t *offset_ms)
{
    *offset_ms = 0;
    if (s->at == s->end)
        return true;
    if (take(s, 'Z'))
        return s->at == s->end;
    int sign = take(s, '+') ? 1 : take(s, '-') ? -1 : 0;
    int hour = 0;
    int minute = 0;
    if (sign == 0 || !take_digits(s, 2, &hour))
        return false;
    if (s->at < s->end) {
        take(s, ':');
        if (!take_digits(s, 2, &minute))
            return false;
    }
    if (s->at != s->end || minute > 59 || hour * 60 + minute > 18 * 60)
        return false;
    *offset_ms = sign * (hour * TH_HOUR_MS + minute * TH_MINUTE_MS);
    return true;
}

/* hh:mm[:ss[.fraction]], or hhmmss[.fraction] in the basic form. */
static bool take_clock(struct scan *s, bool basic, struct th_civil *c)
{
    if (!take_digits(s, 2, &c->hour) || !(basic || take(s, ':')) || !take_digits(s, 2, &c->minute))
        return false;
    if (basic || take(s, ':')) {
        if (!take_digits(s, 2, &c->second) ||
            ((take(s, '.') || take(s, ',')) && !take_fraction(s, &c->ms)))
            return false;
    }
    if (c->second == 60) /* a leap second: the epoch's count doesn't know it */
        c->second = 59;
    return c->hour <= 23 && c->minute <= 59 && c->second <= 59;
}

bool th_time_parse(struct th_str text, int64_t *out)
{
    struct scan s = {text.p, text.p + text.n};
    struct th_civil c = {0};
    int64_t offset_ms = 0;
    if (text.n < 10 || !take_digits(&s, 4, &c.year))
        return false;
    bool basic = !take(&s, '-');
    if (!take_digits(&s, 2, &c.month) || !(basic || take(&s, '-')) || !take_digits(&s, 2, &c.day))
        return false;
    if (c.month < 1 || c.month > 12 || c.day < 1 || c.day > month_days(c.year, c.month))
        return false;
    if (s.at < s.end || basic) {
        if (!take(&s, 'T') && (basic || !take(&s, ' ')))
            return false;
        if (!take_clock(&s, basic, &c) || !take_zone(&s, &offset_ms))
            return false;
    }
    int64_t ts_ms = th_time_from_civil(&c) - offset_ms;
    if (ts_ms < TH_TIME_MIN || ts_ms > TH_TIME_MAX)
        return false;
    *out = ts_ms;
    return true;
}

static char *put_digits(char *to, int count, int value)
{
    for (int i = count - 1; i >= 0; i--) {
        to[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return to + count;
}

void th_time_iso(int64_t ts_ms, char out[TH_TIME_ISO_BYTES])
{
    struct th_civil c;
    if (ts_ms == TH_TIME_NONE) {
        out[0] = '\0';
        return;
    }
    th_time_civil(ts_ms, &c);
    if (c.year < 0 || c.year > 9999) {
        snprintf(out, TH_TIME_ISO_BYTES, "%d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month,
                 c.day, c.hour, c.minute, c.second, c.ms);
        return;
    }
    char *to = put_digits(out, 4, c.year);
    *to++ = '-';
    to = put_digits(to, 2, c.month);
    *to++ = '-';
    to = put_digits(to, 2, c.day);
    *to++ = 'T';
    to = put_digits(to, 2, c.hour);
    *to++ = ':';
    to = put_digits(to, 2, c.minute);
    *to++ = ':';
    to = put_digits(to, 2, c.second);
    *to++ = '.';
    to = put_digits(to, 3, c.ms);
    *to++ = 'Z';
    *to = '\0';
}

const char *th_time_month(int month)
{
    return month >= 1 && month <= 12 ? months[month - 1] : "???";
}

int64_t th_time_floor(int64_t ts_ms, int64_t every_ms)
{
    int64_t start;
    if (__builtin_mul_overflow(floor_div(ts_ms, every_ms), every_ms, &start))
        return INT64_MIN;
    return start;
}

bool th_time_parse_span(struct th_str text, int64_t *out_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {
        {"ms", 1},        {"s", TH_SECOND_MS},  {"m", TH_MINUTE_MS},   {"h", TH_HOUR_MS},
        {"d", TH_DAY_MS}, {"w", 7 * TH_DAY_MS}, {"M", 30 * TH_DAY_MS}, {"y", 365 * TH_DAY_MS},
    };
    int64_t value = 0;
    size_t digits = 0;
    while (digits < text.n && is_digit(text.p[digits])) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text.p[digits] - '0', &value))
            return false;
        digits++;
    }
    if (digits == 0)
        return false;
    struct th_str unit = th_str_sub(text, digits, text.n);
    for (size_t i = 0; i < TH_COUNT(units); i++)
        if (th_str_is(unit, units[i].unit))
            return !__builtin_mul_overflow(value, units[i].ms, out_ms);
    return false;
}

void th_time_add_span(struct th_buf *out, int64_t span_ms)
{
    uint64_t ms = span_ms < 0 ? 0 - (uint64_t)span_ms : (uint64_t)span_ms;
    uint64_t seconds = ms / 1000;
    if (span_ms < 0)
        th_buf_putc(out, '-');
    static const struct {
        uint64_t seconds;
        const char *name;
        uint64_t next_seconds;
        const char *next_name;
    } units[] = {
        {86400, " d", 3600, " h"},
        {3600, " h", 60, " min"},
        {60, " min", 1, " s"},
    };
    for (size_t i = 0; i < TH_COUNT(units); i++) {
        if (seconds < units[i].seconds)
            continue;
        uint64_t rest = seconds % units[i].seconds / units[i].next_seconds;
        th_buf_add_u64(out, seconds / units[i].seconds);
        th_buf_puts(out, units[i].name);
        if (rest != 0) {
            th_buf_putc(out, ' ');
            th_buf_add_u64(out, rest);
            th_buf_puts(out, units[i].next_name);
        }
        return;
    }
    bool small = ms > 0 && ms < 1000;
    th_buf_add_u64(out, small ? ms : seconds);
    th_buf_puts(out, small ? " ms" : " s");
}

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now); /* can't fail for the two clocks used here */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t th_time_now(void)
{
    int64_t fixed;
    const char *text = getenv("TRAILHOUND_NOW");
    if (text != NULL && th_time_parse(th_str_of(text), &fixed))
        return fixed;
    return read_clock(CLOCK_REALTIME);
}

int64_t th_time_mono(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
