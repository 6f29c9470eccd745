/* A value of a field somewhere on the screen. */
#include "ui/model/internal.h"

void ui_value_fini(struct ui_value *value)
{
    th_buf_fini(&value->field);
    th_buf_fini(&value->text);
}

struct first {
    struct th_buf *out;
    bool found;
};

static void take_first(void *ctx, struct th_str value)
{
    struct first *first = ctx;
    if (!first->found)
        th_buf_add_str(first->out, value);
    first->found = true;
}

void ui_value_of_field(struct ui *ui, uint32_t row, enum th_field field, struct ui_value *out)
{
    const struct th_column *column;
    th_buf_puts(&out->field, th_field_info(field)->name);
    if ((th_field_info(field)->flags & TH_FIELD_MULTI) != 0 &&
        th_table_column(th_app_table(ui->app), field, &column, NULL) == TH_OK &&
        column->width > 0) {
        struct first first = {&out->text, false};
        th_column_entry_values(column, th_column_code(column, row), take_first, &first);
        out->absent = !first.found;
        return;
    }
    out->absent = !th_app_cell(ui->app, row, field, &out->text);
}
