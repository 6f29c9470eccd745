/* A digest file: the list of log files that CloudTrail delivered in an hour, with their hashes. */
#ifndef TH_INGEST_SHAPE_DIGEST_H
#define TH_INGEST_SHAPE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* object: key in the bucket. sha256: of the inflated file. Times of its events, TH_TIME_NONE when
 * the digest doesn't tell. */
struct th_digest_log {
    struct th_str object;
    uint8_t sha256[32];
    bool has_sha256;
    int64_t oldest_ms, newest_ms;
};

/* Texts absent and times TH_TIME_NONE where the digest has none. */
struct th_digest {
    struct th_str account, object, previous_object;
    int64_t start_ms, end_ms;
    struct th_digest_log *logs;
    size_t logs_n;
};

/* Read a digest's JSON. Everything in out dies with the arena. False for what is no digest: no
 * object, without the times of its hour or without the list. */
bool th_digest_read(struct th_str json, th_arena *arena, struct th_digest *out);

#endif
