/* Import: the pipeline of src/ingest feeding the writer of src/store on the calling thread. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app_private.h"
#include "base/mem.h"
#include "base/time.h"
#include "ecs/enrich/enrich.h"
#include "ingest/import.h"
#include "store/write/writer.h"

#include "config.h"

struct run {
    th_writer *writer;
    const struct th_app_import *what;
    th_app_import_progress *progress;
    void *ctx;
    th_selection *selection;
    int64_t started_ms;
    struct th_err err; /* of a commit between batches; code TH_OK: none failed */
};

static bool known(void *ctx, const char *path, const uint8_t sha256[32], uint64_t size_bytes)
{
    struct run *run = ctx;
    return th_writer_covers(run->writer, path, sha256, size_bytes,
                            th_selection_digests(run->selection, th_str_of(path)));
}

static enum th_code take(void *ctx, const struct th_batch *batch, struct th_err *err)
{
    struct run *run = ctx;
    if (run->err.code != TH_OK)
        return th_err_set(err, run->err.code, "%s", run->err.msg);
    return th_writer_put(run->writer, batch, err);
}

static enum th_code listed(void *ctx, uint64_t files, struct th_err *err)
{
    struct run *run = ctx;
    return th_writer_expect(run->writer, files, err);
}

static double seconds_since(int64_t started_ms)
{
    return (double)(th_time_mono() - started_ms) / 1000.0;
}

static void progress(void *ctx, const struct th_import_progress *at)
{
    struct run *run = ctx;
    struct th_import_totals totals;
    if (run->err.code == TH_OK)
        run->err.code = th_writer_breathe(run->writer, &run->err);
    if (run->progress == NULL)
        return;
    th_writer_totals(run->writer, &totals);
    run->progress(run->ctx, at->bytes_done, at->bytes_total, at->files_done, at->files_total,
                  totals.events, seconds_since(run->started_ms));
}

static void fill(const struct th_import_totals *totals, int64_t started_ms,
                 struct th_app_imported *done)
{
    *done = (struct th_app_imported){
        .files = totals->files,
        .skipped = totals->skipped,
        .unchanged = totals->unchanged,
        .changed = totals->changed,
        .altered = totals->altered,
        .records = totals->records,
        .events = totals->events,
        .duplicates = totals->duplicates,
        .rejects = totals->rejects,
        .unselected = totals->unselected,
        .seconds = seconds_since(started_ms),
    };
}

/* Is there a file, and none that can be read? Looks until it finds one. */
static bool nothing_readable(const struct th_app_import *what)
{
    bool readable = false;
    bool refused = false;
    char **paths = th_xcalloc(what->paths_n + 1, sizeof *paths);
    for (size_t i = 0; i < what->paths_n; i++) {
        readable = readable || strcmp(what->paths[i], "-") == 0;
        paths[i] = th_xstrdup(what->paths[i]);
    }
    FTS *walk = readable ? NULL : fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    FTSENT *entry;
    while (walk != NULL && !readable && (entry = fts_read(walk)) != NULL) {
        bool file = entry->fts_info == FTS_F || entry->fts_info == FTS_DEFAULT;
        readable = file && faccessat(AT_FDCWD, entry->fts_accpath, R_OK, AT_EACCESS) == 0;
        refused = refused || file || entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS;
    }
    if (walk != NULL)
        (void)fts_close(walk);
    for (size_t i = 0; i < what->paths_n; i++)
        free(paths[i]);
    free(paths);
    return refused && !readable;
}

/* Before the case is made: a mistyped path must not leave an empty case behind. */
static enum th_code check_paths(const struct th_app_import *what, struct th_err *err)
{
    struct stat st;
    for (size_t i = 0; i < what->paths_n; i++) {
        bool is_stdin = strcmp(what->paths[i], "-") == 0;
        if (!is_stdin && stat(what->paths[i], &st) != 0)
            return th_err_errno(err, "%s", what->paths[i]);
        if (what->reference && (is_stdin || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))))
            return th_err_set(err, TH_E_USAGE,
                              "%s can't be read again, so --reference can't leave its bytes where "
                              "they are: name a file or a folder",
                              is_stdin ? "standard input" : what->paths[i]);
    }
    if (what->is_new && nothing_readable(what))
        return th_err_set(err, TH_E_IO, "%s%s: no file could be read, so no case was made: %s",
                          what->paths[0], what->paths_n > 1 ? " and others" : "", strerror(EACCES));
    return TH_OK;
}

/* The case and its journals: a folder that is imported may hold them. Owned: free_kept_out. */
#define KEPT_OUT 4
static void name_kept_out(const char *case_path, char *names[KEPT_OUT])
{
    static const char *const endings[KEPT_OUT] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < KEPT_OUT; i++)
        names[i] = th_xasprintf("%s%s", case_path, endings[i]);
}

static void free_kept_out(char *names[KEPT_OUT])
{
    for (size_t i = 0; i < KEPT_OUT; i++)
        free(names[i]);
}

static enum th_code run_import(const char *case_path, struct run *run, th_cancel *cancel,
                               struct th_err *err)
{
    const struct th_app_import *what = run->what;
    char *kept_out[KEPT_OUT];
    name_kept_out(case_path, kept_out);
    const struct th_import_options options = {
        .paths = what->paths,
        .paths_n = what->paths_n,
        .jobs = what->jobs,
        .kept_out = (const char *const *)kept_out,
        .kept_out_n = KEPT_OUT,
        .selection = run->selection,
        .limits = what->limits,
        .reference = what->reference,
    };
    const struct th_import_sink sink = {run, known, take, progress, listed};
    enum th_code rc = th_import_run(&options, &sink, cancel, err);
    free_kept_out(kept_out);
    return rc;
}

struct th_app_importer {
    struct run run;
    struct th_enrich *enrich;
};

enum th_code th_app_import_prepare(const struct th_app_import *what, th_app_importer **out,
                                   struct th_err *err)
{
    th_app_importer *importer = th_xcalloc(1, sizeof *importer);
    const struct th_app_files files = {.geoip = what->geoip};
    importer->run.what = what;
    enum th_code rc = th_selection_new(&what->selection, &importer->run.selection, err);
    if (rc == TH_OK)
        rc = check_paths(what, err);
    if (rc == TH_OK)
        rc = th_app_files_load(&files, &importer->enrich, err);
    if (rc != TH_OK) {
        th_app_importer_free(importer);
        return rc;
    }
    *out = importer;
    return TH_OK;
}

void th_app_importer_free(th_app_importer *importer)
{
    if (importer == NULL)
        return;
    th_enrich_free(importer->enrich);
    th_selection_free(importer->run.selection);
    free(importer);
}

/* Note what is imported, resolved, so that the same from another folder is known again. */
static enum th_code announce(struct run *run, struct th_err *err)
{
    const struct th_app_import *what = run->what;
    struct th_buf choice = TH_BUF_INIT;
    char **paths = th_xcalloc(what->paths_n + 1, sizeof *paths);
    th_buf_puts(&choice, th_selection_text(run->selection));
    for (size_t i = 0; i < what->selection.include_n; i++)
        th_buf_printf(&choice, " include=%s", what->selection.include[i]);
    for (size_t i = 0; i < what->selection.exclude_n; i++)
        th_buf_printf(&choice, " exclude=%s", what->selection.exclude[i]);
    for (size_t i = 0; i < what->paths_n; i++) {
        bool is_stdin = strcmp(what->paths[i], "-") == 0;
        paths[i] = is_stdin ? NULL : realpath(what->paths[i], NULL);
        if (paths[i] == NULL)
            paths[i] = th_xstrdup(what->paths[i]);
    }
    enum th_code rc = th_writer_announce(run->writer, th_buf_cstr(&choice),
                                         (const char *const *)paths, what->paths_n, err);
    for (size_t i = 0; i < what->paths_n; i++)
        free(paths[i]);
    free(paths);
    th_buf_fini(&choice);
    return rc;
}

/* Everything between the writer's beginning and the case's end. */
static enum th_code write_all(th_app_importer *importer, th_case *c, th_cancel *cancel,
                              struct th_app_imported *done, struct th_err *err)
{
    struct run *run = &importer->run;
    struct th_import_totals totals = {0};
    uint64_t renewed = 0;
    th_writer_select(run->writer, th_selection_text(run->selection));
    if (run->what->limits != NULL)
        th_writer_limit(run->writer, run->what->limits);
    enum th_code rc = announce(run, err);
    if (rc == TH_OK)
        rc = run_import(th_case_path(c), run, cancel, err);
    if (rc == TH_OK && run->err.code != TH_OK)
        rc = th_err_set(err, run->err.code, "%s", run->err.msg);
    if (rc == TH_OK)
        th_writer_finished(run->writer);
    /* A cancelled import keeps the whole batches it was given; after any other failure only what
     * was committed counts. */
    enum th_code end = th_writer_end(run->writer, rc == TH_OK || rc == TH_E_CANCELLED, &totals,
                                     rc == TH_OK ? err : NULL);
    run->writer = NULL;
    if (rc == TH_OK)
        rc = end;
    if (rc == TH_OK)
        rc = th_app_files_settle(c, importer->enrich, totals.events, &renewed, err);
    else if (rc == TH_E_CANCELLED)
        (void)!th_app_files_settle(c, importer->enrich, totals.events, &renewed, NULL);
    fill(&totals, run->started_ms, done);
    done->renewed = renewed;
    done->no_user_agents = !th_enrich_has(importer->enrich, TH_ENRICH_AGENTS);
    done->no_places = !th_enrich_has(importer->enrich, TH_ENRICH_PLACES);
    return rc;
}

enum th_code th_app_import_run(th_app_importer *importer, const char *case_path, bool shared,
                               th_app_import_progress *progress_to, void *ctx, th_cancel *cancel,
                               struct th_app_imported *done, struct th_err *err)
{
    struct run *run = &importer->run;
    th_case *c = NULL;
    memset(done, 0, sizeof *done);
    th_err_clear(&run->err);
    run->started_ms = th_time_mono();
    run->progress = progress_to;
    run->ctx = ctx;
    enum th_code rc = th_case_open(case_path, TH_CASE_CREATE, &c, err);
    if (rc == TH_OK && th_case_readonly(c))
        rc = th_err_set(err, TH_E_READONLY, "case %s can't be written", case_path);
    if (rc == TH_OK && shared)
        th_case_share(c);
    if (rc == TH_OK)
        rc = th_writer_begin(c, PACKAGE_VERSION, importer->enrich, &run->writer, err);
    if (rc == TH_OK)
        rc = write_all(importer, c, cancel, done, err);
    enum th_code closed = th_case_close(c, rc == TH_OK ? err : NULL);
    return rc == TH_OK ? closed : rc;
}

enum th_code th_app_import(const char *case_path, const struct th_app_import *what,
                           th_cancel *cancel, struct th_app_imported *done, struct th_err *err)
{
    th_app_importer *importer = NULL;
    memset(done, 0, sizeof *done);
    enum th_code rc = th_app_import_prepare(what, &importer, err);
    if (rc == TH_OK)
        rc = th_app_import_run(importer, case_path, false, what->progress, what->ctx, cancel, done,
                               err);
    th_app_importer_free(importer);
    return rc;
}
