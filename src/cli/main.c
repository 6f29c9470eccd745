/* The program: signals and memory first, then options, then one command. The only place that exits.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/system.h"
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

/* Started with a standard stream closed, the next file opened would take its number, and messages
 * would go into an export. What stands in for it can't be read or written, so that using it fails
 * as before. */
static void hold_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* What is left to write. After an interruption nobody wants it, and the reader may never take it.
 */
static int finish(int code)
{
    if (code == CLI_EXIT_INTERRUPTED) {
        th_forget_output(stdout);
        return code;
    }
    struct th_err err = {0};
    enum th_code rc = cli_flush(stdout, &err);
    if (rc == TH_OK || (rc == TH_E_CANCELLED && err.sys_errno != EINTR))
        return code;
    int failed = cli_fail(rc, &err);
    return code == CLI_EXIT_OK ? failed : code;
}

static cli_run *const commands[CLI_COMMAND_COUNT] = {
    [CLI_OPEN] = cli_cmd_open,
    [CLI_IMPORT] = cli_cmd_import,
    [CLI_UI] = cli_cmd_ui,
    [CLI_QUERY] = cli_cmd_query,
    [CLI_COUNT] = cli_cmd_count,
    [CLI_FACETS] = cli_cmd_facets,
    [CLI_HISTOGRAM] = cli_cmd_histogram,
    [CLI_CROSSTAB] = cli_cmd_crosstab,
    [CLI_FINDINGS] = cli_cmd_findings,
    [CLI_SOURCES] = cli_cmd_sources,
    [CLI_ENRICH] = cli_cmd_enrich,
    [CLI_EXPORT] = cli_cmd_export,
    [CLI_VERIFY] = cli_cmd_verify,
    [CLI_SQL] = cli_cmd_sql,
    [CLI_HELP] = cli_cmd_help,
    [CLI_VERSION] = cli_cmd_version,
};

int main(int argc, char **argv)
{
    hold_streams();
    setlocale(LC_CTYPE, "");
    th_oom_set_hook(out_of_memory);
    set_signals();
    struct th_err err = {0};
    struct cli_options options;
    struct cli cli = {&options, &interrupted, th_limits_usual};
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
    cli_options_fini(&options);
    return finish(code);
}
