/* The columns of one event: what its record gives, what its row has, what segments have.
 *
 * Texts are compared as codes: each distinct text of a batch is looked up once in the dictionary of
 * the case. What a batch has and the dictionary doesn't gets a code that no row can have. Only
 * where something differs are values turned into text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "store/verify_int.h"

#define PLACE_COLUMNS 4 /* id, offset, length, flags */
#define NO_CODE       UINT32_MAX

/* A value as it stands in the case. ODD: of a type that the field can't have. */
struct value {
    enum { NONE, NUMBER, UUID, TEXT, ODD } kind;
    int64_t number;
    struct th_str bytes;
};

void th_verify_fields(struct th_verify *v, struct th_buf *sql)
{
    int column = PLACE_COLUMNS;
    th_buf_puts(sql, "SELECT id, offset, length, flags");
    v->fields_n = 0;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++) {
        bool sparse = th_field_is_sparse(f);
        if (!th_field_is_column(f) || v->c->field_id[f] == 0)
            continue;
        v->fields[v->fields_n++] = (struct th_verify_field){
            f, th_field_info(f)->store, v->c->field_id[f], sparse ? -1 : column};
        column += !sparse;
        if (!sparse)
            th_buf_printf(sql, ", \"%s\"", th_field_info(f)->name);
    }
    th_buf_puts(sql, " FROM event WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
}

/* ---- what the case has ---- */

static struct value column_value(sqlite3_stmt *stmt, const struct th_verify_field *f)
{
    switch (sqlite3_column_type(stmt, f->column)) {
    case SQLITE_NULL:
        return (struct value){.kind = NONE};
    case SQLITE_INTEGER:
        return (struct value){.kind = f->store == TH_STORE_ID ? ODD : NUMBER,
                              .number = sqlite3_column_int64(stmt, f->column)};
    case SQLITE_BLOB: {
        struct th_str bytes = th_db_blob(stmt, f->column);
        bool good = f->store == TH_STORE_ID && bytes.n == 16;
        return (struct value){.kind = good ? UUID : ODD, .bytes = bytes};
    }
    default:
        return (struct value){.kind = f->store == TH_STORE_ID ? TEXT : ODD,
                              .bytes = th_db_text(stmt, f->column)};
    }
}

static struct value id_value(const struct th_ids *ids, size_t at)
{
    if (ids->kind == NULL || ids->kind[at] == 0)
        return (struct value){.kind = NONE};
    if (ids->kind[at] == 1)
        return (struct value){.kind = UUID, .bytes = {(const char *)ids->uuid[at], 16}};
    return (struct value){.kind = TEXT, .bytes = th_ids_text(ids, at)};
}

static struct value number_value(int64_t number, int64_t none)
{
    return number == none ? (struct value){.kind = NONE}
                          : (struct value){.kind = NUMBER, .number = number};
}

static struct value sparse_value(const struct th_verify_block *b, const struct th_verify_field *f,
                                 size_t at)
{
    if (f->store == TH_STORE_ID)
        return id_value(&b->sparse_ids[f->field], at);
    if (!b->has_sparse[f->field])
        return (struct value){.kind = NONE};
    return number_value(b->sparse[f->field][at], TH_VALUE_NONE);
}

/* As segments have it: codes of BOOL are 1 and 2 there. */
static struct value segment_value(const struct th_verify_block *b, const struct th_verify_field *f,
                                  size_t at)
{
    if (f->store == TH_STORE_ID)
        return id_value(&b->ids[f->field], at);
    if (f->store == TH_STORE_TIME)
        return number_value(b->times[f->field][at], TH_TIME_NONE);
    struct value value = number_value(b->codes[f->field][at], 0);
    value.number -= f->store == TH_STORE_BOOL;
    return value;
}

static bool equal(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind || a->kind == ODD)
        return false;
    return a->kind == NONE     ? true
           : a->kind == NUMBER ? a->number == b->number
                               : th_str_eq(a->bytes, b->bytes);
}

/* ---- what the record gives ---- */

void th_verify_values_batch(struct th_verify_worker *w, const struct th_batch *batch)
{
    for (size_t i = 0; i < w->v->fields_n; i++) {
        enum th_field f = w->v->fields[i].field;
        size_t n = batch->dict[f] == NULL ? 0 : (size_t)th_dict_count(batch->dict[f]) + 1;
        if (n > w->map_cap[f]) {
            free(w->map[f]);
            w->map[f] = th_xreallocarray(NULL, n, sizeof *w->map[f]);
            w->map_cap[f] = n;
        }
        if (n > 0)
            memset(w->map[f], 0, n * sizeof *w->map[f]);
    }
}

/* Code in the case of a code of the batch; NO_CODE: the case doesn't have its text. */
static uint32_t case_code(struct th_verify_worker *w, const struct th_batch *batch,
                          enum th_field field, uint32_t code)
{
    uint32_t *known = &w->map[field][code];
    if (*known != 0)
        return *known == NO_CODE ? NO_CODE : *known;
    const struct th_verify_dict *dict = &w->v->dicts[field];
    uint32_t found = th_dict_find(dict->dict, th_dict_text(batch->dict[field], code));
    *known = found == 0 ? NO_CODE : dict->code_of[found];
    return *known;
}

static struct value record_value(struct th_verify_worker *w, const struct th_batch *batch,
                                 const struct th_verify_field *f, size_t row)
{
    if (f->store == TH_STORE_ID) {
        const struct th_id *id = batch->ids[f->field] == NULL ? NULL : &batch->ids[f->field][row];
        if (id == NULL || (!id->is_uuid && id->text.p == NULL))
            return (struct value){.kind = NONE};
        return id->is_uuid ? (struct value){.kind = UUID, .bytes = {(const char *)id->uuid, 16}}
                           : (struct value){.kind = TEXT, .bytes = id->text};
    }
    if (f->store == TH_STORE_TIME || f->store == TH_STORE_BOOL) {
        const int64_t *num = batch->num[f->field];
        return number_value(num == NULL ? TH_VALUE_NONE : num[row], TH_VALUE_NONE);
    }
    const uint32_t *codes = batch->codes[f->field];
    uint32_t code = codes == NULL ? 0 : codes[row];
    return code == 0
               ? (struct value){.kind = NONE}
               : (struct value){.kind = NUMBER, .number = case_code(w, batch, f->field, code)};
}

/* ---- in words ---- */

static struct th_str code_text(const struct th_verify_dict *dict, int64_t code)
{
    return code > 0 && (uint64_t)code < dict->n ? dict->text[code] : TH_STR_NONE;
}

static struct th_str words_of(struct th_verify_worker *w, const struct th_verify_field *f,
                              const struct value *value, struct th_buf *out)
{
    char text[64];
    th_buf_reset(out);
    switch (value->kind) {
    case NONE:
        return TH_STR_NONE;
    case UUID:
        th_uuid_text((const uint8_t *)value->bytes.p, text);
        th_buf_puts(out, text);
        break;
    case TEXT:
        th_buf_add_str(out, value->bytes);
        break;
    case ODD:
        th_buf_puts(out, "a value of another type");
        break;
    case NUMBER:
        if (f->store == TH_STORE_TIME && value->number >= TH_TIME_MIN &&
            value->number <= TH_TIME_MAX) {
            th_time_iso(value->number, text);
            th_buf_puts(out, text);
        } else if (f->store == TH_STORE_BOOL && (value->number == 0 || value->number == 1)) {
            th_buf_puts(out, value->number == 0 ? "false" : "true");
        } else if (f->store == TH_STORE_BOOL || f->store == TH_STORE_TIME) {
            th_buf_add_i64(out, value->number);
        } else if (code_text(&w->v->dicts[f->field], value->number).p != NULL) {
            th_buf_add_str(out, code_text(&w->v->dicts[f->field], value->number));
        } else {
            th_buf_printf(out, "code %" PRId64 ", which the dictionary doesn't have",
                          value->number);
        }
        break;
    }
    return (struct th_str){th_buf_cstr(out), out->n};
}

static void say(struct th_verify_worker *w, enum th_verify_kind kind,
                const struct th_verify_field *f, struct th_str expected, struct th_str found,
                const char *what)
{
    const struct th_verify_rows *events = &w->rows[TH_VERIFY_EVENTS];
    const struct th_verify_difference d = {
        .kind = kind,
        .source = w->source.id,
        .path = th_str_of(w->source.place),
        .offset = events->offset,
        .has_offset = true,
        .event = events->id,
        .field = th_str_of(th_field_info(f->field)->name),
        .expected = expected,
        .found = found,
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

/* The values differ; a text that the dictionary has twice is no difference here. */
static void say_value(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                      const struct th_verify_field *f, const struct value *expected,
                      const struct value *found)
{
    bool coded = f->store == TH_STORE_TERM || f->store == TH_STORE_LIST;
    struct th_str want;
    if (coded && expected->kind == NUMBER) {
        want = th_dict_text(batch->dict[f->field], batch->codes[f->field][row]);
        struct th_str has =
            found->kind == NUMBER ? code_text(&w->v->dicts[f->field], found->number) : TH_STR_NONE;
        if (has.p != NULL && th_str_eq(want, has))
            return;
    } else {
        want = words_of(w, f, expected, &w->expected);
    }
    say(w, TH_VERIFY_EVENT, f, want, words_of(w, f, found, &w->found),
        "the event's row has another value than its record");
}

/* ---- one event ---- */

static void note_use(struct th_verify_worker *w, const struct th_verify_field *f,
                     const struct value *value)
{
    struct th_bits *used = &w->used[f->field];
    if (value->kind == NUMBER && value->number > 0 && (uint64_t)value->number < used->n)
        th_bits_put(used, (size_t)value->number);
}

/* Nearly every value of nearly every event: a code, or none, that record, row and segment agree on.
 * False: look at it in full. */
static inline bool agrees(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                          const struct th_verify_field *f, sqlite3_stmt *stmt, size_t at)
{
    if ((f->store != TH_STORE_TERM && f->store != TH_STORE_LIST) || batch == NULL ||
        f->column < 0 || !w->block.readable[f->field])
        return false;
    const uint32_t *codes = batch->codes[f->field];
    uint32_t expected = codes == NULL ? 0 : codes[row];
    uint32_t segment = w->block.codes[f->field][at];
    if (expected == 0)
        return segment == 0 && sqlite3_column_type(stmt, f->column) == SQLITE_NULL;
    expected = case_code(w, batch, f->field, expected);
    if (segment != expected || sqlite3_column_type(stmt, f->column) != SQLITE_INTEGER ||
        sqlite3_column_int64(stmt, f->column) != expected)
        return false;
    if (expected < w->used[f->field].n)
        th_bits_put(&w->used[f->field], expected);
    return true;
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
    for (size_t i = 0; i < v->fields_n; i++) {
        const struct th_verify_field *f = &v->fields[i];
        if (agrees(w, batch, row, f, events->stmt, at))
            continue;
        struct value found =
            f->column < 0 ? sparse_value(&w->block, f, at) : column_value(events->stmt, f);
        if (f->store == TH_STORE_TERM || f->store == TH_STORE_LIST)
            note_use(w, f, &found);
        if (batch != NULL) {
            struct value expected = record_value(w, batch, f, row);
            if (!equal(&expected, &found))
                say_value(w, batch, row, f, &expected, &found);
        }
        if (w->block.readable[f->field]) {
            struct value segment = segment_value(&w->block, f, at);
            if (!equal(&segment, &found))
                say(w, TH_VERIFY_SEGMENT, f, words_of(w, f, &found, &w->expected),
                    words_of(w, f, &segment, &w->found),
                    "the column kept for queries has another value than the event's row");
        }
    }
    return TH_OK;
}

bool th_verify_same_id(struct th_verify_worker *w, const struct th_batch *batch, size_t row)
{
    const struct th_verify *v = w->v;
    for (size_t i = 0; i < v->fields_n; i++) {
        const struct th_verify_field *f = &v->fields[i];
        if (f->field != TH_F_EVENT_ID || f->column < 0)
            continue;
        struct value found = column_value(w->rows[TH_VERIFY_EVENTS].stmt, f);
        struct value expected = record_value(w, batch, f, row);
        return expected.kind != NONE && equal(&expected, &found);
    }
    return false;
}

void th_verify_values_fini(struct th_verify_worker *w)
{
    for (size_t f = 0; f < TH_FIELD_COUNT; f++) {
        free(w->map[f]);
        th_bits_fini(&w->used[f]);
    }
    th_buf_fini(&w->expected);
    th_buf_fini(&w->found);
    th_buf_fini(&w->what);
}
