/* Where the rows of each source stand. Rows are numbered in order of import, so those of a source
 * follow each other, and one look over the table gives a first and last number per source. In a
 * case that was tampered with they may stand anywhere: then there are several spans, whose rows are
 * taken one by one in order of offset. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/verify_int.h"

static int compare_spans(const void *a, const void *b)
{
    const struct th_verify_span *x = a;
    const struct th_verify_span *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

/* Rows before and id follow each other in the table. */
static void note_gap(struct th_verify *v, int64_t before, int64_t id)
{
    int64_t first = before < 0 ? 1 : before + 1;
    int64_t last = id - 1;
    if (first > last)
        return;
    TH_GROW(v->gaps, v->gaps_n, v->gaps_cap);
    v->gaps[v->gaps_n++] = (struct th_verify_gap){first, last};
}

static void add_row(struct th_verify_spans *s, int64_t id, int64_t source, int64_t offset)
{
    struct th_verify_span *span = s->n == 0 ? NULL : &s->v[s->n - 1];
    if (span == NULL || span->source != source || id != span->last_id + 1 ||
        offset <= span->last_offset) {
        TH_GROW(s->v, s->n, s->cap);
        span = &s->v[s->n++];
        *span = (struct th_verify_span){
            .source = source, .first_id = id, .first_offset = offset, .ordinal = s->rows};
    }
    span->last_id = id;
    span->last_offset = offset;
    s->rows++;
    s->last_id = id;
}

static enum th_code load_table(struct th_verify_worker *w, enum th_verify_table table,
                               const char *sql, struct th_err *err)
{
    struct th_verify *v = w->v;
    struct th_verify_spans *s = &v->spans[table];
    sqlite3_stmt *stmt;
    bool more;
    bool sorted = true;
    enum th_code rc = th_db_prepare(v->c->db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        int64_t before = s->last_id;
        if (th_cancelled(v->cancel)) {
            rc = th_err_set(err, TH_E_CANCELLED, "cancelled");
            break;
        }
        if (table == TH_VERIFY_EVENTS)
            note_gap(v, before, id);
        add_row(s, id, sqlite3_column_int64(stmt, 1), sqlite3_column_int64(stmt, 2));
        if (s->n > 1 && s->v[s->n - 1].source < s->v[s->n - 2].source)
            sorted = false;
    }
    sqlite3_finalize(stmt);
    if (!sorted)
        qsort(s->v, s->n, sizeof *s->v, compare_spans);
    return rc;
}

enum th_code th_verify_spans_load(struct th_verify_worker *w, struct th_err *err)
{
    static const char *const tables[TH_VERIFY_TABLES] = {
        [TH_VERIFY_EVENTS] = "SELECT id, source, offset FROM event ORDER BY id",
        [TH_VERIFY_DUPLICATES] = "SELECT id, source, offset FROM duplicate ORDER BY id",
        /* In order of their numbers: two may stand at one place. */
        [TH_VERIFY_REJECTS] = "SELECT id, source, id FROM reject ORDER BY id",
    };
    enum th_code rc = TH_OK;
    for (enum th_verify_table t = 0; t < TH_VERIFY_TABLES && rc == TH_OK; t++)
        rc = load_table(w, t, tables[t], err);
    return rc;
}

void th_verify_spans_fini(struct th_verify *v)
{
    for (size_t t = 0; t < TH_VERIFY_TABLES; t++)
        free(v->spans[t].v);
    free(v->gaps);
}

const struct th_verify_span *th_verify_spans_of(const struct th_verify_spans *spans, int64_t source,
                                                size_t *n)
{
    size_t low = 0;
    size_t high = spans->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans->v[middle].source < source)
            low = middle + 1;
        else
            high = middle;
    }
    *n = 0;
    while (low + *n < spans->n && spans->v[low + *n].source == source)
        (*n)++;
    return *n == 0 ? NULL : spans->v + low;
}

int64_t th_verify_id_at(const struct th_verify_spans *spans, uint64_t ordinal)
{
    for (size_t i = 0; i < spans->n; i++) {
        const struct th_verify_span *s = &spans->v[i];
        uint64_t n = (uint64_t)(s->last_id - s->first_id) + 1;
        if (ordinal >= s->ordinal && ordinal - s->ordinal < n)
            return s->first_id + (int64_t)(ordinal - s->ordinal);
    }
    return 0;
}

/* ---- the rows of a source ---- */

static int compare_places(const void *a, const void *b)
{
    const struct th_verify_place *x = a;
    const struct th_verify_place *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static void bind_range(sqlite3_stmt *stmt, int64_t first, int64_t last)
{
    sqlite3_reset(stmt);
    th_db_bind_int(stmt, 1, first);
    th_db_bind_int(stmt, 2, last);
}

static enum th_code list_rows(struct th_verify_rows *rows, struct th_err *err)
{
    bool more;
    rows->list = th_xreallocarray(NULL, (size_t)rows->count + 1, sizeof *rows->list);
    for (size_t i = 0; i < rows->spans_n; i++) {
        const struct th_verify_span *span = &rows->spans[i];
        bind_range(rows->stmt, span->first_id, span->last_id);
        enum th_code rc;
        while ((rc = th_db_step_any(rows->stmt, &more, err)) == TH_OK && more &&
               rows->list_n < rows->count) {
            int64_t id = sqlite3_column_int64(rows->stmt, 0);
            rows->list[rows->list_n++] =
                (struct th_verify_place){id, sqlite3_column_int64(rows->stmt, 1),
                                         span->ordinal + (uint64_t)(id - span->first_id)};
        }
        if (rc != TH_OK)
            return rc;
    }
    qsort(rows->list, rows->list_n, sizeof *rows->list, compare_places);
    return TH_OK;
}

enum th_code th_verify_rows_begin(struct th_verify_rows *rows, sqlite3_stmt *stmt,
                                  const struct th_verify_spans *spans, int64_t source,
                                  struct th_err *err)
{
    *rows = (struct th_verify_rows){.stmt = stmt};
    rows->spans = th_verify_spans_of(spans, source, &rows->spans_n);
    for (size_t i = 0; i < rows->spans_n; i++)
        rows->count += (uint64_t)(rows->spans[i].last_id - rows->spans[i].first_id) + 1;
    if (rows->spans_n > 1) {
        enum th_code rc = list_rows(rows, err);
        if (rc != TH_OK)
            return rc;
    } else if (rows->spans_n == 1) {
        bind_range(stmt, rows->spans->first_id, rows->spans->last_id);
        rows->ordinal = rows->spans->ordinal - 1; /* of the row before the first */
    }
    return th_verify_rows_next(rows, err);
}

enum th_code th_verify_rows_next(struct th_verify_rows *rows, struct th_err *err)
{
    rows->has = false;
    if (rows->spans_n == 0 || (rows->list != NULL && rows->at == rows->list_n))
        return TH_OK;
    if (rows->list != NULL) {
        const struct th_verify_place *place = &rows->list[rows->at++];
        bind_range(rows->stmt, place->id, place->id);
        rows->ordinal = place->ordinal;
    } else {
        rows->ordinal++;
    }
    enum th_code rc = th_db_step_any(rows->stmt, &rows->has, err);
    if (rc == TH_OK && rows->has) {
        rows->id = sqlite3_column_int64(rows->stmt, 0);
        rows->offset = sqlite3_column_int64(rows->stmt, 1);
    }
    return rc;
}

void th_verify_rows_end(struct th_verify_rows *rows)
{
    if (rows->stmt != NULL)
        sqlite3_reset(rows->stmt);
    free(rows->list);
    rows->list = NULL;
    rows->has = false;
    rows->spans_n = 0;
}
