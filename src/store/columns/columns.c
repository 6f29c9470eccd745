/* Loading and following a case.
 *
 * A column that a table lacks is read under one lock over one connection: a matter of milliseconds.
 * A look at what others have written has a connection and a lock of its own, so that nobody waits
 * for it. A scan over raw records opens a connection of its own too. */
#include "store/columns/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/batch.h"
#include "store/case/connect.h"
#include "store/columns/paths.h"

void th_columns_close(th_columns *columns)
{
    if (columns == NULL)
        return;
    (void)th_case_close(columns->look, NULL);
    (void)th_case_close(columns->c, NULL);
    pthread_mutex_destroy(&columns->reading);
    pthread_mutex_destroy(&columns->looking);
    pthread_mutex_destroy(&columns->lock);
    th_group_cache_fini(&columns->groups);
    th_group_cache_fini(&columns->look_groups);
    th_buf_fini(&columns->derived_by);
    free(columns);
}

/* ---- how many events there are ---- */

struct last_source {
    int64_t id, state, kind, imported, events;
};

static enum th_code source_of_last(th_case *c, int64_t last, struct last_source *out,
                                   struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    *out = (struct last_source){0, 1, 0, 0, 0};
    enum th_code rc =
        th_db_cached(&c->cache, c->db,
                     "SELECT s.id, s.state, s.kind, s.imported, s.events FROM event e JOIN "
                     "source s ON s.id = e.source WHERE e.id = ?1",
                     &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, last);
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row)
        *out = (struct last_source){sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
                                    sqlite3_column_int64(stmt, 2), sqlite3_column_int64(stmt, 3),
                                    sqlite3_column_int64(stmt, 4)};
    sqlite3_reset(stmt);
    return rc;
}

/* How many plain bytes of a source that is being imported can be read now. Plain data is kept in
 * chunks, the last of which comes when it is full; delivered files are kept as far as they were
 * read; of what is only referenced nothing can be read before its hash is known. */
static enum th_code readable(th_case *c, const struct last_source *source, int64_t *out,
                             struct th_err *err)
{
    sqlite3_stmt *stmt;
    *out = 0;
    if (source->kind == TH_SOURCE_REFERENCED)
        return TH_OK;
    enum th_code rc =
        th_db_cached(&c->cache, c->db,
                     "SELECT max(offset + length) FROM evidence WHERE source = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, source->id);
    rc = th_db_value(stmt, 0, out, err);
    if (source->kind == TH_SOURCE_DELIVERED && *out > 0)
        *out = INT64_MAX;
    return rc;
}

/* The last event that doesn't wait for its evidence. */
static enum th_code last_whole(th_case *c, int64_t last, const struct last_source *source,
                               int64_t *out, struct th_err *err)
{
    sqlite3_stmt *stmt;
    int64_t bytes;
    *out = last;
    if (source->state != 0)
        return TH_OK;
    enum th_code rc = readable(c, source, &bytes, err);
    if (rc == TH_OK && bytes == 0) {
        /* Its events are the last ones. */
        *out = source->events < last ? last - source->events : 0;
        return TH_OK;
    }
    if (rc == TH_OK)
        rc = th_db_cached(&c->cache, c->db,
                          "SELECT id FROM event WHERE id <= ?1 AND (source <> ?2 OR offset + "
                          "length <= ?3) ORDER BY id DESC LIMIT 1",
                          &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, last);
    th_db_bind_int(stmt, 2, source->id);
    th_db_bind_int(stmt, 3, bytes);
    return th_db_value(stmt, 0, out, err);
}

static enum th_code describe_last(th_case *c, int64_t last, const struct last_source *source,
                                  struct th_last_event *out, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    *out = (struct th_last_event){source->id, source->imported, 0, 0};
    enum th_code rc = th_db_cached(&c->cache, c->db,
                                   "SELECT e.source, s.imported, e.offset, e.length FROM event e "
                                   "JOIN source s ON s.id = e.source WHERE e.id = ?1",
                                   &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, last);
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row)
        *out = (struct th_last_event){sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
                                      th_db_u64(stmt, 2), th_db_u64(stmt, 3)};
    sqlite3_reset(stmt);
    return rc;
}

static enum th_code count_events(th_case *c, size_t *rows, struct th_last_event *event,
                                 struct th_err *err)
{
    struct last_source source;
    int64_t last = 0;
    enum th_code rc = th_db_number(c->db, "SELECT max(id) FROM event", 0, &last, err);
    if (rc == TH_OK)
        rc = th_columns_check(c, last, "table event", err);
    if (rc == TH_OK)
        rc = source_of_last(c, last, &source, err);
    if (rc == TH_OK)
        rc = last_whole(c, last, &source, &last, err);
    if (rc == TH_OK)
        rc = describe_last(c, last, &source, event, err);
    *rows = rc == TH_OK ? (size_t)last : 0;
    return rc;
}

/* With what files derived values were made, and how often. */
static enum th_code derived_by(th_case *c, struct th_buf *out, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    th_buf_reset(out);
    enum th_code rc = th_db_cached(
        &c->cache, c->db,
        "SELECT value FROM meta WHERE key >= 'enrich.' AND key < 'enrich/' ORDER BY key", &stmt,
        err);
    while (rc == TH_OK && (rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        th_buf_add_str(out, th_db_text(stmt, 0));
        th_buf_putc(out, '\n');
    }
    if (rc == TH_OK)
        sqlite3_reset(stmt);
    return rc;
}

enum th_code th_columns_open(const char *path, th_columns **out, size_t *rows, struct th_err *err)
{
    th_columns *columns = th_xcalloc(1, sizeof *columns);
    pthread_mutex_init(&columns->reading, NULL);
    pthread_mutex_init(&columns->looking, NULL);
    pthread_mutex_init(&columns->lock, NULL);
    columns->version = -1;
    enum th_code rc = th_case_open(path, TH_CASE_READ, &columns->c, err);
    if (rc == TH_OK)
        rc = count_events(columns->c, &columns->rows, &columns->last, err);
    if (rc == TH_OK)
        rc = derived_by(columns->c, &columns->derived_by, err);
    if (rc != TH_OK) {
        th_columns_close(columns);
        return rc;
    }
    *rows = columns->rows;
    *out = columns;
    return TH_OK;
}

/* ---- looking ---- */

static bool is_same(const struct th_last_event *a, const struct th_last_event *b)
{
    return a->source == b->source && a->imported == b->imported && a->offset == b->offset &&
           a->length == b->length;
}

/* Numbers were given again: nothing that was read before is a beginning of anything. */
static void forget(th_columns *columns)
{
    pthread_mutex_lock(&columns->lock);
    memset(columns->shared, 0, sizeof columns->shared);
    columns->derived++;
    pthread_mutex_unlock(&columns->lock);
    pthread_mutex_lock(&columns->reading);
    th_group_cache_fini(&columns->groups);
    pthread_mutex_unlock(&columns->reading);
}

static enum th_code look_at(th_columns *columns, struct th_look *out, struct th_err *err)
{
    struct th_buf by = TH_BUF_INIT;
    struct th_last_event before, last;
    struct last_source none = {0, 1, 0, 0, 0};
    enum th_code rc = count_events(columns->look, &out->rows, &last, err);
    if (rc == TH_OK)
        rc = describe_last(columns->look, (int64_t)columns->rows, &none, &before, err);
    if (rc == TH_OK)
        rc = derived_by(columns->look, &by, err);
    if (rc == TH_OK) {
        out->same =
            out->rows >= columns->rows && (columns->rows == 0 || is_same(&before, &columns->last));
        out->derived = !th_str_eq(th_buf_str(&by), th_buf_str(&columns->derived_by));
        if (!out->same)
            forget(columns);
        pthread_mutex_lock(&columns->lock);
        columns->derived += out->derived;
        pthread_mutex_unlock(&columns->lock);
        struct th_buf swap = columns->derived_by;
        columns->derived_by = by;
        by = swap;
        columns->rows = out->rows;
        columns->last = last;
        out->c = columns->look;
    }
    th_buf_fini(&by);
    return rc;
}

enum th_code th_columns_look(th_columns *columns, bool anyway, struct th_look *out,
                             struct th_err *err)
{
    int64_t version = 0;
    enum th_code rc = TH_OK;
    *out = (struct th_look){.changed = false};
    pthread_mutex_lock(&columns->looking);
    if (columns->look == NULL)
        rc = th_case_open(columns->c->path, TH_CASE_READ, &columns->look, err);
    if (rc == TH_OK)
        rc = th_db_number(columns->look->db, "PRAGMA data_version", 0, &version, err);
    if (rc != TH_OK || (version == columns->version && !anyway))
        return rc;
    rc = th_db_exec(columns->look->db, "BEGIN", err);
    if (rc == TH_OK)
        rc = look_at(columns, out, err);
    if (rc == TH_OK) {
        columns->version = version;
        out->changed = true;
    }
    return rc;
}

void th_columns_look_end(th_columns *columns)
{
    th_group_cache_fini(&columns->look_groups);
    if (columns->look != NULL && sqlite3_get_autocommit(columns->look->db) == 0)
        th_db_try(columns->look->db, "ROLLBACK");
    pthread_mutex_unlock(&columns->looking);
}

/* ---- the loader ---- */

static enum th_code column(void *ctx, enum th_field field, size_t rows, struct th_column *out,
                           struct th_err *err)
{
    th_columns *columns = ctx;
    pthread_mutex_lock(&columns->reading);
    enum th_code rc =
        th_column_load(columns, columns->c, &columns->groups, field, rows, NULL, out, err);
    pthread_mutex_unlock(&columns->reading);
    return rc;
}

/* Only within a look, whose thread has the connection. */
static enum th_code column_grow(void *ctx, const struct th_column *old, size_t rows,
                                struct th_column *out, struct th_err *err)
{
    th_columns *columns = ctx;
    return th_column_load(columns, columns->look, &columns->look_groups, old->field, rows, old, out,
                          err);
}

static void column_free(void *ctx, struct th_column *column)
{
    th_column_unload(ctx, column);
}

/* A connection of its own with a reader on it. */
struct records {
    th_case *c;
    th_raw_reader *reader;
};

static void raw_close(void *ctx)
{
    struct records *records = ctx;
    th_raw_reader_free(records->reader);
    (void)th_case_close(records->c, NULL);
    free(records);
}

static enum th_code raw_open(void *ctx, void **reader, struct th_err *err)
{
    const th_columns *columns = ctx;
    struct records *records = th_xcalloc(1, sizeof *records);
    enum th_code rc = th_case_open(columns->c->path, TH_CASE_READ, &records->c, err);
    if (rc == TH_OK)
        rc = th_raw_reader_new(records->c, &records->reader, err);
    if (rc == TH_OK)
        *reader = records;
    else
        raw_close(records);
    return rc;
}

static enum th_code raw_read(void *reader, const struct th_bits *wanted, size_t first, size_t last,
                             th_raw_visit *visit, void *vctx, th_cancel *cancel, struct th_err *err)
{
    const struct records *records = reader;
    return th_raw_read(records->reader, wanted, first, last, visit, vctx, cancel, err);
}

static void raw_lost(void *reader,
                     void (*lost)(void *vctx, uint64_t row, int64_t source,
                                  const struct th_err *why),
                     void *vctx)
{
    const struct records *records = reader;
    th_raw_reader_lost(records->reader, lost, vctx);
}

static enum th_code raw_runs(void *ctx, size_t rows, size_t **ends, size_t *n, struct th_err *err)
{
    th_columns *columns = ctx;
    pthread_mutex_lock(&columns->reading);
    enum th_code rc = th_case_raw_runs(columns->c, rows, ends, n, err);
    pthread_mutex_unlock(&columns->reading);
    return rc;
}

static enum th_code path_load(void *ctx, enum th_field field, struct th_str path, size_t rows,
                              uint32_t *codes, th_dict *dict, size_t *got, struct th_err *err)
{
    th_columns *columns = ctx;
    pthread_mutex_lock(&columns->reading);
    enum th_code rc = th_paths_kept(columns->c->db, field, path, rows, codes, dict, got, err);
    pthread_mutex_unlock(&columns->reading);
    return rc;
}

static void *path_save_begin(void *ctx)
{
    const th_columns *columns = ctx;
    return th_paths_keep_begin(columns->c->path);
}

static void path_save(void *saver, enum th_field field, struct th_str path, size_t from,
                      size_t rows, const uint32_t *codes, uint32_t texts_from, const th_dict *dict)
{
    th_paths_keep(saver, field, path, from, rows, codes, texts_from, dict);
}

static void path_save_end(void *saver)
{
    th_paths_keep_end(saver);
}

struct th_loader th_columns_loader(th_columns *columns)
{
    return (struct th_loader){.ctx = columns,
                              .column = column,
                              .column_grow = column_grow,
                              .column_free = column_free,
                              .raw_open = raw_open,
                              .raw_read = raw_read,
                              .raw_lost = raw_lost,
                              .raw_close = raw_close,
                              .raw_runs = raw_runs,
                              .path_load = path_load,
                              .path_save_begin = path_save_begin,
                              .path_save = path_save,
                              .path_save_end = path_save_end};
}
