/* Passes over the records: what is read, in which order, by how many threads; that a cancel stops
 * them; and that many questions need one. */
#include "lib/tap.h"

#include "query/eval/eval.h"
#include "query/kql/kql.h"
#include "query/mem_loader.h"
#include "query/table/paths.h"
#include "query/table/record_scan.h"
#include "query/trail_gen.h"

enum { ROWS = 6000, RUN_ROWS = 100, RARE = 30 };

static struct mem_case *make_records(void)
{
    struct mem_case *records = mem_case_new();
    struct rng r = {21};
    struct th_buf record = TH_BUF_INIT;
    records->run_rows = RUN_ROWS;
    for (size_t i = 0; i < ROWS; i++) {
        th_buf_reset(&record);
        if (i >= ROWS / 2 && i < ROWS / 2 + RARE)
            th_buf_puts(&record, "{\"eventName\":\"RareThing\",\"requestParameters\":{"
                                 "\"bucketName\":\"bucket-one\"}}");
        else
            gen_record(&r, &record);
        if (!mem_case_add(records, th_buf_str(&record)))
            tap_note("no record: %s", th_buf_cstr(&record));
    }
    th_buf_fini(&record);
    return records;
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

static bool is_true_answer(const struct mem_case *records, const th_query *query,
                           const struct th_bits *rows)
{
    for (size_t i = 0; i < records->rows; i++)
        if (th_eval_record(query, records->raw[i]) != th_bits_get(rows, i)) {
            tap_note("row %zu: %.*s", i, TH_STR_ARGS(records->raw[i]));
            return false;
        }
    return true;
}

/* Plans -------------------------------------------------------------------- */

static void test_plan(struct mem_case *records)
{
    th_table *table = mem_table(records);
    struct th_bits wanted;
    struct th_pass_plan plan;
    int64_t times[ROWS];
    th_bits_init(&wanted, ROWS);
    th_pass_plan_init(&plan, table, &wanted);
    tap_ok(plan.n == 0 && plan.rows == 0 && th_pass_threads(&plan) == 1,
           "nothing is wanted, nothing is read");
    th_pass_plan_fini(&plan);

    th_bits_put(&wanted, 0);
    th_bits_put(&wanted, 2 * RUN_ROWS - 1);
    th_bits_put(&wanted, 7 * RUN_ROWS + 3);
    th_bits_put(&wanted, ROWS - 1);
    th_pass_plan_init(&plan, table, &wanted);
    tap_ok(plan.n == 4 && plan.rows == 4 * RUN_ROWS && plan.runs[1].first == RUN_ROWS &&
               plan.runs[1].last == 2 * RUN_ROWS && plan.runs[3].last == ROWS,
           "runs that hold a wanted row");
    for (size_t i = 0; i < ROWS; i++)
        times[i] = TH_TIME_NONE;
    /* What isn't wanted doesn't count, however new. */
    times[5] = INT64_MAX;
    times[2 * RUN_ROWS - 1] = 1000;
    times[7 * RUN_ROWS + 3] = 3000;
    times[ROWS - 1] = 2000;
    th_pass_plan_newest_first(&plan, times);
    tap_ok(plan.runs[0].first == 7 * RUN_ROWS && plan.runs[1].last == ROWS &&
               plan.runs[2].first == RUN_ROWS && plan.runs[3].first == 0,
           "newest first, untimed last");
    th_pass_plan_fini(&plan);
    th_bits_fini(&wanted);
    th_table_free(table);
}

/* What each thread saw. */
struct seen {
    size_t *visits; /* by row, of all threads */
    size_t last;
    bool ordered; /* within its run */
};

static void see(void *ctx, size_t row, struct th_str raw)
{
    struct seen *seen = ctx;
    __atomic_fetch_add(&seen->visits[row], 1, __ATOMIC_RELAXED);
    seen->ordered =
        seen->ordered && raw.n > 0 &&
        (row / RUN_ROWS != seen->last / RUN_ROWS || row > seen->last || seen->last == 0);
    seen->last = row;
}

static void test_go(struct mem_case *records)
{
    enum { THREADS = 5 };
    th_table *table = mem_table(records);
    struct seen seen[THREADS];
    void *ctx[THREADS];
    struct th_bits wanted;
    struct th_pass_plan plan;
    size_t *visits = th_xcalloc(ROWS, sizeof *visits);
    th_bits_init(&wanted, ROWS);
    for (size_t i = 0; i < ROWS; i += 1 + i % 3)
        th_bits_put(&wanted, i);
    for (size_t i = 0; i < THREADS; i++) {
        seen[i] = (struct seen){visits, 0, true};
        ctx[i] = &seen[i];
    }
    th_pass_plan_init(&plan, table, &wanted);
    const struct th_pass pass = {
        .table = table, .plan = &plan, .threads = THREADS, .ctx = ctx, .visit = see};
    tap_is_int(th_pass_go(&pass, NULL), TH_OK, "a pass by five threads");
    size_t wrong = 0;
    for (size_t i = 0; i < ROWS; i++)
        wrong += visits[i] != th_bits_get(&wanted, i);
    tap_is_int((int64_t)wrong, 0, "every wanted row once, no other");
    for (size_t i = 0; i < THREADS; i++)
        tap_ok(seen[i].ordered, "in order within a run");
    th_pass_plan_fini(&plan);
    th_bits_fini(&wanted);
    free(visits);
    th_table_free(table);
}

/* Cancels ------------------------------------------------------------------ */

struct stopper {
    th_cancel cancel;
    size_t told;
    size_t found;
};

static void stop(void *ctx, const struct th_bits *found, double share)
{
    struct stopper *s = ctx;
    (void)share;
    s->found = th_bits_count(found);
    if (++s->told == 2)
        th_cancel_set(&s->cancel);
}

static void test_cancel(struct mem_case *records, const char *text)
{
    th_table *table = mem_table(records);
    th_query *query = parse(text);
    struct stopper s = {.told = 0};
    const struct th_eval_watch watch = {stop, &s, 0, 0};
    struct th_bits rows;
    records->visits = 0;
    tap_note("%s", text);
    tap_is_int(th_eval_rows_watched(table, query, NULL, &watch, &s.cancel, &rows, NULL),
               TH_E_CANCELLED, "stopped by who was told");
    size_t before = records->visits;
    tap_ok(before < ROWS, "before all was read (%zu of %d records)", before, ROWS);
    tap_is_int((int64_t)th_table_paths(table), 0, "no column was made");
    th_cancel_reset(&s.cancel);
    tap_is_int(th_eval_rows_watched(table, query, NULL, NULL, &s.cancel, &rows, NULL), TH_OK,
               "asked again");
    tap_ok(is_true_answer(records, query, &rows), "the right answer");
    th_bits_fini(&rows);
    th_query_free(query);
    th_table_free(table);
}

/* Errors of one thread end the pass of all. */
static enum th_code failing_read(void *reader, const struct th_bits *wanted, size_t first,
                                 size_t last,
                                 bool (*visit)(void *vctx, uint64_t row, struct th_str raw),
                                 void *vctx, th_cancel *cancel, struct th_err *err)
{
    if (first >= ROWS / 2)
        return th_err_set(err, TH_E_IO, "the disk is gone");
    return mem_raw_read(reader, wanted, first, last, visit, vctx, cancel, err);
}

static void test_failure(struct mem_case *records)
{
    struct th_loader loader = mem_loader(records);
    struct th_err err = {0};
    struct th_bits rows;
    loader.raw_read = failing_read;
    th_table *table = th_table_new(records->rows, &loader);
    th_query *query = parse("zq-not-there");
    tap_is_int(th_eval_rows(table, query, NULL, NULL, &rows, &err), TH_E_IO, "a failing disk");
    tap_is_str(err.msg, "the disk is gone", "says what happened");
    th_query_free(query);
    th_table_free(table);
}

/* Many questions ----------------------------------------------------------- */

static const char *const questions[] = {
    "requestParameters.bucketName: bucket-one and event.action: G*",
    "responseElements.userName: * and not event.action: *e*",
    "additionalEventData.MFAUsed: Yes or additionalEventData.UserName: a*",
    "event.action: *User* and secret",
    "event.action: ConsoleLogin",
    "requestParameters.a: * and requestParameters.bucketName: *e*",
    "aws.cloudtrail.request_parameters: *bucket* and event.action: PutObject",
    "related.user: alice",
};

static void ask_many(struct mem_case *records, th_table *table, size_t visits, size_t columns)
{
    th_query *queries[TH_COUNT(questions)];
    const th_query *list[TH_COUNT(questions)];
    struct th_bits rows[TH_COUNT(questions)];
    struct th_field_ref extra = {TH_FIELD_NONE, false, TH_STR_NONE};
    const struct th_field_ref *refs[] = {&extra};
    struct th_err err = {0};
    if (!th_field_resolve(TH_STR("requestParameters.maxResults"), &extra))
        tap_ok(false, "a path");
    for (size_t i = 0; i < TH_COUNT(questions); i++)
        list[i] = queries[i] = parse(questions[i]);
    records->visits = 0;
    tap_is_int(th_eval_many(table, list, TH_COUNT(questions), refs, 1, NULL, rows, &err), TH_OK,
               "many questions");
    tap_is_int((int64_t)records->visits, (int64_t)visits, "records read for them");
    tap_is_int((int64_t)th_table_paths(table), (int64_t)columns, "columns");
    tap_ok((th_table_path_column(table, &extra) != NULL) == (columns > 0),
           "of the path that will be asked for, too");
    for (size_t i = 0; i < TH_COUNT(questions); i++) {
        tap_ok(is_true_answer(records, list[i], &rows[i]), "%s", questions[i]);
        th_bits_fini(&rows[i]);
        th_query_free(queries[i]);
    }
}

static void test_many(struct mem_case *records)
{
    th_table *table = mem_table(records);
    ask_many(records, table, ROWS, 6);
    /* Paths are columns, and what is none was found out the first time. */
    ask_many(records, table, 0, 6);
    th_table_free(table);
}

/* Rules that look at rare events don't make anybody read everything. */
static void test_few(struct mem_case *records)
{
    th_table *table = mem_table(records);
    th_query *some = parse("event.action: RareThing and requestParameters.bucketName: bucket-*");
    th_query *none = parse("event.action: RareThing and requestParameters.a: *");
    const th_query *list[] = {some, none};
    struct th_bits rows[2];
    records->visits = 0;
    tap_is_int(th_eval_many(table, list, 2, NULL, 0, NULL, rows, NULL), TH_OK, "two questions");
    tap_ok(th_bits_count(&rows[0]) == RARE && th_bits_count(&rows[1]) == 0, "answered");
    tap_ok(th_table_paths(table) == 0 && records->visits == RARE,
           "only the rows that are open are read, once");
    th_bits_fini(&rows[0]);
    th_bits_fini(&rows[1]);
    th_query_free(some);
    th_query_free(none);
    th_table_free(table);
}

/* Hundreds of questions, most of which look for texts that a record hasn't: it is shown to the
 * others only. Some records spell names and values with escapes, which no text is found in. */
enum { HUNDREDS = 360, ODD_ROWS = 400, NAMES = 40 };

static struct mem_case *odd_records(void)
{
    struct mem_case *records = mem_case_new();
    struct th_buf record = TH_BUF_INIT;
    records->run_rows = RUN_ROWS;
    for (unsigned i = 0; i < ODD_ROWS; i++) {
        unsigned k = i % NAMES, next = i * 7 % NAMES;
        th_buf_reset(&record);
        th_buf_printf(&record, "{\"eventName\":\"Thing%u\",\"requestParameters\":{", i % 5);
        if (i % 3 == 0)
            th_buf_printf(&record, "\"\\u006eame%u\":\"value%u\",", k, next);
        else if (i % 3 == 1)
            th_buf_printf(&record, "\"name%u\":\"v\\u0061lue%u\",", k, next);
        else
            th_buf_printf(&record, "\"name%u\":\"VALUE%u word%u\",", k, next, k);
        th_buf_printf(&record, "\"none\":null},\"errorMessage\":\"word%u\"}", next);
        if (!mem_case_add(records, th_buf_str(&record)))
            tap_ok(false, "a record: %s", th_buf_cstr(&record));
    }
    th_buf_fini(&record);
    return records;
}

static void put_question(unsigned i, struct th_buf *out)
{
    unsigned k = i % (NAMES + 10), other = (i * 13 + 5) % (NAMES + 10);
    th_buf_reset(out);
    switch (i % 9) {
    case 0:
        th_buf_printf(out, "word%u", k);
        break;
    case 1:
        th_buf_printf(out, "requestParameters.name%u: value%u", k, other);
        break;
    case 2:
        th_buf_printf(out, "requestParameters.name%u: * or word%u", k, other);
        break;
    case 3:
        th_buf_printf(out, "requestParameters.name%u: *alue* and word%u", k, other);
        break;
    case 4:
        th_buf_printf(out, "not requestParameters.name%u: *", k);
        break;
    case 5:
        th_buf_printf(out, "event.action: Thing%u and requestParameters.name%u: v*", k % 5, k);
        break;
    case 6:
        th_buf_printf(out, "requestParameters.*%u: *word* or requestParameters.name%u: *", k, k);
        break;
    case 7:
        th_buf_printf(out, "event.action: Thing%u or word%u", k % 5, other);
        break;
    default:
        th_buf_printf(out, "word%u and not requestParameters.name%u: *", k, k);
    }
}

static void test_hundreds(void)
{
    struct mem_case *records = odd_records();
    th_table *table = mem_table(records);
    th_query *queries[HUNDREDS];
    const th_query *list[HUNDREDS];
    struct th_bits rows[HUNDREDS];
    struct th_buf text = TH_BUF_INIT;
    size_t wrong = 0, found = 0;
    for (unsigned i = 0; i < HUNDREDS; i++) {
        put_question(i, &text);
        list[i] = queries[i] = parse(th_buf_cstr(&text));
    }
    records->visits = 0;
    tap_is_int(th_eval_many(table, list, HUNDREDS, NULL, 0, NULL, rows, NULL), TH_OK, "hundreds");
    tap_is_int((int64_t)records->visits, ODD_ROWS, "each record is read once for all of them");
    for (unsigned i = 0; i < HUNDREDS; i++) {
        bool right = is_true_answer(records, list[i], &rows[i]);
        put_question(i, &text);
        if (!right && wrong++ < 5)
            tap_note("%s", th_buf_cstr(&text));
        found += th_bits_count(&rows[i]);
        th_bits_fini(&rows[i]);
        th_query_free(queries[i]);
    }
    tap_is_int((int64_t)wrong, 0, "each has the answer that it has alone");
    tap_ok(found > HUNDREDS, "%zu rows were found", found);
    th_buf_fini(&text);
    th_table_free(table);
    mem_case_free(records);
}

int main(void)
{
    struct mem_case *records = make_records();
    tap_is_int((int64_t)records->rows, ROWS, "records");
    test_plan(records);
    test_go(records);
    test_cancel(records, "zq-not-there");
    test_cancel(records, "requestParameters.bucketName: bucket-one");
    test_failure(records);
    test_many(records);
    test_few(records);
    test_hundreds();
    mem_case_free(records);
    return tap_done();
}
