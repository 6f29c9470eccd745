/* Pages of rows in some order.
 *
 * By time: a walk along the order that the table keeps, or, for few rows, a sort of those. By a
 * coded field: rows per rank are counted, which tells in which ranks the page lies, and one walk in
 * order of time collects only those. By ids and other times: a sort by text or number. */
#include "query/ops.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"
#include "query/scan.h"
#include "query/table_int.h"

enum { CHECK_ROWS = 262144, FEW = 32 };

struct paging {
    th_table *table;
    const struct th_bits *rows;
    const int64_t *ts;
    const uint32_t *order;
    bool descending;
    size_t offset, limit;
    th_cancel *cancel;
    struct th_err *err;
    uint32_t *out;
    size_t n;
};

static enum th_code check(th_cancel *cancel, struct th_err *err)
{
    return th_cancelled(cancel) ? th_err_set(err, TH_E_CANCELLED, "cancelled") : TH_OK;
}

/* The next row of the page, in its order; false when the page is full. */
static bool put(struct paging *p, uint32_t row)
{
    if (p->offset > 0) {
        p->offset--;
        return true;
    }
    if (p->n < p->limit)
        p->out[p->n++] = row;
    return p->n < p->limit;
}

/* By time ------------------------------------------------------------------ */

struct timed {
    int64_t ts;
    uint32_t row;
};

static int compare_timed(const void *left, const void *right)
{
    const struct timed *a = left;
    const struct timed *b = right;
    if (a->ts != b->ts)
        return a->ts < b->ts ? -1 : 1;
    return a->row < b->row ? -1 : 1;
}

/* Few rows: sort them. */
static void page_few(struct paging *p, size_t count)
{
    struct timed *list = th_xcalloc(count + 1, sizeof *list);
    size_t n = 0;
    for (size_t row = th_bits_next(p->rows, 0); row < p->rows->n && n < count;
         row = th_bits_next(p->rows, row + 1))
        list[n++] = (struct timed){p->ts[row], (uint32_t)row};
    qsort(list, n, sizeof *list, compare_timed);
    for (size_t i = 0; i < n; i++)
        if (!put(p, list[p->descending ? n - 1 - i : i].row))
            break;
    free(list);
}

static enum th_code page_time(struct paging *p)
{
    size_t rows = p->rows->n;
    size_t count = th_bits_count(p->rows);
    enum th_code rc = TH_OK;
    if (count < rows / FEW) {
        page_few(p, count);
        return TH_OK;
    }
    for (size_t i = 0; i < rows && rc == TH_OK; i++) {
        uint32_t row = p->order[p->descending ? rows - 1 - i : i];
        if (i % CHECK_ROWS == CHECK_ROWS - 1)
            rc = check(p->cancel, p->err);
        if (th_bits_get(p->rows, row) && !put(p, row))
            break;
    }
    return rc;
}

/* By a coded field --------------------------------------------------------- */

/* The ranks of the page: those in from … to, in which the page begins after skip rows. */
struct window {
    uint32_t from, to;
    size_t skip;
};

static struct window find_window(const struct paging *p, const uint32_t *count, uint32_t ranks)
{
    struct window w = {0, 0, 0};
    size_t before = 0;
    bool begun = false;
    for (uint32_t i = 0; i < ranks; i++) {
        uint32_t rank = p->descending ? ranks - 1 - i : i;
        if (!begun && before + count[rank] > p->offset) {
            begun = true;
            w.from = w.to = rank;
            w.skip = p->offset - before;
        }
        before += count[rank];
        if (begun) {
            w.from = rank < w.from ? rank : w.from;
            w.to = rank > w.to ? rank : w.to;
            if (before >= p->offset + p->limit)
                break;
        }
    }
    return w;
}

/* Rows of the window, in order of time within each rank, ranks in order: places are known from the
 * counts. */
static enum th_code collect(struct paging *p, const struct th_column *column, const uint32_t *ranks,
                            const uint32_t *count, struct window w)
{
    size_t width = (size_t)(w.to - w.from) + 1;
    size_t *place = th_xcalloc(width + 1, sizeof *place);
    size_t all = 0;
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < width; i++) {
        place[i] = all;
        all += count[w.from + i];
    }
    uint32_t *list = th_xreallocarray(NULL, all + 1, sizeof *list);
    for (size_t i = 0; i < p->rows->n && rc == TH_OK; i++) {
        uint32_t row = p->order[i];
        if (i % CHECK_ROWS == CHECK_ROWS - 1)
            rc = check(p->cancel, p->err);
        if (!th_bits_get(p->rows, row))
            continue;
        uint32_t rank = ranks[th_column_code(column, row)];
        if (rank >= w.from && rank <= w.to)
            list[place[rank - w.from]++] = row;
    }
    p->offset = w.skip;
    for (size_t i = 0; i < all && rc == TH_OK; i++)
        if (!put(p, list[p->descending ? all - 1 - i : i]))
            break;
    free(list);
    free(place);
    return rc;
}

static enum th_code page_coded(struct paging *p, enum th_field field)
{
    const struct th_column *column;
    const uint32_t *ranks;
    uint32_t n;
    enum th_code rc = th_table_column(p->table, field, &column, p->err);
    if (rc == TH_OK)
        rc = th_table_ranks(p->table, field, &ranks, &n, p->err);
    if (rc != TH_OK)
        return rc;
    if (p->offset >= th_bits_count(p->rows))
        return TH_OK;
    uint32_t *count = th_xcalloc((size_t)n + 1, sizeof *count);
    for (size_t row = th_bits_next(p->rows, 0); row < p->rows->n;
         row = th_bits_next(p->rows, row + 1))
        count[ranks[th_column_code(column, row)]]++;
    rc = collect(p, column, ranks, count, find_window(p, count, n));
    free(count);
    return rc;
}

/* By texts and other times ------------------------------------------------- */

struct keyed {
    struct th_str text; /* absent: none, or num counts */
    int64_t num;
    int64_t ts;
    uint32_t row;
};

static int compare_keyed(const void *left, const void *right)
{
    const struct keyed *a = left;
    const struct keyed *b = right;
    int c = th_str_cmp(a->text, b->text);
    if (c != 0)
        return c;
    if (a->num != b->num)
        return a->num < b->num ? -1 : 1;
    if (a->ts != b->ts)
        return a->ts < b->ts ? -1 : 1;
    return a->row < b->row ? -1 : 1;
}

static enum th_code page_keyed(struct paging *p, enum th_field field)
{
    const struct th_column *column;
    enum th_code rc = th_table_column(p->table, field, &column, p->err);
    if (rc != TH_OK)
        return rc;
    bool times = th_field_info(field)->store == TH_STORE_TIME;
    size_t count = th_bits_count(p->rows);
    th_arena *arena = th_arena_new(1024 * 1024);
    struct keyed *list = th_xcalloc(count + 1, sizeof *list);
    struct th_buf text = TH_BUF_INIT;
    size_t n = 0;
    for (size_t row = th_bits_next(p->rows, 0); row < p->rows->n && n < count && rc == TH_OK;
         row = th_bits_next(p->rows, row + 1)) {
        struct keyed *k = &list[n++];
        *k = (struct keyed){TH_STR_NONE, times ? column->num[row] : 0, p->ts[row], (uint32_t)row};
        th_buf_reset(&text);
        if (!times && th_column_text(column, row, &text))
            k->text = th_arena_dup(arena, th_buf_str(&text));
        if (n % CHECK_ROWS == 0)
            rc = check(p->cancel, p->err);
    }
    if (rc == TH_OK)
        qsort(list, n, sizeof *list, compare_keyed);
    for (size_t i = 0; i < n && rc == TH_OK; i++)
        if (!put(p, list[p->descending ? n - 1 - i : i].row))
            break;
    th_buf_fini(&text);
    th_arena_free(arena);
    free(list);
    return rc;
}

/* All ---------------------------------------------------------------------- */

static enum th_code page_by(struct paging *p, enum th_field sort)
{
    if (sort == TH_F_TIMESTAMP)
        return page_time(p);
    switch (th_field_info(sort)->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_BOOL:
    case TH_STORE_OF:
        return page_coded(p, sort);
    case TH_STORE_CONST:
        return page_time(p); /* all alike */
    case TH_STORE_ID:
    case TH_STORE_TIME:
        return page_keyed(p, sort);
    case TH_STORE_EVIDENCE:
        break;
    }
    return th_err_set(p->err, TH_E_UNSUPPORTED,
                      "events can't be sorted by %s: it is computed from the records",
                      th_field_info(sort)->name);
}

enum th_code th_ops_page(th_table *table, const struct th_bits *rows, enum th_field sort,
                         bool descending, size_t offset, size_t limit, th_cancel *cancel,
                         uint32_t *out, size_t *out_n, struct th_err *err)
{
    struct paging p = {.table = table,
                       .rows = rows,
                       .descending = descending,
                       .offset = offset,
                       .limit = limit,
                       .cancel = cancel,
                       .err = err,
                       .out = out};
    *out_n = 0;
    enum th_code rc = check(cancel, err);
    if (rc == TH_OK)
        rc = th_table_times(table, &p.ts, &p.order, err);
    if (rc == TH_OK && limit > 0)
        rc = page_by(&p, sort);
    if (rc == TH_OK)
        *out_n = p.n;
    return rc;
}

enum th_code th_ops_rank(th_table *table, const struct th_bits *rows, uint32_t row, size_t *out,
                         struct th_err *err)
{
    const struct th_column *column;
    size_t before = 0;
    enum th_code rc = th_table_column(table, TH_F_TIMESTAMP, &column, err);
    if (rc != TH_OK)
        return rc;
    const int64_t *ts = column->num;
    for (size_t i = 0; i < th_bits_words(rows->n); i++)
        for (uint64_t word = rows->w[i]; word != 0; word &= word - 1) {
            size_t other = i * 64 + (size_t)__builtin_ctzll(word);
            before += ts[other] < ts[row] || (ts[other] == ts[row] && other < row);
        }
    *out = before;
    return TH_OK;
}

enum th_code th_ops_time_range(th_table *table, int64_t from_ms, int64_t to_ms, struct th_bits *out,
                               struct th_err *err)
{
    const struct th_column *column;
    enum th_code rc = th_table_column(table, TH_F_TIMESTAMP, &column, err);
    if (rc != TH_OK)
        return rc;
    if (from_ms <= TH_TIME_NONE)
        from_ms = TH_TIME_NONE + 1;
    if (to_ms <= from_ms)
        th_bits_init(out, th_table_rows(table));
    else
        th_scan_times(column->num, th_table_rows(table), from_ms, to_ms - 1, out);
    return TH_OK;
}
