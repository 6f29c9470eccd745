/* What the evidence covers, as the worker found it, and what can be done with a gap or an account:
 * their lists are two further faces of the view of the evidence. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/app/command.h"

/* What is shown around a gap: a quarter of it on both sides, ten minutes at least. */
#define AROUND_MS (10 * TH_MINUTE_MS)

void ui_coverage_ask(struct ui *ui)
{
    ui_jobs_post(ui->jobs, ui_request_new(UI_JOB_COVERAGE));
}

void ui_coverage_fini(struct ui *ui)
{
    if (ui->have_coverage)
        th_app_coverage_fini(&ui->coverage);
    ui->have_coverage = false;
    free(ui->source_asked);
    ui->source_asked = NULL;
}

static int compare_texts(const void *a, const void *b)
{
    return th_str_cmp(*(const struct th_str *)a, *(const struct th_str *)b);
}

/* Different texts among n, absent ones not counted. */
static uint64_t different(struct th_str *texts, size_t n)
{
    uint64_t count = 0;
    if (n > 0)
        qsort(texts, n, sizeof *texts, compare_texts);
    for (size_t i = 0; i < n; i++)
        count += texts[i].p != NULL && (i == 0 || !th_str_eq(texts[i], texts[i - 1]));
    return count;
}

static void count_places(struct ui *ui)
{
    const struct th_coverage *c = &ui->coverage.coverage;
    struct th_str *texts = th_xcalloc(c->streams_n + 1, sizeof *texts);
    for (size_t i = 0; i < c->streams_n; i++)
        texts[i] = c->streams[i].account;
    ui->accounts = different(texts, c->streams_n);
    for (size_t i = 0; i < c->streams_n; i++)
        texts[i] = c->streams[i].region;
    ui->regions = different(texts, c->streams_n);
    free(texts);
}

void ui_coverage_answer(struct ui *ui, struct ui_answer *answer)
{
    ui->coverage_err = answer->err;
    ui->coverage_err.code = answer->rc;
    if (answer->rc != TH_OK)
        return;
    if (ui->have_coverage)
        th_app_coverage_fini(&ui->coverage);
    ui->coverage = answer->coverage;
    memset(&answer->coverage, 0, sizeof answer->coverage);
    ui->have_coverage = true;
    count_places(ui);
    if (ui->view == UI_SOURCES)
        ui_pick(ui);
}

/* ---- the events of a file ---- */

void ui_source_answer(struct ui *ui, struct ui_answer *answer)
{
    char *path = ui->source_asked;
    ui->source_asked = NULL;
    if (answer->rc != TH_OK)
        ui_report_err(ui, UI_OWNER_VIEW, &answer->err);
    else if (path != NULL && ui->view == UI_SOURCES)
        ui_filter_rows(ui, &answer->rows, path);
    free(path);
}

static void show_source(struct ui *ui)
{
    const struct ui_source *s = ui_source_at(ui);
    if (s == NULL)
        return;
    if (s->events == 0) {
        ui_say(ui, UI_R_WARNING, "no event came from this file");
        return;
    }
    struct ui_request *request = ui_request_new(UI_JOB_SOURCE);
    request->source = s->id;
    free(ui->source_asked);
    ui->source_asked = th_xstrdup(s->path);
    ui_jobs_post(ui->jobs, request);
}

/* ---- gaps, accounts and regions ---- */

const struct th_gap *ui_gap_at(struct ui *ui)
{
    if (ui->view != UI_SOURCES || ui->evidence != UI_GAPS || ui->gaps_list.at >= ui->gaps_list.n)
        return NULL;
    return &ui->coverage.gaps[ui->shown[ui->gaps_list.at]];
}

const struct th_coverage_stream *ui_stream_at(struct ui *ui)
{
    if (ui->view != UI_SOURCES || ui->evidence != UI_STREAMS ||
        ui->streams_list.at >= ui->streams_list.n)
        return NULL;
    return &ui->coverage.coverage.streams[ui->shown[ui->streams_list.at]];
}

struct ui_list *ui_evidence_list(struct ui *ui)
{
    switch (ui->evidence) {
    case UI_FILES:
        return &ui->sources_list;
    case UI_GAPS:
        return &ui->gaps_list;
    case UI_STREAMS:
    case UI_EVIDENCES:
        break;
    }
    return &ui->streams_list;
}

size_t ui_evidence_total(const struct ui *ui)
{
    switch (ui->evidence) {
    case UI_FILES:
        return ui->sources_n;
    case UI_GAPS:
        return ui->coverage.gaps_n;
    case UI_STREAMS:
    case UI_EVIDENCES:
        break;
    }
    return ui->coverage.coverage.streams_n;
}

const char *ui_evidence_word(const struct ui *ui)
{
    static const char *const words[] = {
        [UI_FILES] = "source", [UI_GAPS] = "gap", [UI_STREAMS] = "region"};
    return words[ui->evidence];
}

void ui_coverage_pick(struct ui *ui)
{
    const struct th_app_coverage *c = &ui->coverage;
    size_t total = ui_evidence_total(ui), n = 0;
    struct ui_list *list = ui_evidence_list(ui);
    ui_shown_room(ui, total);
    for (size_t i = 0; i < total; i++) {
        const char *texts[4] = {NULL, NULL, NULL, NULL};
        if (ui->evidence == UI_STREAMS) {
            texts[0] = c->coverage.streams[i].account.p;
            texts[1] = c->coverage.streams[i].region.p;
        } else {
            texts[0] = c->gaps[i].account;
            texts[1] = c->gaps[i].region;
            texts[2] = c->gaps[i].why;
            texts[3] = c->gaps[i].explained;
        }
        if (ui_narrowed(ui, texts, TH_COUNT(texts)))
            ui->shown[n++] = i;
    }
    list->n = n;
    if (list->at >= n)
        list->at = n > 0 ? n - 1 : 0;
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
    ui->evidence = (ui->evidence + 1) % UI_EVIDENCES;
    th_buf_reset(&ui->narrow);
    ui_pick(ui);
    ui->dirty = true;
}
