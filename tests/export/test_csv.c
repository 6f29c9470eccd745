/* CSV cells: quoting as RFC 4180 has it, formulas made harmless. */
#include "export/csv.h"
#include "lib/tap.h"

static void cell(const char *value, bool is_text, const char *want)
{
    struct th_buf out = TH_BUF_INIT;
    th_csv_cell(&out, th_str_of(value), is_text);
    tap_is_str(th_buf_cstr(&out), want, value == NULL ? "(absent)" : value);
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
    return tap_done();
}
