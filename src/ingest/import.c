/* The import as a whole: a list of files, workers that take runs of it, and the caller's thread
 * that hands batches to the sink.
 *
 * The list is cut into units by the sizes seen at listing, so what a batch holds depends on the
 * input alone. Workers make batches of units, and the calling thread takes them in the order of
 * units and numbers them. */
#include "ingest/import.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/system.h"
#include "base/time.h"
#include "base/work/units.h"
#include "ingest/reader/source_reader.h"

#define WORKERS_MAX   256
#define UNIT_ITEMS    512u
#define UNIT_BYTES    (UINT64_C(12) << 20) /* expected plain bytes */
#define GZIP_EXPECTED 5u /* plain bytes a compressed byte stands for, more or less */
#define PROGRESS_MS   100
#define WORKER_NICE   5

/* A run of items. */
struct unit {
    size_t first, n;
};

struct import {
    const struct th_import_options *options;
    const struct th_import_sink *sink;
    struct th_items items;
    struct unit *units;
    size_t units_n, units_cap;
    atomic_uint_least64_t bytes_done, files_done;
    uint64_t records;
    int64_t progress_at;
    uint64_t sequence;
    uint64_t sources; /* so far: their ordinals */
};

struct worker {
    struct import *im;
    th_units_worker *hold;
    struct th_intake_limits limits;
    struct th_intake intake;
};

static void *make_batch(void *ctx)
{
    (void)ctx;
    return th_batch_new();
}

static void drop_batch(void *ctx, void *batch)
{
    (void)ctx;
    th_batch_free(batch);
}

static struct th_batch *worker_get(void *ctx)
{
    struct worker *w = ctx;
    struct th_batch *batch = th_units_piece(w->hold);
    if (batch != NULL)
        th_batch_reset(batch);
    return batch;
}

static void worker_put(void *ctx, struct th_batch *batch)
{
    struct worker *w = ctx;
    th_units_put(w->hold, batch);
}

static bool worker_known(void *ctx, const char *path, const uint8_t sha256[32], uint64_t size_bytes)
{
    const struct worker *w = ctx;
    const struct th_import_sink *sink = w->im->sink;
    return sink->known != NULL && sink->known(sink->ctx, path, sha256, size_bytes);
}

static void worker_done(void *ctx, uint64_t bytes, uint64_t files)
{
    struct worker *w = ctx;
    atomic_fetch_add_explicit(&w->im->bytes_done, bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&w->im->files_done, files, memory_order_relaxed);
}

/* Workers make way for the thread that takes what they make, and for a workbench that is used while
 * they work: the sink never lags, and little is left to do when the last worker is done. */
static void make_way(void)
{
    th_thread_yields(WORKER_NICE);
}

/* Each source by the caps of the import that it came with. */
static bool read_again(struct worker *w, size_t at)
{
    const struct th_reread *again = w->im->options->again;
    struct th_reread_source source;
    if (th_cancelled(th_units_stop(w->hold)) || !again->open(again->ctx, at, &source))
        return false;
    const struct th_limits caps = th_limits_stated(source.capped);
    w->limits = th_intake_limits_of(&caps);
    bool go_on = th_intake_reread(&w->intake, &source, at);
    again->close(again->ctx, &source);
    worker_done(w, w->im->items.v[at].size_bytes, 1);
    return go_on;
}

static bool read_unit(struct worker *w, const struct unit *unit)
{
    struct import *im = w->im;
    bool go_on = true;
    for (size_t i = unit->first; go_on && i < unit->first + unit->n; i++)
        go_on = im->options->again != NULL ? read_again(w, i)
                                           : th_intake_item(&w->intake, &im->items.v[i], i);
    if (go_on)
        th_intake_flush(&w->intake);
    return go_on;
}

static void read_units(void *ctx, th_units_worker *hold)
{
    struct import *im = ctx;
    struct worker *w = th_xcalloc(1, sizeof *w);
    const struct th_intake_hooks hooks = {w, worker_get, worker_put, worker_known, worker_done};
    size_t at;
    make_way();
    w->im = im;
    w->hold = hold;
    w->limits = th_intake_limits_of(im->options->limits);
    th_intake_init(&w->intake, &hooks, &w->limits, th_units_stop(hold));
    w->intake.selection = im->options->selection;
    w->intake.reference = im->options->reference;
    while (th_units_next(hold, &at) && read_unit(w, &im->units[at]))
        continue;
    th_intake_fini(&w->intake);
    free(w);
}

static bool is_compressed_name(const char *path)
{
    return th_str_ends(th_str_of(path), TH_STR(".gz"));
}

static void cut_units(struct import *im)
{
    uint64_t weight = 0;
    bool open = false;
    for (size_t i = 0; i < im->items.n; i++) {
        const struct th_item *item = &im->items.v[i];
        if (!open) {
            TH_GROW(im->units, im->units_n, im->units_cap);
            im->units[im->units_n++] = (struct unit){.first = i};
            weight = 0;
        }
        struct unit *unit = &im->units[im->units_n - 1];
        unit->n++;
        weight +=
            is_compressed_name(item->path) ? item->size_bytes * GZIP_EXPECTED : item->size_bytes;
        open = weight < UNIT_BYTES && unit->n < UNIT_ITEMS;
    }
}

static void tell_progress(struct import *im, bool now)
{
    int64_t ms = th_time_mono();
    if (im->sink->progress == NULL || (!now && ms - im->progress_at < PROGRESS_MS))
        return;
    im->progress_at = ms;
    struct th_import_progress p = {
        .files_total = im->items.n,
        .files_done = atomic_load_explicit(&im->files_done, memory_order_relaxed),
        .bytes_total = im->items.bytes_total,
        .bytes_done = atomic_load_explicit(&im->bytes_done, memory_order_relaxed),
        .records = im->records,
    };
    im->sink->progress(im->sink->ctx, &p);
}

static void tick(void *ctx)
{
    tell_progress(ctx, false);
}

/* How many sources an archive holds turns out while it is read, so they are numbered here. */
static void number_sources(struct import *im, struct th_batch *batch)
{
    for (size_t i = 0; i < batch->parts_n; i++) {
        im->sources += batch->parts[i].begins;
        batch->parts[i].ordinal = im->sources - 1;
    }
}

static enum th_code take_batch(void *ctx, void *piece, struct th_err *err)
{
    struct import *im = ctx;
    struct th_batch *batch = piece;
    batch->sequence = im->sequence++;
    number_sources(im, batch);
    im->records += batch->rows + batch->rejects_n;
    return im->sink->batch(im->sink->ctx, batch, err);
}

static size_t worker_count(const struct import *im)
{
    int jobs = im->options->jobs > 0 ? im->options->jobs : th_cores();
    return jobs > WORKERS_MAX ? WORKERS_MAX : (size_t)jobs;
}

static enum th_code run_workers(struct import *im, th_cancel *cancel, struct th_err *err)
{
    const struct th_units units = {.ctx = im,
                                   .n = im->units_n,
                                   .workers = worker_count(im),
                                   .work = read_units,
                                   .make = make_batch,
                                   .drop = drop_batch,
                                   .take = take_batch,
                                   .tick = tick,
                                   .tick_ms = PROGRESS_MS};
    return th_units_run(&units, cancel, err);
}

static void list_again(struct import *im)
{
    const struct th_reread *again = im->options->again;
    for (size_t i = 0; i < again->n; i++) {
        TH_GROW(im->items.v, im->items.n, im->items.cap);
        im->items.v[im->items.n++] = (struct th_item){
            .path = th_xstrdup(""), .size_bytes = again->size_bytes[i], .given = true};
        im->items.bytes_total += again->size_bytes[i];
    }
}

enum th_code th_import_run(const struct th_import_options *options,
                           const struct th_import_sink *sink, th_cancel *cancel, struct th_err *err)
{
    struct import im = {.options = options, .sink = sink};
    enum th_code rc = TH_OK;
    if (options->again != NULL)
        list_again(&im);
    else
        rc = th_walk(options, &im.items, cancel, err);
    if (rc == TH_OK && sink->listed != NULL)
        rc = sink->listed(sink->ctx, im.items.n, err);
    if (rc == TH_OK) {
        cut_units(&im);
        rc = run_workers(&im, cancel, err);
    }
    if (rc == TH_OK)
        tell_progress(&im, true);
    th_items_fini(&im.items);
    free(im.units);
    return rc;
}
