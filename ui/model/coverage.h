/* What the evidence covers. */
#ifndef UI_MODEL_COVERAGE_H
#define UI_MODEL_COVERAGE_H

#include "ui/app/context.h"

/* Ask for it, after it changed; take the answer. */
void ui_coverage_ask(struct ui *ui);
void ui_coverage_answer(struct ui *ui, struct ui_answer *answer);
void ui_coverage_init(struct ui *ui);
void ui_coverage_fini(struct ui *ui);
/* What is known of it: nothing, with no bytes set, while ui_coverage_known says false; why not. */
const struct th_app_coverage *ui_coverage(const struct ui *ui);
bool ui_coverage_known(const struct ui *ui);
const struct th_err *ui_coverage_err(const struct ui *ui);
/* In the whole case; 0: not known yet, or none. */
uint64_t ui_accounts(const struct ui *ui);
uint64_t ui_regions(const struct ui *ui);

#endif
