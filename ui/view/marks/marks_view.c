/* Everything that was marked, tagged or commented, in the order of rows: what one hands over. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/command.h"
#include "ui/widget/format.h"

static void pick(struct ui *ui)
{
    size_t n = 0;
    struct th_buf words = TH_BUF_INIT;
    ui_shown_room(ui, ui->marks_n);
    for (size_t i = 0; i < ui->marks_n; i++) {
        th_buf_reset(&words);
        if (ui->narrow.n > 0)
            ui_sentence(ui, ui->marks[i].row, &words);
        const char *texts[] = {ui->marks[i].tag, ui->marks[i].comment, th_buf_cstr(&words)};
        if (ui_narrowed(ui, texts, TH_COUNT(texts)))
            ui->shown[n++] = i;
    }
    th_buf_fini(&words);
    ui->marks_list.n = n;
    if (ui->marks_list.at >= n)
        ui->marks_list.at = n > 0 ? n - 1 : 0;
}

const struct ui_mark *ui_mark_at(struct ui *ui)
{
    if (ui->view != UI_NOTES || ui->marks_list.at >= ui->marks_list.n)
        return NULL;
    return &ui->marks[ui->shown[ui->marks_list.at]];
}

enum { TIME, EVENT, TAG, COMMENT, COLUMNS };

static void solve(int w, int widths[COLUMNS])
{
    static const struct ui_column_spec specs[COLUMNS] = {
        [TIME] = {14, 19, 19, 4, false},
        [EVENT] = {20, 40, 70, 2, false},
        [TAG] = {6, 12, 20, 3, false},
        [COMMENT] = {10, 24, 120, 1, false},
    };
    ui_columns_solve(w - 4, 1, specs, COLUMNS, widths);
}

static void draw_line(struct ui *ui, int y, const struct ui_mark *mark, const int widths[COLUMNS],
                      bool at)
{
    const struct ui_canvas *c = &ui->canvas;
    enum ui_role role = at ? UI_R_CURSOR : ui_tone(ui, mark->row);
    struct th_buf text = TH_BUF_INIT;
    if (at) {
        ui_draw_fill(c, (struct ui_rect){y, 0, 1, c->cols}, role);
        ui_draw_words(c, y, 0, 1, UI_R_KEY, "▌");
    }
    ui_draw_words(c, y, 1, 1, at ? role : UI_R_MARK, mark->marked ? "●" : "·");
    int x = 3;
    ui_format_row_time(&text, ui_row_time(ui, mark->row),
                       widths[TIME] >= 19 ? UI_DATE_FULL : UI_DATE_YEAR, ui->local);
    ui_draw_words(c, y, x, widths[TIME], role, th_buf_cstr(&text));
    x += widths[TIME] + 1;
    th_buf_reset(&text);
    ui_sentence(ui, mark->row, &text);
    ui_draw_mixed(c, y, x, widths[EVENT], role, th_buf_str(&text));
    x += widths[EVENT] + 1;
    if (mark->tag != NULL) {
        th_buf_reset(&text);
        th_buf_putc(&text, '#');
        th_buf_puts(&text, mark->tag);
        ui_draw_text(c, y, x, widths[TAG], at ? role : UI_R_MARK, th_buf_str(&text));
    }
    x += widths[TAG] + 1;
    ui_draw_text(c, y, x, widths[COMMENT], at ? role : UI_R_TEXT, th_str_of(mark->comment));
    th_buf_fini(&text);
}

static void draw(struct ui *ui)
{
    static const char *const titles[COLUMNS] = {"TIME", "EVENT", "TAG", "COMMENT"};
    const struct ui_canvas *c = &ui->canvas;
    struct ui_rect r = ui->layout.body;
    int widths[COLUMNS];
    pick(ui);
    if (ui->marks_list.n == 0) {
        bool none = ui->marks_n == 0;
        ui_draw_words(c, r.y + 1, 2, r.w - 4, UI_R_TEXT,
                      none ? "Nothing is noted yet." : "No note holds that.");
        ui_draw_words(c, r.y + 2, 2, r.w - 4, UI_R_DIM,
                      none ? "In the events, m marks the one under the cursor; # tags, c comments."
                           : "/ narrows by another text.");
        return;
    }
    solve(c->cols, widths);
    int x = 3;
    for (int i = 0; i < COLUMNS; i++) {
        ui_draw_words(c, r.y, x, widths[i], UI_R_LABEL, titles[i]);
        x += widths[i] > 0 ? widths[i] + 1 : 0;
    }
    int h = r.h - 1;
    ui_list_fit(&ui->marks_list, ui->marks_list.n, h);
    for (int i = 0; i < h && ui->marks_list.top + (size_t)i < ui->marks_list.n; i++) {
        size_t at = ui->marks_list.top + (size_t)i;
        draw_line(ui, r.y + 1 + i, &ui->marks[ui->shown[at]], widths, at == ui->marks_list.at);
    }
}

static unsigned context(const struct ui *ui)
{
    (void)ui;
    return UI_IN_N;
}

static void move(struct ui *ui, enum ui_move how)
{
    ui_list_move(&ui->marks_list, how, ui->layout.body.h - 1);
}

static void side(struct ui *ui, int step)
{
    (void)ui;
    (void)step;
}

static bool value(struct ui *ui, struct ui_value *out)
{
    const struct ui_mark *mark = ui_mark_at(ui);
    if (mark == NULL)
        return false;
    ui_row_text(ui, mark->row, &out->text);
    return true;
}

const struct ui_view_ops ui_notes_ops = {"notes", context, draw, move, side, value, pick};
