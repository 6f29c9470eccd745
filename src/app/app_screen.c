/* One question, everything a screen shows: the rows that match, in order, their histogram and their
 * top values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_private.h"
#include "base/mem.h"
#include "base/time.h"
#include "query/eval/eval.h"

static enum th_code parse(th_table *table, struct th_str filter, th_query **out,
                          struct th_kql_notes *notes, struct th_err *err)
{
    struct th_kql_options options = {.now_ms = TH_TIME_NONE};
    int64_t first;
    enum th_code rc = th_table_span(table, &first, &options.now_ms, err);
    if (rc != TH_OK)
        return rc;
    return th_kql_parse(filter, &options, out, notes, err);
}

enum th_code th_app_parse(th_app *app, struct th_str filter, th_query **out,
                          struct th_kql_notes *notes, struct th_err *err)
{
    return parse(app->table, filter, out, notes, err);
}

static enum th_code matching(th_table *table, struct th_str filter,
                             const struct th_bits *candidates, const struct th_eval_watch *watch,
                             struct th_kql_notes *notes, th_cancel *cancel, struct th_bits *out,
                             struct th_err *err)
{
    th_query *query;
    enum th_code rc = parse(table, filter, &query, notes, err);
    if (rc != TH_OK)
        return rc;
    rc = th_eval_rows_watched(table, query, candidates, watch, cancel, out, err);
    if (rc == TH_OK && notes != NULL)
        th_kql_note_limits(query, notes);
    th_query_free(query);
    return rc;
}

enum th_code th_app_rows_of(th_table *table, struct th_str filter, th_cancel *cancel,
                            struct th_bits *out, struct th_err *err)
{
    return matching(table, filter, NULL, NULL, NULL, cancel, out, err);
}

static enum th_code histograms(th_table *table, const struct th_screen_request *request,
                               th_cancel *cancel, struct th_screen *out, struct th_err *err)
{
    int64_t first, last;
    enum th_code rc = th_table_span(table, &first, &last, err);
    if (rc != TH_OK)
        return rc;
    int64_t from = first, to = last;
    if (!request->histogram_all && request->from_ms != TH_TIME_NONE)
        from = request->from_ms;
    if (!request->histogram_all && request->to_ms != TH_TIME_NONE)
        to = request->to_ms - 1;
    struct th_bits all;
    th_bits_init_ones(&all, th_table_rows(table));
    rc = th_ops_histogram(table, &all, from, to, 0, request->max_buckets, cancel,
                          &out->histogram_base, err);
    th_bits_fini(&all);
    if (rc != TH_OK)
        return rc;
    return th_ops_histogram(table, &out->rows, from, to, out->histogram_base.every_ms,
                            request->max_buckets, cancel, &out->histogram, err);
}

static enum th_code fill(th_table *table, const struct th_screen_request *request,
                         th_cancel *cancel, struct th_screen *out, struct th_err *err)
{
    out->total = th_table_rows(table);
    out->count = th_bits_count(&out->rows);
    out->order = th_xreallocarray(NULL, out->count + 1, sizeof *out->order);
    size_t got = 0;
    enum th_code rc = th_ops_page(table, &out->rows, request->sort, request->descending, 0,
                                  out->count, cancel, out->order, &got, err);
    if (rc == TH_OK && request->max_buckets > 0)
        rc = histograms(table, request, cancel, out, err);
    out->facets = th_xcalloc(request->facets_n + 1, sizeof *out->facets);
    for (size_t i = 0; rc == TH_OK && i < request->facets_n; i++) {
        rc = th_ops_top(table, &out->rows, &request->facets[i], request->facet_values, false,
                        cancel, &out->facets[i], err);
        if (rc == TH_OK)
            out->facets_n++;
    }
    return rc;
}

/* Records that can't be read were met on the way. */
static void note_lost(th_table *table, uint64_t times_before, struct th_kql_notes *notes)
{
    struct th_lost lost;
    th_table_lost(table, &lost);
    if (lost.times == times_before || notes->n == TH_KQL_WARNINGS)
        return;
    char *text = notes->note[notes->n].text;
    bool one = lost.events == 1;
    notes->note[notes->n++].span = (struct th_span){0, 0};
    /* As much of the reason as there is room for. */
    (void)snprintf(text, sizeof notes->note[0].text,
                   "%zu event%s left out: %s can't be read: %.90s", lost.events, one ? "" : "s",
                   one ? "its record" : "their records", lost.sources[0].why);
}

/* When what is found so far is shown for the first time, and then how often. */
enum { FIRST_MS = 80, EVERY_MS = 200 };

/* Somebody who wants to see what is found so far. */
struct viewer {
    th_table *table;
    const struct th_screen_request *request;
    th_cancel *cancel;
};

static void show_partial(void *ctx, const struct th_bits *found, double share)
{
    const struct viewer *viewer = ctx;
    struct th_screen screen = {.table = th_table_hold(viewer->table)};
    th_bits_init_copy(&screen.rows, found);
    if (fill(viewer->table, viewer->request, viewer->cancel, &screen, NULL) == TH_OK)
        viewer->request->partial(viewer->request->partial_ctx, &screen, share);
    else
        th_screen_fini(&screen);
}

/* The set that was given, of as many rows as the table has. */
static void fit(const struct th_bits *set, size_t rows, struct th_bits *out)
{
    size_t words = th_bits_words(set->n < rows ? set->n : rows);
    th_bits_init(out, rows);
    if (words > 0)
        memcpy(out->w, set->w, words * sizeof *out->w);
    if (set->n > rows && rows % 64 != 0)
        out->w[words - 1] &= (UINT64_C(1) << rows % 64) - 1;
}

static enum th_code choose(th_table *table, const struct th_screen_request *request,
                           struct th_bits *out, bool *all, struct th_err *err)
{
    enum th_code rc = TH_OK;
    *all = true;
    if (request->from_ms != TH_TIME_NONE || request->to_ms != TH_TIME_NONE) {
        rc = th_ops_time_range(table, request->from_ms, request->to_ms, out, err);
        *all = rc != TH_OK;
    }
    if (rc != TH_OK || request->within == NULL)
        return rc;
    struct th_bits within;
    fit(request->within, th_table_rows(table), &within);
    if (*all) {
        *out = within;
    } else {
        th_bits_and(out, &within);
        th_bits_fini(&within);
    }
    *all = false;
    return TH_OK;
}

enum th_code th_app_screen(th_table *table, const struct th_screen_request *request,
                           th_cancel *cancel, struct th_screen *out, struct th_err *err)
{
    struct th_bits candidates = {NULL, 0};
    struct th_lost before;
    bool all = true;
    memset(out, 0, sizeof *out);
    th_table_lost(table, &before);
    enum th_code rc = choose(table, request, &candidates, &all, err);
    struct viewer viewer = {table, request, cancel};
    const struct th_eval_watch watch = {show_partial, &viewer, FIRST_MS, EVERY_MS};
    if (rc == TH_OK)
        rc = matching(table, request->filter, all ? NULL : &candidates,
                      request->partial != NULL ? &watch : NULL, &out->notes, cancel, &out->rows,
                      err);
    th_bits_fini(&candidates);
    out->table = th_table_hold(table);
    if (rc == TH_OK)
        rc = fill(table, request, cancel, out, err);
    if (rc == TH_OK)
        note_lost(table, before.times, &out->notes);
    else
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
    th_table_free(screen->table); /* the facets' values are its */
    memset(screen, 0, sizeof *screen);
}
