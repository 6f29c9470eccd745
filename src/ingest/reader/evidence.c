/* Keeping the evidence: what was delivered travels with the batches that hold its events; of what
 * stays outside, the hashes of its pieces.
 *
 * A gzip file is kept as it is, in slices; plain bytes as chunks that are deflated one by one, so
 * that a record is found again without inflating all. Bytes are fetched from the source a second
 * time when a batch is handed on: it has them at hand, unless they became too many while it was
 * unclear whether the source is a trail at all. A batch that has enough of them is handed on. */
#include "ingest/reader/source_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/reader/inflate.h"

#define POINTS_WAITING_MAX 1024u

static void add_blob(struct th_intake *in, uint64_t offset, uint64_t length, void *bytes,
                     size_t bytes_n)
{
    (void)th_intake_part(in);
    struct th_batch *batch = in->batch;
    TH_GROW(batch->blobs, batch->blobs_n, batch->blobs_cap);
    batch->blobs[batch->blobs_n++] = (struct th_blob){
        .part = (uint32_t)(batch->parts_n - 1),
        .offset = offset,
        .length = length,
        .bytes = bytes,
        .bytes_n = bytes_n,
    };
}

/* A copy of n delivered bytes from offset; shorter when the file has shrunk. */
static unsigned char *fetch(struct th_intake *in, uint64_t offset, size_t *n)
{
    unsigned char *bytes = th_xmalloc(*n > 0 ? *n : 1);
    size_t have = 0;
    size_t got;
    while (have < *n &&
           (got = th_source_read(&in->src, offset + have, bytes + have, *n - have)) > 0)
        have += got;
    *n = have;
    th_source_released(&in->src, offset + have);
    if (in->kept_hash != NULL)
        th_sha256_update(in->kept_hash, bytes, have);
    return bytes;
}

static bool keep_delivered(struct th_intake *in, uint64_t upto, bool final)
{
    struct th_source *src = &in->src;
    if (src->bytes != NULL && final && in->kept_at == 0 && src->size > 0) {
        /* The usual case: the file's own buffer changes hands. */
        add_blob(in, 0, src->size, src->bytes, (size_t)src->size);
        src->bytes = NULL;
        in->kept_at = src->size;
        return true;
    }
    for (uint64_t here = 0; in->kept_at < upto;) {
        if (here >= in->limits->slice_max) {
            if (!th_intake_turn(in))
                return false;
            here = 0;
        }
        uint64_t left = upto - in->kept_at;
        size_t n = (size_t)(left < in->limits->slice_max ? left : in->limits->slice_max);
        unsigned char *bytes = fetch(in, in->kept_at, &n);
        if (n == 0) {
            free(bytes);
            break;
        }
        add_blob(in, in->kept_at, n, bytes, n);
        in->kept_at += n;
        here += n;
    }
    return true;
}

static bool keep_chunks(struct th_intake *in, uint64_t upto, bool final)
{
    uint64_t chunk = in->limits->chunk_bytes;
    for (uint64_t here = 0; in->kept_at < upto && (final || upto - in->kept_at >= chunk);) {
        if (here >= in->limits->slice_max) {
            if (!th_intake_turn(in))
                return false;
            here = 0;
        }
        struct th_buf deflated = TH_BUF_INIT;
        uint64_t left = upto - in->kept_at;
        size_t n = (size_t)(left < chunk ? left : chunk);
        if (in->src.bytes != NULL) {
            th_deflate_chunk(in->src.bytes + in->kept_at, n, &deflated);
        } else {
            unsigned char *bytes = fetch(in, in->kept_at, &n);
            th_deflate_chunk(bytes, n, &deflated);
            free(bytes);
        }
        if (n == 0) {
            th_buf_fini(&deflated);
            break;
        }
        size_t bytes_n = deflated.n;
        add_blob(in, in->kept_at, n, th_xrealloc(th_buf_take(&deflated), bytes_n), bytes_n);
        in->kept_at += n;
        here += bytes_n;
    }
    return true;
}

/* Of a referenced file: a hash for each piece, so that a part of a large file can be checked
 * without reading it all. For a file of one piece the source's own hash serves; a member of an
 * archive is only ever read whole. */
static bool keep_hashes(struct th_intake *in, uint64_t upto, bool final)
{
    uint64_t piece = in->limits->chunk_bytes;
    if (in->container != NULL)
        return true;
    while (in->kept_at < upto && (final || upto - in->kept_at >= piece)) {
        uint64_t left = upto - in->kept_at;
        size_t n = (size_t)(left < piece ? left : piece);
        unsigned char *bytes = fetch(in, in->kept_at, &n);
        if (n > 0 && in->src.size > piece) {
            uint8_t *sha256 = th_xmalloc(TH_SHA256_BYTES);
            th_sha256_of(bytes, n, sha256);
            add_blob(in, in->kept_at, n, sha256, TH_SHA256_BYTES);
        }
        free(bytes);
        if (n == 0)
            break;
        in->kept_at += n;
    }
    return true;
}

bool th_intake_keep(struct th_intake *in, uint64_t upto, bool final)
{
    if (in->again)
        return true;
    if (in->reference)
        return keep_hashes(in, upto, final);
    return in->src.gzip ? keep_delivered(in, upto, final) : keep_chunks(in, upto, final);
}

/* Every other point goes, and from now on only half as many come. Only before the source's first
 * part: an endless stream that may never turn out to be a trail must not pile up windows. */
static void thin_points(struct th_intake *in)
{
    size_t kept = 0;
    for (size_t i = 0; i < in->points_n; i++) {
        /* Where reading went on behind a break no other point leads. */
        if (i % 2 == 0 && !in->points[i].resumes)
            free(in->points[i].window);
        else
            in->points[kept++] = in->points[i];
    }
    in->points_n = kept;
    if (in->point_span <= UINT64_MAX / 4)
        in->point_span *= 2;
}

void th_intake_point(void *ctx, uint64_t inflated, uint64_t bits, struct th_str window)
{
    struct th_intake *in = ctx;
    bool resumes = in->resumed;
    in->resumed = false;
    if (!resumes && inflated - in->last_point < in->point_span)
        return;
    if (!in->begun && in->points_n >= POINTS_WAITING_MAX)
        thin_points(in);
    in->last_point = inflated;
    struct th_buf deflated = TH_BUF_INIT;
    th_deflate_chunk(window.p, window.n, &deflated);
    size_t n = deflated.n;
    TH_GROW(in->points, in->points_n, in->points_cap);
    in->points[in->points_n++] = (struct th_access_point){
        .inflated = inflated,
        .bits = bits,
        .window = th_xrealloc(th_buf_take(&deflated), n),
        .window_n = n,
        .resumes = resumes,
    };
}

void th_intake_attach_points(struct th_intake *in)
{
    struct th_batch *batch = in->batch;
    for (size_t i = 0; i < in->points_n; i++) {
        TH_GROW(batch->points, batch->points_n, batch->points_cap);
        batch->points[batch->points_n] = in->points[i];
        batch->points[batch->points_n++].part = (uint32_t)(batch->parts_n - 1);
    }
    in->points_n = 0;
}
