/* Selecting time: a brush is a half-open span [from, to); without zoom the histogram goes on
 * showing the whole case. */
#include "base/mem.h"
#include "ui/model/filter.h"
#include "ui/model/internal.h"
#include "ui/widget/format.h"
#include "ui/widget/menu.h"

void ui_brush(struct ui *ui, int64_t from_ms, int64_t to_ms, const char *title)
{
    if (from_ms != TH_TIME_NONE && to_ms != TH_TIME_NONE && from_ms >= to_ms)
        return;
    if (from_ms == ui->places->here.from_ms && to_ms == ui->places->here.to_ms)
        return;
    /* Moving one end after the other is one step back, not two. */
    bool again = th_str_is(th_buf_str(&ui->places->here.title), "time") &&
                 th_str_is(th_str_of(title), "time");
    if (!again)
        ui_push(ui, title);
    ui->places->here.from_ms = from_ms;
    ui->places->here.to_ms = to_ms;
    ui_ask(ui);
}

/* The time that commands work with: of the event, or of the bar under the cursor. */
static bool time_here(struct ui *ui, int64_t *from_ms, int64_t *to_ms)
{
    uint32_t row;
    const struct th_histogram *h = &ui->places->result.s.histogram;
    if (ui->view == UI_EVENTS && ui->pane == UI_PANE_HISTOGRAM && ui->places->bar < h->buckets) {
        *from_ms = h->start_ms + (int64_t)ui->places->bar * h->every_ms;
        *to_ms = *from_ms + h->every_ms;
        return true;
    }
    if (!ui_row(ui, &row) || (*from_ms = ui_row_time(ui, row)) == TH_TIME_NONE) {
        ui_say(ui, UI_R_WARNING, "this event has no time");
        return false;
    }
    *to_ms = *from_ms + 1;
    return true;
}

void ui_do_brush_from(struct ui *ui, const char *arg)
{
    (void)arg;
    int64_t from, to;
    if (!time_here(ui, &from, &to))
        return;
    bool past = ui->places->here.to_ms != TH_TIME_NONE && from >= ui->places->here.to_ms;
    ui_brush(ui, from, past ? TH_TIME_NONE : ui->places->here.to_ms, "time");
}

void ui_do_brush_to(struct ui *ui, const char *arg)
{
    (void)arg;
    int64_t from, to;
    if (!time_here(ui, &from, &to))
        return;
    bool before = ui->places->here.from_ms != TH_TIME_NONE && to <= ui->places->here.from_ms;
    ui_brush(ui, before ? TH_TIME_NONE : ui->places->here.from_ms, to, "time");
}

void ui_do_brush_clear(struct ui *ui, const char *arg)
{
    (void)arg;
    ui_push(ui, "all times");
    ui->places->here.from_ms = ui->places->here.to_ms = TH_TIME_NONE;
    ui->places->here.zoomed = false;
    ui_ask(ui);
}

void ui_do_bar_brush(struct ui *ui, const char *arg)
{
    (void)arg;
    int64_t from, to;
    if (time_here(ui, &from, &to))
        ui_brush(ui, from, to, "time of a bar");
}

/* What is selected now, with the ends of the case for open ends. */
static bool span_here(struct ui *ui, int64_t *from, int64_t *to)
{
    const struct th_case_summary *summary = th_app_summary(ui->app);
    if (summary->first_ms == TH_TIME_NONE)
        return false;
    *from = ui->places->here.from_ms == TH_TIME_NONE ? summary->first_ms : ui->places->here.from_ms;
    *to = ui->places->here.to_ms == TH_TIME_NONE ? summary->last_ms + 1 : ui->places->here.to_ms;
    return *from < *to;
}

void ui_do_zoom_in(struct ui *ui, const char *arg)
{
    (void)arg;
    int64_t from, to, at, after;
    bool brushed =
        ui->places->here.from_ms != TH_TIME_NONE || ui->places->here.to_ms != TH_TIME_NONE;
    if (!span_here(ui, &from, &to))
        return;
    if (brushed && !ui->places->here.zoomed) {
        ui->places->here.zoomed = true;
        ui_ask(ui);
        return;
    }
    if (!time_here(ui, &at, &after))
        return;
    int64_t half = (to - from) / 4;
    if (half < TH_SECOND_MS)
        return;
    ui->places->here.zoomed = true;
    ui_brush(ui, at - half, at + half, "time");
}

void ui_do_zoom_out(struct ui *ui, const char *arg)
{
    (void)arg;
    const struct th_case_summary *summary = th_app_summary(ui->app);
    int64_t from, to;
    if (!span_here(ui, &from, &to))
        return;
    int64_t half = (to - from) / 2;
    from -= half;
    to += half;
    if (from <= summary->first_ms && to > summary->last_ms)
        ui_do_brush_clear(ui, arg);
    else
        ui_brush(ui, from, to, "time");
}

/* ---- gaps and bursts ---- */

static int64_t time_at(struct ui *ui, size_t i)
{
    return ui_row_time(ui, ui->places->result.s.order[i]);
}

static bool by_time(struct ui *ui)
{
    if (ui->places->here.sort == TH_F_TIMESTAMP && ui->places->result.have &&
        ui->places->result.s.count > 1)
        return true;
    ui_say(ui, UI_R_WARNING,
           "gaps and bursts show when events are sorted by time (s on the TIME column)");
    return false;
}

/* A gap is ten times as long as events are apart on average, and a minute at least. */
static void go_to_gap(struct ui *ui, int step)
{
    if (!by_time(ui))
        return;
    size_t n = ui->places->result.s.count;
    int64_t span = ui->places->result.last_ms - ui->places->result.first_ms;
    int64_t least = span / (int64_t)n * 10;
    if (least < TH_MINUTE_MS)
        least = TH_MINUTE_MS;
    for (size_t i = ui->places->events.at; step > 0 ? i + 1 < n : i > 0;) {
        size_t next = step > 0 ? i + 1 : i - 1;
        int64_t a = time_at(ui, i), b = time_at(ui, next);
        int64_t apart = a > b ? a - b : b - a;
        if (a != TH_TIME_NONE && b != TH_TIME_NONE && apart >= least) {
            struct th_buf words = TH_BUF_INIT;
            th_time_add_span(&words, apart);
            ui_say(ui, UI_R_TEXT, "%s without an event", th_buf_cstr(&words));
            th_buf_fini(&words);
            ui->places->events.at = next;
            return;
        }
        i = next;
    }
    ui_say(ui, UI_R_DIM, "no further gap");
}

void ui_do_next_gap(struct ui *ui, const char *arg)
{
    (void)arg;
    go_to_gap(ui, 1);
}

void ui_do_previous_gap(struct ui *ui, const char *arg)
{
    (void)arg;
    go_to_gap(ui, -1);
}

static void seek_time(struct ui *ui, int64_t ts)
{
    size_t n = ui->places->result.s.count;
    for (size_t i = 0; i < n; i++) {
        int64_t at = time_at(ui, ui->places->here.descending ? n - 1 - i : i);
        if (at != TH_TIME_NONE && at >= ts) {
            ui->places->events.at = ui->places->here.descending ? n - 1 - i : i;
            return;
        }
    }
}

/* A burst is a bar three times as high as bars with events are on average. */
static void go_to_burst(struct ui *ui, int step)
{
    const struct th_histogram *h = &ui->places->result.s.histogram;
    uint32_t row;
    if (!by_time(ui) || h->buckets == 0 || !ui_row(ui, &row))
        return;
    uint64_t sum = 0, filled = 0;
    for (size_t i = 0; i < h->buckets; i++) {
        sum += h->count[i];
        filled += h->count[i] > 0;
    }
    int64_t now = ui_row_time(ui, row);
    int64_t bucket =
        now == TH_TIME_NONE || now < h->start_ms ? -1 : (now - h->start_ms) / h->every_ms;
    for (int64_t i = bucket + step; i >= 0 && i < (int64_t)h->buckets; i += step)
        if (filled > 0 && (uint64_t)h->count[i] * filled >= 3 * sum) {
            ui->places->bar = (size_t)i;
            seek_time(ui, h->start_ms + i * h->every_ms);
            ui_say(ui, UI_R_TEXT, "%u events in this bar", h->count[i]);
            return;
        }
    ui_say(ui, UI_R_DIM, "no further burst");
}

void ui_do_next_burst(struct ui *ui, const char *arg)
{
    (void)arg;
    go_to_burst(ui, 1);
}

void ui_do_previous_burst(struct ui *ui, const char *arg)
{
    (void)arg;
    go_to_burst(ui, -1);
}

/* ---- the time menu ---- */

static void around(struct ui *ui, int64_t before, int64_t after, const char *title)
{
    int64_t from, to;
    if (time_here(ui, &from, &to))
        ui_brush(ui, from - before, to + after, title);
}

static void pick_from(struct ui *ui, const char *arg)
{
    ui_do_brush_from(ui, arg);
}

static void pick_to(struct ui *ui, const char *arg)
{
    ui_do_brush_to(ui, arg);
}

static void pick_minute(struct ui *ui, const char *arg)
{
    (void)arg;
    around(ui, TH_MINUTE_MS, TH_MINUTE_MS, "±1 minute");
}

static void pick_five(struct ui *ui, const char *arg)
{
    (void)arg;
    around(ui, 5 * TH_MINUTE_MS, 5 * TH_MINUTE_MS, "±5 minutes");
}

static void pick_hour(struct ui *ui, const char *arg)
{
    (void)arg;
    around(ui, TH_HOUR_MS, TH_HOUR_MS, "±1 hour");
}

static void pick_day(struct ui *ui, const char *arg)
{
    (void)arg;
    int64_t from, to;
    if (!time_here(ui, &from, &to))
        return;
    int64_t zone = ui->local ? ui_zone_offset(from) : 0;
    from = th_time_floor(from + zone, TH_DAY_MS) - zone;
    ui_brush(ui, from, from + TH_DAY_MS, "that day");
}

void ui_do_time(struct ui *ui, const char *arg)
{
    (void)arg;
    ui_menu_open(ui, "time", false);
    ui_menu_add(ui, 'm', "1 minute around it", "", pick_minute, "");
    ui_menu_add(ui, '5', "5 minutes around it", "", pick_five, "");
    ui_menu_add(ui, 'h', "1 hour around it", "", pick_hour, "");
    ui_menu_add(ui, 'd', "that day", "", pick_day, "");
    ui_menu_add(ui, 'f', "from here on", "[", pick_from, "");
    ui_menu_add(ui, 't', "until here", "]", pick_to, "");
    ui_menu_add(ui, 'i', "zoom in", "z", ui_do_zoom_in, "");
    ui_menu_add(ui, 'o', "zoom out", "Z", ui_do_zoom_out, "");
    ui_menu_add(ui, 'a', "all times", "\\", ui_do_brush_clear, "");
    ui_menu_add(ui, 'g', "after the next gap", "}", ui_do_next_gap, "");
    ui_menu_add(ui, 'b', "next burst", ")", ui_do_next_burst, "");
    ui_menu_add(ui, 'u', ui->local ? "show times in UTC" : "show times in this computer's zone", "",
                ui_do_utc, "");
}

void ui_do_utc(struct ui *ui, const char *arg)
{
    (void)arg;
    ui->local = !ui->local;
    ui_changed(ui, UI_CHANGED_VALUES);
    ui_say(ui, UI_R_TEXT, ui->local ? "times are in this computer's zone" : "times are UTC");
}
