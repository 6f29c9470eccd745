/* CSV as RFC 4180 has it, safe to open in a spreadsheet. */
#ifndef TH_EXPORT_CSV_H
#define TH_EXPORT_CSV_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* Characters in a cell, as spreadsheets count them (UTF-16 units) and take them at most. */
#define TH_CSV_CELL_MAX 32767

/* Append one cell; quoted when it holds a comma, a quote or a line break. A text (not a number of
 * our own) that a spreadsheet would take for a formula - it begins with = + - @ or their full-width
 * forms, also behind blanks, or with a tab or a line break - gets an apostrophe in front. A longer
 * text than TH_CSV_CELL_MAX ends in a mark that says so; true then. Absent gives an empty cell. */
bool th_csv_cell(struct th_buf *out, struct th_str value, bool is_text);

#endif
