/* Does the entity step of an event fail? It does when a value that a row of schema/targets.def
 * names for the event's service is of another type than the row expects, and then the whole event
 * is a pipeline_error.
 *
 * The members that were noted while the record was read say nearly always that nothing can be
 * wrong: texts where texts belong. Only when something else stands where a row looks (a list of
 * items, say) are request and answer parsed, and the step's own code has the last word. */
#include "base/compiler.h"
#include "ecs/columns/internal.h"
#include "ecs/document/internal.h"
#include "ecs/rules/entity_row.h"

static const struct {
    size_t name_n; /* length of the container's name with its dot */
    enum th_slot slot;
} containers[TH_CONTAINER_COUNT] = {
    [TH_CONTAINER_REQUEST] = {sizeof "requestParameters", TH_S_REQUEST},
    [TH_CONTAINER_RESPONSE] = {sizeof "responseElements", TH_S_RESPONSE},
};

/* Is there anything but texts in a container? */
static bool has_others(const struct th_members *members)
{
    if (!members->complete)
        return true;
    for (unsigned i = 0; i < members->n; i++)
        if (members->value[i].type != TH_JSON_STRING && members->value[i].type != TH_JSON_NULL)
            return true;
    return false;
}

/* The last member of that name; NULL when there is none. */
static const struct th_json_value *last_member(const struct th_members *members, struct th_str name)
{
    for (unsigned i = members->n; i > 0; i--)
        if (th_str_eq(members->key[i - 1], name))
            return &members->value[i - 1];
    return NULL;
}

/* A single value deeper in an object: is it anything but a text? */
static bool may_fail_below(const struct th_json_value *object, struct th_str path)
{
    struct th_json_value value;
    return th_json_get(object->text, path, &value) && value.type != TH_JSON_STRING &&
           value.type != TH_JSON_NULL;
}

/* May a row fail at the member of a container that the rest of its path begins with? */
static bool may_fail_in(const struct th_members *members, const struct th_entity_row *row,
                        struct th_str path)
{
    if (!members->complete)
        return true;
    ptrdiff_t dot = th_str_find(path, '.');
    const struct th_json_value *value =
        last_member(members, dot < 0 ? path : th_str_sub(path, 0, (size_t)dot));
    if (value == NULL)
        return false;
    switch ((enum th_json_type)value->type) {
    case TH_JSON_ABSENT:
    case TH_JSON_NULL:
        return false;
    case TH_JSON_STRING:
        return dot < 0 && row->how != TH_ENTITY_ONE;
    case TH_JSON_NUMBER:
    case TH_JSON_TRUE:
    case TH_JSON_FALSE:
        return dot < 0;
    case TH_JSON_OBJECT:
        if (dot >= 0 && row->how == TH_ENTITY_ONE)
            return may_fail_below(value, th_str_sub(path, (size_t)dot + 1, path.n));
        return true;
    case TH_JSON_ARRAY:
        return dot < 0;
    }
    return true;
}

static bool may_fail(const struct th_mapper *m, const struct th_entity_row *row,
                     const bool others[TH_CONTAINER_COUNT])
{
    if (row->how == TH_ENTITY_DIGITS)
        return false;
    if (row->how == TH_ENTITY_COMMAND)
        return true;
    int c = row->container;
    if (c != TH_CONTAINER_COUNT) {
        if (m->record->v[containers[c].slot].type != TH_JSON_OBJECT ||
            (!others[c] && row->how == TH_ENTITY_ONE))
            return false;
        return may_fail_in(&m->record->members[c], row,
                           th_str_sub(row->path, containers[c].name_n, row->path.n));
    }
    if (th_str_is(row->path, "recipientAccountId"))
        return th_map_is_odd(m, TH_S_RECIPIENT_ACCOUNT_ID);
    if (th_str_is(row->path, "sourceIdentity"))
        return th_map_is_odd(m, TH_S_SOURCE_IDENTITY_TOP);
    if (th_str_is(row->path, "additionalEventData.MFAIdentifier"))
        return th_map_is_odd(m, TH_S_MFA_IDENTIFIER);
    return false; /* resources: looked at for every event */
}

static void put(const struct th_mapper *m, struct th_doc_node *json, const char *path,
                enum th_slot slot)
{
    const struct th_json_value *value = &m->record->v[slot];
    struct th_str text = value->text;
    struct th_doc_node *node;
    if (value->type == TH_JSON_ABSENT)
        return;
    if (value->type == TH_JSON_STRING)
        text = (struct th_str){text.p - 1, text.n + 2};
    if (th_doc_node_parse(m->arena, text, &node, NULL) == TH_OK && node != NULL)
        th_doc_node_set(m->arena, json, path, node);
}

/* The step itself, over those parts of the record that rows name. */
static bool step_fails(const struct th_mapper *m, struct th_str source, struct th_str event)
{
    struct th_doc_node *json = th_doc_node_new(m->arena, TH_JSON_OBJECT);
    put(m, json, "requestParameters", TH_S_REQUEST);
    put(m, json, "responseElements", TH_S_RESPONSE);
    put(m, json, "recipientAccountId", TH_S_RECIPIENT_ACCOUNT_ID);
    put(m, json, "sourceIdentity", TH_S_SOURCE_IDENTITY_TOP);
    put(m, json, "additionalEventData.MFAIdentifier", TH_S_MFA_IDENTIFIER);
    return !th_doc_node_clean(json, true) && th_doc_entities_fail(m->arena, json, source, event);
}

bool th_map_entities_fail(const struct th_mapper *m)
{
    struct th_str source = th_map_string(m, TH_S_EVENT_PROVIDER);
    struct th_str event = th_map_string(m, TH_S_EVENT_ACTION);
    size_t n;
    const struct th_entity_row *rows = th_entity_rows(source, &n);
    bool pattern_seen = false;
    bool others[TH_CONTAINER_COUNT];
    for (int c = 0; c < TH_CONTAINER_COUNT && n > 0; c++)
        others[c] = m->record->v[containers[c].slot].type == TH_JSON_OBJECT &&
                    has_others(&m->record->members[c]);
    for (size_t i = 0; i < n; i++)
        if (th_entity_fits(&rows[i], event, &pattern_seen) && may_fail(m, &rows[i], others))
            return step_fails(m, source, event);
    return false;
}
