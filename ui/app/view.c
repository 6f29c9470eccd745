/* The rows of schema/views.def as data, and the way to what the view in front does. */
#include "ui/app/view.h"

#include "ui/app/core.h"

const struct ui_view_info *ui_view_info(enum ui_view view)
{
    static const struct ui_view_info infos[UI_VIEWS] = {
#define UI_VIEW(ID, name, KIND, letter, keys, but, hint, help, section)                            \
    [UI_##ID] = {#name, section, UI_KIND_##KIND, UI_IN_##letter},
#include "views.def"
#undef UI_VIEW
    };
    return &infos[view];
}

const struct ui_view_ops *ui_ops(const struct ui *ui)
{
    return ui->views[ui->view];
}

void *ui_state(const struct ui *ui, enum ui_view view)
{
    return ui->state[view];
}
