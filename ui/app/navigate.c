/* Commands that move about, change the view or its panes, and the few that concern the terminal. */
#include <string.h>

#include "base/mem.h"
#include "ui/app/command.h"
#include "ui/model/place.h"
#include "ui/work/live_update.h"

static void move(struct ui *ui, enum ui_move how)
{
    ui_ops(ui)->move(ui, how);
}

void ui_do_up(struct ui *ui, const char *arg)
{
    (void)arg;
    move(ui, UI_UP);
}

void ui_do_down(struct ui *ui, const char *arg)
{
    (void)arg;
    move(ui, UI_DOWN);
}

void ui_do_page_up(struct ui *ui, const char *arg)
{
    (void)arg;
    move(ui, UI_PAGE_UP);
}

void ui_do_page_down(struct ui *ui, const char *arg)
{
    (void)arg;
    move(ui, UI_PAGE_DOWN);
}

void ui_do_home(struct ui *ui, const char *arg)
{
    (void)arg;
    move(ui, UI_FIRST);
}

void ui_do_end(struct ui *ui, const char *arg)
{
    (void)arg;
    move(ui, UI_LAST);
}

static void side(struct ui *ui, int step)
{
    if (ui_ops(ui)->side != NULL)
        ui_ops(ui)->side(ui, step);
}

void ui_do_left(struct ui *ui, const char *arg)
{
    (void)arg;
    side(ui, -1);
}

void ui_do_right(struct ui *ui, const char *arg)
{
    (void)arg;
    side(ui, 1);
}

/* ---- views ---- */

void ui_do_events(struct ui *ui, const char *arg)
{
    (void)arg;
    ui_show(ui, UI_EVENTS);
}

void ui_do_close(struct ui *ui, const char *arg)
{
    (void)arg;
    if ((ui_result_awaited(ui) && !ui_result_refreshes(ui)) || ui_result_due(ui)) {
        ui_stop(ui);
        return;
    }
    if (ui->view != UI_EVENTS)
        ui_leave(ui);
    else if (ui->pane != UI_PANE_TABLE)
        ui->pane = UI_PANE_TABLE;
    else if (!ui_follow_stop(ui))
        ui_say(ui, UI_R_DIM, ui_when_back(ui) ? "Backspace goes back, q leaves" : "q leaves");
}

void ui_do_quit(struct ui *ui, const char *arg)
{
    (void)arg;
    if (ui->view == UI_EVENTS)
        ui_follow_quit(ui);
    else
        ui_leave(ui);
}

/* ---- the terminal ---- */

void ui_do_mouse(struct ui *ui, const char *arg)
{
    (void)arg;
    bool on = !ui_term_mouse_on(ui->term);
    ui_term_mouse(ui->term, on);
    ui_say(ui, UI_R_TEXT,
           on ? "mouse on: the terminal's own selection needs Shift now" : "mouse off");
}

void ui_do_redraw(struct ui *ui, const char *arg)
{
    (void)arg;
    ui_term_redraw(ui->term);
}

void ui_do_suspend(struct ui *ui, const char *arg)
{
    (void)arg;
    ui_term_suspend(ui->term);
}
