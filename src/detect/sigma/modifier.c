/* Modifiers of a field name, and what they do to a value before it is compared.
 *
 * A key is `field|modifier|modifier`. Most modifiers choose the comparison; the encoding ones
 * change the value and apply from left to right, each to all values that the one before made. */
#include "detect/sigma/sigma.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

enum { DASHES_MAX = 4, VALUES_MAX = 1024 };

/* How a modifier's name is understood. */
enum kind { COMPARE, TRANSFORM, FLAG_ALL, FLAG_CASED, FLAG_NEQ, FLAG_RE };

static const struct {
    const char *name;
    enum kind kind;
    unsigned what;
} modifiers[] = {
    {"contains", COMPARE, TH_SIGMA_CONTAINS},
    {"startswith", COMPARE, TH_SIGMA_STARTS},
    {"endswith", COMPARE, TH_SIGMA_ENDS},
    {"re", COMPARE, TH_SIGMA_RE},
    {"exists", COMPARE, TH_SIGMA_EXISTS},
    {"cidr", COMPARE, TH_SIGMA_CIDR},
    {"gt", COMPARE, TH_SIGMA_GT},
    {"gte", COMPARE, TH_SIGMA_GTE},
    {"lt", COMPARE, TH_SIGMA_LT},
    {"lte", COMPARE, TH_SIGMA_LTE},
    {"fieldref", COMPARE, TH_SIGMA_FIELDREF},
    {"base64", TRANSFORM, TH_SIGMA_BASE64},
    {"base64offset", TRANSFORM, TH_SIGMA_BASE64_OFFSET},
    {"utf16", TRANSFORM, TH_SIGMA_UTF16},
    {"utf16le", TRANSFORM, TH_SIGMA_UTF16LE},
    {"wide", TRANSFORM, TH_SIGMA_UTF16LE},
    {"utf16be", TRANSFORM, TH_SIGMA_UTF16BE},
    {"windash", TRANSFORM, TH_SIGMA_WINDASH},
    {"all", FLAG_ALL, 0},
    {"cased", FLAG_CASED, 0},
    {"neq", FLAG_NEQ, 0},
    {"i", FLAG_RE, TH_PATTERN_ICASE},
    {"m", FLAG_RE, TH_PATTERN_MULTILINE},
    {"s", FLAG_RE, TH_PATTERN_DOTALL},
};

static bool unknown_modifier(struct th_sigma *s, struct th_str name, int line)
{
    const char *near = NULL;
    int best = 3;
    for (size_t i = 0; i < TH_COUNT(modifiers); i++) {
        int distance = th_text_distance(name, th_str_of(modifiers[i].name), 2);
        if (distance < best) {
            best = distance;
            near = modifiers[i].name;
        }
    }
    if (near != NULL && strlen(near) > 2)
        return th_sigma_error(s, line, "unknown modifier %.*s, did you mean %s?",
                              TH_STR_ARGS(th_str_sub(name, 0, 40)), near);
    return th_sigma_error(s, line, "unknown modifier %.*s", TH_STR_ARGS(th_str_sub(name, 0, 40)));
}

static bool add_transform(struct th_sigma *s, struct th_sigma_key *key, unsigned what, int line)
{
    if (key->transforms_n == TH_SIGMA_TRANSFORMS_MAX)
        return th_sigma_error(s, line, "too many modifiers");
    key->transforms[key->transforms_n++] = (enum th_sigma_transform)what;
    return true;
}

static bool add_modifier(struct th_sigma *s, struct th_sigma_key *key, struct th_str name, int line)
{
    size_t i = 0;
    while (i < TH_COUNT(modifiers) && !th_str_is(name, modifiers[i].name))
        i++;
    if (i == TH_COUNT(modifiers))
        return unknown_modifier(s, name, line);
    switch (modifiers[i].kind) {
    case COMPARE:
        if (key->compare_given)
            return th_sigma_error(s, line, "the modifier %s can't be joined with the one before",
                                  modifiers[i].name);
        key->compare = (enum th_sigma_compare)modifiers[i].what;
        key->compare_given = true;
        return true;
    case TRANSFORM:
        return add_transform(s, key, modifiers[i].what, line);
    case FLAG_ALL:
        key->all = true;
        return true;
    case FLAG_CASED:
        key->cased = true;
        return true;
    case FLAG_NEQ:
        key->neq = true;
        return true;
    case FLAG_RE:
        if (key->compare != TH_SIGMA_RE)
            return th_sigma_error(s, line, "the modifier %s belongs behind re", modifiers[i].name);
        key->re_flags |= modifiers[i].what;
        return true;
    }
    return false;
}

static bool is_text_compare(enum th_sigma_compare compare)
{
    return compare == TH_SIGMA_EQUALS || compare == TH_SIGMA_CONTAINS ||
           compare == TH_SIGMA_STARTS || compare == TH_SIGMA_ENDS;
}

static bool check_key(struct th_sigma *s, const struct th_sigma_key *key, int line)
{
    if (key->transforms_n > 0 && !is_text_compare(key->compare))
        return th_sigma_error(s, line, "an encoding can't be joined with this comparison");
    if (key->cased && !is_text_compare(key->compare) && key->compare != TH_SIGMA_RE)
        return th_sigma_error(s, line, "cased only makes sense for texts");
    if (key->field.n > 0)
        return true;
    if (key->compare != TH_SIGMA_EQUALS && key->compare != TH_SIGMA_CONTAINS)
        return th_sigma_error(s, line,
                              "keywords are looked for anywhere, only |all and the "
                              "encodings can stand with them");
    if (key->cased)
        return th_sigma_error(s, line, "keywords ignore case, cased can't stand with them");
    return true;
}

bool th_sigma_key_parse(struct th_sigma *s, struct th_str text, int line, struct th_sigma_key *out)
{
    ptrdiff_t bar = th_str_find(text, '|');
    memset(out, 0, sizeof *out);
    out->field = bar < 0 ? text : th_str_sub(text, 0, (size_t)bar);
    while (bar >= 0) {
        text = th_str_sub(text, (size_t)bar + 1, text.n);
        bar = th_str_find(text, '|');
        struct th_str name = bar < 0 ? text : th_str_sub(text, 0, (size_t)bar);
        if (!add_modifier(s, out, name, line))
            return false;
    }
    return check_key(s, out, line);
}

/* How a value is written
 * ------------------------------------------------------------------------------------------ */

struct writing {
    struct th_buf literal, pattern;
    struct th_sigma_writing *out;
    bool started; /* a character that is no '*' was seen */
    bool ended;   /* a '*' was seen behind such */
};

static void add_literal(struct writing *w, char c)
{
    if (w->ended)
        w->out->inside = true;
    w->started = true;
    th_buf_putc(&w->literal, c);
    if (c == '*' || c == '?' || c == '\\')
        th_buf_putc(&w->pattern, '\\');
    th_buf_putc(&w->pattern, c);
}

static void add_wildcard(struct writing *w, char c)
{
    th_buf_putc(&w->pattern, c);
    if (c == '?') {
        w->out->inside = true;
        w->started = true;
    } else if (w->started) {
        w->ended = true;
    } else {
        w->out->stars_before = true;
    }
}

void th_sigma_read_value(th_arena *arena, struct th_str text, struct th_sigma_writing *out)
{
    struct writing w = {.out = out};
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\\') {
            /* A backslash is itself unless it stands before a wildcard or another one. */
            bool escapes = i + 1 < text.n &&
                           (text.p[i + 1] == '*' || text.p[i + 1] == '?' || text.p[i + 1] == '\\');
            add_literal(&w, escapes ? text.p[++i] : c);
        } else if (c == '*' || c == '?') {
            add_wildcard(&w, c);
        } else {
            add_literal(&w, c);
        }
    }
    out->stars_behind = w.ended;
    out->only_stars = out->stars_before && !w.started;
    out->literal = th_arena_dup(arena, (struct th_str){th_buf_cstr(&w.literal), w.literal.n});
    out->pattern = th_arena_dup(arena, (struct th_str){th_buf_cstr(&w.pattern), w.pattern.n});
    th_buf_fini(&w.literal);
    th_buf_fini(&w.pattern);
}

/* Encodings
 * -------------------------------------------------------------------------------------------------------
 */

static void add_base64(struct th_buf *out, struct th_str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        uint32_t bits = (uint32_t)(unsigned char)bytes.p[i] << 16;
        if (left > 1)
            bits |= (uint32_t)(unsigned char)bytes.p[i + 1] << 8;
        if (left > 2)
            bits |= (uint32_t)(unsigned char)bytes.p[i + 2];
        th_buf_putc(out, digits[bits >> 18]);
        th_buf_putc(out, digits[bits >> 12 & 63]);
        th_buf_putc(out, left > 1 ? digits[bits >> 6 & 63] : '=');
        th_buf_putc(out, left > 2 ? digits[bits & 63] : '=');
    }
}

/* What the bytes look like inside a longer text that is encoded as a whole, shift bytes behind a
 * group of three: the digits that depend on the neighbours are left out. */
static void add_base64_shifted(struct th_buf *out, struct th_str bytes, size_t shift)
{
    static const size_t skip_front[3] = {0, 2, 3};
    static const size_t skip_back[3] = {0, 3, 2};
    struct th_buf padded = TH_BUF_INIT, encoded = TH_BUF_INIT;
    for (size_t i = 0; i < shift; i++)
        th_buf_putc(&padded, ' ');
    th_buf_add_str(&padded, bytes);
    add_base64(&encoded, th_buf_str(&padded));
    size_t from = skip_front[shift];
    size_t to = encoded.n - skip_back[padded.n % 3];
    if (to > from)
        th_buf_add(out, encoded.p + from, to - from);
    th_buf_fini(&padded);
    th_buf_fini(&encoded);
}

static void add_unit(struct th_buf *out, uint32_t unit, bool big)
{
    char high = (char)(unit >> 8), low = (char)(unit & 0xff);
    th_buf_putc(out, big ? high : low);
    th_buf_putc(out, big ? low : high);
}

static void add_utf16(struct th_buf *out, struct th_str text, bool big)
{
    size_t at = 0;
    while (at < text.n) {
        uint32_t cp = th_utf8_next(text, &at);
        if (cp >= 0x10000) {
            add_unit(out, 0xd800 + ((cp - 0x10000) >> 10), big);
            cp = 0xdc00 + ((cp - 0x10000) & 0x3ff);
        }
        add_unit(out, cp, big);
    }
}

struct values {
    struct th_sigma *s;
    struct th_sigma_value *v; /* owned */
    size_t n, cap;
    int line;
};

static bool add_value(struct values *out, struct th_buf *text, bool literal)
{
    if (out->n == VALUES_MAX) {
        th_buf_fini(text);
        return th_sigma_error(out->s, out->line, "a value becomes more than %d", VALUES_MAX);
    }
    struct th_str copy = th_arena_dup(out->s->arena, (struct th_str){th_buf_cstr(text), text->n});
    TH_GROW(out->v, out->n, out->cap);
    out->v[out->n++] = (struct th_sigma_value){copy, literal};
    th_buf_fini(text);
    return true;
}

static bool is_word(struct th_str text, size_t i)
{
    if (i >= text.n)
        return false;
    char c = text.p[i];
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The dashes of a command line: '-' or '/' at the start of a word. */
static bool is_dash(struct th_str text, size_t i)
{
    if (text.p[i] != '-' && text.p[i] != '/')
        return false;
    return !(i > 0 && is_word(text, i - 1)) && is_word(text, i + 1);
}

static bool windash(struct values *out, const struct th_sigma_value *value)
{
    static const char *const dashes[] = {"-", "/", "\u2013", "\u2014", "\u2015"};
    size_t at[DASHES_MAX];
    size_t n = 0, combinations = 1;
    for (size_t i = 0; i < value->text.n; i++)
        if (is_dash(value->text, i)) {
            if (n == DASHES_MAX)
                return th_sigma_error(out->s, out->line, "windash: more than %d dashes in a value",
                                      DASHES_MAX);
            at[n++] = i;
            combinations *= TH_COUNT(dashes);
        }
    for (size_t k = 0; k < combinations; k++) {
        struct th_buf text = TH_BUF_INIT;
        size_t rest = k, from = 0;
        for (size_t d = 0; d < n; d++, rest /= TH_COUNT(dashes)) {
            th_buf_add_str(&text, th_str_sub(value->text, from, at[d] - from));
            th_buf_puts(&text, dashes[rest % TH_COUNT(dashes)]);
            from = at[d] + 1;
        }
        th_buf_add_str(&text, th_str_sub(value->text, from, value->text.n));
        if (!add_value(out, &text, value->literal))
            return false;
    }
    return true;
}

/* The very characters of a value; an encoded one can hold no wildcards. */
static bool literal_of(struct values *out, const struct th_sigma_value *value, struct th_str *text)
{
    struct th_sigma_writing w;
    *text = value->text;
    if (value->literal)
        return true;
    th_sigma_read_value(out->s->arena, value->text, &w);
    *text = w.literal;
    if (w.inside || w.stars_before || w.stars_behind)
        return th_sigma_error(out->s, out->line, "a value with wildcards can't be encoded");
    return true;
}

static bool encode(struct values *out, const struct th_sigma_value *value,
                   enum th_sigma_transform how)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_str bytes;
    if (how == TH_SIGMA_WINDASH)
        return windash(out, value);
    if (!literal_of(out, value, &bytes))
        return false;
    switch (how) {
    case TH_SIGMA_BASE64:
        add_base64(&text, bytes);
        break;
    case TH_SIGMA_BASE64_OFFSET:
        for (size_t shift = 0; shift < 3; shift++) {
            struct th_buf one = TH_BUF_INIT;
            add_base64_shifted(&one, bytes, shift);
            if (!add_value(out, &one, true))
                return false;
        }
        return true;
    case TH_SIGMA_UTF16:
        add_unit(&text, 0xfeff, false);
        add_utf16(&text, bytes, false);
        break;
    case TH_SIGMA_UTF16LE:
        add_utf16(&text, bytes, false);
        break;
    case TH_SIGMA_UTF16BE:
        add_utf16(&text, bytes, true);
        break;
    case TH_SIGMA_WINDASH:
        break;
    }
    return add_value(out, &text, true);
}

bool th_sigma_transform_value(struct th_sigma *s, const struct th_sigma_key *key,
                              struct th_str text, int line, struct th_sigma_value **out,
                              size_t *out_n)
{
    struct values now = {.s = s, .line = line};
    bool good = true;
    TH_GROW(now.v, now.n, now.cap);
    now.v[now.n++] = (struct th_sigma_value){text, false};
    for (size_t t = 0; good && t < key->transforms_n; t++) {
        struct values next = {.s = s, .line = line};
        for (size_t i = 0; good && i < now.n; i++)
            good = encode(&next, &now.v[i], key->transforms[t]);
        free(now.v);
        now = next;
    }
    *out = th_arena_calloc(s->arena, now.n + 1, sizeof **out);
    *out_n = now.n;
    for (size_t i = 0; i < now.n; i++)
        (*out)[i] = now.v[i];
    free(now.v);
    return good;
}
