/* Entities: what the record names (related.entity) and what the call was done to (targets), by the
 * table of schema/targets.def.
 *
 * It is one script in the pipeline, so it is all or nothing: a value of an unexpected type leaves
 * no entity fields, only an error. That is why everything is collected first and put into the
 * document at the end. */
#include "ecs/document/internal.h"
#include "ecs/rules/entity_row.h"

enum { MEMBERS_MAX = 8 };

struct entities {
    struct th_doc *doc;
    struct th_nameset sets[TH_ENTITY_SETS];
    const char *failed; /* path of what had an unexpected type */
};

/* Fail the step at path. Returns false. */
static bool fail(struct entities *e, const char *path)
{
    if (e->failed == NULL)
        e->failed = path;
    return false;
}

/* Add the text of a node. Returns whether it is new; a missing node is not; what is no text fails.
 */
static bool add_node(struct entities *e, enum th_entity_set set, const struct th_doc_node *node,
                     const char *path)
{
    if (node == NULL)
        return false;
    if (node->type != TH_JSON_STRING)
        return fail(e, path);
    return th_nameset_add(&e->sets[set], node->text);
}

/* Member of an element, by a path with at most one dot; an element or a step that is no object
 * fails. */
static const struct th_doc_node *member_of(struct entities *e, const struct th_doc_node *element,
                                           struct th_str path, const char *where)
{
    ptrdiff_t dot = th_str_find(path, '.');
    if (element->type != TH_JSON_OBJECT) {
        fail(e, where);
        return NULL;
    }
    if (dot < 0)
        return th_doc_node_get(element, path);
    const struct th_doc_node *inner = th_doc_node_get(element, th_str_sub(path, 0, (size_t)dot));
    if (inner == NULL)
        return NULL;
    return member_of(e, inner, th_str_sub(path, (size_t)dot + 1, path.n), where);
}

/* A run: the first that is missing or known already ends it. Types are looked at to its end. */
static void add_run(struct entities *e, enum th_entity_set set,
                    const struct th_doc_node *const *nodes, size_t n, const char *path)
{
    bool going = true;
    for (size_t i = 0; i < n; i++) {
        if (nodes[i] != NULL && nodes[i]->type != TH_JSON_STRING)
            fail(e, path);
        else
            going = going && add_node(e, set, nodes[i], path);
    }
}

static void add_members(struct entities *e, enum th_entity_set set,
                        const struct th_doc_node *element, const char *members, const char *path)
{
    const struct th_doc_node *nodes[MEMBERS_MAX];
    size_t n = 0;
    for (const char *at = members; at != NULL && n < MEMBERS_MAX;) {
        const char *space = strchr(at, ' ');
        size_t length = space == NULL ? strlen(at) : (size_t)(space - at);
        nodes[n++] = member_of(e, element, (struct th_str){at, length}, path);
        at = space == NULL ? NULL : space + 1;
    }
    add_run(e, set, nodes, n, path);
}

/* The list at a path, or NULL when there is none; what is no list fails. */
static const struct th_doc_node *list_at(struct entities *e, const struct th_doc_node *node,
                                         const char *path)
{
    const struct th_doc_node *list = th_doc_node_at(node, path);
    if (list != NULL && list->type != TH_JSON_ARRAY) {
        fail(e, path);
        return NULL;
    }
    return list;
}

static void each_member(struct entities *e, enum th_entity_set set, const struct th_doc_node *list,
                        const char *members, const char *path)
{
    for (struct th_doc_node *item = th_doc_node_first(list); item != NULL;
         item = th_doc_node_next(item))
        add_members(e, set, item, members, path);
}

/* "items" of a set inside an element: NULL when either is missing; an element or set that is no
 * object, or items that are no list, fail. */
static const struct th_doc_node *inner_items(struct entities *e, const struct th_doc_node *element,
                                             struct th_str set, const char *path)
{
    const struct th_doc_node *inner = member_of(e, element, set, path);
    const struct th_doc_node *items = NULL;
    if (inner != NULL)
        items = member_of(e, inner, TH_STR("items"), path);
    if (items == NULL || items->type == TH_JSON_ARRAY)
        return items;
    fail(e, path);
    return NULL;
}

/* Instances of EC2: each one's run, then those of its network interfaces and their groups. */
static void add_instances(struct entities *e, const struct th_entity_row *row)
{
    const struct th_doc_node *list = list_at(e, e->doc->json, row->path.p);
    for (struct th_doc_node *item = th_doc_node_first(list); item != NULL;
         item = th_doc_node_next(item)) {
        add_members(e, row->set, item, row->members, row->path.p);
        const struct th_doc_node *cards =
            inner_items(e, item, TH_STR("networkInterfaceSet"), row->path.p);
        for (struct th_doc_node *card = th_doc_node_first(cards); card != NULL;
             card = th_doc_node_next(card)) {
            add_members(e, row->set, card, "networkInterfaceId vpcId subnetId", row->path.p);
            const struct th_doc_node *groups =
                inner_items(e, card, TH_STR("groupSet"), row->path.p);
            each_member(e, row->set, groups, "groupId", row->path.p);
        }
    }
}

/* Instances of SendCommand: named, else all values of all targets; "*" alone stands for the
 * account. */
static void add_command(struct entities *e, const struct th_entity_row *row)
{
    const struct th_doc_node *ids = list_at(e, e->doc->json, "requestParameters.instanceIds");
    const struct th_doc_node *targets = NULL;
    size_t n = 0;
    size_t cap = 0;
    if (ids == NULL)
        targets = list_at(e, e->doc->json, "requestParameters.targets");
    for (struct th_doc_node *id = th_doc_node_first(ids); id != NULL; id = th_doc_node_next(id))
        cap++;
    for (struct th_doc_node *t = th_doc_node_first(targets); t != NULL; t = th_doc_node_next(t))
        for (struct th_doc_node *id = th_doc_node_first(th_doc_node_get(t, TH_STR("values")));
             id != NULL; id = th_doc_node_next(id))
            cap++;
    const struct th_doc_node **all = th_arena_calloc(e->doc->arena, cap + 1, sizeof *all);
    for (struct th_doc_node *id = th_doc_node_first(ids); id != NULL; id = th_doc_node_next(id))
        all[n++] = id;
    for (struct th_doc_node *t = th_doc_node_first(targets); t != NULL; t = th_doc_node_next(t)) {
        const struct th_doc_node *values = th_doc_node_get(t, TH_STR("values"));
        if (values == NULL || values->type != TH_JSON_ARRAY)
            fail(e, "requestParameters.targets");
        else
            for (struct th_doc_node *id = th_doc_node_first(values); id != NULL;
                 id = th_doc_node_next(id))
                all[n++] = id;
    }
    if (n == 1 && th_doc_node_is(all[0], "*"))
        all[0] = th_doc_node_get(e->doc->json, TH_STR("recipientAccountId"));
    add_run(e, row->set, all, n, row->path.p);
}

static void add_list(struct entities *e, const struct th_entity_row *row)
{
    const struct th_doc_node *list = list_at(e, e->doc->json, row->path.p);
    bool going = true;
    for (struct th_doc_node *item = th_doc_node_first(list); item != NULL;
         item = th_doc_node_next(item)) {
        if (item->type != TH_JSON_STRING)
            fail(e, row->path.p);
        else if (going)
            going = add_node(e, row->set, item, row->path.p) || row->how == TH_ENTITY_EACH;
    }
}

static void add_row(struct entities *e, const struct th_entity_row *row)
{
    const struct th_doc_node *node = th_doc_node_at(e->doc->json, row->path.p);
    switch (row->how) {
    case TH_ENTITY_ONE:
        add_node(e, row->set, node, row->path.p);
        break;
    case TH_ENTITY_DIGITS:
        if (node != NULL)
            th_nameset_add(&e->sets[row->set], th_doc_node_java_text(e->doc->arena, node));
        break;
    case TH_ENTITY_EACH:
    case TH_ENTITY_RUN:
        add_list(e, row);
        break;
    case TH_ENTITY_MEMBERS:
        each_member(e, row->set, list_at(e, e->doc->json, row->path.p), row->members, row->path.p);
        break;
    case TH_ENTITY_INSTANCES:
        add_instances(e, row);
        break;
    case TH_ENTITY_COMMAND:
        add_command(e, row);
        break;
    }
}

static void add_service(struct entities *e, struct th_str source, struct th_str event)
{
    size_t n;
    const struct th_entity_row *rows = th_entity_rows(source, &n);
    bool pattern_seen = false;
    for (size_t i = 0; i < n; i++)
        if (th_entity_fits(&rows[i], event, &pattern_seen))
            add_row(e, &rows[i]);
}

bool th_doc_entities_fail(th_arena *arena, struct th_doc_node *json, struct th_str source,
                          struct th_str event)
{
    /* Only the record is looked at and the arena used: nothing is put into a document. */
    struct th_doc doc = {.arena = arena, .json = json};
    struct entities e = {.doc = &doc};
    th_javamap_init(&e.sets[TH_ENTITY_RELATED].map);
    th_javamap_init(&e.sets[TH_ENTITY_TARGET].map);
    add_service(&e, source, event);
    th_javamap_fini(&e.sets[TH_ENTITY_RELATED].map);
    th_javamap_fini(&e.sets[TH_ENTITY_TARGET].map);
    return e.failed != NULL;
}

/* What every event may name. */
static void add_common(struct entities *e)
{
    static const char *const paths[] = {
        "userIdentity.accessKeyId",
        "userIdentity.arn",
        "userIdentity.userName",
        "userIdentity.sessionContext.sessionIssuer.arn",
        "userIdentity.sessionContext.sessionIssuer.userName",
    };
    const struct th_doc_node *json = e->doc->json;
    for (size_t i = 0; i < TH_COUNT(paths); i++)
        add_node(e, TH_ENTITY_RELATED, th_doc_node_at(json, paths[i]), paths[i]);
    if (th_doc_node_is(th_doc_node_at(json, "userIdentity.type"), "IdentityCenterUser"))
        add_node(e, TH_ENTITY_RELATED,
                 th_doc_node_at(json, "userIdentity.onBehalfOf.identityStoreArn"),
                 "userIdentity.onBehalfOf.identityStoreArn");
    each_member(e, TH_ENTITY_RELATED, list_at(e, json, "resources"), "ARN", "resources");
}

/* Who acted: the caller, but for AssumeRole the role or the service behind it. */
static const struct th_doc_node *actor_of(const struct th_doc_node *json, struct th_str source,
                                          struct th_str event)
{
    const struct th_doc_node *arn = th_doc_node_at(json, "userIdentity.arn");
    const struct th_doc_node *type = th_doc_node_at(json, "userIdentity.type");
    if (th_str_is(source, "sts.amazonaws.com")) {
        if (th_str_is(event, "AssumeRole") && th_doc_node_is(type, "AWSService"))
            return th_doc_node_at(json, "userIdentity.invokedBy");
        if (th_str_is(event, "AssumeRole") && th_doc_node_is(type, "AssumedRole"))
            return th_doc_node_at(json, "userIdentity.sessionContext.sessionIssuer.arn");
        if (th_str_is(event, "AssumeRole") || th_str_is(event, "GetCallerIdentity"))
            return arn;
    }
    return arn != NULL ? arn : th_doc_node_at(json, "userIdentity.onBehalfOf.userId");
}

static void put_all(struct entities *e, struct th_str source, struct th_str event)
{
    struct th_doc *doc = e->doc;
    const struct th_doc_node *actor = actor_of(doc->json, source, event);
    if (e->sets[TH_ENTITY_TARGET].map.n > 0)
        th_doc_targets(doc, &e->sets[TH_ENTITY_TARGET]);
    for (size_t i = 0; i < e->sets[TH_ENTITY_TARGET].map.n; i++)
        th_nameset_add(&e->sets[TH_ENTITY_RELATED], e->sets[TH_ENTITY_TARGET].map.entries[i].key);
    if (actor != NULL)
        th_doc_actor(doc, actor);
    struct th_doc_node *related = th_nameset_list(&e->sets[TH_ENTITY_RELATED], doc->arena);
    if (related != NULL)
        th_doc_put(doc, "related.entity", related);
}

void th_doc_entities(struct th_doc *doc)
{
    struct entities e = {.doc = doc};
    const struct th_doc_node *source = th_doc_node_get(doc->json, TH_STR("eventSource"));
    const struct th_doc_node *event = th_doc_node_get(doc->json, TH_STR("eventName"));
    th_javamap_init(&e.sets[TH_ENTITY_RELATED].map);
    th_javamap_init(&e.sets[TH_ENTITY_TARGET].map);
    add_common(&e);
    if (source != NULL && source->type != TH_JSON_STRING)
        fail(&e, "eventSource");
    if (event->type != TH_JSON_STRING)
        fail(&e, "eventName");
    add_service(&e, th_doc_node_str(source), th_doc_node_str(event));
    if (e.failed == NULL)
        put_all(&e, th_doc_node_str(source), th_doc_node_str(event));
    else
        th_doc_note(doc, e.failed, "not of the type that an entity has");
    th_javamap_fini(&e.sets[TH_ENTITY_RELATED].map);
    th_javamap_fini(&e.sets[TH_ENTITY_TARGET].map);
}
