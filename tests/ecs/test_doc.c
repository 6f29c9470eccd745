/* The document builder at its edges: lengths, settings, times, damaged text, and the values of
 * single fields. */
#include "base/time.h"
#include "ecs/doc_case.h"

static const struct th_doc_options plain = {.agent_text = {CASE_TIME, sizeof CASE_TIME - 1}};

/* Text of the document of a JSON text. Owned. */
static char *write_text(struct th_str record, const struct th_doc_options *options)
{
    struct th_buf out = TH_BUF_INIT;
    th_doc_write(record, options, &out);
    return th_buf_take(&out);
}

static json_t *document(const char *record)
{
    return case_document(th_str_of(record), &plain);
}

static const json_t *at(const json_t *node, const char *path)
{
    char name[200];
    const char *dot;
    while ((dot = strchr(path, '.')) != NULL) {
        snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
        node = json_object_get(node, name);
        path = dot + 1;
    }
    return json_object_get(node, path);
}

static void is_text(const json_t *doc, const char *path, const char *want)
{
    const char *got = json_string_value(at(doc, path));
    tap_is_str(got != NULL ? got : "(none)", want, path);
}

/* A request whose text has exactly n UTF-16 units, of a character that takes some bytes. */
static struct th_str request_of(size_t units, const char *letter, size_t letter_units)
{
    struct th_buf out = TH_BUF_INIT;
    th_buf_puts(&out, "{\"eventName\":\"X\",\"requestParameters\":{\"k\":\"");
    size_t rest = units - strlen("{k=}");
    for (; rest >= letter_units; rest -= letter_units)
        th_buf_puts(&out, letter);
    for (; rest > 0; rest--)
        th_buf_putc(&out, 'x');
    th_buf_puts(&out, "\"}}");
    size_t n = out.n;
    return (struct th_str){th_buf_take(&out), n};
}

static void count(void *ctx, struct th_str value)
{
    (void)value;
    ++*(size_t *)ctx;
}

static void check_limit(size_t units, const char *letter, size_t letter_units, bool flattens)
{
    struct th_str record = request_of(units, letter, letter_units);
    json_t *doc = case_document(record, &plain);
    size_t n = 0;
    tap_ok(at(doc, "aws.cloudtrail.request_parameters") != NULL, "%zu units of %s: text is there",
           units, letter);
    tap_ok((at(doc, "aws.cloudtrail.flattened.request_parameters") != NULL) == flattens,
           "%zu units of %s: flattened is %s", units, letter, flattens ? "there" : "left out");
    th_doc_values(record, NULL, TH_F_FLATTENED_REQUEST_PARAMETERS, TH_STR("k"), count, &n);
    tap_is_int((int64_t)n, flattens ? 1 : 0, "a single value agrees");
    json_decref(doc);
    free((char *)(uintptr_t)record.p);
}

static void test_limits(void)
{
    check_limit(8191, "a", 1, true);
    check_limit(8192, "a", 1, true);
    check_limit(32765, "a", 1, true);
    check_limit(32766, "a", 1, false);
    check_limit(32765, "ü", 1, true);
    check_limit(32766, "ü", 1, false);
    check_limit(32765, "😀", 2, true);
    check_limit(32766, "😀", 2, false);
}

/* Short JSON of which Java makes a long text: the quick way to a value must not be fooled. */
static void test_growing_numbers(void)
{
    struct th_buf record = TH_BUF_INIT;
    size_t n = 0;
    th_buf_puts(&record, "{\"eventName\":\"X\",\"requestParameters\":{\"k\":[1e6");
    for (int i = 0; i < 2800; i++)
        th_buf_puts(&record, ",1e6");
    th_buf_puts(&record, "]}}");
    json_t *doc = case_document(th_buf_str(&record), &plain);
    bool there = at(doc, "aws.cloudtrail.flattened.request_parameters") != NULL;
    th_doc_values(th_buf_str(&record), NULL, TH_F_FLATTENED_REQUEST_PARAMETERS, TH_STR("k"), count,
                  &n);
    tap_is_int((int64_t)json_string_length(at(doc, "aws.cloudtrail.request_parameters")),
               2801 * 11 - 2 + 6, "1e6 is 1000000.0 in the text");
    tap_ok(there && n == 2801, "and the values agree with the document");
    json_decref(doc);
    th_buf_fini(&record);
}

static void test_options(void)
{
    struct th_str record = TH_STR("{\"eventName\":\"X\"}");
    struct th_doc_options options = {.agent_ms = INT64_C(1636592523123)};
    json_t *doc = case_document(record, NULL);
    json_t *want = json_pack("[ssss]", "preserve_original_event", "actor_target_mapping",
                             "forwarded", "aws-cloudtrail");
    case_same(at(doc, "tags"), want, "default tags");
    tap_ok(at(doc, "event.created") == NULL && at(doc, "@timestamp") == NULL,
           "no agent time, no event.created");
    json_decref(want);
    json_decref(doc);

    doc = case_document(record, &options);
    is_text(doc, "event.created", "2021-11-11T01:02:03.123Z");
    is_text(doc, "@timestamp", "2021-11-11T01:02:03.123Z");
    is_text(doc, "event.original", "{\"eventName\":\"X\"}");
    json_decref(doc);

    const char *tags[] = {"a", "a", ""};
    options = (struct th_doc_options){.tags = tags, .tags_n = 3, .agent_ms = TH_TIME_NONE};
    char *text = write_text(record, &options);
    tap_is_str(text,
               "{\"cloud\":{\"provider\":\"aws\"},\"ecs\":{\"version\":\"8.11.0\"},\"event\":{"
               "\"action\":\"X\","
               "\"kind\":\"event\",\"outcome\":\"success\",\"type\":[\"info\"]},\"tags\":[\"a\"]}",
               "one line, sorted, tags once");
    free(text);
    options.tags_n = 0;
    text = write_text(TH_STR(""), &options);
    tap_is_str(text,
               "{\"cloud\":{\"provider\":\"aws\"},\"ecs\":{\"version\":\"8.11.0\"},\"event\":{"
               "\"kind\":\"event\","
               "\"outcome\":\"success\",\"type\":[\"info\"]}}",
               "an empty record");
    free(text);
}

/* What jansson refuses is a document all the same. */
static void test_damaged(void)
{
    json_t *doc =
        case_document(TH_STR("{\"eventName\":\"a\xff\xfe\",\"userAgent\":\"\xe4\"}"), &plain);
    is_text(doc, "event.action", "a\xef\xbf\xbd\xef\xbf\xbd");
    is_text(doc, "user_agent.original", "\xef\xbf\xbd");
    is_text(doc, "event.original",
            "{\"eventName\":\"a\xef\xbf\xbd\xef\xbf\xbd\",\"userAgent\":\"\xef\xbf\xbd\"}");
    json_decref(doc);
    doc = case_document(TH_STR("{\"eventName\":\"X\"\0}"), &plain);
    is_text(doc, "event.kind", "pipeline_error");
    tap_is_int((int64_t)json_string_length(at(doc, "event.original")), 18,
               "a NUL byte stays in event.original");
    json_decref(doc);
    doc = document(
        "{\"eventName\":\"X\",\"requestParameters\":{\"big\":-1e4000,\"k\":\"\\u0000\\udead\"}}");
    is_text(doc, "aws.cloudtrail.flattened.request_parameters.big", "-1e4000");
    is_text(doc, "aws.cloudtrail.flattened.request_parameters.k", "\xef\xbf\xbd\xef\xbf\xbd");
    json_decref(doc);
    char *text = write_text(
        TH_STR(
            "{\"eventName\":\"X\",\"requestParameters\":{\"n\":123456789012345678901234567890}}"),
        &plain);
    tap_ok(strstr(text, "\"request_parameters\":{\"n\":123456789012345678901234567890}") != NULL,
           "a long integer keeps its digits");
    tap_ok(strstr(text, "{n=123456789012345678901234567890}") != NULL, "in the text as well");
    free(text);
}

/* Nesting: as deep as the reader goes, and one too deep. */
static void test_depth(void)
{
    for (int depth = 500; depth <= 600; depth += 100) {
        struct th_buf record = TH_BUF_INIT;
        th_buf_puts(&record, "{\"eventName\":\"X\",\"requestParameters\":{\"k\":");
        for (int i = 0; i < depth; i++)
            th_buf_putc(&record, '[');
        th_buf_putc(&record, '1');
        for (int i = 0; i < depth; i++)
            th_buf_putc(&record, ']');
        th_buf_puts(&record, "}}");
        json_t *doc = case_document(th_buf_str(&record), &plain);
        is_text(doc, "event.kind", depth == 500 ? "event" : "pipeline_error");
        json_decref(doc);
        th_buf_fini(&record);
    }
}

/* A hostile object of very many keys, and as many given twice, takes no longer than it is long. */
static void test_many_keys(void)
{
    struct th_buf record = TH_BUF_INIT;
    enum { KEYS = 60000 };
    th_buf_puts(&record, "{\"eventName\":\"X\",\"insightDetails\":{\"k\":0");
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < KEYS; i++)
            th_buf_printf(&record, ",\"key%d\":%d", i, i + round);
    th_buf_puts(&record, "}}");
    int64_t from = th_time_mono();
    json_t *doc = case_document(th_buf_str(&record), &plain);
    tap_ok(th_time_mono() - from < 5000, "%d keys in %d ms", 2 * KEYS,
           (int)(th_time_mono() - from));
    const json_t *details = at(doc, "aws.cloudtrail.flattened.insight_details");
    tap_is_int((int64_t)json_object_size(details), KEYS + 1, "each key once");
    tap_is_int(json_integer_value(json_object_get(details, "key7")), 8, "the last value");
    json_decref(doc);
    th_buf_fini(&record);
}

static void collect(void *ctx, struct th_str value)
{
    struct th_buf *out = ctx;
    th_buf_add_str(out, value);
    th_buf_putc(out, '|');
}

static void is_values(const char *record, enum th_field field, const char *path, const char *want)
{
    struct th_buf out = TH_BUF_INIT;
    char name[200];
    struct th_str leaf = path == NULL ? TH_STR_NONE : th_str_of(path);
    size_t n = th_doc_values(th_str_of(record), NULL, field, leaf, collect, &out);
    snprintf(name, sizeof name, "values of %s %s", th_field_info(field)->name,
             path != NULL ? path : "");
    tap_is_str(th_buf_cstr(&out), want, name);
    size_t bars = 0;
    for (const char *c = want; *c != '\0'; c++)
        bars += *c == '|';
    tap_is_int((int64_t)n, (int64_t)bars, "as many as were counted");
    th_buf_fini(&out);
}

static void test_values(void)
{
    static const char record[] =
        "{\"eventTime\":\"2026-03-01T09:00:00Z\",\"eventSource\":\"s3.amazonaws.com\","
        "\"eventName\":\"PutObject\","
        "\"readOnly\":false,\"sourceIPAddress\":\"192.0.2.1\",\"userIdentity\":{\"type\":"
        "\"IAMUser\","
        "\"userName\":\"alice\",\"sessionContext\":{\"webIdFederationData\":{\"attributes\":{"
        "\"aud\":\"x\"}}}},"
        "\"requestParameters\":{\"bucketName\":\"b\",\"tags\":[{\"key\":\"k1\",\"n\":1.50},{"
        "\"key\":\"k2\",\"off\":true},"
        "{\"key\":\"-\"}],\"a.b\":{\"c.d\":5},\"a\":{\"b\":{\"c\":\"none\",\"e\":6}}},"
        "\"resources\":[{\"ARN\":\"arn:aws:s3:::b\",\"type\":\"T\"},{\"ARN\":\"arn:aws:s3:::b/"
        "k\"}]}";
    is_values(record, TH_F_EVENT_ACTION, NULL, "PutObject|");
    is_values(record, TH_F_TIMESTAMP, NULL, "2026-03-01T09:00:00.000Z|");
    is_values(record, TH_F_READ_ONLY, NULL, "false|");
    is_values(record, TH_F_EVENT_DATASET, NULL, "aws.cloudtrail|");
    is_values(record, TH_F_RELATED_USER, NULL, "alice|");
    is_values(record, TH_F_TARGET_ENTITY_ID, NULL, "arn:aws:s3:::b|arn:aws:s3:::b/k|");
    is_values(record, TH_F_RESOURCES_ARN, NULL, "arn:aws:s3:::b|arn:aws:s3:::b/k|");
    is_values(record, TH_F_RESOURCES_TYPE, NULL, "T|");
    is_values("{\"eventName\":\"X\"}", TH_F_EVENT_ORIGINAL, NULL, "{\"eventName\":\"X\"}|");
    is_values(" ", TH_F_EVENT_ORIGINAL, NULL, "");
    is_values(record, TH_F_ERROR_CODE, NULL, "");
    is_values(record, TH_F_OWN_VERB, NULL, "W|");
    is_values(record, TH_F_FLATTENED_REQUEST_PARAMETERS, "bucketName", "b|");
    is_values(record, TH_F_FLATTENED_REQUEST_PARAMETERS, "tags.key", "k1|k2|");
    is_values(record, TH_F_FLATTENED_REQUEST_PARAMETERS, "tags.n", "1.5|");
    is_values(record, TH_F_FLATTENED_REQUEST_PARAMETERS, "tags.off", "true|");
    is_values(record, TH_F_FLATTENED_REQUEST_PARAMETERS, "tags", "");
    is_values(record, TH_F_FLATTENED_REQUEST_PARAMETERS, "a.b.c.d", "5|");
    is_values(record, TH_F_FLATTENED_REQUEST_PARAMETERS, "a.b.e", "6|");
    is_values(record, TH_F_FLATTENED_REQUEST_PARAMETERS, "a.b.c", "");
    is_values(record, TH_F_FLATTENED_REQUEST_PARAMETERS, "bucketname", "");
    is_values(record, TH_F_FLATTENED_REQUEST_PARAMETERS, NULL, "b|k1|1.5|k2|true|5|6|");
    is_values(record, TH_F_FLATTENED_RESPONSE_ELEMENTS, "bucketName", "");
    is_values(record, TH_F_WEB_ID_ATTRIBUTES, "aud", "x|");
    is_values("{\"eventName\":\"X\"", TH_F_FLATTENED_REQUEST_PARAMETERS, NULL, "");
    is_values("{\"requestParameters\":{\"a\":1}} x", TH_F_FLATTENED_REQUEST_PARAMETERS, "a", "");
    is_values("{\"requestParameters\":{\"a\":1},\"requestParameters\":{\"a\":2}}",
              TH_F_FLATTENED_REQUEST_PARAMETERS, "a", "2|");
    is_values("{\"\\u0072equestParameters\":{\"\\u0061\":\"\\u0062\"}}",
              TH_F_FLATTENED_REQUEST_PARAMETERS, "a", "b|");
    is_values("{\"requestParameters\":\"text\"}", TH_F_FLATTENED_REQUEST_PARAMETERS, NULL, "text|");
    is_values("{\"requestParameters\":\"text\"}", TH_F_REQUEST_PARAMETERS, NULL, "text|");
    is_values("{\"requestParameters\":\"none\"}", TH_F_REQUEST_PARAMETERS, NULL, "");
    is_values("[]", TH_F_REQUEST_PARAMETERS, NULL, "");
    is_values("{\"eventName\":\"UserAuthentication\",\"additionalEventData\":{\"UserName\":\"u\","
              "\"o\":1}}",
              TH_F_FLATTENED_ADDITIONAL_EVENTDATA, NULL, "1|");
    is_values("{\"eventName\":\"A\",\"additionalEventData\":{\"UserName\":\"u\",\"o\":1}}",
              TH_F_FLATTENED_ADDITIONAL_EVENTDATA, NULL, "u|1|");
    is_values("{\"insightDetails\":{\"baseline\":[],\"state\":\"End\"}}",
              TH_F_FLATTENED_INSIGHT_DETAILS, "state", "End|");
    is_values("{\"digestS3Bucket\":\"b\"}", TH_F_FLATTENED_DIGEST, "s3_bucket", "b|");
}

int main(void)
{
    test_limits();
    test_growing_numbers();
    test_options();
    test_damaged();
    test_depth();
    test_many_keys();
    test_values();
    return tap_done();
}
