/* What time the events of a case cover, account by account and region by region, and where they
 * are silent for longer than their own rhythm explains. */
#ifndef TH_QUERY_OPS_COVERAGE_H
#define TH_QUERY_OPS_COVERAGE_H

#include "base/arena.h"
#include "query/ops/gap_rule.h"
#include "query/table/table.h"

/* A file of the evidence: rows first_row … first_row + rows - 1 came from it. account, region,
 * delivered_ms: what its name tells (absent, TH_TIME_NONE: nothing). */
struct th_coverage_file {
    uint64_t first_row, rows;
    struct th_str account, region;
    int64_t delivered_ms;
};

/* Silences are gaps (query/rhythm.h) from 2.5 times the longest usual one and 1 h on; from 5 min
 * on, if at the same time the deliveries paused for twice as long as they usually do. */
#define TH_COVERAGE_TENTHS      25
#define TH_COVERAGE_MIN_MS      TH_HOUR_MS
#define TH_COVERAGE_LEAST_MS    (5 * TH_MINUTE_MS)
#define TH_COVERAGE_HOLE_TENTHS 20
#define TH_COVERAGE_HOLE_MS     (10 * TH_MINUTE_MS)
#define TH_COVERAGE_GAPS_MAX    1000u /* of one account and region; the longest ones count */

/* The events of one account in one region; texts absent where neither record nor file name tells.
 * account: that they were delivered to, where none is noted the caller's. whole: of one account in
 * all regions, when it has several. */
struct th_coverage_stream {
    struct th_str account, region;
    bool whole;
    uint64_t events, untimed;
    uint64_t files;            /* that have events of it */
    uint64_t hours;            /* different hours with an event; of the clock, UTC */
    uint64_t hours_span;       /* hours from the first to the last */
    uint64_t deliveries;       /* files whose name says that they are of it */
    int64_t delivery_ms;       /* usual time between deliveries (median); TH_TIME_NONE: unknown */
    int64_t first_ms, last_ms; /* TH_TIME_NONE: no timed event */
    int64_t longest_ms;        /* longest silence between two events */
    /* before, after: rows of the events around it. At the end, when the account went on without
     * this stream: to_ms is the account's last event and after is UINT32_MAX. Longest first. */
    struct th_silence *gaps;
    size_t gaps_n;
    /* Of a silence in gaps: the longest part of it in which the whole account is silent. */
    int64_t *account_silent_ms;
    uint32_t *bins; /* events by part of the span; NULL: not counted */
};

struct th_coverage {
    int64_t first_ms, last_ms;          /* of all events; TH_TIME_NONE: none has a time */
    struct th_coverage_stream *streams; /* by account, then the whole one, then by region */
    size_t streams_n;
    size_t bins; /* equal parts from first_ms to last_ms */
    th_arena *arena;
};

/* Rows of exclude (NULL: none) don't count. files: in order of rows; rows of none are looked at
 * too. Texts in out die with it or with the table or files. On success out is owned:
 * th_coverage_fini. TH_E_CANCELLED. Thread-safe. */
TH_NODISCARD enum th_code th_coverage_find(th_table *table, const struct th_coverage_file *files,
                                           size_t files_n, const struct th_bits *exclude,
                                           size_t bins, th_cancel *cancel, struct th_coverage *out,
                                           struct th_err *err);
void th_coverage_fini(struct th_coverage *coverage);

/* Events by account, region and time, buckets of every_ms without an event left out, in order of
 * time, then as the streams are. visit returns false to stop. */
typedef bool th_coverage_visit(void *ctx, int64_t time_ms, struct th_str account,
                               struct th_str region, uint64_t events);
TH_NODISCARD enum th_code th_coverage_buckets(th_table *table, const struct th_coverage_file *files,
                                              size_t files_n, const struct th_bits *exclude,
                                              int64_t every_ms, th_coverage_visit *visit, void *ctx,
                                              th_cancel *cancel, struct th_err *err);

#endif
