/* Making columns of paths: what the case keeps of them, and what a pass over the other records
 * finds. */
#include "query/table/path_build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "query/table/record_scan.h"

static void widen(const void *from, uint8_t width, size_t rows, uint32_t *codes)
{
    const struct th_column column = {.width = width, .codes = from};
    for (size_t i = 0; i < rows; i++)
        codes[i] = th_column_code(&column, i);
}

struct th_path_build {
    th_table *table;
    struct th_path_work *works;
    size_t n;
    uint32_t *codes; /* room for the codes of all rows of one path */
    struct th_path_collector *collectors[TH_PASS_THREADS_MAX];
    size_t collectors_n;
};

bool th_path_build_has(const struct th_path_build *build, const struct th_field_ref *ref)
{
    for (size_t i = 0; i < build->n; i++)
        if (build->works[i].ref.field == ref->field &&
            th_str_eq(build->works[i].ref.path, ref->path))
            return true;
    return false;
}

static void choose(struct th_path_build *build, const struct th_field_ref *const *refs, size_t n)
{
    th_table *table = build->table;
    struct th_paths *paths = th_table_path_list(table);
    size_t ready = th_table_paths(table);
    for (size_t i = 0; i < n && build->n < TH_PATHS_AT_ONCE; i++) {
        if (th_path_is_hopeless(paths, refs[i]) || ready + build->n >= TH_PATHS_MAX ||
            !th_path_is_column(refs[i]) || th_table_path(table, refs[i], ready) >= 0 ||
            th_path_build_has(build, refs[i]))
            continue;
        struct th_path_work *work = &build->works[build->n++];
        th_path_work_init(table, refs[i], build->codes, work);
        work->codes = th_path_narrow(build->codes, work->kept, work->kept_texts, &work->width);
    }
}

static void build_free(struct th_path_build *build)
{
    for (size_t i = 0; i < build->n; i++)
        th_path_work_fini(&build->works[i]);
    for (size_t i = 0; i < build->collectors_n; i++)
        th_path_collector_free(build->collectors[i]);
    free(build->works);
    free(build->codes);
    free(build);
}

enum th_code th_path_build_begin(th_table *table, const struct th_field_ref *const *refs, size_t n,
                                 th_cancel *cancel, struct th_path_build **out, struct th_err *err)
{
    struct th_paths *paths = th_table_path_list(table);
    *out = NULL;
    enum th_code rc = th_paths_take(paths, cancel, err);
    if (rc != TH_OK)
        return rc;
    struct th_path_build *build = th_xcalloc(1, sizeof *build);
    build->table = table;
    build->works = th_xcalloc(TH_PATHS_AT_ONCE, sizeof *build->works);
    build->codes = th_xcalloc(th_table_rows(table) + 1, sizeof *build->codes);
    choose(build, refs, n);
    if (build->n > 0) {
        *out = build;
        return TH_OK;
    }
    build_free(build);
    th_paths_release(paths);
    return TH_OK;
}

size_t th_path_build_from(const struct th_path_build *build)
{
    size_t from = SIZE_MAX;
    for (size_t i = 0; i < build->n; i++)
        from = build->works[i].kept < from ? build->works[i].kept : from;
    return from;
}

void th_path_build_rows(const struct th_path_build *build, struct th_bits *rows)
{
    size_t from = th_path_build_from(build);
    th_bits_init_ones(rows, th_table_rows(build->table));
    memset(rows->w, 0, from / 64 * sizeof *rows->w);
    for (size_t row = from / 64 * 64; row < from; row++)
        th_bits_drop(rows, row);
}

struct th_path_collector *th_path_build_collector(struct th_path_build *build)
{
    struct th_path_collector *collector = th_path_collector_new(build->works, build->n);
    assert(build->collectors_n < TH_PASS_THREADS_MAX);
    build->collectors[build->collectors_n++] = collector;
    return collector;
}

/* A table that grows keeps what it has learned about every so many new rows. */
enum { SAVE_ROWS = 65536 };

static bool is_worth_saving(const struct th_path_build *build, const struct th_path_work *work)
{
    size_t more = th_table_rows(build->table) - work->saved;
    return more >= SAVE_ROWS || (more > 0 && !build->table->grown);
}

static size_t lost_upto(const struct th_path_build *build)
{
    size_t upto = 0;
    for (size_t i = 0; i < build->collectors_n; i++) {
        size_t theirs = th_path_collected_lost(build->collectors[i]);
        upto = theirs > upto ? theirs : upto;
    }
    return upto;
}

/* One column of what was collected, unless a record couldn't be read: what the column said of it
 * would be taken for what the record says. Kept for the next time while its codes are still as wide
 * as they are stored. */
static void make_column(struct th_path_build *build, size_t i, void *saver)
{
    const struct th_loader *loader = th_table_loader(build->table);
    struct th_path_work *work = &build->works[i];
    size_t rows = th_table_rows(build->table);
    widen(work->codes, work->width, work->kept, build->codes);
    memset(build->codes + work->kept, 0, (rows - work->kept) * sizeof *build->codes);
    if (lost_upto(build) > work->kept) {
        th_path_note(th_table_path_list(build->table), &work->ref, TH_PATH_UNREADABLE);
        return;
    }
    if (build->collectors_n > 0 &&
        !th_path_join(build->collectors, build->collectors_n, i, rows, build->codes, work)) {
        th_path_note(th_table_path_list(build->table), &work->ref, TH_PATH_TOO_LARGE);
        return;
    }
    if (saver != NULL && is_worth_saving(build, work)) {
        loader->path_save(saver, work->ref.field, work->ref.path, work->saved, rows, build->codes,
                          work->saved_texts, work->dict);
        work->saved = rows;
        work->saved_texts = th_dict_count(work->dict);
    }
    th_path_publish(build->table, work, build->codes);
}

enum th_code th_path_build_end(struct th_path_build *build, bool collected, th_cancel *cancel,
                               struct th_err *err)
{
    struct th_paths *paths = th_table_path_list(build->table);
    const struct th_loader *loader = th_table_loader(build->table);
    enum th_code rc = TH_OK;
    void *saver = NULL;
    bool save = false;
    for (size_t i = 0; i < build->n; i++)
        save = save || is_worth_saving(build, &build->works[i]);
    if (collected && save && loader->path_save_begin != NULL)
        saver = loader->path_save_begin(loader->ctx);
    for (size_t i = 0; i < build->n && collected && rc == TH_OK; i++) {
        make_column(build, i, saver);
        if (i + 1 < build->n && th_cancelled(cancel))
            rc = th_err_set(err, TH_E_CANCELLED, "cancelled");
    }
    if (saver != NULL)
        loader->path_save_end(saver);
    build_free(build);
    th_paths_release(paths);
    return rc;
}

/* In one go ---------------------------------------------------------------- */

static void collect(void *ctx, size_t row, struct th_str raw)
{
    th_path_collect(ctx, row, raw);
}

static void lose(void *ctx, size_t row)
{
    th_path_collect_lost(ctx, row);
}

static enum th_code collect_all(struct th_path_build *build, th_cancel *cancel, struct th_err *err)
{
    struct th_bits wanted;
    struct th_pass_plan plan;
    void *ctx[TH_PASS_THREADS_MAX];
    th_path_build_rows(build, &wanted);
    th_pass_plan_init(&plan, build->table, &wanted);
    struct th_pass pass = {.table = build->table,
                           .plan = &plan,
                           .threads = th_pass_threads(&plan),
                           .ctx = ctx,
                           .visit = collect,
                           .lost = lose,
                           .cancel = cancel};
    for (size_t i = 0; i < pass.threads; i++)
        ctx[i] = th_path_build_collector(build);
    enum th_code rc = th_pass_go(&pass, err);
    th_pass_plan_fini(&plan);
    th_bits_fini(&wanted);
    if (rc == TH_OK && th_cancelled(cancel))
        rc = th_err_set(err, TH_E_CANCELLED, "cancelled");
    return rc;
}

enum th_code th_table_paths_build(th_table *table, const struct th_field_ref *const *refs, size_t n,
                                  th_cancel *cancel, struct th_err *err)
{
    struct th_path_build *build;
    enum th_code rc = th_path_build_begin(table, refs, n, cancel, &build, err);
    if (rc != TH_OK || build == NULL)
        return rc;
    rc = collect_all(build, cancel, err);
    enum th_code ended = th_path_build_end(build, rc == TH_OK, cancel, err);
    return rc == TH_OK ? ended : rc;
}
