/* What the analyst noted on events: marks, tags, comments. A copy in memory, sorted by row; the
 * copy changes at once, the case a moment later. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/model/internal.h"
#include "ui/model/marks.h"
#include "ui/model/write.h"

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
    if (ui->noted != NULL)
        ui_marks_free(&ui->noted->list);
    free(ui->noted);
    ui->noted = NULL;
}

void ui_marks_put(struct ui *ui, struct ui_mark_list *list)
{
    ui_marks_free(&ui->noted->list);
    ui->noted->list = *list;
    *list = (struct ui_mark_list){NULL, 0, 0};
    ui_changed(ui, UI_CHANGED_MARKS);
}

const struct ui_mark *ui_marks(const struct ui *ui, size_t *n)
{
    *n = ui->noted->list.n;
    return ui->noted->list.v;
}

void ui_marks_bits(struct ui *ui, struct th_bits *out)
{
    th_bits_init(
        out, ui->noted->list.n == 0 ? 0 : (size_t)ui->noted->list.v[ui->noted->list.n - 1].row + 1);
    for (size_t i = 0; i < ui->noted->list.n; i++)
        th_bits_put(out, ui->noted->list.v[i].row);
}

void ui_marks_load(struct ui *ui)
{
    struct th_err err;
    struct ui_mark_list list;
    th_err_clear(&err);
    ui->noted = th_xcalloc(1, sizeof *ui->noted);
    if (ui_marks_read(th_app_case(ui->app), &list, &err) != TH_OK)
        ui_report_err(ui, UI_OWNER_CASE, &err);
    ui_marks_put(ui, &list);
}

const struct ui_mark *ui_mark_of(const struct ui *ui, uint32_t row)
{
    const struct ui_mark key = {.row = row};
    return ui->noted->list.n == 0 ? NULL
                                  : bsearch(&key, ui->noted->list.v, ui->noted->list.n,
                                            sizeof *ui->noted->list.v, by_row);
}

/* Put a mark among the others, in the place of the one on its event; without anything to say it
 * only goes. */
static void put(struct ui *ui, const struct ui_write *w)
{
    size_t at = 0;
    while (at < ui->noted->list.n && ui->noted->list.v[at].row < w->row)
        at++;
    struct ui_mark mark = {w->row, w->marked, dup(w->text), dup(w->more), w->at_ms};
    bool there = at < ui->noted->list.n && ui->noted->list.v[at].row == w->row;
    bool says = w->marked || w->text != NULL || w->more != NULL;
    if (there) {
        free(ui->noted->list.v[at].tag);
        free(ui->noted->list.v[at].comment);
    }
    if (there && says) {
        ui->noted->list.v[at] = mark;
    } else if (there) {
        memmove(ui->noted->list.v + at, ui->noted->list.v + at + 1,
                (ui->noted->list.n - at - 1) * sizeof *ui->noted->list.v);
        ui->noted->list.n--;
    } else if (says) {
        TH_GROW(ui->noted->list.v, ui->noted->list.n, ui->noted->list.cap);
        memmove(ui->noted->list.v + at + 1, ui->noted->list.v + at,
                (ui->noted->list.n - at) * sizeof *ui->noted->list.v);
        ui->noted->list.v[at] = mark;
        ui->noted->list.n++;
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
