/* From a listed file to rows: open, hash, ask whether it is known, inflate, find the records, map
 * them, fill batches.
 *
 * The source's part is opened in a batch only when its first record or reject comes, so a file that
 * turns out to be no trail leaves nothing but one part that says so. When a batch is full, what the
 * records in it need as evidence goes along, the batch is handed on, and the part goes on in the
 * next one. */
#include "ingest/reader/source_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/system.h"
#include "ingest/import.h"
#include "ingest/reader/inflate.h"
#include "ingest/reader/magic.h"

#define WINDOW_BYTES ((size_t)1 << 20)
#define GZIP_HEAD    3u /* bytes that th_is_gzip looks at */

struct th_intake_limits th_intake_limits_of(const struct th_limits *caps)
{
    return (struct th_intake_limits){
        .whole_max = TH_WHOLE_MAX,
        .member_max = TH_MEMBER_MAX,
        .point_span = TH_POINT_SPAN,
        .slice_max = TH_SLICE_MAX,
        .chunk_bytes = TH_CHUNK_BYTES,
        .weight_max = UINT64_C(64) << 20,
        .window = WINDOW_BYTES,
        .caps = caps != NULL ? *caps : th_limits_usual,
    };
}

void th_intake_init(struct th_intake *in, const struct th_intake_hooks *hooks,
                    const struct th_intake_limits *limits, th_cancel *cancel)
{
    *in = (struct th_intake){.hooks = hooks, .limits = limits, .cancel = cancel};
    in->shape = th_shape_new();
    in->scratch = th_arena_new(0);
    in->hasher = th_sha256_new();
    in->values = th_xcalloc(1, sizeof *in->values);
    in->src.fd = -1;
}

void th_intake_fini(struct th_intake *in)
{
    th_shape_free(in->shape);
    th_arena_free(in->scratch);
    th_sha256_free(in->hasher);
    free(in->values);
    th_window_fini(&in->window);
    th_buf_fini(&in->inflated);
    th_buf_fini(&in->place);
    for (size_t i = 0; i < in->points_n; i++)
        free(in->points[i].window);
    free(in->points);
    th_batch_free(in->batch);
}

struct th_part *th_intake_part(struct th_intake *in)
{
    struct th_batch *batch = in->batch;
    if (!in->part_open) {
        TH_GROW(batch->parts, batch->parts_n, batch->parts_cap);
        batch->parts[batch->parts_n++] = (struct th_part){
            .ordinal = in->ordinal,
            .id = in->id,
            .begins = !in->begun,
            .path = th_xstrdup(in->item->path),
            .container = in->container == NULL ? NULL : th_xstrdup(in->container),
            .kind = in->archive      ? TH_SOURCE_ARCHIVE
                    : in->referenced ? TH_SOURCE_REFERENCED
                    : in->src.gzip   ? TH_SOURCE_DELIVERED
                                     : TH_SOURCE_CHUNKED,
            .unselected = in->unselected,
        };
        in->unselected = 0;
        in->part_open = true;
        in->begun = true;
    }
    return &batch->parts[batch->parts_n - 1];
}

void th_intake_flush(struct th_intake *in)
{
    if (in->batch == NULL || in->batch->parts_n == 0)
        return;
    in->hooks->put(in->hooks->ctx, in->batch);
    in->batch = NULL;
    in->part_open = false;
    in->weight = 0;
}

bool th_intake_ready(struct th_intake *in)
{
    if (in->batch == NULL)
        in->batch = in->hooks->get(in->hooks->ctx);
    return in->batch != NULL;
}

bool th_intake_turn(struct th_intake *in)
{
    th_intake_attach_points(in);
    th_intake_flush(in);
    return !th_cancelled(in->cancel) && th_intake_ready(in);
}

/* Room for one more record of n bytes in a batch that has the part open. */
static bool make_room(struct th_intake *in, uint64_t n)
{
    if (in->part_open &&
        (in->batch->rows == TH_BATCH_ROWS || in->weight >= in->limits->weight_max) &&
        !(th_intake_keep(in, in->read_at, false) && th_intake_turn(in)))
        return false;
    /* The batch may be full of other sources' rows. */
    if (in->batch->rows == TH_BATCH_ROWS || in->weight >= in->limits->weight_max) {
        th_intake_flush(in);
        if (!th_intake_ready(in))
            return false;
    }
    (void)th_intake_part(in);
    in->weight += n;
    return true;
}

static bool take_record(void *ctx, uint64_t offset, uint64_t length, unsigned flags,
                        const struct th_record *record)
{
    struct th_intake *in = ctx;
    th_arena_reset(in->scratch);
    th_map_record(record, in->scratch, in->values);
    if (!th_selection_record(in->selection, in->values)) {
        if (in->part_open)
            in->batch->parts[in->batch->parts_n - 1].unselected++;
        else
            in->unselected++;
        return true;
    }
    if (!make_room(in, record->raw.n))
        return false;
    th_batch_add(in->batch, (uint32_t)(in->batch->parts_n - 1), offset, length, flags, in->values,
                 record->raw);
    return true;
}

static bool take_reject(void *ctx, uint64_t offset, uint64_t length, const char *reason,
                        struct th_str bytes)
{
    struct th_intake *in = ctx;
    if (!make_room(in, bytes.n + sizeof(struct th_reject)))
        return false;
    th_batch_reject(in->batch, (uint32_t)(in->batch->parts_n - 1), offset, length, reason, bytes);
    return true;
}

const char *th_intake_cap(struct th_intake *in, enum th_limit limit)
{
    in->capped |= 1u << limit;
    th_limits_reason(&in->limits->caps, limit, in->cap_words);
    return in->cap_words;
}

uint64_t th_intake_unpacked(struct th_intake *in, uint64_t n, const char **why)
{
    uint64_t room = th_limits_room(&in->limits->caps, in->packed);
    uint64_t left = room > in->unpacked ? room - in->unpacked : 0;
    enum th_limit limit;
    *why = NULL;
    if (n > left && !th_limits_allow(&in->limits->caps, in->packed, in->unpacked + n, &limit))
        *why = th_intake_cap(in, limit);
    in->unpacked += n < left ? n : left;
    return n < left ? n : left;
}

/* The last part of the source: everything about it is known. */
bool th_intake_end(struct th_intake *in, const char *skipped, bool unchanged)
{
    if (!th_intake_ready(in))
        return false;
    struct th_part *part = th_intake_part(in);
    part->ends = true;
    memcpy(part->sha256, in->src.sha256, sizeof part->sha256);
    part->size_bytes = in->src.size;
    part->inflated_bytes = unchanged ? 0 : th_window_end(&in->window);
    part->skipped = skipped;
    part->unchanged = unchanged;
    if (in->capped != 0) {
        char capped[TH_LIMITS_TEXT];
        th_limits_text(&in->limits->caps, in->capped, capped);
        part->capped = th_arena_strdup(in->batch->arena, capped);
    }
    if (in->src.altered[0] != '\0' && skipped == NULL)
        part->altered = th_arena_strdup(in->batch->arena, in->src.altered);
    in->part_open = false;
    return true;
}

/* A source that can't be opened or listed: one reject stands for it. */
bool th_intake_reject(struct th_intake *in, const char *why)
{
    return th_intake_ready(in) && take_reject(in, 0, 0, why, TH_STR_NONE);
}

bool th_intake_unreadable(struct th_intake *in, const char *why)
{
    in->src.size = 0;
    return th_intake_reject(in, why) && th_intake_end(in, NULL, false);
}

static const char changed[] = "the file changed while it was read";

/* A large file is read more than once: what was kept has to be what was hashed. Where its records
 * end because it changed, what was read before that, and kept, is the source. */
static bool check_kept(struct th_intake *in)
{
    if (in->says_changed)
        return take_reject(in, 0, 0, changed, TH_STR_NONE);
    if (in->kept_hash == NULL)
        return true;
    uint8_t digest[TH_SHA256_BYTES];
    th_sha256_final(in->kept_hash, digest);
    in->kept_hash = NULL;
    if (memcmp(digest, in->src.sha256, sizeof digest) == 0)
        return true;
    if (in->ends_cut) {
        in->src.size = in->kept_at;
        memcpy(in->src.sha256, digest, sizeof digest);
        return true;
    }
    in->src.size = in->src.hashed;
    return take_reject(in, 0, 0, changed, TH_STR_NONE);
}

/* A compressed file holds a tar? */
static bool holds_tar(struct th_window *w)
{
    while (w->n < TH_MEMBERS_HEAD && th_window_more(w, 0))
        ;
    return th_members_kind((struct th_str){w->p, w->n}) == TH_MEMBERS_TAR;
}

static bool read_records(struct th_intake *in)
{
    const struct th_shape_sink sink = {in, take_record, take_reject};
    const char *why;
    th_intake_open_window(in);
    if (!in->again && in->src.gzip && holds_tar(&in->window))
        return th_intake_container(in, TH_MEMBERS_TAR);
    const char *left_out = !in->again && in->looked ? th_intake_left_out(in) : NULL;
    if (left_out != NULL)
        return th_intake_end(in, left_out, false);
    th_shape_take_digests(in->shape,
                          in->again ? in->digests
                                    : th_selection_digests(in->selection, th_buf_str(&in->place)));
    enum th_shape_result result =
        th_shape_read(in->shape, &in->window, &in->limits->caps, &sink, &why);
    in->capped |= th_shape_capped(in->shape);
    switch (result) {
    case TH_SHAPE_STOPPED:
        return false;
    case TH_SHAPE_NONE:
        /* What breaks may have become a trail; what is only large is something else. */
        if (in->window.broken == NULL || in->capped != 0)
            return th_intake_end(in, why, false);
        if (!take_reject(in, 0, 0, in->window.broken, TH_STR_NONE))
            return false;
        break;
    case TH_SHAPE_TRAIL:
        break;
    }
    if (!th_intake_ready(in))
        return false;
    /* Nothing of it was wanted: then its bytes aren't either. */
    bool wanted = in->begun || in->unselected == 0;
    in->referenced = in->referenced || !wanted;
    (void)th_intake_part(in);
    if (wanted && (!th_intake_keep(in, in->src.size, true) || !check_kept(in)))
        return false;
    if (wanted)
        th_intake_attach_points(in);
    th_source_compare(&in->src, in->item);
    return th_intake_end(in, NULL, false);
}

/* What failed on a disk may go better this time; a member of an archive breaks off in the same way
 * for ever. */
static bool is_known(const struct th_intake *in)
{
    const struct th_intake_hooks *hooks = in->hooks;
    bool whole = in->src.failed[0] == '\0' || (in->container != NULL && in->src.size > 0);
    return whole && hooks->known != NULL &&
           hooks->known(hooks->ctx, in->place.p, in->src.sha256, in->src.size);
}

/* tar or zip, as it stands? */
static enum th_members_kind archive_kind(struct th_source *src)
{
    char head[TH_MEMBERS_HEAD];
    size_t n = 0;
    size_t got;
    while (n < sizeof head && (got = th_source_read(src, n, head + n, sizeof head - n)) > 0)
        n += got;
    return th_members_kind((struct th_str){head, n});
}

/* By its content: an archive, or records. */
static bool read_content(struct th_intake *in)
{
    enum th_members_kind kind = in->src.gzip ? TH_MEMBERS_NO : archive_kind(&in->src);
    return kind != TH_MEMBERS_NO ? th_intake_container(in, kind) : read_records(in);
}

bool th_intake_loaded(struct th_intake *in)
{
    struct th_source *src = &in->src;
    src->gzip = th_is_gzip(src->bytes, (size_t)src->size);
    th_sha256_whole(in->hasher, src->bytes, (size_t)src->size, src->sha256);
    if (!th_intake_ready(in))
        return false;
    return is_known(in) ? th_intake_end(in, "unchanged", true) : read_content(in);
}

bool th_intake_again(struct th_intake *in)
{
    unsigned char head[GZIP_HEAD];
    size_t n = 0;
    size_t got;
    while (n < sizeof head && (got = th_source_read(&in->src, n, head + n, sizeof head - n)) > 0)
        n += got;
    in->src.gzip = th_is_gzip(head, n);
    in->again = true;
    return th_intake_ready(in) && read_records(in);
}

static bool read_source(struct th_intake *in)
{
    struct th_source *src = &in->src;
    if (!th_source_open(src, in->item, in->limits->whole_max, in->hasher, in->cancel))
        return false;
    if (src->unread)
        return th_intake_unreadable(in, src->failed);
    if (is_known(in))
        return th_intake_end(in, "unchanged", true);
    in->packed = src->size;
    if (src->fd >= 0)
        in->kept_hash = th_sha256_new();
    th_source_hold(src);
    return read_content(in);
}

/* A name that an archive may have. */
static bool is_archive_name(struct th_str path)
{
    static const char *const endings[] = {".tar", ".tar.gz", ".tgz", ".zip"};
    for (size_t i = 0; i < TH_COUNT(endings); i++)
        if (th_str_ends(path, th_str_of(endings[i])))
            return true;
    return false;
}

const char *th_intake_left_out(struct th_intake *in)
{
    return th_selection_path(in->selection, th_buf_str(&in->place), in->item->found_n,
                             in->included);
}

const char *th_intake_passed_over(struct th_intake *in, bool given)
{
    struct th_str place = th_buf_str(&in->place);
    bool included = in->included || th_selection_included(in->selection, place);
    bool look = !included && (given || is_archive_name(place));
    in->looked = look;
    if (in->container == NULL)
        in->included = included;
    return th_selection_path(in->selection, place, in->item->found_n, included || look);
}

void th_intake_begin(struct th_intake *in, const struct th_item *item, uint64_t ordinal,
                     const char *container)
{
    in->item = item;
    in->container = container;
    th_buf_reset(&in->place);
    th_buf_puts(&in->place, item->path);
    if (container != NULL) {
        th_buf_putc(&in->place, '/');
        th_buf_puts(&in->place, container);
    }
    in->archive = false;
    in->again = false;
    in->says_changed = false;
    in->resumed = false;
    in->ends_cut = false;
    in->referenced = in->reference;
    in->looked = false;
    in->capped = 0;
    in->unselected = 0;
    in->ordinal = ordinal;
    in->id = 0;
    in->src = (struct th_source){.fd = -1};
    in->begun = false;
    in->part_open = false;
    in->read_at = 0;
    in->kept_at = 0;
    in->reported = 0;
    in->point_span = in->limits->point_span;
    in->last_point = 0;
    in->broken[0] = '\0';
    th_window_init_whole(&in->window, TH_STR_NONE);
}

void th_intake_release(struct th_intake *in)
{
    th_source_close(&in->src);
    th_gzstream_free(in->gz);
    in->gz = NULL;
    th_sha256_free(in->kept_hash);
    in->kept_hash = NULL;
    for (size_t i = 0; i < in->points_n; i++)
        free(in->points[i].window);
    in->points_n = 0;
}

bool th_intake_item(struct th_intake *in, const struct th_item *item, uint64_t ordinal)
{
    bool go_on;
    in->packed = 0;
    in->unpacked = 0;
    in->nesting = 0;
    in->included = false;
    th_intake_begin(in, item, ordinal, NULL);
    if (th_cancelled(in->cancel) || !th_intake_ready(in))
        return false;
    const char *skipped =
        item->skipped != NULL ? item->skipped : th_intake_passed_over(in, item->given);
    if (skipped != NULL) {
        go_on = th_intake_end(in, skipped, false);
    } else if (item->sys_errno != 0) {
        char words[64];
        char why[128];
        (void)snprintf(why, sizeof why, "can't be opened: %s",
                       th_errno_text(item->sys_errno, words, sizeof words));
        go_on = th_intake_unreadable(in, why);
    } else {
        go_on = read_source(in);
    }
    uint64_t rest = item->size_bytes > in->reported ? item->size_bytes - in->reported : 0;
    th_intake_release(in);
    if (go_on)
        in->hooks->done(in->hooks->ctx, rest, 1);
    return go_on;
}
