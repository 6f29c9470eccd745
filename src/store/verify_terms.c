/* Dictionaries, and what is made of their values.
 *
 * A dictionary's texts stand nowhere else: they are right when every event that has one of their
 * codes has that text in its record, and when every code is some event's. What depends on one value
 * alone (source.ip on source.address) is made again from each text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/derive.h"
#include "store/verify_int.h"

/* Codes run without a gap: one so far behind the last is damage, and no room is made for it. */
#define JUMP_MAX 100000

/* In table meta while an import runs, and after one was killed. */
#define MARKER_KEY "import.first_source"

static void say(struct th_verify_worker *w, enum th_verify_kind kind, enum th_field field,
                struct th_str expected, struct th_str found, const char *what)
{
    const struct th_verify_difference d = {
        .kind = kind,
        .field = th_str_of(field == TH_FIELD_NONE ? NULL : th_field_info(field)->name),
        .expected = expected,
        .found = found,
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

/* The field with a number in the case; TH_FIELD_NONE when the program knows none. */
static enum th_field field_of(const struct th_verify *v, int64_t id)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if (v->c->numbers.field[f] == id && id != 0)
            return f;
    return TH_FIELD_NONE;
}

/* ---- dictionaries ---- */

static bool has_dictionary(enum th_field f)
{
    enum th_store store = th_field_info(f)->store;
    return store == TH_STORE_TERM || store == TH_STORE_LIST;
}

static void add_text(struct th_verify_worker *w, enum th_field field, int64_t code,
                     struct th_str text)
{
    struct th_verify_dict *dict = &w->v->dicts[field];
    char number[32];
    (void)snprintf(number, sizeof number, "%" PRId64, code);
    if (code < 1 || code >= UINT32_MAX || (uint64_t)code > dict->n + JUMP_MAX) {
        say(w, TH_VERIFY_TERM, field, TH_STR_NONE, text, "a code that can't be in the dictionary");
        return;
    }
    if ((uint64_t)code != dict->n)
        say(w, TH_VERIFY_TERM, field, TH_STR_NONE, text,
            "codes are missing in the dictionary before this one");
    while (dict->n <= (uint64_t)code) {
        TH_GROW(dict->text, dict->n, dict->cap);
        dict->text[dict->n++] = TH_STR_NONE;
    }
    uint32_t before = th_dict_count(dict->dict);
    uint32_t at = th_dict_intern(dict->dict, text);
    if (at > before) {
        TH_GROW(dict->code_of, (size_t)at, dict->code_of_cap);
        dict->code_of[at] = (uint32_t)code;
    } else {
        say(w, TH_VERIFY_TERM, field, TH_STR_NONE, text, "the dictionary has this text twice");
    }
    dict->text[code] = th_dict_text(dict->dict, at);
}

static enum th_code load_terms(struct th_verify_worker *w, sqlite3_stmt *stmt, struct th_err *err)
{
    int64_t last_id = 0;
    enum th_field field = TH_FIELD_NONE;
    bool more;
    enum th_code rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        struct th_str text = th_db_text(stmt, 2);
        if (id != last_id)
            field = field_of(w->v, id);
        last_id = id;
        if (field == TH_FIELD_NONE || !has_dictionary(field))
            say(w, TH_VERIFY_TERM, field, TH_STR_NONE, text, "a text of no field");
        else
            add_text(w, field, sqlite3_column_int64(stmt, 1), text.p == NULL ? TH_STR("") : text);
        if (th_cancelled(w->v->cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
    }
    return rc;
}

enum th_code th_verify_terms_load(struct th_verify_worker *w, struct th_err *err)
{
    struct th_verify *v = w->v;
    sqlite3_stmt *stmt;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        struct th_verify_dict *dict = &v->dicts[f];
        TH_GROW(dict->text, dict->n, dict->cap);
        dict->text[dict->n++] = TH_STR_NONE;
        if (has_dictionary(f))
            dict->dict = th_dict_new();
    }
    enum th_code rc = th_db_prepare(
        v->c->db, "SELECT field, code, text FROM term ORDER BY field, code", &stmt, err);
    if (rc != TH_OK)
        return rc;
    rc = load_terms(w, stmt, err);
    sqlite3_finalize(stmt);
    return rc;
}

void th_verify_terms_fini(struct th_verify *v)
{
    for (size_t f = 0; f < TH_FIELD_COUNT; f++) {
        th_dict_free(v->dicts[f].dict);
        free(v->dicts[f].text);
        free(v->dicts[f].code_of);
    }
}

enum th_code th_verify_terms_unused(struct th_verify_worker *w, struct th_err *err)
{
    const struct th_verify *v = w->v;
    (void)err;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        const struct th_verify_dict *dict = &v->dicts[f];
        for (size_t code = 1; has_dictionary(f) && code < dict->n; code++)
            if (dict->text[code].p != NULL && !th_bits_get(&w->used[f], code))
                say(w, TH_VERIFY_TERM, f, TH_STR_NONE, dict->text[code],
                    "no event has this text of the dictionary");
    }
    return TH_OK;
}

/* ---- values of fields that depend on one other ---- */

struct derived {
    enum th_field field;
    const struct th_verify_dict *parents;
    const struct th_enrich *enrich;
    struct th_buf value, what;
};

static void compare_derived(struct th_verify_worker *w, struct derived *d, size_t code,
                            struct th_str found)
{
    struct th_str parent = code < d->parents->n ? d->parents->text[code] : TH_STR_NONE;
    struct th_str expected = TH_STR_NONE;
    th_buf_reset(&d->value);
    /* A code that the dictionary lacks has no text to make anything of. */
    if ((code == 0 || parent.p != NULL) && th_field_derive(d->field, parent, d->enrich, &d->value))
        expected = (struct th_str){th_buf_cstr(&d->value), d->value.n};
    if ((expected.p == NULL) == (found.p == NULL) && th_str_eq(expected, found))
        return;
    /* Before the first event nothing is made for events without the parent's value. */
    if (code == 0 && found.p == NULL && w->v->spans[TH_VERIFY_EVENTS].rows == 0)
        return;
    const char *name = th_field_info(th_field_info(d->field)->parent)->name;
    th_buf_reset(&d->what);
    if (parent.p == NULL)
        th_buf_printf(&d->what, "not what events without %s give", name);
    else
        th_buf_printf(&d->what, "not what %s gives: %.*s", name,
                      (int)(parent.n < 200 ? parent.n : 200), parent.p);
    say(w, TH_VERIFY_DERIVED, d->field, expected, found, th_buf_cstr(&d->what));
}

/* Codes first to last of a field, of which the dictionary has those before end. */
static enum th_code compare_field(struct th_verify_worker *w, struct derived *d, size_t end,
                                  int64_t first, int64_t last, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    size_t next = first > 0 ? (size_t)first : 0;
    enum th_code rc = th_db_cached(&w->c->cache, w->c->db,
                                   "SELECT code, text FROM derived WHERE field = ?1 AND code "
                                   "BETWEEN ?2 AND ?3 ORDER BY code",
                                   &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, w->c->numbers.field[d->field]);
    th_db_bind_int(stmt, 2, first);
    th_db_bind_int(stmt, 3, last);
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        int64_t code = sqlite3_column_int64(stmt, 0);
        struct th_str text = th_db_text(stmt, 1);
        while (next < end && (int64_t)next < code && !th_cancelled(&w->v->stop))
            compare_derived(w, d, next++, TH_STR_NONE);
        if ((int64_t)next == code && next < end)
            compare_derived(w, d, next++, text);
        else if (!th_cancelled(&w->v->stop))
            say(w, TH_VERIFY_DERIVED, d->field, TH_STR_NONE, text,
                "a value for a code that the dictionary doesn't have");
    }
    sqlite3_reset(stmt);
    while (rc == TH_OK && next < end && !th_cancelled(&w->v->stop))
        compare_derived(w, d, next++, TH_STR_NONE);
    return rc;
}

/* Which kinds of values can be made again, and with what. */
struct remakes {
    bool can[TH_ENRICH_KINDS];
    const struct th_enrich *enrich[TH_ENRICH_KINDS + 1]; /* the last: values that need no files */
};

/* Can values of a kind be made again, and with what? The case notes the files that gave them; an
 * import that was killed may have made values before it came to that. A kind that is noted nowhere
 * has none, whatever files are here. */
static enum th_code choose_enrich(struct th_verify_worker *w, enum th_enrich_kind kind, bool *can,
                                  const struct th_enrich **out, struct th_err *err)
{
    const struct th_enrich *enrich = w->v->options->enrich;
    struct th_buf noted = TH_BUF_INIT;
    struct th_buf here = TH_BUF_INIT;
    struct th_buf marker = TH_BUF_INIT;
    enum th_code rc = th_case_get(w->c, MARKER_KEY, &marker, err);
    if (rc == TH_OK)
        rc = th_case_derived_from(w->c, kind, &noted, err);
    if (enrich != NULL && th_enrich_has(enrich, kind) &&
        th_enrich_describe(enrich, kind, &here, NULL) != TH_OK)
        th_buf_reset(&here);
    *can = marker.n == 0 && (noted.n == 0 || th_str_eq(th_buf_str(&noted), th_buf_str(&here)));
    *out = noted.n > 0 ? enrich : NULL;
    th_buf_fini(&noted);
    th_buf_fini(&here);
    th_buf_fini(&marker);
    return rc;
}

/* Values of fields that are none of this kind, or that the program doesn't know. */
static enum th_code stray_derived(struct th_verify_worker *w, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc =
        th_db_prepare(w->c->db, "SELECT field, text FROM derived ORDER BY field, code", &stmt, err);
    if (rc != TH_OK)
        return rc;
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        enum th_field f = field_of(w->v, sqlite3_column_int64(stmt, 0));
        if (f == TH_FIELD_NONE || th_field_info(f)->store != TH_STORE_OF)
            say(w, TH_VERIFY_DERIVED, f, TH_STR_NONE, th_db_text(stmt, 1), "a value of no field");
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* Can this field's values be made again? Then d is aimed at it. */
static bool aim(const struct th_verify_worker *w, struct derived *d, enum th_field field,
                enum th_field parent, const struct remakes *remakes)
{
    enum th_enrich_kind kind = th_enrich_kind_of(field);
    if (th_field_info(field)->store != TH_STORE_OF || th_field_info(field)->parent != parent ||
        w->c->numbers.field[field] == 0 || (kind != TH_ENRICH_KINDS && !remakes->can[kind]))
        return false;
    d->field = field;
    d->enrich = remakes->enrich[kind];
    return true;
}

/* All fields of one parent, some codes at a time. */
static enum th_code compare_parent(struct th_verify_worker *w, struct derived *d,
                                   enum th_field parent, const struct remakes *remakes,
                                   struct th_err *err)
{
    const struct th_verify_dict *dict = &w->v->dicts[parent];
    const struct th_enrich *agents = remakes->enrich[TH_ENRICH_AGENTS];
    enum th_code rc = TH_OK;
    size_t end = 0;
    d->parents = dict;
    for (size_t from = 0; rc == TH_OK && (from == 0 || from < dict->n); from = end) {
        end = dict->n - from <= TH_FIELD_AHEAD ? dict->n : from + TH_FIELD_AHEAD;
        if (remakes->can[TH_ENRICH_AGENTS] && !th_cancelled(&w->v->stop))
            th_field_ahead(parent, dict->text + from, end - from, agents);
        /* What lies beyond the dictionary at either end is looked at, too. */
        int64_t first = from == 0 ? INT64_MIN : (int64_t)from;
        int64_t last = end == dict->n ? INT64_MAX : (int64_t)end - 1;
        for (enum th_field f = 0; f < TH_FIELD_COUNT && rc == TH_OK; f++)
            if (aim(w, d, f, parent, remakes))
                rc = compare_field(w, d, end, first, last, err);
    }
    return rc;
}

enum th_code th_verify_derived(struct th_verify_worker *w, struct th_err *err)
{
    struct remakes remakes = {.enrich = {NULL}};
    struct derived d = {.value = TH_BUF_INIT, .what = TH_BUF_INIT};
    enum th_code rc = TH_OK;
    for (enum th_enrich_kind k = 0; k < TH_ENRICH_KINDS && rc == TH_OK; k++) {
        rc = choose_enrich(w, k, &remakes.can[k], &remakes.enrich[k], err);
        w->totals.unchecked[k] = rc == TH_OK && !remakes.can[k];
    }
    for (enum th_field parent = 0; parent < TH_FIELD_COUNT && rc == TH_OK; parent++)
        rc = compare_parent(w, &d, parent, &remakes, err);
    th_buf_fini(&d.value);
    th_buf_fini(&d.what);
    return rc == TH_OK ? stray_derived(w, err) : rc;
}
