/* Import: the pipeline of src/ingest feeding the writer of src/store on the calling thread. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app_private.h"
#include "base/mem.h"
#include "base/time.h"
#include "ecs/enrich.h"
#include "ingest/import.h"
#include "store/writer.h"

#include "config.h"

struct run {
    th_writer *writer;
    const struct th_app_import *what;
    th_selection *selection;
    int64_t started_ms;
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
    return th_writer_put(run->writer, batch, err);
}

static double seconds_since(int64_t started_ms)
{
    return (double)(th_time_mono() - started_ms) / 1000.0;
}

static void progress(void *ctx, const struct th_import_progress *at)
{
    struct run *run = ctx;
    struct th_import_totals totals;
    th_writer_totals(run->writer, &totals);
    run->what->progress(run->what->ctx, at->bytes_done, at->bytes_total, at->files_done,
                        at->files_total, totals.events, seconds_since(run->started_ms));
}

static void fill(const struct th_import_totals *totals, int64_t started_ms,
                 struct th_app_imported *done)
{
    *done = (struct th_app_imported){
        .files = totals->files,
        .skipped = totals->skipped,
        .unchanged = totals->unchanged,
        .changed = totals->changed,
        .records = totals->records,
        .events = totals->events,
        .duplicates = totals->duplicates,
        .rejects = totals->rejects,
        .unselected = totals->unselected,
        .seconds = seconds_since(started_ms),
    };
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
    const struct th_import_sink sink = {run, known, take, what->progress == NULL ? NULL : progress};
    enum th_code rc = th_import_run(&options, &sink, cancel, err);
    free_kept_out(kept_out);
    return rc;
}

enum th_code th_app_import(const char *case_path, const struct th_app_import *what,
                           th_cancel *cancel, struct th_app_imported *done, struct th_err *err)
{
    memset(done, 0, sizeof *done);
    struct run run = {.what = what, .started_ms = th_time_mono()};
    struct th_import_totals totals = {0};
    th_case *c = NULL;
    struct th_enrich *enrich = NULL;
    const struct th_app_files files = {.geoip = what->geoip};
    enum th_code rc = th_selection_new(&what->selection, &run.selection, err);
    if (rc == TH_OK)
        rc = check_paths(what, err);
    if (rc == TH_OK)
        rc = th_app_files_load(&files, &enrich, err);
    if (rc == TH_OK)
        rc = th_case_open(case_path, TH_CASE_CREATE, &c, err);
    if (rc == TH_OK && th_case_readonly(c))
        rc = th_err_set(err, TH_E_READONLY, "case %s can't be written", case_path);
    if (rc == TH_OK)
        rc = th_writer_begin(c, PACKAGE_VERSION, enrich, &run.writer, err);
    if (rc == TH_OK) {
        th_writer_select(run.writer, th_selection_text(run.selection));
        if (what->limits != NULL)
            th_writer_limit(run.writer, what->limits);
        rc = run_import(case_path, &run, cancel, err);
        /* A cancelled import keeps the whole batches it was given; after any other failure only
         * what was committed counts. */
        enum th_code end = th_writer_end(run.writer, rc == TH_OK || rc == TH_E_CANCELLED, &totals,
                                         rc == TH_OK ? err : NULL);
        if (rc == TH_OK)
            rc = end;
        uint64_t renewed = 0;
        if (rc == TH_OK)
            rc = th_app_files_settle(c, enrich, totals.events, &renewed, err);
        else if (rc == TH_E_CANCELLED)
            (void)!th_app_files_settle(c, enrich, totals.events, &renewed, NULL);
        fill(&totals, run.started_ms, done);
        done->renewed = renewed;
        done->no_user_agents = !th_enrich_has(enrich, TH_ENRICH_AGENTS);
        done->no_places = !th_enrich_has(enrich, TH_ENRICH_PLACES);
    }
    enum th_code closed = th_case_close(c, rc == TH_OK ? err : NULL);
    th_enrich_free(enrich);
    th_selection_free(run.selection);
    return rc == TH_OK ? closed : rc;
}
