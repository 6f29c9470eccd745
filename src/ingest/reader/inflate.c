/* Whole gzip files and single deflate chunks in memory.
 *
 * libdeflate inflates a member in one go, twice as fast as zlib, but gives nothing for a member
 * that is cut off or damaged. So the members that are sound go its way, and from the first that
 * isn't zlib's stream takes over to save what stands before the break. Output is reserved by what
 * the file claims (its last four bytes), never by more than deflate can reach or the caller allows.
 */
#include "ingest/reader/inflate.h"

#include <libdeflate.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/import.h"
#include "ingest/reader/gzstream.h"

#define GUESS_MIN     ((size_t)16 * 1024)
#define SALVAGE_BYTES ((size_t)64 * 1024)

bool th_is_gzip(const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    return n >= 3 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8;
}

struct member_input {
    const unsigned char *bytes;
    size_t n;
};

static size_t read_memory(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    const struct member_input *in = ctx;
    if (offset >= in->n)
        return 0;
    size_t n = in->n - (size_t)offset;
    if (n > size)
        n = size;
    memcpy(buffer, in->bytes + offset, n);
    return n;
}

/* From the member at start to the end or the break, by zlib. end: where out may grow to. */
static enum th_code stream_rest(const struct member_input *input, size_t start, size_t end,
                                struct th_buf *out, uint64_t *trailing, struct th_err *err)
{
    struct member_input in = *input;
    th_gzstream *gz = th_gzstream_new(read_memory, &in, start);
    enum th_code rc = TH_OK;
    for (;;) {
        size_t room = end - out->n < SALVAGE_BYTES ? end - out->n : SALVAGE_BYTES;
        /* At the limit one byte more decides whether the data ends just there. */
        char probe;
        char *to = room > 0 ? th_buf_reserve(out, room) : &probe;
        size_t n = th_gzstream_read(gz, to, room > 0 ? room : 1);
        if (n == 0) {
            rc = th_gzstream_finish(gz, trailing, err);
            break;
        }
        if (room == 0) {
            rc = th_err_at(err, TH_E_LIMIT, th_gzstream_consumed(gz), 0,
                           "inflates to more than %zu bytes", end);
            break;
        }
        out->n += n;
        out->p[out->n] = '\0';
    }
    th_gzstream_free(gz);
    return rc;
}

uint64_t th_gzip_claimed(const void *bytes, size_t n)
{
    if (n < 18)
        return 0;
    const unsigned char *b = (const unsigned char *)bytes + n - 4;
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24;
}

/* A header with a checksum of its own: libdeflate passes over it, zlib checks it. */
static bool has_header_crc(const struct member_input *in, size_t at)
{
    return in->n - at > 3 && (in->bytes[at + 3] & 2) != 0;
}

/* Inflate one sound member; false when libdeflate can't, for whatever reason. */
static bool whole_member(struct libdeflate_decompressor *d, const struct member_input *in,
                         size_t *at, size_t guess, size_t end, struct th_buf *out)
{
    size_t left = in->n - *at;
    size_t most = end - out->n;
    if (has_header_crc(in, *at))
        return false;
    if (left < most / TH_RATIO_MAX)
        most = left * TH_RATIO_MAX + GUESS_MIN;
    size_t room = guess < GUESS_MIN ? GUESS_MIN : guess;
    for (;;) {
        if (room > most)
            room = most;
        size_t used;
        size_t made;
        char *to = th_buf_reserve(out, room);
        enum libdeflate_result rc =
            libdeflate_gzip_decompress_ex(d, in->bytes + *at, left, to, room, &used, &made);
        if (rc == LIBDEFLATE_SUCCESS) {
            *at += used;
            out->n += made;
            out->p[out->n] = '\0';
            return true;
        }
        if (rc != LIBDEFLATE_INSUFFICIENT_SPACE || room == most)
            return false;
        room = room > most / 2 ? most : room * 2;
    }
}

enum th_code th_gunzip(const void *bytes, size_t n, uint64_t max, struct th_buf *out,
                       uint64_t *trailing, struct th_err *err)
{
    struct member_input in = {bytes, n};
    size_t end = max < SIZE_MAX - out->n ? out->n + (size_t)max : SIZE_MAX;
    if (trailing != NULL)
        *trailing = 0;
    if (!th_is_gzip(bytes, n))
        return stream_rest(&in, 0, end, out, trailing, err);
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    if (d == NULL)
        th_oom(0);
    size_t at = 0;
    size_t guess = (size_t)th_gzip_claimed(bytes, n);
    while (at < n && th_is_gzip(in.bytes + at, n - at) &&
           whole_member(d, &in, &at, guess, end, out))
        guess = GUESS_MIN;
    libdeflate_free_decompressor(d);
    if (at == n)
        return TH_OK;
    if (at > 0 && !(n - at >= 2 && in.bytes[at] == 0x1f && in.bytes[at + 1] == 0x8b)) {
        bool padding = true;
        for (size_t i = at; padding && i < n; i++)
            padding = in.bytes[i] == 0;
        if (trailing != NULL)
            *trailing = padding ? 0 : n - at;
        return TH_OK;
    }
    return stream_rest(&in, at, end, out, trailing, err);
}

void th_deflate_chunk(const void *bytes, size_t n, struct th_buf *out)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(1);
    if (c == NULL)
        th_oom(0);
    size_t bound = libdeflate_deflate_compress_bound(c, n);
    char *to = th_buf_reserve(out, bound);
    size_t made = libdeflate_deflate_compress(c, bytes, n, to, bound);
    libdeflate_free_compressor(c);
    out->n += made;
    out->p[out->n] = '\0';
}

enum th_code th_inflate_upto(const void *bytes, size_t n, size_t max, struct th_buf *out,
                             struct th_err *err)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    if (d == NULL)
        th_oom(0);
    char *to = th_buf_reserve(out, max);
    size_t made = 0;
    enum libdeflate_result rc = libdeflate_deflate_decompress(d, bytes, n, to, max, &made);
    libdeflate_free_decompressor(d);
    if (rc != LIBDEFLATE_SUCCESS)
        made = 0;
    out->n += made;
    out->p[out->n] = '\0';
    return rc == LIBDEFLATE_SUCCESS ? TH_OK
                                    : th_err_set(err, TH_E_GZIP, "a deflated chunk is damaged");
}

enum th_code th_inflate_chunk(const void *bytes, size_t n, size_t inflated_n, struct th_buf *out,
                              struct th_err *err)
{
    if (inflated_n / TH_RATIO_MAX > n)
        return th_err_set(err, TH_E_LIMIT, "%zu bytes can't come from a chunk of %zu", inflated_n,
                          n);
    size_t before = out->n;
    enum th_code rc = th_inflate_upto(bytes, n, inflated_n, out, err);
    if (rc != TH_OK || out->n - before == inflated_n)
        return rc;
    out->n = before;
    out->p[out->n] = '\0';
    return th_err_set(err, TH_E_GZIP, "a deflated chunk is damaged");
}
