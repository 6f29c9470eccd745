/* From libyaml's events to a tree.
 *
 * Events come one by one; a value is built by a recursion as deep as the document is nested,
 * capped. Anchored values are remembered by name and an alias is the same node again: the tree is a
 * graph without cycles, and what its use would cost when walked is counted against the cap on
 * nodes, so that a few lines of aliases cannot stand for millions of values. */
#include "detect/sigma/yaml.h"

#include <yaml.h>

#include "base/buf.h"

enum { ANCHORS_MAX = 64 };

struct anchor {
    struct th_str name;
    struct th_yaml *node; /* NULL while it is being built */
    size_t weight;
};

struct reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    th_arena *arena;
    struct th_err *err;
    int first_line;
    int bad_line;
    size_t nodes;
    struct anchor anchors[ANCHORS_MAX];
    size_t anchors_n;
};

static int line_of(const struct reader *r, yaml_mark_t mark)
{
    return r->first_line + (int)mark.line;
}

static enum th_code fail(struct reader *r, int line, const char *why)
{
    r->bad_line = line;
    return th_err_set(r->err, TH_E_RULE, "%s", why);
}

static enum th_code next_event(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = false;
    if (yaml_parser_parse(&r->parser, &r->event) != 0) {
        r->has_event = true;
        return TH_OK;
    }
    if (r->parser.error == YAML_MEMORY_ERROR)
        return fail(r, line_of(r, r->parser.problem_mark), "out of memory");
    r->bad_line = line_of(r, r->parser.problem_mark);
    const char *problem = r->parser.problem != NULL ? r->parser.problem : "malformed";
    if (r->parser.context == NULL)
        return th_err_set(r->err, TH_E_RULE, "not YAML: %s", problem);
    return th_err_set(r->err, TH_E_RULE, "not YAML: %s %s", r->parser.context, problem);
}

static struct th_yaml *new_node(struct reader *r, enum th_yaml_kind kind)
{
    struct th_yaml *node = th_arena_calloc(r->arena, 1, sizeof *node);
    node->kind = kind;
    node->line = line_of(r, r->event.start_mark);
    r->nodes++;
    return node;
}

static struct anchor *find_anchor(struct reader *r, struct th_str name)
{
    for (size_t i = r->anchors_n; i-- > 0;)
        if (th_str_eq(r->anchors[i].name, name))
            return &r->anchors[i];
    return NULL;
}

/* An anchor of the current event, to be filled when its node is whole; -1: none. */
static enum th_code open_anchor(struct reader *r, const yaml_char_t *name, ptrdiff_t *out)
{
    *out = -1;
    if (name == NULL)
        return TH_OK;
    if (r->anchors_n == ANCHORS_MAX)
        return fail(r, line_of(r, r->event.start_mark), "too many anchors");
    *out = (ptrdiff_t)r->anchors_n;
    r->anchors[r->anchors_n++] = (struct anchor){
        .name = th_arena_dup(r->arena, th_str_of((const char *)name)), .weight = r->nodes};
    return TH_OK;
}

static void close_anchor(struct reader *r, ptrdiff_t at, struct th_yaml *node)
{
    if (at < 0)
        return;
    r->anchors[at].node = node;
    r->anchors[at].weight = r->nodes - r->anchors[at].weight;
}

static enum th_code read_alias(struct reader *r, struct th_yaml **out)
{
    struct anchor *anchor = find_anchor(r, th_str_of((const char *)r->event.data.alias.anchor));
    if (anchor == NULL || anchor->node == NULL)
        return fail(r, line_of(r, r->event.start_mark), "an alias to nothing that stands before");
    *out = anchor->node;
    r->nodes += anchor->weight;
    return TH_OK;
}

static bool is_null(struct th_str text)
{
    return text.n == 0 || th_str_is(text, "~") || th_str_is(text, "null") ||
           th_str_is(text, "Null") || th_str_is(text, "NULL");
}

static enum th_code read_scalar(struct reader *r, struct th_yaml **out)
{
    ptrdiff_t anchor;
    enum th_code rc = open_anchor(r, r->event.data.scalar.anchor, &anchor);
    if (rc != TH_OK)
        return rc;
    struct th_yaml *node = new_node(r, TH_YAML_SCALAR);
    node->text = th_arena_dup(r->arena, (struct th_str){(const char *)r->event.data.scalar.value,
                                                        r->event.data.scalar.length});
    node->plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (node->plain && is_null(node->text))
        node->kind = TH_YAML_NULL;
    close_anchor(r, anchor, node);
    *out = node;
    return TH_OK;
}

static enum th_code read_node(struct reader *r, int depth, struct th_yaml **out);

/* Children are gathered in a buffer that grows and moved to the arena when the end is known. */
struct children {
    struct th_buf keys, items;
    size_t n;
};

static struct th_yaml **settle(struct reader *r, struct th_buf *list)
{
    struct th_yaml **nodes = th_arena_alloc(r->arena, list->n + 1);
    if (list->n > 0)
        memcpy(nodes, list->p, list->n);
    th_buf_fini(list);
    return nodes;
}

static bool has_key(const struct children *c, struct th_str key)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct th_yaml *other;
        memcpy(&other, c->keys.p + i * sizeof(struct th_yaml *), sizeof other);
        if (th_str_eq(other->text, key))
            return true;
    }
    return false;
}

static enum th_code read_pair(struct reader *r, int depth, struct children *c)
{
    struct th_yaml *key = NULL, *value = NULL;
    enum th_code rc = read_node(r, depth, &key);
    if (rc != TH_OK)
        return rc;
    if (key->kind != TH_YAML_SCALAR && key->kind != TH_YAML_NULL)
        return fail(r, key->line, "a key is no plain text");
    if (has_key(c, key->text)) {
        r->bad_line = key->line;
        return th_err_set(r->err, TH_E_RULE, "the key %.*s stands there twice",
                          TH_STR_ARGS(th_str_sub(key->text, 0, 80)));
    }
    rc = next_event(r);
    if (rc == TH_OK)
        rc = read_node(r, depth, &value);
    if (rc != TH_OK)
        return rc;
    th_buf_add(&c->keys, &key, sizeof(struct th_yaml *));
    th_buf_add(&c->items, &value, sizeof(struct th_yaml *));
    c->n++;
    return TH_OK;
}

static enum th_code read_item(struct reader *r, int depth, struct children *c)
{
    struct th_yaml *value = NULL;
    enum th_code rc = read_node(r, depth, &value);
    if (rc != TH_OK)
        return rc;
    th_buf_add(&c->items, &value, sizeof(struct th_yaml *));
    c->n++;
    return TH_OK;
}

static enum th_code read_collection(struct reader *r, int depth, bool is_map, struct th_yaml **out)
{
    const yaml_char_t *name =
        is_map ? r->event.data.mapping_start.anchor : r->event.data.sequence_start.anchor;
    yaml_event_type_t end = is_map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    struct children c = {.n = 0};
    ptrdiff_t anchor;
    if (depth >= TH_YAML_DEPTH_MAX)
        return fail(r, line_of(r, r->event.start_mark), "nested too deeply");
    enum th_code rc = open_anchor(r, name, &anchor);
    if (rc != TH_OK)
        return rc;
    struct th_yaml *node = new_node(r, is_map ? TH_YAML_MAP : TH_YAML_LIST);
    while ((rc = next_event(r)) == TH_OK && r->event.type != end) {
        rc = is_map ? read_pair(r, depth + 1, &c) : read_item(r, depth + 1, &c);
        if (rc != TH_OK)
            break;
    }
    node->keys = settle(r, &c.keys);
    node->items = settle(r, &c.items);
    node->n = c.n;
    close_anchor(r, anchor, node);
    *out = node;
    return rc;
}

/* The value that the current event begins. */
static enum th_code read_node(struct reader *r, int depth, struct th_yaml **out)
{
    enum th_code rc = TH_E_RULE;
    switch (r->event.type) {
    case YAML_ALIAS_EVENT:
        rc = read_alias(r, out);
        break;
    case YAML_SCALAR_EVENT:
        rc = read_scalar(r, out);
        break;
    case YAML_SEQUENCE_START_EVENT:
        rc = read_collection(r, depth, false, out);
        break;
    case YAML_MAPPING_START_EVENT:
        rc = read_collection(r, depth, true, out);
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return fail(r, line_of(r, r->event.start_mark), "a value is missing");
    }
    if (rc == TH_OK && r->nodes > TH_YAML_NODES_MAX)
        return fail(r, line_of(r, r->event.start_mark), "too many values");
    return rc;
}

static enum th_code read_document(struct reader *r, struct th_yaml **out)
{
    enum th_code rc = next_event(r); /* stream start */
    if (rc == TH_OK)
        rc = next_event(r);
    if (rc != TH_OK || r->event.type == YAML_STREAM_END_EVENT)
        return rc;
    rc = next_event(r); /* behind the document's start */
    if (rc == TH_OK)
        rc = read_node(r, 0, out);
    if (rc == TH_OK)
        rc = next_event(r); /* document end */
    if (rc == TH_OK)
        rc = next_event(r);
    if (rc == TH_OK && r->event.type != YAML_STREAM_END_EVENT)
        return fail(r, line_of(r, r->event.start_mark), "a second document without --- before it");
    return rc;
}

/* A document that ends too early is told to be wrong behind its last line. */
static int last_line(struct th_str text, int line)
{
    for (size_t i = 0; i + 1 < text.n; i++)
        line += text.p[i] == '\n';
    return line;
}

enum th_code th_yaml_read(struct th_str text, int line, th_arena *arena, struct th_yaml **out,
                          int *bad_line, struct th_err *err)
{
    struct reader r = {.arena = arena, .err = err, .first_line = line, .bad_line = line};
    *out = NULL;
    if (yaml_parser_initialize(&r.parser) == 0)
        return th_err_set(err, TH_E_RULE, "out of memory");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.n > 0 ? text.p : ""),
                                 text.n);
    enum th_code rc = read_document(&r, out);
    if (r.has_event)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    if (rc != TH_OK)
        *out = NULL;
    *bad_line = r.bad_line;
    if (rc != TH_OK && r.bad_line > last_line(text, line))
        *bad_line = last_line(text, line);
    return rc;
}

const struct th_yaml *th_yaml_get(const struct th_yaml *node, const char *key)
{
    if (node == NULL || node->kind != TH_YAML_MAP)
        return NULL;
    for (size_t i = 0; i < node->n; i++)
        if (th_str_is(node->keys[i]->text, key))
            return node->items[i];
    return NULL;
}

struct th_str th_yaml_text(const struct th_yaml *node, const char *key)
{
    const struct th_yaml *value = th_yaml_get(node, key);
    return value != NULL && value->kind == TH_YAML_SCALAR ? value->text : TH_STR_NONE;
}

bool th_yaml_is_true(const struct th_yaml *node)
{
    return node != NULL && node->kind == TH_YAML_SCALAR && node->plain &&
           (th_str_is(node->text, "true") || th_str_is(node->text, "True") ||
            th_str_is(node->text, "TRUE") || th_str_is(node->text, "yes") ||
            th_str_is(node->text, "on"));
}
