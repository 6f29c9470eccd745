/* A source read again gives what the first reading gave, from memory or piece by piece, and keeps
 * nothing; and a choice of records comes back from its text. */
#include "ingest/reader/reread.h"

#include "ingest/collect.h"
#include "ingest/import.h"

/* What an import of one file finds. */
static void import(const char *path, const th_selection *selection, struct collected *out)
{
    const char *paths[] = {path};
    const struct th_import_options options = {
        .paths = paths, .paths_n = 1, .jobs = 1, .selection = selection};
    const struct th_import_sink sink = {.ctx = out, .batch = collect_batch};
    struct th_err err = {0};
    if (th_import_run(&options, &sink, NULL, &err) != TH_OK)
        tap_note("%s", err.msg);
}

struct pieces {
    struct th_str bytes;
    size_t most; /* a call */
};

static size_t read_piece(void *ctx, uint64_t offset, void *buffer, size_t size)
{
    const struct pieces *p = ctx;
    struct th_str rest = th_str_sub(p->bytes, (size_t)offset, p->most < size ? p->most : size);
    if (rest.n > 0)
        memcpy(buffer, rest.p, rest.n);
    return rest.n;
}

/* One source, which is given as it is. */
struct given {
    struct th_reread_source source;
    size_t closed;
};

static bool give(void *ctx, size_t at, struct th_reread_source *out)
{
    const struct given *given = ctx;
    *out = given->source;
    return at == 0;
}

static void take_back(void *ctx, struct th_reread_source *source)
{
    struct given *given = ctx;
    given->closed += source->id == given->source.id;
}

/* most 0: from memory. */
static bool read_again(struct th_str bytes, size_t most, const th_selection *selection,
                       bool digests, const char *broken, struct collected *out)
{
    struct pieces pieces = {bytes, most};
    struct given given = {.source = {.id = 7,
                                     .path = "x",
                                     .size_bytes = bytes.n,
                                     .read = read_piece,
                                     .read_ctx = &pieces,
                                     .selection = selection,
                                     .digests = digests,
                                     .broken = broken}};
    const struct th_reread again = {&given, 1, &given.source.size_bytes, give, take_back};
    const struct th_import_options options = {.jobs = 1, .again = &again};
    const struct th_import_sink sink = {.ctx = out, .batch = collect_batch};
    struct th_err err = {0};
    if (most == 0) {
        given.source.bytes = th_xmalloc(bytes.n > 0 ? bytes.n : 1);
        memcpy(given.source.bytes, bytes.p, bytes.n);
    }
    return th_import_run(&options, &sink, NULL, &err) == TH_OK && given.closed == 1;
}

static bool same(const struct got_source *a, const struct got_source *b)
{
    return th_str_eq(th_buf_str(&a->records), th_buf_str(&b->records)) &&
           th_str_eq(th_buf_str(&a->rejected), th_buf_str(&b->rejected)) && a->kind == b->kind &&
           a->inflated_bytes == b->inflated_bytes && a->rows == b->rows && b->blobs == 0 &&
           (a->skipped == NULL) == (b->skipped == NULL) &&
           (a->skipped == NULL || strcmp(a->skipped, b->skipped) == 0);
}

static void compare(const char *folder, const char *name, struct th_str bytes,
                    const th_selection *selection)
{
    static const size_t sizes[] = {0, 1, 4093, 1 << 20};
    char *path = th_xasprintf("%s/file", folder);
    struct collected first = {0};
    write_file(folder, "file", bytes.p, bytes.n);
    import(path, selection, &first);
    for (size_t i = 0; i < TH_COUNT(sizes); i++) {
        struct collected again = {0};
        bool went = read_again(bytes, sizes[i], selection, false, NULL, &again);
        tap_ok(went && again.n == 1 && first.n == 1 && again.disorder == 0 &&
                   again.sources[0].ended && same(&first.sources[0], &again.sources[0]),
               "%s, %zu bytes at a time: %llu records, %llu rejects", name, sizes[i],
               (unsigned long long)again.rows, (unsigned long long)again.rejects);
        collected_fini(&again);
    }
    collected_fini(&first);
    free(path);
}

static void test_forms(void)
{
    char *folder = make_folder();
    struct th_buf lines = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    struct th_buf two = TH_BUF_INIT;
    add_lines(&lines, 300000, 3);
    compare(folder, "lines", th_buf_str(&lines), NULL);
    add_member(&gz, lines.p, lines.n, 6);
    compare(folder, "a gzip file", th_buf_str(&gz), NULL);
    compare(folder, "a gzip file that breaks off", th_str_sub(th_buf_str(&gz), 0, gz.n / 2), NULL);
    add_member(&two, lines.p, 1000, 6);
    add_member(&two, lines.p + 1000, lines.n - 1000, 6);
    compare(folder, "two members", th_buf_str(&two), NULL);
    th_buf_puts(&two, "junk");
    compare(folder, "junk behind", th_buf_str(&two), NULL);
    th_buf_puts(&lines, "not a record\n{\"eventName\":\"x\"}\n{\"cut");
    compare(folder, "broken lines", th_buf_str(&lines), NULL);
    compare(folder, "no trail", TH_STR("hello\n"), NULL);
    compare(folder, "nothing", TH_STR(""), NULL);
    compare(folder, "a wrapper with other things",
            TH_STR("{\"Records\":[{\"eventName\":\"a\"},7,{\"x\":1}]}"), NULL);
    th_selection *selection;
    if (th_selection_new(&(struct th_selection_words){.regions = "r1"}, &selection, NULL) == TH_OK)
        compare(folder, "a choice",
                TH_STR("{\"eventName\":\"a\",\"awsRegion\":\"r1\"}\n{\"eventName\":\"b\"}\n"),
                selection);
    th_selection_free(selection);
    th_buf_fini(&lines);
    th_buf_fini(&gz);
    th_buf_fini(&two);
    remove_folder(folder);
}

static void test_told(void)
{
    static const char digest[] = "{\"digestStartTime\":\"2026-03-01T08:00:00Z\",\"logFiles\":[]}";
    struct collected again = {0};
    (void)read_again(TH_STR(digest), 0, NULL, false, NULL, &again);
    tap_is_int((int64_t)again.rows, 0, "digests are passed over");
    tap_is_str(again.sources[0].skipped, "digest (skipped)", "and that is why nothing came");
    collected_fini(&again);
    again = (struct collected){0};
    (void)read_again(TH_STR(digest), 0, NULL, true, NULL, &again);
    tap_is_int((int64_t)again.rows, 1, "or are records");
    collected_fini(&again);
    again = (struct collected){0};
    (void)read_again(TH_STR("{\"eventName\":\"a\"}\n{\"eventName"), 1, NULL, false,
                     "can't be read: Input/output error", &again);
    tap_is_str(th_buf_cstr(&again.sources[0].rejected), "18+11 can't be read: Input/output error\n",
               "a break that no byte tells");
    collected_fini(&again);

    struct th_buf lines = TH_BUF_INIT;
    while (lines.n < 1000000)
        th_buf_puts(&lines, "{\"eventName\":\"abc\"}\n");
    again = (struct collected){.stop_after = 2};
    tap_ok(!read_again(th_buf_str(&lines), 0, NULL, false, NULL, &again) && again.batches == 2,
           "stopped after two batches");
    collected_fini(&again);
    again = (struct collected){0};
    tap_ok(read_again(th_buf_str(&lines), 0, NULL, false, NULL, &again) && again.rows == 50000,
           "and it reads on");
    collected_fini(&again);
    th_buf_fini(&lines);
}

static void test_outside(void)
{
    tap_is_int(th_reread_outside("can't be read: Is a directory"), TH_OUTSIDE_BROKE, "a disk");
    tap_is_int(th_reread_outside("member of an archive: x"), TH_OUTSIDE_BROKE, "an archive");
    tap_is_int(th_reread_outside("the file changed while it was read"), TH_OUTSIDE_CHANGED,
               "a file that changed");
    tap_is_int(th_reread_outside("malformed JSON at byte 7: x"), TH_OUTSIDE_NO, "the bytes");
    tap_is_int(th_reread_outside(""), TH_OUTSIDE_NO, "nothing");
}

static void test_selection(void)
{
    static const struct th_selection_words words[] = {
        {0},
        {.from = "2026-03-01"},
        {.to = "2026-03-01"},
        {.from = "2026-03-01T09:00:00.5Z", .to = "2026-03-02T01:00:00+01:00"},
        {.regions = "us-east-1"},
        {.regions = "us-east-1, eu-west-1", .accounts = "2,1"},
        {.from = "2026-03-01", .to = "2026-03-01", .regions = "r=1,from=x", .accounts = "region=y"},
    };
    static const char *const wrong[] = {
        "whatever",
        "from=",
        "from=yesterday",
        "region=",
        "region=a ",
        " region=a",
        "region=b,a",
        "account=1 region=a",
        "from=2026-03-01",
        "from=2026-03-02T00:00:00.000Z to=2026-03-01T00:00:00.000Z",
        "region=a account=1 more",
    };
    for (size_t i = 0; i < TH_COUNT(words); i++) {
        th_selection *a = NULL;
        th_selection *b = NULL;
        bool good = th_selection_new(&words[i], &a, NULL) == TH_OK &&
                    th_selection_of_text(th_selection_text(a), &b, NULL) == TH_OK &&
                    strcmp(th_selection_text(a), th_selection_text(b)) == 0;
        tap_ok(good, "a choice comes back: '%s'", th_selection_text(a));
        th_selection_free(a);
        th_selection_free(b);
    }
    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        th_selection *s = NULL;
        tap_ok(th_selection_of_text(wrong[i], &s, NULL) == TH_E_USAGE && s == NULL,
               "no choice: '%s'", wrong[i]);
    }
}

int main(void)
{
    test_forms();
    test_told();
    test_outside();
    test_selection();
    return tap_done();
}
