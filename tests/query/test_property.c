/* One meaning: random filters over random records give the same rows on columns as record by
 * record, with any candidates, with a warm cache, with paths as columns and without, with one
 * thread or several, alone or many at once; what is found on the way is a part of it that only
 * grows; and their canonical text means the same. */
#include "lib/tap.h"

#include <dirent.h>

#include "query/eval/eval.h"
#include "query/filter_gen.h"
#include "query/kql/kql.h"
#include "query/mem_loader.h"
#include "query/table/paths.h"
#include "query/trail_gen.h"

enum { RECORDS = 260, FILTERS = 2400, DEEP = 400, TOGETHER = 50, RUN_ROWS = 17 };

static const struct th_kql_options options = {.now_ms = INT64_C(1709500000000)};

/* Paths that filters look at, as columns: tables are too small for that to happen by itself. */
static void make_columns(th_table *table)
{
    struct th_field_ref refs[TH_COUNT(gen_fields)];
    const struct th_field_ref *list[TH_COUNT(gen_fields)];
    struct th_err err = {0};
    size_t n = 0;
    for (size_t i = 0; i < TH_COUNT(gen_fields); i++)
        if (th_field_resolve(th_str_of(gen_fields[i]), &refs[n]) && th_path_is_column(&refs[n])) {
            list[n] = &refs[n];
            n++;
        }
    if (th_table_paths_build(table, list, n, NULL, &err) != TH_OK || th_table_paths(table) != n ||
        n < 8)
        tap_ok(false, "columns of paths: %s", err.msg);
}

struct world {
    struct mem_case *records;
    th_table *table;
    size_t filters, matches, unequal, refused, partials;
    /* asked again, all at once */
    th_query *queries[TOGETHER];
    struct th_bits truths[TOGETHER];
    struct th_buf texts[TOGETHER];
    size_t together;
};

static void complain(struct world *w, const char *what, const struct th_buf *filter, size_t row)
{
    if (w->unequal++ < 10) {
        tap_note("%s: %.*s", what, (int)filter->n, filter->p);
        if (row < w->records->rows)
            tap_note("row %zu: %.*s", row, (int)w->records->raw[row].n, w->records->raw[row].p);
    }
}

/* Rows by columns must be those that pass one by one, and no others. */
static void compare(struct world *w, const th_query *query, const struct th_buf *filter,
                    const struct th_bits *candidates, const struct th_bits *truth)
{
    struct th_bits rows;
    struct th_err err = {0};
    if (th_eval_rows(w->table, query, candidates, NULL, &rows, &err) != TH_OK) {
        complain(w, err.msg, filter, SIZE_MAX);
        return;
    }
    for (size_t i = 0; i < w->records->rows; i++) {
        bool want = th_bits_get(truth, i) && (candidates == NULL || th_bits_get(candidates, i));
        if (th_bits_get(&rows, i) != want) {
            complain(w, want ? "missed" : "too many", filter, i);
            break;
        }
    }
    th_bits_fini(&rows);
}

/* What is found on the way. */
struct partly {
    struct world *w;
    const struct th_buf *filter;
    const struct th_bits *truth;
    struct th_bits last;
    double share;
};

static bool is_part(const struct th_bits *part, const struct th_bits *whole)
{
    return th_bits_count_and(part, whole) == th_bits_count(part);
}

static void see_partial(void *ctx, const struct th_bits *found, double share)
{
    struct partly *p = ctx;
    p->w->partials++;
    if (!is_part(found, p->truth))
        complain(p->w, "found on the way, but no match", p->filter, SIZE_MAX);
    if (!is_part(&p->last, found) || share < p->share || share > 1)
        complain(p->w, "partial results don't grow", p->filter, SIZE_MAX);
    th_bits_fini(&p->last);
    th_bits_init_copy(&p->last, found);
    p->share = share;
}

/* In a table of its own, so that nothing is known before. */
static void compare_watched(struct world *w, const th_query *query, const struct th_buf *filter,
                            const struct th_bits *truth)
{
    struct partly p = {.w = w, .filter = filter, .truth = truth};
    const struct th_eval_watch watch = {see_partial, &p, 0, 0};
    th_table *table = mem_table(w->records);
    struct th_bits rows;
    struct th_err err = {0};
    th_bits_init(&p.last, w->records->rows);
    if (th_eval_rows_watched(table, query, NULL, &watch, NULL, &rows, &err) != TH_OK) {
        complain(w, err.msg, filter, SIZE_MAX);
    } else {
        if (!is_part(&rows, truth) || !is_part(truth, &rows))
            complain(w, "watched, it is another result", filter, SIZE_MAX);
        if (!is_part(&p.last, &rows))
            complain(w, "what was found before isn't in the result", filter, SIZE_MAX);
        th_bits_fini(&rows);
    }
    th_bits_fini(&p.last);
    th_table_free(table);
}

/* All filters since the last time, at once. */
static void compare_together(struct world *w)
{
    const th_query *queries[TOGETHER];
    struct th_bits rows[TOGETHER];
    struct th_err err = {0};
    for (size_t i = 0; i < w->together; i++)
        queries[i] = w->queries[i];
    if (th_eval_many(w->table, queries, w->together, NULL, 0, NULL, rows, &err) != TH_OK) {
        tap_ok(false, "many filters at once: %s", err.msg);
        return;
    }
    for (size_t i = 0; i < w->together; i++) {
        if (!is_part(&rows[i], &w->truths[i]) || !is_part(&w->truths[i], &rows[i]))
            complain(w, "among others, it is another result", &w->texts[i], SIZE_MAX);
        th_bits_fini(&rows[i]);
    }
}

static void forget_together(struct world *w)
{
    for (size_t i = 0; i < w->together; i++) {
        th_query_free(w->queries[i]);
        th_bits_fini(&w->truths[i]);
        th_buf_fini(&w->texts[i]);
    }
    w->together = 0;
}

static void try_filter(struct world *w, struct rng *r, const struct th_buf *filter)
{
    th_query *query;
    th_query *again;
    struct th_err err = {0};
    struct th_bits truth;
    struct th_bits candidates;
    struct th_buf printed = TH_BUF_INIT;
    if (th_kql_parse(th_buf_str(filter), &options, &query, NULL, &err) != TH_OK) {
        w->refused++;
        return;
    }
    w->filters++;
    th_bits_init(&truth, w->records->rows);
    th_bits_init(&candidates, w->records->rows);
    for (size_t i = 0; i < w->records->rows; i++) {
        if (th_eval_record(query, w->records->raw[i]))
            th_bits_put(&truth, i);
        if (rng_one_in(r, 3))
            th_bits_put(&candidates, i);
    }
    w->matches += th_bits_count(&truth) > 0 && th_bits_count(&truth) < w->records->rows;
    compare(w, query, filter, &candidates, &truth);
    compare(w, query, filter, NULL, &truth);
    th_query_print(query, &printed);
    if (th_kql_parse(th_buf_str(&printed), &options, &again, NULL, &err) != TH_OK) {
        complain(w, "its text doesn't parse", &printed, SIZE_MAX);
    } else {
        compare(w, again, filter, NULL, &truth);
        th_query_free(again);
    }
    if (w->filters % 4 == 0)
        compare_watched(w, query, filter, &truth);
    th_buf_fini(&printed);
    th_bits_fini(&candidates);
    w->queries[w->together] = query;
    w->truths[w->together] = truth;
    w->texts[w->together] = TH_BUF_INIT;
    th_buf_add_str(&w->texts[w->together++], th_buf_str(filter));
}

static void run(struct mem_case *records, size_t filters, int depth, uint64_t seed,
                const char *what)
{
    struct rng r = {seed};
    struct world w = {.records = records, .table = mem_table(records)};
    struct th_buf filter = TH_BUF_INIT;
    for (size_t i = 0; i < filters; i++) {
        th_buf_reset(&filter);
        if (depth == 0)
            gen_clause(&r, &filter);
        else
            gen_filter(&r, &filter, 3 - depth);
        try_filter(&w, &r, &filter);
        /* A cold cache now and then: most filters meet what others left. */
        if (i % TOGETHER == TOGETHER - 1) {
            th_table_free(w.table);
            w.table = mem_table(records);
            if (i % 100 == 99)
                make_columns(w.table);
            compare_together(&w);
            forget_together(&w);
        }
    }
    forget_together(&w);
    tap_is_int((int64_t)w.unequal, 0, what);
    tap_ok(w.filters > filters / 3 && w.matches > w.filters / 40,
           "%s: %zu filters on %zu records, %zu divide them, %zu were refused", what, w.filters,
           records->rows, w.matches, w.refused);
    tap_ok(w.partials > 0, "%s: %zu partial results", what, w.partials);
    th_buf_fini(&filter);
    th_table_free(w.table);
}

static struct mem_case *generated(uint64_t seed, size_t n)
{
    struct rng r = {seed};
    struct mem_case *records = mem_case_new();
    struct th_buf record = TH_BUF_INIT;
    records->run_rows = RUN_ROWS;
    for (size_t i = 0; i < n; i++) {
        th_buf_reset(&record);
        gen_record(&r, &record);
        if (!mem_case_add(records, th_buf_str(&record)))
            tap_note("no record: %s", th_buf_cstr(&record));
    }
    th_buf_fini(&record);
    return records;
}

enum { SMALL_FILE = 30000 };

/* The records of a file that isn't large: many small files are more different than one large one.
 */
static void add_file(struct mem_case *records, const char *folder, const char *name)
{
    struct th_buf path = TH_BUF_INIT;
    struct th_buf text = TH_BUF_INIT;
    th_buf_printf(&path, "%s/%s", folder, name);
    FILE *file = fopen(th_buf_cstr(&path), "rb");
    th_buf_fini(&path);
    if (file == NULL)
        return;
    size_t n = fread(th_buf_reserve(&text, SMALL_FILE), 1, SMALL_FILE, file);
    text.n += n;
    fclose(file);
    if (n < SMALL_FILE)
        mem_case_add_all(records, th_buf_str(&text));
    th_buf_fini(&text);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_folder(struct mem_case *records, const char *shared, const char *name)
{
    struct th_buf path = TH_BUF_INIT;
    char **names = NULL;
    size_t n = 0;
    size_t cap = 0;
    th_buf_printf(&path, "%s/evidence/%s", shared, name);
    DIR *folder = opendir(th_buf_cstr(&path));
    for (struct dirent *entry = folder != NULL ? readdir(folder) : NULL; entry != NULL;
         entry = readdir(folder)) {
        if (!th_str_ends(th_str_of(entry->d_name), TH_STR(".json")))
            continue;
        TH_GROW(names, n, cap);
        names[n++] = th_xstrdup(entry->d_name);
    }
    if (folder != NULL)
        closedir(folder);
    if (n > 0)
        qsort(names, n, sizeof *names, compare_names);
    for (size_t i = 0; i < n; i++) {
        add_file(records, th_buf_cstr(&path), names[i]);
        free(names[i]);
    }
    free(names);
    th_buf_fini(&path);
}

/* Real records, when they are there: shapes that no generator thinks of. */
static void run_real(void)
{
    struct th_buf shared = TH_BUF_INIT;
    const char *given = getenv("TH_SHARED");
    const char *source = getenv("TH_SRCDIR");
    struct mem_case *records = mem_case_new();
    if (given != NULL)
        th_buf_puts(&shared, given);
    else
        th_buf_printf(&shared, "%s/../shared", source != NULL ? source : ".");
    add_folder(records, th_buf_cstr(&shared), "stratus");
    add_folder(records, th_buf_cstr(&shared), "invictus-ir");
    if (records->rows == 0) {
        tap_skip("real records", "no shared evidence here");
    } else {
        run(records, 160, 0, 77, "real records, single clauses");
        run(records, 60, 2, 78, "real records, trees");
    }
    mem_case_free(records);
    th_buf_fini(&shared);
}

int main(void)
{
    struct mem_case *records = generated(1, RECORDS);
    tap_is_int((int64_t)records->rows, RECORDS, "records");
    run(records, FILTERS, 0, 11, "single clauses");
    run(records, DEEP, 2, 12, "trees");
    run(records, DEEP, 3, 13, "deep trees");
    mem_case_free(records);
    records = generated(2, 64);
    run(records, DEEP, 2, 14, "exactly one word of rows");
    mem_case_free(records);
    records = generated(3, 3);
    run(records, DEEP, 2, 15, "three rows");
    mem_case_free(records);
    run_real();
    return tap_done();
}
