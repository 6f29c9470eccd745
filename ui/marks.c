/* What the analyst noted on events: marks, tags, comments. A copy in memory, sorted by row; the
 * case is written first, the copy after. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/cmd.h"

void ui_marks_fini(struct ui *ui)
{
    for (size_t i = 0; i < ui->marks_n; i++) {
        free(ui->marks[i].tag);
        free(ui->marks[i].comment);
    }
    free(ui->marks);
    ui->marks = NULL;
    ui->marks_n = ui->marks_cap = 0;
}

static bool take(void *ctx, const struct th_mark *mark)
{
    struct ui *ui = ctx;
    TH_GROW(ui->marks, ui->marks_n, ui->marks_cap);
    ui->marks[ui->marks_n++] = (struct ui_mark){
        .row = (uint32_t)mark->row,
        .marked = mark->marked,
        .tag = mark->tag == NULL ? NULL : th_xstrdup(mark->tag),
        .comment = mark->comment == NULL ? NULL : th_xstrdup(mark->comment),
        .at_ms = mark->at_ms,
    };
    return true;
}

static int by_row(const void *a, const void *b)
{
    const struct ui_mark *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

void ui_marks_load(struct ui *ui)
{
    struct th_err err;
    th_err_clear(&err);
    ui_marks_fini(ui);
    if (th_notes_marks(th_app_case(ui->app), take, ui, &err) != TH_OK)
        ui_say_err(ui, &err);
    if (ui->marks_n > 0)
        qsort(ui->marks, ui->marks_n, sizeof *ui->marks, by_row);
    ui_marks_shape(ui);
    if (ui->view == UI_NOTES)
        ui_pick(ui);
}

const struct ui_mark *ui_mark_of(const struct ui *ui, uint32_t row)
{
    const struct ui_mark key = {.row = row};
    return ui->marks_n == 0 ? NULL
                            : bsearch(&key, ui->marks, ui->marks_n, sizeof *ui->marks, by_row);
}

void ui_mark_set(struct ui *ui, uint32_t row, bool marked, const char *tag, const char *comment)
{
    struct th_err err;
    th_err_clear(&err);
    const struct ui_mark *old = ui_mark_of(ui, row);
    if (tag == NULL && old != NULL)
        tag = old->tag;
    if (comment == NULL && old != NULL)
        comment = old->comment;
    const struct th_mark mark = {
        .row = row,
        .marked = marked,
        .tag = tag != NULL && tag[0] != '\0' ? tag : NULL,
        .comment = comment != NULL && comment[0] != '\0' ? comment : NULL,
        .at_ms = th_time_now(),
    };
    if (th_notes_mark(th_app_case(ui->app), &mark, &err) != TH_OK) {
        ui_say_err(ui, &err);
        return;
    }
    ui_marks_load(ui);
    ui->detail.have = false;
    ui->dirty = true;
}

/* ---- commands ---- */

void ui_do_mark(struct ui *ui, const char *arg)
{
    (void)arg;
    uint32_t row;
    if (!ui_row(ui, &row))
        return;
    const struct ui_mark *mark = ui_mark_of(ui, row);
    bool marked = mark == NULL || !mark->marked;
    ui_mark_set(ui, row, marked, NULL, NULL);
    if (ui->message.n == 0)
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
    if (!ui_row(ui, &row))
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
    if (!ui_row(ui, &row))
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
    size_t n = ui->result.have ? ui->result.s.count : 0;
    for (size_t i = 1; i <= n; i++) {
        size_t at = (ui->events.at + i) % n;
        if (ui_mark_of(ui, ui->result.s.order[at]) != NULL) {
            ui->events.at = at;
            return;
        }
    }
    ui_say(ui, UI_R_DIM, "nothing is marked here: m marks the event under the cursor");
}

void ui_do_unmark(struct ui *ui, const char *arg)
{
    (void)arg;
    const struct ui_mark *mark = ui_mark_at(ui);
    if (mark != NULL)
        ui_mark_set(ui, mark->row, false, "", "");
}

void ui_do_its_mark(struct ui *ui, const char *arg)
{
    (void)arg;
    const struct ui_mark *mark = ui_mark_at(ui);
    if (mark != NULL)
        ui_go_to_row(ui, mark->row);
}
