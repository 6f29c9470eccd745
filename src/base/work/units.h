/* Units that are worked on by many threads, whose pieces one thread takes in the order of the
 * units. A worker has few pieces, and waits when all of them are on their way: that bounds memory,
 * however far the workers are ahead. */
#ifndef TH_BASE_WORK_UNITS_H
#define TH_BASE_WORK_UNITS_H

#include "base/cancel.h"
#include "base/compiler.h"
#include "base/err.h"

/* Pieces that a worker has at a time. */
enum { TH_UNITS_PIECES = 3 };

/* A worker's hold of the units. */
typedef struct th_units_worker th_units_worker;

struct th_units {
    void *ctx;
    size_t n;       /* units */
    size_t workers; /* at most; 1 or more */
    /* On a worker's thread: th_units_next until it says no; for each unit th_units_piece, fill it,
     * th_units_put, again and again. Whoever returns within a unit has to have been told to stop
     * by th_units_piece or th_units_stop: a unit that isn't done is waited for. */
    void (*work)(void *ctx, th_units_worker *worker);
    /* A new piece, on a worker's thread, and the end of one. */
    void *(*make)(void *ctx);
    void (*drop)(void *ctx, void *piece);
    /* On the calling thread: take a piece; borrowed for the call. An error stops all. */
    enum th_code (*take)(void *ctx, void *piece, struct th_err *err);
    /* On the calling thread, before each piece and every tick_ms while none comes. */
    void (*tick)(void *ctx);
    int tick_ms;
};

/* Run to the end; all workers have ended when it returns. The first error that take returns, which
 * is that of the first piece in the order of units; TH_E_CANCELLED within tick_ms and what a worker
 * does without looking at th_units_stop; TH_E_IO when no thread could be started. No units: TH_OK.
 */
TH_NODISCARD enum th_code th_units_run(const struct th_units *units, th_cancel *cancel,
                                       struct th_err *err);

/* On a worker's thread. */
/* The unit before is done; the next one that nobody has. False: there is none, or stop. */
bool th_units_next(th_units_worker *worker, size_t *unit);
/* A piece to be filled: a new one, or one that was taken, as it was left. Waits until there is one.
 * NULL: stop. */
void *th_units_piece(th_units_worker *worker);
/* Hand over a piece of the present unit. One that isn't put is the worker's: it drops it. */
void th_units_put(th_units_worker *worker, void *piece);
/* Set when the workers should stop. */
th_cancel *th_units_stop(th_units_worker *worker);

#endif
