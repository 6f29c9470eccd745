/* Telling differences, and what is bad with the case itself. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integrity/verify/internal.h"

int th_verify_stopped(void *ctx)
{
    struct th_verify *v = ctx;
    return th_cancelled(&v->stop) || th_cancelled(v->cancel);
}

static void read_place(th_case *c, int64_t source, struct th_buf *out)
{
    sqlite3_stmt *stmt;
    bool row;
    if (th_db_cached(&c->cache, c->db,
                     "SELECT path || coalesce('/' || container, '') FROM source WHERE id = ?1",
                     &stmt, NULL) != TH_OK)
        return;
    th_db_bind_int(stmt, 1, source);
    if (th_db_step_any(stmt, &row, NULL) == TH_OK && row)
        th_buf_add_str(out, th_db_text(stmt, 0));
    sqlite3_reset(stmt);
}

void th_verify_say(struct th_verify *v, const struct th_verify_difference *difference)
{
    struct th_verify_difference d = *difference;
    struct th_buf place = TH_BUF_INIT;
    if (th_cancelled(&v->stop))
        return;
    if (d.source != 0)
        read_place(v->c, d.source, &place);
    if (place.n > 0)
        d.path = th_buf_str(&place);
    v->totals->differences++;
    v->totals->by_kind[d.kind]++;
    if (!v->sink->difference(v->sink->ctx, &d))
        th_cancel_set(&v->stop);
    th_buf_fini(&place);
}

enum th_code th_verify_bad(struct th_verify *v, enum th_code rc, const struct th_err *bad,
                           struct th_err *err)
{
    if (rc == TH_OK)
        return TH_OK;
    if (rc != TH_E_DB && rc != TH_E_LIMIT)
        return th_err_set(err, rc, "%s", bad->msg);
    const struct th_verify_difference d = {.kind = TH_VERIFY_DATABASE, .what = th_str_of(bad->msg)};
    th_verify_say(v, &d);
    return TH_OK;
}

void th_verify_note(struct th_verify *v, enum th_verify_kind kind, int64_t source, int64_t offset,
                    const char *field, const char *expected, const char *found, const char *what)
{
    const char *const texts[] = {field, expected, found, what};
    struct th_verify_note note = {.kind = kind, .source = source, .offset = offset};
    for (size_t i = 0; i < TH_COUNT(texts); i++)
        note.texts[i] = texts[i] == NULL ? NULL : th_xstrdup(texts[i]);
    (void)pthread_mutex_lock(&v->lock);
    TH_GROW(v->notes, v->notes_n, v->notes_cap);
    note.at = v->notes_n;
    v->notes[v->notes_n++] = note;
    (void)pthread_mutex_unlock(&v->lock);
}
