/* The window of a source: its plain bytes, all at once where they fit in memory, else as a stream.
 *
 * A gzip file that is sound and of usual size inflates at once. Any other goes through zlib, which
 * notes the places to inflate from again and, where the file breaks, looks for a whole member
 * behind the damage: reading goes on there, and the words of the break say what was passed over. */
#include <stdio.h>
#include <string.h>

#include "ingest/import.h"
#include "ingest/reader/inflate.h"
#include "ingest/reader/magic.h"
#include "ingest/reader/source_reader.h"

/* The source ends early: the first reason counts. */
static void set_broken(struct th_intake *in, const char *why)
{
    if (in->broken[0] == '\0')
        (void)snprintf(in->broken, sizeof in->broken, "%s", why);
}

static void set_trailing(struct th_intake *in, uint64_t trailing)
{
    if (trailing == 0 || in->broken[0] != '\0')
        return;
    (void)snprintf(in->broken, sizeof in->broken,
                   "%llu bytes behind the last gzip member are no gzip data",
                   (unsigned long long)trailing);
}

/* Called by the window when nothing more comes. */
static size_t at_end(struct th_intake *in)
{
    if (in->src.failed[0] != '\0')
        (void)snprintf(in->broken, sizeof in->broken, "%s", in->src.failed);
    in->ends_cut = in->src.cut;
    in->window.stopped = th_cancelled(in->cancel);
    in->window.broken = in->broken[0] != '\0' ? in->broken : NULL;
    return 0;
}

static void report(struct th_intake *in)
{
    /* Of an archive, its own bytes count. */
    if (in->container != NULL || in->read_at <= in->reported)
        return;
    in->hooks->done(in->hooks->ctx, in->read_at - in->reported, 0);
    in->reported = in->read_at;
}

static size_t read_plain(void *ctx, void *buffer, size_t size)
{
    struct th_intake *in = ctx;
    size_t n = th_cancelled(in->cancel) ? 0 : th_source_read(&in->src, in->read_at, buffer, size);
    if (n == 0)
        return at_end(in);
    in->read_at += n;
    report(in);
    return n;
}

static size_t read_compressed(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    struct th_intake *in = ctx;
    return th_cancelled(in->cancel) ? 0 : th_source_read(&in->src, offset, buffer, size);
}

/* Behind a break: on with the next whole member. */
static bool resume_inflated(void *ctx)
{
    struct th_intake *in = ctx;
    if (th_cancelled(in->cancel) || !th_gzstream_resume(in->gz))
        return false;
    in->broken[0] = '\0';
    in->resumed = true;
    return true;
}

/* The words of a break say what of the file is passed over. What couldn't be read may be anything,
 * and what a cap stops isn't broken. */
static void look_behind(struct th_intake *in, bool trails)
{
    uint64_t at;
    uint64_t member;
    if (in->broken[0] == '\0' || in->src.failed[0] != '\0' || in->capped != 0)
        return;
    enum th_gz_behind behind = th_gzstream_look_behind(in->gz, &at, &member);
    if (behind == TH_GZ_MEMBER && trails)
        (void)snprintf(in->broken, sizeof in->broken, "no gzip data at byte %llu",
                       (unsigned long long)at);
    size_t n = strlen(in->broken);
    char *end = in->broken + n;
    size_t room = sizeof in->broken - n;
    if (behind == TH_GZ_UNKNOWN)
        (void)snprintf(end, room, "; not all behind it was searched for whole members");
    else if (behind == TH_GZ_MEMBER && member > at)
        (void)snprintf(end, room, "; skipped: %llu bytes, to the whole member at byte %llu",
                       (unsigned long long)(member - at), (unsigned long long)member);
    else if (behind == TH_GZ_MEMBER)
        (void)snprintf(end, room, "; goes on with the whole member at byte %llu",
                       (unsigned long long)member);
}

/* Nothing more comes out: why? */
static void end_inflated(struct th_intake *in)
{
    struct th_err err;
    uint64_t trailing = 0;
    th_err_clear(&err);
    if (!th_cancelled(in->cancel) && in->broken[0] == '\0') {
        if (th_gzstream_finish(in->gz, &trailing, &err) != TH_OK)
            set_broken(in, err.msg);
        set_trailing(in, trailing);
        look_behind(in, trailing > 0);
    }
    in->read_at = in->src.size;
}

static size_t read_inflated(void *ctx, void *buffer, size_t size)
{
    struct th_intake *in = ctx;
    const char *capped = NULL;
    size_t n = th_cancelled(in->cancel) ? 0 : th_gzstream_read(in->gz, buffer, size);
    in->read_at = th_gzstream_consumed(in->gz);
    n = (size_t)th_intake_unpacked(in, n, &capped);
    if (capped != NULL)
        set_broken(in, capped);
    if (n == 0) {
        end_inflated(in);
        return at_end(in);
    }
    report(in);
    return n;
}

/* A gzip file whose inflated bytes fit in memory: all at once. False when they don't. */
static bool inflate_whole(struct th_intake *in)
{
    struct th_source *src = &in->src;
    struct th_err err;
    uint64_t trailing;
    uint64_t room = th_limits_room(&in->limits->caps, in->packed);
    uint64_t max = room > in->unpacked ? room - in->unpacked : 0;
    if (max > in->limits->member_max)
        max = in->limits->member_max;
    if (src->bytes == NULL || th_gzip_claimed(src->bytes, src->size) > max)
        return false;
    th_err_clear(&err);
    th_buf_reset(&in->inflated);
    enum th_code rc = th_gunzip(src->bytes, src->size, max, &in->inflated, &trailing, &err);
    /* What breaks may go on behind that. */
    if (rc != TH_OK || trailing > 0)
        return false;
    in->unpacked += in->inflated.n;
    th_window_init_whole(&in->window, th_buf_str(&in->inflated));
    in->read_at = src->size;
    (void)at_end(in);
    return true;
}

static void open_stream(struct th_intake *in, th_window_read *read)
{
    uint64_t record = in->limits->caps.record;
    uint64_t keep = record > TH_SHAPE_KEEP_MIN ? record : TH_SHAPE_KEEP_MIN;
    th_window_init_stream(&in->window, in->limits->window, (size_t)keep, read, in);
}

void th_intake_open_window(struct th_intake *in)
{
    struct th_source *src = &in->src;
    if (src->gzip) {
        if (inflate_whole(in))
            return;
        in->gz = th_gzstream_new(read_compressed, in, 0);
        th_gzstream_set_points(in->gz, in->limits->point_span, th_intake_point, in);
        open_stream(in, read_inflated);
        in->window.resume = resume_inflated;
    } else if (src->bytes != NULL) {
        th_window_init_whole(&in->window, (struct th_str){(const char *)src->bytes, src->size});
        in->read_at = src->size;
        (void)at_end(in);
    } else {
        open_stream(in, read_plain);
    }
}
