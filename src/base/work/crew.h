/* Threads that work for one caller, and waiting for one another. Nothing else starts a thread or
 * waits on a condition, but for the files that tests/policy/layers.sh names; locks are plain
 * mutexes of whoever owns what they guard.
 *
 *     a part of a list each, and the caller helps       th_shares, th_crew_run
 *     the same, begun now and waited for later          th_crew_start, th_crew_help
 *     one job aside, for a result or until told         th_crew_start with one, th_wake
 *     pieces made by many, taken in order by one        base/work/units.h */
#ifndef TH_BASE_WORK_CREW_H
#define TH_BASE_WORK_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where threads wait until something that a lock guards has changed. A wait may end without cause:
 * look again, in a loop. */
struct th_wake {
    pthread_cond_t cond;
};

#define TH_WAIT_FOR_EVER INT64_C(-1)

void th_wake_init(struct th_wake *wake);
/* Nobody waits any more. */
void th_wake_fini(struct th_wake *wake);
/* Give up the lock, which is held, until th_wake_one or th_wake_all, or until ms milliseconds have
 * passed by the clock that never goes back (TH_WAIT_FOR_EVER: no end); then hold it again. Returns
 * false when it was the time. */
bool th_wake_wait(struct th_wake *wake, pthread_mutex_t *lock, int64_t ms);
/* Wake one of those that wait, or all. */
void th_wake_one(struct th_wake *wake);
void th_wake_all(struct th_wake *wake);

/* A list of n items that threads take in order, size (at least 1) at a time. */
struct th_shares {
    size_t n, size;
    atomic_size_t next; /* 0 at first */
};

/* Take the next items, first … last-1; false when none is left. Any thread. */
bool th_shares_next(struct th_shares *shares, size_t *first, size_t *last);
/* What nobody has taken yet isn't taken any more. Any thread. */
void th_shares_end(struct th_shares *shares);

/* Threads at one work. They receive no signals: those are for the thread that started them. */
typedef struct th_crew th_crew;
/* What each does; number tells them apart. */
typedef void th_crew_work(void *ctx, size_t number);

/* Start work(ctx, 1) … work(ctx, n), each on a thread of its own. The last ones are missing when
 * the system has no thread for them: see th_crew_size. Owned: th_crew_help or th_crew_join. */
th_crew *th_crew_start(size_t n, th_crew_work *work, void *ctx);
/* How many were started: work(ctx, 1) … work(ctx, size). */
size_t th_crew_size(const th_crew *crew);
/* Run work(ctx, 0) here, wait for the others and free the crew. */
void th_crew_help(th_crew *crew);
/* Wait for all and free the crew; NULL is none. */
void th_crew_join(th_crew *crew);
/* work(ctx, 0) here and work(ctx, 1) … work(ctx, n - 1) on threads, as many as can be started; all
 * have ended when it returns. n is at least 1. */
void th_crew_run(size_t n, th_crew_work *work, void *ctx);

#endif
