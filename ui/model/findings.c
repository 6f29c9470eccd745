/* The findings of the case in memory: a copy, made when the workbench opens, and anew when somebody
 * else has changed them; triage changes it at once. Their rows are sorted, so whether an event
 * belongs to one is a binary search. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/model/findings.h"
#include "ui/model/internal.h"

void ui_findings_fini(struct ui *ui)
{
    if (ui->found != NULL)
        th_finding_list_fini(&ui->found->list);
    free(ui->found);
    ui->found = NULL;
}

void ui_findings_put(struct ui *ui, struct th_finding_list *list)
{
    th_finding_list_fini(&ui->found->list);
    ui->found->list = *list;
    *list = (struct th_finding_list){NULL, 0, 0, NULL};
    ui_changed(ui, UI_CHANGED_FINDINGS);
}

const struct th_finding *ui_findings(const struct ui *ui, size_t *n)
{
    *n = ui->found->list.n;
    return ui->found->list.v;
}

void ui_findings_load(struct ui *ui)
{
    struct th_err err;
    struct th_finding_list list;
    th_err_clear(&err);
    ui->found = th_xcalloc(1, sizeof *ui->found);
    if (th_findings_read(th_app_case(ui->app), &list, &err) != TH_OK)
        ui_report_err(ui, UI_OWNER_CASE, &err);
    ui_findings_put(ui, &list);
}

struct th_finding *ui_finding_by_id(struct ui *ui, int64_t id)
{
    for (size_t i = 0; id != 0 && i < ui->found->list.n; i++)
        if (ui->found->list.v[i].id == id)
            return &ui->found->list.v[i];
    return NULL;
}

bool ui_finding_has(const struct th_finding *finding, uint32_t row)
{
    size_t lo = 0, hi = finding->rows_n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (finding->rows[mid] < row)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < finding->rows_n && finding->rows[lo] == row;
}

void ui_findings_bits(struct ui *ui, struct th_bits *out)
{
    th_bits_init(out, th_table_rows(th_app_table(ui->app)));
    for (size_t i = 0; i < ui->found->list.n; i++) {
        const struct th_finding *f = &ui->found->list.v[i];
        for (size_t k = 0; f->state != TH_FINDING_BENIGN && k < f->rows_n; k++)
            if (f->rows[k] < out->n)
                th_bits_put(out, f->rows[k]);
    }
}

enum ui_role ui_level_role(const char *level)
{
    static const enum ui_role roles[] = {UI_R_INFORMATIONAL, UI_R_LOW, UI_R_MEDIUM, UI_R_HIGH,
                                         UI_R_CRITICAL};
    int rank = th_level_rank(level);
    return rank < 0 ? UI_R_TEXT : roles[rank];
}

/* ---- triage ---- */

void ui_finding_set(struct ui *ui, struct th_finding *f, enum th_finding_state state,
                    const char *note)
{
    f->state = state;
    f->said_count = f->count;
    if (note != NULL)
        f->note = note[0] == '\0' ? NULL : th_arena_strdup(ui->found->list.arena, note);
    ui_changed(ui, UI_CHANGED_FINDINGS);
}
