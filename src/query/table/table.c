/* The table: columns loaded when first asked for, and what is computed from them once.
 *
 * One lock guards who loads what: the first thread that asks for a column loads it outside of the
 * lock, others wait for it. What is derived (value indexes, ranks, the order of time) is made under
 * a second lock. Once made, nothing changes until the table is freed, so pointers into it are used
 * without locks. */
#include "query/table/table.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/time.h"
#include "query/eval/cache.h"
#include "query/table/paths.h"
#include "query/table/table_data.h"

enum { RUN_ROWS = 2048 };

th_table *th_table_new(size_t rows, const struct th_loader *loader)
{
    th_table *table = th_xcalloc(1, sizeof *table);
    table->rows = rows;
    atomic_init(&table->refs, 1);
    atomic_init(&table->order, NULL);
    table->loader = *loader;
    pthread_mutex_init(&table->lock, NULL);
    pthread_mutex_init(&table->derive, NULL);
    th_wake_init(&table->loaded);
    table->cache = th_eval_cache_new(rows);
    table->paths = th_paths_new();
    return table;
}

void th_table_slot_fini(struct th_table_slot *slot)
{
    if (slot->index != NULL) {
        free(slot->index->texts);
        free(slot->index->first);
        free(slot->index->list);
        free(slot->index);
    }
    if (slot->dict != NULL &&
        atomic_fetch_sub_explicit(&slot->dict->refs, 1, memory_order_acq_rel) == 1) {
        th_dict_free(slot->dict->dict);
        free(slot->dict);
    }
    free(slot->ranks[0]);
    free(slot->ranks[1]);
    free(slot->totals);
}

size_t th_table_slot_memory(const struct th_table_slot *slot)
{
    const struct th_value_index *index = slot->index;
    size_t n = slot->column.texts_n;
    size_t bytes = slot->totals != NULL ? n * sizeof *slot->totals : 0;
    for (int i = 0; i < 2; i++)
        bytes += slot->ranks[i] != NULL ? n * sizeof *slot->ranks[i] : 0;
    if (index == NULL)
        return bytes;
    bytes += (slot->dict == NULL ? 0 : th_dict_memory(slot->dict->dict)) +
             index->n * sizeof *index->texts;
    return bytes + (n + 1) * sizeof *index->first + index->first[n] * sizeof *index->list;
}

static void slot_free(th_table *table, struct th_table_slot *slot)
{
    th_table_slot_fini(slot);
    if (slot->state == TH_SLOT_READY && table->loader.column_free != NULL)
        table->loader.column_free(table->loader.ctx, &slot->column);
}

th_table *th_table_hold(th_table *table)
{
    atomic_fetch_add_explicit(&table->refs, 1, memory_order_relaxed);
    return table;
}

void th_table_free(th_table *table)
{
    if (table == NULL || atomic_fetch_sub_explicit(&table->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (int i = 0; i < TH_FIELD_COUNT; i++)
        slot_free(table, &table->slots[i]);
    free(atomic_load_explicit(&table->order, memory_order_relaxed));
    free(table->runs);
    th_bits_fini(&table->lost_rows);
    th_eval_cache_free(table->cache);
    th_paths_free(table->paths);
    th_wake_fini(&table->loaded);
    pthread_mutex_destroy(&table->derive);
    pthread_mutex_destroy(&table->lock);
    free(table);
}

size_t th_table_rows(const th_table *table)
{
    return table->rows;
}

struct th_eval_cache *th_table_cache(th_table *table)
{
    return table->cache;
}

struct th_paths *th_table_path_list(th_table *table)
{
    return table->paths;
}

const struct th_loader *th_table_loader(const th_table *table)
{
    return &table->loader;
}

enum th_code th_table_column(th_table *table, enum th_field field, const struct th_column **out,
                             struct th_err *err)
{
    struct th_table_slot *slot = &table->slots[field];
    const struct th_field_info *info = th_field_info(field);
    enum th_code rc = TH_OK;
    struct th_column column = {.field = field, .rows = table->rows};
    if (info->store == TH_STORE_EVIDENCE)
        return th_err_set(err, TH_E_UNSUPPORTED, "%s is no column: it is computed from the records",
                          info->name);
    pthread_mutex_lock(&table->lock);
    while (slot->state == TH_SLOT_LOADING)
        (void)th_wake_wait(&table->loaded, &table->lock, TH_WAIT_FOR_EVER);
    if (slot->state == TH_SLOT_EMPTY) {
        slot->state = TH_SLOT_LOADING;
        pthread_mutex_unlock(&table->lock);
        rc = table->loader.column(table->loader.ctx, field, table->rows, &column, err);
        pthread_mutex_lock(&table->lock);
        slot->state = rc == TH_OK ? TH_SLOT_READY : TH_SLOT_EMPTY;
        if (rc == TH_OK)
            slot->column = column;
        th_wake_all(&table->loaded);
    }
    pthread_mutex_unlock(&table->lock);
    *out = &slot->column;
    return rc == TH_OK ? TH_OK : th_err_prefix(err, rc, "loading %s", info->name);
}

static struct th_table_slot *slot_of(th_table *table, int id)
{
    return id < TH_FIELD_COUNT ? &table->slots[id]
                               : th_paths_slot(table->paths, (size_t)(id - TH_FIELD_COUNT));
}

enum th_code th_table_coded(th_table *table, int id, const struct th_column **out,
                            struct th_err *err)
{
    if (id < TH_FIELD_COUNT)
        return th_table_column(table, (enum th_field)id, out, err);
    *out = &slot_of(table, id)->column;
    return TH_OK;
}

/* Values of entries -------------------------------------------------------- */

struct indexer {
    th_dict *dict;
    struct th_value_index *index;
    uint32_t from; /* of the present entry */
    size_t n, cap; /* of index->list */
};

static void index_value(void *ctx, struct th_str value)
{
    struct indexer *x = ctx;
    uint32_t v = th_dict_intern(x->dict, value) - 1;
    for (size_t i = x->from; i < x->n; i++)
        if (x->index->list[i] == v)
            return;
    TH_GROW(x->index->list, x->n, x->cap);
    x->index->list[x->n++] = v;
}

void th_table_index_entries(const struct th_column *column, uint32_t from, th_dict *dict,
                            struct th_value_index *index)
{
    struct indexer x = {.dict = dict, .index = index, .n = index->first[from]};
    uint32_t known = index->n;
    x.cap = x.n;
    for (uint32_t code = from; code < column->texts_n; code++) {
        x.from = index->first[code] = (uint32_t)x.n;
        th_column_entry_values(column, code, index_value, &x);
    }
    index->first[column->texts_n] = (uint32_t)x.n;
    index->n = th_dict_count(dict);
    index->texts = th_xreallocarray(index->texts, (size_t)index->n + 1, sizeof *index->texts);
    for (uint32_t v = known; v < index->n; v++)
        index->texts[v] = th_dict_text(dict, v + 1);
}

static void make_index(struct th_table_slot *slot)
{
    const struct th_column *column = &slot->column;
    const struct th_field_info *info = th_field_info(column->field);
    slot->indexed = true;
    if (column->path == 0 && info->store != TH_STORE_OF && (info->flags & TH_FIELD_MULTI) == 0)
        return;
    struct th_value_index *index = th_xcalloc(1, sizeof *index);
    index->first = th_xcalloc((size_t)column->texts_n + 1, sizeof *index->first);
    slot->dict = th_xcalloc(1, sizeof *slot->dict);
    slot->dict->dict = th_dict_new();
    atomic_init(&slot->dict->refs, 1);
    th_table_index_entries(column, 0, slot->dict->dict, index);
    slot->index = index;
}

enum th_code th_table_index(th_table *table, int id, const struct th_value_index **out,
                            struct th_err *err)
{
    const struct th_column *column;
    enum th_code rc = th_table_coded(table, id, &column, err);
    if (rc != TH_OK)
        return rc;
    struct th_table_slot *slot = slot_of(table, id);
    pthread_mutex_lock(&table->derive);
    if (!slot->indexed)
        make_index(slot);
    pthread_mutex_unlock(&table->derive);
    *out = slot->index;
    return TH_OK;
}

/* Order -------------------------------------------------------------------- */

enum th_code th_table_ranks(th_table *table, enum th_field field, bool largest,
                            const uint32_t **out, uint32_t *ranks, struct th_err *err)
{
    const struct th_column *column;
    struct th_table_slot *slot = &table->slots[field];
    enum th_code rc = th_table_column(table, field, &column, err);
    if (rc != TH_OK)
        return rc;
    pthread_mutex_lock(&table->derive);
    /* One value an entry: the smallest is the largest. */
    largest = largest && (th_field_info(field)->flags & TH_FIELD_MULTI) != 0;
    if (slot->ranks[largest] == NULL)
        slot->ranks[largest] = th_ranks_make(column, largest, &slot->ranks_n[largest]);
    pthread_mutex_unlock(&table->derive);
    *out = slot->ranks[largest];
    *ranks = slot->ranks_n[largest];
    return TH_OK;
}

const uint32_t *th_table_totals(th_table *table, const struct th_column *column,
                                uint32_t *(*make)(const struct th_column *column))
{
    struct th_table_slot *slot = column->path == 0 ? &table->slots[column->field]
                                                   : th_paths_slot(table->paths, column->path - 1);
    pthread_mutex_lock(&table->derive);
    if (slot->totals == NULL)
        slot->totals = make(column);
    pthread_mutex_unlock(&table->derive);
    return slot->totals;
}

/* Most cases are imported nearly in order of time; the radix sort takes the same few passes either
 * way. */
static uint32_t *make_order(th_table *table, const int64_t *ts)
{
    size_t n = table->rows;
    uint64_t *keys = th_xcalloc(n + 1, sizeof *keys);
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        if (ts[i] == TH_TIME_NONE)
            continue;
        first = ts[i] < first ? ts[i] : first;
        last = ts[i] > last ? ts[i] : last;
    }
    table->first_ms = last == INT64_MIN ? TH_TIME_NONE : first;
    table->last_ms = last == INT64_MIN ? TH_TIME_NONE : last;
    for (size_t i = 0; i < n; i++)
        keys[i] = ts[i] == TH_TIME_NONE ? 0 : (uint64_t)ts[i] - (uint64_t)first + 1;
    uint32_t *order = th_xcalloc(n + 1, sizeof *order);
    th_order_by(keys, n, order);
    free(keys);
    return order;
}

enum th_code th_table_times(th_table *table, const int64_t **ts, const uint32_t **order,
                            struct th_err *err)
{
    const struct th_column *column;
    enum th_code rc = th_table_column(table, TH_F_TIMESTAMP, &column, err);
    if (rc != TH_OK)
        return rc;
    /* Usually there: asked for with every line of the screen, so without the lock. */
    uint32_t *made = atomic_load_explicit(&table->order, memory_order_acquire);
    if (made == NULL) {
        pthread_mutex_lock(&table->derive);
        made = atomic_load_explicit(&table->order, memory_order_relaxed);
        if (made == NULL) {
            made = make_order(table, column->num);
            atomic_store_explicit(&table->order, made, memory_order_release);
        }
        pthread_mutex_unlock(&table->derive);
    }
    *ts = column->num;
    *order = made;
    return TH_OK;
}

enum th_code th_table_span(th_table *table, int64_t *first, int64_t *last, struct th_err *err)
{
    const int64_t *ts;
    const uint32_t *order;
    enum th_code rc = th_table_times(table, &ts, &order, err);
    if (rc != TH_OK)
        return rc;
    *first = table->first_ms;
    *last = table->last_ms;
    return TH_OK;
}

void th_table_lose(th_table *table, size_t row, int64_t source, const char *why)
{
    struct th_lost *lost = &table->lost;
    struct th_lost_source *of = NULL;
    pthread_mutex_lock(&table->lock);
    lost->times++;
    if (table->lost_rows.w == NULL)
        th_bits_init(&table->lost_rows, table->rows);
    if (row < table->rows && !th_bits_get(&table->lost_rows, row)) {
        th_bits_put(&table->lost_rows, row);
        lost->events++;
        for (size_t i = 0; i < lost->sources_n && of == NULL; i++)
            of = lost->sources[i].source == source ? &lost->sources[i] : NULL;
        if (of == NULL && lost->sources_n < TH_LOST_SOURCES) {
            of = &lost->sources[lost->sources_n++];
            of->source = source;
            (void)snprintf(of->why, sizeof of->why, "%s", why);
        }
        if (of != NULL)
            of->events++;
        else
            lost->others++;
    }
    pthread_mutex_unlock(&table->lock);
}

void th_table_lost(th_table *table, struct th_lost *out)
{
    pthread_mutex_lock(&table->lock);
    *out = table->lost;
    pthread_mutex_unlock(&table->lock);
}

static void note_lost(void *ctx, uint64_t row, int64_t source, const struct th_err *why)
{
    th_table_lose(ctx, (size_t)row, source, why->msg);
}

enum th_code th_table_raw_scan(th_table *table, const struct th_bits *wanted,
                               bool (*visit)(void *ctx, uint64_t row, struct th_str raw), void *ctx,
                               th_cancel *cancel, struct th_err *err)
{
    const struct th_loader *loader = &table->loader;
    void *reader;
    enum th_code rc = loader->raw_open(loader->ctx, &reader, err);
    if (rc != TH_OK)
        return rc;
    if (loader->raw_lost != NULL)
        loader->raw_lost(reader, note_lost, table);
    rc = loader->raw_read(reader, wanted, 0, table->rows, visit, ctx, cancel, err);
    loader->raw_close(reader);
    return rc;
}

/* Runs of RUN_ROWS where the loader names none. */
static void make_runs(th_table *table)
{
    const struct th_loader *loader = &table->loader;
    if (table->rows == 0 ||
        (loader->raw_runs != NULL &&
         loader->raw_runs(loader->ctx, table->rows, &table->runs, &table->runs_n, NULL) == TH_OK))
        return;
    table->runs_n = (table->rows + RUN_ROWS - 1) / RUN_ROWS;
    table->runs = th_xcalloc(table->runs_n, sizeof *table->runs);
    for (size_t i = 0; i < table->runs_n; i++)
        table->runs[i] = i + 1 < table->runs_n ? (i + 1) * RUN_ROWS : table->rows;
}

size_t th_table_runs(th_table *table, const size_t **ends)
{
    pthread_mutex_lock(&table->derive);
    if (table->runs == NULL)
        make_runs(table);
    pthread_mutex_unlock(&table->derive);
    *ends = table->runs;
    return table->runs_n;
}

size_t th_table_memory(th_table *table)
{
    size_t bytes = th_eval_cache_memory(table->cache) + th_paths_memory(table->paths);
    pthread_mutex_lock(&table->derive);
    pthread_mutex_lock(&table->lock);
    for (int i = 0; i < TH_FIELD_COUNT; i++)
        if (table->slots[i].state == TH_SLOT_READY)
            bytes += table->slots[i].column.memory_bytes + th_table_slot_memory(&table->slots[i]);
    pthread_mutex_unlock(&table->lock);
    bytes += table->order != NULL ? table->rows * sizeof *table->order : 0;
    pthread_mutex_unlock(&table->derive);
    return bytes;
}
