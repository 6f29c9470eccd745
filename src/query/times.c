/* Rows by time: where one stands, and which lie in a span. */
#include "base/time.h"
#include "query/ops.h"
#include "query/ops_check.h"
#include "query/scan.h"

enum th_code th_ops_rank(th_table *table, const struct th_bits *rows, uint32_t row, size_t *out,
                         struct th_err *err)
{
    const struct th_column *column;
    struct th_ops_rows of;
    size_t before = 0;
    *out = 0;
    if (row >= th_table_rows(table))
        return th_err_set(err, TH_E_USAGE, "no such event");
    enum th_code rc = th_table_column(table, TH_F_TIMESTAMP, &column, err);
    if (rc == TH_OK)
        rc = th_ops_rows_open(table, rows, &of, err);
    if (rc != TH_OK)
        return rc;
    /* Unsigned from the first time on: untimed ones are the largest. */
    const int64_t *ts = column->num;
    const uint64_t shift = (uint64_t)TH_TIME_NONE + 1;
    const uint64_t own = (uint64_t)ts[row] - shift;
    for (size_t i = 0; i < th_bits_words(of.set->n); i++)
        for (uint64_t word = of.set->w[i]; word != 0; word &= word - 1) {
            size_t other = i * 64 + (size_t)__builtin_ctzll(word);
            uint64_t time = (uint64_t)ts[other] - shift;
            before += time < own || (time == own && other < row);
        }
    *out = before;
    th_ops_rows_close(&of);
    return TH_OK;
}

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
