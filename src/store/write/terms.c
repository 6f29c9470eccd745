/* The dictionaries of the case: in memory while a writer lives, in tables term and derived after
 * each commit. What depends on one value only (OF fields) is computed here, once per new value. */
#include <stdlib.h>

#include "base/mem.h"
#include "store/write/internal.h"

/* Fields by their number in the case, for reading table term in one go. */
static enum th_field field_of(const th_writer *w, int64_t id)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (w->c->numbers.field[f] == id)
            return f;
    return TH_FIELD_NONE;
}

static enum th_code load_rows(th_writer *w, sqlite3_stmt *stmt, struct th_err *err)
{
    int64_t last_id = 0;
    enum th_field field = TH_FIELD_NONE;
    bool more;
    enum th_code rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        if (id != last_id)
            field = field_of(w, id);
        last_id = id;
        if (field == TH_FIELD_NONE || w->dict[field] == NULL)
            continue;
        uint32_t code = th_dict_intern(w->dict[field], th_db_text(stmt, 2));
        if (code != th_db_u64(stmt, 1))
            return th_err_set(err, TH_E_DB, "the dictionary of %s is damaged at code %u",
                              th_field_info(field)->name, code);
    }
    return rc;
}

enum th_code th_terms_load(th_writer *w, struct th_err *err)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        enum th_store store = th_field_info(f)->store;
        if (store == TH_STORE_TERM || store == TH_STORE_LIST)
            w->dict[f] = th_dict_new();
    }
    sqlite3_stmt *stmt;
    enum th_code rc =
        th_db_prepare(w->db, "SELECT field, code, text FROM term ORDER BY field, code", &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = load_rows(w, stmt, err);
    sqlite3_finalize(stmt);
    th_terms_counts(w, w->saved);
    th_terms_counts(w, w->derived);
    if (rc == TH_OK)
        rc = th_term_rows_open(w, "term", false, &w->term_rows, err);
    if (rc == TH_OK)
        rc = th_term_rows_open(w, "derived", true, &w->derived_rows, err);
    return rc;
}

void th_terms_counts(const th_writer *w, uint32_t counts[TH_FIELD_COUNT])
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        counts[f] = w->dict[f] == NULL ? 0 : th_dict_count(w->dict[f]);
}

static enum th_code save_field(th_writer *w, enum th_field field, struct th_err *err)
{
    enum th_code rc = TH_OK;
    uint32_t count = th_dict_count(w->dict[field]);
    for (uint32_t code = w->saved[field] + 1; code <= count && rc == TH_OK; code++)
        rc = th_term_rows_add(&w->term_rows, w->c->numbers.field[field], code,
                              th_dict_text(w->dict[field], code), err);
    if (rc == TH_OK)
        w->saved[field] = count;
    return rc;
}

static bool is_derived(enum th_field field, enum th_field parent)
{
    return th_field_info(field)->store == TH_STORE_OF && th_field_info(field)->parent == parent;
}

static bool has_derived(enum th_field parent)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (is_derived(f, parent))
            return true;
    return false;
}

/* The fields that hang on one parent, of values that are asked for together. */
static enum th_code derive_share(th_writer *w, enum th_field parent, uint32_t from, uint32_t n,
                                 th_field_batch *batch, struct th_buf *value, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        for (uint32_t i = 0; i < n && rc == TH_OK && is_derived(f, parent); i++) {
            th_buf_reset(value);
            if (th_field_batch_derive(batch, f, i, value))
                rc = th_term_rows_add(&w->derived_rows, w->c->numbers.field[f], from + i,
                                      (struct th_str){th_buf_cstr(value), value->n}, err);
        }
    return rc;
}

/* Some values of one parent, from code on. */
struct share {
    uint32_t from, n;
    struct th_str texts[TH_FIELD_BATCH];
    th_field_batch *batch;
};

static void begin_share(th_writer *w, enum th_field parent, uint32_t from, uint32_t to,
                        struct share *share)
{
    share->from = from;
    share->n = to - from < TH_FIELD_BATCH ? to - from : TH_FIELD_BATCH;
    share->batch = NULL;
    for (uint32_t i = 0; i < share->n; i++)
        share->texts[i] = th_dict_text(w->dict[parent], from + i);
    if (share->n > 0)
        share->batch = th_field_batch_begin(parent, share->texts, share->n, w->enrich);
}

/* Codes from on, before to, of one parent: the next share is matched while the rows of one are
 * inserted. */
static enum th_code derive_codes(th_writer *w, enum th_field parent, uint32_t from, uint32_t to,
                                 struct th_buf *value, struct th_err *err)
{
    struct share *now = th_xcalloc(2, sizeof *now);
    struct share *const shares = now;
    struct share *after = now + 1;
    enum th_code rc = TH_OK;
    begin_share(w, parent, from, to, now);
    while (now->n > 0) {
        begin_share(w, parent, now->from + now->n, to, after);
        if (rc == TH_OK)
            rc = derive_share(w, parent, now->from, now->n, now->batch, value, err);
        th_field_batch_end(now->batch);
        struct share *free_one = now;
        now = after;
        after = free_one;
    }
    free(shares);
    return rc;
}

/* What depends on a value that isn't there, as event.type without an action: code 0. */
static enum th_code derive_absent(th_writer *w, struct th_buf *value, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++) {
        th_buf_reset(value);
        if (th_field_info(f)->store == TH_STORE_OF &&
            th_field_derive(f, TH_STR_NONE, w->enrich, value))
            rc = th_term_rows_add(&w->derived_rows, w->c->numbers.field[f], 0,
                                  (struct th_str){th_buf_cstr(value), value->n}, err);
    }
    return rc;
}

static enum th_code derive_new(th_writer *w, struct th_err *err)
{
    struct th_buf value = TH_BUF_INIT;
    enum th_code rc = w->derived_absent ? TH_OK : derive_absent(w, &value, err);
    for (enum th_field parent = 0; parent < TH_FIELD_COUNT && rc == TH_OK; parent++)
        if (w->dict[parent] != NULL && has_derived(parent))
            rc = derive_codes(w, parent, w->derived[parent] + 1, th_dict_count(w->dict[parent]) + 1,
                              &value, err);
    th_buf_fini(&value);
    if (rc == TH_OK)
        rc = th_term_rows_flush(&w->derived_rows, err);
    if (rc == TH_OK) {
        th_terms_counts(w, w->derived);
        w->derived_absent = true;
    }
    return rc;
}

enum th_code th_terms_save(th_writer *w, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++)
        if (w->dict[f] != NULL)
            rc = save_field(w, f, err);
    if (rc == TH_OK)
        rc = th_term_rows_flush(&w->term_rows, err);
    return rc == TH_OK ? derive_new(w, err) : rc;
}

void th_terms_fini(th_writer *w)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        th_dict_free(w->dict[f]);
    th_term_rows_close(&w->term_rows);
    th_term_rows_close(&w->derived_rows);
}
