/* Which case file is meant. */
#ifndef TH_CLI_CASEFILE_H
#define TH_CLI_CASEFILE_H

#include "base/err.h"
#include "cli/options.h"

/* For commands on an existing case: -c, else $TRAILHOUND_CASE, else the only *.trail in the current
 * folder. TH_E_NOT_FOUND lists what was found. *out is owned (free). */
TH_NODISCARD enum th_code cli_case_existing(const struct cli_options *options, char **out,
                                            struct th_err *err);
/* For import: -c, else $TRAILHOUND_CASE, else NAME.trail in the current folder, NAME from the first
 * PATH's last component once resolved, without .json, .jsonl, .gz, .tar, .zip. Owned. */
TH_NODISCARD enum th_code cli_case_for_import(const struct cli_options *options, char **out,
                                              struct th_err *err);

#endif
