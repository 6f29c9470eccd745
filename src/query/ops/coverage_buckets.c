/* Coverage bucket by bucket: events in order of time, counted by stream until the bucket ends. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"
#include "query/ops/internal.h"

enum { CHECK_EVERY = 65536 };

struct buckets {
    const struct th_stream_map *map;
    uint64_t *counts;    /* of the bucket, by stream */
    uint32_t *rank;      /* place of a stream in the order of account and region */
    uint32_t *stream_at; /* and back */
    uint32_t *touched;   /* ranks of streams that have any */
    size_t touched_n;
    th_coverage_visit *visit;
    void *ctx;
};

static int absent_last(struct th_str a, struct th_str b)
{
    if (a.p == NULL || b.p == NULL)
        return (a.p == NULL) - (b.p == NULL);
    return th_str_cmp(a, b);
}

struct named {
    const struct th_stream_key *key;
    uint32_t stream;
};

static int compare_named(const void *a, const void *b)
{
    const struct th_stream_key *x = ((const struct named *)a)->key;
    const struct th_stream_key *y = ((const struct named *)b)->key;
    int c = absent_last(x->account, y->account);
    return c != 0 ? c : absent_last(x->region, y->region);
}

static void rank_streams(struct buckets *b)
{
    size_t n = b->map->n;
    struct named *named = th_xcalloc(n + 1, sizeof *named);
    b->rank = th_xcalloc(n + 1, sizeof *b->rank);
    b->stream_at = th_xcalloc(n + 1, sizeof *b->stream_at);
    for (size_t i = 0; i < n; i++)
        named[i] = (struct named){&b->map->keys[i], (uint32_t)i};
    qsort(named, n, sizeof *named, compare_named);
    for (size_t i = 0; i < n; i++) {
        b->stream_at[i] = named[i].stream;
        b->rank[named[i].stream] = (uint32_t)i;
    }
    free(named);
}

static int compare_ranks(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool flush(struct buckets *b, int64_t time_ms)
{
    bool go_on = true;
    qsort(b->touched, b->touched_n, sizeof *b->touched, compare_ranks);
    for (size_t i = 0; i < b->touched_n; i++) {
        uint32_t stream = b->stream_at[b->touched[i]];
        const struct th_stream_key *key = &b->map->keys[stream];
        go_on = go_on && b->visit(b->ctx, time_ms, key->account, key->region, b->counts[stream]);
        b->counts[stream] = 0;
    }
    b->touched_n = 0;
    return go_on;
}

static enum th_code count(struct buckets *b, const int64_t *ts, const uint32_t *order, size_t rows,
                          int64_t every_ms, th_cancel *cancel, struct th_err *err)
{
    int64_t bucket = TH_TIME_NONE;
    for (size_t i = 0; i < rows; i++) {
        uint32_t stream = b->map->of_row[order[i]];
        int64_t at = ts[order[i]];
        if (i % CHECK_EVERY == 0 && th_cancelled(cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
        if (stream == TH_STREAM_NONE || at == TH_TIME_NONE)
            continue;
        if (bucket == TH_TIME_NONE || at - bucket >= every_ms) {
            if (!flush(b, bucket))
                return TH_OK;
            bucket = th_time_floor(at, every_ms);
        }
        if (b->counts[stream]++ == 0)
            b->touched[b->touched_n++] = b->rank[stream];
    }
    (void)flush(b, bucket);
    return TH_OK;
}

enum th_code th_coverage_buckets(th_table *table, const struct th_coverage_file *files,
                                 size_t files_n, const struct th_bits *exclude, int64_t every_ms,
                                 th_coverage_visit *visit, void *ctx, th_cancel *cancel,
                                 struct th_err *err)
{
    struct th_stream_map map;
    const int64_t *ts;
    const uint32_t *order;
    enum th_code rc = th_stream_map_make(table, files, files_n, exclude, cancel, &map, err);
    if (rc == TH_OK)
        rc = th_table_times(table, &ts, &order, err);
    if (rc == TH_OK) {
        struct buckets b = {.map = &map, .visit = visit, .ctx = ctx};
        b.counts = th_xcalloc(map.n + 1, sizeof *b.counts);
        b.touched = th_xcalloc(map.n + 1, sizeof *b.touched);
        rank_streams(&b);
        rc = count(&b, ts, order, th_table_rows(table), every_ms, cancel, err);
        free(b.counts);
        free(b.rank);
        free(b.stream_at);
        free(b.touched);
    }
    th_stream_map_fini(&map);
    return rc;
}
