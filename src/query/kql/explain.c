/* An error of a filter for people: the text, a caret under what is wrong, the message. Of a long
 * text only the neighbourhood is shown. */
#include "query/kql/kql.h"

#include <stdio.h>

#include "base/text.h"

enum { BEFORE = 60, BEHIND = 40 };

static void note_leaf(const struct th_node *node, struct th_kql_notes *notes)
{
    if (node->pattern != NULL && th_pattern_gave_up(node->pattern) && notes->n < TH_KQL_WARNINGS) {
        size_t i = notes->n++;
        notes->note[i].span = node->span;
        snprintf(notes->note[i].text, sizeof notes->note[i].text,
                 "the expression took too many steps on some values, which count as no match; make "
                 "it simpler");
    }
    for (size_t i = 0; i < node->kids_n; i++)
        note_leaf(node->kids[i], notes);
}

void th_kql_note_limits(const th_query *query, struct th_kql_notes *notes)
{
    note_leaf(th_query_root(query), notes);
}

/* Byte position count code points before at. */
static size_t back(struct th_str text, size_t at, int count)
{
    while (at > 0 && count-- > 0)
        do
            at--;
        while (at > 0 && ((unsigned char)text.p[at] & 0xc0) == 0x80);
    return at;
}

static size_t forward(struct th_str text, size_t at, int count)
{
    while (at < text.n && count-- > 0)
        th_utf8_next(text, &at);
    return at;
}

/* Sanitised text into out; returns its columns. */
static int add(struct th_buf *out, struct th_str text, bool ascii_only)
{
    struct th_buf safe = TH_BUF_INIT;
    th_text_sanitise(&safe, text, ascii_only);
    int cols = th_text_width(th_buf_str(&safe));
    th_buf_add_str(out, th_buf_str(&safe));
    th_buf_fini(&safe);
    return cols;
}

static void repeat(struct th_buf *out, char c, int count)
{
    while (count-- > 0)
        th_buf_putc(out, c);
}

void th_kql_explain(struct th_str text, const struct th_err *err, bool ascii_only,
                    struct th_buf *out)
{
    const char *more = ascii_only ? "..." : "…";
    size_t from = err->offset < text.n ? (size_t)err->offset : text.n;
    size_t length = err->length < text.n - from ? (size_t)err->length : text.n - from;
    size_t start = back(text, from, BEFORE);
    size_t end = forward(text, from, BEHIND);
    if (length > end - from)
        length = end - from;
    int indent = 0;
    int width;
    if (start > 0) {
        th_buf_puts(out, more);
        indent = ascii_only ? 3 : 1;
    }
    indent += add(out, th_str_sub(text, start, from - start), ascii_only);
    width = add(out, th_str_sub(text, from, length), ascii_only);
    add(out, th_str_sub(text, from + length, end - from - length), ascii_only);
    if (end < text.n)
        th_buf_puts(out, more);
    th_buf_putc(out, '\n');
    if (err->offset != TH_ERR_NO_OFFSET) {
        repeat(out, ' ', indent);
        repeat(out, '^', width > 0 ? width : 1);
    }
    th_buf_putc(out, '\n');
    add(out, th_str_of(err->msg), ascii_only);
    th_buf_putc(out, '\n');
}
