/* Marks, tags and comments on the event under the cursor. */
#include "ui/app/command.h"
#include "ui/model/marks.h"
#include "ui/model/place.h"
#include "ui/model/write.h"
#include "ui/widget/menu.h"

void ui_do_mark(struct ui *ui, const char *arg)
{
    (void)arg;
    uint32_t row;
    if (!ui_row(ui, &row))
        return;
    const struct ui_mark *mark = ui_mark_of(ui, row);
    bool marked = mark == NULL || !mark->marked;
    if (ui_mark_set(ui, row, marked, NULL, NULL))
        ui_say(ui, UI_R_GOOD, marked ? "marked; N shows everything marked" : "not marked any more");
}

static void tagged(struct ui *ui, struct th_str text, int64_t row)
{
    struct th_buf tag = TH_BUF_INIT;
    while (text.n > 0 && (text.p[0] == '#' || text.p[0] == ' '))
        text = th_str_sub(text, 1, text.n);
    th_buf_add_str(&tag, text);
    const struct ui_mark *mark = ui_mark_of(ui, (uint32_t)row);
    ui_mark_set(ui, (uint32_t)row, mark != NULL && mark->marked, th_buf_cstr(&tag), NULL);
    th_buf_fini(&tag);
}

static void commented(struct ui *ui, struct th_str text, int64_t row)
{
    struct th_buf comment = TH_BUF_INIT;
    th_buf_add_str(&comment, text);
    const struct ui_mark *mark = ui_mark_of(ui, (uint32_t)row);
    ui_mark_set(ui, (uint32_t)row, mark != NULL && mark->marked, NULL, th_buf_cstr(&comment));
    th_buf_fini(&comment);
}

void ui_do_tag(struct ui *ui, const char *arg)
{
    uint32_t row;
    if (!ui_row(ui, &row) || !ui_may_write(ui))
        return;
    const struct ui_mark *mark = ui_mark_of(ui, row);
    if (arg[0] != '\0')
        tagged(ui, th_str_of(arg), row);
    else
        ui_prompt_open(ui, "Tag", th_str_of(mark != NULL && mark->tag != NULL ? mark->tag : ""),
                       tagged, row);
}

void ui_do_comment(struct ui *ui, const char *arg)
{
    uint32_t row;
    if (!ui_row(ui, &row) || !ui_may_write(ui))
        return;
    const struct ui_mark *mark = ui_mark_of(ui, row);
    if (arg[0] != '\0')
        commented(ui, th_str_of(arg), row);
    else
        ui_prompt_open(ui, "Comment",
                       th_str_of(mark != NULL && mark->comment != NULL ? mark->comment : ""),
                       commented, row);
}

void ui_do_next_mark(struct ui *ui, const char *arg)
{
    (void)arg;
    size_t n = ui_result(ui)->have ? ui_result(ui)->s.count : 0;
    for (size_t i = 1; i <= n; i++) {
        size_t at = (ui_cursor(ui)->at + i) % n;
        if (ui_mark_of(ui, ui_result(ui)->s.order[at]) != NULL) {
            ui_cursor(ui)->at = at;
            return;
        }
    }
    ui_say(ui, UI_R_DIM, "nothing is marked here: m marks the event under the cursor");
}
