/* Archives as sources: each member is a source of its own, told apart by its place inside.
 *
 * A member is held in memory and then takes the same way as a file of a folder, with its own gzip
 * and its own hash; nothing is unpacked to disk, and names are text to show, never paths to open.
 * The archive itself is a source without records, behind its members: it has the hash of the file
 * that was handed over, and the reason where it breaks or holds nothing. What comes out is bounded
 * in number and in size, a member's and all together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/import.h"
#include "ingest/intake.h"
#include "ingest/members.h"

/* A batch that holds so many parts is handed on. */
#define PARTS_MAX 1024u

/* What an archive may unpack to whatever its size. */
#define UNPACKED_FREE (UINT64_C(64) << 20)

struct box {
    struct th_intake *in;
    struct th_source src;
    th_gzstream *gz; /* of a compressed tar */
    uint64_t reported;
    uint64_t unpacked;
    uint64_t members;
    char broken[512];
};

static void report(struct box *box, uint64_t upto)
{
    if (upto > box->src.size)
        upto = box->src.size;
    if (upto <= box->reported)
        return;
    box->in->hooks->done(box->in->hooks->ctx, upto - box->reported, 0);
    box->reported = upto;
}

static size_t read_compressed(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    struct box *box = ctx;
    return th_source_read(&box->src, offset, buffer, size);
}

static size_t read_box(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    struct box *box = ctx;
    if (th_cancelled(box->in->cancel))
        return 0;
    if (box->gz == NULL) {
        size_t n = th_source_read(&box->src, offset, buffer, size);
        report(box, offset + n);
        return n;
    }
    size_t n = th_gzstream_read(box->gz, buffer, size);
    struct th_err err;
    uint64_t trailing = 0;
    report(box, th_gzstream_consumed(box->gz));
    th_err_clear(&err);
    if (n == 0 && th_gzstream_finish(box->gz, &trailing, &err) != TH_OK)
        (void)snprintf(box->broken, sizeof box->broken, "%s", err.msg);
    else if (n == 0 && trailing > 0)
        (void)snprintf(box->broken, sizeof box->broken,
                       "%llu bytes behind the last gzip member are no gzip data",
                       (unsigned long long)trailing);
    return n;
}

/* Read the member at hand into memory. False when it, or the archive, is over a limit: failed says
 * which. */
static bool load(struct box *box, th_members *members)
{
    struct th_source *src = &box->in->src;
    uint64_t most = box->in->limits->unpacked_max;
    size_t cap = (size_t)64 * 1024;
    const char *why = NULL;
    src->bytes = th_xmalloc(cap);
    while (!th_cancelled(box->in->cancel)) {
        if (src->size == cap) {
            cap *= 2;
            src->bytes = th_xrealloc(src->bytes, cap);
        }
        size_t n = th_members_data(members, src->bytes + src->size, cap - (size_t)src->size, &why);
        src->size += n;
        box->unpacked += n;
        if (src->size > most) {
            (void)snprintf(src->failed, sizeof src->failed,
                           "a member of more than %llu MiB: unpack the archive to read it",
                           (unsigned long long)(most >> 20));
            return false;
        }
        if (box->unpacked > UNPACKED_FREE + box->src.size * TH_RATIO_MAX) {
            (void)snprintf(src->failed, sizeof src->failed,
                           "the archive unpacks to more than %u times its size", TH_RATIO_MAX);
            (void)snprintf(box->broken, sizeof box->broken, "%s", src->failed);
            return false;
        }
        if (n == 0)
            break;
    }
    if (why != NULL)
        (void)snprintf(src->failed, sizeof src->failed, "%s", why);
    src->bytes = th_xrealloc(src->bytes, src->size > 0 ? (size_t)src->size : 1);
    return true;
}

static bool take_member(struct box *box, th_members *members, const struct th_member *member)
{
    struct th_intake *in = box->in;
    if (in->batch != NULL && in->batch->parts_n >= PARTS_MAX)
        th_intake_flush(in);
    th_intake_begin(in, in->item, box->members++ == 0 ? in->ordinal : in->ordinal + 1,
                    member->name);
    const char *skipped = member->skipped != NULL ? member->skipped : th_intake_left_out(in);
    bool go_on;
    if (skipped != NULL)
        go_on = th_intake_end(in, skipped, false);
    else if (load(box, members))
        go_on = th_intake_loaded(in);
    else
        go_on = th_intake_unreadable(in, in->src.failed);
    th_intake_release(in);
    return go_on && !th_cancelled(in->cancel);
}

/* The archive itself: its hash, and what it has to say when it broke or was empty. */
static bool end_box(struct box *box, const char *broken)
{
    struct th_intake *in = box->in;
    if (box->broken[0] != '\0')
        broken = box->broken;
    if (broken == NULL && box->src.failed[0] != '\0')
        broken = box->src.failed;
    th_intake_begin(in, in->item, box->members == 0 ? in->ordinal : in->ordinal + 1, NULL);
    in->archive = true;
    in->src.size = box->src.size;
    memcpy(in->src.sha256, box->src.sha256, sizeof in->src.sha256);
    if (broken == NULL && box->members == 0)
        return th_intake_end(in, "an archive without files", false);
    if (broken == NULL) {
        if (!th_intake_end(in, NULL, false))
            return false;
        in->batch->parts[in->batch->parts_n - 1].uncounted = true;
        return true;
    }
    return th_intake_reject(in, broken) && th_intake_end(in, NULL, false);
}

bool th_intake_container(struct th_intake *in, enum th_members_kind kind)
{
    struct box box = {.in = in, .src = in->src};
    struct th_member member;
    const char *why = NULL;
    bool go_on = true;
    bool more = true;
    /* The intake goes on with the members. */
    in->src = (struct th_source){.fd = -1};
    th_intake_release(in);
    if (box.src.gzip)
        box.gz = th_gzstream_new(read_compressed, &box, 0);
    th_members *members = th_members_new(kind, read_box, &box, box.src.size);
    while (go_on && more) {
        switch (th_members_next(members, &member, &why)) {
        case TH_MEMBERS_ONE:
            go_on = take_member(&box, members, &member);
            if (box.members == in->limits->members_max) {
                why = "an archive of too many members: the rest is not read";
                more = false;
            }
            break;
        case TH_MEMBERS_END:
        case TH_MEMBERS_BROKEN:
            more = false;
            break;
        }
        more = more && box.broken[0] == '\0';
    }
    go_on = go_on && !th_cancelled(in->cancel) && end_box(&box, why);
    th_members_free(members);
    th_gzstream_free(box.gz);
    th_source_close(&box.src);
    in->reported = box.reported;
    return go_on;
}
