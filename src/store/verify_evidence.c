/* The kept bytes of a source: slices or chunks from byte 0 without a gap, as many as were
 * delivered, with the hash that was noted. What is small is held from this first look on, what is
 * large is fetched once more while it is read.
 *
 * Of a source whose bytes stay outside the case, the file at its path takes their place. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "ingest/import.h"
#include "ingest/inflate.h"
#include "store/verify_int.h"

#define READ_BYTES   ((size_t)1 << 20)
#define WINDOW_BYTES ((size_t)32768)

/* A difference at a delivered byte. */
static void say_at(struct th_verify_worker *w, int64_t offset, const char *field,
                   const char *expected, const char *found, const char *what)
{
    const struct th_verify_difference d = {
        .kind = TH_VERIFY_EVIDENCE,
        .source = w->source.id,
        .path = th_str_of(w->source.place),
        .offset = offset,
        .has_offset = true,
        .field = th_str_of(field),
        .expected = th_str_of(expected),
        .found = th_str_of(found),
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

static void say_number_at(struct th_verify_worker *w, int64_t offset, const char *field,
                          int64_t expected, int64_t found, const char *what)
{
    char a[32];
    char b[32];
    (void)snprintf(a, sizeof a, "%" PRId64, expected);
    (void)snprintf(b, sizeof b, "%" PRId64, found);
    say_at(w, offset, field, a, b, what);
}

/* Taking in what is kept, piece by piece. */
struct intake {
    struct th_verify_worker *w;
    th_sha256 *sha;
    struct th_buf whole; /* while it is small */
    uint64_t total;
    bool sound; /* without damage so far */
    bool any;
};

static void take(struct intake *in, struct th_str bytes)
{
    th_sha256_update(in->sha, bytes.p, bytes.n);
    in->total += bytes.n;
    if (in->total <= TH_WHOLE_MAX)
        th_buf_add_str(&in->whole, bytes);
    else
        th_buf_fini(&in->whole);
}

/* One row of table evidence: offset, length, bytes. */
static void take_row(struct intake *in, sqlite3_stmt *stmt, struct th_buf *plain)
{
    struct th_verify_worker *w = in->w;
    int64_t offset = sqlite3_column_int64(stmt, 0);
    int64_t length = sqlite3_column_int64(stmt, 1);
    struct th_str bytes = th_db_blob(stmt, 2);
    in->any = true;
    if ((uint64_t)offset != in->total) {
        if (in->sound)
            say_number_at(w, (int64_t)in->total, "evidence.offset", (int64_t)in->total, offset,
                          "the kept pieces don't follow each other");
        in->sound = false;
        return;
    }
    if (w->source.kind != TH_SOURCE_CHUNKED) {
        if (bytes.n != (uint64_t)length)
            say_number_at(w, offset, "evidence.length", (int64_t)bytes.n, length,
                          "a kept piece isn't as long as noted");
        if (in->sound)
            take(in, bytes);
        return;
    }
    th_buf_reset(plain);
    if (length < 0 || (uint64_t)length > TH_EVIDENCE_CHUNK_MAX ||
        th_inflate_chunk(bytes.p, bytes.n, (size_t)length, plain, NULL) != TH_OK) {
        say_at(w, offset, "evidence.bytes", NULL, NULL, "a kept piece can't be inflated");
        in->sound = false;
    }
    if (in->sound)
        take(in, th_buf_str(plain));
}

static enum th_code take_rows(struct intake *in, struct th_err *err)
{
    struct th_verify_worker *w = in->w;
    sqlite3_stmt *stmt;
    struct th_buf plain = TH_BUF_INIT;
    bool more;
    enum th_code rc = th_db_cached(
        &w->c->cache, w->c->db,
        "SELECT offset, length, bytes FROM evidence WHERE source = ?1 ORDER BY offset, id", &stmt,
        err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, w->source.id);
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more && !th_cancelled(&w->v->stop)) {
        take_row(in, stmt, &plain);
        th_verify_done(w, in->total);
    }
    sqlite3_reset(stmt);
    th_buf_fini(&plain);
    return rc;
}

/* True: the hash is the one that was noted. */
static bool check_hash(struct th_verify_worker *w, const uint8_t sha256[TH_SHA256_BYTES])
{
    const struct th_verify_source *s = &w->source;
    char noted[2 * TH_SHA256_BYTES + 1];
    char found[2 * TH_SHA256_BYTES + 1];
    th_sha256_hex(sha256, found);
    th_sha256_hex(s->sha256, noted);
    if (s->has_sha256 && memcmp(sha256, s->sha256, TH_SHA256_BYTES) == 0)
        return true;
    th_verify_say_source(w, TH_VERIFY_EVIDENCE, "sha256", s->has_sha256 ? noted : NULL, found,
                         "the kept bytes don't have the SHA-256 that was noted at import");
    return false;
}

static enum th_code open_kept(struct th_verify_worker *w, struct th_verify_bytes *bytes,
                              struct th_err *err)
{
    const struct th_verify_source *s = &w->source;
    struct intake in = {.w = w, .sha = th_sha256_new(), .whole = TH_BUF_INIT, .sound = true};
    uint8_t sha256[TH_SHA256_BYTES];
    enum th_code rc = take_rows(&in, err);
    th_sha256_final(in.sha, sha256);
    bytes->any = in.any;
    bytes->size_bytes = in.total;
    /* Nothing was delivered of a member of an archive that breaks off before it. */
    bytes->there = in.any || (s->size_bytes == 0 && s->has_sha256 && s->skipped == NULL &&
                              s->kind != TH_SOURCE_REFERENCED);
    /* A source that is still being imported has no size and no hash yet. */
    if (rc == TH_OK && bytes->there && s->state != 0) {
        if ((uint64_t)s->size_bytes != in.total)
            th_verify_say_number(w, TH_VERIFY_EVIDENCE, "size_bytes", s->size_bytes,
                                 (int64_t)in.total, "not as many bytes are kept as were delivered");
        bytes->changed = !check_hash(w, sha256);
    }
    if (rc == TH_OK && in.total > 0 && in.total <= TH_WHOLE_MAX)
        bytes->whole = (unsigned char *)th_buf_take(&in.whole);
    th_buf_fini(&in.whole);
    w->totals.bytes += in.total;
    return rc;
}

/* ---- a file outside ---- */

static enum th_code hash_file(int fd, uint8_t sha256[TH_SHA256_BYTES], uint64_t *size,
                              th_cancel *cancel, struct th_err *err)
{
    th_sha256 *state = th_sha256_new();
    unsigned char *block = th_xmalloc(READ_BYTES);
    ssize_t n = 1;
    *size = 0;
    while (n > 0 && !th_cancelled(cancel)) {
        n = pread(fd, block, READ_BYTES, (off_t)*size);
        if (n < 0 && errno == EINTR) {
            n = 1;
        } else if (n > 0) {
            th_sha256_update(state, block, (size_t)n);
            *size += (uint64_t)n;
        }
    }
    enum th_code rc = n < 0 ? th_err_errno(err, "can't be read") : TH_OK;
    free(block);
    th_sha256_final(state, sha256);
    return rc;
}

/* Why the file at the source's path isn't the one that was imported; "" when it is. */
static int open_outside(struct th_verify_worker *w, uint64_t *size, char why[static 256])
{
    const struct th_verify_source *s = &w->source;
    struct stat st;
    struct th_err err;
    uint8_t sha256[TH_SHA256_BYTES];
    th_err_clear(&err);
    why[0] = '\0';
    int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        (void)th_err_errno(&err, "can't be opened");
    else if (fstat(fd, &st) != 0)
        (void)th_err_errno(&err, "can't be read");
    else if (!S_ISREG(st.st_mode))
        (void)th_err_set(&err, TH_E_IO, "is no regular file");
    else if (hash_file(fd, sha256, size, &w->v->stop, &err) == TH_OK &&
             (*size != (uint64_t)s->size_bytes || !s->has_sha256 ||
              memcmp(sha256, s->sha256, sizeof sha256) != 0))
        (void)th_err_set(&err, TH_E_IO, "has changed since it was imported");
    if (err.msg[0] == '\0')
        return fd;
    (void)snprintf(why, 256, "%.200s", err.msg);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Does anything stand on its bytes? */
static bool is_needed(const struct th_verify_worker *w)
{
    const struct th_verify *v = w->v;
    size_t events;
    size_t duplicates;
    (void)th_verify_spans_of(&v->spans[TH_VERIFY_EVENTS], w->source.id, &events);
    (void)th_verify_spans_of(&v->spans[TH_VERIFY_DUPLICATES], w->source.id, &duplicates);
    return events + duplicates > 0;
}

static bool add_bytes(void *ctx, const void *bytes, size_t n)
{
    th_buf_add(ctx, bytes, n);
    return true;
}

/* A member of an archive outside, which is small enough to be held: an import did. */
static bool open_member(struct th_verify_worker *w, struct th_verify_bytes *bytes,
                        char why[static 256])
{
    const struct th_verify_source *s = &w->source;
    struct th_evidence e;
    struct th_buf whole = TH_BUF_INIT;
    struct th_err err;
    uint8_t sha256[TH_SHA256_BYTES];
    th_err_clear(&err);
    th_evidence_init(&e, w->c);
    enum th_code rc = th_evidence_source(&e, s->id, &err);
    if (rc == TH_OK)
        rc = th_outside_copy(&e, add_bytes, &whole, &err);
    th_sha256_of(whole.p, whole.n, sha256);
    if (rc == TH_OK && memcmp(sha256, s->sha256, sizeof sha256) != 0)
        rc = th_err_set(&err, TH_E_OUTSIDE, "has changed since it was imported");
    th_evidence_fini(&e);
    (void)snprintf(why, 256, "%.200s", err.msg);
    bytes->size_bytes = whole.n;
    if (rc == TH_OK)
        bytes->whole = (unsigned char *)th_buf_take(&whole);
    th_buf_fini(&whole);
    return rc == TH_OK;
}

static void open_file(struct th_verify_worker *w, struct th_verify_bytes *bytes)
{
    char why[256];
    char what[320];
    uint64_t size = 0;
    if (w->source.container != NULL && is_needed(w) && open_member(w, bytes, why)) {
        w->totals.outside++;
        w->totals.bytes += bytes->size_bytes;
        bytes->there = true;
        return;
    }
    int fd = w->source.container == NULL ? open_outside(w, &size, why) : -1;
    if (fd >= 0) {
        w->totals.outside++;
        w->totals.bytes += size;
        bytes->fd = fd;
        bytes->size_bytes = size;
        bytes->there = true;
    } else if (!is_needed(w)) {
        w->totals.outside_gone++;
    } else if (!th_cancelled(&w->v->stop)) {
        (void)snprintf(
            what, sizeof what, "%s%s",
            w->source.container != NULL ? "" : "the file, which is kept outside the case, ", why);
        th_verify_say_source(w, TH_VERIFY_EVIDENCE, "path", NULL, NULL, what);
    }
}

enum th_code th_verify_bytes_open(struct th_verify_worker *w, struct th_verify_bytes *bytes,
                                  struct th_err *err)
{
    *bytes = (struct th_verify_bytes){.w = w, .fd = -1, .piece = TH_BUF_INIT};
    /* Of a referenced source the pieces hold hashes. */
    if (w->source.kind != TH_SOURCE_REFERENCED)
        return open_kept(w, bytes, err);
    if (w->source.skipped == NULL && w->source.has_sha256)
        open_file(w, bytes);
    return TH_OK;
}

/* The kept piece that holds a byte. */
static bool load_piece(struct th_verify_bytes *b, uint64_t offset)
{
    struct th_verify_worker *w = b->w;
    sqlite3_stmt *stmt;
    bool row;
    b->piece_at = 0;
    th_buf_reset(&b->piece);
    enum th_code rc = th_db_cached(&w->c->cache, w->c->db,
                                   "SELECT offset, length, bytes FROM evidence WHERE source = ?1 "
                                   "AND offset <= ?2 ORDER BY offset DESC LIMIT 1",
                                   &stmt, NULL);
    if (rc != TH_OK)
        return false;
    th_db_bind_int(stmt, 1, w->source.id);
    th_db_bind_int(stmt, 2, (int64_t)offset);
    rc = th_db_step_any(stmt, &row, NULL);
    if (rc == TH_OK && row) {
        struct th_str bytes = th_db_blob(stmt, 2);
        b->piece_at = th_db_u64(stmt, 0);
        if (w->source.kind != TH_SOURCE_CHUNKED)
            th_buf_add_str(&b->piece, bytes);
        else if (th_inflate_chunk(bytes.p, bytes.n, (size_t)th_db_u64(stmt, 1), &b->piece, NULL) !=
                 TH_OK)
            th_buf_reset(&b->piece);
    }
    sqlite3_reset(stmt);
    return offset >= b->piece_at && offset - b->piece_at < b->piece.n;
}

size_t th_verify_bytes_read(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    struct th_verify_bytes *b = ctx;
    if (offset >= b->size_bytes)
        return 0;
    if (size > b->size_bytes - offset)
        size = (size_t)(b->size_bytes - offset);
    if (b->fd >= 0) {
        ssize_t n;
        do
            n = pread(b->fd, buffer, size, (off_t)offset);
        while (n < 0 && errno == EINTR);
        return n > 0 ? (size_t)n : 0;
    }
    if ((offset < b->piece_at || offset - b->piece_at >= b->piece.n) && !load_piece(b, offset))
        return 0;
    size_t from = (size_t)(offset - b->piece_at);
    size_t n = b->piece.n - from < size ? b->piece.n - from : size;
    memcpy(buffer, b->piece.p + from, n);
    return n;
}

void th_verify_bytes_close(struct th_verify_bytes *bytes)
{
    free(bytes->whole);
    bytes->whole = NULL;
    th_buf_fini(&bytes->piece);
    if (bytes->fd >= 0)
        close(bytes->fd);
    bytes->fd = -1;
}

/* ---- access points ---- */

static bool is_window(const struct th_verify_point *point, struct th_str packed,
                      struct th_buf *plain)
{
    uint8_t sha256[TH_SHA256_BYTES];
    th_buf_reset(plain);
    if (th_inflate_upto(packed.p, packed.n, WINDOW_BYTES, plain, NULL) != TH_OK ||
        plain->n != point->window_n)
        return false;
    th_sha256_of(plain->p, plain->n, sha256);
    return memcmp(sha256, point->window_sha256, sizeof sha256) == 0;
}

static void check_point(struct th_verify_worker *w, sqlite3_stmt *stmt, struct th_buf *plain)
{
    int64_t inflated = sqlite3_column_int64(stmt, 0);
    int64_t bits = sqlite3_column_int64(stmt, 1);
    struct th_str packed = th_db_blob(stmt, 2);
    struct th_verify_point *point = NULL;
    for (size_t i = 0; i < w->points_n; i++) {
        if ((int64_t)w->points[i].inflated != inflated)
            continue;
        /* The last of a place counts, as in the case. */
        if (point != NULL)
            point->needed = false;
        point = &w->points[i];
    }
    if (point == NULL) {
        say_at(w, inflated, "access_point", NULL, NULL, "inflating can't begin at this place");
        return;
    }
    point->needed = false;
    if ((int64_t)point->bits != bits)
        say_number_at(w, inflated, "access_point.bits", (int64_t)point->bits, bits,
                      "inflating can't begin at this place");
    if (!is_window(point, packed, plain))
        say_at(w, inflated, "access_point.window", NULL, NULL,
               "the bytes noted before this place aren't those that stand there");
}

void th_verify_note_point(struct th_verify_worker *w, const struct th_access_point *point)
{
    struct th_buf plain = TH_BUF_INIT;
    TH_GROW(w->points, w->points_n, w->points_cap);
    struct th_verify_point *note = &w->points[w->points_n++];
    *note = (struct th_verify_point){
        .inflated = point->inflated, .bits = point->bits, .needed = point->resumes};
    if (th_inflate_upto(point->window, point->window_n, WINDOW_BYTES, &plain, NULL) == TH_OK) {
        note->window_n = plain.n;
        th_sha256_of(plain.p, plain.n, note->window_sha256);
    }
    th_buf_fini(&plain);
}

enum th_code th_verify_points(struct th_verify_worker *w, struct th_err *err)
{
    sqlite3_stmt *stmt;
    struct th_buf plain = TH_BUF_INIT;
    bool more;
    enum th_code rc = th_db_cached(
        &w->c->cache, w->c->db,
        "SELECT inflated, bits, window FROM access_point WHERE source = ?1 ORDER BY inflated",
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, w->source.id);
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more)
        check_point(w, stmt, &plain);
    sqlite3_reset(stmt);
    for (size_t i = 0; i < w->points_n && rc == TH_OK; i++)
        if (w->points[i].needed)
            say_at(w, (int64_t)w->points[i].inflated, "access_point", NULL, NULL,
                   "inflating has to begin at this place, and the case doesn't say so");
    th_buf_fini(&plain);
    return rc;
}
