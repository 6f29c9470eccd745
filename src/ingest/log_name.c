/* Names of delivered files. The folders above them say the same and are often lost on the way to an
 * analyst, so only the file's own name is read. */
#include "ingest/log_name.h"

#include <string.h>

#include "base/time.h"

#define ACCOUNT_DIGITS 12u

struct th_str th_log_name_base(struct th_str path)
{
    struct th_str base = th_str_sub(path, (size_t)(th_str_rfind(path, '/') + 1), path.n);
    if (th_str_ends(base, TH_STR(".gz")))
        base.n -= sizeof ".gz" - 1;
    return base;
}

/* The text up to the next '_', which is passed over; false when there is none. */
static bool next_part(struct th_str *rest, struct th_str *part)
{
    ptrdiff_t at = th_str_find(*rest, '_');
    if (at < 0)
        return false;
    *part = th_str_sub(*rest, 0, (size_t)at);
    *rest = th_str_sub(*rest, (size_t)at + 1, rest->n);
    return part->n > 0;
}

static bool is_account(struct th_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == ACCOUNT_DIGITS;
}

/* 20260304T0205Z or 20260304T020531Z; what follows a dot or '_' is no part of it. */
static bool read_time(struct th_str s, int64_t *out)
{
    char text[] = "YYYYMMDDTHHMMSSZ";
    const size_t minutes = sizeof "YYYYMMDDTHHMM" - 1;
    if (s.n <= minutes)
        return false;
    memcpy(text, s.p, minutes);
    if (s.p[minutes] == 'Z')
        memcpy(text + minutes, "00", 2);
    else if (s.n > minutes + 2)
        memcpy(text + minutes, s.p + minutes, 2);
    else
        return false;
    return th_time_parse(th_str_of(text), out);
}

static bool read_kind(struct th_str word, enum th_log_kind *kind)
{
    if (!th_str_starts(word, TH_STR("CloudTrail")))
        return false;
    *kind = th_str_is(word, "CloudTrail")          ? TH_LOG_EVENTS
            : th_str_is(word, "CloudTrail-Digest") ? TH_LOG_DIGEST
                                                   : TH_LOG_OTHER;
    return *kind == TH_LOG_EVENTS || word.p[sizeof "CloudTrail" - 1] == '-';
}

bool th_log_name_read(struct th_str path, struct th_log_name *out)
{
    struct th_str rest = th_log_name_base(path);
    struct th_str account, kind, region, time;
    struct th_log_name name;
    if (!next_part(&rest, &account) || !is_account(account) || !next_part(&rest, &kind) ||
        !read_kind(kind, &name.kind) || !next_part(&rest, &region))
        return false;
    if (name.kind == TH_LOG_DIGEST)
        time = th_str_sub(rest, (size_t)(th_str_rfind(rest, '_') + 1), rest.n);
    else if (!next_part(&rest, &time))
        return false;
    name.account = account;
    name.region = region;
    if (!read_time(time, &name.delivered_ms))
        return false;
    *out = name;
    return true;
}
