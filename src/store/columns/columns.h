/* Columns out of a case: the loader behind query/table.h, and the case as it grows. */
#ifndef TH_STORE_COLUMNS_COLUMNS_H
#define TH_STORE_COLUMNS_COLUMNS_H

#include "query/table/table.h"
#include "store/case/case.h"

/* A loader over its own read connection to the case at path. rows: events now in the case.
 * Thread-safe (locks inside). Segments first, rows behind them from table event. Owned:
 * th_columns_close, after every table that uses it is freed.
 *
 * While an import runs, or after one was killed, the last events of the file that it is at may wait
 * for their evidence: these are not counted until it is there. */
typedef struct th_columns th_columns;
TH_NODISCARD enum th_code th_columns_open(const char *path, th_columns **out, size_t *rows,
                                          struct th_err *err);
void th_columns_close(th_columns *columns);
struct th_loader th_columns_loader(th_columns *columns);

/* What the case has become since the look before, or since it was opened. */
struct th_look {
    bool changed; /* somebody wrote to the case; false: nothing else is set */
    size_t rows;
    /* The events of the look before are still the first ones. Not so after an import that goes on
     * where another was killed: it takes back what that one had of its last file, and numbers are
     * given again. */
    bool same;
    bool derived; /* values that depend on others (places, user agents) were made anew */
    th_case *c;   /* for more reading, within the same moment of the case; borrowed until the end */
};
/* Begin a look, which th_columns_look_end ends, also after an error: in between, columns grow
 * (th_table_grow) to what the case holds at this moment, whatever is written meanwhile. Other
 * threads load columns and evaluate; a second look waits. anyway: as if somebody had written.
 * TH_E_BUSY: somebody has the case for himself (a first import): later. */
TH_NODISCARD enum th_code th_columns_look(th_columns *columns, bool anyway, struct th_look *out,
                                          struct th_err *err);
void th_columns_look_end(th_columns *columns);

#endif
