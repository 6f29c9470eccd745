/* Findings on a narrow terminal: two lines each, wrapped where they don't fit, never cut. */
#ifndef TH_CLI_FINDINGS_LINES_H
#define TH_CLI_FINDINGS_LINES_H

#include <stdio.h>

#include "base/err.h"
#include "base/str.h"
#include "store/findings/findings.h"

/* Terminals with fewer columns get lines instead of a table. */
#define CLI_FINDINGS_TABLE_COLS 140

typedef struct cli_findings_lines cli_findings_lines;
/* Begin a list for a terminal of cols columns. Owned: cli_findings_lines_free. */
cli_findings_lines *cli_findings_lines_new(int cols, bool ascii);
/* One more finding; group is its grouping as it is read. Texts are copied. */
void cli_findings_lines_add(cli_findings_lines *lines, const struct th_finding *row,
                            struct th_str group);
/* Write all of them, with a heading when there is any. TH_E_CANCELLED, TH_E_FULL, TH_E_IO as
 * cli_write. */
TH_NODISCARD enum th_code cli_findings_lines_write(const cli_findings_lines *lines, FILE *file,
                                                   struct th_err *err);
void cli_findings_lines_free(cli_findings_lines *lines);

#endif
