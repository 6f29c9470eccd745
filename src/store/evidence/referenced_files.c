/* Reading what was only referenced.
 *
 * A case may come from anybody, and its paths with it: nothing but a regular file is opened, no
 * more of it is read than was imported, and nothing of it is given out before its hash was found
 * right. A file of several pieces has their hashes in table evidence, so that showing one event of
 * a large file doesn't read all of it. A member of an archive is unpacked again and checked whole.
 */
#include "store/evidence/referenced_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "ingest/import.h"
#include "store/evidence/evidence.h"

void th_outside_init(struct th_outside *o)
{
    *o = (struct th_outside){.fd = -1, .unpack_fd = -1};
}

void th_outside_release(struct th_outside *o)
{
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
}

static void close_archive(struct th_outside *o)
{
    th_unpack_free(o->unpack);
    o->unpack = NULL;
    if (o->unpack_fd >= 0)
        close(o->unpack_fd);
    o->unpack_fd = -1;
    free(o->unpack_path);
    o->unpack_path = NULL;
}

void th_outside_fini(struct th_outside *o)
{
    th_outside_release(o);
    close_archive(o);
    th_buf_fini(&o->bytes);
    th_outside_init(o);
}

static enum th_code open_regular(const struct th_evidence_source *s, int *out, uint64_t *size,
                                 struct th_err *err)
{
    struct stat st;
    *out = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*out < 0 || fstat(*out, &st) != 0)
        return th_err_errno(err, "%s", s->path);
    if (!S_ISREG(st.st_mode))
        return th_err_set(err, TH_E_OUTSIDE, "%s is no regular file any more", s->path);
    *size = (uint64_t)st.st_size;
    return TH_OK;
}

static enum th_code open_file(struct th_outside *o, const struct th_evidence_source *s,
                              struct th_err *err)
{
    uint64_t size = 0;
    th_outside_release(o);
    enum th_code rc = open_regular(s, &o->fd, &size, err);
    /* A log may have grown: the bytes it had are checked. */
    if (rc == TH_OK && size < s->size_bytes)
        rc = th_err_set(err, TH_E_OUTSIDE,
                        "%s has changed: it has %llu bytes, and had %llu when it was imported",
                        s->path, (unsigned long long)size, (unsigned long long)s->size_bytes);
    return rc;
}

/* n bytes from offset, all of them. */
static enum th_code read_exactly(struct th_outside *o, const struct th_evidence_source *s,
                                 uint64_t offset, size_t n, struct th_err *err)
{
    th_buf_reset(&o->bytes);
    char *to = th_buf_reserve(&o->bytes, n);
    while (o->bytes.n < n) {
        ssize_t got = pread(o->fd, to + o->bytes.n, n - o->bytes.n, (off_t)(offset + o->bytes.n));
        if (got > 0)
            o->bytes.n += (size_t)got;
        else if (got == 0)
            return th_err_set(err, TH_E_OUTSIDE, "%s has become shorter", s->path);
        else if (errno != EINTR)
            return th_err_errno(err, "%s", s->path);
    }
    return TH_OK;
}

static enum th_code check(const struct th_outside *o, const struct th_evidence_source *s,
                          const uint8_t *sha256, bool whole, struct th_err *err)
{
    uint8_t digest[TH_SHA256_BYTES];
    char got[2 * TH_SHA256_BYTES + 1];
    char want[2 * TH_SHA256_BYTES + 1];
    th_sha256_of(o->bytes.p, o->bytes.n, digest);
    if (memcmp(digest, sha256, sizeof digest) == 0)
        return TH_OK;
    th_sha256_hex(digest, got);
    th_sha256_hex(sha256, want);
    if (whole)
        return th_err_set(err, TH_E_OUTSIDE,
                          "%s has changed: its SHA-256 is %.16s…, and was %.16s… when it was "
                          "imported",
                          s->path, got, want);
    return th_err_set(
        err, TH_E_OUTSIDE, "%s has changed between byte %llu and %llu since it was imported",
        s->path, (unsigned long long)o->start, (unsigned long long)(o->start + o->bytes.n - 1));
}

/* The piece of a file that holds a byte. */
static enum th_code load_piece(struct th_evidence *e, uint64_t offset, struct th_err *err)
{
    struct th_outside *o = &e->outside;
    const struct th_evidence_source *s = &e->source;
    struct th_err none;
    struct th_str hash;
    uint64_t length;
    enum th_code rc = open_file(o, s, err);
    if (rc != TH_OK)
        return rc;
    th_err_clear(&none);
    rc = th_evidence_kept(e, s->id, offset, &o->start, &length, &hash, &none);
    bool whole = rc == TH_E_NOT_FOUND;
    if (whole) {
        hash = (struct th_str){(const char *)s->sha256, s->has_sha256 ? TH_SHA256_BYTES : 0};
        o->start = 0;
        length = s->size_bytes;
    } else if (rc != TH_OK) {
        return th_err_set(err, rc, "%s", none.msg);
    }
    if (hash.n != TH_SHA256_BYTES || length > TH_WHOLE_MAX || length > s->size_bytes ||
        o->start > s->size_bytes - length)
        return th_err_set(err, TH_E_DB, "what is noted of %s can't be", s->path);
    rc = read_exactly(o, s, o->start, (size_t)length, err);
    return rc == TH_OK ? check(o, s, (const uint8_t *)hash.p, whole, err) : rc;
}

static size_t read_archive(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    const struct th_outside *o = ctx;
    for (;;) {
        ssize_t n = pread(o->unpack_fd, buffer, size, (off_t)offset);
        if (n >= 0)
            return (size_t)n;
        if (errno != EINTR)
            return 0;
    }
}

static enum th_code load_member(struct th_evidence *e, struct th_err *err)
{
    struct th_outside *o = &e->outside;
    const struct th_evidence_source *s = &e->source;
    struct th_err inner;
    enum th_code rc = TH_OK;
    o->start = 0;
    if (!s->has_sha256)
        return th_err_set(err, TH_E_DB, "%s has no hash", s->path);
    if (o->unpack == NULL || strcmp(o->unpack_path, s->path) != 0) {
        uint64_t size = 0;
        close_archive(o);
        rc = open_regular(s, &o->unpack_fd, &size, err);
        if (rc != TH_OK)
            return rc;
        o->unpack_path = th_xstrdup(s->path);
        o->unpack = th_unpack_new(read_archive, o, size);
    }
    th_err_clear(&inner);
    rc = th_unpack_member(o->unpack, s->container, s->size_bytes, s->sha256, o->cancel, &o->bytes,
                          &inner);
    if (rc == TH_OK || rc == TH_E_CANCELLED)
        return rc == TH_OK ? rc : th_err_set(err, rc, "%s", inner.msg);
    /* A file that took this one's place is another to open. */
    close_archive(o);
    return th_err_set(err, TH_E_OUTSIDE, "%s has changed since it was imported: %s", s->path,
                      inner.msg);
}

static enum th_code explain(const struct th_evidence_source *s, enum th_code rc, struct th_err *err,
                            const struct th_err *inner)
{
    if (rc == TH_OK || rc == TH_E_CANCELLED || rc == TH_E_DB)
        return rc == TH_OK ? rc : th_err_set(err, rc, "%s", inner->msg);
    return th_err_set(err, TH_E_OUTSIDE, "source %lld stayed outside the case: %s",
                      (long long)s->id, inner->msg);
}

enum th_code th_outside_bytes(struct th_evidence *e, uint64_t offset, struct th_str *out,
                              struct th_err *err)
{
    struct th_outside *o = &e->outside;
    const struct th_evidence_source *s = &e->source;
    struct th_err inner;
    *out = (struct th_str){"", 0};
    if (offset >= s->size_bytes)
        return TH_OK;
    if (o->source != s->id || offset < o->start || offset - o->start >= o->bytes.n) {
        th_err_clear(&inner);
        o->source = 0;
        enum th_code rc =
            s->container != NULL ? load_member(e, &inner) : load_piece(e, offset, &inner);
        if (rc != TH_OK)
            return explain(s, rc, err, &inner);
        o->source = s->id;
    }
    *out = th_str_sub(th_buf_str(&o->bytes), (size_t)(offset - o->start), SIZE_MAX);
    return TH_OK;
}

enum th_code th_outside_copy(struct th_evidence *e, th_outside_write *write, void *ctx,
                             struct th_err *err)
{
    struct th_outside *o = &e->outside;
    const struct th_evidence_source *s = &e->source;
    struct th_err inner;
    th_err_clear(&inner);
    o->source = 0;
    enum th_code rc = s->container != NULL ? load_member(e, &inner) : open_file(o, s, &inner);
    if (rc == TH_OK && s->container != NULL && !write(ctx, o->bytes.p, o->bytes.n))
        return th_err_set(err, TH_E_IO, "writing stopped");
    for (uint64_t at = 0; rc == TH_OK && s->container == NULL && at < s->size_bytes;) {
        uint64_t left = s->size_bytes - at;
        size_t n = (size_t)(left < TH_CHUNK_BYTES ? left : TH_CHUNK_BYTES);
        rc = read_exactly(o, s, at, n, &inner);
        if (rc == TH_OK && !write(ctx, o->bytes.p, n))
            return th_err_set(err, TH_E_IO, "writing stopped");
        at += n;
    }
    return explain(s, rc, err, &inner);
}
