/* Which fields a typed name means: one, all that a wildcard matches, or none with a suggestion. */
#include "query/kql/internal.h"

#include "base/text.h"
#include "query/kql/value.h"

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

/* "requestParameters" of "requestParameters.*", which is everything in it; absent when the pattern
 * is another. */
static struct th_str container_name(struct th_str pattern)
{
    size_t n = pattern.n;
    while (n > 0 && pattern.p[n - 1] == '*')
        n--;
    return n > 1 && n < pattern.n && pattern.p[n - 1] == '.' ? th_str_sub(pattern, 0, n - 1)
                                                             : TH_STR_NONE;
}

/* The container itself, any path. */
static bool resolve_container(struct th_str pattern, struct th_field_ref *out)
{
    struct th_str name = container_name(pattern);
    return name.p != NULL && th_str_find(name, '*') < 0 && th_field_resolve(name, out) &&
           th_field_info(out->field)->type == TH_TYPE_FLATTENED && out->path.p == NULL;
}

/* The flattened container that a CloudTrail name ("requestParameters") is the root of. */
static bool resolve_root(struct th_str pattern, struct th_field_ref *out)
{
    struct th_str root = container_name(pattern);
    for (int i = 0; i < TH_FIELD_COUNT && root.n > 0; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        if (info->type == TH_TYPE_FLATTENED && th_str_is(root, info->source)) {
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

/* what: "unknown field" … */
static void refuse(struct th_kql_parser *p, struct th_span span, const char *what,
                   struct th_str name)
{
    struct th_buf meant = TH_BUF_INIT;
    if (th_kql_suggest(name, &meant))
        th_kql_fail(p, span.from, span.to, "%s %.*s, did you mean %s?", what,
                    TH_STR_ARGS(th_kql_short(name)), th_buf_cstr(&meant));
    else
        th_kql_fail(p, span.from, span.to, "%s %.*s", what, TH_STR_ARGS(th_kql_short(name)));
    th_buf_fini(&meant);
}

static void note_unknown(struct th_kql_parser *p, struct th_span span, struct th_str name)
{
    th_kql_note(p, span, "there is no field %.*s: this matches nothing",
                TH_STR_ARGS(th_kql_short(name)));
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
    if (m.n == 0 && !p->options.lenient) {
        refuse(p, out->span, "no field matches", name);
        return false;
    }
    if (m.n == 0)
        note_unknown(p, out->span, name);
    out->refs = th_arena_calloc(p->arena, m.n + 1, sizeof one);
    for (int i = 0; i < TH_FIELD_COUNT; i++)
        if (m.seen[i])
            out->refs[out->n++] = (struct th_field_ref){(enum th_field)i, false, TH_STR_NONE};
    return true;
}

static bool unknown_field(struct th_kql_parser *p, const struct th_kql_literal *literal,
                          struct th_str name)
{
    size_t from = literal->span.from;
    size_t word = literal->span.to;
    while (!literal->quoted && word > from && th_kql_space_before(p->text, word) == 0)
        word--;
    /* `a: b c: d` is caught by the value; `b c: d` at the start comes here. */
    if (!literal->quoted && word > from) {
        th_kql_fail(p, word, literal->span.to, "'and' or 'or' is missing before '%.*s'",
                    (int)(literal->span.to - word), p->text.p + word);
        return false;
    }
    refuse(p, literal->span, "unknown field", name);
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
    if (!th_field_resolve(name, &ref)) {
        if (!p->options.lenient)
            return unknown_field(p, literal, name);
        note_unknown(p, out->span, name);
        return true;
    }
    out->refs = th_arena_calloc(p->arena, 1, sizeof ref);
    out->refs[0] = ref;
    out->n = 1;
    return true;
}
