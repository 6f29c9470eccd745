/* Kinds of entities: a target or actor is a user, a host, a service or anything else, as its ARN or
 * the prefix of its id says. */
#include "ecs/document/internal.h"

enum kind { USER, HOST, SERVICE, OTHER };
enum { KINDS = OTHER + 1, ARN_PARTS = 6 };

/* Is text one of the words (between spaces)? */
static bool is_one_of(struct th_str text, const char *words)
{
    for (const char *at = words; at != NULL;) {
        const char *space = strchr(at, ' ');
        size_t n = space == NULL ? strlen(at) : (size_t)(space - at);
        if (th_str_eq(text, (struct th_str){at, n}))
            return true;
        at = space == NULL ? NULL : space + 1;
    }
    return false;
}

/* The first six parts of an ARN, and all that it takes to have them; false when there are fewer. */
static bool arn_parts(struct th_str arn, struct th_str parts[ARN_PARTS])
{
    size_t from = 0;
    for (int i = 0; i < ARN_PARTS; i++) {
        if (from > arn.n)
            return false;
        struct th_str rest = th_str_sub(arn, from, arn.n);
        ptrdiff_t colon = th_str_find(rest, ':');
        parts[i] = colon < 0 ? rest : th_str_sub(rest, 0, (size_t)colon);
        from += parts[i].n + 1;
    }
    return true;
}

/* "user" of "user/x"; a part without a slash, or that starts with one, is its own type. */
static struct th_str resource_type(struct th_str part)
{
    ptrdiff_t slash = th_str_find(part, '/');
    return slash > 0 ? th_str_sub(part, 0, (size_t)slash) : part;
}

static bool is_service_role(struct th_str text)
{
    return th_str_search(text, TH_STR("/AWSServiceRoleFor")) >= 0 ||
           th_str_search(text, TH_STR("/aws-service-role/")) >= 0;
}

static enum kind kind_of_arn(struct th_str arn)
{
    struct th_str parts[ARN_PARTS];
    if (!arn_parts(arn, parts))
        return OTHER;
    struct th_str type = resource_type(parts[5]);
    if (is_service_role(arn))
        return SERVICE;
    if (is_one_of(type, "user role assumed-role federated-user instance-profile mfa serialNumber"))
        return USER;
    if (th_str_is(type, "instance"))
        return HOST;
    if (is_one_of(type,
                  "stack stack-set trail configuration-recorder file-system mount-target rule "
                  "detector key function log-group log-stream alarm db cluster "
                  "global-cluster trust-anchor resolver-query-log-config secret parameter "
                  "document session webacl rulegroup ipset topic model loadbalancer table "
                  "group policy security-group network-interface vpc subnet network-acl "
                  "dhcp-options"))
        return SERVICE;
    return th_str_is(parts[2], "s3") ? SERVICE : OTHER;
}

static enum kind kind_of_id(struct th_str id)
{
    static const char *const prefixes[] = {"sg-",  "sgr-", "eni-", "vpc-",  "subnet-", "acl-",
                                           "rtb-", "igw-", "nat-", "vpce-", "tgw-",    "pcx-"};
    if (id.n == 20 && th_str_starts(id, TH_STR("AKIA")))
        return USER;
    if (th_str_starts(id, TH_STR("i-")))
        return HOST;
    for (size_t i = 0; i < TH_COUNT(prefixes); i++)
        if (th_str_starts(id, th_str_of(prefixes[i])))
            return SERVICE;
    return OTHER;
}

/* The bare instance id of a host: itself, or the end of an EC2 instance's ARN. Absent when it is
 * neither. */
static struct th_str instance_id(struct th_str host)
{
    struct th_str parts[ARN_PARTS];
    if (th_str_starts(host, TH_STR("arn:"))) {
        const struct th_str instance = TH_STR("instance/");
        if (!arn_parts(host, parts) || !th_str_is(parts[2], "ec2") ||
            !th_str_starts(parts[5], instance))
            return TH_STR_NONE;
        host = th_str_sub(parts[5], instance.n, parts[5].n);
    }
    return th_str_starts(host, TH_STR("i-")) ? host : TH_STR_NONE;
}

static void put_names(struct th_doc *doc, const char *path, const struct th_nameset *set)
{
    struct th_doc_node *list = th_nameset_list(set, doc->arena);
    if (list != NULL)
        th_doc_put(doc, path, list);
}

void th_doc_targets(struct th_doc *doc, const struct th_nameset *targets)
{
    static const char *const paths[KINDS] = {
        [USER] = "user.target.entity.id",
        [HOST] = "host.target.entity.id",
        [SERVICE] = "service.target.entity.id",
        [OTHER] = "entity.target.id",
    };
    struct th_nameset kinds[KINDS];
    struct th_nameset instances;
    th_javamap_init(&instances.map);
    for (int k = 0; k < KINDS; k++)
        th_javamap_init(&kinds[k].map);
    for (size_t i = 0; i < targets->map.n; i++) {
        struct th_str name = targets->map.entries[i].key;
        bool arn = th_str_starts(name, TH_STR("arn:"));
        enum kind kind = arn ? kind_of_arn(name) : kind_of_id(name);
        th_nameset_add(&kinds[kind], name);
        if (kind == HOST)
            th_nameset_add(&instances, instance_id(name));
    }
    put_names(doc, "target.entity.id", targets);
    put_names(doc, "host.target.id", &instances);
    for (int k = 0; k < KINDS; k++) {
        put_names(doc, paths[k], &kinds[k]);
        th_javamap_fini(&kinds[k].map);
    }
    th_javamap_fini(&instances.map);
}

static enum kind kind_of_actor(struct th_str actor, const struct th_doc_node *type)
{
    struct th_str parts[ARN_PARTS];
    if (th_doc_node_is(type, "AWSService") || is_service_role(actor))
        return SERVICE;
    if (th_doc_node_is(type, "IAMUser") || th_doc_node_is(type, "Root") ||
        th_doc_node_is(type, "AssumedRole"))
        return USER;
    if (th_str_starts(actor, TH_STR("arn:")) && arn_parts(actor, parts)) {
        struct th_str resource = resource_type(parts[5]);
        if (is_one_of(resource, "user role assumed-role federated-user"))
            return USER;
        if (th_str_is(resource, "instance"))
            return HOST;
    }
    return th_str_starts(actor, TH_STR("i-")) ? HOST : OTHER;
}

static void put_one(struct th_doc *doc, const char *path, const struct th_doc_node *value)
{
    struct th_doc_node *list = th_doc_node_new(doc->arena, TH_JSON_ARRAY);
    th_doc_node_add(list, th_doc_node_share(doc->arena, value));
    th_doc_put(doc, path, list);
}

/* A session's user entity is its role, so that all sessions of a role are one. */
void th_doc_actor(struct th_doc *doc, const struct th_doc_node *actor)
{
    static const char *const paths[KINDS] = {
        [USER] = "user.entity.id",
        [HOST] = "host.entity.id",
        [SERVICE] = "service.entity.id",
        [OTHER] = "entity.id",
    };
    const struct th_doc_node *type = th_doc_node_at(doc->json, "userIdentity.type");
    const struct th_doc_node *issuer =
        th_doc_node_at(doc->json, "userIdentity.sessionContext.sessionIssuer.arn");
    enum kind kind = kind_of_actor(th_doc_node_java_text(doc->arena, actor), type);
    put_one(doc, "actor.entity.id", actor);
    if (kind == USER && th_doc_node_is(type, "AssumedRole") && issuer != NULL)
        actor = issuer;
    put_one(doc, paths[kind], actor);
}
