/* The import as a whole: a list of files, workers that take runs of it, and the caller's thread
 * that hands batches to the sink.
 *
 * The list is cut into units by the sizes seen at listing, so what a batch holds depends on the
 * input alone. Workers take units in order; each unit has an outbox, and the calling thread empties
 * them one after the other, numbering the batches. A worker owns a few batches and waits when all
 * of them are on their way: that bounds memory, and it can't lock up, because the unit whose turn
 * it is belongs to a worker all of whose batches are in that very outbox. */
#include "ingest/import.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/system.h"
#include "base/time.h"
#include "ingest/reader/source_reader.h"

#define BATCHES_PER_WORKER 3
#define WORKERS_MAX        256
#define UNIT_ITEMS         512u
#define UNIT_BYTES         (UINT64_C(12) << 20) /* expected plain bytes */
#define GZIP_EXPECTED      5u /* plain bytes a compressed byte stands for, more or less */
#define PROGRESS_MS        100
#define WORKER_NICE        5

struct worker;

/* A run of items and the batches made of it that wait for the sink. */
struct unit {
    size_t first, n;
    struct worker *worker;
    struct th_batch *out[BATCHES_PER_WORKER];
    size_t out_n;
    bool done;
};

struct import {
    const struct th_import_options *options;
    const struct th_import_sink *sink;
    th_cancel *cancel;
    struct th_items items;
    struct unit *units;
    size_t units_n, units_cap;
    atomic_size_t next_unit;
    th_cancel stop; /* set on cancelling and on a sink's error: workers look at this one */
    pthread_mutex_t lock;
    pthread_cond_t arrived; /* a batch came into an outbox, or a unit is done */
    pthread_cond_t freed;   /* a batch came back, or stop */
    atomic_uint_least64_t bytes_done, files_done;
    uint64_t records;
    int64_t progress_at;
    uint64_t sequence;
    uint64_t sources; /* so far: their ordinals */
};

struct worker {
    struct import *im;
    pthread_t thread;
    struct unit *unit;
    struct th_batch *idle[BATCHES_PER_WORKER];
    size_t idle_n;
    size_t made;
    struct th_intake_limits limits;
    struct th_intake intake;
};

static struct th_batch *worker_get(void *ctx)
{
    struct worker *w = ctx;
    struct import *im = w->im;
    struct th_batch *batch = NULL;
    (void)pthread_mutex_lock(&im->lock);
    while (w->idle_n == 0 && w->made == BATCHES_PER_WORKER && !th_cancelled(&im->stop))
        (void)pthread_cond_wait(&im->freed, &im->lock);
    bool stop = th_cancelled(&im->stop);
    bool make = !stop && w->idle_n == 0;
    if (make)
        w->made++;
    else if (!stop)
        batch = w->idle[--w->idle_n];
    (void)pthread_mutex_unlock(&im->lock);
    if (make)
        return th_batch_new();
    if (batch != NULL)
        th_batch_reset(batch);
    return batch;
}

static void worker_put(void *ctx, struct th_batch *batch)
{
    struct worker *w = ctx;
    struct import *im = w->im;
    (void)pthread_mutex_lock(&im->lock);
    assert(w->unit->out_n < BATCHES_PER_WORKER);
    w->unit->out[w->unit->out_n++] = batch;
    (void)pthread_cond_signal(&im->arrived);
    (void)pthread_mutex_unlock(&im->lock);
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
    if (th_cancelled(&w->im->stop) || !again->open(again->ctx, at, &source))
        return false;
    const struct th_limits caps = th_limits_stated(source.capped);
    w->limits = th_intake_limits_of(&caps);
    bool go_on = th_intake_reread(&w->intake, &source, at);
    again->close(again->ctx, &source);
    worker_done(w, w->im->items.v[at].size_bytes, 1);
    return go_on;
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct import *im = w->im;
    const struct th_intake_hooks hooks = {w, worker_get, worker_put, worker_known, worker_done};
    make_way();
    w->limits = th_intake_limits_of(im->options->limits);
    th_intake_init(&w->intake, &hooks, &w->limits, &im->stop);
    w->intake.selection = im->options->selection;
    w->intake.reference = im->options->reference;
    for (;;) {
        size_t at = atomic_fetch_add_explicit(&im->next_unit, 1, memory_order_relaxed);
        if (at >= im->units_n || th_cancelled(&im->stop))
            break;
        struct unit *unit = &im->units[at];
        bool go_on = true;
        w->unit = unit;
        unit->worker = w; /* before the first put, which locks */
        for (size_t i = unit->first; go_on && i < unit->first + unit->n; i++)
            go_on = im->options->again != NULL ? read_again(w, i)
                                               : th_intake_item(&w->intake, &im->items.v[i], i);
        if (!go_on)
            break;
        th_intake_flush(&w->intake);
        (void)pthread_mutex_lock(&im->lock);
        unit->done = true;
        (void)pthread_cond_signal(&im->arrived);
        (void)pthread_mutex_unlock(&im->lock);
    }
    th_intake_fini(&w->intake);
    return NULL;
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

/* The next batch of a unit; NULL when it is done or the import is cancelled. */
static struct th_batch *take_batch(struct import *im, struct unit *unit)
{
    struct th_batch *batch = NULL;
    bool waiting = true;
    while (waiting && !th_cancelled(im->cancel)) {
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += PROGRESS_MS * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000L;
        }
        (void)pthread_mutex_lock(&im->lock);
        if (unit->out_n == 0 && !unit->done)
            (void)pthread_cond_timedwait(&im->arrived, &im->lock, &until);
        if (unit->out_n > 0) {
            batch = unit->out[0];
            unit->out_n--;
            memmove(unit->out, unit->out + 1, unit->out_n * sizeof(struct th_batch *));
        }
        waiting = batch == NULL && !unit->done;
        (void)pthread_mutex_unlock(&im->lock);
        tell_progress(im, false);
    }
    return batch;
}

static void give_back(struct import *im, struct worker *w, struct th_batch *batch)
{
    (void)pthread_mutex_lock(&im->lock);
    w->idle[w->idle_n++] = batch;
    (void)pthread_cond_broadcast(&im->freed);
    (void)pthread_mutex_unlock(&im->lock);
}

/* How many sources an archive holds turns out while it is read, so they are numbered here. */
static void number_sources(struct import *im, struct th_batch *batch)
{
    for (size_t i = 0; i < batch->parts_n; i++) {
        im->sources += batch->parts[i].begins;
        batch->parts[i].ordinal = im->sources - 1;
    }
}

/* Hand every batch of every unit to the sink, in order. */
static enum th_code deliver(struct import *im, struct th_err *err)
{
    for (size_t i = 0; i < im->units_n; i++) {
        struct unit *unit = &im->units[i];
        struct th_batch *batch;
        while ((batch = take_batch(im, unit)) != NULL) {
            batch->sequence = im->sequence++;
            number_sources(im, batch);
            im->records += batch->rows + batch->rejects_n;
            enum th_code rc = im->sink->batch(im->sink->ctx, batch, err);
            give_back(im, unit->worker, batch);
            if (rc != TH_OK)
                return rc;
        }
        if (th_cancelled(im->cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
    }
    return TH_OK;
}

static int worker_count(const struct import *im)
{
    int jobs = im->options->jobs;
    if (jobs <= 0)
        jobs = th_cores();
    if (jobs > WORKERS_MAX)
        jobs = WORKERS_MAX;
    return (size_t)jobs > im->units_n ? (int)im->units_n : jobs;
}

/* Start workers with all signals blocked: they are for the calling thread. Returns how many run. */
static int start_workers(struct import *im, struct worker *workers, int want)
{
    sigset_t all;
    sigset_t before;
    int running = 0;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; running < want; running++) {
        workers[running].im = im;
        if (pthread_create(&workers[running].thread, NULL, worker_main, &workers[running]) != 0)
            break;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return running;
}

static void free_batches(struct import *im, struct worker *workers, int n)
{
    for (int i = 0; i < n; i++)
        while (workers[i].idle_n > 0)
            th_batch_free(workers[i].idle[--workers[i].idle_n]);
    for (size_t i = 0; i < im->units_n; i++)
        while (im->units[i].out_n > 0)
            th_batch_free(im->units[i].out[--im->units[i].out_n]);
}

static enum th_code run_workers(struct import *im, struct th_err *err)
{
    int want = worker_count(im);
    if (want == 0)
        return TH_OK;
    struct worker *workers = th_xcalloc((size_t)want, sizeof *workers);
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&im->lock, NULL);
    (void)pthread_cond_init(&im->arrived, &attr);
    (void)pthread_cond_init(&im->freed, NULL);
    (void)pthread_condattr_destroy(&attr);

    int running = start_workers(im, workers, want);
    enum th_code rc =
        running > 0 ? deliver(im, err) : th_err_set(err, TH_E_IO, "no thread could be started");
    (void)pthread_mutex_lock(&im->lock);
    th_cancel_set(&im->stop);
    (void)pthread_cond_broadcast(&im->freed);
    (void)pthread_mutex_unlock(&im->lock);
    for (int i = 0; i < running; i++)
        (void)pthread_join(workers[i].thread, NULL);

    free_batches(im, workers, running);
    (void)pthread_cond_destroy(&im->arrived);
    (void)pthread_cond_destroy(&im->freed);
    (void)pthread_mutex_destroy(&im->lock);
    free(workers);
    return rc;
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
    struct import im = {.options = options, .sink = sink, .cancel = cancel};
    enum th_code rc = TH_OK;
    if (options->again != NULL)
        list_again(&im);
    else
        rc = th_walk(options, &im.items, cancel, err);
    if (rc == TH_OK && sink->listed != NULL)
        rc = sink->listed(sink->ctx, im.items.n, err);
    if (rc == TH_OK) {
        cut_units(&im);
        rc = run_workers(&im, err);
    }
    if (rc == TH_OK)
        tell_progress(&im, true);
    th_items_fini(&im.items);
    free(im.units);
    return rc;
}
