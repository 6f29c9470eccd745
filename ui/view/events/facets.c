/* The facets: for each field its most frequent values under the current filter, with bars and
 * counts. The pane is a list of lines: a heading, its values, and a line that opens the rest. While
 * a filter is typed the bars show in bright what it would leave. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/view/events/internal.h"
#include "ui/widget/bar_height.h"
#include "ui/widget/format.h"

#define CLOSED_VALUES 5

/* One line of the pane: value is the index in the facet, -1 for the heading, -2 for the line that
 * opens or closes. */
struct line {
    size_t facet;
    int value;
};

static size_t values_shown(const struct ui *ui, size_t facet)
{
    const struct th_top *top = &ui_result(ui)->s.facets[facet];
    if (events_state(ui)->facet_open[facet] || top->n <= CLOSED_VALUES + 1)
        return top->n;
    return CLOSED_VALUES;
}

static size_t lines_of(const struct ui *ui, size_t facet)
{
    size_t shown = values_shown(ui, facet);
    bool more = ui_result(ui)->s.facets[facet].n > CLOSED_VALUES + 1;
    return 1 + shown + (more ? 1 : 0) + 1;
}

static size_t count_lines(const struct ui *ui)
{
    size_t n = 0;
    for (size_t i = 0; ui_result(ui)->have && i < ui_result(ui)->s.facets_n; i++)
        n += lines_of(ui, i);
    return n;
}

/* What stands on line i; false for the blank line between facets. */
static bool line_at(const struct ui *ui, size_t i, struct line *out)
{
    for (size_t f = 0; ui_result(ui)->have && f < ui_result(ui)->s.facets_n; f++) {
        size_t n = lines_of(ui, f);
        if (i >= n) {
            i -= n;
            continue;
        }
        out->facet = f;
        if (i == 0)
            out->value = -1;
        else if (i <= values_shown(ui, f))
            out->value = (int)i - 1;
        else if (i + 1 < n)
            out->value = -2;
        else
            return false;
        return true;
    }
    return false;
}

void ui_facets_move(struct ui *ui, enum ui_move how)
{
    struct ui_list *list = &events_state(ui)->facet_list;
    struct line line;
    list->n = count_lines(ui);
    size_t before = list->at;
    ui_list_move(list, how, ui->layout.facets.h);
    if (!line_at(ui, list->at, &line)) {
        /* Over the blank line, on in the same direction. */
        if (list->at > before && list->at + 1 < list->n)
            list->at++;
        else if (list->at > 0)
            list->at--;
    }
}

bool ui_facets_value(struct ui *ui, struct ui_value *out)
{
    struct line line;
    if (!line_at(ui, events_state(ui)->facet_list.at, &line) || line.value == -2)
        return false;
    th_buf_puts(&out->field, ui_result(ui)->facet_names[line.facet]);
    if (line.value < 0) {
        out->absent = true;
        return true;
    }
    struct th_str value = ui_result(ui)->s.facets[line.facet].values[line.value].value;
    out->absent = value.p == NULL;
    if (value.p != NULL)
        th_buf_add_str(&out->text, value);
    return true;
}

static bool is_value(const struct ui *ui, const struct line *line, const struct ui_value *value)
{
    struct th_str name = th_str_of(ui_result(ui)->facet_names[line->facet]);
    if (line->value == -2 || !th_str_eq(name, th_buf_str(&value->field)))
        return false;
    if (line->value < 0)
        return value->absent && value->text.n == 0;
    struct th_str text = ui_result(ui)->s.facets[line->facet].values[line->value].value;
    return (text.p == NULL) == value->absent && th_str_eq(text, th_buf_str(&value->text));
}

void ui_facets_seek(struct ui *ui, const struct ui_value *value)
{
    struct line line;
    size_t n = count_lines(ui);
    /* The heading of a field and its absent value are the same to everybody else. */
    if (line_at(ui, events_state(ui)->facet_list.at, &line) && is_value(ui, &line, value))
        return;
    for (size_t i = 0; i < n; i++)
        if (line_at(ui, i, &line) && is_value(ui, &line, value)) {
            events_state(ui)->facet_list.at = i;
            return;
        }
}

static bool toggle(struct ui *ui)
{
    struct line line;
    if (!line_at(ui, events_state(ui)->facet_list.at, &line) || line.value >= 0)
        return false;
    events_state(ui)->facet_open[line.facet] = !events_state(ui)->facet_open[line.facet];
    ui->dirty = true;
    return true;
}

/* ---- drawing ---- */

/* "aws.cloudtrail.user_identity.type" becomes "aws…type" when it must be short: the ends say what
 * it is. */
static void short_name(const char *name, int w, struct th_buf *out)
{
    struct th_str s = th_str_of(name);
    if ((int)s.n <= w) {
        th_buf_add_str(out, s);
        return;
    }
    ptrdiff_t first = th_str_find(s, '.'), last = th_str_rfind(s, '.');
    if (first > 0 && last > first) {
        th_buf_add_str(out, th_str_sub(s, 0, (size_t)first));
        th_buf_puts(out, "…");
        th_buf_add_str(out, th_str_sub(s, (size_t)last + 1, s.n));
    } else {
        th_buf_add_str(out, s);
    }
}

static uint64_t previewed(const struct ui *ui, const struct line *line, bool *known)
{
    *known = false;
    if (!ui_filter_typing(ui) || !ui_preview(ui)->have || line->facet >= ui_preview(ui)->s.facets_n)
        return 0;
    const struct th_top *top = &ui_preview(ui)->s.facets[line->facet];
    struct th_str value = ui_result(ui)->s.facets[line->facet].values[line->value].value;
    *known = true;
    for (size_t i = 0; i < top->n; i++) {
        struct th_str other = top->values[i].value;
        if ((value.p == NULL) == (other.p == NULL) && th_str_eq(value, other))
            return top->values[i].count;
    }
    return 0;
}

static void draw_heading(struct ui *ui, struct ui_rect r, int y, const struct line *line, bool at)
{
    const struct th_top *top = &ui_result(ui)->s.facets[line->facet];
    struct th_buf name = TH_BUF_INIT, count = TH_BUF_INIT;
    ui_format_count(&count, top->distinct);
    int count_w = (int)count.n;
    short_name(ui_result(ui)->facet_names[line->facet], r.w - count_w - 3, &name);
    enum ui_role role = at ? UI_R_CURSOR : UI_R_LABEL;
    if (at)
        ui_draw_fill(&ui->canvas, (struct ui_rect){y, r.x, 1, r.w}, role);
    ui_draw_words(&ui->canvas, y, r.x + 1, r.w - count_w - 3, role, th_buf_cstr(&name));
    ui_draw_words(&ui->canvas, y, r.x + r.w - count_w - 1, count_w, at ? role : UI_R_DIM,
                  th_buf_cstr(&count));
    th_buf_fini(&name);
    th_buf_fini(&count);
}

static void draw_bar(struct ui *ui, int y, int x, int w, uint64_t n, uint64_t left, uint64_t all,
                     bool at)
{
    int whole = ui_bar_eighths(n, all, w), bright = ui_bar_eighths(left, all, w);
    for (int i = 0; i < w; i++) {
        int here = whole - i * 8;
        if (here <= 0)
            break;
        enum ui_role role = i * 8 < bright ? UI_R_BAR : UI_R_BAR_REST;
        ui_draw_repeat(&ui->canvas, y, x + i, 1, at ? UI_R_CURSOR : role,
                       here >= 4 ? 0x2587 : 0x258F);
    }
}

static void draw_value(struct ui *ui, struct ui_rect r, int y, const struct line *line, bool at)
{
    const struct ui_canvas *c = &ui->canvas;
    const struct th_top *top = &ui_result(ui)->s.facets[line->facet];
    const struct th_top_value *value = &top->values[line->value];
    bool known;
    uint64_t left = previewed(ui, line, &known), shown = known ? left : value->count;
    struct th_buf count = TH_BUF_INIT;
    ui_format_count(&count, shown);
    int count_w = (int)count.n < 5 ? 5 : (int)count.n;
    int bar_w = (r.w - 4) / 4, text_w = r.w - bar_w - count_w - 4;
    enum ui_role role = at ? UI_R_CURSOR : shown == 0 ? UI_R_FADED : UI_R_TEXT;
    if (at)
        ui_draw_fill(c, (struct ui_rect){y, r.x, 1, r.w}, role);
    if (at)
        ui_draw_words(c, y, r.x, 1, role, "▸");
    if (value->value.p == NULL)
        ui_draw_words(c, y, r.x + 2, text_w, at ? role : UI_R_DIM, "–");
    else
        ui_draw_text(c, y, r.x + 2, text_w, role, value->value);
    draw_bar(ui, y, r.x + 3 + text_w, bar_w - 1, value->count, shown, top->rows, at);
    ui_draw_words_right(c, y, r.x + r.w - count_w - 1, count_w, at ? role : UI_R_DIM,
                        th_buf_cstr(&count));
    th_buf_fini(&count);
}

static void draw_more(struct ui *ui, struct ui_rect r, int y, const struct line *line, bool at)
{
    const struct th_top *top = &ui_result(ui)->s.facets[line->facet];
    struct th_buf words = TH_BUF_INIT;
    if (events_state(ui)->facet_open[line->facet]) {
        th_buf_puts(&words, top->distinct > top->n ? "the first 100 · fewer" : "fewer");
    } else {
        th_buf_puts(&words, "… ");
        ui_format_count(&words, (top->distinct > top->n ? top->distinct : top->n) - CLOSED_VALUES);
        th_buf_puts(&words, " more");
    }
    ui_draw_words(&ui->canvas, y, r.x + 2, r.w - 3, at ? UI_R_CURSOR : UI_R_DIM,
                  th_buf_cstr(&words));
    th_buf_fini(&words);
}

void ui_facets_draw(struct ui *ui)
{
    struct ui_rect r = ui->layout.facets;
    bool focus = ui->pane == UI_PANE_FACETS && ui->mode != UI_MODE_FILTER;
    size_t n = count_lines(ui);
    ui_list_fit(&events_state(ui)->facet_list, n, r.h);
    for (int i = 0; i < r.h; i++) {
        size_t at = events_state(ui)->facet_list.top + (size_t)i;
        struct line line;
        if (at >= n || !line_at(ui, at, &line))
            continue;
        bool cursor = focus && at == events_state(ui)->facet_list.at;
        if (line.value == -1)
            draw_heading(ui, r, r.y + i, &line, cursor);
        else if (line.value == -2)
            draw_more(ui, r, r.y + i, &line, cursor);
        else
            draw_value(ui, r, r.y + i, &line, cursor);
    }
}

void ui_do_facet_for(struct ui *ui, const char *arg)
{
    (void)arg;
    if (!toggle(ui))
        ui_filter_value(ui, false);
}
