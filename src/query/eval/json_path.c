/* Paths in JSON text. A member fits when its key is the path or a start of it that ends before a
 * dot, so members that fit differ in the length of their keys: a short list by length holds them,
 * the last of equal keys. */
#include "query/eval/json_path.h"

enum { FITS_MAX = 8, DEPTH_MAX = 64 };

struct fit {
    size_t key_n;
    struct th_json_value value;
};

struct walk {
    th_json_path_visit *visit;
    void *ctx;
    struct th_buf scratch;
    int depth;
};

static bool walk(struct walk *w, const struct th_json_value *value, struct th_str path);

static bool walk_array(struct walk *w, const struct th_json_value *array, struct th_str path)
{
    struct th_json_cursor c;
    struct th_json_value item;
    bool first = true;
    th_json_init(&c, array->text);
    if (!th_json_space(&c) || th_json_enter(&c) != TH_JSON_OK)
        return false;
    while (th_json_next_element(&c, &first) == TH_JSON_OK)
        if (th_json_value(&c, &item) != TH_JSON_OK || !walk(w, &item, path))
            return false;
    return true;
}

/* Does the key begin the path, as a whole? */
static bool fits(struct walk *w, const struct th_json_value *key, struct th_str path, size_t *key_n)
{
    struct th_str name = key->text;
    if (key->escaped) {
        th_buf_reset(&w->scratch);
        th_json_unescape(&w->scratch, key);
        name = th_buf_str(&w->scratch);
    }
    *key_n = name.n;
    return th_str_starts(path, name) && (path.n == name.n || path.p[name.n] == '.');
}

static bool add_fit(struct fit *list, size_t *n, size_t key_n, const struct th_json_value *value)
{
    for (size_t i = 0; i < *n; i++)
        if (list[i].key_n == key_n) {
            list[i].value = *value;
            return true;
        }
    if (*n == FITS_MAX)
        return false;
    list[(*n)++] = (struct fit){key_n, *value};
    return true;
}

static bool walk_object(struct walk *w, const struct th_json_value *object, struct th_str path)
{
    struct th_json_cursor c;
    struct th_json_value key;
    struct th_json_value value;
    struct fit list[FITS_MAX];
    size_t n = 0;
    size_t key_n;
    bool first = true;
    th_json_init(&c, object->text);
    if (!th_json_space(&c) || th_json_enter(&c) != TH_JSON_OK)
        return false;
    while (th_json_next_key(&c, &key, &first) == TH_JSON_OK) {
        if (th_json_value(&c, &value) != TH_JSON_OK)
            return false;
        if (fits(w, &key, path, &key_n) && !add_fit(list, &n, key_n, &value))
            return false;
    }
    for (size_t i = 0; i < n; i++) {
        bool whole = list[i].key_n == path.n;
        struct th_str rest = whole ? TH_STR_NONE : th_str_sub(path, list[i].key_n + 1, path.n);
        if (!walk(w, &list[i].value, rest))
            return false;
    }
    return true;
}

static bool walk(struct walk *w, const struct th_json_value *value, struct th_str path)
{
    bool good = true;
    if (path.p == NULL) {
        w->visit(w->ctx, value);
        return true;
    }
    if (w->depth == DEPTH_MAX)
        return false;
    w->depth++;
    if (value->type == TH_JSON_ARRAY)
        good = walk_array(w, value, path);
    else if (value->type == TH_JSON_OBJECT)
        good = walk_object(w, value, path);
    w->depth--;
    return good;
}

bool th_json_path(const struct th_json_value *value, struct th_str path, th_json_path_visit *visit,
                  void *ctx)
{
    struct walk w = {.visit = visit, .ctx = ctx, .scratch = TH_BUF_INIT};
    bool good = walk(&w, value, path);
    th_buf_fini(&w.scratch);
    return good;
}

/* Every value -------------------------------------------------------------- */

/* Behind the closing quote of the string whose inside begins at p; *escaped: a backslash is in it.
 */
static const char *string_end(const char *p, const char *end, bool *escaped)
{
    *escaped = false;
    while (p < end) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        const char *until = quote != NULL ? quote : end;
        const char *slash = memchr(p, '\\', (size_t)(until - p));
        if (slash == NULL)
            return quote != NULL ? quote + 1 : end;
        *escaped = true;
        p = end - slash < 2 ? end : slash + 2;
    }
    return end;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool is_bare(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E' ||
           (c >= 'a' && c <= 'z');
}

static enum th_json_type bare_type(char c)
{
    switch (c) {
    case 'n':
        return TH_JSON_NULL;
    case 't':
        return TH_JSON_TRUE;
    case 'f':
        return TH_JSON_FALSE;
    default:
        return TH_JSON_NUMBER;
    }
}

void th_json_each(struct th_str json, th_json_each_visit *visit, void *ctx)
{
    const char *p = json.p;
    const char *end = json.p + json.n;
    while (p < end) {
        struct th_json_value value = {0};
        if (*p == '"') {
            bool escaped;
            const char *start = p + 1;
            p = string_end(start, end, &escaped);
            value.text = (struct th_str){start, (size_t)(p - start) - (p > start && p[-1] == '"')};
            value.type = TH_JSON_STRING;
            value.escaped = escaped;
            while (p < end && is_space(*p))
                p++;
            if (p < end && *p == ':')
                continue; /* a key */
        } else if (is_bare(*p)) {
            const char *start = p;
            while (p < end && is_bare(*p))
                p++;
            value.text = (struct th_str){start, (size_t)(p - start)};
            value.type = (uint8_t)bare_type(*start);
        } else {
            p++;
            continue;
        }
        if (!visit(ctx, &value))
            return;
    }
}
