/* The findings of the case in memory: a copy, made when the workbench opens, and anew when somebody
 * else has changed them; triage changes it at once. Their rows are sorted, so whether an event
 * belongs to one is a binary search. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/app/command.h"

void ui_findings_fini(struct ui *ui)
{
    struct ui_finding_list list = {ui->findings, ui->findings_n, ui->findings_cap};
    ui_findings_free(&list);
    ui->findings = NULL;
    ui->findings_n = ui->findings_cap = 0;
}

void ui_findings_put(struct ui *ui, struct ui_finding_list *list)
{
    ui_findings_fini(ui);
    ui->findings = list->v;
    ui->findings_n = list->n;
    ui->findings_cap = list->cap;
    *list = (struct ui_finding_list){NULL, 0, 0};
    ui_changed(ui, UI_CHANGED_FINDINGS);
}

const struct ui_finding *ui_findings(const struct ui *ui, size_t *n)
{
    *n = ui->findings_n;
    return ui->findings;
}

void ui_findings_load(struct ui *ui)
{
    struct th_err err;
    struct ui_finding_list list;
    th_err_clear(&err);
    if (ui_findings_read(th_app_case(ui->app), &list, &err) != TH_OK)
        ui_report_err(ui, UI_OWNER_CASE, &err);
    ui_findings_put(ui, &list);
}

struct ui_finding *ui_finding_by_id(struct ui *ui, int64_t id)
{
    for (size_t i = 0; id != 0 && i < ui->findings_n; i++)
        if (ui->findings[i].id == id)
            return &ui->findings[i];
    return NULL;
}

bool ui_finding_has(const struct ui_finding *finding, uint32_t row)
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

bool ui_findings_missing(const struct ui *ui, struct th_buf *why)
{
    const struct ui_follow *f = &ui->follow;
    th_buf_reset(why);
    if (ui->findings_n > 0)
        return false;
    if (f->state.phase == UI_LIVE_RULES)
        th_buf_puts(why, "The rules are running.");
    else if (f->importing)
        th_buf_puts(why, "The rules run when the import is through.");
    else if (f->rules_err.code == TH_E_CANCELLED)
        th_buf_puts(why, "The rules were stopped: what they find is not known.");
    else if (f->rules_err.code != TH_OK)
        th_buf_printf(why, "The rules did not run: %s", f->rules_err.msg);
    else if (f->detected.missing.code != TH_OK)
        th_buf_puts(why, f->detected.missing.msg);
    else if (f->rules_ran || th_app_summary(ui->app)->rules > 0)
        return false;
    else if (th_case_readonly(th_app_case(ui->app)))
        th_buf_puts(why, "No rule ever ran on this case, and it can't be written.");
    else
        th_buf_puts(why, "No rule ran on this case yet.");
    return true;
}

void ui_findings_bits(struct ui *ui, struct th_bits *out)
{
    th_bits_init(out, th_table_rows(th_app_table(ui->app)));
    for (size_t i = 0; i < ui->findings_n; i++) {
        const struct ui_finding *f = &ui->findings[i];
        for (size_t k = 0; strcmp(f->state, "benign") != 0 && k < f->rows_n; k++)
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

void ui_finding_set(struct ui *ui, struct ui_finding *f, const char *state, const char *note)
{
    char *kept = th_xstrdup(state); /* state may be f's own */
    free(f->state);
    f->state = kept;
    f->said_count = f->count;
    if (note != NULL) {
        free(f->note);
        f->note = note[0] == '\0' ? NULL : th_xstrdup(note);
    }
    ui_changed(ui, UI_CHANGED_FINDINGS);
}
