/* The records of the open rows against the trees. A record goes down a tree with short cuts: parts
 * that need none are bits, tests whose answer is known are looked up. Each thread has its own
 * prepared tests; sets of rows are shared, for a row is one thread's but its neighbours aren't. */
#include "query/eval/internal.h"

#include "base/time.h"
#include "query/eval/asked.h"
#include "query/eval/evidence_path.h"
#include "query/eval/record.h"
#include "query/table/path_collect.h"

struct asking {
    struct th_task *tasks;
    size_t tasks_n;
    size_t thread;
    struct th_path_collector *collector; /* NULL: no columns are made */
    size_t collect_from;
    const th_needles *needles;    /* NULL: so few tests that each looks for its own texts */
    const struct th_asked *asked; /* NULL: all tasks that ask */
    struct th_bits seen;
    struct th_evidence_record record; /* the one at hand, with its row */
    size_t row;
};

/* From so many tests on, one look for all their texts costs less than one each. */
#define GATHER_FROM 24u

static bool ask(const struct asking *a, const struct th_part *part)
{
    if (!part->two_fields)
        return th_evidence_match_in(part->evidence[a->thread], &a->record);
    struct th_one_record *one = th_one_record_new(a->record.raw, NULL);
    bool holds = th_one_record_test(one, part->leaf);
    th_one_record_free(one);
    return holds;
}

static bool leaf_holds(const struct asking *a, struct th_part *part, size_t row)
{
    if (part->known.w == NULL)
        return ask(a, part);
    if (th_pass_get(&part->known, row))
        return th_pass_get(&part->value, row);
    bool holds = ask(a, part);
    th_pass_put(&part->known, row);
    if (holds)
        th_pass_put(&part->value, row);
    return holds;
}

static bool holds(const struct asking *a, struct th_part *part, size_t row)
{
    if (part->columns != NULL)
        return th_bits_get(&part->bits, row);
    if (part->leaf != NULL)
        return leaf_holds(a, part, row);
    if (part->kind == TH_NODE_NOT)
        return !holds(a, part->kids[0], row);
    bool is_and = part->kind == TH_NODE_AND;
    for (size_t i = 0; i < part->kids_n; i++)
        if (holds(a, part->kids[i], row) != is_and)
            return !is_and;
    return is_and;
}

static void ask_task(void *ctx, size_t task_i)
{
    struct asking *a = ctx;
    struct th_task *task = &a->tasks[task_i];
    if (task->ask && th_bits_get(&task->open, a->row) && holds(a, task->part, a->row))
        th_pass_put(&task->found, a->row);
}

static void visit_record(void *ctx, size_t row, struct th_str raw)
{
    struct asking *a = ctx;
    if (a->collector != NULL && row >= a->collect_from)
        th_path_collect(a->collector, row, raw);
    a->record = (struct th_evidence_record){.raw = raw};
    a->row = row;
    if (a->needles != NULL) {
        th_needles_find(a->needles, raw, &a->seen);
        a->record.seen = &a->seen;
        a->record.has_escape = th_evidence_has_escape(raw);
    }
    if (a->asked != NULL) {
        th_asked_each(a->asked, &a->seen, a->record.has_escape, ask_task, a);
        return;
    }
    for (size_t i = 0; i < a->tasks_n; i++)
        ask_task(a, i);
}

static void lose_record(void *ctx, size_t row)
{
    const struct asking *a = ctx;
    if (a->collector != NULL && row >= a->collect_from)
        th_path_collect_lost(a->collector, row);
}

static void prepare(struct th_part *part, size_t thread)
{
    if (part->leaf != NULL && !part->two_fields && part->evidence[thread] == NULL)
        part->evidence[thread] = th_evidence_new(part->leaf);
    for (size_t i = 0; i < part->kids_n; i++)
        prepare(part->kids[i], thread);
}

static size_t count_tests(const struct th_part *part)
{
    size_t n = part->leaf != NULL && !part->two_fields;
    for (size_t i = 0; i < part->kids_n; i++)
        n += count_tests(part->kids[i]);
    return n;
}

static void gather(const struct th_part *part, size_t thread, th_needles *needles)
{
    if (part->evidence[thread] != NULL)
        th_evidence_gather(part->evidence[thread], needles);
    for (size_t i = 0; i < part->kids_n; i++)
        gather(part->kids[i], thread, needles);
}

/* NULL when there are few tests. Owned. */
static th_needles *gather_all(const struct th_task *tasks, size_t n, size_t threads, size_t *count)
{
    size_t tests = 0;
    for (size_t t = 0; t < n; t++)
        tests += tasks[t].ask ? count_tests(tasks[t].part) : 0;
    if (tests < GATHER_FROM)
        return NULL;
    th_needles *needles = th_needles_new();
    for (size_t thread = 0; thread < threads; thread++)
        for (size_t t = 0; t < n; t++)
            if (tasks[t].ask)
                gather(tasks[t].part, thread, needles);
    *count = th_needles_ready(needles);
    return needles;
}

/* Telling ------------------------------------------------------------------ */

struct teller {
    const struct th_eval_watch *watch;
    const struct th_task *task;
    int64_t next_ms;
};

static void tell(void *ctx, double share)
{
    struct teller *teller = ctx;
    struct th_bits found;
    if (th_time_mono() < teller->next_ms)
        return;
    th_pass_copy(&found, &teller->task->found);
    teller->watch->partial(teller->watch->ctx, &found, share);
    th_bits_fini(&found);
    teller->next_ms = th_time_mono() + teller->watch->every_ms;
}

/* What columns know is told before any record is read. */
static void tell_first(struct teller *teller)
{
    teller->next_ms = th_time_mono();
    if (th_bits_next(&teller->task->found, 0) < teller->task->found.n)
        tell(teller, 0);
    else
        teller->next_ms += teller->watch->first_ms;
}

/* The pass ----------------------------------------------------------------- */

static void wanted_rows(const struct th_eval *e, const struct th_task *tasks, size_t n,
                        const struct th_path_build *build, struct th_bits *out)
{
    if (build != NULL)
        th_path_build_rows(build, out);
    else
        th_bits_init(out, e->rows);
    for (size_t i = 0; i < n; i++)
        if (tasks[i].ask)
            th_bits_or(out, &tasks[i].open);
}

enum th_code th_eval_pass(const struct th_eval *e, struct th_task *tasks, size_t n,
                          struct th_path_build *build, const struct th_eval_watch *watch)
{
    struct asking asking[TH_PASS_THREADS_MAX];
    void *ctx[TH_PASS_THREADS_MAX];
    struct th_bits wanted;
    struct th_pass_plan plan;
    struct teller teller = {watch, &tasks[0], 0};
    const int64_t *times;
    const uint32_t *order;
    wanted_rows(e, tasks, n, build, &wanted);
    th_pass_plan_init(&plan, e->table, &wanted);
    struct th_pass pass = {.table = e->table,
                           .plan = &plan,
                           .threads = th_pass_threads(&plan),
                           .ctx = ctx,
                           .visit = visit_record,
                           .lost = lose_record,
                           .cancel = e->cancel};
    for (size_t i = 0; i < pass.threads; i++) {
        asking[i] = (struct asking){.tasks = tasks, .tasks_n = n, .thread = i};
        if (build != NULL) {
            asking[i].collector = th_path_build_collector(build);
            asking[i].collect_from = th_path_build_from(build);
        }
        ctx[i] = &asking[i];
        for (size_t t = 0; t < n; t++)
            if (tasks[t].ask)
                prepare(tasks[t].part, i);
    }
    size_t needles_n = 0;
    th_needles *needles = gather_all(tasks, n, pass.threads, &needles_n);
    struct th_asked *asked = needles != NULL ? th_asked_new(tasks, n, needles_n) : NULL;
    for (size_t i = 0; needles != NULL && i < pass.threads; i++) {
        asking[i].needles = needles;
        asking[i].asked = asked;
        th_bits_init(&asking[i].seen, needles_n);
    }
    if (watch != NULL && tasks[0].ask) {
        if (th_table_times(e->table, &times, &order, NULL) == TH_OK)
            th_pass_plan_newest_first(&plan, times);
        pass.tick = tell;
        pass.tick_ctx = &teller;
        tell_first(&teller);
    }
    enum th_code rc = th_pass_go(&pass, e->err);
    for (size_t i = 0; i < pass.threads; i++)
        th_bits_fini(&asking[i].seen);
    th_asked_free(asked);
    th_needles_free(needles);
    th_pass_plan_fini(&plan);
    th_bits_fini(&wanted);
    return rc == TH_OK ? th_eval_check(e) : rc;
}
