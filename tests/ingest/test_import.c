/* The import as a whole, over folders: what is listed, in which order, what is skipped and
 * rejected, that the number of workers changes nothing, and how it stops. */
#include "ingest/import.h"

#include <pthread.h>
#include <signal.h>

#include "base/time.h"
#include "ingest/collect.h"
#include "ingest/reader/source.h"
#include "ingest/walk.h"

#define EVENT "{\"eventName\":\"A\"}"

struct sink {
    struct collected got;
    struct th_import_progress last;
    uint64_t backwards; /* progress that went back */
    th_cancel *cancel;
    uint64_t cancel_at; /* batches */
    pthread_t caller;
    uint64_t elsewhere; /* calls on another thread */
};

static enum th_code sink_batch(void *ctx, const struct th_batch *b, struct th_err *err)
{
    struct sink *sink = ctx;
    sink->elsewhere += pthread_equal(pthread_self(), sink->caller) == 0;
    enum th_code rc = collect_batch(&sink->got, b, err);
    if (sink->cancel != NULL && sink->got.batches == sink->cancel_at)
        th_cancel_set(sink->cancel);
    return rc;
}

static void sink_progress(void *ctx, const struct th_import_progress *p)
{
    struct sink *sink = ctx;
    sink->elsewhere += pthread_equal(pthread_self(), sink->caller) == 0;
    sink->backwards += p->files_done < sink->last.files_done ||
                       p->bytes_done < sink->last.bytes_done || p->records < sink->last.records;
    sink->last = *p;
}

static enum th_code run(struct sink *sink, int jobs, const char *const *paths, size_t n,
                        const char *kept_out, th_cancel *cancel, struct th_err *err)
{
    const struct th_import_options options = {
        .paths = paths,
        .paths_n = n,
        .jobs = jobs,
        .kept_out = &kept_out,
        .kept_out_n = kept_out != NULL ? 1 : 0,
    };
    const struct th_import_sink s = {sink, NULL, sink_batch, sink_progress, NULL};
    sink->caller = pthread_self();
    return th_import_run(&options, &s, cancel, err);
}

static struct th_str paths_of(const struct collected *c, const char *folder, struct th_buf *out)
{
    for (size_t i = 0; i < c->n; i++)
        th_buf_printf(out, "%s ", c->sources[i].path + strlen(folder) + 1);
    return th_buf_str(out);
}

/* A tree with something of everything. */
static void make_tree(const char *folder)
{
    struct th_buf lines = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    write_text(folder, "t/b/records.json", "{\"Records\":[" EVENT "," EVENT "]}");
    write_text(folder, "t/a/x.json", "[" EVENT "]");
    write_text(folder, "t/a.json", EVENT "\n" EVENT "\n");
    write_text(folder, "t/a-b.json", EVENT);
    write_text(folder, "t/LICENSE", "Permission is granted\n");
    write_text(folder, "t/.hidden.json", EVENT);
    write_text(folder, "t/x.json~", EVENT);
    write_text(folder, "t/empty", "");
    write_text(folder, "t/broken.json", "{\"Records\":[" EVENT ",{\"eventN");
    write_text(folder, "t/other.trail", "SQLite format 3");
    write_file(folder, "t/other.trail", "SQLite format 3\0\x10\0\x01\x01", 20);
    add_lines(&lines, 50000, 21);
    add_member(&gz, lines.p, lines.n, 6);
    write_file(folder, "t/z.gz", gz.p, gz.n);
    write_file(folder, "t/cut.gz", gz.p, gz.n / 2);
    char *path = th_xasprintf("%s/t/link", folder);
    char *fifo = th_xasprintf("%s/t/pipe", folder);
    char *loop = th_xasprintf("%s/t/loop", folder);
    if (symlink("a.json", path) != 0 || mkfifo(fifo, 0600) != 0 || symlink("..", loop) != 0)
        abort();
    free(path);
    free(fifo);
    free(loop);
    th_buf_fini(&lines);
    th_buf_fini(&gz);
}

static void test_tree(const char *folder)
{
    char *tree = th_xasprintf("%s/t", folder);
    char *mine = th_xasprintf("%s/t/other.trail", folder);
    const char *paths[] = {tree};
    struct sink sink = {.last = {0}};
    struct th_buf names = TH_BUF_INIT;
    tap_is_int(run(&sink, 2, paths, 1, NULL, NULL, NULL), TH_OK, "a tree");
    struct collected *c = &sink.got;
    paths_of(c, tree, &names);
    tap_is_str(
        names.p,
        ".hidden.json LICENSE a-b.json a.json a/x.json b/records.json broken.json cut.gz empty "
        "link loop other.trail pipe x.json~ z.gz ",
        "byte order of full paths");
    tap_ok(c->disorder == 0 && sink.elsewhere == 0, "in order, on the calling thread");
    tap_is_str(find_source(c, "/link")->skipped, "symbolic link", "a link is skipped");
    tap_is_str(find_source(c, "/loop")->skipped, "symbolic link", "a link upwards is skipped");
    tap_is_str(find_source(c, "/pipe")->skipped, "not a regular file", "a pipe is skipped");
    tap_is_str(find_source(c, "/LICENSE")->skipped, "no CloudTrail records", "a text is skipped");
    tap_is_str(find_source(c, "/empty")->skipped, "empty file", "an empty file is skipped");
    tap_is_str(find_source(c, "/other.trail")->skipped, "SQLite database", "a case is skipped");
    tap_is_str(text_of(&find_source(c, "/b/records.json")->records), "12+17 A\n30+17 A\n",
               "Records");
    tap_is_int((int64_t)find_source(c, "/x.json~")->rows, 1, "an editor's copy is a trail too");
    tap_ok(find_source(c, "/broken.json")->rows == 1 &&
               find_source(c, "/broken.json")->rejects == 1,
           "a broken file: its records and a reject");
    const struct got_source *cut = find_source(c, "/cut.gz");
    tap_ok(cut->rows > 50 && cut->rejects == 1 &&
               strstr(text_of(&cut->rejected), "cut off") != NULL,
           "a cut gzip file: its records and a reject (%s)", text_of(&cut->rejected));
    tap_ok(cut->kept.n == cut->size_bytes && cut->kept.n > 0, "a cut gzip file is kept");
    tap_ok(find_source(c, "/z.gz")->rows > cut->rows, "a sound gzip file");
    tap_ok(sink.last.files_done == 15 && sink.last.files_total == 15 &&
               sink.last.bytes_done == sink.last.bytes_total && sink.last.bytes_total > 0 &&
               sink.last.records == c->rows + c->rejects && sink.backwards == 0,
           "progress adds up");
    collected_fini(c);

    sink = (struct sink){.last = {0}};
    tap_is_int(run(&sink, 1, paths, 1, mine, NULL, NULL), TH_OK, "with a file kept out");
    tap_is_int((int64_t)c->n, 14, "a file kept out is not listed");
    collected_fini(c);

    /* The same file by way of three paths; a link and a pipe by name. */
    char *file = th_xasprintf("%s/t/a.json", folder);
    char *link_path = th_xasprintf("%s/t/link", folder);
    const char *several[] = {file, tree, file, link_path};
    sink = (struct sink){.last = {0}};
    tap_is_int(run(&sink, 2, several, 4, NULL, NULL, NULL), TH_OK, "overlapping paths");
    tap_is_int((int64_t)c->n, 15, "a file is listed once");
    tap_is_str(c->sources[0].path, file, "where it comes first");
    collected_fini(c);
    const char *only_link[] = {link_path};
    sink = (struct sink){.last = {0}};
    tap_ok(run(&sink, 2, only_link, 1, NULL, NULL, NULL) == TH_OK && c->rows == 2,
           "a link that is named is followed");
    collected_fini(c);
    const char *twice[] = {tree, mine, "/nowhere/at/all"};
    struct th_err err;
    th_err_clear(&err);
    sink = (struct sink){.last = {0}};
    tap_is_int(run(&sink, 2, twice, 3, NULL, NULL, &err), TH_E_NOT_FOUND,
               "a path that isn't there");
    tap_ok(strstr(err.msg, "/nowhere/at/all: No such file") != NULL && c->batches == 0,
           "is named, and nothing was read (%s)", err.msg);
    char *below = th_xasprintf("%s/below", file);
    const char *in_file[] = {below};
    tap_is_int(run(&sink, 1, in_file, 1, NULL, NULL, NULL), TH_E_NOT_FOUND, "a path below a file");
    char *none = th_xasprintf("%s/none", folder);
    const char *empty[] = {none};
    if (mkdir(none, 0755) != 0)
        abort();
    tap_ok(run(&sink, 4, empty, 1, NULL, NULL, NULL) == TH_OK && c->batches == 0,
           "an empty folder");
    tap_ok(run(&sink, 4, empty, 0, NULL, NULL, NULL) == TH_OK && c->batches == 0, "no path at all");
    free(below);
    free(none);
    free(file);
    free(link_path);
    free(mine);
    free(tree);
    th_buf_fini(&names);
}

/* Enough files for several units, in shapes that differ. */
static void test_jobs(const char *folder)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    char *many = th_xasprintf("%s/many", folder);
    const char *paths[] = {many};
    char name[40];
    for (unsigned i = 0; i < 60; i++) {
        th_buf_reset(&text);
        th_buf_reset(&gz);
        add_lines(&text, 100000 + i * 37000, i + 1);
        add_member(&gz, text.p, text.n, 1);
        (void)snprintf(name, sizeof name, "many/%02u/%u.gz", i % 7, i);
        write_file(folder, name, gz.p, gz.n);
        (void)snprintf(name, sizeof name, "many/%02u/%u.txt", i % 5, i);
        write_text(folder, name, i % 2 == 0 ? "text" : "{\"Records\":[1,");
    }
    struct sink sinks[3];
    const int jobs[3] = {1, 4, 0};
    for (int i = 0; i < 3; i++) {
        sinks[i] = (struct sink){.got.with_dump = true};
        tap_is_int(run(&sinks[i], jobs[i], paths, 1, NULL, NULL, NULL), TH_OK, "many files");
        tap_ok(sinks[i].got.disorder == 0 && sinks[i].elsewhere == 0 && sinks[i].backwards == 0,
               "in order");
    }
    tap_ok(sinks[0].got.batches > 10 && sinks[0].got.rows > 100000, "%llu batches, %llu rows",
           (unsigned long long)sinks[0].got.batches, (unsigned long long)sinks[0].got.rows);
    for (int i = 1; i < 3; i++)
        tap_ok(th_str_eq(th_buf_str(&sinks[0].got.dump), th_buf_str(&sinks[i].got.dump)),
               "the number of workers changes nothing");

    struct sink sink = {.got.stop_after = 3};
    struct th_err err;
    th_err_clear(&err);
    tap_is_int(run(&sink, 3, paths, 1, NULL, NULL, &err), TH_E_FULL, "a sink that fails");
    tap_ok(sink.got.batches == 3 && strcmp(err.msg, "no room") == 0, "ends the import at once");
    collected_fini(&sink.got);

    th_cancel cancel = {false};
    sink = (struct sink){.cancel = &cancel, .cancel_at = 4};
    tap_is_int(run(&sink, 3, paths, 1, NULL, &cancel, NULL), TH_E_CANCELLED, "cancelled");
    tap_ok(sink.got.batches == 4 && sink.got.disorder == 0, "after whole batches");
    collected_fini(&sink.got);
    sink = (struct sink){.cancel = &cancel};
    tap_is_int(run(&sink, 3, paths, 1, NULL, &cancel, NULL), TH_E_CANCELLED, "cancelled before");
    tap_is_int((int64_t)sink.got.batches, 0, "nothing was read");
    for (int i = 0; i < 3; i++)
        collected_fini(&sinks[i].got);
    free(many);
    th_buf_fini(&text);
    th_buf_fini(&gz);
}

/* Standard input from a pipe that gets its bytes slowly. */
struct feeder {
    const char *path; /* opened when there is one: waits for a reader */
    int fd;
    const char *text;
    size_t n;
    bool slow;
};

static void *feed(void *arg)
{
    struct feeder *f = arg;
    size_t step = f->slow ? 7 : 1 << 16;
    if (f->path != NULL)
        f->fd = open(f->path, O_WRONLY | O_CLOEXEC);
    for (size_t at = 0; at < f->n; at += step) {
        size_t n = f->n - at < step ? f->n - at : step;
        if (write(f->fd, f->text + at, n) != (ssize_t)n)
            break;
        if (f->slow)
            (void)usleep(2000);
    }
    (void)close(f->fd);
    return NULL;
}

/* Import "-" fed with text. */
static enum th_code run_stdin(struct sink *sink, const char *text, size_t n, bool slow,
                              th_cancel *cancel)
{
    int saved = dup(STDIN_FILENO);
    int fds[2];
    pthread_t thread;
    const char *paths[] = {"-"};
    if (pipe(fds) != 0 || dup2(fds[0], STDIN_FILENO) < 0)
        abort();
    (void)close(fds[0]);
    struct feeder feeder = {NULL, fds[1], text, n, slow};
    if (pthread_create(&thread, NULL, feed, &feeder) != 0)
        abort();
    enum th_code rc = run(sink, 2, paths, 1, NULL, cancel, NULL);
    if (saved < 0 || dup2(saved, STDIN_FILENO) < 0)
        abort();
    (void)close(saved);
    (void)pthread_join(thread, NULL);
    return rc;
}

static void test_stdin(const char *folder)
{
    struct sink sink = {.last = {0}};
    struct th_buf text = TH_BUF_INIT;
    const char *lines = EVENT "\n" EVENT "\n";
    tap_is_int(run_stdin(&sink, lines, strlen(lines), true, NULL), TH_OK, "standard input");
    tap_ok(sink.got.n == 1 && strcmp(sink.got.sources[0].path, "-") == 0 && sink.got.rows == 2,
           "is one source named -");
    tap_ok(sink.last.bytes_total == 0 && sink.got.sources[0].kept.n == strlen(lines) &&
               sink.got.sources[0].size_bytes == strlen(lines),
           "is kept; the total is unknown");
    collected_fini(&sink.got);
    sink = (struct sink){.last = {0}};
    tap_ok(run_stdin(&sink, "", 0, false, NULL) == TH_OK &&
               strcmp(sink.got.sources[0].skipped, "empty file") == 0,
           "empty standard input");
    collected_fini(&sink.got);

    /* More than is held in memory. */
    add_lines(&text, 70 << 20, 31);
    uint8_t digest[32];
    th_sha256_of(text.p, text.n, digest);
    sink = (struct sink){.last = {0}};
    tap_is_int(run_stdin(&sink, text.p, text.n, false, NULL), TH_OK, "70 MiB on standard input");
    tap_ok(sink.got.rows > 500000 && sink.got.rejects == 0 && sink.got.disorder == 0,
           "70 MiB: %llu rows", (unsigned long long)sink.got.rows);
    tap_ok(memcmp(sink.got.sources[0].sha256, digest, 32) == 0 &&
               th_str_eq(th_buf_str(&sink.got.sources[0].kept), th_buf_str(&text)),
           "70 MiB: hash and evidence");
    collected_fini(&sink.got);

    /* A file as standard input, of which something was read already. */
    write_text(folder, "in.json", "head\n" EVENT "\n");
    char *path = th_xasprintf("%s/in.json", folder);
    int saved = dup(STDIN_FILENO);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const char *paths[] = {"-"};
    if (saved < 0 || fd < 0 || lseek(fd, 5, SEEK_SET) != 5 || dup2(fd, STDIN_FILENO) < 0)
        abort();
    sink = (struct sink){.last = {0}};
    tap_is_int(run(&sink, 1, paths, 1, NULL, NULL, NULL), TH_OK, "a file as standard input");
    tap_is_str(text_of(&sink.got.sources[0].records), "0+17 A\n", "from where it stands");
    if (dup2(saved, STDIN_FILENO) < 0)
        abort();
    (void)close(saved);
    (void)close(fd);
    collected_fini(&sink.got);
    const struct th_import_options tty = {.paths = paths, .paths_n = 1, .is_tty_stdin = true};
    const struct th_import_sink s = {&sink, NULL, sink_batch, NULL, NULL};
    tap_is_int(th_import_run(&tty, &s, NULL, NULL), TH_E_USAGE, "a terminal is no input");

    /* Nobody writes to the pipe: it can be cancelled. */
    th_cancel cancel = {false};
    char *fifo = th_xasprintf("%s/fifo", folder);
    const char *fifos[] = {fifo};
    if (mkfifo(fifo, 0600) != 0)
        abort();
    int writer = open(fifo, O_RDWR | O_CLOEXEC);
    struct sink waits = {.last = {0}};
    pthread_t thread;
    struct feeder feeder = {fifo, -1, EVENT "\n", 18, false};
    int64_t before = th_time_mono();
    th_cancel_set(&cancel);
    tap_is_int(run(&waits, 1, fifos, 1, NULL, &cancel, NULL), TH_E_CANCELLED, "a silent pipe");
    tap_ok(th_time_mono() - before < 2000, "is left soon when cancelled");
    (void)close(writer);
    if (pthread_create(&thread, NULL, feed, &feeder) != 0)
        abort();
    tap_ok(run(&waits, 1, fifos, 1, NULL, NULL, NULL) == TH_OK && waits.got.rows == 1,
           "a pipe that is named is read");
    (void)pthread_join(thread, NULL);
    collected_fini(&waits.got);
    free(path);
    free(fifo);
    th_buf_fini(&text);
}

static void test_unreadable(const char *folder)
{
    char *tree = th_xasprintf("%s/locked", folder);
    char *file = th_xasprintf("%s/locked/a.json", folder);
    char *sub = th_xasprintf("%s/locked/sub", folder);
    const char *paths[] = {tree};
    write_text(folder, "locked/a.json", EVENT);
    write_text(folder, "locked/b.json", EVENT);
    write_text(folder, "locked/sub/c.json", EVENT);
    if (chmod(file, 0) != 0 || chmod(sub, 0) != 0)
        abort();
    if (geteuid() == 0) {
        tap_skip("unreadable files", "root reads everything");
    } else {
        struct sink sink = {.last = {0}};
        tap_is_int(run(&sink, 2, paths, 1, NULL, NULL, NULL), TH_OK, "unreadable files");
        tap_is_str(text_of(&find_source(&sink.got, "/a.json")->rejected),
                   "0+0 can't be opened: Permission denied\n", "an unreadable file: a reject");
        tap_is_str(text_of(&find_source(&sink.got, "/sub")->rejected),
                   "0+0 can't be opened: Permission denied\n", "an unreadable folder: a reject");
        tap_is_int((int64_t)find_source(&sink.got, "/b.json")->rows, 1, "the rest goes on");
        collected_fini(&sink.got);
    }
    (void)chmod(file, 0600);
    (void)chmod(sub, 0700);
    free(tree);
    free(file);
    free(sub);
}

/* A file that is gone or has become something else by the time it is read. */
static void test_vanished(const char *folder)
{
    struct th_items items = {0};
    write_text(folder, "gone/a.json", EVENT);
    char *path = th_xasprintf("%s/gone/a.json", folder);
    char *tree = th_xasprintf("%s/gone", folder);
    const char *paths[] = {tree};
    const struct th_import_options options = {.paths = paths, .paths_n = 1};
    tap_ok(th_walk(&options, &items, NULL, NULL) == TH_OK && items.n == 1, "listed");
    if (unlink(path) != 0)
        abort();
    struct th_source src;
    th_sha256 *hasher = th_sha256_new();
    tap_ok(th_source_open(&src, &items.v[0], 1000, hasher, NULL) && src.unread &&
               strcmp(src.failed, "can't be opened: No such file or directory") == 0,
           "gone: said (%s)", src.failed);
    th_source_close(&src);
    if (symlink("/etc/passwd", path) != 0)
        abort();
    tap_ok(th_source_open(&src, &items.v[0], 1000, hasher, NULL) && src.unread,
           "now a link: not followed");
    th_source_close(&src);
    if (unlink(path) != 0 || mkfifo(path, 0600) != 0)
        abort();
    tap_ok(th_source_open(&src, &items.v[0], 1000, hasher, NULL) && src.unread &&
               strcmp(src.failed, "is no regular file any more") == 0,
           "now a pipe: not waited for");
    th_source_close(&src);
    th_sha256_free(hasher);
    th_items_fini(&items);
    free(path);
    free(tree);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    char *folder = make_folder();
    make_tree(folder);
    test_tree(folder);
    test_jobs(folder);
    test_stdin(folder);
    test_unreadable(folder);
    test_vanished(folder);
    remove_folder(folder);
    return tap_done();
}
