/* Is every row of the temporary case in the case, and no other? The queries of differences.sql
 * that ask it run on all cores; SQLite's own check of the file goes along. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "integrity/verify/internal.h"

struct comparison {
    struct th_verify *v;
    char **queries; /* each gives 0 when nothing differs; the first is NULL: SQLite's check */
    size_t n, cap;
    atomic_size_t next;
    atomic_bool differs;
    enum th_code rc; /* under v->lock */
    struct th_err err;
};

static enum th_code list_queries(struct comparison *x, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    TH_GROW(x->queries, x->n, x->cap);
    x->queries[x->n++] = NULL;
    if (!x->v->can_ask)
        return TH_OK;
    enum th_code rc = th_verify_ask(x->v, "same", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        TH_GROW(x->queries, x->n, x->cap);
        x->queries[x->n++] = th_xstrdup(th_db_cstr_or_empty(stmt, 0));
    }
    sqlite3_finalize(stmt);
    return rc;
}

static enum th_code run_check(struct comparison *x, th_case *c, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    struct th_buf line = TH_BUF_INIT;
    enum th_code rc = th_db_prepare(c->db, "PRAGMA main.quick_check(1000000)", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        struct th_str rest = th_db_text(stmt, 0);
        while (rest.n > 0 && !th_str_is(rest, "ok")) {
            th_buf_reset(&line);
            th_buf_add_str(&line, th_str_sub(rest, 0, (size_t)th_str_find(rest, '\n')));
            th_verify_note(x->v, TH_VERIFY_DATABASE, 0, -1, "quick_check", NULL, NULL,
                           th_buf_cstr(&line));
            rest = th_str_sub(rest, line.n + 1, rest.n);
        }
    }
    sqlite3_finalize(stmt);
    th_buf_fini(&line);
    return rc;
}

static void run_query(struct comparison *x, th_case *c, const char *query)
{
    struct th_err bad;
    int64_t differs = 0;
    th_err_clear(&bad);
    enum th_code rc =
        query == NULL ? run_check(x, c, &bad) : th_db_number(c->db, query, 0, &differs, &bad);
    /* Damage is met again, and told, by what explains. */
    if (rc != TH_OK || differs != 0)
        atomic_store(&x->differs, true);
    if (rc == TH_OK || rc == TH_E_DB)
        return;
    (void)pthread_mutex_lock(&x->v->lock);
    x->rc = rc;
    x->err = bad;
    (void)pthread_mutex_unlock(&x->v->lock);
}

static void *thread_main(void *arg)
{
    struct comparison *x = arg;
    th_case *c = th_verify_take(x->v);
    sqlite3_progress_handler(c->db, 100000, th_verify_stopped, x->v);
    size_t at;
    while ((at = atomic_fetch_add(&x->next, 1)) < x->n && !th_cancelled(&x->v->stop))
        if (x->queries[at] == NULL || !atomic_load(&x->differs))
            run_query(x, c, x->queries[at]);
    sqlite3_progress_handler(c->db, 0, NULL, NULL);
    th_verify_give_back(x->v, c);
    return NULL;
}

static void run_threads(struct comparison *x)
{
    size_t running = 0;
    size_t want = x->v->pool_n;
    pthread_t *threads = th_xcalloc(want, sizeof *threads);
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (running < want && pthread_create(&threads[running], NULL, thread_main, x) == 0)
        running++;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (running == 0)
        (void)thread_main(x);
    for (size_t i = 0; i < running; i++)
        (void)pthread_join(threads[i], NULL);
    free(threads);
}

enum th_code th_verify_same(struct th_verify *v, bool *same, struct th_err *err)
{
    struct comparison x = {.v = v};
    th_err_clear(&x.err);
    atomic_store(&x.differs, !v->can_ask || !v->same_numbers || v->notes_n > 0 || v->gone.n > 0);
    x.rc = list_queries(&x, &x.err);
    if (x.rc == TH_OK)
        run_threads(&x);
    *same = !atomic_load(&x.differs);
    for (size_t i = 0; i < x.n; i++)
        free(x.queries[i]);
    free(x.queries);
    return x.rc == TH_OK ? TH_OK : th_err_set(err, x.rc, "%s", x.err.msg);
}
