/* A writer's life: lock, clean up, load which files the case holds; then batches (writer_put.c),
 * and a commit about every TH_COMMIT_ROWS rows; at the end the last, short segments.
 *
 * Dictionaries are loaded with the first batch that has rows: a folder that was imported before is
 * looked through without them, and while workers hash its first files, table source is read.
 *
 * Two imports into one case must not mix, also between their commits. SQLite's own lock ends with
 * each commit, so a writer holds a flock on the WAL file for as long as it lives: SQLite takes no
 * locks on that file itself, it exists while anybody has the case open, and the lock goes with the
 * process however it ends.
 *
 * The first import into a case that nobody else has open takes the case out of WAL mode: what is
 * appended to a file needs no journal, so evidence and rows are written once instead of twice (15 %
 * of the writer's time). It holds the database locked, and a kill costs no more than in WAL mode. A
 * case that is shared (the workbench shows what comes in) stays in WAL mode.
 */
#include "store/write/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/time.h"
#include "store/case/connect.h"
#include "store/write/internal.h"

#define MARKER_KEY "import.first_source"
/* Notes are written between an import's commits and take a moment. */
#define IMPORT_BUSY_MS 30000
/* Pages are mostly written once: out while they are in the processor's cache still. */
#define WRITE_CACHE  "PRAGMA cache_size = -4096"
#define COMMIT_BYTES ((uint64_t)64 << 20)
/* Who reads along wants to see something; who writes in between gets this long after a commit. */
#define SHARED_COMMIT_MS 1000
#define YIELD_MS         2
#define LOCK_TRIES       20

/* Somebody who asks whether an import runs (th_case_importing) holds it for a moment. */
static bool lock_patiently(int fd)
{
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK || tries == LOCK_TRIES)
            return false;
        sqlite3_sleep(1);
    }
    return true;
}

static enum th_code lock_import(th_writer *w, struct th_err *err)
{
    if (!w->c->wal)
        return TH_OK;
    char *path = th_xasprintf("%s-wal", w->c->path);
    w->lock_fd = open(path, O_RDONLY | O_CLOEXEC);
    enum th_code rc = TH_OK;
    if (w->lock_fd < 0)
        rc = th_err_errno(err, "locking %s", path);
    else if (!lock_patiently(w->lock_fd))
        rc = errno == EWOULDBLOCK
                 ? th_err_set(err, TH_E_BUSY,
                              "another import is writing to %s; try again when it is done",
                              w->c->path)
                 : th_err_errno(err, "locking %s", path);
    free(path);
    return rc;
}

/* What an interrupted import left is removed; numbers go on where the rest ends. */
static enum th_code take_over(th_writer *w, struct th_err *err)
{
    int64_t events = 0;
    int64_t sources = 0;
    enum th_code rc = th_resume_clean(w->db, &w->c->numbers, err);
    if (rc == TH_OK)
        rc = th_db_number(w->db, "SELECT max(id) FROM event", 0, &events, err);
    if (rc == TH_OK)
        rc = th_db_number(w->db, "SELECT max(id) FROM source", 0, &sources, err);
    if (rc == TH_OK)
        rc = th_db_number(w->db, "SELECT value FROM meta WHERE key = '" MARKER_KEY "'", 0,
                          &w->first_source, err);
    w->events = (uint64_t)events;
    w->next_source = sources + 1;
    w->marked = w->first_source > 0;
    if (!w->marked)
        w->first_source = w->next_source;
    return rc;
}

/* An empty case is left in WAL mode only when somebody else has it open. */
static enum th_code choose_journal(th_writer *w, struct th_err *err)
{
    int64_t sources;
    enum th_code rc = th_db_number(w->db, "SELECT count(*) FROM source", 0, &sources, err);
    if (rc == TH_OK && sources == 0 && w->c->wal && !w->c->shared)
        rc = th_case_leave_wal(w->c, err);
    if (rc == TH_OK && !w->c->wal)
        rc = th_db_exec(
            w->db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE; " WRITE_CACHE,
            err);
    return rc;
}

/* Others may read and write again. */
static void restore_journal(th_writer *w)
{
    if (w->c->wal)
        return;
    /* The lock goes with the next access; the journal file with the change of mode. */
    th_db_try(w->db, "PRAGMA locking_mode = NORMAL; SELECT count(*) FROM source; PRAGMA "
                     "journal_mode = DELETE; " TH_CASE_CACHE);
    (void)!th_case_enter_wal(w->c, NULL);
}

static enum th_code begin(th_writer *w, struct th_err *err)
{
    enum th_code rc = th_case_writable(w->c, err);
    if (rc == TH_OK)
        rc = choose_journal(w, err);
    if (rc == TH_OK)
        rc = th_db_exec(w->db, "BEGIN IMMEDIATE", err);
    if (rc != TH_OK)
        return rc;
    w->in_transaction = true;
    rc = lock_import(w, err);
    if (rc == TH_OK)
        rc = take_over(w, err);
    rc = th_db_end(w->db, true, rc, err);
    w->in_transaction = false;
    w->derived_absent = w->events > 0;
    /* What is derived of no value at all is written even when nothing else comes. */
    if (rc == TH_OK && !w->derived_absent)
        rc = th_writer_load(w, err);
    if (rc == TH_OK)
        rc = th_known_load(w->db, w->marked ? w->first_source : 0, &w->known, err);
    th_batch_view_init(&w->view);
    return rc == TH_OK ? th_vtab_open(w->db, "event", &w->view.rows, &w->insert_events, err) : rc;
}

static void free_writer(th_writer *w)
{
    if (w->db != NULL) {
        th_vtab_close(w->db, "event", w->insert_events);
        th_combos_fini(w);
        th_connect_patience(w->db, TH_CASE_BUSY_MS);
        restore_journal(w);
    }
    if (w->lock_fd >= 0)
        close(w->lock_fd);
    th_terms_fini(w);
    th_dedupe_fini(&w->dedupe);
    th_segbuf_fini(&w->segbuf);
    th_known_fini(&w->known);
    th_past_fini(&w->past);
    for (size_t i = 0; i < w->open_n; i++)
        free(w->open[i].terms);
    free(w->open);
    free(w->version);
    free(w->selection);
    free(w->announced);
    free(w);
}

enum th_code th_writer_begin(th_case *c, const char *version, const struct th_enrich *enrich,
                             th_writer **out, struct th_err *err)
{
    th_writer *w = th_xcalloc(1, sizeof *w);
    w->c = c;
    w->db = c->db;
    w->enrich = enrich;
    w->version = th_xstrdup(version);
    w->lock_fd = -1;
    w->commit_rows = TH_COMMIT_ROWS;
    w->limits = th_limits_usual;
    enum th_code rc = begin(w, err);
    if (rc != TH_OK) {
        free_writer(w);
        *out = NULL;
        return th_err_prefix(err, rc, "importing into case %s", c->path);
    }
    th_connect_patience(c->db, IMPORT_BUSY_MS);
    *out = w;
    return TH_OK;
}

void th_writer_select(th_writer *w, const char *selection)
{
    free(w->selection);
    w->selection = selection[0] == '\0' ? NULL : th_xstrdup(selection);
}

void th_writer_limit(th_writer *w, const struct th_limits *limits)
{
    w->limits = *limits;
}

static bool is_same_file(const struct th_known *known, const char *path, uint64_t size_bytes)
{
    return known->size_bytes == size_bytes &&
           (known->path == NULL || path == NULL || strcmp(known->path, path) == 0);
}

bool th_writer_covers(th_writer *w, const char *path, const uint8_t sha256[32], uint64_t size_bytes,
                      bool digests)
{
    for (size_t at = th_known_find(&w->known, sha256); at != 0; at = w->known.v[at - 1].next) {
        const struct th_known *known = &w->known.v[at - 1];
        bool covers = known->selection == NULL ||
                      (w->selection != NULL && strcmp(known->selection, w->selection) == 0);
        covers = covers && (known->capped == NULL || th_limits_cover(&w->limits, known->capped));
        if (is_same_file(known, path, size_bytes) && covers && !(digests && known->is_digest))
            return true;
    }
    return false;
}

bool th_writer_known_at(th_writer *w, const char *path, const uint8_t sha256[32],
                        uint64_t size_bytes)
{
    for (size_t at = th_known_find(&w->known, sha256); at != 0; at = w->known.v[at - 1].next)
        if (is_same_file(&w->known.v[at - 1], path, size_bytes))
            return true;
    return false;
}

enum th_code th_writer_load(th_writer *w, struct th_err *err)
{
    if (w->has_terms)
        return TH_OK;
    enum th_code rc = th_terms_load(w, err);
    if (rc == TH_OK)
        rc = th_combos_load(w, err);
    w->has_terms = rc == TH_OK;
    return rc;
}

enum th_code th_writer_transaction(th_writer *w, struct th_err *err)
{
    if (w->in_transaction)
        return TH_OK;
    enum th_code rc = th_db_exec(w->db, "BEGIN IMMEDIATE", err);
    w->in_transaction = rc == TH_OK;
    return rc;
}

static enum th_code set_marker(th_writer *w, struct th_err *err)
{
    sqlite3_stmt *stmt;
    if (w->marked)
        return TH_OK;
    enum th_code rc = th_db_cached(
        &w->c->cache, w->db, "INSERT OR REPLACE INTO meta(key, value) VALUES('" MARKER_KEY "', ?1)",
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, w->first_source);
    rc = th_db_run(stmt, err);
    w->marked = rc == TH_OK;
    return rc;
}

enum th_code th_writer_commit(th_writer *w, struct th_err *err)
{
    enum th_code rc = w->has_terms ? th_terms_save(w, err) : TH_OK;
    if (rc == TH_OK && w->has_terms)
        rc = th_combos_save(w, err);
    if (rc == TH_OK)
        rc = th_sources_save(w, err);
    if (rc == TH_OK)
        rc = th_resume_note(w, err);
    if (rc == TH_OK)
        rc = set_marker(w, err);
    if (rc == TH_OK)
        rc = th_unfinished_note(w, err);
    if (rc == TH_OK)
        rc = th_db_exec(w->db, "COMMIT", err);
    if (rc != TH_OK)
        return rc;
    w->in_transaction = false;
    w->uncommitted_rows = 0;
    w->uncommitted_bytes = 0;
    w->committed = w->totals;
    w->committed_ms = th_time_mono();
    if (w->c->wal)
        sqlite3_sleep(YIELD_MS);
    return TH_OK;
}

/* The last part of an import: short segments, and the mark of a running import goes, unless a
 * source stays open (it was cancelled). */
static enum th_code finish(th_writer *w, struct th_err *err)
{
    enum th_code rc = th_writer_transaction(w, err);
    if (rc == TH_OK && w->segbuf.ready)
        rc = th_segbuf_store(w, err);
    if (rc == TH_OK && w->segbuf.ready)
        rc = th_combos_pack(w, true, err);
    if (rc == TH_OK)
        rc = th_waiting_give_back(w->db, err);
    if (rc == TH_OK)
        rc = th_unfinished_end(w, err);
    if (rc == TH_OK && w->open_n == 0) {
        rc = th_db_exec(w->db, "DELETE FROM meta WHERE key = '" MARKER_KEY "'", err);
        w->marked = true; /* not to be set by this commit */
    }
    return rc == TH_OK ? th_writer_commit(w, err) : rc;
}

enum th_code th_writer_end(th_writer *w, bool commit, struct th_import_totals *totals,
                           struct th_err *err)
{
    if (w == NULL)
        return TH_OK;
    enum th_code rc = TH_OK;
    if (commit && w->failed)
        rc = th_err_set(err, TH_E_DB, "an earlier part of the import failed");
    else if (commit)
        rc = finish(w, err);
    if (sqlite3_get_autocommit(w->db) == 0) {
        /* Statements that stopped at an error still stand. */
        sqlite3_reset(w->insert_events);
        for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
            sqlite3_reset(w->groups[g].insert);
        th_db_try(w->db, "ROLLBACK");
    }
    if (totals != NULL)
        *totals = w->committed;
    const char *path = w->c->path;
    free_writer(w);
    return rc == TH_OK ? rc : th_err_prefix(err, rc, "importing into case %s", path);
}

void th_writer_totals(const th_writer *w, struct th_import_totals *out)
{
    *out = w->totals;
}

enum th_code th_writer_breathe(th_writer *w, struct th_err *err)
{
    if (!w->c->wal || w->failed || !w->in_transaction ||
        th_time_mono() - w->committed_ms < SHARED_COMMIT_MS)
        return TH_OK;
    enum th_code rc = th_writer_commit(w, err);
    w->failed = rc != TH_OK;
    return rc == TH_OK ? rc : th_err_prefix(err, rc, "writing to case %s", w->c->path);
}

bool th_writer_commit_due(const th_writer *w)
{
    return w->uncommitted_rows >= w->commit_rows || w->uncommitted_bytes >= COMMIT_BYTES ||
           (w->c->shared && w->uncommitted_rows > 0 &&
            th_time_mono() - w->committed_ms >= SHARED_COMMIT_MS);
}
