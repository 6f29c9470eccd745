/* Any bytes as a source. The first byte chooses a window; what comes out of it must be what comes
 * out of the whole: in order, without overlap, inside the source, with the source's own bytes. */
#include <string.h>

#include "base/buf.h"
#include "fuzz/fuzz.h"
#include "ingest/batch.h"
#include "ingest/shape/shape.h"

#define RECORD_MAX 4096u

struct reading {
    struct th_str text;
    size_t at;
    struct th_buf out;
    uint64_t behind; /* the end of what came last */
};

static size_t read_piece(void *ctx, void *buffer, size_t size)
{
    struct reading *r = ctx;
    size_t n = r->text.n - r->at < size ? r->text.n - r->at : size;
    if (n > 0)
        memcpy(buffer, r->text.p + r->at, n);
    r->at += n;
    return n;
}

static bool see_record(void *ctx, uint64_t offset, uint64_t length, unsigned flags,
                       const struct th_record *record)
{
    struct reading *r = ctx;
    struct th_buf plain = TH_BUF_INIT;
    FUZZ_CHECK((flags & ~TH_ROW_STRING) == 0);
    FUZZ_CHECK(offset >= r->behind && offset <= r->text.n && length <= r->text.n - offset);
    if ((flags & TH_ROW_STRING) != 0) {
        const struct th_json_value v = {
            .text = {r->text.p + offset, length}, .type = TH_JSON_STRING, .escaped = true};
        th_json_unescape(&plain, &v);
    } else {
        th_buf_add(&plain, r->text.p + offset, length);
    }
    FUZZ_CHECK(th_str_eq(th_buf_str(&plain), record->raw));
    FUZZ_CHECK(th_record_is_trail(record));
    r->behind = offset + length;
    th_buf_printf(&r->out, "%llu+%llu %u\n", (unsigned long long)offset, (unsigned long long)length,
                  flags);
    th_buf_fini(&plain);
    return true;
}

static bool see_reject(void *ctx, uint64_t offset, uint64_t length, const char *reason,
                       struct th_str bytes)
{
    struct reading *r = ctx;
    FUZZ_CHECK(offset >= r->behind && offset <= r->text.n && length <= r->text.n - offset);
    FUZZ_CHECK(bytes.n <= length && reason[0] != '\0');
    FUZZ_CHECK(bytes.n == 0 || memcmp(bytes.p, r->text.p + offset, bytes.n) == 0);
    r->behind = offset + length;
    th_buf_printf(&r->out, "!%llu+%llu %s\n", (unsigned long long)offset,
                  (unsigned long long)length, reason);
    return true;
}

static void read_text(th_shape *shape, struct th_window *w, struct reading *r)
{
    const struct th_shape_sink sink = {r, see_record, see_reject};
    const char *why = NULL;
    struct th_limits limits = th_limits_usual;
    limits.record = RECORD_MAX;
    enum th_shape_result result = th_shape_read(shape, w, &limits, &sink, &why);
    FUZZ_CHECK(result != TH_SHAPE_STOPPED);
    FUZZ_CHECK(result != TH_SHAPE_NONE || (why != NULL && r->out.n == 0));
    th_buf_puts(&r->out, result == TH_SHAPE_NONE ? why : "trail");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 1u << 20)
        return 0;
    struct th_str text = {(const char *)data + 1, size - 1};
    struct reading whole = {.text = text};
    struct reading moving = {.text = text};
    struct th_window w = {0};
    th_shape *shape = th_shape_new();
    th_shape_take_digests(shape, (size & 1) != 0);
    th_window_init_whole(&w, text);
    read_text(shape, &w, &whole);
    th_window_init_stream(&w, (size_t)data[0] + 1, TH_SHAPE_KEEP_MIN, read_piece, &moving);
    read_text(shape, &w, &moving);
    if (!th_str_eq(th_buf_str(&whole.out), th_buf_str(&moving.out))) {
        (void)fprintf(stderr, "whole:\n%s\nwindow of %d:\n%s\n", whole.out.p, data[0] + 1,
                      moving.out.p);
        abort();
    }
    th_window_fini(&w);
    th_shape_free(shape);
    th_buf_fini(&whole.out);
    th_buf_fini(&moving.out);
    return 0;
}
