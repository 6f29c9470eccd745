/* Streaming gzip by zlib.
 *
 * zlib is given one input block at a time and stops after every deflate block (Z_BLOCK) when points
 * are wanted: there its state is nothing but a bit position and the last 32 KiB, which is what a
 * point keeps. A member's trailer is checked by zlib; behind it either the next member begins (by
 * its magic bytes) or the file's tail, which is counted. After a break no byte more is handed out,
 * unless it is told to go on: then bytes are searched for a header from which zlib comes to the end
 * of a member with the right checksum. That is no chance, but a damaged member may hold a whole one
 * inside; so what follows must be what follows a member, too, which is not so inside of one. Who
 * fills a file with beginnings of members shall not be worked for: the search is bounded. */
#include "ingest/reader/gzstream.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"

#define INPUT_BYTES  ((size_t)128 * 1024)
#define WINDOW_BYTES 32768u
#define GZIP_ONLY    (15 + 16)
#define HEADER_BYTES 10u
/* Bytes read and inflated in vain, members gone on with, and bytes in one of these, after which a
 * stream is searched no more. */
#define IN_VAIN_MAX (UINT64_C(256) << 20)
#define RESUMES_MAX 500u
#define MEMBER_MAX  (UINT64_C(4) << 30)

struct th_gzstream {
    z_stream z;
    th_inflate_input *in;
    void *in_ctx;
    uint64_t in_offset; /* of the byte behind the input block */
    uint64_t member;    /* where the member at hand begins */
    uint64_t next;      /* the member to go on with; 0: none */
    uint64_t in_vain;   /* bytes read and inflated in search of it */
    unsigned resumes;
    bool in_end;
    bool done;
    bool trails;        /* what stands behind the last member is neither a member nor padding */
    bool point_due;     /* at the first place that comes, whatever the span */
    const char *broken; /* why, static text of zlib; "" when the data ends too early */
    uint64_t broken_at; /* or where the last member ended */
    uint64_t out_total;
    uint64_t span;
    uint64_t last_point;
    th_gzstream_point *point;
    void *point_ctx;
    unsigned char input[INPUT_BYTES];
};

enum th_code th_gzip_break(struct th_err *err, uint64_t offset, const char *why)
{
    if (why == NULL || *why == '\0')
        return th_err_at(err, TH_E_GZIP, offset, 0, "gzip data is cut off at byte %llu",
                         (unsigned long long)offset);
    return th_err_at(err, TH_E_GZIP, offset, 0, "malformed gzip data at byte %llu: %s",
                     (unsigned long long)offset, why);
}

th_gzstream *th_gzstream_new(th_inflate_input *in, void *ctx, uint64_t start)
{
    th_gzstream *gz = th_xcalloc(1, sizeof *gz);
    gz->in = in;
    gz->in_ctx = ctx;
    gz->in_offset = start;
    gz->member = start;
    if (inflateInit2(&gz->z, GZIP_ONLY) != Z_OK)
        th_oom(WINDOW_BYTES);
    return gz;
}

void th_gzstream_free(th_gzstream *gz)
{
    if (gz == NULL)
        return;
    inflateEnd(&gz->z);
    free(gz);
}

void th_gzstream_set_points(th_gzstream *gz, uint64_t span, th_gzstream_point *point, void *ctx)
{
    gz->span = span;
    gz->point = point;
    gz->point_ctx = ctx;
}

uint64_t th_gzstream_consumed(const th_gzstream *gz)
{
    return gz->in_offset - gz->z.avail_in;
}

/* Make sure that at least one input byte is there. What is left is kept in front. */
static bool fill(struct th_gzstream *gz, size_t want)
{
    while (gz->z.avail_in < want && !gz->in_end) {
        if (gz->z.avail_in > 0)
            memmove(gz->input, gz->z.next_in, gz->z.avail_in);
        gz->z.next_in = gz->input;
        size_t n = gz->in(gz->in_ctx, gz->in_offset, gz->input + gz->z.avail_in,
                          INPUT_BYTES - gz->z.avail_in);
        gz->in_end = n == 0;
        gz->in_offset += n;
        gz->z.avail_in += (uInt)n;
    }
    return gz->z.avail_in >= want;
}

static void stop(struct th_gzstream *gz, const char *why)
{
    gz->done = true;
    gz->broken = why;
    gz->broken_at = th_gzstream_consumed(gz);
}

/* Behind a member's trailer: the next member, or the end. */
static void next_member(struct th_gzstream *gz)
{
    if (fill(gz, 2) && gz->z.next_in[0] == 0x1f && gz->z.next_in[1] == 0x8b) {
        gz->member = th_gzstream_consumed(gz);
        if (inflateReset(&gz->z) != Z_OK)
            stop(gz, "can't go on");
        return;
    }
    gz->done = true;
    gz->broken_at = th_gzstream_consumed(gz);
}

/* At the end of a header, or of a block that is not a member's last one. */
static void offer_point(struct th_gzstream *gz)
{
    if (gz->out_total - gz->last_point < gz->span && !gz->point_due)
        return;
    gz->point_due = false;
    unsigned char window[WINDOW_BYTES];
    uInt n = 0;
    if (inflateGetDictionary(&gz->z, window, &n) != Z_OK)
        return;
    gz->last_point = gz->out_total;
    uint64_t bits = th_gzstream_consumed(gz) * 8 - (unsigned)(gz->z.data_type & 7);
    gz->point(gz->point_ctx, gz->out_total, bits, (struct th_str){(const char *)window, n});
}

size_t th_gzstream_read(th_gzstream *gz, void *buffer, size_t size)
{
    size_t room = size < (1u << 30) ? size : 1u << 30;
    gz->z.next_out = buffer;
    gz->z.avail_out = (uInt)room;
    while (!gz->done && gz->z.avail_out == room) {
        /* Without input zlib may still hold bytes back: the end is where it gives none. */
        bool input = fill(gz, 1);
        uInt before = gz->z.avail_out;
        int rc = inflate(&gz->z, gz->point != NULL ? Z_BLOCK : Z_NO_FLUSH);
        gz->out_total += before - gz->z.avail_out;
        if (rc == Z_STREAM_END)
            next_member(gz);
        else if (!input && gz->z.avail_out == before)
            stop(gz, "");
        else if (rc != Z_OK && rc != Z_BUF_ERROR)
            stop(gz, gz->z.msg != NULL ? gz->z.msg : "not a gzip member");
        else if (gz->point != NULL && (gz->z.data_type & 192) == 128)
            offer_point(gz);
    }
    return room - gz->z.avail_out;
}

/* Go to a place in the input. */
static void move_to(struct th_gzstream *gz, uint64_t offset)
{
    gz->in_offset = offset;
    gz->in_end = false;
    gz->z.avail_in = 0;
    (void)inflateReset(&gz->z);
}

/* A header as writers of gzip make it. */
static bool is_header(const unsigned char *p)
{
    return p[0] == 0x1f && p[1] == 0x8b && p[2] == 8 && (p[3] & 0xe0) == 0 &&
           (p[8] == 0 || p[8] == 2 || p[8] == 4) && (p[9] <= 13 || p[9] == 255);
}

/* Is what follows a member what follows one in a gzip file: nothing, padding or a header? */
static bool follows_member(struct th_gzstream *gz)
{
    if (fill(gz, HEADER_BYTES) && is_header(gz->z.next_in))
        return true;
    if (gz->z.avail_in > 0 && gz->z.avail_in < HEADER_BYTES && *gz->z.next_in == 0x1f)
        return true;
    for (uInt i = 0; i < gz->z.avail_in && i < HEADER_BYTES; i++)
        if (gz->z.next_in[i] != 0)
            return false;
    return true;
}

/* Is there a whole member at offset? Otherwise what was inflated for that was in vain. */
static bool is_whole(struct th_gzstream *gz, uint64_t offset)
{
    unsigned char nowhere[WINDOW_BYTES];
    uint64_t inflated = 0;
    int rc = Z_OK;
    move_to(gz, offset);
    while ((rc == Z_OK || rc == Z_BUF_ERROR) && inflated < MEMBER_MAX) {
        bool input = fill(gz, 1);
        gz->z.next_out = nowhere;
        gz->z.avail_out = sizeof nowhere;
        rc = inflate(&gz->z, Z_NO_FLUSH);
        inflated += sizeof nowhere - gz->z.avail_out;
        if (!input && gz->z.avail_out == sizeof nowhere)
            break;
    }
    if (rc == Z_STREAM_END && follows_member(gz))
        return true;
    /* A block of input was read for it, whatever came of it. */
    gz->in_vain += inflated + INPUT_BYTES;
    return false;
}

/* The next header at or behind *offset; false when there is none. */
static bool next_header(struct th_gzstream *gz, uint64_t *offset)
{
    move_to(gz, *offset);
    while (fill(gz, HEADER_BYTES)) {
        const unsigned char *p = gz->z.next_in;
        const unsigned char *found = memchr(p, 0x1f, gz->z.avail_in - HEADER_BYTES + 1);
        uInt passed = found == NULL ? gz->z.avail_in - (HEADER_BYTES - 1) : (uInt)(found - p);
        if (found != NULL && is_header(found)) {
            *offset = th_gzstream_consumed(gz) + passed;
            return true;
        }
        passed += found != NULL;
        gz->z.next_in += passed;
        gz->z.avail_in -= passed;
    }
    return false;
}

enum th_gz_behind th_gzstream_look_behind(th_gzstream *gz, uint64_t *at, uint64_t *member)
{
    if (!gz->done || (gz->broken == NULL && !gz->trails))
        return TH_GZ_NOTHING;
    /* Damage may have been noticed only behind the beginning of the next member. */
    uint64_t offset = gz->broken != NULL ? gz->member + 1 : gz->broken_at;
    *at = gz->broken_at;
    while (next_header(gz, &offset)) {
        if (gz->resumes == RESUMES_MAX || gz->in_vain >= IN_VAIN_MAX)
            return TH_GZ_UNKNOWN;
        if (is_whole(gz, offset)) {
            gz->next = offset;
            *member = offset;
            return TH_GZ_MEMBER;
        }
        offset++;
    }
    return gz->in_vain >= IN_VAIN_MAX ? TH_GZ_UNKNOWN : TH_GZ_NOTHING;
}

bool th_gzstream_resume(th_gzstream *gz)
{
    if (gz->next == 0)
        return false;
    move_to(gz, gz->next);
    gz->member = gz->next;
    gz->next = 0;
    gz->resumes++;
    gz->done = false;
    gz->trails = false;
    gz->broken = NULL;
    gz->point_due = true;
    return true;
}

enum th_code th_gzstream_finish(th_gzstream *gz, uint64_t *trailing, struct th_err *err)
{
    if (trailing != NULL)
        *trailing = 0;
    if (gz->broken != NULL)
        return th_gzip_break(err, gz->broken_at, gz->broken);
    uint64_t count = 0;
    bool padding = true;
    while (fill(gz, 1)) {
        for (uInt i = 0; padding && i < gz->z.avail_in; i++)
            padding = gz->z.next_in[i] == 0;
        count += gz->z.avail_in;
        gz->z.avail_in = 0;
    }
    gz->trails = gz->trails || !padding;
    if (trailing != NULL)
        *trailing = padding ? 0 : count;
    return TH_OK;
}
