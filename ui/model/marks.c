/* What the analyst noted on events: marks, tags, comments. A copy in memory, sorted by row; the
 * copy changes at once, the case a moment later. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/app/command.h"

static char *dup(const char *text)
{
    return text == NULL ? NULL : th_xstrdup(text);
}

static int by_row(const void *a, const void *b)
{
    const struct ui_mark *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

void ui_marks_fini(struct ui *ui)
{
    struct ui_mark_list list = {ui->marks, ui->marks_n, ui->marks_cap};
    ui_marks_free(&list);
    ui->marks = NULL;
    ui->marks_n = ui->marks_cap = 0;
}

void ui_marks_put(struct ui *ui, struct ui_mark_list *list)
{
    ui_marks_fini(ui);
    ui->marks = list->v;
    ui->marks_n = list->n;
    ui->marks_cap = list->cap;
    *list = (struct ui_mark_list){NULL, 0, 0};
    ui_changed(ui, UI_CHANGED_MARKS);
}

const struct ui_mark *ui_marks(const struct ui *ui, size_t *n)
{
    *n = ui->marks_n;
    return ui->marks;
}

void ui_marks_bits(struct ui *ui, struct th_bits *out)
{
    th_bits_init(out, ui->marks_n == 0 ? 0 : (size_t)ui->marks[ui->marks_n - 1].row + 1);
    for (size_t i = 0; i < ui->marks_n; i++)
        th_bits_put(out, ui->marks[i].row);
}

void ui_marks_load(struct ui *ui)
{
    struct th_err err;
    struct ui_mark_list list;
    th_err_clear(&err);
    if (ui_marks_read(th_app_case(ui->app), &list, &err) != TH_OK)
        ui_report_err(ui, UI_OWNER_CASE, &err);
    ui_marks_put(ui, &list);
}

const struct ui_mark *ui_mark_of(const struct ui *ui, uint32_t row)
{
    const struct ui_mark key = {.row = row};
    return ui->marks_n == 0 ? NULL
                            : bsearch(&key, ui->marks, ui->marks_n, sizeof *ui->marks, by_row);
}

/* Put a mark among the others, in the place of the one on its event; without anything to say it
 * only goes. */
static void put(struct ui *ui, const struct ui_write *w)
{
    size_t at = 0;
    while (at < ui->marks_n && ui->marks[at].row < w->row)
        at++;
    struct ui_mark mark = {w->row, w->marked, dup(w->text), dup(w->more), w->at_ms};
    bool there = at < ui->marks_n && ui->marks[at].row == w->row;
    bool says = w->marked || w->text != NULL || w->more != NULL;
    if (there) {
        free(ui->marks[at].tag);
        free(ui->marks[at].comment);
    }
    if (there && says) {
        ui->marks[at] = mark;
    } else if (there) {
        memmove(ui->marks + at, ui->marks + at + 1, (ui->marks_n - at - 1) * sizeof *ui->marks);
        ui->marks_n--;
    } else if (says) {
        TH_GROW(ui->marks, ui->marks_n, ui->marks_cap);
        memmove(ui->marks + at + 1, ui->marks + at, (ui->marks_n - at) * sizeof *ui->marks);
        ui->marks[at] = mark;
        ui->marks_n++;
    }
}

bool ui_mark_set(struct ui *ui, uint32_t row, bool marked, const char *tag, const char *comment)
{
    const struct ui_mark *old = ui_mark_of(ui, row);
    if (tag == NULL && old != NULL)
        tag = old->tag;
    if (comment == NULL && old != NULL)
        comment = old->comment;
    const struct ui_write write = {
        .kind = UI_WRITE_MARK,
        .row = row,
        .marked = marked,
        .text = tag != NULL && tag[0] != '\0' ? tag : NULL,
        .more = comment != NULL && comment[0] != '\0' ? comment : NULL,
        .at_ms = th_time_now(),
    };
    if (!ui_write(ui, &write))
        return false;
    put(ui, &write);
    ui_changed(ui, UI_CHANGED_MARKS);
    return true;
}
