/* What the analyst noted on events: marks, tags, comments. A copy in memory, sorted by row; the
 * copy changes at once, the case a moment later. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/app/command.h"

void ui_marks_free(struct ui_mark_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->v[i].tag);
        free(list->v[i].comment);
    }
    free(list->v);
    *list = (struct ui_mark_list){NULL, 0, 0};
}

static char *dup(const char *text)
{
    return text == NULL ? NULL : th_xstrdup(text);
}

static bool take(void *ctx, const struct th_mark *mark)
{
    struct ui_mark_list *list = ctx;
    TH_GROW(list->v, list->n, list->cap);
    list->v[list->n++] = (struct ui_mark){
        .row = (uint32_t)mark->row,
        .marked = mark->marked,
        .tag = dup(mark->tag),
        .comment = dup(mark->comment),
        .at_ms = mark->at_ms,
    };
    return true;
}

static int by_row(const void *a, const void *b)
{
    const struct ui_mark *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

enum th_code ui_marks_read(th_case *c, struct ui_mark_list *out, struct th_err *err)
{
    *out = (struct ui_mark_list){NULL, 0, 0};
    enum th_code rc = th_notes_marks(c, take, out, err);
    if (rc != TH_OK)
        ui_marks_free(out);
    if (out->n > 0)
        qsort(out->v, out->n, sizeof *out->v, by_row);
    return rc;
}

void ui_marks_fini(struct ui *ui)
{
    struct ui_mark_list list = {ui->marks, ui->marks_n, ui->marks_cap};
    ui_marks_free(&list);
    ui->marks = NULL;
    ui->marks_n = ui->marks_cap = 0;
}

static void changed(struct ui *ui)
{
    ui_marks_shape(ui);
    ui_changed(ui, UI_CHANGED_MARKS);
}

void ui_marks_put(struct ui *ui, struct ui_mark_list *list)
{
    ui_marks_fini(ui);
    ui->marks = list->v;
    ui->marks_n = list->n;
    ui->marks_cap = list->cap;
    *list = (struct ui_mark_list){NULL, 0, 0};
    changed(ui);
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
    changed(ui);
    return true;
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
