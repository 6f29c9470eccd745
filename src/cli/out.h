/* Rows of answers to standard output: as a table, as JSON lines or as CSV. Commands describe
 * columns once; the three forms come from that. */
#ifndef TH_CLI_OUT_H
#define TH_CLI_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/str.h"

enum cli_format { CLI_TABLE, CLI_JSONL, CLI_CSV };

/* A column. key: in jsonl and csv; heading: in tables, NULL = not shown there. right: numbers stand
 * at the right. */
struct cli_column {
    const char *key, *heading;
    bool right;
};

/* One cell. ABSENT is left out of jsonl and nothing elsewhere; NULL is null in jsonl, nothing in
 * csv and a dash in tables. RAW is JSON text (arrays, objects); shown as it is in tables. */
enum cli_cell_kind { CLI_ABSENT, CLI_NULL, CLI_TEXT, CLI_NUMBER, CLI_DOUBLE, CLI_TIME, CLI_RAW };
struct cli_cell {
    enum cli_cell_kind kind;
    struct th_str text;
    int64_t number;
    double real;
};

#define CLI_CELL_ABSENT ((struct cli_cell){.kind = CLI_ABSENT})
static inline struct cli_cell cli_text(struct th_str s)
{
    return (struct cli_cell){.kind = s.p == NULL ? CLI_ABSENT : CLI_TEXT, .text = s};
}
static inline struct cli_cell cli_number(int64_t n)
{
    return (struct cli_cell){.kind = CLI_NUMBER, .number = n};
}
struct cli_cell cli_time(int64_t ts_ms); /* TH_TIME_NONE: absent */

/* Which form: --format's word, else table on a terminal and jsonl otherwise. TH_E_USAGE for another
 * word. */
TH_NODISCARD enum th_code cli_format_of(const char *word, enum cli_format *out, struct th_err *err);

/* Columns of the terminal that file is; 0 when it is none. */
int cli_terminal_width(FILE *file);

typedef struct cli_out cli_out;
/* Begin. Table rows are kept until there is enough to know widths, then cut to the terminal's width
 * (COLUMNS, else its size, else 80; not cut when standard output is no terminal). Owned:
 * cli_out_end. */
cli_out *cli_out_begin(FILE *file, enum cli_format format, const struct cli_column *columns,
                       size_t columns_n);
/* One row of columns_n cells; texts are copied. False: nothing can be written any more (cli_out_end
 * tells why), so more rows are of no use. */
bool cli_out_row(cli_out *out, const struct cli_cell *cells);
/* Say on standard error that so many cells of CSV were cut; nothing for 0. */
void cli_note_cut(size_t cells);

/* Flush and free; says what was cut of CSV. TH_E_IO or TH_E_FULL when something could not be
 * written. */
TH_NODISCARD enum th_code cli_out_end(cli_out *out, struct th_err *err);

/* Write all bytes, or say why not. A closed pipe is TH_E_CANCELLED: the reader has seen enough; so
 * is an interrupted write, with err->sys_errno EINTR. What goes to a terminal goes through
 * th_text_escape: give whole characters. */
TH_NODISCARD enum th_code cli_write(FILE *file, struct th_str bytes, struct th_err *err);

/* Flush with the same meaning. */
TH_NODISCARD enum th_code cli_flush(FILE *file, struct th_err *err);

/* Does the terminal want ASCII only (no UTF-8 locale)? */
bool cli_ascii_only(void);

#endif
