/* What the name of a delivered file tells: of which account and region it is and when it came. */
#ifndef TH_INGEST_LOG_NAME_H
#define TH_INGEST_LOG_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum th_log_kind { TH_LOG_EVENTS, TH_LOG_DIGEST, TH_LOG_OTHER };

/* All borrowed from the path. delivered_ms: to the minute; of a digest the end of its hour. */
struct th_log_name {
    enum th_log_kind kind;
    struct th_str account, region;
    int64_t delivered_ms;
};

/* Read the last part of a path: ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHMMZ_RANDOM.json.gz, or
 * ACCOUNT_CloudTrail-Digest_REGION_TRAIL_REGION_YYYYMMDDTHHMMSSZ.json.gz; OTHER is another kind of
 * log (Insight). False when it has not that form. */
bool th_log_name_read(struct th_str path, struct th_log_name *out);

/* What tells one delivered file from all others: the last part of its path, without ".gz". */
struct th_str th_log_name_base(struct th_str path);

#endif
