/* One turn of the workbench: wait for a key, an answer of the worker or a signal, handle all that
 * waits, draw once. Nothing in here or below it waits for anything but that one poll. */
#include "ui/app/turn.h"
#include "ui/app/context.h"
#include "ui/model/place.h"
#include "ui/view/events/events.h"
#include "ui/work/live_update.h"
#include "ui/work/typeahead.h"

static void take_keys(struct ui *ui)
{
    struct ui_key key;
    while (!ui->quit && ui_term_key(ui->term, &key))
        ui_key(ui, &key);
}

static int wait_ms(struct ui *ui, int timeout_ms)
{
    timeout_ms = ui_follow_wait_ms(ui, timeout_ms);
    /* While something takes long, the screen says so and how long. */
    if (!ui_jobs_busy(ui->jobs, UI_JOB_KINDS))
        return timeout_ms;
    return timeout_ms < 0 || timeout_ms > 100 ? 100 : timeout_ms;
}

void ui_turn(struct ui *ui, int timeout_ms)
{
    ui_filter_settle(ui);
    if (ui->dirty)
        ui_draw(ui);
    ui_term_wait(ui->term, ui_jobs_fd(ui->jobs), wait_ms(ui, timeout_ms));
    take_keys(ui);
    ui_filter_settle(ui);
    ui_take_answers(ui);
    ui_follow_turn(ui);
    ui_ahead_turn(ui, ui_key);
    if (!ui_result_refreshes(ui) && ui_jobs_since(ui->jobs) != 0 &&
        th_time_mono() - ui_jobs_since(ui->jobs) >= 100)
        ui->dirty = true;
    if (ui_term_stopped(ui->term) != 0)
        ui->quit = true;
    if (!ui->quit && ui_term_jobs(ui->term))
        ui->dirty = true;
    if (ui_result_due(ui))
        ui_ask_now(ui);
    if (ui->dirty && !ui->quit)
        ui_draw(ui);
    if (ui_result_due(ui))
        ui_ask_now(ui);
}

bool ui_is_settled(struct ui *ui)
{
    return ui->quit || !(ui->dirty || ui_result_due(ui) || ui_jobs_busy(ui->jobs, UI_JOB_KINDS) ||
                         ui_follow_busy(ui));
}

void ui_settle(struct ui *ui)
{
    do {
        ui_turn(ui, 0);
    } while (!ui_is_settled(ui));
}
