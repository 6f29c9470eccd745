/* The life of a workbench: everything is opened here, and shut in the order in which it needs each
 * other. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/app/tables.h"
#include "ui/app/turn.h"
#include "ui/model/coverage.h"
#include "ui/model/fields.h"
#include "ui/model/findings.h"
#include "ui/model/marks.h"
#include "ui/model/place.h"
#include "ui/model/session.h"
#include "ui/view/events/events.h"
#include "ui/widget/menu.h"
#include "ui/work/live_update.h"
#include "ui/work/typeahead.h"

enum th_code ui_open(struct ui *ui, th_app *app, const struct ui_options *options,
                     const struct ui_term_config *config, struct th_err *err)
{
    memset(ui, 0, sizeof *ui);
    ui_tables_give(ui);
    ui->app = app;
    ui->options = *options;
    ui->local = options->local_time;
    enum th_code rc = ui_term_open(config, &ui->term, err);
    if (rc != TH_OK)
        return rc;
    ui->canvas.theme = ui_term_theme(ui->term);
    ui->canvas.colours = ui_term_colours(ui->term);
    ui->canvas.ascii = ui_term_ascii(ui->term);
    ui->jobs = ui_jobs_new(app);
    ui_places_init(ui);
    ui_fields_init(ui);
    ui_coverage_init(ui);
    ui_ahead_init(ui);
    ui_menu_init(ui);
    for (int i = 0; i < UI_VIEWS; i++) {
        const struct ui_view_ops *view = ui->views[i];
        ui->state[i] = view->state_size > 0 ? th_xcalloc(1, view->state_size) : NULL;
        if (view->init != NULL)
            view->init(ui);
    }
    ui_typing_init(ui);
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
    if (ui_follow_works(ui)) {
        ui_say(ui, UI_R_TEXT, "leaving, as soon as everything is written to the case");
        ui_draw(ui);
    }
    /* Asked last, it is written last. */
    enum th_code rc = ui_follow_shut(ui, err);
    ui_jobs_free(ui->jobs);
    ui_term_close(ui->term);
    ui_script_close(ui);
    ui_ahead_fini(ui);
    ui_menu_fini(ui);
    ui_prompt_fini(ui);
    ui_typing_fini(ui);
    for (int i = 0; i < UI_VIEWS; i++) {
        if (ui->views[i]->fini != NULL)
            ui->views[i]->fini(ui);
        free(ui->state[i]);
    }
    ui_findings_fini(ui);
    ui_coverage_fini(ui);
    ui_marks_fini(ui);
    ui_fields_fini(ui);
    ui_places_fini(ui);
    ui_messages_fini(&ui->messages);
    th_buf_fini(&ui->search);
    return rc;
}
