/* Names of fields: ECS names, aliases, CloudTrail's own paths and paths into the flattened
 * containers. Everything here is asked per filter or key stroke, so the tables are walked from the
 * front. */
#include "ecs/field/field.h"

#include "base/compiler.h"
#include "base/mem.h"
#include "base/text.h"

static const struct {
    const char *name;
    enum th_field field;
} aliases[] = {
#define TH_ALIAS(alias, id) {alias, TH_F_##id},
#include "aliases.def"
#undef TH_ALIAS
};

/* CloudTrail path of a field, "" when it has none: the source of OF and CONST rows is something
 * else. */
static const char *cloudtrail_path(enum th_field field)
{
    const struct th_field_info *info = th_field_info(field);
    return info->store == TH_STORE_OF || info->store == TH_STORE_CONST ? "" : info->source;
}

/* Is path one of the flattened containers or inside one (dots between)? */
static bool is_flattened_path(struct th_str name, enum th_field *field)
{
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        struct th_str root = th_str_of(th_field_info((enum th_field)i)->source);
        if (th_field_info((enum th_field)i)->type != TH_TYPE_FLATTENED || root.n == 0)
            continue;
        if (name.n > root.n + 1 && name.p[root.n] == '.' && th_str_starts(name, root)) {
            *field = (enum th_field)i;
            return true;
        }
    }
    return false;
}

static bool resolve_ecs(struct th_str name, struct th_field_ref *out)
{
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        struct th_str full = th_str_of(info->name);
        if (!th_str_starts(name, full))
            continue;
        if (name.n == full.n) {
            *out = (struct th_field_ref){(enum th_field)i, false, TH_STR_NONE};
            return true;
        }
        if (info->type == TH_TYPE_FLATTENED && name.p[full.n] == '.' && name.n > full.n + 1) {
            struct th_str path = th_str_sub(name, full.n + 1, name.n);
            *out = (struct th_field_ref){(enum th_field)i, false, path};
            return true;
        }
    }
    return false;
}

static bool resolve_other(struct th_str name, struct th_field_ref *out)
{
    enum th_field field;
    for (size_t i = 0; i < TH_COUNT(aliases); i++)
        if (th_str_is(name, aliases[i].name)) {
            *out = (struct th_field_ref){aliases[i].field, false, TH_STR_NONE};
            return true;
        }
    if (is_flattened_path(name, &field)) {
        size_t root = strlen(th_field_info(field)->source);
        *out = (struct th_field_ref){field, false, th_str_sub(name, root + 1, name.n)};
        return true;
    }
    for (int i = 0; i < TH_FIELD_COUNT; i++)
        if (name.n > 0 && th_str_is(name, cloudtrail_path((enum th_field)i))) {
            *out = (struct th_field_ref){(enum th_field)i, false, TH_STR_NONE};
            return true;
        }
    return false;
}

bool th_field_resolve(struct th_str name, struct th_field_ref *out)
{
    const struct th_str text = TH_STR(".text");
    struct th_field_ref ref;
    if (name.p == NULL)
        return false;
    if (resolve_ecs(name, &ref) || resolve_other(name, &ref)) {
        *out = ref;
        return true;
    }
    if (name.n <= text.n || !th_str_ends(name, text))
        return false;
    name.n -= text.n;
    if (!resolve_ecs(name, &ref) && !resolve_other(name, &ref))
        return false;
    if ((th_field_info(ref.field)->flags & TH_FIELD_TEXT_TWIN) == 0)
        return false;
    ref.text_twin = true;
    *out = ref;
    return true;
}

/* Every name that can be typed, in the order of completion; CloudTrail paths that an alias or an
 * earlier field has already are left out. */
static bool each_name(th_field_visit *visit, void *ctx)
{
    for (int i = 0; i < TH_FIELD_COUNT; i++)
        if (!visit(ctx, th_field_info((enum th_field)i)->name, (enum th_field)i))
            return false;
    for (size_t i = 0; i < TH_COUNT(aliases); i++)
        if (!visit(ctx, aliases[i].name, aliases[i].field))
            return false;
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        struct th_str path = th_str_of(cloudtrail_path((enum th_field)i));
        struct th_field_ref ref;
        bool seen = path.n == 0;
        for (int j = 0; j < i && !seen; j++)
            seen = th_str_is(path, cloudtrail_path((enum th_field)j));
        for (size_t j = 0; j < TH_COUNT(aliases) && !seen; j++)
            seen = th_str_is(path, aliases[j].name);
        if (!seen && th_field_resolve(path, &ref) && !visit(ctx, path.p, ref.field))
            return false;
    }
    return true;
}

struct completion {
    struct th_str prefix;
    th_field_visit *visit;
    void *ctx;
};

static bool complete_one(void *ctx, const char *name, enum th_field field)
{
    const struct completion *completion = ctx;
    if (!th_str_starts(th_str_of(name), completion->prefix))
        return true;
    return completion->visit(completion->ctx, name, field);
}

void th_field_complete(struct th_str prefix, th_field_visit *visit, void *ctx)
{
    struct completion completion = {prefix, visit, ctx};
    each_name(complete_one, &completion);
}

enum { SUGGEST_MAX = 32 };

struct suggestion {
    const char *name;
    int score;
};

struct suggestions {
    struct th_str wanted;
    int limit; /* worst score that still counts */
    int n;
    int max;
    struct suggestion best[SUGGEST_MAX];
};

/* Distance of a typed name to a known one, or to its end behind a dot ("error_code", "userName") at
 * the price of one. */
static int distance_to(struct th_str wanted, struct th_str name, int limit)
{
    int best = th_text_distance(wanted, name, limit);
    for (size_t i = 0; i + 1 < name.n; i++)
        if (name.p[i] == '.') {
            int tail = 1 + th_text_distance(wanted, th_str_sub(name, i + 1, name.n), limit);
            if (tail < best)
                best = tail;
        }
    return best;
}

static bool suggest_one(void *ctx, const char *name, enum th_field field)
{
    struct suggestions *list = ctx;
    int score = distance_to(list->wanted, th_str_of(name), list->limit);
    int at;
    (void)field;
    if (score > list->limit)
        return true;
    for (at = list->n; at > 0 && list->best[at - 1].score > score; at--)
        if (at < list->max)
            list->best[at] = list->best[at - 1];
    if (at < list->max) {
        list->best[at] = (struct suggestion){name, score};
        if (list->n < list->max)
            list->n++;
    }
    return true;
}

int th_field_suggest(struct th_str name, const char **out, int max)
{
    struct suggestions list = {.wanted = name, .max = max < SUGGEST_MAX ? max : SUGGEST_MAX};
    if (name.p == NULL || name.n == 0 || name.n > 256 || max <= 0)
        return 0;
    list.limit = name.n < 4 ? 1 : name.n < 8 ? 2 : name.n < 16 ? 3 : 4;
    each_name(suggest_one, &list);
    for (int i = 0; i < list.n; i++)
        out[i] = list.best[i].name;
    return list.n;
}

bool th_field_name_matches(const char *name, struct th_str pattern)
{
    const char *star_name = NULL; /* where the last star's run ends, to try one more */
    size_t star = 0;
    size_t at = 0;
    while (*name != '\0') {
        if (at < pattern.n && pattern.p[at] == '*') {
            star = ++at;
            star_name = name;
        } else if (at < pattern.n && pattern.p[at] == *name) {
            at++;
            name++;
        } else if (star_name != NULL) {
            at = star;
            name = ++star_name;
        } else {
            return false;
        }
    }
    while (at < pattern.n && pattern.p[at] == '*')
        at++;
    return at == pattern.n;
}
