/* What lies beside a case: a journal or a WAL that no Trailhound left is not played, and nothing is
 * changed or removed because of it; and reading leaves nothing there. */
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/tap.h"
#include "store/columns/columns.h"
#include "store/synth.h"

static const struct synth_file files[] = {{"a", SYNTH_GZ, 0, 60}};
static const struct synth_import what = {.files = files, .files_n = 1, .batch_rows = 100};

static void read_file(const char *path, struct th_buf *out)
{
    char piece[4096];
    ssize_t n;
    int fd = open(path, O_RDONLY);
    th_buf_reset(out);
    while (fd >= 0 && (n = read(fd, piece, sizeof piece)) > 0)
        th_buf_add(out, piece, (size_t)n);
    close(fd);
}

static void write_file(const char *path, const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    close(fd);
}

/* A case of its own in a folder of its own, under "x.trail". */
static const char *folder_of(const char *name)
{
    const char *folder = synth_path(name);
    char path[200];
    struct th_err err;
    th_err_clear(&err);
    mkdir(folder, 0700);
    snprintf(path, sizeof path, "%s/x.trail", folder);
    if (synth_case(path, &what, NULL, &err) != TH_OK)
        tap_note("%s", err.msg);
    return folder;
}

static size_t count_files(const char *folder)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    for (const struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

/* ---- journals ---- */

static void put32(struct th_buf *out, uint32_t n)
{
    const char bytes[4] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};
    th_buf_add(out, bytes, sizeof bytes);
}

#define MAGIC "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"

/* A journal without records: played, it leaves a database of so many pages. super: the file that it
 * names, or NULL. */
static void make_journal(uint32_t pages, uint32_t page_bytes, const char *super, struct th_buf *out)
{
    th_buf_reset(out);
    th_buf_add(out, MAGIC, 8);
    put32(out, 0);
    put32(out, 7);
    put32(out, pages);
    put32(out, 512);
    put32(out, page_bytes);
    while (out->n < 512)
        th_buf_putc(out, '\0');
    if (super == NULL)
        return;
    uint32_t sum = 0;
    for (const char *p = super; *p != '\0'; p++)
        sum += (unsigned char)*p;
    put32(out, (uint32_t)((1u << 30) / page_bytes + 1));
    th_buf_puts(out, super);
    put32(out, (uint32_t)strlen(super));
    put32(out, sum);
    th_buf_add(out, MAGIC, 8);
}

static uint32_t pages_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint32_t)(st.st_size / 8192) : 0;
}

/* The three ways to open a case: each is refused, in words, and the file beside stays as it is. */
static void refused(const char *folder, const char *suffix, const char *words, const char *name)
{
    static const enum th_case_mode modes[] = {TH_CASE_READ, TH_CASE_WRITE, TH_CASE_CREATE};
    struct th_buf before = TH_BUF_INIT, after = TH_BUF_INIT, own = TH_BUF_INIT, now = TH_BUF_INIT;
    struct stat st, st_after;
    char path[200], beside[260];
    bool good = true;
    snprintf(path, sizeof path, "%s/x.trail", folder);
    snprintf(beside, sizeof beside, "%s%s", path, suffix);
    lstat(beside, &st);
    if (S_ISREG(st.st_mode))
        read_file(beside, &before);
    read_file(path, &own);
    size_t n = count_files(folder);
    for (size_t i = 0; i < TH_COUNT(modes); i++) {
        th_case *c = NULL;
        struct th_err err;
        th_err_clear(&err);
        enum th_code rc = th_case_open(path, modes[i], &c, &err);
        if (rc != TH_E_CASE || strstr(err.msg, words) == NULL) {
            tap_note("mode %zu: %d %s", i, rc, err.msg);
            good = false;
        }
        th_case_close(c, NULL);
    }
    if (S_ISREG(st.st_mode))
        read_file(beside, &after);
    read_file(path, &now);
    good = good && lstat(beside, &st_after) == 0 && st.st_mode == st_after.st_mode &&
           th_str_eq(th_buf_str(&before), th_buf_str(&after)) && n == count_files(folder) &&
           th_str_eq(th_buf_str(&own), th_buf_str(&now));
    tap_ok(good, "%s: refused in words, and nothing is touched", name);
    th_buf_fini(&before);
    th_buf_fini(&after);
    th_buf_fini(&own);
    th_buf_fini(&now);
}

static void test_journals(void)
{
    struct th_buf journal = TH_BUF_INIT;
    char path[200], beside[260];
    const char *victim = synth_path("victim");
    const char *folder = folder_of("journals");
    snprintf(path, sizeof path, "%s/x.trail", folder);
    snprintf(beside, sizeof beside, "%s-journal", path);
    write_file(victim, "precious", 8);
    make_journal(pages_of(path), 8192, victim, &journal);
    write_file(beside, journal.p, journal.n);
    refused(folder, "-journal", "names another file", "a journal that names a file");
    tap_is_int(access(victim, F_OK), 0, "the file that it names is there");
    /* What would be without the check, so that this test can fail. */
    sqlite3 *db;
    sqlite3_open(path, &db);
    sqlite3_exec(db, "SELECT * FROM sqlite_schema", NULL, NULL, NULL);
    sqlite3_close(db);
    tap_ok(access(victim, F_OK) != 0, "SQLite alone removes it");

    make_journal(pages_of(path), 4096, NULL, &journal);
    write_file(beside, journal.p, journal.n);
    refused(folder, "-journal", "another database", "a journal of another page size");
    write_file(beside, "some notes of mine, long enough to be looked at", 47);
    refused(folder, "-journal", "no journal", "a file that is no journal");

    make_journal(pages_of(path), 8192, NULL, &journal);
    write_file(beside, journal.p, journal.n);
    th_case *c = NULL;
    struct th_err err;
    th_err_clear(&err);
    tap_is_int(th_case_open(path, TH_CASE_READ, &c, &err), TH_OK, "one as a kill leaves is played");
    th_case_close(c, NULL);
    tap_is_int((int64_t)count_files(folder), 1, "and gone then");

    /* A journal beside nothing: SQLite would remove it. */
    char other[200];
    snprintf(other, sizeof other, "%s/y.trail", folder);
    snprintf(beside, sizeof beside, "%s-journal", other);
    write_file(beside, journal.p, journal.n);
    tap_is_int(th_case_open(other, TH_CASE_CREATE, &c, NULL), TH_E_CASE,
               "no case is made beside a journal");
    tap_is_int(access(beside, F_OK), 0, "which stays");
    /* Nor is a file that is no database cut down to what a journal says. */
    write_file(other, "text", 4);
    tap_is_int(th_case_open(other, TH_CASE_CREATE, &c, NULL), TH_E_CASE,
               "a journal isn't played into a text");
    th_buf_fini(&journal);
}

/* ---- WALs and other things ---- */

static void test_wals(void)
{
    static const char suffixes[][10] = {"-journal", "-wal", "-shm"};
    struct th_buf bytes = TH_BUF_INIT;
    char path[200], beside[260], words[64];
    const char *folder = folder_of("wals");
    const char *victim = synth_path("target");
    snprintf(path, sizeof path, "%s/x.trail", folder);
    write_file(victim, "precious", 8);
    for (size_t i = 0; i < TH_COUNT(suffixes); i++) {
        snprintf(beside, sizeof beside, "%s%s", path, suffixes[i]);
        snprintf(words, sizeof words, "a link called %s", suffixes[i]);
        if (symlink(victim, beside) != 0)
            abort();
        refused(folder, suffixes[i], "no plain file", words);
        unlink(beside);
        snprintf(words, sizeof words, "a second name called %s", suffixes[i]);
        if (link(victim, beside) != 0)
            abort();
        refused(folder, suffixes[i], "another name", words);
        unlink(beside);
        snprintf(words, sizeof words, "a pipe called %s", suffixes[i]);
        if (mkfifo(beside, 0600) != 0)
            abort();
        refused(folder, suffixes[i], "no plain file", words);
        unlink(beside);
    }
    read_file(victim, &bytes);
    tap_is_str(th_buf_cstr(&bytes), "precious", "what they name is as it was");

    /* A true WAL of this very case, kept from when it was open. */
    struct th_buf wal = TH_BUF_INIT;
    th_case *c = NULL;
    snprintf(beside, sizeof beside, "%s-wal", path);
    if (th_case_open(path, TH_CASE_WRITE, &c, NULL) != TH_OK ||
        th_case_set(c, "key", TH_STR("from the WAL"), NULL) != TH_OK)
        abort();
    read_file(beside, &wal);
    struct th_buf open_case = TH_BUF_INIT;
    read_file(path, &open_case);
    th_case_close(c, NULL);
    tap_ok(wal.n > 32, "an open case has a WAL");
    write_file(beside, wal.p, wal.n);
    refused(folder, "-wal", "was closed", "a WAL beside a case that was closed");

    /* As a kill leaves them. */
    write_file(path, open_case.p, open_case.n);
    tap_is_int(th_case_open(path, TH_CASE_READ, &c, NULL), TH_OK,
               "beside the open case it is read");
    tap_is_int(th_case_get(c, "key", &bytes, NULL), TH_OK, "what it holds");
    tap_is_str(th_buf_cstr(&bytes), "from the WAL", "is there");
    th_case_close(c, NULL);
    wal.p[8 + 2] = 0x10; /* pages of 4 KiB */
    write_file(beside, wal.p, wal.n);
    refused(folder, "-wal", "another database", "a WAL of another page size");
    memcpy(wal.p, "abcd", 4);
    write_file(beside, wal.p, wal.n);
    refused(folder, "-wal", "no WAL", "a file that is no WAL");
    th_buf_fini(&wal);
    th_buf_fini(&bytes);
    th_buf_fini(&open_case);
}

/* SQLite goes by the file that a link means. */
static void test_links(void)
{
    struct th_buf journal = TH_BUF_INIT;
    char path[200], link[200], beside[260];
    const char *folder = folder_of("linked");
    snprintf(path, sizeof path, "%s/x.trail", folder);
    snprintf(link, sizeof link, "%s/link.trail", folder);
    snprintf(beside, sizeof beside, "%s-journal", path);
    if (symlink("x.trail", link) != 0)
        abort();
    make_journal(pages_of(path), 8192, "/nowhere", &journal);
    write_file(beside, journal.p, journal.n);
    th_case *c = NULL;
    tap_is_int(th_case_open(link, TH_CASE_READ, &c, NULL), TH_E_CASE,
               "what lies beside the file that a link means counts");
    unlink(beside);
    tap_is_int(th_case_open(link, TH_CASE_READ, &c, NULL), TH_OK, "a link to a case is a case");
    th_case_close(c, NULL);
    th_buf_fini(&journal);
}

/* ---- reading leaves nothing ---- */

static bool take_row(void *ctx, size_t columns, const char *const *names,
                     const struct th_sql_value *values)
{
    int64_t *n = ctx;
    (void)columns;
    (void)names;
    if (values != NULL)
        *n = values[0].integer;
    return true;
}

static void test_copy(void)
{
    struct th_buf bytes = TH_BUF_INIT;
    char path[200], copy[200];
    const char *folder = folder_of("open");
    const char *copies = synth_path("copies");
    struct th_err err;
    th_case *c = NULL, *copied = NULL;
    th_columns *columns = NULL;
    size_t rows = 0;
    int64_t n = 0;
    th_err_clear(&err);
    mkdir(copies, 0700);
    snprintf(path, sizeof path, "%s/x.trail", folder);
    snprintf(copy, sizeof copy, "%s/x.trail", copies);
    if (th_case_open(path, TH_CASE_WRITE, &c, &err) != TH_OK)
        abort();
    read_file(path, &bytes);
    write_file(copy, bytes.p, bytes.n);
    tap_is_int(bytes.p[19], 2, "a case that is open says so in its header");
    tap_is_int(th_case_open(copy, TH_CASE_READ, &copied, &err), TH_OK, "a copy of it is read");
    tap_is_int(th_columns_open(copy, &columns, &rows, &err), TH_OK, "by columns");
    tap_is_int(th_case_sql(copied, "SELECT count(*) FROM ecs", take_row, &n, &err), TH_OK,
               "by SQL");
    tap_ok(rows == 60 && n == 60, "all of it");
    tap_is_int((int64_t)count_files(copies), 1, "and nothing is made beside it meanwhile");
    th_columns_close(columns);
    th_case_close(copied, NULL);
    tap_is_int((int64_t)count_files(copies), 1, "nor left");
    /* The one that is open is read through its WAL. */
    if (th_case_set(c, "key", TH_STR("new"), &err) != TH_OK ||
        th_case_open(path, TH_CASE_READ, &copied, &err) != TH_OK)
        abort();
    tap_is_int(th_case_get(copied, "key", &bytes, &err), TH_OK, "beside a writer");
    tap_is_str(th_buf_cstr(&bytes), "new", "what is in the WAL is read");
    th_case_close(copied, NULL);
    th_case_close(c, NULL);
    tap_is_int((int64_t)count_files(folder), 1, "and the writer leaves one file");
    if (th_case_open(copy, TH_CASE_WRITE, &c, &err) != TH_OK)
        abort();
    th_case_close(c, NULL);
    read_file(copy, &bytes);
    tap_ok(bytes.p[19] == 1 && count_files(copies) == 1, "so does who writes to the copy");
    th_buf_fini(&bytes);
}

int main(void)
{
    synth_folder();
    test_journals();
    test_wals();
    test_links();
    test_copy();
    synth_done();
    return tap_done();
}
