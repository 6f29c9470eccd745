/* What the worker answers goes to whoever asked. */
#include "ui/app/context.h"
#include "ui/app/turn.h"
#include "ui/model/coverage.h"
#include "ui/model/place.h"
#include "ui/view/events/events.h"
#include "ui/view/sources/sources.h"
#include "ui/widget/completion.h"
#include "ui/work/typeahead.h"

/* The cursor of the facets stays on its value when events came in. */
static void take_result(struct ui *ui, struct ui_answer *answer)
{
    struct ui_value facet = {.absent = false};
    bool has_facet = ui_result_refreshes(ui) && ui_facets_value(ui, &facet);
    ui_result_answer(ui, answer);
    if (answer->rc != TH_OK)
        ui_ahead_forget(ui);
    else if (has_facet)
        ui_facets_seek(ui, &facet);
    ui_value_fini(&facet);
}

void ui_take_answers(struct ui *ui)
{
    struct ui_answer *answer;
    while ((answer = ui_jobs_take(ui->jobs)) != NULL) {
        ui->dirty = true;
        switch (answer->kind) {
        case UI_JOB_SCREEN:
            take_result(ui, answer);
            break;
        case UI_JOB_PREVIEW:
            ui_preview_answer(ui, answer);
            break;
        case UI_JOB_VALUES:
            if (answer->rc == TH_OK)
                ui_complete_values(ui, &answer->values);
            break;
        case UI_JOB_ABOUT:
            ui_about_answer(ui, answer);
            break;
        case UI_JOB_SOURCE:
            ui_source_answer(ui, answer);
            break;
        case UI_JOB_COVERAGE:
            ui_coverage_answer(ui, answer);
            break;
        case UI_JOB_KINDS:
            break;
        }
        ui_answer_free(answer);
    }
}
