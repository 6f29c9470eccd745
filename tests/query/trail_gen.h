/* CloudTrail-like records by chance, for tests: few different values, so that filters find
 * something, and odd ones among them. Deterministic. */
#ifndef TESTS_QUERY_TRAIL_GEN_H
#define TESTS_QUERY_TRAIL_GEN_H

#include <stdarg.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/time.h"

struct rng {
    uint64_t state;
};

__attribute__((unused)) static uint32_t rng_next(struct rng *r)
{
    r->state = r->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t x = r->state ^ (r->state >> 29);
    return (uint32_t)((x * UINT64_C(0xbf58476d1ce4e5b9)) >> 32);
}

static uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)((uint64_t)rng_next(r) * n >> 32);
}

/* True once in n. */
static bool rng_one_in(struct rng *r, uint32_t n)
{
    return rng_below(r, n) == 0;
}

#define PICK(r, array) ((array)[rng_below((r), sizeof(array) / sizeof((array)[0]))])

static const char *const gen_actions[] = {
    "ConsoleLogin",       "GetObject",         "PutObject",   "AssumeRole",
    "DescribeInstances",  "CreateUser",        "DeleteTrail", "ListBuckets",
    "UserAuthentication", "GetCallerIdentity", "Gét*x",       "getobject",
};
static const char *const gen_providers[] = {
    "s3.amazonaws.com",  "ec2.amazonaws.com", "iam.amazonaws.com", "signin.amazonaws.com", "odd",
    "sts.amazonaws.com",
};
static const char *const gen_users[] = {
    "alice",           "bob",  "Alice Smith", "a*b", "-",          "none", "", "grüße",
    "bob@example.com", "x\\y", "null",        "and", "line\nbreak"};
static const char *const gen_addresses[] = {
    "203.0.113.9",  "203.0.113.77",      "198.51.100.1", "10.0.0.5",           "2001:db8::1",
    "AWS Internal", "ec2.amazonaws.com", "192.0.2.255",  "::ffff:203.0.113.9",
};
static const char *const gen_agents[] = {
    "aws-cli/2.17.60 md/awscrt#0.21.2 os/linux#6.8.0",
    "Boto3/1.35.50 Botocore/1.35.50",
    "signin.amazonaws.com",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/136.0",
    "console.amazonaws.com",
};
static const char *const gen_regions[] = {"us-east-1", "eu-west-1", "ap-south-1"};
static const char *const gen_errors[] = {"AccessDenied", "NoSuchBucket", "200",
                                         "Client.UnauthorizedOperation"};
static const char *const gen_types[] = {"IAMUser", "AssumedRole", "Root", "AWSService"};
static const char *const gen_words[] = {"bucket-one", "bucket-two", "Secret", "none",
                                        "-",          "",           "a/b",    "tab\there",
                                        "qu\"ote",    "héllo",      "42",     "true"};

static void gen_uuid(struct rng *r, struct th_buf *out)
{
    /* Few different ones, so that they can be met again. */
    uint32_t a = rng_below(r, 40);
    if (rng_one_in(r, 12))
        th_buf_printf(out, "REQ%u", a);
    else
        th_buf_printf(out, "%08x-0000-4000-8000-%012x", a, a * 7919);
}

/* A JSON string, now and then with characters spelled as \u escapes or the slash escaped. */
static void gen_string(struct rng *r, struct th_buf *out, const char *text)
{
    if (!rng_one_in(r, 8)) {
        th_json_quote(out, th_str_of(text));
        return;
    }
    th_buf_putc(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '/' && rng_one_in(r, 2))
            th_buf_puts(out, "\\/");
        else if (c == '"' || c == '\\')
            th_buf_printf(out, "\\%c", c);
        else if (c < 0x20 || (c < 0x7f && rng_one_in(r, 4)))
            th_buf_printf(out, "\\u%04x", c);
        else
            th_buf_putc(out, (char)c);
    }
    th_buf_putc(out, '"');
}

static void gen_value(struct rng *r, struct th_buf *out, int depth);

static void gen_object(struct rng *r, struct th_buf *out, int depth)
{
    static const char *const keys[] = {"bucketName", "userName",   "key",     "a",       "a.b", "b",
                                       "maxResults", "instanceId", "MFAUsed", "UserName"};
    uint32_t n = rng_below(r, 5);
    th_buf_putc(out, '{');
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            th_buf_puts(out, rng_one_in(r, 4) ? ", " : ",");
        gen_string(r, out, PICK(r, keys));
        th_buf_puts(out, rng_one_in(r, 4) ? " : " : ":");
        gen_value(r, out, depth + 1);
    }
    th_buf_putc(out, '}');
}

static void gen_value(struct rng *r, struct th_buf *out, int depth)
{
    static const char *const bare[] = {"1",
                                       "42",
                                       "0",
                                       "-7",
                                       "1.5",
                                       "1e10",
                                       "1E+2",
                                       "true",
                                       "false",
                                       "null",
                                       "2.0",
                                       "1e999",
                                       "12345678901234567890"};
    switch (rng_below(r, depth > 3 ? 2 : 5)) {
    case 0:
        th_buf_puts(out, PICK(r, bare));
        break;
    case 1:
    case 2:
        gen_string(r, out, PICK(r, gen_words));
        break;
    case 3: {
        uint32_t n = rng_below(r, 4);
        th_buf_putc(out, '[');
        for (uint32_t i = 0; i < n; i++) {
            if (i > 0)
                th_buf_putc(out, ',');
            gen_value(r, out, depth + 1);
        }
        th_buf_putc(out, ']');
        break;
    }
    default:
        gen_object(r, out, depth);
        break;
    }
}

static void gen_member(struct rng *r, struct th_buf *out, const char *key, const char *value)
{
    th_buf_printf(out, ",\"%s\":", key);
    gen_string(r, out, value);
}

static void gen_identity(struct rng *r, struct th_buf *out)
{
    const char *type = PICK(r, gen_types);
    th_buf_printf(out, ",\"userIdentity\":{\"type\":\"%s\"", type);
    if (!rng_one_in(r, 4))
        gen_member(r, out, "userName", PICK(r, gen_users));
    if (!rng_one_in(r, 3)) {
        th_buf_printf(out, ",\"arn\":\"arn:aws:sts::%012u:assumed-role/role%u/", rng_below(r, 3),
                      rng_below(r, 3));
        th_buf_printf(out, "session%u\"", rng_below(r, 20));
    }
    if (rng_one_in(r, 2))
        th_buf_printf(out, ",\"accountId\":\"%012u\",\"principalId\":\"AID%u:s%u\"",
                      rng_below(r, 3), rng_below(r, 5), rng_below(r, 5));
    if (rng_one_in(r, 3))
        th_buf_printf(out, ",\"accessKeyId\":\"AKIA%016u\"", rng_below(r, 300));
    if (rng_one_in(r, 3)) {
        th_buf_puts(out, ",\"sessionContext\":{\"attributes\":{\"mfaAuthenticated\":\"");
        th_buf_puts(out, rng_one_in(r, 2) ? "true" : "false");
        th_buf_puts(out, "\",\"creationDate\":\"2024-03-01T0");
        th_buf_printf(out,
                      "%u:00:00Z\"},\"sessionIssuer\":{\"type\":\"Role\",\"userName\":\"role%u\"}}",
                      rng_below(r, 9), rng_below(r, 3));
    }
    th_buf_puts(out, "}");
}

static void gen_resources(struct rng *r, struct th_buf *out)
{
    uint32_t n = rng_below(r, 4);
    th_buf_puts(out, ",\"resources\":[");
    for (uint32_t i = 0; i < n; i++)
        th_buf_printf(out, "%s{\"ARN\":\"arn:aws:s3:::bucket-%u\",\"accountId\":\"%012u\"}",
                      i > 0 ? "," : "", rng_below(r, 4), rng_below(r, 3));
    th_buf_puts(out, "]");
}

/* Members that few records have. */
static void gen_rare(struct rng *r, struct th_buf *out)
{
    if (rng_one_in(r, 3))
        th_buf_printf(out, ",\"managementEvent\":%s,\"eventCategory\":\"Management\"",
                      rng_one_in(r, 2) ? "true" : "false");
    if (rng_one_in(r, 5))
        th_buf_printf(out,
                      ",\"tlsDetails\":{\"tlsVersion\":\"TLSv1.%u\",\"cipherSuite\":\"ECDHE-%u\"}",
                      rng_below(r, 3), rng_below(r, 4));
    if (rng_one_in(r, 8))
        th_buf_printf(out, ",\"vpcEndpointId\":\"vpce-%u\"", rng_below(r, 3));
    if (rng_one_in(r, 8))
        gen_member(r, out, "apiVersion", rng_one_in(r, 2) ? "2012-08-10" : "42");
    if (rng_one_in(r, 12))
        gen_member(r, out, "sharedEventID",
                   rng_one_in(r, 2) ? "SHARED" : "00000007-0000-4000-8000-00000000d431");
    if (rng_one_in(r, 15))
        gen_member(r, out, "sessionCredentialFromConsole", "true");
    if (rng_one_in(r, 15))
        th_buf_puts(out,
                    ",\"addendum\":{\"reason\":\"UPDATED_DATA\",\"originalRequestID\":\"REQ3\"}");
}

/* One record, appended. number: 0, or what its event id is made of: no other record has it. */
__attribute__((unused)) static void gen_record_as(struct rng *r, struct th_buf *out,
                                                  uint32_t number)
{
    static const char *const containers[] = {"requestParameters", "responseElements",
                                             "additionalEventData", "serviceEventDetails"};
    int64_t ts = INT64_C(1709251200000) + (int64_t)rng_below(r, 200) * TH_HOUR_MS / 2 +
                 (int64_t)rng_below(r, 3) * 500;
    char iso[TH_TIME_ISO_BYTES];
    th_time_iso(ts, iso);
    th_buf_puts(out, "{\"eventVersion\":\"1.0");
    th_buf_printf(out, "%u\"", 5 + rng_below(r, 5));
    if (!rng_one_in(r, 20))
        th_buf_printf(out, ",\"eventTime\":\"%s\"", iso);
    if (!rng_one_in(r, 30))
        gen_member(r, out, "eventName", PICK(r, gen_actions));
    gen_member(r, out, "eventSource", PICK(r, gen_providers));
    gen_member(r, out, "awsRegion", PICK(r, gen_regions));
    if (!rng_one_in(r, 10))
        gen_member(r, out, "sourceIPAddress", PICK(r, gen_addresses));
    if (!rng_one_in(r, 10))
        gen_member(r, out, "userAgent", PICK(r, gen_agents));
    if (rng_one_in(r, 3))
        gen_member(r, out, "errorCode", PICK(r, gen_errors));
    if (rng_one_in(r, 6))
        gen_member(r, out, "errorMessage", "User: alice is not authorized (a*b) to do \"x\"");
    gen_identity(r, out);
    for (size_t i = 0; i < 4; i++) {
        if (rng_one_in(r, 3))
            continue;
        th_buf_printf(out, ",\"%s\":", containers[i]);
        if (rng_one_in(r, 8))
            gen_value(r, out, 2);
        else
            gen_object(r, out, 0);
    }
    if (rng_one_in(r, 2))
        gen_resources(r, out);
    if (rng_one_in(r, 2))
        th_buf_printf(out, ",\"readOnly\":%s", rng_one_in(r, 2) ? "true" : "false");
    gen_rare(r, out);
    th_buf_puts(out, ",\"eventID\":\"");
    if (number == 0)
        gen_uuid(r, out);
    else if (number % 13 == 0)
        th_buf_printf(out, "ID-%u", number);
    else
        th_buf_printf(out,
                      number % 13 == 1 ? "%08X-0000-4000-8000-%012X" : "%08x-0000-4000-8000-%012x",
                      number, number * 7919 % 1000003);
    th_buf_puts(out, "\",\"requestID\":\"");
    gen_uuid(r, out);
    th_buf_puts(out, "\",\"eventType\":\"AwsApiCall\",\"recipientAccountId\":\"");
    th_buf_printf(out, "%012u\"", rng_below(r, 3));
    if (rng_one_in(r, 15)) /* a second one wins */
        gen_member(r, out, "eventName", PICK(r, gen_actions));
    th_buf_puts(out, "}");
}

__attribute__((unused)) static void gen_record(struct rng *r, struct th_buf *out)
{
    gen_record_as(r, out, 0);
}

#endif
