/* The table: columns come once, whoever asks; values of entries; texts of rows. */
#include "lib/tap.h"

#include <pthread.h>

#include "query/mem_loader.h"

enum { THREADS = 8 };

static const char *const records[] = {
    ("{\"eventTime\":\"2024-03-01T10:00:00Z\",\"eventName\":\"GetObject\","
     "\"sourceIPAddress\":\"10.0.0.1\",\"eventID\":\"11111111-1111-4111-8111-111111111111\","
     "\"readOnly\":true,\"resources\":[{\"ARN\":\"b\"},{\"ARN\":\"a\"}]}"),
    ("{\"eventName\":\"GetObject\",\"sourceIPAddress\":\"AWS Internal\","
     "\"eventID\":\"other\",\"readOnly\":false}"),
    "{\"eventSource\":\"x\"}",
};

static struct mem_case *make_case(void)
{
    struct mem_case *c = mem_case_new();
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
        mem_case_add(c, th_str_of(records[i]));
    return c;
}

static void *ask(void *ctx)
{
    th_table *table = ctx;
    uintptr_t bad = 0;
    for (int f = 0; f < TH_FIELD_COUNT; f++) {
        const struct th_column *column;
        enum th_code rc = th_table_column(table, (enum th_field)f, &column, NULL);
        bool evidence = th_field_info((enum th_field)f)->store == TH_STORE_EVIDENCE;
        if (evidence ? rc != TH_E_UNSUPPORTED : rc != TH_OK || column->field != (enum th_field)f)
            bad++;
    }
    const int64_t *ts;
    const uint32_t *order;
    if (th_table_times(table, &ts, &order, NULL) != TH_OK || order[2] != 0)
        bad++;
    return (void *)bad;
}

static void test_threads(void)
{
    struct mem_case *c = make_case();
    th_table *table = mem_table(c);
    pthread_t threads[THREADS];
    size_t columns = 0;
    bool good = true;
    for (int f = 0; f < TH_FIELD_COUNT; f++)
        columns += th_field_info((enum th_field)f)->store != TH_STORE_EVIDENCE;
    for (int i = 0; i < THREADS; i++)
        good = pthread_create(&threads[i], NULL, ask, table) == 0 && good;
    for (int i = 0; i < THREADS; i++) {
        void *bad;
        good = pthread_join(threads[i], &bad) == 0 && bad == NULL && good;
    }
    tap_ok(good, "threads get the same columns");
    tap_is_int((int64_t)c->loads, (int64_t)columns, "and each was loaded once");
    th_table_free(table);
    mem_case_free(c);
}

static void check_text(th_table *table, enum th_field field, size_t row, const char *want)
{
    const struct th_column *column;
    struct th_buf text = TH_BUF_INIT;
    if (th_table_column(table, field, &column, NULL) != TH_OK) {
        tap_ok(false, "column of %s", th_field_info(field)->name);
        return;
    }
    bool has = th_column_text(column, row, &text);
    tap_ok(has == (want != NULL), "%s of row %zu is %s", th_field_info(field)->name, row,
           want != NULL ? "there" : "absent");
    if (has && want != NULL)
        tap_is_str(th_buf_cstr(&text), want, "its text");
    th_buf_fini(&text);
}

static void join(void *ctx, struct th_str value)
{
    struct th_buf *out = ctx;
    th_buf_add_str(out, value);
    th_buf_putc(out, '|');
}

static void check_values(enum th_field field, const char *text, const char *want)
{
    struct th_str entry = th_str_of(text);
    struct th_column column = {.field = field, .texts_n = 1, .texts = &entry};
    struct th_buf out = TH_BUF_INIT;
    th_column_entry_values(&column, 0, join, &out);
    tap_is_str(th_buf_cstr(&out), want, text != NULL ? text : "an absent entry");
    th_buf_fini(&out);
}

int main(void)
{
    struct mem_case *c = make_case();
    th_table *table = mem_table(c);
    int64_t first, last;
    tap_is_int((int64_t)th_table_rows(table), 3, "rows");
    tap_ok(th_table_span(table, &first, &last, NULL) == TH_OK && first == last &&
               first == INT64_C(1709287200000),
           "the span of one timed event");
    check_text(table, TH_F_TIMESTAMP, 0, "2024-03-01T10:00:00.000Z");
    check_text(table, TH_F_TIMESTAMP, 1, NULL);
    check_text(table, TH_F_EVENT_ACTION, 1, "GetObject");
    check_text(table, TH_F_EVENT_ACTION, 2, NULL);
    check_text(table, TH_F_EVENT_ID, 0, "11111111-1111-4111-8111-111111111111");
    check_text(table, TH_F_EVENT_ID, 1, "other");
    check_text(table, TH_F_EVENT_ID, 2, NULL);
    check_text(table, TH_F_READ_ONLY, 0, "true");
    check_text(table, TH_F_READ_ONLY, 1, "false");
    check_text(table, TH_F_READ_ONLY, 2, NULL);
    check_text(table, TH_F_SOURCE_IP, 0, "10.0.0.1");
    check_text(table, TH_F_SOURCE_IP, 1, NULL);
    check_text(table, TH_F_EVENT_TYPE, 2, "[\"info\"]");
    check_text(table, TH_F_EVENT_MODULE, 2, "aws");
    check_values(TH_F_RESOURCES_ARN, "[\"a\",\"b\\n\\u00e9\"]", "a|b\n\xc3\xa9|");
    check_values(TH_F_RESOURCES_ARN, "[]", "");
    check_values(TH_F_RESOURCES_ARN, "[1,true,null,{\"x\":1},\"\"]", "1|true||");
    check_values(TH_F_RESOURCES_ARN, "plain", "plain|");
    check_values(TH_F_RESOURCES_ARN, "[\"a\",", "a|");
    check_values(TH_F_RESOURCES_ARN, NULL, "");
    check_values(TH_F_EVENT_ACTION, "[\"a\"]", "[\"a\"]|");
    tap_ok(th_table_memory(table) > 0, "memory is counted");
    th_table_free(table);
    th_table_free(NULL);
    mem_case_free(c);
    test_threads();
    return tap_done();
}
