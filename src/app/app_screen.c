/* One question, everything a screen shows: the rows that match, in order, their histogram and their
 * top values. */
#include <stdlib.h>
#include <string.h>

#include "app/app_private.h"
#include "base/mem.h"
#include "base/time.h"
#include "query/eval.h"

enum th_code th_app_parse(th_app *app, struct th_str filter, th_query **out,
                          struct th_kql_notes *notes, struct th_err *err)
{
    struct th_kql_options options = {.now_ms = TH_TIME_NONE};
    int64_t first;
    enum th_code rc = th_table_span(app->table, &first, &options.now_ms, err);
    if (rc != TH_OK)
        return rc;
    return th_kql_parse(filter, &options, out, notes, err);
}

static enum th_code matching(th_app *app, struct th_str filter, const struct th_bits *candidates,
                             const struct th_eval_watch *watch, struct th_kql_notes *notes,
                             th_cancel *cancel, struct th_bits *out, struct th_err *err)
{
    th_query *query;
    enum th_code rc = th_app_parse(app, filter, &query, notes, err);
    if (rc != TH_OK)
        return rc;
    rc = th_eval_rows_watched(app->table, query, candidates, watch, cancel, out, err);
    th_query_free(query);
    return rc;
}

enum th_code th_app_rows(th_app *app, struct th_str filter, th_cancel *cancel, struct th_bits *out,
                         struct th_err *err)
{
    return matching(app, filter, NULL, NULL, NULL, cancel, out, err);
}

static enum th_code histograms(th_app *app, const struct th_screen_request *request,
                               th_cancel *cancel, struct th_screen *out, struct th_err *err)
{
    int64_t first, last;
    enum th_code rc = th_table_span(app->table, &first, &last, err);
    if (rc != TH_OK)
        return rc;
    int64_t from = first, to = last;
    if (!request->histogram_all && request->from_ms != TH_TIME_NONE)
        from = request->from_ms;
    if (!request->histogram_all && request->to_ms != TH_TIME_NONE)
        to = request->to_ms - 1;
    struct th_bits all;
    th_bits_init_ones(&all, th_table_rows(app->table));
    rc = th_ops_histogram(app->table, &all, from, to, 0, request->max_buckets, cancel,
                          &out->histogram_base, err);
    th_bits_fini(&all);
    if (rc != TH_OK)
        return rc;
    return th_ops_histogram(app->table, &out->rows, from, to, out->histogram_base.every_ms,
                            request->max_buckets, cancel, &out->histogram, err);
}

static enum th_code fill(th_app *app, const struct th_screen_request *request, th_cancel *cancel,
                         struct th_screen *out, struct th_err *err)
{
    out->total = th_table_rows(app->table);
    out->count = th_bits_count(&out->rows);
    out->order = th_xreallocarray(NULL, out->count + 1, sizeof *out->order);
    size_t got = 0;
    enum th_code rc = th_ops_page(app->table, &out->rows, request->sort, request->descending, 0,
                                  out->count, cancel, out->order, &got, err);
    if (rc == TH_OK && request->max_buckets > 0)
        rc = histograms(app, request, cancel, out, err);
    out->facets = th_xcalloc(request->facets_n + 1, sizeof *out->facets);
    for (size_t i = 0; rc == TH_OK && i < request->facets_n; i++) {
        rc = th_ops_top(app->table, &out->rows, &request->facets[i], request->facet_values, false,
                        cancel, &out->facets[i], err);
        if (rc == TH_OK)
            out->facets_n++;
    }
    return rc;
}

/* When what is found so far is shown for the first time, and then how often. */
enum { FIRST_MS = 80, EVERY_MS = 200 };

/* Somebody who wants to see what is found so far. */
struct viewer {
    th_app *app;
    const struct th_screen_request *request;
    th_cancel *cancel;
};

static void show_partial(void *ctx, const struct th_bits *found, double share)
{
    const struct viewer *viewer = ctx;
    struct th_screen screen = {0};
    th_bits_init_copy(&screen.rows, found);
    if (fill(viewer->app, viewer->request, viewer->cancel, &screen, NULL) == TH_OK)
        viewer->request->partial(viewer->request->partial_ctx, &screen, share);
    else
        th_screen_fini(&screen);
}

enum th_code th_app_screen(th_app *app, const struct th_screen_request *request, th_cancel *cancel,
                           struct th_screen *out, struct th_err *err)
{
    memset(out, 0, sizeof *out);
    struct th_bits brushed = {NULL, 0};
    const struct th_bits *candidates = request->within;
    enum th_code rc = TH_OK;
    if (request->from_ms != TH_TIME_NONE || request->to_ms != TH_TIME_NONE) {
        rc = th_ops_time_range(app->table, request->from_ms, request->to_ms, &brushed, err);
        if (rc == TH_OK && candidates != NULL)
            th_bits_and(&brushed, candidates);
        candidates = &brushed;
    }
    struct viewer viewer = {app, request, cancel};
    const struct th_eval_watch watch = {show_partial, &viewer, FIRST_MS, EVERY_MS};
    if (rc == TH_OK)
        rc = matching(app, request->filter, candidates, request->partial != NULL ? &watch : NULL,
                      &out->notes, cancel, &out->rows, err);
    th_bits_fini(&brushed);
    if (rc == TH_OK)
        rc = fill(app, request, cancel, out, err);
    if (rc != TH_OK)
        th_screen_fini(out);
    return rc;
}

void th_screen_fini(struct th_screen *screen)
{
    th_bits_fini(&screen->rows);
    free(screen->order);
    th_histogram_fini(&screen->histogram);
    th_histogram_fini(&screen->histogram_base);
    for (size_t i = 0; i < screen->facets_n; i++)
        th_top_fini(&screen->facets[i]);
    free(screen->facets);
    memset(screen, 0, sizeof *screen);
}
