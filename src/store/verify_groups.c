/* Members of groups: an event names a combination, and the group's table says what that is. The
 * combination of a record is compared with it member by member, once for every pair that meets in a
 * batch; after that two equal numbers are enough. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tuples.h"
#include "store/verify_int.h"

/* Rows are numbered without a gap: one so far behind the last is damage. */
#define JUMP_MAX 100000

static bool is_bool(enum th_field field)
{
    return th_field_info(field)->store == TH_STORE_BOOL;
}

/* A difference in the table itself. */
static void say(struct th_verify_worker *w, enum th_verify_kind kind, const char *field,
                struct th_str expected, struct th_str found, const char *words, int64_t row)
{
    char what[160];
    (void)snprintf(what, sizeof what, "%s: number %" PRId64, words, row);
    const struct th_verify_difference d = {
        .kind = kind,
        .field = th_str_of(field),
        .expected = expected,
        .found = found,
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

static const uint32_t *codes_of(const struct th_verify_group *g, uint32_t row)
{
    return g->codes + (size_t)row * (size_t)g->members_n;
}

static bool is_there(const struct th_verify_group *g, int64_t row)
{
    return row >= 1 && row <= g->n && th_bits_get(&g->there, (size_t)row);
}

uint32_t th_verify_group_code(const struct th_verify *v, enum th_field field, int64_t row)
{
    const struct th_verify_group *g = &v->groups[th_field_group(field)];
    return is_there(g, row) ? codes_of(g, (uint32_t)row)[th_group_place(field)] : 0;
}

/* ---- loading ---- */

/* Room for a row, zeros before it. */
static void make_room(struct th_verify_group *g, uint32_t row)
{
    size_t members = (size_t)g->members_n;
    if (row >= g->cap) {
        size_t cap = row < 1000 ? 1500 : (size_t)row + row / 2;
        struct th_bits there;
        g->codes = th_xreallocarray(g->codes, cap, members * sizeof *g->codes);
        memset(g->codes + g->cap * members, 0, (cap - g->cap) * members * sizeof *g->codes);
        th_bits_init(&there, cap);
        if (g->cap > 0)
            memcpy(there.w, g->there.w, th_bits_words(g->cap) * sizeof *there.w);
        th_bits_fini(&g->there);
        g->there = there;
        g->cap = cap;
    }
    g->n = row;
}

static uint32_t code_at(sqlite3_stmt *stmt, int column, enum th_field field)
{
    int type = sqlite3_column_type(stmt, column);
    int64_t value = sqlite3_column_int64(stmt, column);
    if (type == SQLITE_NULL)
        return 0;
    if (type != SQLITE_INTEGER || value < 0 || value >= TH_VERIFY_NO_CODE ||
        (is_bool(field) ? value > 1 : value == 0))
        return TH_VERIFY_NO_CODE;
    return (uint32_t)value + is_bool(field);
}

static void load_row(struct th_verify_worker *w, struct th_verify_group *g, th_tuples *seen,
                     sqlite3_stmt *stmt)
{
    const char *name = th_group_name(g->group);
    int64_t row = sqlite3_column_int64(stmt, 0);
    if (row < 1 || row >= UINT32_MAX || row > (int64_t)g->n + JUMP_MAX) {
        say(w, TH_VERIFY_TERM, name, TH_STR_NONE, TH_STR_NONE, "a combination can't have this",
            row);
        return;
    }
    if (row != (int64_t)g->n + 1)
        say(w, TH_VERIFY_TERM, name, TH_STR_NONE, TH_STR_NONE,
            "combinations are missing before this one", row);
    make_room(g, (uint32_t)row);
    th_bits_put(&g->there, (size_t)row);
    uint32_t *codes = g->codes + (size_t)row * (size_t)g->members_n;
    for (int i = 0; i < g->members_n; i++)
        codes[i] = code_at(stmt, i + 1, g->members[i]);
    uint32_t before = th_tuples_count(seen);
    if (th_tuples_intern(seen, codes) <= before)
        say(w, TH_VERIFY_TERM, name, TH_STR_NONE, TH_STR_NONE, "the same combination twice", row);
}

static enum th_code load(struct th_verify_worker *w, struct th_verify_group *g, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    sqlite3_stmt *stmt;
    bool more;
    th_buf_puts(&sql, "SELECT id");
    for (int i = 0; i < g->members_n; i++)
        th_buf_printf(&sql, ", \"%s\"", th_field_info(g->members[i])->name);
    th_buf_printf(&sql, " FROM %s ORDER BY id", th_group_name(g->group));
    enum th_code rc = th_db_prepare(w->c->db, th_buf_cstr(&sql), &stmt, err);
    th_buf_fini(&sql);
    if (rc != TH_OK)
        return rc;
    th_tuples *seen = th_tuples_new((size_t)g->members_n);
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more)
        load_row(w, g, seen, stmt);
    th_tuples_free(seen);
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_verify_groups_load(struct th_verify_worker *w, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (enum th_group i = 0; i < TH_GROUP_COUNT && rc == TH_OK; i++) {
        struct th_verify_group *g = &w->v->groups[i];
        g->group = i;
        g->members_n = th_group_members(i, g->members);
        make_room(g, 0);
        if (w->c->numbers.group[i] != 0)
            rc = load(w, g, err);
    }
    return rc;
}

void th_verify_groups_fini(struct th_verify *v)
{
    for (size_t i = 0; i < TH_GROUP_COUNT; i++) {
        free(v->groups[i].codes);
        th_bits_fini(&v->groups[i].there);
    }
}

/* ---- one event ---- */

void th_verify_groups_batch(struct th_verify_worker *w, const struct th_batch *batch)
{
    for (size_t i = 0; i < TH_GROUP_COUNT; i++) {
        size_t n = (size_t)th_tuples_count(batch->tuples[i]) + 1;
        if (n > w->known_cap[i]) {
            free(w->known[i]);
            w->known[i] = th_xreallocarray(NULL, n, sizeof *w->known[i]);
            w->known_cap[i] = n;
        }
        memset(w->known[i], 0, n * sizeof *w->known[i]);
    }
}

/* A member's code as a value of its field. */
static struct th_verify_value value_of(enum th_field field, uint32_t code)
{
    if (code == 0)
        return (struct th_verify_value){.kind = TH_VERIFY_NONE};
    if (code == TH_VERIFY_NO_CODE)
        return (struct th_verify_value){.kind = TH_VERIFY_ODD};
    return (struct th_verify_value){.kind = TH_VERIFY_NUMBER,
                                    .number = (int64_t)code - is_bool(field)};
}

static struct th_str text_of(const struct th_batch *batch, enum th_field field, uint32_t code)
{
    if (code == 0)
        return TH_STR_NONE;
    return is_bool(field) ? (code == 1 ? TH_STR("false") : TH_STR("true"))
                          : th_dict_text(batch->dict[field], code);
}

/* Member by member. Remembers when there is nothing to say. */
static void compare(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                    const struct th_verify_group *g, uint32_t number)
{
    uint32_t tuple = batch->group[g->group][row];
    const uint32_t *expected = th_tuples_get(batch->tuples[g->group], tuple);
    const uint32_t *found = codes_of(g, number);
    bool same = true;
    for (int i = 0; i < g->members_n; i++) {
        enum th_field f = g->members[i];
        uint32_t code = expected[i];
        if (code != 0 && !is_bool(f))
            code = th_verify_case_code(w, batch, f, code);
        if (w->c->numbers.field[f] == 0 || (code == found[i] && code != TH_VERIFY_NO_CODE))
            continue;
        const struct th_verify_value value = value_of(f, found[i]);
        if (th_verify_say_value(w, f, text_of(batch, f, expected[i]), &value))
            same = false;
    }
    if (same)
        w->known[g->group][tuple] = number;
}

static void say_number(struct th_verify_worker *w, const char *field, int64_t number)
{
    const struct th_verify_rows *events = &w->rows[TH_VERIFY_EVENTS];
    char found[32];
    (void)snprintf(found, sizeof found, "%" PRId64, number);
    const struct th_verify_difference d = {
        .kind = TH_VERIFY_EVENT,
        .source = w->source.id,
        .path = th_str_of(w->source.place),
        .offset = events->offset,
        .has_offset = true,
        .event = events->id,
        .field = th_str_of(field),
        .found = th_str_of(found),
        .what = TH_STR("the event's row names a combination that isn't there"),
    };
    th_verify_say(w, &d);
}

static void compare_column(struct th_verify_worker *w, const struct th_verify_group *g, size_t at,
                           int64_t number)
{
    char expected[32];
    char found[32];
    if (!w->block.readable_group[g->group] || w->block.groups[g->group][at] == number)
        return;
    (void)snprintf(expected, sizeof expected, "%" PRId64, number);
    (void)snprintf(found, sizeof found, "%" PRIu32, w->block.groups[g->group][at]);
    th_verify_say_column(w, th_group_name(g->group), th_str_of(expected), th_str_of(found));
}

void th_verify_groups(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                      size_t at)
{
    sqlite3_stmt *stmt = w->rows[TH_VERIFY_EVENTS].stmt;
    for (size_t i = 0; i < TH_GROUP_COUNT; i++) {
        const struct th_verify_group *g = &w->v->groups[i];
        if (g->column < 0)
            continue;
        int64_t number = sqlite3_column_int64(stmt, g->column);
        bool there = sqlite3_column_type(stmt, g->column) == SQLITE_INTEGER && is_there(g, number);
        if (there)
            th_bits_put(&w->used_rows[i], (size_t)number);
        if (!there)
            say_number(w, th_group_name(g->group), number);
        else if (batch != NULL && w->known[i][batch->group[i][row]] != number)
            compare(w, batch, row, g, (uint32_t)number);
        compare_column(w, g, at, number);
    }
}

/* ---- the end ---- */

/* Texts are some event's when their combination is. */
static void note_members(struct th_verify_worker *w, const struct th_verify_group *g)
{
    const struct th_bits *used = &w->used_rows[g->group];
    for (uint32_t row = 1; row <= g->n; row++) {
        if (!th_bits_get(&g->there, row))
            continue;
        if (!th_bits_get(used, row))
            say(w, TH_VERIFY_TERM, th_group_name(g->group), TH_STR_NONE, TH_STR_NONE,
                "no event has this combination", row);
        for (int i = 0; i < g->members_n; i++) {
            uint32_t code = codes_of(g, row)[i];
            struct th_bits *codes = &w->used[g->members[i]];
            if (!is_bool(g->members[i]) && code < codes->n)
                th_bits_put(codes, code);
        }
    }
}

static struct th_str words_of(const struct th_verify *v, enum th_field field, uint32_t code)
{
    if (is_bool(field))
        return code == 0 ? TH_STR_NONE : code == 1 ? TH_STR("false") : TH_STR("true");
    const struct th_verify_dict *dict = &v->dicts[field];
    return code > 0 && code < dict->n ? dict->text[code] : TH_STR_NONE;
}

static enum th_code compare_member(struct th_verify_worker *w, const struct th_verify_group *g,
                                   int member, struct th_err *err)
{
    enum th_field f = g->members[member];
    const struct th_column_range range = {w->c->db, &w->c->numbers, f, 1, g->n, NULL};
    const struct th_column_place place = th_column_place_of(&range);
    uint32_t max = is_bool(f) ? 2 : (uint32_t)w->v->dicts[f].n - 1;
    uint32_t *codes = th_xcalloc((size_t)g->n + 1, sizeof *codes);
    struct th_err bad;
    th_err_clear(&bad);
    enum th_code rc = th_column_place_codes(&place, sizeof *codes, max, codes + 1, &bad);
    for (uint32_t row = 1; row <= g->n && rc == TH_OK; row++) {
        uint32_t expected = codes_of(g, row)[member];
        if (codes[row] != expected && expected != TH_VERIFY_NO_CODE)
            say(w, TH_VERIFY_SEGMENT, th_field_info(f)->name, words_of(w->v, f, expected),
                words_of(w->v, f, codes[row]),
                "the column kept for queries has another value in a combination", row);
    }
    free(codes);
    if (rc != TH_E_DB)
        return rc == TH_OK ? rc : th_err_set(err, rc, "%s", bad.msg);
    const struct th_verify_difference d = {.kind = TH_VERIFY_SEGMENT,
                                           .field = th_str_of(th_field_info(f)->name),
                                           .what = th_str_of(bad.msg)};
    th_verify_say(w, &d);
    return TH_OK;
}

enum th_code th_verify_groups_end(struct th_verify_worker *w, struct th_err *err)
{
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < TH_GROUP_COUNT; i++) {
        const struct th_verify_group *g = &w->v->groups[i];
        note_members(w, g);
        for (int m = 0; m < g->members_n && rc == TH_OK && g->column >= 0; m++)
            rc = compare_member(w, g, m, err);
    }
    return rc;
}
