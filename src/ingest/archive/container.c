/* Archives as sources: each member is a source of its own, told apart by its place inside.
 *
 * A member is held in memory and then takes the same way as a file of a folder, with its own gzip
 * and its own hash; one that is an archive itself is read in the same way, some levels deep.
 * Nothing is unpacked to disk, and names are text to show, never paths to open. An archive itself
 * is a source without records, behind its members: it has the hash of the file that was handed
 * over, and the reason where it breaks or holds nothing. What comes out is bounded in number, in
 * size and in depth, a member's and all together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/archive/members.h"
#include "ingest/import.h"
#include "ingest/reader/source_reader.h"

/* A batch that holds so many parts is handed on. */
#define PARTS_MAX 1024u

#define LOAD_BYTES ((size_t)64 * 1024)

struct box {
    struct th_intake *in;
    struct th_source src;
    th_gzstream *gz; /* of a compressed tar */
    char *container; /* an archive inside another: its place there; NULL for the outermost */
    struct th_buf name;
    uint64_t reported;
    uint64_t streamed; /* inflated bytes of a compressed tar */
    uint64_t members;
    uint32_t capped;
    bool stopped;  /* by a cap */
    bool included; /* the intake's, before this archive */
    char broken[512];
};

static void set_broken(struct box *box, const char *why)
{
    if (box->broken[0] == '\0')
        (void)snprintf(box->broken, sizeof box->broken, "%s", why);
}

/* The archive ends here, by a cap. */
static void set_capped(struct box *box, enum th_limit limit)
{
    box->capped |= 1u << limit;
    box->stopped = true;
    set_broken(box, th_intake_cap(box->in, limit));
}

static void report(struct box *box, uint64_t upto)
{
    if (upto > box->src.size)
        upto = box->src.size;
    if (upto <= box->reported || box->container != NULL)
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
    if (th_cancelled(box->in->cancel) || box->stopped)
        return 0;
    if (box->gz == NULL) {
        size_t n = th_source_read(&box->src, offset, buffer, size);
        report(box, offset + n);
        return n;
    }
    size_t n = th_gzstream_read(box->gz, buffer, size);
    struct th_err err;
    uint64_t trailing = 0;
    enum th_limit limit;
    report(box, th_gzstream_consumed(box->gz));
    th_err_clear(&err);
    box->streamed += n;
    if (!th_limits_allow(&box->in->limits->caps, box->in->packed, box->streamed, &limit)) {
        set_capped(box, limit);
        return 0;
    }
    if (n == 0 && th_gzstream_finish(box->gz, &trailing, &err) != TH_OK) {
        set_broken(box, err.msg);
    } else if (n == 0 && trailing > 0) {
        char why[96];
        (void)snprintf(why, sizeof why, "%llu bytes behind the last gzip member are no gzip data",
                       (unsigned long long)trailing);
        set_broken(box, why);
    }
    return n;
}

/* Read the member at hand into memory. Where it breaks or runs into a cap, what stands before
 * counts and failed says why. */
static void load(struct box *box, th_members *members)
{
    struct th_intake *in = box->in;
    struct th_source *src = &in->src;
    uint64_t most = in->limits->caps.unpacked;
    size_t cap = most < LOAD_BYTES ? (size_t)most + 1 : LOAD_BYTES;
    const char *why = NULL;
    const char *over = NULL;
    src->bytes = th_xmalloc(cap);
    while (!th_cancelled(in->cancel) && over == NULL) {
        if (src->size == cap) {
            cap = cap <= most / 2 ? cap * 2 : (size_t)most + 1;
            src->bytes = th_xrealloc(src->bytes, cap);
        }
        size_t n = th_members_data(members, src->bytes + src->size, cap - (size_t)src->size, &why);
        if (n == 0)
            break;
        src->size += th_intake_unpacked(in, n, &over);
        if (over != NULL) {
            set_broken(box, over);
            box->stopped = true;
            box->capped |= in->capped;
        } else if (src->size > most) {
            src->size = most;
            over = th_intake_cap(in, TH_LIMIT_MAX_UNPACKED);
        }
    }
    if (over != NULL || why != NULL)
        (void)snprintf(src->failed, sizeof src->failed, "%s", over != NULL ? over : why);
    src->bytes = th_xrealloc(src->bytes, src->size > 0 ? (size_t)src->size : 1);
}

/* The place of a member, from the outermost archive on. */
static const char *place_of(struct box *box, const char *name)
{
    th_buf_reset(&box->name);
    if (box->container != NULL) {
        th_buf_puts(&box->name, box->container);
        th_buf_putc(&box->name, '/');
    }
    th_buf_puts(&box->name, name);
    return th_buf_cstr(&box->name);
}

static bool load_and_read(struct box *box, th_members *members)
{
    load(box, members);
    return th_intake_loaded(box->in);
}

static bool take_member(struct box *box, th_members *members, const struct th_member *member)
{
    struct th_intake *in = box->in;
    if (in->batch != NULL && in->batch->parts_n >= PARTS_MAX)
        th_intake_flush(in);
    th_intake_begin(in, in->item, box->members++ == 0 ? in->ordinal : in->ordinal + 1,
                    place_of(box, member->name));
    const char *skipped =
        member->skipped != NULL ? member->skipped : th_intake_passed_over(in, false);
    bool go_on;
    if (skipped != NULL)
        go_on = th_intake_end(in, skipped, false);
    else if (member->unreadable != NULL)
        go_on = th_intake_unreadable(in, member->unreadable);
    else
        go_on = load_and_read(box, members);
    th_intake_release(in);
    return go_on && !th_cancelled(in->cancel);
}

/* The archive itself: its hash, and what it has to say when it broke or was empty. */
static bool end_box(struct box *box, const char *broken)
{
    struct th_intake *in = box->in;
    if (box->broken[0] != '\0')
        broken = box->broken;
    if (box->src.cut || (broken == NULL && box->src.failed[0] != '\0'))
        broken = box->src.failed;
    th_source_compare(&box->src, in->item);
    th_intake_begin(in, in->item, box->members == 0 ? in->ordinal : in->ordinal + 1,
                    box->container);
    in->archive = true;
    /* By its caps it is known again as a whole: its members in part would give other parts. */
    in->capped = th_selection_has_globs(in->selection) ? 0 : box->capped;
    in->src.size = box->src.cut ? box->src.hashed : box->src.size;
    memcpy(in->src.sha256, box->src.sha256, sizeof in->src.sha256);
    memcpy(in->src.altered, box->src.altered, sizeof in->src.altered);
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

static bool read_members(struct box *box, enum th_members_kind kind)
{
    struct th_intake *in = box->in;
    struct th_member member;
    const char *why = NULL;
    bool go_on = true;
    bool more = in->nesting <= in->limits->caps.nesting;
    if (!more)
        set_capped(box, TH_LIMIT_MAX_NESTING);
    if (box->src.gzip)
        box->gz = th_gzstream_new(read_compressed, box, 0);
    th_members *members = th_members_new(kind, read_box, box, box->src.size);
    while (go_on && more) {
        switch (th_members_next(members, &member, &why)) {
        case TH_MEMBERS_ONE:
            if (box->members == in->limits->caps.members) {
                set_capped(box, TH_LIMIT_MAX_MEMBERS);
                break;
            }
            go_on = take_member(box, members, &member);
            break;
        case TH_MEMBERS_END:
        case TH_MEMBERS_BROKEN:
            more = false;
            break;
        }
        more = more && !box->stopped;
    }
    go_on = go_on && !th_cancelled(in->cancel) && end_box(box, why);
    th_members_free(members);
    return go_on;
}

bool th_intake_container(struct th_intake *in, enum th_members_kind kind)
{
    struct box box = {
        .in = in,
        .src = in->src,
        .container = in->container == NULL ? NULL : th_xstrdup(in->container),
        .name = TH_BUF_INIT,
        .included = in->included,
    };
    /* The intake goes on with the members. */
    in->included = in->included || th_selection_included(in->selection, th_buf_str(&in->place));
    box.src.blocks_max = 1; /* its bytes aren't kept */
    in->src = (struct th_source){.fd = -1};
    th_intake_release(in);
    in->nesting++;
    bool go_on = read_members(&box, kind);
    in->nesting--;
    th_gzstream_free(box.gz);
    th_source_close(&box.src);
    if (box.container == NULL)
        in->reported = box.reported;
    in->included = box.included;
    free(box.container);
    th_buf_fini(&box.name);
    return go_on;
}
