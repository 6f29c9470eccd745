/* Two ways out of a tree: JSON with sorted keys, and the text that Java's toString gives, whose
 * keys stand in the order of a HashMap. */
#include <stdlib.h>

#include "base/jsonw.h"
#include "ecs/document/doc_tree.h"
#include "ecs/rules/javamap.h"

static int by_key(const void *a, const void *b)
{
    const struct th_doc_node *const *x = a;
    const struct th_doc_node *const *y = b;
    return th_str_cmp((*x)->key, (*y)->key);
}

/* Live children as an array in the arena. */
static const struct th_doc_node **children_of(th_arena *arena, const struct th_doc_node *node,
                                              size_t *n)
{
    size_t count = 0;
    for (const struct th_doc_node *child = th_doc_node_first(node); child != NULL;
         child = th_doc_node_next(child))
        count++;
    const struct th_doc_node **list = th_arena_calloc(arena, count, sizeof *list);
    *n = 0;
    for (const struct th_doc_node *child = th_doc_node_first(node); child != NULL;
         child = th_doc_node_next(child))
        list[(*n)++] = child;
    return list;
}

static void dump_object(th_arena *arena, const struct th_doc_node *node, struct th_buf *out)
{
    size_t n;
    const struct th_doc_node **list = children_of(arena, node, &n);
    qsort(list, n, sizeof *list, by_key);
    th_buf_putc(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            th_buf_putc(out, ',');
        th_json_quote(out, list[i]->key);
        th_buf_putc(out, ':');
        th_doc_node_dump(arena, list[i], out);
    }
    th_buf_putc(out, '}');
}

static void dump_array(th_arena *arena, const struct th_doc_node *node, struct th_buf *out)
{
    th_buf_putc(out, '[');
    for (const struct th_doc_node *child = th_doc_node_first(node); child != NULL;) {
        th_doc_node_dump(arena, child, out);
        child = th_doc_node_next(child);
        if (child != NULL)
            th_buf_putc(out, ',');
    }
    th_buf_putc(out, ']');
}

void th_doc_node_dump(th_arena *arena, const struct th_doc_node *node, struct th_buf *out)
{
    switch ((enum th_json_type)node->type) {
    case TH_JSON_ABSENT:
    case TH_JSON_NULL:
        th_buf_puts(out, "null");
        break;
    case TH_JSON_FALSE:
        th_buf_puts(out, "false");
        break;
    case TH_JSON_TRUE:
        th_buf_puts(out, "true");
        break;
    case TH_JSON_NUMBER:
        if (node->huge)
            th_json_quote(out, node->text);
        else
            th_buf_add_str(out, node->text);
        break;
    case TH_JSON_STRING:
        th_json_quote(out, node->text);
        break;
    case TH_JSON_ARRAY:
        dump_array(arena, node, out);
        break;
    case TH_JSON_OBJECT:
        dump_object(arena, node, out);
        break;
    }
}

/* Every child's key goes into the map, gone ones too: they have made the table grow. */
static void java_object(th_arena *arena, const struct th_doc_node *node, struct th_buf *out)
{
    struct th_javamap map;
    size_t n = 0;
    for (const struct th_doc_node *child = node->first; child != NULL; child = child->next)
        n++;
    const struct th_doc_node **list = th_arena_calloc(arena, n, sizeof *list);
    uint32_t *order = th_arena_calloc(arena, n, sizeof *order);
    th_javamap_init(&map);
    for (const struct th_doc_node *child = node->first; child != NULL; child = child->next)
        list[th_javamap_put(&map, child->key, NULL)] = child;
    n = map.n;
    th_javamap_order(&map, order);
    th_javamap_fini(&map);

    bool first = true;
    th_buf_putc(out, '{');
    for (size_t i = 0; i < n; i++) {
        const struct th_doc_node *child = list[order[i]];
        if (child->type == TH_JSON_ABSENT)
            continue;
        if (!first)
            th_buf_puts(out, ", ");
        first = false;
        th_buf_add_str(out, child->key);
        th_buf_putc(out, '=');
        th_doc_node_java(arena, child, out);
    }
    th_buf_putc(out, '}');
}

static void java_array(th_arena *arena, const struct th_doc_node *node, struct th_buf *out)
{
    th_buf_putc(out, '[');
    for (const struct th_doc_node *child = th_doc_node_first(node); child != NULL;) {
        th_doc_node_java(arena, child, out);
        child = th_doc_node_next(child);
        if (child != NULL)
            th_buf_puts(out, ", ");
    }
    th_buf_putc(out, ']');
}

void th_doc_node_java(th_arena *arena, const struct th_doc_node *node, struct th_buf *out)
{
    switch ((enum th_json_type)node->type) {
    case TH_JSON_ABSENT:
    case TH_JSON_NULL:
        th_buf_puts(out, "null");
        break;
    case TH_JSON_FALSE:
        th_buf_puts(out, "false");
        break;
    case TH_JSON_TRUE:
        th_buf_puts(out, "true");
        break;
    case TH_JSON_NUMBER:
    case TH_JSON_STRING:
        th_buf_add_str(out, node->text);
        break;
    case TH_JSON_ARRAY:
        java_array(arena, node, out);
        break;
    case TH_JSON_OBJECT:
        java_object(arena, node, out);
        break;
    }
}

struct th_str th_doc_node_java_text(th_arena *arena, const struct th_doc_node *node)
{
    if (node->type == TH_JSON_STRING || node->type == TH_JSON_NUMBER)
        return node->text;
    struct th_buf out = TH_BUF_INIT;
    th_doc_node_java(arena, node, &out);
    struct th_str text = th_arena_dup(arena, th_buf_str(&out));
    th_buf_fini(&out);
    return text;
}
