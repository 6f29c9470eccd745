/* What screens and commands ask of a set of rows: counts over time, top values, pages.
 *
 * rows is what a filter (th_eval_rows) and a span of time (th_ops_time_range) left; NULL: all rows
 * of the table. A set of another number of rows than the table has, and a field that is none
 * (TH_FIELD_NONE), are TH_E_USAGE. cancel may be NULL; once it is set TH_E_CANCELLED follows and
 * out is empty. After any other error out is empty as well; its _fini may be called or not. */
#ifndef TH_QUERY_OPS_OPS_H
#define TH_QUERY_OPS_OPS_H

#include "base/arena.h"
#include "query/table/table.h"

/* ---- histogram ---- */

struct th_histogram {
    int64_t start_ms, every_ms; /* bucket i covers start + i*every … start + (i+1)*every */
    size_t buckets;
    uint32_t *count;   /* owned */
    uint32_t *failure; /* of count: event.outcome is failure; owned */
    uint64_t untimed;  /* rows without a time: in no bucket */
};
/* Buckets of every_ms over [from_ms, to_ms] (both times inside; TH_TIME_NONE: the span of the
 * rows); every_ms 0 or less: chosen so that at most max_buckets (0: as 1) are needed, from 1s 5s
 * 10s 30s 1m 5m 10m 30m 1h 3h 6h 12h 1d 7d 30d … aligned to the epoch (a span that holds 1970 needs
 * two at least). Empty buckets included. With an explicit every_ms more than 1,000,000 buckets are
 * TH_E_LIMIT. */
TH_NODISCARD enum th_code th_ops_histogram(th_table *table, const struct th_bits *rows,
                                           int64_t from_ms, int64_t to_ms, int64_t every_ms,
                                           size_t max_buckets, th_cancel *cancel,
                                           struct th_histogram *out, struct th_err *err);
void th_histogram_fini(struct th_histogram *h);

/* ---- top values ---- */

struct th_top_value {
    struct th_str value; /* absent: rows without the field. Borrowed from the table (or owned by the
                            th_top for EVIDENCE, ID and TIME fields) */
    uint64_t count;
    int64_t first_ms, last_ms; /* when with_times was asked, else TH_TIME_NONE */
};
struct th_top {
    struct th_top_value *values; /* by count, then by value bytes; absent last among equals */
    size_t n;
    uint64_t distinct; /* different present values under the filter */
    uint64_t rows;     /* rows looked at: what a share is of */
    th_arena *arena;
};
/* The max most frequent values of a field; a MULTI field counts a row once per different value it
 * has. */
TH_NODISCARD enum th_code th_ops_top(th_table *table, const struct th_bits *rows,
                                     const struct th_field_ref *field, size_t max, bool with_times,
                                     th_cancel *cancel, struct th_top *out, struct th_err *err);
void th_top_fini(struct th_top *top);

/* Values that complete what was typed, ignoring case: those that begin with it, then those that
 * hold it elsewhere, each by count; never the absent one, nor one of more than 512 bytes. At most
 * max; distinct says how many fit. No record is read for it: ids and times have none, computed
 * fields only where the column of a path is there already. */
TH_NODISCARD enum th_code th_ops_matching(th_table *table, const struct th_bits *rows,
                                          const struct th_field_ref *field, struct th_str typed,
                                          size_t max, th_cancel *cancel, struct th_top *out,
                                          struct th_err *err);

/* ---- two fields ---- */

struct th_cross_cell {
    struct th_str a, b; /* absent: rows without the field; borrowed from the table or the result */
    uint64_t count;
};
struct th_crosstab {
    struct th_cross_cell *cells; /* by count, then by the bytes of a and b, absent last */
    size_t n;
    uint64_t distinct; /* different pairs under the filter */
    uint64_t rows;     /* rows looked at */
    th_arena *arena;
};
/* The max most frequent pairs of values of two fields. A row counts once for every different pair
 * it has: a MULTI field with two values makes two. More than 16 million pairs are TH_E_LIMIT. */
TH_NODISCARD enum th_code th_ops_crosstab(th_table *table, const struct th_bits *rows,
                                          const struct th_field_ref *a,
                                          const struct th_field_ref *b, size_t max,
                                          th_cancel *cancel, struct th_crosstab *out,
                                          struct th_err *err);
void th_crosstab_fini(struct th_crosstab *crosstab);

/* ---- pages ---- */

/* Rows in order of a field's value, as Elasticsearch sorts: texts by bytes, addresses and numbers
 * by value, a MULTI field by its smallest value ascending and by its largest descending; rows
 * without the field last either way. Ties by time (untimed rows last either way), then by row, both
 * turned round when descending: the order is the same every time. limit rows after skipping offset;
 * out has room for so many, or for as many as rows holds. EVIDENCE fields: TH_E_UNSUPPORTED. Takes
 * a few passes over the rows, whatever offset is; only the page itself is sorted. */
TH_NODISCARD enum th_code th_ops_page(th_table *table, const struct th_bits *rows,
                                      enum th_field sort, bool descending, size_t offset,
                                      size_t limit, th_cancel *cancel, uint32_t *out, size_t *out_n,
                                      struct th_err *err);
/* Rows whose time is in [from, to); TH_TIME_NONE: open at that end. Untimed rows never are. */
TH_NODISCARD enum th_code th_ops_time_range(th_table *table, int64_t from_ms, int64_t to_ms,
                                            struct th_bits *out, struct th_err *err);

#endif
