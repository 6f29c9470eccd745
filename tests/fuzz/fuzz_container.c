/* Any bytes as a listed file: an archive, its members, their records, under small caps. What comes
 * out lies inside its source; what is kept is what was hashed; with the bytes left outside the same
 * comes out, and every member is found again by its name and hash. */
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "fuzz/fuzz.h"
#include "ingest/archive/unpack.h"
#include "ingest/reader/inflate.h"
#include "ingest/reader/source_reader.h"

static const struct th_limits caps = {
    .inflated = 1 << 16,
    .ratio = 100,
    .record = 2048,
    .depth = 20,
    .unpacked = 1 << 15,
    .members = 40,
    .nesting = 3,
};

struct source {
    char *container;
    enum th_source_kind kind;
    uint64_t rows, size_bytes, inflated_bytes;
    uint8_t sha256[TH_SHA256_BYTES];
    bool ended, skipped, unread;
    struct th_buf kept;
};

struct run {
    struct th_str file;
    struct source *sources;
    size_t n, cap;
    uint64_t bytes;    /* kept of all sources */
    struct th_buf out; /* what came out, as text */
};

/* A batch is large: one is used again and again. */
static struct th_batch *idle;

static struct th_batch *get_batch(void *ctx)
{
    (void)ctx;
    if (idle == NULL)
        return th_batch_new();
    struct th_batch *b = idle;
    idle = NULL;
    th_batch_reset(b);
    return b;
}

static struct source *source_of(struct run *run, const struct th_part *part)
{
    if (part->begins) {
        TH_GROW(run->sources, run->n, run->cap);
        run->sources[run->n++] = (struct source){
            .container = part->container == NULL ? NULL : th_xstrdup(part->container),
            .kind = part->kind};
    }
    FUZZ_CHECK(run->n > 0);
    return &run->sources[run->n - 1];
}

static void take_part(struct run *run, const struct th_batch *b, size_t p)
{
    const struct th_part *part = &b->parts[p];
    struct source *s = source_of(run, part);
    FUZZ_CHECK(!s->ended);
    for (size_t i = 0; i < b->blobs_n; i++) {
        const struct th_blob *blob = &b->blobs[i];
        if (blob->part != p)
            continue;
        if (s->kind == TH_SOURCE_CHUNKED)
            FUZZ_CHECK(th_inflate_chunk(blob->bytes, blob->bytes_n, (size_t)blob->length, &s->kept,
                                        NULL) == TH_OK);
        else if (s->kind == TH_SOURCE_DELIVERED)
            th_buf_add(&s->kept, blob->bytes, blob->bytes_n);
        else
            FUZZ_CHECK(blob->bytes_n == TH_SHA256_BYTES);
    }
    th_buf_printf(&run->out, "%s %d\n", s->container == NULL ? "" : s->container, part->ends);
    for (size_t row = 0; row < b->rows; row++) {
        if (b->part[row] != p)
            continue;
        s->rows++;
        th_buf_printf(&run->out, "%llu+%u\n", (unsigned long long)b->offset[row], b->length[row]);
    }
    for (size_t i = 0; i < b->rejects_n; i++) {
        if (b->rejects[i].part != p)
            continue;
        FUZZ_CHECK(b->rejects[i].reason[0] != '\0');
        th_buf_printf(&run->out, "!%llu %s\n", (unsigned long long)b->rejects[i].offset,
                      b->rejects[i].reason);
    }
    s->ended = part->ends;
    if (!part->ends)
        return;
    s->size_bytes = part->size_bytes;
    s->inflated_bytes = part->inflated_bytes;
    s->skipped = part->skipped != NULL;
    memcpy(s->sha256, part->sha256, sizeof s->sha256);
    for (size_t i = 0; i < b->rows; i++)
        FUZZ_CHECK(b->part[i] != p || (b->offset[i] <= s->inflated_bytes &&
                                       b->length[i] <= s->inflated_bytes - b->offset[i] &&
                                       b->length[i] <= caps.record * 6));
    if (s->rows > 0 && (s->kind == TH_SOURCE_DELIVERED || s->kind == TH_SOURCE_CHUNKED)) {
        uint8_t sha256[TH_SHA256_BYTES];
        th_sha256_of(s->kept.p, s->kept.n, sha256);
        FUZZ_CHECK(s->kept.n == s->size_bytes && memcmp(sha256, s->sha256, sizeof sha256) == 0);
    }
    run->bytes += s->size_bytes;
}

static void put_batch(void *ctx, struct th_batch *b)
{
    for (size_t p = 0; p < b->parts_n; p++)
        take_part(ctx, b, p);
    if (idle == NULL)
        idle = b;
    else
        th_batch_free(b);
}

static void add_done(void *ctx, uint64_t bytes, uint64_t files)
{
    (void)ctx;
    (void)bytes;
    (void)files;
}

static void read_file(struct run *run, bool reference)
{
    const struct th_intake_hooks hooks = {run, get_batch, put_batch, NULL, add_done};
    struct th_intake_limits limits = th_intake_limits_of(&caps);
    struct th_item item = {.path = (char *)(uintptr_t) "file", .given = true};
    struct th_intake in;
    limits.member_max = 1 << 14;
    limits.window = 1 << 10;
    limits.point_span = 1 << 15;
    limits.chunk_bytes = 1 << 12;
    limits.weight_max = 1 << 14;
    th_intake_init(&in, &hooks, &limits, NULL);
    in.reference = reference;
    in.packed = run->file.n;
    th_intake_begin(&in, &item, 0, NULL);
    in.src.bytes = th_xmalloc(run->file.n + 1);
    in.src.size = run->file.n;
    memcpy(in.src.bytes, run->file.p, run->file.n);
    FUZZ_CHECK(th_intake_loaded(&in));
    th_intake_release(&in);
    th_intake_flush(&in);
    th_intake_fini(&in);
}

static void run_fini(struct run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        free(run->sources[i].container);
        th_buf_fini(&run->sources[i].kept);
    }
    free(run->sources);
    th_buf_fini(&run->out);
}

static size_t read_again(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    const struct run *run = ctx;
    struct th_str rest = th_str_sub(run->file, (size_t)offset, size);
    if (offset >= run->file.n)
        return 0;
    memcpy(buffer, rest.p, rest.n);
    return rest.n;
}

/* Each member that gave records is found again with the same bytes. */
static void find_members(struct run *run)
{
    th_unpack *unpack = th_unpack_new(read_again, run, run->file.n);
    struct th_buf bytes = TH_BUF_INIT;
    for (size_t i = 0; i < run->n; i++) {
        const struct source *s = &run->sources[i];
        if (s->container == NULL || s->rows == 0)
            continue;
        struct th_err err = {0};
        if (th_unpack_member(unpack, s->container, s->size_bytes, s->sha256, NULL, &bytes, &err) !=
            TH_OK) {
            (void)fprintf(stderr, "%s\n%s", err.msg, run->out.p);
            abort();
        }
        FUZZ_CHECK(bytes.n == s->size_bytes);
    }
    th_buf_fini(&bytes);
    th_unpack_free(unpack);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1u << 16)
        return 0;
    struct run kept = {.file = {(const char *)data, size}};
    struct run referenced = {.file = {(const char *)data, size}};
    read_file(&kept, false);
    read_file(&referenced, true);
    FUZZ_CHECK(kept.n <= caps.members * 40 * 40 + 1);
    if (!th_str_eq(th_buf_str(&kept.out), th_buf_str(&referenced.out))) {
        (void)fprintf(stderr, "kept:\n%s\nreferenced:\n%s\n", kept.out.p, referenced.out.p);
        abort();
    }
    find_members(&referenced);
    run_fini(&kept);
    run_fini(&referenced);
    return 0;
}
