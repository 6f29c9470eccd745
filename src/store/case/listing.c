/* What a case says of itself: settings, totals, sources, rejects. Nothing here looks at events:
 * every figure is kept with its source. */
#include <string.h>

#include "base/time.h"
#include "ingest/batch.h"
#include "store/case/case.h"
#include "store/case/handle.h"

static enum th_code sum_sources(th_case *c, struct th_case_summary *out, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    enum th_code rc = th_db_prepare(c->db,
                                    "SELECT count(*), count(skipped), sum(events), "
                                    "sum(duplicates), sum(rejects), sum(unselected), sum(untimed), "
                                    "min(first), max(last) FROM source",
                                    &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row) {
        out->sources = th_db_u64(stmt, 0);
        out->skipped = th_db_u64(stmt, 1);
        out->events = th_db_u64(stmt, 2);
        out->duplicates = th_db_u64(stmt, 3);
        out->rejects = th_db_u64(stmt, 4);
        out->unselected = th_db_u64(stmt, 5);
        out->untimed = th_db_u64(stmt, 6);
        out->first_ms = th_db_time(stmt, 7);
        out->last_ms = th_db_time(stmt, 8);
    }
    sqlite3_finalize(stmt);
    return rc;
}

static enum th_code count_findings(th_case *c, struct th_case_summary *out, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    enum th_code rc = th_db_prepare(c->db,
                                    "SELECT count(*) FILTER (WHERE state = 'new'), count(*) FILTER "
                                    "(WHERE state = 'confirmed'), "
                                    "count(*) FILTER (WHERE state = 'benign'), "
                                    "(SELECT count(*) FROM rule) FROM finding",
                                    &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row) {
        out->findings_new = th_db_u64(stmt, 0);
        out->findings_confirmed = th_db_u64(stmt, 1);
        out->findings_benign = th_db_u64(stmt, 2);
        out->rules = th_db_u64(stmt, 3);
    }
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_case_summary(th_case *c, struct th_case_summary *out, struct th_err *err)
{
    memset(out, 0, sizeof *out);
    out->first_ms = TH_TIME_NONE;
    out->last_ms = TH_TIME_NONE;
    enum th_code rc = sum_sources(c, out, err);
    if (rc == TH_OK)
        rc = count_findings(c, out, err);
    return rc == TH_OK ? th_case_unfinished(c, &out->unfinished, NULL, err) : rc;
}

static enum th_code read_stamp(th_case *c, const char *sql, struct th_buf *out, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    th_buf_reset(out);
    enum th_code rc = th_db_cached(&c->cache, c->db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row)
        th_buf_add_str(out, th_db_text(stmt, 0));
    sqlite3_reset(stmt);
    return rc;
}

enum th_code th_case_stamps(th_case *c, struct th_buf *findings, struct th_buf *marks,
                            struct th_err *err)
{
    enum th_code rc = read_stamp(c,
                                 "SELECT count(*) || ' ' || coalesce(max(id), 0) || ' ' || "
                                 "coalesce(sum(at), 0) || ' ' || coalesce(sum(count), 0) "
                                 "|| ' ' || coalesce(sum(id * unicode(state)), 0) || ' ' || "
                                 "coalesce(group_concat(id || note), '') "
                                 "FROM finding",
                                 findings, err);
    if (rc != TH_OK)
        return rc;
    return read_stamp(
        c,
        "SELECT count(*) || ' ' || coalesce(sum(at), 0) || ' ' || "
        "coalesce(sum(event), 0) || ' ' || coalesce(sum(event * marked), 0) FROM mark",
        marks, err);
}

static void read_source(sqlite3_stmt *stmt, struct th_source_row *row)
{
    struct th_str sha = th_db_blob(stmt, 3);
    memset(row, 0, sizeof *row);
    row->id = sqlite3_column_int64(stmt, 0);
    row->path = th_db_cstr_or_empty(stmt, 1);
    row->container = th_db_cstr(stmt, 2);
    row->has_sha256 = sha.n == sizeof row->sha256;
    if (row->has_sha256)
        memcpy(row->sha256, sha.p, sizeof row->sha256);
    row->size_bytes = th_db_u64(stmt, 4);
    row->inflated_bytes = th_db_u64(stmt, 5);
    row->kind = sqlite3_column_int(stmt, 6);
    row->state = sqlite3_column_int(stmt, 7);
    row->events = th_db_u64(stmt, 8);
    row->duplicates = th_db_u64(stmt, 9);
    row->rejects = th_db_u64(stmt, 10);
    row->unselected = th_db_u64(stmt, 11);
    row->first_ms = th_db_time(stmt, 12);
    row->last_ms = th_db_time(stmt, 13);
    row->imported_ms = th_db_time(stmt, 14);
    row->version = th_db_cstr_or_empty(stmt, 15);
    row->selection = th_db_cstr_or_empty(stmt, 16);
    row->skipped = th_db_cstr(stmt, 17);
    row->differs_from = sqlite3_column_int64(stmt, 18);
    row->altered = th_db_cstr(stmt, 19);
    row->archive = row->kind == TH_SOURCE_ARCHIVE;
}

enum th_code th_case_sources(th_case *c, th_source_visit *visit, void *ctx, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_prepare(
        c->db,
        "WITH earlier AS (SELECT id, lag(id) OVER place AS before, lag(sha256) OVER place != "
        "sha256 "
        "AS differs FROM source WHERE sha256 NOT NULL AND state = 1 AND path != '-' AND path NOT "
        "LIKE '/dev/fd/%' WINDOW place AS (PARTITION BY path, container ORDER BY id)) SELECT s.id, "
        "path, container, sha256, size_bytes, inflated_bytes, kind, state, events, duplicates, "
        "rejects, unselected, first, last, imported, version, selection, skipped, CASE WHEN "
        "differs "
        "THEN before END, (SELECT value FROM meta WHERE key = '" TH_ALTERED_KEY
        "' || s.id) FROM source s LEFT JOIN earlier e ON e.id = s.id ORDER BY s.id",
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        struct th_source_row row;
        read_source(stmt, &row);
        if (!visit(ctx, &row))
            break;
    }
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_case_rejects(th_case *c, th_reject_visit *visit, void *ctx, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_prepare(
        c->db,
        "SELECT r.id, r.source, r.offset, r.length, s.path, r.reason, r.bytes, s.container FROM "
        "reject r "
        "LEFT JOIN source s ON s.id = r.source ORDER BY r.id",
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        const struct th_reject_row row = {
            .id = sqlite3_column_int64(stmt, 0),
            .source = sqlite3_column_int64(stmt, 1),
            .offset = th_db_u64(stmt, 2),
            .length = th_db_u64(stmt, 3),
            .path = th_db_cstr_or_empty(stmt, 4),
            .container = th_db_cstr(stmt, 7),
            .reason = th_db_cstr_or_empty(stmt, 5),
            .bytes = th_db_blob(stmt, 6),
        };
        if (!visit(ctx, &row))
            break;
    }
    sqlite3_finalize(stmt);
    return rc;
}
