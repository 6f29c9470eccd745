/* Lists of fields that the user chooses. */
#include "ui/model/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void ui_fields_init(struct ui *ui)
{
    static const enum th_field fields[] = {
        TH_F_EVENT_ACTION,       TH_F_USER_NAME,        TH_F_SOURCE_IP,    TH_F_EVENT_OUTCOME,
        TH_F_ERROR_CODE,         TH_F_EVENT_PROVIDER,   TH_F_CLOUD_REGION, TH_F_USER_AGENT_NAME,
        TH_F_USER_IDENTITY_TYPE, TH_F_CLOUD_ACCOUNT_ID,
    };
    ui->fields = th_xcalloc(1, sizeof *ui->fields);
    for (size_t i = 0; i < TH_COUNT(fields); i++)
        ui->fields->facets.v[ui->fields->facets.n++] = th_xstrdup(th_field_info(fields[i])->name);
}

void ui_fields_fini(struct ui *ui)
{
    if (ui->fields == NULL)
        return;
    ui_names_clear(&ui->fields->columns);
    ui_names_clear(&ui->fields->facets);
    free(ui->fields);
    ui->fields = NULL;
}

void ui_names_clear(struct ui_names *names)
{
    while (names->n > 0)
        free(names->v[--names->n]);
}

void ui_names_toggle(struct ui *ui, struct ui_names *names, struct th_str name)
{
    struct th_field_ref ref;
    char **v = names->v;
    size_t *n = &names->n;
    if (!th_field_resolve(name, &ref)) {
        ui_say(ui, UI_R_WARNING, "no field %.*s", TH_STR_ARGS(name));
        return;
    }
    struct th_str whole = ref.path.p != NULL ? name : th_str_of(th_field_info(ref.field)->name);
    for (size_t i = 0; i < *n; i++)
        if (th_str_eq(th_str_of(v[i]), whole)) {
            free(v[i]);
            memmove(v + i, v + i + 1, (*n - i - 1) * sizeof *v);
            (*n)--;
            return;
        }
    if (*n >= UI_FACETS_MAX) {
        ui_say(ui, UI_R_WARNING, "no room for more than %d", UI_FACETS_MAX);
        return;
    }
    v[(*n)++] = th_xstrndup(whole.p, whole.n);
}
