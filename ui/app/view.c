/* The rows of schema/views.def as data. */
#include "ui/app/view.h"

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
