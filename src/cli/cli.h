/* What commands share: one function a command, errors to exit codes in one place, a case opened as
 * options say. */
#ifndef TH_CLI_CLI_H
#define TH_CLI_CLI_H

#include "app/app.h"
#include "cli/options.h"
#include "cli/out.h"

enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_FAILED = 1,
    CLI_EXIT_USAGE = 2,
    CLI_EXIT_FINDINGS = 3,
    CLI_EXIT_REJECTS = 4,
    CLI_EXIT_INTERRUPTED = 130,
};

struct cli {
    const struct cli_options *options;
    th_cancel *cancel;       /* set by SIGINT and SIGTERM */
    struct th_limits limits; /* of an import: cli_import_what */
};

/* One per command; returns the exit code. */
typedef int cli_run(struct cli *cli);
cli_run cli_cmd_open, cli_cmd_import, cli_cmd_ui, cli_cmd_query, cli_cmd_count, cli_cmd_crosstab,
    cli_cmd_facets, cli_cmd_histogram, cli_cmd_findings, cli_cmd_sources, cli_cmd_enrich,
    cli_cmd_export, cli_cmd_sql, cli_cmd_verify, cli_cmd_help, cli_cmd_version;

/* Say on standard error what went wrong ("trailhound: …", sanitised) and give the exit code that
 * fits. */
int cli_fail(enum th_code rc, const struct th_err *err);
/* As cli_fail for a filter: the text with a caret under the bytes at fault. */
int cli_fail_filter(const char *filter, enum th_code rc, const struct th_err *err);
/* Same for wrong usage of a command, with a pointer to its help. */
int cli_fail_usage(const struct cli *cli, const char *fmt, ...) TH_PRINTF(2, 3);

/* Text of log origin to standard error, one line, made safe. */
void cli_note(const char *fmt, ...) TH_PRINTF(1, 2);

/* A note when some events of a case lack values because an earlier version imported them. */
void cli_note_lacking(const char *name, th_case *c);

/* A note when an import into the case was begun and not finished: what is asked is of a part. */
void cli_note_unfinished(const char *name, th_case *c);

/* The case that -c, the environment or the current folder name, opened. mode as in th_app_open. */
TH_NODISCARD enum th_code cli_open_app(const struct cli *cli, enum th_case_mode mode, th_app **out,
                                       struct th_err *err);

/* The filter: -f, or the last argument when the command takes one. "" when none; TH_E_USAGE when
 * there are too many words. */
TH_NODISCARD enum th_code cli_filter(const struct cli *cli, const char **out, struct th_err *err);

/* Parse the filter, show its warnings, and find its rows. On failure the error has been shown and
 * *exit_code is set; false then. */
bool cli_rows(struct cli *cli, th_app *app, struct th_bits *rows, int *exit_code);

/* Close the app (NULL: nothing). Events that were left out because their records can't be read are
 * told, and make the exit code 4 after success; an error on closing makes it 1. */
int cli_close(th_app *app, int exit_code);
/* The same without a word of records: the workbench has told of them. */
int cli_leave(th_app *app, int exit_code);
/* End an output; "the reader went away" is success. */
int cli_end_out(cli_out *out, int exit_code);

/* Write findings of the case at level and above, in state (NULL: all): one a row, on a terminal
 * that is no table's width two lines each; with events each of their events as a row. *highest is
 * the highest level's rank among them, -1 when none. */
struct cli_findings {
    enum cli_format format;
    const char *level, *state;
    bool events;
};
TH_NODISCARD enum th_code cli_list_findings(th_app *app, FILE *file,
                                            const struct cli_findings *which, int *highest,
                                            struct th_err *err);

/* What the options say to import. Exit code OK, or the error has been shown. */
struct cli_target;
int cli_import_what(struct cli *cli, const struct cli_target *target, struct th_app_import *what);
/* What came in, and each thing that did not, with where to look, on standard output. */
void cli_import_summary(const char *case_path, const struct th_app_imported *done);
/* Import with progress on standard error; returns the exit code, totals in *done. */
int cli_import(struct cli *cli, const struct cli_target *target, struct th_app_imported *done);

#endif
