/* gzip in memory, deflated chunks, streams with access points and ranges read from them. */
#include "ingest/import.h"
#include "ingest/make.h"
#include "ingest/reader/gzstream.h"
#include "ingest/reader/inflate.h"

struct memory {
    const char *p;
    size_t n;
};

static size_t from_memory(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    const struct memory *m = ctx;
    if (offset >= m->n)
        return 0;
    size_t n = m->n - (size_t)offset < size ? m->n - (size_t)offset : size;
    memcpy(buffer, m->p + offset, n);
    return n;
}

static void test_members(void)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    struct th_buf out = TH_BUF_INIT;
    uint64_t trailing = 9;
    add_lines(&text, 200000, 1);
    add_member(&gz, text.p, 1000, 9);
    add_member(&gz, text.p + 1000, 99000, 1);
    add_member(&gz, "", 0, 6);
    add_member(&gz, text.p + 100000, text.n - 100000, 0);
    tap_ok(th_is_gzip(gz.p, gz.n) && !th_is_gzip(gz.p, 2) && !th_is_gzip("{}", 2),
           "gzip is told by its first bytes");
    tap_is_int(th_gunzip(gz.p, gz.n, 1u << 20, &out, &trailing, NULL), TH_OK, "four members");
    tap_is_mem(out.p, out.n, text.p, text.n, "four members: their bytes");
    tap_is_int((int64_t)trailing, 0, "four members: nothing behind");

    th_buf_add(&gz, "\0\0\0\0\0\0\0\0", 8);
    th_buf_reset(&out);
    tap_is_int(th_gunzip(gz.p, gz.n, 1u << 20, &out, &trailing, NULL), TH_OK, "padding");
    tap_is_int((int64_t)trailing, 0, "padding is nothing");
    th_buf_add(&gz, "tail", 4);
    th_buf_reset(&out);
    tap_is_int(th_gunzip(gz.p, gz.n, 1u << 20, &out, &trailing, NULL), TH_OK, "tail");
    tap_is_int((int64_t)trailing, 12, "a tail is counted");
    tap_is_mem(out.p, out.n, text.p, text.n, "tail: the bytes before it");

    th_buf_reset(&out);
    th_buf_puts(&out, "before ");
    gz.n -= 12;
    enum th_code rc = th_gunzip(gz.p, gz.n, 1u << 20, &out, NULL, NULL);
    tap_ok(rc == TH_OK && out.n == text.n + 7 && memcmp(out.p, "before {", 8) == 0,
           "output is appended");
    th_buf_fini(&text);
    th_buf_fini(&gz);
    th_buf_fini(&out);
}

/* A member with every optional field of the header. */
static void test_header(void)
{
    struct th_buf plain = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    struct th_buf out = TH_BUF_INIT;
    add_member(&plain, "hello, header", 13, 6);
    th_buf_add(&gz, "\x1f\x8b\x08\x1c\0\0\0\0\0\x03", 10);
    th_buf_add(&gz, "\x05\0extra", 7);
    th_buf_add(&gz, "name.json\0comment\0", 18);
    th_buf_add(&gz, plain.p + 10, plain.n - 10);
    tap_is_int(th_gunzip(gz.p, gz.n, 100, &out, NULL, NULL), TH_OK, "optional header fields");
    tap_is_mem(out.p, out.n, "hello, header", 13, "optional header fields: bytes");
    th_buf_fini(&plain);
    th_buf_fini(&gz);
    th_buf_fini(&out);
}

static void test_truncated(void)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    struct th_buf out = TH_BUF_INIT;
    add_lines(&text, 6000, 2);
    add_member(&gz, text.p, text.n, 6);
    size_t not_broken = 0;
    size_t not_prefix = 0;
    size_t went_back = 0;
    size_t wrong_offset = 0;
    size_t stream_differs = 0;
    size_t last = 0;
    for (size_t n = 0; n < gz.n; n++) {
        /* A copy of exactly n bytes, so that a read beyond it is seen. */
        char *cut = th_xmalloc(n + 1);
        struct th_err err;
        memcpy(cut, gz.p, n);
        char *exact = th_xrealloc(cut, n > 0 ? n : 1);
        th_err_clear(&err);
        th_buf_reset(&out);
        not_broken += th_gunzip(exact, n, 1u << 20, &out, NULL, &err) != TH_E_GZIP;
        not_prefix += out.n > text.n || memcmp(out.n > 0 ? out.p : "", text.p, out.n) != 0;
        went_back += out.n < last;
        wrong_offset += err.offset != n;
        last = out.n;
        /* A stream that is read byte by byte gives as much. */
        struct memory in = {exact, n};
        th_gzstream *gzs = th_gzstream_new(from_memory, &in, 0);
        size_t streamed = 0;
        char c;
        while (th_gzstream_read(gzs, &c, 1) == 1 && streamed < out.n && c == out.p[streamed])
            streamed++;
        stream_differs += streamed != out.n || th_gzstream_finish(gzs, NULL, NULL) != TH_E_GZIP;
        th_gzstream_free(gzs);
        free(exact);
    }
    tap_is_int((int64_t)not_broken, 0, "cut anywhere: said to be broken");
    tap_is_int((int64_t)not_prefix, 0, "cut anywhere: gives what stands before");
    tap_is_int((int64_t)went_back, 0, "cut later: never gives less");
    tap_is_int((int64_t)stream_differs, 0, "cut anywhere: a stream gives as much");
    tap_is_int((int64_t)wrong_offset, 0, "cut anywhere: the offset is the end");
    tap_is_int((int64_t)last, (int64_t)text.n, "only the trailer missing: all bytes are there");

    size_t silent = 0;
    for (size_t i = 0; i < gz.n * 8; i += 5) {
        th_buf_reset(&out);
        gz.p[i / 8] = (char)(gz.p[i / 8] ^ (1 << i % 8));
        bool good = th_gunzip(gz.p, gz.n, 1u << 20, &out, NULL, NULL) == TH_OK;
        silent += good && (out.n != text.n || memcmp(out.p, text.p, text.n) != 0);
        gz.p[i / 8] = (char)(gz.p[i / 8] ^ (1 << i % 8));
    }
    tap_is_int((int64_t)silent, 0, "a flipped bit never passes as sound data");

    struct th_err err;
    th_err_clear(&err);
    gz.p[gz.n - 8] = (char)(gz.p[gz.n - 8] ^ 1);
    th_buf_reset(&out);
    tap_is_int(th_gunzip(gz.p, gz.n, 1u << 20, &out, NULL, &err), TH_E_GZIP, "wrong checksum");
    tap_is_int((int64_t)out.n, (int64_t)text.n, "wrong checksum: all bytes are there");
    tap_ok(strstr(err.msg, "incorrect data check") != NULL, "wrong checksum: said (%s)", err.msg);
    th_buf_fini(&text);
    th_buf_fini(&gz);
    th_buf_fini(&out);
}

static void test_limits(void)
{
    struct th_buf zeros = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    struct th_buf out = TH_BUF_INIT;
    struct th_err err;
    size_t n = 20u << 20;
    memset(th_buf_reserve(&zeros, n), 0, n);
    add_member(&gz, zeros.p, n, 9);
    tap_note("%zu bytes for %zu", gz.n, n);
    tap_is_int(th_gunzip(gz.p, gz.n, n, &out, NULL, NULL), TH_OK, "just as large as allowed");
    tap_is_int((int64_t)out.n, (int64_t)n, "just as large as allowed: all of it");
    th_buf_fini(&out);
    th_err_clear(&err);
    tap_is_int(th_gunzip(gz.p, gz.n, n - 1, &out, NULL, &err), TH_E_LIMIT, "one byte too large");
    tap_is_int((int64_t)out.n, (int64_t)n - 1, "one byte too large: what is allowed is there");
    th_buf_fini(&out);
    tap_is_int(th_gunzip(gz.p, gz.n, 100000, &out, NULL, NULL), TH_E_LIMIT, "far too large");
    tap_ok(out.n == 100000 && out.cap < 300000, "far too large: memory stays small (%zu)", out.cap);
    th_buf_fini(&out);

    /* What the file claims is only a hint. */
    struct th_buf small = TH_BUF_INIT;
    add_member(&small, "0123456789", 10, 6);
    memset(small.p + small.n - 4, 0xff, 4);
    tap_is_int((int64_t)th_gzip_claimed(small.p, small.n), 0xffffffff, "a claim of 4 GB");
    tap_is_int(th_gunzip(small.p, small.n, UINT64_MAX, &out, NULL, NULL), TH_E_GZIP,
               "a claim of 4 GB: broken");
    tap_ok(out.n == 10 && out.cap < 1u << 20, "a claim of 4 GB: is not believed (%zu)", out.cap);
    th_buf_fini(&small);
    th_buf_fini(&zeros);
    th_buf_fini(&gz);
    th_buf_fini(&out);
}

static void test_chunks(void)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_buf chunk = TH_BUF_INIT;
    struct th_buf out = TH_BUF_INIT;
    add_lines(&text, 300000, 3);
    th_deflate_chunk(text.p, text.n, &chunk);
    tap_ok(chunk.n < text.n / 2, "a chunk is deflated");
    tap_is_int(th_inflate_chunk(chunk.p, chunk.n, text.n, &out, NULL), TH_OK, "a chunk comes back");
    tap_is_mem(out.p, out.n, text.p, text.n, "a chunk comes back: bytes");
    th_buf_reset(&out);
    tap_is_int(th_inflate_chunk(chunk.p, chunk.n, text.n - 1, &out, NULL), TH_E_GZIP, "too short");
    tap_is_int(th_inflate_chunk(chunk.p, chunk.n, text.n + 1, &out, NULL), TH_E_GZIP, "too long");
    tap_is_int(th_inflate_chunk(chunk.p, chunk.n - 1, text.n, &out, NULL), TH_E_GZIP, "cut");
    tap_is_int(th_inflate_chunk(chunk.p, 10, SIZE_MAX / 2, &out, NULL), TH_E_LIMIT, "impossible");
    tap_is_int(th_inflate_upto(chunk.p, chunk.n, text.n - 1, &out, NULL), TH_E_GZIP,
               "over a bound");
    tap_is_int(th_inflate_upto(chunk.p, chunk.n - 1, text.n, &out, NULL), TH_E_GZIP, "bound, cut");
    tap_is_int((int64_t)out.n, 0, "failures add nothing");
    tap_is_int(th_inflate_upto(chunk.p, chunk.n, text.n + 7, &out, NULL), TH_OK, "under a bound");
    tap_is_mem(out.p, out.n, text.p, text.n, "under a bound: bytes");
    th_buf_reset(&out);
    th_buf_reset(&chunk);
    th_deflate_chunk("", 0, &chunk);
    tap_is_int(th_inflate_chunk(chunk.p, chunk.n, 0, &out, NULL), TH_OK, "an empty chunk");
    th_buf_fini(&text);
    th_buf_fini(&chunk);
    th_buf_fini(&out);
}

struct points {
    struct {
        uint64_t inflated, bits;
        struct th_buf window;
    } v[64];
    size_t n;
};

static void keep_point(void *ctx, uint64_t inflated, uint64_t bits, struct th_str window)
{
    struct points *points = ctx;
    if (points->n == TH_COUNT(points->v))
        abort();
    points->v[points->n].inflated = inflated;
    points->v[points->n].bits = bits;
    points->v[points->n].window = TH_BUF_INIT;
    th_buf_add_str(&points->v[points->n].window, window);
    points->n++;
}

/* One range, from the last point before it when there is one. */
static bool range_agrees(struct memory *gz, const struct points *points, const struct th_buf *text,
                         uint64_t from, size_t n)
{
    struct th_inflate_range range = {.from = from, .n = n};
    struct th_buf out = TH_BUF_INIT;
    for (size_t i = 0; points != NULL && i < points->n; i++) {
        if (points->v[i].inflated > from)
            break;
        range.point_inflated = points->v[i].inflated;
        range.point_bits = points->v[i].bits;
        range.window = th_buf_str(&points->v[i].window);
    }
    enum th_code rc = th_inflate_range(&range, from_memory, gz, &out, NULL);
    bool good = rc == TH_OK && out.n == n && (n == 0 || memcmp(out.p, text->p + from, n) == 0);
    th_buf_fini(&out);
    return good;
}

static void test_ranges(void)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    struct points points = {.n = 0};
    struct points members = {.n = 0};
    uint64_t seed = 4;
    add_lines(&text, 12u << 20, 5);
    add_member(&gz, text.p, 5u << 20, 6);
    for (size_t i = 0; i < 8; i++)
        add_member(&gz, text.p + (5u << 20) + i * 1000, 1000, 1);
    size_t rest = (5u << 20) + 8000;
    add_member(&gz, text.p + rest, text.n - rest, 1);
    struct memory in = {gz.p, gz.n};

    th_gzstream *stream = th_gzstream_new(from_memory, &in, 0);
    th_gzstream_set_points(stream, 1u << 20, keep_point, &points);
    struct th_buf out = TH_BUF_INIT;
    size_t n;
    while ((n = th_gzstream_read(stream, th_buf_reserve(&out, 70001), 70001)) > 0)
        out.n += n;
    uint64_t trailing;
    tap_is_int(th_gzstream_finish(stream, &trailing, NULL), TH_OK, "stream: sound to its end");
    tap_ok(out.n == text.n && memcmp(out.p, text.p, text.n) == 0, "stream: the bytes");
    tap_is_int((int64_t)th_gzstream_consumed(stream), (int64_t)gz.n, "stream: all was used");
    th_gzstream_free(stream);

    size_t close = 0;
    bool odd_bits = false;
    for (size_t i = 0; i < points.n; i++) {
        uint64_t before = i > 0 ? points.v[i - 1].inflated : 0;
        close += points.v[i].inflated - before < 1u << 20;
        odd_bits = odd_bits || points.v[i].bits % 8 != 0;
    }
    tap_ok(points.n >= 8 && points.n <= 12, "a point about every MiB (%zu)", points.n);
    tap_is_int((int64_t)close, 0, "points are not closer than asked");
    tap_ok(odd_bits, "points lie inside bytes too");

    size_t wrong = 0;
    for (int i = 0; i < 300; i++) {
        uint64_t from = chance(&seed) % text.n;
        size_t length = (size_t)(chance(&seed) % 5000);
        if (from + length > text.n)
            length = (size_t)(text.n - from);
        wrong += !range_agrees(&in, &points, &text, from, length);
    }
    tap_is_int((int64_t)wrong, 0, "300 ranges from points");
    tap_ok(range_agrees(&in, NULL, &text, (5u << 20) - 10, 8020), "a range over ten members");
    tap_ok(range_agrees(&in, &points, &text, (5u << 20) - 10, 8020), "the same from a point");
    tap_ok(range_agrees(&in, NULL, &text, 0, text.n), "everything");
    tap_ok(range_agrees(&in, &points, &text, text.n - 1, 1), "the last byte");
    tap_ok(range_agrees(&in, &points, &text, text.n, 0), "nothing at the end");

    struct th_inflate_range beyond = {.from = text.n - 1, .n = 2};
    th_buf_reset(&out);
    tap_is_int(th_inflate_range(&beyond, from_memory, &in, &out, NULL), TH_E_GZIP, "beyond it");
    struct th_inflate_range behind = {.from = 5, .point_inflated = 6, .point_bits = 80, .n = 1};
    tap_is_int(th_inflate_range(&behind, from_memory, &in, &out, NULL), TH_E_GZIP,
               "a point behind the range");
    struct th_inflate_range wild = {.from = points.v[2].inflated + 100,
                                    .point_inflated = points.v[2].inflated,
                                    .point_bits = points.v[2].bits + 3,
                                    .n = 100000};
    enum th_code rc = th_inflate_range(&wild, from_memory, &in, &out, NULL);
    tap_ok(rc == TH_OK || rc == TH_E_GZIP, "a wrong point does no harm");
    th_buf_reset(&out);
    in.n = gz.n / 2;
    struct th_inflate_range cut = {.from = text.n - 10, .n = 5};
    tap_is_int(th_inflate_range(&cut, from_memory, &in, &out, NULL), TH_E_GZIP, "behind the cut");
    tap_is_int((int64_t)out.n, 0, "failed ranges add nothing");

    /* Points at the beginning of members: no window is needed there. */
    in = (struct memory){gz.p, gz.n};
    stream = th_gzstream_new(from_memory, &in, 0);
    th_gzstream_set_points(stream, 5u << 20, keep_point, &members);
    while (th_gzstream_read(stream, th_buf_reserve(&out, 4096), 4096) > 0)
        ;
    th_gzstream_free(stream);
    tap_ok(members.n > 0 && members.v[0].inflated == 5u << 20 && members.v[0].window.n == 0,
           "a point where a member begins has no window");
    tap_ok(range_agrees(&in, &members, &text, (5u << 20) + 500, 3000), "a range from there");
    for (size_t i = 0; i < points.n; i++)
        th_buf_fini(&points.v[i].window);
    for (size_t i = 0; i < members.n; i++)
        th_buf_fini(&members.v[i].window);
    th_buf_fini(&text);
    th_buf_fini(&gz);
    th_buf_fini(&out);
}

int main(void)
{
    test_members();
    test_header();
    test_truncated();
    test_limits();
    test_chunks();
    test_ranges();
    return tap_done();
}
