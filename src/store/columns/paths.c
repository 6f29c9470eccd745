/* Path columns in the case. Rows are events in order of import and only ever added, so a column
 * that was kept is a beginning of the present one; a later session adds segments behind it. Codes
 * are given in order of rows, so two programs that collect the same rows get the same codes, and
 * the second to come finds its work done.
 *
 * Writing is done over a connection of its own in whatever journal mode the case has then: a
 * program that only reads doesn't change that. */
#include "store/columns/paths.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/reader/inflate.h"
#include "store/case/connect.h"
#include "store/columns/segment.h"

/* How values are taken from records; a case that was filled otherwise is filled anew. */
#define VERSION      1
#define VERSION_KEY  "path_columns"
#define ROWS_MAX     TH_SEGMENT_ROWS
#define CHUNK_TEXTS  16384u
#define CHUNK_BYTES  ((size_t)4 << 20)
#define INFLATED_MAX ((int64_t)1 << 30)
#define PATHS_MAX    1024
#define BUSY_MS      200

const char th_paths_schema[] =
    "CREATE TABLE IF NOT EXISTS path_column(path TEXT NOT NULL, first INTEGER NOT NULL, rows "
    "INTEGER NOT NULL, width INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(path, first));"
    "CREATE TABLE IF NOT EXISTS path_term(path TEXT NOT NULL, first INTEGER NOT NULL, n INTEGER "
    "NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(path, first));";

static void add_name(struct th_buf *out, enum th_field field, struct th_str path)
{
    th_buf_printf(out, "%s.", th_field_info(field)->name);
    th_buf_add_str(out, path);
}

/* Are the tables there, and of this version? */
static bool is_current(sqlite3 *db)
{
    int64_t tables = 0;
    int64_t version = 0;
    return th_db_number(db,
                        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN "
                        "('path_column', 'path_term')",
                        0, &tables, NULL) == TH_OK &&
           tables == 2 &&
           th_db_number(db, "SELECT value FROM meta WHERE key = '" VERSION_KEY "'", 0, &version,
                        NULL) == TH_OK &&
           version == VERSION;
}

static enum th_code damaged(struct th_err *err)
{
    return th_err_set(err, TH_E_DB, "a kept column is damaged");
}

/* Reading ------------------------------------------------------------------ */

static enum th_code prepare_for(sqlite3 *db, const char *sql, struct th_str name,
                                sqlite3_stmt **out, struct th_err *err)
{
    enum th_code rc = th_db_prepare(db, sql, out, err);
    if (rc == TH_OK)
        th_db_bind_text(*out, 1, name);
    return rc;
}

static enum th_code add_texts(struct th_str bytes, size_t n, th_dict *dict, struct th_err *err)
{
    size_t at = n * sizeof(uint32_t);
    if (bytes.n < at)
        return damaged(err);
    for (size_t i = 0; i < n; i++) {
        uint32_t length;
        uint32_t expected = th_dict_count(dict) + 1;
        memcpy(&length, bytes.p + i * sizeof length, sizeof length);
        if (length > bytes.n - at)
            return damaged(err);
        if (th_dict_intern(dict, (struct th_str){bytes.p + at, length}) != expected)
            return damaged(err);
        at += length;
    }
    return TH_OK;
}

static enum th_code read_terms(sqlite3 *db, struct th_str name, th_dict *dict, struct th_err *err)
{
    sqlite3_stmt *stmt;
    struct th_buf plain = TH_BUF_INIT;
    bool more;
    enum th_code rc = prepare_for(
        db, "SELECT first, n, size, bytes FROM path_term WHERE path = ?1 ORDER BY first", name,
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        int64_t size = sqlite3_column_int64(stmt, 2);
        struct th_str bytes = th_db_blob(stmt, 3);
        uint64_t n = th_db_u64(stmt, 1);
        if (th_db_u64(stmt, 0) != (uint64_t)th_dict_count(dict) + 1 || n > CHUNK_TEXTS ||
            size < 0 || size > INFLATED_MAX)
            rc = damaged(err);
        th_buf_reset(&plain);
        if (rc == TH_OK)
            rc = th_inflate_chunk(bytes.p, bytes.n, (size_t)size, &plain, err);
        if (rc == TH_OK)
            rc = add_texts(th_buf_str(&plain), (size_t)n, dict, err);
        if (rc != TH_OK)
            break;
    }
    sqlite3_finalize(stmt);
    th_buf_fini(&plain);
    return rc;
}

static uint32_t code_at(const char *bytes, int width, size_t i)
{
    uint32_t wide;
    uint16_t half;
    switch (width) {
    case 1:
        return (unsigned char)bytes[i];
    case 2:
        memcpy(&half, bytes + 2 * i, sizeof half);
        return half;
    default:
        memcpy(&wide, bytes + 4 * i, sizeof wide);
        return wide;
    }
}

static enum th_code read_segment(struct th_str bytes, int width, uint32_t max, uint32_t *codes,
                                 size_t n, struct th_buf *plain, struct th_err *err)
{
    uint32_t code;
    th_buf_reset(plain);
    if (width == 0) {
        if (bytes.n != sizeof code)
            return damaged(err);
        memcpy(&code, bytes.p, sizeof code);
        for (size_t i = 0; i < n; i++)
            codes[i] = code;
        return code <= max ? TH_OK : damaged(err);
    }
    if (width != 1 && width != 2 && width != 4)
        return damaged(err);
    enum th_code rc = th_inflate_chunk(bytes.p, bytes.n, n * (size_t)width, plain, err);
    if (rc != TH_OK)
        return rc;
    if (plain->n != n * (size_t)width)
        return damaged(err);
    for (size_t i = 0; i < n; i++) {
        codes[i] = code_at(plain->p, width, i);
        if (codes[i] > max)
            return damaged(err);
    }
    return TH_OK;
}

enum th_code th_paths_kept(sqlite3 *db, enum th_field field, struct th_str path, size_t rows,
                           uint32_t *codes, th_dict *dict, size_t *got, struct th_err *err)
{
    struct th_buf name = TH_BUF_INIT;
    struct th_buf plain = TH_BUF_INIT;
    sqlite3_stmt *stmt;
    bool more;
    *got = 0;
    if (!is_current(db))
        return TH_OK;
    add_name(&name, field, path);
    enum th_code rc = read_terms(db, th_buf_str(&name), dict, err);
    if (rc == TH_OK)
        rc = prepare_for(
            db, "SELECT first, rows, width, bytes FROM path_column WHERE path = ?1 ORDER BY first",
            th_buf_str(&name), &stmt, err);
    if (rc != TH_OK) {
        th_buf_fini(&name);
        return rc;
    }
    /* More than rows are kept when this table was made before another program's import. */
    while (*got < rows && (rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        uint64_t n = th_db_u64(stmt, 1);
        size_t use = n < rows - *got ? (size_t)n : rows - *got;
        if (th_db_u64(stmt, 0) != *got || n == 0 || n > ROWS_MAX)
            rc = damaged(err);
        else if (use < n)
            break;
        else
            rc = read_segment(th_db_blob(stmt, 3), sqlite3_column_int(stmt, 2), th_dict_count(dict),
                              codes + *got, use, &plain, err);
        if (rc != TH_OK)
            break;
        *got += use;
    }
    sqlite3_finalize(stmt);
    th_buf_fini(&name);
    th_buf_fini(&plain);
    return rc;
}

/* Writing ------------------------------------------------------------------ */

static enum th_code put_terms(sqlite3 *db, struct th_str name, uint32_t from, const th_dict *dict,
                              struct th_err *err)
{
    sqlite3_stmt *stmt;
    struct th_buf lengths = TH_BUF_INIT;
    struct th_buf texts = TH_BUF_INIT;
    struct th_buf packed = TH_BUF_INIT;
    uint32_t count = th_dict_count(dict);
    enum th_code rc = th_db_prepare(
        db, "INSERT INTO path_term(path, first, n, size, bytes) VALUES(?1, ?2, ?3, ?4, ?5)", &stmt,
        err);
    if (rc != TH_OK)
        return rc;
    while (from < count && rc == TH_OK) {
        uint32_t code = from;
        th_buf_reset(&lengths);
        th_buf_reset(&texts);
        th_buf_reset(&packed);
        while (code < count && code - from < CHUNK_TEXTS && texts.n < CHUNK_BYTES) {
            struct th_str text = th_dict_text(dict, ++code);
            uint32_t length = (uint32_t)text.n;
            th_buf_add(&lengths, &length, sizeof length);
            th_buf_add_str(&texts, text);
        }
        th_buf_add_str(&lengths, th_buf_str(&texts));
        th_deflate_chunk(lengths.p, lengths.n, &packed);
        th_db_bind_text(stmt, 1, name);
        th_db_bind_int(stmt, 2, (int64_t)from + 1);
        th_db_bind_int(stmt, 3, (int64_t)(code - from));
        th_db_bind_int(stmt, 4, (int64_t)lengths.n);
        th_db_bind_blob(stmt, 5, packed.p, packed.n);
        rc = th_db_run(stmt, err);
        from = code;
    }
    sqlite3_finalize(stmt);
    th_buf_fini(&lengths);
    th_buf_fini(&texts);
    th_buf_fini(&packed);
    return rc;
}

static enum th_code put_segments(sqlite3 *db, struct th_str name, size_t from, size_t rows,
                                 const uint32_t *codes, struct th_err *err)
{
    sqlite3_stmt *stmt;
    struct th_buf packed = TH_BUF_INIT;
    enum th_code rc = th_db_prepare(
        db, "INSERT INTO path_column(path, first, rows, width, bytes) VALUES(?1, ?2, ?3, ?4, ?5)",
        &stmt, err);
    if (rc != TH_OK)
        return rc;
    while (from < rows && rc == TH_OK) {
        size_t n = rows - from < ROWS_MAX ? rows - from : ROWS_MAX;
        int width = th_segment_pack_codes(codes + from, n, &packed);
        th_db_bind_text(stmt, 1, name);
        th_db_bind_int(stmt, 2, (int64_t)from);
        th_db_bind_int(stmt, 3, (int64_t)n);
        th_db_bind_int(stmt, 4, width);
        th_db_bind_blob(stmt, 5, packed.p, packed.n);
        rc = th_db_run(stmt, err);
        from += n;
    }
    sqlite3_finalize(stmt);
    th_buf_fini(&packed);
    return rc;
}

/* One number about a path. */
static enum th_code number_of(sqlite3 *db, const char *sql, struct th_str name, int64_t *out,
                              struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = prepare_for(db, sql, name, &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_value(stmt, 0, out, err);
    sqlite3_finalize(stmt);
    return rc;
}

/* Tables of this version, empty when they were of another. */
static enum th_code make_tables(sqlite3 *db, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    if (is_current(db))
        return TH_OK;
    th_buf_puts(&sql, th_paths_schema);
    th_buf_puts(&sql, "DELETE FROM path_column; DELETE FROM path_term;");
    th_buf_printf(&sql, "INSERT OR REPLACE INTO meta(key, value) VALUES('" VERSION_KEY "', %d);",
                  VERSION);
    enum th_code rc = th_db_exec(db, th_buf_cstr(&sql), err);
    th_buf_fini(&sql);
    return rc;
}

/* Events of sources that are read to their end: an import that was killed takes the others back. */
static enum th_code lasting_rows(sqlite3 *db, size_t *rows, struct th_err *err)
{
    int64_t lasting;
    enum th_code rc = th_db_number(
        db,
        "SELECT coalesce((SELECT e.id FROM event e WHERE e.source < s.open ORDER BY e.id DESC "
        "LIMIT 1), 0) FROM (SELECT min(id) AS open FROM source WHERE state = 0) s WHERE s.open "
        "IS NOT NULL",
        INT64_MAX, &lasting, err);
    if (rc == TH_OK && (uint64_t)lasting < *rows)
        *rows = (size_t)lasting;
    return rc;
}

/* Does the case keep exactly what this is an addition to? */
static enum th_code follows(sqlite3 *db, struct th_str name, size_t from, uint32_t texts_from,
                            bool *out, struct th_err *err)
{
    int64_t kept = 0;
    int64_t texts = 0;
    int64_t paths = 0;
    enum th_code rc =
        number_of(db, "SELECT sum(rows) FROM path_column WHERE path = ?1", name, &kept, err);
    if (rc == TH_OK)
        rc = number_of(db, "SELECT sum(n) FROM path_term WHERE path = ?1", name, &texts, err);
    if (rc == TH_OK)
        rc = number_of(db, "SELECT count(DISTINCT path) FROM path_column WHERE path <> ?1", name,
                       &paths, err);
    *out =
        rc == TH_OK && (uint64_t)kept == from && texts == (int64_t)texts_from && paths < PATHS_MAX;
    return rc;
}

/* What is there of a path although nothing was loaded is damaged, or another program has just kept
 * the same: this takes its place. */
static enum th_code drop(sqlite3 *db, struct th_str name, struct th_err *err)
{
    int64_t none;
    enum th_code rc = number_of(db, "DELETE FROM path_column WHERE path = ?1", name, &none, err);
    return rc == TH_OK ? number_of(db, "DELETE FROM path_term WHERE path = ?1", name, &none, err)
                       : rc;
}

static enum th_code keep(sqlite3 *db, struct th_str name, size_t from, size_t rows,
                         const uint32_t *codes, uint32_t texts_from, const th_dict *dict,
                         struct th_err *err)
{
    bool fits = false;
    enum th_code rc = make_tables(db, err);
    if (rc == TH_OK && from == 0)
        rc = drop(db, name, err);
    if (rc == TH_OK)
        rc = follows(db, name, from, texts_from, &fits, err);
    if (rc == TH_OK)
        rc = lasting_rows(db, &rows, err);
    if (rc != TH_OK || !fits || rows <= from)
        return rc;
    rc = put_terms(db, name, texts_from, dict, err);
    return rc == TH_OK ? put_segments(db, name, from, rows, codes, err) : rc;
}

struct th_paths_keeper {
    sqlite3 *db;
    bool outermost;
    enum th_code rc; /* of what was kept so far */
};

th_paths_keeper *th_paths_keep_begin(const char *case_path)
{
    sqlite3 *db;
    if (!th_connect_can_write(case_path) ||
        th_connect_plain(case_path, SQLITE_OPEN_READWRITE, &db, NULL) != TH_OK)
        return NULL;
    /* Keeping is a convenience: nobody waits long for it. */
    th_connect_patience(db, BUSY_MS);
    th_paths_keeper *keeper = th_xcalloc(1, sizeof *keeper);
    keeper->db = db;
    if (th_db_begin(db, &keeper->outermost, NULL) == TH_OK)
        return keeper;
    sqlite3_close(db);
    free(keeper);
    return NULL;
}

void th_paths_keep(th_paths_keeper *keeper, enum th_field field, struct th_str path, size_t from,
                   size_t rows, const uint32_t *codes, uint32_t texts_from, const th_dict *dict)
{
    struct th_buf name = TH_BUF_INIT;
    if (keeper->rc != TH_OK)
        return;
    add_name(&name, field, path);
    keeper->rc = keep(keeper->db, th_buf_str(&name), from, rows, codes, texts_from, dict, NULL);
    th_buf_fini(&name);
}

void th_paths_keep_end(th_paths_keeper *keeper)
{
    (void)!th_db_end(keeper->db, keeper->outermost, keeper->rc, NULL);
    sqlite3_close(keeper->db);
    free(keeper);
}
