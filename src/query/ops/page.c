/* Pages of rows in some order.
 *
 * By time: a walk along the order that the table keeps. By a coded field: the rows of every rank
 * are counted, which tells in which ranks the page lies; a walk in order of time then collects only
 * those and ends when it has them. Few rows, ids and other times: the page is selected out of the
 * set. Nothing sorts more than it shows. */
#include "query/ops/ops.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"
#include "base/uuid.h"
#include "query/eval/scan.h"
#include "query/ops/check.h"
#include "query/ops/count.h"
#include "query/ops/nth_rows.h"
#include "query/table/table_data.h"

enum { CHECK_ROWS = 262144, FEW = 32 };

struct paging {
    th_table *table;
    const struct th_bits *rows;
    size_t count; /* of rows */
    const int64_t *ts;
    const uint32_t *order;
    size_t untimed; /* so many rows stand first in order */
    bool descending;
    size_t offset, limit; /* inside count */
    th_cancel *cancel;
    struct th_err *err;
    uint32_t *out;
    size_t n;
};

/* By time ------------------------------------------------------------------ */

static size_t count_untimed(const int64_t *ts, const uint32_t *order, size_t n)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ts[order[middle]] == TH_TIME_NONE)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The i-th row of all: timed ones first, either way. */
static uint32_t row_at(const struct paging *p, size_t i)
{
    size_t timed = p->rows->n - p->untimed;
    if (i >= timed)
        return p->order[p->descending ? p->untimed - 1 - (i - timed) : i - timed];
    return p->order[p->descending ? p->rows->n - 1 - i : p->untimed + i];
}

static enum th_code page_time(struct paging *p)
{
    size_t rows = p->rows->n;
    bool all = p->count == rows;
    size_t skip = all ? 0 : p->offset;
    enum th_code rc = TH_OK;
    for (size_t i = all ? p->offset : 0; i < rows && p->n < p->limit && rc == TH_OK; i++) {
        uint32_t row = row_at(p, i);
        if (i % CHECK_ROWS == CHECK_ROWS - 1)
            rc = th_ops_cancel_check(p->cancel, p->err);
        if (!all && !th_bits_get(p->rows, row))
            continue;
        if (skip > 0)
            skip--;
        else
            p->out[p->n++] = row;
    }
    return rc;
}

/* Selected ----------------------------------------------------------------- */

/* What rows are compared by: one of places (by code), num, ids; none of them: time alone. */
struct keys {
    const struct paging *p;
    const struct th_column *column;
    const uint32_t *places;
    const int64_t *num;
    bool ids;
};

static int compare_times(const struct paging *p, int64_t a, int64_t b)
{
    if (a == b)
        return 0;
    if (a == TH_TIME_NONE || b == TH_TIME_NONE)
        return a == TH_TIME_NONE ? 1 : -1;
    return (a < b) != p->descending ? -1 : 1;
}

static struct th_str id_text(const struct th_column *column, uint32_t row,
                             char text[TH_UUID_CHARS + 1])
{
    if (column->id_kind[row] == 2)
        return column->ids_text[column->id_index[row]];
    th_uuid_text(column->uuids[row], text);
    return (struct th_str){text, TH_UUID_CHARS};
}

static int compare_ids(const struct paging *p, const struct th_column *column, uint32_t a,
                       uint32_t b)
{
    char text_a[TH_UUID_CHARS + 1], text_b[TH_UUID_CHARS + 1];
    uint8_t kind_a = column->id_kind[a];
    uint8_t kind_b = column->id_kind[b];
    int c;
    if (kind_a == 0 || kind_b == 0)
        return (kind_a == 0) - (kind_b == 0);
    /* Bytes of UUIDs sort as their texts do. */
    if (kind_a == 1 && kind_b == 1)
        c = memcmp(column->uuids[a], column->uuids[b], sizeof column->uuids[a]);
    else
        c = th_str_cmp(id_text(column, a, text_a), id_text(column, b, text_b));
    return p->descending ? -c : c;
}

static int compare_rows(const void *ctx, uint32_t a, uint32_t b)
{
    const struct keys *k = ctx;
    int c = 0;
    if (k->places != NULL) {
        uint32_t x = k->places[th_column_code(k->column, a)];
        uint32_t y = k->places[th_column_code(k->column, b)];
        c = x < y ? -1 : x > y;
    } else if (k->num != NULL) {
        c = compare_times(k->p, k->num[a], k->num[b]);
    } else if (k->ids) {
        c = compare_ids(k->p, k->column, a, b);
    }
    if (c == 0)
        c = compare_times(k->p, k->p->ts[a], k->p->ts[b]);
    if (c == 0)
        c = (a < b) != k->p->descending ? -1 : 1;
    return c;
}

static enum th_code page_selected(struct paging *p, const struct keys *keys)
{
    uint32_t *list = th_xreallocarray(NULL, p->count + 1, sizeof *list);
    size_t n = 0;
    for (size_t row = th_bits_next(p->rows, 0); row < p->rows->n && n < p->count;
         row = th_bits_next(p->rows, row + 1))
        list[n++] = (uint32_t)row;
    th_select_range(list, n, p->offset, p->offset + p->limit, compare_rows, keys);
    memcpy(p->out, list + p->offset, p->limit * sizeof *list);
    p->n = p->limit;
    free(list);
    return th_ops_cancel_check(p->cancel, p->err);
}

/* By a coded field --------------------------------------------------------- */

/* The places of ranks in the page's order, absent ones last. */
static uint32_t *places_of(const struct paging *p, const struct th_column *column,
                           const uint32_t *ranks, uint32_t n)
{
    uint32_t *places = th_xcalloc((size_t)column->texts_n + 1, sizeof *places);
    for (uint32_t code = 0; code < column->texts_n; code++) {
        uint32_t rank = ranks[code];
        places[code] = rank == 0 ? n - 1 : p->descending ? n - 1 - rank : rank - 1;
    }
    return places;
}

/* The places of the page: from the last row of one … to, and where the page begins among their
 * rows. Of the last place only some rows are needed. */
struct window {
    uint32_t from, to;
    size_t skip, last;
};

static struct window find_window(const struct paging *p, const size_t *count, uint32_t places)
{
    struct window w = {0, 0, 0, 0};
    size_t before = 0;
    size_t end = p->offset + p->limit;
    while (w.from + 1 < places && before + count[w.from] <= p->offset)
        before += count[w.from++];
    w.skip = p->offset - before;
    for (w.to = w.from; w.to + 1 < places && before + count[w.to] < end; w.to++)
        before += count[w.to];
    w.last = end - before;
    return w;
}

/* Rows of the window's places, each in order of time. */
static enum th_code collect(struct paging *p, const struct th_column *column,
                            const uint32_t *places, const size_t *count, struct window w)
{
    size_t width = (size_t)(w.to - w.from) + 1;
    size_t *at = th_xcalloc(width + 1, sizeof *at);
    size_t *end = th_xcalloc(width + 1, sizeof *end);
    size_t all = 0;
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < width; i++) {
        at[i] = all;
        all += i + 1 == width ? w.last : count[w.from + i];
        end[i] = all;
    }
    uint32_t *list = th_xreallocarray(NULL, all + 1, sizeof *list);
    size_t missing = all;
    for (size_t i = 0; i < p->rows->n && missing > 0 && rc == TH_OK; i++) {
        uint32_t row = row_at(p, i);
        if (i % CHECK_ROWS == CHECK_ROWS - 1)
            rc = th_ops_cancel_check(p->cancel, p->err);
        if (!th_bits_get(p->rows, row))
            continue;
        uint32_t place = places[th_column_code(column, row)];
        if (place < w.from || place > w.to || at[place - w.from] == end[place - w.from])
            continue;
        list[at[place - w.from]++] = row;
        missing--;
    }
    if (rc == TH_OK) {
        memcpy(p->out, list + w.skip, p->limit * sizeof *list);
        p->n = p->limit;
    }
    free(list);
    free(at);
    free(end);
    return rc;
}

static enum th_code page_counted(struct paging *p, const struct th_column *column,
                                 const uint32_t *places, uint32_t n)
{
    uint32_t *by_code;
    size_t *count = th_xcalloc((size_t)n + 1, sizeof *count);
    enum th_code rc = th_count_codes(p->table, column, p->rows, p->cancel, &by_code, p->err);
    for (uint32_t code = 0; code < column->texts_n && rc == TH_OK; code++)
        count[places[code]] += by_code[code];
    if (rc == TH_OK)
        rc = collect(p, column, places, count, find_window(p, count, n));
    free(by_code);
    free(count);
    return rc;
}

static enum th_code page_coded(struct paging *p, enum th_field field)
{
    const struct th_column *column;
    const uint32_t *ranks;
    uint32_t n;
    enum th_code rc = th_table_column(p->table, field, &column, p->err);
    if (rc == TH_OK)
        rc = th_table_ranks(p->table, field, p->descending, &ranks, &n, p->err);
    if (rc != TH_OK)
        return rc;
    uint32_t *places = places_of(p, column, ranks, n);
    const struct keys keys = {.p = p, .column = column, .places = places};
    rc = p->count < p->rows->n / FEW ? page_selected(p, &keys) : page_counted(p, column, places, n);
    free(places);
    return rc;
}

/* All ---------------------------------------------------------------------- */

static enum th_code page_row_keys(struct paging *p, enum th_field field)
{
    struct keys keys = {.p = p};
    enum th_code rc = th_table_column(p->table, field, &keys.column, p->err);
    if (rc != TH_OK)
        return rc;
    keys.ids = th_field_info(field)->store == TH_STORE_ID;
    keys.num = keys.ids ? NULL : keys.column->num;
    return page_selected(p, &keys);
}

static enum th_code page_by_time(struct paging *p)
{
    const struct keys keys = {.p = p};
    return p->count < p->rows->n / FEW ? page_selected(p, &keys) : page_time(p);
}

static enum th_code page_by(struct paging *p, enum th_field sort)
{
    if (sort == TH_F_TIMESTAMP)
        return page_by_time(p);
    switch (th_field_info(sort)->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_BOOL:
    case TH_STORE_OF:
        return page_coded(p, sort);
    case TH_STORE_CONST:
        return page_by_time(p); /* all alike */
    case TH_STORE_ID:
    case TH_STORE_TIME:
        return page_row_keys(p, sort);
    case TH_STORE_EVIDENCE:
        break;
    }
    return th_err_set(p->err, TH_E_UNSUPPORTED,
                      "events can't be sorted by %s: it is computed from the records",
                      th_field_info(sort)->name);
}

/* Also an empty page is refused where any would be. */
static enum th_code check_sort(enum th_field sort, struct th_err *err)
{
    struct paging none = {.err = err};
    enum th_code rc = th_ops_field_check(sort, err);
    return rc == TH_OK && th_field_info(sort)->store == TH_STORE_EVIDENCE ? page_by(&none, sort)
                                                                          : rc;
}

enum th_code th_ops_page(th_table *table, const struct th_bits *rows, enum th_field sort,
                         bool descending, size_t offset, size_t limit, th_cancel *cancel,
                         uint32_t *out, size_t *out_n, struct th_err *err)
{
    struct th_ops_rows of;
    *out_n = 0;
    enum th_code rc = th_ops_rows_open(table, rows, &of, err);
    if (rc != TH_OK)
        return rc;
    struct paging p = {.table = table,
                       .rows = of.set,
                       .count = th_bits_count(of.set),
                       .descending = descending,
                       .offset = offset,
                       .cancel = cancel,
                       .err = err,
                       .out = out};
    rc = check_sort(sort, err);
    if (rc == TH_OK)
        rc = th_ops_cancel_check(cancel, err);
    if (rc == TH_OK)
        rc = th_table_times(table, &p.ts, &p.order, err);
    if (offset < p.count)
        p.limit = limit < p.count - offset ? limit : p.count - offset;
    if (rc == TH_OK && p.limit > 0) {
        p.untimed = count_untimed(p.ts, p.order, of.set->n);
        rc = page_by(&p, sort);
    }
    if (rc == TH_OK)
        *out_n = p.n;
    th_ops_rows_close(&of);
    return rc;
}
