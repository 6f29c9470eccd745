/* Which of a rule's old findings, or of what was said of them, hold an event. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/findings/internal.h"

void th_held_free(struct th_held *held)
{
    for (size_t i = 0; i < held->n; i++)
        free(held->holders[i].grouping);
    free(held->holders);
    free(held->events);
}

static int compare_events(const void *a, const void *b)
{
    const struct th_held_event *x = a;
    const struct th_held_event *y = b;
    if (x->event != y->event)
        return x->event < y->event ? -1 : 1;
    return x->holder < y->holder ? -1 : x->holder > y->holder;
}

enum th_code th_held_read(th_case *c, const char *sql, const char *rule, struct th_held *out,
                          struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_prepare(c->db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, rule);
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        if (out->n == 0 || out->holders[out->n - 1].id != id) {
            const char *grouping = th_db_cstr(stmt, 1);
            TH_GROW(out->holders, out->n, out->cap);
            out->holders[out->n++] =
                (struct th_holder){id, th_xstrdup(grouping == NULL ? "" : grouping), false, false};
        }
        if (sqlite3_column_type(stmt, 2) == SQLITE_NULL)
            continue;
        out->holders[out->n - 1].has_events = true;
        TH_GROW(out->events, out->events_n, out->events_cap);
        out->events[out->events_n++] = (struct th_held_event){
            sqlite3_column_int64(stmt, 2), out->n - 1, sqlite3_column_int(stmt, 3) != 0};
    }
    sqlite3_finalize(stmt);
    if (out->events_n > 0)
        qsort(out->events, out->events_n, sizeof *out->events, compare_events);
    return rc;
}

size_t th_held_first(const struct th_held *held, int64_t event)
{
    size_t low = 0;
    size_t high = held->events_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (held->events[middle].event < event)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
