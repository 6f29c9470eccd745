/* The containers of free form: each as one text and as a flattened object, resources as a list, and
 * what the retain setting leaves of them. */
#include "base/text.h"
#include "ecs/document/internal.h"

enum { FLATTENED_LIMIT = 32766 }; /* UTF-16 units; Lucene refuses longer terms */

#define FLATTENED "aws.cloudtrail.flattened"

static const struct {
    enum th_field text;
    enum th_field flattened;
} containers[] = {
    {TH_F_REQUEST_PARAMETERS, TH_F_FLATTENED_REQUEST_PARAMETERS},
    {TH_F_RESPONSE_ELEMENTS, TH_F_FLATTENED_RESPONSE_ELEMENTS},
    {TH_F_ADDITIONAL_EVENTDATA, TH_F_FLATTENED_ADDITIONAL_EVENTDATA},
    {TH_F_SERVICE_EVENT_DETAILS, TH_F_FLATTENED_SERVICE_EVENT_DETAILS},
};

bool th_doc_flattens(struct th_str java_text)
{
    return java_text.n < FLATTENED_LIMIT || th_utf8_utf16_length(java_text) < FLATTENED_LIMIT;
}

/* keyword and none write no flattened copies. */
static bool keeps_flattened(enum th_retain retain)
{
    return retain == TH_RETAIN_ALL || retain == TH_RETAIN_FLATTENED || retain == TH_RETAIN_MINIMAL;
}

void th_doc_payload(struct th_doc *doc)
{
    for (size_t i = 0; i < TH_COUNT(containers); i++) {
        const struct th_field_info *info = th_field_info(containers[i].text);
        const struct th_doc_node *value = th_doc_node_get(doc->json, th_str_of(info->source));
        if (value == NULL)
            continue;
        struct th_str text = th_doc_node_java_text(doc->arena, value);
        th_doc_put_text(doc, info->name, text);
        if (keeps_flattened(doc->options->retain) && th_doc_flattens(text))
            th_doc_put(doc, th_field_info(containers[i].flattened)->name,
                       th_doc_node_share(doc->arena, value));
    }
}

/* A resource with the document's names for ARN and accountId. */
static struct th_doc_node *resource_of(th_arena *arena, const struct th_doc_node *from)
{
    struct th_doc_node *resource = th_doc_node_new(arena, TH_JSON_OBJECT);
    for (struct th_doc_node *member = th_doc_node_first(from); member != NULL;
         member = th_doc_node_next(member))
        th_doc_node_put(resource, member->key, th_doc_node_share(arena, member));
    struct th_doc_node *arn = th_doc_node_take(arena, resource, "ARN");
    struct th_doc_node *account = th_doc_node_take(arena, resource, "accountId");
    if (arn != NULL)
        th_doc_node_put(resource, TH_STR("arn"), arn);
    if (account != NULL)
        th_doc_node_put(resource, TH_STR("account_id"), account);
    return resource;
}

/* What makes a resource one of its own: ARN, account and type. */
static struct th_str resource_key(th_arena *arena, const struct th_doc_node *resource)
{
    static const char *const parts[] = {"arn", "account_id", "type"};
    struct th_buf key = TH_BUF_INIT;
    for (size_t i = 0; i < TH_COUNT(parts); i++) {
        const struct th_doc_node *part = th_doc_node_get(resource, th_str_of(parts[i]));
        if (i > 0)
            th_buf_putc(&key, '_');
        if (part != NULL)
            th_doc_node_java(arena, part, &key);
    }
    struct th_str text = th_arena_dup(arena, th_buf_str(&key));
    th_buf_fini(&key);
    return text;
}

/* The last of several equal ones wins; the order is that of the Java map they were kept in. */
static struct th_doc_node *unique_resources(th_arena *arena, const struct th_doc_node *list)
{
    struct th_doc_node *result = th_doc_node_new(arena, TH_JSON_ARRAY);
    struct th_javamap map;
    size_t n = 0;
    for (struct th_doc_node *item = th_doc_node_first(list); item != NULL;
         item = th_doc_node_next(item))
        n++;
    struct th_doc_node **resources = th_arena_calloc(arena, n + 1, sizeof *resources);
    uint32_t *order = th_arena_calloc(arena, n + 1, sizeof *order);
    th_javamap_init(&map);
    for (struct th_doc_node *item = th_doc_node_first(list); item != NULL;
         item = th_doc_node_next(item)) {
        if (item->type != TH_JSON_OBJECT)
            continue;
        struct th_doc_node *resource = resource_of(arena, item);
        resources[th_javamap_put(&map, resource_key(arena, resource), NULL)] = resource;
    }
    th_javamap_order(&map, order);
    for (size_t i = 0; i < map.n; i++)
        th_doc_node_add(result, resources[order[i]]);
    th_javamap_fini(&map);
    return result;
}

void th_doc_resources(struct th_doc *doc)
{
    struct th_doc_node *resources = th_doc_node_take(doc->arena, doc->json, "resources");
    if (resources == NULL)
        return;
    if (resources->type == TH_JSON_ARRAY)
        resources = unique_resources(doc->arena, resources);
    th_doc_put(doc, "aws.cloudtrail.resources", resources);
}

/* Only what Elastic's rules ask for, and the digest and Insight parts whole. */
static void retain_minimal(struct th_doc *doc)
{
    static const char *const kept[] = {
        "digest",
        "insight_details",
        "additional_eventdata.SSEApplied",
        "request_parameters.cidrIp",
        "request_parameters.dryRun",
        "request_parameters.fromPort",
        "request_parameters.includeDeprecated",
        "request_parameters.policyArn",
        "request_parameters.serialNumber",
        "request_parameters.withDecryption",
        "request_parameters.x-amz-server-side-encryption-customer-algorithm",
    };
    const struct th_doc_node *all = th_doc_node_at(doc->root, FLATTENED);
    struct th_doc_node *less = th_doc_node_new(doc->arena, TH_JSON_OBJECT);
    for (size_t i = 0; i < TH_COUNT(kept); i++) {
        const struct th_doc_node *value = th_doc_node_at(all, kept[i]);
        if (value != NULL)
            th_doc_node_set(doc->arena, less, kept[i], th_doc_node_share(doc->arena, value));
    }
    if (all != NULL)
        th_doc_put(doc, FLATTENED, less);
}

void th_doc_retain(struct th_doc *doc)
{
    enum th_retain retain = doc->options->retain;
    if (retain == TH_RETAIN_MINIMAL)
        retain_minimal(doc);
    if (retain != TH_RETAIN_FLATTENED && retain != TH_RETAIN_NONE)
        return;
    for (size_t i = 0; i < TH_COUNT(containers); i++)
        th_doc_node_take(doc->arena, doc->root, th_field_info(containers[i].text)->name);
}
