/* Literals of KQL, as Kibana's grammar has them.
 *
 * An unquoted literal goes on over white space up to a special character or a keyword: `a: b c or
 * d` compares a with "b c". Escapes: \t \r \n, \uXXXX, a special character and, unquoted, a
 * keyword; in quotes only \" \\ and the first two kinds, where any other backslash is itself. What
 * Kibana takes we take, and mean the same by it, but for this:
 *
 * - A keyword begins and ends a word. Kibana takes "not " in the middle of one ("cannot x") for the
 *   keyword and then refuses the text.
 * - A bracket or a quote may follow a keyword at once: not(a), a or"b". Kibana refuses that.
 * - A keyword where a value should stand, "user: or", is refused with the advice to put it in
 *   quotes; to Kibana it is the text, unless white space follows it. */
#include "query/kql/lex.h"

#include "base/buf.h"
#include "base/text.h"
#include "query/kql/value.h"

void th_kql_skip_space(struct th_str text, size_t *at)
{
    size_t n;
    while ((n = th_kql_space(text, *at)) > 0)
        *at += n;
}

size_t th_kql_char_end(struct th_str text, size_t at)
{
    size_t end = at < text.n ? at + 1 : text.n;
    while (end < text.n && end - at < 4 && ((unsigned char)text.p[end] & 0xc0) == 0x80)
        end++;
    return end;
}

static int hex_unit(struct th_str text, size_t at)
{
    int unit = 0;
    if (at > text.n || text.n - at < 4)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        char c = text.p[at + i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* The code point of \uXXXX whose backslash is at at; two that are a surrogate pair are one. Returns
 * the bytes used, 0: none there. */
static size_t unicode_escape(struct th_str text, size_t at, uint32_t *cp)
{
    int unit;
    if (text.n - at < 6 || text.p[at + 1] != 'u' || (unit = hex_unit(text, at + 2)) < 0)
        return 0;
    *cp = (uint32_t)unit;
    if (unit >= 0xd800 && unit <= 0xdbff && text.n - at >= 12 && text.p[at + 6] == '\\' &&
        text.p[at + 7] == 'u') {
        int low = hex_unit(text, at + 8);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *cp = (uint32_t)(0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00));
            return 12;
        }
    }
    return 6;
}

/* An escape that both kinds of literal know; returns the bytes used, 0 when it is none of them. */
static size_t common_escape(struct th_str text, size_t at, struct th_buf *out)
{
    uint32_t cp;
    size_t n = unicode_escape(text, at, &cp);
    if (n > 0) {
        th_utf8_add(out, cp);
        return n;
    }
    if (text.n - at < 2)
        return 0;
    switch (text.p[at + 1]) {
    case 't':
        th_buf_putc(out, '\t');
        return 2;
    case 'r':
        th_buf_putc(out, '\r');
        return 2;
    case 'n':
        th_buf_putc(out, '\n');
        return 2;
    default:
        return 0;
    }
}

static struct th_str keep(th_arena *arena, struct th_buf *buf)
{
    return th_arena_dup(arena, (struct th_str){th_buf_cstr(buf), buf->n});
}

static enum th_code read_quoted(struct th_str text, size_t *at, th_arena *arena,
                                struct th_kql_literal *out, struct th_err *err)
{
    struct th_buf value = TH_BUF_INIT;
    size_t start = *at;
    size_t i = start + 1;
    while (i < text.n && text.p[i] != '"') {
        size_t n = text.p[i] == '\\' ? common_escape(text, i, &value) : 0;
        if (n > 0) {
            i += n;
            continue;
        }
        if (text.p[i] == '\\' && i + 1 < text.n && (text.p[i + 1] == '\\' || text.p[i + 1] == '"'))
            i++;
        th_buf_putc(&value, text.p[i++]);
    }
    if (i >= text.n) {
        th_buf_fini(&value);
        return th_err_at(err, TH_E_QUERY, start, text.n - start,
                         "the quote is never closed, expected \" at the end of the value");
    }
    *at = i + 1;
    out->quoted = true;
    out->span = (struct th_span){(uint32_t)start, (uint32_t)(i + 1)};
    out->text = keep(arena, &value);
    th_buf_fini(&value);
    return TH_OK;
}

static enum th_code read_regex(struct th_str text, size_t *at, th_arena *arena,
                               struct th_kql_literal *out, struct th_err *err)
{
    struct th_buf value = TH_BUF_INIT;
    size_t start = *at;
    size_t i = start + 2;
    enum th_code rc = TH_OK;
    while (i < text.n && text.p[i] != '/') {
        if (text.p[i] == '\\' && i + 1 < text.n) {
            if (text.p[i + 1] != '/')
                th_buf_putc(&value, '\\');
            i++;
        }
        th_buf_putc(&value, text.p[i++]);
    }
    if (i >= text.n) {
        rc = th_err_at(err, TH_E_QUERY, start, text.n - start,
                       "the regular expression is never closed, expected / at its end");
        goto out;
    }
    for (i++; i < text.n && text.p[i] >= 'a' && text.p[i] <= 'z'; i++) {
        unsigned flag = text.p[i] == 'i'   ? TH_PATTERN_ICASE
                        : text.p[i] == 'm' ? TH_PATTERN_MULTILINE
                        : text.p[i] == 's' ? TH_PATTERN_DOTALL
                                           : 0;
        if (flag == 0) {
            rc = th_err_at(err, TH_E_QUERY, i, 1,
                           "unknown flag '%c' behind a regular expression, expected i, m or s",
                           text.p[i]);
            goto out;
        }
        out->regex_flags |= flag;
    }
    *at = i;
    out->regex = true;
    out->span = (struct th_span){(uint32_t)start, (uint32_t)i};
    out->text = keep(arena, &value);
out:
    th_buf_fini(&value);
    return rc;
}

/* An unquoted literal while it is read: the value, and the same as a pattern. */
struct reader {
    struct th_buf value;
    struct th_buf pattern;
    bool wildcard;
    size_t value_end,
        pattern_end; /* behind the last character that is no white space to be cut off */
};

static void add_literal(struct reader *r, const char *p, size_t n)
{
    th_buf_add(&r->value, p, n);
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '*' || p[i] == '\\')
            th_buf_putc(&r->pattern, '\\');
        th_buf_putc(&r->pattern, p[i]);
    }
}

static void mark_end(struct reader *r)
{
    r->value_end = r->value.n;
    r->pattern_end = r->pattern.n;
}

static size_t keyword_length(enum th_kql_word word)
{
    return word == TH_KQL_OR ? 2 : 3;
}

/* Letters of "and" or "or" at at, whatever follows; 0: neither. Not of "not": \n is a line break.
 */
static size_t begins_keyword(struct th_str text, size_t at)
{
    struct th_str rest = th_str_sub(text, at, 3);
    if (rest.n >= 2 && th_text_ieq(th_str_sub(rest, 0, 2), TH_STR("or")))
        return 2;
    return th_text_ieq(rest, TH_STR("and")) ? 3 : 0;
}

/* The escape at at; returns the bytes used, 0 when a backslash can't stand there. */
static size_t read_escape(struct reader *r, struct th_str text, size_t at)
{
    enum th_kql_word word = th_kql_keyword(text, at + 1);
    if (word != TH_KQL_NO_WORD) {
        add_literal(r, text.p + at + 1, keyword_length(word));
        return 1 + keyword_length(word);
    }
    if (at + 1 < text.n && th_kql_is_special(text.p[at + 1])) {
        add_literal(r, text.p + at + 1, 1);
        return 2;
    }
    struct th_buf one = TH_BUF_INIT;
    size_t n = common_escape(text, at, &one);
    if (n > 0)
        add_literal(r, one.p, one.n);
    th_buf_fini(&one);
    if (n > 0)
        return n;
    /* Where it is no keyword, it needs no escape, but may have one: \or*, \android. */
    size_t letters = begins_keyword(text, at + 1);
    add_literal(r, text.p + at + 1, letters);
    return letters > 0 ? 1 + letters : 0;
}

/* One step of an unquoted literal. Returns the bytes used, 0 at its end, SIZE_MAX at a stray
 * backslash. */
static size_t read_one(struct reader *r, struct th_str text, size_t at)
{
    char c = text.p[at];
    size_t space = th_kql_space(text, at);
    if (space > 0) {
        size_t next = at;
        th_kql_skip_space(text, &next);
        if (next >= text.n || th_kql_keyword(text, next) != TH_KQL_NO_WORD)
            return 0;
        add_literal(r, text.p + at, space);
        return space;
    }
    if (c == '*') {
        th_buf_putc(&r->value, '*');
        th_buf_putc(&r->pattern, '*');
        r->wildcard = true;
    } else if (c == '\\') {
        size_t n = read_escape(r, text, at);
        mark_end(r);
        return n == 0 ? SIZE_MAX : n;
    } else if (th_kql_is_special(c)) {
        return 0;
    } else {
        add_literal(r, &c, 1);
    }
    mark_end(r);
    return 1;
}

static enum th_code read_unquoted(struct th_str text, size_t *at, th_arena *arena,
                                  struct th_kql_literal *out, struct th_err *err)
{
    struct reader r = {.value = TH_BUF_INIT, .pattern = TH_BUF_INIT};
    size_t start = *at;
    size_t end = start; /* behind the last character that counts */
    size_t i = start;
    enum th_code rc = TH_OK;
    while (i < text.n) {
        size_t n = read_one(&r, text, i);
        if (n == 0)
            break;
        if (n == SIZE_MAX) {
            rc = th_err_at(err, TH_E_QUERY, i, th_kql_char_end(text, i + 1) - i,
                           "a backslash here needs one of \\ ( ) : < > \" * { } behind it; put the "
                           "value in quotes, or write \\\\ for a backslash");
            goto out;
        }
        if (th_kql_space(text, i) == 0)
            end = i + n;
        i += n;
    }
    r.value.n = r.value_end;
    r.pattern.n = r.pattern_end;
    *at = end;
    out->span = (struct th_span){(uint32_t)start, (uint32_t)end};
    out->wildcard = r.wildcard;
    out->text = keep(arena, &r.value);
    out->pattern = keep(arena, &r.pattern);
out:
    th_buf_fini(&r.value);
    th_buf_fini(&r.pattern);
    return rc;
}

enum th_code th_kql_literal(struct th_str text, size_t *at, bool regex, th_arena *arena,
                            struct th_kql_literal *out, struct th_err *err)
{
    memset(out, 0, sizeof *out);
    if (*at < text.n && text.p[*at] == '"')
        return read_quoted(text, at, arena, out, err);
    if (regex && text.n - *at >= 2 && text.p[*at] == '~' && text.p[*at + 1] == '/')
        return read_regex(text, at, arena, out, err);
    return read_unquoted(text, at, arena, out, err);
}
