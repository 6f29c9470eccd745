/* Files that others write to while they are imported. Whatever happens, what became a record is
 * what was kept, the hash is that of what was kept, and what happened is said. The change is made
 * from within the import, at a place of its way that is the same on every run. */
#include "ingest/reader/source_reader.h"

#include "base/json.h"
#include "ingest/collect.h"

#define BYTES ((size_t)1500000)
#define BLOCK ((size_t)256 * 1024) /* a source ends at a block's end */

enum change { NOTHING, GROW, SHRINK, EMPTY, REWRITE, OVERWRITE, REPLACE, REMOVE };
/* HASHED: before a record is read. HANDED: with the third batch that is handed on. */
enum moment { HASHED, HANDED };

struct run {
    struct collected got;
    const char *path;
    enum change change;
    enum moment moment;
    uint64_t puts;
};

static void append(const char *path, const char *text)
{
    FILE *f = fopen(path, "ab");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}

/* Other bytes from the file's middle on, as many as there were. */
static void overwrite(const char *path)
{
    FILE *f = fopen(path, "r+b");
    bool good = f != NULL && fseek(f, (long)(BYTES / 2), SEEK_SET) == 0;
    for (int i = 0; good && i < 1000; i++)
        good = fputs("{\"eventName\":\"Forged\",\"eventID\":\"1\"}\n", f) >= 0;
    if (!good || fclose(f) != 0)
        abort();
}

/* Other lines in the same file, fewer of them. */
static void rewrite(const char *path)
{
    FILE *f = fopen(path, "wb");
    bool good = f != NULL;
    for (int i = 0; good && i < 9000; i++)
        good = fputs("{\"eventName\":\"Rotated\",\"eventID\":\"2\"}\n", f) >= 0;
    if (!good || fclose(f) != 0)
        abort();
}

static void replace(const char *path)
{
    char *other = th_xasprintf("%s.new", path);
    append(other, "{\"eventName\":\"New\",\"eventID\":\"3\"}\n");
    if (rename(other, path) != 0)
        abort();
    free(other);
}

static void make_change(const struct run *run)
{
    int failed = 0;
    switch (run->change) {
    case NOTHING:
        break;
    case GROW:
        append(run->path, "{\"eventName\":\"Late\",\"eventID\":\"4\"}\n");
        break;
    case SHRINK:
        failed = truncate(run->path, (off_t)(BYTES / 2));
        break;
    case EMPTY:
        failed = truncate(run->path, 0);
        break;
    case REWRITE:
        rewrite(run->path);
        break;
    case OVERWRITE:
        overwrite(run->path);
        break;
    case REPLACE:
        replace(run->path);
        break;
    case REMOVE:
        failed = unlink(run->path);
        break;
    }
    if (failed != 0)
        abort();
}

static struct th_batch *get_batch(void *ctx)
{
    (void)ctx;
    return th_batch_new();
}

static void put_batch(void *ctx, struct th_batch *b)
{
    struct run *run = ctx;
    b->sequence = run->got.batches;
    if (++run->puts == 3 && run->moment == HANDED)
        make_change(run);
    if (collect_batch(&run->got, b, NULL) != TH_OK)
        abort();
    th_batch_free(b);
}

/* Asked when a file was hashed. */
static bool is_known(void *ctx, const char *path, const uint8_t sha256[32], uint64_t size_bytes)
{
    const struct run *run = ctx;
    (void)sha256;
    (void)size_bytes;
    if (run->moment == HASHED && strcmp(path, run->path) == 0)
        make_change(run);
    return false;
}

static void add_done(void *ctx, uint64_t bytes, uint64_t files)
{
    (void)ctx;
    (void)bytes;
    (void)files;
}

static void take(struct run *run, const struct th_intake_limits *limits, bool reference)
{
    const struct th_intake_hooks hooks = {run, get_batch, put_batch, is_known, add_done};
    struct th_intake in;
    char *path = th_xstrdup(run->path);
    struct th_item item = {.path = path, .given = true, .size_bytes = BYTES};
    th_intake_init(&in, &hooks, limits, NULL);
    in.reference = reference;
    bool good = th_intake_item(&in, &item, 0);
    if (good)
        th_intake_flush(&in);
    th_intake_fini(&in);
    /* Blobs of a referenced file are hashes. */
    tap_ok(good && (reference || run->got.disorder == 0), "read in order");
    free(path);
}

/* Records that aren't in the plain bytes at their place. */
static size_t strays(const struct got_source *s, struct th_str plain)
{
    size_t n = 0;
    for (size_t i = 0; i < s->offsets_n; i++) {
        struct th_str record = th_str_sub(plain, (size_t)s->offsets[i], s->lengths[i]);
        struct th_json_value value;
        n += record.n != s->lengths[i] || !th_json_get(record, TH_STR("eventID"), &value) ||
             record.p[0] != '{' || record.p[record.n - 1] != '}';
    }
    return n;
}

struct expect {
    const char *name;
    enum change change;
    enum moment moment;
    bool whole; /* all that the file was is there */
    const char *altered;
};

static const struct expect expected[] = {
    {"nothing happens", NOTHING, HASHED, true, NULL},
    {"grew, hashed", GROW, HASHED, true, "the file grew while it was read: 35 bytes"},
    {"grew, half read", GROW, HANDED, true, "the file grew while it was read: 35 bytes"},
    {"shrank, hashed", SHRINK, HASHED, false, "the file became shorter"},
    {"shrank, half read", SHRINK, HANDED, false, "the file became shorter"},
    {"emptied, hashed", EMPTY, HASHED, false, "the file became shorter"},
    {"rewritten, hashed", REWRITE, HASHED, false, "the file became shorter"},
    {"rewritten, half read", REWRITE, HANDED, false, "the file became shorter"},
    {"written over, hashed", OVERWRITE, HASHED, false, "the file was written to"},
    {"written over, half read", OVERWRITE, HANDED, false, "the file was written to"},
    {"replaced", REPLACE, HANDED, true, "the file was replaced"},
    {"removed", REMOVE, HANDED, true, "the file was removed"},
};

static bool begins(const char *text, const char *with)
{
    return with == NULL ? text == NULL : text != NULL && strncmp(text, with, strlen(with)) == 0;
}

static void check_source(const struct expect *e, const struct got_source *s,
                         const struct th_buf *file, bool kept)
{
    uint8_t digest[32];
    struct th_str plain = kept ? th_buf_str(&s->kept) : th_buf_str(file);
    const char *why = "can't be read: the file changed while it was read\n";
    const char *said = s->rejects == 0 ? NULL : strstr(text_of(&s->rejected), why);
    if (!tap_ok(begins(s->altered, e->altered), "%s: said", e->name))
        tap_note("%s", s->altered == NULL ? "nothing" : s->altered);
    tap_is_int((int64_t)s->rejects, e->whole ? 0 : 1, "rejects");
    tap_ok(e->whole == (said == NULL), "%s: the reason", e->name);
    tap_ok(s->ended && (s->size_bytes == file->n) == e->whole, "%s: the size", e->name);
    tap_ok(e->whole || s->size_bytes % BLOCK == 0, "%s: ends with a block", e->name);
    tap_ok(memcmp(plain.p == NULL ? "" : plain.p, file->p, (size_t)s->size_bytes) == 0,
           "%s: bytes of the file that was opened", e->name);
    th_sha256_of(file->p, (size_t)s->size_bytes, digest);
    tap_ok(memcmp(digest, s->sha256, 32) == 0, "%s: the hash is of what is there", e->name);
    if (kept)
        tap_is_int((int64_t)s->kept.n, (int64_t)s->size_bytes, "and that was kept");
    tap_is_int((int64_t)strays(s, th_str_sub(plain, 0, (size_t)s->size_bytes)), 0,
               "records that aren't there");
    tap_ok(s->rows > 0 || s->size_bytes == 0, "%s: records", e->name);
    tap_ok(strstr(text_of(&s->records), "Forged") == NULL &&
               strstr(text_of(&s->records), "Rotated") == NULL,
           "%s: no record of other bytes", e->name);
}

static struct th_intake_limits limits_of(uint64_t whole_max)
{
    struct th_intake_limits limits = th_intake_limits_of(NULL);
    limits.whole_max = whole_max;
    limits.chunk_bytes = 65536;
    limits.slice_max = 1 << 20;
    limits.weight_max = 20000;
    limits.window = 65536;
    return limits;
}

/* Lines from the file: kept in chunks, or only hashed. */
static void test_lines(const char *folder, const char *path)
{
    struct th_intake_limits limits = limits_of(1000);
    struct th_buf file = TH_BUF_INIT;
    add_lines(&file, BYTES, 5);
    for (size_t i = 0; i < 2 * TH_COUNT(expected); i++) {
        const struct expect *e = &expected[i / 2];
        struct run run = {.path = path, .change = e->change, .moment = e->moment};
        write_file(folder, "log", file.p, file.n);
        tap_note("%s, %s", e->name, i % 2 == 0 ? "kept" : "referenced");
        take(&run, &limits, i % 2 == 1);
        check_source(e, got_source(&run.got, 0), &file, i % 2 == 0);
        collected_fini(&run.got);
    }
    th_buf_fini(&file);
}

/* Small files are read once: nothing can come between. */
static void test_small(const char *folder, const char *path)
{
    struct th_intake_limits limits = limits_of(BYTES * 2);
    const struct expect as_it_was = {"small", SHRINK, HASHED, true, NULL};
    struct th_buf file = TH_BUF_INIT;
    struct run run = {.path = path, .change = SHRINK, .moment = HASHED};
    add_lines(&file, BYTES, 6);
    write_file(folder, "log", file.p, file.n);
    take(&run, &limits, false);
    check_source(&as_it_was, got_source(&run.got, 0), &file, true);
    collected_fini(&run.got);
    th_buf_fini(&file);
}

/* gzip, as one member and as many: what inflates from the kept bytes has every record. */
static void test_gzip(const char *folder, const char *path)
{
    struct th_intake_limits limits = limits_of(1000);
    struct th_buf plain = TH_BUF_INIT;
    add_lines(&plain, 8 * BYTES, 7);
    for (size_t i = 0; i < 2 * TH_COUNT(expected); i++) {
        const struct expect *e = &expected[i / 2];
        struct run run = {.path = path, .change = e->change, .moment = e->moment};
        struct th_buf file = TH_BUF_INIT, out = TH_BUF_INIT;
        uint8_t digest[32];
        size_t each = i % 2 == 0 ? plain.n : 100000;
        for (size_t at = 0; at < plain.n; at += each)
            add_member(&file, plain.p + at, plain.n - at < each ? plain.n - at : each, 1);
        write_file(folder, "log", file.p, file.n);
        take(&run, &limits, false);
        const struct got_source *s = got_source(&run.got, 0);
        (void)!th_gunzip(s->kept.p, s->kept.n, plain.n, &out, NULL, NULL);
        tap_ok(file.n > 2 * BYTES && begins(s->altered, e->altered), "gzip, %s: said", e->name);
        tap_ok((s->size_bytes == file.n) == e->whole && s->kept.n == s->size_bytes,
               "gzip, %s: what was read is kept", e->name);
        th_sha256_of(file.p, (size_t)s->size_bytes, digest);
        tap_ok(memcmp(digest, s->sha256, 32) == 0, "gzip, %s: and hashed", e->name);
        tap_is_int((int64_t)strays(s, th_buf_str(&out)), 0, "records that aren't there");
        tap_is_int((int64_t)s->rejects, e->whole ? 0 : 1, "rejects");
        th_buf_fini(&file);
        th_buf_fini(&out);
        collected_fini(&run.got);
    }
    th_buf_fini(&plain);
}

/* A tar of many small files: members that were read are whole, and the archive says what happened.
 */
static void add_tar_member(struct th_buf *out, const char *name, const struct th_buf *bytes)
{
    char head[512] = {0};
    unsigned sum = 0;
    (void)snprintf(head, 100, "%s", name);
    memcpy(head + 100, "0000644", 8);
    (void)snprintf(head + 124, 12, "%011zo", bytes->n);
    memset(head + 148, ' ', 8);
    head[156] = '0';
    memcpy(head + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof head; i++)
        sum += (unsigned char)head[i];
    (void)snprintf(head + 148, 8, "%06o", sum);
    th_buf_add(out, head, sizeof head);
    th_buf_add_str(out, th_buf_str(bytes));
    while (out->n % 512 != 0)
        th_buf_putc(out, '\0');
}

static void make_tar(struct th_buf *out)
{
    for (unsigned i = 0; i < 80; i++) {
        struct th_buf lines = TH_BUF_INIT;
        char name[32];
        (void)snprintf(name, sizeof name, "logs/%u.json", i);
        add_lines(&lines, 20000, i + 1);
        add_tar_member(out, name, &lines);
        th_buf_fini(&lines);
    }
    for (int i = 0; i < 1024; i++)
        th_buf_putc(out, '\0');
}

static void test_archive(const char *folder, const char *path)
{
    struct th_intake_limits limits = limits_of(1000);
    struct th_buf file = TH_BUF_INIT;
    make_tar(&file);
    for (size_t i = 0; i < TH_COUNT(expected); i++) {
        const struct expect *e = &expected[i];
        struct run run = {.path = path, .change = e->change, .moment = e->moment};
        size_t wrong = 0;
        write_file(folder, "log", file.p, file.n);
        tap_note("archive, %s", e->name);
        take(&run, &limits, false);
        for (uint64_t k = 0; k + 1 < run.got.n; k++) {
            const struct got_source *s = got_source(&run.got, k);
            uint8_t digest[32];
            th_sha256_of(s->kept.p, s->kept.n, digest);
            wrong += memcmp(digest, s->sha256, 32) != 0 || strays(s, th_buf_str(&s->kept)) > 0 ||
                     strstr(text_of(&s->records), "Forged") != NULL;
        }
        const struct got_source *archive = got_source(&run.got, run.got.n - 1);
        tap_is_int((int64_t)wrong, 0, "members that aren't what was kept");
        /* Without its first block it is no archive any more. */
        tap_ok((archive->kind == TH_SOURCE_ARCHIVE ? archive->size_bytes == file.n
                                                   : archive->size_bytes == 0) &&
                   begins(archive->altered, e->altered),
               "archive, %s: said", e->name);
        tap_ok((run.got.n == 81) == e->whole && (archive->rejects == 0) == e->whole,
               "archive, %s: to its end, or a reject", e->name);
        collected_fini(&run.got);
    }
    th_buf_fini(&file);
}

int main(void)
{
    char *folder = make_folder();
    char *path = th_xasprintf("%s/log", folder);
    test_lines(folder, path);
    test_small(folder, path);
    test_gzip(folder, path);
    test_archive(folder, path);
    free(path);
    remove_folder(folder);
    return tap_done();
}
