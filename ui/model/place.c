/* Where we are (a place) and were (the back stack), and the answers of the worker that fill it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/model/findings.h"
#include "ui/model/internal.h"
#include "ui/model/marks.h"
#include "ui/widget/format.h"

static void place_fini(struct ui_place *place)
{
    th_buf_fini(&place->filter);
    th_buf_fini(&place->title);
    th_buf_fini(&place->set_name);
    th_bits_fini(&place->within);
    memset(place, 0, sizeof *place);
}

static void copy_buf(struct th_buf *to, const struct th_buf *from)
{
    *to = TH_BUF_INIT;
    th_buf_add(to, from->p, from->n);
}

static void place_copy(struct ui_place *to, const struct ui_place *from)
{
    *to = *from;
    copy_buf(&to->filter, &from->filter);
    copy_buf(&to->title, &from->title);
    copy_buf(&to->set_name, &from->set_name);
    to->within = (struct th_bits){NULL, 0};
    if (from->has_within)
        th_bits_init_copy(&to->within, &from->within);
}

/* The event under the cursor of the table, whatever view is in front of it. */
static bool table_row(const struct ui *ui, uint32_t *row)
{
    if (!ui->places->result.have || ui->places->events.at >= ui->places->result.s.count)
        return false;
    *row = ui->places->result.s.order[ui->places->events.at];
    return true;
}

void ui_places_init(struct ui *ui)
{
    ui->places = th_xcalloc(1, sizeof *ui->places);
    ui->places->here.from_ms = ui->places->here.to_ms = TH_TIME_NONE;
    ui->places->here.sort = TH_F_TIMESTAMP;
}

void ui_places_fini(struct ui *ui)
{
    struct ui_places *p = ui->places;
    if (p == NULL)
        return;
    ui_screen_fini(&p->result);
    place_fini(&p->here);
    for (size_t i = 0; i < p->back_n; i++)
        place_fini(&p->back[i]);
    free(p->back);
    free(p);
    ui->places = NULL;
}

void ui_push(struct ui *ui, const char *title)
{
    uint32_t row;
    ui->places->here.has_row = table_row(ui, &row);
    if (ui->places->here.has_row)
        ui->places->here.row = row;
    ui->places->here.count = ui->places->result.have ? ui->places->result.s.count : 0;
    TH_GROW(ui->places->back, ui->places->back_n, ui->places->back_cap);
    ui->places->back[ui->places->back_n++] = ui->places->here;
    ui->places->question++;
    struct ui_place next;
    place_copy(&next, &ui->places->here);
    ui->places->here = next;
    th_buf_reset(&ui->places->here.title);
    th_buf_puts(&ui->places->here.title, title);
}

bool ui_pop(struct ui *ui)
{
    if (ui->places->back_n == 0)
        return false;
    place_fini(&ui->places->here);
    ui->places->here = ui->places->back[--ui->places->back_n];
    ui->places->question++;
    ui_ask(ui);
    return true;
}

void ui_ask(struct ui *ui)
{
    ui_messages_drop(&ui->messages, UI_OWNER_VIEW); /* of another question */
    ui->places->result_pending = true;
    ui->dirty = true;
}

void ui_request_fill(struct ui *ui, struct ui_request *request)
{
    request->from_ms = ui->places->here.from_ms;
    request->to_ms = ui->places->here.to_ms;
    request->sort = ui->places->here.sort;
    request->descending = ui->places->here.descending;
    /* Asked for even where it is not shown, so that showing it later needs no question. */
    request->max_buckets = ui->layout.too_small ? 80 : (size_t)ui->layout.filter.w;
    request->histogram_all = !ui->places->here.zoomed;
    request->facet_values = 100;
    for (size_t i = 0; i < ui->fields->facets.n; i++)
        request->facets[request->facets_n++] = th_xstrdup(ui->fields->facets.v[i]);
    if (ui->places->here.has_within) {
        th_bits_init_copy(&request->within, &ui->places->here.within);
        request->has_within = true;
    }
    ui_findings_bits(ui, &request->flagged);
    ui_marks_bits(ui, &request->marked);
}

void ui_ask_now(struct ui *ui)
{
    struct ui_request *request = ui_request_new(UI_JOB_SCREEN);
    th_buf_add(&request->filter, ui->places->here.filter.p, ui->places->here.filter.n);
    ui_request_fill(ui, request);
    ui->places->buckets_asked = request->max_buckets;
    ui->places->result_pending = false;
    ui->places->result_wanted = true;
    ui->places->growing = false;
    ui->places->refreshing = false;
    ui_jobs_post(ui->jobs, request);
    ui->dirty = true;
}

void ui_refresh(struct ui *ui)
{
    ui_ask_now(ui);
    ui->places->refreshing = true;
}

void ui_ask_for_width(struct ui *ui, size_t cols)
{
    /* A search that was stopped isn't begun again for the sake of its bars. */
    bool stopped = ui_result_is_partial(ui) && !ui->places->result_wanted;
    if (!stopped && ui->places->buckets_asked != 0 && cols != ui->places->buckets_asked)
        ui->places->result_pending = true;
}

void ui_sort(struct ui *ui, enum th_field field, bool descending)
{
    ui->places->here.sort = field;
    ui->places->here.descending = descending;
    ui_ask(ui);
}

void ui_stop(struct ui *ui)
{
    ui_jobs_cancel(ui->jobs, UI_JOB_SCREEN);
    ui->places->result_wanted = ui->places->result_pending = false;
    if (ui_result_is_partial(ui)) {
        ui->places->growing = ui->places->begin_at_top = ui->places->here.has_row = false;
        ui_say(ui, UI_R_WARNING, "stopped: there may be more in the %d %% that were not searched",
               100 - (int)(ui->places->result.share * 100));
        return;
    }
    if (!ui->places->result.have) {
        ui_say(ui, UI_R_WARNING, "stopped before there was anything: / and Enter ask again");
        return;
    }
    ui_say(ui, UI_R_WARNING, "stopped; this is the result before");
    /* The filter bar must say what is shown: places that were never reached are left again. */
    bool left = false;
    while (ui->places->result.have && ui->places->back_n > 0 &&
           !th_str_eq(th_buf_str(&ui->places->here.filter), th_str_of(ui->places->result.filter)))
        left = ui_pop(ui);
    if (!left)
        return;
    ui->places->result_pending = false;
    ui_seek(ui);
    ui->places->here.has_row = false;
}

/* ---- answers ---- */

static size_t nearest_in_time(struct ui *ui, uint32_t row)
{
    int64_t ts = ui_row_time(ui, row);
    const struct th_screen *s = &ui->places->result.s;
    const int64_t *times;
    const uint32_t *by_time;
    size_t best = 0;
    uint64_t best_distance = UINT64_MAX;
    if (th_table_times(s->table, &times, &by_time, NULL) != TH_OK)
        return 0;
    for (size_t i = 0; i < s->count; i++) {
        int64_t other = times[s->order[i]];
        if (other == TH_TIME_NONE || ts == TH_TIME_NONE)
            continue;
        uint64_t distance = other > ts ? (uint64_t)(other - ts) : (uint64_t)(ts - other);
        if (distance < best_distance) {
            best_distance = distance;
            best = i;
        }
    }
    return best;
}

void ui_seek(struct ui *ui)
{
    const struct th_screen *s = &ui->places->result.s;
    ui->places->events.n = s->count;
    ui->places->events.at = 0;
    if (!ui->places->here.has_row)
        return;
    uint32_t row = ui->places->here.row;
    if (row >= s->rows.n)
        return;
    if (!th_bits_get(&s->rows, row)) {
        ui->places->events.at = nearest_in_time(ui, row);
        return;
    }
    for (size_t i = 0; i < s->count; i++)
        if (s->order[i] == row) {
            ui->places->events.at = i;
            return;
        }
}

/* Found so far, and only that; the final answer comes later, unless it is stopped. */
bool ui_result_is_partial(const struct ui *ui)
{
    return ui->places->result.have && ui->places->result.share < 1;
}

/* The time that the bar under the histogram's cursor begins at. */
static int64_t bar_time(const struct ui *ui)
{
    const struct th_histogram *h = &ui->places->result.s.histogram;
    return ui->places->result.have && ui->places->bar < h->buckets
               ? h->start_ms + (int64_t)ui->places->bar * h->every_ms
               : TH_TIME_NONE;
}

/* On the same time when events only came in, else on the same place. */
static void keep_bar(struct ui *ui, bool refreshing, int64_t ts)
{
    const struct th_histogram *h = &ui->places->result.s.histogram;
    if (refreshing && ts != TH_TIME_NONE && h->every_ms > 0 && ts >= h->start_ms)
        ui->places->bar = (size_t)((ts - h->start_ms) / h->every_ms);
    if (ui->places->bar >= h->buckets)
        ui->places->bar = h->buckets > 0 ? h->buckets - 1 : 0;
}

static void take_shape(struct ui *ui)
{
    for (size_t i = 0; i < UI_SHAPE_BINS; i++)
        ui->places->mark_shape[i] = (ui->places->result.shape[i] & UI_SHAPE_MARK) != 0;
}

/* The result is of a table that has grown: where the cursor goes in the new one. */
struct anchor {
    bool top, bottom; /* stays at this end */
    size_t line;      /* of the table's lines on the screen */
};

static struct anchor find_anchor(const struct ui *ui)
{
    const struct ui_list *list = &ui->places->events;
    bool by_time = ui->places->here.sort == TH_F_TIMESTAMP;
    return (struct anchor){
        .top = list->at == 0 && (!ui->touched || (by_time && ui->places->here.descending)),
        .bottom = by_time && !ui->places->here.descending && list->n > 1 && list->at + 1 == list->n,
        .line = list->at - list->top,
    };
}

static void seek_anchor(struct ui *ui, const struct anchor *anchor)
{
    struct ui_list *list = &ui->places->events;
    if (anchor->top)
        list->at = 0;
    else if (anchor->bottom)
        list->at = list->n > 0 ? list->n - 1 : 0;
    list->top = list->at > anchor->line ? list->at - anchor->line : 0;
}

void ui_result_answer(struct ui *ui, struct ui_answer *answer)
{
    ui->places->result_wanted = answer->partial;
    /* What is shown already is all of a moment ago. */
    if (answer->partial && ui->places->refreshing)
        return;
    bool refreshing = ui->places->refreshing;
    ui->places->refreshing = false;
    ui->places->result_ms = answer->took_ms;
    ui->places->result_err = answer->err;
    ui->places->result_err.code = answer->rc;
    if (answer->rc != TH_OK) {
        if (answer->rc != TH_E_CANCELLED)
            ui_report_err(ui, UI_OWNER_VIEW, &answer->err);
        return;
    }
    uint32_t row;
    struct anchor anchor = find_anchor(ui);
    if (ui->places->growing && ui->places->events.at != ui->places->growing_at)
        ui->places->begin_at_top = ui->places->here.has_row =
            false; /* somebody has moved it meanwhile */
    if (ui->places->begin_at_top) {
        ui->places->here.has_row = false;
    } else if (!ui->places->here.has_row && table_row(ui, &row)) {
        ui->places->here.has_row = true;
        ui->places->here.row = row;
    }
    int64_t bar_ms = bar_time(ui);
    ui_screen_fini(&ui->places->result);
    ui->places->result = answer->screen;
    memset(&answer->screen, 0, sizeof answer->screen);
    ui_seek(ui);
    if (refreshing)
        seek_anchor(ui, &anchor);
    take_shape(ui);
    /* What the cursor is to be on may still be found. */
    ui->places->growing = answer->partial;
    ui->places->growing_at = ui->places->events.at;
    if (!answer->partial)
        ui->places->begin_at_top = ui->places->here.has_row = false;
    keep_bar(ui, refreshing, bar_ms);
    if (ui->places->result.s.notes.n > 0 && !refreshing)
        ui_report(ui, UI_OWNER_VIEW, UI_R_WARNING, "%s", ui->places->result.s.notes.note[0].text);
}

void ui_marks_shape(struct ui *ui)
{
    memset(ui->places->mark_shape, 0, sizeof ui->places->mark_shape);
    size_t n = ui->places->result.have ? ui->places->result.s.count : 0;
    if (ui->noted->list.n == 0)
        return;
    struct th_bits marked;
    ui_marks_bits(ui, &marked);
    for (size_t i = 0; i < n; i++) {
        uint32_t row = ui->places->result.s.order[i];
        if (row < marked.n && th_bits_get(&marked, row))
            ui->places->mark_shape[i * UI_SHAPE_BINS / n] = 1;
    }
    th_bits_fini(&marked);
}

void ui_result_take(struct ui *ui, struct ui_screen *screen)
{
    ui_screen_fini(&ui->places->result);
    ui->places->result = *screen;
    memset(screen, 0, sizeof *screen);
    ui->places->result_pending = false;
    ui_seek(ui);
    ui_marks_shape(ui);
    ui->places->here.has_row = false;
}

void ui_places_forget(struct ui *ui)
{
    struct ui_places *p = ui->places;
    ui_screen_fini(&p->result);
    memset(&p->result, 0, sizeof p->result);
    p->here.has_row = false;
    for (size_t i = 0; i < p->back_n; i++)
        p->back[i].has_row = false;
    p->events = (struct ui_list){0, 0, 0};
}

/* ---- rows ---- */

bool ui_row(const struct ui *ui, uint32_t *row)
{
    const struct ui_view_ops *ops = ui_ops(ui);
    return ops->row != NULL ? ops->row(ui, row) : table_row(ui, row);
}

bool ui_when_row(const struct ui *ui)
{
    uint32_t row;
    return ui_row(ui, &row);
}

/* Whether there is a value is found out by asking for it; views without any have no such command.
 */
bool ui_when_value(const struct ui *ui)
{
    return ui_view_info(ui->view)->kind == UI_KIND_LIST || ui_when_row(ui) ||
           ui->pane == UI_PANE_FACETS;
}

bool ui_when_bars(const struct ui *ui)
{
    return ui->places->result.have && ui->places->result.s.histogram.buckets > 0;
}

bool ui_when_back(const struct ui *ui)
{
    return ui->places->back_n > 0;
}

bool ui_when_brush(const struct ui *ui)
{
    return ui->places->here.from_ms != TH_TIME_NONE || ui->places->here.to_ms != TH_TIME_NONE;
}

bool ui_when_filtered(const struct ui *ui)
{
    return ui->places->here.filter.n > 0 || ui->places->here.has_within || ui_when_brush(ui);
}

int64_t ui_row_time(struct ui *ui, uint32_t row)
{
    const int64_t *ts;
    const uint32_t *order;
    th_table *table = th_app_table(ui->app);
    if (row >= th_table_rows(table) || th_table_times(table, &ts, &order, NULL) != TH_OK)
        return TH_TIME_NONE;
    return ts[row];
}

bool ui_years(const struct ui *ui)
{
    const struct th_case_summary *s = th_app_summary(ui->app);
    return s->first_ms != TH_TIME_NONE &&
           ui_date_shared(s->first_ms, s->last_ms, ui->local) == UI_DATE_FULL;
}

bool ui_cell(struct ui *ui, uint32_t row, enum th_field field, struct th_buf *buf)
{
    th_buf_reset(buf);
    return th_app_cell(ui->app, row, field, buf);
}

bool ui_cell_is(struct ui *ui, uint32_t row, enum th_field field, const char *text)
{
    struct th_buf buf = TH_BUF_INIT;
    bool same = th_app_cell(ui->app, row, field, &buf) && th_str_is(th_buf_str(&buf), text);
    th_buf_fini(&buf);
    return same;
}

enum ui_role ui_tone(struct ui *ui, uint32_t row)
{
    struct th_buf tone = TH_BUF_INIT;
    enum ui_role role = UI_R_ROUTINE;
    if (th_app_cell(ui->app, row, TH_F_OWN_TONE, &tone)) {
        if (th_str_is(th_buf_str(&tone), "alarming"))
            role = UI_R_ALARM;
        else if (th_str_is(th_buf_str(&tone), "notable"))
            role = UI_R_NOTABLE;
    }
    th_buf_fini(&tone);
    return role;
}

static void add_if(struct ui *ui, uint32_t row, enum th_field field, const char *before,
                   struct th_buf *out)
{
    struct th_buf text = TH_BUF_INIT;
    if (th_app_cell(ui->app, row, field, &text) && text.n > 0) {
        th_buf_puts(out, before);
        th_buf_add_str(out, th_buf_str(&text));
    }
    th_buf_fini(&text);
}

void ui_sentence(struct ui *ui, uint32_t row, struct th_buf *out)
{
    add_if(ui, row, TH_F_EVENT_ACTION, "", out);
    add_if(ui, row, TH_F_OWN_ACTOR, " by ", out);
    add_if(ui, row, TH_F_OWN_TARGET, " on ", out);
    if (ui_cell_is(ui, row, TH_F_EVENT_OUTCOME, "failure")) {
        size_t before = out->n;
        add_if(ui, row, TH_F_ERROR_CODE, " · ", out);
        if (out->n == before)
            add_if(ui, row, TH_F_ERROR_MESSAGE, " · ", out);
        if (out->n == before)
            th_buf_puts(out, " · failure");
    }
}
