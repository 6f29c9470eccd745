/* The most frequent values of a field.
 *
 * Coded fields: rows are counted per entry, entries then handed to the values they hold (several
 * entries may have one text, an array several values), and the best kept in a heap of the size
 * asked for. Other fields: the values' texts are counted in a dictionary made on the way. */
#include "query/ops/ops.h"

#include <stdlib.h>

#include "base/dict.h"
#include "base/mem.h"
#include "base/time.h"
#include "query/ops/check.h"
#include "query/ops/count.h"
#include "query/ops/top_heap.h"
#include "query/table/paths.h"
#include "query/table/values.h"

static void note_time(struct th_top_value *value, int64_t ts)
{
    if (ts == TH_TIME_NONE)
        return;
    if (value->first_ms == TH_TIME_NONE || ts < value->first_ms)
        value->first_ms = ts;
    if (value->last_ms == TH_TIME_NONE || ts > value->last_ms)
        value->last_ms = ts;
}

/* Coded fields ------------------------------------------------------------- */

struct coded {
    const struct th_column *column;
    const struct th_value_index *index; /* NULL: a value is its code */
    uint32_t *by_code;
    uint64_t *by_value;
    size_t values;
    uint64_t absent;
};

static void count_values(struct coded *c)
{
    size_t n = c->column->texts_n;
    c->values = c->index != NULL ? c->index->n : n;
    c->by_value = th_xcalloc(c->values + 1, sizeof *c->by_value);
    for (uint32_t code = 0; code < n; code++) {
        uint32_t count = c->by_code[code];
        if (count == 0)
            continue;
        if (c->index == NULL) {
            if (c->column->texts[code].p == NULL)
                c->absent += count;
            else
                c->by_value[code] = count;
            continue;
        }
        if (c->index->first[code] == c->index->first[code + 1])
            c->absent += count;
        for (uint32_t i = c->index->first[code]; i < c->index->first[code + 1]; i++)
            c->by_value[c->index->list[i]] += count;
    }
}

/* First and last time of the chosen: place[value] is 1 + its place in out, 0 for the others. */
static void add_times(const struct coded *c, const struct th_bits *rows, const int64_t *ts,
                      const uint32_t *place, uint32_t absent_place, struct th_top *out)
{
    for (size_t row = th_bits_next(rows, 0); row < rows->n; row = th_bits_next(rows, row + 1)) {
        uint32_t code = th_column_code(c->column, row);
        if (c->index == NULL) {
            bool absent = c->column->texts[code].p == NULL;
            uint32_t at = absent ? absent_place : place[code];
            if (at != 0)
                note_time(&out->values[at - 1], ts[row]);
            continue;
        }
        uint32_t from = c->index->first[code];
        uint32_t to = c->index->first[code + 1];
        if (from == to && absent_place != 0)
            note_time(&out->values[absent_place - 1], ts[row]);
        for (uint32_t i = from; i < to; i++)
            if (place[c->index->list[i]] != 0)
                note_time(&out->values[place[c->index->list[i]] - 1], ts[row]);
    }
}

static void give_times(const struct coded *c, const struct th_chosen *chosen,
                       const struct th_bits *rows, const int64_t *ts, struct th_top *out)
{
    uint32_t *place = th_xcalloc(c->values + 1, sizeof *place);
    uint32_t absent_place = 0;
    for (size_t i = 0; i < chosen->n; i++) {
        if (chosen->heap[i].number == UINT32_MAX)
            absent_place = (uint32_t)i + 1;
        else
            place[chosen->heap[i].number] = (uint32_t)i + 1;
    }
    add_times(c, rows, ts, place, absent_place, out);
    free(place);
}

static void choose_values(const struct coded *c, struct th_chosen *chosen, struct th_top *out)
{
    const struct th_str *texts = c->index != NULL ? c->index->texts : c->column->texts;
    for (size_t v = 0; v < c->values; v++) {
        if (c->by_value[v] == 0)
            continue;
        out->distinct++;
        struct th_choice one = {texts[v], c->by_value[v], (uint32_t)v, 0};
        th_chosen_add(chosen, &one);
    }
    struct th_choice absent = {TH_STR_NONE, c->absent, UINT32_MAX, 0};
    if (c->absent > 0)
        th_chosen_add(chosen, &absent);
}

static enum th_code top_coded(th_table *table, const struct th_bits *rows, int id, size_t max,
                              const int64_t *ts, th_cancel *cancel, struct th_top *out,
                              struct th_err *err)
{
    struct coded c = {0};
    struct th_chosen chosen;
    enum th_code rc = th_table_coded(table, id, &c.column, err);
    if (rc == TH_OK)
        rc = th_table_index(table, id, &c.index, err);
    if (rc == TH_OK)
        rc = th_count_codes(table, c.column, rows, cancel, &c.by_code, err);
    if (rc != TH_OK) {
        free(c.by_code);
        return rc;
    }
    count_values(&c);
    th_chosen_init(&chosen, max, c.values + 1);
    choose_values(&c, &chosen, out);
    th_chosen_give(&chosen, false, out);
    if (ts != NULL)
        give_times(&c, &chosen, rows, ts, out);
    th_chosen_fini(&chosen);
    free(c.by_code);
    free(c.by_value);
    return TH_OK;
}

/* Other fields ------------------------------------------------------------- */

/* Texts counted as they come. */
struct counter {
    th_dict *dict;
    struct tally {
        uint64_t count;
        size_t last_row; /* 1 + the row that was counted last: a value counts once a row */
        int64_t first_ms, last_ms;
    } * tallies; /* by code; 0: absent */
    size_t cap;
    size_t row;
    const int64_t *ts;
    const struct th_field_ref *field;
    bool any;
};

static void count_text(void *ctx, struct th_str value)
{
    struct counter *c = ctx;
    uint32_t code = th_dict_intern(c->dict, value);
    size_t old = c->cap;
    while (code >= c->cap) {
        c->cap = c->cap < 64 ? 64 : 2 * c->cap;
        c->tallies = th_xreallocarray(c->tallies, c->cap, sizeof *c->tallies);
        for (; old < c->cap; old++)
            c->tallies[old] = (struct tally){0, 0, TH_TIME_NONE, TH_TIME_NONE};
    }
    c->any = c->any || code != 0;
    struct tally *t = &c->tallies[code];
    if (t->last_row == c->row + 1)
        return;
    t->last_row = c->row + 1;
    t->count++;
    struct th_top_value times = {.first_ms = t->first_ms, .last_ms = t->last_ms};
    if (c->ts != NULL)
        note_time(&times, c->ts[c->row]);
    t->first_ms = times.first_ms;
    t->last_ms = times.last_ms;
}

static void end_row(struct counter *c)
{
    if (!c->any)
        count_text(c, TH_STR_NONE);
}

/* Fields that the records hold. */
static enum th_code count_records(th_table *table, const struct th_bits *rows, struct counter *c,
                                  th_cancel *cancel, struct th_err *err)
{
    struct th_row_values values;
    enum th_code rc = th_row_values_read(table, rows, c->field, cancel, &values, err);
    if (rc != TH_OK)
        return rc;
    for (size_t row = th_bits_next(rows, 0); row < rows->n; row = th_bits_next(rows, row + 1)) {
        c->row = row;
        c->any = false;
        for (uint32_t i = values.start[row]; i < values.start[row + 1]; i++)
            count_text(c, th_dict_text(values.dict, values.list[i]));
        end_row(c);
    }
    th_row_values_fini(&values);
    return TH_OK;
}

/* Fields of single values without a dictionary: ids and times. */
static enum th_code count_column(th_table *table, const struct th_bits *rows, struct counter *c,
                                 th_cancel *cancel, struct th_err *err)
{
    const struct th_column *column;
    struct th_buf text = TH_BUF_INIT;
    size_t seen = 0;
    enum th_code rc = th_table_column(table, c->field->field, &column, err);
    for (size_t row = rc == TH_OK ? th_bits_next(rows, 0) : rows->n; row < rows->n && rc == TH_OK;
         row = th_bits_next(rows, row + 1)) {
        if (seen++ % 65536 == 65535)
            rc = th_ops_cancel_check(cancel, err);
        c->row = row;
        c->any = false;
        th_buf_reset(&text);
        if (th_column_text(column, row, &text))
            count_text(c, th_buf_str(&text));
        end_row(c);
    }
    th_buf_fini(&text);
    return rc;
}

static void give_counted(const struct counter *c, size_t max, struct th_top *out)
{
    struct th_chosen chosen;
    uint32_t n = th_dict_count(c->dict);
    th_chosen_init(&chosen, max, (size_t)n + 1);
    for (uint32_t code = 0; code <= n && code < c->cap; code++) {
        if (c->tallies[code].count == 0)
            continue;
        out->distinct += code != 0;
        struct th_choice one = {th_dict_text(c->dict, code), c->tallies[code].count, code, 0};
        th_chosen_add(&chosen, &one);
    }
    th_chosen_give(&chosen, true, out);
    for (size_t i = 0; i < chosen.n; i++) {
        const struct tally *t = &c->tallies[chosen.heap[i].number];
        out->values[i].first_ms = t->first_ms;
        out->values[i].last_ms = t->last_ms;
    }
    th_chosen_fini(&chosen);
}

static enum th_code top_texts(th_table *table, const struct th_bits *rows,
                              const struct th_field_ref *field, size_t max, const int64_t *ts,
                              th_cancel *cancel, struct th_top *out, struct th_err *err)
{
    struct counter c = {.dict = th_dict_new(), .field = field, .ts = ts};
    enum th_code rc;
    if (th_field_info(field->field)->store == TH_STORE_EVIDENCE)
        rc = count_records(table, rows, &c, cancel, err);
    else
        rc = count_column(table, rows, &c, cancel, err);
    if (rc == TH_OK)
        rc = th_ops_cancel_check(cancel, err);
    if (rc == TH_OK)
        give_counted(&c, max, out);
    th_dict_free(c.dict);
    free(c.tallies);
    return rc;
}

static enum th_code top_of(th_table *table, const struct th_bits *rows,
                           const struct th_field_ref *field, size_t max, bool with_times,
                           th_cancel *cancel, struct th_top *out, struct th_err *err)
{
    const struct th_column *times = NULL;
    enum th_store store = th_field_info(field->field)->store;
    enum th_code rc = TH_OK;
    if (with_times)
        rc = th_table_column(table, TH_F_TIMESTAMP, &times, err);
    if (rc != TH_OK)
        return rc;
    const int64_t *ts = times != NULL ? times->num : NULL;
    out->rows = th_bits_count(rows);
    int id = (int)field->field;
    if (store == TH_STORE_EVIDENCE)
        rc = th_table_path_id(table, field, out->rows, cancel, &id, err);
    else if (store == TH_STORE_ID || store == TH_STORE_TIME)
        id = -1;
    if (rc == TH_OK && id < 0)
        rc = top_texts(table, rows, field, max, ts, cancel, out, err);
    else if (rc == TH_OK)
        rc = top_coded(table, rows, id, max, ts, cancel, out, err);
    return rc;
}

enum th_code th_ops_top(th_table *table, const struct th_bits *rows,
                        const struct th_field_ref *field, size_t max, bool with_times,
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
    rc = top_of(table, of.set, field, max, with_times, cancel, out, err);
    if (rc != TH_OK)
        th_top_fini(out);
    th_ops_rows_close(&of);
    return rc;
}

void th_top_fini(struct th_top *top)
{
    th_arena_free(top->arena);
    memset(top, 0, sizeof *top);
}
