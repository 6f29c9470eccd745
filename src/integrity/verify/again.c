/* The case's sources, imported again: in the order of their rows, each with the choice and the caps
 * that its row notes, by the intake and the writer that made the case.
 *
 * What stands in no byte is taken as the case says: the choice of records, whether digests were
 * read (by what became of digests), and that a disk or an archive failed while it was read. Of what
 * is not kept (files that were skipped, archives) only the row is made. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/import.h"
#include "integrity/verify/internal.h"
#include "store/write/writer.h"

/* A source while it is read. Texts are owned. */
struct open_source {
    struct th_verify_bytes bytes;
    char *path, *container, *skipped, *capped, *broken;
    uint8_t sha256[32];
    th_selection *selection;
};

struct again {
    struct th_verify *v;
    th_writer *writer;
    int64_t last; /* the newest source */
    enum th_code rc;
    struct th_err err; /* why a thread gave up; under v->lock */
};

static char *text_at(sqlite3_stmt *stmt, int at)
{
    const char *text = th_db_cstr(stmt, at);
    return text == NULL ? NULL : th_xstrdup(text);
}

/* What rejects tell that no byte of the source does, and what became of digests. unread: of an
 * archive or a file that couldn't be read one reject stands for it all. */
static enum th_code read_rejects(th_case *c, int64_t source, struct open_source *s, bool unread,
                                 struct th_reread_source *out, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc = th_db_cached(
        &c->cache, c->db,
        "SELECT reason, offset, length FROM reject WHERE source = ?1 ORDER BY offset, id", &stmt,
        err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, source);
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        const char *reason = th_db_cstr(stmt, 0);
        if (reason == NULL)
            continue;
        enum th_reread_outside outside = th_reread_outside(reason);
        bool whole = sqlite3_column_int64(stmt, 1) == 0 && sqlite3_column_int64(stmt, 2) == 0;
        if (s->broken == NULL && (outside == TH_OUTSIDE_BROKE || (unread && whole)))
            s->broken = th_xstrdup(reason);
        out->changed = out->changed || outside == TH_OUTSIDE_CHANGED;
        if (strcmp(reason, "a digest, not an event") == 0)
            out->digests = false;
    }
    sqlite3_reset(stmt);
    return rc;
}

static void count(struct again *again, const struct th_reread_source *out,
                  const struct open_source *s, const char *version)
{
    struct th_verify *v = again->v;
    struct th_verify_totals *t = v->totals;
    bool gone = s->bytes.kind == TH_SOURCE_REFERENCED && s->bytes.gone;
    (void)pthread_mutex_lock(&v->lock);
    t->sources++;
    t->open += s->bytes.open;
    t->archives += out->archive;
    t->skipped += out->nothing && !out->archive && s->skipped != NULL;
    t->unread += out->nothing && !out->archive && s->skipped == NULL && !gone &&
                 s->bytes.sha256 == NULL && !s->bytes.open;
    t->broken += !out->nothing && s->broken != NULL;
    t->other_version +=
        version != NULL && v->options->version != NULL && strcmp(version, v->options->version) != 0;
    (void)pthread_mutex_unlock(&v->lock);
}

static enum th_code open_bytes(struct again *again, th_case *c, struct open_source *s,
                               const char *selection, struct th_reread_source *out,
                               struct th_err *err)
{
    struct th_verify_bytes *b = &s->bytes;
    bool outside = b->kind == TH_SOURCE_REFERENCED;
    enum th_code rc = TH_OK;
    if (!outside || (s->skipped == NULL && b->sha256 != NULL))
        rc = th_verify_bytes_open(b, err);
    else
        b->fd = -1;
    out->archive = b->kind == TH_SOURCE_ARCHIVE;
    out->nothing =
        out->archive ||
        !(b->there || (b->size_bytes == 0 && b->sha256 != NULL && !outside && s->skipped == NULL));
    if (rc == TH_OK)
        rc = read_rejects(c, b->source, s,
                          out->archive || (out->nothing && b->sha256 == NULL && s->skipped == NULL),
                          out, err);
    if (rc != TH_OK)
        return rc;
    if (out->nothing && !out->archive && !outside && s->skipped == NULL && b->sha256 != NULL)
        th_verify_note(again->v, TH_VERIFY_EVIDENCE, b->source, -1, "evidence", NULL, NULL,
                       "nothing of its bytes is kept");
    if (th_selection_of_text(selection == NULL ? "" : selection, &s->selection, NULL) != TH_OK)
        th_verify_note(again->v, TH_VERIFY_SOURCE, b->source, -1, "selection", NULL, selection,
                       "what was chosen at import can't be told from this");
    if (!out->nothing) {
        memcpy(out->sha256, b->found, sizeof out->sha256);
        out->size_bytes = b->total;
    }
    out->changed = out->changed && b->changed;
    out->bytes = b->whole;
    b->whole = NULL;
    return TH_OK;
}

static enum th_code open_source(struct again *again, th_case *c, sqlite3_stmt *stmt,
                                struct open_source *s, struct th_reread_source *out,
                                struct th_err *err)
{
    struct th_str sha = th_db_blob(stmt, 3);
    s->path = text_at(stmt, 1);
    s->container = text_at(stmt, 2);
    s->skipped = text_at(stmt, 9);
    s->capped = text_at(stmt, 10);
    if (s->path == NULL)
        s->path = th_xstrdup("");
    if (sha.n == sizeof s->sha256)
        memcpy(s->sha256, sha.p, sizeof s->sha256);
    s->bytes = (struct th_verify_bytes){
        .v = again->v,
        .c = c,
        .source = sqlite3_column_int64(stmt, 0),
        .kind = sqlite3_column_int64(stmt, 5),
        .size_bytes = sqlite3_column_int64(stmt, 4),
        .path = s->path,
        .container = s->container,
        .sha256 = sha.n == sizeof s->sha256 ? s->sha256 : NULL,
    };
    /* An import that was killed leaves one source open, the last one, without hash and size. */
    s->bytes.open = sqlite3_column_int64(stmt, 6) == 0 && s->bytes.sha256 == NULL &&
                    s->bytes.size_bytes == 0 && s->bytes.source == again->last;
    *out = (struct th_reread_source){
        .id = s->bytes.source,
        .path = s->path,
        .container = s->container,
        .size_bytes = th_db_u64(stmt, 4),
        .skipped = s->skipped,
        .read = th_verify_bytes_read,
        .read_ctx = s, /* bytes stand first */
        .digests = s->skipped == NULL && sqlite3_column_int64(stmt, 7) != 0,
        .capped = s->capped,
    };
    memcpy(out->sha256, s->sha256, sizeof out->sha256);
    enum th_code rc = open_bytes(again, c, s, th_db_cstr(stmt, 8), out, err);
    out->selection = s->selection;
    out->broken = s->broken;
    count(again, out, s, th_db_cstr(stmt, 11));
    return rc;
}

static bool open_at(void *ctx, size_t at, struct th_reread_source *out)
{
    struct again *again = ctx;
    struct th_verify *v = again->v;
    struct open_source *s = th_xcalloc(1, sizeof *s);
    struct th_err bad;
    sqlite3_stmt *stmt;
    bool row = false;
    th_err_clear(&bad);
    th_case *c = th_verify_take(v);
    enum th_code rc = th_db_cached(
        &c->cache, c->db,
        "SELECT id, path, container, sha256, size_bytes, kind, state, events + duplicates + "
        "unselected, selection, skipped, capped, version FROM source WHERE id = ?1",
        &stmt, &bad);
    *out = (struct th_reread_source){.id = v->sources[at], .path = "", .nothing = true};
    s->bytes = (struct th_verify_bytes){.c = c, .fd = -1};
    if (rc == TH_OK) {
        th_db_bind_int(stmt, 1, v->sources[at]);
        rc = th_db_step_any(stmt, &row, &bad);
        if (rc == TH_OK && row)
            rc = open_source(again, c, stmt, s, out, &bad);
        sqlite3_reset(stmt);
    }
    out->read_ctx = s;
    if (rc == TH_E_DB || rc == TH_E_LIMIT) {
        /* What is damaged is said, and the next source may be sound. */
        th_verify_note(v, TH_VERIFY_EVIDENCE, v->sources[at], -1, "evidence", NULL, NULL, bad.msg);
        free(out->bytes);
        out->bytes = NULL;
        out->nothing = true;
        return true;
    }
    if (rc == TH_OK)
        return true;
    (void)pthread_mutex_lock(&v->lock);
    again->rc = rc;
    again->err = bad;
    (void)pthread_mutex_unlock(&v->lock);
    th_cancel_set(&v->stop);
    return true;
}

static void close_source(void *ctx, struct th_reread_source *source)
{
    struct again *again = ctx;
    struct th_verify *v = again->v;
    struct open_source *s = source->read_ctx;
    th_case *c = s->bytes.c;
    th_verify_bytes_close(&s->bytes);
    th_selection_free(s->selection);
    free(s->path);
    free(s->container);
    free(s->skipped);
    free(s->capped);
    free(s->broken);
    free(s);
    th_verify_give_back(v, c);
}

static enum th_code take(void *ctx, const struct th_batch *batch, struct th_err *err)
{
    struct again *again = ctx;
    return th_writer_put(again->writer, batch, err);
}

static void progress(void *ctx, const struct th_import_progress *at)
{
    const struct again *again = ctx;
    struct th_verify *v = again->v;
    struct th_import_totals totals;
    if (th_cancelled(v->cancel))
        th_cancel_set(&v->stop);
    if (v->sink->progress == NULL)
        return;
    th_writer_totals(again->writer, &totals);
    const struct th_verify_progress p = {.sources_done = at->files_done,
                                         .sources_total = at->files_total,
                                         .bytes_done = at->bytes_done,
                                         .bytes_total = at->bytes_total,
                                         .events = totals.events};
    v->sink->progress(v->sink->ctx, &p);
}

enum th_code th_verify_again(struct th_verify *v, th_case *made, struct th_err *err)
{
    struct again again = {.v = v, .last = v->sources_n == 0 ? 0 : v->sources[v->sources_n - 1]};
    const struct th_reread sources = {&again, v->sources_n, v->sizes, open_at, close_source};
    const struct th_import_options options = {.jobs = v->jobs, .again = &sources};
    const struct th_import_sink sink = {.ctx = &again, .batch = take, .progress = progress};
    th_err_clear(&again.err);
    th_db_try(made->db, "PRAGMA synchronous = OFF"); /* nobody wants it after a crash */
    enum th_code rc = th_writer_begin(made, "", v->options->enrich, &again.writer, err);
    if (rc != TH_OK)
        return rc;
    rc = th_import_run(&options, &sink, &v->stop, err);
    if (again.rc != TH_OK) {
        th_err_clear(err);
        rc = th_err_set(err, again.rc, "%s", again.err.msg);
    }
    enum th_code end = th_writer_end(again.writer, rc == TH_OK, NULL, rc == TH_OK ? err : NULL);
    return rc == TH_OK ? end : rc;
}
