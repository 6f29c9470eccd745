/* What a slot holds: as text, as leaves, and whether it is there or of an unexpected type. */
#include "base/jsonw.h"
#include "base/text.h"
#include "ecs/columns/internal.h"
#include "ecs/document/doc_tree.h"

bool th_map_is_empty(th_arena *arena, const struct th_json_value *value)
{
    struct th_doc_node *node;
    return th_doc_node_parse(arena, value->text, &node, NULL) != TH_OK || node == NULL ||
           th_doc_node_clean(node, true);
}

void th_map_leaves(th_arena *arena, const struct th_json_value *value, struct th_map_leaves *out)
{
    struct th_json_cursor c;
    struct th_json_value element;
    bool first = true;
    if (value->type != TH_JSON_ARRAY) {
        struct th_str text = th_map_value_text(arena, value);
        if (text.p == NULL)
            return;
        out->last = text;
        th_buf_putc(&out->list, out->n++ == 0 ? '[' : ',');
        th_json_quote(&out->list, text);
        return;
    }
    th_json_init(&c, value->text);
    if (th_json_enter(&c) != TH_JSON_OK)
        return;
    while (th_json_next_element(&c, &first) == TH_JSON_OK &&
           th_json_value(&c, &element) == TH_JSON_OK)
        th_map_leaves(arena, &element, out);
}

/* A list in a keyword field: its only text, or the list of them as JSON. */
static struct th_str list_text(th_arena *arena, const struct th_json_value *list)
{
    struct th_map_leaves leaves = {.list = TH_BUF_INIT};
    th_map_leaves(arena, list, &leaves);
    if (leaves.n > 1) {
        th_buf_putc(&leaves.list, ']');
        leaves.last = th_arena_dup(arena, th_buf_str(&leaves.list));
    }
    th_buf_fini(&leaves.list);
    return leaves.last;
}

struct th_str th_map_unescaped(th_arena *arena, const struct th_json_value *string)
{
    struct th_buf buf = TH_BUF_INIT;
    if (TH_LIKELY(!string->escaped))
        return string->text;
    th_json_unescape(&buf, string);
    struct th_str text = th_arena_dup(arena, (struct th_str){th_buf_cstr(&buf), buf.n});
    th_buf_fini(&buf);
    return text;
}

struct th_str th_map_value_text(th_arena *arena, const struct th_json_value *value)
{
    struct th_str text = value->text;
    if (TH_LIKELY(value->type == TH_JSON_STRING && !value->escaped))
        return th_map_is_nothing(text) ? TH_STR_NONE : text;
    switch ((enum th_json_type)value->type) {
    case TH_JSON_STRING:
        text = th_map_unescaped(arena, value);
        return th_map_is_nothing(text) ? TH_STR_NONE : text;
    case TH_JSON_NUMBER:
        text = th_java_number(arena, value->text);
        return text.p == NULL ? value->text : text;
    case TH_JSON_TRUE:
    case TH_JSON_FALSE:
        return text;
    case TH_JSON_ARRAY:
        return list_text(arena, value);
    case TH_JSON_ABSENT:
    case TH_JSON_NULL:
    case TH_JSON_OBJECT:
        break;
    }
    return TH_STR_NONE;
}

struct th_str th_map_string(const struct th_mapper *m, enum th_slot slot)
{
    if (m->record->v[slot].type != TH_JSON_STRING)
        return TH_STR_NONE;
    return th_map_slot(m, slot);
}

struct th_str th_map_java_text(const struct th_mapper *m, enum th_slot slot)
{
    struct th_doc_node *node;
    if (th_doc_node_parse(m->arena, m->record->v[slot].text, &node, NULL) != TH_OK ||
        node == NULL || th_doc_node_clean(node, true))
        return TH_STR_NONE;
    return th_doc_node_java_text(m->arena, node);
}

struct th_str th_map_join(th_arena *arena, struct th_str a, char between, struct th_str b)
{
    size_t gap = between != '\0';
    char *text = th_arena_alloc(arena, a.n + gap + b.n + 1);
    if (a.n > 0)
        memcpy(text, a.p, a.n);
    if (gap != 0)
        text[a.n] = between;
    if (b.n > 0)
        memcpy(text + a.n + gap, b.p, b.n);
    text[a.n + gap + b.n] = '\0';
    return (struct th_str){text, a.n + gap + b.n};
}

bool th_map_is_odd(const struct th_mapper *m, enum th_slot slot)
{
    const struct th_json_value *value = &m->record->v[slot];
    switch ((enum th_json_type)value->type) {
    case TH_JSON_ABSENT:
    case TH_JSON_NULL:
    case TH_JSON_STRING:
        return false;
    case TH_JSON_NUMBER:
    case TH_JSON_TRUE:
    case TH_JSON_FALSE:
        return true;
    case TH_JSON_ARRAY:
    case TH_JSON_OBJECT:
        return !th_map_is_empty(m->arena, value);
    }
    return false;
}

bool th_map_is_there(const struct th_mapper *m, enum th_slot slot)
{
    return th_map_is_odd(m, slot) || th_map_string(m, slot).p != NULL;
}

bool th_map_is_no_object(const struct th_mapper *m, enum th_slot slot)
{
    const struct th_json_value *value = &m->record->v[slot];
    if (TH_LIKELY(value->type == TH_JSON_OBJECT || value->type == TH_JSON_ABSENT))
        return false;
    return th_map_is_there(m, slot);
}
