/* Which files a case holds, asked by every worker for every file: so a table in memory, filled in
 * one reading of table source and only read from then on. Who fills a folder with files can choose
 * their hashes' bits, so the table goes by a seeded hash of them. */
#include "store/write/imported_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

/* Owned; NULL for nothing and for the empty text. */
static char *text_of(sqlite3_stmt *stmt, int at)
{
    struct th_str text = th_db_text(stmt, at);
    return text.n == 0 ? NULL : th_xstrndup(text.p, text.n);
}

/* As the import names it: a member's place behind the path of its archive. */
static char *path_of(sqlite3_stmt *stmt, int path, int container)
{
    const char *file = th_db_cstr(stmt, path);
    const char *place = th_db_cstr(stmt, container);
    return th_xasprintf("%s%s%s", file == NULL ? "" : file, place == NULL ? "" : "/",
                        place == NULL ? "" : place);
}

static void add(struct th_known_files *known, sqlite3_stmt *stmt, int64_t interrupted)
{
    struct th_str sha = th_db_blob(stmt, 1);
    if (sha.n != TH_SHA256_BYTES)
        return;
    TH_GROW(known->v, known->n, known->cap);
    struct th_known *file = &known->v[known->n++];
    bool again = interrupted > 0 && sqlite3_column_int64(stmt, 0) >= interrupted;
    *file = (struct th_known){
        .size_bytes = th_db_u64(stmt, 2),
        .path = again ? path_of(stmt, 3, 4) : NULL,
        .selection = text_of(stmt, 5),
        .is_digest = th_str_starts(th_db_text(stmt, 6), TH_STR("digest")),
    };
    const char *capped = th_db_cstr(stmt, 7);
    file->capped = capped == NULL ? NULL : th_xstrdup(capped);
    uint32_t code = th_dict_intern(known->hashes, sha);
    if (code >= known->first_cap) {
        size_t old = known->first_cap;
        known->first_cap = old < 64 ? 64 : old * 2;
        known->first = th_xreallocarray(known->first, known->first_cap, sizeof *known->first);
        memset(known->first + old, 0, (known->first_cap - old) * sizeof *known->first);
    }
    file->next = known->first[code];
    known->first[code] = known->n;
}

enum th_code th_known_load(sqlite3 *db, int64_t interrupted, struct th_known_files *known,
                           struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    *known = (struct th_known_files){.hashes = th_dict_new()};
    enum th_code rc =
        th_db_prepare(db,
                      "SELECT id, sha256, size_bytes, path, container, selection, skipped, capped "
                      "FROM source WHERE state = 1 AND sha256 NOT NULL AND (kind != 3 OR capped "
                      "NOT NULL)",
                      &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more)
        add(known, stmt, interrupted);
    sqlite3_finalize(stmt);
    return rc;
}

void th_known_fini(struct th_known_files *known)
{
    for (size_t i = 0; i < known->n; i++) {
        free(known->v[i].path);
        free(known->v[i].selection);
        free(known->v[i].capped);
    }
    free(known->v);
    free(known->first);
    th_dict_free(known->hashes);
    *known = (struct th_known_files){0};
}

size_t th_known_find(const struct th_known_files *known, const uint8_t sha256[32])
{
    const struct th_str hash = {(const char *)sha256, TH_SHA256_BYTES};
    uint32_t code = th_dict_find(known->hashes, hash);
    return code == 0 ? 0 : known->first[code];
}
