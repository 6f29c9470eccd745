/* What stands on the JSON cursor: values as text, look-ups by path, the walk over all scalars. */
#include "base/json.h"

#include "base/json_scan.h"
#include "base/mem.h"
#include "base/text.h"

static void add_replacement(struct th_buf *out)
{
    th_buf_add(out, "\xef\xbf\xbd", 3);
}

/* The code unit of "\uXXXX" at p, or -1. */
static int32_t unit_at(const char *p, const char *end)
{
    int32_t unit = 0;
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        int digit = th_json_hex(p[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* A \u escape, or two of them that are a surrogate pair. Returns what follows. NUL and lone
 * surrogates are no text. */
static const char *add_unicode(struct th_buf *out, const char *p, const char *end)
{
    int32_t unit = unit_at(p, end);
    if (unit < 0) {
        add_replacement(out);
        return end - p < 2 ? end : p + 2;
    }
    p += 6;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        int32_t low = unit_at(p, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            th_utf8_add(out, (uint32_t)(0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00)));
            return p + 6;
        }
    }
    if (unit == 0)
        add_replacement(out);
    else
        th_utf8_add(out, (uint32_t)unit); /* a lone surrogate becomes U+FFFD there */
    return p;
}

static const char *add_escape(struct th_buf *out, const char *p, const char *end)
{
    if (end - p < 2) {
        add_replacement(out);
        return end;
    }
    switch (p[1]) {
    case 'b':
        th_buf_putc(out, '\b');
        break;
    case 'f':
        th_buf_putc(out, '\f');
        break;
    case 'n':
        th_buf_putc(out, '\n');
        break;
    case 'r':
        th_buf_putc(out, '\r');
        break;
    case 't':
        th_buf_putc(out, '\t');
        break;
    case 'u':
        return add_unicode(out, p, end);
    default:
        th_buf_putc(out, p[1]);
        break;
    }
    return p + 2;
}

void th_json_unescape(struct th_buf *out, const struct th_json_value *value)
{
    const char *p = value->text.p;
    if (!value->escaped) {
        th_buf_add_str(out, value->text);
        return;
    }
    const char *end = p + value->text.n;
    th_buf_reserve(out, value->text.n);
    while (p < end) {
        const char *run = p;
        p = th_json_next_special(p, end);
        if (p > run)
            th_buf_add(out, run, (size_t)(p - run));
        if (p == end)
            break;
        if (*p == '\\') {
            p = add_escape(out, p, end);
        } else if ((unsigned char)*p < 0x80) {
            th_buf_putc(out, *p++);
        } else {
            struct th_str rest = {p, (size_t)(end - p)};
            size_t n = 0;
            th_utf8_add(out, th_utf8_next(rest, &n));
            p += n;
        }
    }
}

struct th_str th_json_scalar(const struct th_json_value *value, struct th_buf *scratch)
{
    switch ((enum th_json_type)value->type) {
    case TH_JSON_ABSENT:
    case TH_JSON_NULL:
    case TH_JSON_ARRAY:
    case TH_JSON_OBJECT:
        return TH_STR_NONE;
    case TH_JSON_FALSE:
    case TH_JSON_TRUE:
    case TH_JSON_NUMBER:
        return value->text;
    case TH_JSON_STRING:
        break;
    }
    if (!value->escaped)
        return value->text;
    th_buf_reset(scratch);
    th_json_unescape(scratch, value);
    return th_buf_str(scratch);
}

static bool key_is(const struct th_json_value *key, struct th_str name, struct th_buf *scratch)
{
    if (!key->escaped)
        return th_str_eq(key->text, name);
    th_buf_reset(scratch);
    th_json_unescape(scratch, key);
    return th_str_eq(th_buf_str(scratch), name);
}

/* The last member of that name. */
static bool get_member(struct th_str object, struct th_str name, struct th_json_value *out,
                       struct th_buf *scratch)
{
    struct th_json_cursor c;
    struct th_json_value key;
    struct th_json_value value;
    enum th_json_status s;
    bool first = true;
    bool found = false;

    th_json_init(&c, object);
    if (!th_json_space(&c) || *c.at != '{' || th_json_enter(&c) != TH_JSON_OK)
        return false;
    while ((s = th_json_next_key(&c, &key, &first)) == TH_JSON_OK) {
        if (th_json_value(&c, &value) != TH_JSON_OK)
            return false;
        if (key_is(&key, name, scratch)) {
            *out = value;
            found = true;
        }
    }
    return s == TH_JSON_END && found;
}

bool th_json_get(struct th_str object, struct th_str path, struct th_json_value *out)
{
    struct th_buf scratch = TH_BUF_INIT;
    struct th_json_value value = {.text = object, .type = TH_JSON_OBJECT};
    bool found;
    for (;;) {
        ptrdiff_t dot = th_str_find(path, '.');
        struct th_str name = dot < 0 ? path : th_str_sub(path, 0, (size_t)dot);
        found = value.type == TH_JSON_OBJECT && get_member(value.text, name, &value, &scratch);
        if (!found || dot < 0)
            break;
        path = th_str_sub(path, (size_t)dot + 1, path.n);
    }
    th_buf_fini(&scratch);
    if (found)
        *out = value;
    return found;
}

/* A walk keeps for every open container how long the path was outside it. */
struct walk {
    struct th_json_cursor c;
    struct th_buf path;
    th_json_visit *visit;
    void *ctx;
    unsigned depth;
    struct level {
        size_t path_n;
        bool object;
        bool first;
        bool named; /* a key stands in the path outside, though it may be empty */
    } levels[TH_JSON_DEPTH_MAX];
};

static void set_path(struct walk *w, const struct level *level, const struct th_json_value *key)
{
    w->path.n = level->path_n;
    if (level->named)
        th_buf_putc(&w->path, '.');
    th_json_unescape(&w->path, key);
}

/* Go to the next value to read. OK: the cursor stands before it; END: nothing is left. */
static enum th_json_status walk_next(struct walk *w)
{
    while (w->depth > 0) {
        struct level *level = &w->levels[w->depth - 1];
        struct th_json_value key;
        enum th_json_status s = level->object ? th_json_next_key(&w->c, &key, &level->first)
                                              : th_json_next_element(&w->c, &level->first);
        if (s == TH_JSON_OK && level->object)
            set_path(w, level, &key);
        else if (s == TH_JSON_OK)
            w->path.n = level->path_n;
        if (s != TH_JSON_END)
            return s;
        w->depth--;
    }
    return TH_JSON_END;
}

static enum th_json_status walk_all(struct walk *w)
{
    enum th_json_status s;
    do {
        struct th_json_value value;
        if (!th_json_space(&w->c))
            return TH_JSON_MORE;
        if (*w->c.at == '{' || *w->c.at == '[') {
            bool object = *w->c.at == '{';
            if ((s = th_json_enter(&w->c)) != TH_JSON_OK)
                return s;
            const struct level *outer = w->depth > 0 ? &w->levels[w->depth - 1] : NULL;
            bool named = outer != NULL && (outer->object || outer->named);
            w->levels[w->depth++] = (struct level){w->path.n, object, true, named};
        } else {
            if ((s = th_json_value(&w->c, &value)) != TH_JSON_OK)
                return s;
            if (!w->visit(w->ctx, th_buf_str(&w->path), &value))
                return TH_JSON_OK;
        }
    } while ((s = walk_next(w)) == TH_JSON_OK);
    if (s != TH_JSON_END)
        return s;
    return th_json_space(&w->c) ? TH_JSON_BAD : TH_JSON_OK;
}

enum th_json_status th_json_walk(struct th_str json, th_json_visit *visit, void *ctx)
{
    struct walk w;
    th_json_init(&w.c, json);
    w.path = TH_BUF_INIT;
    w.visit = visit;
    w.ctx = ctx;
    w.depth = 0;
    enum th_json_status s = walk_all(&w);
    th_buf_fini(&w.path);
    return s;
}

enum th_code th_json_check(struct th_str text, struct th_err *err)
{
    struct th_json_cursor c;
    struct th_json_value value;
    th_json_init(&c, text);
    const char *start = c.at;
    enum th_json_status s = th_json_value(&c, &value);
    if (s == TH_JSON_OK && !th_json_space(&c))
        return TH_OK;
    const char *why = s == TH_JSON_OK ? "something follows the value" : c.why;
    return th_err_at(err, TH_E_JSON, (uint64_t)(c.at - start), 0, "malformed JSON at byte %zu: %s",
                     (size_t)(c.at - start), why);
}
