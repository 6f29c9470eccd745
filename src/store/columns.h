/* Columns out of a case: the loader behind query/table.h. */
#ifndef TH_STORE_COLUMNS_H
#define TH_STORE_COLUMNS_H

#include "query/table.h"
#include "store/case.h"

/* A loader over its own read connection to the case at path. rows: events now in the case.
 * Thread-safe (one lock inside). Segments first, rows behind them from table event. Owned:
 * th_columns_close, after every table that uses it is freed. */
typedef struct th_columns th_columns;
TH_NODISCARD enum th_code th_columns_open(const char *path, th_columns **out, size_t *rows,
                                          struct th_err *err);
void th_columns_close(th_columns *columns);
struct th_loader th_columns_loader(th_columns *columns);

#endif
