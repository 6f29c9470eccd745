/* One value of a column as text, and the values of an entry. */
#include "query/table/table.h"

#include "base/json.h"
#include "base/time.h"
#include "base/uuid.h"

static bool add_time(int64_t ts, struct th_buf *out)
{
    char iso[TH_TIME_ISO_BYTES];
    if (ts == TH_TIME_NONE)
        return false;
    th_time_iso(ts, iso);
    th_buf_puts(out, iso);
    return true;
}

static bool add_id(const struct th_column *column, size_t row, struct th_buf *out)
{
    char text[TH_UUID_CHARS + 1];
    switch (column->id_kind[row]) {
    case 1:
        th_uuid_text(column->uuids[row], text);
        th_buf_add(out, text, TH_UUID_CHARS);
        return true;
    case 2:
        th_buf_add_str(out, column->ids_text[column->id_index[row]]);
        return true;
    default:
        return false;
    }
}

bool th_column_text(const struct th_column *column, size_t row, struct th_buf *out)
{
    switch (th_field_info(column->field)->store) {
    case TH_STORE_TIME:
        return add_time(column->num[row], out);
    case TH_STORE_ID:
        return add_id(column, row, out);
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_BOOL:
    case TH_STORE_OF:
    case TH_STORE_CONST: {
        struct th_str text = column->texts[th_column_code(column, row)];
        if (text.p == NULL)
            return false;
        th_buf_add_str(out, text);
        return true;
    }
    case TH_STORE_EVIDENCE:
        break;
    }
    return false;
}

static void visit_array(struct th_str text, void (*visit)(void *ctx, struct th_str value),
                        void *ctx)
{
    struct th_json_cursor c;
    struct th_json_value value;
    struct th_buf scratch = TH_BUF_INIT;
    bool first = true;
    th_json_init(&c, text);
    if (!th_json_space(&c) || *c.at != '[' || th_json_enter(&c) != TH_JSON_OK) {
        visit(ctx, text); /* no array: one value */
        return;
    }
    while (th_json_next_element(&c, &first) == TH_JSON_OK) {
        if (th_json_value(&c, &value) != TH_JSON_OK)
            break;
        struct th_str scalar = th_json_scalar(&value, &scratch);
        if (scalar.p != NULL)
            visit(ctx, scalar);
    }
    th_buf_fini(&scratch);
}

void th_column_entry_values(const struct th_column *column, uint32_t code,
                            void (*visit)(void *ctx, struct th_str value), void *ctx)
{
    struct th_str text = column->texts[code];
    if (text.p == NULL)
        return;
    if (column->path != 0 || (th_field_info(column->field)->flags & TH_FIELD_MULTI) != 0)
        visit_array(text, visit, ctx);
    else
        visit(ctx, text);
}
