/* What names of delivered files tell, and what digests hold. */
#include "lib/tap.h"

#include "base/time.h"
#include "ingest/log_name.h"
#include "ingest/shape/digest.h"

static const struct name {
    const char *path, *account, *region, *time;
    enum th_log_kind kind;
} names[] = {
    {"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/04/"
     "111122223333_CloudTrail_us-east-1_20260304T0205Z_SJ6URICUSzUWqCGT.json.gz",
     "111122223333", "us-east-1", "2026-03-04T02:05:00.000Z", TH_LOG_EVENTS},
    {"111122223333_CloudTrail_us-gov-west-1_20260304T0205Z_x.json", "111122223333", "us-gov-west-1",
     "2026-03-04T02:05:00.000Z", TH_LOG_EVENTS},
    {"box.tar/in/111122223333_CloudTrail_us-east-1_20260304T0205Z_x.json.gz", "111122223333",
     "us-east-1", "2026-03-04T02:05:00.000Z", TH_LOG_EVENTS},
    {"a/111122223333_CloudTrail-Digest_us-east-1_my_trail_us-east-1_20260105T120131Z.json.gz",
     "111122223333", "us-east-1", "2026-01-05T12:01:31.000Z", TH_LOG_DIGEST},
    {"111122223333_CloudTrail-Insight_us-east-1_20260304T0205Z_x.json.gz", "111122223333",
     "us-east-1", "2026-03-04T02:05:00.000Z", TH_LOG_OTHER},
    {"", NULL, NULL, NULL, TH_LOG_OTHER},
    {"events.json", NULL, NULL, NULL, TH_LOG_OTHER},
    {"11112222333_CloudTrail_us-east-1_20260304T0205Z_x.json", NULL, NULL, NULL, TH_LOG_OTHER},
    {"111122223333_CloudTrailx_us-east-1_20260304T0205Z_x.json", NULL, NULL, NULL, TH_LOG_OTHER},
    {"111122223333_CloudTrail_us-east-1_20261304T0205Z_x.json", NULL, NULL, NULL, TH_LOG_OTHER},
    {"111122223333_CloudTrail_us-east-1_20260304T02", NULL, NULL, NULL, TH_LOG_OTHER},
    {"111122223333_CloudTrail_us-east-1_20260304T0205_x.json", NULL, NULL, NULL, TH_LOG_OTHER},
    {"111122223333_CloudTrail__20260304T0205Z_x.json", NULL, NULL, NULL, TH_LOG_OTHER},
    {"111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_soon.json.gz", NULL, NULL, NULL,
     TH_LOG_OTHER},
    {"111122223333_", NULL, NULL, NULL, TH_LOG_OTHER},
    {"111122223333_CloudTrail", NULL, NULL, NULL, TH_LOG_OTHER},
};

static void test_names(void)
{
    for (size_t i = 0; i < TH_COUNT(names); i++) {
        const struct name *want = &names[i];
        struct th_log_name got;
        char iso[TH_TIME_ISO_BYTES] = "";
        bool read = th_log_name_read(th_str_of(want->path), &got);
        if (read)
            th_time_iso(got.delivered_ms, iso);
        tap_ok(read == (want->account != NULL) &&
                   (!read ||
                    (th_str_is(got.account, want->account) && th_str_is(got.region, want->region) &&
                     got.kind == want->kind && strcmp(iso, want->time) == 0)),
               "name '%s'", want->path);
    }
    tap_ok(th_str_is(th_log_name_base(TH_STR("a/b/c.json.gz")), "c.json") &&
               th_str_is(th_log_name_base(TH_STR("c.json")), "c.json"),
           "the last part, without .gz");
}

#define TIMES                                                                                      \
    "\"digestStartTime\":\"2026-01-05T10:01:31Z\",\"digestEndTime\":\"2026-01-05T11:01:31Z\""
#define HASH "086feb1000000000000000000000000000000000000000000000000000ABCDEF"

static void test_digests(void)
{
    th_arena *arena = th_arena_new(0);
    struct th_digest d;
    bool read =
        th_digest_read(TH_STR("{\"awsAccountId\":\"1\"," TIMES ",\"digestS3Object\":\"a\\/b\","
                              "\"previousDigestS3Object\":null,\"logFiles\":[{\"s3Object\":\"one\","
                              "\"hashValue\":\"" HASH "\",\"hashAlgorithm\":\"SHA-256\","
                              "\"newestEventTime\":\"2026-01-05T10:59:00Z\"},{\"s3Object\":\"two\","
                              "\"hashValue\":\"" HASH "\",\"hashAlgorithm\":\"MD5\"},{\"x\":1},7,"
                              "{\"s3Object\":\"three\",\"hashValue\":\"zz\"}]}"),
                       arena, &d);
    tap_ok(read && th_str_is(d.account, "1") && th_str_is(d.object, "a/b") &&
               d.previous_object.p == NULL && d.end_ms - d.start_ms == TH_HOUR_MS,
           "what a digest says of itself");
    tap_is_int((int64_t)d.logs_n, 3, "its log files, those without a key left out");
    tap_ok(d.logs_n == 3 && d.logs[0].has_sha256 && d.logs[0].sha256[0] == 0x08 &&
               d.logs[0].sha256[31] == 0xef && d.logs[0].oldest_ms == TH_TIME_NONE &&
               d.logs[0].newest_ms != TH_TIME_NONE,
           "hash and times");
    tap_ok(d.logs_n == 3 && !d.logs[1].has_sha256 && !d.logs[2].has_sha256,
           "another hash, or none, is no hash");
    tap_ok(th_digest_read(TH_STR("{" TIMES ",\"logFiles\":[]}"), arena, &d) && d.logs_n == 0,
           "an hour without log files");
    static const char *const bad[] = {"",
                                      "[]",
                                      "{" TIMES "}",
                                      "{" TIMES ",\"logFiles\":{}}",
                                      "{\"logFiles\":[]}",
                                      "{" TIMES ",\"logFiles\":[1",
                                      "{\"digestStartTime\":\"soon\",\"logFiles\":[]}"};
    for (size_t i = 0; i < TH_COUNT(bad); i++)
        tap_ok(!th_digest_read(th_str_of(bad[i]), arena, &d), "no digest: %s", bad[i]);
    th_arena_free(arena);
}

int main(void)
{
    test_names();
    test_digests();
    return tap_done();
}
