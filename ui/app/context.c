/* What everybody may do with the workbench: ask for the view in front, say something, show another
 * view. Knows no view by name but the events, and nothing that is done elsewhere. */
#include "ui/app/context.h"

#include <stdarg.h>
#include <stdio.h>

const struct ui_view_ops *ui_ops(const struct ui *ui)
{
    return ui->views[ui->view];
}

void *ui_state(const struct ui *ui, enum ui_view view)
{
    return ui->state[view];
}

/* ---- messages ---- */

static void put(struct ui *ui, enum ui_owner owner, enum ui_role role, const char *fmt,
                va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, fmt, args);
    ui_messages_put(&ui->messages, owner, role, text);
    ui->dirty = true;
}

void ui_say(struct ui *ui, enum ui_role role, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put(ui, UI_OWNER_COMMAND, role, fmt, args);
    va_end(args);
}

void ui_report(struct ui *ui, enum ui_owner owner, enum ui_role role, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put(ui, owner, role, fmt, args);
    va_end(args);
}

void ui_report_err(struct ui *ui, enum ui_owner owner, const struct th_err *err)
{
    ui_report(ui, owner, UI_R_ERROR, "%s",
              err->msg[0] != '\0' ? err->msg : th_code_words(err->code));
}

void ui_say_err(struct ui *ui, const struct th_err *err)
{
    ui_report_err(ui, UI_OWNER_COMMAND, err);
}

const struct ui_message *ui_message(const struct ui *ui)
{
    return ui_messages_shown(&ui->messages, ui_filter_typing(ui));
}

bool ui_filter_typing(const struct ui *ui)
{
    return ui->mode == UI_MODE_FILTER;
}

/* ---- views ---- */

static void change_view(struct ui *ui, enum ui_view view)
{
    ui->view = view;
    ui->dirty = true;
    const struct ui_view_ops *ops = ui_ops(ui);
    if (ops->enter != NULL)
        ops->enter(ui);
    if (ops->lines != NULL) {
        th_buf_reset(&ops->lines(ui)->narrow);
        ops->pick(ui);
    }
}

void ui_show(struct ui *ui, enum ui_view view)
{
    if (view == ui->view)
        return;
    ui->from[view] = ui->view;
    change_view(ui, view);
}

void ui_leave(struct ui *ui)
{
    bool over = ui_view_info(ui->view)->kind == UI_KIND_OVER;
    change_view(ui, over ? ui->from[ui->view] : UI_EVENTS);
}

void ui_changed(struct ui *ui, unsigned what)
{
    ui->dirty = true;
    for (int i = 0; i < UI_VIEWS; i++)
        if (ui->views[i]->changed != NULL)
            ui->views[i]->changed(ui, what);
}
