/* Rows by time: which lie in a span. */
#include "base/time.h"
#include "query/eval/scan.h"
#include "query/ops/check.h"
#include "query/ops/ops.h"

enum th_code th_ops_time_range(th_table *table, int64_t from_ms, int64_t to_ms, struct th_bits *out,
                               struct th_err *err)
{
    const struct th_column *column;
    enum th_code rc = th_table_column(table, TH_F_TIMESTAMP, &column, err);
    if (rc != TH_OK)
        return rc;
    int64_t lo = from_ms == TH_TIME_NONE ? TH_TIME_NONE + 1 : from_ms;
    int64_t hi = to_ms == TH_TIME_NONE ? INT64_MAX : to_ms - 1;
    if (hi < lo)
        th_bits_init(out, th_table_rows(table));
    else
        th_scan_times(column->num, th_table_rows(table), lo, hi, out);
    return TH_OK;
}
