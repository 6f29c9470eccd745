/* Query DSL: each kind of node, and that what comes out is JSON. */
#include "lib/tap.h"

#include <jansson.h>

#include "query/kql/dsl.h"
#include "query/kql/kql.h"

#define RP "aws.cloudtrail.flattened.request_parameters."

static const struct {
    const char *kql, *dsl;
} cases[] = {
    {"", "{\"match_all\":{}}"},
    {"event.action: ConsoleLogin", "{\"term\":{\"event.action\":\"ConsoleLogin\"}}"},
    {"action: (a or b or c*)",
     "{\"bool\":{\"should\":[{\"terms\":{\"event.action\":[\"a\",\"b\"]}},{\"prefix\":{"
     "\"event.action\":\"c\"}}],\"minimum_should_match\":1}}"},
    {"user.name: a or event.action: b or user.name: c",
     "{\"bool\":{\"should\":[{\"terms\":{\"user.name\":[\"a\",\"c\"]}},{\"term\":{"
     "\"event.action\":\"b\"}}],\"minimum_should_match\":1}}"},
    {"event.action: a and not user.name: b",
     "{\"bool\":{\"filter\":[{\"term\":{\"event.action\":\"a\"}}],\"must_not\":[{\"term\":{"
     "\"user.name\":\"b\"}}]}}"},
    {"not user.name: *", "{\"bool\":{\"must_not\":[{\"exists\":{\"field\":\"user.name\"}}]}}"},
    {"event.action: *e*", "{\"wildcard\":{\"event.action\":{\"value\":\"*e*\"}}}"},
    {"event.action: G*t?", "{\"wildcard\":{\"event.action\":{\"value\":\"G*t\\\\?\"}}}"},
    {"event.action: *\\*", "{\"wildcard\":{\"event.action\":{\"value\":\"*\\\\*\"}}}"},
    {"event.action: ~/^Get.*y$/i",
     "{\"regexp\":{\"event.action\":{\"value\":\"(Get.*y)\",\"case_insensitive\":true,\"flags\":"
     "\"NONE\"}}}"},
    {"event.action: ~/a|b/",
     "{\"regexp\":{\"event.action\":{\"value\":\".*(a|b).*\",\"flags\":\"NONE\"}}}"},
    {"source.ip: 203.0.113.0/24", "{\"term\":{\"source.ip\":\"203.0.113.0/24\"}}"},
    {"source.ip: \"2001:db8::/32\"", "{\"term\":{\"source.ip\":\"2001:db8::/32\"}}"},
    {"source.ip >= 10.0.0.5", "{\"range\":{\"source.ip\":{\"gte\":\"10.0.0.5\"}}}"},
    {"@timestamp < \"2024-03-02T00:00:00Z\"",
     "{\"range\":{\"@timestamp\":{\"lt\":\"2024-03-02T00:00:00.000Z\"}}}"},
    {"source.as.number > 64512", "{\"range\":{\"source.as.number\":{\"gt\":64512}}}"},
    {"user.name > \"b\"", "{\"range\":{\"user.name\":{\"gt\":\"b\"}}}"},
    {"user_agent.original.text: boto3",
     "{\"match\":{\"user_agent.original.text\":{\"query\":\"boto3\",\"operator\":\"and\"}}}"},
    {"user_agent.original.text: \"os linux\"",
     "{\"match_phrase\":{\"user_agent.original.text\":\"os linux\"}}"},
    {"requestParameters.bucketName: logs", "{\"term\":{\"" RP "bucketName\":\"logs\"}}"},
    {"requestParameters.a.b: x*", "{\"prefix\":{\"" RP "a.b\":\"x\"}}"},
    {"requestParameters.a: x or requestParameters.b: x",
     "{\"bool\":{\"should\":[{\"term\":{\"" RP "a\":\"x\"}},{\"term\":{\"" RP
     "b\":\"x\"}}],\"minimum_should_match\":1}}"},
    {"requestParameters.buck*: x*",
     "{\"prefix\":{\"aws.cloudtrail.flattened.request_parameters\":\"x\"}}"},
    {"requestParameters.buck*: (x or y)",
     "{\"bool\":{\"should\":[{\"term\":{\"aws.cloudtrail.flattened.request_parameters\":\"x\"}},"
     "{\"term\":{\"aws.cloudtrail.flattened.request_parameters\":\"y\"}}],\"minimum_should_match\":"
     "1}}"},
    {"\"a:b c\"",
     "{\"query_string\":{\"query\":\"*a\\\\:b\\\\ c*\",\"analyze_wildcard\":true,\"lenient\":true}"
     "}"},
    {"user.name: \"qu\\\"ote\\\\\"", "{\"term\":{\"user.name\":\"qu\\\"ote\\\\\"}}"},
};

static void check(const th_query *query, const char *what, const char *want)
{
    struct th_buf out = TH_BUF_INIT;
    json_error_t error;
    th_dsl_write(query, &out);
    json_t *json = json_loadb(out.p, out.n, 0, &error);
    tap_ok(json != NULL, "JSON: %s", what);
    json_decref(json);
    tap_is_str(th_buf_cstr(&out), want, what);
    th_buf_fini(&out);
}

/* What KQL can't say. */
static void test_built(void)
{
    struct th_field_ref user = {TH_F_USER_NAME, false, TH_STR_NONE};
    struct th_field_ref target = {TH_F_USER_TARGET_NAME, false, TH_STR_NONE};
    struct th_node *node = NULL;
    th_query *query = th_query_new();
    if (th_node_text(query, user, TH_PATTERN_CONTAINS, TH_STR("a*b"), TH_PATTERN_ICASE, &node,
                     NULL) == TH_OK)
        th_query_set_root(query, node);
    check(query, "any case",
          "{\"wildcard\":{\"user.name\":{\"value\":\"*a\\\\*b*\",\"case_insensitive\":true}}}");
    node = th_node_new(query, TH_NODE_MATCH);
    node->field = user;
    node->test = TH_TEST_NULL;
    th_query_set_root(query, node);
    check(query, "null",
          "{\"bool\":{\"should\":[{\"bool\":{\"must_not\":[{\"exists\":{\"field\":\"user.name\"}}]"
          "}},{\"term\":{\"user.name\":\"\"}}],\"minimum_should_match\":1}}");
    node = th_node_new(query, TH_NODE_MATCH);
    node->field = user;
    node->other = target;
    node->test = TH_TEST_FIELD;
    th_query_set_root(query, node);
    struct th_buf out = TH_BUF_INIT;
    th_dsl_write(query, &out);
    tap_ok(th_str_search(th_buf_str(&out),
                         TH_STR("\"params\":{\"a\":\"user.name\",\"b\":\"user.target.name\"}")) >=
               0,
           "two fields: a script");
    th_buf_fini(&out);
    th_query_free(query);
    query = th_query_new();
    th_query_set_root(query, th_node_new(query, TH_NODE_NONE));
    check(query, "none", "{\"match_none\":{}}");
    th_query_free(query);
}

int main(void)
{
    static const struct th_kql_options options = {.now_ms = INT64_C(1709500000000)};
    for (size_t i = 0; i < TH_COUNT(cases); i++) {
        th_query *query;
        struct th_err err = {0};
        if (th_kql_parse(th_str_of(cases[i].kql), &options, &query, NULL, &err) != TH_OK) {
            tap_ok(false, "%s: %s", cases[i].kql, err.msg);
            continue;
        }
        check(query, cases[i].kql, cases[i].dsl);
        th_query_free(query);
    }
    test_built();
    return tap_done();
}
