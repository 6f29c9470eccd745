/* trailhound [PATH…|CASE] and trailhound ui: into the workbench. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
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

/* Somebody who watches, and can be shown what goes on while it does. */
static bool is_seen(const struct cli *cli)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !cli->options->given[OPT_SCRIPT];
}

/* Open the case; while another process has it for itself, say so and wait. */
static enum th_code open_patiently(struct cli *cli, const char *path, enum th_case_mode mode,
                                   th_app **app, struct th_err *err)
{
    bool said = false;
    for (;;) {
        th_err_clear(err);
        enum th_code rc = th_app_open(path, mode, app, err);
        if (rc != TH_E_BUSY || th_cancelled(cli->cancel))
            return rc == TH_E_BUSY ? TH_E_CANCELLED : rc;
        if (!said)
            cli_note("%s is being imported by another process; the workbench opens when that lets "
                     "it be read (Ctrl-C gives up)",
                     path);
        said = true;
    }
}

/* After the screen is given back: what became of the import that ran beside it. */
static int tell_import(struct cli *cli, const char *path, const struct ui_result *result, int code)
{
    const struct th_app_imported *done = &result->done;
    if (!result->imported)
        return code;
    if (result->rc == TH_E_CANCELLED) {
        cli_note("stopped: %llu event%s of %llu file%s are in %s; the same command goes on",
                 (unsigned long long)done->events, done->events == 1 ? "" : "s",
                 (unsigned long long)done->files, done->files == 1 ? "" : "s", path);
        return code == CLI_EXIT_OK ? CLI_EXIT_INTERRUPTED : code;
    }
    if (result->rc != TH_OK)
        return cli_fail(result->rc, &result->err);
    if (!cli->options->given[OPT_QUIET])
        cli_import_summary(path, done);
    return code == CLI_EXIT_OK && done->rejects > 0 ? CLI_EXIT_REJECTS : code;
}

static enum ui_theme theme_of(const struct cli_options *o)
{
    return o->given[OPT_THEME] ? (enum ui_theme)ui_theme_parse(o->value[OPT_THEME]) : UI_THEME_AUTO;
}

/* The workbench on a terminal, at once: import and rules run beside it. importer NULL: none. */
static int workbench_seen(struct cli *cli, const char *path, th_app_importer *importer)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    th_app *app = NULL;
    struct ui_result result = {.imported = false};
    enum th_code rc =
        open_patiently(cli, path, importer == NULL ? TH_CASE_WRITE : TH_CASE_CREATE, &app, &err);
    if (rc == TH_OK && importer != NULL && th_case_readonly(th_app_case(app)))
        rc = th_err_set(&err, TH_E_READONLY, "case %s can't be written", path);
    if (rc != TH_OK)
        return cli_close(app, cli_fail(rc, &err));
    const struct ui_options options = {
        .ascii = o->given[OPT_ASCII],
        .color = o->value[OPT_COLOR],
        .theme = theme_of(o),
        .importer = importer,
        .run_rules = true,
        .rules = o->rules,
        .rules_n = o->rules_n,
        .result = &result,
    };
    th_err_clear(&err);
    rc = ui_run(app, &options, &err);
    int code = cli_leave(app, rc == TH_OK ? CLI_EXIT_OK : cli_fail(rc, &err));
    return tell_import(cli, path, &result, code);
}

/* Without anybody watching everything is done before the first screen. */
static int workbench_unseen(struct cli *cli, const char *path)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    th_app *app = NULL;
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
    else if (detected.missing.code != TH_OK)
        cli_note("%s", detected.missing.msg);
    const struct ui_options options = {
        .script = o->value[OPT_SCRIPT],
        .ascii = o->given[OPT_ASCII],
        .color = o->value[OPT_COLOR],
        .theme = theme_of(o),
    };
    th_err_clear(&err);
    rc = ui_run(app, &options, &err);
    return cli_leave(app, rc == TH_OK ? CLI_EXIT_OK : cli_fail(rc, &err));
}

static int workbench(struct cli *cli, const char *path)
{
    if (is_seen(cli))
        return workbench_seen(cli, path, NULL);
    if (cli->options->given[OPT_SCRIPT])
        return workbench_unseen(cli, path);
    cli_note("the workbench needs a terminal; without one use query, facets, histogram, findings, "
             "export (trailhound help)");
    return CLI_EXIT_FAILED;
}

/* The terminal can't be evidence and keyboard at the same time. */
static bool reads_stdin(const struct cli_target *target)
{
    for (size_t i = 0; i < target->paths_n; i++)
        if (strcmp(target->paths[i], "-") == 0)
            return true;
    return false;
}

static int import_seen(struct cli *cli, const struct cli_target *target)
{
    struct th_err err = {0};
    th_app_importer *importer = NULL;
    struct th_app_import what;
    int code = cli_import_what(cli, target, &what);
    if (code != CLI_EXIT_OK)
        return code;
    enum th_code rc = ui_can_run(&err);
    if (rc == TH_OK)
        rc = th_app_import_prepare(&what, &importer, &err);
    code = rc == TH_OK ? workbench_seen(cli, target->case_path, importer) : cli_fail(rc, &err);
    th_app_importer_free(importer);
    return code;
}

/* The command that does the same without the workbench. */
static void say_instead(const struct cli *cli, const char *why)
{
    const struct cli_options *o = cli->options;
    struct th_buf words = TH_BUF_INIT;
    if (o->given[OPT_CASE])
        th_buf_printf(&words, " -c %s", o->value[OPT_CASE]);
    for (size_t i = 0; i < o->args_n; i++)
        th_buf_printf(&words, " %s", o->args[i]);
    cli_note("%s, so nothing was imported; without the workbench: trailhound import%s", why,
             th_buf_cstr(&words));
    th_buf_fini(&words);
}

/* Nothing is begun that can't be shown. */
static int import_and_open(struct cli *cli, const struct cli_target *target)
{
    const char *why = !is_seen(cli)         ? "the workbench needs a terminal"
                      : reads_stdin(target) ? "the workbench reads its keys from standard input"
                                            : NULL;
    if (why == NULL)
        return import_seen(cli, target);
    say_instead(cli, why);
    return CLI_EXIT_FAILED;
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

/* A word that is neither a file nor a folder was perhaps meant as a command. */
static bool misspelt_command(struct cli *cli, int *code)
{
    const char *word = cli->options->args[0];
    if (word[0] == '\0' || strcmp(word, "-") == 0 || strpbrk(word, "./") != NULL ||
        access(word, F_OK) == 0)
        return false;
    const char *near = cli_command_near(word);
    *code =
        near == NULL
            ? cli_fail_usage(cli, "no command, file or folder '%s'", word)
            : cli_fail_usage(cli, "no command, file or folder '%s'; did you mean trailhound %s?",
                             word, near);
    return true;
}

int cli_cmd_open(struct cli *cli)
{
    const struct cli_options *o = cli->options;
    struct th_err err = {0};
    struct cli_target target = {0};
    int code = CLI_EXIT_OK;
    enum th_code rc = TH_OK;
    if (o->args_n > 0 && misspelt_command(cli, &code))
        return code;
    if (o->args_n == 0)
        rc = cli_case_existing(o, &target.case_path, &err);
    else
        rc = cli_target_of(o, &target, &err);
    if (rc != TH_OK)
        return cli_fail(rc, &err);
    code = target.paths_n == 0 ? workbench(cli, target.case_path) : import_and_open(cli, &target);
    cli_target_fini(&target);
    return code;
}
