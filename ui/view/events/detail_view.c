/* The detail of an event on the screen: as a pane of the events view, or alone. The last value of a
 * line wraps, everything else is cut. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/view/events/internal.h"
#include "ui/view/record/record.h"

#define SECTION_W  10
#define LABEL_W    10
#define VALUE_ROWS 6 /* of one value: the record shows all of it */

/* Columns where values begin, for lines whose label is longer than usual. */
static int label_width(const struct ui_detail *d, int w)
{
    int widest = LABEL_W;
    for (size_t i = 0; i < d->n; i++)
        if (d->lines[i].label.p != NULL && (int)d->lines[i].label.n > widest)
            widest = (int)d->lines[i].label.n;
    int most = w / 3;
    widest = widest > 26 ? 26 : widest;
    return widest > most && most > 4 ? most : widest;
}

static int text_width(const struct ui *ui, struct th_str text)
{
    struct th_buf safe = TH_BUF_INIT;
    th_text_sanitise(&safe, th_str_sub(text, 0, 4096), ui->canvas.ascii);
    int w = th_text_width(th_buf_str(&safe));
    th_buf_fini(&safe);
    return w;
}

/* Rows that a value of need columns takes: what follows it on the line has a row of its own, too.
 */
static int value_rows(const struct ui_line *line, int need, int w)
{
    int rows = need > 0 ? (need + w - 1) / w : 1, most = VALUE_ROWS - (line->segs_n > 1);
    return rows > most ? most : rows;
}

/* Where value i of a line stands, in columns and rows from the first: values follow each other, and
 * one that does not fit goes to the next row. */
static void flow(const struct ui *ui, const struct ui_line *line, int w, size_t i, int *row,
                 int *col)
{
    *row = *col = 0;
    for (size_t k = 0; k <= i; k++) {
        int need =
            text_width(ui, line->segs[k].text) + (line->segs[k].link != UI_LINK_NONE ? 2 : 0);
        if (*col > 0 && *col + need > w) {
            (*row)++;
            *col = 0;
        }
        if (k < i && need > w)
            *row += value_rows(line, need, w) - 1;
        if (k < i)
            *col = need > w ? w : *col + need + 3;
    }
}

/* Rows of the screen that a line takes when values have w columns. */
static int line_height(const struct ui *ui, const struct ui_line *line, int w)
{
    int rows, col;
    if (line->segs_n == 0 || line->section == NULL || w < 8)
        return 1;
    if (line->segs_n > 1) {
        flow(ui, line, w, line->segs_n - 1, &rows, &col);
        rows += value_rows(line, text_width(ui, line->segs[line->segs_n - 1].text), w);
    } else {
        rows = value_rows(line, text_width(ui, line->segs[0].text), w);
    }
    return rows < 1 ? 1 : rows > VALUE_ROWS ? VALUE_ROWS : rows;
}

static enum ui_role seg_role(const struct ui_seg *seg, bool at)
{
    return at ? UI_R_CELL : seg->role;
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* One value that may take several rows; broken anywhere, for it is rarely prose. */
static void draw_wrapped(struct ui *ui, int y, int last_y, int x, int w, int rows,
                         enum ui_role role, struct th_str text)
{
    struct th_buf safe = TH_BUF_INIT;
    th_text_sanitise(&safe, th_str_sub(text, 0, 16384), ui->canvas.ascii);
    struct th_str left = th_buf_str(&safe);
    for (int i = 0; i < rows && y + i <= last_y && left.n > 0; i++) {
        size_t at = 0;
        int used = 0;
        while (at < left.n) {
            size_t next = at;
            int cw = th_text_cp_width(th_utf8_next(left, &next));
            if (used + cw > w)
                break;
            used += cw;
            at = next;
        }
        bool last = i + 1 == rows;
        ui_draw_text(&ui->canvas, y + i, x, w, role, last ? left : th_str_sub(left, 0, at));
        left = th_str_sub(left, at, left.n);
    }
    th_buf_fini(&safe);
}

static void draw_segs(struct ui *ui, const struct ui_line *line, int y, int last_y, int x, int w,
                      bool focus)
{
    const struct ui_canvas *c = &ui->canvas;
    int rows = line_height(ui, line, w);
    if (line->segs_n == 1 && rows > 1) {
        draw_wrapped(ui, y, last_y, x, w, rows, seg_role(&line->segs[0], focus),
                     line->segs[0].text);
        return;
    }
    for (size_t i = 0; i < line->segs_n; i++) {
        const struct ui_seg *seg = &line->segs[i];
        int row, col;
        flow(ui, line, w, i, &row, &col);
        if (row >= rows || y + row > last_y)
            return;
        enum ui_role role = seg_role(seg, focus && i == detail_state(ui)->seg);
        int need = text_width(ui, seg->text), used = need;
        if (need > w)
            draw_wrapped(ui, y + row, last_y, x, w, min_int(value_rows(line, need, w), rows - row),
                         role, seg->text);
        else
            used = ui_draw_text(c, y + row, x + col, w - col, role, seg->text);
        if (seg->link != UI_LINK_NONE && col + used + 2 <= w)
            ui_draw_words(c, y + row, x + col + used + 1, 1, UI_R_LINK, "›");
    }
}

static void draw_headline(struct ui *ui, const struct ui_line *line, int y, struct ui_rect r,
                          bool focus)
{
    /* Action at the left, time at the right, outcome between. */
    const struct ui_canvas *c = &ui->canvas;
    if (line->segs_n == 0)
        return;
    const struct ui_seg *time = &line->segs[line->segs_n - 1];
    int time_w = text_width(ui, time->text);
    int x = r.x + 1, end = r.x + r.w - 1, need = time_w + 2;
    for (size_t i = 0; i + 1 < line->segs_n; i++)
        need += text_width(ui, line->segs[i].text) + 3;
    if (need > r.w - 2)
        time_w = 0;
    for (size_t i = 0; i + 1 < line->segs_n; i++) {
        x += ui_draw_text(c, y, x, end - x - time_w - 2,
                          seg_role(&line->segs[i], focus && i == detail_state(ui)->seg),
                          line->segs[i].text) +
             3;
    }
    if (time_w > 0 && end - time_w > x)
        ui_draw_text(c, y, end - time_w, time_w,
                     seg_role(time, focus && detail_state(ui)->seg + 1 == line->segs_n),
                     time->text);
}

static void draw_line(struct ui *ui, const struct ui_line *line, int y, struct ui_rect r,
                      int label_w, bool at)
{
    const struct ui_canvas *c = &ui->canvas;
    int last_y = r.y + r.h - 1;
    if (line->section == NULL) {
        draw_headline(ui, line, y, r, at);
        return;
    }
    if (at)
        ui_draw_words(c, y, r.x, 1, UI_R_KEY, "▌");
    ui_draw_words(c, y, r.x + 1, SECTION_W - 1, UI_R_LABEL, line->section);
    int x = r.x + 1 + SECTION_W;
    ui_draw_text(c, y, x, label_w, UI_R_DIM, line->label);
    x += label_w + 1;
    draw_segs(ui, line, y, last_y, x, r.x + r.w - 1 - x, at);
}

/* The list scrolls by lines, but lines may be several rows high: move the top until the cursor's
 * line is whole on the screen. */
static void fit(struct ui *ui, struct ui_rect r, int value_w)
{
    struct ui_list *list = &detail_state(ui)->list;
    const struct ui_detail *d = &detail_state(ui)->detail;
    list->n = d->n;
    if (list->at >= d->n)
        list->at = d->n > 0 ? d->n - 1 : 0;
    if (list->at < list->top)
        list->top = list->at;
    for (;;) {
        int rows = 0;
        for (size_t i = list->top; i <= list->at && i < d->n; i++)
            rows += line_height(ui, &d->lines[i], value_w);
        if (rows <= r.h - (r.h > 12 && list->top == 0) || list->top >= list->at)
            return;
        list->top++;
    }
}

void ui_detail_draw_in(struct ui *ui, struct ui_rect r, bool focus)
{
    ui_detail_update(ui);
    const struct ui_detail *d = &detail_state(ui)->detail;
    int label_w = label_width(d, r.w);
    int value_w = r.w - 1 - (1 + SECTION_W + label_w + 1);
    fit(ui, r, value_w);
    int y = r.y;
    for (size_t i = detail_state(ui)->list.top; i < d->n && y < r.y + r.h; i++) {
        bool at = focus && i == detail_state(ui)->list.at && ui->mode != UI_MODE_FILTER;
        draw_line(ui, &d->lines[i], y, r, label_w, at);
        y += line_height(ui, &d->lines[i], value_w);
        if (d->lines[i].section == NULL && i == 0 && r.h > 12)
            y++;
    }
}

void ui_detail_move(struct ui *ui, enum ui_move how)
{
    ui_detail_update(ui);
    detail_state(ui)->list.n = detail_state(ui)->detail.n;
    ui_list_move(&detail_state(ui)->list, how,
                 ui->view == UI_DETAIL ? ui->layout.body.h : ui->layout.detail.h);
    detail_state(ui)->seg = 0;
}

void ui_detail_side(struct ui *ui, int step)
{
    const struct ui_detail *d = &detail_state(ui)->detail;
    if (detail_state(ui)->list.at >= d->n)
        return;
    size_t n = d->lines[detail_state(ui)->list.at].segs_n;
    if (step < 0 && detail_state(ui)->seg > 0)
        detail_state(ui)->seg--;
    else if (step > 0 && detail_state(ui)->seg + 1 < n)
        detail_state(ui)->seg++;
}

static const struct ui_seg *seg_at(struct ui *ui)
{
    ui_detail_update(ui);
    const struct ui_detail *d = &detail_state(ui)->detail;
    if (!d->have || detail_state(ui)->list.at >= d->n)
        return NULL;
    const struct ui_line *line = &d->lines[detail_state(ui)->list.at];
    return detail_state(ui)->seg < line->segs_n ? &line->segs[detail_state(ui)->seg] : NULL;
}

bool ui_detail_value(struct ui *ui, struct ui_value *out)
{
    const struct ui_seg *seg = seg_at(ui);
    if (seg == NULL)
        return false;
    if (seg->field.p != NULL)
        th_buf_add_str(&out->field, seg->field);
    th_buf_add_str(&out->text, seg->value);
    return true;
}

static void draw(struct ui *ui)
{
    ui_detail_draw_in(ui, ui->layout.body, true);
    if (detail_state(ui)->detail.n == 0)
        ui_draw_words(&ui->canvas, ui->layout.body.y + 1, 2, ui->canvas.cols - 4, UI_R_TEXT,
                      "No event to show.");
}

static void changed(struct ui *ui, unsigned what)
{
    if ((what & UI_CHANGED_ROWS) != 0)
        detail_state(ui)->about.have = detail_state(ui)->about_asked = false;
    if ((what & (UI_CHANGED_EVENTS | UI_CHANGED_VALUES)) != 0)
        detail_state(ui)->about_stale = true;
    if ((what & ~(UI_CHANGED_EVENTS | UI_CHANGED_SOURCES | UI_CHANGED_COVERAGE)) != 0)
        detail_state(ui)->detail.have = false;
}

static void fini(struct ui *ui)
{
    ui_detail_fini(&detail_state(ui)->detail);
}

const struct ui_view_ops ui_detail_ops = {
    .state_size = sizeof(struct detail_view),
    .fini = fini,
    .draw = draw,
    .move = ui_detail_move,
    .side = ui_detail_side,
    .value = ui_detail_value,
    .count = ui_events_count,
    .head = ui_events_head,
    .sentence = ui_events_sentence,
    .changed = changed,
};

/* ---- commands ---- */

void ui_do_detail(struct ui *ui, const char *arg)
{
    (void)arg;
    ui_show(ui, UI_DETAIL);
}

void ui_do_follow(struct ui *ui, const char *arg)
{
    const struct ui_seg *seg = seg_at(ui);
    if (seg == NULL || seg->link == UI_LINK_NONE) {
        ui_do_record(ui, arg);
        return;
    }
    const struct th_finding *finding = ui_finding_by_id(ui, seg->target);
    if (finding != NULL)
        ui_filter_finding(ui, finding);
}

static void step_event(struct ui *ui, enum ui_move how)
{
    ui_list_move(ui_cursor(ui), how, 1);
    if (ui->view == UI_RECORD)
        ui_record_open(ui);
}

void ui_do_next_event(struct ui *ui, const char *arg)
{
    (void)arg;
    step_event(ui, UI_DOWN);
}

void ui_do_previous_event(struct ui *ui, const char *arg)
{
    (void)arg;
    step_event(ui, UI_UP);
}
