/* Each thread numbers the texts it meets and lists the numbers, row after row; joined in order of
 * rows they are the same whatever the threads did. */
#include "query/table/values.h"

#include <stdlib.h>

#include "base/mem.h"
#include "query/eval/evidence.h"

/* Numbers are 32 bits, and so are places in the list. */
#define VALUES_MAX ((size_t)UINT32_MAX / 2)

/* One row in a thread's list. */
struct stretch {
    uint32_t row, from, n;
};

struct part {
    const struct th_field_ref *field;
    th_dict *dict;
    uint32_t *list;
    size_t n, cap;
    struct stretch *rows;
    size_t rows_n, rows_cap;
};

static void add_value(void *ctx, struct th_str value)
{
    struct part *p = ctx;
    if (p->n >= VALUES_MAX)
        return; /* noticed when the parts are joined */
    TH_GROW(p->list, p->n, p->cap);
    p->list[p->n++] = th_dict_intern(p->dict, value);
}

static void add_record(void *ctx, size_t thread, size_t row, struct th_str raw)
{
    struct part *p = &((struct part *)ctx)[thread];
    size_t from = p->n;
    if (p->dict == NULL)
        p->dict = th_dict_new();
    th_evidence_values(p->field, raw, add_value, p);
    if (p->n == from)
        return;
    TH_GROW(p->rows, p->rows_n, p->rows_cap);
    p->rows[p->rows_n++] = (struct stretch){(uint32_t)row, (uint32_t)from, (uint32_t)(p->n - from)};
}

/* Where a row's values are among the parts. */
struct where {
    uint32_t from;
    uint32_t thread;
};

/* start gets the number of values before each row. */
static void find_places(const struct part *parts, size_t rows, uint32_t *start, struct where *where)
{
    for (uint32_t t = 0; t < TH_TABLE_THREADS_MAX; t++)
        for (size_t i = 0; i < parts[t].rows_n; i++) {
            const struct stretch *s = &parts[t].rows[i];
            where[s->row] = (struct where){s->from, t};
            start[s->row + 1] = s->n;
        }
    for (size_t row = 0; row < rows; row++)
        start[row + 1] += start[row];
}

static void join(const struct part *parts, size_t rows, struct th_row_values *out)
{
    struct where *where = th_xcalloc(rows + 1, sizeof *where);
    uint32_t *numbers[TH_TABLE_THREADS_MAX] = {NULL}; /* of a thread's texts; 0: not yet */
    out->dict = th_dict_new();
    out->start = th_xcalloc(rows + 1, sizeof *out->start);
    find_places(parts, rows, out->start, where);
    out->list = th_xcalloc((size_t)out->start[rows] + 1, sizeof *out->list);
    for (size_t t = 0; t < TH_TABLE_THREADS_MAX; t++)
        if (parts[t].dict != NULL)
            numbers[t] = th_xcalloc((size_t)th_dict_count(parts[t].dict) + 1, sizeof(uint32_t));
    for (size_t row = 0; row < rows; row++) {
        const struct part *p = &parts[where[row].thread];
        for (uint32_t i = 0; i < out->start[row + 1] - out->start[row]; i++) {
            uint32_t theirs = p->list[where[row].from + i];
            uint32_t *ours = &numbers[where[row].thread][theirs];
            if (*ours == 0)
                *ours = th_dict_intern(out->dict, th_dict_text(p->dict, theirs));
            out->list[out->start[row] + i] = *ours;
        }
    }
    for (size_t t = 0; t < TH_TABLE_THREADS_MAX; t++)
        free(numbers[t]);
    free(where);
}

enum th_code th_row_values_read(th_table *table, const struct th_bits *rows,
                                const struct th_field_ref *field, th_cancel *cancel,
                                struct th_row_values *out, struct th_err *err)
{
    struct part parts[TH_TABLE_THREADS_MAX] = {{.field = NULL}};
    size_t n = 0;
    for (size_t t = 0; t < TH_TABLE_THREADS_MAX; t++)
        parts[t].field = field;
    enum th_code rc = th_table_records(table, rows, add_record, parts, cancel, err);
    for (size_t t = 0; t < TH_TABLE_THREADS_MAX; t++)
        n += parts[t].n;
    if (rc == TH_OK && n >= VALUES_MAX)
        rc = th_err_set(err, TH_E_LIMIT, "more than %zu values", VALUES_MAX);
    if (rc == TH_OK)
        join(parts, rows->n, out);
    for (size_t t = 0; t < TH_TABLE_THREADS_MAX; t++) {
        th_dict_free(parts[t].dict);
        free(parts[t].list);
        free(parts[t].rows);
    }
    return rc;
}

void th_row_values_fini(struct th_row_values *values)
{
    th_dict_free(values->dict);
    free(values->start);
    free(values->list);
    *values = (struct th_row_values){NULL, NULL, NULL};
}
