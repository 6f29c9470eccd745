/* A pass over the records. Many rows are shared out to threads by ranges of whole words of the set,
 * so that no two threads write to one word of a set of results; each has its own scan. Rows are
 * numbered as they were imported, so a range is a run of sources and hardly any is read twice. */
#include "query/pass.h"

#include <pthread.h>
#include <unistd.h>

/* Fewer rows a thread aren't worth starting one. */
enum { ROWS_PER_THREAD = 8192 };

struct pass {
    th_table *table;
    struct th_bits wanted;
    th_pass_visit *visit;
    void *ctx;
    th_cancel *cancel;
    pthread_t id;
    enum th_code rc;
    struct th_err err;
};

static bool visit_record(void *ctx, uint64_t row, struct th_str raw)
{
    struct pass *pass = ctx;
    /* A row that wasn't asked for may be another thread's. */
    if (row >= pass->wanted.n || !th_bits_get(&pass->wanted, (size_t)row))
        return true;
    return pass->visit(pass->ctx, (size_t)row, raw);
}

static void *run(void *ctx)
{
    struct pass *pass = ctx;
    pass->rc =
        th_table_raw_scan(pass->table, &pass->wanted, visit_record, pass, pass->cancel, &pass->err);
    return NULL;
}

size_t th_pass_threads(size_t rows)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = cores < 1 ? 1 : cores > TH_PASS_THREADS_MAX ? TH_PASS_THREADS_MAX : (size_t)cores;
    return rows / ROWS_PER_THREAD < n ? rows / ROWS_PER_THREAD + 1 : n;
}

/* Share the rows out: every thread gets about as many, in whole words. */
static void share(struct pass *passes, size_t n, const struct th_bits *wanted)
{
    size_t thread = 0;
    size_t given = 0;
    size_t rows = th_bits_count(wanted);
    for (size_t i = 0; i < th_bits_words(wanted->n); i++) {
        if (thread + 1 < n && given >= rows * (thread + 1) / n)
            thread++;
        passes[thread].wanted.w[i] = wanted->w[i];
        given += (size_t)__builtin_popcountll(wanted->w[i]);
    }
}

enum th_code th_pass_run(th_table *table, const struct th_bits *wanted, size_t threads,
                         void *const ctx[], th_pass_visit *visit, th_cancel *cancel,
                         struct th_err *err)
{
    struct pass passes[TH_PASS_THREADS_MAX];
    bool started[TH_PASS_THREADS_MAX] = {false};
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < threads; i++) {
        passes[i] = (struct pass){.table = table, .visit = visit, .ctx = ctx[i], .cancel = cancel};
        th_bits_init(&passes[i].wanted, wanted->n);
    }
    share(passes, threads, wanted);
    /* A thread that can't be started has its share done here. */
    for (size_t i = 1; i < threads; i++)
        started[i] = pthread_create(&passes[i].id, NULL, run, &passes[i]) == 0;
    for (size_t i = 0; i < threads; i++)
        if (!started[i])
            run(&passes[i]);
    for (size_t i = 0; i < threads; i++) {
        if (started[i])
            pthread_join(passes[i].id, NULL);
        if (passes[i].rc != TH_OK && rc == TH_OK)
            rc = th_err_at(err, passes[i].rc, passes[i].err.offset, passes[i].err.length, "%s",
                           passes[i].err.msg);
        th_bits_fini(&passes[i].wanted);
    }
    return rc;
}
