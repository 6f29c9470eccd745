/* The pivots of an event: everything it has that other events may share, each one key away. */
#include <string.h>

#include "base/mem.h"
#include "query/kql/kql.h"
#include "ui/model/internal.h"
#include "ui/widget/format.h"
#include "ui/widget/menu.h"

static void run_pivot(struct ui *ui, const char *term)
{
    struct th_buf title = TH_BUF_INIT;
    ui_show(ui, UI_EVENTS);
    ui->pane = UI_PANE_TABLE;
    th_buf_add_str(&title, th_str_sub(th_str_of(term), 0, 70));
    /* A pivot looks at the whole case from a new side: the filter before it is one Backspace away.
     */
    struct ui_place *here = &ui->places->here;
    ui_push(ui, th_buf_cstr(&title));
    th_bits_fini(&here->within);
    here->has_within = false;
    here->finding = 0;
    th_buf_reset(&here->set_name);
    here->from_ms = here->to_ms = TH_TIME_NONE;
    here->zoomed = false;
    th_buf_reset(&here->filter);
    th_buf_puts(&here->filter, term);
    ui_ask(ui);
    th_buf_fini(&title);
}

static void run_around(struct ui *ui, const char *arg)
{
    (void)arg;
    uint32_t row;
    int64_t ts;
    if (!ui_row(ui, &row) || (ts = ui_row_time(ui, row)) == TH_TIME_NONE)
        return;
    ui_show(ui, UI_EVENTS);
    ui_push(ui, "±5 minutes");
    struct ui_place *here = &ui->places->here;
    th_bits_fini(&here->within);
    here->has_within = false;
    here->finding = 0;
    th_buf_reset(&here->set_name);
    th_buf_reset(&here->filter);
    here->from_ms = ts - 5 * TH_MINUTE_MS;
    here->to_ms = ts + 5 * TH_MINUTE_MS;
    here->zoomed = false;
    ui_ask(ui);
}

static void offer_term(struct ui *ui, int key, const char *label, const char *field,
                       struct th_str value)
{
    struct th_buf term = TH_BUF_INIT, note = TH_BUF_INIT;
    th_kql_term(&term, field, value);
    th_buf_add_str(&note, value);
    ui_menu_add(ui, key, label, th_buf_cstr(&note), run_pivot, th_buf_cstr(&term));
    th_buf_fini(&term);
    th_buf_fini(&note);
}

static void offer(struct ui *ui, uint32_t row, int key, const char *label, enum th_field field)
{
    struct th_buf value = TH_BUF_INIT;
    if (th_app_cell(ui->app, row, field, &value) && value.n > 0)
        offer_term(ui, key, label, th_field_info(field)->name, th_buf_str(&value));
    th_buf_fini(&value);
}

struct resources {
    struct ui *ui;
    int n;
};

static void offer_resource(void *ctx, struct th_str value)
{
    struct resources *r = ctx;
    if (r->n < 9)
        offer_term(r->ui, '1' + r->n++, "same resource", th_field_info(TH_F_RESOURCES_ARN)->name,
                   value);
}

void ui_do_pivot(struct ui *ui, const char *arg)
{
    (void)arg;
    uint32_t row;
    const struct th_column *column;
    if (!ui_row(ui, &row))
        return;
    ui_menu_open(ui, "events with the same …", false);
    offer(ui, row, 'k', "access key", TH_F_ACCESS_KEY_ID);
    offer(ui, row, 'p', "principal", TH_F_USER_IDENTITY_ARN);
    offer(ui, row, 'w', "who", TH_F_OWN_ACTOR);
    offer(ui, row, 'i', "source address", TH_F_SOURCE_ADDRESS);
    offer(ui, row, 'a', "action", TH_F_EVENT_ACTION);
    offer(ui, row, 't', "target", TH_F_OWN_TARGET);
    offer(ui, row, 's', "shared event id", TH_F_SHARED_EVENT_ID);
    offer(ui, row, 'u', "user agent", TH_F_USER_AGENT_ORIGINAL);
    struct resources resources = {ui, 0};
    if (th_table_column(th_app_table(ui->app), TH_F_RESOURCES_ARN, &column, NULL) == TH_OK &&
        column->width > 0)
        th_column_entry_values(column, th_column_code(column, row), offer_resource, &resources);
    ui_menu_add(ui, '+', "5 minutes around it", "all events", run_around, "");
}
