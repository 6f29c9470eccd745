/* One value of a column as text. */
#include "query/table/table.h"

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
