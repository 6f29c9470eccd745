/* The thread sleeps until its next look is due. There is at most one piece of news at a time: the
 * next look waits until the last one was taken and shown, so that a slow screen makes looks seldom
 * rather than many. */
#include "ui/work/case_watcher.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

struct ui_watch {
    th_app *app;
    ui_jobs *jobs;
    ui_scribe *scribe;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool quit;
    bool held;       /* news was handed over, and ui_watch_go_on not called yet */
    int64_t next_ms; /* of the clock that never goes back; INT64_MAX: not before it is asked for */
    uint64_t asked;  /* looks that were asked for */
    uint64_t told;   /* the last of them that was answered */
    int every_ms;
    bool all;
    enum th_code rc; /* of the last look */
    struct ui_news *news;
};

void ui_news_free(struct ui_news *news)
{
    if (news == NULL)
        return;
    th_app_news_free(news->news);
    th_finding_list_fini(&news->findings);
    ui_marks_free(&news->marks);
    free(news);
}

struct reading {
    struct ui_news *news;
    bool all;
};

/* What can't be read now is read with the next look that finds it changed. */
static void read_more(void *ctx, th_case *c, unsigned what)
{
    const struct reading *r = ctx;
    struct ui_news *news = r->news;
    bool all = r->all || (what & TH_NEWS_RENUMBERED) != 0;
    if (all || (what & TH_NEWS_FINDINGS) != 0)
        news->has_findings = th_findings_read(c, &news->findings, NULL) == TH_OK;
    if (all || (what & TH_NEWS_MARKS) != 0)
        news->has_marks = ui_marks_read(c, &news->marks, NULL) == TH_OK;
}

static struct ui_news *look(ui_watch *watch, bool anyway, bool all)
{
    struct ui_news *news = th_xcalloc(1, sizeof *news);
    struct reading reading = {news, all};
    int64_t begin = th_time_mono();
    th_err_clear(&news->err);
    news->written = ui_scribe_done(watch->scribe);
    news->rc = th_app_look(watch->app, anyway, read_more, &reading, &news->news, &news->err);
    news->took_ms = th_time_mono() - begin;
    return news;
}

static void wait_until(ui_watch *watch, int64_t ms)
{
    struct timespec until = {ms / 1000, (long)(ms % 1000) * 1000000L};
    if (ms == INT64_MAX)
        pthread_cond_wait(&watch->work, &watch->lock);
    else
        pthread_cond_timedwait(&watch->work, &watch->lock, &until);
}

static void *work(void *ctx)
{
    ui_watch *watch = ctx;
    pthread_mutex_lock(&watch->lock);
    while (!watch->quit) {
        bool asked = watch->asked > watch->told;
        if (watch->news != NULL || watch->held) {
            wait_until(watch, INT64_MAX);
            continue;
        }
        if (!asked && th_time_mono() < watch->next_ms) {
            wait_until(watch, watch->next_ms);
            continue;
        }
        bool all = watch->all;
        uint64_t number = watch->asked;
        watch->all = false;
        pthread_mutex_unlock(&watch->lock);
        struct ui_news *news = look(watch, asked, all);
        pthread_mutex_lock(&watch->lock);
        watch->told = number;
        news->began = number;
        /* A case that is taken, or worse, is told of once, and once more when it is well again. */
        bool tell = asked || news->news != NULL || news->rc != watch->rc;
        watch->rc = news->rc;
        watch->next_ms = th_time_mono() + watch->every_ms;
        if (tell) {
            watch->news = news;
            ui_jobs_wake(watch->jobs);
        } else {
            ui_news_free(news);
        }
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

ui_watch *ui_watch_new(th_app *app, ui_jobs *jobs, ui_scribe *scribe)
{
    ui_watch *watch = th_xcalloc(1, sizeof *watch);
    pthread_condattr_t attr;
    watch->app = app;
    watch->jobs = jobs;
    watch->scribe = scribe;
    watch->next_ms = INT64_MAX;
    pthread_mutex_init(&watch->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&watch->work, &attr);
    pthread_condattr_destroy(&attr);
    watch->thread = ui_thread_start(work, watch);
    return watch;
}

void ui_watch_free(ui_watch *watch)
{
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    watch->quit = true;
    pthread_cond_signal(&watch->work);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    ui_news_free(watch->news);
    pthread_mutex_destroy(&watch->lock);
    pthread_cond_destroy(&watch->work);
    free(watch);
}

void ui_watch_go_on(ui_watch *watch, int after_ms, int every_ms)
{
    pthread_mutex_lock(&watch->lock);
    watch->held = false;
    watch->every_ms = every_ms;
    watch->next_ms = th_time_mono() + after_ms;
    pthread_cond_signal(&watch->work);
    pthread_mutex_unlock(&watch->lock);
}

uint64_t ui_watch_look(ui_watch *watch, bool all)
{
    pthread_mutex_lock(&watch->lock);
    uint64_t number = ++watch->asked;
    watch->all = watch->all || all;
    pthread_cond_signal(&watch->work);
    pthread_mutex_unlock(&watch->lock);
    return number;
}

struct ui_news *ui_watch_take(ui_watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    struct ui_news *news = watch->news;
    watch->news = NULL;
    watch->held = watch->held || news != NULL;
    pthread_mutex_unlock(&watch->lock);
    return news;
}

bool ui_watch_busy(ui_watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    bool busy = watch->news != NULL || watch->held || watch->asked > watch->told;
    pthread_mutex_unlock(&watch->lock);
    return busy;
}
