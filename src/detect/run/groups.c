/* Values of rows as numbers, so that grouping and counting compare integers.
 *
 * A column with a dictionary is translated entry by entry, when first met; other columns row by
 * row; what must be read from the records is read in one pass over the wanted ones. */
#include <stdlib.h>

#include "base/mem.h"
#include "detect/run/internal.h"
#include "query/table/values.h"

static bool has_codes(const struct th_column *column)
{
    return column->texts_n > 0 && column->id_kind == NULL && column->num == NULL;
}

/* One number per row
 * -------------------------------------------------------------------------------------------------
 */

static void number_codes(const struct th_column *column, const uint32_t *rows, size_t n,
                         th_dict *dict, uint32_t *out)
{
    uint32_t *known = th_xcalloc(column->texts_n, sizeof *known); /* number + 1 */
    for (size_t i = 0; i < n; i++) {
        uint32_t code = th_column_code(column, rows[i]);
        if (known[code] == 0)
            known[code] = th_dict_intern(dict, column->texts[code]) + 1;
        out[i] = known[code] - 1;
    }
    free(known);
}

static void number_rows(const struct th_column *column, const uint32_t *rows, size_t n,
                        th_dict *dict, uint32_t *out)
{
    struct th_buf text = TH_BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        th_buf_reset(&text);
        bool has = th_column_text(column, rows[i], &text);
        out[i] = has ? th_dict_intern(dict, (struct th_str){th_buf_cstr(&text), text.n}) : 0;
    }
    th_buf_fini(&text);
}

/* Several values of one event are one group: their texts with commas between. */
struct joiner {
    struct th_buf text;
    size_t n;
};

static void join_value(void *ctx, struct th_str value)
{
    struct joiner *j = ctx;
    if (j->n++ > 0)
        th_buf_puts(&j->text, ", ");
    th_buf_add_str(&j->text, value);
}

/* The column of a path: an entry may be several values. */
static void number_path(const struct th_column *column, const uint32_t *rows, size_t n,
                        th_dict *dict, uint32_t *out)
{
    struct joiner j = {TH_BUF_INIT, 0};
    uint32_t *known = th_xcalloc(column->texts_n, sizeof *known); /* number + 1 */
    known[0] = 1;
    for (size_t i = 0; i < n; i++) {
        uint32_t code = th_column_code(column, rows[i]);
        if (known[code] == 0) {
            th_buf_reset(&j.text);
            j.n = 0;
            th_column_entry_values(column, code, join_value, &j);
            known[code] = th_dict_intern(dict, (struct th_str){th_buf_cstr(&j.text), j.text.n}) + 1;
        }
        out[i] = known[code] - 1;
    }
    free(known);
    th_buf_fini(&j.text);
}

/* What records say of a field, in one pass over the wanted ones. */
static enum th_code read_values(struct th_run *run, const struct th_field_ref *field,
                                const uint32_t *rows, size_t n, struct th_row_values *out)
{
    struct th_bits wanted;
    th_bits_init(&wanted, th_table_rows(run->detect->table));
    for (size_t i = 0; i < n; i++)
        th_bits_put(&wanted, rows[i]);
    enum th_code rc =
        th_row_values_read(run->detect->table, &wanted, field, run->cancel, out, run->err);
    th_bits_fini(&wanted);
    return rc;
}

static enum th_code number_records(struct th_run *run, const struct th_field_ref *field,
                                   const uint32_t *rows, size_t n, th_dict *dict, uint32_t *out)
{
    struct joiner j = {TH_BUF_INIT, 0};
    struct th_row_values values;
    enum th_code rc = read_values(run, field, rows, n, &values);
    if (rc != TH_OK)
        return rc;
    for (size_t i = 0; i < n; i++) {
        th_buf_reset(&j.text);
        j.n = 0;
        for (uint32_t k = values.start[rows[i]]; k < values.start[rows[i] + 1]; k++)
            join_value(&j, th_dict_text(values.dict, values.list[k]));
        out[i] =
            j.n == 0 ? 0 : th_dict_intern(dict, (struct th_str){th_buf_cstr(&j.text), j.text.n});
    }
    th_buf_fini(&j.text);
    th_row_values_fini(&values);
    return TH_OK;
}

static enum th_code number_field(struct th_run *run, const struct th_field_ref *field,
                                 const uint32_t *rows, size_t n, th_dict *dict, uint32_t *out)
{
    const struct th_column *column;
    if (th_field_info(field->field)->store == TH_STORE_EVIDENCE) {
        column = th_table_path_column(run->detect->table, field);
        if (column == NULL)
            return number_records(run, field, rows, n, dict, out);
        number_path(column, rows, n, dict, out);
        return TH_OK;
    }
    enum th_code rc = th_table_column(run->detect->table, field->field, &column, run->err);
    if (rc != TH_OK)
        return rc;
    if (has_codes(column))
        number_codes(column, rows, n, dict, out);
    else
        number_rows(column, rows, n, dict, out);
    return TH_OK;
}

/* Groups
 * --------------------------------------------------------------------------------------------------------------
 */

void th_groups_init(struct th_groups *groups, const struct th_rule *rule, bool keep_absent)
{
    *groups = (struct th_groups){.rule = rule, .keep_absent = keep_absent};
    for (size_t f = 0; f < rule->group_by_n; f++)
        groups->values[f] = th_dict_new();
    groups->tuples = th_dict_new();
}

void th_groups_fini(struct th_groups *groups)
{
    for (size_t f = 0; f < groups->rule->group_by_n; f++)
        th_dict_free(groups->values[f]);
    th_dict_free(groups->tuples);
}

size_t th_groups_count(const struct th_groups *groups)
{
    return th_dict_count(groups->tuples);
}

struct th_str th_groups_value(const struct th_groups *groups, uint32_t group, size_t field)
{
    uint32_t number;
    struct th_str tuple = th_dict_text(groups->tuples, group);
    memcpy(&number, tuple.p + field * sizeof number, sizeof number);
    return th_dict_text(groups->values[field], number);
}

static uint32_t group_of(struct th_groups *groups, uint32_t *const *numbers, size_t i)
{
    uint32_t tuple[8] = {0};
    size_t fields = groups->rule->group_by_n;
    for (size_t f = 0; f < fields; f++) {
        tuple[f] = numbers[f][i];
        if (tuple[f] == 0 && !groups->keep_absent)
            return 0;
    }
    return th_dict_intern(groups->tuples,
                          (struct th_str){(const char *)tuple, fields * sizeof *tuple});
}

enum th_code th_groups_of(struct th_groups *groups, struct th_run *run, const uint32_t *rows,
                          size_t n, uint32_t **out)
{
    uint32_t *numbers[8] = {NULL};
    size_t fields = groups->rule->group_by_n;
    enum th_code rc = TH_OK;
    for (size_t f = 0; rc == TH_OK && f < fields; f++) {
        numbers[f] = th_xcalloc(n + 1, sizeof *numbers[f]);
        rc = number_field(run, &groups->rule->group_by[f], rows, n, groups->values[f], numbers[f]);
    }
    *out = NULL;
    if (rc == TH_OK) {
        *out = th_xcalloc(n + 1, sizeof **out);
        for (size_t i = 0; i < n; i++)
            (*out)[i] = group_of(groups, numbers, i);
    }
    for (size_t f = 0; f < fields; f++)
        free(numbers[f]);
    return rc;
}

void th_groups_sort(const uint32_t *groups, size_t n, size_t count, uint32_t **order, size_t **from)
{
    size_t *start = th_xcalloc(count + 2, sizeof *start);
    size_t *next = th_xcalloc(count + 2, sizeof *next);
    *order = th_xcalloc(n + 1, sizeof **order);
    for (size_t i = 0; i < n; i++)
        next[groups[i]]++;
    for (size_t g = 0, sum = 0; g <= count; g++) {
        start[g] = sum;
        sum += next[g];
        next[g] = start[g];
        start[g + 1] = sum;
    }
    for (size_t i = 0; i < n; i++)
        (*order)[next[groups[i]]++] = (uint32_t)i;
    free(next);
    *from = start;
}

/* All values
 * -----------------------------------------------------------------------------------------------------------
 */

struct list_maker {
    th_dict *dict;
    uint32_t *list;
    size_t n, cap;
};

static void list_value(void *ctx, struct th_str value)
{
    struct list_maker *m = ctx;
    if (value.p == NULL)
        return;
    TH_GROW(m->list, m->n, m->cap);
    m->list[m->n++] = th_dict_intern(m->dict, value);
}

static void list_column(const struct th_column *column, const uint32_t *rows, size_t n,
                        th_dict *dict, struct th_lists *out)
{
    struct list_maker m = {.dict = dict};
    struct th_buf text = TH_BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        out->first[i] = (uint32_t)m.n;
        if (has_codes(column)) {
            th_column_entry_values(column, th_column_code(column, rows[i]), list_value, &m);
            continue;
        }
        th_buf_reset(&text);
        if (th_column_text(column, rows[i], &text))
            list_value(&m, (struct th_str){th_buf_cstr(&text), text.n});
    }
    out->first[n] = (uint32_t)m.n;
    out->list = m.list;
    th_buf_fini(&text);
}

static enum th_code list_records(struct th_run *run, const struct th_field_ref *field,
                                 const uint32_t *rows, size_t n, th_dict *dict,
                                 struct th_lists *out)
{
    struct list_maker m = {.dict = dict};
    struct th_row_values values;
    enum th_code rc = read_values(run, field, rows, n, &values);
    if (rc != TH_OK)
        return rc;
    for (size_t i = 0; i < n; i++) {
        out->first[i] = (uint32_t)m.n;
        for (uint32_t k = values.start[rows[i]]; k < values.start[rows[i] + 1]; k++)
            list_value(&m, th_dict_text(values.dict, values.list[k]));
    }
    out->first[n] = (uint32_t)m.n;
    out->list = m.list;
    th_row_values_fini(&values);
    return TH_OK;
}

enum th_code th_lists_of(struct th_run *run, const struct th_field_ref *field, const uint32_t *rows,
                         size_t n, struct th_lists *out)
{
    th_dict *dict = th_dict_new();
    const struct th_column *column;
    enum th_code rc;
    *out = (struct th_lists){.first = th_xcalloc(n + 1, sizeof *out->first)};
    bool records = th_field_info(field->field)->store == TH_STORE_EVIDENCE;
    column = records ? th_table_path_column(run->detect->table, field) : NULL;
    if (!records)
        rc = th_table_column(run->detect->table, field->field, &column, run->err);
    else
        rc = column != NULL ? TH_OK : list_records(run, field, rows, n, dict, out);
    if (rc == TH_OK && column != NULL)
        list_column(column, rows, n, dict, out);
    out->count = th_dict_count(dict) + 1;
    th_dict_free(dict);
    if (rc != TH_OK) {
        free(out->first);
        free(out->list);
        *out = (struct th_lists){NULL, NULL, 0};
    }
    return rc;
}
