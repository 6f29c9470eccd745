/* Streams, their counts and gaps, on a case in memory; buckets; cancelling. */
#include "lib/tap.h"

#include <stdlib.h>
#include <string.h>

#include "query/mem_loader.h"
#include "query/ops/coverage.h"

static void add(struct mem_case *c, int64_t ts, const char *account, const char *region)
{
    struct th_buf out = TH_BUF_INIT;
    char iso[TH_TIME_ISO_BYTES];
    th_time_iso(ts, iso);
    th_buf_puts(&out, "{\"eventName\":\"N\",\"eventSource\":\"s3.amazonaws.com\"");
    if (ts != TH_TIME_NONE)
        th_buf_printf(&out, ",\"eventTime\":\"%s\"", iso);
    if (account != NULL)
        th_buf_printf(&out, ",\"recipientAccountId\":\"%s\"", account);
    if (region != NULL)
        th_buf_printf(&out, ",\"awsRegion\":\"%s\"", region);
    th_buf_puts(&out, "}");
    if (!mem_case_add(c, th_buf_str(&out)))
        abort();
    th_buf_fini(&out);
}

static const struct th_coverage_stream *stream(const struct th_coverage *c, const char *account,
                                               const char *region)
{
    for (size_t i = 0; i < c->streams_n; i++)
        if (th_str_eq(c->streams[i].account, th_str_of(account)) &&
            (region == NULL ? c->streams[i].whole : th_str_is(c->streams[i].region, region)))
            return &c->streams[i];
    return NULL;
}

#define START_MS (INT64_C(20000) * TH_DAY_MS)

/* Two days; "a" in two regions with a hole in one; "b" with all its deliveries but one. */
static void fill(struct mem_case *c)
{
    for (int minute = 0; minute < 48 * 60; minute += 10) {
        int64_t ts = START_MS + minute * TH_MINUTE_MS;
        if (minute < 20 * 60 || minute > 24 * 60)
            add(c, ts, "a", "one");
        if (minute % 60 == 30)
            add(c, ts, "a", "two");
    }
    for (int second = 0; second < 48 * 3600; second += 60)
        if (second < 36000 || second > 36000 + 360)
            add(c, START_MS + second * TH_SECOND_MS, "b", "one");
    add(c, TH_TIME_NONE, "b", "one");
    add(c, START_MS, NULL, NULL);
}

static void test_streams(void)
{
    struct mem_case *c = mem_case_new();
    struct th_coverage got;
    struct th_err err = {0};
    fill(c);
    th_table *table = mem_table(c);
    enum th_code rc = th_coverage_find(table, NULL, 0, NULL, 48, NULL, &got, &err);
    tap_ok(rc == TH_OK, "coverage: %s", err.msg);
    tap_is_int((int64_t)got.streams_n, 5, "a whole, its two regions, b, and what nobody tells");
    const struct th_coverage_stream *one = stream(&got, "a", "one");
    const struct th_coverage_stream *whole = stream(&got, "a", NULL);
    const struct th_coverage_stream *b = stream(&got, "b", "one");
    tap_ok(one != NULL && one->hours == 44 && one->hours_span == 48, "hours with events");
    tap_ok(one != NULL && one->gaps_n == 1 &&
               one->gaps[0].from_ms == START_MS + (20 * 60 - 10) * TH_MINUTE_MS &&
               one->gaps[0].to_ms == START_MS + (24 * 60 + 10) * TH_MINUTE_MS,
           "its gap is between the events around it");
    tap_ok(one != NULL && one->longest_ms == (4 * 60 + 20) * TH_MINUTE_MS, "and the longest");
    tap_ok(one != NULL && one->account_silent_ms[0] == TH_HOUR_MS,
           "the other region went on every hour");
    tap_ok(whole != NULL && whole->events == one->events + 48 && whole->gaps_n == 0,
           "the whole account has none");
    tap_ok(b != NULL && b->untimed == 1 && b->gaps_n == 0, "eight minutes alone are no gap");
    tap_ok(got.streams[got.streams_n - 1].account.p == NULL, "unknown ones are last");
    uint64_t sum = 0;
    for (size_t i = 0; b != NULL && b->bins != NULL && i < got.bins; i++)
        sum += b->bins[i];
    tap_is_int((int64_t)sum, b == NULL ? 0 : (int64_t)(b->events - b->untimed), "bins add up");
    th_coverage_fini(&got);
    th_table_free(table);
    mem_case_free(c);
}

/* With file names that say when they came: a pause in the deliveries makes eight minutes a gap. */
static void test_files(void)
{
    struct mem_case *c = mem_case_new();
    struct th_coverage got;
    struct th_err err = {0};
    fill(c);
    th_table *table = mem_table(c);
    size_t n = 0, rows = th_table_rows(table);
    struct th_coverage_file *files = calloc(1000, sizeof *files);
    for (int minute = 5; minute <= 48 * 60; minute += 5)
        if (minute != 10 * 60 + 5)
            files[n++] = (struct th_coverage_file){0, 0, TH_STR("b"), TH_STR("one"),
                                                   START_MS + minute * TH_MINUTE_MS};
    /* The last file holds the row that nobody tells the account of, and all the others. */
    files[n++] = (struct th_coverage_file){0, rows, TH_STR("named"), TH_STR("here"), TH_TIME_NONE};
    enum th_code rc = th_coverage_find(table, files, n, NULL, 0, NULL, &got, &err);
    const struct th_coverage_stream *b = stream(&got, "b", "one");
    tap_ok(rc == TH_OK && b != NULL && b->deliveries == n - 1 && b->delivery_ms == 5 * TH_MINUTE_MS,
           "deliveries every five minutes");
    tap_ok(b != NULL && b->gaps_n == 1 && b->gaps[0].to_ms - b->gaps[0].from_ms == 480000,
           "a missing file of a busy stream is a gap");
    tap_ok(stream(&got, "named", "here") != NULL, "a file's name tells what its records don't");
    tap_ok(b != NULL && b->files == 1 && stream(&got, "a", NULL)->files == 1, "files are counted");
    th_coverage_fini(&got);
    struct th_bits none;
    th_bits_init_ones(&none, rows);
    rc = th_coverage_find(table, files, n, &none, 10, NULL, &got, &err);
    tap_ok(rc == TH_OK && got.streams_n == 0 && got.first_ms == TH_TIME_NONE, "all excluded");
    th_coverage_fini(&got);
    th_bits_fini(&none);
    th_cancel cancel = {0};
    th_cancel_set(&cancel);
    rc = th_coverage_find(table, files, n, NULL, 10, &cancel, &got, &err);
    tap_is_int(rc, TH_E_CANCELLED, "cancelled");
    c->fail_field = TH_F_CLOUD_REGION;
    th_table_free(table);
    table = mem_table(c);
    rc = th_coverage_find(table, files, n, NULL, 10, NULL, &got, &err);
    tap_ok(rc != TH_OK, "a column that can't be loaded");
    free(files);
    th_table_free(table);
    mem_case_free(c);
}

struct seen {
    size_t n;
    uint64_t sum;
    int64_t last_ms;
    size_t stop_after;
    bool ordered;
};

static bool bucket(void *ctx, int64_t time_ms, struct th_str account, struct th_str region,
                   uint64_t events)
{
    struct seen *seen = ctx;
    (void)account;
    (void)region;
    seen->ordered = seen->ordered && time_ms >= seen->last_ms && time_ms % TH_HOUR_MS == 0;
    seen->last_ms = time_ms;
    seen->sum += events;
    return ++seen->n != seen->stop_after;
}

static void test_buckets(void)
{
    struct mem_case *c = mem_case_new();
    struct th_err err = {0};
    struct seen seen = {.last_ms = INT64_MIN, .ordered = true};
    fill(c);
    th_table *table = mem_table(c);
    enum th_code rc =
        th_coverage_buckets(table, NULL, 0, NULL, TH_HOUR_MS, bucket, &seen, NULL, &err);
    tap_ok(rc == TH_OK && seen.ordered, "buckets in order of time");
    tap_is_int((int64_t)seen.sum, (int64_t)th_table_rows(table) - 1, "all timed events");
    tap_is_int((int64_t)seen.n, 44 + 48 + 48 + 1, "and no empty bucket");
    seen = (struct seen){.last_ms = INT64_MIN, .ordered = true, .stop_after = 3};
    rc = th_coverage_buckets(table, NULL, 0, NULL, TH_HOUR_MS, bucket, &seen, NULL, &err);
    tap_ok(rc == TH_OK && seen.n == 3, "stopped when enough was seen");
    th_table_free(table);
    mem_case_free(c);
    c = mem_case_new();
    table = mem_table(c);
    struct th_coverage got;
    rc = th_coverage_find(table, NULL, 0, NULL, 10, NULL, &got, &err);
    tap_ok(rc == TH_OK && got.streams_n == 0, "an empty case");
    th_coverage_fini(&got);
    th_table_free(table);
    mem_case_free(c);
}

int main(void)
{
    test_streams();
    test_files();
    test_buckets();
    return tap_done();
}
