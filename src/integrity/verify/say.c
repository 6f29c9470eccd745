/* Telling differences: one at a time, a row of a statement each, what is bad with the case itself.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

static enum th_code tell(struct th_verify *v, enum th_verify_kind kind, sqlite3_stmt *stmt,
                         struct th_err *err)
{
    bool more;
    enum th_code rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        const struct th_verify_difference d = {.kind = kind,
                                               .source = sqlite3_column_int64(stmt, 0),
                                               .offset = sqlite3_column_int64(stmt, 1),
                                               .has_offset =
                                                   sqlite3_column_type(stmt, 1) != SQLITE_NULL,
                                               .event = sqlite3_column_int64(stmt, 2),
                                               .field = th_db_text(stmt, 3),
                                               .expected = th_db_text(stmt, 4),
                                               .found = th_db_text(stmt, 5),
                                               .what = th_db_text(stmt, 6)};
        th_verify_say(v, &d);
        if (th_cancelled(&v->stop) || th_cancelled(v->cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
    }
    return rc;
}

enum th_code th_verify_told(struct th_verify *v, enum th_verify_kind kind, struct th_err *err,
                            const char *format, ...)
{
    char *text = NULL;
    struct th_err bad;
    sqlite3_stmt *stmt;
    va_list args;
    th_err_clear(&bad);
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        th_oom(0);
    va_end(args);
    enum th_code rc = th_db_prepare(v->c->db, text, &stmt, &bad);
    if (rc == TH_OK) {
        rc = tell(v, kind, stmt, &bad);
        sqlite3_finalize(stmt);
    }
    free(text);
    return th_verify_bad(v, rc, &bad, err);
}
