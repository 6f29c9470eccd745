/* The lines around the events, their detail and their record: the filter with what it leaves, and
 * the event under the cursor in a sentence. */
#include "base/mem.h"
#include "ui/view/events/internal.h"
#include "ui/widget/format.h"

static void add_count(struct ui *ui, struct th_buf *out)
{
    const struct th_screen *s = &ui_result(ui)->s;
    if (!ui_result(ui)->have)
        return;
    if (s->count == s->total && !ui_filter_typing(ui)) {
        th_buf_puts(out, "all ");
        ui_format_count(out, s->total);
        return;
    }
    ui_format_count(out, s->count);
    if (ui_filter_typing(ui)) {
        th_buf_puts(out, " → ");
        if (ui_preview(ui)->have)
            ui_format_count(out, ui_preview(ui)->s.count);
        else
            th_buf_puts(out, "…");
        return;
    }
    th_buf_puts(out, " of ");
    ui_format_count(out, s->total);
    if (ui->canvas.cols >= 110) {
        th_buf_puts(out, "   ");
        ui_format_share(out, s->count, s->total);
    }
}

static void add_brush(struct ui *ui, struct th_buf *out)
{
    int64_t from = ui_here(ui)->from_ms, to = ui_here(ui)->to_ms;
    if (from == TH_TIME_NONE && to == TH_TIME_NONE)
        return;
    if (from == TH_TIME_NONE) {
        th_buf_puts(out, "until ");
        ui_format_time(out, to - 1, ui_years(ui), true, ui->local);
    } else if (to == TH_TIME_NONE) {
        th_buf_puts(out, "from ");
        ui_format_time(out, from, ui_years(ui), true, ui->local);
    } else {
        ui_format_span(out, from, to - 1, ui_years(ui), ui->local);
    }
}

static int percent_of(const struct ui *ui)
{
    return (int)(ui_result(ui)->share * 100);
}

/* What runs for so long that one wonders. */
static bool add_progress(struct ui *ui, struct th_buf *out)
{
    int64_t since = ui_jobs_since(ui->jobs);
    int64_t ms = since == 0 ? 0 : th_time_mono() - since;
    bool asked = ui_result_awaited(ui) && !ui_result_refreshes(ui);
    bool waiting = asked || ui_jobs_busy(ui->jobs, UI_JOB_PREVIEW);
    if (!waiting || (ms < 100 && !ui_result_grows(ui)))
        return false;
    if (ui_result_grows(ui)) {
        ui_format_count(out, ui_result(ui)->s.count);
        th_buf_printf(out, " so far · searching %d %% · Esc stops", percent_of(ui));
    } else {
        th_buf_printf(out, "searching %.1f s · Esc stops", (double)ms / 1000.0);
    }
    return true;
}

static void draw_typed(struct ui *ui, struct ui_rect r, int right_w, int *cursor_y, int *cursor_x)
{
    size_t from = 0, to = 0;
    const struct th_err *err = ui_typing_err(ui);
    if (err->code == TH_E_QUERY && err->offset != TH_ERR_NO_OFFSET) {
        from = (size_t)err->offset;
        to = from + (err->length > 0 ? (size_t)err->length : 1);
        if (to > ui_typed(ui)->text.n)
            to = ui_typed(ui)->text.n;
    }
    *cursor_y = r.y;
    ui_input_draw(&ui->canvas, r.y, r.x + 3, r.w - 4 - right_w, ui_typed(ui), UI_R_INPUT, from, to,
                  cursor_x);
}

void ui_events_head(struct ui *ui, struct ui_rect r, int *cursor_y, int *cursor_x)
{
    const struct ui_canvas *c = &ui->canvas;
    struct th_buf right = TH_BUF_INIT;
    enum ui_role role = UI_R_TEXT;
    bool typing = ui_filter_typing(ui), wrong = typing && ui_typing_err(ui)->code == TH_E_QUERY;
    if (wrong) {
        th_buf_puts(&right, ui_typing_err(ui)->msg);
        role = UI_R_ERROR;
    } else if (add_progress(ui, &right)) {
        role = UI_R_WARNING;
    } else {
        add_brush(ui, &right);
        if (right.n > 0)
            th_buf_puts(&right, "   ");
        add_count(ui, &right);
        if (ui_result_is_partial(ui)) {
            th_buf_printf(&right, " · %d %% searched", percent_of(ui));
            role = UI_R_WARNING;
        }
    }
    int most = r.w - 4 - (wrong ? (int)ui_typed(ui)->text.n + 3 : 12);
    int least = r.w * 2 / 5;
    int right_w = ui_words_width(c, th_buf_cstr(&right));
    most = most < least ? least : most;
    right_w = right_w > most ? most : right_w;
    ui_draw_words(c, r.y, r.x + 1, 1, UI_R_PROMPT, "❯");
    int x = r.x + 3, w = r.w - 5 - right_w;
    if (typing) {
        draw_typed(ui, r, right_w + 1, cursor_y, cursor_x);
    } else {
        if (ui_here(ui)->has_within) {
            int used =
                ui_here(ui)->finding != 0 ? 1 + ui_draw_words(c, r.y, x, w, UI_R_TICK, "▲") : 0;
            used += ui_draw_text(c, r.y, x + used, w - used, UI_R_INPUT,
                                 th_buf_str(&ui_here(ui)->set_name)) +
                    2;
            x += used;
            w -= used;
        }
        if (ui_here(ui)->filter.n > 0)
            ui_draw_text(c, r.y, x, w, UI_R_INPUT, th_buf_str(&ui_here(ui)->filter));
        else if (!ui_here(ui)->has_within)
            ui_draw_words(c, r.y, x, w, UI_R_DIM, "/ to filter");
    }
    ui_draw_words(c, r.y, r.x + r.w - right_w - 1, right_w, role, th_buf_cstr(&right));
    th_buf_fini(&right);
}

/* "‹ all 4,812 › source.ip 203.0.113.9": where Backspace leads. Shown from its end when it is long.
 */
static void draw_trail(struct ui *ui, struct ui_rect r, int w)
{
    const struct ui_canvas *c = &ui->canvas;
    struct th_buf out = TH_BUF_INIT;
    th_buf_puts(&out, "‹ ");
    size_t n;
    const struct ui_place *back = ui_trail(ui, &n);
    size_t from = n > 4 ? n - 4 : 0;
    if (from > 0)
        th_buf_puts(&out, "… › ");
    for (size_t i = from; i < n; i++) {
        const struct ui_place *place = &back[i];
        struct th_str title = place->title.n > 0 ? th_buf_str(&place->title) : TH_STR("all");
        th_buf_add_str(&out, th_str_sub(title, 0, 40));
        th_buf_putc(&out, ' ');
        ui_format_count(&out, place->count);
        th_buf_puts(&out, " › ");
    }
    int used = ui_draw_mixed(c, r.y, r.x + 1, w, UI_R_DIM, th_buf_str(&out));
    ui_draw_mixed(c, r.y, r.x + 1 + used, w - used, UI_R_TEXT, th_buf_str(&ui_here(ui)->title));
    th_buf_fini(&out);
}

void ui_events_sentence(struct ui *ui, struct ui_rect r, int w)
{
    uint32_t row;
    bool detail = ui->view == UI_DETAIL || ui->layout.detail.h > 0;
    if (ui_filter_typing(ui)) {
        ui_draw_words(
            &ui->canvas, r.y, r.x + 1, w, UI_R_DIM,
            "field: value · field: (a or b) · field: val* · field >= 5 · not … · a word anywhere");
        return;
    }
    if (detail && ui_when_back(ui)) {
        draw_trail(ui, r, w);
        return;
    }
    if (!ui_row(ui, &row))
        return;
    struct th_buf words = TH_BUF_INIT;
    ui_sentence(ui, row, &words);
    ui_draw_mixed(&ui->canvas, r.y, r.x + 1, w, UI_R_TEXT, th_buf_str(&words));
    th_buf_fini(&words);
}

struct ui_position ui_events_count(const struct ui *ui)
{
    return (struct ui_position){"row", ui_cursor(ui)->at, ui_cursor(ui)->n};
}
