/* The program: signals and memory first, then options, then one command. The only place that exits.
 */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"

static th_cancel interrupted;

static void on_signal(int signal_number)
{
    (void)signal_number;
    th_cancel_set(&interrupted);
}

static void out_of_memory(size_t wanted_bytes)
{
    fprintf(stderr,
            "trailhound: out of memory (%zu bytes wanted); the case holds everything up to the "
            "last commit\n",
            wanted_bytes);
}

static void set_signals(void)
{
    /* No SA_RESTART: a read that waits must come back so that the flag is seen. */
    struct sigaction stop = {.sa_handler = on_signal};
    sigemptyset(&stop.sa_mask);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    /* A closed pipe is told by write, so that output ends in words. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
}

static cli_run *const commands[CLI_COMMAND_COUNT] = {
    [CLI_OPEN] = cli_cmd_open,
    [CLI_IMPORT] = cli_cmd_import,
    [CLI_UI] = cli_cmd_ui,
    [CLI_QUERY] = cli_cmd_query,
    [CLI_COUNT] = cli_cmd_count,
    [CLI_FACETS] = cli_cmd_facets,
    [CLI_HISTOGRAM] = cli_cmd_histogram,
    [CLI_FINDINGS] = cli_cmd_findings,
    [CLI_SOURCES] = cli_cmd_sources,
    [CLI_EXPORT] = cli_cmd_export,
    [CLI_SQL] = cli_cmd_sql,
};

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    th_oom_set_hook(out_of_memory);
    set_signals();
    struct th_err err = {0};
    struct cli_options options;
    struct cli cli = {&options, &interrupted};
    enum th_code rc = cli_options_parse(argc, argv, &options, &err);
    if (rc != TH_OK) {
        int code = cli_fail(rc, &err);
        fputs("Try 'trailhound --help'.\n", stderr);
        return code;
    }
    int code = CLI_EXIT_OK;
    if (options.given[OPT_HELP])
        cli_help(options.command, !options.command_named);
    else if (options.given[OPT_VERSION])
        cli_version();
    else
        code = commands[options.command](&cli);
    if (fflush(stdout) != 0 && code == CLI_EXIT_OK)
        code = CLI_EXIT_FAILED;
    cli_options_fini(&options);
    return code;
}
