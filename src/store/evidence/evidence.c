/* Evidence is kept as it was delivered, so reading a record back means inflating. What was inflated
 * last stays in memory as pieces, each a range of one source: neighbours of a record cost nothing.
 * Pieces are few, so they are found by looking at all of them. */
#include "store/evidence/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "store/case/handle.h"

void th_evidence_init(struct th_evidence *e, th_case *c)
{
    memset(e, 0, sizeof *e);
    e->c = c;
    e->pieces_max = TH_EVIDENCE_CACHE_PIECES;
    th_outside_init(&e->outside);
}

void th_evidence_fini(struct th_evidence *e)
{
    for (size_t i = 0; i < TH_COUNT(e->pieces); i++)
        th_buf_fini(&e->pieces[i].bytes);
    th_buf_fini(&e->joined);
    th_buf_fini(&e->delivered);
    th_outside_fini(&e->outside);
    free(e->source.path);
    free(e->source.container);
    memset(e, 0, sizeof *e);
}

/* A place for one more piece: a free one, or that of the piece that was unused longest; its memory
 * is used again. */
static struct th_evidence_piece *make_room(struct th_evidence *e)
{
    size_t total = 0;
    struct th_evidence_piece *oldest = &e->pieces[0];
    for (size_t i = 0; i < e->pieces_n; i++) {
        total += e->pieces[i].bytes.n;
        if (e->pieces[i].used < oldest->used)
            oldest = &e->pieces[i];
    }
    if (e->pieces_n < e->pieces_max && total < TH_EVIDENCE_CACHE_BYTES - TH_EVIDENCE_STRIDE_BYTES)
        oldest = &e->pieces[e->pieces_n++];
    oldest->source = 0;
    oldest->used = 0;
    th_buf_reset(&oldest->bytes);
    return oldest;
}

/* Give memory back until the cache is small again; the piece just loaded stays. */
static void trim(struct th_evidence *e, const struct th_evidence_piece *keep)
{
    for (;;) {
        size_t total = 0;
        struct th_evidence_piece *oldest = NULL;
        for (size_t i = 0; i < e->pieces_n; i++) {
            struct th_evidence_piece *p = &e->pieces[i];
            total += p->bytes.cap;
            if (p != keep && p->bytes.cap > 0 && (oldest == NULL || p->used < oldest->used))
                oldest = p;
        }
        if (total <= TH_EVIDENCE_CACHE_BYTES || oldest == NULL)
            return;
        oldest->source = 0;
        oldest->used = 0;
        th_buf_fini(&oldest->bytes);
    }
}

static void note_bad(struct th_evidence *e, uint64_t offset, enum th_code rc, const char *why)
{
    /* Of a source that is still being imported more may come. */
    if (!e->remembers || e->source.open || rc == TH_E_CANCELLED || rc == TH_E_BUSY)
        return;
    e->bad.source = e->source.id;
    e->bad.from = offset;
    e->bad.to = e->reach;
    e->bad.rc = rc;
    (void)snprintf(e->bad.msg, sizeof e->bad.msg, "%s", why);
}

/* The piece that holds a byte, loaded when it isn't there. */
static enum th_code piece_at(struct th_evidence *e, int64_t source, uint64_t offset,
                             struct th_evidence_piece **out, struct th_err *err)
{
    for (size_t i = 0; i < e->pieces_n; i++) {
        struct th_evidence_piece *p = &e->pieces[i];
        if (p->source == source && offset >= p->start && offset - p->start < p->bytes.n) {
            p->used = ++e->clock;
            *out = p;
            return TH_OK;
        }
    }
    if (e->bad.source == source && offset >= e->bad.from && offset < e->bad.to)
        return th_err_set(err, e->bad.rc, "%s", e->bad.msg);
    enum th_code rc = th_evidence_source(e, source, err);
    if (rc != TH_OK)
        return rc;
    struct th_evidence_piece *piece = make_room(e);
    e->reach = offset + 1;
    rc = th_evidence_load(e, offset, piece, err);
    th_evidence_release(e);
    if (rc == TH_OK && (offset < piece->start || offset - piece->start >= piece->bytes.n))
        rc = th_err_set(err, TH_E_DB, "the evidence ends before that");
    if (rc != TH_OK) {
        th_buf_reset(&piece->bytes);
        note_bad(e, offset, rc, err->msg);
        return rc;
    }
    piece->source = source;
    piece->used = ++e->clock;
    trim(e, piece);
    *out = piece;
    return TH_OK;
}

enum th_code th_evidence_range(struct th_evidence *e, int64_t source, uint64_t offset,
                               uint64_t length, struct th_str *out, struct th_err *err)
{
    struct th_evidence_piece *piece = NULL;
    struct th_err inner;
    uint64_t at = offset;
    uint64_t left = length;
    th_buf_reset(&e->joined);
    *out = (struct th_str){"", 0};
    while (left > 0) {
        th_err_clear(&inner);
        enum th_code rc = piece_at(e, source, at, &piece, &inner);
        if (rc == TH_E_OUTSIDE || rc == TH_E_CANCELLED)
            return th_err_set(err, rc, "%s", inner.msg);
        if (rc != TH_OK)
            return th_err_at(err, rc, offset, length, "source %lld, byte %llu: %s",
                             (long long)source, (unsigned long long)offset, inner.msg);
        size_t from = (size_t)(at - piece->start);
        size_t n = piece->bytes.n - from;
        if (n >= left)
            n = (size_t)left;
        if (n == length) {
            *out = (struct th_str){piece->bytes.p + from, n};
            return TH_OK;
        }
        th_buf_add(&e->joined, piece->bytes.p + from, n);
        at += n;
        left -= n;
        *out = th_buf_str(&e->joined);
    }
    return TH_OK;
}
