/* Records nobody would write: a sound one, taken apart and put together again with some members of
 * another type, missing, doubled, renamed, empty or huge. What comes out is sound JSON, so that
 * every such record is an event. One seed always gives the same records. */
#ifndef TESTS_ECS_RANDOM_RECORD_H
#define TESTS_ECS_RANDOM_RECORD_H

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/json.h"
#include "ecs/columns/record.h"

/* A value of the tree: key and text are raw JSON, quotes and escapes as they stand. */
struct random_node {
    struct random_node *next, *first;
    struct th_str key;
    struct th_str text; /* of a scalar */
    uint8_t type;
};

struct random_state {
    uint64_t seed;
    th_arena *arena;
    struct random_node *nodes[4096];
    struct random_node *parents[4096];
    size_t n;
};

static uint32_t random_below(struct random_state *s, size_t n)
{
    s->seed = s->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return n == 0 ? 0 : (uint32_t)((s->seed >> 33) % n);
}

static struct random_node *random_read(struct random_state *s, struct th_json_cursor *c)
{
    struct random_node *node = th_arena_calloc(s->arena, 1, sizeof *node);
    struct random_node **end = &node->first;
    struct th_json_value value;
    bool first = true;
    if (!th_json_space(c))
        return NULL;
    if (*c->at != '{' && *c->at != '[') {
        const char *start = c->at;
        if (th_json_value(c, &value) != TH_JSON_OK)
            return NULL;
        node->type = value.type;
        node->text = (struct th_str){start, (size_t)(c->at - start)};
        return node;
    }
    node->type = *c->at == '{' ? TH_JSON_OBJECT : TH_JSON_ARRAY;
    if (th_json_enter(c) != TH_JSON_OK)
        return NULL;
    for (;;) {
        struct th_str key = TH_STR_NONE;
        if (node->type == TH_JSON_OBJECT) {
            if (th_json_next_key(c, &value, &first) != TH_JSON_OK)
                break;
            key = (struct th_str){value.text.p - 1, value.text.n + 2};
        } else if (th_json_next_element(c, &first) != TH_JSON_OK) {
            break;
        }
        if ((*end = random_read(s, c)) == NULL)
            return NULL;
        (*end)->key = key;
        end = &(*end)->next;
    }
    return node;
}

static struct random_node *random_parse(struct random_state *s, struct th_str text)
{
    struct th_json_cursor c;
    th_json_init(&c, text);
    return random_read(s, &c);
}

static void random_print(const struct random_node *node, struct th_buf *out)
{
    if (node->type != TH_JSON_OBJECT && node->type != TH_JSON_ARRAY) {
        th_buf_add_str(out, node->text);
        return;
    }
    th_buf_putc(out, node->type == TH_JSON_OBJECT ? '{' : '[');
    for (const struct random_node *child = node->first; child != NULL; child = child->next) {
        if (node->type == TH_JSON_OBJECT) {
            th_buf_add_str(out, child->key);
            th_buf_putc(out, ':');
        }
        random_print(child, out);
        if (child->next != NULL)
            th_buf_putc(out, ',');
    }
    th_buf_putc(out, node->type == TH_JSON_OBJECT ? '}' : ']');
}

static void random_list(struct random_state *s, struct random_node *node,
                        struct random_node *parent)
{
    if (s->n == TH_COUNT(s->nodes))
        return;
    s->parents[s->n] = parent;
    s->nodes[s->n++] = node;
    for (struct random_node *child = node->first; child != NULL; child = child->next)
        random_list(s, child, node);
}

/* Values that mean something to some step, or are odd to all. */
static const char *const random_values[] = {
    "null",
    "true",
    "false",
    "0",
    "5",
    "-0",
    "1.50",
    "1e999",
    "123456789012345678901234567890",
    "1E-7",
    "[]",
    "{}",
    "\"\"",
    "\"-\"",
    "\"none\"",
    "[null,\"-\"]",
    "{\"a\":\"none\"}",
    "[[],{}]",
    "[\"x\"]",
    "[\"x\",\"y\"]",
    "[ \"x\" , null, \"\", 7 ]",
    "[[\"x\"],[\"y\"]]",
    "[{}]",
    "[{\"a\":1}]",
    "[{\"a\":1},\"x\"]",
    "{\"a\":{\"b\":[1]}}",
    "[true]",
    "[\"\\u006eone\"]",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"\xff\xc3\"",
    "\"\\u006eone\"",
    "\"\\u002d\"",
    "\"a\\\"b\\n\"",
    "\"x\"",
    "\"alice\"",
    "\"a@b.example\"",
    "\"@b\"",
    "\"a@\"",
    "\"true\"",
    "\"false\"",
    "\"TRUE\"",
    "\"IAMUser\"",
    "\"AssumedRole\"",
    "\"FederatedUser\"",
    "\"IdentityCenterUser\"",
    "\"AWSService\"",
    "\"Root\"",
    "\"AWSAccount\"",
    "\"SAMLUser\"",
    "\"Directory\"",
    "\"ConsoleLogin\"",
    "\"UserAuthentication\"",
    "\"CreateUser\"",
    "\"AssumeRole\"",
    "\"RunInstances\"",
    "\"SendCommand\"",
    "\"GetObject\"",
    "\"AuthorizeSecurityGroupIngress\"",
    "\"DeleteAlarms\"",
    "\"DeleteNetworkAclEntry\"",
    "\"AddPermission20150331v2\"",
    "\"PutBucketReplication\"",
    "\"iam.amazonaws.com\"",
    "\"sts.amazonaws.com\"",
    "\"ec2.amazonaws.com\"",
    "\"s3.amazonaws.com\"",
    "\"ssm.amazonaws.com\"",
    "\"kms.amazonaws.com\"",
    "\"lambda.amazonaws.com\"",
    "\"rds.amazonaws.com\"",
    "\"monitoring.amazonaws.com\"",
    "\"cloudtrail.amazonaws.com\"",
    "\"signin.amazonaws.com\"",
    "\".amazonaws.com\"",
    "\"ecs.example.org\"",
    "\"arn:aws:sts::111122223333:assumed-role/role/session\"",
    "\"arn:aws:sts::111122223333:assumed-role/role/a@b.example\"",
    "\"arn:aws:sts::1:x/\"",
    "\"x:sts:y/z\"",
    "\"arn:aws:iam::111122223333:user/alice\"",
    "\"arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS\"",
    "\"arn:aws:iam::1:role/aws-service-role/x\"",
    "\"arn:aws:s3:::bucket\"",
    "\"arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0\"",
    "\"192.0.2.7\"",
    "\"2001:db8::1\"",
    "\"AWS Internal\"",
    "\"TLSv1.3\"",
    "\"tlsVersion\"",
    "\"v\"",
    "\"1.2\"",
    "\"Success\"",
    "\"FAILURE\"",
    "\"No\"",
    "\"Yes\"",
    "\"2026-03-01T09:00:00Z\"",
    "\"2026-03-01T09:00:00.123456+02:00\"",
    "\"20260301T090000Z\"",
    "\"2026-03-01\"",
    "\"yesterday\"",
    "\"i-0123456789abcdef0\"",
    "\"111122223333\"",
    "\"aws-cli/2.14.5\"",
    "\"HIDDEN_DUE_TO_SECURITY_REASONS\"",
    "[{\"ARN\":\"arn:aws:s3:::b\",\"accountId\":\"1\",\"type\":\"t\"}]",
    "[{\"ARN\":\"b\"},{\"arn\":\"a\",\"account_id\":5},{\"type\":[\"t\",\"u\"]},\"x\",null]",
    "[{\"ARN\":7}]",
    "{\"items\":[{\"instanceId\":\"i-0123456789\"},{\"instanceId\":5}]}",
    ("{\"items\":[{\"groupId\":\"sg-1\",\"networkInterfaceSet\":{\"items\":[{\"groupSet\":{"
     "\"items\":[7]}}]}}]}"),
    "{\"items\":[5]}",
    "{\"items\":{\"a\":1}}",
    "[{\"values\":[\"*\"]},{\"values\":\"i-1\"}]",
};

/* Names of members that some step looks for: parts of the scanner's paths, and of the entity
 * table's. */
static const char *const random_names[] = {
#define TH_ENTITY(set, service, event, how, path, members) path,
#include "targets.def"
#undef TH_ENTITY
    "requestParameters.instanceIds",
    "requestParameters.targets",
    "responseElements.ConsoleLogin",
    "arn",
    "account_id",
    "ARN",
    "accountId",
    "type",
    "items",
    "instanceId",
    "values",
    "networkInterfaceSet",
    "groupSet",
    "referencedGroupInfo",
    "iamInstanceProfile",
    "requestParameters.computerName",
    "responseElements.group.groupId",
    "networkInterfaceId",
    "digestStartTime",
    "newestEventTime",
    "publicKeyFingerprint",
    "previousDigestHashValue",
};

static struct th_str random_quoted(struct random_state *s, const char *name, size_t n)
{
    struct th_buf text = TH_BUF_INIT;
    th_buf_putc(&text, '"');
    if (n > 0 && random_below(s, 12) == 0) {
        th_buf_printf(&text, "\\u%04x", (unsigned)(unsigned char)name[0]);
        name++;
        n--;
    }
    th_buf_add(&text, name, n);
    th_buf_putc(&text, '"');
    struct th_str copy = th_arena_dup(s->arena, th_buf_str(&text));
    th_buf_fini(&text);
    return copy;
}

static const char *random_path(struct random_state *s)
{
    uint32_t at = random_below(s, TH_SLOT_COUNT + TH_COUNT(random_names));
    return at < TH_SLOT_COUNT ? th_slot_path((enum th_slot)at) : random_names[at - TH_SLOT_COUNT];
}

/* One part of one of the known paths, quoted. */
static struct th_str random_key(struct random_state *s)
{
    const char *part = random_path(s);
    for (;;) {
        size_t n = strcspn(part, ".");
        if (part[n] == '\0' || random_below(s, 3) == 0)
            return random_quoted(s, part, n);
        part += n + 1;
    }
}

static struct random_node *random_copy(struct random_state *s, const struct random_node *node)
{
    struct random_node *copy = th_arena_calloc(s->arena, 1, sizeof *copy);
    struct random_node **end = &copy->first;
    *copy = *node;
    copy->next = copy->first = NULL;
    for (const struct random_node *child = node->first; child != NULL; child = child->next) {
        *end = random_copy(s, child);
        end = &(*end)->next;
    }
    return copy;
}

static struct random_node *random_value(struct random_state *s)
{
    struct random_node *node;
    if (s->n > 0 && random_below(s, 5) == 0) {
        /* A copy of something that stands elsewhere. */
        return random_copy(s, s->nodes[random_below(s, s->n)]);
    }
    if (random_below(s, 400) == 0) {
        char *big = th_arena_alloc(s->arena, 40002);
        memset(big, random_below(s, 2) == 0 ? '7' : 'x', 40002);
        node = th_arena_calloc(s->arena, 1, sizeof *node);
        node->type = big[1] == '7' ? TH_JSON_NUMBER : TH_JSON_STRING;
        if (node->type == TH_JSON_STRING)
            big[0] = big[40001] = '"';
        node->text = (struct th_str){big, 40002};
        return node;
    }
    return random_parse(s, th_str_of(random_values[random_below(s, TH_COUNT(random_values))]));
}

static void random_replace(struct random_node *old, const struct random_node *by)
{
    struct random_node *next = old->next;
    struct th_str key = old->key;
    *old = *by;
    old->next = next;
    old->key = key;
}

static void random_remove(struct random_node *parent, const struct random_node *child)
{
    for (struct random_node **at = &parent->first; *at != NULL; at = &(*at)->next)
        if (*at == child) {
            *at = child->next;
            return;
        }
}

/* A new member or element somewhere in a container. */
static void random_insert(struct random_state *s, struct random_node *parent, struct th_str key)
{
    struct random_node *child = random_value(s);
    struct random_node **at = &parent->first;
    while (*at != NULL && random_below(s, 3) != 0)
        at = &(*at)->next;
    child->key = key;
    child->next = *at;
    *at = child;
}

/* The object at all but the last part of a known path, made when it isn't there, gets that last
 * part. */
static void random_put(struct random_state *s, struct random_node *root)
{
    const char *path = random_path(s);
    struct random_node *object = root;
    while (strchr(path, '.') != NULL) {
        size_t n = strcspn(path, ".");
        struct random_node *child = object->first;
        while (child != NULL && !(child->key.n == n + 2 && memcmp(child->key.p + 1, path, n) == 0))
            child = child->next;
        if (child == NULL || child->type != TH_JSON_OBJECT) {
            child = th_arena_calloc(s->arena, 1, sizeof *child);
            child->type = TH_JSON_OBJECT;
            child->key = random_quoted(s, path, n);
            child->next = object->first;
            object->first = child;
        }
        object = child;
        path += n + 1;
    }
    if (path[0] != '\0')
        random_insert(s, object, random_quoted(s, path, strlen(path)));
}

static void random_edit(struct random_state *s, struct random_node *root)
{
    s->n = 0;
    random_list(s, root, NULL);
    uint32_t at = random_below(s, s->n);
    struct random_node *node = s->nodes[at];
    struct random_node *parent = s->parents[at];
    struct random_node *inner;
    bool container = node->type == TH_JSON_OBJECT || node->type == TH_JSON_ARRAY;
    uint32_t what = random_below(s, 10);
    if (what >= 8 || parent == NULL) {
        random_put(s, root);
        return;
    }
    switch (what) {
    case 0:
    case 1:
    case 2:
        random_replace(node, random_value(s));
        break;
    case 3:
        random_remove(parent, node);
        break;
    case 4: /* the same key again */
        random_insert(s, parent, node->key);
        break;
    case 5:
        if (parent->type == TH_JSON_OBJECT)
            node->key = random_key(s);
        break;
    case 6: /* inside a list or an object */
        inner = th_arena_calloc(s->arena, 1, sizeof *inner);
        *inner = *node;
        inner->next = NULL;
        node->type = random_below(s, 2) == 0 ? TH_JSON_ARRAY : TH_JSON_OBJECT;
        node->first = inner;
        inner->key = random_key(s);
        break;
    case 7:
        if (container)
            random_insert(s, node, random_key(s));
        break;
    }
}

/* Append one odd relative of a record; false when the record can't be read. The arena is reset. */
static bool random_record(struct random_state *s, struct th_str record, struct th_buf *out)
{
    th_arena_reset(s->arena);
    struct random_node *root = random_parse(s, record);
    if (root == NULL || root->type != TH_JSON_OBJECT)
        return false;
    for (uint32_t edits = 1 + random_below(s, 6); edits > 0; edits--)
        random_edit(s, root);
    random_print(root, out);
    return true;
}

#endif
