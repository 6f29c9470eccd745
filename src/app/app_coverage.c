/* Coverage of an open case: its sources and what their names tell, the digests among its events,
 * and the streams that src/query makes of the rest. What is suspicious about them is put into words
 * in app_gaps.c. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_coverage_int.h"
#include "base/mem.h"
#include "base/time.h"

const char *th_seen_printf(struct th_seen *seen, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return th_arena_strdup(seen->arena, text);
}

/* ---- sources ---- */

static const char *keep(struct th_seen *seen, const char *text)
{
    return text == NULL ? NULL : th_arena_strdup(seen->arena, text);
}

static bool take_source(void *ctx, const struct th_source_row *row)
{
    struct th_seen *seen = ctx;
    TH_GROW(seen->files, seen->files_n, seen->files_cap);
    struct th_seen_file *f = &seen->files[seen->files_n++];
    *f = (struct th_seen_file){
        .id = row->id,
        .skipped = keep(seen, row->skipped),
        .selection = keep(seen, row->selection),
        .rejects = row->rejects,
        .unselected = row->unselected,
        .events = row->events,
        .has_sha256 = row->has_sha256,
        .kind = row->kind,
    };
    memcpy(f->sha256, row->sha256, sizeof f->sha256);
    if (row->container == NULL) {
        f->place = keep(seen, row->path == NULL ? "" : row->path);
    } else {
        struct th_buf place = TH_BUF_INIT;
        th_buf_printf(&place, "%s/%s", row->path, row->container);
        f->place = keep(seen, th_buf_cstr(&place));
        th_buf_fini(&place);
    }
    f->has_name = th_log_name_read(th_str_of(f->place), &f->name);
    if (row->skipped != NULL && th_str_starts(th_str_of(row->skipped), TH_STR("digest")))
        seen->digests_skipped++;
    return true;
}

/* Files by base name, and the rows that came from each: events are numbered source by source. */
static void index_files(struct th_seen *seen)
{
    uint64_t row = 0;
    uint32_t n = (uint32_t)seen->files_n;
    seen->spans = th_xcalloc(seen->files_n + 1, sizeof *seen->spans);
    seen->first_of = th_xcalloc(seen->files_n + 2, sizeof *seen->first_of);
    for (uint32_t i = 0; i < n; i++) {
        struct th_seen_file *f = &seen->files[i];
        struct th_coverage_file *span = &seen->spans[i];
        *span = (struct th_coverage_file){row, f->events, TH_STR_NONE, TH_STR_NONE, TH_TIME_NONE};
        row += f->events;
        if (f->has_name) {
            span->account = f->name.account;
            span->region = f->name.region;
            /* A delivery counts whatever came of it. */
            if (f->name.kind == TH_LOG_EVENTS)
                span->delivered_ms = f->name.delivered_ms;
        }
        uint32_t code = th_dict_intern(seen->bases, th_log_name_base(th_str_of(f->place)));
        f->next_same = seen->first_of[code];
        seen->first_of[code] = i + 1;
    }
}

const struct th_seen_file *th_seen_file(const struct th_seen *seen, int64_t id)
{
    size_t low = 0, high = seen->files_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (seen->files[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < seen->files_n && seen->files[low].id == id ? &seen->files[low] : NULL;
}

/* ---- digests among the events ---- */

static const struct th_seen_file *file_of_row(const struct th_seen *seen, uint64_t row)
{
    size_t low = 0, high = seen->files_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (seen->spans[middle].first_row + seen->spans[middle].rows <= row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < seen->files_n ? &seen->files[low] : NULL;
}

static bool take_record(void *ctx, uint64_t row, struct th_str raw)
{
    struct th_seen *seen = ctx;
    struct th_seen_digest d = {0};
    struct th_log_name name;
    if (th_str_search(raw, TH_STR("digestStartTime")) < 0 ||
        !th_digest_read(raw, seen->arena, &d.digest))
        return true;
    th_bits_put(&seen->digest_rows, (size_t)row);
    const struct th_seen_file *file = file_of_row(seen, row);
    d.place = file == NULL ? NULL : file->place;
    d.account = d.digest.account;
    if (th_log_name_read(d.digest.object, &name) ||
        (file != NULL && th_log_name_read(th_str_of(file->place), &name))) {
        d.region = name.region;
        if (d.account.p == NULL)
            d.account = name.account;
    }
    TH_GROW(seen->digests, seen->digests_n, seen->digests_cap);
    seen->digests[seen->digests_n++] = d;
    return true;
}

/* A digest has neither an action nor a region: only such records are read. */
static enum th_code find_digests(struct th_seen *seen, th_cancel *cancel, struct th_err *err)
{
    th_table *table = seen->table;
    const struct th_column *action, *region;
    struct th_bits wanted;
    size_t rows = th_table_rows(table);
    th_bits_init(&seen->digest_rows, rows);
    enum th_code rc = th_table_column(table, TH_F_EVENT_ACTION, &action, err);
    if (rc == TH_OK)
        rc = th_table_column(table, TH_F_CLOUD_REGION, &region, err);
    if (rc != TH_OK)
        return rc;
    th_bits_init(&wanted, rows);
    for (size_t row = 0; row < rows; row++)
        if (th_column_code(action, row) == 0 && th_column_code(region, row) == 0)
            th_bits_put(&wanted, row);
    if (th_bits_count(&wanted) > 0)
        rc = th_table_raw_scan(table, &wanted, take_record, seen, cancel, err);
    th_bits_fini(&wanted);
    return rc;
}

enum th_code th_seen_open(th_app *app, struct th_seen *seen, th_cancel *cancel, struct th_err *err)
{
    *seen = (struct th_seen){.app = app,
                             .table = th_app_table_hold(app),
                             .arena = th_arena_new(0),
                             .bases = th_dict_new()};
    enum th_code rc = th_case_open(app->path, TH_CASE_READ, &seen->c, err);
    if (rc == TH_OK)
        rc = th_case_sources(seen->c, take_source, seen, err);
    if (rc != TH_OK)
        return rc;
    index_files(seen);
    return find_digests(seen, cancel, err);
}

void th_seen_fini(struct th_seen *seen)
{
    (void)th_case_close(seen->c, NULL);
    th_table_free(seen->table);
    th_dict_free(seen->bases);
    th_bits_fini(&seen->digest_rows);
    free(seen->first_of);
    free(seen->files);
    free(seen->spans);
    free(seen->digests);
    th_arena_free(seen->arena);
    *seen = (struct th_seen){0};
}

enum th_code th_app_coverage_buckets(th_app *app, int64_t every_ms, th_coverage_visit *visit,
                                     void *ctx, th_cancel *cancel, struct th_err *err)
{
    struct th_seen seen;
    enum th_code rc = th_seen_open(app, &seen, cancel, err);
    if (rc == TH_OK)
        rc = th_coverage_buckets(seen.table, seen.spans, seen.files_n, &seen.digest_rows, every_ms,
                                 visit, ctx, cancel, err);
    th_seen_fini(&seen);
    return rc;
}

/* ---- rows of a source ---- */

struct range {
    int64_t source;
    uint64_t first, rows, before;
    bool found;
};

static bool find_range(void *ctx, const struct th_source_row *row)
{
    struct range *range = ctx;
    range->found = row->id == range->source;
    range->rows = row->events;
    range->first = range->before;
    range->before += row->events;
    return !range->found;
}

static bool is_of(th_case *c, uint64_t row, int64_t source)
{
    struct th_place place;
    return th_case_place(c, row, &place, NULL, NULL) == TH_OK && place.source == source;
}

static bool add_row(void *ctx, size_t columns, const char *const *names,
                    const struct th_sql_value *values)
{
    struct th_bits *bits = ctx;
    (void)names;
    if (values != NULL && columns == 1 && values[0].integer > 0 &&
        (uint64_t)values[0].integer <= bits->n)
        th_bits_put(bits, (size_t)values[0].integer - 1);
    return true;
}

/* Its events stand together, so their place follows from how many the sources before have. Where
 * that isn't so (an import that is going on), they are looked for one by one. */
enum th_code th_app_source_rows(th_app *app, int64_t source, struct th_bits *out,
                                struct th_err *err)
{
    struct range range = {.source = source};
    th_table *table = th_app_table_hold(app);
    size_t rows = th_table_rows(table);
    th_table_free(table);
    char sql[80];
    th_case *c = NULL;
    enum th_code rc = th_case_open(app->path, TH_CASE_READ, &c, err);
    if (rc == TH_OK)
        rc = th_case_sources(c, find_range, &range, err);
    if (rc == TH_OK && !range.found)
        rc = th_err_set(err, TH_E_NOT_FOUND, "the case has no source %lld", (long long)source);
    if (rc == TH_OK) {
        th_bits_init(out, rows);
        if (range.rows == 0) {
            /* Nothing to look for. */
        } else if (is_of(c, range.first, source) &&
                   is_of(c, range.first + range.rows - 1, source)) {
            for (uint64_t row = range.first; row < range.first + range.rows && row < rows; row++)
                th_bits_put(out, (size_t)row);
        } else {
            (void)snprintf(sql, sizeof sql, "SELECT id FROM event WHERE source = %lld",
                           (long long)source);
            rc = th_case_sql(c, sql, add_row, out, err);
        }
        if (rc != TH_OK)
            th_bits_fini(out);
    }
    (void)th_case_close(c, NULL);
    return rc;
}
