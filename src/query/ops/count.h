/* Rows of a set per dictionary entry: inside of src/query only. */
#ifndef TH_QUERY_OPS_COUNT_H
#define TH_QUERY_OPS_COUNT_H

#include "query/table/table.h"

/* counts[code] for every entry of a column of the table. Owned: free, also after an error.
 * TH_E_CANCELLED. */
TH_NODISCARD enum th_code th_count_codes(th_table *table, const struct th_column *column,
                                         const struct th_bits *rows, th_cancel *cancel,
                                         uint32_t **out, struct th_err *err);

#endif
