/* One slot per kind of question holds the newest that waits; the worker takes the slots in order of
 * kind. Answers queue up behind a mutex and a pipe wakes the user interface. An answer whose
 * generation is not the newest of its kind is freed unseen. */
#include "ui/work/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/system.h"

struct ui_jobs {
    th_app *app;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool quit;
    struct ui_request *waiting[UI_JOB_KINDS];
    uint64_t newest[UI_JOB_KINDS];  /* generation asked last */
    uint64_t settled[UI_JOB_KINDS]; /* generation answered, taken or given up last */
    bool running;
    enum ui_job_kind running_kind;
    int64_t running_since;
    th_cancel cancel;
    struct ui_answer *first, *last;
    uint64_t generation;
    int wake[2]; /* a byte for each answer that came */
};

struct ui_request *ui_request_new(enum ui_job_kind kind)
{
    struct ui_request *request = th_xcalloc(1, sizeof *request);
    request->kind = kind;
    request->from_ms = TH_TIME_NONE;
    request->to_ms = TH_TIME_NONE;
    request->sort = TH_F_TIMESTAMP;
    return request;
}

void ui_request_free(struct ui_request *request)
{
    if (request == NULL)
        return;
    th_buf_fini(&request->filter);
    th_buf_fini(&request->path);
    th_buf_fini(&request->prefix);
    th_bits_fini(&request->within);
    th_bits_fini(&request->flagged);
    th_bits_fini(&request->marked);
    for (size_t i = 0; i < request->facets_n; i++)
        free(request->facets[i]);
    free(request);
}

void ui_screen_fini(struct ui_screen *screen)
{
    if (screen->have)
        th_screen_fini(&screen->s);
    free(screen->filter);
    for (size_t i = 0; i < UI_FACETS_MAX; i++)
        free(screen->facet_names[i]);
    memset(screen, 0, sizeof *screen);
}

void ui_values_fini(struct ui_values *values)
{
    for (size_t i = 0; i < values->n; i++)
        free(values->values[i].value);
    free(values->values);
    memset(values, 0, sizeof *values);
}

void ui_answer_free(struct ui_answer *answer)
{
    if (answer == NULL)
        return;
    ui_screen_fini(&answer->screen);
    ui_values_fini(&answer->values);
    th_bits_fini(&answer->rows);
    th_app_coverage_fini(&answer->coverage);
    free(answer);
}

static struct ui_request *next_request(ui_jobs *jobs)
{
    for (int kind = 0; kind < UI_JOB_KINDS; kind++)
        if (jobs->waiting[kind] != NULL) {
            struct ui_request *request = jobs->waiting[kind];
            jobs->waiting[kind] = NULL;
            return request;
        }
    return NULL;
}

static void deliver(ui_jobs *jobs, struct ui_answer *answer)
{
    answer->next = NULL;
    if (jobs->last != NULL)
        jobs->last->next = answer;
    else
        jobs->first = answer;
    jobs->last = answer;
    ui_jobs_wake(jobs);
}

void ui_jobs_wake(ui_jobs *jobs)
{
    /* A full pipe wakes as well. */
    ssize_t n = write(jobs->wake[1], "", 1);
    (void)n;
}

pthread_t ui_thread_start(void *(*run)(void *ctx), void *ctx)
{
    sigset_t all, old;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_create(&thread, NULL, run, ctx);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return thread;
}

/* A question that had to make way for a more urgent one, and that nobody gave up, waits again. */
static bool put_back(ui_jobs *jobs, struct ui_request *request, struct ui_answer *answer)
{
    enum ui_job_kind kind = request->kind;
    if (jobs->quit || answer->rc != TH_E_CANCELLED || request->generation != jobs->newest[kind] ||
        jobs->settled[kind] == jobs->newest[kind] || jobs->waiting[kind] != NULL)
        return false;
    jobs->waiting[kind] = request;
    ui_answer_free(answer);
    return true;
}

/* On the worker's thread, while it answers. */
static void deliver_partial(void *ctx, struct ui_answer *answer)
{
    ui_jobs *jobs = ctx;
    pthread_mutex_lock(&jobs->lock);
    deliver(jobs, answer);
    pthread_mutex_unlock(&jobs->lock);
}

static void *work(void *ctx)
{
    ui_jobs *jobs = ctx;
    pthread_mutex_lock(&jobs->lock);
    while (!jobs->quit) {
        struct ui_request *request = next_request(jobs);
        if (request == NULL) {
            pthread_cond_wait(&jobs->work, &jobs->lock);
            continue;
        }
        jobs->running = true;
        jobs->running_kind = request->kind;
        jobs->running_since = th_time_mono();
        th_cancel_reset(&jobs->cancel);
        pthread_mutex_unlock(&jobs->lock);
        request->partial = deliver_partial;
        request->partial_ctx = jobs;
        struct ui_answer *answer = ui_job_run(jobs->app, request, &jobs->cancel);
        pthread_mutex_lock(&jobs->lock);
        jobs->running = false;
        if (put_back(jobs, request, answer))
            continue;
        ui_request_free(request);
        deliver(jobs, answer);
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

ui_jobs *ui_jobs_new(th_app *app)
{
    ui_jobs *jobs = th_xcalloc(1, sizeof *jobs);
    jobs->app = app;
    if (!th_pipe(jobs->wake))
        jobs->wake[0] = jobs->wake[1] = -1; /* answers are seen when a key is pressed */
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->work, NULL);
    jobs->thread = ui_thread_start(work, jobs);
    return jobs;
}

void ui_jobs_free(ui_jobs *jobs)
{
    if (jobs == NULL)
        return;
    pthread_mutex_lock(&jobs->lock);
    jobs->quit = true;
    th_cancel_set(&jobs->cancel);
    pthread_cond_signal(&jobs->work);
    pthread_mutex_unlock(&jobs->lock);
    pthread_join(jobs->thread, NULL);
    for (int kind = 0; kind < UI_JOB_KINDS; kind++)
        ui_request_free(jobs->waiting[kind]);
    while (jobs->first != NULL) {
        struct ui_answer *next = jobs->first->next;
        ui_answer_free(jobs->first);
        jobs->first = next;
    }
    close(jobs->wake[0]);
    close(jobs->wake[1]);
    pthread_mutex_destroy(&jobs->lock);
    pthread_cond_destroy(&jobs->work);
    free(jobs);
}

uint64_t ui_jobs_post(ui_jobs *jobs, struct ui_request *request)
{
    enum ui_job_kind kind = request->kind;
    pthread_mutex_lock(&jobs->lock);
    request->generation = ++jobs->generation;
    uint64_t generation = request->generation;
    ui_request_free(jobs->waiting[kind]);
    jobs->waiting[kind] = request;
    jobs->newest[kind] = generation;
    if (jobs->running && jobs->running_kind >= kind)
        th_cancel_set(&jobs->cancel);
    pthread_cond_signal(&jobs->work);
    pthread_mutex_unlock(&jobs->lock);
    return generation;
}

void ui_jobs_cancel(ui_jobs *jobs, enum ui_job_kind kind)
{
    pthread_mutex_lock(&jobs->lock);
    ui_request_free(jobs->waiting[kind]);
    jobs->waiting[kind] = NULL;
    jobs->newest[kind] = ++jobs->generation;
    jobs->settled[kind] = jobs->newest[kind];
    if (jobs->running && jobs->running_kind == kind)
        th_cancel_set(&jobs->cancel);
    pthread_mutex_unlock(&jobs->lock);
}

int ui_jobs_fd(const ui_jobs *jobs)
{
    return jobs->wake[0];
}

struct ui_answer *ui_jobs_take(ui_jobs *jobs)
{
    char drained[64];
    while (read(jobs->wake[0], drained, sizeof drained) == (ssize_t)sizeof drained)
        continue;
    for (;;) {
        pthread_mutex_lock(&jobs->lock);
        struct ui_answer *answer = jobs->first;
        bool stale = false;
        if (answer != NULL) {
            jobs->first = answer->next;
            if (jobs->first == NULL)
                jobs->last = NULL;
            stale = answer->generation != jobs->newest[answer->kind];
            if (!stale && !answer->partial)
                jobs->settled[answer->kind] = answer->generation;
        }
        pthread_mutex_unlock(&jobs->lock);
        if (!stale)
            return answer;
        ui_answer_free(answer);
    }
}

bool ui_jobs_busy(ui_jobs *jobs, enum ui_job_kind kind)
{
    bool busy = false;
    pthread_mutex_lock(&jobs->lock);
    for (int i = 0; i < UI_JOB_KINDS; i++)
        if (kind == UI_JOB_KINDS || i == (int)kind)
            busy = busy || jobs->newest[i] != jobs->settled[i];
    pthread_mutex_unlock(&jobs->lock);
    return busy;
}

int64_t ui_jobs_since(ui_jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    int64_t since = jobs->running ? jobs->running_since : 0;
    pthread_mutex_unlock(&jobs->lock);
    return since;
}
