/* The worker: everything that could take longer than a key stroke is asked of it and comes back as
 * an owned answer.
 *
 * One thread. For each kind of question only the newest counts: a newer one cancels the one that
 * runs and replaces the one that waits. */
#ifndef UI_WORK_WORKER_H
#define UI_WORK_WORKER_H

#include <pthread.h>

#include "app/app.h"
#include "app/coverage.h"
#include "base/time.h"

#define UI_FACETS_MAX 16
#define UI_SHAPE_BINS 256
#define UI_VALUES_MAX 50
#define UI_COVER_BINS 512

enum ui_job_kind {
    UI_JOB_SCREEN,   /* the events that match, their histogram and facets */
    UI_JOB_PREVIEW,  /* the same for the filter being typed */
    UI_JOB_VALUES,   /* values of a field that begin with what was typed */
    UI_JOB_ABOUT,    /* how often key, principal and address of one event occur */
    UI_JOB_SOURCE,   /* the events of one evidence file */
    UI_JOB_COVERAGE, /* what time the evidence covers, and what seems to be missing */
    UI_JOB_KINDS,
};

struct ui_answer;

/* What is asked. Everything in it is owned by it. */
struct ui_request {
    enum ui_job_kind kind;
    uint64_t generation;
    struct th_buf filter; /* VALUES: the filter under which values count */
    int64_t from_ms, to_ms;
    enum th_field sort;
    bool descending;
    size_t max_buckets;
    bool histogram_all;
    struct th_bits within;
    bool has_within;
    /* For the scrollbar, of any size: rows of findings, and rows that are marked. */
    struct th_bits flagged, marked;
    char *facets[UI_FACETS_MAX];
    size_t facets_n, facet_values;
    enum th_field field;        /* VALUES */
    struct th_buf path, prefix; /* VALUES; path: of a FLATTENED field, else empty */
    uint32_t row;               /* ABOUT */
    int64_t source;             /* SOURCE */
    /* SCREEN; NULL, or given what is found so far, a few times a second: an owned answer. */
    void (*partial)(void *ctx, struct ui_answer *answer);
    void *partial_ctx;
};

/* What one part of a result holds, for the scrollbar. */
#define UI_SHAPE_FAILURE 1u
#define UI_SHAPE_FINDING 2u
#define UI_SHAPE_MARK    4u

struct ui_screen {
    bool have;
    char *filter;
    struct th_screen s;
    double share; /* of the records that were looked at: less than 1 when more may be found */
    char *facet_names[UI_FACETS_MAX];
    int64_t first_ms, last_ms;    /* of the timed rows */
    uint8_t shape[UI_SHAPE_BINS]; /* the result in UI_SHAPE_BINS equal parts: UI_SHAPE_… */
};

struct ui_value_count {
    char *value;
    uint64_t count;
};
struct ui_values {
    enum th_field field;
    struct ui_value_count *values;
    size_t n;
    uint64_t distinct;
};

/* How often one value of an event occurs in the whole case. */
struct ui_occurs {
    bool have;
    uint64_t events;
    int64_t first_ms, last_ms;
    uint64_t
        others; /* different addresses of a key or principal; different principals of an address */
};
struct ui_about {
    bool have;
    uint32_t row;
    struct ui_occurs key, actor, address, target;
};

struct ui_answer {
    enum ui_job_kind kind;
    uint64_t generation;
    enum th_code rc;
    struct th_err err;
    bool partial; /* the same generation's final answer is still to come */
    struct ui_screen screen;
    struct ui_values values;
    struct ui_about about;
    struct th_bits rows; /* SOURCE */
    struct th_app_coverage coverage;
    int64_t took_ms;
    struct ui_answer *next;
};

void ui_screen_fini(struct ui_screen *screen);
void ui_values_fini(struct ui_values *values);
void ui_answer_free(struct ui_answer *answer);
struct ui_request *ui_request_new(enum ui_job_kind kind);
void ui_request_free(struct ui_request *request);

typedef struct ui_jobs ui_jobs;

/* Start the worker on a case. app outlives it. Owned: ui_jobs_free, which cancels and waits. */
ui_jobs *ui_jobs_new(th_app *app);
void ui_jobs_free(ui_jobs *jobs);
/* Ask; request is taken. Returns the generation that the answer will carry. */
uint64_t ui_jobs_post(ui_jobs *jobs, struct ui_request *request);
/* Give up what runs and waits of a kind. */
void ui_jobs_cancel(ui_jobs *jobs, enum ui_job_kind kind);
/* Readable when an answer waits, or somebody else has something for the user interface. */
int ui_jobs_fd(const ui_jobs *jobs);
/* Make it readable, from any thread. */
void ui_jobs_wake(ui_jobs *jobs);
/* Next answer that nothing newer has replaced, or NULL. Owned: ui_answer_free. */
struct ui_answer *ui_jobs_take(ui_jobs *jobs);
/* Is anything of the kind waiting, running or not taken yet? kind UI_JOB_KINDS: of any. */
bool ui_jobs_busy(ui_jobs *jobs, enum ui_job_kind kind);
/* Since when the job that runs does (th_time_mono), 0 when none does. */
int64_t ui_jobs_since(ui_jobs *jobs);

/* A thread that gets no signals: these are the user interface's business. */
pthread_t ui_thread_start(void *(*run)(void *ctx), void *ctx);

/* Answer one request on the calling thread, of the case as the app has it now: what the worker
 * does. */
struct ui_answer *ui_job_run(th_app *app, const struct ui_request *request, th_cancel *cancel);

#endif
