/* What the user adds goes to the case by way of the writer. */
#include "ui/model/write.h"
#include "ui/model/internal.h"

bool ui_may_write(struct ui *ui)
{
    if (!th_case_readonly(th_app_case(ui->app)))
        return true;
    ui_say(ui, UI_R_ERROR, "read-only: %s can't be written", th_app_path(ui->app));
    return false;
}

bool ui_write(struct ui *ui, const struct ui_write *write)
{
    if (!ui_may_write(ui))
        return false;
    ui_scribe_write(ui->scribe, write);
    return true;
}
