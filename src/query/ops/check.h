/* What every operation on rows checks first: inside of src/query only. */
#ifndef TH_QUERY_OPS_CHECK_H
#define TH_QUERY_OPS_CHECK_H

#include "query/table/table.h"

/* The rows that were asked of, or all of the table's. */
struct th_ops_rows {
    const struct th_bits *set;
    struct th_bits own;
};
/* rows NULL: all. TH_E_USAGE when the set isn't one of this table's rows: tables grow, a set
 * doesn't. Owned: th_ops_rows_close. */
TH_NODISCARD enum th_code th_ops_rows_open(th_table *table, const struct th_bits *rows,
                                           struct th_ops_rows *out, struct th_err *err);
void th_ops_rows_close(struct th_ops_rows *rows);

/* Is it a field at all? TH_E_USAGE when it isn't: a name that didn't resolve. */
TH_NODISCARD enum th_code th_ops_field_check(enum th_field field, struct th_err *err);

/* TH_E_CANCELLED when the flag is set. */
TH_NODISCARD enum th_code th_ops_cancel_check(th_cancel *cancel, struct th_err *err);

#endif
