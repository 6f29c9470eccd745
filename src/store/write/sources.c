/* Rows of table source, and what hangs on a source beside its events: evidence, access points,
 * rejects. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "store/write/internal.h"

/* A slice as delivered may have 64 MiB; smaller ones make reading a part of it cheap. */
#define SLICE_MAX   ((size_t)4 << 20)
#define SLICE_BYTES ((size_t)1 << 20)

static struct th_open_source *open_source(th_writer *w, const struct th_part *part, int64_t id)
{
    TH_GROW(w->open, w->open_n, w->open_cap);
    struct th_open_source *source = &w->open[w->open_n++];
    *source = (struct th_open_source){.ordinal = part->ordinal,
                                      .id = id,
                                      .kind = part->kind,
                                      .first_ms = TH_TIME_NONE,
                                      .last_ms = TH_TIME_NONE};
    return source;
}

enum th_code th_sources_begin(th_writer *w, const struct th_part *part, int64_t *id,
                              struct th_err *err)
{
    sqlite3_stmt *stmt;
    const struct th_past_row *again =
        part->begins && part->ends ? th_past_same(&w->past, part) : NULL;
    if (again != NULL) {
        *id = again->id;
        open_source(w, part, again->id)->again = again;
        return TH_OK;
    }
    enum th_code rc =
        th_db_cached(&w->c->cache, w->db,
                     "INSERT INTO source(id, path, kind, imported, version, container, selection) "
                     "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                     &stmt, err);
    if (rc != TH_OK)
        return rc;
    if (part->id > 0)
        w->next_source = part->id;
    *id = w->next_source;
    th_db_bind_int(stmt, 1, *id);
    th_db_bind_cstr(stmt, 2, part->path == NULL ? "" : part->path);
    th_db_bind_int(stmt, 3, part->kind);
    th_db_bind_int(stmt, 4, th_time_now());
    th_db_bind_cstr(stmt, 5, w->version);
    if (part->container != NULL)
        th_db_bind_cstr(stmt, 6, part->container);
    th_db_bind_cstr(stmt, 7, w->selection == NULL ? "" : w->selection);
    rc = th_db_run(stmt, err);
    if (rc != TH_OK)
        return rc;
    w->next_source++;
    struct th_open_source *source = open_source(w, part, *id);
    if (!part->ends) {
        rc = th_writer_load(w, err);
        if (rc != TH_OK)
            return rc;
        source->terms = th_xcalloc(TH_SIZES, sizeof *source->terms);
        th_writer_sizes(w, source->terms);
    }
    return TH_OK;
}

struct th_open_source *th_sources_find(th_writer *w, uint64_t ordinal)
{
    size_t low = 0;
    size_t high = w->open_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->open[middle].ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    return low < w->open_n && w->open[low].ordinal == ordinal ? &w->open[low] : NULL;
}

void th_sources_forget(th_writer *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->open_n; i++)
        if (w->open[i].ended)
            free(w->open[i].terms);
        else
            w->open[n++] = w->open[i];
    w->open_n = n;
}

static void bind_time(sqlite3_stmt *stmt, int at, int64_t ts_ms)
{
    if (ts_ms == TH_TIME_NONE)
        th_db_bind_null(stmt, at);
    else
        th_db_bind_int(stmt, at, ts_ms);
}

/* Parameters 1 … 8: id and counts. */
static void bind_counts(sqlite3_stmt *stmt, const struct th_open_source *source)
{
    th_db_bind_int(stmt, 1, source->id);
    th_db_bind_int(stmt, 2, (int64_t)source->events);
    th_db_bind_int(stmt, 3, (int64_t)source->duplicates);
    th_db_bind_int(stmt, 4, (int64_t)source->rejects);
    th_db_bind_int(stmt, 5, (int64_t)source->unselected);
    th_db_bind_int(stmt, 6, (int64_t)source->untimed);
    bind_time(stmt, 7, source->first_ms);
    bind_time(stmt, 8, source->last_ms);
}

enum th_code th_sources_save(th_writer *w, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_cached(&w->c->cache, w->db,
                                   "UPDATE source SET events = ?2, duplicates = ?3, rejects = ?4, "
                                   "unselected = ?5, untimed = ?6, first = ?7, "
                                   "last = ?8 WHERE id = ?1",
                                   &stmt, err);
    for (size_t i = 0; i < w->open_n && rc == TH_OK; i++) {
        if (w->open[i].again != NULL)
            continue;
        bind_counts(stmt, &w->open[i]);
        rc = th_db_run(stmt, err);
    }
    return rc;
}

/* Beside the row, so that every case of this format can take it. */
static enum th_code note_altered(th_writer *w, int64_t source, const char *altered,
                                 struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_cached(&w->c->cache, w->db,
                                   "INSERT OR REPLACE INTO meta(key, value) VALUES('" TH_ALTERED_KEY
                                   "' || ?1, ?2)",
                                   &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, source);
    th_db_bind_cstr(stmt, 2, altered);
    w->totals.altered++;
    return th_db_run(stmt, err);
}

static bool is_set(const uint8_t sha256[32])
{
    for (size_t i = 0; i < 32; i++)
        if (sha256[i] != 0)
            return true;
    return false;
}

enum th_code th_sources_end(th_writer *w, const struct th_part *part, struct th_err *err)
{
    struct th_open_source *source = th_sources_find(w, part->ordinal);
    sqlite3_stmt *stmt;
    source->ended = true;
    if (source->again != NULL)
        return TH_OK;
    w->totals.changed += th_past_differs(&w->past, part);
    enum th_code rc = th_db_cached(&w->c->cache, w->db,
                                   "UPDATE source SET events = ?2, duplicates = ?3, rejects = ?4, "
                                   "unselected = ?5, untimed = ?6, first = ?7, "
                                   "last = ?8, sha256 = ?9, size_bytes = ?10, inflated_bytes = "
                                   "?11, skipped = ?12, capped = ?13, state = 1 WHERE id = ?1",
                                   &stmt, err);
    if (rc != TH_OK)
        return rc;
    bind_counts(stmt, source);
    /* A file that couldn't be read has no hash. */
    if (is_set(part->sha256))
        th_db_bind_blob(stmt, 9, part->sha256, 32);
    th_db_bind_int(stmt, 10, (int64_t)part->size_bytes);
    th_db_bind_int(stmt, 11, (int64_t)part->inflated_bytes);
    th_db_bind_cstr(stmt, 12, part->skipped);
    th_db_bind_cstr(stmt, 13, part->capped);
    rc = th_db_run(stmt, err);
    return rc == TH_OK && part->altered != NULL ? note_altered(w, source->id, part->altered, err)
                                                : rc;
}

static enum th_code put_slice(sqlite3_stmt *stmt, int64_t source, uint64_t offset, uint64_t length,
                              const void *bytes, size_t n, struct th_err *err)
{
    th_db_bind_int(stmt, 1, source);
    th_db_bind_int(stmt, 2, (int64_t)offset);
    th_db_bind_int(stmt, 3, (int64_t)length);
    th_db_bind_blob(stmt, 4, bytes, n);
    return th_db_run(stmt, err);
}

static enum th_code put_blob(sqlite3_stmt *stmt, int64_t source, enum th_source_kind kind,
                             const struct th_blob *blob, struct th_err *err)
{
    if (kind == TH_SOURCE_CHUNKED || blob->bytes_n <= SLICE_MAX)
        return put_slice(stmt, source, blob->offset, blob->length, blob->bytes, blob->bytes_n, err);
    enum th_code rc = TH_OK;
    for (size_t at = 0; at < blob->bytes_n && rc == TH_OK; at += SLICE_BYTES) {
        size_t n = blob->bytes_n - at < SLICE_BYTES ? blob->bytes_n - at : SLICE_BYTES;
        rc = put_slice(stmt, source, blob->offset + at, n, (const char *)blob->bytes + at, n, err);
    }
    return rc;
}

enum th_code th_sources_blobs(th_writer *w, const struct th_batch *batch, const int64_t *source_of,
                              struct th_err *err)
{
    sqlite3_stmt *slices;
    sqlite3_stmt *points;
    enum th_code rc = th_db_cached(
        &w->c->cache, w->db,
        "INSERT INTO evidence(source, offset, length, bytes) VALUES(?1, ?2, ?3, ?4)", &slices, err);
    for (size_t i = 0; i < batch->blobs_n && rc == TH_OK; i++) {
        const struct th_blob *blob = &batch->blobs[i];
        rc = put_blob(slices, source_of[blob->part],
                      th_sources_find(w, batch->parts[blob->part].ordinal)->kind, blob, err);
        w->uncommitted_bytes += blob->bytes_n;
    }
    if (rc == TH_OK)
        rc = th_db_cached(&w->c->cache, w->db,
                          "INSERT OR REPLACE INTO access_point(source, inflated, bits, window) "
                          "VALUES(?1, ?2, ?3, ?4)",
                          &points, err);
    for (size_t i = 0; i < batch->points_n && rc == TH_OK; i++) {
        const struct th_access_point *point = &batch->points[i];
        th_db_bind_int(points, 1, source_of[point->part]);
        th_db_bind_int(points, 2, (int64_t)point->inflated);
        th_db_bind_int(points, 3, (int64_t)point->bits);
        th_db_bind_blob(points, 4, point->window, point->window_n);
        rc = th_db_run(points, err);
        w->uncommitted_bytes += point->window_n;
    }
    return rc;
}

/* A file that still can't be read counts, and its reject says the reason of now. What breaks in an
 * archive is known already, as with any unchanged file. */
static enum th_code reject_again(th_writer *w, const struct th_past_row *again,
                                 const struct th_part *part, const struct th_reject *reject,
                                 struct th_err *err)
{
    sqlite3_stmt *stmt;
    if (part->kind == TH_SOURCE_ARCHIVE || part->container != NULL)
        return TH_OK;
    w->totals.rejects++;
    if (th_str_is(th_past_word(&w->past, again->reason), reject->reason))
        return TH_OK;
    enum th_code rc = th_db_cached(&w->c->cache, w->db,
                                   "UPDATE reject SET reason = ?2 WHERE source = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, again->id);
    th_db_bind_cstr(stmt, 2, reject->reason);
    return th_db_run(stmt, err);
}

enum th_code th_sources_rejects(th_writer *w, const struct th_batch *batch,
                                const int64_t *source_of, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_cached(
        &w->c->cache, w->db,
        "INSERT INTO reject(source, offset, length, reason, bytes) VALUES(?1, ?2, ?3, ?4, ?5)",
        &stmt, err);
    for (size_t i = 0; i < batch->rejects_n && rc == TH_OK; i++) {
        const struct th_reject *reject = &batch->rejects[i];
        struct th_open_source *source = th_sources_find(w, batch->parts[reject->part].ordinal);
        if (source->again != NULL) {
            rc = reject_again(w, source->again, &batch->parts[reject->part], reject, err);
            continue;
        }
        struct th_str bytes = th_str_sub(reject->bytes, 0, TH_REJECT_BYTES);
        th_db_bind_int(stmt, 1, source_of[reject->part]);
        th_db_bind_int(stmt, 2, (int64_t)reject->offset);
        th_db_bind_int(stmt, 3, (int64_t)reject->length);
        th_db_bind_cstr(stmt, 4, reject->reason);
        if (bytes.p != NULL)
            th_db_bind_blob(stmt, 5, bytes.p, bytes.n);
        rc = th_db_run(stmt, err);
        source->rejects++;
        w->totals.rejects++;
        w->uncommitted_bytes += bytes.n;
    }
    return rc;
}
