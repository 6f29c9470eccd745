/* Filters by chance, over the fields and values of trail_gen.h and odd ones: some are refused, most
 * find something. Deterministic. */
#ifndef TESTS_QUERY_FILTER_GEN_H
#define TESTS_QUERY_FILTER_GEN_H

#include "query/trail_gen.h"

static const char *const gen_fields[] = {
    "event.action",
    "user.name",
    "source.ip",
    "source.address",
    "cloud.region",
    "event.outcome",
    "event.category",
    "event.type",
    "cloud.service.name",
    "aws.cloudtrail.error_code",
    "aws.cloudtrail.error_message",
    "user_agent.original",
    "user_agent.original.text",
    "event.id",
    "aws.cloudtrail.request_id",
    "aws.cloudtrail.read_only",
    "@timestamp",
    "aws.cloudtrail.user_identity.session_context.creation_date",
    "aws.cloudtrail.resources.arn",
    "aws.cloudtrail.resources.account_id",
    "event.module",
    "cloud.provider",
    "user.id",
    "aws.cloudtrail.user_identity.arn",
    "aws.cloudtrail.user_identity.access_key_id",
    "aws.cloudtrail.event_version",
    "requestParameters.bucketName",
    "requestParameters.a",
    "requestParameters.a.b",
    "requestParameters.*e*",
    "requestParameters.a*",
    "responseElements.*.key",
    "additionalEventData.*User*",
    "responseElements.userName",
    "responseElements.a.key",
    "additionalEventData.UserName",
    "additionalEventData.MFAUsed",
    "serviceEventDetails.b",
    "requestParameters.maxResults",
    "aws.cloudtrail.request_parameters",
    "aws.cloudtrail.request_parameters.text",
    "aws.cloudtrail.response_elements",
    "aws.cloudtrail.flattened.request_parameters",
    "related.user",
    "related.ip",
    "related.entity",
    "actor.entity.id",
    "error.message",
    "event.original",
    "event.kind",
    "trailhound.verb",
    "aws.cloudtrail.shared_event_id",
    "user.target.name",
    "group.*",
    "event.*",
    "user.email",
    "user.changes.name",
    "group.name",
    "service.name",
    "tls.version",
    "tls.*",
    "aws.cloudtrail.api_version",
    "aws.cloudtrail.management_event",
    "aws.cloudtrail.vpc_endpoint_id",
    "aws.cloudtrail.console_login.additional_eventdata.mfa_used",
    "aws.cloudtrail.user_identity.session_context.mfa_authenticated",
    "aws.cloudtrail.user_identity.session_context.session_issuer.type",
    "aws.cloudtrail.user_identity.session_context.assumed_root",
    "aws.cloudtrail.addendum.reason",
    "aws.cloudtrail.recipient_account_id",
    "cloud.account.id",
    "user_agent.name",
    "user_agent.os.name",
    "user_agent.*",
    "source.as.number",
    "source.geo.country_iso_code",
    "trailhound.actor",
    "trailhound.target",
    "trailhound.sensitive",
    "trailhound.session",
    "aws.cloudtrail.resources.*",
};
static const char *const gen_values[] = {
    "ConsoleLogin",
    "Get*",
    "*Object",
    "*e*",
    "G*t",
    "getobject",
    "alice",
    "bob",
    "\"Alice Smith\"",
    "Alice Smith",
    "\"a*b\"",
    "a\\*b",
    "a*b",
    "\"-\"",
    "none",
    "\"\"",
    "grüße",
    "gr*e",
    "\"x\\\\y\"",
    "203.0.113.9",
    "203.0.113.0/24",
    "\"2001:db8::/32\"",
    "\"2001:db8::1\"",
    "10.0.0.5",
    "us-east-1",
    "eu-*",
    "failure",
    "success",
    "iam",
    "file",
    "info",
    "s3",
    "AccessDenied",
    "200",
    "42",
    "1",
    "1.5",
    "2.0",
    "true",
    "false",
    "\"arn:aws:s3:::bucket-1\"",
    "\"arn:aws:s3:::bucket-*\"",
    "arn\\:aws\\:s3*",
    "000000000001",
    "aws",
    "linux",
    "aws cli",
    "\"os linux\"",
    "boto*",
    "bucket-one",
    "Secret",
    "secret",
    "\"a/b\"",
    "\"tab\\there\"",
    "\"qu\\\"ote\"",
    "héllo",
    "\"00000003-0000-4000-8000-000000005cc5\"",
    "00000003*",
    "REQ3",
    "REQ*",
    "*0000-4000*",
    "~/^a.*e$/",
    "~/BUCKET/i",
    "~/\\d{3}/",
    "*",
    "*bucketName=bucket*",
    "null",
    "W",
    "2024-03-02",
    "\"2024-03-01T05:00:00Z\"",
    "now-2d/d",
    "1.0E10",
    "10000000000",
    "1e999",
    "64500",
    "1.2",
    "tls*",
    "GB",
    "Boto3",
    "*[a-c]*",
    "*?*",
    "?lice",
    "*\\**",
    "a*e*",
    "**b**",
    "\"bob@example.com\"",
    "UPDATED*",
    "\"AKIA0000000000000042\"",
    "AKIA*42",
    "\"alice \"",
    "\" alice\"",
};
static const char *const gen_phrases[] = {
    "alice",
    "ALICE",
    "consolelogin",
    "\"bucket-one\"",
    "secret",
    "grüße",
    "\"a/b\"",
    "\"tab\\there\"",
    "\"qu\\\"ote\"",
    "42",
    "true",
    "us-*-1",
    "get*ct",
    "eventName",
    "\"203.0.113\"",
    "amazonaws",
    "héllo",
    "HÉLLO",
    "\"not authorized\"",
    "zzz",
    "1e",
    "\"a*b\"",
    "e",
    "\"\\\\\"",
};
static const char *const gen_bounds[] = {"5",
                                         "203.0.113.0",
                                         "2024-03-02",
                                         "now-1d",
                                         "b",
                                         "1.07",
                                         "0",
                                         "-1",
                                         "\"2024-03-01T05:00:00Z\"",
                                         "\"2001:db8::\"",
                                         "64503",
                                         "42",
                                         "1e3",
                                         "\"2024-03-02T12:00:00.500Z\"",
                                         "\"::ffff:10.0.0.5\"",
                                         "\"\"",
                                         "ü",
                                         "2024-03-02||-1h/h"};
static const char *const gen_operators[] = {"<", "<=", ">", ">="};

static void gen_list(struct rng *r, struct th_buf *out)
{
    uint32_t n = 1 + rng_below(r, rng_one_in(r, 6) ? 14 : 3);
    th_buf_putc(out, '(');
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            th_buf_puts(out, rng_one_in(r, 4) ? " and " : " or ");
        if (rng_one_in(r, 5))
            th_buf_puts(out, "not ");
        th_buf_puts(out, PICK(r, gen_values));
    }
    th_buf_putc(out, ')');
}

static void gen_clause(struct rng *r, struct th_buf *out)
{
    switch (rng_below(r, 10)) {
    case 0:
        th_buf_puts(out, PICK(r, gen_phrases));
        break;
    case 1:
        th_buf_printf(out, "%s %s %s", PICK(r, gen_fields), PICK(r, gen_operators),
                      PICK(r, gen_bounds));
        break;
    case 2:
        th_buf_printf(out, "%s: ", PICK(r, gen_fields));
        gen_list(r, out);
        break;
    case 3:
        th_buf_printf(out, "%s: *", PICK(r, gen_fields));
        break;
    default:
        th_buf_printf(out, "%s: %s", PICK(r, gen_fields), PICK(r, gen_values));
        break;
    }
}

/* A tree of clauses. depth: the levels above it; from 3 on it has no parentheses. */
__attribute__((unused)) static void gen_filter(struct rng *r, struct th_buf *out, int depth)
{
    uint32_t n = depth > 3 ? 1 : 1 + rng_below(r, 3);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            th_buf_puts(out, rng_one_in(r, 2) ? " and " : " or ");
        if (rng_one_in(r, 5))
            th_buf_puts(out, "not ");
        if (depth < 3 && rng_one_in(r, 4)) {
            th_buf_putc(out, '(');
            gen_filter(r, out, depth + 1);
            th_buf_putc(out, ')');
        } else {
            gen_clause(r, out);
        }
    }
}

#endif
