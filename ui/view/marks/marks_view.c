/* Everything that was marked, tagged or commented, in the order of rows: what one hands over. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/command.h"
#include "ui/app/copy.h"
#include "ui/model/filter.h"
#include "ui/model/marks.h"
#include "ui/model/place.h"
#include "ui/widget/format.h"

struct marks_view {
    struct ui_lines lines;
    uint32_t row; /* under the cursor, for when the marks are others */
    bool has_row;
};

static struct marks_view *state(const struct ui *ui)
{
    return ui_state(ui, UI_NOTES);
}

static struct ui_lines *lines(struct ui *ui)
{
    return &state(ui)->lines;
}

static const struct ui_mark *mark_at(const struct ui *ui)
{
    size_t n, item = ui_lines_item(&state(ui)->lines);
    const struct ui_mark *marks = ui_marks(ui, &n);
    return item < n ? &marks[item] : NULL;
}

static void remember(struct ui *ui)
{
    const struct ui_mark *mark = mark_at(ui);
    state(ui)->has_row = mark != NULL;
    state(ui)->row = mark == NULL ? 0 : mark->row;
}

static bool is_listed(void *ctx, size_t item)
{
    struct ui *ui = ctx;
    size_t n;
    const struct ui_mark *mark = &ui_marks(ui, &n)[item];
    struct th_buf words = TH_BUF_INIT;
    if (lines(ui)->narrow.n > 0)
        ui_sentence(ui, mark->row, &words);
    const char *texts[] = {mark->tag, mark->comment, th_buf_cstr(&words)};
    bool listed = ui_lines_hold(lines(ui), texts, TH_COUNT(texts));
    th_buf_fini(&words);
    return listed;
}

static void pick(struct ui *ui)
{
    size_t n;
    ui_marks(ui, &n);
    ui_lines_pick(lines(ui), n, is_listed, ui);
    remember(ui);
}

static void changed(struct ui *ui, unsigned what)
{
    struct marks_view *view = state(ui);
    uint32_t row = view->row;
    bool had = view->has_row;
    size_t n;
    if ((what & UI_CHANGED_MARKS) == 0)
        return;
    pick(ui);
    const struct ui_mark *marks = ui_marks(ui, &n);
    for (size_t i = 0; had && i < n; i++)
        if (marks[i].row == row)
            ui_lines_seek(&view->lines, i);
    remember(ui);
}

enum { TIME, EVENT, TAG, COMMENT, COLUMNS };

static void draw_mark(void *ctx, const struct ui_line_at *line, size_t item)
{
    struct ui *ui = ctx;
    size_t n;
    const struct ui_mark *mark = &ui_marks(ui, &n)[item];
    const struct ui_canvas *c = &ui->canvas;
    const int *x = line->x, *w = line->w;
    enum ui_role role = line->at ? line->role : ui_tone(ui, mark->row);
    struct th_buf text = TH_BUF_INIT;
    ui_draw_words(c, line->y, 1, 1, line->at ? role : UI_R_MARK, mark->marked ? "●" : "·");
    ui_format_row_time(&text, ui_row_time(ui, mark->row),
                       w[TIME] >= 19 ? UI_DATE_FULL : UI_DATE_YEAR, ui->local);
    ui_draw_words(c, line->y, x[TIME], w[TIME], role, th_buf_cstr(&text));
    th_buf_reset(&text);
    ui_sentence(ui, mark->row, &text);
    ui_draw_mixed(c, line->y, x[EVENT], w[EVENT], role, th_buf_str(&text));
    if (mark->tag != NULL) {
        th_buf_reset(&text);
        th_buf_printf(&text, "#%s", mark->tag);
        ui_draw_text(c, line->y, x[TAG], w[TAG], line->at ? role : UI_R_MARK, th_buf_str(&text));
    }
    ui_draw_text(c, line->y, x[COMMENT], w[COMMENT], line->role, th_str_of(mark->comment));
    th_buf_fini(&text);
}

static void draw(struct ui *ui)
{
    static const struct ui_list_column columns[COLUMNS] = {
        [TIME] = {"TIME", {14, 19, 19, 4, false}, false},
        [EVENT] = {"EVENT", {20, 40, 70, 2, false}, false},
        [TAG] = {"TAG", {6, 12, 20, 3, false}, false},
        [COMMENT] = {"COMMENT", {10, 24, 120, 1, false}, false},
    };
    static const struct ui_list_look look = {columns, COLUMNS, 3, draw_mark, NULL};
    const struct ui_canvas *c = &ui->canvas;
    struct ui_rect r = ui->layout.body;
    size_t n;
    pick(ui);
    ui_marks(ui, &n);
    if (lines(ui)->list.n == 0) {
        ui_draw_words(c, r.y + 1, 2, r.w - 4, UI_R_TEXT,
                      n == 0 ? "Nothing is noted yet." : "No note holds that.");
        ui_draw_words(c, r.y + 2, 2, r.w - 4, UI_R_DIM,
                      n == 0
                          ? "In the events, m marks the one under the cursor; # tags, c comments."
                          : "/ narrows by another text.");
        return;
    }
    ui_lines_draw(c, r, lines(ui), &look, ui);
}

static void move(struct ui *ui, enum ui_move how)
{
    ui_list_move(&lines(ui)->list, how, ui->layout.body.h - 1);
    remember(ui);
}

static bool row(const struct ui *ui, uint32_t *out)
{
    const struct ui_mark *mark = mark_at(ui);
    if (mark != NULL)
        *out = mark->row;
    return mark != NULL;
}

static bool value(struct ui *ui, struct ui_value *out)
{
    const struct ui_mark *mark = mark_at(ui);
    if (mark == NULL)
        return false;
    ui_row_text(ui, mark->row, &out->text);
    return true;
}

static struct ui_position count(const struct ui *ui)
{
    const struct ui_list *list = &state(ui)->lines.list;
    return (struct ui_position){"event", list->at, list->n};
}

static void sentence(struct ui *ui, struct ui_rect r, int w)
{
    const struct ui_mark *mark = mark_at(ui);
    struct th_buf words = TH_BUF_INIT;
    if (mark != NULL)
        ui_sentence(ui, mark->row, &words);
    ui_draw_mixed(&ui->canvas, r.y, r.x + 1, w, UI_R_DIM, th_buf_str(&words));
    th_buf_fini(&words);
}

static void fini(struct ui *ui)
{
    ui_lines_fini(lines(ui));
}

const struct ui_view_ops ui_notes_ops = {
    .state_size = sizeof(struct marks_view),
    .fini = fini,
    .draw = draw,
    .move = move,
    .value = value,
    .row = row,
    .count = count,
    .sentence = sentence,
    .lines = lines,
    .pick = pick,
    .changed = changed,
};

/* ---- commands ---- */

void ui_do_unmark(struct ui *ui, const char *arg)
{
    (void)arg;
    const struct ui_mark *mark = mark_at(ui);
    if (mark != NULL)
        ui_mark_set(ui, mark->row, false, "", "");
}

void ui_do_its_mark(struct ui *ui, const char *arg)
{
    (void)arg;
    const struct ui_mark *mark = mark_at(ui);
    if (mark != NULL)
        ui_go_to_row(ui, mark->row);
}
