/* Columns of paths inside containers: made when many records would be read, once, from new rows
 * only where a case keeps the others, and meaning what the records mean. Pairs of two fields. */
#include "lib/tap.h"

#include <pthread.h>

#include "query/eval/eval.h"
#include "query/eval/evidence.h"
#include "query/kql/kql.h"
#include "query/mem_loader.h"
#include "query/ops/ops.h"
#include "query/table/paths.h"
#include "query/trail_gen.h"

enum { ROWS = 6000, MORE_ROWS = 500 };

/* What a case would keep of one path. */
struct kept {
    struct mem_case *records;
    char *name;
    size_t rows;
    uint32_t *codes;
    th_dict *texts;
    int loads, saves, others, begun;
    size_t from; /* of the last save */
    bool broken; /* loading fails */
};

static enum th_code kept_column(void *ctx, enum th_field field, size_t rows, struct th_column *out,
                                struct th_err *err)
{
    return mem_column(((struct kept *)ctx)->records, field, rows, out, err);
}

static enum th_code kept_open(void *ctx, void **reader, struct th_err *err)
{
    return mem_raw_open(((struct kept *)ctx)->records, reader, err);
}

static enum th_code kept_load(void *ctx, enum th_field field, struct th_str path, size_t rows,
                              uint32_t *codes, th_dict *dict, size_t *got, struct th_err *err)
{
    struct kept *k = ctx;
    (void)field;
    k->loads++;
    *got = 0;
    if (k->broken) {
        codes[0] = 7;
        th_dict_intern(dict, TH_STR("rubbish"));
        return th_err_set(err, TH_E_DB, "damaged");
    }
    if (k->name == NULL || !th_str_is(path, k->name))
        return TH_OK;
    *got = k->rows < rows ? k->rows : rows;
    memcpy(codes, k->codes, *got * sizeof *codes);
    for (uint32_t code = 1; code <= th_dict_count(k->texts); code++)
        th_dict_intern(dict, th_dict_text(k->texts, code));
    return TH_OK;
}

static void *kept_begin(void *ctx)
{
    ((struct kept *)ctx)->begun++;
    return ctx;
}

static void kept_end(void *saver)
{
    ((struct kept *)saver)->begun--;
}

static void kept_save(void *ctx, enum th_field field, struct th_str path, size_t from, size_t rows,
                      const uint32_t *codes, uint32_t texts_from, const th_dict *dict)
{
    struct kept *k = ctx;
    (void)field;
    if (k->name != NULL && !th_str_is(path, k->name)) {
        k->others++;
        return;
    }
    k->saves++;
    k->from = from;
    if (from == 0) {
        free(k->name);
        th_dict_free(k->texts);
        k->name = th_xstrndup(path.p, path.n);
        k->texts = th_dict_new();
    }
    k->codes = th_xreallocarray(k->codes, rows + 1, sizeof *k->codes);
    memcpy(k->codes + from, codes + from, (rows - from) * sizeof *codes);
    k->rows = rows;
    for (uint32_t code = texts_from + 1; code <= th_dict_count(dict); code++)
        th_dict_intern(k->texts, th_dict_text(dict, code));
}

static th_table *kept_table(struct kept *k)
{
    const struct th_loader loader = {.ctx = k,
                                     .column = kept_column,
                                     .column_free = mem_column_free,
                                     .raw_open = kept_open,
                                     .raw_read = mem_raw_read,
                                     .raw_close = mem_raw_close,
                                     .path_load = kept_load,
                                     .path_save_begin = kept_begin,
                                     .path_save = kept_save,
                                     .path_save_end = kept_end};
    return th_table_new(k->records->rows, &loader);
}

static void add_records(struct mem_case *records, uint64_t seed, size_t n)
{
    struct rng r = {seed};
    struct th_buf record = TH_BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        th_buf_reset(&record);
        /* Texts that look like arrays, several values, and odd ones. */
        if (i % 50 == 7)
            th_buf_printf(&record,
                          "{\"eventID\":\"r%zu\",\"requestParameters\":{\"bucketName\":"
                          "\" [\\\"a\\\",\\\"b\\\"]\"}}",
                          i);
        else if (i % 50 == 8)
            th_buf_printf(&record,
                          "{\"eventID\":\"r%zu\",\"requestParameters\":{\"bucketName\":"
                          "[\"a\",\"b\",\"a\",1.50,null,\"-\"]}}",
                          i);
        else if (i % 50 == 9)
            th_buf_printf(&record,
                          "{\"eventID\":\"r%zu\",\"requestParameters\":{\"bucket\\u004eame"
                          "\":\"\\u0041\"}}",
                          i);
        else
            gen_record(&r, &record);
        mem_case_add(records, th_buf_str(&record));
    }
    th_buf_fini(&record);
}

static th_query *parse(const char *text)
{
    static const struct th_kql_options options = {.now_ms = INT64_C(1709500000000)};
    th_query *query = NULL;
    struct th_err err = {0};
    if (th_kql_parse(th_str_of(text), &options, &query, NULL, &err) != TH_OK)
        tap_ok(false, "%s: %s", text, err.msg);
    return query;
}

/* Rows of a filter; how often records were visited for it. */
static size_t visits_of(struct mem_case *records, th_table *table, const char *text,
                        struct th_bits *out)
{
    struct th_err err = {0};
    th_query *query = parse(text);
    size_t before = records->visits;
    if (th_eval_rows(table, query, NULL, NULL, out, &err) != TH_OK) {
        tap_ok(false, "%s: %s", text, err.msg);
        th_bits_init(out, records->rows);
    }
    th_query_free(query);
    return records->visits - before;
}

static bool is_true_answer(struct mem_case *records, const char *text, const struct th_bits *rows)
{
    th_query *query = parse(text);
    bool same = true;
    for (size_t i = 0; i < records->rows; i++)
        same = same && th_eval_record(query, records->raw[i]) == th_bits_get(rows, i);
    th_query_free(query);
    return same;
}

static void check_filter(struct mem_case *records, th_table *table, const char *text, size_t visits)
{
    struct th_bits rows;
    tap_is_int((int64_t)visits_of(records, table, text, &rows), (int64_t)visits,
               "records read for a filter");
    tap_ok(is_true_answer(records, text, &rows), "%s means what the records mean", text);
    th_bits_fini(&rows);
}

static void test_filters(struct mem_case *records)
{
    static const char *const later[] = {
        "requestParameters.bucketName: *",
        "not requestParameters.bucketName: *e*",
        "requestParameters.bucketName: \"a\"",
        "requestParameters.bucketName: (a and b)",
        "requestParameters.bucketName: \"1.5\"",
        "requestParameters.bucketName: A",
        "requestParameters.bucketName: bucket-one or event.action: G*",
        "requestParameters.bucketName > \"b\"",
    };
    th_table *table = mem_table(records);
    struct th_bits rows;
    size_t few =
        visits_of(records, table, "event.id: \"r7\" and requestParameters.bucketName: *a*", &rows);
    tap_ok(few > 0 && few < 200, "few rows are asked one by one (%zu)", few);
    tap_is_int((int64_t)th_table_paths(table), 0, "no column is made for them");
    th_bits_fini(&rows);
    check_filter(records, table, "requestParameters.bucketName: bucket-one", records->rows);
    tap_is_int((int64_t)th_table_paths(table), 1, "a column was made");
    for (size_t i = 0; i < TH_COUNT(later); i++)
        check_filter(records, table, later[i], 0);
    check_filter(records, table,
                 "responseElements.userName: * or additionalEventData.UserName: a* or "
                 "requestParameters.a: *",
                 records->rows);
    tap_is_int((int64_t)th_table_paths(table), 4, "three columns in one pass");
    tap_ok(th_table_memory(table) > 4 * records->rows, "their memory is counted");
    th_table_free(table);
}

static void test_cancel(struct mem_case *records)
{
    th_table *table = mem_table(records);
    th_query *query = parse("requestParameters.bucketName: bucket-one");
    struct th_bits rows;
    th_cancel cancel = {0};
    records->visits = 0;
    records->cancel_after = ROWS / 2;
    tap_is_int(th_eval_rows(table, query, NULL, &cancel, &rows, NULL), TH_E_CANCELLED,
               "a cancel stops the pass");
    tap_is_int((int64_t)th_table_paths(table), 0, "nothing is half made");
    records->cancel_after = 0;
    tap_is_int(th_eval_rows(table, query, NULL, NULL, &rows, NULL), TH_OK,
               "the next time it works");
    tap_is_int((int64_t)th_table_paths(table), 1, "and makes the column");
    th_bits_fini(&rows);
    th_query_free(query);
    th_table_free(table);
}

static void *count_rows(void *ctx)
{
    struct th_bits rows;
    th_query *query = parse("requestParameters.bucketName: *e*");
    size_t n = SIZE_MAX;
    if (th_eval_rows(ctx, query, NULL, NULL, &rows, NULL) == TH_OK) {
        n = th_bits_count(&rows);
        th_bits_fini(&rows);
    }
    th_query_free(query);
    size_t *answer = th_xcalloc(1, sizeof *answer);
    *answer = n;
    return answer;
}

static void test_threads(struct mem_case *records)
{
    th_table *table = mem_table(records);
    pthread_t threads[4];
    size_t answers[4];
    records->visits = 0;
    for (size_t i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, count_rows, table) != 0)
            tap_ok(false, "a thread");
    for (size_t i = 0; i < 4; i++) {
        void *answer;
        pthread_join(threads[i], &answer);
        answers[i] = *(size_t *)answer;
        free(answer);
    }
    tap_ok(answers[0] > 0 && answers[0] < records->rows && answers[0] == answers[1] &&
               answers[1] == answers[2] && answers[2] == answers[3],
           "four threads, one answer");
    tap_is_int((int64_t)records->visits, (int64_t)records->rows, "one pass for all of them");
    tap_is_int((int64_t)th_table_paths(table), 1, "one column");
    th_table_free(table);
}

static void test_keeping(struct mem_case *records)
{
    struct kept k = {.records = records};
    th_table *table = kept_table(&k);
    check_filter(records, table, "requestParameters.bucketName: a", records->rows);
    tap_is_int(k.saves, 1, "the column is kept");
    th_table_free(table);

    table = kept_table(&k);
    check_filter(records, table, "requestParameters.bucketName: b*", 0);
    check_filter(records, table, "event.id: REQ3 and requestParameters.bucketName: b", 0);
    tap_is_int(k.saves, 1, "what was loaded isn't kept again");
    th_table_free(table);

    size_t old = records->rows;
    add_records(records, 99, MORE_ROWS);
    table = kept_table(&k);
    check_filter(records, table, "requestParameters.bucketName: *t*", MORE_ROWS);
    tap_ok(k.saves == 2 && k.from == old && k.rows == records->rows, "only new rows are added");
    th_table_free(table);
    table = kept_table(&k);
    check_filter(records, table, "requestParameters.bucketName: *t*", 0);
    th_table_free(table);

    add_records(records, 98, MORE_ROWS);
    table = kept_table(&k);
    check_filter(records, table,
                 "requestParameters.bucketName: *t* or responseElements.userName: *",
                 records->rows);
    tap_ok(k.saves == 3 && k.from == old + MORE_ROWS && k.others == 1,
           "one that is kept in part is carried on beside a new one");
    th_table_free(table);

    k.broken = true;
    table = kept_table(&k);
    check_filter(records, table, "requestParameters.bucketName: *", records->rows);
    tap_ok(k.saves == 4 && k.from == 0, "what is damaged is made anew");
    tap_is_int(k.begun, 0, "every keeping came to its end");
    th_table_free(table);
    free(k.name);
    free(k.codes);
    th_dict_free(k.texts);
}

static struct th_field_ref ref_of(const char *name)
{
    struct th_field_ref ref = {TH_FIELD_NONE, false, TH_STR_NONE};
    tap_ok(th_field_resolve(th_str_of(name), &ref), "%s is a field", name);
    return ref;
}

/* Values of an event by the plain meaning. */
static void collect(void *ctx, struct th_str value)
{
    th_dict_intern(ctx, value);
}

/* One event's values, looked up for it alone. */
static void plain_values(struct mem_case *records, th_table *table, const struct th_field_ref *ref,
                         size_t row, th_dict *dict)
{
    const struct th_column *column;
    struct th_buf text = TH_BUF_INIT;
    th_dict_reset(dict);
    if (th_field_info(ref->field)->store == TH_STORE_EVIDENCE)
        th_evidence_values(ref, records->raw[row], collect, dict);
    else if (th_table_column(table, ref->field, &column, NULL) != TH_OK)
        tap_ok(false, "a column");
    else if (column->width != 0)
        th_column_entry_values(column, th_column_code(column, row), collect, dict);
    else if (th_column_text(column, row, &text))
        collect(dict, th_buf_str(&text));
    th_buf_fini(&text);
}

/* Pairs counted one event at a time, as "a\tb" texts. */
static void test_crosstab(struct mem_case *records, const char *first, const char *second)
{
    const struct th_field_ref a = ref_of(first);
    const struct th_field_ref b = ref_of(second);
    th_table *table = mem_table(records);
    th_dict *pairs = th_dict_new(), *values_a = th_dict_new(), *values_b = th_dict_new();
    uint64_t *counts = th_xcalloc(records->rows * 16, sizeof *counts);
    struct th_buf text = TH_BUF_INIT;
    struct th_bits rows;
    struct th_crosstab cross;
    struct th_err err = {0};
    th_bits_init(&rows, records->rows);
    for (size_t row = 0; row < records->rows; row++) {
        if (row % 7 == 3)
            continue;
        th_bits_put(&rows, row);
        plain_values(records, table, &a, row, values_a);
        plain_values(records, table, &b, row, values_b);
        for (uint32_t i = th_dict_count(values_a) > 0; i <= th_dict_count(values_a); i++)
            for (uint32_t k = th_dict_count(values_b) > 0; k <= th_dict_count(values_b); k++) {
                th_buf_reset(&text);
                th_buf_printf(&text, "%u%.*s\t%u%.*s", i > 0,
                              TH_STR_ARGS(th_dict_text(values_a, i)), k > 0,
                              TH_STR_ARGS(th_dict_text(values_b, k)));
                counts[th_dict_intern(pairs, th_buf_str(&text))]++;
            }
    }
    tap_is_int(th_ops_crosstab(table, &rows, &a, &b, SIZE_MAX, NULL, &cross, &err), TH_OK,
               "crosstab");
    size_t wrong = 0;
    for (size_t i = 0; i < cross.n; i++) {
        const struct th_cross_cell *cell = &cross.cells[i];
        th_buf_reset(&text);
        th_buf_printf(&text, "%u%.*s\t%u%.*s", cell->a.p != NULL, TH_STR_ARGS(cell->a),
                      cell->b.p != NULL, TH_STR_ARGS(cell->b));
        wrong += counts[th_dict_find(pairs, th_buf_str(&text))] != cell->count;
        wrong += i > 0 && cell->count > cross.cells[i - 1].count;
    }
    tap_is_int((int64_t)wrong, 0, "counts and order");
    tap_is_int((int64_t)cross.n, (int64_t)th_dict_count(pairs), "number of pairs");
    tap_ok(cross.n == th_dict_count(pairs) && cross.distinct == cross.n &&
               cross.rows == th_bits_count(&rows) && cross.n > 3,
           "%s by %s: %zu pairs as counted one by one", first, second, cross.n);
    th_crosstab_fini(&cross);
    tap_ok(th_ops_crosstab(table, &rows, &a, &b, 2, NULL, &cross, &err) == TH_OK && cross.n == 2,
           "the first two only");
    th_crosstab_fini(&cross);
    th_bits_fini(&rows);
    th_buf_fini(&text);
    free(counts);
    th_dict_free(pairs);
    th_dict_free(values_a);
    th_dict_free(values_b);
    th_table_free(table);
}

/* Every path of every record, as the document builder gives it. */
static void test_agreement(struct mem_case *records)
{
    static const char *const names[] = {
        "requestParameters.bucketName",   "requestParameters.a",
        "requestParameters.a.b",          "requestParameters.a.key",
        "requestParameters.maxResults",   "requestParameters.key.a.b",
        "responseElements.userName",      "responseElements.a.key",
        "responseElements.key",           "additionalEventData.UserName",
        "additionalEventData.MFAUsed",    "additionalEventData.a",
        "serviceEventDetails.b",          "requestParameters.b.b",
        "requestParameters.a.bucketName", "requestParameters.userName",
    };
    struct th_field_ref refs[TH_COUNT(names)];
    const struct th_field_ref *list[TH_COUNT(names)];
    th_table *table = mem_table(records);
    th_dict *want = th_dict_new();
    th_dict *got = th_dict_new();
    for (size_t i = 0; i < TH_COUNT(names); i++) {
        refs[i] = ref_of(names[i]);
        list[i] = &refs[i];
    }
    tap_is_int(th_table_paths_build(table, list, TH_COUNT(names), NULL, NULL), TH_OK,
               "columns of many paths");
    for (size_t i = 0; i < TH_COUNT(names); i++) {
        const struct th_column *column = th_table_path_column(table, &refs[i]);
        size_t wrong = 0;
        size_t values = 0;
        for (size_t row = 0; row < records->rows && column != NULL; row++) {
            plain_values(records, table, &refs[i], row, want);
            th_dict_reset(got);
            th_column_entry_values(column, th_column_code(column, row), collect, got);
            bool same = th_dict_count(want) == th_dict_count(got);
            for (uint32_t v = 1; same && v <= th_dict_count(want); v++)
                same = th_str_eq(th_dict_text(want, v), th_dict_text(got, v));
            wrong += !same;
            values += th_dict_count(want);
        }
        tap_ok(column != NULL && wrong == 0, "%s: %zu values, %zu records differ", names[i], values,
               wrong);
    }
    th_dict_free(want);
    th_dict_free(got);
    th_table_free(table);
}

static void test_top(struct mem_case *records)
{
    const struct th_field_ref ref = ref_of("requestParameters.bucketName");
    th_table *table = mem_table(records);
    struct th_bits few, all;
    struct th_top by_records, by_column;
    th_bits_init(&few, records->rows);
    for (size_t row = 0; row < 1500; row++)
        th_bits_put(&few, row);
    th_bits_init_ones(&all, records->rows);
    bool good = th_ops_top(table, &few, &ref, 100, true, NULL, &by_records, NULL) == TH_OK;
    tap_is_int((int64_t)th_table_paths(table), 0, "top values of few rows need no column");
    struct th_top whole;
    good = good && th_ops_top(table, &all, &ref, 100, true, NULL, &whole, NULL) == TH_OK;
    tap_is_int((int64_t)th_table_paths(table), 1, "those of all do");
    th_top_fini(&whole);
    good = good && th_ops_top(table, &few, &ref, 100, true, NULL, &by_column, NULL) == TH_OK;
    good = good && by_records.n == by_column.n && by_records.distinct == by_column.distinct;
    for (size_t i = 0; good && i < by_column.n; i++)
        good = th_str_eq(by_records.values[i].value, by_column.values[i].value) &&
               by_records.values[i].count == by_column.values[i].count &&
               by_records.values[i].first_ms == by_column.values[i].first_ms &&
               by_records.values[i].last_ms == by_column.values[i].last_ms;
    tap_ok(good && by_column.n > 4, "both ways give the same top values");
    th_top_fini(&by_records);
    th_top_fini(&by_column);
    th_bits_fini(&few);
    th_bits_fini(&all);
    th_table_free(table);
}

int main(void)
{
    struct mem_case *records = mem_case_new();
    add_records(records, 5, ROWS);
    tap_is_int((int64_t)records->rows, ROWS, "records");
    test_filters(records);
    test_cancel(records);
    test_threads(records);
    test_top(records);
    test_agreement(records);
    test_crosstab(records, "event.action", "event.outcome");
    test_crosstab(records, "aws.cloudtrail.resources.arn", "event.category");
    test_crosstab(records, "requestParameters.bucketName", "user.name");
    test_crosstab(records, "related.user", "@timestamp");
    test_keeping(records);
    mem_case_free(records);
    return tap_done();
}
