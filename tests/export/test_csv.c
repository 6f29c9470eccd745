/* CSV cells: quoting as RFC 4180 has it, formulas made harmless. */
#include "export/csv.h"

#include "base/text.h"
#include "lib/tap.h"

static void cell(const char *value, bool is_text, const char *want)
{
    struct th_buf out = TH_BUF_INIT;
    th_csv_cell(&out, th_str_of(value), is_text);
    tap_is_str(th_buf_cstr(&out), want, value == NULL ? "(absent)" : value);
    th_buf_fini(&out);
}

/* A cell of n times one character. */
static void long_cell(const char *character, size_t n, const char *head, bool cut)
{
    struct th_buf text = TH_BUF_INIT, out = TH_BUF_INIT;
    th_buf_puts(&text, head);
    for (size_t i = 0; i < n; i++)
        th_buf_puts(&text, character);
    bool was = th_csv_cell(&out, th_buf_str(&text), true);
    tap_ok(was == cut, "%zu of %s are %s", n, character, cut ? "cut" : "whole");
    size_t units = th_utf8_utf16_length(th_buf_str(&out));
    if (cut)
        tap_ok(units <= TH_CSV_CELL_MAX && units >= TH_CSV_CELL_MAX - 1 &&
                   th_str_ends(th_buf_str(&out), TH_STR(" ... [cut]")),
               "to as much as there is room for, with a mark");
    else
        tap_is_int((int64_t)(out.n - (head[0] != '\0')), (int64_t)text.n, "has all of it");
    tap_ok(th_utf8_valid(th_buf_str(&out)), "in whole characters");
    th_buf_fini(&text);
    th_buf_fini(&out);
}

int main(void)
{
    cell(NULL, true, "");
    cell("", true, "");
    cell("plain", true, "plain");
    cell("a,b", true, "\"a,b\"");
    cell("say \"hi\"", true, "\"say \"\"hi\"\"\"");
    cell("two\nlines", true, "\"two\nlines\"");
    cell("=1+1", true, "'=1+1");
    cell("+1", true, "'+1");
    cell("-1", true, "'-1");
    cell("@SUM(A1)", true, "'@SUM(A1)");
    cell("\tx", true, "'\tx");
    cell("\rx", true, "\"'\rx\"");
    cell("=HYPERLINK(\"a\",\"b\")", true, "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\"");
    cell("a=b", true, "a=b");
    cell("-17", false, "-17");
    cell("＝1+1", true, "'＝1+1");
    cell("＋1", true, "'＋1");
    cell("－1", true, "'－1");
    cell("＠SUM(A1)", true, "'＠SUM(A1)");
    cell("  =1", true, "'  =1");
    cell(" \t＝1", true, "' \t＝1");
    cell("\n=1", true, "\"'\n=1\"");
    cell(" \r\n@x", true, "\"' \r\n@x\"");
    cell("\u00a0=1", true, "'\u00a0=1");
    cell("\u3000=1", true, "'\u3000=1");
    cell("\ufeff=1", true, "'\ufeff=1");
    cell("   ", true, "   ");
    cell("  a=b", true, "  a=b");
    cell("ａ＝ｂ", true, "ａ＝ｂ");
    cell("@timestamp", false, "@timestamp");
    long_cell("x", 32767, "", false);
    long_cell("x", 32768, "", true);
    long_cell("x", 32766, "", false);
    long_cell("é", 32767, "", false);
    long_cell("é", 32768, "", true);
    long_cell("😀", 16383, "", false);
    long_cell("😀", 16384, "", true);
    long_cell("x", 32765, "=", false); /* and the guard */
    long_cell("x", 32766, "=", true);
    return tap_done();
}
