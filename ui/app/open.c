/* The life of a workbench: everything is opened here, and shut in the order in which it needs each
 * other. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/app/tables.h"

static bool remember_history(void *ctx, const char *name, const char *filter)
{
    struct ui *ui = ctx;
    (void)name;
    ui->filter.history =
        th_xreallocarray(ui->filter.history, ui->filter.history_n + 1, sizeof *ui->filter.history);
    ui->filter.history[ui->filter.history_n++] = th_xstrdup(filter);
    return true;
}

enum th_code ui_open(struct ui *ui, th_app *app, const struct ui_options *options,
                     const struct ui_term_config *config, struct th_err *err)
{
    memset(ui, 0, sizeof *ui);
    ui_tables_give(ui);
    ui->app = app;
    ui->options = *options;
    ui->local = options->local_time;
    ui->here.from_ms = ui->here.to_ms = TH_TIME_NONE;
    ui->here.sort = TH_F_TIMESTAMP;
    enum th_code rc = ui_term_open(config, &ui->term, err);
    if (rc != TH_OK)
        return rc;
    ui->canvas.theme = ui_term_theme(ui->term);
    ui->canvas.colours = ui_term_colours(ui->term);
    ui->canvas.ascii = ui_term_ascii(ui->term);
    ui->jobs = ui_jobs_new(app);
    for (int i = 0; i < UI_VIEWS; i++) {
        const struct ui_view_ops *view = ui->views[i];
        ui->state[i] = view->state_size > 0 ? th_xcalloc(1, view->state_size) : NULL;
        if (view->init != NULL)
            view->init(ui);
    }
    ui_input_init(&ui->filter);
    ui_facets_default(ui);
    struct th_err trouble;
    th_err_clear(&trouble);
    if (th_notes_history(th_app_case(app), remember_history, ui, &trouble) != TH_OK)
        ui_report_err(ui, UI_OWNER_CASE, &trouble);
    ui_findings_load(ui);
    ui_marks_load(ui);
    ui_follow_open(ui);
    if (!options->fresh)
        ui_state_restore(ui);
    ui_layout(ui);
    ui_ask(ui);
    ui_ask_now(ui);
    ui_coverage_ask(ui);
    ui->dirty = true;
    return TH_OK;
}

enum th_code ui_shut(struct ui *ui, struct th_err *err)
{
    /* Another program may hold the case for a while. */
    if (ui_live_busy(ui->live) || ui_scribe_given(ui->scribe) != ui_scribe_done(ui->scribe)) {
        ui_say(ui, UI_R_TEXT, "leaving, as soon as everything is written to the case");
        ui_draw(ui);
    }
    /* Asked last, it is written last. */
    enum th_code rc = ui_follow_shut(ui, err);
    ui_jobs_free(ui->jobs);
    ui_term_close(ui->term);
    ui_script_close(ui);
    ui_ahead_fini(ui);
    ui_menu_close(ui);
    ui_prompt_close(ui);
    ui_complete_close(ui);
    free(ui->complete.dismissed);
    for (int i = 0; i < UI_VIEWS; i++) {
        if (ui->views[i]->fini != NULL)
            ui->views[i]->fini(ui);
        free(ui->state[i]);
    }
    ui_findings_fini(ui);
    ui_coverage_fini(ui);
    ui_marks_fini(ui);
    ui_detail_fini(&ui->detail);
    ui_screen_fini(&ui->result);
    ui_screen_fini(&ui->preview);
    ui_place_fini(&ui->here);
    for (size_t i = 0; i < ui->back_n; i++)
        ui_place_fini(&ui->back[i]);
    free(ui->back);
    for (size_t i = 0; i < ui->facet_names_n; i++)
        free(ui->facet_names[i]);
    for (size_t i = 0; i < ui->extra_columns_n; i++)
        free(ui->extra_columns[i]);
    ui_input_fini(&ui->filter);
    ui_messages_fini(&ui->messages);
    th_buf_fini(&ui->search);
    free(ui->script_dir);
    return rc;
}
