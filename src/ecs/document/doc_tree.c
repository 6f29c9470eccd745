/* Nodes: lists of children, looked up by walking them. A record has some twenty members at its top
 * and few below, so a walk over keys that mostly differ in length beats any table; only parsing,
 * which meets every key of a hostile object, indexes them (parse.c). */
#include "ecs/document/doc_tree.h"

struct th_doc_node *th_doc_node_new(th_arena *arena, enum th_json_type type)
{
    struct th_doc_node *node = th_arena_calloc(arena, 1, sizeof *node);
    node->type = (uint8_t)type;
    return node;
}

struct th_doc_node *th_doc_node_string(th_arena *arena, struct th_str text)
{
    struct th_doc_node *node = th_doc_node_new(arena, TH_JSON_STRING);
    node->text = text;
    return node;
}

struct th_doc_node *th_doc_node_bool(th_arena *arena, bool value)
{
    return th_doc_node_new(arena, value ? TH_JSON_TRUE : TH_JSON_FALSE);
}

struct th_doc_node *th_doc_node_share(th_arena *arena, const struct th_doc_node *node)
{
    struct th_doc_node *copy = th_arena_alloc(arena, sizeof *copy);
    *copy = *node;
    copy->next = NULL;
    copy->key = TH_STR_NONE;
    return copy;
}

static struct th_doc_node *live(struct th_doc_node *node)
{
    while (node != NULL && node->type == TH_JSON_ABSENT)
        node = node->next;
    return node;
}

struct th_doc_node *th_doc_node_first(const struct th_doc_node *node)
{
    return node == NULL ? NULL : live(node->first);
}

struct th_doc_node *th_doc_node_next(const struct th_doc_node *node)
{
    return live(node->next);
}

void th_doc_node_add(struct th_doc_node *parent, struct th_doc_node *child)
{
    child->next = NULL;
    if (parent->last == NULL)
        parent->first = child;
    else
        parent->last->next = child;
    parent->last = child;
}

struct th_doc_node *th_doc_node_get(const struct th_doc_node *object, struct th_str key)
{
    if (object == NULL || object->type != TH_JSON_OBJECT)
        return NULL;
    for (struct th_doc_node *child = th_doc_node_first(object); child != NULL;
         child = th_doc_node_next(child))
        if (child->key.n == key.n && (key.n == 0 || (child->key.p[0] == key.p[0] &&
                                                     memcmp(child->key.p, key.p, key.n) == 0)))
            return child;
    return NULL;
}

void th_doc_node_put(struct th_doc_node *object, struct th_str key, struct th_doc_node *child)
{
    struct th_doc_node *old = th_doc_node_get(object, key);
    child->key = key;
    if (old == NULL) {
        th_doc_node_add(object, child);
        return;
    }
    struct th_doc_node *next = old->next;
    *old = *child;
    old->next = next;
}

/* The part of a path before the first dot; *path is left behind that dot, or NULL when it was the
 * last part. */
static struct th_str path_step(const char **path)
{
    const char *start = *path;
    const char *dot = strchr(start, '.');
    *path = dot == NULL ? NULL : dot + 1;
    return (struct th_str){start, dot == NULL ? strlen(start) : (size_t)(dot - start)};
}

struct th_doc_node *th_doc_node_at(const struct th_doc_node *object, const char *path)
{
    struct th_doc_node *node = th_doc_node_get(object, path_step(&path));
    while (node != NULL && path != NULL)
        node = th_doc_node_get(node, path_step(&path));
    return node;
}

void th_doc_node_set(th_arena *arena, struct th_doc_node *object, const char *path,
                     struct th_doc_node *child)
{
    struct th_str key = path_step(&path);
    while (path != NULL) {
        struct th_doc_node *inner = th_doc_node_get(object, key);
        if (inner == NULL) {
            inner = th_doc_node_new(arena, TH_JSON_OBJECT);
            inner->key = key;
            th_doc_node_add(object, inner);
        } else if (inner->type != TH_JSON_OBJECT) {
            inner->type = TH_JSON_OBJECT;
            inner->first = inner->last = NULL;
        }
        object = inner;
        key = path_step(&path);
    }
    th_doc_node_put(object, key, child);
}

struct th_doc_node *th_doc_node_take(th_arena *arena, struct th_doc_node *object, const char *path)
{
    struct th_doc_node *node = th_doc_node_at(object, path);
    if (node == NULL)
        return NULL;
    struct th_doc_node *copy = th_doc_node_share(arena, node);
    node->type = TH_JSON_ABSENT;
    return copy;
}

struct th_str th_doc_node_str(const struct th_doc_node *node)
{
    return node != NULL && node->type == TH_JSON_STRING ? node->text : TH_STR_NONE;
}

bool th_doc_node_is(const struct th_doc_node *node, const char *text)
{
    return th_str_is(th_doc_node_str(node), text);
}

/* The two cleanings of the pipeline: children first, so that an object whose members all go goes
 * too. */
bool th_doc_node_clean(struct th_doc_node *node, bool dashes)
{
    switch ((enum th_json_type)node->type) {
    case TH_JSON_ABSENT:
    case TH_JSON_NULL:
        return true;
    case TH_JSON_STRING:
        return node->text.n == 0 ||
               (dashes && (th_str_is(node->text, "-") || th_str_is(node->text, "none")));
    case TH_JSON_ARRAY:
    case TH_JSON_OBJECT:
        for (struct th_doc_node *child = th_doc_node_first(node); child != NULL;
             child = th_doc_node_next(child))
            if (th_doc_node_clean(child, dashes))
                child->type = TH_JSON_ABSENT;
        return th_doc_node_first(node) == NULL;
    case TH_JSON_FALSE:
    case TH_JSON_TRUE:
    case TH_JSON_NUMBER:
        break;
    }
    return false;
}
