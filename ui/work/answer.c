/* What the worker does with each kind of question. Runs on the worker's thread: only functions of
 * the application that say they are safe for that, and nothing of the screen. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "query/kql/kql.h"
#include "ui/work/worker.h"

/* Columns that the table and the detail show, loaded here so that drawing finds them ready. */
static const enum th_field shown_fields[] = {
    TH_F_TIMESTAMP,    TH_F_OWN_VERB,         TH_F_OWN_TONE,          TH_F_OWN_ACTOR,
    TH_F_OWN_TARGET,   TH_F_EVENT_ACTION,     TH_F_EVENT_OUTCOME,     TH_F_SOURCE_ADDRESS,
    TH_F_CLOUD_REGION, TH_F_CLOUD_ACCOUNT_ID, TH_F_ERROR_CODE,        TH_F_ERROR_MESSAGE,
    TH_F_USER_NAME,    TH_F_ACCESS_KEY_ID,    TH_F_USER_IDENTITY_ARN, TH_F_USER_AGENT_ORIGINAL,
};

static void warm(th_table *table)
{
    const struct th_column *column;
    for (size_t i = 0; i < TH_COUNT(shown_fields); i++)
        if (th_table_column(table, shown_fields[i], &column, NULL) != TH_OK)
            return;
}

/* Code of "failure" in the outcome column; 0 when it never occurs. */
static uint32_t failure_code(const struct th_column *outcome)
{
    for (uint32_t code = 1; code < outcome->texts_n; code++)
        if (th_str_is(outcome->texts[code], "failure"))
            return code;
    return 0;
}

static bool holds(const struct th_bits *set, uint32_t row)
{
    return row < set->n && th_bits_get(set, row);
}

static void find_shape(th_table *table, const struct ui_request *request, struct ui_screen *screen)
{
    const struct th_column *outcome;
    const int64_t *ts;
    const uint32_t *time_order;
    screen->first_ms = TH_TIME_NONE;
    screen->last_ms = TH_TIME_NONE;
    if (th_table_column(table, TH_F_EVENT_OUTCOME, &outcome, NULL) != TH_OK ||
        th_table_times(table, &ts, &time_order, NULL) != TH_OK)
        return;
    uint32_t failure = failure_code(outcome);
    size_t n = screen->s.count;
    for (size_t i = 0; i < n; i++) {
        uint32_t row = screen->s.order[i];
        if (ts[row] != TH_TIME_NONE) {
            if (screen->first_ms == TH_TIME_NONE || ts[row] < screen->first_ms)
                screen->first_ms = ts[row];
            if (screen->last_ms == TH_TIME_NONE || ts[row] > screen->last_ms)
                screen->last_ms = ts[row];
        }
        unsigned flags = 0;
        if (failure != 0 && th_column_code(outcome, row) == failure)
            flags |= UI_SHAPE_FAILURE;
        if (holds(&request->flagged, row))
            flags |= UI_SHAPE_FINDING;
        if (holds(&request->marked, row))
            flags |= UI_SHAPE_MARK;
        size_t bin = i * UI_SHAPE_BINS / n;
        screen->shape[bin] = (uint8_t)(screen->shape[bin] | flags);
    }
}

static void name_screen(struct ui_screen *out, struct th_str filter, const char *const *facets)
{
    out->have = true;
    out->filter = th_xstrndup(filter.p, filter.n);
    for (size_t i = 0; i < out->s.facets_n; i++)
        out->facet_names[i] = th_xstrdup(facets[i]);
}

/* What partial answers are made of. */
struct partly {
    th_table *table;
    const struct ui_request *request;
    struct th_str filter;
    const char *const *facets;
};

static void answer_partly(void *ctx, struct th_screen *screen, double share)
{
    const struct partly *p = ctx;
    struct ui_answer *answer = th_xcalloc(1, sizeof *answer);
    answer->kind = p->request->kind;
    answer->generation = p->request->generation;
    answer->partial = true;
    answer->screen.s = *screen;
    answer->screen.share = share;
    name_screen(&answer->screen, p->filter, p->facets);
    find_shape(p->table, p->request, &answer->screen);
    warm(p->table);
    p->request->partial(p->request->partial_ctx, answer);
}

static enum th_code run_screen(th_table *table, const struct ui_request *request, th_cancel *cancel,
                               struct ui_screen *out, struct th_err *err)
{
    struct th_field_ref facets[UI_FACETS_MAX];
    size_t n = 0;
    const char *names[UI_FACETS_MAX];
    for (size_t i = 0; i < request->facets_n; i++)
        if (th_field_resolve(th_str_of(request->facets[i]), &facets[n]))
            names[n++] = request->facets[i];
    struct th_screen_request ask = {
        .filter = th_buf_str(&request->filter),
        .from_ms = request->from_ms,
        .to_ms = request->to_ms,
        .sort = request->sort,
        .descending = request->descending,
        .max_buckets = request->max_buckets,
        .histogram_all = request->histogram_all,
        .facets = facets,
        .facets_n = n,
        .facet_values = request->facet_values,
        .within = request->has_within ? &request->within : NULL,
    };
    if (ask.filter.p == NULL)
        ask.filter = TH_STR("");
    struct partly partly = {table, request, ask.filter, names};
    if (request->kind == UI_JOB_SCREEN && request->partial != NULL) {
        ask.partial = answer_partly;
        ask.partial_ctx = &partly;
    }
    enum th_code rc = th_app_screen(table, &ask, cancel, &out->s, err);
    if (rc != TH_OK)
        return rc;
    out->share = 1;
    name_screen(out, ask.filter, names);
    find_shape(table, request, out);
    warm(table);
    return TH_OK;
}

static void give_values(const struct th_top *top, struct ui_values *out)
{
    out->values = th_xcalloc(UI_VALUES_MAX, sizeof *out->values);
    out->distinct = top->distinct;
    for (size_t i = 0; i < top->n; i++)
        out->values[out->n++] = (struct ui_value_count){
            th_xstrndup(top->values[i].value.p, top->values[i].value.n), top->values[i].count};
}

static enum th_code run_values(th_table *table, const struct ui_request *request, th_cancel *cancel,
                               struct ui_values *out, struct th_err *err)
{
    struct th_str filter = th_buf_str(&request->filter);
    struct th_bits rows;
    enum th_code rc =
        th_app_rows_of(table, filter.p == NULL ? TH_STR("") : filter, cancel, &rows, err);
    if (rc != TH_OK)
        return rc;
    struct th_field_ref ref = {.field = request->field};
    struct th_top top;
    if (request->path.n > 0)
        ref.path = th_buf_str(&request->path);
    rc = th_ops_matching(table, &rows, &ref, th_buf_str(&request->prefix), UI_VALUES_MAX, cancel,
                         &top, err);
    if (rc == TH_OK) {
        out->field = request->field;
        give_values(&top, out);
        th_top_fini(&top);
    }
    th_bits_fini(&rows);
    return rc;
}

/* Occurrences of the event's value of a field, and how many different values of another field they
 * have. */
static enum th_code occurrences(th_table *table, uint32_t row, enum th_field field,
                                enum th_field other, th_cancel *cancel, struct ui_occurs *out,
                                struct th_err *err)
{
    struct th_buf value = TH_BUF_INIT, filter = TH_BUF_INIT;
    struct th_bits rows;
    if (!th_app_cell_of(table, row, field, &value)) {
        th_buf_fini(&value);
        return TH_OK;
    }
    th_kql_term(&filter, th_field_info(field)->name, th_buf_str(&value));
    struct th_err why;
    th_err_clear(&why);
    enum th_code rc = th_app_rows_of(table, th_buf_str(&filter), cancel, &rows, &why);
    th_buf_fini(&value);
    th_buf_fini(&filter);
    if (rc == TH_E_QUERY)
        return TH_OK; /* a value too long to be looked for: nothing is said of it */
    if (rc != TH_OK)
        return th_err_set(err, rc, "%s", why.msg);
    const int64_t *ts;
    const uint32_t *order;
    struct th_top top;
    struct th_field_ref ref = {.field = other};
    rc = th_table_times(table, &ts, &order, err);
    if (rc == TH_OK)
        rc = th_ops_top(table, &rows, &ref, 1, false, cancel, &top, err);
    if (rc == TH_OK) {
        *out = (struct ui_occurs){true, th_bits_count(&rows), TH_TIME_NONE, TH_TIME_NONE,
                                  top.distinct};
        for (size_t i = th_bits_next(&rows, 0); i < rows.n; i = th_bits_next(&rows, i + 1)) {
            if (ts[i] == TH_TIME_NONE)
                continue;
            if (out->first_ms == TH_TIME_NONE || ts[i] < out->first_ms)
                out->first_ms = ts[i];
            if (out->last_ms == TH_TIME_NONE || ts[i] > out->last_ms)
                out->last_ms = ts[i];
        }
        th_top_fini(&top);
    }
    th_bits_fini(&rows);
    return rc;
}

static enum th_code run_about(th_table *table, const struct ui_request *request, th_cancel *cancel,
                              struct ui_about *out, struct th_err *err)
{
    static const struct {
        enum th_field field, other;
        size_t offset;
    } questions[] = {
        {TH_F_ACCESS_KEY_ID, TH_F_SOURCE_ADDRESS, offsetof(struct ui_about, key)},
        {TH_F_OWN_ACTOR, TH_F_SOURCE_ADDRESS, offsetof(struct ui_about, actor)},
        {TH_F_SOURCE_ADDRESS, TH_F_OWN_ACTOR, offsetof(struct ui_about, address)},
        {TH_F_OWN_TARGET, TH_F_OWN_ACTOR, offsetof(struct ui_about, target)},
    };
    out->row = request->row;
    for (size_t i = 0; i < TH_COUNT(questions); i++) {
        struct ui_occurs found = {0};
        enum th_code rc = occurrences(table, request->row, questions[i].field, questions[i].other,
                                      cancel, &found, err);
        if (rc != TH_OK)
            return rc;
        memcpy((char *)out + questions[i].offset, &found, sizeof found);
    }
    out->have = true;
    return TH_OK;
}

struct ui_answer *ui_job_run(th_app *app, const struct ui_request *request, th_cancel *cancel)
{
    struct ui_answer *answer = th_xcalloc(1, sizeof *answer);
    int64_t begin = th_time_mono();
    answer->kind = request->kind;
    answer->generation = request->generation;
    th_err_clear(&answer->err);
    /* Events may come in meanwhile: one question is answered of one table. */
    th_table *table = th_app_table_hold(app);
    switch (request->kind) {
    case UI_JOB_SCREEN:
    case UI_JOB_PREVIEW:
        answer->rc = run_screen(table, request, cancel, &answer->screen, &answer->err);
        break;
    case UI_JOB_VALUES:
        answer->rc = run_values(table, request, cancel, &answer->values, &answer->err);
        break;
    case UI_JOB_ABOUT:
        answer->rc = run_about(table, request, cancel, &answer->about, &answer->err);
        break;
    case UI_JOB_SOURCE:
        answer->rc = th_app_source_rows(app, request->source, &answer->rows, &answer->err);
        break;
    case UI_JOB_COVERAGE:
        answer->rc = th_app_coverage(app, &(struct th_app_coverage_ask){.bins = UI_COVER_BINS},
                                     cancel, &answer->coverage, &answer->err);
        break;
    case UI_JOB_KINDS:
        break;
    }
    th_table_free(table);
    answer->took_ms = th_time_mono() - begin;
    return answer;
}
