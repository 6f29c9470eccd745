/* Values as KQL text. What is written here is read back by lex.c to the same value: a test goes
 * round. */
#include "query/kql/value.h"

#include <arpa/inet.h>
#include <math.h>

#include "base/pattern.h"

bool th_kql_is_special(char c)
{
    switch (c) {
    case '\\':
    case '(':
    case ')':
    case ':':
    case '<':
    case '>':
    case '"':
    case '*':
    case '{':
    case '}':
        return true;
    default:
        return false;
    }
}

size_t th_kql_space(struct th_str s, size_t at)
{
    if (at >= s.n)
        return 0;
    if (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\r' || s.p[at] == '\n')
        return 1;
    return s.n - at >= 2 && memcmp(s.p + at, "\xc2\xa0", 2) == 0 ? 2 : 0;
}

size_t th_kql_space_before(struct th_str s, size_t end)
{
    if (end >= 1 && th_kql_space(s, end - 1) == 1)
        return 1;
    return end >= 2 && th_kql_space(s, end - 2) == 2 ? 2 : 0;
}

static bool word_is(struct th_str s, size_t at, const char *word)
{
    size_t n = strlen(word);
    if (s.n - at < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((s.p[at + i] | 0x20) != word[i])
            return false;
    at += n;
    return at == s.n || th_kql_space(s, at) > 0 || s.p[at] == '(' || s.p[at] == ')' ||
           s.p[at] == '"';
}

enum th_kql_word th_kql_keyword(struct th_str s, size_t at)
{
    if (at >= s.n)
        return TH_KQL_NO_WORD;
    if (word_is(s, at, "and"))
        return TH_KQL_AND;
    if (word_is(s, at, "or"))
        return TH_KQL_OR;
    return word_is(s, at, "not") ? TH_KQL_NOT : TH_KQL_NO_WORD;
}

static bool is_plain(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           strchr("_-./@+,=%#$;!?'&|[]", c) != NULL;
}

/* "null" unquoted is Kibana's null. */
static bool needs_quotes(struct th_str value)
{
    if (value.n == 0 || th_kql_keyword(value, 0) != TH_KQL_NO_WORD || th_str_is(value, "null"))
        return true;
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] == '\0' || !is_plain((unsigned char)value.p[i]))
            return true;
    return false;
}

static void add_control(struct th_buf *out, unsigned char c)
{
    if (c == '\n')
        th_buf_puts(out, "\\n");
    else if (c == '\r')
        th_buf_puts(out, "\\r");
    else if (c == '\t')
        th_buf_puts(out, "\\t");
    else
        th_buf_printf(out, "\\u%04x", c);
}

/* Inside quotes a backslash only means something before another one, a quote, t, r, n or u; all are
 * doubled to be plain. */
void th_kql_add_quoted(struct th_buf *out, struct th_str value)
{
    th_buf_putc(out, '"');
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (c < 0x20 || c == 0x7f) {
            add_control(out, c);
            continue;
        }
        if (c == '"' || c == '\\')
            th_buf_putc(out, '\\');
        th_buf_putc(out, (char)c);
    }
    th_buf_putc(out, '"');
}

void th_kql_add_value(struct th_buf *out, struct th_str value)
{
    if (needs_quotes(value))
        th_kql_add_quoted(out, value);
    else
        th_buf_add_str(out, value);
}

/* One literal byte of an unquoted value. White space is written as an escape, which is never
 * trimmed or taken for the border of a word. */
static void add_unquoted(struct th_buf *out, char c)
{
    if ((unsigned char)c <= 0x20 || c == 0x7f) {
        add_control(out, (unsigned char)c);
        return;
    }
    if (th_kql_is_special(c))
        th_buf_putc(out, '\\');
    th_buf_putc(out, c);
}

/* A space between words can stay as it is. */
static bool is_inner_space(struct th_str pattern, size_t i)
{
    return pattern.p[i] == ' ' && i > 0 && i + 1 < pattern.n && pattern.p[i - 1] != ' ' &&
           pattern.p[i - 1] != '\\' && th_kql_keyword(pattern, i + 1) == TH_KQL_NO_WORD;
}

void th_kql_add_wildcard(struct th_buf *out, struct th_str pattern)
{
    bool after_star = false;
    for (size_t i = 0; i < pattern.n; i++) {
        char c = pattern.p[i];
        if (c == '*') {
            if (!after_star)
                th_buf_putc(out, '*');
            after_star = true;
            continue;
        }
        after_star = false;
        if (is_inner_space(pattern, i)) {
            th_buf_putc(out, ' ');
            continue;
        }
        if (c == '\\' && i + 1 < pattern.n)
            c = pattern.p[++i];
        if (th_kql_space(pattern, i) == 2) {
            th_buf_puts(out, "\\u00a0");
            i++;
            continue;
        }
        /* "~/" at the start would be a regular expression. */
        if (i == 0 && c == '~')
            th_buf_puts(out, "\\u007e");
        else
            add_unquoted(out, c);
    }
}

void th_kql_add_name(struct th_buf *out, struct th_str name, bool pattern)
{
    struct th_buf escaped = TH_BUF_INIT;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '\\' || (name.p[i] == '*' && !pattern))
            th_buf_putc(&escaped, '\\');
        th_buf_putc(&escaped, name.p[i]);
    }
    th_kql_add_wildcard(out, th_buf_str(&escaped));
    th_buf_fini(&escaped);
}

void th_kql_add_regex(struct th_buf *out, struct th_str regex, unsigned flags)
{
    th_buf_puts(out, "~/");
    for (size_t i = 0; i < regex.n; i++) {
        char c = regex.p[i];
        if (c == '\\' && i + 1 < regex.n) {
            th_buf_putc(out, c);
            th_buf_putc(out, regex.p[++i]);
            continue;
        }
        if (c == '/')
            th_buf_putc(out, '\\');
        th_buf_putc(out, c);
    }
    th_buf_putc(out, '/');
    if ((flags & TH_PATTERN_ICASE) != 0)
        th_buf_putc(out, 'i');
    if ((flags & TH_PATTERN_MULTILINE) != 0)
        th_buf_putc(out, 'm');
    if ((flags & TH_PATTERN_DOTALL) != 0)
        th_buf_putc(out, 's');
}

void th_kql_add_regex_literal(struct th_buf *out, struct th_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\0') {
            th_buf_puts(out, "\\x00");
            continue;
        }
        if (strchr("\\^$.|?*+()[]{}#/-", c) != NULL)
            th_buf_putc(out, '\\');
        th_buf_putc(out, c);
    }
}

void th_kql_add_ip(struct th_buf *out, const struct th_ip *ip)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    char text[INET6_ADDRSTRLEN];
    bool v4 = memcmp(ip->b, mapped, sizeof mapped) == 0;
    if (inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? ip->b + 12 : ip->b, text, sizeof text) != NULL)
        v4 ? th_buf_puts(out, text) : th_kql_add_quoted(out, th_str_of(text));
}

void th_kql_add_cidr(struct th_buf *out, const struct th_cidr *cidr)
{
    struct th_buf text = TH_BUF_INIT;
    th_kql_add_ip(&text, &cidr->net);
    bool v6 = text.n > 0 && text.p[0] == '"';
    if (v6)
        text.p[--text.n] = '\0';
    th_buf_printf(out, "%s/%d%s", th_buf_cstr(&text), v6 ? cidr->bits : cidr->bits - 96,
                  v6 ? "\"" : "");
    th_buf_fini(&text);
}

void th_kql_add_number(struct th_buf *out, double value)
{
    size_t start = out->n;
    if (fabs(value) < 1e15 && value == trunc(value)) {
        th_buf_add_i64(out, (int64_t)value);
        return;
    }
    th_buf_printf(out, "%.17g", value);
    for (size_t i = start; i < out->n; i++) /* a locale's decimal comma */
        if (out->p[i] == ',')
            out->p[i] = '.';
}

/* Digits and what they are worth: value holds the first 18 that count, exponent what the others
 * move the point. */
struct decimal {
    uint64_t value;
    int counted;
    int exponent;
};

/* Digits at at; returns how many. fraction: they stand behind the point. */
static size_t digits(struct th_str s, size_t at, bool fraction, struct decimal *out)
{
    size_t n = 0;
    for (; at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9'; n++) {
        unsigned digit = (unsigned)(s.p[at + n] - '0');
        if (out->counted < 18) {
            out->value = out->value * 10 + digit;
            out->counted += out->value > 0;
            out->exponent -= fraction;
        } else {
            out->exponent += !fraction;
        }
    }
    return n;
}

/* Not strtod: its decimal point is the locale's. */
bool th_kql_number(struct th_str text, double *out)
{
    struct decimal mantissa = {0};
    struct decimal exponent = {0};
    bool negative = text.n > 0 && text.p[0] == '-';
    bool negative_exponent = false;
    size_t at = negative || (text.n > 0 && text.p[0] == '+') ? 1 : 0;
    size_t n = digits(text, at, false, &mantissa);
    if (n == 0 || text.n > 400)
        return false;
    at += n;
    if (at < text.n && text.p[at] == '.') {
        n = digits(text, at + 1, true, &mantissa);
        if (n == 0)
            return false;
        at += 1 + n;
    }
    if (at < text.n && (text.p[at] == 'e' || text.p[at] == 'E')) {
        at++;
        negative_exponent = at < text.n && text.p[at] == '-';
        if (at < text.n && (text.p[at] == '-' || text.p[at] == '+'))
            at++;
        n = digits(text, at, false, &exponent);
        if (n == 0 || exponent.value > 9999)
            return false;
        at += n;
    }
    if (at != text.n)
        return false;
    int shift = mantissa.exponent + (negative_exponent ? -1 : 1) * (int)exponent.value;
    long double value = (long double)mantissa.value;
    if (mantissa.value != 0 && shift != 0)
        value = shift > 0 ? value * powl(10.0L, shift) : value / powl(10.0L, -shift);
    double result = (double)(negative ? -value : value);
    if (!isfinite(result))
        return false;
    *out = result;
    return true;
}
