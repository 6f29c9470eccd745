/* One visit to many records, shared out to threads: inside of src/query only. */
#ifndef TH_QUERY_PASS_H
#define TH_QUERY_PASS_H

#include "query/table.h"

enum { TH_PASS_THREADS_MAX = 4 };

/* Visit the record of a wanted row; returns false to stop this thread's share. */
typedef bool th_pass_visit(void *ctx, size_t row, struct th_str raw);

/* How many threads a pass over so many rows takes: 1 … TH_PASS_THREADS_MAX. */
size_t th_pass_threads(size_t rows);

/* Visit the records of the rows in wanted on threads threads; thread i is given ctx[i]. The rows of
 * a thread are a run of whole words of the set, in order, those of thread i before those of thread
 * i + 1; no other rows are visited. Returns the first thread's error, TH_E_CANCELLED when the flag
 * was set. */
TH_NODISCARD enum th_code th_pass_run(th_table *table, const struct th_bits *wanted, size_t threads,
                                      void *const ctx[], th_pass_visit *visit, th_cancel *cancel,
                                      struct th_err *err);

#endif
