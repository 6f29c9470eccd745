/* A case in memory for tests: records are mapped as on import, columns are made of the values. The
 * loader of query/table.h without a store. */
#ifndef TESTS_QUERY_MEM_LOADER_H
#define TESTS_QUERY_MEM_LOADER_H

#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/dict.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/uuid.h"
#include "ecs/columns/map.h"
#include "query/table/table.h"

struct mem_case {
    size_t rows, cap;
    struct th_str *raw;
    th_arena *arena;
    th_scanner *scanner;
    th_dict *dict[TH_FIELD_COUNT];      /* TERM, LIST */
    uint32_t *codes[TH_FIELD_COUNT];    /* TERM, LIST, BOOL */
    int64_t *times[TH_FIELD_COUNT];     /* TIME */
    struct th_str *ids[TH_FIELD_COUNT]; /* ID */
    atomic_size_t loads;                /* how often a column was asked for */
    atomic_size_t visits;               /* how many records were visited */
    size_t cancel_after; /* a reader sets the cancel flag after so many visits; 0: never */
    size_t run_rows;     /* records lie together in runs of so many rows; 0: nothing is said */
    int fail_field;      /* loading this column fails; -1: none */
};

__attribute__((unused)) static struct mem_case *mem_case_new(void)
{
    struct mem_case *c = th_xcalloc(1, sizeof *c);
    c->arena = th_arena_new(0);
    c->scanner = th_scanner_new();
    c->fail_field = -1;
    for (int f = 0; f < TH_FIELD_COUNT; f++) {
        enum th_store store = th_field_info((enum th_field)f)->store;
        if (store == TH_STORE_TERM || store == TH_STORE_LIST)
            c->dict[f] = th_dict_new();
    }
    return c;
}

__attribute__((unused)) static void mem_case_free(struct mem_case *c)
{
    for (int f = 0; f < TH_FIELD_COUNT; f++) {
        th_dict_free(c->dict[f]);
        free(c->codes[f]);
        free(c->times[f]);
        free(c->ids[f]);
    }
    free(c->raw);
    th_scanner_free(c->scanner);
    th_arena_free(c->arena);
    free(c);
}

static void mem_case_grow(struct mem_case *c)
{
    if (c->rows < c->cap)
        return;
    c->cap = c->cap < 64 ? 64 : c->cap * 2;
    c->raw = th_xreallocarray(c->raw, c->cap, sizeof *c->raw);
    for (int f = 0; f < TH_FIELD_COUNT; f++) {
        switch (th_field_info((enum th_field)f)->store) {
        case TH_STORE_TERM:
        case TH_STORE_LIST:
        case TH_STORE_BOOL:
            c->codes[f] = th_xreallocarray(c->codes[f], c->cap, sizeof *c->codes[f]);
            break;
        case TH_STORE_TIME:
            c->times[f] = th_xreallocarray(c->times[f], c->cap, sizeof *c->times[f]);
            break;
        case TH_STORE_ID:
            c->ids[f] = th_xreallocarray(c->ids[f], c->cap, sizeof *c->ids[f]);
            break;
        case TH_STORE_OF:
        case TH_STORE_CONST:
        case TH_STORE_EVIDENCE:
            break;
        }
    }
}

/* Add one record (its bytes are copied). False when it is no JSON object. */
__attribute__((unused)) static bool mem_case_add(struct mem_case *c, struct th_str raw)
{
    static struct th_record record;
    static struct th_values values;
    struct th_json_cursor cursor;
    raw = th_arena_dup(c->arena, raw);
    th_json_init(&cursor, raw);
    if (th_record_scan(c->scanner, &cursor, &record) != TH_JSON_OK)
        return false;
    th_map_record(&record, c->arena, &values);
    mem_case_grow(c);
    size_t row = c->rows++;
    c->raw[row] = record.raw;
    for (int f = 0; f < TH_FIELD_COUNT; f++) {
        switch (th_field_info((enum th_field)f)->store) {
        case TH_STORE_TERM:
        case TH_STORE_LIST:
            c->codes[f][row] = th_dict_intern(c->dict[f], values.text[f]);
            break;
        case TH_STORE_BOOL:
            c->codes[f][row] = values.num[f] == TH_VALUE_NONE ? 0 : values.num[f] != 0 ? 2 : 1;
            break;
        case TH_STORE_TIME:
            c->times[f][row] = values.num[f] == TH_VALUE_NONE ? TH_TIME_NONE : values.num[f];
            break;
        case TH_STORE_ID:
            c->ids[f][row] = values.text[f];
            break;
        case TH_STORE_OF:
        case TH_STORE_CONST:
        case TH_STORE_EVIDENCE:
            break;
        }
    }
    return true;
}

/* Every record of {"Records":[…]}, an array, or objects one after the other. Returns how many. */
__attribute__((unused)) static size_t mem_case_add_all(struct mem_case *c, struct th_str text)
{
    struct th_json_cursor cursor;
    struct th_json_value value;
    size_t before = c->rows;
    bool first = true;
    th_json_init(&cursor, text);
    if (!th_json_space(&cursor))
        return 0;
    if (th_json_get(text, TH_STR("Records"), &value) && value.type == TH_JSON_ARRAY)
        th_json_init(&cursor, value.text);
    if (*cursor.at == '[') {
        if (th_json_enter(&cursor) != TH_JSON_OK)
            return 0;
        while (th_json_next_element(&cursor, &first) == TH_JSON_OK &&
               th_json_value(&cursor, &value) == TH_JSON_OK)
            mem_case_add(c, value.text);
    } else {
        while (th_json_space(&cursor) && th_json_value(&cursor, &value) == TH_JSON_OK)
            mem_case_add(c, value.text);
    }
    return c->rows - before;
}

/* Codes of a field in a column's width; shared codes are simply made twice. */
static void mem_codes(const struct mem_case *c, enum th_field field, uint32_t max, size_t rows,
                      struct th_column *out)
{
    void *codes;
    out->width = max <= UINT8_MAX ? 1 : max <= UINT16_MAX ? 2 : 4;
    codes = th_xcalloc(rows + 1, out->width);
    for (size_t i = 0; i < rows; i++) {
        uint32_t code = c->codes[field][i];
        if (out->width == 1)
            ((uint8_t *)codes)[i] = (uint8_t)code;
        else if (out->width == 2)
            ((uint16_t *)codes)[i] = (uint16_t)code;
        else
            ((uint32_t *)codes)[i] = code;
    }
    out->codes = codes;
    out->memory_bytes = rows * out->width;
}

static void mem_texts(struct mem_case *c, enum th_field field, struct th_column *out)
{
    const struct th_field_info *info = th_field_info(field);
    enum th_field owner = info->store == TH_STORE_OF ? info->parent : field;
    uint32_t n = th_dict_count(c->dict[owner]);
    struct th_str *texts = th_xcalloc((size_t)n + 1, sizeof *texts);
    struct th_buf buf = TH_BUF_INIT;
    for (uint32_t code = 0; code <= n; code++) {
        texts[code] = th_dict_text(c->dict[owner], code);
        if (info->store != TH_STORE_OF)
            continue;
        th_buf_reset(&buf);
        bool has = th_field_derive(field, texts[code], NULL, &buf);
        texts[code] =
            has ? th_arena_dup(c->arena, (struct th_str){th_buf_cstr(&buf), buf.n}) : TH_STR_NONE;
    }
    th_buf_fini(&buf);
    out->texts = texts;
    out->texts_n = n + 1;
}

static void mem_ids(struct mem_case *c, enum th_field field, size_t rows, struct th_column *out)
{
    uint8_t(*uuids)[16] = th_xcalloc(rows + 1, 16);
    uint8_t *kind = th_xcalloc(rows + 1, 1);
    uint32_t *index = th_xcalloc(rows + 1, sizeof *index);
    struct th_str *texts = th_xcalloc(rows + 1, sizeof *texts);
    uint32_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        if (c->ids[field][i].p == NULL)
            continue;
        if (th_uuid_parse(c->ids[field][i], uuids[i])) {
            kind[i] = 1;
        } else {
            kind[i] = 2;
            index[i] = n;
            texts[n++] = c->ids[field][i];
        }
    }
    out->uuids = (const uint8_t(*)[16])uuids;
    out->id_kind = kind;
    out->id_index = index;
    out->ids_text = texts;
}

static enum th_code mem_column(void *ctx, enum th_field field, size_t rows, struct th_column *out,
                               struct th_err *err)
{
    static const struct th_str truth[] = {{NULL, 0}, {"false", 5}, {"true", 4}};
    struct mem_case *c = ctx;
    const struct th_field_info *info = th_field_info(field);
    c->loads++;
    if ((int)field == c->fail_field)
        return th_err_set(err, TH_E_DB, "the disk is gone");
    memset(out, 0, sizeof *out);
    out->field = field;
    out->rows = rows;
    switch (info->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
        mem_codes(c, field, th_dict_count(c->dict[field]), rows, out);
        mem_texts(c, field, out);
        break;
    case TH_STORE_OF:
        mem_codes(c, info->parent, th_dict_count(c->dict[info->parent]), rows, out);
        mem_texts(c, field, out);
        break;
    case TH_STORE_BOOL: {
        struct th_str *texts = th_xcalloc(3, sizeof *texts);
        memcpy(texts, truth, sizeof truth);
        mem_codes(c, field, 2, rows, out);
        out->texts = texts;
        out->texts_n = 3;
        break;
    }
    case TH_STORE_CONST: {
        struct th_str *texts = th_xcalloc(1, sizeof *texts);
        texts[0] = th_str_of(info->source);
        out->texts = texts;
        out->texts_n = 1;
        break;
    }
    case TH_STORE_TIME: {
        int64_t *num = th_xcalloc(rows + 1, sizeof *num);
        if (rows > 0)
            memcpy(num, c->times[field], rows * sizeof *num);
        out->num = num;
        break;
    }
    case TH_STORE_ID:
        mem_ids(c, field, rows, out);
        break;
    case TH_STORE_EVIDENCE:
        return th_err_set(err, TH_E_UNSUPPORTED, "no column");
    }
    return TH_OK;
}

/* free() of what a const pointer says it only reads. */
static void mem_release(const void *p)
{
    void *plain;
    memcpy(&plain, &p, sizeof plain);
    free(plain);
}

static void mem_column_free(void *ctx, struct th_column *column)
{
    (void)ctx;
    mem_release(column->codes);
    mem_release(column->texts);
    mem_release(column->num);
    mem_release(column->uuids);
    mem_release(column->id_kind);
    mem_release(column->id_index);
    mem_release(column->ids_text);
}

static enum th_code mem_raw_open(void *ctx, void **reader, struct th_err *err)
{
    (void)err;
    *reader = ctx;
    return TH_OK;
}

static enum th_code mem_raw_read(void *reader, const struct th_bits *wanted, size_t first,
                                 size_t last,
                                 bool (*visit)(void *vctx, uint64_t row, struct th_str raw),
                                 void *vctx, th_cancel *cancel, struct th_err *err)
{
    struct mem_case *c = reader;
    for (size_t row = first; row < last && row < c->rows; row++) {
        if (wanted != NULL && !th_bits_get(wanted, row))
            continue;
        size_t visit_number = atomic_fetch_add(&c->visits, 1) + 1;
        if (c->cancel_after != 0 && visit_number == c->cancel_after && cancel != NULL)
            th_cancel_set(cancel);
        if (th_cancelled(cancel))
            return th_err_set(err, TH_E_CANCELLED, "cancelled");
        if (!visit(vctx, row, c->raw[row]))
            break;
    }
    return TH_OK;
}

static void mem_raw_close(void *reader)
{
    (void)reader;
}

/* Runs of run_rows; 0: the table's own. */
static enum th_code mem_raw_runs(void *ctx, size_t rows, size_t **ends, size_t *n,
                                 struct th_err *err)
{
    const struct mem_case *c = ctx;
    if (c->run_rows == 0)
        return th_err_set(err, TH_E_UNSUPPORTED, "no runs");
    *n = (rows + c->run_rows - 1) / c->run_rows;
    *ends = th_xcalloc(*n + 1, sizeof **ends);
    for (size_t i = 0; i < *n; i++)
        (*ends)[i] = (i + 1) * c->run_rows < rows ? (i + 1) * c->run_rows : rows;
    return TH_OK;
}

__attribute__((unused)) static struct th_loader mem_loader(struct mem_case *c)
{
    return (struct th_loader){.ctx = c,
                              .column = mem_column,
                              .column_free = mem_column_free,
                              .raw_open = mem_raw_open,
                              .raw_read = mem_raw_read,
                              .raw_close = mem_raw_close,
                              .raw_runs = mem_raw_runs};
}

/* A table over all rows added so far. Freed before the case. */
__attribute__((unused)) static th_table *mem_table(struct mem_case *c)
{
    struct th_loader loader = mem_loader(c);
    return th_table_new(c->rows, &loader);
}

#endif
