/* A trail with traps, cut and damaged everywhere: a record that comes out is one that was
 * delivered, never a part of one, and what was whole behind the damage comes out. */
#include "ingest/shape/shape.h"

#include "ingest/batch.h"
#include "ingest/make.h"

#define RECORDS_N  9u
#define RECORD_MAX ((uint64_t)1 << 20)

/* A record that looks delivered; inside stands its requestParameters. */
static void add_record(struct th_buf *out, unsigned n, const char *inside)
{
    th_buf_printf(
        out,
        "{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"IAMUser\"},\"eventTime\":"
        "\"2026-03-01T09:00:00Z\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"N%u\","
        "\"awsRegion\":\"eu-west-1\",\"requestParameters\":%s,\"eventID\":\"id-%u\"}",
        n, inside, n);
}

/* Requests that hold what looks like records: in a list, in a list of lists, under Records, in a
 * string; and texts with quotes, brackets and escapes in them. */
static void make_traps(struct th_buf traps[RECORDS_N])
{
    struct th_buf forged = TH_BUF_INIT;
    struct th_buf quoted = TH_BUF_INIT;
    add_record(&forged, 99, "null");
    for (size_t i = 0; i < forged.n; i++) {
        if (forged.p[i] == '"')
            th_buf_putc(&quoted, '\\');
        th_buf_putc(&quoted, forged.p[i]);
    }
    const char *f = th_buf_cstr(&forged);
    const char *q = th_buf_cstr(&quoted);
    th_buf_printf(&traps[0], "{\"a\":[%s,%s,%s]}", f, f, f);
    th_buf_printf(&traps[1], "{\"a\":[[%s],[%s,%s]],\"b\":{\"c\":[%s]}}", f, f, f, f);
    th_buf_printf(&traps[2], "{\"Records\":[%s,%s]}", f, f);
    th_buf_printf(&traps[3], "{\"a\":\"[%s,%s]\"}", q, q);
    th_buf_printf(&traps[4],
                  "{\"a\":\"x{\",\"b\":\",{\\\"\",\"c\":\"},{\",\"\\u00e9\\\\\":\"[{\"}");
    th_buf_printf(&traps[5], "[%s,%s]", f, f);
    th_buf_printf(&traps[6], "%s", f);
    th_buf_printf(&traps[7], "{\"a\":[%s]}", f);
    th_buf_printf(&traps[8], "{\"a\":[{\"b\":[{\"c\":[%s,%s]}]}],\"d\":true,\"e\":-1.5e3}", f, f);
    th_buf_fini(&forged);
    th_buf_fini(&quoted);
}

static struct th_buf doc;
static uint64_t starts[RECORDS_N], ends[RECORDS_N];

/* {"Records":[…]} or […], compact or with white space. */
static void make_doc(bool wrapped, bool spaced)
{
    static const char *const gaps[] = {"", "\n    "};
    struct th_buf traps[RECORDS_N] = {{NULL, 0, 0}};
    make_traps(traps);
    th_buf_reset(&doc);
    th_buf_puts(&doc, wrapped ? "{\"Records\":[" : "[");
    for (unsigned i = 0; i < RECORDS_N; i++) {
        th_buf_puts(&doc, i == 0 ? "" : ",");
        th_buf_puts(&doc, gaps[spaced]);
        starts[i] = doc.n;
        add_record(&doc, i, th_buf_cstr(&traps[i]));
        ends[i] = doc.n;
        th_buf_fini(&traps[i]);
    }
    th_buf_puts(&doc, gaps[spaced]);
    th_buf_puts(&doc, wrapped ? "]}" : "]");
}

/* What came out of doc[from …]. */
struct seen {
    uint64_t from;
    bool got[RECORDS_N];
    size_t forged, rejects, records;
};

static bool see_record(void *ctx, uint64_t offset, uint64_t length, unsigned flags,
                       const struct th_record *record)
{
    struct seen *seen = ctx;
    unsigned i = 0;
    (void)record;
    while (i < RECORDS_N && starts[i] != seen->from + offset)
        i++;
    if (i == RECORDS_N || flags != 0 || ends[i] - starts[i] != length)
        seen->forged++;
    else
        seen->got[i] = true;
    seen->records++;
    return true;
}

static bool see_reject(void *ctx, uint64_t offset, uint64_t length, const char *reason,
                       struct th_str bytes)
{
    struct seen *seen = ctx;
    (void)offset;
    (void)length;
    (void)reason;
    (void)bytes;
    seen->rejects++;
    return true;
}

static void read_part(th_shape *shape, uint64_t from, uint64_t to, struct seen *seen)
{
    struct th_window w = {0};
    const struct th_shape_sink sink = {seen, see_record, see_reject};
    struct th_limits limits = th_limits_usual;
    const char *why;
    limits.record = RECORD_MAX;
    *seen = (struct seen){.from = from};
    th_window_init_whole(&w, th_str_sub(th_buf_str(&doc), (size_t)from, (size_t)(to - from)));
    (void)th_shape_read(shape, &w, &limits, &sink, &why);
}

/* The first record that begins behind the cut, but for one whose own bracket is what follows it. */
static unsigned first_behind(uint64_t from)
{
    unsigned i = 0;
    while (i < RECORDS_N && starts[i] < from)
        i++;
    return i;
}

/* Data that begins just at a bracket reads as what begins there: nothing tells that it was a part.
 */
static bool begins_value(uint64_t from)
{
    while (from < doc.n && (doc.p[from] == ' ' || doc.p[from] == '\n'))
        from++;
    return from < doc.n && (doc.p[from] == '{' || doc.p[from] == '[');
}

static void test_front(th_shape *shape, const char *name)
{
    size_t forged = 0;
    size_t missing = 0;
    size_t silent = 0;
    for (uint64_t from = 1; from < doc.n; from++) {
        struct seen seen;
        if (begins_value(from))
            continue;
        read_part(shape, from, doc.n, &seen);
        unsigned first = first_behind(from);
        for (unsigned i = first; i < RECORDS_N; i++)
            missing += !seen.got[i];
        forged += seen.forged;
        silent += first < RECORDS_N && seen.rejects == 0 && starts[first] > from + 12;
        if (seen.forged > 0)
            tap_note("from %llu: %zu forged: %.30s", (unsigned long long)from, seen.forged,
                     doc.p + from);
    }
    tap_is_int((int64_t)forged, 0, name);
    tap_is_int((int64_t)missing, 0, "no record behind the cut is missing");
    tap_is_int((int64_t)silent, 0, "what is missing is said");
}

/* The end is cut too: inside another record, so that the list behind the first cut is known. */
static void test_both(th_shape *shape, const char *name)
{
    size_t forged = 0;
    size_t missing = 0;
    uint64_t seed = 5;
    for (int n = 0; n < 20000; n++) {
        struct seen seen;
        uint64_t from = 1 + chance(&seed) % (doc.n - 1);
        uint64_t to = from + chance(&seed) % (doc.n - from);
        unsigned first = first_behind(from);
        if (first == RECORDS_N || to < ends[first] + 2 || begins_value(from))
            continue;
        read_part(shape, from, to, &seen);
        for (unsigned i = first; i < RECORDS_N && ends[i] <= to; i++)
            missing += !seen.got[i];
        forged += seen.forged;
        if (seen.forged > 0)
            tap_note("from %llu to %llu: %zu forged", (unsigned long long)from,
                     (unsigned long long)to, seen.forged);
    }
    tap_is_int((int64_t)forged, 0, name);
    tap_is_int((int64_t)missing, 0, "no record between the cuts is missing");
}

/* Bytes are overwritten somewhere inside: what comes out stands at a record's place, and records
 * that end before or begin two behind the damage do come out. */
static void test_damage(th_shape *shape, const char *name)
{
    static const char *const holes[] = {"\"", "{", "}", "[", "]", ",", "\\", "\1\2\3", "\n", "x"};
    size_t forged = 0;
    size_t missing = 0;
    for (uint64_t at = starts[0]; at + 8 < ends[RECORDS_N - 1]; at++) {
        unsigned in = first_behind(at + 1);
        if (in == 0 || at + 3 > ends[in - 1])
            continue;
        for (size_t k = 0; k < TH_COUNT(holes); k++) {
            struct seen seen;
            char was[8];
            size_t n = strlen(holes[k]);
            memcpy(was, doc.p + at, n);
            memcpy(doc.p + at, holes[k], n);
            read_part(shape, 0, doc.n, &seen);
            memcpy(doc.p + at, was, n);
            for (unsigned i = 0; i < RECORDS_N; i++)
                missing += !seen.got[i] && (ends[i] + 8 <= at || (i > 1 && starts[i - 2] > at));
            forged += seen.forged;
            if (seen.forged > 0)
                tap_note("%s at %llu: %zu forged", holes[k], (unsigned long long)at, seen.forged);
        }
    }
    tap_is_int((int64_t)forged, 0, name);
    tap_is_int((int64_t)missing, 0, "records away from the damage come out");
}

int main(void)
{
    static const char *const forms[] = {"an array", "an array, printed", "Records",
                                        "Records, printed"};
    th_shape *shape = th_shape_new();
    for (int i = 0; i < 4; i++) {
        make_doc(i >= 2, i % 2 == 1);
        test_front(shape, forms[i]);
        test_both(shape, forms[i]);
        test_damage(shape, forms[i]);
    }
    th_shape_free(shape);
    th_buf_fini(&doc);
    return tap_done();
}
