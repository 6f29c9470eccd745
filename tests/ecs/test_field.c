#include "ecs/field/field.h"

#include "base/buf.h"
#include "base/compiler.h"
#include "ecs/field/category.h"
#include "lib/tap.h"

static struct th_str text_of(const char *text)
{
    return th_str_of(text);
}

static void test_table(void)
{
    bool named = true;
    bool unique = true;
    bool widths = true;
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        named = named && info->name[0] != '\0' && info->doc[0] != '\0';
        widths = widths && info->width_cols > 0;
        for (int j = 0; j < i; j++)
            unique = unique && strcmp(info->name, th_field_info((enum th_field)j)->name) != 0;
    }
    tap_ok(named, "every field has a name and a line of doc");
    tap_ok(unique, "names are unique");
    tap_ok(widths, "every field has a width");

    int orphans = 0;
    int strangers = 0;
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        if (info->store != TH_STORE_OF) {
            strangers += info->parent != TH_FIELD_NONE;
            continue;
        }
        if (info->parent == TH_FIELD_NONE ||
            strcmp(th_field_info(info->parent)->name, info->source) != 0 ||
            th_field_info(info->parent)->store != TH_STORE_TERM) {
            orphans++;
            tap_note("no parent for %s", info->name);
        }
    }
    tap_is_int(orphans, 0, "every OF row has its parent, a TERM");
    tap_is_int(strangers, 0, "no other row has a parent");
    tap_is_str(th_field_info(TH_F_SOURCE_IP)->name, "source.ip", "rows lie at their id");
    tap_is_int(th_field_info(TH_F_SOURCE_IP)->parent, TH_F_SOURCE_ADDRESS, "source.ip's parent");

    tap_ok(th_field_is_column(TH_F_EVENT_ID) && th_field_is_column(TH_F_TIMESTAMP) &&
               th_field_is_column(TH_F_READ_ONLY) && th_field_is_column(TH_F_RESOURCES_ARN),
           "ID, TIME, BOOL and LIST are columns");
    tap_ok(!th_field_is_column(TH_F_SOURCE_IP) && !th_field_is_column(TH_F_ECS_VERSION) &&
               !th_field_is_column(TH_F_RELATED_USER),
           "OF, CONST and EVIDENCE are none");
    tap_ok(th_field_is_coded(TH_F_SOURCE_IP) && th_field_is_coded(TH_F_RESOURCES_ARN) &&
               th_field_is_coded(TH_F_USER_NAME) && !th_field_is_coded(TH_F_EVENT_ID) &&
               !th_field_is_coded(TH_F_READ_ONLY),
           "TERM, LIST and OF have codes");
}

/* One name: the field it means (TH_FIELD_NONE: unknown), twin and path. */
static void resolves(const char *name, enum th_field field, bool twin, const char *path)
{
    struct th_field_ref ref = {TH_FIELD_NONE, false, TH_STR_NONE};
    bool known = th_field_resolve(text_of(name), &ref);
    bool good = known == (field != TH_FIELD_NONE);
    if (known && good)
        good = ref.field == field && ref.text_twin == twin &&
               (path == NULL ? ref.path.p == NULL : th_str_is(ref.path, path));
    tap_ok(good, "resolve %s", name);
}

static void test_resolve(void)
{
    resolves("event.action", TH_F_EVENT_ACTION, false, NULL);
    resolves("@timestamp", TH_F_TIMESTAMP, false, NULL);
    resolves("action", TH_F_EVENT_ACTION, false, NULL);
    resolves("ip", TH_F_SOURCE_IP, false, NULL);
    resolves("eventName", TH_F_EVENT_ACTION, false, NULL);
    resolves("userIdentity.arn", TH_F_USER_IDENTITY_ARN, false, NULL);
    resolves("userIdentity.userName", TH_F_USER_NAME, false, NULL);
    resolves("userIdentity.sessionContext.sessionIssuer.arn", TH_F_SESSION_ISSUER_ARN, false, NULL);
    resolves("tlsDetails.cipherSuite", TH_F_TLS_CIPHER, false, NULL);
    resolves("requestParameters.bucketName", TH_F_FLATTENED_REQUEST_PARAMETERS, false,
             "bucketName");
    resolves("requestParameters.userName", TH_F_FLATTENED_REQUEST_PARAMETERS, false, "userName");
    resolves("responseElements.user.userId", TH_F_FLATTENED_RESPONSE_ELEMENTS, false,
             "user.userId");
    resolves("additionalEventData.MFAUsed", TH_F_FLATTENED_ADDITIONAL_EVENTDATA, false, "MFAUsed");
    resolves("serviceEventDetails.snapshotId", TH_F_FLATTENED_SERVICE_EVENT_DETAILS, false,
             "snapshotId");
    resolves("insightDetails.state", TH_F_FLATTENED_INSIGHT_DETAILS, false, "state");
    resolves("requestParameters", TH_F_REQUEST_PARAMETERS, false, NULL);
    resolves("insightDetails", TH_F_FLATTENED_INSIGHT_DETAILS, false, NULL);
    resolves("aws.cloudtrail.request_parameters", TH_F_REQUEST_PARAMETERS, false, NULL);
    resolves("aws.cloudtrail.request_parameters.text", TH_F_REQUEST_PARAMETERS, true, NULL);
    resolves("user_agent.original.text", TH_F_USER_AGENT_ORIGINAL, true, NULL);
    resolves("agent.text", TH_F_USER_AGENT_ORIGINAL, true, NULL);
    resolves("aws.cloudtrail.flattened.request_parameters", TH_F_FLATTENED_REQUEST_PARAMETERS,
             false, NULL);
    resolves("aws.cloudtrail.flattened.request_parameters.a.b.text",
             TH_F_FLATTENED_REQUEST_PARAMETERS, false, "a.b.text");
    resolves("aws.cloudtrail.flattened.digest.s3_bucket", TH_F_FLATTENED_DIGEST, false,
             "s3_bucket");
    resolves("error.message", TH_F_ERROR_MESSAGE_PIPELINE, false, NULL);
    resolves("trailhound.verb", TH_F_OWN_VERB, false, NULL);

    resolves("", TH_FIELD_NONE, false, NULL);
    resolves(".text", TH_FIELD_NONE, false, NULL);
    resolves("Event.action", TH_FIELD_NONE, false, NULL);
    resolves("event.actio", TH_FIELD_NONE, false, NULL);
    resolves("event.action.text", TH_FIELD_NONE, false, NULL);
    resolves("event.action.x", TH_FIELD_NONE, false, NULL);
    resolves("requestParameters.", TH_FIELD_NONE, false, NULL);
    resolves("requestParametersX", TH_FIELD_NONE, false, NULL);
    resolves("requestParametersX.y", TH_FIELD_NONE, false, NULL);
    resolves("event.actionX", TH_FIELD_NONE, false, NULL);
    resolves("aws.cloudtrail.flattened.request_parameters.", TH_FIELD_NONE, false, NULL);
    resolves("userIdentity", TH_FIELD_NONE, false, NULL);

    struct th_field_ref ref;
    tap_ok(!th_field_resolve(TH_STR_NONE, &ref), "an absent name is unknown");
    /* Names are slices: what stands behind one doesn't count. */
    tap_ok(th_field_resolve((struct th_str){"event.action: x", 12}, &ref) &&
               ref.field == TH_F_EVENT_ACTION,
           "a slice of a longer text resolves");
}

static bool has_name(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void test_suggest(void)
{
    const char *names[40];
    int n = th_field_suggest(TH_STR("event.acton"), names, 3);
    tap_ok(n > 0 && strcmp(names[0], "event.action") == 0, "a missing letter");
    n = th_field_suggest(TH_STR("eventname"), names, 3);
    tap_ok(n > 0 && strcmp(names[0], "eventName") == 0, "wrong case of CloudTrail's own name");
    n = th_field_suggest(TH_STR("error_code"), names, 3);
    tap_ok(has_name(names, n, "aws.cloudtrail.error_code"), "the last part alone");
    n = th_field_suggest(TH_STR("souce.ip"), names, 5);
    tap_ok(n > 0 && strcmp(names[0], "source.ip") == 0, "nearest first");
    tap_is_int(th_field_suggest(TH_STR("type"), names, 2), 2, "never more than asked for");
    tap_is_str(names[0], "type", "what is equal comes first");
    tap_is_int(th_field_suggest(TH_STR("qqqqqqqqqqqqqqqqqqqq"), names, 5), 0, "nothing is near");
    tap_is_int(th_field_suggest(TH_STR(""), names, 5), 0, "nothing for nothing");
    tap_is_int(th_field_suggest(TH_STR("source.ip"), names, 0), 0, "no room, no names");
    n = th_field_suggest(TH_STR("user.name"), names, 40);
    tap_ok(n > 0 && n <= 40 && strcmp(names[0], "user.name") == 0, "room for many");
}

struct names {
    const char *name[400];
    enum th_field field[400];
    int n;
    int stop_after;
};

static bool collect(void *ctx, const char *name, enum th_field field)
{
    struct names *names = ctx;
    names->name[names->n] = name;
    names->field[names->n++] = field;
    return names->n != names->stop_after;
}

static void test_complete(void)
{
    static struct names all;
    th_field_complete(TH_STR(""), collect, &all);
    tap_ok(all.n > TH_FIELD_COUNT, "an empty prefix gives everything");
    int wrong = 0;
    int twice = 0;
    for (int i = 0; i < all.n; i++) {
        struct th_field_ref ref;
        if (!th_field_resolve(text_of(all.name[i]), &ref) || ref.field != all.field[i]) {
            wrong++;
            tap_note("completion %s means something else", all.name[i]);
        }
        for (int j = 0; j < i; j++)
            twice += strcmp(all.name[i], all.name[j]) == 0;
    }
    tap_is_int(wrong, 0, "every completion resolves to its field");
    tap_is_int(twice, 0, "no completion comes twice");

    static struct names some;
    th_field_complete(TH_STR("user.n"), collect, &some);
    tap_ok(some.n == 1 && strcmp(some.name[0], "user.name") == 0, "user.n");
    some.n = 0;
    th_field_complete(TH_STR("a"), collect, &some);
    tap_ok(some.n > 3 && some.name[0][0] == 'a' && has_name(some.name, some.n, "action") &&
               has_name(some.name, some.n, "awsRegion"),
           "fields, aliases and CloudTrail's names");
    some.n = 0;
    some.stop_after = 2;
    th_field_complete(TH_STR("a"), collect, &some);
    tap_is_int(some.n, 2, "the visitor may stop");
    some.n = some.stop_after = 0;
    th_field_complete(TH_STR("zz"), collect, &some);
    tap_is_int(some.n, 0, "no completion");
}

static void test_matches(void)
{
    static const struct {
        const char *name, *pattern;
        bool match;
    } cases[] = {
        {"event.action", "event.action", true},
        {"event.action", "event.*", true},
        {"event.action", "*", true},
        {"event.action", "*action", true},
        {"event.action", "e*t.a*n", true},
        {"event.action", "**", true},
        {"event.action", "event.actio", false},
        {"event.action", "event.actions", false},
        {"event.action", "event.action*", true},
        {"event.action", "", false},
        {"event.action", "*x*", false},
        {"aabab", "a*ab", true},
        {"aabab", "a*abb", false},
        {"", "*", true},
        {"", "", true},
        {"abc", "*c*b*", false},
    };
    for (size_t i = 0; i < TH_COUNT(cases); i++)
        tap_ok(th_field_name_matches(cases[i].name, text_of(cases[i].pattern)) == cases[i].match,
               "\"%s\" %s \"%s\"", cases[i].pattern, cases[i].match ? "matches" : "doesn't match",
               cases[i].name);
}

static void derives(enum th_field field, struct th_str parent, const char *want, const char *name)
{
    struct th_buf out = TH_BUF_INIT;
    bool any = th_field_derive(field, parent, NULL, &out);
    if (want == NULL)
        tap_ok(!any && out.n == 0, "%s", name);
    else
        tap_ok(any && strcmp(th_buf_cstr(&out), want) == 0, "%s", name);
    th_buf_fini(&out);
}

static void test_derive(void)
{
    derives(TH_F_EVENT_CATEGORY, TH_STR("CreateUser"), "[\"iam\"]", "category of CreateUser");
    derives(TH_F_EVENT_TYPE, TH_STR("CreateUser"), "[\"user\",\"creation\"]", "its types");
    derives(TH_F_EVENT_CATEGORY, TH_STR("ConsoleLogin"), "[\"authentication\"]", "a sign-in");
    derives(TH_F_EVENT_TYPE, TH_STR("ConsoleLogin"), "[\"info\"]", "one type");
    derives(TH_F_EVENT_TYPE, TH_STR("DeleteObject"), "[\"deletion\"]", "DeleteObject");
    derives(TH_F_EVENT_CATEGORY, TH_STR("RunInstances"), NULL, "no category outside the table");
    derives(TH_F_EVENT_TYPE, TH_STR("RunInstances"), "[\"info\"]", "type info outside the table");
    derives(TH_F_EVENT_TYPE, TH_STR_NONE, "[\"info\"]", "type info without an action");
    derives(TH_F_EVENT_CATEGORY, TH_STR_NONE, NULL, "no category without an action");
    derives(TH_F_EVENT_CATEGORY, TH_STR("createuser"), NULL, "case counts");
    derives(TH_F_EVENT_CATEGORY, TH_STR("AddUserToGroup"), "[\"iam\"]", "first row");
    derives(TH_F_EVENT_CATEGORY, TH_STR("UpdateUser"), "[\"iam\"]", "last row");
    derives(TH_F_CLOUD_SERVICE_NAME, TH_STR("iam.amazonaws.com"), "iam", "service name");
    derives(TH_F_CLOUD_SERVICE_NAME, TH_STR("example.com"), NULL, "no AWS service");
    derives(TH_F_CLOUD_SERVICE_NAME, TH_STR(".amazonaws.com"), NULL, "nothing before the domain");
    derives(TH_F_SOURCE_IP, TH_STR("203.0.113.9"), "203.0.113.9", "an IPv4 address");
    derives(TH_F_SOURCE_IP, TH_STR("2001:DB8::1"), "2001:DB8::1", "an IPv6 address, as given");
    derives(TH_F_SOURCE_IP, TH_STR("ec2.amazonaws.com"), NULL, "no address");
    derives(TH_F_SOURCE_IP, TH_STR_NONE, NULL, "no parent");
    derives(TH_F_USER_AGENT_NAME, TH_STR("aws-cli/2.0"), NULL, "no expressions are loaded");
    derives(TH_F_SOURCE_GEO_CITY_NAME, TH_STR("203.0.113.9"), NULL, "no geo data");

    size_t n;
    const struct th_category *rows = th_categories(&n);
    bool sorted = true;
    for (size_t i = 1; i < n; i++)
        sorted = sorted && strcmp(rows[i - 1].action, rows[i].action) < 0;
    tap_ok(sorted, "categories.def is sorted and unique");
    bool found = n > 80;
    for (size_t i = 0; i < n; i++)
        found = found && th_category_of(text_of(rows[i].action)) == &rows[i];
    tap_ok(found, "every row of it is found");
}

int main(void)
{
    test_table();
    test_resolve();
    test_suggest();
    test_complete();
    test_matches();
    test_derive();
    return tap_done();
}
