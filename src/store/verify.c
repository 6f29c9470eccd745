/* The run as a whole: a snapshot of the case on several connections, what all threads need to know
 * of it, units of work, and what is left when all sources are through.
 *
 * Sources are independent of each other: each thread takes runs of them, hashes and reads them
 * again and walks beside their rows. What concerns several sources (copies, dictionaries, numbers)
 * is noted on the way and looked at in the end. */
#include "store/verify.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/system.h"
#include "base/time.h"
#include "store/verify_int.h"

#define WORKERS_MAX  64
#define UNIT_BYTES   (UINT64_C(2) << 20) /* delivered */
#define UNIT_SOURCES 256u
#define PROGRESS_MS  100

/* ---- threads ---- */

void th_verify_add_unit(struct th_verify *v, enum th_verify_job job, size_t first, size_t n)
{
    TH_GROW(v->units, v->units_n, v->units_cap);
    v->units[v->units_n++] =
        (struct th_verify_unit){.job = job, .first = first, .n = n, .out = TH_BUF_INIT};
}

static enum th_code run_sources(struct th_verify_worker *w, const struct th_verify_unit *unit,
                                struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < unit->n && rc == TH_OK; i++) {
        rc = th_cancelled(&w->v->stop) ? TH_E_CANCELLED
                                       : th_verify_source(w, &w->v->items[unit->first + i], err);
        if (rc == TH_OK)
            atomic_fetch_add_explicit(&w->v->sources_done, 1, memory_order_relaxed);
    }
    return rc;
}

static enum th_code run_unit(struct th_verify_worker *w, const struct th_verify_unit *unit,
                             struct th_err *err)
{
    switch (unit->job) {
    case TH_VERIFY_JOB_CHECK:
        return th_verify_quick_check(w, err);
    case TH_VERIFY_JOB_SOURCES:
        return run_sources(w, unit, err);
    case TH_VERIFY_JOB_DERIVED:
        return th_verify_derived(w, err);
    case TH_VERIFY_JOB_PATHS:
        return th_verify_path_rows(w, unit->first, unit->n, err);
    }
    return TH_OK;
}

static void *worker_main(void *arg)
{
    struct th_verify_worker *w = arg;
    struct th_verify *v = w->v;
    w->run_rc = TH_OK;
    th_err_clear(&w->run_err);
    while (w->run_rc == TH_OK && !th_cancelled(&v->stop)) {
        size_t at = atomic_fetch_add_explicit(&v->next_unit, 1, memory_order_relaxed);
        if (at >= v->units_n)
            break;
        struct th_err err;
        th_err_clear(&err);
        w->unit = &v->units[at];
        w->run_rc = run_unit(w, w->unit, &err);
        if (w->run_rc != TH_OK && th_verify_say_error(w, w->run_rc, &err))
            w->run_rc = TH_OK;
        w->run_err = err;
        (void)pthread_mutex_lock(&v->lock);
        w->unit->done = w->run_rc == TH_OK;
        if (w->run_rc != TH_OK)
            th_cancel_set(&v->stop);
        (void)pthread_cond_broadcast(&v->arrived);
        (void)pthread_cond_broadcast(&v->taken);
        (void)pthread_mutex_unlock(&v->lock);
    }
    w->unit = NULL;
    return NULL;
}

static void tell_progress(struct th_verify *v, bool now)
{
    int64_t ms = th_time_mono();
    if (v->sink->progress == NULL || (!now && ms - v->progress_at < PROGRESS_MS))
        return;
    v->progress_at = ms;
    const struct th_verify_progress p = {
        .sources_done = atomic_load_explicit(&v->sources_done, memory_order_relaxed),
        .sources_total = v->items_n,
        /* Every byte is looked at twice: hashed, and read. */
        .bytes_done = atomic_load_explicit(&v->bytes_done, memory_order_relaxed) / 2,
        .bytes_total = v->bytes_total,
        .events = atomic_load_explicit(&v->events_done, memory_order_relaxed),
    };
    v->sink->progress(v->sink->ctx, &p);
}

/* What a unit has found by now, in out. False: it is done and there is no more. */
static bool take_found(struct th_verify *v, struct th_verify_unit *unit, struct th_buf *out)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += PROGRESS_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    th_buf_reset(out);
    (void)pthread_mutex_lock(&v->lock);
    if (unit->out.n == 0 && !unit->done)
        (void)pthread_cond_timedwait(&v->arrived, &v->lock, &until);
    bool more = unit->out.n > 0 || !unit->done;
    struct th_buf swap = *out;
    *out = unit->out;
    unit->out = swap;
    (void)pthread_cond_broadcast(&v->taken);
    (void)pthread_mutex_unlock(&v->lock);
    return more;
}

/* Differences of all units, in order. */
static void deliver(struct th_verify *v)
{
    struct th_buf found = TH_BUF_INIT;
    for (size_t i = 0; i < v->units_n && !th_cancelled(&v->stop); i++) {
        while (!th_cancelled(&v->stop) && take_found(v, &v->units[i], &found)) {
            if (th_cancelled(v->cancel) || !th_verify_deliver(v, th_buf_str(&found)))
                th_cancel_set(&v->stop);
            tell_progress(v, false);
        }
    }
    th_buf_fini(&found);
}

static void drop_units(struct th_verify *v)
{
    for (size_t i = 0; i < v->units_n; i++)
        th_buf_fini(&v->units[i].out);
    v->units_n = 0;
    atomic_store(&v->next_unit, 0);
}

/* Start threads with all signals blocked: they are for the calling thread. */
static size_t start_workers(struct th_verify *v)
{
    sigset_t all;
    sigset_t before;
    size_t running = 0;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (running < v->workers_n && running < v->units_n &&
           pthread_create(&v->workers[running].thread, NULL, worker_main, &v->workers[running]) ==
               0)
        running++;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return running;
}

enum th_code th_verify_run_units(struct th_verify *v, struct th_err *err)
{
    size_t running = start_workers(v);
    if (running == 0 && v->units_n > 0)
        return th_err_set(err, TH_E_IO, "no thread could be started");
    deliver(v);
    (void)pthread_mutex_lock(&v->lock);
    (void)pthread_cond_broadcast(&v->taken);
    (void)pthread_mutex_unlock(&v->lock);
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < running; i++) {
        struct th_verify_worker *w = &v->workers[i];
        (void)pthread_join(w->thread, NULL);
        if (w->run_rc != TH_OK && (rc == TH_OK || rc == TH_E_CANCELLED)) {
            rc = w->run_rc;
            th_err_clear(err);
            (void)th_err_set(err, rc, "%s", w->run_err.msg);
        }
    }
    drop_units(v);
    if (rc == TH_OK && th_cancelled(&v->stop))
        rc = th_err_set(err, TH_E_CANCELLED, "cancelled");
    return rc;
}

/* ---- the snapshot ---- */

static int worker_count(const struct th_verify *v)
{
    int jobs = v->options->jobs;
    if (jobs <= 0)
        jobs = th_cores();
    return jobs > WORKERS_MAX ? WORKERS_MAX : jobs;
}

static enum th_code open_worker(struct th_verify *v, struct th_verify_worker *w, struct th_err *err)
{
    int64_t sources;
    w->v = v;
    enum th_code rc = th_case_open(v->path, TH_CASE_READ, &w->c, err);
    if (rc == TH_OK)
        rc = th_db_exec(w->c->db, "BEGIN", err);
    /* Only reading something takes the snapshot. */
    if (rc == TH_OK)
        rc = th_db_number(w->c->db, "SELECT count(*) FROM source", 0, &sources, err);
    return rc;
}

/* All connections see the same case, or TH_E_BUSY. */
static enum th_code open_all(struct th_verify *v, struct th_verify_worker *self, struct th_err *err)
{
    int64_t before = 0;
    int64_t after = 0;
    th_case *probe;
    enum th_code rc = th_case_open(v->path, TH_CASE_READ, &probe, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_number(probe->db, "PRAGMA data_version", 0, &before, err);
    v->workers_n = (size_t)worker_count(v);
    v->workers = th_xcalloc(v->workers_n, sizeof *v->workers);
    for (size_t i = 0; i < v->workers_n && rc == TH_OK; i++)
        rc = open_worker(v, &v->workers[i], err);
    if (rc == TH_OK)
        rc = open_worker(v, self, err);
    if (rc == TH_OK)
        rc = th_db_number(probe->db, "PRAGMA data_version", 0, &after, err);
    if (rc == TH_OK && before != after)
        rc = th_err_set(err, TH_E_BUSY,
                        "another program is writing to %s; try again when it is done", v->path);
    (void)th_case_close(probe, NULL);
    return rc;
}

static enum th_code prepare_worker(struct th_verify_worker *w, const char *events,
                                   struct th_err *err)
{
    const struct th_verify *v = w->v;
    enum th_code rc = th_db_prepare(w->c->db, events, &w->events, err);
    if (rc == TH_OK)
        rc = th_db_prepare(w->c->db,
                           "SELECT id, offset, length, flags, event FROM duplicate WHERE id "
                           "BETWEEN ?1 AND ?2 ORDER BY id",
                           &w->duplicates, err);
    if (rc == TH_OK)
        rc = th_db_prepare(w->c->db,
                           "SELECT id, offset, length, reason, bytes FROM reject WHERE id BETWEEN "
                           "?1 AND ?2 ORDER BY id",
                           &w->rejects, err);
    w->reread = th_reread_new(&w->v->stop);
    for (size_t f = 0; f < TH_FIELD_COUNT; f++)
        th_bits_init(&w->used[f], v->dicts[f].n);
    for (size_t g = 0; g < TH_GROUP_COUNT; g++)
        th_bits_init(&w->used_rows[g], (size_t)v->groups[g].n + 1);
    return rc;
}

static void close_worker(struct th_verify_worker *w)
{
    sqlite3_finalize(w->events);
    sqlite3_finalize(w->duplicates);
    sqlite3_finalize(w->rejects);
    th_reread_free(w->reread);
    th_verify_block_fini(&w->block);
    th_verify_values_fini(w);
    free(w->points);
    (void)th_case_close(w->c, NULL);
}

/* ---- what all threads know ---- */

static enum th_code load_items(struct th_verify *v, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc =
        th_db_prepare(v->c->db, "SELECT id, size_bytes FROM source ORDER BY id", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        TH_GROW(v->items, v->items_n, v->items_cap);
        v->items[v->items_n++] = (struct th_verify_item){
            .id = sqlite3_column_int64(stmt, 0),
            .size_bytes = th_db_u64(stmt, 1),
        };
        v->bytes_total += th_db_u64(stmt, 1);
    }
    sqlite3_finalize(stmt);
    return rc;
}

static void cut_units(struct th_verify *v)
{
    uint64_t bytes = 0;
    size_t first = 0;
    th_verify_add_unit(v, TH_VERIFY_JOB_CHECK, 0, 0);
    for (size_t i = 0; i < v->items_n; i++) {
        bytes += v->items[i].size_bytes;
        if (bytes < UNIT_BYTES && i - first + 1 < UNIT_SOURCES && i + 1 < v->items_n)
            continue;
        th_verify_add_unit(v, TH_VERIFY_JOB_SOURCES, first, i + 1 - first);
        first = i + 1;
        bytes = 0;
    }
    th_verify_add_unit(v, TH_VERIFY_JOB_DERIVED, 0, 0);
}

static enum th_code load(struct th_verify *v, struct th_verify_worker *self, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    enum th_code rc = load_items(v, err);
    if (rc == TH_OK)
        rc = th_verify_terms_load(self, err);
    if (rc == TH_OK)
        rc = th_verify_groups_load(self, err);
    if (rc == TH_OK)
        rc = th_verify_spans_load(self, err);
    if (rc != TH_OK)
        return rc;
    size_t rows = (size_t)v->spans[TH_VERIFY_EVENTS].rows;
    v->keys = th_xcalloc(rows + 1, sizeof *v->keys);
    th_bits_init(&v->anonymous, rows);
    th_bits_init(&v->damaged, (rows / TH_SEGMENT_ROWS + 1) * TH_VERIFY_COLUMNS);
    v->key_seed = th_hash_seed(v);
    th_verify_fields(v, &sql);
    for (size_t i = 0; i < v->workers_n && rc == TH_OK; i++)
        rc = prepare_worker(&v->workers[i], th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    cut_units(v);
    return rc;
}

/* ---- the end ---- */

static void add_totals(struct th_verify_totals *to, const struct th_verify_totals *from)
{
    to->sources += from->sources;
    to->events += from->events;
    to->duplicates += from->duplicates;
    to->rejects += from->rejects;
    to->bytes += from->bytes;
    to->skipped += from->skipped;
    to->archives += from->archives;
    to->unread += from->unread;
    to->open += from->open;
    to->outside += from->outside;
    to->outside_gone += from->outside_gone;
    to->broken += from->broken;
    to->other_version += from->other_version;
    for (size_t k = 0; k < TH_ENRICH_KINDS; k++)
        to->unchecked[k] = to->unchecked[k] || from->unchecked[k];
}

static void gather(struct th_verify *v, struct th_verify_worker *self)
{
    for (size_t f = 0; f < TH_FIELD_COUNT; f++)
        th_bits_init(&self->used[f], v->dicts[f].n);
    for (size_t g = 0; g < TH_GROUP_COUNT; g++)
        th_bits_init(&self->used_rows[g], (size_t)v->groups[g].n + 1);
    for (size_t i = 0; i < v->workers_n; i++) {
        struct th_verify_worker *w = &v->workers[i];
        add_totals(&v->totals, &w->totals);
        for (size_t f = 0; f < TH_FIELD_COUNT; f++)
            th_bits_or(&self->used[f], &w->used[f]);
        for (size_t g = 0; g < TH_GROUP_COUNT; g++)
            th_bits_or(&self->used_rows[g], &w->used_rows[g]);
    }
}

/* A part of the end: damage there is said, and the next part may be sound. */
static enum th_code part(struct th_verify_worker *self, th_verify_part *run, struct th_err *err)
{
    struct th_err bad;
    th_err_clear(&bad);
    enum th_code rc = th_cancelled(&self->v->stop) ? th_err_set(&bad, TH_E_CANCELLED, "cancelled")
                                                   : run(self, &bad);
    if (rc == TH_OK || th_verify_say_error(self, rc, &bad))
        return TH_OK;
    return th_err_set(err, rc, "%s", bad.msg);
}

static enum th_code verify(struct th_verify *v, struct th_verify_worker *self, struct th_err *err)
{
    static th_verify_part *const parts[] = {th_verify_groups_end, th_verify_terms_unused,
                                            th_verify_copies_end, th_verify_strays,
                                            th_verify_schema,     th_verify_paths};
    struct th_err bad;
    th_err_clear(&bad);
    enum th_code rc = load(v, self, &bad);
    /* What can't even be listed can't be compared; SQLite may know more of it. */
    if (rc != TH_OK && th_verify_say_error(self, rc, &bad))
        return part(self, th_verify_quick_check, err);
    if (rc != TH_OK)
        return th_err_set(err, rc, "%s", bad.msg);
    rc = th_verify_run_units(v, err);
    if (rc != TH_OK)
        return rc;
    tell_progress(v, true);
    gather(v, self);
    for (size_t i = 0; i < TH_COUNT(parts) && rc == TH_OK; i++)
        rc = part(self, parts[i], err);
    if (rc == TH_OK && th_cancelled(&v->stop))
        rc = th_err_set(err, TH_E_CANCELLED, "cancelled");
    return rc;
}

static void init(struct th_verify *v)
{
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&v->lock, NULL);
    (void)pthread_cond_init(&v->arrived, &attr);
    (void)pthread_cond_init(&v->taken, NULL);
    (void)pthread_condattr_destroy(&attr);
}

static void fini(struct th_verify *v)
{
    for (size_t i = 0; i < v->workers_n; i++)
        close_worker(&v->workers[i]);
    free(v->workers);
    drop_units(v);
    free(v->units);
    free(v->items);
    free(v->keys);
    th_bits_fini(&v->anonymous);
    th_bits_fini(&v->damaged);
    th_verify_spans_fini(v);
    th_verify_terms_fini(v);
    th_verify_groups_fini(v);
    (void)pthread_cond_destroy(&v->arrived);
    (void)pthread_cond_destroy(&v->taken);
    (void)pthread_mutex_destroy(&v->lock);
}

enum th_code th_case_verify(const char *path, const struct th_verify_options *options,
                            const struct th_verify_sink *sink, th_cancel *cancel,
                            struct th_verify_totals *totals, struct th_err *err)
{
    struct th_verify v = {.path = path, .options = options, .sink = sink, .cancel = cancel};
    struct th_verify_worker self = {.v = &v};
    init(&v);
    enum th_code rc = open_all(&v, &self, err);
    v.c = self.c;
    if (rc == TH_OK)
        rc = verify(&v, &self, err);
    *totals = v.totals;
    fini(&v);
    close_worker(&self);
    return rc == TH_OK || rc == TH_E_CANCELLED ? rc : th_err_prefix(err, rc, "verifying %s", path);
}
