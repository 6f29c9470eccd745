/* The rows of a batch as table event takes them: place, the fields that stand in the event itself,
 * and one number per group. */
#include "store/write/internal.h"

#define PLACE_COLUMNS 4 /* source, offset, length, flags */

static void add_columns(void *ctx, struct th_buf *sql)
{
    const struct th_batch_view *view = ctx;
    th_buf_puts(sql, "source, offset, length, flags");
    for (int i = 0; i < view->columns_n; i++)
        th_buf_printf(sql, ", \"%s\"", th_field_info(view->columns[i])->name);
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        th_buf_printf(sql, ", %s", th_group_name(g));
}

static void give_place(sqlite3_context *result, const struct th_batch_view *view, uint32_t row,
                       int column)
{
    switch (column) {
    case 0:
        sqlite3_result_int64(result, view->source_of[view->batch->part[row]]);
        break;
    case 1:
        sqlite3_result_int64(result, (int64_t)view->batch->offset[row]);
        break;
    case 2:
        sqlite3_result_int64(result, view->batch->length[row]);
        break;
    case 3:
        sqlite3_result_int(result, view->batch->flags[row]);
        break;
    }
}

static void give_id(sqlite3_context *result, const struct th_id *id)
{
    if (id->is_uuid)
        sqlite3_result_blob(result, id->uuid, sizeof id->uuid, SQLITE_STATIC);
    else if (id->text.p != NULL)
        sqlite3_result_text64(result, id->text.p, id->text.n, SQLITE_STATIC, SQLITE_UTF8);
}

static void give_field(sqlite3_context *result, const struct th_batch_value *value, size_t at,
                       uint32_t row)
{
    switch (value->kind) {
    case TH_VALUE_ABSENT:
        break;
    case TH_VALUE_CODE:
        if (value->codes[at] != 0)
            sqlite3_result_int64(result, value->codes[at]);
        break;
    case TH_VALUE_BOOL:
        if (value->codes[at] != 0)
            sqlite3_result_int64(result, value->codes[at] - 1);
        break;
    case TH_VALUE_TIME:
        if (value->times[at] != TH_VALUE_NONE)
            sqlite3_result_int64(result, value->times[at]);
        break;
    case TH_VALUE_ID:
        give_id(result, &value->ids[row]);
        break;
    }
}

static void give(void *ctx, sqlite3_context *result, size_t at, int column)
{
    const struct th_batch_view *view = ctx;
    uint32_t row = view->row_of[at];
    if (column < PLACE_COLUMNS)
        give_place(result, view, row, column);
    else if (column - PLACE_COLUMNS < view->columns_n)
        give_field(result, &view->values[column - PLACE_COLUMNS], at, row);
    else
        sqlite3_result_int64(result, view->groups[column - PLACE_COLUMNS - view->columns_n][at]);
}

static struct th_batch_value value_of(enum th_field field, const struct th_batch *batch,
                                      const struct th_segbuf *segbuf, size_t at)
{
    struct th_batch_value value = {.kind = TH_VALUE_ABSENT};
    if (segbuf->codes[field] != NULL) {
        value.kind = th_field_info(field)->store == TH_STORE_BOOL ? TH_VALUE_BOOL : TH_VALUE_CODE;
        value.codes = segbuf->codes[field] + at;
    } else if (segbuf->times[field] != NULL) {
        value.kind = TH_VALUE_TIME;
        value.times = segbuf->times[field] + at;
    } else if (batch->ids[field] != NULL) {
        value.kind = TH_VALUE_ID;
        value.ids = batch->ids[field];
    }
    return value;
}

void th_batch_view_aim(struct th_batch_view *view, const struct th_batch *batch,
                       const uint32_t *rows, size_t n, const int64_t *source_of,
                       const struct th_segbuf *segbuf, size_t segbuf_at)
{
    view->batch = batch;
    view->row_of = rows;
    view->rows.n = n;
    view->source_of = source_of;
    for (int i = 0; i < view->columns_n; i++)
        view->values[i] = value_of(view->columns[i], batch, segbuf, segbuf_at);
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        view->groups[g] = segbuf->groups[g] + segbuf_at;
}

void th_batch_view_init(struct th_batch_view *view)
{
    view->rows = (struct th_rows){.ctx = view, .columns = add_columns, .give = give};
    view->columns_n = 0;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (th_field_is_column(f) && !th_field_is_sparse(f) && th_field_group(f) == TH_GROUP_NONE)
            view->columns[view->columns_n++] = f;
}
