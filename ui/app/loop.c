/* The workbench from start to end. Without a terminal a script runs on an unseen screen: what it
 * saves with `screenshot` is what a terminal of that size would have shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ui/app/context.h"
#include "ui/app/turn.h"
#include "ui/model/session.h"

static void headless(struct ui_term_config *config)
{
    config->in = fopen("/dev/null", "r");
    config->out = fopen("/dev/null", "w");
    config->type = "xterm-256color";
    config->quiet = true;
    setenv("LINES", "24", 0);
    setenv("COLUMNS", "80", 0);
}

static enum th_code run(struct ui *ui, bool seen, struct th_err *err)
{
    enum th_code rc = TH_OK;
    if (ui->options.script != NULL)
        rc = ui_script_open(ui, ui->options.script, err);
    while (rc == TH_OK && !ui->quit) {
        bool more = false;
        rc = ui_script_step(ui, &more, err);
        if (!more && !seen)
            break;
        if (rc == TH_OK)
            ui_turn(ui, more ? 0 : -1);
    }
    if (!ui->options.fresh)
        ui_state_save(ui);
    if (rc == TH_OK && ui_term_stopped(ui->term) != 0)
        rc = th_err_set(err, TH_E_CANCELLED, "ended by a signal: %s",
                        strsignal(ui_term_stopped(ui->term)));
    return rc;
}

enum th_code ui_can_run(struct th_err *err)
{
    return ui_term_can(NULL, err);
}

enum th_code ui_run(th_app *app, const struct ui_options *options, struct th_err *err)
{
    struct ui_term_config config = {
        .theme = options->theme, .ascii = options->ascii, .mouse = options->mouse};
    if (options->color != NULL && strcmp(options->color, "never") == 0)
        config.theme = UI_THEME_MONO;
    bool seen = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (!seen && options->script == NULL)
        return th_err_set(
            err, TH_E_USAGE,
            "the workbench needs a terminal; query, facets, histogram, findings and export do not");
    if (!seen)
        headless(&config);
    struct ui *ui = th_xcalloc(1, sizeof *ui);
    enum th_code rc = ui_open(ui, app, options, &config, err);
    if (rc == TH_OK) {
        rc = run(ui, seen, err);
        struct th_err lost;
        th_err_clear(&lost);
        enum th_code shut = ui_shut(ui, &lost);
        if (rc == TH_OK && shut != TH_OK)
            rc = th_err_set(err, shut, "%s", lost.msg);
    }
    free(ui);
    if (config.in != NULL)
        fclose(config.in);
    if (config.out != NULL)
        fclose(config.out);
    return rc;
}
