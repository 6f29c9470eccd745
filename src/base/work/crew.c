/* A crew is its threads and what each was told; it lives until all have ended. */
#include "base/work/crew.h"

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

/* Waiting ------------------------------------------------------------------ */

/* Where a condition can't be told its clock, a time that is set back makes waits longer. */
#ifdef HAVE_PTHREAD_CONDATTR_SETCLOCK
#define WAIT_CLOCK CLOCK_MONOTONIC
#else
#define WAIT_CLOCK CLOCK_REALTIME
#endif

void th_wake_init(struct th_wake *wake)
{
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
#ifdef HAVE_PTHREAD_CONDATTR_SETCLOCK
    (void)pthread_condattr_setclock(&attr, WAIT_CLOCK);
#endif
    (void)pthread_cond_init(&wake->cond, &attr);
    (void)pthread_condattr_destroy(&attr);
}

void th_wake_fini(struct th_wake *wake)
{
    (void)pthread_cond_destroy(&wake->cond);
}

bool th_wake_wait(struct th_wake *wake, pthread_mutex_t *lock, int64_t ms)
{
    struct timespec until;
    if (ms < 0) {
        (void)pthread_cond_wait(&wake->cond, lock);
        return true;
    }
    (void)clock_gettime(WAIT_CLOCK, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    return pthread_cond_timedwait(&wake->cond, lock, &until) != ETIMEDOUT;
}

void th_wake_one(struct th_wake *wake)
{
    (void)pthread_cond_signal(&wake->cond);
}

void th_wake_all(struct th_wake *wake)
{
    (void)pthread_cond_broadcast(&wake->cond);
}

/* Shares ------------------------------------------------------------------- */

bool th_shares_next(struct th_shares *shares, size_t *first, size_t *last)
{
    *first = atomic_fetch_add(&shares->next, shares->size);
    if (*first >= shares->n)
        return false;
    *last = shares->n - *first < shares->size ? shares->n : *first + shares->size;
    return true;
}

void th_shares_end(struct th_shares *shares)
{
    atomic_store(&shares->next, shares->n);
}

/* Crews -------------------------------------------------------------------- */

struct member {
    th_crew *crew;
    size_t number;
    pthread_t thread;
};

struct th_crew {
    th_crew_work *work;
    void *ctx;
    size_t size;
    struct member members[];
};

static void *member_main(void *arg)
{
    const struct member *member = arg;
    member->crew->work(member->crew->ctx, member->number);
    return NULL;
}

th_crew *th_crew_start(size_t n, th_crew_work *work, void *ctx)
{
    th_crew *crew = th_xcalloc(1, sizeof *crew + n * sizeof crew->members[0]);
    sigset_t all;
    sigset_t before;
    crew->work = work;
    crew->ctx = ctx;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (crew->size < n) {
        struct member *member = &crew->members[crew->size];
        member->crew = crew;
        member->number = crew->size + 1;
        if (pthread_create(&member->thread, NULL, member_main, member) != 0)
            break;
        crew->size++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return crew;
}

size_t th_crew_size(const th_crew *crew)
{
    return crew->size;
}

void th_crew_join(th_crew *crew)
{
    if (crew == NULL)
        return;
    for (size_t i = 0; i < crew->size; i++)
        (void)pthread_join(crew->members[i].thread, NULL);
    free(crew);
}

void th_crew_help(th_crew *crew)
{
    crew->work(crew->ctx, 0);
    th_crew_join(crew);
}

void th_crew_run(size_t n, th_crew_work *work, void *ctx)
{
    th_crew_help(th_crew_start(n - 1, work, ctx));
}
