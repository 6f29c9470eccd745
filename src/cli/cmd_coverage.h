/* The part of trailhound sources that looks at coverage. Each returns the exit code. */
#ifndef TH_CLI_CMD_COVERAGE_H
#define TH_CLI_CMD_COVERAGE_H

#include "cli/cli.h"

/* gaps: list them; else the accounts and regions. */
int cli_sources_coverage(struct cli *cli, th_app *app, enum cli_format format, bool gaps);
/* Events by bucket, account and region. */
int cli_sources_buckets(struct cli *cli, th_app *app, enum cli_format format, int64_t every_ms);

#endif
