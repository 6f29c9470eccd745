/* What is kept between two sessions. */
#ifndef UI_MODEL_SESSION_H
#define UI_MODEL_SESSION_H

#include "ui/app/context.h"

void ui_state_save(struct ui *ui);
void ui_state_restore(struct ui *ui);

#endif
