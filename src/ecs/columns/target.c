/* trailhound.target: what the call is about, in the words an analyst would use.
 *
 * The event table's paths first; then the first resource; then the first member whose name ends in
 * Id, Name or Arn (or is name, id or arn) of what was asked, else of what was answered; for events
 * that nobody asked for, of their details. ARNs are shown without what all of an account's ARNs
 * share. */
#include "base/compiler.h"
#include "base/json_scan.h"
#include "ecs/columns/internal.h"
#include "ecs/field/verb.h"

enum {
    LISTS_MAX = 8, /* nested lists that are looked into */
};

/* Values of one path. */
struct found {
    struct th_str first;
    size_t n;
};

struct finder {
    th_arena *arena;
    const struct th_members *noted; /* of the value to begin with; may be NULL */
    struct found found;
    unsigned lists;
};

/* Text of a scalar. Noted strings are marked as escaped without a look, so this is where they get
 * it. */
static struct th_str leaf_text(th_arena *arena, struct th_json_value value)
{
    const char *end = value.text.p + value.text.n;
    if (value.escaped && th_json_next_special(value.text.p, end) == end)
        value.escaped = false;
    return th_map_value_text(arena, &value);
}

/* Members of an object one by one, from the record's notes or from its text. */
struct members {
    const struct th_members *noted; /* NULL: read the text */
    struct th_json_cursor c;
    unsigned at;
    bool first;
};

static bool members_open(struct members *it, struct th_str object, const struct th_members *noted)
{
    it->noted = noted != NULL && noted->complete ? noted : NULL;
    it->at = 0;
    it->first = true;
    if (it->noted != NULL)
        return true;
    th_json_init(&it->c, object);
    return th_json_enter(&it->c) == TH_JSON_OK;
}

static bool members_next(struct members *it, th_arena *arena, struct th_str *key,
                         struct th_json_value *value)
{
    struct th_json_value name;
    if (it->noted != NULL) {
        if (it->at == it->noted->n)
            return false;
        *key = it->noted->key[it->at];
        *value = it->noted->value[it->at++];
        return true;
    }
    if (th_json_next_key(&it->c, &name, &it->first) != TH_JSON_OK ||
        th_json_value(&it->c, value) != TH_JSON_OK)
        return false;
    *key = th_map_unescaped(arena, &name);
    return true;
}

/* The last member of that name. */
static bool member(th_arena *arena, struct th_str object, const struct th_members *noted,
                   struct th_str name, struct th_json_value *out)
{
    struct members it;
    struct th_str key;
    struct th_json_value value;
    bool any = false;
    if (!members_open(&it, object, noted))
        return false;
    while (members_next(&it, arena, &key, &value))
        if (th_str_eq(key, name)) {
            *out = value;
            any = true;
        }
    return any;
}

static void find(struct finder *f, const struct th_json_value *value, struct th_str path);

static void find_in_list(struct finder *f, const struct th_json_value *list, struct th_str path)
{
    struct th_json_cursor c;
    struct th_json_value element;
    bool first = true;
    th_json_init(&c, list->text);
    if (f->lists >= LISTS_MAX || th_json_enter(&c) != TH_JSON_OK)
        return;
    f->lists++;
    while (th_json_next_element(&c, &first) == TH_JSON_OK &&
           th_json_value(&c, &element) == TH_JSON_OK)
        find(f, &element, path);
    f->lists--;
}

/* All values at a path; a list on the way stands for its elements. Recursion ends with the path and
 * LISTS_MAX. */
static void find(struct finder *f, const struct th_json_value *value, struct th_str path)
{
    if (value->type == TH_JSON_ARRAY) {
        find_in_list(f, value, path);
    } else if (value->type == TH_JSON_OBJECT) {
        struct th_json_value next;
        const struct th_members *noted = f->noted;
        ptrdiff_t dot = th_str_find(path, '.');
        struct th_str name = dot < 0 ? path : th_str_sub(path, 0, (size_t)dot);
        path = dot < 0 ? TH_STR_NONE : th_str_sub(path, (size_t)dot + 1, path.n);
        f->noted = NULL;
        if (name.n > 0 && member(f->arena, value->text, noted, name, &next))
            find(f, &next, path);
    } else if (path.n == 0) {
        struct th_str text = leaf_text(f->arena, *value);
        if (text.p == NULL)
            return;
        if (f->found.n++ == 0)
            f->found.first = text;
    }
}

/* Text between the last '/' and the end, or all. */
static struct th_str last_part(struct th_str text)
{
    ptrdiff_t slash = th_str_rfind(text, '/');
    return slash < 0 || (size_t)slash + 1 == text.n ? text
                                                    : th_str_sub(text, (size_t)slash + 1, text.n);
}

/* "arn:aws:iam::111122223333:user/ivy" is ivy: without account and type; IAM's paths are left out,
 * S3's are the point. Anything else as it is. */
static struct th_str without_arn(struct th_str text)
{
    if (!th_str_starts(text, TH_STR("arn:")))
        return text;
    struct th_str rest = text;
    struct th_str service = TH_STR_NONE;
    for (int i = 0; i < 5; i++) {
        ptrdiff_t colon = th_str_find(rest, ':');
        if (colon < 0)
            return text;
        if (i == 2)
            service = th_str_sub(rest, 0, (size_t)colon);
        rest = th_str_sub(rest, (size_t)colon + 1, rest.n);
    }
    if (rest.n == 0)
        return text;
    if (th_str_is(service, "s3") || rest.p[0] == '/')
        return rest;
    size_t type = 0;
    while (type < rest.n && rest.p[type] != ':' && rest.p[type] != '/')
        type++;
    if (type + 1 >= rest.n)
        return rest;
    struct th_str name = th_str_sub(rest, type + 1, rest.n);
    if (name.n > 2 && th_str_ends(name, TH_STR(":*")))
        name.n -= 2;
    return th_str_is(service, "iam") ? last_part(name) : name;
}

/* What the scanner noted of an object's members, or NULL. */
static const struct th_members *noted_of(const struct th_mapper *m, enum th_slot slot)
{
    if (m->record->v[slot].type != TH_JSON_OBJECT)
        return NULL;
    if (slot == TH_S_REQUEST)
        return &m->record->members[TH_CONTAINER_REQUEST];
    return slot == TH_S_RESPONSE ? &m->record->members[TH_CONTAINER_RESPONSE] : NULL;
}

/* One path from the top of the record. */
static struct th_str at_path(struct th_mapper *m, struct th_str path)
{
    static const struct {
        const char *root; /* with the dot */
        enum th_slot slot;
    } roots[] = {
        {"requestParameters.", TH_S_REQUEST},
        {"responseElements.", TH_S_RESPONSE},
        {"resources.", TH_S_RESOURCES},
    };
    for (size_t i = 0; i < TH_COUNT(roots); i++) {
        struct th_str root = th_str_of(roots[i].root);
        if (!th_str_starts(path, root))
            continue;
        struct finder f = {m->arena, noted_of(m, roots[i].slot), {TH_STR_NONE, 0}, 0};
        if (m->record->v[roots[i].slot].type != TH_JSON_ABSENT)
            find(&f, &m->record->v[roots[i].slot], th_str_sub(path, root.n, path.n));
        if (f.found.n == 0)
            return TH_STR_NONE;
        struct th_str text = without_arn(f.found.first);
        if (f.found.n > 1) {
            struct th_buf more = TH_BUF_INIT;
            th_buf_add_str(&more, text);
            th_buf_puts(&more, " +");
            th_buf_add_u64(&more, f.found.n - 1);
            text = th_arena_dup(m->arena, th_buf_str(&more));
            th_buf_fini(&more);
        }
        return text;
    }
    return TH_STR_NONE;
}

/* "a+b": all of them or nothing. */
static struct th_str joined(struct th_mapper *m, struct th_str paths)
{
    struct th_str result = TH_STR_NONE;
    for (;;) {
        ptrdiff_t plus = th_str_find(paths, '+');
        struct th_str text = at_path(m, plus < 0 ? paths : th_str_sub(paths, 0, (size_t)plus));
        if (text.p == NULL)
            return TH_STR_NONE;
        result = result.p == NULL ? text : th_map_join(m->arena, result, '/', text);
        if (plus < 0)
            return result;
        paths = th_str_sub(paths, (size_t)plus + 1, paths.n);
    }
}

static struct th_str by_table(struct th_mapper *m, const char *alternatives)
{
    struct th_str rest = th_str_of(alternatives);
    while (rest.n > 0) {
        ptrdiff_t bar = th_str_find(rest, '|');
        struct th_str text = joined(m, bar < 0 ? rest : th_str_sub(rest, 0, (size_t)bar));
        if (text.p != NULL || bar < 0)
            return text;
        rest = th_str_sub(rest, (size_t)bar + 1, rest.n);
    }
    return TH_STR_NONE;
}

static struct th_str by_resource(struct th_mapper *m)
{
    const struct th_json_value *resources = &m->record->v[TH_S_RESOURCES];
    struct finder f = {m->arena, NULL, {TH_STR_NONE, 0}, 0};
    if (resources->type != TH_JSON_ARRAY && resources->type != TH_JSON_OBJECT)
        return TH_STR_NONE;
    find(&f, resources, TH_STR("ARN"));
    return f.found.n == 0 ? TH_STR_NONE : without_arn(f.found.first);
}

/* Does a member of this name say what the call is about? Ids of the request itself don't. */
static bool is_naming(struct th_str key)
{
    static const char *const no[] = {"requestId", "RequestId", "clientRequestId", "ownerId"};
    if (key.n < 2)
        return false;
    for (size_t i = 0; i < TH_COUNT(no); i++)
        if (th_str_is(key, no[i]))
            return false;
    return th_str_ends(key, TH_STR("Id")) || th_str_ends(key, TH_STR("Name")) ||
           th_str_ends(key, TH_STR("Arn")) || th_str_eq(key, TH_STR("name")) ||
           th_str_eq(key, TH_STR("id")) || th_str_eq(key, TH_STR("arn"));
}

/* What a Describe call narrows its answer by is not what it is about. */
static bool is_filter(struct th_str key)
{
    return th_str_starts(key, TH_STR("filter")) || th_str_starts(key, TH_STR("Filter"));
}

struct search {
    th_arena *arena;
    struct th_str text;
};

static bool visit_leaf(void *ctx, struct th_str path, const struct th_json_value *value)
{
    struct search *search = ctx;
    ptrdiff_t dot = th_str_rfind(path, '.');
    struct th_str key = dot < 0 ? path : th_str_sub(path, (size_t)dot + 1, path.n);
    if (value->type == TH_JSON_STRING && is_naming(key))
        search->text = th_map_value_text(search->arena, value);
    return search->text.p == NULL;
}

/* First naming member at the top; *deeper: there are objects or lists to look into. */
static struct th_str name_at_top(struct th_mapper *m, enum th_slot slot, bool *deeper)
{
    struct members it;
    struct th_json_value value;
    struct th_str key;
    struct th_str name = TH_STR_NONE;
    struct th_str text = TH_STR_NONE;
    if (!members_open(&it, m->record->v[slot].text, noted_of(m, slot)))
        return TH_STR_NONE;
    while (members_next(&it, m->arena, &key, &value)) {
        if (value.type != TH_JSON_STRING) {
            *deeper = *deeper || value.type == TH_JSON_OBJECT || value.type == TH_JSON_ARRAY;
            continue;
        }
        if (name.p == NULL ? !is_naming(key) : !th_str_eq(key, name))
            continue;
        text = leaf_text(m->arena, value);
        name = text.p == NULL ? TH_STR_NONE : key;
    }
    return text;
}

/* First naming member at the top, else the first below. */
static struct th_str by_name(struct th_mapper *m, enum th_slot slot)
{
    struct members it;
    struct th_json_value value;
    struct th_str key;
    struct search search = {m->arena, TH_STR_NONE};
    bool deeper = false;
    if (m->record->v[slot].type != TH_JSON_OBJECT)
        return TH_STR_NONE;
    struct th_str text = name_at_top(m, slot, &deeper);
    if (text.p != NULL || !deeper || !members_open(&it, m->record->v[slot].text, noted_of(m, slot)))
        return text;
    while (search.text.p == NULL && members_next(&it, m->arena, &key, &value))
        if ((value.type == TH_JSON_OBJECT || value.type == TH_JSON_ARRAY) && !is_filter(key) &&
            th_json_walk(value.text, visit_leaf, &search) != TH_JSON_OK)
            return TH_STR_NONE;
    return search.text;
}

void th_map_target(struct th_mapper *m)
{
    struct th_str target = m->row == NULL ? TH_STR_NONE : by_table(m, m->row->target);
    if (target.p == NULL)
        target = by_resource(m);
    if (target.p == NULL)
        target = without_arn(by_name(m, TH_S_REQUEST));
    if (target.p == NULL)
        target = without_arn(by_name(m, TH_S_RESPONSE));
    if (target.p == NULL && th_str_is(m->out->text[TH_F_CT_EVENT_TYPE], "AwsServiceEvent")) {
        target = without_arn(by_name(m, TH_S_SERVICE_EVENT_DETAILS));
        if (target.p == NULL)
            target = without_arn(by_name(m, TH_S_ADDITIONAL_EVENTDATA));
    }
    m->out->text[TH_F_OWN_TARGET] = target;
}
