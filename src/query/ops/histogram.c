/* Counts over time: one pass over the rows of the set. The bucket of a time is a multiplication by
 * the reciprocal of the width, exact for all spans that the cap on buckets allows. */
#include "query/ops/ops.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"
#include "query/eval/scan.h"
#include "query/ops/check.h"

enum { BUCKETS_MAX = 1000000, CHECK_WORDS = 4096, LOOK = 4096 };
/* More than all of time. */
#define EVERY_MAX (INT64_C(20000) * 365 * TH_DAY_MS)

__extension__ typedef unsigned __int128 wide;

/* The first row of the set in order of time that has a time, looking at no more than LOOK rows;
 * TH_TIME_NONE when it isn't among them. */
static int64_t look(const int64_t *ts, const uint32_t *order, const struct th_bits *rows,
                    bool from_end)
{
    for (size_t i = 0; i < rows->n && i < LOOK; i++) {
        uint32_t row = order[from_end ? rows->n - 1 - i : i];
        if (th_bits_get(rows, row) && ts[row] != TH_TIME_NONE)
            return ts[row];
    }
    return TH_TIME_NONE;
}

/* First and last time among the rows; TH_TIME_NONE when none has one. */
static enum th_code span_of(th_table *table, const struct th_bits *rows, int64_t *first,
                            int64_t *last, struct th_err *err)
{
    const int64_t *ts;
    const uint32_t *order;
    int64_t lo = INT64_MAX;
    int64_t hi = TH_TIME_NONE;
    enum th_code rc = th_table_times(table, &ts, &order, err);
    if (rc != TH_OK)
        return rc;
    *first = look(ts, order, rows, false);
    *last = look(ts, order, rows, true);
    if (*first != TH_TIME_NONE && *last != TH_TIME_NONE)
        return TH_OK;
    for (size_t i = 0; i < th_bits_words(rows->n); i++)
        for (uint64_t word = rows->w[i]; word != 0; word &= word - 1) {
            int64_t t = ts[i * 64 + (size_t)__builtin_ctzll(word)];
            if (t == TH_TIME_NONE)
                continue;
            lo = t < lo ? t : lo;
            hi = t > hi ? t : hi;
        }
    *first = hi == TH_TIME_NONE ? TH_TIME_NONE : lo;
    *last = hi;
    return TH_OK;
}

static uint64_t buckets_for(int64_t from, int64_t to, int64_t every)
{
    int64_t start = th_time_floor(from, every);
    return (uint64_t)(th_time_floor(to, every) - start) / (uint64_t)every + 1;
}

static int64_t choose_every(int64_t from, int64_t to, size_t max_buckets)
{
    static const int64_t widths[] = {
        TH_SECOND_MS,     5 * TH_SECOND_MS,  10 * TH_SECOND_MS, 30 * TH_SECOND_MS, TH_MINUTE_MS,
        5 * TH_MINUTE_MS, 10 * TH_MINUTE_MS, 30 * TH_MINUTE_MS, TH_HOUR_MS,        3 * TH_HOUR_MS,
        6 * TH_HOUR_MS,   12 * TH_HOUR_MS,   TH_DAY_MS,         7 * TH_DAY_MS,     30 * TH_DAY_MS,
    };
    int64_t every = 0;
    for (size_t i = 0; i < TH_COUNT(widths); i++) {
        every = widths[i];
        if (buckets_for(from, to, every) <= max_buckets)
            return every;
    }
    /* Ten thousand years in one bucket end this. */
    while (every < EVERY_MAX && buckets_for(from, to, every) > (max_buckets > 0 ? max_buckets : 1))
        every *= 2;
    return every;
}

/* Which rows failed? */
static enum th_code failures(th_table *table, struct th_bits *out, struct th_err *err)
{
    const struct th_column *column;
    enum th_code rc = th_table_column(table, TH_F_EVENT_OUTCOME, &column, err);
    if (rc != TH_OK)
        return rc;
    uint8_t *pass = th_xcalloc((size_t)column->texts_n + 1, 1);
    for (uint32_t code = 0; code < column->texts_n; code++)
        pass[code] = th_str_is(column->texts[code], "failure");
    th_scan_codes(column, pass, out);
    free(pass);
    return TH_OK;
}

struct counting {
    const int64_t *ts;
    const struct th_bits *rows, *failed;
    int64_t from, to;
    uint64_t reciprocal; /* 0: divide */
    struct th_histogram *out;
};

static void count_words(const struct counting *c, size_t from, size_t to)
{
    /* In locals: the compiler can't know that counting changes none of them. */
    const int64_t *all = c->ts;
    uint32_t *count = c->out->count;
    uint32_t *failure = c->out->failure;
    const int64_t first = c->from;
    const int64_t last = c->to;
    const uint64_t start = (uint64_t)c->out->start_ms;
    const uint64_t every = (uint64_t)c->out->every_ms;
    const uint64_t reciprocal = c->reciprocal;
    uint64_t untimed = 0;
    for (size_t i = from; i < to; i++) {
        const int64_t *ts = all + i * 64;
        uint64_t failed = c->failed->w[i];
        for (uint64_t word = c->rows->w[i]; word != 0; word &= word - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(word);
            int64_t t = ts[bit];
            if (TH_UNLIKELY(t < first || t > last)) {
                untimed += t == TH_TIME_NONE;
                continue;
            }
            uint64_t since = (uint64_t)t - start;
            uint64_t bucket =
                reciprocal != 0 ? (uint64_t)((wide)since * reciprocal >> 64) : since / every;
            count[bucket]++;
            if (TH_UNLIKELY((failed >> bit & 1) != 0))
                failure[bucket]++;
        }
    }
    c->out->untimed += untimed;
}

static enum th_code count_all(const struct counting *c, th_cancel *cancel, struct th_err *err)
{
    size_t words = th_bits_words(c->rows->n);
    enum th_code rc = th_ops_cancel_check(cancel, err);
    for (size_t from = 0; from < words && rc == TH_OK; from += CHECK_WORDS) {
        count_words(c, from, words - from < CHECK_WORDS ? words : from + CHECK_WORDS);
        rc = th_ops_cancel_check(cancel, err);
    }
    return rc;
}

/* 2^64 / every, rounded up: exact as long as time since the start times every stays below 2^64. */
static uint64_t reciprocal_of(const struct th_histogram *h)
{
    uint64_t span;
    uint64_t every = (uint64_t)h->every_ms;
    if (every < 2 || __builtin_mul_overflow((uint64_t)h->buckets * every, every, &span))
        return 0;
    return UINT64_MAX / every + 1;
}

/* Which buckets: none when there is no time. */
static enum th_code plan(th_table *table, const struct th_bits *rows, int64_t every_ms,
                         size_t max_buckets, struct counting *c, struct th_err *err)
{
    struct th_histogram *out = c->out;
    int64_t first = 0;
    int64_t last = 0;
    if (c->from == TH_TIME_NONE || c->to == TH_TIME_NONE) {
        enum th_code rc = span_of(table, rows, &first, &last, err);
        if (rc != TH_OK)
            return rc;
    }
    if (c->from == TH_TIME_NONE)
        c->from = first;
    if (c->to == TH_TIME_NONE)
        c->to = last;
    if (c->from == TH_TIME_NONE || c->from > c->to || c->from > TH_TIME_MAX ||
        c->to < TH_TIME_MIN) {
        c->from = 0;
        c->to = -1;
        return TH_OK;
    }
    /* No event lies beyond, and sums stay inside their type. */
    c->from = c->from < TH_TIME_MIN ? TH_TIME_MIN : c->from;
    c->to = c->to > TH_TIME_MAX ? TH_TIME_MAX : c->to;
    out->every_ms = every_ms > 0 ? every_ms : choose_every(c->from, c->to, max_buckets);
    if (out->every_ms > EVERY_MAX)
        out->every_ms = EVERY_MAX;
    uint64_t buckets = buckets_for(c->from, c->to, out->every_ms);
    if (buckets > BUCKETS_MAX)
        return th_err_set(err, TH_E_LIMIT, "the time span has more than %d buckets of that width",
                          BUCKETS_MAX);
    out->buckets = (size_t)buckets;
    out->start_ms = th_time_floor(c->from, out->every_ms);
    c->reciprocal = reciprocal_of(out);
    return TH_OK;
}

static enum th_code make(th_table *table, int64_t every_ms, size_t max_buckets, struct counting *c,
                         th_cancel *cancel, struct th_err *err)
{
    const struct th_column *column;
    struct th_bits failed;
    enum th_code rc = th_table_column(table, TH_F_TIMESTAMP, &column, err);
    if (rc == TH_OK)
        rc = plan(table, c->rows, every_ms, max_buckets, c, err);
    if (rc == TH_OK)
        rc = failures(table, &failed, err);
    if (rc != TH_OK)
        return rc;
    c->ts = column->num;
    c->failed = &failed;
    c->out->count = th_xcalloc(c->out->buckets + 1, sizeof *c->out->count);
    c->out->failure = th_xcalloc(c->out->buckets + 1, sizeof *c->out->failure);
    rc = count_all(c, cancel, err);
    th_bits_fini(&failed);
    return rc;
}

enum th_code th_ops_histogram(th_table *table, const struct th_bits *rows, int64_t from_ms,
                              int64_t to_ms, int64_t every_ms, size_t max_buckets,
                              th_cancel *cancel, struct th_histogram *out, struct th_err *err)
{
    struct th_ops_rows of;
    memset(out, 0, sizeof *out);
    enum th_code rc = th_ops_rows_open(table, rows, &of, err);
    if (rc != TH_OK)
        return rc;
    struct counting c = {.rows = of.set, .from = from_ms, .to = to_ms, .out = out};
    rc = make(table, every_ms, max_buckets, &c, cancel, err);
    if (rc != TH_OK)
        th_histogram_fini(out);
    th_ops_rows_close(&of);
    return rc;
}

void th_histogram_fini(struct th_histogram *h)
{
    free(h->count);
    free(h->failure);
    memset(h, 0, sizeof *h);
}
