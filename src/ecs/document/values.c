/* Values of one field of a document.
 *
 * Filters ask for a container's leaf over millions of events, so the free-form fields are read from
 * their container alone: it is cut out of the record, parsed and cleaned as the document would have
 * it. Everything else builds the document and looks there. */
#include "base/pattern.h"
#include "base/text.h"
#include "base/time.h"
#include "ecs/columns/map.h"
#include "ecs/document/doc.h"
#include "ecs/document/internal.h"

enum {
    SMALL_ARENA = 4096,
    SHORT_CONTAINER = 8000, /* bytes of JSON that can't become a text of 32766 units: no value grows
                               more than fourfold */
};

struct visitor {
    th_arena *arena;
    th_doc_visit *visit;
    void *ctx;
    size_t n;
    const struct th_pattern *like; /* NULL, or only leaves whose path matches */
    struct th_buf at; /* path of the node that is looked at and a dot, when like is given */
};

static void visit_text(struct visitor *v, struct th_str text)
{
    v->visit(v->ctx, text);
    v->n++;
}

/* Every scalar in a node. */
static void visit_leaves(struct visitor *v, const struct th_doc_node *node)
{
    if (node->type == TH_JSON_ARRAY || node->type == TH_JSON_OBJECT) {
        for (struct th_doc_node *child = th_doc_node_first(node); child != NULL;
             child = th_doc_node_next(child))
            visit_leaves(v, child);
        return;
    }
    visit_text(v, th_doc_node_java_text(v->arena, node));
}

/* Every scalar in a node whose path matches. */
static void visit_like(struct visitor *v, const struct th_doc_node *node)
{
    size_t before = v->at.n;
    if (node->type != TH_JSON_ARRAY && node->type != TH_JSON_OBJECT) {
        struct th_str path = {th_buf_cstr(&v->at), before > 0 ? before - 1 : 0};
        if (th_pattern_match(v->like, path, NULL))
            visit_text(v, th_doc_node_java_text(v->arena, node));
        return;
    }
    for (struct th_doc_node *child = th_doc_node_first(node); child != NULL;
         child = th_doc_node_next(child)) {
        if (node->type == TH_JSON_OBJECT) {
            th_buf_add_str(&v->at, child->key);
            th_buf_putc(&v->at, '.');
        }
        visit_like(v, child);
        v->at.n = before;
    }
}

/* Scalars at a path, through arrays; a key may hold dots itself. */
static void visit_path(struct visitor *v, const struct th_doc_node *node, struct th_str path)
{
    if (node->type == TH_JSON_ARRAY) {
        for (struct th_doc_node *item = th_doc_node_first(node); item != NULL;
             item = th_doc_node_next(item))
            visit_path(v, item, path);
        return;
    }
    if (node->type != TH_JSON_OBJECT) {
        if (path.p == NULL)
            visit_text(v, th_doc_node_java_text(v->arena, node));
        return;
    }
    if (path.p == NULL)
        return;
    for (struct th_doc_node *child = th_doc_node_first(node); child != NULL;
         child = th_doc_node_next(child)) {
        if (th_str_eq(child->key, path))
            visit_path(v, child, TH_STR_NONE);
        else if (path.n > child->key.n && path.p[child->key.n] == '.' &&
                 th_str_starts(path, child->key))
            visit_path(v, child, th_str_sub(path, child->key.n + 1, path.n));
    }
}

/* All leaves, those at a path, or those of a kind. */
static void visit_flattened(struct visitor *v, const struct th_doc_node *node, struct th_str path)
{
    if (v->like != NULL)
        visit_like(v, node);
    else if (path.p == NULL)
        visit_leaves(v, node);
    else
        visit_path(v, node, path);
}

/* Visit one field's container: text form, all leaves, or the leaves at a path. */
static void visit_container(struct visitor *v, enum th_field field, struct th_str json,
                            struct th_str path)
{
    bool flattened = th_field_info(field)->type == TH_TYPE_FLATTENED;
    bool limited =
        flattened && field != TH_F_FLATTENED_INSIGHT_DETAILS && field != TH_F_WEB_ID_ATTRIBUTES;
    struct th_doc_node *node;
    if (th_doc_node_parse(v->arena, json, &node, NULL) != TH_OK || node == NULL ||
        th_doc_node_clean(node, true))
        return;
    if (!flattened)
        visit_text(v, th_doc_node_java_text(v->arena, node));
    else if (limited && json.n > SHORT_CONTAINER &&
             !th_doc_flattens(th_doc_node_java_text(v->arena, node)))
        return;
    else
        visit_flattened(v, node, path);
}

/* The containers that are cut out. UserAuthentication moves a value out of additionalEventData, so
 * there the document must be built. */
static bool is_container(struct th_str record, enum th_field field)
{
    switch ((int)field) {
    case TH_F_REQUEST_PARAMETERS:
    case TH_F_RESPONSE_ELEMENTS:
    case TH_F_SERVICE_EVENT_DETAILS:
    case TH_F_FLATTENED_REQUEST_PARAMETERS:
    case TH_F_FLATTENED_RESPONSE_ELEMENTS:
    case TH_F_FLATTENED_SERVICE_EVENT_DETAILS:
    case TH_F_FLATTENED_INSIGHT_DETAILS:
    case TH_F_WEB_ID_ATTRIBUTES:
        return true;
    case TH_F_ADDITIONAL_EVENTDATA:
    case TH_F_FLATTENED_ADDITIONAL_EVENTDATA:
        return th_str_search(record, TH_STR("UserAuthentication")) < 0 &&
               th_str_search(record, TH_STR("\\u")) < 0;
    }
    return false;
}

/* Can the record hold a member of the path's last name at all? Most records fail here, before
 * anything is parsed. */
static bool may_have(struct th_str record, struct th_str path)
{
    ptrdiff_t dot = th_str_rfind(path, '.');
    struct th_str last = dot < 0 ? path : th_str_sub(path, (size_t)dot + 1, path.n);
    for (size_t i = 0; i < last.n; i++)
        if ((unsigned char)last.p[i] >= 0x80)
            return true; /* may stand there in another spelling */
    return th_str_search(record, last) >= 0 || th_str_find(record, '\\') >= 0;
}

static bool key_is(const struct th_json_value *key, struct th_str name)
{
    if (!key->escaped)
        return th_str_eq(key->text, name);
    struct th_buf plain = TH_BUF_INIT;
    th_json_unescape(&plain, key);
    bool same = th_str_eq(th_buf_str(&plain), name);
    th_buf_fini(&plain);
    return same;
}

/* Find a field's container in one walk over the record. False when it isn't there, or the record is
 * not one sound object: its document then has an error and nothing else. */
static bool cut_container(struct th_str record, enum th_field field, struct th_json_value *out)
{
    struct th_str source = th_str_of(th_field_info(field)->source);
    ptrdiff_t dot = th_str_find(source, '.');
    struct th_str top = dot < 0 ? source : th_str_sub(source, 0, (size_t)dot);
    struct th_json_cursor cursor;
    struct th_json_value key;
    struct th_json_value value;
    bool first = true;
    out->type = TH_JSON_ABSENT;
    th_json_init(&cursor, record);
    if (!th_json_space(&cursor) || *cursor.at != '{')
        return false;
    enum th_json_status status = th_json_enter(&cursor);
    while (status == TH_JSON_OK) {
        status = th_json_next_key(&cursor, &key, &first);
        if (status != TH_JSON_OK)
            break;
        status = th_json_value(&cursor, &value);
        if (status == TH_JSON_OK && key_is(&key, top))
            *out = value;
    }
    if (status != TH_JSON_END || th_json_space(&cursor) || out->type == TH_JSON_ABSENT)
        return false;
    return dot < 0 || th_json_get(out->text, th_str_sub(source, (size_t)dot + 1, source.n), out);
}

/* Ours, not of the document: they are the mapper's. */
static void visit_own(struct visitor *v, struct th_str record, enum th_field field)
{
    th_scanner *scanner = th_scanner_new();
    struct th_json_cursor cursor;
    struct th_record *parts = th_arena_calloc(v->arena, 1, sizeof *parts);
    struct th_values *values = th_arena_calloc(v->arena, 1, sizeof *values);
    th_json_init(&cursor, record);
    if (th_record_scan(scanner, &cursor, parts) == TH_JSON_OK) {
        th_map_record(parts, v->arena, values);
        if (values->text[field].p != NULL)
            visit_text(v, values->text[field]);
        else if (th_field_info(field)->store == TH_STORE_BOOL &&
                 values->num[field] != TH_VALUE_NONE)
            visit_text(v, values->num[field] != 0 ? TH_STR("true") : TH_STR("false"));
    }
    th_scanner_free(scanner);
}

/* "lat,lon" */
static void visit_location(struct visitor *v, const struct th_doc_node *location)
{
    struct th_buf text = TH_BUF_INIT;
    th_doc_node_java(v->arena, th_doc_node_get(location, TH_STR("lat")), &text);
    th_buf_putc(&text, ',');
    th_doc_node_java(v->arena, th_doc_node_get(location, TH_STR("lon")), &text);
    visit_text(v, th_buf_str(&text));
    th_buf_fini(&text);
}

static void visit_document(struct visitor *v, struct th_str record,
                           const struct th_doc_options *options, enum th_field field,
                           struct th_str path)
{
    struct th_doc doc = {.arena = v->arena, .options = options, .record = record};
    const char *name = th_field_info(field)->name;
    th_doc_build(&doc);
    if (th_field_info(field)->type == TH_TYPE_FLATTENED) {
        const struct th_doc_node *node = th_doc_node_at(doc.root, name);
        if (node != NULL)
            visit_flattened(v, node, path);
        return;
    }
    const struct th_doc_node *location = NULL;
    if (field == TH_F_SOURCE_GEO_LOCATION)
        location = th_doc_node_at(doc.root, name);
    if (location != NULL)
        visit_location(v, location);
    else
        visit_path(v, doc.root, th_str_of(name));
}

static void visit_field(struct visitor *v, struct th_str record,
                        const struct th_doc_options *options, enum th_field field,
                        struct th_str path)
{
    const struct th_field_info *info = th_field_info(field);
    struct th_doc_options defaults = {.agent_ms = TH_TIME_NONE};
    struct th_json_value container;
    if (info->store == TH_STORE_CONST) {
        visit_text(v, th_str_of(info->source));
        return;
    }
    if (options != NULL) {
        defaults.agent_ms = options->agent_ms;
        defaults.agent_text = options->agent_text;
        defaults.enrich = options->enrich;
    }
    bool cut = is_container(record, field);
    if (cut &&
        ((path.p != NULL && !may_have(record, path)) || !cut_container(record, field, &container)))
        return;
    v->arena = th_arena_new(SMALL_ARENA);
    if ((info->flags & TH_FIELD_OWN) != 0)
        visit_own(v, record, field);
    else if (cut)
        visit_container(v, field,
                        container.type == TH_JSON_STRING
                            ? (struct th_str){container.text.p - 1, container.text.n + 2}
                            : container.text,
                        path);
    else
        visit_document(v, record, &defaults, field, path);
    th_arena_free(v->arena);
}

size_t th_doc_values(struct th_str record, const struct th_doc_options *options,
                     enum th_field field, struct th_str path, th_doc_visit *visit, void *ctx)
{
    struct visitor v = {.visit = visit, .ctx = ctx};
    visit_field(&v, record, options, field, path);
    return v.n;
}

size_t th_doc_values_like(struct th_str record, const struct th_doc_options *options,
                          enum th_field field, const struct th_pattern *path, th_doc_visit *visit,
                          void *ctx)
{
    struct visitor v = {.visit = visit, .ctx = ctx, .like = path};
    visit_field(&v, record, options, field, TH_STR_NONE);
    th_buf_fini(&v.at);
    return v.n;
}
