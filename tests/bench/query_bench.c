/* How long an analyst waits for answers from a case: query_bench CASE. One JSON line a figure,
 * medians. Filters are made from the case itself (its most frequent values), so any case will do;
 * the figures that count are those of a million events. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/time.h"
#include "detect/run/run.h"
#include "query/eval/eval.h"
#include "query/kql/kql.h"
#include "query/ops/ops.h"
#include "store/columns/columns.h"

enum { RUNS = 7, SLOW_RUNS = 5, PAGE_ROWS = 100, TOP = 20 };

static const char *const facets[] = {
    "event.action",
    "event.provider",
    "source.ip",
    "user.name",
    "cloud.region",
    "aws.cloudtrail.error_code",
    "aws.cloudtrail.user_identity.arn",
    "aws.cloudtrail.user_identity.access_key_id",
};

struct bench {
    const char *path;
    th_columns *columns;
    th_table *table;
    size_t rows;
    int64_t newest;
    struct th_buf two_fields, wildcards, one_field;
    size_t phrase; /* of the first paint, next time */
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(enum th_code rc, const struct th_err *err)
{
    if (rc == TH_OK)
        return;
    fprintf(stderr, "query_bench: %s\n", err->msg[0] != '\0' ? err->msg : th_code_words(rc));
    exit(1);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* What is timed; returns a number so that nothing can be left out. */
typedef size_t action(struct bench *b);

/* Median of runs after one to warm up. */
static double median(struct bench *b, action *act, int runs)
{
    double times[RUNS];
    act(b);
    for (int i = 0; i < runs; i++) {
        double start = now_ms();
        act(b);
        times[i] = now_ms() - start;
    }
    qsort(times, (size_t)runs, sizeof times[0], compare_doubles);
    return times[runs / 2];
}

static void report(const struct bench *b, const char *what, double ms, const char *reference,
                   double reference_ms)
{
    struct th_buf line = TH_BUF_INIT;
    struct th_jsonw w;
    th_jsonw_init(&w, &line);
    th_jsonw_begin_object(&w);
    th_jsonw_key(&w, "bench");
    th_jsonw_string(&w, TH_STR("query"));
    th_jsonw_key(&w, "what");
    th_jsonw_string(&w, th_str_of(what));
    th_jsonw_key(&w, "events");
    th_jsonw_i64(&w, (int64_t)b->rows);
    th_jsonw_key(&w, "ms");
    th_jsonw_double(&w, ms, 2);
    th_jsonw_key(&w, "reference");
    th_jsonw_string(&w, th_str_of(reference));
    th_jsonw_key(&w, "reference_ms");
    th_jsonw_double(&w, reference_ms, 2);
    th_jsonw_key(&w, "ratio");
    th_jsonw_double(&w, reference_ms > 0 ? ms / reference_ms : 0, 1);
    th_jsonw_end_object(&w);
    puts(th_buf_cstr(&line));
    fflush(stdout);
    th_buf_fini(&line);
}

/* What is no time. */
static void report_memory(const struct bench *b, size_t columns, size_t bytes, size_t resident)
{
    struct th_buf line = TH_BUF_INIT;
    struct th_jsonw w;
    th_jsonw_init(&w, &line);
    th_jsonw_begin_object(&w);
    th_jsonw_key(&w, "bench");
    th_jsonw_string(&w, TH_STR("query"));
    th_jsonw_key(&w, "what");
    th_jsonw_string(&w, TH_STR("memory"));
    th_jsonw_key(&w, "events");
    th_jsonw_i64(&w, (int64_t)b->rows);
    th_jsonw_key(&w, "columns");
    th_jsonw_i64(&w, (int64_t)columns);
    th_jsonw_key(&w, "bytes");
    th_jsonw_i64(&w, (int64_t)bytes);
    th_jsonw_key(&w, "bytes_per_event");
    th_jsonw_double(&w, b->rows > 0 ? (double)bytes / (double)b->rows : 0, 1);
    th_jsonw_key(&w, "resident_bytes");
    th_jsonw_i64(&w, (int64_t)resident);
    th_jsonw_end_object(&w);
    puts(th_buf_cstr(&line));
    fflush(stdout);
    th_buf_fini(&line);
}

/* Pieces ------------------------------------------------------------------- */

static void open_table(struct bench *b)
{
    struct th_err err = {0};
    must(th_columns_open(b->path, &b->columns, &b->rows, &err), &err);
    struct th_loader loader = th_columns_loader(b->columns);
    b->table = th_table_new(b->rows, &loader);
}

static void close_table(struct bench *b)
{
    th_table_free(b->table);
    th_columns_close(b->columns);
    b->table = NULL;
    b->columns = NULL;
}

static struct th_field_ref field(const char *name)
{
    struct th_field_ref ref = {TH_FIELD_NONE, false, TH_STR_NONE};
    if (!th_field_resolve(th_str_of(name), &ref)) {
        fprintf(stderr, "query_bench: no field %s\n", name);
        exit(1);
    }
    return ref;
}

static void find(struct bench *b, struct th_str filter, struct th_bits *rows)
{
    struct th_err err = {0};
    struct th_kql_options options = {.now_ms = b->newest};
    th_query *query;
    must(th_kql_parse(filter, &options, &query, NULL, &err), &err);
    must(th_eval_rows(b->table, query, NULL, NULL, rows, &err), &err);
    th_query_free(query);
}

static size_t count(struct bench *b, struct th_str filter)
{
    struct th_bits rows;
    find(b, filter, &rows);
    size_t n = th_bits_count(&rows);
    th_bits_fini(&rows);
    return n;
}

/* All that a screen shows of some rows. */
static size_t show(struct bench *b, const struct th_bits *rows)
{
    struct th_err err = {0};
    struct th_histogram histogram;
    uint32_t page[PAGE_ROWS];
    size_t n;
    must(th_ops_histogram(b->table, rows, TH_TIME_NONE, TH_TIME_NONE, TH_HOUR_MS, 1, NULL,
                          &histogram, &err),
         &err);
    th_histogram_fini(&histogram);
    for (size_t i = 0; i < TH_COUNT(facets); i++) {
        struct th_field_ref ref = field(facets[i]);
        struct th_top top;
        must(th_ops_top(b->table, rows, &ref, TOP, false, NULL, &top, &err), &err);
        th_top_fini(&top);
    }
    must(th_ops_page(b->table, rows, TH_F_TIMESTAMP, true, 0, PAGE_ROWS, NULL, page, &n, &err),
         &err);
    return n;
}

/* All that it shows of a filter. */
static size_t screen(struct bench *b, struct th_str filter)
{
    struct th_bits rows;
    find(b, filter, &rows);
    size_t n = show(b, &rows);
    th_bits_fini(&rows);
    return n;
}

/* field: most frequent value, appended. */
static void add_usual(struct bench *b, const char *name, struct th_buf *out)
{
    struct th_err err = {0};
    struct th_bits rows;
    struct th_top top;
    struct th_field_ref ref = field(name);
    th_bits_init_ones(&rows, b->rows);
    must(th_ops_top(b->table, &rows, &ref, 1, false, NULL, &top, &err), &err);
    if (top.n > 0)
        th_kql_term(out, name, top.values[0].value);
    th_top_fini(&top);
    th_bits_fini(&rows);
}

/* What is timed ------------------------------------------------------------ */

static size_t page(struct bench *b)
{
    return screen(b, th_buf_str(&b->two_fields));
}

static size_t wildcard_page(struct bench *b)
{
    return screen(b, th_buf_str(&b->wildcards));
}

static size_t one_column(struct bench *b)
{
    return count(b, th_buf_str(&b->one_field));
}

/* A word typed letter by letter; the screen is made anew for each. */
static size_t typing(struct bench *b)
{
    const struct th_str text = TH_STR("event.action: *Describe*");
    size_t n = 0;
    for (size_t length = text.n - 9; length < text.n; length++) {
        struct th_buf filter = TH_BUF_INIT;
        th_buf_add_str(&filter, th_str_sub(text, 0, length));
        th_buf_putc(&filter, '*');
        n += screen(b, th_buf_str(&filter));
        th_buf_fini(&filter);
    }
    return n;
}

static size_t open_case(struct bench *b)
{
    struct bench other = {.path = b->path};
    struct th_err err = {0};
    const int64_t *ts;
    const uint32_t *order;
    open_table(&other);
    for (size_t i = 0; i < TH_COUNT(facets); i++) {
        const struct th_column *column;
        must(th_table_column(other.table, field(facets[i]).field, &column, &err), &err);
    }
    must(th_table_times(other.table, &ts, &order, &err), &err);
    size_t memory = th_table_memory(other.table);
    close_table(&other);
    return memory;
}

/* The same bytes, only moved. */
static size_t copy_columns(struct bench *b)
{
    size_t n = th_table_memory(b->table);
    char *from = th_xcalloc(n + 1, 1);
    char *to = th_xcalloc(n + 1, 1);
    memcpy(to, from, n);
    size_t last = (size_t)to[n];
    free(from);
    free(to);
    return last;
}

static size_t fresh_count(struct bench *b, struct th_str filter)
{
    struct bench other = {.path = b->path, .newest = b->newest};
    open_table(&other);
    size_t n = count(&other, filter);
    close_table(&other);
    return n;
}

static size_t free_text(struct bench *b)
{
    return fresh_count(b, TH_STR("zq-not-there-xj"));
}

/* Until the first matches that only the records hold are on the screen. */
struct paint {
    struct bench *b;
    th_cancel cancel;
    size_t shown;
};

static void paint(void *ctx, const struct th_bits *found, double share)
{
    struct paint *p = ctx;
    (void)share;
    if (p->shown > 0 || th_bits_next(found, 0) == found->n)
        return;
    p->shown = show(p->b, found);
    th_cancel_set(&p->cancel);
}

static size_t first_paint(struct bench *b)
{
    /* Another one each time: what was found out is kept. */
    static const char *const phrases[] = {"AwsApiCall", "wsApiCall", "sApiCall", "ApiCall",
                                          "AwsApiCal",  "AwsApiCa",  "AwsApiC",  "wsApiCal"};
    struct paint p = {.b = b};
    const struct th_eval_watch watch = {paint, &p, 0, 0};
    struct th_kql_options options = {.now_ms = b->newest};
    struct th_err err = {0};
    struct th_bits rows;
    th_query *query;
    const char *phrase = phrases[b->phrase++ % TH_COUNT(phrases)];
    must(th_kql_parse(th_str_of(phrase), &options, &query, NULL, &err), &err);
    enum th_code rc = th_eval_rows_watched(b->table, query, NULL, &watch, &p.cancel, &rows, &err);
    if (rc == TH_OK)
        th_bits_fini(&rows);
    else if (rc != TH_E_CANCELLED)
        must(rc, &err);
    th_query_free(query);
    return p.shown;
}

/* A table to which no path is known, and which keeps none. */
static void open_forgetful(const struct bench *b, struct bench *other)
{
    struct th_err err = {0};
    *other = (struct bench){.path = b->path, .newest = b->newest};
    must(th_columns_open(other->path, &other->columns, &other->rows, &err), &err);
    struct th_loader loader = th_columns_loader(other->columns);
    loader.path_load = NULL;
    loader.path_save_begin = NULL;
    other->table = th_table_new(other->rows, &loader);
}

/* All shipped rules over a case that has seen none. */
static size_t rules_first(struct bench *b)
{
    struct bench other;
    struct th_found_list list;
    struct th_err err = {0};
    char *folder = th_rules_shipped();
    const char *const paths[] = {folder};
    th_rules *rules;
    if (folder == NULL)
        return 0;
    open_forgetful(b, &other);
    must(th_rules_load(paths, 1, &rules, &err), &err);
    size_t n = th_rules_count(rules);
    const struct th_rule **all = th_xcalloc(n + 1, sizeof *all);
    th_detect *detect = th_detect_new(other.table);
    th_found_list_init(&list);
    for (size_t i = 0; i < n; i++)
        all[i] = th_rules_get(rules, i);
    must(th_detect_prepare(detect, all, n, NULL, &err), &err);
    for (size_t i = 0; i < n; i++)
        must(th_detect_run(detect, all[i], NULL, &list, &err), &err);
    size_t found = list.n;
    th_found_list_fini(&list);
    th_detect_free(detect);
    free(all);
    th_rules_free(rules);
    free(folder);
    close_table(&other);
    return found;
}

/* The first time a path is asked for: nothing of it is kept, and nothing is kept of it. */
static size_t flattened_first(struct bench *b)
{
    struct bench other;
    open_forgetful(b, &other);
    size_t n = count(&other, TH_STR("requestParameters.bucketName: *log*"));
    close_table(&other);
    return n;
}

/* Every time after that, in a new session. */
static size_t flattened_second(struct bench *b)
{
    return fresh_count(b, TH_STR("requestParameters.bucketName: *log*"));
}

static size_t page_by(struct bench *b, enum th_field sort, size_t offset)
{
    struct th_err err = {0};
    uint32_t rows[PAGE_ROWS];
    size_t n;
    must(th_ops_page(b->table, NULL, sort, false, offset, PAGE_ROWS, NULL, rows, &n, &err), &err);
    return n;
}

static size_t sorted_page(struct bench *b)
{
    return page_by(b, TH_F_USER_NAME, 0);
}

static size_t deep_page(struct bench *b)
{
    return page_by(b, TH_F_USER_NAME, b->rows / 10 * 9);
}

static size_t id_page(struct bench *b)
{
    return page_by(b, TH_F_EVENT_ID, b->rows / 2);
}

/* Bytes this process has in memory, 0: unknown. */
static size_t resident(void)
{
    long pages = 0;
    long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (file != NULL)
        fclose(file);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* What the workbench holds when its first screen is there: the columns of the list and the facets
 * with what is made of them, and the order of time. */
static void measure_memory(struct bench *b)
{
    static const enum th_field shown[] = {
        TH_F_TIMESTAMP,    TH_F_OWN_VERB,         TH_F_OWN_TONE,          TH_F_OWN_ACTOR,
        TH_F_OWN_TARGET,   TH_F_EVENT_ACTION,     TH_F_EVENT_OUTCOME,     TH_F_SOURCE_ADDRESS,
        TH_F_CLOUD_REGION, TH_F_CLOUD_ACCOUNT_ID, TH_F_ERROR_CODE,        TH_F_ERROR_MESSAGE,
        TH_F_USER_NAME,    TH_F_ACCESS_KEY_ID,    TH_F_USER_IDENTITY_ARN, TH_F_USER_AGENT_ORIGINAL,
    };
    struct bench other = {.path = b->path};
    struct th_err err = {0};
    const struct th_column *column;
    bool loaded[TH_FIELD_COUNT] = {false};
    size_t columns = 0;
    size_t before = resident();
    open_table(&other);
    for (size_t i = 0; i < TH_COUNT(shown); i++) {
        must(th_table_column(other.table, shown[i], &column, &err), &err);
        loaded[shown[i]] = true;
    }
    for (int f = 0; f < TH_FIELD_COUNT; f++) {
        struct th_field_ref ref = {.field = (enum th_field)f};
        struct th_top top;
        if ((th_field_info(ref.field)->flags & TH_FIELD_FACET) == 0)
            continue;
        must(th_ops_top(other.table, NULL, &ref, TOP, false, NULL, &top, &err), &err);
        th_top_fini(&top);
        loaded[f] = true;
    }
    page_by(&other, TH_F_TIMESTAMP, 0);
    for (int f = 0; f < TH_FIELD_COUNT; f++)
        columns += loaded[f];
    size_t after = resident();
    report_memory(&other, columns, th_table_memory(other.table),
                  after > before ? after - before : 0);
    close_table(&other);
}

static size_t cold_count(struct bench *b)
{
    return fresh_count(b, th_buf_str(&b->two_fields));
}

static size_t only_open(struct bench *b)
{
    struct bench other = {.path = b->path};
    open_table(&other);
    close_table(&other);
    return other.rows;
}

static bool measure_record(void *ctx, uint64_t row, struct th_str raw)
{
    size_t *bytes = ctx;
    (void)row;
    *bytes += raw.n;
    return true;
}

static size_t read_records(struct bench *b)
{
    struct th_err err = {0};
    size_t bytes = 0;
    must(th_table_raw_scan(b->table, NULL, measure_record, &bytes, NULL, &err), &err);
    return bytes;
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    struct th_err err = {0};
    int64_t first;
    if (argc != 2) {
        fprintf(stderr, "usage: query_bench CASE.trail\n");
        return 2;
    }
    b.path = argv[1];
    measure_memory(&b); /* first: nothing of another table is in memory yet */
    open_table(&b);
    must(th_table_span(b.table, &first, &b.newest, &err), &err);
    add_usual(&b, "cloud.region", &b.one_field);
    th_buf_add_str(&b.two_fields, th_buf_str(&b.one_field));
    th_buf_puts(&b.two_fields, " and ");
    add_usual(&b, "event.provider", &b.two_fields);
    th_buf_puts(&b.wildcards, "user_agent.original: *aws* and event.action: *e*");

    double column_ms = median(&b, one_column, RUNS);
    report(&b, "page", median(&b, page, RUNS), "scan of one column", column_ms);
    report(&b, "wildcard page", median(&b, wildcard_page, RUNS), "scan of one column", column_ms);
    report(&b, "keystroke", median(&b, typing, RUNS) / 9, "scan of one column", column_ms);
    report(&b, "sorted page", median(&b, sorted_page, RUNS), "scan of one column", column_ms);
    report(&b, "deep page", median(&b, deep_page, RUNS), "scan of one column", column_ms);
    report(&b, "page by id", median(&b, id_page, RUNS), "scan of one column", column_ms);
    report(&b, "open", median(&b, open_case, SLOW_RUNS), "copy of the columns",
           median(&b, copy_columns, SLOW_RUNS));
    double read_ms = median(&b, read_records, SLOW_RUNS);
    report(&b, "free text", median(&b, free_text, SLOW_RUNS), "reading the records", read_ms);
    report(&b, "free text first paint", median(&b, first_paint, SLOW_RUNS), "reading the records",
           read_ms);
    report(&b, "flattened first", median(&b, flattened_first, SLOW_RUNS), "reading the records",
           read_ms);
    report(&b, "flattened second", median(&b, flattened_second, SLOW_RUNS), "reading the records",
           read_ms);
    report(&b, "rules first run", median(&b, rules_first, SLOW_RUNS), "reading the records",
           read_ms);
    report(&b, "cold count", median(&b, cold_count, SLOW_RUNS), "opening the case",
           median(&b, only_open, SLOW_RUNS));
    close_table(&b);
    th_buf_fini(&b.two_fields);
    th_buf_fini(&b.wildcards);
    th_buf_fini(&b.one_field);
    return 0;
}
