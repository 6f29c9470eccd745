/* The parts of the events view: which of them has the focus, which are shown, what they list. */
#include "ui/app/turn.h"
#include "ui/view/events/internal.h"
#include "ui/widget/menu.h"

/* ---- panes ---- */

static bool pane_shown(const struct ui *ui, enum ui_pane pane)
{
    switch (pane) {
    case UI_PANE_TABLE:
        return true;
    case UI_PANE_FACETS:
        return ui->layout.facets.h > 0;
    case UI_PANE_HISTOGRAM:
        return ui->layout.histogram.h > 0;
    case UI_PANE_DETAIL:
        return ui->layout.detail.h > 0;
    case UI_PANES:
        break;
    }
    return false;
}

static void next_pane(struct ui *ui, int step)
{
    int pane = (int)ui->pane;
    do {
        pane = (pane + step + UI_PANES) % UI_PANES;
    } while (!pane_shown(ui, (enum ui_pane)pane));
    ui->pane = (enum ui_pane)pane;
}

void ui_do_pane(struct ui *ui, const char *arg)
{
    (void)arg;
    next_pane(ui, 1);
}

void ui_do_pane_back(struct ui *ui, const char *arg)
{
    (void)arg;
    next_pane(ui, -1);
}

void ui_do_facets(struct ui *ui, const char *arg)
{
    (void)arg;
    bool shown = ui->layout.facets.h > 0;
    if (!shown && ui->canvas.cols < 50) {
        ui_say(ui, UI_R_WARNING, "facets need 50 columns");
        return;
    }
    ui->want_facets = shown ? UI_HIDDEN : UI_SHOWN;
    ui->pane = shown ? UI_PANE_TABLE : UI_PANE_FACETS;
    ui_show(ui, UI_EVENTS);
    ui_layout(ui);
}

void ui_do_detail_pane(struct ui *ui, const char *arg)
{
    (void)arg;
    bool shown = ui->layout.detail.h > 0;
    ui->want_detail = shown ? UI_HIDDEN : UI_SHOWN;
    ui_layout(ui);
    if (!shown && ui->layout.detail.h == 0)
        ui_say(ui, UI_R_WARNING, "no room beside the table; Enter shows the detail alone");
}

/* ---- columns, facets, order ---- */

void ui_do_sort(struct ui *ui, const char *arg)
{
    enum th_field fields[UI_COLUMNS_MAX];
    size_t n = ui_event_columns(ui, fields);
    enum th_field field = ui->fields->column < n ? fields[ui->fields->column] : TH_F_TIMESTAMP;
    struct th_field_ref ref;
    if (arg[0] != '\0') {
        if (!th_field_resolve(th_str_of(arg), &ref) ||
            th_field_info(ref.field)->store == TH_STORE_EVIDENCE) {
            ui_say(ui, UI_R_WARNING, "can't sort by %s", arg);
            return;
        }
        field = ref.field;
    }
    bool descending = field == ui_here(ui)->sort && !ui_here(ui)->descending;
    ui_say(ui, UI_R_TEXT, "sorted by %s, %s", th_field_info(field)->name,
           descending ? "last first" : "first first");
    ui_sort(ui, field, descending);
}

static void toggle_column(struct ui *ui, struct th_str name, int64_t arg)
{
    (void)arg;
    struct th_field_ref ref;
    if (th_field_resolve(name, &ref) && th_field_info(ref.field)->store == TH_STORE_EVIDENCE) {
        ui_say(ui, UI_R_WARNING, "%.*s is computed from the record and can't be a column",
               TH_STR_ARGS(name));
        return;
    }
    ui_names_toggle(ui, &ui->fields->columns, name);
}

void ui_do_column(struct ui *ui, const char *arg)
{
    if (arg[0] != '\0')
        toggle_column(ui, th_str_of(arg), 0);
    else
        ui_prompt_open(ui, "Column to add or take away", TH_STR(""), toggle_column, 0);
}

static void toggle_facet(struct ui *ui, struct th_str name, int64_t arg)
{
    (void)arg;
    ui_names_toggle(ui, &ui->fields->facets, name);
    ui_ask(ui);
}

void ui_do_facet(struct ui *ui, const char *arg)
{
    if (arg[0] != '\0')
        toggle_facet(ui, th_str_of(arg), 0);
    else
        ui_prompt_open(ui, "Facet to add or take away", TH_STR(""), toggle_facet, 0);
}

bool ui_when_panes(const struct ui *ui)
{
    return ui->view == UI_EVENTS &&
           (ui->layout.facets.h > 0 || ui->layout.detail.h > 0 || ui->layout.histogram.h > 0);
}
