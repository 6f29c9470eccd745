/* Pairs of values of two fields. Each field gives every row a list of value numbers, 0 being
 * "absent": coded columns from their dictionaries, the others from a dictionary made on the way.
 * Pairs of numbers are counted in an open hash table and become texts in the end. */
#include "query/ops/ops.h"

#include <stdlib.h>

#include "base/dict.h"
#include "base/mem.h"
#include "query/ops/check.h"
#include "query/table/paths.h"
#include "query/table/values.h"

#define PAIRS_MAX ((size_t)16 << 20)
enum { CHECK_EVERY = 65536 };

/* A field's values by row. Coded: column, index. Else dict, and for fields of several values (or of
 * the records) list[start[row]] … of count[row] values. */
struct side {
    const struct th_field_ref *field;
    const struct th_column *column;
    const struct th_value_index *index;
    th_dict *dict;
    uint32_t *start, *count, *list;
    size_t n, cap;
    size_t row;
};

static void side_fini(struct side *s)
{
    th_dict_free(s->dict);
    free(s->start);
    free(s->count);
    free(s->list);
}

static void add_text(void *ctx, struct th_str value)
{
    struct side *s = ctx;
    uint32_t number = th_dict_intern(s->dict, value);
    for (uint32_t i = 0; i < s->count[s->row]; i++)
        if (s->list[s->start[s->row] + i] == number)
            return;
    TH_GROW(s->list, s->n, s->cap);
    s->list[s->n++] = number;
    s->count[s->row]++;
}

static void begin_row(struct side *s, size_t row)
{
    s->row = row;
    s->start[row] = (uint32_t)s->n;
}

/* What the records hold. */
static enum th_code add_records(th_table *table, const struct th_bits *rows, struct side *s,
                                th_cancel *cancel, struct th_err *err)
{
    struct th_row_values values;
    enum th_code rc = th_row_values_read(table, rows, s->field, cancel, &values, err);
    if (rc != TH_OK)
        return rc;
    for (size_t row = th_bits_next(rows, 0); row < rows->n; row = th_bits_next(rows, row + 1)) {
        begin_row(s, row);
        for (uint32_t i = values.start[row]; i < values.start[row + 1]; i++)
            add_text(s, th_dict_text(values.dict, values.list[i]));
    }
    th_row_values_fini(&values);
    return TH_OK;
}

/* Ids and times: texts made row by row. */
static enum th_code add_texts(struct side *s, const struct th_bits *rows, th_cancel *cancel,
                              struct th_err *err)
{
    struct th_buf text = TH_BUF_INIT;
    enum th_code rc = TH_OK;
    size_t seen = 0;
    for (size_t row = th_bits_next(rows, 0); row < rows->n && rc == TH_OK;
         row = th_bits_next(rows, row + 1)) {
        if (seen++ % CHECK_EVERY == 0)
            rc = th_ops_cancel_check(cancel, err);
        begin_row(s, row);
        th_buf_reset(&text);
        if (th_column_text(s->column, row, &text))
            add_text(s, th_buf_str(&text));
    }
    th_buf_fini(&text);
    return rc;
}

static enum th_code open_side(th_table *table, const struct th_bits *rows, th_cancel *cancel,
                              struct side *s, struct th_err *err)
{
    enum th_store store = th_field_info(s->field->field)->store;
    int id = (int)s->field->field;
    enum th_code rc = TH_OK;
    if (store == TH_STORE_EVIDENCE)
        rc = th_table_path_id(table, s->field, th_bits_count(rows), cancel, &id, err);
    if (rc == TH_OK && id >= 0)
        rc = th_table_coded(table, id, &s->column, err);
    if (rc != TH_OK)
        return rc;
    if (id >= 0 && store != TH_STORE_ID && store != TH_STORE_TIME)
        return th_table_index(table, id, &s->index, err);
    s->dict = th_dict_new();
    s->start = th_xcalloc(rows->n + 1, sizeof *s->start);
    s->count = th_xcalloc(rows->n + 1, sizeof *s->count);
    return id >= 0 ? add_texts(s, rows, cancel, err) : add_records(table, rows, s, cancel, err);
}

/* The numbers of a row's values into *list; 0 of them: absent. single is room for one. With an
 * index they are one less than what number_of makes of them. */
static uint32_t values_of(const struct side *s, size_t row, const uint32_t **list, uint32_t *single)
{
    if (s->dict != NULL) {
        *list = s->list + s->start[row];
        return s->count[row];
    }
    uint32_t code = th_column_code(s->column, row);
    if (s->index != NULL) {
        *list = s->index->list + s->index->first[code];
        return s->index->first[code + 1] - s->index->first[code];
    }
    *single = code;
    *list = single;
    return s->column->texts[code].p != NULL;
}

/* Dictionaries number from 1, columns and indexes from 0. */
static uint64_t number_of(const struct side *s, uint32_t value)
{
    return s->dict != NULL ? value : (uint64_t)value + 1;
}

static struct th_str text_of(const struct side *s, uint64_t number)
{
    if (number == 0)
        return TH_STR_NONE;
    if (s->dict != NULL)
        return th_dict_text(s->dict, (uint32_t)number);
    return s->index != NULL ? s->index->texts[number - 1] : s->column->texts[number - 1];
}

/* Counting ----------------------------------------------------------------- */

struct pair {
    uint64_t key; /* number of a in the upper half, of b in the lower */
    uint64_t count;
};

struct pairs {
    struct pair *slots;
    size_t n, mask;
};

static size_t place_of(const struct pairs *p, uint64_t key)
{
    size_t at = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & p->mask;
    while (p->slots[at].count != 0 && p->slots[at].key != key)
        at = (at + 1) & p->mask;
    return at;
}

static void grow(struct pairs *p)
{
    struct pairs old = *p;
    p->mask = old.mask * 2 + 1;
    p->slots = th_xcalloc(p->mask + 1, sizeof *p->slots);
    for (size_t i = 0; i <= old.mask; i++)
        if (old.slots[i].count != 0)
            p->slots[place_of(p, old.slots[i].key)] = old.slots[i];
    free(old.slots);
}

static void count_pair(struct pairs *p, uint64_t a, uint64_t b)
{
    uint64_t key = a << 32 | b;
    struct pair *pair = &p->slots[place_of(p, key)];
    pair->key = key;
    if (pair->count++ != 0)
        return;
    if (++p->n > p->mask / 2)
        grow(p);
}

static void count_row(struct pairs *p, const struct side *a, const struct side *b, size_t row)
{
    uint32_t single_a, single_b;
    const uint32_t *list_a, *list_b;
    uint32_t n = values_of(a, row, &list_a, &single_a);
    uint32_t m = values_of(b, row, &list_b, &single_b);
    for (uint32_t i = 0; i < n || i == 0; i++)
        for (uint32_t k = 0; k < m || k == 0; k++)
            count_pair(p, n == 0 ? 0 : number_of(a, list_a[i]),
                       m == 0 ? 0 : number_of(b, list_b[k]));
}

static enum th_code count_rows(struct pairs *p, const struct side *a, const struct side *b,
                               const struct th_bits *rows, th_cancel *cancel, struct th_err *err)
{
    size_t seen = 0;
    for (size_t row = th_bits_next(rows, 0); row < rows->n; row = th_bits_next(rows, row + 1)) {
        if (seen++ % CHECK_EVERY == 0 && th_ops_cancel_check(cancel, err) != TH_OK)
            return TH_E_CANCELLED;
        count_row(p, a, b, row);
        if (p->n > PAIRS_MAX)
            return th_err_set(err, TH_E_LIMIT, "%s and %s make more than %zu million pairs",
                              th_field_info(a->field->field)->name,
                              th_field_info(b->field->field)->name, PAIRS_MAX >> 20);
    }
    return TH_OK;
}

/* Choosing ----------------------------------------------------------------- */

static int compare_texts(struct th_str a, struct th_str b)
{
    if ((a.p == NULL) != (b.p == NULL))
        return a.p == NULL ? 1 : -1;
    return th_str_cmp(a, b);
}

static int compare_cells(const void *left, const void *right)
{
    const struct th_cross_cell *x = left;
    const struct th_cross_cell *y = right;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    int c = compare_texts(x->a, y->a);
    return c != 0 ? c : compare_texts(x->b, y->b);
}

/* Texts of a dictionary made on the way die with it. */
static void keep_text(const struct side *s, th_arena *arena, struct th_str *text)
{
    if (s->dict != NULL && text->p != NULL)
        *text = th_arena_dup(arena, *text);
}

static void give(const struct pairs *p, const struct side *a, const struct side *b, size_t max,
                 struct th_crosstab *out)
{
    struct th_cross_cell *all = th_xcalloc(p->n + 1, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i <= p->mask; i++)
        if (p->slots[i].count != 0)
            all[n++] =
                (struct th_cross_cell){text_of(a, p->slots[i].key >> 32),
                                       text_of(b, p->slots[i].key & UINT32_MAX), p->slots[i].count};
    qsort(all, n, sizeof *all, compare_cells);
    out->distinct = n;
    out->n = n < max ? n : max;
    out->cells = th_arena_calloc(out->arena, out->n + 1, sizeof *out->cells);
    for (size_t i = 0; i < out->n; i++) {
        out->cells[i] = all[i];
        keep_text(a, out->arena, &out->cells[i].a);
        keep_text(b, out->arena, &out->cells[i].b);
    }
    free(all);
}

enum th_code th_ops_crosstab(th_table *table, const struct th_bits *rows,
                             const struct th_field_ref *a, const struct th_field_ref *b, size_t max,
                             th_cancel *cancel, struct th_crosstab *out, struct th_err *err)
{
    struct side sides[2] = {{.field = a}, {.field = b}};
    struct pairs pairs = {.mask = 1023};
    struct th_ops_rows of;
    memset(out, 0, sizeof *out);
    enum th_code rc = th_ops_field_check(a->field, err);
    if (rc == TH_OK)
        rc = th_ops_field_check(b->field, err);
    if (rc == TH_OK)
        rc = th_ops_rows_open(table, rows, &of, err);
    if (rc != TH_OK)
        return rc;
    out->arena = th_arena_new(4096);
    out->rows = th_bits_count(of.set);
    pairs.slots = th_xcalloc(pairs.mask + 1, sizeof *pairs.slots);
    rc = open_side(table, of.set, cancel, &sides[0], err);
    if (rc == TH_OK)
        rc = open_side(table, of.set, cancel, &sides[1], err);
    if (rc == TH_OK)
        rc = count_rows(&pairs, &sides[0], &sides[1], of.set, cancel, err);
    if (rc == TH_OK)
        give(&pairs, &sides[0], &sides[1], max, out);
    else
        th_crosstab_fini(out);
    free(pairs.slots);
    side_fini(&sides[0]);
    side_fini(&sides[1]);
    th_ops_rows_close(&of);
    return rc;
}

void th_crosstab_fini(struct th_crosstab *crosstab)
{
    th_arena_free(crosstab->arena);
    memset(crosstab, 0, sizeof *crosstab);
}
