/* A histogram as characters: counts over time to columns of block characters, without curses. */
#ifndef UI_WIDGET_BAR_HEIGHT_H
#define UI_WIDGET_BAR_HEIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

/* Height in eighths of a row for a count, in [0, rows * 8]: a count over 0 is at least 1, the
 * highest count is the full height. */
int ui_bar_eighths(uint64_t count, uint64_t highest, int rows);

/* The block character for 0 … 8 eighths: ' ', '▁' … '█'. */
uint32_t ui_bar_block(int eighths);

/* The bucket that column x of w shows when n buckets are spread over w columns; n <= w or not. n >
 * 0. */
size_t ui_bar_bucket(int x, int w, size_t n);
/* First column of a bucket, and one past its last (at least one column). */
void ui_bar_columns(size_t bucket, int w, size_t n, int *from, int *to);

/* Column of a time among w columns over [start_ms, start_ms + span_ms), or -1 when outside. */
int ui_bar_time_column(int64_t ts_ms, int64_t start_ms, int64_t span_ms, int w);

/* Labels of the time axis: the step between them for a span on w columns (a label takes
 * label_cols), one of the usual steps from 1 s to 1 y. */
int64_t ui_axis_step(int64_t span_ms, int w, int label_cols);
/* The first time at or behind ts_ms (as the clock on the wall shows it) that has a label: a
 * multiple of the step, or, for steps of a month and more, the beginning of a month or year. */
int64_t ui_axis_next(int64_t ts_ms, int64_t step_ms);
/* From here on steps count months of the calendar. */
#define UI_AXIS_MONTH_MS (30 * TH_DAY_MS)

#endif
