/* The pass over the records. A record goes down the tree with short cuts: parts that need none are
 * bits, tests whose answer is known are looked up.
 *
 * Many rows are shared out to threads by ranges of whole words of the sets, so that no two write to
 * one; each thread has its own prepared tests and its own scan. Rows are numbered as they were
 * imported, so a range is a run of sources and hardly any is read twice. */
#include "query/eval_parts.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "query/record_int.h"

/* Fewer rows a thread aren't worth starting one. */
enum { ROWS_PER_THREAD = 8192 };

struct pass {
    const struct th_eval *e;
    struct th_part *root;
    struct th_bits *found;
    size_t thread;
    struct th_bits wanted;
    pthread_t id;
    enum th_code rc;
    struct th_err err;
};

static bool ask(const struct pass *pass, const struct th_part *part, struct th_str raw)
{
    if (!part->two_fields)
        return th_evidence_match(part->evidence[pass->thread], raw);
    struct th_one_record *one = th_one_record_new(raw, NULL);
    bool holds = th_one_record_test(one, part->leaf);
    th_one_record_free(one);
    return holds;
}

static bool leaf_holds(const struct pass *pass, struct th_part *part, size_t row, struct th_str raw)
{
    if (th_bits_get(&part->known, row))
        return th_bits_get(&part->value, row);
    bool holds = ask(pass, part, raw);
    th_bits_put(&part->known, row);
    if (holds)
        th_bits_put(&part->value, row);
    return holds;
}

static bool holds(const struct pass *pass, struct th_part *part, size_t row, struct th_str raw)
{
    if (part->columns != NULL)
        return th_bits_get(&part->bits, row);
    if (part->leaf != NULL)
        return leaf_holds(pass, part, row, raw);
    if (part->kind == TH_NODE_NOT)
        return !holds(pass, part->kids[0], row, raw);
    bool is_and = part->kind == TH_NODE_AND;
    for (size_t i = 0; i < part->kids_n; i++)
        if (holds(pass, part->kids[i], row, raw) != is_and)
            return !is_and;
    return is_and;
}

static bool visit_record(void *ctx, uint64_t row, struct th_str raw)
{
    struct pass *pass = ctx;
    /* A row that wasn't asked for may be another thread's. */
    if (row < pass->wanted.n && th_bits_get(&pass->wanted, (size_t)row) &&
        holds(pass, pass->root, (size_t)row, raw))
        th_bits_put(pass->found, (size_t)row);
    return true;
}

static void prepare(struct th_part *part, size_t thread)
{
    if (part->leaf != NULL && !part->two_fields && part->evidence[thread] == NULL)
        part->evidence[thread] = th_evidence_new(part->leaf);
    for (size_t i = 0; i < part->kids_n; i++)
        prepare(part->kids[i], thread);
}

static void *run(void *ctx)
{
    struct pass *pass = ctx;
    pass->rc = th_table_raw_scan(pass->e->table, &pass->wanted, visit_record, pass, pass->e->cancel,
                                 &pass->err);
    return NULL;
}

static size_t threads_for(size_t rows)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = cores < 1 ? 1 : cores > TH_PASS_THREADS_MAX ? TH_PASS_THREADS_MAX : (size_t)cores;
    return rows / ROWS_PER_THREAD < n ? rows / ROWS_PER_THREAD + 1 : n;
}

/* Share the rows out: every thread gets about as many, in whole words. */
static void share(struct pass *passes, size_t n, const struct th_bits *open, size_t rows)
{
    size_t thread = 0;
    size_t given = 0;
    for (size_t i = 0; i < th_bits_words(open->n); i++) {
        if (thread + 1 < n && given >= rows * (thread + 1) / n)
            thread++;
        passes[thread].wanted.w[i] = open->w[i];
        given += (size_t)__builtin_popcountll(open->w[i]);
    }
}

enum th_code th_eval_pass(const struct th_eval *e, struct th_part *root, const struct th_bits *open,
                          struct th_bits *found)
{
    struct pass passes[TH_PASS_THREADS_MAX];
    size_t rows = th_bits_count(open);
    size_t n = threads_for(rows);
    bool started[TH_PASS_THREADS_MAX] = {false};
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < n; i++) {
        passes[i] = (struct pass){.e = e, .root = root, .found = found, .thread = i};
        th_bits_init(&passes[i].wanted, open->n);
        prepare(root, i);
    }
    share(passes, n, open, rows);
    /* A thread that can't be started has its share done here. */
    for (size_t i = 1; i < n; i++)
        started[i] = pthread_create(&passes[i].id, NULL, run, &passes[i]) == 0;
    for (size_t i = 0; i < n; i++)
        if (!started[i])
            run(&passes[i]);
    for (size_t i = 0; i < n; i++) {
        if (started[i])
            pthread_join(passes[i].id, NULL);
        if (passes[i].rc != TH_OK && rc == TH_OK)
            rc = th_err_at(e->err, passes[i].rc, passes[i].err.offset, passes[i].err.length, "%s",
                           passes[i].err.msg);
        th_bits_fini(&passes[i].wanted);
    }
    return rc;
}
