/* JSON text laid out anew: only the white space between tokens changes, the tokens are copied. */
#include "base/json.h"

#include "base/json_scan.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Behind the closing quote of the string that opens at p, or end. */
static const char *string_end(const char *p, const char *end)
{
    for (p++; (p = th_json_next_special(p, end)) < end; p++) {
        if (*p == '"')
            return p + 1;
        if (*p == '\\' && ++p == end)
            break;
    }
    return end;
}

static void new_line(struct th_buf *out, unsigned depth, int indent)
{
    size_t spaces = (size_t)depth * (size_t)indent;
    char *to = th_buf_reserve(out, spaces + 1);
    to[0] = '\n';
    memset(to + 1, ' ', spaces);
    out->n += spaces + 1;
}

/* text is valid. */
static void pretty(struct th_buf *out, const char *p, const char *end, int indent)
{
    unsigned depth = 0;
    bool fresh = false; /* right behind an opening bracket */
    while (p < end) {
        if (is_space(*p)) {
            p++;
            continue;
        }
        bool closing = *p == '}' || *p == ']';
        if (closing)
            depth--;
        if (fresh != closing)
            new_line(out, depth, indent);
        fresh = *p == '{' || *p == '[';
        if (fresh)
            depth++;
        const char *start = p;
        p = *p == '"' ? string_end(p, end) : p + 1;
        th_buf_add(out, start, (size_t)(p - start));
        if (*start == ',')
            new_line(out, depth, indent);
        else if (*start == ':')
            th_buf_putc(out, ' ');
    }
    th_buf_putc(out, '\0');
    out->n--;
}

void th_json_pretty(struct th_buf *out, struct th_str json, int indent)
{
    if (th_json_check(json, NULL) != TH_OK) {
        th_buf_add_str(out, json);
        return;
    }
    pretty(out, json.p, json.p + json.n, indent < 0 ? 0 : indent > 16 ? 16 : indent);
}

void th_json_one_line(struct th_buf *out, struct th_str json)
{
    const char *p = json.p;
    const char *end = p + json.n;
    if (json.n == 0)
        return;
    th_buf_reserve(out, json.n);
    while (p < end) {
        const char *start = p;
        if (!is_space(*p)) {
            p = *p == '"' ? string_end(p, end) : p + 1;
            th_buf_add(out, start, (size_t)(p - start));
            continue;
        }
        bool breaks = false;
        for (; p < end && is_space(*p); p++)
            breaks |= *p == '\n' || *p == '\r';
        if (breaks)
            th_buf_putc(out, ' ');
        else
            th_buf_add(out, start, (size_t)(p - start));
    }
}
