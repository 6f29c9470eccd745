/* What the evidence covers, as the worker found it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/model/coverage.h"
#include "ui/model/internal.h"

void ui_coverage_ask(struct ui *ui)
{
    ui_jobs_post(ui->jobs, ui_request_new(UI_JOB_COVERAGE));
}

void ui_coverage_init(struct ui *ui)
{
    ui->covered = th_xcalloc(1, sizeof *ui->covered);
}

void ui_coverage_fini(struct ui *ui)
{
    if (ui->covered != NULL && ui->covered->have)
        th_app_coverage_fini(&ui->covered->coverage);
    free(ui->covered);
    ui->covered = NULL;
}

uint64_t ui_accounts(const struct ui *ui)
{
    return ui->covered->accounts;
}

uint64_t ui_regions(const struct ui *ui)
{
    return ui->covered->regions;
}

const struct th_app_coverage *ui_coverage(const struct ui *ui)
{
    return &ui->covered->coverage;
}

bool ui_coverage_known(const struct ui *ui)
{
    return ui->covered->have;
}

const struct th_err *ui_coverage_err(const struct ui *ui)
{
    return &ui->covered->err;
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
    const struct th_coverage *c = &ui->covered->coverage.coverage;
    struct th_str *texts = th_xcalloc(c->streams_n + 1, sizeof *texts);
    for (size_t i = 0; i < c->streams_n; i++)
        texts[i] = c->streams[i].account;
    ui->covered->accounts = different(texts, c->streams_n);
    for (size_t i = 0; i < c->streams_n; i++)
        texts[i] = c->streams[i].region;
    ui->covered->regions = different(texts, c->streams_n);
    free(texts);
}

void ui_coverage_answer(struct ui *ui, struct ui_answer *answer)
{
    ui->covered->err = answer->err;
    ui->covered->err.code = answer->rc;
    if (answer->rc != TH_OK)
        return;
    if (ui->covered->have)
        th_app_coverage_fini(&ui->covered->coverage);
    ui->covered->coverage = answer->coverage;
    memset(&answer->coverage, 0, sizeof answer->coverage);
    ui->covered->have = true;
    count_places(ui);
    ui_changed(ui, UI_CHANGED_COVERAGE);
}
