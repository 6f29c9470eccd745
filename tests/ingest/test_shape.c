/* Forms of sources. Every case is read at once and through windows that begin with a few bytes and
 * are filled in small pieces: what comes out must not depend on that. */
#include "ingest/shape/shape.h"

#include "ingest/batch.h"
#include "ingest/make.h"
#include "ingest/resync_cases.h"

/* A reader that hands out pieces of at most `piece` bytes. */
struct pieces {
    struct th_str text;
    size_t at;
    size_t piece;
    struct th_window *w;
    const char *broken;
};

static size_t read_piece(void *ctx, void *buffer, size_t size)
{
    struct pieces *p = ctx;
    size_t n = p->text.n - p->at;
    if (n > p->piece)
        n = p->piece;
    if (n > size)
        n = size;
    if (n > 0)
        memcpy(buffer, p->text.p + p->at, n);
    else
        p->w->broken = p->broken;
    p->at += n;
    return n;
}

struct seen {
    struct th_buf out;
    struct th_str text;
    size_t records, rejects;
    size_t wrong_bytes;
    size_t stop_after; /* calls; 0: never */
};

static bool go_on(const struct seen *seen)
{
    return seen->stop_after == 0 || seen->records + seen->rejects < seen->stop_after;
}

static bool see_record(void *ctx, uint64_t offset, uint64_t length, unsigned flags,
                       const struct th_record *record)
{
    struct seen *seen = ctx;
    struct th_str want = th_str_sub(seen->text, (size_t)offset, (size_t)length);
    struct th_buf plain = TH_BUF_INIT;
    bool is_string = (flags & TH_ROW_STRING) != 0;
    th_buf_printf(&seen->out, "%s%llu+%llu; ", is_string ? "s" : "", (unsigned long long)offset,
                  (unsigned long long)length);
    if (is_string) {
        /* As the case does when it gives the record back. */
        const struct th_json_value v = {.text = want, .type = TH_JSON_STRING, .escaped = true};
        th_json_unescape(&plain, &v);
        want = th_buf_str(&plain);
    }
    seen->wrong_bytes += !th_str_eq(want, record->raw) || (flags & ~TH_ROW_STRING) != 0 ||
                         !th_record_is_trail(record);
    th_buf_fini(&plain);
    seen->records++;
    return go_on(seen);
}

static bool see_reject(void *ctx, uint64_t offset, uint64_t length, const char *reason,
                       struct th_str bytes)
{
    struct seen *seen = ctx;
    size_t n = length < 65536 ? (size_t)length : 65536;
    th_buf_printf(&seen->out, "!%llu+%llu %s; ", (unsigned long long)offset,
                  (unsigned long long)length, reason);
    seen->wrong_bytes += !th_str_eq(th_str_sub(seen->text, (size_t)offset, n), bytes);
    seen->rejects++;
    return go_on(seen);
}

/* Read text; window 0: all at once. What came out is in seen->out. */
static enum th_shape_result read_text(th_shape *shape, struct th_str text, size_t window,
                                      size_t piece, uint64_t record_max, const char *broken,
                                      struct seen *seen)
{
    static struct th_window w; /* one for all, as a worker has */
    struct pieces p = {text, 0, piece, &w, broken};
    const struct th_shape_sink sink = {seen, see_record, see_reject};
    const char *why = NULL;
    struct th_limits limits = th_limits_usual;
    limits.record = record_max;
    seen->text = text;
    if (window == 0) {
        th_window_init_whole(&w, text);
        w.broken = broken;
    } else {
        size_t keep = record_max > TH_SHAPE_KEEP_MIN ? (size_t)record_max : TH_SHAPE_KEEP_MIN;
        th_window_init_stream(&w, window, keep, read_piece, &p);
    }
    enum th_shape_result result = th_shape_read(shape, &w, &limits, &sink, &why);
    if (result == TH_SHAPE_TRAIL)
        th_buf_puts(&seen->out, "trail");
    else if (result == TH_SHAPE_NONE)
        th_buf_puts(&seen->out, why);
    else
        th_buf_puts(&seen->out, "stopped");
    if (piece == SIZE_MAX)
        th_window_fini(&w);
    return result;
}

static void run_cases(th_shape *shape, const struct shape_case *cases, size_t n, uint64_t max)
{
    static const size_t windows[][2] = {{0, 1},   {1, 1},  {2, 7},    {16, 3},
                                        {17, 17}, {64, 5}, {300, 100}};
    for (size_t i = 0; i < n; i++) {
        size_t wrong = 0;
        for (size_t k = 0; k < TH_COUNT(windows); k++) {
            struct seen seen = {.out = TH_BUF_INIT};
            /* A copy of exactly that size, so that reading past it is seen. */
            char *copy = th_xmalloc(cases[i].text.n > 0 ? cases[i].text.n : 1);
            memcpy(copy, cases[i].text.p, cases[i].text.n);
            struct th_str text = {copy, cases[i].text.n};
            (void)read_text(shape, text, windows[k][0], windows[k][1], max, NULL, &seen);
            if (strcmp(th_buf_cstr(&seen.out), cases[i].want) != 0 || seen.wrong_bytes > 0) {
                wrong++;
                tap_note("window %zu in pieces of %zu", windows[k][0], windows[k][1]);
                tap_note("got  %s (%zu with other bytes)", th_buf_cstr(&seen.out),
                         seen.wrong_bytes);
                tap_note("want %s", cases[i].want);
            }
            th_buf_fini(&seen.out);
            free(copy);
        }
        tap_ok(wrong == 0, "%s", cases[i].name);
    }
}

static void check(th_shape *shape, const char *name, struct th_str text, size_t window,
                  const char *broken, const char *want)
{
    struct seen seen = {.out = TH_BUF_INIT};
    (void)read_text(shape, text, window, 50, 1u << 20, broken, &seen);
    tap_is_str(th_buf_cstr(&seen.out), want, name);
    th_buf_fini(&seen.out);
}

/* A source whose reader gives a reason for its end. */
static void test_broken_source(th_shape *shape)
{
    for (size_t window = 0; window <= 64; window += 32) {
        check(shape, "broken behind a whole document", TH_STR("{\"Records\":[" E "]}"), window,
              "gone", "12+17; !31+0 gone; trail");
        check(shape, "broken inside a record", TH_STR("{\"Records\":[" E ",{\"a\""), window, "gone",
              "12+17; !30+4 gone; trail");
        check(shape, "broken behind a line", TH_STR(E "\n"), window, "gone",
              "0+17; !18+0 gone; trail");
        check(shape, "broken at once", TH_STR(""), window, "gone", "!0+0 gone; trail");
        check(shape, "broken in text", TH_STR("hello"), window, "gone", "!5+0 gone; trail");
        check(shape, "broken in other JSON", TH_STR("{\"a\":1}"), window, "gone",
              "!7+0 gone; trail");
        check(shape, "broken in binary", TH_STR("\0\1\2"), window, "gone", NONE);
    }
}

static void test_stop(th_shape *shape)
{
    struct th_str text = TH_STR("{\"Records\":[" E ",1," E "]}");
    for (size_t after = 1; after <= 3; after++) {
        struct seen seen = {.out = TH_BUF_INIT, .stop_after = after};
        tap_is_int(read_text(shape, text, 0, 1, 1000, NULL, &seen), TH_SHAPE_STOPPED, "stopped");
        tap_is_int((int64_t)(seen.records + seen.rejects), (int64_t)after, "stopped at once");
        th_buf_fini(&seen.out);
    }
}

static void test_deep(th_shape *shape)
{
    struct th_buf text = TH_BUF_INIT;
    struct seen seen = {.out = TH_BUF_INIT};
    th_buf_puts(&text, "{\"Records\":[{\"eventName\":\"A\",\"x\":");
    for (int i = 0; i < 100000; i++)
        th_buf_putc(&text, '[');
    for (int i = 0; i < 100000; i++)
        th_buf_putc(&text, ']');
    th_buf_puts(&text, "}," E "]}");
    (void)read_text(shape, th_buf_str(&text), 4096, 100, 1u << 20, NULL, &seen);
    tap_is_str(
        th_buf_cstr(&seen.out),
        "!12+200022 nested deeper than 512 levels (--max-depth), at byte 544; 200035+17; trail",
        "deep nesting: a reject, the rest goes on");
    th_buf_reset(&text);
    th_buf_reset(&seen.out);
    for (int i = 0; i < 1000000; i++)
        th_buf_putc(&text, '[');
    (void)read_text(shape, th_buf_str(&text), 0, 100, 2u << 20, NULL, &seen);
    tap_ok(seen.rejects == 2 && seen.records == 1, "a million brackets: a reject (%s)",
           th_buf_cstr(&seen.out));
    th_buf_fini(&text);
    th_buf_fini(&seen.out);
}

/* More rejects wait than are kept one by one. */
static void test_many_waiting(th_shape *shape)
{
    struct th_buf text = TH_BUF_INIT;
    struct seen seen = {.out = TH_BUF_INIT};
    th_buf_puts(&text, "[");
    for (int i = 0; i < 100000; i++)
        th_buf_puts(&text, "1,");
    th_buf_puts(&text, E "]");
    (void)read_text(shape, th_buf_str(&text), 0, 1, 1u << 20, NULL, &seen);
    tap_is_int((int64_t)seen.records, 1, "a record behind 100,000 numbers is found");
    tap_is_int((int64_t)seen.rejects, 4096, "4096 rejects stand for them");
    const char *last = strstr(th_buf_cstr(&seen.out), "!8191+");
    tap_ok(last != NULL &&
               strncmp(last, "!8191+191809 values that are no CloudTrail records; ", 52) == 0,
           "the last one covers the rest");
    th_buf_fini(&text);
    th_buf_fini(&seen.out);
}

/* A record at every distance from the window's end. */
static void test_every_split(th_shape *shape)
{
    struct th_buf text = TH_BUF_INIT;
    size_t wrong = 0;
    th_buf_puts(&text, "{\"Records\":[");
    for (int i = 0; i < 40; i++)
        th_buf_printf(&text, "%s{\"eventName\":\"%0*d\",\"n\":[%d, true]}", i > 0 ? " ,\n" : "", i,
                      i, i);
    th_buf_puts(&text, "]}");
    struct seen want = {.out = TH_BUF_INIT};
    (void)read_text(shape, th_buf_str(&text), 0, 1, 1u << 20, NULL, &want);
    for (size_t window = 1; window < 200; window++) {
        struct seen seen = {.out = TH_BUF_INIT};
        (void)read_text(shape, th_buf_str(&text), window, 1000, 1u << 20, NULL, &seen);
        wrong +=
            strcmp(th_buf_cstr(&seen.out), th_buf_cstr(&want.out)) != 0 || seen.wrong_bytes > 0;
        th_buf_fini(&seen.out);
    }
    tap_ok(want.records == 40 && want.rejects == 0, "40 records");
    tap_is_int((int64_t)wrong, 0, "the same through windows of 1 to 199 bytes");
    th_buf_fini(&want.out);
    th_buf_fini(&text);
}

int main(void)
{
    th_shape *shape = th_shape_new();
    run_cases(shape, shape_cases, TH_COUNT(shape_cases), 1u << 20);
    run_cases(shape, carrier_cases, TH_COUNT(carrier_cases), 1u << 20);
    run_cases(shape, resync_cases, TH_COUNT(resync_cases), 1u << 20);
    th_shape_take_digests(shape, true);
    run_cases(shape, digest_cases, TH_COUNT(digest_cases), 1u << 20);
    th_shape_take_digests(shape, false);
    run_cases(shape, large_cases, TH_COUNT(large_cases), 40);
    run_cases(shape, large_resync_cases, TH_COUNT(large_resync_cases), 200);
    test_broken_source(shape);
    test_stop(shape);
    test_deep(shape);
    test_many_waiting(shape);
    test_every_split(shape);
    struct seen last = {.out = TH_BUF_INIT};
    (void)read_text(shape, TH_STR("[]"), 8, SIZE_MAX, 100, NULL, &last);
    th_buf_fini(&last.out);
    th_shape_free(shape);
    th_shape_free(NULL);
    return tap_done();
}
