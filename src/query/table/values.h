/* What records say of a field that is no column, for many rows at once. */
#ifndef TH_QUERY_TABLE_VALUES_H
#define TH_QUERY_TABLE_VALUES_H

#include "query/table/table.h"

/* Values by row, as numbers of texts in dict (1, 2 …, in order of rows): those of row i are
 * list[start[i]] … list[start[i + 1] - 1], in the order of the record; none for rows that were not
 * asked for. */
struct th_row_values {
    th_dict *dict;
    uint32_t *start, *list;
};
/* Read an EVIDENCE field's values of the rows on all cores. Owned: th_row_values_fini; on success
 * only. TH_E_LIMIT when they are more than numbers reach; TH_E_CANCELLED. */
TH_NODISCARD enum th_code th_row_values_read(th_table *table, const struct th_bits *rows,
                                             const struct th_field_ref *field, th_cancel *cancel,
                                             struct th_row_values *out, struct th_err *err);
void th_row_values_fini(struct th_row_values *values);

#endif
