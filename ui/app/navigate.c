/* Commands that move about, change the view or its panes, and the few that concern the terminal. */
#include <string.h>

#include "base/mem.h"
#include "ui/app/command.h"
#include "ui/model/place.h"
#include "ui/widget/menu.h"
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

static void use_theme(struct ui *ui, const char *name)
{
    int theme = ui_theme_parse(name);
    if (theme < 0) {
        ui_say(ui, UI_R_WARNING, "no theme %s: auto, dark, light or mono", name);
        return;
    }
    ui_term_set_theme(ui->term, (enum ui_theme)theme);
    ui->canvas.theme = ui_term_theme(ui->term);
    ui->canvas.colours = ui_term_colours(ui->term);
    ui_say(ui, UI_R_TEXT, "theme: %s", ui_theme_name(ui->canvas.theme));
}

void ui_do_theme(struct ui *ui, const char *arg)
{
    static const char *const words[] = {"as the terminal says", "on a dark background",
                                        "on a light background", "without colours"};
    if (arg[0] != '\0') {
        use_theme(ui, arg);
        return;
    }
    ui_menu_open(ui, "theme", false);
    for (int i = UI_THEME_AUTO; i <= UI_THEME_MONO; i++) {
        const char *name = ui_theme_name((enum ui_theme)i);
        ui_menu_add(ui, name[0], name, words[i], use_theme, name);
    }
}
