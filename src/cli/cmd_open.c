/* trailhound [PATH…|CASE] and trailhound ui: into the workbench. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/casefile.h"
#include "ui/ui.h"

/* Rules over a large case take a moment the first time: say which one runs. */
static void rule_progress(void *ctx, const char *rule, size_t i, size_t n)
{
    int *drawn = ctx;
    int cols = fprintf(stderr, "\rrunning rule %zu of %zu: ", i + 1, n);
    struct th_buf safe = TH_BUF_INIT;
    cols += th_text_clip(&safe, th_str_of(rule), 50, cli_ascii_only());
    cols += fprintf(stderr, "%s", th_buf_cstr(&safe));
    fprintf(stderr, "%*s\r", *drawn > cols ? *drawn - cols : 0, "");
    th_buf_fini(&safe);
    *drawn = cols;
}

static int workbench(struct cli *cli, const char *path)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    th_app *app = NULL;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        if (!o->given[OPT_SCRIPT]) {
            cli_note("the workbench needs a terminal; without one use query, facets, histogram, "
                     "findings, export (trailhound --help)");
            return CLI_EXIT_FAILED;
        }
    }
    enum th_code rc = th_app_open(path, TH_CASE_WRITE, &app, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    struct th_app_detected detected;
    int drawn = 0;
    bool say = isatty(STDERR_FILENO) != 0 && !o->given[OPT_QUIET];
    rc = th_app_detect(app, o->rules, o->rules_n, cli->cancel, say ? rule_progress : NULL, &drawn,
                       &detected, &err);
    if (drawn > 0)
        fprintf(stderr, "\r%*s\r", drawn, "");
    if (rc != TH_OK && rc != TH_E_NOT_FOUND)
        return cli_close(app, cli_fail(rc, &err));
    if (rc == TH_E_NOT_FOUND)
        cli_note("%s", err.msg);
    const struct ui_options options = {
        .script = o->value[OPT_SCRIPT],
        .ascii = o->given[OPT_ASCII],
        .color = o->value[OPT_COLOR],
    };
    th_err_clear(&err);
    rc = ui_run(app, &options, &err);
    return cli_close(app, rc == TH_OK ? CLI_EXIT_OK : cli_fail(rc, &err));
}

int cli_cmd_ui(struct cli *cli)
{
    struct th_err err = {0};
    char *path = NULL;
    if (cli->options->args_n > 0)
        return cli_fail_usage(cli, "ui takes no argument: name the case with -c");
    enum th_code rc = cli_case_existing(cli->options, &path, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    int code = workbench(cli, path);
    free(path);
    return code;
}

/* A word that is neither a file nor a folder but nearly a command was meant as one. */
static bool misspelt_command(struct cli *cli, int *code)
{
    const char *word = cli->options->args[0];
    const char *near = cli_command_near(word);
    if (near == NULL || strcmp(word, "-") == 0 || access(word, F_OK) == 0)
        return false;
    *code = cli_fail_usage(cli, "no file or folder '%s'; did you mean the command %s?", word, near);
    return true;
}

int cli_cmd_open(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    int code = CLI_EXIT_OK;
    if (o->args_n == 0) {
        char *path = NULL;
        enum th_code rc = cli_case_existing(o, &path, &err);
        if (rc != TH_OK)
            return cli_fail(rc, &err);
        code = workbench(cli, path);
        free(path);
        return code;
    }
    if (misspelt_command(cli, &code))
        return code;
    if (o->args_n == 1 && th_case_is_case(o->args[0]))
        return workbench(cli, o->args[0]);
    char *path = NULL;
    enum th_code rc = cli_case_for_import(o, &path, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    struct th_app_imported done;
    code = cli_import(cli, path, &done);
    /* Rejects and duplicates are on the workbench's first line: nothing is lost by going on. */
    if (code == CLI_EXIT_OK || code == CLI_EXIT_REJECTS)
        code = workbench(cli, path);
    free(path);
    return code;
}
