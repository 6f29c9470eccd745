/* What the workbench is given when it opens: its commands and views. */
#ifndef UI_APP_TABLES_H
#define UI_APP_TABLES_H

#include "ui/app/command.h"

void ui_tables_give(struct ui *ui);

#endif
