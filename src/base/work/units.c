/* Workers take units in order; each unit has an outbox, and the calling thread empties them one
 * after the other. It can't lock up: the unit whose turn it is belongs to a worker all of whose
 * pieces are in that very outbox, in its hands, or free. */
#include "base/work/units.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/work/crew.h"

struct unit {
    th_units_worker *worker;
    void *out[TH_UNITS_PIECES];
    size_t out_n;
    bool done;
};

struct run {
    const struct th_units *given;
    th_cancel *cancel;
    th_cancel stop; /* set at the end, whatever it was: workers look at this one */
    struct unit *units;
    th_units_worker *workers;
    struct th_shares shares;
    pthread_mutex_t lock;
    struct th_wake arrived; /* a piece came into an outbox, or a unit is done */
    struct th_wake freed;   /* a piece came back, or stop */
};

struct th_units_worker {
    struct run *run;
    struct unit *unit;
    void *idle[TH_UNITS_PIECES];
    size_t idle_n;
    size_t made;
};

/* On workers' threads ------------------------------------------------------ */

static void unit_done(th_units_worker *worker)
{
    struct run *run = worker->run;
    (void)pthread_mutex_lock(&run->lock);
    worker->unit->done = true;
    th_wake_one(&run->arrived);
    (void)pthread_mutex_unlock(&run->lock);
    worker->unit = NULL;
}

bool th_units_next(th_units_worker *worker, size_t *unit)
{
    struct run *run = worker->run;
    size_t last;
    if (worker->unit != NULL)
        unit_done(worker);
    if (!th_shares_next(&run->shares, unit, &last) || th_cancelled(&run->stop))
        return false;
    worker->unit = &run->units[*unit];
    worker->unit->worker = worker; /* before the first put, which locks */
    return true;
}

void *th_units_piece(th_units_worker *worker)
{
    struct run *run = worker->run;
    void *piece = NULL;
    (void)pthread_mutex_lock(&run->lock);
    while (worker->idle_n == 0 && worker->made == TH_UNITS_PIECES && !th_cancelled(&run->stop))
        (void)th_wake_wait(&run->freed, &run->lock, TH_WAIT_FOR_EVER);
    bool stop = th_cancelled(&run->stop);
    bool make = !stop && worker->idle_n == 0;
    if (make)
        worker->made++;
    else if (!stop)
        piece = worker->idle[--worker->idle_n];
    (void)pthread_mutex_unlock(&run->lock);
    return make ? run->given->make(run->given->ctx) : piece;
}

void th_units_put(th_units_worker *worker, void *piece)
{
    struct run *run = worker->run;
    struct unit *unit = worker->unit;
    (void)pthread_mutex_lock(&run->lock);
    assert(unit->out_n < TH_UNITS_PIECES);
    unit->out[unit->out_n++] = piece;
    th_wake_one(&run->arrived);
    (void)pthread_mutex_unlock(&run->lock);
}

th_cancel *th_units_stop(th_units_worker *worker)
{
    return &worker->run->stop;
}

static void work(void *ctx, size_t number)
{
    struct run *run = ctx;
    run->given->work(run->given->ctx, &run->workers[number - 1]);
}

/* On the calling thread ---------------------------------------------------- */

/* The next piece of a unit; NULL when it is done or all is cancelled. */
static void *next_piece(struct run *run, struct unit *unit)
{
    void *piece = NULL;
    bool waiting = true;
    while (waiting && !th_cancelled(run->cancel)) {
        (void)pthread_mutex_lock(&run->lock);
        if (unit->out_n == 0 && !unit->done)
            (void)th_wake_wait(&run->arrived, &run->lock, run->given->tick_ms);
        if (unit->out_n > 0) {
            piece = unit->out[0];
            unit->out_n--;
            memmove(unit->out, unit->out + 1, unit->out_n * sizeof unit->out[0]);
        }
        waiting = piece == NULL && !unit->done;
        (void)pthread_mutex_unlock(&run->lock);
        run->given->tick(run->given->ctx);
    }
    return piece;
}

static void give_back(struct run *run, th_units_worker *worker, void *piece)
{
    (void)pthread_mutex_lock(&run->lock);
    worker->idle[worker->idle_n++] = piece;
    th_wake_all(&run->freed);
    (void)pthread_mutex_unlock(&run->lock);
}

static enum th_code take_all(struct run *run, struct th_err *err)
{
    for (size_t i = 0; i < run->given->n; i++) {
        void *piece;
        while ((piece = next_piece(run, &run->units[i])) != NULL) {
            enum th_code rc = run->given->take(run->given->ctx, piece, err);
            give_back(run, run->units[i].worker, piece);
            if (rc != TH_OK)
                return rc;
        }
        if (th_cancelled(run->cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
    }
    return TH_OK;
}

static void stop_workers(struct run *run)
{
    (void)pthread_mutex_lock(&run->lock);
    th_cancel_set(&run->stop);
    th_wake_all(&run->freed);
    (void)pthread_mutex_unlock(&run->lock);
}

static void drop_pieces(struct run *run, void **pieces, size_t n)
{
    while (n > 0)
        run->given->drop(run->given->ctx, pieces[--n]);
}

enum th_code th_units_run(const struct th_units *units, th_cancel *cancel, struct th_err *err)
{
    if (units->n == 0)
        return TH_OK;
    size_t workers = units->workers < units->n ? units->workers : units->n;
    struct run run = {.given = units, .cancel = cancel, .shares = {.n = units->n, .size = 1}};
    run.units = th_xcalloc(units->n, sizeof *run.units);
    run.workers = th_xcalloc(workers, sizeof *run.workers);
    for (size_t i = 0; i < workers; i++)
        run.workers[i].run = &run;
    (void)pthread_mutex_init(&run.lock, NULL);
    th_wake_init(&run.arrived);
    th_wake_init(&run.freed);

    th_crew *crew = th_crew_start(workers, work, &run);
    enum th_code rc = th_crew_size(crew) > 0
                          ? take_all(&run, err)
                          : th_err_set(err, TH_E_IO, "no thread could be started");
    stop_workers(&run);
    th_crew_join(crew);

    for (size_t i = 0; i < workers; i++)
        drop_pieces(&run, run.workers[i].idle, run.workers[i].idle_n);
    for (size_t i = 0; i < units->n; i++)
        drop_pieces(&run, run.units[i].out, run.units[i].out_n);
    th_wake_fini(&run.arrived);
    th_wake_fini(&run.freed);
    (void)pthread_mutex_destroy(&run.lock);
    free(run.workers);
    free(run.units);
    return rc;
}
