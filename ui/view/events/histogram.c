/* The histogram: the matching events bright with their failures at the bottom, what does not match
 * dim behind them, the selected time on the axis, findings as ticks. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/view/events/internal.h"
#include "ui/widget/bar_height.h"
#include "ui/widget/format.h"

/* Heights of one column, in eighths of a row. */
struct column {
    int rest, match, failure;
};

static struct column measure(const struct th_histogram *all, const struct th_histogram *match,
                             size_t bucket, uint64_t highest, int rows)
{
    struct column c = {0};
    c.rest = ui_bar_eighths(all->count[bucket], highest, rows);
    if (bucket < match->buckets) {
        c.match = ui_bar_eighths(match->count[bucket], highest, rows);
        c.failure = ui_bar_eighths(match->failure[bucket], highest, rows);
    }
    return c;
}

/* The role of a cell in which match of 8 eighths match and rest do not, of which failure failed.
 * Where what does not match is higher it shines through from behind, as a whole cell or not at all.
 */
static enum ui_role cell_role(int match, int rest, int failure)
{
    if (match <= 0)
        return UI_R_BAR_REST;
    int shown = match > 8 ? 8 : match;
    bool failed = 2 * failure >= shown;
    if (rest > match && rest >= 5)
        return failed ? UI_R_FAILURE_OVER : UI_R_BAR_OVER;
    return failed ? UI_R_BAR_FAILURE : UI_R_BAR;
}

static void draw_column(struct ui *ui, int x, struct ui_rect r, const struct column *h, bool cursor)
{
    for (int row = 0; row < r.h; row++) {
        int base = row * 8, match = h->match - base, rest = h->rest - base;
        if (match <= 0 && rest <= 0 && !cursor)
            return;
        uint32_t glyph = ui_bar_block(match > 0 ? match : rest);
        enum ui_role role = cell_role(match, rest, h->failure - base);
        /* Without colours nothing can shine through: full cells say that there is more. */
        if (match > 0 && ui->canvas.colours < 8 && rest >= 8)
            glyph = ui_bar_block(8);
        ui_draw_repeat(&ui->canvas, r.y + r.h - 1 - row, x, 1, cursor ? UI_R_BAR_CURSOR : role,
                       glyph);
    }
}

static uint64_t highest_of(const struct th_histogram *h)
{
    uint64_t highest = 0;
    for (size_t i = 0; i < h->buckets; i++)
        highest = h->count[i] > highest ? h->count[i] : highest;
    return highest;
}

static void draw_bars(struct ui *ui, const struct th_histogram *all,
                      const struct th_histogram *match)
{
    struct ui_rect r = ui->layout.histogram;
    uint64_t highest = highest_of(all);
    bool focus = ui->view == UI_EVENTS && ui->pane == UI_PANE_HISTOGRAM && ui->mode == UI_MODE_KEYS;
    int from = 0, to = 0;
    if (focus)
        ui_bar_columns(ui_bar(ui), r.w, all->buckets, &from, &to);
    for (int x = 0; x < r.w; x++) {
        struct column h = measure(all, match, ui_bar_bucket(x, r.w, all->buckets), highest, r.h);
        draw_column(ui, r.x + x, r, &h, focus && x >= from && x < to);
    }
}

/* ---- the axis ---- */

static void label_of(int64_t ts, int64_t step, bool local, struct th_buf *out)
{
    struct th_civil c;
    th_time_civil(local ? ts + ui_zone_offset(ts) : ts, &c);
    bool midnight = c.hour == 0 && c.minute == 0 && c.second == 0;
    if (step >= 300 * TH_DAY_MS)
        th_buf_printf(out, "%d", c.year);
    else if (step >= UI_AXIS_MONTH_MS)
        th_buf_printf(out, "%s %d", th_time_month(c.month), c.year);
    else if (midnight)
        th_buf_printf(out, "%d %s", c.day, th_time_month(c.month));
    else if (step < TH_MINUTE_MS)
        th_buf_printf(out, "%02d:%02d:%02d", c.hour, c.minute, c.second);
    else
        th_buf_printf(out, "%02d:%02d", c.hour, c.minute);
}

/* Columns of the axis where a finding begins. */
static void find_ticks(struct ui *ui, struct ui_rect r, int64_t start, int64_t span, bool *ticks)
{
    size_t n;
    const struct th_finding *findings = ui_findings(ui, &n);
    for (size_t i = 0; i < n; i++) {
        const struct th_finding *f = &findings[i];
        int x = ui_bar_time_column(f->first_ms, start, span, r.w);
        if (x >= 0 && f->state != TH_FINDING_BENIGN && th_level_rank(f->level) >= 2)
            ticks[x] = true;
    }
}

static bool is_free(const bool *ticks, int from, int to)
{
    for (int x = from; x < to; x++)
        if (ticks[x])
            return false;
    return true;
}

/* The place next to x where w columns hide no tick, or -1. */
static int place_label(const bool *ticks, int x, int w, int free_from, int cols)
{
    for (int away = 0; away <= w + 1; away++) {
        if (x + away + w <= cols && x + away >= free_from && is_free(ticks, x + away, x + away + w))
            return x + away;
        if (x - away >= free_from && x - away + w <= cols && is_free(ticks, x - away, x - away + w))
            return x - away;
    }
    return -1;
}

static void draw_labels(struct ui *ui, struct ui_rect r, int64_t start, int64_t span,
                        const bool *ticks)
{
    const struct ui_canvas *c = &ui->canvas;
    int64_t step = ui_axis_step(span, r.w, 12);
    int64_t zone = ui->local ? ui_zone_offset(start) : 0;
    int64_t first = ui_axis_next(start + zone, step) - zone;
    struct th_buf label = TH_BUF_INIT;
    int free_from = 0;
    /* The day must be readable even when no midnight is on the axis. */
    if (step < TH_DAY_MS) {
        ui_format_time(&label, start, false, step < TH_MINUTE_MS, ui->local);
        int w = ui_words_width(c, th_buf_cstr(&label)),
            at = ui_bar_time_column(first, start, span, r.w);
        if ((at < 0 || at > w + 2) && w + 1 < r.w && is_free(ticks, 1, 1 + w))
            free_from =
                1 + ui_draw_words(c, r.y, r.x + 1, r.w - 1, UI_R_AXIS, th_buf_cstr(&label)) + 2;
    }
    for (int64_t ts = first; ts < start + span; ts = ui_axis_next(ts + zone + 1, step) - zone) {
        th_buf_reset(&label);
        if (step < UI_AXIS_MONTH_MS)
            label_of(ts, step, ui->local, &label);
        else
            label_of(ts + zone, step, false, &label);
        int w = ui_words_width(c, th_buf_cstr(&label));
        int x = place_label(ticks, ui_bar_time_column(ts, start, span, r.w), w, free_from, r.w);
        if (x < 0)
            continue;
        ui_draw_words(c, r.y, r.x + x, w, UI_R_AXIS, th_buf_cstr(&label));
        free_from = x + w + 2;
    }
    th_buf_fini(&label);
}

static void draw_brush(struct ui *ui, struct ui_rect r, int64_t start, int64_t span)
{
    if ((ui_here(ui)->from_ms == TH_TIME_NONE && ui_here(ui)->to_ms == TH_TIME_NONE) ||
        ui_here(ui)->zoomed)
        return;
    int from = 0, to = r.w - 1;
    if (ui_here(ui)->from_ms != TH_TIME_NONE && ui_here(ui)->from_ms > start)
        from = ui_bar_time_column(ui_here(ui)->from_ms, start, span, r.w);
    if (ui_here(ui)->to_ms != TH_TIME_NONE && ui_here(ui)->to_ms < start + span)
        to = ui_bar_time_column(ui_here(ui)->to_ms - 1, start, span, r.w);
    if (from >= 0 && to >= from)
        ui_draw_restyle(&ui->canvas, r.y, r.x + from, to - from + 1, UI_R_BRUSH);
}

static void draw_axis(struct ui *ui, struct ui_rect r, int64_t start, int64_t span)
{
    bool *ticks = th_xcalloc((size_t)r.w + 1, sizeof *ticks);
    find_ticks(ui, r, start, span, ticks);
    draw_labels(ui, r, start, span, ticks);
    draw_brush(ui, r, start, span);
    for (int x = 0; x < r.w; x++)
        if (ticks[x])
            ui_draw_repeat(&ui->canvas, r.y, r.x + x, 1, UI_R_TICK, 0x25B2);
    free(ticks);
}

void ui_histogram_draw(struct ui *ui)
{
    struct ui_rect r = ui->layout.histogram, axis = ui->layout.axis;
    if (r.h == 0)
        return;
    if (!ui_result(ui)->have || ui_result(ui)->s.histogram_base.buckets == 0) {
        ui_draw_repeat(&ui->canvas, axis.y, axis.x, axis.w, UI_R_SEPARATOR, 0x2500);
        return;
    }
    const struct th_histogram *all = &ui_result(ui)->s.histogram_base;
    const struct th_histogram *match = &ui_result(ui)->s.histogram;
    if (ui_filter_typing(ui) && ui_preview(ui)->have &&
        ui_preview(ui)->s.histogram.every_ms == all->every_ms)
        match = &ui_preview(ui)->s.histogram;
    draw_bars(ui, all, match);
    int64_t span = all->every_ms * (int64_t)all->buckets;
    draw_axis(ui, axis, all->start_ms, span);
}
