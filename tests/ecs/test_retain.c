/* Every retain setting with every set of tags, over an API call, a digest with an Insight in it and
 * a record that fails a step: what each setting keeps and takes away, told here as rules and not as
 * documents.
 *
 * strings     all, keyword, minimal       request_parameters and its three siblings as text
 * flattened   all, flattened              the four as objects; minimal keeps what rules ask for
 * always                                  digest, insight_details, web identity attributes
 * from tags   preserve_original_event     event.original; an error sets the tag itself
 *             actor_target_mapping        related.entity, actor, target and the typed lists
 *             all others                  nothing but themselves
 * Everything else of a document is the same under every setting. */
#include "ecs/doc_case.h"

static const char call[] =
    "{\"eventTime\":\"2026-03-01T09:00:00Z\",\"eventSource\":\"iam.amazonaws.com\","
    "\"eventName\":\"CreateUser\",\"userIdentity\":{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::1:"
    "user/a\",\"userName\":\"a\"},\"requestParameters\":{\"userName\":\"bob\",\"groupName\":\"g\","
    "\"cidrIp\":\"0.0.0.0/0\",\"dryRun\":false,\"fromPort\":22,\"includeDeprecated\":true,"
    "\"policyArn\":\"p\",\"serialNumber\":\"s\",\"withDecryption\":true,"
    "\"x-amz-server-side-encryption-customer-algorithm\":\"AES256\"},\"responseElements\":{"
    "\"user\":"
    "{\"userId\":\"AIDA1\"}},\"additionalEventData\":{\"SSEApplied\":\"x\",\"other\":1},"
    "\"serviceEventDetails\":{\"sourceIpAddress\":\"192.0.2.7\"}}";
static const char digest[] =
    "{\"digestStartTime\":\"2026-03-01T08:00:00Z\",\"digestEndTime\":\"2026-03-01T09:00:00Z\","
    "\"digestS3Bucket\":\"b\",\"logFiles\":[{\"s3Bucket\":\"b\"}],\"insightDetails\":{\"state\":"
    "\"Start\"}}";
static const char failing[] = "{\"eventTime\":\"yesterday\",\"eventSource\":\"iam.amazonaws.com\","
                              "\"eventName\":\"ListUsers\","
                              "\"requestParameters\":{\"policyArn\":\"p\",\"x\":1}}";

static const struct {
    enum th_retain retain;
    const char *name;
    bool strings, flattened, minimal;
} settings[] = {
    {TH_RETAIN_ALL, "all", true, true, false},
    {TH_RETAIN_KEYWORD, "keyword", true, false, false},
    {TH_RETAIN_FLATTENED, "flattened", false, true, false},
    {TH_RETAIN_MINIMAL, "minimal", true, true, true},
    {TH_RETAIN_NONE, "none", false, false, false},
};

static const char *const all_tags[] = {"preserve_original_event", "actor_target_mapping",
                                       "forwarded", "aws-cloudtrail", "a tag of one's own"};
enum { TAGS = sizeof all_tags / sizeof all_tags[0] };

static const char *const containers[] = {"request_parameters", "response_elements",
                                         "additional_eventdata", "service_event_details"};
static const char *const entities[] = {"related.entity", "actor",  "target",
                                       "user.entity",    "entity", "user.target.entity"};
enum { CONTAINERS = 4, ENTITIES = 6 };

static json_t *at(json_t *node, const char *path)
{
    char name[100];
    const char *dot;
    while ((dot = strchr(path, '.')) != NULL) {
        snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
        node = json_object_get(node, name);
        path = dot + 1;
    }
    return json_object_get(node, path);
}

/* What is expected of flattened.request_parameters and its siblings under minimal. */
static bool is_minimal(json_t *flattened)
{
    json_t *request = json_object_get(flattened, "request_parameters");
    json_t *further = json_object_get(flattened, "additional_eventdata");
    return json_object_size(flattened) == 2 && json_object_size(request) == 8 &&
           json_object_get(request, "userName") == NULL &&
           json_object_get(request, "groupName") == NULL && json_object_size(further) == 1 &&
           json_object_get(further, "SSEApplied") != NULL;
}

struct found {
    const char *name; /* of the setting */
    json_t *document;
    int wrong;
};

static void expect(struct found *f, bool good, const char *what)
{
    if (good)
        return;
    if (f->wrong++ > 0)
        return;
    char *text = json_dumps(f->document, JSON_SORT_KEYS);
    tap_note("retain %s: %s, in %s", f->name, what, text);
    free(text);
}

static bool has_tag(json_t *document, const char *tag)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(document, "tags"), i, item)
    {
        if (strcmp(json_string_value(item), tag) == 0)
            return true;
    }
    return false;
}

/* What retain and tags made, checked and taken out of a document: what remains is compared with
 * what remains of the document of all settings. */
static void check_tags(struct found *f, const char *record, const struct th_doc_options *options)
{
    json_t *document = f->document;
    bool failed = at(document, "error.message") != NULL;
    bool kept = false;
    for (size_t i = 0; i < options->tags_n; i++) {
        json_t *tag = json_array_get(json_object_get(document, "tags"), i);
        expect(f, tag != NULL && strcmp(json_string_value(tag), options->tags[i]) == 0,
               "tags in their order");
        kept = kept || strcmp(options->tags[i], "preserve_original_event") == 0;
    }
    size_t added = failed && !kept;
    expect(f, json_array_size(json_object_get(document, "tags")) == options->tags_n + added,
           "no other tags");
    expect(f, !added || has_tag(document, "preserve_original_event"),
           "an error asks for the record");
    json_t *original = at(document, "event.original");
    expect(f, (original != NULL) == (kept || failed), "event.original by its tag");
    expect(f, original == NULL || strcmp(json_string_value(original), record) == 0,
           "event.original is the record");
    json_object_del(document, "tags");
    case_remove(document, "event.original");
}

static void check_entities(struct found *f, bool mapped, bool any)
{
    for (size_t i = 0; i < ENTITIES; i++) {
        bool there = at(f->document, entities[i]) != NULL;
        expect(f, !there || mapped, "no entities without their tag");
    }
    expect(f, (at(f->document, "related.entity") != NULL) == (mapped && any), "related.entity");
    for (size_t i = 0; i < ENTITIES; i++)
        case_remove(f->document, entities[i]);
    if (json_object_size(json_object_get(f->document, "related")) == 0)
        json_object_del(f->document, "related");
}

static void check_containers(struct found *f, size_t setting, const char *record)
{
    json_t *cloudtrail = at(f->document, "aws.cloudtrail");
    json_t *flattened = json_object_get(cloudtrail, "flattened");
    bool is_call = record == call;
    if (record == digest)
        expect(f,
               at(flattened, "digest.s3_bucket") != NULL &&
                   at(flattened, "digest.log_files") != NULL &&
                   at(flattened, "insight_details.state") != NULL,
               "digest and insight are always there");
    for (size_t i = 0; i < CONTAINERS; i++) {
        bool has = is_call || (record == failing && i == 0);
        json_t *text = json_object_get(cloudtrail, containers[i]);
        expect(f, (text != NULL) == (has && settings[setting].strings), containers[i]);
        json_t *whole = json_object_get(flattened, containers[i]);
        if (!settings[setting].minimal)
            expect(f, (whole != NULL) == (has && settings[setting].flattened), "flattened copies");
        json_object_del(cloudtrail, containers[i]);
    }
    if (settings[setting].minimal && is_call)
        expect(f, is_minimal(flattened), "what minimal leaves");
    if (settings[setting].minimal && record == failing)
        expect(f, json_object_size(json_object_get(flattened, "request_parameters")) == 1,
               "what minimal leaves");
    for (size_t i = 0; i < CONTAINERS; i++)
        json_object_del(flattened, containers[i]);
    if (json_object_size(flattened) == 0)
        json_object_del(cloudtrail, "flattened");
    if (json_object_size(cloudtrail) == 0)
        json_object_del(f->document, "aws");
}

static void check(const char *name, const char *record, bool entities_too)
{
    json_t *rest = NULL;
    int wrong = 0;
    int documents = 0;
    for (size_t s = 0; s < sizeof settings / sizeof settings[0]; s++)
        for (unsigned set = 0; set < 1u << TAGS; set++) {
            const char *tags[TAGS];
            struct th_doc_options options = {
                .retain = settings[s].retain, .tags = tags, .agent_text = TH_STR(CASE_TIME)};
            for (unsigned i = 0; i < TAGS; i++)
                if ((set & 1u << i) != 0)
                    tags[options.tags_n++] = all_tags[i];
            struct found f = {settings[s].name, case_document(th_str_of(record), &options), 0};
            check_tags(&f, record, &options);
            check_entities(&f, (set & 2u) != 0, entities_too);
            check_containers(&f, s, record);
            if (rest == NULL)
                rest = json_incref(f.document);
            expect(&f, json_equal(rest, f.document), "the rest is the same");
            documents++;
            wrong += f.wrong;
            json_decref(f.document);
        }
    tap_is_int(wrong, 0, name);
    tap_is_int(documents, (int)(sizeof settings / sizeof settings[0]) << TAGS, "all combinations");
    tap_ok(record != call ||
               (at(rest, "user.target.name") != NULL && at(rest, "group.name") != NULL &&
                at(rest, "user.target.id") != NULL && at(rest, "related.user") != NULL &&
                at(rest, "related.ip") != NULL),
           "what comes from the record itself is always there");
    json_decref(rest);
}

int main(void)
{
    check("an API call under every setting and set of tags", call, true);
    check("a digest", digest, false);
    check("a record that fails a step", failing, true);
    return tap_done();
}
