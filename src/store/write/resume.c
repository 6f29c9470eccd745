/* Going on after an import that was killed. What was committed of a source that is not complete is
 * removed, so that reading the source again gives the same rows, ids and codes as if nothing had
 * happened.
 *
 * Sources are imported one after the other and everything is numbered in that order. So all that
 * belongs to the open source stands at the end: events behind a number, terms behind the sizes that
 * the dictionaries had when it began. Those sizes are noted with every commit that leaves a source
 * open. */
#include <stdlib.h>

#include "store/write/internal.h"

#define TERMS_KEY "import.terms"

/* "FIELD:SIZE FIELD:SIZE …" by the case's field numbers. */
static void write_sizes(const th_writer *w, const uint32_t sizes[TH_SIZES], struct th_buf *out)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (w->dict[f] != NULL)
            th_buf_printf(out, "%lld:%u ", (long long)w->c->numbers.field[f], sizes[f]);
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        th_buf_printf(out, "%lld:%u ", (long long)w->c->numbers.group[g],
                      sizes[TH_FIELD_COUNT + g]);
}

enum th_code th_resume_note(th_writer *w, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc;
    if (w->open_n == 0) {
        rc = th_db_cached(&w->c->cache, w->db, "DELETE FROM meta WHERE key = '" TERMS_KEY "'",
                          &stmt, err);
        return rc == TH_OK ? th_db_run(stmt, err) : rc;
    }
    struct th_buf sizes = TH_BUF_INIT;
    write_sizes(w, w->open[0].terms, &sizes);
    rc = th_db_cached(&w->c->cache, w->db,
                      "INSERT OR REPLACE INTO meta(key, value) VALUES('" TERMS_KEY "', ?1)", &stmt,
                      err);
    if (rc == TH_OK) {
        th_db_bind_text(stmt, 1, th_buf_str(&sizes));
        rc = th_db_run(stmt, err);
    }
    th_buf_fini(&sizes);
    return rc;
}

static enum th_code run_with(sqlite3 *db, const char *sql, int64_t a, int64_t b, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_prepare(db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, a);
    if (sqlite3_bind_parameter_count(stmt) > 1)
        th_db_bind_int(stmt, 2, b);
    rc = th_db_run(stmt, err);
    sqlite3_finalize(stmt);
    return rc;
}

/* Cut the table of a group back to size rows, and the segments of its members with it. */
static enum th_code cut_group(sqlite3 *db, const struct th_numbers *numbers, enum th_group group,
                              int64_t size, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    enum th_field members[TH_FIELD_COUNT];
    int n = th_group_members(group, members);
    th_buf_printf(&sql, "DELETE FROM %s WHERE id > ?1", th_group_name(group));
    enum th_code rc = run_with(db, th_buf_cstr(&sql), size, 0, err);
    th_buf_fini(&sql);
    for (int i = 0; i < n && rc == TH_OK; i++)
        rc = run_with(db, "DELETE FROM segment WHERE field = ?1 AND first + rows - 1 > ?2",
                      numbers->field[members[i]], size, err);
    return rc;
}

/* Cut one dictionary, and what is derived from it, back to size terms; or a group. */
static enum th_code cut_terms(sqlite3 *db, const struct th_numbers *numbers, int64_t id,
                              int64_t size, struct th_err *err)
{
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        if (numbers->group[g] == id)
            return cut_group(db, numbers, g, size, err);
    enum th_code rc =
        run_with(db, "DELETE FROM term WHERE field = ?1 AND code > ?2", id, size, err);
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++) {
        enum th_field parent = th_field_info(f)->parent;
        if (th_field_info(f)->store == TH_STORE_OF && numbers->field[parent] == id)
            rc = run_with(db, "DELETE FROM derived WHERE field = ?1 AND code > ?2",
                          numbers->field[f], size, err);
    }
    return rc;
}

static enum th_code cut_all_terms(sqlite3 *db, const struct th_numbers *numbers, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    enum th_code rc =
        th_db_prepare(db, "SELECT value FROM meta WHERE key = '" TERMS_KEY "'", &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_step(stmt, &row, err);
    const char *at = rc == TH_OK && row ? th_db_cstr(stmt, 0) : NULL;
    while (rc == TH_OK && at != NULL && *at != '\0') {
        char *end;
        long long id = strtoll(at, &end, 10);
        if (end == at || *end != ':')
            break;
        at = end + 1;
        long long size = strtoll(at, &end, 10);
        if (end == at || size < 0)
            break;
        rc = cut_terms(db, numbers, id, size, err);
        at = *end == ' ' ? end + 1 : end;
    }
    sqlite3_finalize(stmt);
    return rc;
}

static enum th_code cut_sparse(sqlite3 *db, const struct th_numbers *numbers, int64_t last,
                               struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++)
        if (th_field_is_sparse(f) && th_field_is_column(f))
            rc = run_with(db, "DELETE FROM extra WHERE field = ?1 AND event > ?2",
                          numbers->field[f], last, err);
    return rc;
}

/* Everything of the sources from source on, and events behind last. */
static enum th_code cut(sqlite3 *db, const struct th_numbers *numbers, int64_t source, int64_t last,
                        struct th_err *err)
{
    static const char *const by_source[] = {"DELETE FROM duplicate WHERE source >= ?1",
                                            "DELETE FROM reject WHERE source >= ?1",
                                            "DELETE FROM evidence WHERE source >= ?1",
                                            "DELETE FROM access_point WHERE source >= ?1",
                                            "DELETE FROM meta WHERE key GLOB '" TH_ALTERED_KEY
                                            "*' AND CAST(substr(key, "
                                            "length('" TH_ALTERED_KEY "') + 1) AS INTEGER) >= ?1",
                                            "DELETE FROM source WHERE id >= ?1"};
    static const char *const by_event[] = {
        "DELETE FROM event WHERE id > ?1", "DELETE FROM anonymous WHERE event > ?1",
        "DELETE FROM segment WHERE first + rows - 1 > ?1", "DELETE FROM mark WHERE event > ?1",
        "DELETE FROM finding_event WHERE event > ?1",
        /* Rules have seen events that are gone: run them again. */
        "UPDATE rule SET events = -1 WHERE events > ?1"};
    enum th_code rc = th_waiting_save(db, last, err);
    for (size_t i = 0; i < TH_COUNT(by_source) && rc == TH_OK; i++)
        rc = run_with(db, by_source[i], source, 0, err);
    for (size_t i = 0; i < TH_COUNT(by_event) && rc == TH_OK; i++)
        rc = run_with(db, by_event[i], last, 0, err);
    if (rc == TH_OK)
        rc = cut_sparse(db, numbers, last, err);
    if (rc == TH_OK)
        rc = cut_all_terms(db, numbers, err);
    return rc == TH_OK ? th_db_exec(db, "DELETE FROM meta WHERE key = '" TERMS_KEY "'", err) : rc;
}

enum th_code th_resume_clean(sqlite3 *db, const struct th_numbers *numbers, struct th_err *err)
{
    int64_t source;
    enum th_code rc =
        th_db_number(db, "SELECT min(id) FROM source WHERE state = 0", 0, &source, err);
    if (rc != TH_OK || source == 0)
        return rc;
    sqlite3_stmt *stmt;
    int64_t last;
    rc = th_db_prepare(db, "SELECT id FROM event WHERE source < ?1 ORDER BY id DESC LIMIT 1", &stmt,
                       err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, source);
    rc = th_db_value(stmt, 0, &last, err);
    sqlite3_finalize(stmt);
    return rc == TH_OK ? cut(db, numbers, source, last, err) : rc;
}
