/* Two commands that each view answers in its own way: searching in a text, narrowing a list. */
#include "base/text.h"
#include "ui/app/command.h"
#include "ui/widget/menu.h"

static void search_step(struct ui *ui, int step)
{
    if (ui->search.n > 0 && ui_ops(ui)->search != NULL && !ui_ops(ui)->search(ui, step))
        ui_say(ui, UI_R_WARNING, "%.*s is not in here", TH_STR_ARGS(th_buf_str(&ui->search)));
}

static void searched(struct ui *ui, struct th_str text, int64_t arg)
{
    (void)arg;
    th_buf_reset(&ui->search);
    th_text_lower(&ui->search, text);
    search_step(ui, 1);
}

bool ui_when_searched(const struct ui *ui)
{
    return ui->search.n > 0;
}

void ui_do_search(struct ui *ui, const char *arg)
{
    if (arg[0] != '\0')
        searched(ui, th_str_of(arg), 0);
    else
        ui_prompt_open(ui, "Search", TH_STR(""), searched, 0);
}

void ui_do_search_next(struct ui *ui, const char *arg)
{
    (void)arg;
    search_step(ui, 1);
}

void ui_do_search_previous(struct ui *ui, const char *arg)
{
    (void)arg;
    search_step(ui, -1);
}

/* ---- lists ---- */

bool ui_when_line(const struct ui *ui)
{
    return ui_ops(ui)->count(ui).n > 0;
}

static void narrowed(struct ui *ui, struct th_str text, int64_t arg)
{
    (void)arg;
    if (ui_ops(ui)->lines == NULL)
        return;
    struct ui_lines *lines = ui_ops(ui)->lines(ui);
    th_buf_reset(&lines->narrow);
    th_text_lower(&lines->narrow, text);
    ui_ops(ui)->pick(ui);
}

void ui_do_narrow(struct ui *ui, const char *arg)
{
    if (arg[0] != '\0' || ui_ops(ui)->lines == NULL) {
        narrowed(ui, th_str_of(arg), 0);
        return;
    }
    const struct th_buf *narrow = &ui_ops(ui)->lines(ui)->narrow;
    ui_prompt_open(ui, "Lines that hold", narrow->n > 0 ? th_buf_str(narrow) : TH_STR(""), narrowed,
                   0);
}
