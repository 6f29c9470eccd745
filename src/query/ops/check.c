/* Checks that operations share. A screen keeps sets of rows and names of fields for a while, and
 * either may be out of date when it asks: that is an error to be told, not a read out of bounds. */
#include "query/ops/check.h"

enum th_code th_ops_rows_open(th_table *table, const struct th_bits *rows, struct th_ops_rows *out,
                              struct th_err *err)
{
    size_t n = th_table_rows(table);
    *out = (struct th_ops_rows){.set = rows, .own = {NULL, 0}};
    if (rows != NULL && rows->n != n)
        return th_err_set(err, TH_E_USAGE, "a set of %zu events was asked of a table of %zu",
                          rows->n, n);
    if (rows == NULL) {
        th_bits_init_ones(&out->own, n);
        out->set = &out->own;
    }
    return TH_OK;
}

void th_ops_rows_close(struct th_ops_rows *rows)
{
    th_bits_fini(&rows->own);
}

enum th_code th_ops_field_check(enum th_field field, struct th_err *err)
{
    if ((int)field >= 0 && (int)field < TH_FIELD_COUNT)
        return TH_OK;
    return th_err_set(err, TH_E_USAGE, "no such field");
}

enum th_code th_ops_cancel_check(th_cancel *cancel, struct th_err *err)
{
    return th_cancelled(cancel) ? th_err_set(err, TH_E_CANCELLED, "cancelled") : TH_OK;
}
