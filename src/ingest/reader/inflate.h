/* Getting plain bytes out of what was delivered: gzip (all members) or plain, by content. */
#ifndef TH_INGEST_READER_INFLATE_H
#define TH_INGEST_READER_INFLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Does it begin as a gzip member? */
bool th_is_gzip(const void *bytes, size_t n);

/* Inflate all members of a gzip file that is in memory, appending to out; max bounds the inflated
 * size. On a break (truncated, bad CRC, bad data) everything that could be inflated is in out and
 * the code says why: TH_E_GZIP (err->offset: compressed byte), TH_E_LIMIT. libdeflate first, whole;
 * zlib streaming when that fails, to save what stands before the break. Bytes after the last
 * member: *trailing (may be NULL); 0 when they are only zeros, as tapes and tools pad with. */
TH_NODISCARD enum th_code th_gunzip(const void *bytes, size_t n, uint64_t max, struct th_buf *out,
                                    uint64_t *trailing, struct th_err *err);

/* What the last member says of its inflated size, modulo 2^32: a hint, written by whoever made the
 * file. */
uint64_t th_gzip_claimed(const void *bytes, size_t n);

/* Raw deflate of one chunk (level 1, libdeflate) and back; for table evidence, kind 1, access point
 * windows and segments. */
void th_deflate_chunk(const void *bytes, size_t n, struct th_buf *out);
TH_NODISCARD enum th_code th_inflate_chunk(const void *bytes, size_t n, size_t inflated_n,
                                           struct th_buf *out, struct th_err *err);

/* The same when only a bound of the size is known. */
TH_NODISCARD enum th_code th_inflate_upto(const void *bytes, size_t n, size_t max,
                                          struct th_buf *out, struct th_err *err);

/* Inflated bytes [from, from + n) of a gzip stream, given an access point before from: in is called
 * for compressed bytes. */
struct th_inflate_range {
    uint64_t point_inflated, point_bits; /* where to start; 0, 0 = the beginning of the file */
    struct th_str window;                /* plain 32 KiB before it; absent at the beginning */
    uint64_t from;
    size_t n;
};
typedef size_t th_inflate_input(void *ctx, uint64_t compressed_offset, void *buffer,
                                size_t size); /* 0 at the end */
TH_NODISCARD enum th_code th_inflate_range(const struct th_inflate_range *range,
                                           th_inflate_input *in, void *ctx, struct th_buf *out,
                                           struct th_err *err);

#endif
