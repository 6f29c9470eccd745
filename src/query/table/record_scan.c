/* A pass over the records. What a source holds is inflated as a whole, so threads share the work by
 * runs of rows that lie together, as the store names them, and take the next one when they are done
 * with theirs: no thread waits for another, and when the plan says so, the newest come first. */
#include "query/table/record_scan.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/system.h"
#include "base/time.h"
#include "base/work/crew.h"
#include "query/table/table_data.h"

/* Fewer runs a thread aren't worth starting one: a run is some milliseconds. */
enum { RUNS_PER_THREAD = 2 };

/* Planning ----------------------------------------------------------------- */

void th_pass_plan_init(struct th_pass_plan *plan, th_table *table, const struct th_bits *wanted)
{
    const size_t *ends;
    size_t runs = th_table_runs(table, &ends);
    size_t first = 0;
    *plan = (struct th_pass_plan){.wanted = wanted,
                                  .runs = th_xcalloc(runs + 1, sizeof(struct th_pass_run))};
    for (size_t i = 0; i < runs; i++) {
        if (th_bits_next(wanted, first) < ends[i]) {
            plan->runs[plan->n++] = (struct th_pass_run){first, ends[i]};
            plan->rows += ends[i] - first;
        }
        first = ends[i];
    }
}

void th_pass_plan_fini(struct th_pass_plan *plan)
{
    free(plan->runs);
    *plan = (struct th_pass_plan){NULL, NULL, 0, 0};
}

/* A run with the time of its newest wanted event. */
struct timed_run {
    struct th_pass_run run;
    int64_t newest;
};

static int compare_runs(const void *left, const void *right)
{
    const struct timed_run *a = left;
    const struct timed_run *b = right;
    if (a->newest != b->newest)
        return a->newest > b->newest ? -1 : 1;
    return a->run.first > b->run.first ? -1 : 1;
}

void th_pass_plan_newest_first(struct th_pass_plan *plan, const int64_t *times)
{
    struct timed_run *timed = th_xcalloc(plan->n + 1, sizeof *timed);
    for (size_t i = 0; i < plan->n; i++) {
        timed[i] = (struct timed_run){plan->runs[i], INT64_MIN};
        for (size_t row = th_bits_next(plan->wanted, plan->runs[i].first); row < plan->runs[i].last;
             row = th_bits_next(plan->wanted, row + 1))
            if (times[row] != TH_TIME_NONE && times[row] > timed[i].newest)
                timed[i].newest = times[row];
    }
    qsort(timed, plan->n, sizeof *timed, compare_runs);
    for (size_t i = 0; i < plan->n; i++)
        plan->runs[i] = timed[i].run;
    free(timed);
}

size_t th_pass_threads(const struct th_pass_plan *plan)
{
    size_t n = (size_t)th_cores();
    if (n > TH_PASS_THREADS_MAX)
        n = TH_PASS_THREADS_MAX;
    size_t worth = plan->n / RUNS_PER_THREAD;
    return worth < n ? worth + (worth == 0) : n;
}

void th_pass_copy(struct th_bits *out, const struct th_bits *from)
{
    th_bits_init(out, from->n);
    for (size_t i = 0; i < th_bits_words(from->n); i++)
        out->w[i] = __atomic_load_n(&from->w[i], __ATOMIC_RELAXED);
}

/* Reading ------------------------------------------------------------------ */

/* What the threads of a pass share. */
struct shared {
    const struct th_pass *pass;
    struct worker *workers;
    struct th_shares runs;
    atomic_size_t rows; /* of the runs that are done */
};

struct worker {
    struct shared *shared;
    size_t number;
    enum th_code rc;
    struct th_err err;
};

static bool visit_record(void *ctx, uint64_t row, struct th_str raw)
{
    const struct worker *worker = ctx;
    const struct th_pass *pass = worker->shared->pass;
    pass->visit(pass->ctx[worker->number], (size_t)row, raw);
    return true;
}

static void lose_record(void *ctx, uint64_t row, int64_t source, const struct th_err *why)
{
    const struct worker *worker = ctx;
    const struct th_pass *pass = worker->shared->pass;
    th_table_lose(pass->table, (size_t)row, source, why->msg);
    if (pass->lost != NULL)
        pass->lost(pass->ctx[worker->number], (size_t)row);
}

static void tell(const struct shared *shared)
{
    const struct th_pass *pass = shared->pass;
    if (pass->tick != NULL)
        pass->tick(pass->tick_ctx, (double)atomic_load(&shared->rows) / (double)pass->plan->rows);
}

static enum th_code read_runs(struct worker *worker, void *reader)
{
    struct shared *shared = worker->shared;
    const struct th_pass_plan *plan = shared->pass->plan;
    const struct th_loader *loader = th_table_loader(shared->pass->table);
    enum th_code rc = TH_OK;
    size_t at;
    size_t end;
    while (th_shares_next(&shared->runs, &at, &end)) {
        const struct th_pass_run *run = &plan->runs[at];
        rc = loader->raw_read(reader, plan->wanted, run->first, run->last, visit_record, worker,
                              shared->pass->cancel, &worker->err);
        if (rc != TH_OK)
            break;
        atomic_fetch_add(&shared->rows, run->last - run->first);
        if (worker->number == 0)
            tell(shared);
    }
    return rc;
}

static void work(void *ctx, size_t number)
{
    struct shared *shared = ctx;
    struct worker *worker = &shared->workers[number];
    const struct th_loader *loader = th_table_loader(shared->pass->table);
    void *reader;
    worker->rc = loader->raw_open(loader->ctx, &reader, &worker->err);
    if (worker->rc != TH_OK) {
        /* The others do its part; the first one has to be able to. */
        if (number > 0)
            worker->rc = TH_OK;
        else
            th_shares_end(&shared->runs);
        return;
    }
    if (loader->raw_lost != NULL)
        loader->raw_lost(reader, lose_record, worker);
    worker->rc = read_runs(worker, reader);
    if (worker->rc != TH_OK)
        th_shares_end(&shared->runs);
    loader->raw_close(reader);
}

enum th_code th_pass_go(const struct th_pass *pass, struct th_err *err)
{
    struct shared shared = {.pass = pass, .runs = {.n = pass->plan->n, .size = 1}};
    enum th_code rc = TH_OK;
    shared.workers = th_xcalloc(pass->threads, sizeof *shared.workers);
    for (size_t i = 0; i < pass->threads; i++)
        shared.workers[i] = (struct worker){.shared = &shared, .number = i};
    /* One that can't be started isn't missed: the others take its runs. */
    if (pass->plan->n > 0)
        th_crew_run(pass->threads, work, &shared);
    for (size_t i = 0; i < pass->threads && rc == TH_OK; i++) {
        const struct worker *worker = &shared.workers[i];
        if (worker->rc != TH_OK)
            rc = th_err_at(err, worker->rc, worker->err.offset, worker->err.length, "%s",
                           worker->err.msg);
    }
    free(shared.workers);
    return rc;
}

/* For others -------------------------------------------------------------- */

struct visitor {
    void (*visit)(void *ctx, size_t thread, size_t row, struct th_str raw);
    void *ctx;
    size_t thread;
};

static void visit_for(void *ctx, size_t row, struct th_str raw)
{
    const struct visitor *visitor = ctx;
    visitor->visit(visitor->ctx, visitor->thread, row, raw);
}

enum th_code th_table_records(th_table *table, const struct th_bits *wanted,
                              void (*visit)(void *ctx, size_t thread, size_t row,
                                            struct th_str raw),
                              void *ctx, th_cancel *cancel, struct th_err *err)
{
    struct visitor visitors[TH_PASS_THREADS_MAX];
    void *theirs[TH_PASS_THREADS_MAX];
    struct th_pass_plan plan;
    th_pass_plan_init(&plan, table, wanted);
    const struct th_pass pass = {.table = table,
                                 .plan = &plan,
                                 .threads = th_pass_threads(&plan),
                                 .ctx = theirs,
                                 .visit = visit_for,
                                 .cancel = cancel};
    for (size_t i = 0; i < pass.threads; i++) {
        visitors[i] = (struct visitor){visit, ctx, i};
        theirs[i] = &visitors[i];
    }
    enum th_code rc = th_pass_go(&pass, err);
    th_pass_plan_fini(&plan);
    return rc;
}
