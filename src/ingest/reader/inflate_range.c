/* A part of a gzip file's inflated bytes, without inflating all that stands before it.
 *
 * From an access point zlib runs on raw deflate data: primed with the bits of a byte that was begun
 * and with the window before the point. Where that member ends, its eight bytes of trailer are
 * passed over and zlib is switched to whole members; a range may lie over any number of them. Bytes
 * before the range are inflated into nothing. */
#include "ingest/reader/inflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "ingest/reader/gzstream.h"

#define INPUT_BYTES   ((size_t)64 * 1024)
#define SKIP_BYTES    ((size_t)64 * 1024)
#define RAW_DEFLATE   (-15)
#define GZIP_ONLY     (15 + 16)
#define TRAILER_BYTES 8u

struct range_reader {
    z_stream z;
    th_inflate_input *in;
    void *ctx;
    uint64_t offset; /* of the byte behind the input at hand */
    bool raw;
    const char *why;
    unsigned char input[INPUT_BYTES];
    unsigned char skipped[SKIP_BYTES];
};

static bool fill(struct range_reader *r)
{
    if (r->z.avail_in > 0)
        return true;
    size_t n = r->in(r->ctx, r->offset, r->input, INPUT_BYTES);
    r->offset += n;
    r->z.next_in = r->input;
    r->z.avail_in = (uInt)n;
    return n > 0;
}

/* Pass over n input bytes. */
static bool drop(struct range_reader *r, unsigned n)
{
    for (; n > 0; n--) {
        if (!fill(r))
            return false;
        r->z.next_in++;
        r->z.avail_in--;
    }
    return true;
}

static bool start(struct range_reader *r, const struct th_inflate_range *range)
{
    unsigned bits = (unsigned)((8 - range->point_bits % 8) % 8);
    r->offset = range->point_bits / 8;
    r->raw = range->point_bits != 0;
    if (inflateInit2(&r->z, r->raw ? RAW_DEFLATE : GZIP_ONLY) != Z_OK)
        th_oom(SKIP_BYTES);
    if (bits > 0) {
        if (!fill(r))
            return false;
        int value = *r->z.next_in >> (8 - bits);
        if (!drop(r, 1) || inflatePrime(&r->z, (int)bits, value) != Z_OK)
            return false;
    }
    if (range->window.n == 0)
        return true;
    const char *w = range->window.p;
    size_t n = range->window.n;
    if (n > 32768) {
        w += n - 32768;
        n = 32768;
    }
    return inflateSetDictionary(&r->z, (const Bytef *)w, (uInt)n) == Z_OK;
}

/* A member ended: make ready for the next. False when there is none. */
static bool next_member(struct range_reader *r)
{
    if (r->raw && !drop(r, TRAILER_BYTES))
        return false;
    r->raw = false;
    return fill(r) && *r->z.next_in == 0x1f && inflateReset2(&r->z, GZIP_ONLY) == Z_OK;
}

/* Inflate exactly n bytes. */
static bool take(struct range_reader *r, unsigned char *to, size_t n)
{
    while (n > 0) {
        uInt room = n < (1u << 30) ? (uInt)n : 1u << 30;
        /* Without input zlib may still hold bytes back. */
        bool input = fill(r);
        r->z.next_out = to;
        r->z.avail_out = room;
        int rc = inflate(&r->z, Z_NO_FLUSH);
        to += room - r->z.avail_out;
        n -= room - r->z.avail_out;
        if (rc == Z_STREAM_END) {
            if (n > 0 && !next_member(r))
                return false;
        } else if (!input && r->z.avail_out == room) {
            return false;
        } else if (rc != Z_OK && rc != Z_BUF_ERROR && n > 0) {
            r->why = r->z.msg != NULL ? r->z.msg : "damaged data";
            return false;
        }
    }
    return true;
}

enum th_code th_inflate_range(const struct th_inflate_range *range, th_inflate_input *in, void *ctx,
                              struct th_buf *out, struct th_err *err)
{
    if (range->from < range->point_inflated)
        return th_err_set(err, TH_E_GZIP, "the access point lies behind the range");
    struct range_reader *r = th_xcalloc(1, sizeof *r);
    r->in = in;
    r->ctx = ctx;
    bool good = start(r, range);
    for (uint64_t skip = range->from - range->point_inflated; good && skip > 0;) {
        size_t n = skip < SKIP_BYTES ? (size_t)skip : SKIP_BYTES;
        good = take(r, r->skipped, n);
        skip -= n;
    }
    if (good && range->n > 0) {
        unsigned char *to = (unsigned char *)th_buf_reserve(out, range->n);
        good = take(r, to, range->n);
        if (good)
            out->n += range->n;
        out->p[out->n] = '\0';
    }
    enum th_code rc = TH_OK;
    if (!good)
        rc = th_gzip_break(err, r->offset - r->z.avail_in, r->why);
    inflateEnd(&r->z);
    free(r);
    return rc;
}
