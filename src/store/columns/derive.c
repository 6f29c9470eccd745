/* Table derived, some codes at a time and field by field: the old rows of a field are compared with
 * what the parent's terms give now, and only what differs is written. So a second run with the same
 * files touches nothing, and the count of changes is true. Readers see the old values or the new
 * ones, never both. */
#include "store/columns/derive.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/dict.h"
#include "base/ip.h"
#include "base/mem.h"
#include "store/columns/internal.h"

static const char *const kind_keys[TH_ENRICH_KINDS] = {
    [TH_ENRICH_AGENTS] = "enrich.user_agents",
    [TH_ENRICH_PLACES] = "enrich.places",
};

/* Texts of a field's dictionary or derived values, by code - first; code 0 is the value of events
 * without a parent value. */
struct texts {
    th_arena *arena;
    struct th_str *text;
    size_t first;
    size_t n, cap;
};

static void texts_fini(struct texts *texts)
{
    th_arena_free(texts->arena);
    free(texts->text);
}

#define TERMS                                                                                      \
    "SELECT code, text FROM term WHERE field = ?1 AND code BETWEEN ?2 AND ?3 ORDER BY code"
#define DERIVED                                                                                    \
    "SELECT code, text FROM derived WHERE field = ?1 AND code BETWEEN ?2 AND ?3 ORDER BY code"

/* Codes first to last. */
static enum th_code texts_load(th_case *c, const char *sql, enum th_field field, size_t first,
                               size_t last, struct texts *texts, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    *texts = (struct texts){.arena = th_arena_new(0), .first = first};
    enum th_code rc = th_db_prepare(c->db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, c->numbers.field[field]);
    th_db_bind_int(stmt, 2, (int64_t)first);
    th_db_bind_int(stmt, 3, (int64_t)last);
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        uint64_t code = th_db_u64(stmt, 0);
        /* A damaged table gives rows outside the range, too. */
        if (code > last || code < first + texts->n) {
            rc = th_err_set(err, TH_E_DB, "the dictionary of %s is damaged",
                            th_field_info(field)->name);
            break;
        }
        /* Codes run without a gap in dictionaries; derived values leave some out. */
        while (first + texts->n <= code) {
            TH_GROW(texts->text, texts->n, texts->cap);
            texts->text[texts->n++] = TH_STR_NONE;
        }
        texts->text[code - first] = th_arena_dup(texts->arena, th_db_text(stmt, 1));
    }
    sqlite3_finalize(stmt);
    return rc;
}

static struct th_str texts_at(const struct texts *texts, size_t code)
{
    return code >= texts->first && code - texts->first < texts->n ? texts->text[code - texts->first]
                                                                  : TH_STR_NONE;
}

/* One value of a field: written, removed or left as it is. */
static enum th_code put_value(th_case *c, enum th_field field, size_t code, struct th_str value,
                              struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc =
        value.p == NULL
            ? th_db_cached(&c->cache, c->db, "DELETE FROM derived WHERE field = ?1 AND code = ?2",
                           &stmt, err)
            : th_db_cached(&c->cache, c->db,
                           "INSERT OR REPLACE INTO derived(field, code, text) VALUES(?1, ?2, ?3)",
                           &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, c->numbers.field[field]);
    th_db_bind_int(stmt, 2, (int64_t)code);
    if (value.p != NULL)
        th_db_bind_text(stmt, 3, value);
    return th_db_run(stmt, err);
}

struct job {
    th_case *c;
    const struct th_enrich *enrich;
    th_cancel *cancel;
    struct th_derive_done *done;
};

/* Codes from on, before to. */
static enum th_code derive_field(const struct job *job, enum th_field field,
                                 th_field_batch *parents, size_t from, size_t to,
                                 struct th_err *err)
{
    struct texts old;
    struct th_buf value = TH_BUF_INIT;
    enum th_code rc = texts_load(job->c, DERIVED, field, from, to - 1, &old, err);
    for (size_t code = from; code < to && rc == TH_OK; code++) {
        if (th_cancelled(job->cancel))
            rc = th_err_set(err, TH_E_CANCELLED, "interrupted");
        th_buf_reset(&value);
        struct th_str now = TH_STR_NONE;
        if (th_field_batch_derive(parents, field, code - from, &value))
            now = (struct th_str){th_buf_cstr(&value), value.n};
        struct th_str before = texts_at(&old, code);
        job->done->values += now.p != NULL;
        if ((now.p == NULL) == (before.p == NULL) && th_str_eq(now, before))
            continue;
        job->done->changed++;
        if (rc == TH_OK)
            rc = put_value(job->c, field, code, now, err);
    }
    th_buf_fini(&value);
    texts_fini(&old);
    return rc;
}

/* Parents whose values some file explains. */
static void count_parents(const struct job *job, enum th_field parent, const struct texts *texts)
{
    struct th_ip ip;
    if (parent == TH_F_USER_AGENT_ORIGINAL && th_enrich_has(job->enrich, TH_ENRICH_AGENTS)) {
        for (size_t code = 1; code < texts->n; code++)
            job->done->user_agents += texts->text[code].p != NULL;
    } else if (parent == TH_F_SOURCE_ADDRESS && th_enrich_has(job->enrich, TH_ENRICH_PLACES)) {
        for (size_t code = 1; code < texts->n; code++)
            job->done->addresses +=
                texts->text[code].p != NULL && th_ip_parse(texts->text[code], &ip);
    }
}

static bool is_made(const struct job *job, enum th_field field, enum th_field parent)
{
    enum th_enrich_kind kind = th_enrich_kind_of(field);
    return th_field_info(field)->store == TH_STORE_OF && th_field_info(field)->parent == parent &&
           job->c->numbers.field[field] != 0 &&
           (kind == TH_ENRICH_KINDS || th_enrich_has(job->enrich, kind));
}

/* The share that begins there; NULL at the end. */
static th_field_batch *batch_begin(const struct job *job, enum th_field parent,
                                   const struct th_str *texts, size_t n, size_t from)
{
    size_t left = n - from;
    return left == 0
               ? NULL
               : th_field_batch_begin(parent, texts + from,
                                      left < TH_FIELD_BATCH ? left : TH_FIELD_BATCH, job->enrich);
}

static enum th_code derive_parent(const struct job *job, enum th_field parent, struct th_err *err)
{
    struct texts parents;
    bool any = false;
    for (enum th_field f = 0; f < TH_FIELD_COUNT && !any; f++)
        any = is_made(job, f, parent);
    if (!any)
        return TH_OK;
    enum th_code rc = texts_load(job->c, TERMS, parent, 0, UINT32_MAX, &parents, err);
    count_parents(job, parent, &parents);
    /* Code 0, events without a value, is there even when no value is. */
    static const struct th_str none = {NULL, 0};
    const struct th_str *text = parents.n > 0 ? parents.text : &none;
    size_t n = parents.n > 0 ? parents.n : 1;
    th_field_batch *now = batch_begin(job, parent, text, n, 0);
    for (size_t from = 0; from < n; from += TH_FIELD_BATCH) {
        size_t to = n - from < TH_FIELD_BATCH ? n : from + TH_FIELD_BATCH;
        th_field_batch *after = batch_begin(job, parent, text, n, to);
        for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++)
            if (is_made(job, f, parent))
                rc = derive_field(job, f, now, from, to, err);
        th_field_batch_end(now);
        now = after;
    }
    texts_fini(&parents);
    return rc;
}

/* Programs that have the values in memory look at this: the files may be the same as before and a
 * newer program make more of them. */
#define CHANGES_KEY "enrich.changes"

static enum th_code note_changes(th_case *c, struct th_err *err)
{
    return th_db_exec(c->db,
                      "INSERT INTO meta(key, value) VALUES('" CHANGES_KEY "', 1) ON CONFLICT(key) "
                      "DO UPDATE SET value = value + 1",
                      err);
}

static enum th_code count_sources(th_case *c, int64_t *n, struct th_err *err)
{
    return th_db_number(c->db, "SELECT count(*) FROM source", 0, n, err);
}

enum th_code th_case_derive(th_case *c, const struct th_enrich *enrich, th_cancel *cancel,
                            struct th_derive_done *done, struct th_err *err)
{
    struct job job = {c, enrich, cancel, done};
    bool outermost;
    int64_t sources = 0;
    *done = (struct th_derive_done){0, 0, 0, 0};
    enum th_code rc = th_case_writable(c, err);
    if (rc == TH_OK)
        rc = th_db_begin(c->db, &outermost, err);
    if (rc != TH_OK)
        return rc;
    rc = count_sources(c, &sources, err);
    for (enum th_field parent = 0; parent < TH_FIELD_COUNT && rc == TH_OK && sources > 0; parent++)
        rc = derive_parent(&job, parent, err);
    if (rc == TH_OK && done->changed > 0)
        rc = note_changes(c, err);
    if (rc == TH_OK)
        rc = th_case_note_derived(c, enrich, err);
    return th_db_end(c->db, outermost, rc, err);
}

enum th_code th_case_derived_by(th_case *c, const struct th_enrich *enrich, bool *same,
                                struct th_err *err)
{
    struct th_buf now = TH_BUF_INIT;
    struct th_buf noted = TH_BUF_INIT;
    enum th_code rc = TH_OK;
    *same = true;
    for (enum th_enrich_kind kind = 0; kind < TH_ENRICH_KINDS && rc == TH_OK; kind++) {
        if (!th_enrich_has(enrich, kind))
            continue;
        th_buf_reset(&now);
        rc = th_enrich_describe(enrich, kind, &now, err);
        if (rc == TH_OK)
            rc = th_case_get(c, kind_keys[kind], &noted, err);
        *same = *same && th_str_eq(th_buf_str(&now), th_buf_str(&noted));
    }
    th_buf_fini(&now);
    th_buf_fini(&noted);
    return rc;
}

enum th_code th_case_note_derived(th_case *c, const struct th_enrich *enrich, struct th_err *err)
{
    struct th_buf files = TH_BUF_INIT;
    enum th_code rc = TH_OK;
    for (enum th_enrich_kind kind = 0; kind < TH_ENRICH_KINDS && rc == TH_OK; kind++) {
        if (!th_enrich_has(enrich, kind))
            continue;
        th_buf_reset(&files);
        rc = th_enrich_describe(enrich, kind, &files, err);
        if (rc == TH_OK)
            rc = th_case_set(c, kind_keys[kind], th_buf_str(&files), err);
    }
    th_buf_fini(&files);
    return rc;
}

enum th_code th_case_derived_from(th_case *c, enum th_enrich_kind kind, struct th_buf *out,
                                  struct th_err *err)
{
    struct th_buf noted = TH_BUF_INIT;
    enum th_code rc = th_case_get(c, kind_keys[kind], &noted, err);
    th_buf_add_str(out, th_buf_str(&noted));
    th_buf_fini(&noted);
    return rc;
}

/* ---- by value ---- */

/* All in memory and only read, so that many threads may ask. */
struct th_derived {
    th_dict *parents[TH_FIELD_COUNT];
    struct texts values[TH_FIELD_COUNT];
};

static enum th_code load_parent(th_case *c, th_derived *derived, enum th_field parent,
                                struct th_err *err)
{
    struct texts texts;
    enum th_code rc = texts_load(c, TERMS, parent, 0, UINT32_MAX, &texts, err);
    derived->parents[parent] = th_dict_new();
    for (size_t code = 1; code < texts.n && rc == TH_OK; code++)
        if (th_dict_intern(derived->parents[parent], texts.text[code]) != code)
            rc = th_err_set(err, TH_E_DB, "the dictionary of %s is damaged at code %zu",
                            th_field_info(parent)->name, code);
    texts_fini(&texts);
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++)
        if (th_field_info(f)->store == TH_STORE_OF && th_field_info(f)->parent == parent)
            rc = texts_load(c, DERIVED, f, 0, UINT32_MAX, &derived->values[f], err);
    return rc;
}

enum th_code th_derived_load(th_case *c, th_derived **out, struct th_err *err)
{
    th_derived *derived = th_xcalloc(1, sizeof *derived);
    enum th_code rc = load_parent(c, derived, TH_F_USER_AGENT_ORIGINAL, err);
    if (rc == TH_OK)
        rc = load_parent(c, derived, TH_F_SOURCE_ADDRESS, err);
    if (rc != TH_OK) {
        th_derived_free(derived);
        return rc;
    }
    *out = derived;
    return TH_OK;
}

void th_derived_free(th_derived *derived)
{
    if (derived == NULL)
        return;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        th_dict_free(derived->parents[f]);
        texts_fini(&derived->values[f]);
    }
    free(derived);
}

bool th_derived_value(void *ctx, enum th_field field, struct th_str parent_value,
                      struct th_buf *out)
{
    const th_derived *derived = ctx;
    enum th_field parent = th_field_info(field)->parent;
    if (parent == TH_FIELD_NONE || derived->parents[parent] == NULL)
        return false;
    uint32_t code = th_dict_find(derived->parents[parent], parent_value);
    if (code == 0)
        return false;
    struct th_str text = texts_at(&derived->values[field], code);
    if (text.p != NULL)
        th_buf_add_str(out, text);
    return text.p != NULL;
}
