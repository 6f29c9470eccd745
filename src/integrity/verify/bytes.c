/* The kept bytes of a source: pieces from byte 0 on without a gap, as many as were delivered, with
 * the hash that was noted. What is small is held from this first look on, what is large is fetched
 * once more while it is read. Of a source that stays outside, its file takes their place. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "ingest/import.h"
#include "ingest/reader/inflate.h"
#include "integrity/verify/internal.h"

static void note(const struct th_verify_bytes *b, int64_t offset, const char *field,
                 const char *what)
{
    th_verify_note(b->v, TH_VERIFY_EVIDENCE, b->source, offset, field, NULL, NULL, what);
}

static void note_number(const struct th_verify_bytes *b, int64_t offset, const char *field,
                        int64_t expected, int64_t found, const char *what)
{
    char texts[2][32];
    (void)snprintf(texts[0], sizeof texts[0], "%" PRId64, expected);
    (void)snprintf(texts[1], sizeof texts[1], "%" PRId64, found);
    th_verify_note(b->v, TH_VERIFY_EVIDENCE, b->source, offset, field, texts[0], texts[1], what);
}

/* Taking in what is kept, piece by piece. */
struct look {
    struct th_verify_bytes *b;
    th_sha256 *sha;
    struct th_buf whole; /* while it is small */
    bool sound;          /* without damage so far */
};

static bool take(void *ctx, const void *bytes, size_t n)
{
    struct look *look = ctx;
    th_sha256_update(look->sha, bytes, n);
    look->b->total += n;
    if (look->b->total <= TH_WHOLE_MAX)
        th_buf_add(&look->whole, bytes, n);
    else
        th_buf_fini(&look->whole);
    return !th_cancelled(&look->b->v->stop);
}

/* A row's bytes as they were delivered; absent when they can't be had. */
static struct th_str plain_of(const struct th_verify_bytes *b, int64_t length, struct th_str bytes,
                              struct th_buf *plain)
{
    if (b->kind != TH_SOURCE_CHUNKED)
        return bytes.p == NULL ? TH_STR("") : bytes;
    th_buf_reset(plain);
    if (length < 0 || (uint64_t)length > (UINT64_C(64) << 20) ||
        th_inflate_chunk(bytes.p, bytes.n, (size_t)length, plain, NULL) != TH_OK)
        return TH_STR_NONE;
    return (struct th_str){th_buf_cstr(plain), plain->n};
}

/* One row of table evidence. */
static void take_row(struct look *look, int64_t offset, int64_t length, struct th_str bytes,
                     struct th_buf *plain)
{
    struct th_verify_bytes *b = look->b;
    if ((uint64_t)offset != b->total) {
        if (look->sound)
            note_number(b, (int64_t)b->total, "evidence.offset", (int64_t)b->total, offset,
                        "the kept pieces don't follow each other");
        look->sound = false;
        return;
    }
    struct th_str given = plain_of(b, length, bytes, plain);
    if (given.p == NULL) {
        note(b, offset, "evidence.bytes", "a kept piece can't be inflated");
        look->sound = false;
    } else if (b->kind != TH_SOURCE_CHUNKED && bytes.n != (uint64_t)length) {
        note_number(b, offset, "evidence.length", (int64_t)bytes.n, length,
                    "a kept piece isn't as long as noted");
    }
    if (look->sound)
        (void)take(look, given.p, given.n);
}

static enum th_code look_inside(struct look *look, struct th_err *err)
{
    struct th_verify_bytes *b = look->b;
    struct th_buf plain = TH_BUF_INIT;
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_cached(
        &b->c->cache, b->c->db,
        "SELECT offset, length, bytes FROM evidence WHERE source = ?1 ORDER BY offset, id", &stmt,
        err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, b->source);
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more && !th_cancelled(&b->v->stop)) {
        b->there = true;
        take_row(look, sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
                 th_db_blob(stmt, 2), &plain);
    }
    sqlite3_reset(stmt);
    th_buf_fini(&plain);
    return rc;
}

/* Does anything stand on its bytes? */
static enum th_code is_needed(const struct th_verify_bytes *b, bool *needed, struct th_err *err)
{
    sqlite3_stmt *stmt;
    int64_t rows = 0;
    enum th_code rc = th_db_cached(&b->c->cache, b->c->db,
                                   "SELECT EXISTS(SELECT 1 FROM event WHERE source = ?1) OR "
                                   "EXISTS(SELECT 1 FROM duplicate WHERE source = ?1)",
                                   &stmt, err);
    if (rc == TH_OK) {
        th_db_bind_int(stmt, 1, b->source);
        rc = th_db_value(stmt, 0, &rows, err);
    }
    *needed = rows > 0;
    return rc;
}

static enum th_code look_outside(struct look *look, struct th_err *err)
{
    struct th_verify_bytes *b = look->b;
    struct th_verify *v = b->v;
    struct th_err bad;
    bool needed = true;
    th_err_clear(&bad);
    enum th_code rc = TH_OK;
    if (b->container != NULL)
        rc = is_needed(b, &needed, err);
    if (rc != TH_OK)
        return rc;
    if (needed)
        rc = th_case_source_bytes(b->c, b->source, take, look, &bad);
    b->there = needed && rc == TH_OK;
    if (th_cancelled(&v->stop))
        return th_err_set(err, TH_E_CANCELLED, "cancelled");
    if (b->there && b->total > TH_WHOLE_MAX && b->container == NULL)
        b->fd = open(b->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    b->gone = !b->there || (b->total > TH_WHOLE_MAX && b->fd < 0);
    rc = b->gone ? is_needed(b, &needed, err) : TH_OK;
    if (rc == TH_OK && b->gone && needed)
        note(b, -1, "path",
             bad.msg[0] == '\0' ? "the file outside the case can't be read" : bad.msg);
    (void)pthread_mutex_lock(&v->lock);
    v->totals->outside += b->there;
    v->totals->outside_gone += b->gone && !needed;
    if (b->gone)
        th_buf_printf(&v->gone, ",%" PRId64, b->source);
    (void)pthread_mutex_unlock(&v->lock);
    return rc;
}

static void check(struct th_verify_bytes *b)
{
    char noted[2 * TH_SHA256_BYTES + 1];
    char found[2 * TH_SHA256_BYTES + 1];
    if ((uint64_t)b->size_bytes != b->total)
        note_number(b, -1, "size_bytes", b->size_bytes, (int64_t)b->total,
                    "not as many bytes are kept as were delivered");
    b->changed = b->sha256 == NULL || memcmp(b->found, b->sha256, sizeof b->found) != 0;
    if (!b->changed)
        return;
    th_sha256_hex(b->found, found);
    if (b->sha256 != NULL)
        th_sha256_hex(b->sha256, noted);
    th_verify_note(b->v, TH_VERIFY_EVIDENCE, b->source, -1, "sha256",
                   b->sha256 == NULL ? NULL : noted, found,
                   "the kept bytes don't have the SHA-256 that was noted at import");
}

enum th_code th_verify_bytes_open(struct th_verify_bytes *b, struct th_err *err)
{
    struct look look = {.b = b, .sha = th_sha256_new(), .whole = TH_BUF_INIT, .sound = true};
    bool outside = b->kind == TH_SOURCE_REFERENCED;
    b->fd = -1;
    enum th_code rc = outside ? look_outside(&look, err) : look_inside(&look, err);
    th_sha256_final(look.sha, b->found);
    if (rc == TH_OK && b->there && !outside && !b->open)
        check(b);
    if (rc == TH_OK && b->there && b->total <= TH_WHOLE_MAX)
        b->whole = b->total == 0 ? th_xmalloc(1) : (unsigned char *)th_buf_take(&look.whole);
    th_buf_fini(&look.whole);
    (void)pthread_mutex_lock(&b->v->lock);
    b->v->totals->bytes += b->total;
    (void)pthread_mutex_unlock(&b->v->lock);
    return rc;
}

/* The kept piece that holds a byte. */
static bool load_piece(struct th_verify_bytes *b, uint64_t offset)
{
    sqlite3_stmt *stmt;
    struct th_buf plain = TH_BUF_INIT;
    bool row = false;
    th_buf_reset(&b->piece);
    if (th_db_cached(&b->c->cache, b->c->db,
                     "SELECT offset, length, bytes FROM evidence WHERE source = ?1 "
                     "AND offset <= ?2 ORDER BY offset DESC, id LIMIT 1",
                     &stmt, NULL) != TH_OK)
        return false;
    th_db_bind_int(stmt, 1, b->source);
    th_db_bind_int(stmt, 2, (int64_t)offset);
    if (th_db_step_any(stmt, &row, NULL) == TH_OK && row) {
        b->piece_at = th_db_u64(stmt, 0);
        th_buf_add_str(&b->piece,
                       plain_of(b, sqlite3_column_int64(stmt, 1), th_db_blob(stmt, 2), &plain));
    }
    sqlite3_reset(stmt);
    th_buf_fini(&plain);
    return row && offset - b->piece_at < b->piece.n;
}

size_t th_verify_bytes_read(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    struct th_verify_bytes *b = ctx;
    if (offset >= b->total)
        return 0;
    if (size > b->total - offset)
        size = (size_t)(b->total - offset);
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

void th_verify_bytes_close(struct th_verify_bytes *b)
{
    free(b->whole);
    th_buf_fini(&b->piece);
    if (b->fd >= 0)
        close(b->fd);
}
