/* Inflating a gzip file as a stream: every member after the other, with places to start again.
 * Inside of ingest. */
#ifndef TH_INGEST_READER_GZSTREAM_H
#define TH_INGEST_READER_GZSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "ingest/reader/inflate.h"

/* A place inside a member where inflating may begin: the position of a deflate block in bits from
 * the file's beginning, what was inflated before it, and up to 32 KiB of that. window is borrowed
 * for the call. */
typedef void th_gzstream_point(void *ctx, uint64_t inflated, uint64_t bits, struct th_str window);

typedef struct th_gzstream th_gzstream;

/* Read compressed bytes through in, beginning at offset start, where a member must begin. Owned:
 * th_gzstream_free. */
th_gzstream *th_gzstream_new(th_inflate_input *in, void *ctx, uint64_t start);
void th_gzstream_free(th_gzstream *gz);

/* Call point at a block's beginning whenever span inflated bytes have gone by since the last one;
 * never before span bytes. */
void th_gzstream_set_points(th_gzstream *gz, uint64_t span, th_gzstream_point *point, void *ctx);

/* Up to size inflated bytes; 0 only at the end of the last member or at a break, and then
 * th_gzstream_finish tells which. */
size_t th_gzstream_read(th_gzstream *gz, void *buffer, size_t size);

/* After the end: TH_OK, or TH_E_GZIP with the reason and the compressed offset of the break in err.
 * trailing: bytes behind the last member, 0 when they are all zero (padding). Reads to the end of
 * the input to count them. */
TH_NODISCARD enum th_code th_gzstream_finish(th_gzstream *gz, uint64_t *trailing,
                                             struct th_err *err);

/* After th_gzstream_finish told of a break or of trailing bytes: is there a member behind it that
 * is whole, by its own checksum and length, and followed by what may follow one? *at: where the
 * damage was noticed. *member: where that member begins; before *at when the damage was noticed
 * late. UNKNOWN: more beginnings of members, or larger ones, than are looked at. Inflates members
 * without handing anything out. */
enum th_gz_behind { TH_GZ_NOTHING, TH_GZ_MEMBER, TH_GZ_UNKNOWN };
enum th_gz_behind th_gzstream_look_behind(th_gzstream *gz, uint64_t *at, uint64_t *member);
/* Go on with the member that was found; false: none was. What it inflates to is counted on behind
 * what came before the break, and a point is called for its beginning, whatever the span: no other
 * leads across the break. */
bool th_gzstream_resume(th_gzstream *gz);

/* Compressed bytes used so far. */
uint64_t th_gzstream_consumed(const th_gzstream *gz);

/* Words for a break. why: zlib's, or NULL when the data just ends. */
enum th_code th_gzip_break(struct th_err *err, uint64_t offset, const char *why);

#endif
