/* Values that complete what was typed. Rows are counted per entry as for top values; a value is
 * looked at once, and only those that fit are chosen from. */
#include "query/ops/ops.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "query/ops/check.h"
#include "query/ops/count.h"
#include "query/ops/top_heap.h"
#include "query/table/paths.h"
#include "query/table/table_data.h"

/* Longer ones can't be shown, nor typed. */
enum { VALUE_MAX = 512, NO_FIT = -1 };

/* 0: begins with it, 1: holds it. */
static int fit(struct th_str value, struct th_str typed, struct th_buf *scratch)
{
    if (value.p == NULL || value.n > VALUE_MAX)
        return NO_FIT;
    th_buf_reset(scratch);
    th_text_lower(scratch, value);
    if (typed.n == 0 || th_str_starts(th_buf_str(scratch), typed))
        return 0;
    return th_str_search(th_buf_str(scratch), typed) >= 0 ? 1 : NO_FIT;
}

/* Rows per value from rows per entry. */
static uint64_t *count_values(const struct th_column *column, const struct th_value_index *index,
                              const uint32_t *by_code, size_t *n)
{
    *n = index != NULL ? index->n : column->texts_n;
    uint64_t *counts = th_xcalloc(*n + 1, sizeof *counts);
    for (uint32_t code = 0; code < column->texts_n; code++) {
        if (index == NULL)
            counts[code] = by_code[code];
        for (uint32_t i = index != NULL ? index->first[code] : 0;
             index != NULL && i < index->first[code + 1]; i++)
            counts[index->list[i]] += by_code[code];
    }
    return counts;
}

static void choose(const struct th_str *texts, const uint64_t *counts, size_t n,
                   struct th_str typed, size_t max, struct th_top *out)
{
    struct th_buf lower = TH_BUF_INIT, scratch = TH_BUF_INIT;
    struct th_chosen chosen;
    th_text_lower(&lower, typed);
    th_chosen_init(&chosen, max, n);
    for (size_t v = 0; v < n; v++) {
        int tier = counts[v] > 0 ? fit(texts[v], th_buf_str(&lower), &scratch) : NO_FIT;
        if (tier == NO_FIT)
            continue;
        const struct th_choice one = {texts[v], counts[v], (uint32_t)v, tier};
        out->distinct++;
        th_chosen_add(&chosen, &one);
    }
    th_chosen_give(&chosen, false, out);
    th_chosen_fini(&chosen);
    th_buf_fini(&lower);
    th_buf_fini(&scratch);
}

static enum th_code matching_coded(th_table *table, const struct th_bits *rows, int id,
                                   struct th_str typed, size_t max, th_cancel *cancel,
                                   struct th_top *out, struct th_err *err)
{
    const struct th_column *column;
    const struct th_value_index *index;
    uint32_t *by_code = NULL;
    size_t n;
    enum th_code rc = th_table_coded(table, id, &column, err);
    if (rc == TH_OK)
        rc = th_table_index(table, id, &index, err);
    if (rc == TH_OK)
        rc = th_count_codes(table, column, rows, cancel, &by_code, err);
    if (rc == TH_OK) {
        uint64_t *counts = count_values(column, index, by_code, &n);
        choose(index != NULL ? index->texts : column->texts, counts, n, typed, max, out);
        free(counts);
        rc = th_ops_cancel_check(cancel, err);
    }
    free(by_code);
    return rc;
}

/* The column that has the values, -1: none. */
static int column_id(th_table *table, const struct th_field_ref *field)
{
    switch (th_field_info(field->field)->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_BOOL:
    case TH_STORE_OF:
    case TH_STORE_CONST:
        return (int)field->field;
    case TH_STORE_ID:
    case TH_STORE_TIME:
        break;
    case TH_STORE_EVIDENCE:
        if (!th_path_is_column(field))
            break;
        th_table_paths_load(table, &field, 1);
        int number = th_table_path(table, field, th_table_paths(table));
        return number < 0 ? -1 : TH_FIELD_COUNT + number;
    }
    return -1;
}

enum th_code th_ops_matching(th_table *table, const struct th_bits *rows,
                             const struct th_field_ref *field, struct th_str typed, size_t max,
                             th_cancel *cancel, struct th_top *out, struct th_err *err)
{
    struct th_ops_rows of;
    memset(out, 0, sizeof *out);
    enum th_code rc = th_ops_field_check(field->field, err);
    if (rc == TH_OK)
        rc = th_ops_rows_open(table, rows, &of, err);
    if (rc != TH_OK)
        return rc;
    out->arena = th_arena_new(4096);
    out->rows = th_bits_count(of.set);
    int id = column_id(table, field);
    if (id >= 0)
        rc = matching_coded(table, of.set, id, typed, max, cancel, out, err);
    if (rc != TH_OK)
        th_top_fini(out);
    th_ops_rows_close(&of);
    return rc;
}
