/* The resources of an event as three lists.
 *
 * The integration keeps them in a Java map under the key ARN_accountId_type: the same resource
 * twice is one, the later copy at the place of the first, and the order is the map's. One resource,
 * the usual case, needs no map. */
#include <stdlib.h>

#include "base/compiler.h"
#include "base/json_scan.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "ecs/columns/internal.h"
#include "ecs/document/doc_tree.h"
#include "ecs/rules/javamap.h"

/* Names that CloudTrail uses come first, then those of the document, which an element may have as
 * well. */
enum { ARN, ACCOUNT, TYPE, PARTS, OWN_ARN = PARTS, OWN_ACCOUNT, NAMES };
static const char *const names[NAMES] = {"ARN", "accountId", "type", "arn", "account_id"};

struct resource {
    struct th_str part[NAMES]; /* texts; of lists and objects their JSON */
    bool whole[NAMES];         /* a list or an object */
    bool odd;                  /* an ARN that is no string: the entity step fails */
};

enum { FEW = 16 };

/* Elements in the order of the document. */
struct resources {
    struct resource *items;
    size_t n, cap;
    struct resource few[FEW];
};

static int part_of(th_arena *arena, const struct th_json_value *key)
{
    struct th_str name = th_map_unescaped(arena, key);
    for (int part = 0; part < NAMES; part++)
        if (th_str_is(name, names[part]))
            return part;
    return NAMES;
}

static void read_resource(th_arena *arena, struct th_str object, struct resource *resource)
{
    struct th_json_cursor c;
    struct th_json_value key, value;
    bool first = true;
    memset(resource, 0, sizeof *resource);
    th_json_init(&c, object);
    if (th_json_enter(&c) != TH_JSON_OK)
        return;
    while (th_json_next_key(&c, &key, &first) == TH_JSON_OK &&
           th_json_value(&c, &value) == TH_JSON_OK) {
        int part = part_of(arena, &key);
        if (part == NAMES)
            continue;
        resource->whole[part] = value.type == TH_JSON_ARRAY || value.type == TH_JSON_OBJECT;
        if (!resource->whole[part])
            resource->part[part] = th_map_value_text(arena, &value);
        else
            resource->part[part] = th_map_is_empty(arena, &value) ? TH_STR_NONE : value.text;
        if (part == ARN)
            resource->odd = value.type != TH_JSON_STRING && resource->part[ARN].p != NULL;
    }
}

/* Give the parts the document's names. */
static void rename_parts(struct resource *resource)
{
    static const struct {
        unsigned char to, from;
    } own[] = {{ARN, OWN_ARN}, {ACCOUNT, OWN_ACCOUNT}};
    for (size_t i = 0; i < TH_COUNT(own); i++)
        if (resource->part[own[i].to].p == NULL) {
            resource->part[own[i].to] = resource->part[own[i].from];
            resource->whole[own[i].to] = resource->whole[own[i].from];
        }
}

static void add_resource(struct resources *list, const struct resource *resource)
{
    if (list->n == list->cap && list->items == list->few) {
        list->cap = (size_t)FEW * 4;
        list->items = th_xreallocarray(NULL, list->cap, sizeof *list->items);
        memcpy(list->items, list->few, sizeof list->few);
    }
    TH_GROW(list->items, list->n, list->cap);
    list->items[list->n++] = *resource;
}

static void read_all(struct th_mapper *m, struct th_str array, struct resources *list)
{
    bool named = m->out->text[TH_F_EVENT_ACTION].p != NULL;
    bool odd = false;
    struct th_json_cursor c;
    struct th_json_value element;
    bool first = true;
    th_json_init(&c, array);
    if (th_json_enter(&c) != TH_JSON_OK)
        return;
    while (th_json_next_element(&c, &first) == TH_JSON_OK &&
           th_json_value(&c, &element) == TH_JSON_OK) {
        struct resource resource;
        if (element.type != TH_JSON_OBJECT) {
            odd = odd ||
                  (element.type == TH_JSON_ARRAY ? !th_map_is_empty(m->arena, &element)
                                                 : th_map_value_text(m->arena, &element).p != NULL);
            continue;
        }
        read_resource(m->arena, element.text, &resource);
        rename_parts(&resource);
        odd = odd || resource.odd;
        add_resource(list, &resource);
    }
    m->error = m->error || (odd && named);
}

/* What Java prints for a part. */
static struct th_str java_part(th_arena *arena, const struct resource *resource, int part)
{
    struct th_doc_node *node;
    if (!resource->whole[part] ||
        th_doc_node_parse(arena, resource->part[part], &node, NULL) != TH_OK || node == NULL)
        return resource->part[part];
    th_doc_node_clean(node, true);
    return th_doc_node_java_text(arena, node);
}

static struct th_str key_of(th_arena *arena, const struct resource *resource)
{
    struct th_str front = th_map_join(arena, java_part(arena, resource, ARN), '_',
                                      java_part(arena, resource, ACCOUNT));
    return th_map_join(arena, front, '_', java_part(arena, resource, TYPE));
}

/* Put the list into the map's order, copies of one resource made one. */
static void sort_resources(th_arena *arena, struct resources *list)
{
    struct th_javamap map;
    uint32_t *order = th_arena_alloc(arena, list->n * sizeof *order);
    struct resource *by_index = th_arena_alloc(arena, list->n * sizeof *by_index);
    th_javamap_init(&map);
    for (size_t i = 0; i < list->n; i++) {
        size_t at = th_javamap_put(&map, key_of(arena, &list->items[i]), NULL);
        by_index[at] = list->items[i];
    }
    th_javamap_order(&map, order);
    list->n = map.n;
    for (size_t i = 0; i < map.n; i++)
        list->items[i] = by_index[order[i]];
    th_javamap_fini(&map);
}

/* The same for texts in which nothing needs an escape, without a buffer. size has room for quotes
 * and commas. */
static struct th_str plain_list(th_arena *arena, const struct resources *list, int part,
                                size_t size)
{
    char *text = th_arena_alloc(arena, size);
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        struct th_str value = list->items[i].part[part];
        if (value.p == NULL)
            continue;
        text[n] = n == 0 ? '[' : ',';
        text[n + 1] = '"';
        memcpy(text + n + 2, value.p, value.n);
        n += value.n + 2;
        text[n++] = '"';
    }
    text[n++] = ']';
    return (struct th_str){text, n};
}

/* Texts with escapes, and parts that are lists: all their texts. */
static struct th_str odd_list(th_arena *arena, const struct resources *list, int part)
{
    struct th_map_leaves leaves = {.list = TH_BUF_INIT};
    struct th_str result = TH_STR_NONE;
    for (size_t i = 0; i < list->n; i++) {
        const struct resource *resource = &list->items[i];
        struct th_json_value value = {.text = resource->part[part], .type = TH_JSON_ARRAY};
        if (value.text.p == NULL || (resource->whole[part] && value.text.p[0] != '['))
            continue;
        if (resource->whole[part]) {
            th_map_leaves(arena, &value, &leaves);
        } else {
            th_buf_putc(&leaves.list, leaves.n++ == 0 ? '[' : ',');
            th_json_quote(&leaves.list, value.text);
        }
    }
    if (leaves.n > 0) {
        th_buf_putc(&leaves.list, ']');
        result = th_arena_dup(arena, th_buf_str(&leaves.list));
    }
    th_buf_fini(&leaves.list);
    return result;
}

/* One part of all resources, as far as they have it, as a JSON list; absent when none has. */
static struct th_str list_of(th_arena *arena, const struct resources *list, int part)
{
    size_t size = 1;
    for (size_t i = 0; i < list->n; i++) {
        struct th_str value = list->items[i].part[part];
        if (value.p == NULL)
            continue;
        if (list->items[i].whole[part] ||
            th_json_next_special(value.p, value.p + value.n) != value.p + value.n)
            return odd_list(arena, list, part);
        size += value.n + 3;
    }
    return size == 1 ? TH_STR_NONE : plain_list(arena, list, part, size);
}

void th_map_resources(struct th_mapper *m)
{
    const struct th_json_value *value = &m->record->v[TH_S_RESOURCES];
    struct th_values *out = m->out;
    struct resources list;
    list.items = list.few;
    list.n = 0;
    list.cap = FEW;
    if (value->type == TH_JSON_ARRAY) {
        read_all(m, value->text, &list);
    } else if (value->type == TH_JSON_OBJECT) {
        /* Left as it is: CloudTrail's names are no fields. */
        struct resource only;
        read_resource(m->arena, value->text, &only);
        only.part[ARN] = only.part[ACCOUNT] = TH_STR_NONE;
        rename_parts(&only);
        add_resource(&list, &only);
    }
    if (list.n > 1)
        sort_resources(m->arena, &list);
    if (list.n > 0) {
        out->text[TH_F_RESOURCES_ARN] = list_of(m->arena, &list, ARN);
        out->text[TH_F_RESOURCES_ACCOUNT_ID] = list_of(m->arena, &list, ACCOUNT);
        out->text[TH_F_RESOURCES_TYPE] = list_of(m->arena, &list, TYPE);
    }
    if (list.items != list.few)
        free(list.items);
}
