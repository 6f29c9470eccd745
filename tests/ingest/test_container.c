/* Archives: what libarchive writes is what comes out of them, member by member; limits and damage
 * leave rejects, never silence. */
#include "ingest/archives.h"

#define EVENT "{\"eventName\":\"A\"}"

static void test_formats(const char *folder)
{
    struct th_buf file = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    struct th_buf name = TH_BUF_INIT;
    struct making m;
    add_member(&gz, EVENT "\n" EVENT, 35, 6);
    for (int i = 0; i < 40; i++)
        th_buf_puts(&name, "folder/");
    th_buf_puts(&name, "b.json.gz");
    for (size_t i = 0; i < TH_COUNT(formats); i++) {
        bool is_long = strchr("pGz", formats[i].name[0]) != NULL;
        struct run run;
        make(&m, &file, formats[i].set, formats[i].gzip);
        put(&m, "a.json", "{\"Records\":[" EVENT "]}", 31);
        put(&m, is_long ? th_buf_cstr(&name) : "b.json.gz", gz.p, gz.n);
        put(&m, "LICENSE", "text\n", 5);
        put(&m, "empty", "", 0);
        made(&m);
        tap_ok(take(&run, folder, &file), "%s", formats[i].name);
        struct got_source *s = run.got.sources;
        tap_ok(run.got.n == 5 && run.got.rejects == 0, "%s: four members", formats[i].name);
        tap_ok(run.got.n == 5 && strcmp(text_of(&s[0].records), "12+17 A\n") == 0 &&
                   strcmp(text_of(&s[1].records), "0+17 A\n18+17 A\n") == 0,
               "%s: their records", formats[i].name);
        tap_ok(run.got.n == 5 && s[0].kept.n == 31 &&
                   th_str_eq(th_buf_str(&s[1].kept), th_buf_str(&gz)) && s[2].kept.n == 0 &&
                   s[2].skipped != NULL && s[3].skipped != NULL,
               "%s: what is kept", formats[i].name);
        uint8_t sha256[TH_SHA256_BYTES];
        th_sha256_of(file.p, file.n, sha256);
        tap_ok(run.got.n == 5 && s[4].kind == TH_SOURCE_ARCHIVE && s[4].skipped == NULL &&
                   s[4].size_bytes == file.n && s[4].kept.n == 0 &&
                   memcmp(s[4].sha256, sha256, sizeof sha256) == 0,
               "%s: the archive itself, with its hash", formats[i].name);
        tap_ok(run.bytes == file.n && run.files == 1, "%s: progress adds up (%llu of %zu)",
               formats[i].name, (unsigned long long)run.bytes, file.n);
        collected_fini(&run.got);
    }
    th_buf_fini(&file);
    th_buf_fini(&gz);
    th_buf_fini(&name);
}

/* ---- limits and damage ---- */

static void check(const char *folder, const char *name, const struct th_buf *file, uint64_t rows,
                  const char *reason)
{
    struct run run;
    bool good = take(&run, folder, file);
    struct th_buf all = TH_BUF_INIT;
    for (size_t i = 0; i < run.got.n; i++)
        th_buf_add_str(&all, th_buf_str(&run.got.sources[i].rejected));
    tap_ok(good, "%s", name);
    tap_is_int((int64_t)run.got.rows, (int64_t)rows, "its records");
    if (!tap_ok(strstr(text_of(&all), reason) != NULL, "%s: '%s'", name, reason))
        tap_note("%s", text_of(&all));
    th_buf_fini(&all);
    collected_fini(&run.got);
}

static void test_limits(const char *folder)
{
    struct th_buf file = TH_BUF_INIT;
    struct making m;
    size_t n = (size_t)8 << 20;
    char *zeros = th_xcalloc(1, n);
    make(&m, &file, archive_write_set_format_zip, false);
    put(&m, "a", EVENT, 17);
    put(&m, "zeros", zeros, n);
    put(&m, "b", EVENT, 17);
    made(&m);
    limits.caps.unpacked = (uint64_t)1 << 20;
    check(folder, "a large member that is something else", &file, 2, "");
    memset(zeros, ' ', n);
    make(&m, &file, archive_write_set_format_zip, false);
    put(&m, "a", EVENT, 17);
    put(&m, "spaces", zeros, n);
    put(&m, "b", EVENT, 17);
    made(&m);
    memset(zeros, 0, n);
    check(folder, "a large member", &file, 2, "a member of more than 1 MiB (--max-unpacked)");
    limits = th_intake_limits_of(NULL);
    limits.caps.members = 2;
    check(folder, "too many members", &file, 1,
          "an archive of more than 2 members (--max-members)");
    limits = th_intake_limits_of(NULL);

    /* A compressed tar whose own compressed size is a thousandth. */
    make(&m, &file, archive_write_set_format_ustar, true);
    for (int i = 0; i < 12; i++)
        put(&m, "zeros", zeros, n);
    put(&m, "b", EVENT, 17);
    made(&m);
    check(folder, "deflate at its best is no bomb", &file, 1, "");
    free(zeros);
    th_buf_fini(&file);
}

static void test_damage(const char *folder)
{
    struct th_buf file = TH_BUF_INIT;
    struct th_buf lines = TH_BUF_INIT;
    struct making m;
    add_lines(&lines, 100000, 5);
    uint64_t all = 0;
    for (size_t i = 0; i < lines.n; i++)
        all += lines.p[i] == '\n';
    make(&m, &file, archive_write_set_format_ustar, false);
    put(&m, "a", EVENT, 17);
    put(&m, "lines", lines.p, lines.n);
    put(&m, "b", EVENT, 17);
    made(&m);
    size_t whole = file.n;
    file.n = 3 * 512 + 6000;
    uint64_t before = 0;
    for (size_t i = 0; i < 6000; i++)
        before += lines.p[i] == '\n';
    check(folder, "a tar cut in a member", &file, before + 1, "runcated");
    file.n = whole;
    /* A second header that is none. */
    memset(file.p + 1024, 'x', 512);
    check(folder, "a tar with a damaged header", &file, 2, "a header is damaged");

    make(&m, &file, archive_write_set_format_zip, false);
    put(&m, "a", EVENT, 17);
    put(&m, "lines", lines.p, lines.n);
    made(&m);
    whole = file.n;
    file.n = whole - 30;
    check(folder, "a zip without its directory", &file, all + 1, "directory is missing");
    file.n = whole;
    file.p[whole / 2] = (char)(file.p[whole / 2] ^ 0x55);
    struct run run;
    tap_ok(take(&run, folder, &file) && run.got.rejects > 0 && run.got.rows >= 1,
           "a zip with a damaged member: a reject");
    collected_fini(&run.got);

    make(&m, &file, archive_write_set_format_zip, false);
    made(&m);
    tap_ok(take(&run, folder, &file) && run.got.n == 1 && run.got.rejects == 0 &&
               run.got.sources[0].skipped != NULL &&
               strcmp(run.got.sources[0].skipped, "an archive without files") == 0,
           "an empty zip says so");
    collected_fini(&run.got);
    th_buf_fini(&file);
    th_buf_fini(&lines);
}

int main(void)
{
    char *folder = make_folder();
    limits = th_intake_limits_of(NULL);
    test_formats(folder);
    test_limits(folder);
    test_damage(folder);
    remove_folder(folder);
    return tap_done();
}
