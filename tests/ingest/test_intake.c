/* One worker's way with small limits: every kind of source must give the same rows whichever road
 * it takes (at once, streamed, in memory, from the file), and what is kept as evidence must be the
 * file. */
#include "ingest/reader/source_reader.h"

#include "ingest/collect.h"

struct run {
    struct collected got;
    struct th_batch *idle;
    uint64_t bytes, files, gets;
    th_cancel *cancel_at_get; /* set at the n-th batch */
    uint64_t cancel_get;
    const uint8_t *known;
};

static struct th_batch *get_batch(void *ctx)
{
    struct run *run = ctx;
    struct th_batch *b = run->idle != NULL ? run->idle : th_batch_new();
    run->idle = NULL;
    run->gets++;
    if (run->cancel_at_get != NULL && run->gets == run->cancel_get)
        th_cancel_set(run->cancel_at_get);
    return b;
}

static void put_batch(void *ctx, struct th_batch *b)
{
    struct run *run = ctx;
    b->sequence = run->got.batches;
    if (collect_batch(&run->got, b, NULL) != TH_OK)
        abort();
    th_batch_reset(b);
    run->idle = b;
}

static bool is_known(void *ctx, const char *path, const uint8_t sha256[32], uint64_t size_bytes)
{
    const struct run *run = ctx;
    return run->known != NULL && path != NULL && size_bytes > 0 &&
           memcmp(run->known, sha256, 32) == 0;
}

static void add_done(void *ctx, uint64_t bytes, uint64_t files)
{
    struct run *run = ctx;
    run->bytes += bytes;
    run->files += files;
}

/* Read the file at path. */
static bool take(struct run *run, const struct th_intake_limits *limits, char *path,
                 th_cancel *cancel)
{
    const struct th_intake_hooks hooks = {run, get_batch, put_batch, is_known, add_done};
    struct th_intake in;
    struct stat st;
    struct th_item item = {.path = path, .given = true};
    if (stat(path, &st) == 0)
        item.size_bytes = (uint64_t)st.st_size;
    th_intake_init(&in, &hooks, limits, cancel);
    bool good = th_intake_item(&in, &item, 0);
    if (good)
        th_intake_flush(&in);
    th_intake_fini(&in);
    return good;
}

static void run_fini(struct run *run)
{
    collected_fini(&run->got);
    th_batch_free(run->idle);
}

static size_t from_buf(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    const struct th_buf *b = ctx;
    if (offset >= b->n)
        return 0;
    size_t n = b->n - (size_t)offset < size ? b->n - (size_t)offset : size;
    memcpy(buffer, b->p + offset, n);
    return n;
}

/* Every row comes back from the evidence by way of the points: how many don't? */
static size_t rows_wrong(const struct got_source *s, const struct th_buf *plain)
{
    size_t wrong = 0;
    struct th_buf kept = s->kept;
    for (size_t i = 0; i < s->offsets_n; i += 7) {
        struct th_inflate_range range = {.from = s->offsets[i], .n = s->lengths[i]};
        struct th_buf out = TH_BUF_INIT;
        for (size_t k = 0; k < s->points_n && s->points[k].inflated <= range.from; k++) {
            range.point_inflated = s->points[k].inflated;
            range.point_bits = s->points[k].bits;
            range.window = th_buf_str(&s->points[k].window);
        }
        wrong += th_inflate_range(&range, from_buf, &kept, &out, NULL) != TH_OK ||
                 out.n != range.n || memcmp(out.p, plain->p + range.from, out.n) != 0;
        th_buf_fini(&out);
    }
    return wrong;
}

static struct th_intake_limits usual;

/* The caps of these roads are wide. */
#define CAPS                                                                                       \
    {                                                                                              \
        .inflated = UINT64_C(1) << 40, .ratio = 1100, .record = 64 << 20, .depth = 512,            \
        .unpacked = 512 << 20, .members = 1000, .nesting = 3                                       \
    }

static const struct road {
    const char *name;
    struct th_intake_limits limits;
} roads[] = {
    {"as usual", {64 << 20, 16 << 20, 4 << 20, 16 << 20, 1 << 20, 64 << 20, 1 << 20, CAPS}},
    {"streamed from memory", {64 << 20, 1000, 100000, 16 << 20, 5000, 64 << 20, 1000, CAPS}},
    {"streamed from the file", {1000, 1000, 100000, 50000, 5000, 64 << 20, 4096, CAPS}},
    {"in many batches", {1000, 1000, 100000, 3000, 1000, 10000, 64, CAPS}},
    {"in many batches, from memory", {64 << 20, 16 << 20, 100000, 3000, 1000, 10000, 64, CAPS}},
};

static void test_roads(const char *folder)
{
    struct th_buf plain = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    struct th_buf want = TH_BUF_INIT;
    add_lines(&plain, 1500000, 11);
    add_member(&gz, plain.p, 700000, 6);
    add_member(&gz, plain.p + 700000, plain.n - 700000, 1);
    write_file(folder, "plain", plain.p, plain.n);
    write_file(folder, "gz", gz.p, gz.n);
    for (size_t i = 0; i < TH_COUNT(roads); i++) {
        for (int compressed = 0; compressed < 2; compressed++) {
            struct run run = {.idle = NULL};
            const struct th_buf *file = compressed ? &gz : &plain;
            char *path = th_xasprintf("%s/%s", folder, compressed ? "gz" : "plain");
            char name[100];
            uint8_t digest[32];
            (void)snprintf(name, sizeof name, "%s %s", compressed ? "gzip" : "plain",
                           roads[i].name);
            tap_ok(take(&run, &roads[i].limits, path, NULL), "%s", name);
            struct got_source *s = got_source(&run.got, 0);
            if (want.n == 0)
                th_buf_add_str(&want, th_buf_str(&s->records));
            tap_ok(run.got.disorder == 0 && s->ended, "%s: in order", name);
            tap_ok(want.n > 100000 && th_str_eq(th_buf_str(&want), th_buf_str(&s->records)),
                   "%s: the records", name);
            tap_ok(s->rejects == 0 && s->skipped == NULL, "%s: nothing else", name);
            tap_ok(th_str_eq(th_buf_str(&s->kept), th_buf_str(file)), "%s: kept as it is", name);
            th_sha256_of(file->p, file->n, digest);
            tap_ok(memcmp(digest, s->sha256, 32) == 0 && s->size_bytes == file->n &&
                       s->inflated_bytes == plain.n,
                   "%s: hash and sizes", name);
            tap_ok(s->kind == (compressed ? TH_SOURCE_DELIVERED : TH_SOURCE_CHUNKED), "%s: kind",
                   name);
            tap_ok(run.bytes == file->n && run.files == 1, "%s: progress adds up", name);
            if (compressed && roads[i].limits.member_max == 1000)
                tap_ok(s->points_n >= 8 && s->points_n <= 16 && rows_wrong(s, &plain) == 0,
                       "%s: rows come back from %zu points", name, s->points_n);
            else
                tap_is_int((int64_t)s->points_n, 0, "no points");
            if (roads[i].limits.weight_max == 10000)
                tap_ok(s->parts > 100, "%s: %llu parts", name, (unsigned long long)s->parts);
            free(path);
            run_fini(&run);
        }
    }
    th_buf_fini(&plain);
    th_buf_fini(&gz);
    th_buf_fini(&want);
}

/* One file's text through every road: its rejects, or why it is skipped. */
static void check(const char *folder, const char *name, const struct th_buf *file,
                  const char *records, const char *rejects, const char *skipped)
{
    write_file(folder, "check", file->p != NULL ? file->p : "", file->n);
    char *path = th_xasprintf("%s/check", folder);
    for (size_t i = 0; i < 3; i++) {
        struct run run = {.idle = NULL};
        bool good = take(&run, &roads[i].limits, path, NULL);
        struct got_source *s = got_source(&run.got, 0);
        good =
            tap_ok(good && run.got.disorder == 0 && s->ended &&
                       strcmp(text_of(&s->records), records) == 0 &&
                       strcmp(text_of(&s->rejected), rejects) == 0 &&
                       (skipped == NULL ? s->skipped == NULL
                                        : s->skipped != NULL && strcmp(s->skipped, skipped) == 0),
                   "%s, %s", name, roads[i].name);
        if (!good)
            tap_note("%s|%s|%s", text_of(&s->records), text_of(&s->rejected),
                     s->skipped != NULL ? s->skipped : "");
        bool keeps = th_str_eq(th_buf_str(&s->kept), th_buf_str(file));
        tap_ok(skipped != NULL ? s->kept.n == 0 : keeps, "%s, %s: evidence %s", name, roads[i].name,
               skipped != NULL ? "is not kept" : "is kept");
        run_fini(&run);
    }
    free(path);
}

#define EVENT "{\"eventName\":\"A\"}"

static void test_files(const char *folder)
{
    struct th_buf f = TH_BUF_INIT;
    struct th_buf text = TH_BUF_INIT;
    check(folder, "empty", &f, "", "", "empty file");
    th_buf_puts(&f, "just text\n");
    check(folder, "text", &f, "", "", "no CloudTrail records");
    th_buf_reset(&f);
    th_buf_puts(&f, EVENT "\n{\"eventName\":\"B\n" EVENT "\n");
    check(folder, "a broken line", &f, "0+17 A\n34+17 A\n",
          "18+15 malformed JSON at byte 33: control character in a string\n", NULL);
    th_buf_reset(&f);
    add_member(&f, "nothing here\n", 13, 6);
    check(folder, "gzip of text", &f, "", "", "no CloudTrail records");
    th_buf_reset(&f);
    add_member(&f, "", 0, 6);
    check(folder, "gzip of nothing", &f, "", "", "empty file");
    th_buf_reset(&f);
    add_member(&f, EVENT "\n", 18, 6);
    th_buf_puts(&f, "junk");
    check(folder, "gzip with a tail", &f, "0+17 A\n",
          "18+0 4 bytes behind the last gzip member are no gzip data\n", NULL);
    f.n -= 4;
    f.p[f.n - 8] = (char)(f.p[f.n - 8] ^ 1);
    char *want =
        th_xasprintf("18+0 malformed gzip data at byte %zu: incorrect data check\n", f.n - 4);
    check(folder, "gzip with a wrong checksum", &f, "0+17 A\n", want, NULL);
    free(want);
    f.n = 8;
    check(folder, "gzip cut in its header", &f, "", "0+0 gzip data is cut off at byte 8\n", NULL);

    th_buf_puts(&text, "{\"Records\":[" EVENT "," EVENT);
    th_buf_reset(&f);
    add_member(&f, text.p, text.n, 6);
    f.n -= 8;
    want = th_xasprintf("47+0 gzip data is cut off at byte %zu\n", f.n);
    check(folder, "gzip cut behind a record", &f, "12+17 A\n30+17 A\n", want, NULL);
    free(want);

    /* A file that is no trail for long, then one: all of it is kept. */
    th_buf_reset(&f);
    for (int i = 0; i < 20000; i++)
        th_buf_puts(&f, "no event here\n");
    th_buf_puts(&f, EVENT "\n");
    check(folder, "an event behind a long text", &f, "280000+17 A\n", "0+279999 not JSON\n", NULL);
    th_buf_fini(&f);
    th_buf_fini(&text);
}

/* Zeros without end in a small file: read as a stream, given up at the first look. */
static void test_bomb(const char *folder)
{
    struct th_buf zeros = TH_BUF_INIT;
    struct th_buf f = TH_BUF_INIT;
    memset(th_buf_reserve(&zeros, 64 << 20), 0, 64 << 20);
    add_member(&f, zeros.p, 64 << 20, 9);
    check(folder, "64 MiB of zeros", &f, "", "", "no CloudTrail records");
    memset(zeros.p, ' ', 64 << 20);
    th_buf_reset(&f);
    add_member(&f, zeros.p, 64 << 20, 9);
    check(folder, "64 MiB of spaces", &f, "", "", "no CloudTrail records");
    memset(zeros.p, '0', 64 << 20);
    for (size_t i = 1; i < 64 << 20; i += 2)
        zeros.p[i] = ',';
    zeros.p[0] = '[';
    zeros.p[1] = '0';
    zeros.p[2] = ',';
    zeros.p[3] = '0';
    th_buf_reset(&f);
    add_member(&f, zeros.p, 64 << 20, 9);
    write_file(folder, "bomb", f.p, f.n);
    char *path = th_xasprintf("%s/bomb", folder);
    struct run run = {.idle = NULL};
    tap_ok(take(&run, &usual, path, NULL), "32 million numbers");
    tap_ok(run.got.rejects == 1 && run.got.rows == 0,
           "32 million numbers without an end: a reject");
    tap_ok(run.got.sources[0].points_n >= 10 && run.got.sources[0].points_n <= 16,
           "points every 4 MiB (%zu)", run.got.sources[0].points_n);
    free(path);
    run_fini(&run);
    th_buf_fini(&zeros);
    th_buf_fini(&f);
}

static void test_known(const char *folder)
{
    struct run run = {.idle = NULL};
    uint8_t digest[32];
    write_text(folder, "known", EVENT);
    th_sha256_of(EVENT, 17, digest);
    run.known = digest;
    char *path = th_xasprintf("%s/known", folder);
    for (size_t i = 0; i < 3; i += 2) {
        tap_ok(take(&run, &roads[i].limits, path, NULL), "a known file");
        tap_ok(run.got.sources[0].unchanged && run.got.rows == 0 &&
                   run.got.sources[0].kept.n == 0 &&
                   strcmp(run.got.sources[0].skipped, "unchanged") == 0 &&
                   memcmp(run.got.sources[0].sha256, digest, 32) == 0,
               "a known file is unchanged");
        collected_fini(&run.got);
    }
    digest[0] = (uint8_t)(digest[0] ^ 1);
    tap_ok(take(&run, &usual, path, NULL) && run.got.rows == 1, "an unknown file is read");
    free(path);
    run_fini(&run);
}

static void test_cancel(const char *folder)
{
    struct th_buf plain = TH_BUF_INIT;
    th_cancel cancel = {false};
    struct run run = {.cancel_at_get = &cancel, .cancel_get = 3};
    char *path = th_xasprintf("%s/cancel", folder);
    add_lines(&plain, 300000, 12);
    write_file(folder, "cancel", plain.p, plain.n);
    tap_ok(!take(&run, &roads[3].limits, path, &cancel), "cancelled at the third batch");
    tap_ok(run.got.batches >= 2 && run.got.batches <= 3 && run.got.disorder == 0,
           "what came are whole batches (%llu)", (unsigned long long)run.got.batches);
    tap_ok(!take(&run, &roads[0].limits, path, &cancel), "cancelled before it begins");
    free(path);
    run_fini(&run);
    th_buf_fini(&plain);
}

/* A line over the record limit: rejected, the rest goes on, memory stays bounded. */
static void test_long_line(const char *folder)
{
    struct th_buf f = TH_BUF_INIT;
    size_t n = 100 << 20;
    th_buf_puts(&f, EVENT "\n{\"eventName\":\"");
    memset(th_buf_reserve(&f, n), 'x', n);
    f.n += n;
    th_buf_puts(&f, "\"}\n" EVENT "\n");
    write_file(folder, "long", f.p, f.n);
    size_t size = f.n;
    th_buf_fini(&f);
    struct run run = {.idle = NULL};
    char *path = th_xasprintf("%s/long", folder);
    char *want =
        th_xasprintf("18+%zu a record of more than 64 MiB (--max-record)\n", size - 18 - 19);
    tap_ok(take(&run, &usual, path, NULL), "a line of 100 MiB");
    tap_is_int((int64_t)run.got.rows, 2, "a line of 100 MiB: the two beside it");
    tap_is_str(text_of(&run.got.sources[0].rejected), want, "a line of 100 MiB: a reject");
    tap_ok(run.got.sources[0].kept.n == size && run.got.disorder == 0, "a line of 100 MiB: kept");
    free(want);
    free(path);
    run_fini(&run);
}

int main(void)
{
    usual = th_intake_limits_of(NULL);
    char *folder = make_folder();
    test_roads(folder);
    test_files(folder);
    test_bomb(folder);
    test_known(folder);
    test_cancel(folder);
    test_long_line(folder);
    remove_folder(folder);
    return tap_done();
}
