/* The run as a whole: the temporary case and the room for it, a snapshot of the case on several
 * connections, the import, the comparison. */
#include "integrity/verify/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/system.h"
#include "integrity/verify/internal.h"
#include "store/columns/derive.h"

#define JOBS_MAX 64

static int compare_notes(const void *a, const void *b)
{
    const struct th_verify_note *x = a;
    const struct th_verify_note *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void say_notes(struct th_verify *v)
{
    if (v->notes_n > 0)
        qsort(v->notes, v->notes_n, sizeof *v->notes, compare_notes);
    for (size_t i = 0; i < v->notes_n; i++) {
        const struct th_verify_note *note = &v->notes[i];
        const struct th_verify_difference d = {.kind = note->kind,
                                               .source = note->source,
                                               .offset = note->offset,
                                               .has_offset = note->offset >= 0,
                                               .field = th_str_of(note->texts[0]),
                                               .expected = th_str_of(note->texts[1]),
                                               .found = th_str_of(note->texts[2]),
                                               .what = th_str_of(note->texts[3])};
        th_verify_say(v, &d);
    }
}

/* ---- the temporary case ---- */

static char *folder_of(const struct th_verify *v)
{
    const char *slash = strrchr(v->path, '/');
    if (v->options->temp != NULL)
        return th_xstrdup(v->options->temp);
    return slash == NULL ? th_xstrdup(".")
                         : th_xstrndup(v->path, slash == v->path ? 1 : (size_t)(slash - v->path));
}

/* About what it takes: the case without its evidence, and a journal. */
static enum th_code needed_bytes(struct th_verify *v, uint64_t *out, struct th_err *err)
{
    int64_t all = 0;
    int64_t evidence = 0;
    enum th_code rc = th_db_number(
        v->pool[0]->db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", 0,
        &all, err);
    if (rc == TH_OK && th_db_number(v->pool[0]->db, "SELECT sum(length(bytes)) FROM evidence", 0,
                                    &evidence, NULL) != TH_OK)
        evidence = 0; /* damage is told later */
    int64_t rest = evidence > 0 && evidence < all ? all - evidence : all;
    *out = (uint64_t)rest + (uint64_t)rest / 16 + (UINT64_C(1) << 20);
    return rc;
}

static enum th_code take_space(struct th_verify *v, struct th_err *err)
{
    struct statvfs fs;
    uint64_t needed = 0;
    char *folder = folder_of(v);
    enum th_code rc = needed_bytes(v, &needed, err);
    if (rc == TH_OK && v->sink->space != NULL)
        v->sink->space(v->sink->ctx, needed, folder);
    if (rc == TH_OK && statvfs(folder, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < needed)
        rc = th_err_set(err, TH_E_FULL,
                        "verify needs %.1f MB of temporary space in %s, and %.1f MB are free; name "
                        "another folder with --temp",
                        (double)needed / 1e6, folder,
                        (double)fs.f_bavail * (double)fs.f_frsize / 1e6);
    v->made_path = th_xasprintf("%s/.trailhound-verify-XXXXXX", folder);
    int fd = rc == TH_OK ? mkstemp(v->made_path) : -1; /* mode 0600 */
    if (rc == TH_OK && fd < 0) {
        rc = th_err_set(err, TH_E_IO,
                        "no temporary case can be made in %s: %s; name another folder with --temp",
                        folder, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    } else {
        free(v->made_path);
        v->made_path = NULL;
    }
    free(folder);
    return rc;
}

static void remove_made(struct th_verify *v)
{
    static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; v->made_path != NULL && i < TH_COUNT(endings); i++) {
        char *name = th_xasprintf("%s%s", v->made_path, endings[i]);
        (void)unlink(name);
        free(name);
    }
    free(v->made_path);
    v->made_path = NULL;
}

static enum th_code make(struct th_verify *v, struct th_err *err)
{
    th_case *made;
    enum th_code rc = th_case_open(v->made_path, TH_CASE_CREATE, &made, err);
    if (rc != TH_OK)
        return rc;
    rc = th_verify_again(v, made, err);
    enum th_code closed = th_case_close(made, rc == TH_OK ? err : NULL);
    return rc == TH_OK ? closed : rc;
}

static enum th_code attach(struct th_verify *v, th_case *c, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_prepare(c->db, "ATTACH ?1 AS made", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_cstr(stmt, 1, v->made_path);
    rc = th_db_run(stmt, err);
    sqlite3_finalize(stmt);
    return rc;
}

/* From here on nothing needs its name. */
static enum th_code attach_all(struct th_verify *v, struct th_err *err)
{
    enum th_code rc = attach(v, v->c, err);
    for (size_t i = 0; i < v->pool_n && rc == TH_OK; i++)
        rc = attach(v, v->pool[i], err);
    return rc;
}

/* ---- the snapshot ---- */

th_case *th_verify_take(struct th_verify *v)
{
    (void)pthread_mutex_lock(&v->lock);
    th_case *c = v->pool[--v->pool_n];
    (void)pthread_mutex_unlock(&v->lock);
    return c;
}

void th_verify_give_back(struct th_verify *v, th_case *c)
{
    (void)pthread_mutex_lock(&v->lock);
    v->pool[v->pool_n++] = c;
    (void)pthread_mutex_unlock(&v->lock);
}

static enum th_code open_one(const char *path, th_case **out, struct th_err *err)
{
    int64_t sources;
    enum th_code rc = th_case_open(path, TH_CASE_READ, out, err);
    if (rc == TH_OK)
        rc = th_db_exec((*out)->db, "PRAGMA temp_store = MEMORY; BEGIN", err);
    /* Only reading something takes the snapshot. */
    return rc == TH_OK
               ? th_db_number((*out)->db, "SELECT count(*) FROM sqlite_schema", 0, &sources, err)
               : rc;
}

/* All connections see the same case, or TH_E_BUSY. */
static enum th_code open_all(struct th_verify *v, struct th_err *err)
{
    int64_t before = 0;
    int64_t after = 0;
    th_case *probe;
    enum th_code rc = th_case_open(v->path, TH_CASE_READ, &probe, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_number(probe->db, "PRAGMA data_version", 0, &before, err);
    v->pool = th_xcalloc((size_t)v->jobs, sizeof(th_case *));
    if (rc == TH_OK)
        rc = open_one(v->path, &v->c, err);
    for (; v->pool_n < (size_t)v->jobs && rc == TH_OK; v->pool_n += rc == TH_OK)
        rc = open_one(v->path, &v->pool[v->pool_n], err);
    if (rc == TH_OK)
        rc = th_db_number(probe->db, "PRAGMA data_version", 0, &after, err);
    if (rc == TH_OK && before != after)
        rc = th_err_set(err, TH_E_BUSY,
                        "another program is writing to %s; try again when it is done", v->path);
    (void)th_case_close(probe, NULL);
    return rc;
}

static enum th_code list_sources(struct th_verify *v, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    size_t cap = 0;
    size_t sizes_cap = 0;
    enum th_code rc =
        th_db_prepare(v->pool[0]->db, "SELECT id, size_bytes FROM source ORDER BY id", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        TH_GROW(v->sources, v->sources_n, cap);
        TH_GROW(v->sizes, v->sources_n, sizes_cap);
        v->sources[v->sources_n] = sqlite3_column_int64(stmt, 0);
        v->sizes[v->sources_n++] = th_db_u64(stmt, 1);
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* Can values of a kind be made again? The case notes the files that gave them; an import that was
 * killed may have made values before it came to that. A kind that is noted nowhere has none. */
static enum th_code choose_kinds(struct th_verify *v, struct th_err *err)
{
    const struct th_enrich *enrich = v->options->enrich;
    struct th_buf marker = TH_BUF_INIT;
    enum th_code rc = th_case_get(v->c, "import.first_source", &marker, err);
    for (enum th_enrich_kind k = 0; k < TH_ENRICH_KINDS && rc == TH_OK; k++) {
        struct th_buf noted = TH_BUF_INIT;
        struct th_buf here = TH_BUF_INIT;
        rc = th_case_derived_from(v->c, k, &noted, err);
        if (enrich != NULL && th_enrich_has(enrich, k) &&
            th_enrich_describe(enrich, k, &here, NULL) != TH_OK)
            th_buf_reset(&here);
        v->has_kind[k] = noted.n > 0;
        v->can_kind[k] =
            marker.n == 0 && (noted.n == 0 || th_str_eq(th_buf_str(&noted), th_buf_str(&here)));
        v->totals->unchecked[k] = !v->can_kind[k];
        th_buf_fini(&noted);
        th_buf_fini(&here);
    }
    th_buf_fini(&marker);
    return rc;
}

/* ---- what the statements have to know ---- */

static void put_field(struct th_buf *sql, const char *name, int at, const char *key,
                      const char *rest)
{
    th_buf_printf(sql,
                  "INSERT INTO temp.fields SELECT '%s', %d, coalesce((SELECT id FROM main.field "
                  "WHERE name = '%s'), 0), coalesce((SELECT id FROM made.field WHERE name = '%s'), "
                  "0), %s;",
                  name, at, key, key, rest);
}

static void put_fields(const struct th_verify *v, struct th_buf *sql)
{
    static const char *const stores[] = {
        [TH_STORE_TERM] = "coded", [TH_STORE_LIST] = "coded",   [TH_STORE_ID] = "id",
        [TH_STORE_TIME] = "time",  [TH_STORE_BOOL] = "bool",    [TH_STORE_OF] = "derived",
        [TH_STORE_CONST] = "none", [TH_STORE_EVIDENCE] = "none"};
    char rest[128];
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        const struct th_field_info *info = th_field_info(f);
        enum th_group g = th_field_group(f);
        enum th_enrich_kind kind = th_enrich_kind_of(f);
        (void)snprintf(rest, sizeof rest, "'%s', %d, '%s', '%s', %d, %d", stores[info->store],
                       th_field_is_column(f) && th_field_is_sparse(f),
                       g == TH_GROUP_NONE ? "" : th_group_name(g),
                       info->store == TH_STORE_OF ? th_field_info(info->parent)->name : "",
                       kind == TH_ENRICH_KINDS || v->can_kind[kind],
                       kind == TH_ENRICH_KINDS || v->has_kind[kind]);
        put_field(sql, info->name, (int)f, info->name, rest);
    }
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++) {
        (void)snprintf(rest, sizeof rest, "(%s)", th_group_name(g));
        put_field(sql, th_group_name(g), TH_FIELD_COUNT + (int)g, rest, "'group', 0, '', '', 1, 1");
    }
}

static enum th_code put_view(struct th_verify *v, struct th_err *err)
{
    struct th_buf view = TH_BUF_INIT;
    sqlite3_stmt *stmt;
    enum th_code rc =
        th_db_prepare(v->c->db, "INSERT INTO temp.given VALUES('view', ?1)", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_buf_puts(&view, "CREATE VIEW ");
    th_ddl_view(&view, &v->c->numbers);
    th_db_bind_text(stmt, 1, th_buf_str(&view));
    rc = th_db_run(stmt, err);
    sqlite3_finalize(stmt);
    th_buf_fini(&view);
    return rc;
}

static enum th_code fill_tables(struct th_verify *v, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    int64_t missing = 0;
    int64_t moved = 0;
    put_fields(v, &sql);
    th_buf_printf(&sql,
                  "INSERT INTO temp.gone SELECT id FROM main.source WHERE id IN (0%s); INSERT INTO "
                  "temp.given VALUES('other version', %d)",
                  th_buf_cstr(&v->gone), v->totals->other_version != 0);
    enum th_code rc = th_verify_tell(v, "begin", err);
    if (rc == TH_OK)
        rc = th_db_exec(v->c->db, th_buf_cstr(&sql), err);
    if (rc == TH_OK)
        rc = put_view(v, err);
    if (rc == TH_OK)
        rc = th_db_number(v->c->db, "SELECT sum(id = 0) FROM temp.fields", 0, &missing, err);
    if (rc == TH_OK)
        rc = th_db_number(v->c->db, "SELECT sum(id <> made) FROM temp.fields", 0, &moved, err);
    if (v->totals->other_version != 0)
        v->totals->missing = (uint64_t)missing;
    v->can_ask = rc == TH_OK;
    v->same_numbers = moved == 0;
    th_buf_fini(&sql);
    return rc;
}

/* ---- all of it ---- */

static enum th_code count_rows(struct th_verify *v, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    enum th_code rc = th_db_prepare(v->pool[0]->db,
                                    "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM "
                                    "duplicate), (SELECT count(*) FROM reject)",
                                    &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = th_db_step_any(stmt, &row, err);
    v->totals->events = th_db_u64(stmt, 0);
    v->totals->duplicates = th_db_u64(stmt, 1);
    v->totals->rejects = th_db_u64(stmt, 2);
    sqlite3_finalize(stmt);
    return rc;
}

typedef enum th_code step(struct th_verify *v, struct th_err *err);

/* Damage in one step is told, and the next may be sound. */
static enum th_code run(struct th_verify *v, step *what, struct th_err *err)
{
    struct th_err bad;
    th_err_clear(&bad);
    return th_verify_bad(v, what(v, &bad), &bad, err);
}

static enum th_code compare(struct th_verify *v, struct th_err *err)
{
    bool same = false;
    enum th_code rc = run(v, fill_tables, err);
    if (rc == TH_OK)
        rc = th_verify_same(v, &same, err);
    say_notes(v);
    if (!v->can_ask)
        return rc;
    if (rc == TH_OK && !same) {
        rc = th_verify_tell(v, "explain", err);
        if (rc == TH_OK)
            rc = run(v, th_verify_segments, err);
    }
    if (rc == TH_OK)
        rc = th_verify_tell(v, "rest", err);
    if (rc == TH_OK)
        rc = run(v, th_verify_paths, err);
    return rc;
}

static enum th_code verify(struct th_verify *v, struct th_err *err)
{
    enum th_code rc = run(v, count_rows, err);
    if (rc == TH_OK)
        rc = run(v, choose_kinds, err);
    if (rc == TH_OK)
        rc = run(v, list_sources, err);
    if (rc == TH_OK)
        rc = take_space(v, err);
    if (rc == TH_OK)
        rc = make(v, err);
    if (rc == TH_OK)
        rc = attach_all(v, err);
    if (rc == TH_OK)
        rc = compare(v, err);
    return rc;
}

static void drop(struct th_verify *v)
{
    for (size_t i = 0; i < v->notes_n; i++)
        for (size_t k = 0; k < TH_COUNT(v->notes[i].texts); k++)
            free(v->notes[i].texts[k]);
    free(v->notes);
    th_buf_fini(&v->gone);
    for (size_t i = 0; i < v->pool_n; i++)
        (void)th_case_close(v->pool[i], NULL);
    free(v->pool);
    (void)th_case_close(v->c, NULL);
    remove_made(v);
    free(v->sources);
    free(v->sizes);
    (void)pthread_mutex_destroy(&v->lock);
}

enum th_code th_case_verify(const char *path, const struct th_verify_options *options,
                            const struct th_verify_sink *sink, th_cancel *cancel,
                            struct th_verify_totals *totals, struct th_err *err)
{
    struct th_verify v = {
        .path = path, .options = options, .sink = sink, .cancel = cancel, .totals = totals};
    *totals = (struct th_verify_totals){0};
    v.jobs = options->jobs > 0 ? options->jobs : th_cores();
    v.jobs = v.jobs > JOBS_MAX ? JOBS_MAX : v.jobs;
    (void)pthread_mutex_init(&v.lock, NULL);
    enum th_code rc = open_all(&v, err);
    if (rc == TH_OK) {
        sqlite3_progress_handler(v.c->db, 100000, th_verify_stopped, &v);
        rc = verify(&v, err);
    }
    if (rc == TH_OK && (th_cancelled(&v.stop) || th_cancelled(cancel)))
        rc = th_err_set(err, TH_E_CANCELLED, "cancelled");
    drop(&v);
    return rc;
}
