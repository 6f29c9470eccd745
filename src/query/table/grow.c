/* A longer table out of a shorter one. Columns grow in the store; what is made of them here is
 * copied and carried on: indexes and counts by their new entries and rows, the order of time by
 * merging, results of tests as being unknown for the new rows. Ranks are made anew when somebody
 * sorts. What the old table hasn't got is left for the first use, as in any table. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"
#include "query/eval/cache.h"
#include "query/table/paths.h"
#include "query/table/table_data.h"

/* The index of a column whose first old_n entries old was made for. */
static void grow_index(const struct th_table_slot *old, uint32_t old_n, struct th_table_slot *slot)
{
    const struct th_value_index *from = old->index;
    /* Somebody else carried it on: made anew when it is needed. */
    if (from != NULL && th_dict_count(old->dict->dict) != from->n)
        return;
    slot->indexed = old->indexed;
    if (from == NULL)
        return;
    struct th_value_index *index = th_xcalloc(1, sizeof *index);
    size_t list_n = from->first[old_n];
    index->n = from->n;
    index->first = th_xcalloc((size_t)slot->column.texts_n + 1, sizeof *index->first);
    memcpy(index->first, from->first, ((size_t)old_n + 1) * sizeof *index->first);
    index->list = th_xreallocarray(NULL, list_n + 1, sizeof *index->list);
    if (list_n > 0)
        memcpy(index->list, from->list, list_n * sizeof *index->list);
    index->texts = th_xreallocarray(NULL, (size_t)from->n + 1, sizeof *index->texts);
    memcpy(index->texts, from->texts, from->n * sizeof *index->texts);
    atomic_fetch_add_explicit(&old->dict->refs, 1, memory_order_relaxed);
    slot->dict = old->dict;
    th_table_index_entries(&slot->column, old_n, slot->dict->dict, index);
    slot->index = index;
}

static void grow_totals(const struct th_table_slot *old, size_t old_rows,
                        struct th_table_slot *slot)
{
    const struct th_column *column = &slot->column;
    uint32_t *totals = th_xcalloc((size_t)column->texts_n + 1, sizeof *totals);
    memcpy(totals, old->totals, old->column.texts_n * sizeof *totals);
    for (size_t row = old_rows; row < column->rows; row++)
        totals[th_column_code(column, row)]++;
    slot->totals = totals;
}

/* A column that can't grow is one that is not loaded yet: whoever asks for it learns why. */
static void grow_slot(th_table *old, th_table *table, enum th_field field)
{
    struct th_table_slot from;
    struct th_table_slot *slot = &table->slots[field];
    pthread_mutex_lock(&old->lock);
    bool ready = old->slots[field].state == TH_SLOT_READY;
    pthread_mutex_unlock(&old->lock);
    if (!ready)
        return;
    /* What is made once stays: a copy of the pointers is enough. */
    pthread_mutex_lock(&old->derive);
    from = old->slots[field];
    pthread_mutex_unlock(&old->derive);
    if (table->loader.column_grow(table->loader.ctx, &from.column, table->rows, &slot->column,
                                  NULL) != TH_OK)
        return;
    slot->state = TH_SLOT_READY;
    bool same = slot->column.texts_of == from.column.texts_of;
    if (same && from.indexed)
        grow_index(&from, from.column.texts_n, slot);
    if (same && from.totals != NULL && slot->column.width > 0)
        grow_totals(&from, old->rows, slot);
}

/* ---- the order of time ---- */

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

/* New rows in order, behind old ones of the same time. TH_TIME_NONE is the least there is, so
 * untimed rows come first, as they should. */
static uint32_t *merge(const uint32_t *old, size_t old_n, const int64_t *ts, size_t n)
{
    uint32_t *order = th_xreallocarray(NULL, n + 1, sizeof *order);
    size_t new_n = n - old_n;
    struct timed *fresh = th_xreallocarray(NULL, new_n + 1, sizeof *fresh);
    bool sorted = true;
    for (size_t i = 0; i < new_n; i++) {
        fresh[i] = (struct timed){ts[old_n + i], (uint32_t)(old_n + i)};
        sorted = sorted && (i == 0 || fresh[i - 1].ts <= fresh[i].ts);
    }
    if (!sorted)
        qsort(fresh, new_n, sizeof *fresh, compare_timed);
    /* From the end: what is new is mostly younger, and all before that is copied in one go. */
    size_t at = n;
    while (new_n > 0 && old_n > 0)
        order[--at] = ts[old[old_n - 1]] > fresh[new_n - 1].ts ? old[--old_n] : fresh[--new_n].row;
    while (new_n > 0)
        order[--at] = fresh[--new_n].row;
    memcpy(order, old, old_n * sizeof *order);
    free(fresh);
    return order;
}

static void grow_order(th_table *old, th_table *table)
{
    const uint32_t *from = atomic_load_explicit(&old->order, memory_order_acquire);
    const struct th_table_slot *slot = &table->slots[TH_F_TIMESTAMP];
    if (from == NULL || slot->state != TH_SLOT_READY)
        return;
    const int64_t *ts = slot->column.num;
    uint32_t *order = merge(from, old->rows, ts, table->rows);
    size_t first = 0;
    while (first < table->rows && ts[order[first]] == TH_TIME_NONE)
        first++;
    bool timed = first < table->rows;
    table->first_ms = timed ? ts[order[first]] : TH_TIME_NONE;
    table->last_ms = timed ? ts[order[table->rows - 1]] : TH_TIME_NONE;
    atomic_store_explicit(&table->order, order, memory_order_release);
}

th_table *th_table_grow(th_table *old, size_t rows)
{
    th_table *table = th_table_new(rows, &old->loader);
    table->grown = true;
    if (old->rows == 0 || table->loader.column_grow == NULL)
        return table;
    for (int field = 0; field < TH_FIELD_COUNT; field++)
        grow_slot(old, table, (enum th_field)field);
    grow_order(old, table);
    th_eval_cache_grow(old->cache, table->cache);
    th_paths_grow(old->paths, table->paths);
    return table;
}
