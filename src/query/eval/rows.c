/* Tests on columns that have no dictionary: times, ids, and one column against another. */
#include "query/eval/columns.h"

#include <stdlib.h>

#include "base/dict.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/uuid.h"
#include "query/eval/match.h"
#include "query/eval/scan.h"
#include "query/table/table_data.h"

enum { CHECK_EVERY = 65536 };

void th_eval_start(const struct th_eval *e, const struct th_bits *candidates, struct th_bits *out)
{
    if (candidates != NULL)
        th_bits_init_copy(out, candidates);
    else
        th_bits_init_ones(out, e->rows);
}

/* Does a row pass? */
typedef bool row_test(const void *ctx, size_t row);

/* Keep of the candidates those that pass. */
static enum th_code each_row(const struct th_eval *e, const struct th_bits *candidates,
                             row_test *test, const void *ctx, struct th_bits *out)
{
    size_t next_check = CHECK_EVERY;
    enum th_code rc = TH_OK;
    th_eval_start(e, candidates, out);
    for (size_t row = th_bits_next(out, 0); row < e->rows; row = th_bits_next(out, row + 1)) {
        if (row >= next_check) {
            next_check = row + CHECK_EVERY;
            rc = th_eval_check(e);
            if (rc != TH_OK)
                break;
        }
        if (!test(ctx, row))
            th_bits_drop(out, row);
    }
    if (rc != TH_OK)
        th_bits_fini(out);
    return rc;
}

/* Times -------------------------------------------------------------------- */

struct time_test {
    const struct th_node *leaf;
    const int64_t *num;
};

static bool time_passes(const void *ctx, size_t row)
{
    const struct time_test *t = ctx;
    if (t->num[row] == TH_TIME_NONE)
        return t->leaf->test == TH_TEST_NULL;
    return t->leaf->test != TH_TEST_NULL && th_match_time(t->leaf, t->num[row]);
}

static enum th_code eval_time(const struct th_eval *e, const struct th_node *leaf,
                              const struct th_column *column, const struct th_bits *candidates,
                              struct th_bits *out)
{
    struct time_test t = {leaf, column->num};
    int64_t lo = TH_TIME_NONE + 1;
    int64_t hi = INT64_MAX;
    if (leaf->test != TH_TEST_EXISTS && (leaf->test != TH_TEST_RANGE || leaf->range.text))
        return each_row(e, candidates, time_passes, &t, out);
    if (leaf->test == TH_TEST_RANGE && !th_match_time_bounds(&leaf->range, &lo, &hi)) {
        th_bits_init(out, e->rows);
        return TH_OK;
    }
    th_scan_times(column->num, e->rows, lo, hi, out);
    if (candidates != NULL)
        th_bits_and(out, candidates);
    return TH_OK;
}

/* Ids ---------------------------------------------------------------------- */

struct id_test {
    const struct th_node *leaf;
    const struct th_column *column;
    bool exact; /* one value by case: uuid is it, when it is one */
    bool is_uuid;
    uint8_t uuid[16];
};

static bool id_passes(const void *ctx, size_t row)
{
    const struct id_test *t = ctx;
    const struct th_column *c = t->column;
    char text[TH_UUID_CHARS + 1];
    bool null = t->leaf->test == TH_TEST_NULL;
    struct th_str value;
    switch (c->id_kind[row]) {
    case 1:
        if (t->exact)
            return t->is_uuid && memcmp(c->uuids[row], t->uuid, sizeof t->uuid) == 0;
        th_uuid_text(c->uuids[row], text);
        value = (struct th_str){text, TH_UUID_CHARS};
        break;
    case 2:
        value = c->ids_text[c->id_index[row]];
        break;
    default:
        return null;
    }
    return th_match_value(t->leaf, value);
}

/* One UUID among all: the first half is compared, the second seldom. */
static enum th_code find_uuid(const struct th_eval *e, const struct th_column *column,
                              const uint8_t uuid[16], struct th_bits *out)
{
    uint64_t wanted;
    uint64_t half;
    memcpy(&wanted, uuid, sizeof wanted);
    th_bits_init(out, e->rows);
    for (size_t row = 0; row < e->rows; row++) {
        memcpy(&half, column->uuids[row], sizeof half);
        if (TH_UNLIKELY(half == wanted) && column->id_kind[row] == 1 &&
            memcmp(column->uuids[row], uuid, 16) == 0)
            th_bits_put(out, row);
    }
    return TH_OK;
}

static enum th_code eval_id(const struct th_eval *e, const struct th_node *leaf,
                            const struct th_column *column, const struct th_bits *candidates,
                            struct th_bits *out)
{
    struct id_test t = {.leaf = leaf, .column = column};
    t.exact = leaf->test == TH_TEST_TEXT && leaf->pattern_kind == TH_PATTERN_EXACT &&
              (leaf->pattern_flags & TH_PATTERN_ICASE) == 0;
    if (t.exact)
        t.is_uuid = th_uuid_parse(leaf->text, t.uuid);
    if (t.is_uuid && candidates == NULL)
        return find_uuid(e, column, t.uuid, out);
    return each_row(e, candidates, id_passes, &t, out);
}

/* One field against another ------------------------------------------------ */

/* A column as texts by number: equal texts have equal numbers in one dictionary. */
struct side {
    const struct th_column *column;
    const struct th_value_index *index;
    uint32_t *numbers; /* of values; NULL: texts are made row by row */
};

struct field_test {
    struct side a, b;
};

static enum th_code open_side(const struct th_eval *e, enum th_field field, th_dict *dict,
                              struct side *out)
{
    enum th_code rc = th_table_column(e->table, field, &out->column, e->err);
    if (rc != TH_OK)
        return rc;
    enum th_store store = th_field_info(field)->store;
    if (store == TH_STORE_TIME || store == TH_STORE_ID)
        return TH_OK;
    rc = th_table_index(e->table, field, &out->index, e->err);
    if (rc != TH_OK)
        return rc;
    size_t n = out->index != NULL ? out->index->n : out->column->texts_n;
    const struct th_str *texts = out->index != NULL ? out->index->texts : out->column->texts;
    out->numbers = th_xcalloc(n + 1, sizeof *out->numbers);
    for (size_t i = 0; i < n; i++)
        out->numbers[i] = th_dict_intern(dict, texts[i]);
    return TH_OK;
}

/* The numbers of a row's values, at most two of them without an index: *list points to one or into
 * the index. */
static uint32_t row_values(const struct side *side, size_t row, const uint32_t **list,
                           uint32_t *single)
{
    uint32_t code = th_column_code(side->column, row);
    if (side->index != NULL) {
        *list = side->index->list + side->index->first[code];
        return side->index->first[code + 1] - side->index->first[code];
    }
    *single = code;
    *list = single;
    return 1;
}

static bool numbers_meet(const struct field_test *t, size_t row)
{
    uint32_t single_a, single_b;
    const uint32_t *a, *b;
    uint32_t n = row_values(&t->a, row, &a, &single_a);
    uint32_t m = row_values(&t->b, row, &b, &single_b);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < m; k++)
            if (t->a.numbers[a[i]] != 0 && t->a.numbers[a[i]] == t->b.numbers[b[k]])
                return true;
    return false;
}

/* Any of the values of one side (in *wanted) met on the other. */
struct meet {
    struct th_str wanted;
    const struct side *other;
    size_t row;
    bool met;
};

static void meet_second(void *ctx, struct th_str value)
{
    struct meet *m = ctx;
    m->met = m->met || th_str_eq(value, m->wanted);
}

static void visit_row(const struct side *side, size_t row,
                      void (*visit)(void *ctx, struct th_str value), void *ctx)
{
    struct th_buf text = TH_BUF_INIT;
    if (side->numbers != NULL)
        th_column_entry_values(side->column, th_column_code(side->column, row), visit, ctx);
    else if (th_column_text(side->column, row, &text))
        visit(ctx, th_buf_str(&text));
    th_buf_fini(&text);
}

static void meet_first(void *ctx, struct th_str value)
{
    struct meet *m = ctx;
    m->wanted = value;
    if (!m->met)
        visit_row(m->other, m->row, meet_second, m);
}

static bool fields_meet(const void *ctx, size_t row)
{
    const struct field_test *t = ctx;
    struct meet m = {.other = &t->b, .row = row};
    if (t->a.numbers != NULL && t->b.numbers != NULL)
        return numbers_meet(t, row);
    visit_row(&t->a, row, meet_first, &m);
    return m.met;
}

static enum th_code eval_field(const struct th_eval *e, const struct th_node *leaf,
                               const struct th_bits *candidates, struct th_bits *out)
{
    struct field_test t = {0};
    th_dict *dict = th_dict_new();
    enum th_code rc = open_side(e, leaf->field.field, dict, &t.a);
    if (rc == TH_OK)
        rc = open_side(e, leaf->other.field, dict, &t.b);
    if (rc == TH_OK)
        rc = each_row(e, candidates, fields_meet, &t, out);
    free(t.a.numbers);
    free(t.b.numbers);
    th_dict_free(dict);
    return rc;
}

enum th_code th_eval_rows_leaf(const struct th_eval *e, const struct th_node *leaf,
                               const struct th_bits *candidates, struct th_bits *out)
{
    const struct th_column *column;
    if (leaf->test == TH_TEST_FIELD)
        return eval_field(e, leaf, candidates, out);
    enum th_code rc = th_table_column(e->table, leaf->field.field, &column, e->err);
    if (rc != TH_OK)
        return rc;
    if (th_field_info(leaf->field.field)->store == TH_STORE_TIME)
        return eval_time(e, leaf, column, candidates, out);
    return eval_id(e, leaf, column, candidates, out);
}
