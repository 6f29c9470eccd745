/* What tables keep beside the loaded columns: inside of src/query only. Everything is made on first
 * use and then only read. */
#ifndef TH_QUERY_TABLE_TABLE_DATA_H
#define TH_QUERY_TABLE_TABLE_DATA_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/work/crew.h"
#include "query/table/table.h"

/* The different values of a coded column whose texts are not one value each: MULTI fields (an entry
 * is an array) and OF fields (several entries with the same text). Entry code has the values
 * list[first[code]] … list[first[code + 1] - 1], each once. */
struct th_value_index {
    uint32_t n;
    struct th_str *texts;
    uint32_t *first;
    uint32_t *list;
};

/* The dictionary behind an index: where its texts stand. Tables that grew from each other share it;
 * the youngest adds to it. */
struct th_value_dict {
    atomic_size_t refs;
    th_dict *dict;
};

/* A column with what is made of it on first use. */
enum th_table_slot_state { TH_SLOT_EMPTY, TH_SLOT_LOADING, TH_SLOT_READY };
struct th_table_slot {
    enum th_table_slot_state state;
    struct th_column column;
    bool indexed; /* index was made, or found to be needless */
    struct th_value_index *index;
    struct th_value_dict *dict; /* texts of index */
    uint32_t *ranks[2];         /* by smallest values, by largest */
    uint32_t ranks_n[2];
    uint32_t *totals;
};
struct th_eval_cache;
struct th_paths;
struct th_table {
    size_t rows;
    atomic_size_t refs;
    bool
        grown; /* the case is being imported into: what is kept for later is kept in large pieces */
    struct th_loader loader;
    pthread_mutex_t lock;
    struct th_wake loaded;
    pthread_mutex_t derive;
    struct th_table_slot slots[TH_FIELD_COUNT];
    _Atomic(uint32_t *) order; /* set once, behind first_ms and last_ms */
    int64_t first_ms, last_ms;
    struct th_eval_cache *cache;
    struct th_paths *paths;
    struct th_lost lost;
    struct th_bits lost_rows; /* counted in lost; made with the first */
    size_t *runs;             /* where each ends */
    size_t runs_n;
};

/* What is made of the column; not the column itself. */
void th_table_slot_fini(struct th_table_slot *slot);
/* Bytes of the same. */
size_t th_table_slot_memory(const struct th_table_slot *slot);

/* Columns by number: a field, or TH_FIELD_COUNT + the number of a path's column (query/paths.h). */
TH_NODISCARD enum th_code th_table_coded(th_table *table, int id, const struct th_column **out,
                                         struct th_err *err);

/* *out is NULL for a column where every entry is one value of its own (TERM, BOOL): value and code
 * are the same. Borrowed from the table. */
TH_NODISCARD enum th_code th_table_index(th_table *table, int id, const struct th_value_index **out,
                                         struct th_err *err);

/* Index the entries from … of a column, in addition to those before; dict is the index's. */
void th_table_index_entries(const struct th_column *column, uint32_t from, th_dict *dict,
                            struct th_value_index *index);

struct th_paths *th_table_path_list(th_table *table);
const struct th_loader *th_table_loader(const th_table *table);

/* Place of every entry among the entries in order of their values, an array's smallest or largest
 * one: 0 for absent ones, equal for equal ones. *ranks: how many there are, 0 included. Coded and
 * BOOL fields only. Borrowed from the table. */
TH_NODISCARD enum th_code th_table_ranks(th_table *table, enum th_field field, bool largest,
                                         const uint32_t **out, uint32_t *ranks, struct th_err *err);
/* Make them. Owned: free. */
uint32_t *th_ranks_make(const struct th_column *column, bool largest, uint32_t *ranks);

/* Rows of the whole table per entry of one of its columns; make counts them the first time (owned
 * memory). Borrowed from the table. */
const uint32_t *th_table_totals(th_table *table, const struct th_column *column,
                                uint32_t *(*make)(const struct th_column *column));

/* Runs of rows whose records are read together: the row behind each, ascending, the last one is the
 * number of rows. Borrowed from the table. */
size_t th_table_runs(th_table *table, const size_t **ends);

/* Results of tests that needed the records, so that typing on doesn't read them again. */
struct th_eval_cache *th_table_cache(th_table *table);

/* Sort row numbers 0 … n-1 by key (unsigned), ties by row: order gets them. LSD radix sort. */
void th_order_by(const uint64_t *keys, size_t n, uint32_t *order);

#endif
