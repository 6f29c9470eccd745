/* related.*: every user, address and host that the event names, in the order the pipeline finds
 * them, and user.email. */
#include "base/ip.h"
#include "base/text.h"
#include "ecs/document/internal.h"

enum { INSTANCE_ID_MIN = 10 }; /* UTF-16 units of "i-" and the rest */

static void append_node(struct th_doc *doc, const char *list, const struct th_doc_node *node)
{
    if (node != NULL)
        th_doc_append(doc, list, th_doc_node_java_text(doc->arena, node));
}

bool th_doc_request_users(struct th_doc *doc)
{
    static const char *const paths[] = {"requestParameters.userName",
                                        "requestParameters.newUserName",
                                        "responseElements.user.userId"};
    for (size_t i = 0; i < TH_COUNT(paths); i++) {
        struct th_doc_node *node;
        if (!th_doc_reach(doc, paths[i], &node))
            return false;
        append_node(doc, "related.user", node);
    }
    return true;
}

static bool related_users(struct th_doc *doc)
{
    const struct th_doc_node *name = th_doc_node_at(doc->root, "user.name");
    if (name != NULL && th_doc_node_at(doc->root, "user.email") == NULL) {
        if (name->type != TH_JSON_STRING && name->type != TH_JSON_ARRAY)
            return th_doc_stop(doc, "user.name", "a text was expected");
        if (th_str_find(th_doc_node_str(name), '@') > 0)
            th_doc_put_text(doc, "user.email", name->text);
    }
    append_node(doc, "related.user", th_doc_node_at(doc->root, "user.id"));
    append_node(doc, "related.user", name);
    append_node(doc, "related.user", th_doc_node_at(doc->root, "user.changes.name"));
    append_node(doc, "related.user",
                th_doc_node_at(doc->root, th_field_info(TH_F_ON_BEHALF_OF_USER_ID)->name));
    return true;
}

static void related_addresses(struct th_doc *doc)
{
    const struct th_doc_node *inner =
        th_doc_node_at(doc->json, "serviceEventDetails.sourceIpAddress");
    struct th_ip ip;
    append_node(doc, "related.ip", th_doc_node_at(doc->root, "source.ip"));
    if (th_doc_node_str(inner).p != NULL && th_ip_parse(inner->text, &ip))
        th_doc_append(doc, "related.ip", inner->text);
}

static bool is_aws(struct th_str host)
{
    return th_str_ends(host, TH_STR(".amazonaws.com"));
}

static bool related_names(struct th_doc *doc)
{
    const struct th_doc_node *server = th_doc_node_at(doc->root, "tls.client.server_name");
    const struct th_doc_node *address = th_doc_node_at(doc->root, "source.address");
    struct th_doc_node *computer;
    if (server != NULL && server->type != TH_JSON_STRING)
        return th_doc_stop(doc, "tlsDetails.clientProvidedHostHeader", "a text was expected");
    if (server != NULL && !is_aws(server->text))
        th_doc_append(doc, "related.hosts", server->text);
    if (address != NULL && th_doc_node_at(doc->root, "source.ip") == NULL) {
        struct th_str text = th_doc_node_str(address);
        if (text.p == NULL && address->type != TH_JSON_ARRAY)
            return th_doc_stop(doc, "sourceIPAddress", "a text was expected");
        if (th_str_find(text, '.') >= 0 && th_str_find(text, ' ') < 0 && !is_aws(text))
            th_doc_append(doc, "related.hosts", text);
    }
    if (!th_doc_reach(doc, "requestParameters.computerName", &computer))
        return false;
    append_node(doc, "related.hosts", computer);
    return true;
}

/* Hosts so far: the list may grow by as many instances as a request names, so a set knows them. */
struct hosts {
    struct th_doc *doc;
    struct th_doc_node *list; /* NULL until there is one */
    struct th_nameset seen;
};

static void add_instance(struct hosts *hosts, const struct th_doc_node *node)
{
    struct th_str id = th_doc_node_str(node);
    if (!th_str_starts(id, TH_STR("i-")) || th_utf8_utf16_length(id) < INSTANCE_ID_MIN ||
        !th_nameset_add(&hosts->seen, id))
        return;
    if (hosts->list == NULL) {
        hosts->list = th_doc_node_new(hosts->doc->arena, TH_JSON_ARRAY);
        th_doc_put(hosts->doc, "related.hosts", hosts->list);
    }
    th_doc_node_add(hosts->list, th_doc_node_string(hosts->doc->arena, id));
}

static void add_resources(struct hosts *hosts)
{
    const struct th_doc_node *list = th_doc_node_at(hosts->doc->root, "aws.cloudtrail.resources");
    if (list == NULL || list->type != TH_JSON_ARRAY)
        return;
    for (struct th_doc_node *item = th_doc_node_first(list); item != NULL;
         item = th_doc_node_next(item)) {
        struct th_str arn = th_doc_node_str(th_doc_node_get(item, TH_STR("arn")));
        if (th_str_search(arn, TH_STR(":instance/")) < 0)
            continue;
        struct th_doc_node id = {.type = TH_JSON_STRING};
        id.text = th_str_sub(arn, (size_t)th_str_rfind(arn, '/') + 1, arn.n);
        add_instance(hosts, &id);
    }
}

static void add_container(struct hosts *hosts, const char *name)
{
    static const char *const scalars[] = {"instanceId", "target", "resourceId"};
    const struct th_doc_node *container = th_doc_node_get(hosts->doc->json, th_str_of(name));
    for (size_t i = 0; i < TH_COUNT(scalars); i++)
        add_instance(hosts, th_doc_node_get(container, th_str_of(scalars[i])));
    const struct th_doc_node *ids = th_doc_node_get(container, TH_STR("instanceIds"));
    if (ids != NULL && ids->type == TH_JSON_ARRAY)
        for (struct th_doc_node *id = th_doc_node_first(ids); id != NULL; id = th_doc_node_next(id))
            add_instance(hosts, id);
    const struct th_doc_node *items = th_doc_node_at(container, "instancesSet.items");
    if (items != NULL && items->type == TH_JSON_ARRAY)
        for (struct th_doc_node *item = th_doc_node_first(items); item != NULL;
             item = th_doc_node_next(item))
            add_instance(hosts, th_doc_node_get(item, TH_STR("instanceId")));
}

static void related_instances(struct th_doc *doc)
{
    struct hosts hosts = {.doc = doc, .list = th_doc_node_at(doc->root, "related.hosts")};
    th_javamap_init(&hosts.seen.map);
    for (struct th_doc_node *host = th_doc_node_first(hosts.list); host != NULL;
         host = th_doc_node_next(host))
        th_nameset_add(&hosts.seen, host->text);
    add_resources(&hosts);
    add_container(&hosts, "requestParameters");
    add_container(&hosts, "responseElements");
    th_javamap_fini(&hosts.seen.map);
}

bool th_doc_related(struct th_doc *doc)
{
    struct th_doc_node *tls;
    if (!th_doc_reach(doc, "tlsDetails.tlsVersion", &tls) || !related_users(doc))
        return false;
    related_addresses(doc);
    if (!related_names(doc))
        return false;
    related_instances(doc);
    return true;
}
