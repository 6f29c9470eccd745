/* From an event back to the bytes that were delivered: one event, a scan over many, and whole
 * sources. */
#include "store/case/case.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "ingest/batch.h"
#include "ingest/reader/inflate.h"
#include "store/case/handle.h"

/* From this many unwanted rows on, finding the next wanted one by its number is quicker than
 * stepping. */
#define GAP_ROWS 64

/* Columns 0 … 3: source, offset, length, flags. They are checked here and not by the step, so that
 * one odd event costs no other. out->source is 0 when there is none. */
static enum th_code read_place(sqlite3_stmt *stmt, uint64_t row, struct th_place *out,
                               struct th_err *err)
{
    static const char *const names[] = {"source", "offset", "length", "flags"};
    int64_t value[TH_COUNT(names)];
    *out = (struct th_place){.source = 0};
    for (int i = 0; i < (int)TH_COUNT(names); i++) {
        value[i] = sqlite3_column_int64(stmt, i);
        if (sqlite3_column_type(stmt, i) != SQLITE_INTEGER || value[i] < 0)
            return th_err_set(err, TH_E_DB,
                              "event %llu: %s is no number from 0 on, the case is damaged",
                              (unsigned long long)row + 1, names[i]);
        if (i == 0)
            out->source = value[i];
    }
    out->offset = (uint64_t)value[1];
    out->length = (uint64_t)value[2];
    out->flags = (unsigned)value[3];
    return TH_OK;
}

static enum th_code find_place(th_case *c, uint64_t row, struct th_place *out, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool found;
    enum th_code rc =
        th_db_cached(&c->cache, c->db,
                     "SELECT source, offset, length, flags FROM event WHERE id = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, (int64_t)row + 1);
    rc = th_db_step(stmt, &found, err);
    if (rc != TH_OK)
        (void)th_err_prefix(err, rc, "event %llu", (unsigned long long)row + 1);
    else if (found)
        rc = read_place(stmt, row, out, err);
    else
        rc = th_err_set(err, TH_E_NOT_FOUND, "the case holds no event %llu",
                        (unsigned long long)row + 1);
    sqlite3_reset(stmt);
    return rc;
}

/* The record at a place: borrowed from the evidence, or unescaped in scratch. */
static enum th_code read_record(struct th_evidence *e, const struct th_place *place,
                                struct th_buf *scratch, struct th_str *out, struct th_err *err)
{
    enum th_code rc = th_evidence_range(e, place->source, place->offset, place->length, out, err);
    if (rc != TH_OK || (place->flags & TH_ROW_STRING) == 0)
        return rc;
    const struct th_json_value value = {.text = *out, .type = TH_JSON_STRING, .escaped = true};
    th_buf_reset(scratch);
    th_json_unescape(scratch, &value);
    *out = th_buf_str(scratch);
    return TH_OK;
}

enum th_code th_case_raw(th_case *c, uint64_t row, struct th_buf *out, struct th_err *err)
{
    struct th_place place;
    struct th_str raw;
    enum th_code rc = find_place(c, row, &place, err);
    if (rc != TH_OK)
        return rc;
    struct th_buf scratch = TH_BUF_INIT;
    rc = read_record(&c->evidence, &place, &scratch, &raw, err);
    if (rc == TH_OK)
        th_buf_add_str(out, raw);
    th_buf_fini(&scratch);
    return rc;
}

enum th_code th_case_place(th_case *c, uint64_t row, struct th_place *out, struct th_buf *path,
                           struct th_err *err)
{
    enum th_code rc = find_place(c, row, out, err);
    if (rc == TH_OK)
        rc = th_evidence_source(&c->evidence, out->source, err);
    if (rc == TH_OK && path != NULL)
        th_buf_puts(path, c->evidence.source.path);
    return rc;
}

enum th_code th_case_places(th_case *c, th_place_visit *visit, void *ctx, struct th_err *err)
{
    sqlite3_stmt *stmt;
    struct th_place place;
    bool more;
    enum th_code rc = th_db_prepare(
        c->db, "SELECT source, offset, length, flags, id FROM event ORDER BY id", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        uint64_t row = th_db_u64(stmt, 4) - 1;
        if (read_place(stmt, row, &place, NULL) == TH_OK && !visit(ctx, row, &place))
            break;
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* Reads records for one thread: a statement that steps through the places of events, and the piece
 * of evidence inflated last. */
struct th_raw_reader {
    sqlite3_stmt *stmt;
    struct th_evidence evidence;
    struct th_buf scratch;
    th_raw_lost *lost; /* NULL: a record that can't be read is an error */
    void *lost_ctx;
};

enum th_code th_raw_reader_new(th_case *c, th_raw_reader **out, struct th_err *err)
{
    th_raw_reader *reader = th_xcalloc(1, sizeof *reader);
    enum th_code rc = th_db_prepare(
        c->db, "SELECT source, offset, length, flags, id FROM event WHERE id >= ?1 ORDER BY id",
        &reader->stmt, err);
    if (rc != TH_OK) {
        free(reader);
        return rc;
    }
    /* Rows come source by source: one piece is enough, and stays in the processor's cache. */
    th_evidence_init(&reader->evidence, c);
    reader->evidence.pieces_max = 1;
    *out = reader;
    return TH_OK;
}

void th_raw_reader_free(th_raw_reader *reader)
{
    if (reader == NULL)
        return;
    sqlite3_finalize(reader->stmt);
    th_evidence_fini(&reader->evidence);
    th_buf_fini(&reader->scratch);
    free(reader);
}

void th_raw_reader_lost(th_raw_reader *reader, th_raw_lost *lost, void *ctx)
{
    reader->lost = lost;
    reader->lost_ctx = ctx;
    reader->evidence.remembers = true;
}

bool th_case_unreadable(enum th_code rc)
{
    switch (rc) {
    case TH_E_IO:
    case TH_E_NOT_FOUND:
    case TH_E_JSON:
    case TH_E_GZIP:
    case TH_E_LIMIT:
    case TH_E_DB:
    case TH_E_OUTSIDE:
        return true;
    case TH_OK:
    case TH_E_USAGE:
    case TH_E_FULL:
    case TH_E_BUSY:
    case TH_E_CASE:
    case TH_E_NEWER:
    case TH_E_READONLY:
    case TH_E_QUERY:
    case TH_E_RULE:
    case TH_E_CANCELLED:
    case TH_E_UNSUPPORTED:
        break;
    }
    return false;
}

/* One reading of a range of rows. */
struct scan {
    th_raw_reader *reader;
    const struct th_bits *wanted;
    uint64_t last; /* behind the range */
    th_raw_visit *visit;
    void *ctx;
    th_cancel *cancel;
    bool stopped;
};

/* The next wanted row at or after from; UINT64_MAX when there is none. */
static uint64_t next_wanted(const struct scan *scan, uint64_t from)
{
    uint64_t at = from;
    if (scan->wanted != NULL)
        at = from >= scan->wanted->n ? UINT64_MAX : th_bits_next(scan->wanted, (size_t)from);
    if (scan->wanted != NULL && at >= scan->wanted->n)
        return UINT64_MAX;
    return at < scan->last ? at : UINT64_MAX;
}

static enum th_code visit_row(struct scan *scan, uint64_t row, struct th_err *err)
{
    struct th_place place;
    struct th_str raw;
    struct th_err why;
    th_raw_reader *reader = scan->reader;
    th_err_clear(&why);
    enum th_code rc = read_place(reader->stmt, row, &place, &why);
    if (rc == TH_OK)
        rc = read_record(&reader->evidence, &place, &reader->scratch, &raw, &why);
    if (rc == TH_OK) {
        scan->stopped = !scan->visit(scan->ctx, row, raw);
        return TH_OK;
    }
    if (reader->lost == NULL || !th_case_unreadable(rc))
        return th_err_at(err, rc, why.offset, why.length, "%s", why.msg);
    reader->lost(reader->lost_ctx, row, place.source, &why);
    return TH_OK;
}

/* Step from row on, visiting what is wanted. *row becomes the next wanted row to begin again at,
 * after a gap; UINT64_MAX at the end. */
static enum th_code scan_run(struct scan *scan, uint64_t *row, struct th_err *err)
{
    bool more;
    uint64_t want = *row;
    sqlite3_stmt *stmt = scan->reader->stmt;
    sqlite3_reset(stmt);
    th_db_bind_int(stmt, 1, (int64_t)want + 1);
    for (;;) {
        enum th_code rc = th_db_step_any(stmt, &more, err);
        if (rc != TH_OK)
            return rc;
        if (th_cancelled(scan->cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
        if (!more) {
            *row = UINT64_MAX;
            return TH_OK;
        }
        uint64_t at = th_db_u64(stmt, 4) - 1;
        if (at < want)
            continue;
        if (at > want) {
            /* A number that no event has: what is wanted behind it may be this one. */
            want = next_wanted(scan, at);
            if (want == UINT64_MAX || want > at) {
                *row = want;
                return TH_OK;
            }
        }
        rc = visit_row(scan, at, err);
        if (rc != TH_OK)
            return rc;
        want = next_wanted(scan, at + 1);
        if (scan->stopped || want == UINT64_MAX) {
            *row = UINT64_MAX;
            return TH_OK;
        }
        if (want - at > GAP_ROWS) {
            *row = want;
            return TH_OK;
        }
    }
}

enum th_code th_raw_read(th_raw_reader *reader, const struct th_bits *wanted, uint64_t first,
                         uint64_t last, th_raw_visit *visit, void *ctx, th_cancel *cancel,
                         struct th_err *err)
{
    struct scan scan = {reader, wanted, last, visit, ctx, cancel, false};
    enum th_code rc = TH_OK;
    reader->evidence.outside.cancel = cancel;
    uint64_t row = next_wanted(&scan, first);
    while (rc == TH_OK && row != UINT64_MAX)
        rc = scan_run(&scan, &row, err);
    /* No read transaction stays open between two ranges. */
    sqlite3_reset(reader->stmt);
    return rc;
}

enum th_code th_case_raw_scan(th_case *c, const struct th_bits *wanted, th_raw_visit *visit,
                              void *ctx, th_cancel *cancel, struct th_err *err)
{
    th_raw_reader *reader;
    enum th_code rc = th_raw_reader_new(c, &reader, err);
    if (rc != TH_OK)
        return rc;
    rc = th_raw_read(reader, wanted, 0, UINT64_MAX, visit, ctx, cancel, err);
    th_raw_reader_free(reader);
    return rc;
}

struct copy {
    th_bytes_write *write;
    void *ctx;
    th_sha256 *sha;
};

static enum th_code copy_out(struct copy *copy, const void *bytes, size_t n, struct th_err *err)
{
    th_sha256_update(copy->sha, bytes, n);
    return copy->write(copy->ctx, bytes, n) ? TH_OK : th_err_set(err, TH_E_IO, "writing stopped");
}

/* Slices or chunks from byte 0 until size bytes were written. */
static enum th_code copy_kept(struct th_evidence *e, struct copy *copy, struct th_err *err)
{
    struct th_buf plain = TH_BUF_INIT;
    uint64_t at = 0;
    enum th_code rc = TH_OK;
    while (rc == TH_OK && at < e->source.size_bytes) {
        struct th_str bytes;
        uint64_t start;
        uint64_t length;
        rc = th_evidence_kept(e, e->source.id, at, &start, &length, &bytes, err);
        if (rc == TH_OK && (start != at || length == 0 || length > TH_EVIDENCE_CHUNK_MAX))
            rc = th_err_set(err, TH_E_DB, "evidence is missing at byte %llu",
                            (unsigned long long)at);
        if (rc == TH_OK && e->source.kind == TH_SOURCE_CHUNKED) {
            th_buf_reset(&plain);
            rc = th_inflate_chunk(bytes.p, bytes.n, (size_t)length, &plain, err);
            bytes = th_buf_str(&plain);
        }
        if (rc == TH_OK)
            rc = copy_out(copy, bytes.p, bytes.n, err);
        at += length;
    }
    th_buf_fini(&plain);
    return rc == TH_OK ? rc : th_err_prefix(err, rc, "source %lld", (long long)e->source.id);
}

static bool copy_piece(void *ctx, const void *bytes, size_t n)
{
    return copy_out(ctx, bytes, n, NULL) == TH_OK;
}

static enum th_code nothing_kept(const struct th_evidence *e, const char *skipped, bool complete,
                                 struct th_err *err)
{
    long long id = (long long)e->source.id;
    if (skipped != NULL)
        return th_err_set(err, TH_E_NOT_FOUND,
                          "source %lld was skipped (%s): nothing of it is kept in the case", id,
                          skipped);
    if (e->source.kind == TH_SOURCE_ARCHIVE)
        return th_err_set(err, TH_E_NOT_FOUND,
                          "source %lld is an archive: its members are kept as sources of their "
                          "own, of itself only the hash",
                          id);
    if (complete && !e->source.has_sha256)
        return th_err_set(err, TH_E_NOT_FOUND,
                          "source %lld couldn't be read at import: nothing of it is kept in the "
                          "case",
                          id);
    return TH_OK;
}

/* Say so where nothing of a source was kept. */
static enum th_code check_kept(struct th_evidence *e, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    enum th_code rc = th_db_cached(&e->c->cache, e->c->db,
                                   "SELECT skipped, state FROM source WHERE id = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, e->source.id);
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row)
        rc = nothing_kept(e, th_db_cstr(stmt, 0), sqlite3_column_int(stmt, 1) == 1, err);
    sqlite3_reset(stmt);
    return rc;
}

enum th_code th_case_source_bytes(th_case *c, int64_t source, th_bytes_write *write, void *ctx,
                                  struct th_err *err)
{
    struct th_evidence e;
    th_evidence_init(&e, c);
    enum th_code rc = th_evidence_source(&e, source, err);
    if (rc == TH_OK)
        rc = check_kept(&e, err);
    if (rc == TH_OK) {
        struct copy copy = {write, ctx, th_sha256_new()};
        uint8_t sha[TH_SHA256_BYTES];
        rc = e.source.kind == TH_SOURCE_REFERENCED ? th_outside_copy(&e, copy_piece, &copy, err)
                                                   : copy_kept(&e, &copy, err);
        th_sha256_final(copy.sha, sha);
        bool same = !e.source.has_sha256 || memcmp(sha, e.source.sha256, sizeof sha) == 0;
        if (rc == TH_OK && !same && e.source.kind == TH_SOURCE_REFERENCED)
            rc = th_err_set(err, TH_E_OUTSIDE,
                            "source %lld stayed outside the case: %s has not the SHA-256 that it "
                            "had when it was imported",
                            (long long)source, e.source.path);
        else if (rc == TH_OK && !same)
            rc =
                th_err_set(err, TH_E_DB,
                           "source %lld: its bytes don't have the SHA-256 that was noted at import",
                           (long long)source);
    }
    th_evidence_release(&e);
    th_evidence_fini(&e);
    return rc;
}
