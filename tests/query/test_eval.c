/* Which records a filter finds, written down by hand: every operator on every type, on columns and
 * record by record. Then the tests that rules make without KQL, errors, cancels, and what the cache
 * does. */
#include "lib/tap.h"

#include "query/eval/eval.h"
#include "query/kql/kql.h"
#include "query/mem_loader.h"

/* One letter a record. */
static const struct {
    char letter;
    const char *json;
} records[] = {
    {'a', "{\"eventTime\":\"2024-03-01T10:00:00Z\",\"eventName\":\"ConsoleLogin\",\"eventSource\":"
          "\"signin.amazonaws.com\","
          "\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"203.0.113.9\",\"userAgent\":\"Mozilla/"
          "5.0 (X11; Linux x86_64) Firefox/136.0\","
          "\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"Alice\",\"arn\":\"arn:aws:iam::"
          "111122223333:user/Alice\",\"accountId\":\"111122223333\"},"
          "\"errorMessage\":\"Failed "
          "authentication\",\"responseElements\":{\"ConsoleLogin\":\"Failure\"},"
          "\"additionalEventData\":{\"MFAUsed\":\"No\"},"
          "\"eventID\":\"11111111-1111-4111-8111-111111111111\",\"readOnly\":false,"
          "\"eventVersion\":\"1.08\"}"},
    {'b', "{\"eventTime\":\"2024-03-01T23:59:59Z\",\"eventName\":\"GetObject\",\"eventSource\":"
          "\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\","
          "\"sourceIPAddress\":\"2001:db8::9\",\"userAgent\":\"aws-cli/2.17.60 "
          "linux\",\"userIdentity\":{\"type\":\"AssumedRole\","
          "\"arn\":\"arn:aws:sts::111122223333:assumed-role/reader/"
          "s1\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\",\"userName\":\"reader\"},"
          "\"attributes\":{\"creationDate\":\"2024-03-01T09:00:00Z\",\"mfaAuthenticated\":\"true\"}"
          "}},\"requestParameters\":{\"bucketName\":\"secret-bucket\",\"key\":\"a/b.txt\","
          "\"maxKeys\":1000,\"tags\":[\"x\",\"y\"],\"filter\":{\"name\":\"n1\",\"on\":true}},"
          "\"resources\":[{\"ARN\":\"arn:aws:s3:::secret-bucket\"},"
          "{\"ARN\":\"arn:aws:s3:::secret-bucket/a/"
          "b.txt\"}],\"eventID\":\"22222222-2222-4222-8222-222222222222\",\"readOnly\":true,"
          "\"eventVersion\":\"1.09\"}"},
    {'c', "{\"eventTime\":\"2024-03-02T00:00:00Z\",\"eventName\":\"PutObject\",\"eventSource\":"
          "\"s3.amazonaws.com\",\"awsRegion\":\"eu-west-1\","
          "\"sourceIPAddress\":\"203.0.113.200\",\"userAgent\":\"Boto3/"
          "1.35.50\",\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"alice\"},"
          "\"errorCode\":\"AccessDenied\",\"errorMessage\":\"Access "
          "Denied\",\"requestParameters\":{\"bucketName\":\"other\",\"maxKeys\":\"900\",\"policy\":"
          "\"{\\\"Effect\\\":\\\"Allow\\\"}\"},"
          "\"eventID\":\"not-a-uuid\",\"readOnly\":false,\"eventVersion\":\"1.08\"}"},
    {'d',
     "{\"eventTime\":\"2024-03-05T12:30:00Z\",\"eventName\":\"DescribeRegions\",\"eventSource\":"
     "\"ec2.amazonaws.com\",\"awsRegion\":\"us-east-1\","
     "\"sourceIPAddress\":\"AWS Internal\",\"userAgent\":\"AWS "
     "Internal\",\"userIdentity\":{\"type\":\"AWSService\",\"invokedBy\":\"ec2.amazonaws.com\"},"
     "\"requestParameters\":{\"bucketName\":\"none\",\"note\":\"gr\\u00fc\\u00dfe an "
     "\\u0041lice\"},\"eventID\":\"33333333-3333-4333-8333-333333333333\",\"eventVersion\":\"1."
     "1\"}"},
    {'e', "{\"eventName\":\"a*b\",\"eventSource\":\"odd\",\"userIdentity\":{\"userName\":\"or\"},"
          "\"sourceIPAddress\":\"10.0.0.1\","
          "\"requestParameters\":{\"userName\":\"or\",\"\":{\"deep\":{\"er\":\"z\"}}},"
          "\"eventVersion\":\"x\"}"},
    {'f', "{\"eventSource\":\"iam.amazonaws.com\"}"},
};

static const struct {
    const char *filter, *found;
} cases[] = {
    {"*", "abcdef"},
    {"not *", ""},
    {"event.action: ConsoleLogin", "a"},
    {"event.action: consolelogin", ""},
    {"event.action: Console", ""},
    {"event.action: *Object", "bc"},
    {"event.action: *o*", "ad"},
    {"event.action: Get*", "b"},
    {"event.action: G*t", "b"},
    {"event.action: \"a*b\"", "e"},
    {"event.action: a\\*b", "e"},
    {"event.action: a*b", "e"},
    {"event.action: \"*b\"", ""},
    {"event.action: *", "abcde"},
    {"not event.action: *", "f"},
    {"event.action: (GetObject or PutObject)", "bc"},
    {"event.action: (* and not *Object)", "ade"},
    {"event.action: GetObject or user.name: alice", "bc"},
    {"event.provider: s3* and event.action: PutObject", "c"},
    {"not event.provider: s3.amazonaws.com", "adef"},
    {"user.name: Alice", "a"},
    {"user.name: alice", "c"},
    {"user.name: reader", "b"},
    {"user.name: \\or", "e"},
    {"user.name > b", "be"},
    {"user.name <= alice", "ac"},
    {"aws.cloudtrail.error_message: Access Denied", "c"},
    {"aws.cloudtrail.error_message: \"Access Denied\"", "c"},
    {"aws.cloudtrail.error_message: Denied", ""},
    {"event.outcome: failure", "ac"},
    {"source.ip: 203.0.113.9", "a"},
    {"source.ip: 203.0.113.0/24", "ac"},
    {"source.ip: \"2001:db8::/32\"", "b"},
    {"source.ip: \"2001:0db8:0:0:0:0:0:9\"", "b"},
    {"source.ip: *", "abce"},
    {"source.ip >= 203.0.113.10", "bc"},
    {"source.ip < 203.0.113.9", "e"},
    {"source.ip <= 203.0.113.9 and source.ip > 10.0.0.1", "a"},
    {"source.ip: 203.*", "ac"},
    {"not source.ip: 203.0.113.0/24", "bdef"},
    {"source.address: AWS Internal", "d"},
    {"source.address: 203.0.113.0/24", ""},
    {"@timestamp: 2024-03-01", "ab"},
    {"@timestamp: 2024-03", "abcd"},
    {"@timestamp: \"2024-03-02T00:00:00Z\"", "c"},
    {"@timestamp > 2024-03-01", "cd"},
    {"@timestamp >= 2024-03-01", "abcd"},
    {"@timestamp < 2024-03-02", "ab"},
    {"@timestamp <= 2024-03-02", "abc"},
    {"@timestamp >= now-1d", "d"},
    {"@timestamp < now-3d/d", "ab"},
    {"@timestamp >= 2024-03-01||+1d", "cd"},
    {"@timestamp >= \"2024-03-01T23:59:59+00:00\"", "bcd"},
    {"@timestamp: *", "abcd"},
    {"not @timestamp: *", "ef"},
    {"not @timestamp > 2024-03-01", "abef"},
    {"aws.cloudtrail.user_identity.session_context.creation_date < 2024-03-02", "b"},
    {"aws.cloudtrail.read_only: true", "b"},
    {"aws.cloudtrail.read_only: false", "ac"},
    {"aws.cloudtrail.read_only: *", "abc"},
    {"not aws.cloudtrail.read_only: true", "acdef"},
    {"mfa: true", "b"},
    {"event.id: \"11111111-1111-4111-8111-111111111111\"", "a"},
    {"event.id: 2222*", "b"},
    {"event.id: *-4222-*", "b"},
    {"event.id: not-a-uuid", "c"},
    {"event.id: (\"33333333-3333-4333-8333-333333333333\" or "
     "\"11111111-1111-4111-8111-111111111111\")",
     "ad"},
    {"event.id: *", "abcd"},
    {"not event.id: *", "ef"},
    {"event.category: authentication", "a"},
    {"event.category: *", "abcd"},
    {"event.type: info", "abdef"},
    {"event.type: change", "c"},
    {"event.category: network", ""},
    {"cloud.service.name: s3", "bc"},
    {"cloud.provider: aws", "abcdef"},
    {"cloud.provider: gcp", ""},
    {"cloud.provider: *", "abcdef"},
    {"cloud.provider: (a or b or c or d or e or f or g or h or aws)", "abcdef"},
    {"user.name: alice or cloud.provider: (a or b or c or d or e or f or g or h or aws)", "abcdef"},
    {"event.type: change or cloud.provider: (a or b or c or d or e or f or g or h or i)", "c"},
    {"aws.cloudtrail.resources.arn: \"arn:aws:s3:::secret-bucket\"", "b"},
    {"aws.cloudtrail.resources.arn: *b.txt", "b"},
    {"aws.cloudtrail.resources.arn: (*bucket and *txt)", "b"},
    {"aws.cloudtrail.resources.arn: *[*", ""},
    {"aws.cloudtrail.event_version > 1.08", "bd"},
    {"aws.cloudtrail.event_version >= 1.08 and aws.cloudtrail.event_version < 1.1", "abc"},
    {"user_agent.original: *linux*", "b"},
    {"user_agent.original.text: linux", "ab"},
    {"user_agent.original.text: LINUX boto3", "abc"},
    {"user_agent.original.text: \"x11 linux\"", "a"},
    {"user_agent.original.text: \"linux x11\"", ""},
    {"user_agent.original.text: boto*", "c"},
    {"user_agent.original.text: *fox mozilla*", "a"},
    {"user_agent.original.text: 2.17.60", "b"},
    {"user_agent.original: ~/^aws/i", "bd"},
    {"user_agent.original: ~/^aws/", "b"},
    {"requestParameters.bucketName: secret-bucket", "b"},
    {"requestParameters.bucketName: *", "bc"}, /* "none" is cleaned away */
    {"not requestParameters.bucketName: *", "adef"},
    {"requestParameters.key: \"a/b.txt\"", "b"},
    {"requestParameters.tags: y", "b"},
    {"requestParameters.tags: (x and y)", "b"},
    {"requestParameters.filter.name: n1", "b"},
    {"requestParameters.filter.on: true", "b"},
    {"requestParameters.filter: *", ""},
    {"requestParameters.maxKeys: 1000", "b"},
    {"requestParameters.maxKeys > 950", "b"},
    {"requestParameters.maxKeys < 950", "c"},
    {"requestParameters: { bucketName: other and maxKeys: 900 }", "c"},
    {"requestParameters.*: other", "c"},
    {"requestParameters..deep.er: z", "e"}, /* the name before the first dot is empty */
    {"requestParameters.deep.er: z", ""},
    {"requestParameters.*.deep.*: z", "e"},
    {"requestParameters.de*: z", ""},
    {"requestParameters..de*: z", "e"},
    {"requestParameters.*.er: z", "e"},
    {"requestParameters.filter.n*: n1", "b"},
    {"requestParameters.*r.na*e: n1", "b"},
    {"aws.cloudtrail.request_parameters: *bucketName=other*", "c"},
    {"aws.cloudtrail.request_parameters.text: \"filter name\"", "b"},
    {"aws.cloudtrail.request_parameters.text: \"name filter\"", ""},
    {"aws.cloudtrail.request_parameters.text: OTHER", "c"},
    {"requestParameters.policy: *Effect*", "c"},
    {"requestParameters.note: *grüße*", "d"},
    {"requestParameters.note: ~/Alice$/", "d"},
    {"responseElements.ConsoleLogin: Failure", "a"},
    {"additionalEventData.MFAUsed: No", "a"},
    {"related.user: Alice", "a"},
    {"related.ip: 203.0.113.0/24", "ac"},
    {"alice", "acd"},
    {"ALICE", "acd"},
    {"ConsoleLogin", "a"},
    {"consolelog*", "a"},
    {"bucketName", ""},
    {"eventName", ""},
    {"secret*txt", "b"},
    {"secret*zip", ""},
    {"\"a/b\"", "b"},
    {"GRÜẞE", "d"},
    {"1000", "b"},
    {"\"Effect\\\":\\\"Allow\"", "c"},
    {"\"Access Denied\"", "c"},
    {"Access Denied", "c"},
    {"us-east-1 and not AWS Internal", "a"},
    {"alice and event.action: PutObject", "c"},
    {"not alice and requestParameters.bucketName: *", "b"},
    {"(alice or requestParameters.tags: x) and not (event.outcome: failure and region: us-east-1)",
     "bcd"},
    {"event.dataset: aws.cloudtrail and event.action: a*", "e"},
    {"group.*: *", ""},
    {"event.*: s3*", "bc"},
    {"user.*: alice", "c"},
    {"user: { name: Alice or name: alice }", "ac"},
};

static const struct th_kql_options options = {.now_ms = INT64_C(1709641800000)}; /* record d */

static void letters(const struct th_bits *rows, struct th_buf *out)
{
    th_buf_reset(out);
    for (size_t i = th_bits_next(rows, 0); i < rows->n; i = th_bits_next(rows, i + 1))
        th_buf_putc(out, records[i].letter);
}

static void one_by_one(const th_query *query, struct th_buf *out)
{
    th_buf_reset(out);
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
        if (th_eval_record(query, th_str_of(records[i].json)))
            th_buf_putc(out, records[i].letter);
}

static void both_ways(th_table *table, const th_query *query, const char *want, const char *name)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_bits rows;
    struct th_err err = {0};
    if (tap_ok(th_eval_rows(table, query, NULL, NULL, &rows, &err) == TH_OK, "columns: %s", name)) {
        letters(&rows, &text);
        tap_is_str(th_buf_cstr(&text), want, name);
        th_bits_fini(&rows);
    } else {
        tap_note("%s", err.msg);
    }
    one_by_one(query, &text);
    tap_is_str(th_buf_cstr(&text), want, name);
    th_buf_fini(&text);
}

static struct mem_case *make_case(void)
{
    struct mem_case *c = mem_case_new();
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
        if (!mem_case_add(c, th_str_of(records[i].json)))
            tap_ok(false, "record %c", records[i].letter);
    return c;
}

static void test_cases(th_table *table)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        th_query *query;
        struct th_err err = {0};
        if (th_kql_parse(th_str_of(cases[i].filter), &options, &query, NULL, &err) != TH_OK) {
            tap_ok(false, "%s: %s", cases[i].filter, err.msg);
            continue;
        }
        both_ways(table, query, cases[i].found, cases[i].filter);
        th_query_free(query);
    }
}

/* What rules make: tests that KQL has no words for. ------------------------ */

static struct th_field_ref field(const char *name)
{
    struct th_field_ref ref = {TH_FIELD_NONE, false, TH_STR_NONE};
    if (!th_field_resolve(th_str_of(name), &ref))
        tap_ok(false, "field %s", name);
    return ref;
}

static void try_text(th_table *table, const char *name, enum th_pattern_kind kind, const char *text,
                     unsigned flags, bool whole, const char *want)
{
    th_query *query = th_query_new();
    struct th_node *node;
    struct th_buf printed = TH_BUF_INIT;
    if (tap_ok(th_node_text(query, field(name), kind, th_str_of(text), flags, &node, NULL) == TH_OK,
               "%s %s", name, text)) {
        node->whole_text = whole;
        th_query_set_root(query, node);
        th_query_print(query, &printed);
        both_ways(table, query, want, th_buf_cstr(&printed));
    }
    th_buf_fini(&printed);
    th_query_free(query);
}

static void try_node(th_table *table, const char *name, enum th_test_kind test, const char *other,
                     const char *want)
{
    th_query *query = th_query_new();
    struct th_node *node = th_node_new(query, TH_NODE_MATCH);
    struct th_buf printed = TH_BUF_INIT;
    node->test = test;
    node->field = field(name);
    if (other != NULL)
        node->other = field(other);
    th_query_set_root(query, node);
    th_query_print(query, &printed);
    both_ways(table, query, want, th_buf_cstr(&printed));
    th_buf_fini(&printed);
    th_query_free(query);
}

static void try_range(th_table *table, const char *name, double lo, double hi, const char *want)
{
    th_query *query = th_query_new();
    struct th_node *node = th_node_new(query, TH_NODE_MATCH);
    node->test = TH_TEST_RANGE;
    node->field = field(name);
    node->range = (struct th_range){.lo_set = true, .hi_set = true, .lo = lo, .hi = hi};
    th_query_set_root(query, node);
    both_ways(table, query, want, name);
    th_query_free(query);
}

static void test_rules(th_table *table)
{
    const unsigned i = TH_PATTERN_ICASE;
    const char *request = "aws.cloudtrail.flattened.request_parameters";
    try_text(table, "event.action", TH_PATTERN_EXACT, "consolelogin", i, false, "a");
    try_text(table, "event.action", TH_PATTERN_PREFIX, "GET", i, false, "b");
    try_text(table, "event.action", TH_PATTERN_SUFFIX, "OBJECT", i, false, "bc");
    try_text(table, "event.action", TH_PATTERN_CONTAINS, "OBJ", i, false, "bc");
    try_text(table, "event.action", TH_PATTERN_WILDCARD, "?ETOBJ*", i | TH_PATTERN_QUESTION, false,
             "b");
    try_text(table, "event.action", TH_PATTERN_WILDCARD, "a\\*?", i | TH_PATTERN_QUESTION, false,
             "e");
    try_text(table, "event.action", TH_PATTERN_REGEX, "^(get|put)o", i, false, "bc");
    try_text(table, "event.id", TH_PATTERN_CONTAINS, "A-UUID", i, false, "c");
    try_text(table, "event.id", TH_PATTERN_EXACT, "11111111-1111-4111-8111-111111111111", i, false,
             "a");
    try_text(table, "@timestamp", TH_PATTERN_PREFIX, "2024-03-01", 0, false, "ab");
    try_text(table, "source.ip", TH_PATTERN_PREFIX, "203.", i, false, "ac");
    try_text(table, "aws.cloudtrail.read_only", TH_PATTERN_EXACT, "TRUE", i, false, "b");
    try_text(table, "event.module", TH_PATTERN_EXACT, "AWS", i, false, "abcdef");
    try_text(table, request, TH_PATTERN_CONTAINS, "\"bucketName\":\"OTHER\"", i, true, "c");
    try_text(table, request, TH_PATTERN_CONTAINS, "\"Effect\":\"Allow\"", i, true, "c");
    try_text(table, request, TH_PATTERN_CONTAINS, "\\\"Effect\\\"", i, true, "c");
    try_text(table, request, TH_PATTERN_CONTAINS, "\"tags\":[\"x\"", i, true, "b");
    try_text(table, request, TH_PATTERN_CONTAINS, "secret-bucket", i, false, "b");
    try_text(table, "requestParameters.filter", TH_PATTERN_CONTAINS, "\"n1\"", i, true, "b");
    try_text(table, "requestParameters.tags", TH_PATTERN_EXACT, "Y", i, true, "b");
    try_text(table, "requestParameters.bucketName", TH_PATTERN_EXACT, "NONE", i, true, "d");
    try_node(table, "event.action", TH_TEST_NULL, NULL, "f");
    try_node(table, "@timestamp", TH_TEST_NULL, NULL, "ef");
    try_node(table, "event.id", TH_TEST_NULL, NULL, "ef");
    try_node(table, "aws.cloudtrail.read_only", TH_TEST_NULL, NULL, "def");
    try_node(table, "event.module", TH_TEST_NULL, NULL, "");
    try_node(table, "aws.cloudtrail.resources.arn", TH_TEST_NULL, NULL, "acdef");
    try_node(table, "requestParameters.bucketName", TH_TEST_NULL, NULL, "adef");
    try_node(table, request, TH_TEST_NULL, NULL, "af");
    try_node(table, "related.user", TH_TEST_NULL, NULL, "df");
    try_node(table, "user.name", TH_TEST_FIELD, "user.target.name", "e");
    try_node(table, "event.action", TH_TEST_FIELD, "event.action", "abcde");
    try_node(table, "event.id", TH_TEST_FIELD, "event.id", "abcd");
    try_node(table, "@timestamp", TH_TEST_FIELD, "event.id", "");
    try_node(table, "user.name", TH_TEST_FIELD, "requestParameters.userName", "e");
    try_node(table, "aws.cloudtrail.resources.arn", TH_TEST_FIELD, "aws.cloudtrail.resources.arn",
             "b");
    try_node(table, "cloud.provider", TH_TEST_FIELD, "event.module", "abcdef");
    try_range(table, "requestParameters.maxKeys", 900, 1000, "bc");
    try_range(table, "requestParameters.maxKeys", 901, 999.5, "");
    try_range(table, "aws.cloudtrail.event_version", 1.08, 1.09, "abc");
}

/* Errors, cancels, cache --------------------------------------------------- */

static th_query *parse(const char *text)
{
    th_query *query = NULL;
    struct th_err err = {0};
    if (th_kql_parse(th_str_of(text), &options, &query, NULL, &err) != TH_OK)
        tap_ok(false, "%s: %s", text, err.msg);
    return query;
}

static void test_needs(void)
{
    static const struct {
        const char *filter;
        bool needs;
    } wants[] = {{"user: a", false},
                 {"alice", true},
                 {"requestParameters.x: *", true},
                 {"user: a and (ip: 10.0.0.1 or not related.user: b)", true},
                 {"*", false},
                 {"time > now-1d or id: x", false}};
    for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
        th_query *query = parse(wants[i].filter);
        tap_ok(th_query_needs_records(query) == wants[i].needs, "%s records: %s",
               wants[i].needs ? "needs" : "needs no", wants[i].filter);
        th_query_free(query);
    }
}

/* Rows looked at for a filter, on a table of its own or a given one. */
static size_t visits(struct mem_case *c, th_table *table, const char *filter)
{
    th_table *own = table == NULL ? mem_table(c) : table;
    th_query *query = parse(filter);
    struct th_bits rows;
    size_t before = c->visits;
    if (th_eval_rows(own, query, NULL, NULL, &rows, NULL) == TH_OK)
        th_bits_fini(&rows);
    th_query_free(query);
    if (table == NULL)
        th_table_free(own);
    return c->visits - before;
}

static void test_visits(struct mem_case *c)
{
    tap_is_int((int64_t)visits(c, NULL, "user: alice"), 0, "columns need no record");
    tap_is_int((int64_t)visits(c, NULL, "secret"), 6, "free text alone looks at all");
    tap_is_int((int64_t)visits(c, NULL, "secret and event.provider: s3*"), 2,
               "behind a cheap test only at what is left");
    tap_is_int((int64_t)visits(c, NULL, "event.provider: s3* or secret"), 4,
               "an or asks for what isn't found yet");
    tap_is_int((int64_t)visits(c, NULL, "not (event.provider: s3* or secret)"), 4,
               "not changes nothing");
    tap_is_int((int64_t)visits(c, NULL, "secret or other or requestParameters.x: y"), 6,
               "several such tests are one pass");
    tap_is_int((int64_t)visits(c, NULL, "secret and not *"), 0, "nothing left, nothing read");
    th_table *table = mem_table(c);
    tap_is_int((int64_t)visits(c, table, "secr"), 6, "first time");
    tap_is_int((int64_t)visits(c, table, "secr"), 0, "the second time is known");
    tap_is_int((int64_t)visits(c, table, "not secr and user: *"), 0, "in any filter");
    tap_is_int((int64_t)visits(c, table, "secret"), 1,
               "typing on only looks where it was found before");
    tap_is_int((int64_t)visits(c, table, "sec"), 6, "deleting a letter does not help");
    tap_is_int((int64_t)visits(c, table, "zzz and event.action: *Object"), 2, "a part only");
    tap_is_int((int64_t)visits(c, table, "zzz"), 4, "then the rest");
    tap_is_int((int64_t)visits(c, table, "zzz"), 0, "then none");
    tap_ok(th_table_memory(table) > 0, "the cache's memory is counted");
    for (int i = 0; i < 100; i++) {
        char word[16];
        snprintf(word, sizeof word, "word%02d", i);
        visits(c, table, word);
    }
    tap_is_int((int64_t)visits(c, table, "word99"), 0, "the newest are kept");
    tap_is_int((int64_t)visits(c, table, "secr"), 6, "the oldest are not");
    th_table_free(table);
}

/* An expression that gives up on a value says so, and says it again: such a result isn't kept. */
static void test_limits(void)
{
    struct mem_case *c = mem_case_new();
    struct th_buf json = TH_BUF_INIT;
    struct th_kql_notes notes = {.n = 0};
    th_buf_puts(&json, "{\"eventName\":\"x\",\"requestParameters\":{\"a\":\"<");
    for (int i = 0; i < 20000; i++)
        th_buf_putc(&json, 'a');
    th_buf_puts(&json, "! script\"}}");
    tap_ok(mem_case_add(c, th_buf_str(&json)), "a record");
    th_table *table = mem_table(c);
    for (int i = 0; i < 2; i++) {
        th_query *query =
            parse("not requestParameters.a: ~/(<|a)+[^>]*script$/ and event.action: x");
        struct th_bits rows;
        tap_ok(!th_query_gave_up(query), "no limit before");
        if (tap_ok(th_eval_rows(table, query, NULL, NULL, &rows, NULL) == TH_OK, "evaluated"))
            th_bits_fini(&rows);
        notes.n = 0;
        th_kql_note_limits(query, &notes);
        tap_ok(th_query_gave_up(query) && notes.n == 1, "the limit is noted");
        tap_is_int(notes.note[0].span.from, 4, "from");
        tap_is_int(notes.note[0].span.to, 46, "to");
        th_query_free(query);
    }
    th_table_free(table);
    mem_case_free(c);
    th_buf_fini(&json);
}

static void test_failures(struct mem_case *c)
{
    th_table *table = mem_table(c);
    th_query *query = parse("event.action: ConsoleLogin and alice");
    struct th_bits rows;
    struct th_err err = {0};
    c->fail_field = TH_F_EVENT_ACTION;
    tap_ok(th_eval_rows(table, query, NULL, NULL, &rows, &err) == TH_E_DB,
           "a column that can't be read");
    tap_is_str(err.msg, "loading event.action: the disk is gone", "says which");
    c->fail_field = -1;
    size_t loads = c->loads;
    bool good = th_eval_rows(table, query, NULL, NULL, &rows, NULL) == TH_OK;
    tap_ok(good && th_bits_count(&rows) == 1, "is tried again");
    if (good)
        th_bits_fini(&rows);
    tap_is_int((int64_t)(c->loads - loads), 1, "and loaded once");
    th_query_free(query);

    th_cancel cancel = {false};
    query = parse("secret or denied");
    c->visits = 0;
    c->cancel_after = 3;
    th_err_clear(&err);
    tap_ok(th_eval_rows(table, query, NULL, &cancel, &rows, &err) == TH_E_CANCELLED,
           "a cancel in the pass");
    c->cancel_after = 0;
    tap_ok(th_eval_rows(table, query, NULL, &cancel, &rows, NULL) == TH_E_CANCELLED,
           "a flag still set");
    th_cancel_reset(&cancel);
    c->visits = 0;
    good = th_eval_rows(table, query, NULL, &cancel, &rows, NULL) == TH_OK;
    tap_ok(good && th_bits_count(&rows) == 2, "then the right answer");
    tap_is_int((int64_t)c->visits, 4, "with what was found before the cancel");
    if (good)
        th_bits_fini(&rows);
    th_query_free(query);
    query = parse("event.action: *");
    th_cancel_set(&cancel);
    tap_ok(th_eval_rows(table, query, NULL, &cancel, &rows, NULL) == TH_E_CANCELLED, "columns too");
    th_query_free(query);
    th_table_free(table);
}

static void test_empty(void)
{
    struct mem_case *c = mem_case_new();
    th_table *table = mem_table(c);
    static const char *const filters[] = {"*",
                                          "user: a",
                                          "alice",
                                          "time > now-1d",
                                          "id: x",
                                          "not requestParameters.a: b",
                                          "event.type: info"};
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        th_query *query = parse(filters[i]);
        struct th_bits rows;
        bool good = th_eval_rows(table, query, NULL, NULL, &rows, NULL) == TH_OK;
        tap_ok(good && rows.n == 0, "no rows at all: %s", filters[i]);
        if (good)
            th_bits_fini(&rows);
        th_query_free(query);
    }
    th_query *query = parse("user: a or free");
    tap_ok(!th_eval_record(query, TH_STR("no json")), "what is no record has no values");
    tap_ok(!th_eval_record(query, TH_STR("")), "nor has an empty one");
    th_query_free(query);
    th_table_free(table);
    mem_case_free(c);
}

int main(void)
{
    struct mem_case *c = make_case();
    th_table *table = mem_table(c);
    test_cases(table);
    test_rules(table);
    test_needs();
    test_visits(c);
    test_limits();
    test_failures(c);
    test_empty();
    th_table_free(table);
    mem_case_free(c);
    return tap_done();
}
