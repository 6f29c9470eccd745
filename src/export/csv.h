/* CSV as RFC 4180 has it, safe to open in a spreadsheet. */
#ifndef TH_EXPORT_CSV_H
#define TH_EXPORT_CSV_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* Append one cell; quoted when it holds a comma, a quote or a line break. A text (not a number of
 * our own) that a spreadsheet would take for a formula - it begins with = + - @, a tab or a
 * carriage return - gets an apostrophe in front. Absent gives an empty cell. */
void th_csv_cell(struct th_buf *out, struct th_str value, bool is_text);

#endif
