/* Date math as in Elasticsearch's ranges with the format strict_date_optional_time||epoch_millis.
 *
 * A text is an anchor ("now", a date that may leave out its end, milliseconds) and steps: "+1M",
 * "-7d", "/d". One text names a span: a date alone is all of its day, "/d" all of the day that
 * holds the time. A range then takes the end it needs (> and <= the last millisecond, >= and < the
 * first); an anchor before "||" counts from its first millisecond. Weeks begin on Monday. */
#include "query/kql/datemath.h"

#include "base/time.h"

struct reader {
    struct th_str s;
    size_t at;
    const char *why;
};

static bool fail(struct reader *r, const char *why)
{
    if (r->why == NULL)
        r->why = why;
    return false;
}

static bool is_digit(const struct reader *r, size_t at)
{
    return at < r->s.n && r->s.p[at] >= '0' && r->s.p[at] <= '9';
}

static bool eat(struct reader *r, char c)
{
    if (r->at >= r->s.n || r->s.p[r->at] != c)
        return false;
    r->at++;
    return true;
}

/* Exactly n digits. */
static bool digits(struct reader *r, int n, int *out)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (!is_digit(r, r->at))
            return fail(r, "expected a digit");
        value = value * 10 + (r->s.p[r->at++] - '0');
    }
    *out = value;
    return true;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* .5 → 500 ms, further digits are cut. */
static bool fraction(struct reader *r, int *ms)
{
    int scale = 100;
    *ms = 0;
    if (!is_digit(r, r->at))
        return fail(r, "expected digits behind the point");
    for (; is_digit(r, r->at); r->at++) {
        *ms += scale * (r->s.p[r->at] - '0');
        scale /= 10;
    }
    return true;
}

static bool zone(struct reader *r, int64_t *offset_ms)
{
    int hours = 0;
    int minutes = 0;
    *offset_ms = 0;
    if (r->at >= r->s.n || eat(r, 'Z'))
        return true;
    char sign = r->s.p[r->at];
    if (sign != '+' && sign != '-')
        return true;
    r->at++;
    if (!digits(r, 2, &hours))
        return false;
    eat(r, ':');
    if (is_digit(r, r->at) && !digits(r, 2, &minutes))
        return false;
    if (hours > 18 || minutes > 59)
        return fail(r, "no such time zone");
    *offset_ms = (sign == '-' ? -1 : 1) * (hours * TH_HOUR_MS + minutes * TH_MINUTE_MS);
    return true;
}

/* hh[:mm[:ss[.fraction]]]; returns what the parts left out are worth, in ms, or -1. */
static int64_t time_of_day(struct reader *r, struct th_civil *c)
{
    if (!digits(r, 2, &c->hour))
        return -1;
    if (c->hour > 23)
        return fail(r, "no such hour"), -1;
    if (!eat(r, ':'))
        return TH_HOUR_MS;
    if (!digits(r, 2, &c->minute))
        return -1;
    if (c->minute > 59)
        return fail(r, "no such minute"), -1;
    if (!eat(r, ':'))
        return TH_MINUTE_MS;
    if (!digits(r, 2, &c->second))
        return -1;
    if (c->second > 59)
        return fail(r, "no such second"), -1;
    if (!eat(r, '.') && !eat(r, ','))
        return TH_SECOND_MS;
    return fraction(r, &c->ms) ? 1 : -1;
}

/* yyyy[-MM[-dd[Thh…[zone]]]]. */
static bool date(struct reader *r, struct th_datemath *out)
{
    struct th_civil c = {.month = 1, .day = 1};
    struct th_civil end;
    int64_t left_out = 0; /* 0: year, month or day is the last part */
    int64_t offset = 0;
    bool month = false;
    bool day = false;
    if (!is_digit(r, 0) || !is_digit(r, 3))
        return fail(r, "expected a date such as 2024-01-03 or \"2024-01-03T10:00:00Z\", or now");
    if (!digits(r, 4, &c.year))
        return false;
    if ((month = eat(r, '-'))) {
        if (!digits(r, 2, &c.month))
            return false;
        if (c.month < 1 || c.month > 12)
            return fail(r, "no such month");
        if ((day = eat(r, '-'))) {
            if (!digits(r, 2, &c.day))
                return false;
            if (c.day < 1 || c.day > days_in(c.year, c.month))
                return fail(r, "no such day in that month");
        }
    }
    end = c;
    if (day && (eat(r, 'T') || (is_digit(r, r->at + 1) && eat(r, ' ')))) {
        if (is_digit(r, r->at)) {
            left_out = time_of_day(r, &c);
            if (left_out < 0)
                return false;
        }
        if (!zone(r, &offset))
            return false;
    }
    out->lo = th_time_from_civil(&c) - offset;
    if (left_out > 0) {
        out->hi = out->lo + left_out - 1;
        return true;
    }
    end.day = day ? c.day : 1;
    end.month = day || month ? c.month : 12;
    if (!day)
        end.day = days_in(c.year, end.month);
    out->hi = th_time_from_civil(&end) + TH_DAY_MS - 1 - offset;
    return true;
}

/* Milliseconds since 1970: five digits or more, or a sign before them. */
static bool epoch(struct reader *r, struct th_datemath *out)
{
    size_t at = r->at;
    bool negative = eat(r, '-');
    int64_t value = 0;
    size_t n = 0;
    for (; is_digit(r, r->at) && n < 17; n++)
        value = value * 10 + (r->s.p[r->at++] - '0');
    if (n == 0 || (!negative && n < 5) || is_digit(r, r->at)) {
        r->at = at;
        return false;
    }
    out->lo = out->hi = negative ? -value : value;
    return true;
}

static bool in_years(int64_t ts)
{
    return ts >= TH_TIME_MIN && ts <= TH_TIME_MAX;
}

static bool add_months(struct reader *r, int64_t *ts, int64_t months)
{
    struct th_civil c;
    th_time_civil(*ts, &c);
    int64_t month = (int64_t)c.year * 12 + c.month - 1 + months;
    if (month < 0 || month >= INT64_C(10000) * 12)
        return fail(r, "the time is outside the years 0000 to 9999");
    c.year = (int)(month / 12);
    c.month = (int)(month % 12) + 1;
    if (c.day > days_in(c.year, c.month))
        c.day = days_in(c.year, c.month);
    *ts = th_time_from_civil(&c);
    return true;
}

static int64_t unit_ms(char unit)
{
    switch (unit) {
    case 's':
        return TH_SECOND_MS;
    case 'm':
        return TH_MINUTE_MS;
    case 'h':
    case 'H':
        return TH_HOUR_MS;
    case 'd':
        return TH_DAY_MS;
    case 'w':
        return 7 * TH_DAY_MS;
    default:
        return 0;
    }
}

static bool step_by(struct reader *r, int64_t *ts, int64_t count, char unit)
{
    int64_t ms = unit_ms(unit);
    int64_t by;
    if (unit == 'y' || unit == 'M')
        return add_months(r, ts, unit == 'y' ? count * 12 : count);
    if (ms == 0)
        return fail(r, "expected a unit: y M w d h m or s");
    if (__builtin_mul_overflow(count, ms, &by) || __builtin_add_overflow(*ts, by, ts) ||
        !in_years(*ts))
        return fail(r, "the time is outside the years 0000 to 9999");
    return true;
}

/* The span of the unit that holds ts. */
static bool round_to(struct reader *r, int64_t ts, char unit, int64_t *lo, int64_t *hi)
{
    struct th_civil c;
    int64_t ms = unit_ms(unit);
    if (unit == 'y' || unit == 'M') {
        th_time_civil(ts, &c);
        c = (struct th_civil){.year = c.year, .month = unit == 'y' ? 1 : c.month, .day = 1};
        *lo = th_time_from_civil(&c);
        c.month = unit == 'y' ? 12 : c.month;
        c.day = days_in(c.year, c.month);
        *hi = th_time_from_civil(&c) + TH_DAY_MS - 1;
        return true;
    }
    if (ms == 0)
        return fail(r, "expected a unit behind /: y M w d h m or s");
    /* 1970-01-01 was a Thursday: weeks begin four days later. */
    int64_t shift = unit == 'w' ? 4 * TH_DAY_MS : 0;
    *lo = th_time_floor(ts - shift, ms) + shift;
    *hi = *lo + ms - 1;
    return true;
}

/* The steps behind the anchor. Both ends go along: rounding puts the low one at the start of its
 * unit and the high one at the end. */
static bool steps(struct reader *r, struct th_datemath *out)
{
    while (r->at < r->s.n) {
        char sign = r->s.p[r->at];
        int64_t count = 0;
        int64_t ignored;
        size_t n = 0;
        if (sign != '+' && sign != '-' && sign != '/')
            return fail(r, "expected + - or / here");
        r->at++;
        for (; sign != '/' && is_digit(r, r->at) && n < 9; n++)
            count = count * 10 + (r->s.p[r->at++] - '0');
        if (n == 0)
            count = 1;
        if (r->at >= r->s.n)
            return fail(r, "expected a unit: y M w d h m or s");
        char unit = r->s.p[r->at];
        if (sign == '/') {
            if (!round_to(r, out->lo, unit, &out->lo, &ignored) ||
                !round_to(r, out->hi, unit, &ignored, &out->hi))
                return false;
        } else {
            count = sign == '-' ? -count : count;
            if (!step_by(r, &out->lo, count, unit) || !step_by(r, &out->hi, count, unit))
                return false;
        }
        r->at++;
    }
    return true;
}

static bool read_text(struct reader *r, int64_t now_ms, struct th_datemath *out)
{
    if (th_str_starts(r->s, TH_STR("now"))) {
        r->at = 3;
        out->uses_now = true;
        out->lo = out->hi = now_ms;
        return steps(r, out);
    }
    if (!epoch(r, out) && !date(r, out))
        return false;
    if (r->at < r->s.n && r->s.n - r->at >= 2 && memcmp(r->s.p + r->at, "||", 2) == 0) {
        r->at += 2;
        out->hi = out->lo;
        return steps(r, out);
    }
    return r->at == r->s.n || fail(r, "expected the end of the date");
}

bool th_datemath_parse(struct th_str text, int64_t now_ms, struct th_datemath *out,
                       const char **why, size_t *at)
{
    struct reader r = {.s = text};
    *out = (struct th_datemath){0};
    if (read_text(&r, now_ms, out) && in_years(out->lo) && in_years(out->hi))
        return true;
    *why = r.why != NULL ? r.why : "the time is outside the years 0000 to 9999";
    *at = r.at < text.n ? r.at : text.n;
    return false;
}
