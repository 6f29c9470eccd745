/* Scans over one column that give a bit per row: inside of src/query only. */
#ifndef TH_QUERY_EVAL_SCAN_H
#define TH_QUERY_EVAL_SCAN_H

#include "query/table/table.h"

/* Bit i of out is pass[code of row i]; pass holds 0 or 1 for every entry of the column. out is
 * initialised here. */
void th_scan_codes(const struct th_column *column, const uint8_t *pass, struct th_bits *out);
/* The same for the candidates only, others are 0: quicker when there are few. */
void th_scan_codes_of(const struct th_column *column, const uint8_t *pass,
                      const struct th_bits *candidates, struct th_bits *out);
/* lo <= num[i] <= hi. */
void th_scan_times(const int64_t *num, size_t rows, int64_t lo, int64_t hi, struct th_bits *out);

#endif
