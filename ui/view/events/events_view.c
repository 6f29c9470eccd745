/* The events: a table of one line each, with facets, histogram and detail around it as far as there
 * is room. */
#include <string.h>

#include "base/mem.h"
#include "ui/view/events/internal.h"
#include "ui/widget/bar_height.h"
#include "ui/widget/format.h"
#include "ui/work/live_update.h"

static const struct column {
    enum th_field field;
    const char *title;
    struct ui_column_spec spec;
} base_columns[] = {
    {TH_F_TIMESTAMP, "TIME", {8, 8, 8, 0, false}},
    {TH_F_OWN_VERB, "", {2, 2, 2, 0, false}},
    {TH_F_OWN_ACTOR, "WHO", {12, 16, 26, 2, false}},
    {TH_F_EVENT_ACTION, "ACTION", {18, 24, 32, 0, false}},
    {TH_F_OWN_TARGET, "TARGET", {12, 22, 44, 3, false}},
    {TH_F_SOURCE_ADDRESS, "FROM", {13, 15, 26, 4, false}},
    {TH_F_CLOUD_REGION, "REGION", {10, 14, 14, 6, true}},
    {TH_F_ERROR_CODE, "ERROR", {10, 20, 28, 7, true}},
};
#define BASE_COLUMNS TH_COUNT(base_columns)

size_t ui_event_columns(const struct ui *ui, enum th_field out[UI_COLUMNS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < BASE_COLUMNS; i++)
        out[n++] = base_columns[i].field;
    for (size_t i = 0; i < ui->fields->columns.n; i++) {
        struct th_field_ref ref;
        if (th_field_resolve(th_str_of(ui->fields->columns.v[i]), &ref) &&
            th_field_info(ref.field)->store != TH_STORE_EVIDENCE)
            out[n++] = ref.field;
    }
    return n;
}

struct table {
    enum th_field fields[UI_COLUMNS_MAX];
    int widths[UI_COLUMNS_MAX];
    const char *titles[UI_COLUMNS_MAX];
    size_t n;
    enum ui_date shared;
    bool years; /* the title says which year the rows share */
};

static void solve(struct ui *ui, struct ui_rect r, struct table *t)
{
    struct ui_column_spec specs[UI_COLUMNS_MAX];
    t->n = ui_event_columns(ui, t->fields);
    t->shared = ui_date_shared(ui_result(ui)->first_ms, ui_result(ui)->last_ms, ui->local);
    if (r.w < 40)
        t->shared = UI_DATE_DAY; /* the day would leave no room for what happened */
    for (size_t i = 0; i < t->n; i++) {
        int w = th_field_info(t->fields[i])->width_cols;
        if (i < BASE_COLUMNS)
            specs[i] = base_columns[i].spec;
        else
            specs[i] = (struct ui_column_spec){6, w < 8 ? 8 : w, w < 8 ? 8 : w + 8, 5, true};
        t->titles[i] = i < BASE_COLUMNS ? base_columns[i].title : th_field_info(t->fields[i])->name;
    }
    int time_w = ui_row_time_width(t->shared);
    t->years = r.w >= 60 && ui_result(ui)->first_ms != TH_TIME_NONE && ui_years(ui);
    if (t->years && t->shared == UI_DATE_DAY)
        time_w = 13; /* "10 Jul 2023 ▴" */
    specs[0] = (struct ui_column_spec){time_w, time_w, time_w, 0, false};
    ui_columns_solve(r.w - 2, 1, specs, t->n, t->widths);
    if (ui->fields->column >= t->n)
        ui->fields->column = t->n - 1;
    while (ui->fields->column > 0 && t->widths[ui->fields->column] == 0)
        ui->fields->column--;
}

static void time_title(struct ui *ui, const struct table *t, struct ui_rect r, struct th_buf *title)
{
    const char *zone = ui->local ? " local" : " UTC";
    struct th_buf year = TH_BUF_INIT;
    if (t->years)
        ui_format_year(&year, ui_result(ui)->first_ms, ui->local);
    if (t->shared == UI_DATE_DAY && r.w >= 40) {
        ui_format_day(title, ui_result(ui)->first_ms, ui->local);
        if (t->years)
            th_buf_printf(title, " %s", th_buf_cstr(&year));
    } else {
        bool say = t->years && t->shared == UI_DATE_YEAR;
        th_buf_puts(title, say ? th_buf_cstr(&year) : t->titles[0]);
        th_buf_puts(title, t->shared == UI_DATE_DAY ? "" : zone);
    }
    th_buf_fini(&year);
}

static void draw_titles(struct ui *ui, struct ui_rect r, const struct table *t)
{
    const struct ui_canvas *c = &ui->canvas;
    int x = r.x + 1;
    bool focus = ui->pane == UI_PANE_TABLE;
    for (size_t i = 0; i < t->n; i++) {
        if (t->widths[i] == 0)
            continue;
        struct th_buf title = TH_BUF_INIT;
        if (i == 0)
            time_title(ui, t, r, &title);
        else
            th_buf_puts(&title, t->titles[i]);
        if (t->fields[i] == ui_here(ui)->sort)
            th_buf_puts(&title, ui_here(ui)->descending ? " ▾" : " ▴");
        ui_draw_words(c, r.y, x, t->widths[i],
                      focus && i == ui->fields->column ? UI_R_HEAD : UI_R_LABEL,
                      th_buf_cstr(&title));
        th_buf_fini(&title);
        x += t->widths[i] + 1;
    }
}

static void cell_text(struct ui *ui, uint32_t row, enum th_field field, enum ui_date shared,
                      struct th_buf *out)
{
    th_buf_reset(out);
    if (field == TH_F_TIMESTAMP)
        ui_format_row_time(out, ui_row_time(ui, row), shared, ui->local);
    else if (!th_app_cell(ui->app, row, field, out) || out->n == 0)
        th_buf_puts(out, "–");
}

static void draw_cell(struct ui *ui, int y, int x, int w, enum ui_role role, enum th_field field,
                      struct th_buf *text)
{
    if (field == TH_F_TIMESTAMP || th_str_is(th_buf_str(text), "–"))
        ui_draw_words(&ui->canvas, y, x, w, role, th_buf_cstr(text));
    else
        ui_draw_text(&ui->canvas, y, x, w, role, th_buf_str(text));
}

static void draw_row(struct ui *ui, struct ui_rect r, int y, const struct table *t, size_t i)
{
    const struct ui_canvas *c = &ui->canvas;
    uint32_t row = ui_result(ui)->s.order[i];
    bool at = i == ui_cursor(ui)->at,
         focus = ui->pane == UI_PANE_TABLE && ui->mode != UI_MODE_FILTER && ui->view == UI_EVENTS;
    enum ui_role role = ui_tone(ui, row);
    const struct ui_mark *mark = ui_mark_of(ui, row);
    if (ui_filter_typing(ui) && ui_preview(ui)->have && row < ui_preview(ui)->s.rows.n &&
        !th_bits_get(&ui_preview(ui)->s.rows, row))
        role = UI_R_FADED;
    if (at) {
        role = focus ? UI_R_CURSOR : UI_R_CURSOR_IDLE;
        ui_draw_fill(c, (struct ui_rect){y, r.x, 1, r.w - 1}, role);
        ui_draw_words(c, y, r.x, 1, UI_R_KEY, "▌");
    }
    struct th_buf text = TH_BUF_INIT;
    int x = r.x + 1;
    for (size_t k = 0; k < t->n; k++) {
        int w = t->widths[k];
        if (w == 0)
            continue;
        bool cell = at && focus && k == ui->fields->column;
        if (cell)
            ui_draw_fill(c, (struct ui_rect){y, x, 1, w}, UI_R_CELL);
        cell_text(ui, row, t->fields[k], t->shared, &text);
        if (t->fields[k] == TH_F_OWN_VERB && k == 1) {
            if (mark != NULL)
                ui_draw_words(c, y, x, 1, at ? role : UI_R_MARK, mark->marked ? "●" : "·");
            draw_cell(ui, y, x + 1, 1, cell ? UI_R_CELL : role, t->fields[k], &text);
        } else {
            draw_cell(ui, y, x, w, cell ? UI_R_CELL : role, t->fields[k], &text);
        }
        x += w + 1;
    }
    th_buf_fini(&text);
}

/* ---- the scrollbar ---- */

static void draw_scrollbar(struct ui *ui, struct ui_rect r)
{
    size_t n = ui_cursor(ui)->n, h = (size_t)r.h;
    if (n <= h || h == 0)
        return;
    size_t thumb = ui_cursor(ui)->top * h / n, thumb_end = (ui_cursor(ui)->top + h) * h / n;
    thumb_end = thumb_end <= thumb ? thumb + 1 : thumb_end;
    for (size_t i = 0; i < h; i++) {
        unsigned flags = 0, marks = 0;
        for (size_t bin = i * UI_SHAPE_BINS / h;
             bin <= ((i + 1) * UI_SHAPE_BINS - 1) / h && bin < UI_SHAPE_BINS; bin++) {
            flags |= ui_result(ui)->shape[bin];
            marks |= ui_marks_in_result(ui)[bin];
        }
        bool in = i >= thumb && i < thumb_end;
        enum ui_role role = in ? UI_R_TEXT : UI_R_SEPARATOR;
        if (marks != 0)
            role = UI_R_MARK;
        else if ((flags & UI_SHAPE_FINDING) != 0)
            role = UI_R_NOTABLE;
        else if ((flags & UI_SHAPE_FAILURE) != 0)
            role = UI_R_BAR_FAILURE;
        ui_draw_repeat(&ui->canvas, r.y + (int)i, r.x + r.w - 1, 1, role, in ? 0x2503 : 0x2502);
    }
}

/* ---- nothing to show, in words ---- */

static void draw_empty(struct ui *ui, struct ui_rect r)
{
    const struct ui_canvas *c = &ui->canvas;
    const char *first = "", *second = "";
    struct th_buf error = TH_BUF_INIT;
    bool filtered = ui_here(ui)->filter.n > 0 || ui_here(ui)->has_within ||
                    ui_here(ui)->from_ms != TH_TIME_NONE || ui_here(ui)->to_ms != TH_TIME_NONE;
    if (ui_follow_imports(ui) && !filtered &&
        (!ui_result(ui)->have || ui_result(ui)->s.total == 0)) {
        first = "Events appear here as they are read.";
        second = "S shows what was read, skipped and rejected.";
    } else if (!ui_result(ui)->have && ui_result_err(ui)->code == TH_OK) {
        first = "Reading the case …";
    } else if (!ui_result(ui)->have) {
        th_buf_puts(&error, ui_result_err(ui)->msg);
        second = "0 shows all events; / changes the filter.";
    } else if (ui_result(ui)->s.total == 0) {
        first = "There are no events in this case.";
        second = "S shows what was read, skipped and rejected.";
    } else if (filtered) {
        first = "No event matches.";
        second = ui_when_back(ui)
                     ? "Backspace goes back to what was shown before; 0 shows all events."
                     : "0 shows all events; / changes the filter.";
    }
    if (r.h < 3)
        return;
    if (error.n > 0)
        ui_draw_text(c, r.y + 2, r.x + 2, r.w - 4, UI_R_ERROR, th_buf_str(&error));
    else
        ui_draw_words(c, r.y + 2, r.x + 2, r.w - 4, UI_R_TEXT, first);
    ui_draw_words(c, r.y + 3, r.x + 2, r.w - 4, UI_R_DIM, second);
    th_buf_fini(&error);
}

static void draw_table(struct ui *ui)
{
    struct ui_rect r = ui->layout.table;
    struct table t;
    if (r.h < 1)
        return;
    solve(ui, r, &t);
    draw_titles(ui, r, &t);
    struct ui_rect lines = {r.y + 1, r.x, r.h - 1, r.w};
    size_t n = ui_result(ui)->have ? ui_result(ui)->s.count : 0;
    ui_list_fit(ui_cursor(ui), n, lines.h);
    if (n == 0) {
        draw_empty(ui, r);
        return;
    }
    for (int i = 0; i < lines.h && ui_cursor(ui)->top + (size_t)i < n; i++)
        draw_row(ui, lines, lines.y + i, &t, ui_cursor(ui)->top + (size_t)i);
    draw_scrollbar(ui, lines);
}

static void draw(struct ui *ui)
{
    const struct ui_layout *l = &ui->layout;
    ui_histogram_draw(ui);
    draw_table(ui);
    if (l->facets.h > 0)
        ui_facets_draw(ui);
    if (l->divider_x >= 0)
        for (int y = l->body.y; y < l->body.y + l->body.h; y++)
            if (y >= l->table.y)
                ui_draw_repeat(&ui->canvas, y, l->divider_x, 1, UI_R_SEPARATOR, 0x2502);
    if (l->detail_right && l->facets.h > 0)
        for (int y = l->table.y; y < l->table.y + l->table.h; y++)
            ui_draw_repeat(&ui->canvas, y, l->detail.x - 1, 1, UI_R_SEPARATOR, 0x2502);
    if (l->detail_rule_y >= 0)
        ui_draw_repeat(&ui->canvas, l->detail_rule_y, l->detail.x, l->detail.w, UI_R_SEPARATOR,
                       0x2500);
    if (l->detail.h > 0)
        ui_detail_draw_in(ui, l->detail, ui->pane == UI_PANE_DETAIL);
}

static unsigned place(const struct ui *ui)
{
    static const unsigned contexts[UI_PANES] = {
        [UI_PANE_TABLE] = UI_IN_T,
        [UI_PANE_FACETS] = UI_IN_F,
        [UI_PANE_HISTOGRAM] = UI_IN_B,
        [UI_PANE_DETAIL] = UI_IN_D,
    };
    return contexts[ui->pane];
}

static void move_bar(struct ui *ui, int step)
{
    size_t n = ui_result(ui)->have ? ui_result(ui)->s.histogram.buckets : 0;
    if (ui_bar(ui) >= n)
        return;
    if (step < 0 ? ui_bar(ui) == 0 : ui_bar(ui) + 1 >= n)
        return;
    ui_bar_put(ui, step < 0 ? ui_bar(ui) - 1 : ui_bar(ui) + 1);
    struct th_buf words = TH_BUF_INIT;
    const struct th_histogram *h = &ui_result(ui)->s.histogram;
    int64_t from = h->start_ms + (int64_t)ui_bar(ui) * h->every_ms;
    ui_format_span(&words, from, from + h->every_ms - 1, ui_years(ui), ui->local);
    th_buf_puts(&words, " · ");
    ui_format_counted(&words, h->count[ui_bar(ui)], "event", "events");
    if (h->failure[ui_bar(ui)] > 0) {
        th_buf_puts(&words, ", ");
        ui_format_count(&words, h->failure[ui_bar(ui)]);
        th_buf_puts(&words, " failed");
    }
    ui_say(ui, UI_R_TEXT, "%s", th_buf_cstr(&words));
    th_buf_fini(&words);
}

static void move(struct ui *ui, enum ui_move how)
{
    switch (ui->pane) {
    case UI_PANE_TABLE:
        ui_list_move(ui_cursor(ui), how, ui->layout.table.h - 1);
        break;
    case UI_PANE_FACETS:
        ui_facets_move(ui, how);
        break;
    case UI_PANE_HISTOGRAM:
        move_bar(ui, how == UI_UP || how == UI_PAGE_UP || how == UI_FIRST ? -1 : 1);
        break;
    case UI_PANE_DETAIL:
        ui_detail_move(ui, how);
        break;
    case UI_PANES:
        break;
    }
}

static void side(struct ui *ui, int step)
{
    struct table t;
    if (ui->pane == UI_PANE_HISTOGRAM) {
        move_bar(ui, step);
        return;
    }
    if (ui->pane == UI_PANE_DETAIL) {
        ui_detail_side(ui, step);
        return;
    }
    if (ui->pane != UI_PANE_TABLE)
        return;
    solve(ui, ui->layout.table, &t);
    for (size_t i = ui->fields->column; step < 0 ? i > 0 : i + 1 < t.n;) {
        i = step < 0 ? i - 1 : i + 1;
        if (t.widths[i] > 0) {
            ui->fields->column = i;
            return;
        }
    }
}

static bool value(struct ui *ui, struct ui_value *out)
{
    uint32_t row;
    enum th_field fields[UI_COLUMNS_MAX];
    switch (ui->pane) {
    case UI_PANE_FACETS:
        return ui_facets_value(ui, out);
    case UI_PANE_DETAIL:
        return ui_detail_value(ui, out);
    case UI_PANE_HISTOGRAM:
        return false;
    case UI_PANE_TABLE:
    case UI_PANES:
        break;
    }
    size_t n = ui_event_columns(ui, fields);
    if (!ui_row(ui, &row) || ui->fields->column >= n)
        return false;
    ui_value_of_field(ui, row, fields[ui->fields->column], out);
    return true;
}

/* The button went down on one bar and up on another: the time between them is selected. */
static void brush_by_mouse(struct ui *ui, const struct ui_key *key, struct ui_rect r)
{
    const struct th_histogram *h = &ui_result(ui)->s.histogram;
    size_t from = events_state(ui)->bar_held;
    events_state(ui)->bar_held = SIZE_MAX;
    if (!ui_result(ui)->have || h->buckets == 0 || from >= h->buckets || r.h == 0)
        return;
    size_t to = ui_bar_bucket(key->x < 0 ? 0 : key->x, r.w, h->buckets);
    if (from == to)
        return;
    ui_bar_put(ui, to);
    size_t first = from < to ? from : to, last = from < to ? to : from;
    ui_brush(ui, h->start_ms + (int64_t)first * h->every_ms,
             h->start_ms + (int64_t)(last + 1) * h->every_ms, "time");
}

static void mouse(struct ui *ui, const struct ui_key *key)
{
    struct ui_rect t = ui->layout.table, f = ui->layout.facets, h = ui->layout.histogram;
    if (key->mouse == UI_MOUSE_RELEASE)
        brush_by_mouse(ui, key, h);
    if (key->mouse != UI_MOUSE_PRESS)
        return;
    events_state(ui)->bar_held = SIZE_MAX;
    if (key->y > t.y && key->y < t.y + t.h && key->x >= t.x && key->x < t.x + t.w) {
        ui->pane = UI_PANE_TABLE;
        size_t at = ui_cursor(ui)->top + (size_t)(key->y - t.y - 1);
        ui_cursor(ui)->at = at < ui_cursor(ui)->n ? at : ui_cursor(ui)->at;
    } else if (f.h > 0 && key->x < f.w && key->y >= f.y && key->y < f.y + f.h) {
        ui->pane = UI_PANE_FACETS;
        size_t at = events_state(ui)->facet_list.top + (size_t)(key->y - f.y);
        events_state(ui)->facet_list.at =
            at < events_state(ui)->facet_list.n ? at : events_state(ui)->facet_list.at;
    } else if (h.h > 0 && key->y >= h.y && key->y < h.y + h.h && ui_result(ui)->have &&
               ui_result(ui)->s.histogram.buckets > 0) {
        ui->pane = UI_PANE_HISTOGRAM;
        ui_bar_put(ui, ui_bar_bucket(key->x, h.w, ui_result(ui)->s.histogram.buckets));
        events_state(ui)->bar_held = ui_bar(ui);
    }
}

static void changed(struct ui *ui, unsigned what)
{
    if ((what & UI_CHANGED_MARKS) != 0)
        ui_marks_shape(ui);
    if ((what & UI_CHANGED_ROWS) != 0)
        ui_preview_forget(ui);
}

static void init(struct ui *ui)
{
    events_state(ui)->bar_held = SIZE_MAX;
}

const struct ui_view_ops ui_events_ops = {
    .state_size = sizeof(struct events_view),
    .init = init,
    .place = place,
    .draw = draw,
    .move = move,
    .side = side,
    .mouse = mouse,
    .value = value,
    .count = ui_events_count,
    .head = ui_events_head,
    .sentence = ui_events_sentence,
    .changed = changed,
};
