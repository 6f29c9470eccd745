/* Which case file is meant. */
#ifndef TH_CLI_CASEFILE_H
#define TH_CLI_CASEFILE_H

#include "base/err.h"
#include "cli/options.h"

/* For commands on an existing case: -c, else $TRAILHOUND_CASE, else the only *.trail in the current
 * folder. TH_E_NOT_FOUND lists what was found. *out is owned (free). */
TH_NODISCARD enum th_code cli_case_existing(const struct cli_options *options, char **out,
                                            struct th_err *err);
/* What is imported, and where it goes. */
struct cli_target {
    char *case_path;    /* owned */
    bool is_new;        /* it isn't there yet */
    const char **paths; /* owned; the words are borrowed */
    size_t paths_n;     /* 0: a case was named and nothing else */
};
/* For an import. The case is the one among the words (a case by its content, or a name that ends in
 * .trail: it must be there and be a case, TH_E_NOT_FOUND or TH_E_CASE), wherever it stands; else
 * -c, else $TRAILHOUND_CASE, else NAME.trail in the current folder, NAME from the first PATH's last
 * component once resolved, without .json, .jsonl, .gz, .tar, .zip. Two cases are TH_E_USAGE. There
 * must be a word. Owned: cli_target_fini. */
TH_NODISCARD enum th_code cli_target_of(const struct cli_options *options, struct cli_target *out,
                                        struct th_err *err);
void cli_target_fini(struct cli_target *target);

/* Are two paths the same file, or the same name of none? */
bool cli_same_file(const char *a, const char *b);

#endif
