/* JSON text to a tree of nodes, by the cursor of base/json.h, which takes everything that is sound
 * in structure. Depth is bounded by the cursor (TH_JSON_DEPTH_MAX), so recursion is too. Members
 * are looked up by a hash index from the INDEX_FROM-th on: a hostile object of a million keys must
 * not take a million walks. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "ecs/document/doc_tree.h"

enum {
    INDEX_FROM = 24,
    SLOTS_FIRST = 64, /* a power of two */
};

struct parser {
    th_arena *arena;
    struct th_json_cursor cursor;
    struct th_buf scratch;
};

/* Members of one object seen so far; slots is NULL while a walk does. */
struct members {
    struct th_doc_node *object;
    struct th_doc_node **slots;
    size_t slots_n; /* a power of two */
    size_t n;
};

static enum th_json_status read_node(struct parser *p, struct th_doc_node *node);

static struct th_str string_text(struct parser *p, const struct th_json_value *value)
{
    if (!value->escaped)
        return value->text;
    th_buf_reset(&p->scratch);
    th_json_unescape(&p->scratch, value);
    return th_arena_dup(p->arena, (struct th_str){th_buf_cstr(&p->scratch), p->scratch.n});
}

/* Slot that holds the key, or the free one where it goes. */
static struct th_doc_node **members_slot(const struct members *m, struct th_str key)
{
    size_t i = (size_t)th_hash(key.p, key.n, (uintptr_t)m->object) & (m->slots_n - 1);
    while (m->slots[i] != NULL && !th_str_eq(m->slots[i]->key, key))
        i = (i + 1) & (m->slots_n - 1);
    return &m->slots[i];
}

static void members_index(struct members *m, size_t slots_n)
{
    free(m->slots);
    m->slots = th_xcalloc(slots_n, sizeof *m->slots);
    m->slots_n = slots_n;
    for (struct th_doc_node *child = m->object->first; child != NULL; child = child->next)
        *members_slot(m, child->key) = child;
}

/* The node of a key: a new one at the end, or the one it had, emptied. */
static struct th_doc_node *members_node(struct parser *p, struct members *m, struct th_str key)
{
    struct th_doc_node *node = NULL;
    if (m->slots != NULL) {
        node = *members_slot(m, key);
    } else {
        for (node = m->object->first; node != NULL && !th_str_eq(node->key, key);)
            node = node->next;
    }
    if (node != NULL) {
        node->first = node->last = NULL;
        node->text = TH_STR_NONE;
        node->huge = false;
        return node;
    }
    node = th_doc_node_new(p->arena, TH_JSON_NULL);
    node->key = key;
    th_doc_node_add(m->object, node);
    m->n++;
    if (m->slots != NULL)
        *members_slot(m, key) = node;
    if (m->n >= INDEX_FROM && m->n >= m->slots_n / 2)
        members_index(m, m->slots_n == 0 ? SLOTS_FIRST : m->slots_n * 2);
    return node;
}

static enum th_json_status read_object(struct parser *p, struct th_doc_node *object)
{
    struct members members = {.object = object};
    bool first = true;
    enum th_json_status status = th_json_enter(&p->cursor);
    while (status == TH_JSON_OK) {
        struct th_json_value key;
        status = th_json_next_key(&p->cursor, &key, &first);
        if (status == TH_JSON_OK)
            status = read_node(p, members_node(p, &members, string_text(p, &key)));
    }
    free(members.slots);
    return status == TH_JSON_END ? TH_JSON_OK : status;
}

static enum th_json_status read_array(struct parser *p, struct th_doc_node *array)
{
    bool first = true;
    enum th_json_status status = th_json_enter(&p->cursor);
    while (status == TH_JSON_OK) {
        status = th_json_next_element(&p->cursor, &first);
        if (status == TH_JSON_OK) {
            struct th_doc_node *node = th_doc_node_new(p->arena, TH_JSON_NULL);
            th_doc_node_add(array, node);
            status = read_node(p, node);
        }
    }
    return status == TH_JSON_END ? TH_JSON_OK : status;
}

static void set_number(struct parser *p, struct th_doc_node *node, struct th_str text)
{
    node->text = th_java_number(p->arena, text);
    node->huge = node->text.p == NULL;
    if (node->huge)
        node->text = text;
}

static enum th_json_status read_node(struct parser *p, struct th_doc_node *node)
{
    if (th_json_space(&p->cursor) && *p->cursor.at == '{') {
        node->type = TH_JSON_OBJECT;
        return read_object(p, node);
    }
    if (p->cursor.at < p->cursor.end && *p->cursor.at == '[') {
        node->type = TH_JSON_ARRAY;
        return read_array(p, node);
    }
    struct th_json_value value;
    enum th_json_status status = th_json_value(&p->cursor, &value);
    if (status != TH_JSON_OK)
        return status;
    node->type = value.type;
    if (value.type == TH_JSON_STRING)
        node->text = string_text(p, &value);
    else if (value.type == TH_JSON_NUMBER)
        set_number(p, node, value.text);
    return TH_JSON_OK;
}

enum th_code th_doc_node_parse(th_arena *arena, struct th_str text, struct th_doc_node **out,
                               struct th_err *err)
{
    struct parser p = {.arena = arena, .scratch = TH_BUF_INIT};
    enum th_code rc = TH_OK;
    *out = NULL;
    th_json_init(&p.cursor, text);
    if (!th_json_space(&p.cursor))
        return TH_OK;
    struct th_doc_node *root = th_doc_node_new(arena, TH_JSON_NULL);
    enum th_json_status status = read_node(&p, root);
    uint64_t at = (uint64_t)(p.cursor.at - text.p);
    if (status == TH_JSON_MORE)
        rc = th_err_at(err, TH_E_JSON, at, 0, "the text ends inside a value");
    else if (status != TH_JSON_OK)
        rc = th_err_at(err, TH_E_JSON, at, 1, "%s",
                       p.cursor.why != NULL ? p.cursor.why : "malformed");
    else if (th_json_space(&p.cursor))
        rc = th_err_at(err, TH_E_JSON, (uint64_t)(p.cursor.at - text.p), 1,
                       "more text behind the value");
    else
        *out = root;
    th_buf_fini(&p.scratch);
    return rc;
}
