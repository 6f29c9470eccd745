/* A list of writes under a lock, and the thread that takes them. The case is opened with the first:
 * most sessions only look. */
#include "ui/work/case_writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/findings/findings.h"
#include "store/findings/notes.h"

/* A commit of another program's import, times its longest wait for a disk. */
#define TRIES_MAX 10

struct item {
    struct ui_write write;
    char *text, *more;
    struct item *next;
};

struct ui_scribe {
    char *path;
    ui_jobs *jobs;
    th_case *c; /* the thread's */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool quit, failed;
    struct item *first, *last;
    uint64_t given, done;
    struct th_err err;
};

static void item_free(struct item *item)
{
    free(item->text);
    free(item->more);
    free(item);
}

static enum th_code write_one(th_case *c, const struct ui_write *w, struct th_err *err)
{
    const struct th_mark mark = {w->row, w->marked, w->text, w->more, w->at_ms};
    switch (w->kind) {
    case UI_WRITE_MARK:
        return th_notes_mark(c, &mark, err);
    case UI_WRITE_TRIAGE:
        return th_findings_triage(c, w->id, w->state, w->more, err);
    case UI_WRITE_HISTORY:
        return th_notes_remember(c, w->text, err);
    case UI_WRITE_FILTER:
        return th_notes_save_filter(c, w->text, w->more, err);
    case UI_WRITE_DROP_FILTER:
        return th_notes_drop_filter(c, w->text, err);
    case UI_WRITE_SETTING:
        return th_case_set(c, w->text, th_str_of(w->more), err);
    }
    return TH_OK;
}

static enum th_code write_item(ui_scribe *scribe, const struct item *item, struct th_err *err)
{
    enum th_code rc = TH_E_BUSY;
    for (int i = 0; i < TRIES_MAX && rc == TH_E_BUSY; i++) {
        th_err_clear(err);
        rc = scribe->c == NULL ? th_case_open(scribe->path, TH_CASE_WRITE, &scribe->c, err) : TH_OK;
        if (rc == TH_OK)
            rc = write_one(scribe->c, &item->write, err);
    }
    return rc;
}

static void *work(void *ctx)
{
    ui_scribe *scribe = ctx;
    pthread_mutex_lock(&scribe->lock);
    for (;;) {
        struct item *item = scribe->first;
        if (item == NULL && scribe->quit)
            break;
        if (item == NULL) {
            pthread_cond_wait(&scribe->work, &scribe->lock);
            continue;
        }
        scribe->first = item->next;
        if (scribe->first == NULL)
            scribe->last = NULL;
        pthread_mutex_unlock(&scribe->lock);
        struct th_err err;
        enum th_code rc = write_item(scribe, item, &err);
        pthread_mutex_lock(&scribe->lock);
        /* Where the screen was left is no loss to speak of. */
        if (rc != TH_OK && !scribe->failed && item->write.kind != UI_WRITE_SETTING) {
            scribe->failed = true;
            scribe->err = err;
        }
        scribe->done++;
        item_free(item);
        ui_jobs_wake(scribe->jobs);
    }
    pthread_mutex_unlock(&scribe->lock);
    (void)th_case_close(scribe->c, NULL);
    return NULL;
}

ui_scribe *ui_scribe_new(const char *case_path, ui_jobs *jobs)
{
    ui_scribe *scribe = th_xcalloc(1, sizeof *scribe);
    scribe->path = th_xstrdup(case_path);
    scribe->jobs = jobs;
    pthread_mutex_init(&scribe->lock, NULL);
    pthread_cond_init(&scribe->work, NULL);
    scribe->thread = ui_thread_start(work, scribe);
    return scribe;
}

bool ui_scribe_free(ui_scribe *scribe, struct th_err *err)
{
    if (scribe == NULL)
        return true;
    pthread_mutex_lock(&scribe->lock);
    scribe->quit = true;
    pthread_cond_signal(&scribe->work);
    pthread_mutex_unlock(&scribe->lock);
    pthread_join(scribe->thread, NULL);
    bool good = !ui_scribe_failed(scribe, err);
    pthread_mutex_destroy(&scribe->lock);
    pthread_cond_destroy(&scribe->work);
    free(scribe->path);
    free(scribe);
    return good;
}

void ui_scribe_write(ui_scribe *scribe, const struct ui_write *write)
{
    struct item *item = th_xcalloc(1, sizeof *item);
    item->write = *write;
    item->text = write->text == NULL ? NULL : th_xstrdup(write->text);
    item->more = write->more == NULL ? NULL : th_xstrdup(write->more);
    item->write.text = item->text;
    item->write.more = item->more;
    pthread_mutex_lock(&scribe->lock);
    if (scribe->last != NULL)
        scribe->last->next = item;
    else
        scribe->first = item;
    scribe->last = item;
    scribe->given++;
    pthread_cond_signal(&scribe->work);
    pthread_mutex_unlock(&scribe->lock);
}

uint64_t ui_scribe_given(ui_scribe *scribe)
{
    pthread_mutex_lock(&scribe->lock);
    uint64_t given = scribe->given;
    pthread_mutex_unlock(&scribe->lock);
    return given;
}

uint64_t ui_scribe_done(ui_scribe *scribe)
{
    pthread_mutex_lock(&scribe->lock);
    uint64_t done = scribe->done;
    pthread_mutex_unlock(&scribe->lock);
    return done;
}

bool ui_scribe_failed(ui_scribe *scribe, struct th_err *err)
{
    pthread_mutex_lock(&scribe->lock);
    bool failed = scribe->failed;
    if (failed) {
        scribe->failed = false;
        *err = scribe->err;
    }
    pthread_mutex_unlock(&scribe->lock);
    return failed;
}
