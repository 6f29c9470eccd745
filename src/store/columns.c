/* The loader behind query/table.h. A column is read once, whole, into memory that its owner record
 * holds; OF columns share the array of codes of the field they depend on, whichever of them came
 * first.
 *
 * One lock guards the connection and the table of shared codes: loading is a matter of
 * milliseconds. A scan over raw records is not, so it opens a connection of its own. */
#include "store/columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/paths.h"
#include "store/private.h"
#include "store/segment.h"

/* Codes of one field, shared by the columns that use them. */
struct shared {
    size_t refs;
    size_t rows;
    uint32_t max; /* largest code there can be: the size of the dictionary */
    uint8_t width;
    void *codes;
};

struct th_columns {
    th_case *c;
    pthread_mutex_t lock;
    struct th_group_cache groups;
    struct shared
        *shared[TH_FIELD_COUNT]; /* by the field that owns the codes; not counted in refs */
};

/* What one column holds. */
struct owner {
    enum th_field field; /* whose codes: the field itself or its parent */
    struct shared *shared;
    struct th_str *texts;
    char *bytes;
    int64_t *num;
    struct th_ids ids;
    struct th_str *ids_text;
};

static const struct th_str bool_texts[] = {{NULL, 0}, {"false", 5}, {"true", 4}};

void th_columns_close(th_columns *columns)
{
    if (columns == NULL)
        return;
    (void)th_case_close(columns->c, NULL);
    pthread_mutex_destroy(&columns->lock);
    th_group_cache_fini(&columns->groups);
    free(columns);
}

static struct th_column_range range_of(th_columns *columns, enum th_field field, size_t rows)
{
    return (struct th_column_range){columns->c->db, &columns->c->numbers, field, 1,
                                    rows,           &columns->groups};
}

static uint8_t width_for(uint32_t max)
{
    return max <= UINT8_MAX ? 1 : max <= UINT16_MAX ? 2 : 4;
}

/* Every event and every term takes a few bytes: a number beyond the size of the file is damage, and
 * would have memory reserved for nothing. */
static enum th_code check_count(th_columns *columns, int64_t count, const char *what,
                                struct th_err *err)
{
    int64_t bytes = 0;
    if (count >= 0 && count < UINT16_MAX)
        return TH_OK;
    enum th_code rc = th_db_number(
        columns->c->db,
        "SELECT p.page_count * s.page_size FROM pragma_page_count p, pragma_page_size s", 0, &bytes,
        err);
    if (rc == TH_OK && (count < 0 || count >= UINT32_MAX || count > bytes))
        rc = th_err_set(err, TH_E_DB, "%s: %s has impossible numbers, the case is damaged",
                        columns->c->path, what);
    return rc;
}

enum th_code th_columns_open(const char *path, th_columns **out, size_t *rows, struct th_err *err)
{
    th_columns *columns = th_xcalloc(1, sizeof *columns);
    int64_t last = 0;
    enum th_code rc = th_case_open(path, TH_CASE_READ, &columns->c, err);
    if (rc == TH_OK)
        rc = th_db_number(columns->c->db, "SELECT max(id) FROM event", 0, &last, err);
    if (rc == TH_OK)
        rc = check_count(columns, last, "table event", err);
    if (rc != TH_OK) {
        (void)th_case_close(columns->c, NULL);
        free(columns);
        return rc;
    }
    pthread_mutex_init(&columns->lock, NULL);
    *rows = (size_t)last;
    *out = columns;
    return TH_OK;
}

static enum th_code dictionary_size(th_columns *columns, enum th_field field, uint32_t *out,
                                    struct th_err *err)
{
    sqlite3_stmt *stmt;
    int64_t max;
    enum th_code rc = th_db_cached(&columns->c->cache, columns->c->db,
                                   "SELECT max(code) FROM term WHERE field = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, columns->c->numbers.field[field]);
    rc = th_db_value(stmt, 0, &max, err);
    if (rc == TH_OK)
        rc = check_count(columns, max, "a dictionary", err);
    *out = rc == TH_OK ? (uint32_t)max : 0;
    return rc;
}

static void drop_shared(th_columns *columns, enum th_field field, struct shared *shared)
{
    if (shared == NULL || --shared->refs > 0)
        return;
    if (columns->shared[field] == shared)
        columns->shared[field] = NULL;
    free(shared->codes);
    free(shared);
}

/* The codes of a field: those that another column holds already, else read now. */
static enum th_code take_codes(th_columns *columns, enum th_field field, size_t rows,
                               struct owner *owner, struct th_column *out, struct th_err *err)
{
    struct shared *shared = columns->shared[field];
    owner->field = field;
    if (shared == NULL || shared->rows != rows) {
        uint32_t max = 2;
        enum th_code rc = TH_OK;
        if (th_field_info(field)->store != TH_STORE_BOOL)
            rc = dictionary_size(columns, field, &max, err);
        if (rc != TH_OK)
            return rc;
        shared = th_xcalloc(1, sizeof *shared);
        *shared = (struct shared){0, rows, max, width_for(max),
                                  th_xreallocarray(NULL, rows + 1, width_for(max))};
        const struct th_column_range range = range_of(columns, field, rows);
        rc = th_range_codes(&range, shared->width, max, shared->codes, err);
        if (rc != TH_OK) {
            free(shared->codes);
            free(shared);
            return rc;
        }
        columns->shared[field] = shared;
        out->memory_bytes += rows * shared->width;
    }
    shared->refs++;
    owner->shared = shared;
    out->codes = shared->codes;
    out->width = shared->width;
    return TH_OK;
}

/* Fill texts from rows of (code, text) of a field's dictionary or derived values; a code beyond the
 * array is left out: it came with events that this table doesn't show. */
static enum th_code read_texts(sqlite3_stmt *stmt, struct owner *owner, struct th_column *out,
                               struct th_err *err)
{
    struct th_buf bytes = TH_BUF_INIT;
    bool more;
    enum th_code rc;
    /* The buffer moves while it grows: starts first, addresses at the end. */
    size_t *starts = th_xcalloc(out->texts_n, sizeof *starts);
    while ((rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        uint64_t code = th_db_u64(stmt, 0);
        struct th_str text = th_db_text(stmt, 1);
        if (code >= out->texts_n || text.p == NULL)
            continue;
        starts[code] = bytes.n + 1;
        owner->texts[code].n = text.n;
        th_buf_add_str(&bytes, text);
        th_buf_putc(&bytes, '\0');
    }
    sqlite3_reset(stmt);
    owner->bytes = bytes.p;
    for (size_t i = 0; i < out->texts_n; i++)
        if (starts[i] != 0)
            owner->texts[i].p = bytes.p + starts[i] - 1;
    free(starts);
    out->memory_bytes += bytes.cap;
    return rc;
}

static enum th_code load_texts(th_columns *columns, enum th_field field, struct owner *owner,
                               struct th_column *out, struct th_err *err)
{
    bool derived = th_field_info(field)->store == TH_STORE_OF;
    const char *sql = derived ? "SELECT code, text FROM derived WHERE field = ?1"
                              : "SELECT code, text FROM term WHERE field = ?1";
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_prepare(columns->c->db, sql, &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, columns->c->numbers.field[field]);
    out->texts_n = owner->shared->max + 1;
    owner->texts = th_xcalloc(out->texts_n, sizeof *owner->texts);
    out->texts = owner->texts;
    out->memory_bytes += out->texts_n * sizeof *owner->texts;
    rc = read_texts(stmt, owner, out, err);
    sqlite3_finalize(stmt);
    if (rc == TH_OK && !derived)
        owner->texts[0] = TH_STR_NONE;
    return rc;
}

static enum th_code load_coded(th_columns *columns, enum th_field field, size_t rows,
                               struct owner *owner, struct th_column *out, struct th_err *err)
{
    const struct th_field_info *info = th_field_info(field);
    enum th_field codes_of = info->store == TH_STORE_OF ? info->parent : field;
    enum th_code rc = take_codes(columns, codes_of, rows, owner, out, err);
    return rc == TH_OK ? load_texts(columns, field, owner, out, err) : rc;
}

static enum th_code load_bool(th_columns *columns, enum th_field field, size_t rows,
                              struct owner *owner, struct th_column *out, struct th_err *err)
{
    out->texts = bool_texts;
    out->texts_n = TH_COUNT(bool_texts);
    return take_codes(columns, field, rows, owner, out, err);
}

static enum th_code load_times(th_columns *columns, enum th_field field, size_t rows,
                               struct owner *owner, struct th_column *out, struct th_err *err)
{
    const struct th_column_range range = range_of(columns, field, rows);
    owner->num = th_xreallocarray(NULL, rows + 1, sizeof *owner->num);
    out->num = owner->num;
    out->memory_bytes = rows * sizeof *owner->num;
    return th_range_times(&range, owner->num, err);
}

static enum th_code load_ids(th_columns *columns, enum th_field field, size_t rows,
                             struct owner *owner, struct th_column *out, struct th_err *err)
{
    const struct th_column_range range = range_of(columns, field, rows);
    struct th_ids *ids = &owner->ids;
    th_ids_init(ids, rows);
    enum th_code rc = th_range_ids(&range, ids, err);
    if (rc != TH_OK)
        return rc;
    out->uuids = (const uint8_t(*)[16])ids->uuid;
    out->id_kind = ids->kind;
    out->memory_bytes = rows * 17;
    if (ids->texts_n == 0)
        return TH_OK;
    owner->ids_text = th_xcalloc(ids->texts_n, sizeof *owner->ids_text);
    for (size_t i = 0; i < ids->texts_n; i++) {
        size_t start = i == 0 ? 0 : ids->ends[i - 1];
        owner->ids_text[i] = (struct th_str){ids->bytes.p + start, ids->ends[i] - start};
    }
    out->ids_text = owner->ids_text;
    out->id_index = ids->index;
    out->memory_bytes +=
        rows * sizeof *ids->index + ids->bytes.cap + ids->texts_n * sizeof *owner->ids_text;
    return TH_OK;
}

static void load_const(enum th_field field, struct owner *owner, struct th_column *out)
{
    owner->texts = th_xcalloc(1, sizeof *owner->texts);
    owner->texts[0] = th_str_of(th_field_info(field)->source);
    out->texts = owner->texts;
    out->texts_n = 1;
}

static enum th_code load(th_columns *columns, enum th_field field, size_t rows, struct owner *owner,
                         struct th_column *out, struct th_err *err)
{
    switch (th_field_info(field)->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_OF:
        return load_coded(columns, field, rows, owner, out, err);
    case TH_STORE_BOOL:
        return load_bool(columns, field, rows, owner, out, err);
    case TH_STORE_TIME:
        return load_times(columns, field, rows, owner, out, err);
    case TH_STORE_ID:
        return load_ids(columns, field, rows, owner, out, err);
    case TH_STORE_CONST:
        load_const(field, owner, out);
        return TH_OK;
    case TH_STORE_EVIDENCE:
        break;
    }
    return th_err_set(err, TH_E_UNSUPPORTED, "%s is computed from the records and has no column",
                      th_field_info(field)->name);
}

static void free_owner(th_columns *columns, struct owner *owner)
{
    drop_shared(columns, owner->field, owner->shared);
    free(owner->texts);
    free(owner->bytes);
    free(owner->num);
    free(owner->ids_text);
    th_ids_fini(&owner->ids);
    free(owner);
}

static enum th_code column(void *ctx, enum th_field field, size_t rows, struct th_column *out,
                           struct th_err *err)
{
    th_columns *columns = ctx;
    struct owner *owner = th_xcalloc(1, sizeof *owner);
    memset(out, 0, sizeof *out);
    out->field = field;
    out->rows = rows;
    out->owner = owner;
    pthread_mutex_lock(&columns->lock);
    enum th_code rc = load(columns, field, rows, owner, out, err);
    if (rc != TH_OK) {
        free_owner(columns, owner);
        memset(out, 0, sizeof *out);
    }
    pthread_mutex_unlock(&columns->lock);
    return rc == TH_OK ? rc
                       : th_err_prefix(err, rc, "loading column %s", th_field_info(field)->name);
}

static void column_free(void *ctx, struct th_column *column)
{
    th_columns *columns = ctx;
    if (column->owner == NULL)
        return;
    pthread_mutex_lock(&columns->lock);
    free_owner(columns, column->owner);
    pthread_mutex_unlock(&columns->lock);
    memset(column, 0, sizeof *column);
}

/* A connection of its own with a reader on it. */
struct records {
    th_case *c;
    th_raw_reader *reader;
};

static void raw_close(void *ctx)
{
    struct records *records = ctx;
    th_raw_reader_free(records->reader);
    (void)th_case_close(records->c, NULL);
    free(records);
}

static enum th_code raw_open(void *ctx, void **reader, struct th_err *err)
{
    const th_columns *columns = ctx;
    struct records *records = th_xcalloc(1, sizeof *records);
    enum th_code rc = th_case_open(columns->c->path, TH_CASE_READ, &records->c, err);
    if (rc == TH_OK)
        rc = th_raw_reader_new(records->c, &records->reader, err);
    if (rc == TH_OK)
        *reader = records;
    else
        raw_close(records);
    return rc;
}

static enum th_code raw_read(void *reader, const struct th_bits *wanted, size_t first, size_t last,
                             th_raw_visit *visit, void *vctx, th_cancel *cancel, struct th_err *err)
{
    const struct records *records = reader;
    return th_raw_read(records->reader, wanted, first, last, visit, vctx, cancel, err);
}

static enum th_code raw_runs(void *ctx, size_t rows, size_t **ends, size_t *n, struct th_err *err)
{
    th_columns *columns = ctx;
    pthread_mutex_lock(&columns->lock);
    enum th_code rc = th_case_raw_runs(columns->c, rows, ends, n, err);
    pthread_mutex_unlock(&columns->lock);
    return rc;
}

static enum th_code path_load(void *ctx, enum th_field field, struct th_str path, size_t rows,
                              uint32_t *codes, th_dict *dict, size_t *got, struct th_err *err)
{
    th_columns *columns = ctx;
    pthread_mutex_lock(&columns->lock);
    enum th_code rc = th_paths_kept(columns->c->db, field, path, rows, codes, dict, got, err);
    pthread_mutex_unlock(&columns->lock);
    return rc;
}

static void *path_save_begin(void *ctx)
{
    const th_columns *columns = ctx;
    return th_paths_keep_begin(columns->c->path);
}

static void path_save(void *saver, enum th_field field, struct th_str path, size_t from,
                      size_t rows, const uint32_t *codes, uint32_t texts_from, const th_dict *dict)
{
    th_paths_keep(saver, field, path, from, rows, codes, texts_from, dict);
}

static void path_save_end(void *saver)
{
    th_paths_keep_end(saver);
}

struct th_loader th_columns_loader(th_columns *columns)
{
    return (struct th_loader){.ctx = columns,
                              .column = column,
                              .column_free = column_free,
                              .raw_open = raw_open,
                              .raw_read = raw_read,
                              .raw_close = raw_close,
                              .raw_runs = raw_runs,
                              .path_load = path_load,
                              .path_save_begin = path_save_begin,
                              .path_save = path_save,
                              .path_save_end = path_save_end};
}
