/* The thread waits for something to do, does it, and leaves behind how it ended. What it is at is
 * noted under the lock by the import's and the rules' own progress, and the user interface is woken
 * a few times a second to draw it. */
#include "ui/work/background.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

#define WAKE_MS 200
/* The import gives way to who types: this much nicer than the user interface and its worker. */
#define NICE 3
/* The rate is that of the last few seconds: one sample each SAMPLE_S. */
#define SAMPLE_S 0.5
#define SAMPLES  8

struct ui_live {
    th_app *app;
    ui_jobs *jobs;
    const char *const *rules;
    size_t rules_n;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work, idle;
    th_cancel cancel;
    bool quit;
    th_app_importer *want_import;
    bool want_rules;
    struct ui_live_state state;
    int64_t woken_ms;
    struct sample {
        double seconds;
        uint64_t events;
    } samples[SAMPLES];
    size_t samples_n; /* ever */
    struct ui_live_end ends[2];
    size_t ends_n;
};

/* Under the lock. */
static void wake(ui_live *live)
{
    int64_t now = th_time_mono();
    if (now - live->woken_ms < WAKE_MS)
        return;
    live->woken_ms = now;
    ui_jobs_wake(live->jobs);
}

static void note_rate(ui_live *live, double seconds, uint64_t events)
{
    const struct sample *last = &live->samples[(live->samples_n + SAMPLES - 1) % SAMPLES];
    if (live->samples_n > 0 && seconds - last->seconds < SAMPLE_S)
        return;
    size_t n = live->samples_n;
    const struct sample *first = n < SAMPLES ? &live->samples[0] : &live->samples[n % SAMPLES];
    struct sample begin = n == 0 ? (struct sample){0, 0} : *first;
    live->samples[n % SAMPLES] = (struct sample){seconds, events};
    live->samples_n++;
    if (seconds > begin.seconds)
        live->state.rate = (double)(events - begin.events) / (seconds - begin.seconds);
}

static void import_progress(void *ctx, uint64_t bytes_done, uint64_t bytes_total,
                            uint64_t files_done, uint64_t files_total, uint64_t events,
                            double seconds)
{
    ui_live *live = ctx;
    pthread_mutex_lock(&live->lock);
    struct ui_live_state *s = &live->state;
    s->bytes_done = bytes_total == 0 || bytes_done < bytes_total ? bytes_done : bytes_total;
    s->bytes_total = bytes_total;
    s->files_done = files_done;
    s->files_total = files_total;
    s->events = events;
    s->seconds = seconds;
    note_rate(live, seconds, events);
    wake(live);
    pthread_mutex_unlock(&live->lock);
}

static void rule_progress(void *ctx, const char *rule, size_t i, size_t n)
{
    ui_live *live = ctx;
    pthread_mutex_lock(&live->lock);
    live->state.rule_i = i + 1;
    live->state.rule_n = n;
    snprintf(live->state.rule, sizeof live->state.rule, "%s", rule);
    wake(live);
    pthread_mutex_unlock(&live->lock);
}

static void run_import(ui_live *live, th_app_importer *importer, struct ui_live_end *end)
{
    end->rc = th_app_import_run(importer, th_app_path(live->app), true, import_progress, live,
                                &live->cancel, &end->imported, &end->err);
}

static void run_rules(ui_live *live, struct ui_live_end *end)
{
    end->rc = th_app_detect_aside(live->app, live->rules, live->rules_n, &live->cancel,
                                  rule_progress, live, &end->rules, &end->detected, &end->err);
}

/* What to do next, under the lock; IDLE: nothing. */
static enum ui_live_phase next(const ui_live *live)
{
    if (live->want_import != NULL)
        return UI_LIVE_IMPORT;
    return live->want_rules ? UI_LIVE_RULES : UI_LIVE_IDLE;
}

static void *work(void *ctx)
{
    ui_live *live = ctx;
    /* On Linux this is the thread's own, and its children's. */
    if (nice(NICE) == -1)
        live->woken_ms = 0; /* not allowed to be nice: no matter */
    pthread_mutex_lock(&live->lock);
    while (!live->quit) {
        /* An end that nobody took yet keeps its place. */
        enum ui_live_phase what = live->ends_n < TH_COUNT(live->ends) ? next(live) : UI_LIVE_IDLE;
        if (what == UI_LIVE_IDLE) {
            pthread_cond_broadcast(&live->idle);
            pthread_cond_wait(&live->work, &live->lock);
            continue;
        }
        th_app_importer *importer = live->want_import;
        if (what == UI_LIVE_IMPORT)
            live->want_import = NULL;
        else
            live->want_rules = false;
        live->state = (struct ui_live_state){.phase = what};
        live->samples_n = 0;
        th_cancel_reset(&live->cancel);
        pthread_mutex_unlock(&live->lock);
        struct ui_live_end end = {.what = what};
        th_err_clear(&end.err);
        if (what == UI_LIVE_IMPORT)
            run_import(live, importer, &end);
        else
            run_rules(live, &end);
        pthread_mutex_lock(&live->lock);
        live->state.phase = UI_LIVE_IDLE;
        live->ends[live->ends_n++] = end;
        ui_jobs_wake(live->jobs);
    }
    pthread_cond_broadcast(&live->idle);
    pthread_mutex_unlock(&live->lock);
    return NULL;
}

ui_live *ui_live_new(th_app *app, ui_jobs *jobs, const char *const *rules, size_t rules_n)
{
    ui_live *live = th_xcalloc(1, sizeof *live);
    live->app = app;
    live->jobs = jobs;
    live->rules = rules;
    live->rules_n = rules_n;
    pthread_mutex_init(&live->lock, NULL);
    pthread_cond_init(&live->work, NULL);
    pthread_cond_init(&live->idle, NULL);
    live->thread = ui_thread_start(work, live);
    return live;
}

void ui_live_free(ui_live *live)
{
    if (live == NULL)
        return;
    ui_live_stop(live);
    pthread_mutex_lock(&live->lock);
    live->quit = true;
    pthread_cond_signal(&live->work);
    pthread_mutex_unlock(&live->lock);
    pthread_join(live->thread, NULL);
    for (size_t i = 0; i < live->ends_n; i++)
        th_rules_free(live->ends[i].rules);
    pthread_mutex_destroy(&live->lock);
    pthread_cond_destroy(&live->work);
    pthread_cond_destroy(&live->idle);
    free(live);
}

void ui_live_import(ui_live *live, th_app_importer *importer)
{
    pthread_mutex_lock(&live->lock);
    live->want_import = importer;
    pthread_cond_signal(&live->work);
    pthread_mutex_unlock(&live->lock);
}

void ui_live_rules(ui_live *live)
{
    pthread_mutex_lock(&live->lock);
    live->want_rules = true;
    pthread_cond_signal(&live->work);
    pthread_mutex_unlock(&live->lock);
}

void ui_live_stop(ui_live *live)
{
    pthread_mutex_lock(&live->lock);
    live->want_import = NULL;
    live->want_rules = false;
    if (live->state.phase != UI_LIVE_IDLE) {
        live->state.stopping = true;
        th_cancel_set(&live->cancel);
    }
    pthread_mutex_unlock(&live->lock);
}

void ui_live_state(ui_live *live, struct ui_live_state *out)
{
    pthread_mutex_lock(&live->lock);
    *out = live->state;
    pthread_mutex_unlock(&live->lock);
}

bool ui_live_busy(ui_live *live)
{
    pthread_mutex_lock(&live->lock);
    bool busy = live->state.phase != UI_LIVE_IDLE || live->want_import != NULL ||
                live->want_rules || live->ends_n > 0;
    pthread_mutex_unlock(&live->lock);
    return busy;
}

bool ui_live_take(ui_live *live, struct ui_live_end *out)
{
    pthread_mutex_lock(&live->lock);
    bool any = live->ends_n > 0;
    if (any) {
        *out = live->ends[0];
        live->ends[0] = live->ends[1];
        live->ends_n--;
        pthread_cond_signal(&live->work);
    }
    pthread_mutex_unlock(&live->lock);
    return any;
}

void ui_live_wait(ui_live *live)
{
    pthread_mutex_lock(&live->lock);
    while (live->state.phase != UI_LIVE_IDLE)
        pthread_cond_wait(&live->idle, &live->lock);
    pthread_mutex_unlock(&live->lock);
}
