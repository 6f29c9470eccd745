/* The evidence: its files, the gaps in it, or what each account and region covers. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/model/coverage.h"
#include "ui/model/filter.h"
#include "ui/view/sources/internal.h"
#include "ui/view/sources/sources.h"
#include "ui/widget/format.h"

/* What is shown around a gap: a quarter of it on both sides, ten minutes at least. */
#define AROUND_MS (10 * TH_MINUTE_MS)

static struct ui_lines *lines(struct ui *ui)
{
    struct sources_view *view = sources_state(ui);
    return &view->lists[view->evidence];
}

static void pick(struct ui *ui)
{
    if (sources_state(ui)->evidence == FILES)
        sources_pick(ui);
    else
        coverage_pick(ui);
}

static void draw(struct ui *ui)
{
    pick(ui);
    if (sources_state(ui)->evidence == FILES)
        sources_draw(ui);
    else
        coverage_draw(ui);
}

static void move(struct ui *ui, enum ui_move how)
{
    ui_list_move(&lines(ui)->list, how, ui->layout.body.h / 2);
}

static bool value(struct ui *ui, struct ui_value *out)
{
    const struct source *s = source_at(ui);
    const struct th_gap *gap = ui_gap_at(ui);
    const struct th_coverage_stream *stream = ui_stream_at(ui);
    if (s != NULL) {
        th_buf_puts(&out->text, s->path);
        if (s->container != NULL)
            th_buf_printf(&out->text, "/%s", s->container);
    } else if (gap != NULL) {
        ui_format_time(&out->text, gap->from_ms, true, true, ui->local);
        th_buf_puts(&out->text, " to ");
        ui_format_time(&out->text, gap->to_ms, true, true, ui->local);
        th_buf_printf(&out->text, " %s %s: %s", gap->account == NULL ? "" : gap->account,
                      gap->region == NULL ? "" : gap->region, gap->why);
    } else if (stream != NULL) {
        th_buf_printf(&out->text, "%s %s", stream->account.p == NULL ? "" : stream->account.p,
                      stream->region.p == NULL ? "" : stream->region.p);
    }
    return out->text.n > 0;
}

static struct ui_position count(const struct ui *ui)
{
    static const char *const words[] = {[FILES] = "source", [GAPS] = "gap", [STREAMS] = "region"};
    const struct sources_view *view = sources_state(ui);
    const struct ui_list *list = &view->lists[view->evidence].list;
    return (struct ui_position){words[view->evidence], list->at, list->n};
}

static void sentence(struct ui *ui, struct ui_rect r, int w)
{
    const struct source *s = source_at(ui);
    const struct th_gap *gap = ui_gap_at(ui);
    const char *words = s != NULL ? s->path : gap != NULL ? gap->why : "";
    ui_draw_mixed(&ui->canvas, r.y, r.x + 1, w, UI_R_DIM, th_str_of(words));
}

static const char *limits(const struct ui *ui)
{
    static const char *const words[] = {
        [FILES] = "files", [GAPS] = "gaps", [STREAMS] = "accounts and regions"};
    return words[sources_state(ui)->evidence];
}

static void changed(struct ui *ui, unsigned what)
{
    if (ui->view != UI_SOURCES)
        return;
    if ((what & UI_CHANGED_SOURCES) != 0)
        sources_load(ui);
    if ((what & (UI_CHANGED_SOURCES | UI_CHANGED_COVERAGE)) != 0)
        pick(ui);
}

static void fini(struct ui *ui)
{
    struct sources_view *view = sources_state(ui);
    sources_unload(ui);
    for (size_t i = 0; i < EVIDENCES; i++)
        ui_lines_fini(&view->lists[i]);
    free(view->asked);
}

const struct ui_view_ops ui_sources_ops = {
    .state_size = sizeof(struct sources_view),
    .fini = fini,
    .enter = sources_load,
    .draw = draw,
    .move = move,
    .value = value,
    .count = count,
    .sentence = sentence,
    .lines = lines,
    .pick = pick,
    .limits = limits,
    .changed = changed,
};

/* ---- commands ---- */

void ui_source_answer(struct ui *ui, struct ui_answer *answer)
{
    struct sources_view *view = sources_state(ui);
    char *path = view->asked;
    view->asked = NULL;
    if (answer->rc != TH_OK)
        ui_report_err(ui, UI_OWNER_VIEW, &answer->err);
    else if (path != NULL && ui->view == UI_SOURCES)
        ui_filter_rows(ui, &answer->rows, path);
    free(path);
}

static void show_source(struct ui *ui)
{
    struct sources_view *view = sources_state(ui);
    const struct source *s = source_at(ui);
    if (s == NULL)
        return;
    if (s->events == 0) {
        ui_say(ui, UI_R_WARNING, "no event came from this file");
        return;
    }
    struct ui_request *request = ui_request_new(UI_JOB_SOURCE);
    request->source = s->id;
    free(view->asked);
    view->asked = th_xstrdup(s->path);
    ui_jobs_post(ui->jobs, request);
}

/* Events on both sides of the gap. */
static void show_gap(struct ui *ui, const struct th_gap *gap)
{
    int64_t around = (gap->to_ms - gap->from_ms) / 4;
    if (around < AROUND_MS)
        around = AROUND_MS;
    ui_filter_stream(ui, gap->account, gap->region, gap->from_ms - around, gap->to_ms + around + 1,
                     "around a gap");
}

void ui_do_its_source(struct ui *ui, const char *arg)
{
    (void)arg;
    const struct th_gap *gap = ui_gap_at(ui);
    const struct th_coverage_stream *s = ui_stream_at(ui);
    if (gap != NULL)
        show_gap(ui, gap);
    else if (s != NULL)
        ui_filter_stream(ui, s->account.p, s->region.p, TH_TIME_NONE, TH_TIME_NONE,
                         s->region.p != NULL ? s->region.p : "account");
    else
        show_source(ui);
}

void ui_do_evidence(struct ui *ui, const char *arg)
{
    (void)arg;
    struct sources_view *view = sources_state(ui);
    view->evidence = (view->evidence + 1) % EVIDENCES;
    th_buf_reset(&lines(ui)->narrow);
    pick(ui);
    ui->dirty = true;
}
