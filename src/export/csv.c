/* Cells of comma-separated values. Log text is hostile: a user agent "=HYPERLINK(…)" must stay text
 * in a spreadsheet. */
#include "export/csv.h"

static bool looks_like_formula(struct th_str value)
{
    return value.n > 0 && memchr("=+-@\t\r", value.p[0], 6) != NULL;
}

void th_csv_cell(struct th_buf *out, struct th_str value, bool is_text)
{
    bool guard = is_text && looks_like_formula(value);
    bool quote = false;
    for (size_t i = 0; i < value.n && !quote; i++)
        quote = value.p[i] == ',' || value.p[i] == '"' || value.p[i] == '\n' || value.p[i] == '\r';
    if (quote)
        th_buf_putc(out, '"');
    if (guard)
        th_buf_putc(out, '\'');
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '"')
            th_buf_putc(out, '"');
        th_buf_putc(out, value.p[i]);
    }
    if (quote)
        th_buf_putc(out, '"');
}
