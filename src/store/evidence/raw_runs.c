/* Where a reading of all records may be cut. A source is inflated from its beginning, so cuts lie
 * between sources; a large one has access points or chunks, and is cut by the number of its rows,
 * which costs one more stride at each cut. Events are numbered source by source; where that were
 * not so, cuts would only be worse. */
#include "store/case/case.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/case/handle.h"

/* Plain bytes of a run; of a part of a large source. */
#define RUN_BYTES   (UINT64_C(2) << 20)
#define PART_BYTES  (UINT64_C(32) << 20)
#define LARGE_BYTES (UINT64_C(64) << 20)
/* Rows of a run where nothing is known of the source: one that is still being imported. */
#define LOOSE_ROWS 4096

struct ends {
    size_t *v;
    size_t n, cap;
    size_t rows; /* the last end can't be behind this */
};

static void add_end(struct ends *ends, size_t end)
{
    end = end < ends->rows ? end : ends->rows;
    if (end == 0 || (ends->n > 0 && ends->v[ends->n - 1] >= end))
        return;
    TH_GROW(ends->v, ends->n, ends->cap);
    ends->v[ends->n++] = end;
}

static void add_parts(struct ends *ends, size_t first, size_t rows, uint64_t bytes)
{
    uint64_t parts = bytes / PART_BYTES;
    size_t each = parts < rows ? rows / (size_t)parts + 1 : 1;
    for (size_t at = each; at < rows; at += each)
        add_end(ends, first + at);
}

static enum th_code read_sources(sqlite3_stmt *stmt, struct ends *ends, size_t *covered,
                                 struct th_err *err)
{
    uint64_t bytes = 0; /* since the last end */
    size_t at = 0;
    bool more;
    enum th_code rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more && at < ends->rows) {
        uint64_t events = th_db_u64(stmt, 0);
        uint64_t size = th_db_u64(stmt, 1);
        size_t rows = events < ends->rows - at ? (size_t)events : ends->rows - at;
        if (size > LARGE_BYTES) {
            add_end(ends, at);
            add_parts(ends, at, rows, size);
        }
        bytes += size < LARGE_BYTES ? size : LARGE_BYTES;
        at += rows;
        if (bytes < RUN_BYTES)
            continue;
        add_end(ends, at);
        bytes = 0;
    }
    add_end(ends, at);
    *covered = at;
    return rc;
}

enum th_code th_case_raw_runs(th_case *c, size_t rows, size_t **out, size_t *n, struct th_err *err)
{
    struct ends ends = {.rows = rows};
    sqlite3_stmt *stmt;
    size_t covered = 0;
    enum th_code rc =
        th_db_prepare(c->db, "SELECT events, inflated_bytes FROM source ORDER BY id", &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = read_sources(stmt, &ends, &covered, err);
    sqlite3_finalize(stmt);
    if (rc != TH_OK) {
        free(ends.v);
        return rc;
    }
    for (size_t at = covered; at < rows; at += LOOSE_ROWS)
        add_end(&ends, at + LOOSE_ROWS);
    *out = ends.v;
    *n = ends.n;
    return TH_OK;
}
