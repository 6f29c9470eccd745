/* Coverage on the screen: a strip of the case's time for each account and region, in which a gap
 * stands out, and the list of gaps with what tells them. */
#include <inttypes.h>
#include <string.h>

#include "ui/model/coverage.h"
#include "ui/model/place.h"
#include "ui/view/sources/internal.h"
#include "ui/view/sources/sources.h"
#include "ui/widget/bar_height.h"
#include "ui/widget/format.h"

#define GAP_BLOCK 0x2591 /* light shade */
#define SILENT    0x00B7 /* middle dot */

/* Of all regions when there is none to name. */
static const char *region_of(const char *region, bool whole)
{
    return whole ? "all regions" : region == NULL ? "–" : region;
}

static void draw_name(const struct ui_canvas *c, int y, int x, int w, enum ui_role role,
                      const char *text)
{
    if (text == NULL || strcmp(text, "–") == 0)
        ui_draw_words(c, y, x, w, role, "–");
    else
        ui_draw_text(c, y, x, w, role, th_str_of(text));
}

/* ---- strips ---- */

#define STRIP_MAX 512

static bool is_of(const struct th_gap *gap, const struct th_coverage_stream *s)
{
    return gap->whole == s->whole && th_str_eq(s->account, th_str_of(gap->account)) &&
           (s->whole || th_str_eq(s->region, th_str_of(gap->region)));
}

/* Columns that lie in gaps of the stream: 2 where nothing explains them, else 1. At the ends of a
 * gap only those without an event; one that is shorter than a column has the column of its middle.
 */
static void mark_gaps(const struct ui *ui, const struct th_coverage_stream *s, int w,
                      const uint64_t sums[STRIP_MAX], uint8_t marks[STRIP_MAX])
{
    const struct th_coverage *c = &ui_coverage(ui)->coverage;
    int64_t span = c->last_ms - c->first_ms + 1;
    for (size_t i = 0; i < ui_coverage(ui)->gaps_n; i++) {
        const struct th_gap *gap = &ui_coverage(ui)->gaps[i];
        uint8_t mark = gap->explained == NULL ? 2 : 1;
        bool any = false;
        if (!is_of(gap, s))
            continue;
        int from = ui_bar_time_column(gap->from_ms, c->first_ms, span, w);
        int to = ui_bar_time_column(gap->to_ms, c->first_ms, span, w);
        int middle = ui_bar_time_column(gap->from_ms + (gap->to_ms - gap->from_ms) / 2, c->first_ms,
                                        span, w);
        for (int x = from < 0 ? 0 : from; x <= (to < 0 ? w - 1 : to); x++) {
            bool inside = x > from && (to < 0 || x < to);
            if (!inside && sums[x] > 0)
                continue;
            marks[x] = mark > marks[x] ? mark : marks[x];
            any = true;
        }
        if (!any && middle >= 0)
            marks[middle] = mark > marks[middle] ? mark : marks[middle];
    }
}

/* The events of a stream over the time of the case. */
static void draw_strip(struct ui *ui, int y, int x, int w, const struct th_coverage_stream *s)
{
    const struct th_coverage *c = &ui_coverage(ui)->coverage;
    uint64_t highest = 0, sums[STRIP_MAX] = {0};
    uint8_t marks[STRIP_MAX] = {0};
    w = w > STRIP_MAX ? STRIP_MAX : w;
    if (s->bins == NULL || c->bins == 0 || w <= 0 || s->first_ms == TH_TIME_NONE)
        return;
    for (size_t bin = 0; bin < c->bins; bin++)
        sums[bin * (size_t)w / c->bins] += s->bins[bin];
    for (int i = 0; i < w; i++)
        highest = sums[i] > highest ? sums[i] : highest;
    mark_gaps(ui, s, w, sums, marks);
    int64_t span = c->last_ms - c->first_ms + 1;
    int first = ui_bar_time_column(s->first_ms, c->first_ms, span, w);
    int last = ui_bar_time_column(s->last_ms, c->first_ms, span, w);
    for (int i = 0; i < w; i++) {
        if (marks[i] > 0)
            ui_draw_repeat(&ui->canvas, y, x + i, 1, marks[i] > 1 ? UI_R_ALARM : UI_R_WARNING,
                           GAP_BLOCK);
        else if (sums[i] > 0)
            ui_draw_repeat(&ui->canvas, y, x + i, 1, UI_R_BAR,
                           ui_bar_block(ui_bar_eighths(sums[i], highest, 1)));
        else if (i >= first && i <= last)
            ui_draw_repeat(&ui->canvas, y, x + i, 1, UI_R_FADED, SILENT);
    }
}

/* First and last day at the ends of the strips. */
static void draw_days(struct ui *ui, int y, int x, int w)
{
    const struct th_coverage *c = &ui_coverage(ui)->coverage;
    struct th_buf first = TH_BUF_INIT, last = TH_BUF_INIT;
    if (c->first_ms == TH_TIME_NONE)
        return;
    ui_format_day(&first, c->first_ms, ui->local);
    ui_format_day(&last, c->last_ms, ui->local);
    if (ui_years(ui)) {
        th_buf_putc(&first, ' ');
        ui_format_year(&first, c->first_ms, ui->local);
        th_buf_putc(&last, ' ');
        ui_format_year(&last, c->last_ms, ui->local);
    }
    int used = ui_draw_words(&ui->canvas, y, x, w, UI_R_AXIS, th_buf_cstr(&first));
    if (used + ui_words_width(&ui->canvas, th_buf_cstr(&last)) + 2 <= w)
        ui_draw_words_right(&ui->canvas, y, x, w, UI_R_AXIS, th_buf_cstr(&last));
    th_buf_fini(&first);
    th_buf_fini(&last);
}

/* ---- accounts and regions ---- */

enum { ACCOUNT, REGION, STRIP, HOURS, EVENTS, GAPS_N, COLUMNS };

static void stream_text(const struct th_coverage_stream *s, int column, struct th_buf *out)
{
    th_buf_reset(out);
    switch (column) {
    case HOURS:
        ui_format_count(out, s->hours);
        th_buf_puts(out, " of ");
        ui_format_count(out, s->hours_span);
        break;
    case EVENTS:
        ui_format_count(out, s->events);
        break;
    case GAPS_N:
        if (s->gaps_n > 0)
            ui_format_count(out, s->gaps_n);
        break;
    }
}

static void draw_stream(void *ctx, const struct ui_line_at *line, size_t item)
{
    struct ui *ui = ctx;
    const struct ui_canvas *c = &ui->canvas;
    const struct th_coverage_stream *s = &ui_coverage(ui)->coverage.streams[item];
    struct th_buf text = TH_BUF_INIT;
    for (int i = 0; i < COLUMNS; i++) {
        int x = line->x[i], w = line->w[i];
        if (w == 0)
            continue;
        if (i == ACCOUNT)
            draw_name(c, line->y, x, w, line->role, s->account.p == NULL ? "–" : s->account.p);
        else if (i == REGION)
            draw_name(c, line->y, x, w, line->role, region_of(s->region.p, s->whole));
        else if (i == STRIP)
            draw_strip(ui, line->y, x, w, s);
        else {
            stream_text(s, i, &text);
            ui_draw_words_right(c, line->y, x, w,
                                i == GAPS_N && !line->at ? UI_R_ALARM : line->role,
                                th_buf_cstr(&text));
        }
    }
    th_buf_fini(&text);
}

static bool stream_title(void *ctx, size_t column, int y, int x, int w)
{
    if (column == STRIP)
        draw_days(ctx, y, x, w);
    return column == STRIP;
}

static const struct ui_list_column stream_columns[COLUMNS] = {
    [ACCOUNT] = {"ACCOUNT", {12, 12, 12, 3, true}, false},
    [REGION] = {"REGION", {9, 14, 14, 0, false}, false},
    [STRIP] = {"", {10, 28, 400, 0, false}, false},
    [HOURS] = {"HOURS", {12, 12, 12, 5, true}, true},
    [EVENTS] = {"EVENTS", {9, 9, 9, 6, true}, true},
    [GAPS_N] = {"GAPS", {4, 4, 4, 4, true}, true},
};
static const struct ui_list_look stream_look = {stream_columns, COLUMNS, 1, draw_stream,
                                                stream_title};

/* Those with gaps come first, then the ones with the most events. */
static bool comes_before(const struct th_coverage_stream *a, const struct th_coverage_stream *b)
{
    if ((a->gaps_n > 0) != (b->gaps_n > 0))
        return a->gaps_n > 0;
    return a->events > b->events;
}

int coverage_strips(struct ui *ui, struct ui_rect r)
{
    const struct th_coverage *c = &ui_coverage(ui)->coverage;
    size_t best[8];
    size_t n = 0, all = 0, most = r.h >= 40 ? 8 : r.h >= 24 ? 5 : 3;
    if (!ui_coverage_known(ui) || r.h < 16 || c->streams_n == 0)
        return 0;
    for (size_t i = 0; i < c->streams_n; i++) {
        const struct th_coverage_stream *s = &c->streams[i];
        if (s->whole)
            continue;
        all++;
        size_t at = n < most ? n++ : most;
        for (; at > 0 && comes_before(s, &c->streams[best[at - 1]]); at--)
            if (at < most)
                best[at] = best[at - 1];
        if (at < most)
            best[at] = i;
    }
    ui_lines_draw_head(&ui->canvas, r, &stream_look, ui);
    for (size_t i = 0; i < n; i++)
        ui_lines_draw_one(&ui->canvas, r, r.y + 1 + (int)i, best[i], &stream_look, ui);
    int used = (int)n + 1;
    if (all > n || ui_coverage(ui)->open_n > 0) {
        struct th_buf more = TH_BUF_INIT;
        if (all > n) {
            th_buf_puts(&more, "… ");
            ui_format_count(&more, all - n);
            th_buf_puts(&more, " more");
        }
        if (ui_coverage(ui)->open_n > 0) {
            th_buf_puts(&more, more.n > 0 ? " · " : "");
            ui_format_counted(&more, ui_coverage(ui)->open_n, "gap", "gaps");
        }
        th_buf_puts(&more, " · s shows them");
        ui_draw_words(&ui->canvas, r.y + used++, 1, r.w - 2, UI_R_DIM, th_buf_cstr(&more));
        th_buf_fini(&more);
    }
    ui_draw_repeat(&ui->canvas, r.y + used++, 0, r.w, UI_R_SEPARATOR, 0x2500);
    return used;
}

/* ---- gaps ---- */

enum { G_WHEN, G_LONG, G_ACCOUNT, G_REGION, G_KIND, G_COLUMNS };

static void draw_gap(void *ctx, const struct ui_line_at *line, size_t item)
{
    struct ui *ui = ctx;
    const struct ui_canvas *c = &ui->canvas;
    const struct th_gap *gap = &ui_coverage(ui)->gaps[item];
    const int *x = line->x, *w = line->w;
    enum ui_role role = line->at ? line->role : gap->explained == NULL ? UI_R_ALARM : UI_R_DIM;
    struct th_buf text = TH_BUF_INIT;
    ui_format_span(&text, gap->from_ms, gap->to_ms, ui_years(ui), ui->local);
    ui_draw_words(c, line->y, x[G_WHEN], w[G_WHEN], role, th_buf_cstr(&text));
    th_buf_reset(&text);
    th_time_add_span(&text, gap->to_ms - gap->from_ms);
    ui_draw_words_right(c, line->y, x[G_LONG], w[G_LONG], role, th_buf_cstr(&text));
    draw_name(c, line->y, x[G_ACCOUNT], w[G_ACCOUNT], role, gap->account);
    draw_name(c, line->y, x[G_REGION], w[G_REGION], role, region_of(gap->region, gap->whole));
    th_buf_reset(&text);
    th_buf_puts(&text, th_gap_word(gap->kind));
    if (gap->explained != NULL)
        th_buf_printf(&text, ", %s", gap->explained);
    ui_draw_mixed(c, line->y, x[G_KIND], w[G_KIND], role, th_buf_str(&text));
    th_buf_fini(&text);
}

/* ---- what is known of the line under the cursor ---- */

struct about {
    struct ui *ui;
    int y, end;
};

static void say(struct about *a, const char *label, enum ui_role role, const char *text)
{
    struct th_str rest = th_str_of(text);
    const struct ui_canvas *c = &a->ui->canvas;
    int w = c->cols - 13;
    /* Sentences go on in the next line, at a blank where there is one. */
    for (bool first = true; rest.n > 0 && a->y < a->end && w > 0; first = false) {
        size_t n = rest.n;
        if (n > (size_t)w) {
            n = (size_t)w;
            while (n > 0 && rest.p[n] != ' ')
                n--;
            n = n == 0 ? rest.n : n;
        }
        if (first)
            ui_draw_words(c, a->y, 1, 10, UI_R_LABEL, label);
        ui_draw_mixed(c, a->y++, 12, w, role, th_str_sub(rest, 0, n));
        rest = th_str_sub(rest, n + (n < rest.n), rest.n);
    }
}

/* The end of a path says which file it is. */
static void say_path(struct about *a, const char *label, const char *path)
{
    struct th_buf text = TH_BUF_INIT;
    if (path == NULL || a->y >= a->end)
        return;
    ui_draw_words(&a->ui->canvas, a->y, 1, 10, UI_R_LABEL, label);
    ui_tail(a->ui, path, a->ui->canvas.cols - 13, &text);
    ui_draw_text(&a->ui->canvas, a->y++, 12, a->ui->canvas.cols - 13, UI_R_TEXT, th_buf_str(&text));
    th_buf_fini(&text);
}

static const struct th_coverage_stream *stream_of(struct ui *ui, const struct th_gap *gap)
{
    const struct th_coverage *c = &ui_coverage(ui)->coverage;
    for (size_t i = 0; i < c->streams_n; i++)
        if (is_of(gap, &c->streams[i]))
            return &c->streams[i];
    return NULL;
}

static void about_gap(struct about *a, const struct th_gap *gap)
{
    struct ui *ui = a->ui;
    const struct th_coverage_stream *s = stream_of(ui, gap);
    if (s != NULL && a->y + 1 < a->end) {
        draw_days(ui, a->y, 12, ui->canvas.cols - 13);
        ui_draw_words(&ui->canvas, a->y + 1, 1, 10, UI_R_LABEL, "TIME");
        draw_strip(ui, a->y + 1, 12, ui->canvas.cols - 13, s);
        a->y += 2;
    }
    say(a, "WHY", UI_R_TEXT, gap->why);
    if (gap->explained != NULL)
        say(a, "BUT", UI_R_WARNING, gap->explained);
    say_path(a, "BEFORE", gap->before_path);
    say_path(a, "AFTER", gap->after_path);
    say_path(a, "DIGEST", gap->digest);
    for (size_t i = 0; i < gap->files_n; i++)
        say_path(a, gap->kind == TH_GAP_CHANGED ? "CHANGED" : "MISSING", gap->files[i]);
}

static void about_stream(struct about *a, const struct th_coverage_stream *s)
{
    struct th_buf text = TH_BUF_INIT;
    if (s->first_ms == TH_TIME_NONE) {
        say(a, "COVERS", UI_R_TEXT, "no event has a time");
        return;
    }
    ui_format_time(&text, s->first_ms, true, true, a->ui->local);
    th_buf_puts(&text, " to ");
    ui_format_time(&text, s->last_ms, true, true, a->ui->local);
    say(a, "COVERS", UI_R_TEXT, th_buf_cstr(&text));
    th_buf_reset(&text);
    ui_format_counted(&text, s->events, "event", "events");
    th_buf_puts(&text, " in ");
    ui_format_counted(&text, s->files, "file", "files");
    th_buf_printf(&text, ", in %" PRIu64 " of %" PRIu64 " hours", s->hours, s->hours_span);
    say(a, "EVENTS", UI_R_TEXT, th_buf_cstr(&text));
    th_buf_reset(&text);
    th_buf_puts(&text, "at most ");
    th_time_add_span(&text, s->longest_ms);
    say(a, "SILENT", UI_R_TEXT, th_buf_cstr(&text));
    if (s->delivery_ms != TH_TIME_NONE) {
        th_buf_reset(&text);
        ui_format_counted(&text, s->deliveries, "file is", "files are");
        th_buf_puts(&text, " of it by name, usually one every ");
        th_time_add_span(&text, s->delivery_ms);
        say(a, "FILES", UI_R_TEXT, th_buf_cstr(&text));
    }
    for (size_t i = 0; i < s->gaps_n; i++) {
        th_buf_reset(&text);
        ui_format_span(&text, s->gaps[i].from_ms, s->gaps[i].to_ms, ui_years(a->ui), a->ui->local);
        th_buf_puts(&text, "  ");
        th_time_add_span(&text, s->gaps[i].to_ms - s->gaps[i].from_ms);
        say(a, "GAP", UI_R_ALARM, th_buf_cstr(&text));
    }
    th_buf_fini(&text);
}

/* ---- the view ---- */

static bool is_listed(void *ctx, size_t item)
{
    const struct ui *ui = ctx;
    const struct sources_view *view = sources_state(ui);
    const struct th_app_coverage *c = ui_coverage(ui);
    const char *texts[4] = {NULL, NULL, NULL, NULL};
    if (view->evidence == STREAMS) {
        texts[0] = c->coverage.streams[item].account.p;
        texts[1] = c->coverage.streams[item].region.p;
    } else {
        texts[0] = c->gaps[item].account;
        texts[1] = c->gaps[item].region;
        texts[2] = c->gaps[item].why;
        texts[3] = c->gaps[item].explained;
    }
    return ui_lines_hold(&view->lists[view->evidence], texts, TH_COUNT(texts));
}

void coverage_pick(struct ui *ui)
{
    struct sources_view *view = sources_state(ui);
    const struct th_app_coverage *c = ui_coverage(ui);
    ui_lines_pick(&view->lists[view->evidence],
                  view->evidence == GAPS ? c->gaps_n : c->coverage.streams_n, is_listed, ui);
}

static void draw_nothing(struct ui *ui, struct ui_rect r)
{
    const struct ui_canvas *c = &ui->canvas;
    const char *words = "Looking at what the evidence covers …";
    if (sources_state(ui)->lists[sources_state(ui)->evidence].total > 0)
        words = "Nothing here holds that text.";
    else if (ui_coverage_known(ui) && sources_state(ui)->evidence == GAPS)
        words = "No gap was found.";
    else if (ui_coverage_known(ui))
        words = "No event came from the evidence.";
    else if (ui_coverage_err(ui)->code != TH_OK)
        words = ui_coverage_err(ui)->msg;
    ui_draw_mixed(c, r.y + 1, 2, r.w - 4, UI_R_TEXT, th_str_of(words));
    if (ui_coverage_known(ui) && ui_coverage(ui)->digests == 0 &&
        ui_coverage(ui)->digests_skipped > 0)
        ui_draw_words(c, r.y + 2, 2, r.w - 4, UI_R_DIM,
                      "Digests were passed over: with --digest-regex they tell more.");
    else if (ui_coverage_known(ui) && ui_coverage(ui)->named > 0 &&
             sources_state(ui)->evidence == GAPS)
        ui_draw_words(c, r.y + 2, 2, r.w - 4, UI_R_DIM,
                      "Hashes that digests give are compared by trailhound sources --gaps.");
}

void coverage_draw(struct ui *ui)
{
    int more = ui_years(ui) ? 5 : 0; /* a year */
    const struct ui_list_column gap_columns[G_COLUMNS] = {
        [G_WHEN] = {"GAP", {25 + more, 27 + more, 32 + more, 0, false}, false},
        [G_LONG] = {"", {10, 11, 12, 1, false}, false},
        [G_ACCOUNT] = {"ACCOUNT", {12, 12, 12, 4, true}, false},
        [G_REGION] = {"REGION", {9, 13, 16, 2, false}, false},
        [G_KIND] = {"WHAT", {7, 10, 60, 3, true}, false},
    };
    const struct ui_list_look gap_look = {gap_columns, G_COLUMNS, 1, draw_gap, NULL};
    struct sources_view *view = sources_state(ui);
    struct ui_lines *lines = &view->lists[view->evidence];
    struct ui_rect r = ui->layout.body;
    bool gaps = view->evidence == GAPS;
    if (lines->list.n == 0) {
        draw_nothing(ui, r);
        return;
    }
    int about_h = r.h >= 14 ? (r.h > 30 ? 14 : r.h / 2) : 0;
    int list_h = r.h - (about_h > 0 ? about_h + 1 : 0);
    ui_lines_draw(&ui->canvas, (struct ui_rect){r.y, r.x, list_h, r.w}, lines,
                  gaps ? &gap_look : &stream_look, ui);
    if (about_h == 0)
        return;
    struct about about = {ui, r.y + r.h - about_h, r.y + r.h};
    ui_draw_repeat(&ui->canvas, about.y - 1, 0, r.w, UI_R_SEPARATOR, 0x2500);
    if (gaps)
        about_gap(&about, ui_gap_at(ui));
    else
        about_stream(&about, ui_stream_at(ui));
}
