/* The columns of one event: what its record gives, what its row has, what queries get.
 *
 * Texts are compared as codes: each distinct text of a batch is looked up once in the dictionary of
 * the case. What a batch has and the dictionary doesn't gets a code that no row can have. Only
 * where something differs are values turned into text. Members of groups come with their
 * combination, see verify_groups.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "store/verify_int.h"

#define PLACE_COLUMNS 4 /* id, offset, length, flags */

void th_verify_fields(struct th_verify *v, struct th_buf *sql)
{
    int column = PLACE_COLUMNS;
    th_buf_puts(sql, "SELECT id, offset, length, flags");
    v->fields_n = 0;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        bool sparse = th_field_is_sparse(f);
        int64_t id = v->c->numbers.field[f];
        if (!th_field_is_column(f) || th_field_group(f) != TH_GROUP_NONE || id == 0)
            continue;
        v->fields[v->fields_n++] =
            (struct th_verify_field){f, th_field_info(f)->store, id, sparse ? -1 : column};
        column += !sparse;
        if (!sparse)
            th_buf_printf(sql, ", \"%s\"", th_field_info(f)->name);
    }
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++) {
        v->groups[g].column = v->c->numbers.group[g] == 0 ? -1 : column++;
        if (v->groups[g].column >= 0)
            th_buf_printf(sql, ", %s", th_group_name(g));
    }
    th_buf_puts(sql, " FROM event WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
}

/* ---- what the case has ---- */

static struct th_verify_value no_value(void)
{
    return (struct th_verify_value){.kind = TH_VERIFY_NONE};
}

static struct th_verify_value number_value(int64_t number, int64_t none)
{
    return number == none ? no_value()
                          : (struct th_verify_value){.kind = TH_VERIFY_NUMBER, .number = number};
}

static struct th_verify_value bytes_value(struct th_str bytes, bool is_uuid)
{
    return (struct th_verify_value){.kind = is_uuid ? TH_VERIFY_UUID : TH_VERIFY_TEXT,
                                    .bytes = bytes};
}

static struct th_verify_value column_value(sqlite3_stmt *stmt, const struct th_verify_field *f)
{
    bool is_id = f->store == TH_STORE_ID;
    struct th_verify_value odd = {.kind = TH_VERIFY_ODD};
    switch (sqlite3_column_type(stmt, f->column)) {
    case SQLITE_NULL:
        return no_value();
    case SQLITE_INTEGER:
        return is_id ? odd : number_value(sqlite3_column_int64(stmt, f->column), TH_VALUE_NONE);
    case SQLITE_BLOB: {
        struct th_str bytes = th_db_blob(stmt, f->column);
        return is_id && bytes.n == 16 ? bytes_value(bytes, true) : odd;
    }
    default:
        return is_id ? bytes_value(th_db_text(stmt, f->column), false) : odd;
    }
}

static struct th_verify_value id_value(const struct th_ids *ids, size_t at)
{
    if (ids->kind == NULL || ids->kind[at] == 0)
        return no_value();
    return ids->kind[at] == 1 ? bytes_value((struct th_str){(const char *)ids->uuid[at], 16}, true)
                              : bytes_value(th_ids_text(ids, at), false);
}

static struct th_verify_value sparse_value(const struct th_verify_block *b,
                                           const struct th_verify_field *f, size_t at)
{
    if (f->store == TH_STORE_ID)
        return id_value(&b->sparse_ids[f->field], at);
    return b->has_sparse[f->field] ? number_value(b->sparse[f->field][at], TH_VALUE_NONE)
                                   : no_value();
}

/* As queries get it: codes of BOOL are 1 and 2 there. */
static struct th_verify_value query_value(const struct th_verify_block *b,
                                          const struct th_verify_field *f, size_t at)
{
    if (f->store == TH_STORE_ID)
        return id_value(&b->ids[f->field], at);
    if (f->store == TH_STORE_TIME)
        return number_value(b->times[f->field][at], TH_TIME_NONE);
    struct th_verify_value value = number_value(b->codes[f->field][at], 0);
    value.number -= f->store == TH_STORE_BOOL;
    return value;
}

static bool equal(const struct th_verify_value *a, const struct th_verify_value *b)
{
    if (a->kind != b->kind || a->kind == TH_VERIFY_ODD)
        return false;
    return a->kind == TH_VERIFY_NONE ||
           (a->kind == TH_VERIFY_NUMBER ? a->number == b->number : th_str_eq(a->bytes, b->bytes));
}

/* ---- what the record gives ---- */

void th_verify_values_batch(struct th_verify_worker *w, const struct th_batch *batch)
{
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        if (batch->dict[f] == NULL)
            continue;
        size_t n = (size_t)th_dict_count(batch->dict[f]) + 1;
        if (n > w->map_cap[f]) {
            free(w->map[f]);
            w->map[f] = th_xreallocarray(NULL, n, sizeof *w->map[f]);
            w->map_cap[f] = n;
        }
        memset(w->map[f], 0, n * sizeof *w->map[f]);
    }
    th_verify_groups_batch(w, batch);
}

uint32_t th_verify_case_code(struct th_verify_worker *w, const struct th_batch *batch,
                             enum th_field field, uint32_t code)
{
    uint32_t *known = &w->map[field][code];
    if (*known != 0)
        return *known;
    const struct th_verify_dict *dict = &w->v->dicts[field];
    uint32_t found = th_dict_find(dict->dict, th_dict_text(batch->dict[field], code));
    *known = found == 0 ? TH_VERIFY_NO_CODE : dict->code_of[found];
    return *known;
}

static struct th_verify_value record_value(struct th_verify_worker *w, const struct th_batch *batch,
                                           const struct th_verify_field *f, size_t row)
{
    if (f->store == TH_STORE_ID) {
        const struct th_id *id = batch->ids[f->field] == NULL ? NULL : &batch->ids[f->field][row];
        if (id == NULL || (!id->is_uuid && id->text.p == NULL))
            return no_value();
        return id->is_uuid ? bytes_value((struct th_str){(const char *)id->uuid, 16}, true)
                           : bytes_value(id->text, false);
    }
    if (f->store == TH_STORE_TIME || f->store == TH_STORE_BOOL) {
        const int64_t *num = batch->num[f->field];
        return number_value(num == NULL ? TH_VALUE_NONE : num[row], TH_VALUE_NONE);
    }
    uint32_t code = th_batch_code(batch, f->field, row);
    return code == 0 ? no_value()
                     : number_value(th_verify_case_code(w, batch, f->field, code), TH_VALUE_NONE);
}

/* ---- in words ---- */

static struct th_str code_text(const struct th_verify_dict *dict, int64_t code)
{
    return code > 0 && (uint64_t)code < dict->n ? dict->text[code] : TH_STR_NONE;
}

static void put_number(const struct th_verify *v, enum th_field field, int64_t number,
                       struct th_buf *out)
{
    enum th_store store = th_field_info(field)->store;
    char text[TH_TIME_ISO_BYTES];
    if (store == TH_STORE_TIME && number >= TH_TIME_MIN && number <= TH_TIME_MAX) {
        th_time_iso(number, text);
        th_buf_puts(out, text);
    } else if (store == TH_STORE_BOOL && (number == 0 || number == 1)) {
        th_buf_puts(out, number == 0 ? "false" : "true");
    } else if (store == TH_STORE_BOOL || store == TH_STORE_TIME) {
        th_buf_add_i64(out, number);
    } else if (code_text(&v->dicts[field], number).p != NULL) {
        th_buf_add_str(out, code_text(&v->dicts[field], number));
    } else {
        th_buf_printf(out, "code %" PRId64 ", which the dictionary doesn't have", number);
    }
}

static struct th_str words_of(struct th_verify_worker *w, enum th_field field,
                              const struct th_verify_value *value, struct th_buf *out)
{
    char text[TH_UUID_CHARS + 1];
    th_buf_reset(out);
    switch (value->kind) {
    case TH_VERIFY_NONE:
        return TH_STR_NONE;
    case TH_VERIFY_UUID:
        th_uuid_text((const uint8_t *)value->bytes.p, text);
        th_buf_puts(out, text);
        break;
    case TH_VERIFY_TEXT:
        th_buf_add_str(out, value->bytes);
        break;
    case TH_VERIFY_ODD:
        th_buf_puts(out, "a value of another type");
        break;
    case TH_VERIFY_NUMBER:
        put_number(w->v, field, value->number, out);
        break;
    }
    return (struct th_str){th_buf_cstr(out), out->n};
}

static void say(struct th_verify_worker *w, enum th_verify_kind kind, const char *field,
                struct th_str expected, struct th_str found, const char *what)
{
    const struct th_verify_rows *events = &w->rows[TH_VERIFY_EVENTS];
    const struct th_verify_difference d = {
        .kind = kind,
        .source = w->source.id,
        .path = th_str_of(w->source.place),
        .offset = events->offset,
        .has_offset = true,
        .event = events->id,
        .field = th_str_of(field),
        .expected = expected,
        .found = found,
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

bool th_verify_say_value(struct th_verify_worker *w, enum th_field field, struct th_str expected,
                         const struct th_verify_value *found)
{
    struct th_str has = found->kind == TH_VERIFY_NUMBER
                            ? code_text(&w->v->dicts[field], found->number)
                            : TH_STR_NONE;
    if (has.p != NULL && expected.p != NULL && th_str_eq(has, expected))
        return false;
    say(w, TH_VERIFY_EVENT, th_field_info(field)->name, expected,
        words_of(w, field, found, &w->found), "the event's row has another value than its record");
    return true;
}

void th_verify_say_column(struct th_verify_worker *w, const char *field, struct th_str expected,
                          struct th_str found)
{
    say(w, TH_VERIFY_SEGMENT, field, expected, found,
        "the column kept for queries has another value than the event's row");
}

/* ---- one event ---- */

static void note_use(struct th_verify_worker *w, const struct th_verify_field *f,
                     const struct th_verify_value *value)
{
    struct th_bits *used = &w->used[f->field];
    if (value->kind == TH_VERIFY_NUMBER && value->number > 0 && (uint64_t)value->number < used->n)
        th_bits_put(used, (size_t)value->number);
}

/* Nearly every value of nearly every event: a code, or none, that record, row and queries agree on.
 * False: look at it in full. */
static inline bool agrees(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                          const struct th_verify_field *f, sqlite3_stmt *stmt, size_t at)
{
    if ((f->store != TH_STORE_TERM && f->store != TH_STORE_LIST) || batch == NULL ||
        f->column < 0 || !w->block.readable[f->field])
        return false;
    const uint32_t *codes = batch->codes[f->field];
    uint32_t expected = codes == NULL ? 0 : codes[row];
    uint32_t query = w->block.codes[f->field][at];
    if (expected == 0)
        return query == 0 && sqlite3_column_type(stmt, f->column) == SQLITE_NULL;
    expected = th_verify_case_code(w, batch, f->field, expected);
    if (query != expected || sqlite3_column_type(stmt, f->column) != SQLITE_INTEGER ||
        sqlite3_column_int64(stmt, f->column) != expected)
        return false;
    if (expected < w->used[f->field].n)
        th_bits_put(&w->used[f->field], expected);
    return true;
}

static void compare_field(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                          const struct th_verify_field *f, size_t at)
{
    sqlite3_stmt *stmt = w->rows[TH_VERIFY_EVENTS].stmt;
    bool coded = f->store == TH_STORE_TERM || f->store == TH_STORE_LIST;
    struct th_verify_value found =
        f->column < 0 ? sparse_value(&w->block, f, at) : column_value(stmt, f);
    if (coded)
        note_use(w, f, &found);
    if (batch != NULL) {
        struct th_verify_value expected = record_value(w, batch, f, row);
        struct th_str text;
        if (!equal(&expected, &found)) {
            text = coded && expected.kind == TH_VERIFY_NUMBER
                       ? th_dict_text(batch->dict[f->field], th_batch_code(batch, f->field, row))
                       : words_of(w, f->field, &expected, &w->expected);
            (void)th_verify_say_value(w, f->field, text, &found);
        }
    }
    if (!w->block.readable[f->field])
        return;
    struct th_verify_value query = query_value(&w->block, f, at);
    if (!equal(&query, &found))
        th_verify_say_column(w, th_field_info(f->field)->name,
                             words_of(w, f->field, &found, &w->expected),
                             words_of(w, f->field, &query, &w->found));
}

enum th_code th_verify_values(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                              struct th_err *err)
{
    const struct th_verify_rows *events = &w->rows[TH_VERIFY_EVENTS];
    const struct th_verify *v = w->v;
    if (events->id < 1 || events->id >= UINT32_MAX)
        return TH_OK; /* told of by its number */
    enum th_code rc = th_verify_block_at(w, events->id, err);
    if (rc != TH_OK)
        return rc;
    size_t at = (size_t)(events->id - w->block.first);
    for (size_t i = 0; i < v->fields_n; i++)
        if (!agrees(w, batch, row, &v->fields[i], events->stmt, at))
            compare_field(w, batch, row, &v->fields[i], at);
    th_verify_groups(w, batch, row, at);
    return TH_OK;
}

bool th_verify_same_id(struct th_verify_worker *w, const struct th_batch *batch, size_t row)
{
    const struct th_verify *v = w->v;
    for (size_t i = 0; i < v->fields_n; i++) {
        const struct th_verify_field *f = &v->fields[i];
        if (f->field != TH_F_EVENT_ID || f->column < 0)
            continue;
        struct th_verify_value found = column_value(w->rows[TH_VERIFY_EVENTS].stmt, f);
        struct th_verify_value expected = record_value(w, batch, f, row);
        return expected.kind != TH_VERIFY_NONE && equal(&expected, &found);
    }
    return false;
}

void th_verify_values_fini(struct th_verify_worker *w)
{
    for (size_t f = 0; f < TH_FIELD_COUNT; f++) {
        free(w->map[f]);
        th_bits_fini(&w->used[f]);
    }
    for (size_t g = 0; g < TH_GROUP_COUNT; g++) {
        free(w->known[g]);
        th_bits_fini(&w->used_rows[g]);
    }
    th_buf_fini(&w->expected);
    th_buf_fini(&w->found);
    th_buf_fini(&w->what);
}
