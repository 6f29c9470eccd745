/* The JSON cursor: validates while it skips, and builds nothing.
 *
 * One loop walks a value of any depth. Where it stands is a pointer and the stack of open
 * containers, one bit each (object or array), so hostile nesting costs no call stack. Strings,
 * which are nearly all of a CloudTrail record, are searched 16 bytes at a time for the first byte
 * that isn't plain; only then are escapes and UTF-8 looked at. Every read is bounded by the end of
 * the input, and running into it is MORE: whatever was read until there could still become a value,
 * because anything that couldn't has already been BAD. */
#include "base/json.h"

#include "base/json_scan.h"

typedef enum th_json_status status;

const char th_json_too_deep[] = "nested too deep";

static status bad(struct th_json_cursor *c, const char *at, const char *why)
{
    c->at = at;
    c->why = why;
    return TH_JSON_BAD;
}

static status more(struct th_json_cursor *c)
{
    c->at = c->end;
    c->why = "the text ends inside a value";
    return TH_JSON_MORE;
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_space_run(const char *p, const char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i blank = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')),
                                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));
        __m128i rare = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t')),
                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(blank, rare)) ^ 0xffffu;
        if (mask != 0)
            return p + __builtin_ctz(mask);
    }
#endif
    while (p < end && is_space(*p))
        p++;
    return p;
}

/* Compact JSON has no white space, so the usual case is one comparison. */
static inline const char *skip_space(const char *p, const char *end)
{
    if (p < end && (unsigned char)*p > ' ')
        return p;
    return skip_space_run(p, end);
}

/* What stands behind a backslash: p is the backslash. Advances *p behind the escape. */
static status skip_escape(struct th_json_cursor *c, const char **p)
{
    const char *at = *p + 1;
    if (at == c->end)
        return more(c);
    switch (*at) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        *p = at + 1;
        return TH_JSON_OK;
    case 'u':
        break;
    default:
        return bad(c, at, "unknown escape in a string");
    }
    for (int i = 1; i <= 4; i++) {
        if (at + i == c->end)
            return more(c);
        if (th_json_hex(at[i]) < 0)
            return bad(c, at + i, "\\u without four hexadecimal digits");
    }
    *p = at + 5;
    return TH_JSON_OK;
}

/* The rest of a string that has something else than plain ASCII in it, or lies at the end of the
 * input. */
static status skip_string_rest(struct th_json_cursor *c, const char *p, const char **close,
                               bool *escaped)
{
    for (;;) {
        p = th_json_next_special(p, c->end);
        if (p == c->end)
            return more(c);
        if (*p == '"') {
            *close = p;
            return TH_JSON_OK;
        }
        if (*p == '\\') {
            *escaped = true;
            status s = skip_escape(c, &p);
            if (s != TH_JSON_OK)
                return s;
        } else if ((unsigned char)*p < 0x20) {
            return bad(c, p, "control character in a string");
        } else {
            size_t n = th_json_utf8_length(p, c->end);
            if (n == 0)
                *escaped = true;
            p += n == 0 ? 1 : n;
        }
    }
}

/* p stands behind the opening quote; *close becomes the closing one. *escaped is only ever set,
 * never cleared. */
static inline status skip_string(struct th_json_cursor *c, const char *p, const char **close,
                                 bool *escaped)
{
#ifdef __SSE2__
    for (; c->end - p >= 16; p += 16) {
        unsigned mask = th_json_special_mask(p);
        if (mask == 0)
            continue;
        p += __builtin_ctz(mask);
        if (TH_LIKELY(*p == '"')) {
            *close = p;
            return TH_JSON_OK;
        }
        break;
    }
#endif
    return skip_string_rest(c, p, close, escaped);
}

static inline const char *skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* At least one digit. */
static status need_digits(struct th_json_cursor *c, const char **p)
{
    if (*p == c->end)
        return more(c);
    if (!is_digit(**p))
        return bad(c, *p, "a digit is missing in a number");
    *p = skip_digits(*p, c->end);
    return TH_JSON_OK;
}

static status skip_number(struct th_json_cursor *c, const char **at)
{
    const char *p = *at;
    status s;
    if (*p == '-')
        p++;
    const char *first = p;
    if ((s = need_digits(c, &p)) != TH_JSON_OK)
        return s;
    if (*first == '0' && p - first > 1)
        return bad(c, first + 1, "leading zero in a number");
    if (p < c->end && *p == '.') {
        p++;
        if ((s = need_digits(c, &p)) != TH_JSON_OK)
            return s;
    }
    if (p < c->end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < c->end && (*p == '+' || *p == '-'))
            p++;
        if ((s = need_digits(c, &p)) != TH_JSON_OK)
            return s;
    }
    *at = p;
    return TH_JSON_OK;
}

/* true, false, null: not followed by a letter. */
static status skip_literal(struct th_json_cursor *c, const char **at)
{
    const char *p = *at;
    const char *word = *p == 't' ? "true" : *p == 'f' ? "false" : "null";
    for (; *word != '\0'; word++, p++) {
        if (p == c->end)
            return more(c);
        if (*p != *word)
            return bad(c, p, "unknown word");
    }
    if (p < c->end && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')))
        return bad(c, p, "unknown word");
    *at = p;
    return TH_JSON_OK;
}

/* A value that is no container; *p stands on its first byte. */
static inline status skip_scalar(struct th_json_cursor *c, const char **p, bool *escaped)
{
    char first = **p;
    if (TH_LIKELY(first == '"')) {
        const char *close;
        status s = skip_string(c, *p + 1, &close, escaped);
        if (TH_LIKELY(s == TH_JSON_OK))
            *p = close + 1;
        return s;
    }
    if (is_digit(first) || first == '-')
        return skip_number(c, p);
    if (first == 't' || first == 'f' || first == 'n')
        return skip_literal(c, p);
    return bad(c, *p, "a value is missing");
}

/* A key and its colon, and the space before the value. *p stands where the key must begin. */
static inline status skip_key(struct th_json_cursor *c, const char **p)
{
    const char *at = *p;
    bool escaped;
    if (*at != '"')
        return bad(c, at, "a key is missing");
    status s = skip_string(c, at + 1, &at, &escaped);
    if (s != TH_JSON_OK)
        return s;
    at = skip_space(at + 1, c->end);
    if (at == c->end)
        return more(c);
    if (*at != ':')
        return bad(c, at, "':' is missing behind a key");
    at = skip_space(at + 1, c->end);
    if (at == c->end)
        return more(c);
    *p = at;
    return TH_JSON_OK;
}

/* The containers that are open inside the value being skipped: a set bit is an object. */
struct nest {
    uint64_t objects[TH_JSON_DEPTH_MAX / 64];
    unsigned depth;
    bool in_object; /* the innermost */
};

static inline void nest_push(struct nest *nest, bool object)
{
    uint64_t bit = UINT64_C(1) << (nest->depth % 64);
    uint64_t *word = &nest->objects[nest->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    nest->depth++;
    nest->in_object = object;
}

static inline void nest_pop(struct nest *nest)
{
    nest->depth--;
    if (nest->depth > 0) {
        unsigned top = nest->depth - 1;
        nest->in_object = (nest->objects[top / 64] >> (top % 64) & 1) != 0;
    }
}

/* Skip the container whose bracket c->at stands on. */
static status skip_container(struct th_json_cursor *c)
{
    const char *p = c->at;
    const char *end = c->end;
    unsigned room = TH_JSON_DEPTH_MAX - c->depth;
    bool escaped;
    struct nest nest;
    status s;

    nest.objects[0] = 0;
    nest.depth = 0;
    nest.in_object = false;
    for (;;) {
        /* A value begins at p. */
        if (*p == '{' || *p == '[') {
            if (nest.depth >= room)
                return bad(c, p, th_json_too_deep);
            nest_push(&nest, *p == '{');
            p = skip_space(p + 1, end);
            if (p == end)
                return more(c);
            if (*p != (nest.in_object ? '}' : ']')) {
                if (nest.in_object && (s = skip_key(c, &p)) != TH_JSON_OK)
                    return s;
                continue;
            }
            p++;
            nest_pop(&nest);
        } else if ((s = skip_scalar(c, &p, &escaped)) != TH_JSON_OK) {
            return s;
        }
        /* It ended before p: what follows closes containers until a comma brings the next one. */
        for (;;) {
            if (nest.depth == 0) {
                c->at = p;
                return TH_JSON_OK;
            }
            p = skip_space(p, end);
            if (p == end)
                return more(c);
            if (*p == ',')
                break;
            if (*p != (nest.in_object ? '}' : ']'))
                return bad(c, p,
                           nest.in_object ? "',' or '}' is missing" : "',' or ']' is missing");
            p++;
            nest_pop(&nest);
        }
        p = skip_space(p + 1, end);
        if (p == end)
            return more(c);
        if (nest.in_object && (s = skip_key(c, &p)) != TH_JSON_OK)
            return s;
    }
}

void th_json_init(struct th_json_cursor *c, struct th_str text)
{
    c->at = text.p == NULL ? "" : text.p;
    c->end = c->at + text.n;
    c->why = NULL;
    c->depth = 0;
}

bool th_json_space(struct th_json_cursor *c)
{
    c->at = skip_space(c->at, c->end);
    return c->at < c->end;
}

static uint8_t type_of(char first)
{
    switch (first) {
    case '"':
        return TH_JSON_STRING;
    case '{':
        return TH_JSON_OBJECT;
    case '[':
        return TH_JSON_ARRAY;
    case 't':
        return TH_JSON_TRUE;
    case 'f':
        return TH_JSON_FALSE;
    case 'n':
        return TH_JSON_NULL;
    default:
        return TH_JSON_NUMBER;
    }
}

enum th_json_status th_json_value(struct th_json_cursor *c, struct th_json_value *out)
{
    const char *start = skip_space(c->at, c->end);
    if (start == c->end)
        return more(c);
    c->at = start;
    bool escaped = false;
    if (*start == '"') {
        const char *close;
        status s = skip_string(c, start + 1, &close, &escaped);
        if (s != TH_JSON_OK)
            return s;
        *out = (struct th_json_value){
            {start + 1, (size_t)(close - start - 1)}, TH_JSON_STRING, escaped};
        c->at = close + 1;
        return TH_JSON_OK;
    }
    status s;
    if (*start == '{' || *start == '[') {
        s = skip_container(c);
    } else {
        const char *p = start;
        s = skip_scalar(c, &p, &escaped);
        if (s == TH_JSON_OK)
            c->at = p;
    }
    if (s == TH_JSON_OK)
        *out = (struct th_json_value){{start, (size_t)(c->at - start)}, type_of(*start), false};
    return s;
}

enum th_json_status th_json_enter(struct th_json_cursor *c)
{
    if (!th_json_space(c))
        return more(c);
    if (*c->at != '{' && *c->at != '[')
        return bad(c, c->at, "neither an object nor an array");
    if (c->depth >= TH_JSON_DEPTH_MAX)
        return bad(c, c->at, th_json_too_deep);
    c->at++;
    c->depth++;
    return TH_JSON_OK;
}

/* The end of a container, the first element, or a comma and the next one: OK leaves the cursor
 * before it. */
static inline status next_item(struct th_json_cursor *c, bool *first, char close)
{
    const char *p = skip_space(c->at, c->end);
    if (p == c->end)
        return more(c);
    if (*p == close) {
        c->at = p + 1;
        c->depth--;
        return TH_JSON_END;
    }
    if (!*first) {
        if (*p != ',')
            return bad(c, p, close == '}' ? "',' or '}' is missing" : "',' or ']' is missing");
        p = skip_space(p + 1, c->end);
        if (p == c->end)
            return more(c);
        if (*p == close)
            return bad(c, p, "nothing stands behind the last comma");
    }
    *first = false;
    c->at = p;
    return TH_JSON_OK;
}

enum th_json_status th_json_next_key(struct th_json_cursor *c, struct th_json_value *key,
                                     bool *first)
{
    status s = next_item(c, first, '}');
    if (s != TH_JSON_OK)
        return s;
    const char *start = c->at + 1;
    const char *close;
    bool escaped = false;
    if (*c->at != '"')
        return bad(c, c->at, "a key is missing");
    if ((s = skip_string(c, start, &close, &escaped)) != TH_JSON_OK)
        return s;
    const char *p = skip_space(close + 1, c->end);
    if (p == c->end)
        return more(c);
    if (*p != ':')
        return bad(c, p, "':' is missing behind a key");
    *key = (struct th_json_value){{start, (size_t)(close - start)}, TH_JSON_STRING, escaped};
    c->at = p + 1;
    return TH_JSON_OK;
}

enum th_json_status th_json_next_element(struct th_json_cursor *c, bool *first)
{
    return next_item(c, first, ']');
}
