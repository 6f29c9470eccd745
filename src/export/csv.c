/* Cells of comma-separated values. Log text is hostile: a user agent "=HYPERLINK(…)" must stay text
 * in a spreadsheet, and one cell of it must not spill over the next rows, as too long ones do. */
#include "export/csv.h"

#include "base/compiler.h"
#include "base/text.h"

#define CUT_MARK " ... [cut]"

/* What spreadsheets pass over in front of a formula; the last is the mark of byte order. */
static bool is_blank(uint32_t cp)
{
    return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0xa0 || cp == 0x3000 || cp == 0xfeff;
}

static bool looks_like_formula(struct th_str value)
{
    static const uint32_t signs[] = {'=', '+', '-', '@', 0xff1d, 0xff0b, 0xff0d, 0xff20};
    if (value.n > 0 && value.p[0] >= '\t' && value.p[0] <= '\r')
        return true;
    size_t at = 0;
    uint32_t cp = ' ';
    while (at < value.n && is_blank(cp))
        cp = th_utf8_next(value, &at);
    for (size_t i = 0; i < TH_COUNT(signs); i++)
        if (cp == signs[i])
            return true;
    return false;
}

/* The bytes of the first characters that have room. */
static struct th_str beginning(struct th_str value, size_t room)
{
    size_t at = 0;
    for (size_t end = 0; end < value.n; at = end) {
        size_t units = th_utf8_next(value, &end) > 0xffff ? 2 : 1;
        if (units > room)
            break;
        room -= units;
    }
    return th_str_sub(value, 0, at);
}

bool th_csv_cell(struct th_buf *out, struct th_str value, bool is_text)
{
    bool guard = is_text && looks_like_formula(value);
    size_t room = TH_CSV_CELL_MAX - guard;
    bool cut = value.n > room && th_utf8_utf16_length(value) > room;
    if (cut)
        value = beginning(value, room - (sizeof CUT_MARK - 1));
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
    if (cut)
        th_buf_puts(out, CUT_MARK);
    if (quote)
        th_buf_putc(out, '"');
    return cut;
}
