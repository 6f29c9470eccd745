/* The findings of the case in memory. */
#ifndef UI_MODEL_FINDINGS_H
#define UI_MODEL_FINDINGS_H

#include "ui/app/context.h"
#include "ui/work/case_watcher.h"

void ui_findings_load(struct ui *ui);
/* These from now on; the list is taken. */
void ui_findings_put(struct ui *ui, struct th_finding_list *list);
void ui_findings_fini(struct ui *ui);
/* All of them; those of another time after UI_CHANGED_FINDINGS. */
const struct th_finding *ui_findings(const struct ui *ui, size_t *n);
struct th_finding *ui_finding_by_id(struct ui *ui, int64_t id);
/* Give it a state, and a note unless that is NULL, in memory. */
void ui_finding_set(struct ui *ui, struct th_finding *f, enum th_finding_state state,
                    const char *note);
bool ui_finding_has(const struct th_finding *finding, uint32_t row);
/* Bits of all rows that belong to a finding that is not benign. */
void ui_findings_bits(struct ui *ui, struct th_bits *out);
enum ui_role ui_level_role(const char *level);

#endif
