/* One source: its row, its kept bytes, the records in them, and the figures that its row gives.
 *
 * Two things stand in no byte of a source and are taken as the case says: which records were chosen
 * at import, and whether digests were. The first is noted with the source; the second follows from
 * what became of digests. A source that broke off because a disk failed broke off there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "store/verify_int.h"

/* ---- the row ---- */

static char *text_of(sqlite3_stmt *stmt, int at)
{
    const char *text = th_db_cstr(stmt, at);
    return text == NULL ? NULL : th_xstrdup(text);
}

static int64_t time_of(sqlite3_stmt *stmt, int at)
{
    return sqlite3_column_type(stmt, at) == SQLITE_NULL ? TH_TIME_NONE
                                                        : sqlite3_column_int64(stmt, at);
}

static void drop_source(struct th_verify_source *s)
{
    free(s->path);
    free(s->container);
    free(s->place);
    free(s->skipped);
    free(s->selection);
    free(s->version);
    free(s->capped);
    memset(s, 0, sizeof *s);
}

static void fill_source(struct th_verify_source *s, sqlite3_stmt *stmt)
{
    struct th_str sha = th_db_blob(stmt, 3);
    s->id = sqlite3_column_int64(stmt, 0);
    s->path = text_of(stmt, 1);
    if (s->path == NULL)
        s->path = th_xstrdup("");
    s->container = text_of(stmt, 2);
    s->place =
        s->container == NULL ? th_xstrdup(s->path) : th_xasprintf("%s/%s", s->path, s->container);
    s->has_sha256 = sha.n == sizeof s->sha256;
    if (s->has_sha256)
        memcpy(s->sha256, sha.p, sizeof s->sha256);
    s->size_bytes = sqlite3_column_int64(stmt, 4);
    s->inflated_bytes = sqlite3_column_int64(stmt, 5);
    s->kind = sqlite3_column_int64(stmt, 6);
    s->state = sqlite3_column_int64(stmt, 7);
    s->events = sqlite3_column_int64(stmt, 8);
    s->duplicates = sqlite3_column_int64(stmt, 9);
    s->rejects = sqlite3_column_int64(stmt, 10);
    s->unselected = sqlite3_column_int64(stmt, 11);
    s->untimed = sqlite3_column_int64(stmt, 12);
    s->first_ms = time_of(stmt, 13);
    s->last_ms = time_of(stmt, 14);
    s->version = text_of(stmt, 15);
    s->selection = text_of(stmt, 16);
    s->skipped = text_of(stmt, 17);
    s->capped = text_of(stmt, 18);
}

static enum th_code load_source(struct th_verify_worker *w, int64_t id, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    enum th_code rc =
        th_db_cached(&w->c->cache, w->c->db,
                     "SELECT id, path, container, sha256, size_bytes, inflated_bytes, kind, state, "
                     "events, duplicates, rejects, unselected, untimed, first, last, version, "
                     "selection, skipped, capped FROM source WHERE id = ?1",
                     &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, id);
    rc = th_db_step_any(stmt, &row, err);
    if (rc == TH_OK && row)
        fill_source(&w->source, stmt);
    else if (rc == TH_OK)
        rc = th_err_set(err, TH_E_DB, "source %" PRId64 " can't be read", id);
    sqlite3_reset(stmt);
    return rc;
}

/* ---- reading it again ---- */

/* What rejects tell that no byte of the source does. */
struct reasons {
    char *broken; /* why reading it ended too early; owned */
    bool changed; /* the file changed meanwhile */
    bool digest_rejected;
};

static enum th_code find_reasons(struct th_verify_worker *w, struct reasons *out,
                                 struct th_err *err)
{
    struct th_verify_rows rows;
    enum th_code rc =
        th_verify_rows_begin(&rows, w->rejects, &w->v->spans[TH_VERIFY_REJECTS], w->source.id, err);
    *out = (struct reasons){NULL, false, false};
    while (rc == TH_OK && rows.has) {
        const char *reason = th_db_cstr(w->rejects, 3);
        enum th_reread_outside outside = reason == NULL ? TH_OUTSIDE_NO : th_reread_outside(reason);
        if (outside == TH_OUTSIDE_BROKE && out->broken == NULL)
            out->broken = th_xstrdup(reason);
        out->changed = out->changed || outside == TH_OUTSIDE_CHANGED;
        if (reason != NULL && strcmp(reason, "a digest, not an event") == 0)
            out->digest_rejected = true;
        rc = th_verify_rows_next(&rows, err);
    }
    th_verify_rows_end(&rows);
    return rc;
}

static void note_part(struct th_verify_worker *w, const struct th_part *part)
{
    struct th_verify_given *given = &w->given;
    given->unselected += part->unselected;
    if (!part->ends)
        return;
    given->ended = true;
    given->inflated_bytes = part->inflated_bytes;
    given->kind = part->kind;
    if (part->skipped != NULL)
        (void)snprintf(given->skipped, sizeof given->skipped, "%s", part->skipped);
}

void th_verify_done(struct th_verify_worker *w, uint64_t upto)
{
    uint64_t most = 2 * w->item->size_bytes;
    upto = upto < most ? upto : most;
    if (upto <= w->told)
        return;
    atomic_fetch_add_explicit(&w->v->bytes_done, upto - w->told, memory_order_relaxed);
    w->told = upto;
}

/* How far a batch goes, by where its last record stands. */
static void tell_batch(struct th_verify_worker *w, const struct th_batch *batch)
{
    double whole = (double)w->source.inflated_bytes;
    if (batch->rows == 0 || whole <= 0)
        return;
    double part = (double)batch->offset[batch->rows - 1] / whole;
    double size = (double)w->item->size_bytes;
    th_verify_done(w, (uint64_t)(size + size * (part < 1 ? part : 1)));
}

static bool take_batch(void *ctx, const struct th_batch *batch)
{
    struct th_verify_worker *w = ctx;
    for (size_t i = 0; i < batch->parts_n; i++)
        note_part(w, &batch->parts[i]);
    for (size_t i = 0; i < batch->points_n; i++)
        th_verify_note_point(w, &batch->points[i]);
    w->rc = th_verify_batch(w, batch, &w->err);
    tell_batch(w, batch);
    return w->rc == TH_OK;
}

static enum th_code read_again(struct th_verify_worker *w, struct th_verify_bytes *bytes,
                               const struct reasons *reasons, struct th_err *err)
{
    const struct th_verify_source *s = &w->source;
    th_selection *selection = NULL;
    if (th_selection_of_text(s->selection == NULL ? "" : s->selection, &selection, NULL) != TH_OK)
        th_verify_say_source(w, TH_VERIFY_SOURCE, "selection", NULL, s->selection,
                             "what was chosen at import can't be told from this");
    uint64_t rows = w->rows[TH_VERIFY_EVENTS].count + w->rows[TH_VERIFY_DUPLICATES].count;
    const struct th_reread_source source = {
        .path = s->path,
        .container = s->container,
        .size_bytes = bytes->size_bytes,
        .bytes = bytes->whole,
        .read = th_verify_bytes_read,
        .read_ctx = bytes,
        .selection = selection,
        .digests = !reasons->digest_rejected && s->skipped == NULL &&
                   (rows > 0 || s->events + s->duplicates + s->unselected > 0),
        .capped = s->capped,
        .broken = reasons->broken,
    };
    bytes->whole = NULL;
    w->totals.broken += reasons->broken != NULL;
    w->rc = TH_OK;
    th_err_clear(&w->err);
    enum th_code rc = TH_OK;
    if (!th_reread_run(w->reread, &source, take_batch, w)) {
        rc = w->rc == TH_OK ? th_err_set(err, TH_E_CANCELLED, "cancelled")
                            : th_err_set(err, w->rc, "%s", w->err.msg);
    }
    th_selection_free(selection);
    return rc == TH_OK ? th_verify_points(w, err) : rc;
}

/* ---- its figures ---- */

static void compare_number(struct th_verify_worker *w, const char *field, int64_t expected,
                           int64_t found, const char *what)
{
    if (expected != found)
        th_verify_say_number(w, TH_VERIFY_SOURCE, field, expected, found, what);
}

static void compare_time(struct th_verify_worker *w, const char *field, int64_t expected,
                         int64_t found)
{
    char a[TH_TIME_ISO_BYTES];
    char b[TH_TIME_ISO_BYTES];
    if (expected == found)
        return;
    th_time_iso(expected, a);
    th_time_iso(found, b);
    th_verify_say_source(w, TH_VERIFY_SOURCE, field, expected == TH_TIME_NONE ? NULL : a,
                         found == TH_TIME_NONE ? NULL : b, "not the time of its records");
}

static void compare_rows(struct th_verify_worker *w)
{
    static const char what[] = "not as many rows are in the case";
    const struct th_verify_source *s = &w->source;
    compare_number(w, "events", (int64_t)w->rows[TH_VERIFY_EVENTS].count, s->events, what);
    compare_number(w, "duplicates", (int64_t)w->rows[TH_VERIFY_DUPLICATES].count, s->duplicates,
                   what);
    compare_number(w, "rejects", (int64_t)w->rows[TH_VERIFY_REJECTS].count, s->rejects, what);
}

static void compare_given(struct th_verify_worker *w)
{
    const struct th_verify_source *s = &w->source;
    const struct th_verify_given *g = &w->given;
    const char *skipped = g->skipped[0] == '\0' ? NULL : g->skipped;
    compare_number(w, "unselected", (int64_t)g->unselected, s->unselected,
                   "not as many records were left out by the choice at import");
    compare_number(w, "untimed", (int64_t)g->untimed, s->untimed,
                   "not as many events have no time");
    compare_number(w, "inflated_bytes", (int64_t)g->inflated_bytes, s->inflated_bytes,
                   "the bytes inflate to another size");
    if (s->kind != TH_SOURCE_REFERENCED)
        compare_number(w, "kind", g->kind, s->kind, "the bytes are of another kind");
    compare_time(w, "first", g->first_ms, s->first_ms);
    compare_time(w, "last", g->last_ms, s->last_ms);
    if ((skipped == NULL) != (s->skipped == NULL) ||
        (skipped != NULL && strcmp(skipped, s->skipped) != 0))
        th_verify_say_source(w, TH_VERIFY_SOURCE, "skipped", skipped, s->skipped,
                             "the bytes tell otherwise whether this is a trail");
}

/* An import that was killed leaves one source open, the last one, without hash and size. */
static void check_state(struct th_verify_worker *w)
{
    const struct th_verify_source *s = &w->source;
    const struct th_verify_item *last = &w->v->items[w->v->items_n - 1];
    bool open = s->state == 0 && !s->has_sha256 && s->size_bytes == 0 && w->item == last;
    if (s->state != 1 && !open)
        th_verify_say_number(w, TH_VERIFY_SOURCE, "state", 1, s->state,
                             "the source isn't one whose import was interrupted");
}

/* A source of which nothing is kept: no trail, or it couldn't be read at all. */
static void compare_nothing(struct th_verify_worker *w)
{
    const struct th_verify_source *s = &w->source;
    const struct th_verify_given nothing = {.first_ms = TH_TIME_NONE, .last_ms = TH_TIME_NONE};
    bool stands = s->skipped == NULL && s->has_sha256;
    w->given = nothing;
    compare_number(w, "unselected", 0, s->unselected, "no record is left out of nothing");
    compare_number(w, "untimed", 0, s->untimed, "not as many events have no time");
    compare_time(w, "first", TH_TIME_NONE, s->first_ms);
    compare_time(w, "last", TH_TIME_NONE, s->last_ms);
    bool kept = s->kind != TH_SOURCE_REFERENCED && s->kind != TH_SOURCE_ARCHIVE;
    if (stands && kept)
        th_verify_say_source(w, TH_VERIFY_EVIDENCE, "evidence", NULL, NULL,
                             "nothing of its bytes is kept");
    if (s->kind == TH_SOURCE_ARCHIVE)
        w->totals.archives++;
    else if (s->skipped != NULL)
        w->totals.skipped++;
    else if (!stands)
        w->totals.unread++;
}

static enum th_code begin_rows(struct th_verify_worker *w, struct th_err *err)
{
    sqlite3_stmt *const stmts[TH_VERIFY_TABLES] = {w->events, w->duplicates, w->rejects};
    enum th_code rc = TH_OK;
    w->last_row = -1;
    for (enum th_verify_table t = 0; t < TH_VERIFY_TABLES && rc == TH_OK; t++) {
        struct th_verify_rows *rows = &w->rows[t];
        rc = th_verify_rows_begin(rows, stmts[t], &w->v->spans[t], w->source.id, err);
        for (size_t i = 0; i < rows->spans_n && t != TH_VERIFY_REJECTS; i++)
            if (rows->spans[i].last_offset > w->last_row)
                w->last_row = rows->spans[i].last_offset;
    }
    w->totals.events += w->rows[TH_VERIFY_EVENTS].count;
    w->totals.duplicates += w->rows[TH_VERIFY_DUPLICATES].count;
    w->totals.rejects += w->rows[TH_VERIFY_REJECTS].count;
    return rc;
}

static enum th_code compare(struct th_verify_worker *w, struct th_verify_bytes *bytes,
                            const struct reasons *reasons, struct th_err *err)
{
    const struct th_verify_source *s = &w->source;
    bool archive = s->kind == TH_SOURCE_ARCHIVE;
    bool again = bytes->there && !archive;
    bool outside = s->kind == TH_SOURCE_REFERENCED && s->skipped == NULL && s->has_sha256;
    bool gone = outside && !bytes->there;
    enum th_code rc = TH_OK;
    w->outside = reasons->changed && bytes->changed;
    if (archive || (!s->has_sha256 && !bytes->there && s->skipped == NULL))
        w->outside++;
    if (again)
        rc = read_again(w, bytes, reasons, err);
    if (rc == TH_OK)
        rc = th_verify_rest(w, gone, err);
    if (rc != TH_OK)
        return rc;
    compare_rows(w);
    check_state(w);
    if (again && s->state != 0)
        compare_given(w);
    else if (!again && !gone && s->state != 0)
        compare_nothing(w);
    return TH_OK;
}

static enum th_code verify(struct th_verify_worker *w, struct th_err *err)
{
    struct th_verify_bytes bytes;
    struct reasons reasons = {NULL, false, false};
    enum th_code rc = find_reasons(w, &reasons, err);
    if (rc == TH_OK)
        rc = th_verify_bytes_open(w, &bytes, err);
    if (rc == TH_OK) {
        rc = begin_rows(w, err);
        if (rc == TH_OK)
            rc = compare(w, &bytes, &reasons, err);
        for (size_t t = 0; t < TH_VERIFY_TABLES; t++)
            th_verify_rows_end(&w->rows[t]);
        th_verify_bytes_close(&bytes);
    }
    free(reasons.broken);
    return rc;
}

enum th_code th_verify_source(struct th_verify_worker *w, struct th_verify_item *item,
                              struct th_err *err)
{
    struct th_err bad;
    th_err_clear(&bad);
    w->item = item;
    w->told = 0;
    w->given = (struct th_verify_given){.first_ms = TH_TIME_NONE, .last_ms = TH_TIME_NONE};
    w->points_n = 0;
    enum th_code rc = load_source(w, item->id, &bad);
    if (rc == TH_OK)
        rc = verify(w, &bad);
    w->totals.sources++;
    w->totals.open += rc == TH_OK && w->source.state == 0;
    w->totals.other_version += w->source.version != NULL && w->v->options->version != NULL &&
                               strcmp(w->source.version, w->v->options->version) != 0;
    /* What is damaged is said, and the next source may be sound. */
    if (rc != TH_OK && th_verify_say_error(w, rc, &bad))
        rc = TH_OK;
    th_verify_done(w, UINT64_MAX);
    drop_source(&w->source);
    w->item = NULL;
    return rc == TH_OK ? rc : th_err_set(err, rc, "%s", bad.msg);
}
