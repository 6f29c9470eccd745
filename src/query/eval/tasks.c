/* Queries from the question to the answer, one or many at once.
 *
 * What columns can't say is asked of the records, in one pass for all queries. Paths in them that
 * the case keeps are loaded first; others are made columns in the same pass when that pays: for one
 * query when many rows are open, for many when most of the evidence has to be read for them anyway.
 * A query that looks at such paths only waits for the columns; when somebody wants to see partial
 * results, the records are asked all the same. */
#include "query/eval/internal.h"

#include <stdlib.h>

#include "base/mem.h"

/* Fewer rows are never worth columns. */
enum { WORTH_ROWS = 2000 };
/* Memory for the sets of queries that are answered together. */
#define SETS_BYTES ((size_t)256 << 20)
enum { SETS_EACH = 6, TOGETHER_MIN = 8, ROUNDS = 3 };
/* Results of so many tests are kept: rules run again when there are more events. */
enum { KEEP_MAX = 32 };

/* Paths that have no column yet. */
struct wanted {
    const struct th_field_ref *refs[TH_PATHS_AT_ONCE];
    size_t n;
};

static void want(struct wanted *wanted, const struct th_field_ref *ref)
{
    for (size_t i = 0; i < wanted->n; i++)
        if (wanted->refs[i]->field == ref->field && th_str_eq(wanted->refs[i]->path, ref->path))
            return;
    if (wanted->n < TH_PATHS_AT_ONCE)
        wanted->refs[wanted->n++] = ref;
}

static void want_of_tree(const struct th_eval *e, const struct th_node *node, struct wanted *wanted)
{
    if (th_eval_is_path(node) && th_eval_leaf_needs_records(e, node))
        want(wanted, &node->field);
    for (size_t i = 0; i < node->kids_n; i++)
        want_of_tree(e, node->kids[i], wanted);
}

/* One evaluation of several trees. */
struct job {
    struct th_eval *e;
    struct th_task *tasks;
    size_t n;
    const struct th_field_ref *const *refs; /* paths that will be asked for later */
    size_t refs_n;
    bool many;
    const struct th_eval_watch *watch;
};

/* open_only: of trees that have open rows. */
static void find_wanted(const struct job *job, bool open_only, struct wanted *wanted)
{
    const struct th_eval *e = job->e;
    wanted->n = 0;
    for (size_t i = 0; i < job->n; i++)
        if (!job->tasks[i].done && (!open_only || job->tasks[i].open_n > 0))
            want_of_tree(e, job->tasks[i].root, wanted);
    for (size_t i = 0; i < job->refs_n; i++)
        if (th_path_is_column(job->refs[i]) && th_table_path(e->table, job->refs[i], e->paths) < 0)
            want(wanted, job->refs[i]);
}

static void load_paths(const struct job *job)
{
    struct wanted wanted;
    find_wanted(job, false, &wanted);
    if (wanted.n > 0) {
        th_table_paths_load(job->e->table, wanted.refs, wanted.n);
        job->e->paths = th_table_paths(job->e->table);
    }
}

/* What columns say of all trees. */
static enum th_code begin_tasks(const struct job *job)
{
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < job->n && rc == TH_OK; i++) {
        struct th_task *task = &job->tasks[i];
        if (task->done)
            continue;
        if (th_eval_needs_records(job->e, task->root)) {
            rc = th_task_begin(job->e, task);
            continue;
        }
        rc = th_eval_columns(job->e, task->root, task->candidates, &task->found);
        task->done = rc == TH_OK;
    }
    return rc;
}

/* Begin again: columns have come up. */
static void undo_tasks(const struct job *job)
{
    for (size_t i = 0; i < job->n; i++)
        if (!job->tasks[i].done) {
            th_task_end(&job->tasks[i]);
            th_bits_fini(&job->tasks[i].found);
        }
}

/* Rows of the runs that hold an open row: what must be inflated to ask them. */
static size_t touched_rows(const struct job *job, size_t *open)
{
    struct th_bits all;
    struct th_pass_plan plan;
    th_bits_init(&all, job->e->rows);
    for (size_t i = 0; i < job->n; i++)
        if (!job->tasks[i].done)
            th_bits_or(&all, &job->tasks[i].open);
    *open = th_bits_count(&all);
    th_pass_plan_init(&plan, job->e->table, &all);
    size_t rows = plan.rows;
    th_pass_plan_fini(&plan);
    th_bits_fini(&all);
    return rows;
}

static bool is_worth(const struct job *job)
{
    size_t open;
    size_t touched = touched_rows(job, &open);
    if (job->many)
        return open > 0 && job->e->rows >= WORTH_ROWS;
    return th_path_is_worth(open, job->e->rows) ||
           (open >= WORTH_ROWS && touched >= job->e->rows / 4);
}

/* For many queries the question is what has to be read: reading all for columns, or only what is
 * open. */
static bool is_cheap(const struct job *job, const struct th_path_build *build)
{
    size_t open;
    size_t from = th_path_build_from(build);
    return !job->many || (job->e->rows - from) / 2 <= touched_rows(job, &open);
}

/* Are all tests on records of the tree on paths that are made columns? */
static bool waits(const struct th_eval *e, const struct th_node *node,
                  const struct th_path_build *build)
{
    if (th_eval_leaf_needs_records(e, node) &&
        !(th_eval_is_path(node) && th_path_build_has(build, &node->field)))
        return false;
    for (size_t i = 0; i < node->kids_n; i++)
        if (!waits(e, node->kids[i], build))
            return false;
    return true;
}

static void choose_asking(const struct job *job, const struct th_path_build *build)
{
    bool show = job->watch != NULL && (build == NULL || th_path_build_from(build) == 0);
    for (size_t i = 0; i < job->n; i++) {
        struct th_task *task = &job->tasks[i];
        task->ask = !task->done && (build == NULL || show || !waits(job->e, task->root, build));
    }
}

static enum th_code ask_records(const struct job *job, struct th_path_build *build)
{
    bool any = build != NULL;
    choose_asking(job, build);
    for (size_t i = 0; i < job->n; i++)
        any = any || job->tasks[i].ask;
    if (!any)
        return TH_OK;
    enum th_code rc = th_eval_pass(job->e, job->tasks, job->n, build, job->watch);
    for (size_t i = 0; i < job->n; i++) {
        struct th_task *task = &job->tasks[i];
        if (!task->ask)
            continue;
        th_task_keep(job->e, task);
        task->done = rc == TH_OK;
    }
    if (build == NULL)
        return rc;
    enum th_code ended = th_path_build_end(build, rc == TH_OK, job->e->cancel, job->e->err);
    job->e->paths = th_table_paths(job->e->table);
    return rc == TH_OK ? ended : rc;
}

/* The right to make columns that pay; *build NULL: none do. *again: others have made some. */
static enum th_code begin_build(const struct job *job, struct th_path_build **build, bool *again)
{
    struct th_eval *e = job->e;
    struct wanted wanted;
    *build = NULL;
    *again = false;
    find_wanted(job, true, &wanted);
    if (wanted.n == 0 || !is_worth(job))
        return TH_OK;
    enum th_code rc =
        th_path_build_begin(e->table, wanted.refs, wanted.n, e->cancel, build, e->err);
    if (rc != TH_OK)
        return rc;
    *again = th_table_paths(e->table) > e->paths;
    e->paths = th_table_paths(e->table);
    if (*build != NULL && (*again || !is_cheap(job, *build))) {
        rc = th_path_build_end(*build, false, e->cancel, e->err);
        *build = NULL;
    }
    return rc;
}

static bool all_done(const struct job *job)
{
    for (size_t i = 0; i < job->n; i++)
        if (!job->tasks[i].done)
            return false;
    return true;
}

static enum th_code run(const struct job *job)
{
    enum th_code rc = TH_OK;
    load_paths(job);
    for (int round = 0; rc == TH_OK && round < ROUNDS; round++) {
        struct th_path_build *build = NULL;
        bool again = false;
        rc = begin_tasks(job);
        if (rc != TH_OK || all_done(job))
            break;
        if (round + 1 < ROUNDS)
            rc = begin_build(job, &build, &again);
        if (rc == TH_OK && !again)
            rc = ask_records(job, build);
        if (rc == TH_OK)
            undo_tasks(job);
    }
    return rc;
}

static void job_fini(const struct job *job, bool good)
{
    for (size_t i = 0; i < job->n; i++) {
        th_task_end(&job->tasks[i]);
        if (!good)
            th_bits_fini(&job->tasks[i].found);
    }
    th_arena_free(job->e->arena);
}

static struct th_eval eval_of(th_table *table, th_cancel *cancel, struct th_err *err)
{
    return (struct th_eval){.table = table,
                            .cancel = cancel,
                            .err = err,
                            .arena = th_arena_new(4096),
                            .rows = th_table_rows(table),
                            .paths = th_table_paths(table)};
}

enum th_code th_eval_rows_watched(th_table *table, const th_query *query,
                                  const struct th_bits *candidates,
                                  const struct th_eval_watch *watch, th_cancel *cancel,
                                  struct th_bits *out, struct th_err *err)
{
    struct th_eval e = eval_of(table, cancel, err);
    struct th_task task = {.root = th_query_root(query), .candidates = candidates};
    const struct job job = {.e = &e, .tasks = &task, .n = 1, .watch = watch};
    e.keep = true;
    e.watched = watch != NULL;
    enum th_code rc = run(&job);
    job_fini(&job, rc == TH_OK);
    if (rc == TH_OK)
        *out = task.found;
    return rc;
}

enum th_code th_eval_rows(th_table *table, const th_query *query, const struct th_bits *candidates,
                          th_cancel *cancel, struct th_bits *out, struct th_err *err)
{
    return th_eval_rows_watched(table, query, candidates, NULL, cancel, out, err);
}

/* Tests in the tree that no column will ever answer. */
static size_t count_tests(const struct th_eval *e, const struct th_node *node)
{
    size_t n = th_eval_leaf_needs_records(e, node) && !th_eval_is_path(node);
    for (size_t i = 0; i < node->kids_n; i++)
        n += count_tests(e, node->kids[i]);
    return n;
}

/* As many as fit into memory. */
static enum th_code run_some(th_table *table, const th_query *const *queries, size_t n,
                             const struct th_field_ref *const *refs, size_t refs_n,
                             th_cancel *cancel, struct th_bits *out, struct th_err *err)
{
    struct th_eval e = eval_of(table, cancel, err);
    struct th_task *tasks = th_xcalloc(n + 1, sizeof *tasks);
    const struct job job = {
        .e = &e, .tasks = tasks, .n = n, .refs = refs, .refs_n = refs_n, .many = true};
    size_t tests = 0;
    for (size_t i = 0; i < n; i++) {
        tasks[i].root = th_query_root(queries[i]);
        tests += count_tests(&e, tasks[i].root);
    }
    e.keep = tests <= KEEP_MAX;
    enum th_code rc = run(&job);
    job_fini(&job, rc == TH_OK);
    for (size_t i = 0; i < n && rc == TH_OK; i++)
        out[i] = tasks[i].found;
    free(tasks);
    return rc;
}

enum th_code th_eval_many(th_table *table, const th_query *const *queries, size_t n,
                          const struct th_field_ref *const *refs, size_t refs_n, th_cancel *cancel,
                          struct th_bits *out, struct th_err *err)
{
    size_t each = SETS_EACH * th_bits_words(th_table_rows(table)) * sizeof(uint64_t) + 1;
    size_t together = SETS_BYTES / each;
    enum th_code rc = TH_OK;
    size_t at = 0;
    together = together < TOGETHER_MIN ? TOGETHER_MIN : together;
    while (at < n && rc == TH_OK) {
        size_t some = n - at < together ? n - at : together;
        rc = run_some(table, queries + at, some, refs, refs_n, cancel, out + at, err);
        if (rc == TH_OK)
            at += some;
    }
    for (size_t i = 0; i < at && rc != TH_OK; i++)
        th_bits_fini(&out[i]);
    return rc;
}
