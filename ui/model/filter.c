/* Everything that changes which events are shown pushes the place before on the back stack, so that
 * Backspace always leads back. */
#include "ui/model/internal.h"

#include <string.h>

#include "base/mem.h"
#include "query/kql/kql.h"
#include "ui/model/filter.h"
#include "ui/widget/format.h"

static void set_filter(struct ui_place *place, struct th_str filter)
{
    struct th_buf text = TH_BUF_INIT;
    th_buf_add_str(&text, filter);
    th_buf_fini(&place->filter);
    place->filter = text;
}

static void drop_within(struct ui_place *place)
{
    th_bits_fini(&place->within);
    place->has_within = false;
    place->finding = 0;
    th_buf_reset(&place->set_name);
}

void ui_filter_set(struct ui *ui, struct th_str filter, const char *title)
{
    if (th_str_eq(th_buf_str(&ui->places->here.filter), filter)) {
        ui_say(ui, UI_R_DIM, "the filter is that already");
        return;
    }
    ui_push(ui, title);
    set_filter(&ui->places->here, filter);
    ui_ask(ui);
}

void ui_filter_add(struct ui *ui, struct th_str term, bool negate, const char *title)
{
    struct th_buf filter = TH_BUF_INIT;
    struct th_str old = th_buf_str(&ui->places->here.filter);
    th_kql_and(&filter, old.p == NULL ? TH_STR("") : old, term, negate);
    ui_filter_set(ui, th_buf_str(&filter), title);
    th_buf_fini(&filter);
}

void ui_filter_finding(struct ui *ui, const struct th_finding *finding)
{
    ui_show(ui, UI_EVENTS);
    ui->pane = UI_PANE_TABLE;
    ui_push(ui, finding->name);
    set_filter(&ui->places->here, TH_STR(""));
    drop_within(&ui->places->here);
    ui->places->here.from_ms = ui->places->here.to_ms = TH_TIME_NONE;
    ui->places->here.zoomed = false;
    ui->places->here.finding = finding->id;
    ui->places->here.has_within = true;
    ui->places->here.sort = TH_F_TIMESTAMP;
    ui->places->here.descending = false;
    ui->places->here.has_row = finding->rows_n > 0;
    ui->places->here.row = finding->rows_n > 0 ? finding->rows[0] : 0;
    th_buf_puts(&ui->places->here.set_name, finding->name);
    th_bits_init(&ui->places->here.within, th_table_rows(th_app_table(ui->app)));
    for (size_t i = 0; i < finding->rows_n; i++)
        if (finding->rows[i] < ui->places->here.within.n)
            th_bits_put(&ui->places->here.within, finding->rows[i]);
    ui_ask(ui);
}

/* Rows are taken. */
static void show_rows(struct ui *ui, struct th_bits *rows, const char *path)
{
    drop_within(&ui->places->here);
    ui->places->here.has_within = true;
    ui->places->here.within = *rows;
    *rows = (struct th_bits){NULL, 0};
    ui->places->here.has_row = false;
    th_buf_puts(&ui->places->here.set_name, path);
}

/* A place without limits of its own, on top of the one before. */
static void push_open(struct ui *ui, const char *title)
{
    ui_show(ui, UI_EVENTS);
    ui_push(ui, title);
    set_filter(&ui->places->here, TH_STR(""));
    drop_within(&ui->places->here);
    ui->places->here.from_ms = ui->places->here.to_ms = TH_TIME_NONE;
    ui->places->here.zoomed = false;
}

void ui_filter_rows(struct ui *ui, struct th_bits *rows, const char *path)
{
    push_open(ui, path);
    show_rows(ui, rows, path);
    ui_ask(ui);
}

void ui_filter_stream(struct ui *ui, const char *account, const char *region, int64_t from_ms,
                      int64_t to_ms, const char *title)
{
    struct th_buf filter = TH_BUF_INIT, term = TH_BUF_INIT, both = TH_BUF_INIT;
    push_open(ui, title);
    if (account != NULL)
        th_kql_term(&filter, th_field_info(TH_F_RECIPIENT_ACCOUNT_ID)->name, th_str_of(account));
    if (region != NULL) {
        th_kql_term(&term, th_field_info(TH_F_CLOUD_REGION)->name, th_str_of(region));
        th_kql_and(&both, filter.n == 0 ? TH_STR("") : th_buf_str(&filter), th_buf_str(&term),
                   false);
    } else {
        th_buf_add_str(&both, filter.n == 0 ? TH_STR("") : th_buf_str(&filter));
    }
    set_filter(&ui->places->here, both.n == 0 ? TH_STR("") : th_buf_str(&both));
    ui->places->here.from_ms = from_ms;
    ui->places->here.to_ms = to_ms;
    ui_ask(ui);
    th_buf_fini(&filter);
    th_buf_fini(&term);
    th_buf_fini(&both);
}

void ui_go_to_row(struct ui *ui, uint32_t row)
{
    ui_show(ui, UI_EVENTS);
    ui->pane = UI_PANE_TABLE;
    if (ui->places->result.have && row < ui->places->result.s.rows.n &&
        th_bits_get(&ui->places->result.s.rows, row)) {
        ui->places->here.has_row = true;
        ui->places->here.row = row;
        ui_seek(ui);
        ui->places->here.has_row = false;
        return;
    }
    ui_push(ui, "all events");
    set_filter(&ui->places->here, TH_STR(""));
    drop_within(&ui->places->here);
    ui->places->here.from_ms = ui->places->here.to_ms = TH_TIME_NONE;
    ui->places->here.zoomed = false;
    ui->places->here.has_row = true;
    ui->places->here.row = row;
    ui_ask(ui);
}

/* ---- values under the cursor ---- */

static bool value_here(struct ui *ui, struct ui_value *value)
{
    const struct ui_view_ops *ops = ui_ops(ui);
    *value = (struct ui_value){.absent = false};
    if (ops->value != NULL && ops->value(ui, value) && value->field.n > 0)
        return true;
    ui_value_fini(value);
    ui_say(ui, UI_R_WARNING, "no value under the cursor to filter for");
    return false;
}

/* "not source.ip 203.0.113.9", short enough for the trail. */
static void title_of(const struct ui_value *value, const char *before, struct th_buf *out)
{
    th_buf_puts(out, before);
    th_buf_add_str(out, th_buf_str(&value->field));
    th_buf_putc(out, ' ');
    if (value->absent)
        th_buf_puts(out, "–");
    else
        th_buf_add_str(out, th_str_sub(th_buf_str(&value->text), 0, 60));
}

static void term_of(const struct ui_value *value, struct th_buf *term)
{
    struct th_buf field = TH_BUF_INIT;
    th_buf_add_str(&field, th_buf_str(&value->field));
    struct th_str text = th_buf_str(&value->text);
    if (text.p == NULL)
        text = TH_STR("");
    th_kql_term(term, th_buf_cstr(&field), value->absent ? TH_STR_NONE : text);
    th_buf_fini(&field);
}

/* Filtering for a time is selecting the minutes around it. */
static bool was_time(struct ui *ui, const struct ui_value *value)
{
    int64_t ts;
    if (!th_str_is(th_buf_str(&value->field), "@timestamp"))
        return false;
    if (th_time_parse(th_buf_str(&value->text), &ts))
        ui_brush(ui, ts - 5 * TH_MINUTE_MS, ts + 5 * TH_MINUTE_MS, "time ±5 min");
    return true;
}

void ui_filter_value(struct ui *ui, bool negate)
{
    struct ui_value value;
    if (!value_here(ui, &value))
        return;
    if (!was_time(ui, &value)) {
        struct th_buf term = TH_BUF_INIT, title = TH_BUF_INIT;
        term_of(&value, &term);
        title_of(&value, negate ? "not " : "", &title);
        ui_show(ui, UI_EVENTS);
        ui_filter_add(ui, th_buf_str(&term), negate, th_buf_cstr(&title));
        th_buf_fini(&term);
        th_buf_fini(&title);
    }
    ui_value_fini(&value);
}

void ui_do_filter_for(struct ui *ui, const char *arg)
{
    (void)arg;
    ui_filter_value(ui, false);
}

void ui_do_filter_out(struct ui *ui, const char *arg)
{
    (void)arg;
    ui_filter_value(ui, true);
}

void ui_do_filter_only(struct ui *ui, const char *arg)
{
    (void)arg;
    struct ui_value value;
    if (!value_here(ui, &value))
        return;
    if (!was_time(ui, &value)) {
        struct th_buf term = TH_BUF_INIT, title = TH_BUF_INIT;
        term_of(&value, &term);
        title_of(&value, "only ", &title);
        ui_show(ui, UI_EVENTS);
        ui_push(ui, th_buf_cstr(&title));
        drop_within(&ui->places->here);
        set_filter(&ui->places->here, th_buf_str(&term));
        ui_ask(ui);
        th_buf_fini(&term);
        th_buf_fini(&title);
    }
    ui_value_fini(&value);
}

void ui_do_filter_exists(struct ui *ui, const char *arg)
{
    (void)arg;
    struct ui_value value;
    if (!value_here(ui, &value))
        return;
    struct th_buf term = TH_BUF_INIT, title = TH_BUF_INIT;
    th_buf_add_str(&term, th_buf_str(&value.field));
    th_buf_puts(&term, ": *");
    th_buf_add_str(&title, th_buf_str(&value.field));
    th_buf_puts(&title, " exists");
    ui_show(ui, UI_EVENTS);
    ui_filter_add(ui, th_buf_str(&term), false, th_buf_cstr(&title));
    th_buf_fini(&term);
    th_buf_fini(&title);
    ui_value_fini(&value);
}

void ui_do_back(struct ui *ui, const char *arg)
{
    (void)arg;
    if (!ui_pop(ui))
        ui_say(ui, UI_R_DIM, "this is where you began");
}

/* ---- presets ---- */

static void preset(struct ui *ui, const char *filter, const char *title, bool newest_first)
{
    ui_push(ui, title);
    drop_within(&ui->places->here);
    set_filter(&ui->places->here, th_str_of(filter));
    ui->places->here.sort = TH_F_TIMESTAMP;
    ui->places->here.descending = newest_first;
    ui->places->begin_at_top = newest_first;
    ui_ask(ui);
}

void ui_do_all(struct ui *ui, const char *arg)
{
    (void)arg;
    ui_push(ui, "all events");
    drop_within(&ui->places->here);
    set_filter(&ui->places->here, TH_STR(""));
    ui->places->here.from_ms = ui->places->here.to_ms = TH_TIME_NONE;
    ui->places->here.zoomed = false;
    ui_ask(ui);
}

void ui_do_changes(struct ui *ui, const char *arg)
{
    (void)arg;
    preset(ui, "trailhound.verb: (W or D)", "recent changes", true);
}

void ui_do_errors(struct ui *ui, const char *arg)
{
    (void)arg;
    preset(ui, "event.outcome: failure", "errors", false);
}

void ui_do_sign_ins(struct ui *ui, const char *arg)
{
    (void)arg;
    preset(ui, "event.provider: signin.amazonaws.com", "console sign-ins", false);
}

void ui_do_identity(struct ui *ui, const char *arg)
{
    (void)arg;
    preset(ui,
           "event.provider: (iam.amazonaws.com or sso.amazonaws.com or "
           "identitystore.amazonaws.com) and trailhound.verb: (W or D)",
           "identity changes", false);
}

void ui_do_root(struct ui *ui, const char *arg)
{
    (void)arg;
    preset(ui, "aws.cloudtrail.user_identity.type: Root", "root", false);
}

void ui_do_destructive(struct ui *ui, const char *arg)
{
    (void)arg;
    preset(ui, "trailhound.verb: D", "destructive", false);
}
