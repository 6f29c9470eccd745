/* Paths to what became of them. Kept in memory while an import runs: some hundred bytes a file, and
 * no index in the case that only imports would use. */
#include "store/write/earlier_sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* A path and the place inside an archive as one text: a path has no NUL. */
static struct th_str place_of(struct th_buf *scratch, const char *path, const char *container)
{
    th_buf_reset(scratch);
    th_buf_puts(scratch, path == NULL ? "" : path);
    if (container != NULL) {
        th_buf_putc(scratch, '\0');
        th_buf_puts(scratch, container);
    }
    return scratch->n == 0 ? TH_STR("") : th_buf_str(scratch);
}

static void add(struct th_past *past, sqlite3_stmt *stmt, struct th_buf *scratch)
{
    struct th_str sha = th_db_blob(stmt, 3);
    TH_GROW(past->rows, past->n, past->cap);
    struct th_past_row *row = &past->rows[past->n++];
    *row = (struct th_past_row){
        .id = sqlite3_column_int64(stmt, 0),
        .has_sha256 = sha.n == sizeof row->sha256,
        .kind = sqlite3_column_int(stmt, 4),
        .skipped = th_dict_intern(past->words, th_db_text(stmt, 5)),
        .reason = th_dict_intern(past->words, th_db_text(stmt, 6)),
    };
    if (row->has_sha256)
        memcpy(row->sha256, sha.p, sizeof row->sha256);
    uint32_t code =
        th_dict_intern(past->places, place_of(scratch, th_db_cstr(stmt, 1), th_db_cstr(stmt, 2)));
    while (code >= past->newest_cap) {
        size_t old = past->newest_cap;
        past->newest_cap = old < 64 ? 64 : old * 2;
        past->newest = th_xreallocarray(past->newest, past->newest_cap, sizeof *past->newest);
        memset(past->newest + old, 0, (past->newest_cap - old) * sizeof *past->newest);
    }
    row->next = past->newest[code];
    past->newest[code] = (uint32_t)past->n;
}

enum th_code th_past_load(sqlite3 *db, struct th_past *past, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    struct th_buf scratch = TH_BUF_INIT;
    *past = (struct th_past){.places = th_dict_new(), .words = th_dict_new()};
    /* Only of files that couldn't be read is the reason wanted; they are few. */
    enum th_code rc = th_db_prepare(
        db,
        "WITH why AS MATERIALIZED (SELECT s.id AS source, max(r.reason) AS reason FROM reject r "
        "JOIN source s ON s.id = r.source WHERE s.size_bytes = 0 AND s.skipped IS NULL GROUP BY "
        "s.id) SELECT id, path, container, sha256, kind, skipped, why.reason FROM source LEFT JOIN "
        "why ON why.source = id WHERE state = 1 ORDER BY id",
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more)
        add(past, stmt, &scratch);
    sqlite3_finalize(stmt);
    th_buf_fini(&scratch);
    return rc;
}

void th_past_fini(struct th_past *past)
{
    th_dict_free(past->places);
    th_dict_free(past->words);
    free(past->newest);
    free(past->rows);
    *past = (struct th_past){0};
}

static bool has_hash(const struct th_part *part)
{
    for (size_t i = 0; i < sizeof part->sha256; i++)
        if (part->sha256[i] != 0)
            return true;
    return false;
}

/* index + 1 of the newest source of the part's place; 0: none. */
static uint32_t newest_of(const struct th_past *past, const struct th_part *part)
{
    struct th_buf scratch = TH_BUF_INIT;
    uint32_t code = th_dict_find(past->places, place_of(&scratch, part->path, part->container));
    th_buf_fini(&scratch);
    return code == 0 || code >= past->newest_cap ? 0 : past->newest[code];
}

static bool is_same_hash(const struct th_past_row *row, const struct th_part *part, bool hashed)
{
    return row->has_sha256 == hashed &&
           (!hashed || memcmp(row->sha256, part->sha256, sizeof row->sha256) == 0);
}

const struct th_past_row *th_past_same(const struct th_past *past, const struct th_part *part)
{
    bool hashed = has_hash(part), archive = part->kind == TH_SOURCE_ARCHIVE;
    if (part->skipped == NULL && hashed && !archive && part->size_bytes > 0)
        return NULL;
    uint32_t skipped =
        part->skipped == NULL ? 0 : th_dict_find(past->words, th_str_of(part->skipped));
    if (part->skipped != NULL && skipped == 0)
        return NULL;
    for (uint32_t at = newest_of(past, part); at != 0; at = past->rows[at - 1].next) {
        const struct th_past_row *row = &past->rows[at - 1];
        if (row->skipped == skipped && is_same_hash(row, part, hashed) &&
            (row->kind == TH_SOURCE_ARCHIVE) == archive)
            return row;
    }
    return NULL;
}

bool th_past_differs(const struct th_past *past, const struct th_part *part)
{
    bool other = false;
    struct th_str path = th_str_of(part->path);
    if (!has_hash(part) || th_str_is(path, "-") || th_str_starts(path, TH_STR("/dev/fd/")))
        return false;
    for (uint32_t at = newest_of(past, part); at != 0; at = past->rows[at - 1].next) {
        const struct th_past_row *row = &past->rows[at - 1];
        if (is_same_hash(row, part, true))
            return false;
        other = other || row->has_sha256;
    }
    return other;
}

struct th_str th_past_word(const struct th_past *past, uint32_t code)
{
    return code == 0 ? TH_STR_NONE : th_dict_text(past->words, code);
}
