/* Times: reading, writing, the calendar against the C library's, spans. */
#include "base/time.h"

#include <stdlib.h>
#include <time.h>

#include "lib/tap.h"

static void reading(void)
{
    static const struct {
        const char *text;
        const char *iso; /* NULL: refused */
    } rows[] = {
        {"2026-03-01T09:00:00Z", "2026-03-01T09:00:00.000Z"},
        {"2026-03-01T09:00:00.123Z", "2026-03-01T09:00:00.123Z"},
        {"2026-03-01T09:00:00.1Z", "2026-03-01T09:00:00.100Z"},
        {"2026-03-01T09:00:00.123999999Z", "2026-03-01T09:00:00.123Z"},
        {"2026-03-01 09:00:00", "2026-03-01T09:00:00.000Z"},
        {"2026-03-01T09:00", "2026-03-01T09:00:00.000Z"},
        {"2026-03-01T09:00Z", "2026-03-01T09:00:00.000Z"},
        {"2026-03-01", "2026-03-01T00:00:00.000Z"},
        {"2026-03-01T09:00:00+02:00", "2026-03-01T07:00:00.000Z"},
        {"2026-03-01T09:00:00-0530", "2026-03-01T14:30:00.000Z"},
        {"2026-03-01T00:30:00+01", "2026-02-28T23:30:00.000Z"},
        {"2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"},
        {"2000-02-29", "2000-02-29T00:00:00.000Z"},
        {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
        {"1900-01-01", "1900-01-01T00:00:00.000Z"},
        {"0000-01-01", "0000-01-01T00:00:00.000Z"},
        {"0000-03-01T00:00:00Z", "0000-03-01T00:00:00.000Z"},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
        {"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"},
        {"20131102T010628Z", "2013-11-02T01:06:28.000Z"},
        {"20131102T010628.250Z", "2013-11-02T01:06:28.250Z"},
        {"20131102T010628+0100", "2013-11-02T00:06:28.000Z"},
        {"2023-02-29", NULL},
        {"1900-02-29", NULL},
        {"2026-13-01", NULL},
        {"2026-00-01", NULL},
        {"2026-04-31", NULL},
        {"2026-01-00", NULL},
        {"2026-03-01T24:00:00Z", NULL},
        {"2026-03-01T09:60:00Z", NULL},
        {"2026-03-01T09:00:61Z", NULL},
        {"2026-03-01T09:00:00.Z", NULL},
        {"2026-03-01T09:00:00,5Z", "2026-03-01T09:00:00.500Z"},
        {"2026-03-01T09:00:00,Z", NULL},
        {"2026-03-01T09:00:00.,5Z", NULL},
        {"2026-03-01T09", NULL},
        {"2026-03-01T", NULL},
        {"2026-03-01T09:00:0", NULL},
        {"2026-03-01T09:00:00ZZ", NULL},
        {"2026-03-01T09:00:00z", NULL},
        {"2026-03-01t09:00:00Z", NULL},
        {"2026-03-01T09:00:00 Z", NULL},
        {"2026-03-01T09:00:00+2", NULL},
        {"2026-03-01T09:00:00+02:", NULL},
        {"2026-03-01T09:00:00+02:60", NULL},
        {"2026-03-01T09:00:00+19:00", NULL},
        {"2026-03-01T09:00:00+02:00Z", NULL},
        {"2026-03-01Z", NULL},
        {"2026-03-01 ", NULL},
        {" 2026-03-01", NULL},
        {"2026-3-1", NULL},
        {"2026-0301", NULL},
        {"202603-01", NULL},
        {"20260301", NULL},
        {"20260301T", NULL},
        {"20260301 010628Z", NULL},
        {"20260301T0106Z", NULL},
        {"20260301T01:06:28Z", NULL},
        {"-026-03-01", NULL},
        {"+2026-03-01", NULL},
        {"0000-01-01T00:00:00+01:00", NULL},
        {"9999-12-31T23:59:59-01:00", NULL},
        {"1772355600", NULL},
        {"", NULL},
        {"yesterday", NULL},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        int64_t ts = -7;
        size_t n = strlen(rows[i].text);
        char *exact = malloc(n + 1);
        memcpy(exact, rows[i].text, n);
        bool good = th_time_parse((struct th_str){exact, n}, &ts);
        free(exact);
        if (rows[i].iso == NULL) {
            tap_ok(!good && ts == -7, "refused, out untouched: \"%s\"", rows[i].text);
            continue;
        }
        char iso[TH_TIME_ISO_BYTES] = "refused";
        if (good)
            th_time_iso(ts, iso);
        tap_is_str(iso, rows[i].iso, rows[i].text);
    }
    int64_t ts = 0;
    tap_ok(!th_time_parse(TH_STR_NONE, &ts), "absent is no time");
    tap_ok(th_time_parse(TH_STR("1970-01-01T00:00:00Z"), &ts) && ts == 0, "the epoch is 0");
    tap_ok(th_time_parse(TH_STR("0000-01-01"), &ts) && ts == TH_TIME_MIN, "the first time");
    tap_ok(th_time_parse(TH_STR("9999-12-31T23:59:59.999Z"), &ts) && ts == TH_TIME_MAX,
           "the last time");
}

/* Every text cut short is either refused or a shorter form that says so, never a read beyond the
 * end. */
static void prefixes(void)
{
    const char *text = "2026-03-01T09:00:00.123+02:00";
    static const char accepted[] = {10, 16, 19, 21, 22, 23, 26, 29};
    bool good = true;
    for (size_t n = 0; n <= strlen(text); n++) {
        char *exact = malloc(n + 1);
        int64_t ts;
        memcpy(exact, text, n);
        bool want = n != 0 && memchr(accepted, (int)n, sizeof accepted) != NULL;
        if (th_time_parse((struct th_str){exact, n}, &ts) != want) {
            tap_note("length %zu", n);
            good = false;
        }
        free(exact);
    }
    tap_ok(good, "a time cut at every byte");
}

static void calendar(void)
{
    bool civil_good = true;
    bool back_good = true;
    bool iso_good = true;
    /* Odd steps through all years, so that every month, day and hour comes by. */
    for (int64_t ts = TH_TIME_MIN; ts <= TH_TIME_MAX; ts += INT64_C(1234567891)) {
        struct th_civil c;
        struct tm tm;
        time_t seconds = (time_t)(th_time_floor(ts, 1000) / 1000);
        gmtime_r(&seconds, &tm);
        th_time_civil(ts, &c);
        civil_good = civil_good && c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 &&
                     c.day == tm.tm_mday && c.hour == tm.tm_hour && c.minute == tm.tm_min &&
                     c.second == tm.tm_sec && c.ms == ts - th_time_floor(ts, 1000);
        back_good = back_good && th_time_from_civil(&c) == ts;
        char iso[TH_TIME_ISO_BYTES];
        int64_t again = 0;
        th_time_iso(ts, iso);
        iso_good = iso_good && th_time_parse(th_str_of(iso), &again) && again == ts;
    }
    tap_ok(civil_good, "the calendar agrees with gmtime over 10 000 years");
    tap_ok(back_good, "and from_civil takes it back");
    tap_ok(iso_good, "what iso writes, parse reads");

    char iso[TH_TIME_ISO_BYTES];
    th_time_iso(TH_TIME_NONE, iso);
    tap_is_str(iso, "", "no time is empty text");
    th_time_iso(INT64_MAX, iso);
    tap_is_str(iso, "292278994-08-17T07:12:55.807Z", "the largest number fits");
    th_time_iso(INT64_MIN + 1, iso);
    tap_is_str(iso, "-292275055-05-16T16:47:04.193Z", "and the smallest");
    tap_is_str(th_time_month(1), "Jan", "month 1");
    tap_is_str(th_time_month(12), "Dec", "month 12");
    tap_is_str(th_time_month(0), "???", "month 0");
    tap_is_str(th_time_month(13), "???", "month 13");
}

static void floors(void)
{
    tap_is_int(th_time_floor(1000, 1000), 1000, "on the border");
    tap_is_int(th_time_floor(1999, 1000), 1000, "inside");
    tap_is_int(th_time_floor(-1, 1000), -1000, "before the epoch");
    tap_is_int(th_time_floor(-1000, 1000), -1000, "on a border before the epoch");
    tap_is_int(th_time_floor(0, 7), 0, "zero");
    tap_is_int(th_time_floor(INT64_MIN + 1, 1000), INT64_MIN, "no overflow at the far end");
}

static void spans(void)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        {"15m", 15 * TH_MINUTE_MS},
        {"1h", TH_HOUR_MS},
        {"7d", 7 * TH_DAY_MS},
        {"90s", 90000},
        {"2w", 14 * TH_DAY_MS},
        {"500ms", 500},
        {"1M", 30 * TH_DAY_MS},
        {"1y", 365 * TH_DAY_MS},
        {"0s", 0},
        {"007d", 7 * TH_DAY_MS},
        {"9223372036854775807ms", INT64_MAX},
        {"9223372036854775808ms", -1},
        {"9223372036854775807s", -1},
        {"99999999999999999999999999d", -1},
        {"", -1},
        {"m", -1},
        {"5", -1},
        {"-5m", -1},
        {"1.5h", -1},
        {"5 m", -1},
        {"5mm", -1},
        {"5H", -1},
        {"1h30m", -1},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        int64_t ms = 0;
        bool good = th_time_parse_span(th_str_of(rows[i].text), &ms);
        tap_ok(rows[i].ms < 0 ? !good : good && ms == rows[i].ms, "span \"%s\"", rows[i].text);
    }
    static const struct {
        int64_t ms;
        const char *words;
    } words[] = {
        {0, "0 s"},
        {1, "1 ms"},
        {999, "999 ms"},
        {1000, "1 s"},
        {28999, "28 s"},
        {60000, "1 min"},
        {65000, "1 min 5 s"},
        {3599999, "59 min 59 s"},
        {3 * TH_HOUR_MS, "3 h"},
        {3 * TH_HOUR_MS + 12 * TH_MINUTE_MS + 59000, "3 h 12 min"},
        {4 * TH_DAY_MS + 2 * TH_HOUR_MS + 59 * TH_MINUTE_MS, "4 d 2 h"},
        {400 * TH_DAY_MS, "400 d"},
        {-65000, "-1 min 5 s"},
        {INT64_MIN, "-106751991167 d 7 h"},
    };
    for (size_t i = 0; i < TH_COUNT(words); i++) {
        struct th_buf out = TH_BUF_INIT;
        th_time_add_span(&out, words[i].ms);
        tap_is_str(th_buf_cstr(&out), words[i].words, words[i].words);
        th_buf_fini(&out);
    }
}

static void clocks(void)
{
    setenv("TRAILHOUND_NOW", "2026-03-01T09:00:00Z", 1);
    char iso[TH_TIME_ISO_BYTES];
    th_time_iso(th_time_now(), iso);
    tap_is_str(iso, "2026-03-01T09:00:00.000Z", "now stands still when told");
    setenv("TRAILHOUND_NOW", "nonsense", 1);
    int64_t now = th_time_now();
    tap_ok(now / 1000 - (int64_t)time(NULL) < 5 && now / 1000 - (int64_t)time(NULL) > -5,
           "an unreadable one is ignored");
    unsetenv("TRAILHOUND_NOW");
    now = th_time_now();
    tap_ok(now / 1000 - (int64_t)time(NULL) < 5 && now / 1000 - (int64_t)time(NULL) > -5,
           "now is now");
    int64_t a = th_time_mono();
    tap_ok(th_time_mono() >= a && a > 0, "the monotonic clock doesn't go back");
}

int main(void)
{
    reading();
    prefixes();
    calendar();
    floors();
    spans();
    clocks();
    return tap_done();
}
