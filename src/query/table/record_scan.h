/* One visit to many records, shared out to threads: inside of src/query only. */
#ifndef TH_QUERY_TABLE_RECORD_SCAN_H
#define TH_QUERY_TABLE_RECORD_SCAN_H

#include "query/table/table.h"

enum { TH_PASS_THREADS_MAX = TH_TABLE_THREADS_MAX };

/* Rows first … last-1: a run of records that lie together and are read by one thread. */
struct th_pass_run {
    size_t first, last;
};

/* What is to be read: the runs that hold a wanted row. */
struct th_pass_plan {
    const struct th_bits *wanted; /* borrowed */
    struct th_pass_run *runs;
    size_t n;
    size_t rows; /* of these runs: what is inflated for it */
};
/* Runs in order of rows. Owned: th_pass_plan_fini. */
void th_pass_plan_init(struct th_pass_plan *plan, th_table *table, const struct th_bits *wanted);
void th_pass_plan_fini(struct th_pass_plan *plan);
/* Runs with the newest wanted event first. times: of all rows. */
void th_pass_plan_newest_first(struct th_pass_plan *plan, const int64_t *times);

/* Visit the record of a wanted row. */
typedef void th_pass_visit(void *ctx, size_t row, struct th_str raw);

struct th_pass {
    th_table *table;
    const struct th_pass_plan *plan;
    size_t threads;   /* th_pass_threads */
    void *const *ctx; /* a thread's own */
    th_pass_visit *visit;
    /* NULL, or told of a wanted row instead, on its thread, when its record can't be read. */
    void (*lost)(void *ctx, size_t row);
    /* NULL, or called on the calling thread between runs: which part of the plan is read (0 … 1).
     * What threads put into shared sets until then may be looked at. */
    void (*tick)(void *ctx, double share);
    void *tick_ctx;
    th_cancel *cancel;
};

/* How many threads a plan is worth: 1 … TH_PASS_THREADS_MAX. */
size_t th_pass_threads(const struct th_pass_plan *plan);

/* Visit the records of all wanted rows. Threads take runs in the order of the plan; rows of one run
 * are visited in order by one thread, no other rows are visited. Two threads may visit neighbours,
 * so sets of rows are changed by th_pass_put. Returns the first thread's error, TH_E_CANCELLED when
 * the flag was set. */
TH_NODISCARD enum th_code th_pass_go(const struct th_pass *pass, struct th_err *err);

/* Bits in sets that several threads change at once. */
static inline void th_pass_put(struct th_bits *bits, size_t row)
{
    __atomic_fetch_or(&bits->w[row / 64], UINT64_C(1) << (row % 64), __ATOMIC_RELAXED);
}
static inline bool th_pass_get(const struct th_bits *bits, size_t row)
{
    return (__atomic_load_n(&bits->w[row / 64], __ATOMIC_RELAXED) >> (row % 64) & 1) != 0;
}
/* What is in it now, as a set of one's own. */
void th_pass_copy(struct th_bits *out, const struct th_bits *from);

#endif
