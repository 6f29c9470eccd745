/* Any bytes as a gzip file: at once and as a stream they inflate to the same, up to the same break,
 * and a range read from an access point is what stands there. */
#include <string.h>

#include "base/buf.h"
#include "fuzz/fuzz.h"
#include "ingest/reader/gzstream.h"

#define INFLATED_MAX ((size_t)1 << 20)

struct input {
    const uint8_t *p;
    size_t n;
};

static size_t read_input(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    const struct input *in = ctx;
    if (offset >= in->n)
        return 0;
    size_t n = in->n - (size_t)offset < size ? in->n - (size_t)offset : size;
    memcpy(buffer, in->p + offset, n);
    return n;
}

struct point {
    uint64_t inflated, bits;
    struct th_buf window;
};

static void keep_point(void *ctx, uint64_t inflated, uint64_t bits, struct th_str window)
{
    struct point *point = ctx;
    point->inflated = inflated;
    point->bits = bits;
    th_buf_reset(&point->window);
    th_buf_add_str(&point->window, window);
}

static void check_range(struct input *in, const struct th_buf *all, struct point *point,
                        uint64_t from, size_t n)
{
    struct th_buf out = TH_BUF_INIT;
    struct th_inflate_range range = {.from = from, .n = n};
    if (point->bits != 0 && point->inflated <= from) {
        range.point_inflated = point->inflated;
        range.point_bits = point->bits;
        range.window = th_buf_str(&point->window);
    }
    FUZZ_CHECK(th_inflate_range(&range, read_input, in, &out, NULL) == TH_OK);
    FUZZ_CHECK(out.n == n && (n == 0 || memcmp(out.p, all->p + from, n) == 0));
    th_buf_fini(&out);
}

/* Members behind a break: what they give can be read again from the point where they begin. */
static void check_behind(struct input *in, th_gzstream *gz, struct th_buf *all, struct point *point)
{
    uint64_t at;
    uint64_t member;
    uint64_t last = 0;
    while (all->n <= INFLATED_MAX && th_gzstream_look_behind(gz, &at, &member) == TH_GZ_MEMBER) {
        size_t n;
        size_t from = all->n;
        struct point begin = {0, 0, TH_BUF_INIT};
        FUZZ_CHECK(member > last && member < in->n && at <= in->n);
        last = member;
        FUZZ_CHECK(th_gzstream_resume(gz) && !th_gzstream_resume(gz));
        point->bits = 0;
        while (all->n <= INFLATED_MAX &&
               (n = th_gzstream_read(gz, th_buf_reserve(all, 777), 777)) > 0) {
            if (begin.bits == 0)
                begin = (struct point){point->inflated, point->bits, TH_BUF_INIT};
            all->n += n;
        }
        if (begin.bits != 0)
            FUZZ_CHECK(begin.inflated == from && begin.bits > member * 8);
        if (all->n > from)
            check_range(in, all, &begin, from, all->n - from < 5000 ? all->n - from : 5000);
        if (all->n <= INFLATED_MAX)
            FUZZ_CHECK(th_gzstream_finish(gz, NULL, NULL) != TH_E_LIMIT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct th_buf whole = TH_BUF_INIT;
    struct th_buf streamed = TH_BUF_INIT;
    struct point point = {.window = TH_BUF_INIT};
    uint64_t trailing = 0;
    uint64_t streamed_trailing = 0;
    struct th_err err;
    th_err_clear(&err);
    enum th_code rc = th_gunzip(data, size, INFLATED_MAX, &whole, &trailing, &err);
    FUZZ_CHECK(whole.n <= INFLATED_MAX && (rc == TH_OK || err.msg[0] != '\0'));

    th_gzstream *gz = th_gzstream_new(read_input, &in, 0);
    th_gzstream_set_points(gz, 1000, keep_point, &point);
    size_t n;
    while (streamed.n <= INFLATED_MAX &&
           (n = th_gzstream_read(gz, th_buf_reserve(&streamed, 777), 777)) > 0)
        streamed.n += n;
    if (streamed.n > INFLATED_MAX) {
        FUZZ_CHECK(rc == TH_E_LIMIT);
        FUZZ_CHECK(memcmp(whole.p, streamed.p, whole.n) == 0);
    } else {
        FUZZ_CHECK(th_gzstream_finish(gz, &streamed_trailing, NULL) == rc);
        FUZZ_CHECK(th_str_eq(th_buf_str(&whole), th_buf_str(&streamed)));
        FUZZ_CHECK(rc != TH_OK || trailing == streamed_trailing);
        if (whole.n > 0) {
            check_range(&in, &whole, &point, whole.n / 2, whole.n - whole.n / 2);
            check_range(&in, &whole, &point, 0, whole.n / 3);
        }
    }
    if (streamed.n <= INFLATED_MAX)
        check_behind(&in, gz, &streamed, &point);
    th_gzstream_free(gz);
    th_buf_fini(&whole);
    th_buf_fini(&streamed);
    th_buf_fini(&point.window);
    return 0;
}
