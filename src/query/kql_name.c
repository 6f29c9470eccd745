/* Which fields a typed name means: one, all that a wildcard matches, or none with a suggestion. */
#include "query/kql_parser.h"

#include "base/text.h"
#include "query/kql_value.h"

static struct th_str full_name(struct th_kql_parser *p, struct th_str name)
{
    if (p->prefix.n == 0)
        return name;
    char *to = th_arena_alloc(p->arena, p->prefix.n + name.n);
    memcpy(to, p->prefix.p, p->prefix.n);
    if (name.n > 0)
        memcpy(to + p->prefix.n, name.p, name.n);
    return (struct th_str){to, p->prefix.n + name.n};
}

struct matches {
    struct th_str pattern;
    bool seen[TH_FIELD_COUNT];
    size_t n;
};

static bool match_name(void *ctx, const char *name, enum th_field field)
{
    struct matches *m = ctx;
    if (!m->seen[field] && th_field_name_matches(name, m->pattern)) {
        m->seen[field] = true;
        m->n++;
    }
    return true;
}

/* "requestParameters.*" is everything in it: the container itself, any path. */
static bool resolve_container(struct th_str pattern, struct th_field_ref *out)
{
    if (!th_str_ends(pattern, TH_STR(".*")))
        return false;
    struct th_str name = th_str_sub(pattern, 0, pattern.n - 2);
    return th_str_find(name, '*') < 0 && th_field_resolve(name, out) &&
           th_field_info(out->field)->type == TH_TYPE_FLATTENED && out->path.p == NULL;
}

/* The flattened container that a CloudTrail name ("requestParameters") is the root of. */
static bool resolve_root(struct th_str pattern, struct th_field_ref *out)
{
    if (!th_str_ends(pattern, TH_STR(".*")))
        return false;
    struct th_str root = th_str_sub(pattern, 0, pattern.n - 2);
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        if (info->type == TH_TYPE_FLATTENED && root.n > 0 && th_str_is(root, info->source)) {
            *out = (struct th_field_ref){(enum th_field)i, false, TH_STR_NONE};
            return true;
        }
    }
    return false;
}

/* "requestParameters.buck*": paths inside a container. */
static bool resolve_paths(struct th_str name, struct th_field_ref *out)
{
    return th_field_resolve(name, out) && out->path.p != NULL && !out->text_twin &&
           th_field_info(out->field)->type == TH_TYPE_FLATTENED;
}

/* A container's name with a slip before ".buck*": what may be meant, absent otherwise. */
static struct th_str suggest_paths(struct th_kql_parser *p, struct th_str name)
{
    const char *near[4];
    struct th_field_ref ref;
    ptrdiff_t star = th_str_find(name, '*');
    ptrdiff_t dot = th_str_rfind(th_str_sub(name, 0, (size_t)star), '.');
    if (dot <= 0)
        return TH_STR_NONE;
    struct th_str rest = th_str_sub(name, (size_t)dot, name.n);
    int n = th_field_suggest(th_str_sub(name, 0, (size_t)dot), near, 4);
    for (int i = 0; i < n; i++) {
        size_t length = strlen(near[i]);
        char *whole = th_arena_alloc(p->arena, length + rest.n);
        memcpy(whole, near[i], length);
        memcpy(whole + length, rest.p, rest.n);
        struct th_str meant = {whole, length + rest.n};
        if (resolve_paths(meant, &ref))
            return meant;
    }
    return TH_STR_NONE;
}

static bool no_field(struct th_kql_parser *p, struct th_str name, struct th_span span)
{
    struct th_str shown = th_str_sub(name, 0, 100);
    struct th_str meant = suggest_paths(p, name);
    if (meant.p == NULL)
        th_kql_fail(p, span.from, span.to, "no field matches %.*s", TH_STR_ARGS(shown));
    else
        th_kql_fail(p, span.from, span.to, "no field matches %.*s, did you mean %.*s?",
                    TH_STR_ARGS(shown), TH_STR_ARGS(th_str_sub(meant, 0, 100)));
    return false;
}

static bool wildcard_fields(struct th_kql_parser *p, struct th_str name, struct th_kql_fields *out)
{
    struct matches m = {.pattern = name};
    struct th_field_ref one;
    out->wildcard = true;
    bool container = resolve_container(name, &one) || resolve_root(name, &one);
    out->paths = !container && resolve_paths(name, &one);
    if (container || out->paths) {
        out->refs = th_arena_calloc(p->arena, 1, sizeof one);
        out->refs[0] = one;
        out->n = 1;
        return true;
    }
    th_field_complete(TH_STR(""), match_name, &m);
    if (m.n == 0 && !p->options.lenient)
        return no_field(p, name, out->span);
    out->refs = th_arena_calloc(p->arena, m.n + 1, sizeof one);
    for (int i = 0; i < TH_FIELD_COUNT; i++)
        if (m.seen[i])
            out->refs[out->n++] = (struct th_field_ref){(enum th_field)i, false, TH_STR_NONE};
    return true;
}

/* The nearest name, and a second one when it is as near and means another field. */
static int suggest(struct th_str name, const char *out[2])
{
    const char *near[4];
    struct th_field_ref first;
    struct th_field_ref other;
    int n = th_field_suggest(name, near, 4);
    if (n == 0 || !th_field_resolve(th_str_of(near[0]), &first))
        return 0;
    int distance = th_text_distance(name, th_str_of(near[0]), 16);
    out[0] = near[0];
    for (int i = 1; i < n; i++) {
        out[1] = near[i];
        if (th_field_resolve(th_str_of(near[i]), &other) && other.field != first.field &&
            th_text_distance(name, th_str_of(near[i]), 16) == distance)
            return 2;
    }
    return 1;
}

static bool unknown_field(struct th_kql_parser *p, const struct th_kql_literal *literal,
                          struct th_str name)
{
    const char *near[2];
    size_t from = literal->span.from;
    ptrdiff_t space = literal->quoted ? -1 : th_str_rfind(name, ' ');
    /* `a: b c: d` is caught by the value; `b c: d` at the start comes here. */
    if (space >= 0) {
        size_t word = literal->span.to;
        while (word > from && th_kql_space(p->text, word - 1) == 0)
            word--;
        th_kql_fail(p, word, literal->span.to, "'and' or 'or' is missing before '%.*s'",
                    (int)(literal->span.to - word), p->text.p + word);
        return false;
    }
    struct th_str shown = th_str_sub(name, 0, 100);
    int n = suggest(name, near);
    if (n == 0)
        th_kql_fail(p, from, literal->span.to, "unknown field %.*s", TH_STR_ARGS(shown));
    else if (n == 1)
        th_kql_fail(p, from, literal->span.to, "unknown field %.*s, did you mean %s?",
                    TH_STR_ARGS(shown), near[0]);
    else
        th_kql_fail(p, from, literal->span.to, "unknown field %.*s, did you mean %s or %s?",
                    TH_STR_ARGS(shown), near[0], near[1]);
    return false;
}

bool th_kql_fields(struct th_kql_parser *p, const struct th_kql_literal *literal,
                   struct th_kql_fields *out)
{
    struct th_str name = full_name(p, literal->text);
    struct th_field_ref ref;
    memset(out, 0, sizeof *out);
    out->span = literal->span;
    if (literal->wildcard)
        return wildcard_fields(p, name, out);
    if (!th_field_resolve(name, &ref))
        return p->options.lenient || unknown_field(p, literal, name);
    out->refs = th_arena_calloc(p->arena, 1, sizeof ref);
    out->refs[0] = ref;
    out->n = 1;
    return true;
}
