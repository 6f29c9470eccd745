/* Digests are small (a line a log file) and rare (one an hour and region), so each member is simply
 * looked up. */
#include "ingest/shape/digest.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/time.h"

static struct th_str text_of(struct th_str object, struct th_str key, th_arena *arena)
{
    struct th_json_value v;
    struct th_buf scratch = TH_BUF_INIT;
    struct th_str text = TH_STR_NONE;
    if (th_json_get(object, key, &v) && v.type == TH_JSON_STRING)
        text = th_arena_dup(arena, th_json_scalar(&v, &scratch));
    th_buf_fini(&scratch);
    return text;
}

static int64_t time_of(struct th_str object, struct th_str key, th_arena *arena)
{
    int64_t ts;
    return th_time_parse(text_of(object, key, arena), &ts) ? ts : TH_TIME_NONE;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hash(struct th_str hex, uint8_t out[32])
{
    if (hex.n != 64)
        return false;
    for (size_t i = 0; i < 32; i++) {
        int high = digit(hex.p[2 * i]);
        int low = digit(hex.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

/* The hash counts only where it is the kind that the digest says. */
static void read_log(struct th_str object, th_arena *arena, struct th_digest_log *log)
{
    struct th_str algorithm = text_of(object, TH_STR("hashAlgorithm"), arena);
    *log = (struct th_digest_log){
        .object = text_of(object, TH_STR("s3Object"), arena),
        .oldest_ms = time_of(object, TH_STR("oldestEventTime"), arena),
        .newest_ms = time_of(object, TH_STR("newestEventTime"), arena),
    };
    log->has_sha256 = (algorithm.p == NULL || th_str_is(algorithm, "SHA-256")) &&
                      read_hash(text_of(object, TH_STR("hashValue"), arena), log->sha256);
}

static bool read_logs(struct th_str list, th_arena *arena, struct th_digest *out)
{
    struct th_json_cursor c;
    struct th_json_value v;
    enum th_json_status status;
    bool first = true;
    size_t n = 0;
    th_json_init(&c, list);
    if (th_json_enter(&c) != TH_JSON_OK)
        return false;
    while ((status = th_json_next_element(&c, &first)) == TH_JSON_OK &&
           th_json_value(&c, &v) == TH_JSON_OK)
        n++;
    if (status != TH_JSON_END)
        return false;
    out->logs = th_arena_calloc(arena, n + 1, sizeof *out->logs);
    first = true;
    th_json_init(&c, list);
    if (th_json_enter(&c) != TH_JSON_OK)
        return false;
    while (out->logs_n < n && th_json_next_element(&c, &first) == TH_JSON_OK &&
           th_json_value(&c, &v) == TH_JSON_OK) {
        struct th_digest_log *log = &out->logs[out->logs_n];
        read_log(v.text, arena, log);
        out->logs_n += log->object.p != NULL;
    }
    return true;
}

bool th_digest_read(struct th_str json, th_arena *arena, struct th_digest *out)
{
    struct th_json_value list;
    *out = (struct th_digest){
        .account = text_of(json, TH_STR("awsAccountId"), arena),
        .object = text_of(json, TH_STR("digestS3Object"), arena),
        .previous_object = text_of(json, TH_STR("previousDigestS3Object"), arena),
        .start_ms = time_of(json, TH_STR("digestStartTime"), arena),
        .end_ms = time_of(json, TH_STR("digestEndTime"), arena),
    };
    return out->start_ms != TH_TIME_NONE && out->end_ms != TH_TIME_NONE &&
           th_json_get(json, TH_STR("logFiles"), &list) && list.type == TH_JSON_ARRAY &&
           read_logs(list.text, arena, out);
}
