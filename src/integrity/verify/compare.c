/* Is every row of the temporary case in the case, and no other? Asked by SQL, table by table and
 * for the events run by run, on all cores: the usual answer is yes, and then there is nothing more
 * to do. SQLite's own check of the file goes along. */
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integrity/verify/internal.h"

#define RUN_EVENTS 131072

struct job {
    char *sql; /* one number: 0 when nothing differs; NULL: SQLite's check */
};

struct comparison {
    struct th_verify *v;
    struct job *jobs;
    size_t n, cap;
    atomic_size_t next;
    atomic_bool differs;
    struct th_buf damage; /* what SQLite says of its file, a line each */
    enum th_code rc;      /* under v->lock */
    struct th_err err;
};

static void add(struct comparison *x, struct th_buf *sql)
{
    TH_GROW(x->jobs, x->n, x->cap);
    x->jobs[x->n++].sql = th_buf_take(sql);
}

/* Rows of one table that have no equal in the other. */
static void add_table(struct comparison *x, const char *table, const char *columns,
                      const char *where)
{
    for (int other = 0; other < 2; other++) {
        struct th_buf sql = TH_BUF_INIT;
        th_buf_printf(&sql, "SELECT EXISTS(SELECT %s FROM %s.%s %s EXCEPT SELECT %s FROM %s.%s %s)",
                      columns, other ? "made" : "main", table, where, columns,
                      other ? "main" : "made", table, where);
        add(x, &sql);
    }
}

/* The same where key is the primary key: no copy is made of what is compared. */
static void add_keyed(struct comparison *x, const char *table, const char *key, const char *values,
                      const char *where)
{
    struct th_buf sql = TH_BUF_INIT;
    th_buf_printf(&sql,
                  "SELECT EXISTS(SELECT 1 FROM made.%s t LEFT JOIN main.%s c USING(%s) WHERE "
                  "(%s)%s) OR (SELECT count(*) FROM main.%s) <> (SELECT count(*) FROM made.%s)",
                  table, table, key, values, where, table, table);
    add(x, &sql);
}

static void put_differs(struct th_buf *out, const char *column)
{
    th_buf_printf(out, "%sc.\"%s\" IS NOT t.\"%s\"", out->n == 0 ? "" : " OR ", column, column);
}

static void add_events(struct comparison *x)
{
    static const char *const places[] = {"source", "offset", "length", "flags"};
    struct th_buf values = TH_BUF_INIT;
    struct th_buf where = TH_BUF_INIT;
    int64_t last = (int64_t)x->v->totals->events;
    for (size_t i = 0; i < TH_COUNT(places); i++)
        put_differs(&values, places[i]);
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (th_field_is_column(f) && !th_field_is_sparse(f) && th_field_group(f) == TH_GROUP_NONE)
            put_differs(&values, th_field_info(f)->name);
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        put_differs(&values, th_group_name(g));
    for (int64_t at = 1; at <= last; at += RUN_EVENTS) {
        th_buf_reset(&where);
        th_buf_printf(&where, " AND t.id BETWEEN %" PRId64 " AND %" PRId64, at,
                      at + RUN_EVENTS - 1);
        struct th_buf sql = TH_BUF_INIT;
        th_buf_printf(&sql,
                      "SELECT EXISTS(SELECT 1 FROM made.event t LEFT JOIN main.event c ON c.id = "
                      "t.id WHERE (%s)%s)",
                      th_buf_cstr(&values), th_buf_cstr(&where));
        add(x, &sql);
    }
    struct th_buf sql = TH_BUF_INIT;
    th_buf_puts(&sql,
                "SELECT (SELECT count(*) FROM main.event) <> (SELECT count(*) FROM made.event)");
    add(x, &sql);
    th_buf_fini(&values);
    th_buf_fini(&where);
}

static void add_groups(struct comparison *x)
{
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++) {
        enum th_field members[TH_FIELD_COUNT];
        struct th_buf values = TH_BUF_INIT;
        int n = th_group_members(g, members);
        for (int i = 0; i < n; i++)
            put_differs(&values, th_field_info(members[i])->name);
        add_keyed(x, th_group_name(g), "id", th_buf_cstr(&values), "");
        th_buf_fini(&values);
    }
}

/* Values of kinds that can't be checked are left out, and of those that the case hasn't. */
static void add_derived(struct comparison *x)
{
    struct th_buf where = TH_BUF_INIT;
    struct th_buf none = TH_BUF_INIT;
    th_buf_puts(&where, "WHERE field NOT IN (0");
    th_buf_puts(&none, "SELECT EXISTS(SELECT 1 FROM main.derived WHERE field IN (0");
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        enum th_enrich_kind kind = th_enrich_kind_of(f);
        if (kind == TH_ENRICH_KINDS || (x->v->can_kind[kind] && x->v->has_kind[kind]))
            continue;
        th_buf_printf(&where, ", %" PRId64, x->v->numbers.field[f]);
        if (x->v->can_kind[kind])
            th_buf_printf(&none, ", %" PRId64, x->v->numbers.field[f]);
    }
    th_buf_puts(&where, ")");
    th_buf_puts(&none, "))");
    add_table(x, "derived", "field, code, text", th_buf_cstr(&where));
    add(x, &none);
    th_buf_fini(&where);
}

static void add_all(struct comparison *x)
{
    struct th_buf check = TH_BUF_INIT;
    add(x, &check);
    x->jobs[0].sql = NULL;
    add_events(x);
    add_groups(x);
    add_keyed(x, "term", "field, code", "c.text IS NOT t.text", "");
    add_keyed(x, "extra", "field, event", "c.value IS NOT t.value", "");
    add_keyed(x, "anonymous", "hash", "c.event IS NOT t.event", "");
    add_keyed(x, "duplicate", "id",
              "c.source IS NOT t.source OR c.offset IS NOT t.offset OR c.length IS NOT t.length OR "
              "c.flags IS NOT t.flags OR c.event IS NOT t.event",
              "");
    add_keyed(x, "segment", "id",
              "c.field IS NOT t.field OR c.first IS NOT t.first OR c.rows IS NOT t.rows OR c.width "
              "IS NOT t.width OR c.bytes IS NOT t.bytes",
              "");
    add_table(x, "reject", "source, offset, length, reason, bytes", "");
    add_table(x, "access_point", "source, inflated, bits, window", "");
    /* How many bytes came out of a file that was skipped is not known again; nor how one that stays
     * outside would have been kept. */
    add_table(x, "source",
              "id, sha256, size_bytes, CASE WHEN skipped IS NULL THEN inflated_bytes END, state, "
              "events, duplicates, rejects, unselected, untimed, first, last, skipped",
              "");
    struct th_buf kinds = TH_BUF_INIT;
    th_buf_puts(&kinds, "SELECT EXISTS(SELECT 1 FROM main.source c JOIN made.source t USING(id) "
                        "WHERE c.kind <> t.kind AND c.kind <> 2 AND c.skipped IS NULL)");
    add(x, &kinds);
    add_derived(x);
}

static enum th_code run_check(struct comparison *x, th_case *c, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_prepare(c->db, "PRAGMA main.quick_check(1000000)", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more)
        if (!th_str_is(th_db_text(stmt, 0), "ok")) {
            th_buf_add_str(&x->damage, th_db_text(stmt, 0));
            th_buf_putc(&x->damage, '\n');
        }
    sqlite3_finalize(stmt);
    return rc;
}

static void *thread_main(void *arg)
{
    struct comparison *x = arg;
    struct th_verify *v = x->v;
    (void)pthread_mutex_lock(&v->lock);
    th_case *c = v->pool[--v->pool_n];
    (void)pthread_mutex_unlock(&v->lock);
    sqlite3_progress_handler(c->db, 100000, th_verify_stopped, v);
    size_t at;
    while ((at = atomic_fetch_add(&x->next, 1)) < x->n && !th_cancelled(&v->stop)) {
        struct th_err bad;
        int64_t differs = 0;
        th_err_clear(&bad);
        if (x->jobs[at].sql != NULL && atomic_load(&x->differs))
            continue;
        enum th_code rc = x->jobs[at].sql == NULL
                              ? run_check(x, c, &bad)
                              : th_db_number(c->db, x->jobs[at].sql, 0, &differs, &bad);
        /* Damage is met again, and told, by what explains. */
        if (rc != TH_OK || differs != 0)
            atomic_store(&x->differs, true);
        if (rc == TH_OK || rc == TH_E_DB)
            continue;
        (void)pthread_mutex_lock(&v->lock);
        x->rc = rc;
        x->err = bad;
        (void)pthread_mutex_unlock(&v->lock);
    }
    sqlite3_progress_handler(c->db, 0, NULL, NULL);
    (void)pthread_mutex_lock(&v->lock);
    v->pool[v->pool_n++] = c;
    (void)pthread_mutex_unlock(&v->lock);
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

static void say_damage(struct th_verify *v, struct th_str lines)
{
    while (lines.n > 0) {
        size_t n = (size_t)th_str_find(lines, '\n');
        const struct th_verify_difference d = {.kind = TH_VERIFY_DATABASE,
                                               .field = TH_STR("quick_check"),
                                               .what = th_str_sub(lines, 0, n)};
        th_verify_say(v, &d);
        lines = th_str_sub(lines, n + 1, lines.n);
    }
}

enum th_code th_verify_same(struct th_verify *v, bool *same, struct th_err *err)
{
    struct comparison x = {.v = v};
    th_err_clear(&x.err);
    add_all(&x);
    atomic_store(&x.differs, !v->same_numbers || v->notes_n > 0 || v->gone.n > 0);
    run_threads(&x);
    *same = !atomic_load(&x.differs);
    if (x.rc == TH_OK)
        say_damage(v, th_buf_str(&x.damage));
    for (size_t i = 0; i < x.n; i++)
        free(x.jobs[i].sql);
    free(x.jobs);
    th_buf_fini(&x.damage);
    return x.rc == TH_OK ? TH_OK : th_err_set(err, x.rc, "%s", x.err.msg);
}
