/* The scanner: by examples, and against jansson on real records and on what a seeded generator
 * makes of them. */
#include "ecs/columns/record.h"

#include "base/compiler.h"
#include "lib/tap.h"

static th_scanner *scanner;
static struct th_record record;

static enum th_json_status scan(const char *text)
{
    struct th_json_cursor c;
    th_json_init(&c, th_str_of(text));
    return th_record_scan(scanner, &c, &record);
}

/* A slot after a scan: its text as it stands in the record, NULL for absent. */
static void has(enum th_slot slot, const char *want, const char *name)
{
    const struct th_json_value *value = &record.v[slot];
    if (want == NULL)
        tap_ok(value->type == TH_JSON_ABSENT, "%s", name);
    else
        tap_is_mem(value->text.p, value->type == TH_JSON_ABSENT ? 0 : value->text.n, want,
                   strlen(want), name);
}

static void test_slots(void)
{
    tap_is_int(scan("{\"eventName\":\"A\",\"userIdentity\":{\"type\":\"Root\",\"arn\":\"x\"},"
                    "\"requestParameters\":{\"userName\":\"u\",\"n\":[1,2]},\"readOnly\":true}"),
               TH_JSON_OK, "a record");
    has(TH_S_EVENT_ACTION, "A", "eventName");
    has(TH_S_USER_IDENTITY_TYPE, "Root", "userIdentity.type");
    has(TH_S_USER_IDENTITY_ARN, "x", "userIdentity.arn");
    has(TH_S_USER_TARGET_NAME, "u", "requestParameters.userName");
    has(TH_S_REQUEST, "{\"userName\":\"u\",\"n\":[1,2]}",
        "an object that is walked is kept as well");
    has(TH_S_REQUEST_PARAMETERS, "{\"userName\":\"u\",\"n\":[1,2]}", "in all slots of its path");
    has(TH_S_FLATTENED_REQUEST_PARAMETERS, "{\"userName\":\"u\",\"n\":[1,2]}", "and the third");
    has(TH_S_READ_ONLY, "true", "readOnly");
    tap_is_int(record.v[TH_S_READ_ONLY].type, TH_JSON_TRUE, "its type");
    has(TH_S_ERROR_CODE, NULL, "what isn't there is absent");
    has(TH_S_SOURCE_IP, NULL, "a field without a path has no value");
    tap_is_str(th_slot_path(TH_S_SOURCE_IP), "", "and no path");
    tap_is_str(th_slot_path(TH_S_LOGIN_TO), "additionalEventData.LoginTo", "paths have names");

    scan("{\"eventName\":\"B\"}");
    has(TH_S_EVENT_ACTION, "B", "the next record");
    has(TH_S_REQUEST, NULL, "nothing is left of the one before");

    scan("{}");
    has(TH_S_EVENT_ACTION, NULL, "an empty object is a record");
    tap_is_mem(record.raw.p, record.raw.n, "{}", 2, "raw");

    scan(" \n{ \"userIdentity\" :\t{ \"sessionContext\" : { \"attributes\" : { "
         "\"mfaAuthenticated\" : \"true\" } } } , \"x\" : [ ] , \"eventID\" : \"1\" }  ");
    has(TH_S_MFA_AUTHENTICATED, "true", "white space everywhere");
    has(TH_S_EVENT_ID, "1", "and behind what is skipped");
    has(TH_S_SESSION_ATTRIBUTES, "{ \"mfaAuthenticated\" : \"true\" }", "objects with theirs");
    tap_ok(record.raw.n > 2 && record.raw.p[0] == '{' && record.raw.p[record.raw.n - 1] == '}',
           "raw without the white space around");

    scan("{\"eventName\":12.5e3,\"userIdentity\":\"x\",\"resources\":[{\"ARN\":\"a\"}],"
         "\"requestParameters\":null,\"responseElements\":[],\"errorCode\":\"a\\\"b\"}");
    has(TH_S_EVENT_ACTION, "12.5e3", "a number where a text is usual");
    has(TH_S_IDENTITY, "x", "a text where an object is usual");
    has(TH_S_USER_IDENTITY_TYPE, NULL, "nothing below it");
    has(TH_S_RESOURCES, "[{\"ARN\":\"a\"}]", "arrays are whole");
    tap_is_int(record.v[TH_S_REQUEST].type, TH_JSON_NULL, "null is a value");
    has(TH_S_ERROR_CODE, "a\\\"b", "escapes stay");
    tap_ok(record.v[TH_S_ERROR_CODE].escaped && !record.v[TH_S_IDENTITY].escaped, "and are marked");
}

static void test_keys(void)
{
    scan("{\"event\\u004eame\":\"A\",\"\\u0065ventID\":\"1\",\"eventName2\":\"x\",\"eventNam\":"
         "\"y\"}");
    has(TH_S_EVENT_ACTION, "A", "a key with an escape is the same key");
    has(TH_S_EVENT_ID, "1", "also at its start");
    scan("{\"eventName\\u0000\":\"A\"}");
    has(TH_S_EVENT_ACTION, NULL, "a NUL makes another key");
    scan("{\"EventName\":\"A\",\"\":\"B\",\"event\":{\"Name\":\"C\"},\"eventN\\u00e4me\":1}");
    has(TH_S_EVENT_ACTION, NULL, "other keys are other keys");
    scan("{\"userIdentity.type\":\"Root\"}");
    has(TH_S_USER_IDENTITY_TYPE, NULL, "a dot in a key is no path");
    scan("{\"x\":{\"eventName\":\"A\",\"userIdentity\":{\"type\":\"Root\"}}}");
    has(TH_S_EVENT_ACTION, NULL, "paths start at the top");
    /* The order is learned; another order must give the same. */
    for (int i = 0; i < 3; i++) {
        scan(
            "{\"eventVersion\":\"1\",\"eventTime\":\"t\",\"eventName\":\"A\",\"awsRegion\":\"r\"}");
        has(TH_S_CLOUD_REGION, "r", "learned order");
        scan("{\"awsRegion\":\"r\",\"eventName\":\"A\",\"u\":1,\"eventVersion\":\"1\","
             "\"eventTime\":\"t\"}");
        has(TH_S_TIMESTAMP, "t", "other order");
        scan("{\"eventVersion\":\"1\",\"eventTim\":1,\"eventName\":\"B\",\"awsRegion\":\"r\"}");
        has(TH_S_EVENT_ACTION, "B", "a member missing");
        has(TH_S_TIMESTAMP, NULL, "is missing");
    }
}

static void test_duplicates(void)
{
    scan("{\"eventName\":\"A\",\"eventName\":\"B\"}");
    has(TH_S_EVENT_ACTION, "B", "the last one counts");
    scan("{\"eventName\":\"A\",\"event\\u004eame\":\"B\"}");
    has(TH_S_EVENT_ACTION, "B", "however it is written");
    scan("{\"userIdentity\":{\"type\":\"Root\",\"arn\":\"a\"},\"userIdentity\":{\"arn\":\"b\"}}");
    has(TH_S_USER_IDENTITY_ARN, "b", "an object given twice");
    has(TH_S_USER_IDENTITY_TYPE, NULL, "hides what the first one had");
    scan("{\"userIdentity\":{\"type\":\"Root\"},\"userIdentity\":\"x\"}");
    has(TH_S_USER_IDENTITY_TYPE, NULL, "also when the second is a text");
    scan("{\"userIdentity\":{\"type\":\"Root\"},\"userIdentity\":null}");
    has(TH_S_USER_IDENTITY_TYPE, NULL, "or null");
    scan("{\"userIdentity\":{\"type\":\"Root\"},\"userIdentity\":[1]}");
    has(TH_S_USER_IDENTITY_TYPE, NULL, "or a list");
    has(TH_S_IDENTITY, "[1]", "which is the value");
    scan("{\"userIdentity\":\"x\",\"userIdentity\":{\"type\":\"Root\"}}");
    has(TH_S_USER_IDENTITY_TYPE, "Root", "an object behind a text");
    scan("{\"userIdentity\":{\"sessionContext\":{\"attributes\":{\"mfaAuthenticated\":\"true\"}}},"
         "\"userIdentity\":{\"sessionContext\":{\"sessionIssuer\":{\"arn\":\"a\"}}}}");
    has(TH_S_MFA_AUTHENTICATED, NULL, "deep below");
    has(TH_S_SESSION_ISSUER_ARN, "a", "with the second one's own");
    has(TH_S_SESSION_ATTRIBUTES, NULL, "objects too");
    scan("{\"userIdentity\":{\"sessionContext\":{\"attributes\":{\"mfaAuthenticated\":\"true\"},"
         "\"attributes\":{}}}}");
    has(TH_S_MFA_AUTHENTICATED, NULL, "an empty object hides as well");
    scan("{\"userIdentity\":{\"type\":\"A\"}}");
    scan("{\"userIdentity\":{\"type\":\"A\"}}");
    has(TH_S_USER_IDENTITY_TYPE, "A", "the same object in the next record is no duplicate");
}

static void test_members(void)
{
    const struct th_members *request = &record.members[TH_CONTAINER_REQUEST];
    scan("{\"requestParameters\":{\"a\":\"x\",\"userName\":\"u\",\"o\":{\"z\":1},\"n\":-1,\"a\":"
         "\"y\","
         "\"t\":true,\"l\":[],\"z\":null}}");
    tap_ok(request->complete && request->n == 8, "members of a request are noted");
    tap_ok(th_str_is(request->key[1], "userName") && th_str_is(request->value[1].text, "u"),
           "also those of a path");
    tap_ok(th_str_is(request->value[2].text, "{\"z\":1}") &&
               request->value[2].type == TH_JSON_OBJECT &&
               request->value[3].type == TH_JSON_NUMBER && request->value[5].type == TH_JSON_TRUE &&
               request->value[6].type == TH_JSON_ARRAY && request->value[7].type == TH_JSON_NULL,
           "with their types");
    scan("{\"responseElements\":{\"a\":1},\"responseElements\":{\"b\":1,\"c\":2}}");
    tap_ok(record.members[TH_CONTAINER_RESPONSE].n == 2 &&
               th_str_is(record.members[TH_CONTAINER_RESPONSE].key[0], "b"),
           "those of the last one when there are two");
    scan("{\"requestParameters\":{\"\\u0061\":1}}");
    tap_ok(!request->complete, "a key with an escape leaves it to the text");
    scan("{\"requestParameters\":{\"1\":1,\"2\":1,\"3\":1,\"4\":1,\"5\":1,\"6\":1,\"7\":1,\"8\":1,"
         "\"9\":1,\"10\":1,\"11\":1,\"12\":1,\"13\":1,\"14\":1,\"15\":1,\"16\":1}}");
    tap_ok(request->complete && request->n == TH_MEMBERS_MAX, "as many as there is room for");
    scan("{\"requestParameters\":{\"1\":1,\"2\":1,\"3\":1,\"4\":1,\"5\":1,\"6\":1,\"7\":1,\"8\":1,"
         "\"9\":1,\"10\":1,\"11\":1,\"12\":1,\"13\":1,\"14\":1,\"15\":1,\"16\":1,\"17\":1}}");
    tap_ok(!request->complete, "one more");
}

static void test_kinds(void)
{
    static const struct {
        const char *text;
        bool trail, digest;
    } cases[] = {
        {"{}", false, false},
        {"{\"a\":1}", false, false},
        {"{\"eventName\":\"A\"}", true, false},
        {"{\"eventSource\":\"A\"}", true, false},
        {"{\"eventTime\":\"A\"}", true, false},
        {"{\"userIdentity\":{}}", true, false},
        {"{\"insightDetails\":{}}", true, false},
        {"{\"digestStartTime\":\"x\",\"logFiles\":[]}", true, true},
        {"{\"digestStartTime\":\"x\"}", false, false},
        {"{\"logFiles\":[]}", false, false},
        {"{\"detail\":{\"eventName\":\"A\"}}", false, false},
    };
    for (size_t i = 0; i < TH_COUNT(cases); i++) {
        scan(cases[i].text);
        tap_ok(th_record_is_trail(&record) == cases[i].trail &&
                   th_record_is_digest(&record) == cases[i].digest,
               "what is %s", cases[i].text);
    }
}

static void test_bounds(void)
{
    static const char whole[] = "{\"eventName\":\"A\\u0041\",\"userIdentity\":{\"type\":\"Root\","
                                "\"sessionContext\":{\"x\":[1,"
                                "{\"y\":null}]}},\"requestParameters\":{\"userName\":\"\303\244\"},"
                                "\"readOnly\":false,\"n\":-1.5e+3}";
    int wrong = 0;
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        /* An exact copy, so that a read beyond the end is seen by the sanitizer. */
        char *copy = malloc(n + 1);
        memcpy(copy, whole, n);
        struct th_json_cursor c;
        th_json_init(&c, (struct th_str){copy, n});
        if (th_record_scan(scanner, &c, &record) != TH_JSON_MORE || c.why == NULL) {
            wrong++;
            tap_note("cut after %zu", n);
        }
        free(copy);
    }
    tap_is_int(wrong, 0, "a record cut anywhere wants more");

    static const char *const bad[] = {
        "[]",
        "1",
        "\"x\"",
        "null",
        "}",
        "{,}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"eventName\":\"A\",}",
        "{\"eventName\" \"A\"}",
        "{\"eventName\":A}",
        "{\"eventName\":\"A\"]",
        "{\"eventName\":tru}",
        "{\"eventName\":01}",
        "{\"eventName\":\"\n\"}",
        "{\"userIdentity\":{\"type\":\"A\",}}",
        "{\"userIdentity\":{\"type\":\"A\"]}",
        "{\"userIdentity\":{1:2}}",
        "{\"eventName\":\"\\x\"}",
        "{\"eventName\":\"\\u12g4\"}",
        "{\"resources\":[1,]}",
        "{\"requestParameters\":{\"userName\":\"a\"\"b\":1}}",
        "{\"x\":{\"y\":[}}",
        "{\"eventName\":.5}",
        "{\"eventName\":+1}",
        "{\"event\nName\":1}",
        "{'eventName':1}",
        "{\"eventName\":\"A\";\"b\":1}",
        "{\"eventName\"::1}",
        "{\"eventName\":1,,\"b\":1}",
        "{\"\\q\":1}",
    };
    for (size_t i = 0; i < TH_COUNT(bad); i++) {
        struct th_json_cursor c;
        th_json_init(&c, th_str_of(bad[i]));
        tap_ok(th_record_scan(scanner, &c, &record) == TH_JSON_BAD && c.why != NULL &&
                   c.at >= bad[i] && c.at <= bad[i] + strlen(bad[i]),
               "refused: %s", bad[i]);
    }
    scan("{\"eventName\":\"A\"}");
    has(TH_S_EVENT_ACTION, "A", "the scanner is none the worse for it");

    struct th_json_cursor c;
    th_json_init(&c, TH_STR("{\"eventName\":\"A\"}\n{\"eventName\":\"B\"} x"));
    tap_ok(th_record_scan(scanner, &c, &record) == TH_JSON_OK && *c.at == '\n' && c.depth == 0,
           "the cursor stands behind the record");
    tap_ok(th_record_scan(scanner, &c, &record) == TH_JSON_OK && *c.at == ' ', "and the next");
    has(TH_S_EVENT_ACTION, "B", "which is the second");
    tap_is_int(th_record_scan(scanner, &c, &record), TH_JSON_BAD, "what follows is none");
    th_json_init(&c, TH_STR(""));
    tap_is_int(th_record_scan(scanner, &c, &record), TH_JSON_MORE, "nothing");
    th_json_init(&c, TH_STR("  \n "));
    tap_is_int(th_record_scan(scanner, &c, &record), TH_JSON_MORE, "blank");
}

/* The limit of nesting is the same whether an object is walked or skipped. */
static void test_depth(void)
{
    static const char *const heads[] = {
        "{\"x\":", "{\"resources\":", "{\"requestParameters\":{\"y\":"};
    for (size_t h = 0; h < TH_COUNT(heads); h++)
        for (size_t over = 0; over < 2; over++) {
            size_t own = h == 2 ? 2 : 1;
            size_t lists = TH_JSON_DEPTH_MAX - own + over;
            struct th_buf text = TH_BUF_INIT;
            th_buf_puts(&text, heads[h]);
            for (size_t i = 0; i < lists; i++)
                th_buf_putc(&text, '[');
            for (size_t i = 0; i < lists; i++)
                th_buf_putc(&text, ']');
            th_buf_puts(&text, h == 2 ? "}}" : "}");
            struct th_json_cursor c;
            th_json_init(&c, th_buf_str(&text));
            tap_is_int(th_record_scan(scanner, &c, &record), over != 0 ? TH_JSON_BAD : TH_JSON_OK,
                       over != 0 ? "one level too many" : "as deep as may be");
            th_buf_fini(&text);
        }
    struct th_json_cursor c;
    th_json_init(&c, TH_STR("{\"userIdentity\":{\"sessionContext\":{}}}"));
    c.depth = TH_JSON_DEPTH_MAX - 2;
    tap_is_int(th_record_scan(scanner, &c, &record), TH_JSON_BAD, "nesting outside counts");
    th_json_init(&c, TH_STR("{\"userIdentity\":{}}"));
    c.depth = TH_JSON_DEPTH_MAX - 2;
    tap_ok(th_record_scan(scanner, &c, &record) == TH_JSON_OK && c.depth == TH_JSON_DEPTH_MAX - 2,
           "and is what it was afterwards");
}

int main(void)
{
    scanner = th_scanner_new();
    test_slots();
    test_keys();
    test_duplicates();
    test_members();
    test_kinds();
    test_bounds();
    test_depth();
    th_scanner_free(scanner);
    th_scanner_free(NULL);
    return tap_done();
}
