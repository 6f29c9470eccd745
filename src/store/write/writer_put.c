/* One batch into the case: its sources begin, copies are told from new events, new events go into
 * the segment in memory and from there into table event, then what else hangs on the sources, and
 * sources end. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "store/write/internal.h"

/* Room that a batch needs while it is taken in. */
struct scratch {
    int64_t *source_of; /* by part; 0: nothing of it is kept */
    uint32_t *kept;
    size_t kept_n;
    uint32_t *duplicate_of; /* by row */
    size_t stays_open; /* the part that begins here and goes on in a later batch; parts_n when there
                          is none */
};

static enum th_code begin_parts(th_writer *w, const struct th_batch *batch, struct scratch *s,
                                struct th_err *err)
{
    enum th_code rc = TH_OK;
    s->stays_open = batch->parts_n;
    for (size_t i = 0; i < batch->parts_n && rc == TH_OK; i++) {
        const struct th_part *part = &batch->parts[i];
        if (part->unchanged)
            continue;
        if (part->begins) {
            rc = th_sources_begin(w, part, &s->source_of[i], err);
            if (!part->ends && s->stays_open == batch->parts_n)
                s->stays_open = i;
        } else {
            const struct th_open_source *source = th_sources_find(w, part->ordinal);
            assert(source != NULL);
            s->source_of[i] = source->id;
        }
    }
    return rc;
}

static enum th_code end_parts(th_writer *w, const struct th_batch *batch, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < batch->parts_n && rc == TH_OK; i++) {
        const struct th_part *part = &batch->parts[i];
        if (!part->ends && !part->unchanged)
            continue;
        w->totals.files += !part->uncounted;
        w->listed_done += part->container == NULL;
        w->totals.unchanged += part->unchanged;
        w->totals.skipped += part->unchanged || part->skipped != NULL;
        if (!part->unchanged)
            rc = th_sources_end(w, part, err);
        else
            w->totals.changed += th_past_differs(&w->past, part);
    }
    th_sources_forget(w);
    return rc;
}

static void count_rows(th_writer *w, const struct th_batch *batch, const struct scratch *s)
{
    const int64_t *times = batch->num[TH_F_TIMESTAMP];
    struct th_open_source *source = NULL;
    for (size_t row = 0; row < batch->rows; row++) {
        if (row == 0 || batch->part[row] != batch->part[row - 1])
            source = th_sources_find(w, batch->parts[batch->part[row]].ordinal);
        bool kept = s->duplicate_of[row] == 0;
        source->events += kept;
        source->duplicates += !kept;
        source->untimed += kept && (batch->flags[row] & TH_ROW_UNTIMED) != 0;
        int64_t time = times == NULL ? TH_VALUE_NONE : times[row];
        if (time == TH_VALUE_NONE)
            continue;
        if (source->first_ms == TH_TIME_NONE || time < source->first_ms)
            source->first_ms = time;
        if (source->last_ms == TH_TIME_NONE || time > source->last_ms)
            source->last_ms = time;
    }
    for (size_t i = 0; i < batch->parts_n; i++) {
        if (batch->parts[i].unchanged)
            continue;
        source = th_sources_find(w, batch->parts[i].ordinal);
        source->unselected += batch->parts[i].unselected;
        w->totals.unselected += batch->parts[i].unselected;
    }
    w->totals.events += s->kept_n;
    w->totals.duplicates += batch->rows - s->kept_n;
}

/* One value of a sparse field. */
static bool bind_extra(sqlite3_stmt *stmt, const th_writer *w, const struct th_batch *batch,
                       enum th_field field, size_t at, uint32_t row)
{
    const uint32_t *codes = w->segbuf.codes[field];
    if (codes != NULL) {
        if (codes[at] == 0)
            return false;
        th_db_bind_int(stmt, 3,
                       th_field_info(field)->store == TH_STORE_BOOL ? codes[at] - 1 : codes[at]);
        return true;
    }
    if (w->segbuf.times[field] != NULL) {
        int64_t time = w->segbuf.times[field][at];
        th_db_bind_int(stmt, 3, time);
        return time != TH_VALUE_NONE;
    }
    if (batch->ids[field] == NULL)
        return false;
    const struct th_id *id = &batch->ids[field][row];
    if (id->is_uuid)
        th_db_bind_blob(stmt, 3, id->uuid, sizeof id->uuid);
    else if (id->text.p != NULL)
        th_db_bind_text(stmt, 3, id->text);
    return id->is_uuid || id->text.p != NULL;
}

static enum th_code insert_extras(th_writer *w, const struct th_batch *batch, const uint32_t *rows,
                                  size_t n, size_t at, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc =
        th_db_cached(&w->c->cache, w->db,
                     "INSERT INTO extra(field, event, value) VALUES(?1, ?2, ?3)", &stmt, err);
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++) {
        if (!th_field_is_column(f) || !th_field_is_sparse(f))
            continue;
        for (size_t i = 0; i < n && rc == TH_OK; i++) {
            if (!bind_extra(stmt, w, batch, f, at + i, rows[i]))
                continue;
            /* Hundreds of thousands: bindings are overwritten, not cleared. */
            bool row;
            th_db_bind_int(stmt, 1, w->c->numbers.field[f]);
            th_db_bind_int(stmt, 2, (int64_t)(w->events + i + 1));
            rc = th_db_step(stmt, &row, err);
            sqlite3_reset(stmt);
        }
    }
    return rc;
}

/* Rows that fit into the segment. */
static enum th_code insert_run(th_writer *w, const struct th_batch *batch, const int64_t *source_of,
                               const uint32_t *rows, size_t n, struct th_err *err)
{
    struct th_segbuf *segbuf = &w->segbuf;
    size_t at = segbuf->n;
    th_segbuf_add(w, batch, rows, n);
    th_batch_view_aim(&w->view, batch, rows, n, source_of, segbuf, at);
    bool row;
    enum th_code rc = th_db_step(w->insert_events, &row, err);
    sqlite3_reset(w->insert_events);
    /* Everything else goes by these numbers. */
    if (rc == TH_OK && (uint64_t)sqlite3_last_insert_rowid(w->db) != w->events + n)
        rc = th_err_set(err, TH_E_DB, "events are not numbered without a gap");
    if (rc == TH_OK)
        rc = insert_extras(w, batch, rows, n, at, err);
    if (rc != TH_OK)
        return rc;
    w->events += n;
    w->uncommitted_rows += n;
    return segbuf->n == TH_SEGMENT_ROWS ? th_segbuf_store(w, err) : TH_OK;
}

static enum th_code insert_rows(th_writer *w, const struct th_batch *batch,
                                const int64_t *source_of, const uint32_t *rows, size_t n,
                                struct th_err *err)
{
    enum th_code rc = TH_OK;
    while (n > 0 && rc == TH_OK) {
        size_t room = TH_SEGMENT_ROWS - w->segbuf.n;
        size_t take = n < room ? n : room;
        rc = insert_run(w, batch, source_of, rows, take, err);
        rows += take;
        n -= take;
    }
    return rc;
}

/* New events, in two runs when a source begins here that goes on later: what the dictionaries hold
 * between the two is what they go back to if the import is killed. */
static enum th_code insert_kept(th_writer *w, const struct th_batch *batch, const struct scratch *s,
                                struct th_err *err)
{
    size_t split = 0;
    while (split < s->kept_n && batch->part[s->kept[split]] != s->stays_open)
        split++;
    enum th_code rc = insert_rows(w, batch, s->source_of, s->kept, split, err);
    if (rc != TH_OK || s->stays_open == batch->parts_n)
        return rc;
    struct th_open_source *source = th_sources_find(w, batch->parts[s->stays_open].ordinal);
    th_writer_sizes(w, source->terms);
    return insert_rows(w, batch, s->source_of, s->kept + split, s->kept_n - split, err);
}

static enum th_code insert_duplicates(th_writer *w, const struct th_batch *batch,
                                      const struct scratch *s, struct th_err *err)
{
    sqlite3_stmt *stmt;
    if (s->kept_n == batch->rows)
        return TH_OK;
    enum th_code rc = th_db_cached(
        &w->c->cache, w->db,
        "INSERT INTO duplicate(source, offset, length, flags, event) VALUES(?1, ?2, ?3, ?4, ?5)",
        &stmt, err);
    for (size_t row = 0; row < batch->rows && rc == TH_OK; row++) {
        if (s->duplicate_of[row] == 0)
            continue;
        th_db_bind_int(stmt, 1, s->source_of[batch->part[row]]);
        th_db_bind_int(stmt, 2, (int64_t)batch->offset[row]);
        th_db_bind_int(stmt, 3, batch->length[row]);
        th_db_bind_int(stmt, 4, batch->flags[row]);
        th_db_bind_int(stmt, 5, s->duplicate_of[row]);
        rc = th_db_run(stmt, err);
        w->uncommitted_rows++;
    }
    return rc;
}

static enum th_code put_rows(th_writer *w, const struct th_batch *batch, struct scratch *s,
                             struct th_err *err)
{
    if (w->events + batch->rows >= UINT32_MAX)
        return th_err_set(err, TH_E_LIMIT, "a case holds at most %u events", UINT32_MAX - 1);
    enum th_code rc = th_writer_load(w, err);
    if (rc == TH_OK && !w->segbuf.ready)
        rc = th_segbuf_load(w, err);
    if (rc == TH_OK)
        rc = th_dedupe_batch(w, batch, s->kept, &s->kept_n, s->duplicate_of, err);
    if (rc == TH_OK)
        rc = insert_kept(w, batch, s, err);
    return rc == TH_OK ? insert_duplicates(w, batch, s, err) : rc;
}

static enum th_code put_batch(th_writer *w, const struct th_batch *batch, struct scratch *s,
                              struct th_err *err)
{
    enum th_code rc = th_writer_transaction(w, err);
    if (rc == TH_OK && !w->has_past)
        rc = th_past_load(w->db, &w->past, err);
    w->has_past = true;
    if (rc == TH_OK)
        rc = begin_parts(w, batch, s, err);
    if (rc == TH_OK && batch->rows > 0)
        rc = put_rows(w, batch, s, err);
    if (rc != TH_OK)
        return rc;
    count_rows(w, batch, s);
    rc = th_sources_blobs(w, batch, s->source_of, err);
    if (rc == TH_OK)
        rc = th_sources_rejects(w, batch, s->source_of, err);
    if (rc == TH_OK)
        rc = end_parts(w, batch, err);
    w->totals.records =
        w->totals.events + w->totals.duplicates + w->totals.rejects + w->totals.unselected;
    return rc == TH_OK && th_writer_commit_due(w) ? th_writer_commit(w, err) : rc;
}

enum th_code th_writer_put(th_writer *w, const struct th_batch *batch, struct th_err *err)
{
    if (w->failed)
        return th_err_set(err, TH_E_DB, "an earlier part of the import failed");
    struct scratch s = {
        .source_of = th_xcalloc(batch->parts_n + 1, sizeof *s.source_of),
        .kept = th_xcalloc(batch->rows + 1, sizeof *s.kept),
        .duplicate_of = th_xcalloc(batch->rows + 1, sizeof *s.duplicate_of),
    };
    enum th_code rc = put_batch(w, batch, &s, err);
    free(s.source_of);
    free(s.kept);
    free(s.duplicate_of);
    if (rc == TH_OK)
        return rc;
    w->failed = true;
    return th_err_prefix(err, rc, "writing to case %s", w->c->path);
}
