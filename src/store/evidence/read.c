/* Getting plain bytes out of what is kept, or stayed outside. Three shapes:
 *
 *   - a delivered gzip file of usual size inflates whole (about 2 ms);
 *   - one with access points inflates from the point before the record to the next point: one piece
 *     of about 4 MiB;
 *   - plain data was stored as chunks that inflate alone: one piece each; of a referenced file a
 *     piece is what one hash stands for.
 *
 * A delivered file that broke off still gives what stands before the break. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "ingest/batch.h"
#include "ingest/import.h"
#include "ingest/reader/inflate.h"
#include "store/case/handle.h"
#include "store/evidence/evidence.h"

/* A source that is still being imported has no size yet; what is kept of it counts then. */
static enum th_code fill_source(struct th_evidence *e, sqlite3_stmt *stmt)
{
    struct th_evidence_source *s = &e->source;
    const char *container = th_db_cstr(stmt, 6);
    struct th_str sha = th_db_blob(stmt, 1);
    free(s->path);
    free(s->container);
    s->path = th_xstrdup(th_db_cstr_or_empty(stmt, 0));
    s->container = container == NULL ? NULL : th_xstrdup(container);
    s->has_sha256 = sha.n == sizeof s->sha256;
    if (s->has_sha256)
        memcpy(s->sha256, sha.p, sizeof s->sha256);
    s->size_bytes = th_db_u64(stmt, 2);
    s->inflated_bytes = th_db_u64(stmt, 3);
    s->kind = sqlite3_column_int(stmt, 4);
    s->gzip_known = false;
    s->has_points = sqlite3_column_int(stmt, 5) != 0;
    s->open = sqlite3_column_int(stmt, 7) == 0;
    return TH_OK;
}

enum th_code th_evidence_source(struct th_evidence *e, int64_t source, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    if (e->source.id == source && source != 0 && !e->source.open)
        return TH_OK;
    e->source.id = 0;
    enum th_code rc = th_db_cached(
        &e->c->cache, e->c->db,
        "SELECT path, sha256, CASE WHEN size_bytes > 0 OR kind != 0 THEN size_bytes ELSE "
        "(SELECT max(offset + length) FROM evidence v WHERE v.source = s.id) END, inflated_bytes, "
        "kind, "
        "EXISTS(SELECT 1 FROM access_point a WHERE a.source = s.id), container, state FROM source "
        "s "
        "WHERE id = ?1",
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, source);
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK)
        rc = row ? fill_source(e, stmt)
                 : th_err_set(err, TH_E_NOT_FOUND, "the case holds no source %lld",
                              (long long)source);
    sqlite3_reset(stmt);
    if (rc == TH_OK)
        e->source.id = source;
    return rc;
}

enum th_code th_evidence_kept(struct th_evidence *e, int64_t source, uint64_t offset,
                              uint64_t *start, uint64_t *length, struct th_str *bytes,
                              struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    enum th_code rc = th_db_cached(&e->c->cache, e->c->db,
                                   "SELECT offset, length, bytes FROM evidence WHERE source = ?1 "
                                   "AND offset <= ?2 ORDER BY offset DESC LIMIT 1",
                                   &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, source);
    th_db_bind_int(stmt, 2, (int64_t)offset);
    rc = th_db_step(stmt, &row, err);
    if (rc != TH_OK)
        return rc;
    /* The statement stays on its row, for bytes points into it. */
    e->standing = stmt;
    if (row) {
        *start = th_db_u64(stmt, 0);
        *length = th_db_u64(stmt, 1);
        *bytes = th_db_blob(stmt, 2);
        if (offset < *start + *length)
            return TH_OK;
    }
    return th_err_set(err, TH_E_NOT_FOUND, "no evidence is kept at byte %llu",
                      (unsigned long long)offset);
}

void th_evidence_release(struct th_evidence *e)
{
    if (e->standing != NULL)
        sqlite3_reset(e->standing);
    e->standing = NULL;
    th_outside_release(&e->outside);
}

/* The same of a referenced source: straight from its piece when there is but one. */
static enum th_code referenced_whole(struct th_evidence *e, struct th_str *out, struct th_err *err)
{
    const struct th_evidence_source *s = &e->source;
    th_buf_reset(&e->delivered);
    for (uint64_t at = 0; at < s->size_bytes || at == 0; at += out->n) {
        enum th_code rc = th_outside_bytes(e, at, out, err);
        if (rc != TH_OK || out->n == s->size_bytes)
            return rc;
        th_buf_add_str(&e->delivered, *out);
    }
    *out = th_buf_str(&e->delivered);
    return TH_OK;
}

/* All delivered bytes of a source in one run: straight out of the database when they are one slice.
 */
static enum th_code delivered_whole(struct th_evidence *e, struct th_str *out, struct th_err *err)
{
    const struct th_evidence_source *s = &e->source;
    uint64_t start;
    uint64_t length;
    if (s->kind == TH_SOURCE_REFERENCED)
        return referenced_whole(e, out, err);
    enum th_code rc = th_evidence_kept(e, s->id, 0, &start, &length, out, err);
    if (rc != TH_OK || length >= s->size_bytes)
        return rc;
    th_buf_reset(&e->delivered);
    th_buf_add_str(&e->delivered, *out);
    while (rc == TH_OK && e->delivered.n < s->size_bytes) {
        uint64_t at = e->delivered.n;
        rc = th_evidence_kept(e, s->id, at, &start, &length, out, err);
        if (rc == TH_OK && (start != at || out->n == 0))
            rc = th_err_set(err, TH_E_DB, "evidence is missing at byte %llu",
                            (unsigned long long)at);
        if (rc == TH_OK)
            th_buf_add_str(&e->delivered, *out);
    }
    *out = th_buf_str(&e->delivered);
    return rc;
}

/* Compressed bytes for th_inflate_range. */
struct input {
    struct th_evidence *e;
    struct th_err *err;
    enum th_code rc;
    uint64_t start;
    struct th_str slice;
};

static size_t read_compressed(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    struct input *in = ctx;
    if (in->e->source.kind == TH_SOURCE_REFERENCED) {
        in->rc = th_outside_bytes(in->e, offset, &in->slice, in->err);
        size_t n = in->slice.n < size ? in->slice.n : size;
        memcpy(buffer, in->slice.p, n);
        return n;
    }
    if (in->slice.p == NULL || offset < in->start || offset - in->start >= in->slice.n) {
        uint64_t length;
        if (offset >= in->e->source.size_bytes)
            return 0;
        in->rc = th_evidence_kept(in->e, in->e->source.id, offset, &in->start, &length, &in->slice,
                                  in->err);
        if (in->rc != TH_OK || offset - in->start >= in->slice.n)
            return 0;
    }
    size_t from = (size_t)(offset - in->start);
    size_t n = in->slice.n - from < size ? in->slice.n - from : size;
    memcpy(buffer, in->slice.p + from, n);
    return n;
}

/* The access point at or before offset and the one behind it. */
struct points {
    uint64_t inflated, bits, next;
    struct th_buf window;
};

static enum th_code find_points(struct th_evidence *e, uint64_t offset, struct points *out,
                                struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    *out = (struct points){0, 0, 0, TH_BUF_INIT};
    enum th_code rc = th_db_cached(&e->c->cache, e->c->db,
                                   "SELECT inflated, bits, window FROM access_point WHERE source = "
                                   "?1 AND inflated <= ?2 ORDER BY inflated DESC LIMIT 1",
                                   &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, e->source.id);
    th_db_bind_int(stmt, 2, (int64_t)offset);
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row) {
        out->inflated = th_db_u64(stmt, 0);
        out->bits = th_db_u64(stmt, 1);
        struct th_str packed = th_db_blob(stmt, 2);
        /* Less near the beginning of a member: nothing before that counts. */
        size_t window_n = out->inflated < 32768 ? (size_t)out->inflated : 32768;
        if (packed.n > 0)
            rc = th_inflate_upto(packed.p, packed.n, window_n, &out->window, err);
    }
    sqlite3_reset(stmt);
    if (rc == TH_OK)
        rc = th_db_cached(
            &e->c->cache, e->c->db,
            "SELECT min(inflated) FROM access_point WHERE source = ?1 AND inflated > ?2", &stmt,
            err);
    if (rc != TH_OK)
        return rc;
    int64_t next;
    th_db_bind_int(stmt, 1, e->source.id);
    th_db_bind_int(stmt, 2, (int64_t)offset);
    rc = th_db_value(stmt, (int64_t)e->source.inflated_bytes, &next, err);
    out->next = (uint64_t)next;
    return rc;
}

static enum th_code load_from_point(struct th_evidence *e, uint64_t offset,
                                    struct th_evidence_piece *piece, struct th_err *err)
{
    struct points points;
    enum th_code rc = find_points(e, offset, &points, err);
    uint64_t end = points.next > offset ? points.next : offset + TH_EVIDENCE_STRIDE_BYTES;
    uint64_t from = points.inflated;
    if (end - from > 4 * TH_EVIDENCE_STRIDE_BYTES) {
        from = offset;
        end = end - from < TH_EVIDENCE_STRIDE_BYTES ? end : from + TH_EVIDENCE_STRIDE_BYTES;
    }
    e->reach = end;
    if (rc == TH_OK) {
        struct input in = {.e = e, .err = err, .rc = TH_OK};
        const struct th_inflate_range range = {
            points.inflated, points.bits, th_buf_str(&points.window), from, (size_t)(end - from)};
        piece->start = from;
        rc = th_inflate_range(&range, read_compressed, &in, &piece->bytes, err);
        /* A source that breaks off gives less than the range: the caller sees whether it suffices.
         */
        if (rc == TH_E_GZIP && in.rc == TH_OK && piece->bytes.n > 0) {
            th_err_clear(err);
            rc = TH_OK;
        } else if (in.rc != TH_OK) {
            rc = in.rc;
        }
    }
    th_buf_fini(&points.window);
    return rc;
}

static enum th_code look_at_referenced(struct th_evidence *e, struct th_err *err)
{
    struct th_str bytes;
    if (e->source.gzip_known)
        return TH_OK;
    enum th_code rc = th_outside_bytes(e, 0, &bytes, err);
    e->source.gzip_known = rc == TH_OK;
    e->source.is_gzip = rc == TH_OK && th_is_gzip(bytes.p, bytes.n);
    return rc;
}

/* Plain bytes of a referenced source. A member of an archive is one piece however large, so it is
 * cut here. */
static enum th_code load_plain_piece(struct th_evidence *e, uint64_t offset,
                                     struct th_evidence_piece *piece, struct th_err *err)
{
    struct th_str bytes;
    uint64_t start = offset - offset % TH_CHUNK_BYTES;
    enum th_code rc = th_outside_bytes(e, start, &bytes, err);
    if (rc == TH_OK && offset - start >= bytes.n)
        rc = th_outside_bytes(e, start = offset, &bytes, err);
    piece->start = start;
    th_buf_add_str(&piece->bytes, th_str_sub(bytes, 0, TH_CHUNK_BYTES));
    return rc;
}

static enum th_code load_delivered(struct th_evidence *e, uint64_t offset,
                                   struct th_evidence_piece *piece, struct th_err *err)
{
    struct th_str bytes;
    uint64_t length;
    const struct th_evidence_source *s = &e->source;
    if (s->kind == TH_SOURCE_REFERENCED) {
        enum th_code rc = look_at_referenced(e, err);
        if (rc != TH_OK)
            return rc;
        if (!s->is_gzip)
            return load_plain_piece(e, offset, piece, err);
        if (s->has_points || s->inflated_bytes > TH_WHOLE_MAX)
            return load_from_point(e, offset, piece, err);
    }
    if (s->kind == TH_SOURCE_DELIVERED && (s->has_points || s->inflated_bytes > TH_WHOLE_MAX)) {
        enum th_code rc = th_evidence_kept(e, s->id, 0, &piece->start, &length, &bytes, err);
        if (rc != TH_OK)
            return rc;
        if (th_is_gzip(bytes.p, bytes.n))
            return load_from_point(e, offset, piece, err);
        rc = th_evidence_kept(e, s->id, offset, &piece->start, &length, &bytes, err);
        if (rc == TH_OK)
            th_buf_add_str(&piece->bytes, bytes);
        return rc;
    }
    /* What one record of it can't be read for, those behind can't either. */
    e->reach = UINT64_MAX;
    enum th_code rc = delivered_whole(e, &bytes, err);
    if (rc != TH_OK)
        return rc;
    piece->start = 0;
    if (!th_is_gzip(bytes.p, bytes.n)) {
        th_buf_add_str(&piece->bytes, bytes);
        return TH_OK;
    }
    struct th_err broken;
    th_err_clear(&broken);
    uint64_t max = s->inflated_bytes > TH_WHOLE_MAX ? s->inflated_bytes : TH_WHOLE_MAX;
    rc = th_gunzip(bytes.p, bytes.n, max, &piece->bytes, NULL, &broken);
    if (rc != TH_OK && piece->bytes.n > offset)
        rc = TH_OK;
    return rc == TH_OK ? rc : th_err_set(err, rc, "%s", broken.msg);
}

static enum th_code load_chunk(struct th_evidence *e, uint64_t offset,
                               struct th_evidence_piece *piece, struct th_err *err)
{
    struct th_str packed;
    uint64_t length;
    enum th_code rc =
        th_evidence_kept(e, e->source.id, offset, &piece->start, &length, &packed, err);
    if (rc != TH_OK)
        return rc;
    e->reach = piece->start + length;
    if (length > TH_EVIDENCE_CHUNK_MAX)
        return th_err_set(err, TH_E_DB, "a chunk claims %llu bytes", (unsigned long long)length);
    return th_inflate_chunk(packed.p, packed.n, (size_t)length, &piece->bytes, err);
}

enum th_code th_evidence_load(struct th_evidence *e, uint64_t offset,
                              struct th_evidence_piece *piece, struct th_err *err)
{
    return e->source.kind == TH_SOURCE_CHUNKED ? load_chunk(e, offset, piece, err)
                                               : load_delivered(e, offset, piece, err);
}
