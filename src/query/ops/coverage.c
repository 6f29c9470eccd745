/* Coverage in two passes: rows to streams in order of rows (coverage_streams.c), then all events in
 * order of time, each noted with its stream and with its whole account. A stream keeps only what
 * its silences need, so a million events cost a few tens of milliseconds. */
#include "query/ops/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "query/ops/internal.h"

enum { CHECK_EVERY = 65536 };

/* Only the busiest get bins: screens show no more, and hostile evidence may have a stream a row. */
#define BINS_STREAMS_MAX 2000u

struct build {
    struct th_coverage_stream s;
    uint32_t account_number;
    uint32_t whole; /* the stream of the whole account; TH_STREAM_NONE */
    int64_t hour;   /* of the last event */
    uint32_t last_row;
    struct th_silence *silences;
    size_t silences_n, silences_cap;
    int64_t *deliveries;
    size_t deliveries_n, deliveries_cap;
};

struct pass {
    struct build *streams; /* those of the map, then the whole ones */
    size_t n;
    const struct th_stream_map *map;
    struct th_coverage *out;
};

static void note(struct build *b, int64_t ts, uint32_t row, size_t bin)
{
    struct th_coverage_stream *s = &b->s;
    int64_t hour = th_time_floor(ts, TH_HOUR_MS);
    if (s->first_ms == TH_TIME_NONE)
        s->first_ms = ts;
    else if (ts - s->last_ms > TH_SILENCE_MIN_MS) {
        TH_GROW(b->silences, b->silences_n, b->silences_cap);
        b->silences[b->silences_n++] = (struct th_silence){s->last_ms, ts, b->last_row, row, 0};
        if (ts - s->last_ms > s->longest_ms)
            s->longest_ms = ts - s->last_ms;
    } else if (ts - s->last_ms > s->longest_ms) {
        s->longest_ms = ts - s->last_ms;
    }
    if (s->hours == 0 || hour != b->hour)
        s->hours++;
    b->hour = hour;
    s->last_ms = ts;
    b->last_row = row;
    if (s->bins != NULL)
        s->bins[bin]++;
}

static enum th_code run_pass(struct pass *p, const int64_t *ts, const uint32_t *order, size_t rows,
                             th_cancel *cancel, struct th_err *err)
{
    int64_t first = p->out->first_ms;
    uint64_t span = (uint64_t)(p->out->last_ms - first) + 1;
    for (size_t i = 0; i < rows; i++) {
        uint32_t row = order[i];
        uint32_t stream = p->map->of_row[row];
        if (i % CHECK_EVERY == 0 && th_cancelled(cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
        if (stream == TH_STREAM_NONE)
            continue;
        struct build *b = &p->streams[stream];
        struct build *whole = b->whole == TH_STREAM_NONE ? NULL : &p->streams[b->whole];
        if (ts[row] == TH_TIME_NONE) {
            b->s.untimed++;
            if (whole != NULL)
                whole->s.untimed++;
            continue;
        }
        size_t bin = (size_t)((uint64_t)(ts[row] - first) * p->out->bins / span);
        note(b, ts[row], row, bin);
        if (whole != NULL)
            note(whole, ts[row], row, bin);
    }
    return TH_OK;
}

/* ---- before the pass ---- */

/* A stream of the map each, and one of the whole account for those that have several. */
static void make_streams(struct pass *p)
{
    const struct th_stream_map *map = p->map;
    uint32_t *regions = th_xcalloc(map->accounts_n, sizeof *regions);
    uint32_t *whole = th_xcalloc(map->accounts_n, sizeof *whole);
    for (size_t i = 0; i < map->n; i++)
        regions[map->keys[i].account_number]++;
    p->streams = th_xcalloc(2 * map->n + 1, sizeof *p->streams);
    p->n = map->n;
    memset(whole, 0xff, map->accounts_n * sizeof *whole);
    for (size_t i = 0; i < map->n; i++) {
        uint32_t number = map->keys[i].account_number;
        if (number != 0 && regions[number] > 1 && whole[number] == TH_STREAM_NONE)
            whole[number] = (uint32_t)p->n++;
        struct build *b = &p->streams[i];
        *b = (struct build){.account_number = number, .whole = whole[number]};
        b->s.account = map->keys[i].account;
        b->s.region = map->keys[i].region;
        b->s.events = map->keys[i].events;
        b->s.files = map->keys[i].files;
        if (b->whole == TH_STREAM_NONE)
            continue;
        struct build *w = &p->streams[b->whole];
        w->account_number = number;
        w->whole = TH_STREAM_NONE;
        w->s.whole = true;
        w->s.account = b->s.account;
        w->s.events += b->s.events;
        w->s.files = map->account_files[number];
    }
    for (size_t i = 0; i < p->n; i++) {
        p->streams[i].s.first_ms = p->streams[i].s.last_ms = TH_TIME_NONE;
        p->streams[i].s.delivery_ms = TH_TIME_NONE;
    }
    free(regions);
    free(whole);
}

static void add_deliveries(struct pass *p, const struct th_coverage_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (files[i].delivered_ms == TH_TIME_NONE || files[i].account.p == NULL)
            continue;
        uint32_t stream = th_stream_map_find(p->map, files[i].account, files[i].region);
        if (stream == TH_STREAM_NONE)
            continue;
        struct build *b = &p->streams[stream];
        TH_GROW(b->deliveries, b->deliveries_n, b->deliveries_cap);
        b->deliveries[b->deliveries_n++] = files[i].delivered_ms;
    }
}

static int compare_busy(const void *a, const void *b)
{
    const struct build *x = *(const struct build *const *)a;
    const struct build *y = *(const struct build *const *)b;
    return (x->s.events < y->s.events) - (x->s.events > y->s.events);
}

static void make_bins(struct pass *p)
{
    if (p->out->bins == 0 || p->n == 0)
        return;
    struct build **busy = th_xcalloc(p->n, sizeof *busy);
    for (size_t i = 0; i < p->n; i++)
        busy[i] = &p->streams[i];
    qsort(busy, p->n, sizeof *busy, compare_busy);
    for (size_t i = 0; i < p->n && i < BINS_STREAMS_MAX; i++)
        busy[i]->s.bins = th_arena_calloc(p->out->arena, p->out->bins, sizeof *busy[i]->s.bins);
    free(busy);
}

/* ---- gaps ---- */

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The pauses between deliveries that are long beside the others; sets the usual time between them.
 * Owned: free. */
static struct th_silence *find_holes(struct build *b, size_t *n)
{
    static const struct th_rhythm_rule rule = {TH_COVERAGE_HOLE_MS, TH_COVERAGE_HOLE_TENTHS};
    *n = 0;
    b->s.deliveries = b->deliveries_n;
    if (b->deliveries_n < 2)
        return NULL;
    int64_t *at = b->deliveries;
    qsort(at, b->deliveries_n, sizeof *at, compare_times);
    struct th_rhythm r = {.first_ms = at[0], .last_ms = at[b->deliveries_n - 1], .hours = 1};
    struct th_silence *pauses = th_xcalloc(b->deliveries_n, sizeof *pauses);
    int64_t *lengths = th_xcalloc(b->deliveries_n, sizeof *lengths);
    size_t lengths_n = 0;
    for (size_t i = 1; i < b->deliveries_n; i++) {
        r.hours += th_time_floor(at[i], TH_HOUR_MS) != th_time_floor(at[i - 1], TH_HOUR_MS);
        if (at[i] > at[i - 1])
            lengths[lengths_n++] = at[i] - at[i - 1];
        if (at[i] - at[i - 1] > TH_SILENCE_MIN_MS)
            pauses[r.n++] = (struct th_silence){at[i - 1], at[i], 0, 0, 0};
    }
    r.silences = pauses;
    if (lengths_n > 0) {
        qsort(lengths, lengths_n, sizeof *lengths, compare_times);
        b->s.delivery_ms = lengths[(lengths_n - 1) / 2];
    }
    free(lengths);
    struct th_silence *holes = th_xcalloc(TH_COVERAGE_GAPS_MAX, sizeof *holes);
    int64_t usual_ms;
    *n = th_rhythm_gaps(&r, &rule, holes, TH_COVERAGE_GAPS_MAX, &usual_ms);
    free(pauses);
    return holes;
}

static bool overlaps(const struct th_silence *s, const struct th_silence *others, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (others[i].from_ms < s->to_ms && others[i].to_ms > s->from_ms)
            return true;
    return false;
}

/* last_ms: until when the stream might have gone on. */
static void find_gaps(struct build *b, int64_t last_ms, th_arena *arena)
{
    struct th_coverage_stream *s = &b->s;
    struct th_silence found[TH_COVERAGE_GAPS_MAX + 1];
    size_t holes_n, n = 0, found_n;
    struct th_silence *holes = find_holes(b, &holes_n);
    const struct th_rhythm r = {s->first_ms, s->last_ms, s->hours, b->silences, b->silences_n};
    const struct th_rhythm_rule rule = {holes_n > 0 ? TH_COVERAGE_LEAST_MS : TH_COVERAGE_MIN_MS,
                                        TH_COVERAGE_TENTHS};
    const struct th_rhythm_rule end_rule = {TH_COVERAGE_MIN_MS, TH_COVERAGE_TENTHS};
    int64_t usual_ms, silent_ms = last_ms - s->last_ms;
    found_n = th_rhythm_gaps(&r, &rule, found, TH_COVERAGE_GAPS_MAX, &usual_ms);
    for (size_t i = 0; i < found_n; i++)
        if (found[i].to_ms - found[i].from_ms >= TH_COVERAGE_MIN_MS ||
            overlaps(&found[i], holes, holes_n))
            found[n++] = found[i];
    free(holes);
    if (th_rhythm_exceeds(&end_rule, silent_ms, usual_ms)) {
        size_t at = 0;
        while (at < n && found[at].to_ms - found[at].from_ms >= silent_ms)
            at++;
        memmove(found + at + 1, found + at, (n - at) * sizeof *found);
        found[at] = (struct th_silence){s->last_ms, last_ms, b->last_row, UINT32_MAX, usual_ms};
        n++;
    }
    s->gaps = th_arena_calloc(arena, n + 1, sizeof *s->gaps);
    s->account_silent_ms = th_arena_calloc(arena, n + 1, sizeof *s->account_silent_ms);
    memcpy(s->gaps, found, n * sizeof *found);
    s->gaps_n = n;
}

/* The longest silence of the whole account inside one of its streams. */
static int64_t silent_inside(const struct build *whole, const struct th_silence *gap)
{
    int64_t longest = 0;
    size_t low = 0, high = whole->silences_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (whole->silences[middle].to_ms <= gap->from_ms)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < whole->silences_n && whole->silences[low].from_ms < gap->to_ms; low++) {
        const struct th_silence *s = &whole->silences[low];
        int64_t from = s->from_ms > gap->from_ms ? s->from_ms : gap->from_ms;
        int64_t to = s->to_ms < gap->to_ms ? s->to_ms : gap->to_ms;
        longest = to - from > longest ? to - from : longest;
    }
    return longest;
}

/* A silence of the whole account says nothing that one of a region around it doesn't. */
static void drop_told(struct pass *p)
{
    for (size_t i = 0; i < p->map->n; i++) {
        const struct build *b = &p->streams[i];
        if (b->whole == TH_STREAM_NONE)
            continue;
        struct th_coverage_stream *whole = &p->streams[b->whole].s;
        size_t n = 0;
        for (size_t k = 0; k < whole->gaps_n; k++) {
            bool told = false;
            for (size_t g = 0; g < b->s.gaps_n && !told; g++)
                told = b->s.gaps[g].from_ms <= whole->gaps[k].from_ms &&
                       b->s.gaps[g].to_ms >= whole->gaps[k].to_ms;
            if (told)
                continue;
            whole->account_silent_ms[n] = whole->account_silent_ms[k];
            whole->gaps[n++] = whole->gaps[k];
        }
        whole->gaps_n = n;
    }
}

static enum th_code all_gaps(struct pass *p, th_cancel *cancel, struct th_err *err)
{
    for (size_t i = 0; i < p->n; i++) {
        struct build *b = &p->streams[i];
        struct th_coverage_stream *s = &b->s;
        if (th_cancelled(cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
        if (s->first_ms == TH_TIME_NONE)
            continue;
        const struct build *whole = b->whole == TH_STREAM_NONE ? NULL : &p->streams[b->whole];
        s->hours_span = (uint64_t)((th_time_floor(s->last_ms, TH_HOUR_MS) -
                                    th_time_floor(s->first_ms, TH_HOUR_MS)) /
                                   TH_HOUR_MS) +
                        1;
        find_gaps(b, whole == NULL ? p->out->last_ms : whole->s.last_ms, p->out->arena);
        for (size_t g = 0; g < s->gaps_n; g++)
            s->account_silent_ms[g] = whole == NULL ? s->gaps[g].to_ms - s->gaps[g].from_ms
                                                    : silent_inside(whole, &s->gaps[g]);
    }
    drop_told(p);
    return TH_OK;
}

/* ---- the result ---- */

/* Absent texts last. */
static int compare_texts(struct th_str a, struct th_str b)
{
    if (a.p == NULL || b.p == NULL)
        return (a.p == NULL) - (b.p == NULL);
    return th_str_cmp(a, b);
}

static int compare_streams(const void *a, const void *b)
{
    const struct th_coverage_stream *x = a;
    const struct th_coverage_stream *y = b;
    int c = compare_texts(x->account, y->account);
    if (c != 0)
        return c;
    return x->whole != y->whole ? y->whole - x->whole : compare_texts(x->region, y->region);
}

static void give(struct pass *p)
{
    struct th_coverage *out = p->out;
    out->streams = th_arena_calloc(out->arena, p->n + 1, sizeof *out->streams);
    for (size_t i = 0; i < p->n; i++) {
        struct th_coverage_stream *s = &out->streams[i];
        *s = p->streams[i].s;
        s->account = th_arena_dup(out->arena, s->account);
        s->region = th_arena_dup(out->arena, s->region);
    }
    out->streams_n = p->n;
    if (p->n > 0)
        qsort(out->streams, p->n, sizeof *out->streams, compare_streams);
}

static void free_pass(struct pass *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->streams[i].silences);
        free(p->streams[i].deliveries);
    }
    free(p->streams);
}

/* First and last time of what counts. */
static void find_span(const struct th_stream_map *map, const int64_t *ts, const uint32_t *order,
                      size_t rows, struct th_coverage *out)
{
    size_t i = 0, k = rows;
    while (i < rows && (ts[order[i]] == TH_TIME_NONE || map->of_row[order[i]] == TH_STREAM_NONE))
        i++;
    while (k > i && map->of_row[order[k - 1]] == TH_STREAM_NONE)
        k--;
    out->first_ms = i < rows ? ts[order[i]] : TH_TIME_NONE;
    out->last_ms = i < rows ? ts[order[k - 1]] : TH_TIME_NONE;
}

enum th_code th_coverage_find(th_table *table, const struct th_coverage_file *files, size_t files_n,
                              const struct th_bits *exclude, size_t bins, th_cancel *cancel,
                              struct th_coverage *out, struct th_err *err)
{
    struct th_stream_map map;
    struct pass p = {.map = &map, .out = out};
    const int64_t *ts;
    const uint32_t *order;
    size_t rows = th_table_rows(table);
    *out = (struct th_coverage){.bins = bins, .arena = th_arena_new(0)};
    enum th_code rc = th_stream_map_make(table, files, files_n, exclude, cancel, &map, err);
    if (rc == TH_OK)
        rc = th_table_times(table, &ts, &order, err);
    if (rc == TH_OK) {
        find_span(&map, ts, order, rows, out);
        make_streams(&p);
        add_deliveries(&p, files, files_n);
        make_bins(&p);
        rc = run_pass(&p, ts, order, rows, cancel, err);
    }
    if (rc == TH_OK)
        rc = all_gaps(&p, cancel, err);
    if (rc == TH_OK)
        give(&p);
    free_pass(&p);
    th_stream_map_fini(&map);
    if (rc != TH_OK)
        th_coverage_fini(out);
    return rc;
}

void th_coverage_fini(struct th_coverage *coverage)
{
    th_arena_free(coverage->arena);
    *coverage = (struct th_coverage){0};
}
