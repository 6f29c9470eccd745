/* Reading a range of a column. Segments are taken in order of their first row for as long as they
 * follow each other without a gap; the rows behind come from table event (or extra). A case may be
 * damaged or made by somebody else, so everything in a segment is checked before it is used. */
#include "store/columns/segment.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "ingest/reader/inflate.h"
#include "store/case/handle.h"

/* Deflate can't do better than 1 : 1032. */
#define RATIO_MAX 1032

/* One segment as it stands in the case, and which part of it is wanted. */
struct segment {
    uint64_t first;
    size_t rows;
    int width;
    struct th_str bytes;
    size_t skip; /* rows before the wanted part */
    size_t take; /* wanted rows */
    size_t at;   /* where they go in the output */
};

/* Where values go. put_* return false for a value that can't be. */
struct sink {
    const struct th_column_place *place;
    int width;
    uint32_t max;
    void *codes;
    int64_t *times;
    struct th_ids *ids;
    enum th_code (*unpack)(struct sink *sink, const struct segment *segment, struct th_err *err);
    bool (*put)(struct sink *sink, size_t at, sqlite3_stmt *stmt, int column);
    struct th_buf plain;
};

static enum th_code damaged(const struct sink *sink, uint64_t first, struct th_err *err)
{
    return th_err_set(err, TH_E_DB, "column %s is damaged in the segment at row %llu",
                      sink->place->column, (unsigned long long)first);
}

static enum th_code inflate_to(struct sink *sink, const struct segment *segment,
                               struct th_str packed, size_t plain_n, struct th_err *err)
{
    th_buf_reset(&sink->plain);
    if (packed.n == 0 || plain_n / RATIO_MAX > packed.n + 16 ||
        th_inflate_chunk(packed.p, packed.n, plain_n, &sink->plain, NULL) != TH_OK ||
        sink->plain.n != plain_n)
        return damaged(sink, segment->first, err);
    return TH_OK;
}

static inline uint32_t load_code(const char *bytes, int width, size_t i)
{
    uint32_t code = 0;
    memcpy(&code, bytes + i * (size_t)width, (size_t)width);
    return code;
}

static inline void store_code(void *codes, int width, size_t at, uint32_t code)
{
    memcpy((char *)codes + at * (size_t)width, &code, (size_t)width);
}

/* Copy n codes of one width to another, returning the largest: the widths are constants at each
 * call, so each copy is a tight loop. */
static inline uint32_t copy_codes(const char *from, int from_width, void *to, int to_width,
                                  size_t at, size_t n)
{
    uint32_t max = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t code = load_code(from, from_width, i);
        max = code > max ? code : max;
        store_code(to, to_width, at + i, code);
    }
    return max;
}

static uint32_t copy_any(const char *from, int from_width, void *to, int to_width, size_t at,
                         size_t n)
{
    switch (from_width * 8 + to_width) {
    case 1 * 8 + 1:
        return copy_codes(from, 1, to, 1, at, n);
    case 1 * 8 + 2:
        return copy_codes(from, 1, to, 2, at, n);
    case 1 * 8 + 4:
        return copy_codes(from, 1, to, 4, at, n);
    case 2 * 8 + 2:
        return copy_codes(from, 2, to, 2, at, n);
    case 2 * 8 + 4:
        return copy_codes(from, 2, to, 4, at, n);
    case 4 * 8 + 4:
        return copy_codes(from, 4, to, 4, at, n);
    default:
        /* A segment can be wider than the column only when it holds codes that the dictionary
         * doesn't have. */
        return UINT32_MAX;
    }
}

static enum th_code unpack_codes(struct sink *sink, const struct segment *s, struct th_err *err)
{
    if (s->width == 0) {
        uint32_t code;
        if (s->bytes.n != sizeof code)
            return damaged(sink, s->first, err);
        memcpy(&code, s->bytes.p, sizeof code);
        if (code > sink->max)
            return damaged(sink, s->first, err);
        for (size_t i = 0; i < s->take && code != 0; i++)
            store_code(sink->codes, sink->width, s->at + i, code);
        return TH_OK;
    }
    if (s->width != 1 && s->width != 2 && s->width != 4)
        return damaged(sink, s->first, err);
    enum th_code rc = inflate_to(sink, s, s->bytes, s->rows * (size_t)s->width, err);
    if (rc != TH_OK)
        return rc;
    const char *from = sink->plain.p + s->skip * (size_t)s->width;
    if (copy_any(from, s->width, sink->codes, sink->width, s->at, s->take) > sink->max)
        return damaged(sink, s->first, err);
    return TH_OK;
}

static bool put_code(struct sink *sink, size_t at, sqlite3_stmt *stmt, int column)
{
    int64_t code = sqlite3_column_int64(stmt, column);
    if (sink->place->is_bool)
        code = code == 0 ? 1 : 2;
    if (sqlite3_column_type(stmt, column) != SQLITE_INTEGER || code < 0 || code > sink->max)
        return false;
    store_code(sink->codes, sink->width, at, (uint32_t)code);
    return true;
}

/* Could an event have this time? What nothing imports, no arithmetic with times needs to stand. */
static bool is_time(int64_t ms)
{
    return ms == TH_TIME_NONE || (ms >= TH_TIME_MIN && ms <= TH_TIME_MAX);
}

static enum th_code check_times(const struct sink *sink, const struct segment *s,
                                struct th_err *err)
{
    bool sound = true;
    for (size_t i = 0; i < s->take; i++)
        sound &= is_time(sink->times[s->at + i]);
    return sound ? TH_OK : damaged(sink, s->first, err);
}

static enum th_code unpack_times(struct sink *sink, const struct segment *s, struct th_err *err)
{
    int64_t base;
    uint32_t unit;
    int64_t *out = sink->times + s->at;
    if (s->width == 0 && s->bytes.n == sizeof base) {
        memcpy(&base, s->bytes.p, sizeof base);
        for (size_t i = 0; i < s->take; i++)
            out[i] = base;
        return check_times(sink, s, err);
    }
    size_t head = s->width == 4 ? sizeof base + sizeof unit : 0;
    if ((s->width != 4 && s->width != 8) || s->bytes.n < head)
        return damaged(sink, s->first, err);
    enum th_code rc = inflate_to(sink, s, th_str_sub(s->bytes, head, s->bytes.n),
                                 s->rows * (size_t)s->width, err);
    if (rc != TH_OK)
        return rc;
    const char *from = sink->plain.p + s->skip * (size_t)s->width;
    if (s->width == 8) {
        memcpy(out, from, s->take * sizeof *out);
        return check_times(sink, s, err);
    }
    memcpy(&base, s->bytes.p, sizeof base);
    memcpy(&unit, s->bytes.p + sizeof base, sizeof unit);
    for (size_t i = 0; i < s->take; i++) {
        uint64_t step = load_code(from, 4, i);
        out[i] = step == 0 ? TH_TIME_NONE : (int64_t)((uint64_t)base + (step - 1) * unit);
    }
    return check_times(sink, s, err);
}

static bool put_time(struct sink *sink, size_t at, sqlite3_stmt *stmt, int column)
{
    sink->times[at] = sqlite3_column_int64(stmt, column);
    return sqlite3_column_type(stmt, column) == SQLITE_INTEGER && is_time(sink->times[at]);
}

/* The parts of a packed id segment, once its sizes are known to fit. */
struct id_parts {
    const char *kinds, *lengths, *texts, *uuids;
    size_t texts_n, texts_bytes;
};

static bool id_parts_of(const struct segment *s, const struct th_buf *plain, struct th_str uuids,
                        struct id_parts *out)
{
    size_t uuids_n = 0;
    size_t texts_n = 0;
    for (size_t i = 0; i < s->rows; i++) {
        uint8_t kind = (uint8_t)plain->p[i];
        if (kind > 2)
            return false;
        uuids_n += kind == 1;
        texts_n += kind == 2;
    }
    if (uuids.n != uuids_n * 16 || (plain->n - s->rows) / sizeof(uint32_t) < texts_n)
        return false;
    size_t head = s->rows + texts_n * sizeof(uint32_t);
    *out = (struct id_parts){plain->p, plain->p + s->rows, plain->p + head, uuids.p,
                             texts_n,  plain->n - head};
    uint64_t sum = 0;
    for (size_t i = 0; i < texts_n; i++)
        sum += load_code(out->lengths, 4, i);
    return sum == out->texts_bytes;
}

static void unpack_id_rows(struct sink *sink, const struct segment *s, const struct id_parts *parts)
{
    const char *uuid = parts->uuids;
    const char *text = parts->texts;
    size_t text_i = 0;
    for (size_t i = 0; i < s->skip + s->take; i++) {
        bool wanted = i >= s->skip;
        size_t row = wanted ? s->at + i - s->skip : 0;
        if (parts->kinds[i] == 1) {
            if (wanted)
                th_ids_put_uuid(sink->ids, row, (const uint8_t *)uuid);
            uuid += 16;
        } else if (parts->kinds[i] == 2) {
            size_t n = load_code(parts->lengths, 4, text_i++);
            if (wanted)
                th_ids_put_text(sink->ids, row, (struct th_str){text, n});
            text += n;
        }
    }
}

static enum th_code unpack_ids(struct sink *sink, const struct segment *s, struct th_err *err)
{
    uint32_t sizes[2];
    struct id_parts parts;
    if (s->width == 0 && s->bytes.n == 0)
        return TH_OK;
    if (s->width != 16 || s->bytes.n < sizeof sizes)
        return damaged(sink, s->first, err);
    memcpy(sizes, s->bytes.p, sizeof sizes);
    if (sizes[0] < s->rows ||
        sizes[0] - s->rows > TH_SEGMENT_TEXT_MAX + s->rows * sizeof(uint32_t) ||
        sizes[1] > s->bytes.n - sizeof sizes)
        return damaged(sink, s->first, err);
    enum th_code rc =
        inflate_to(sink, s, th_str_sub(s->bytes, sizeof sizes, sizes[1]), sizes[0], err);
    if (rc != TH_OK)
        return rc;
    if (!id_parts_of(s, &sink->plain, th_str_sub(s->bytes, sizeof sizes + sizes[1], s->bytes.n),
                     &parts))
        return damaged(sink, s->first, err);
    unpack_id_rows(sink, s, &parts);
    return TH_OK;
}

static bool put_id(struct sink *sink, size_t at, sqlite3_stmt *stmt, int column)
{
    if (sqlite3_column_type(stmt, column) == SQLITE_BLOB) {
        struct th_str uuid = th_db_blob(stmt, column);
        if (uuid.n != 16)
            return false;
        th_ids_put_uuid(sink->ids, at, (const uint8_t *)uuid.p);
        return true;
    }
    if (sqlite3_column_type(stmt, column) != SQLITE_TEXT)
        return false;
    th_ids_put_text(sink->ids, at, th_db_text(stmt, column));
    return true;
}

/* Take the segments that cover the range from its beginning. *covered: rows of the range that are
 * done. */
static enum th_code read_segments(struct sink *sink, size_t *covered, struct th_err *err)
{
    const struct th_column_place *r = sink->place;
    sqlite3_stmt *stmt;
    bool more;
    *covered = 0;
    enum th_code rc = th_db_prepare(r->db,
                                    "SELECT first, rows, width, bytes FROM segment WHERE id >= "
                                    "(SELECT coalesce(max(id), ?1) FROM segment WHERE id "
                                    "BETWEEN ?1 AND ?1 + ?2) AND id < ?1 + ?3 ORDER BY id",
                                    &stmt, err);
    if (rc != TH_OK)
        return rc;
    uint64_t next = r->first;
    uint64_t end = r->first + r->n;
    th_db_bind_int(stmt, 1, r->id * ((int64_t)1 << 32));
    th_db_bind_int(stmt, 2, (int64_t)r->first);
    th_db_bind_int(stmt, 3, (int64_t)end);
    while (next < end && (rc = th_db_step(stmt, &more, err)) == TH_OK && more) {
        struct segment s = {.first = th_db_u64(stmt, 0),
                            .rows = (size_t)th_db_u64(stmt, 1),
                            .width = sqlite3_column_int(stmt, 2)};
        if (s.rows == 0 || s.rows > TH_SEGMENT_ROWS) {
            rc = damaged(sink, s.first, err);
            break;
        }
        if (s.first > next || s.first + s.rows <= next)
            break;
        s.bytes = th_db_blob(stmt, 3);
        s.skip = (size_t)(next - s.first);
        s.take = s.rows - s.skip < end - next ? s.rows - s.skip : (size_t)(end - next);
        s.at = (size_t)(next - r->first);
        rc = sink->unpack(sink, &s, err);
        if (rc != TH_OK)
            break;
        next += s.take;
    }
    sqlite3_finalize(stmt);
    *covered = (size_t)(next - r->first);
    return rc;
}

/* The rest from the rows themselves. Column 0: row, 1: value; absent values are left out. */
static enum th_code read_rows(struct sink *sink, size_t covered, struct th_err *err)
{
    const struct th_column_place *r = sink->place;
    sqlite3_stmt *stmt;
    bool more;
    struct th_buf sql = TH_BUF_INIT;
    if (r->sparse)
        th_buf_printf(
            &sql, "SELECT event, value FROM extra WHERE field = %lld AND event BETWEEN ?1 AND ?2",
            (long long)r->id);
    else
        th_buf_printf(&sql,
                      "SELECT id, \"%s\" FROM %s WHERE id BETWEEN ?1 AND ?2 AND \"%s\" NOT NULL",
                      r->column, r->table, r->column);
    enum th_code rc = th_db_prepare(r->db, th_buf_cstr(&sql), &stmt, err);
    th_buf_fini(&sql);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, (int64_t)(r->first + covered));
    th_db_bind_int(stmt, 2, (int64_t)(r->first + r->n - 1));
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        /* In a damaged table SQLite finds rows that aren't between. */
        uint64_t row = th_db_u64(stmt, 0);
        if (row < r->first || row - r->first >= r->n ||
            !sink->put(sink, (size_t)(row - r->first), stmt, 1)) {
            rc = th_err_set(err, TH_E_DB, "row %llu of %s has a value in column %s that can't be",
                            (unsigned long long)row, r->sparse ? "extra" : r->table, r->column);
            break;
        }
    }
    sqlite3_finalize(stmt);
    return rc;
}

static enum th_code read_place(struct sink *sink, struct th_err *err)
{
    const struct th_column_place *r = sink->place;
    size_t covered;
    if (r->n == 0 || r->id == 0)
        return TH_OK;
    enum th_code rc = read_segments(sink, &covered, err);
    if (rc == TH_OK && covered < r->n)
        rc = read_rows(sink, covered, err);
    th_buf_fini(&sink->plain);
    return rc;
}

struct th_column_place th_column_place_of(const struct th_column_range *range)
{
    enum th_group group = th_field_group(range->field);
    return (struct th_column_place){
        .db = range->db,
        .id = range->numbers->field[range->field],
        .table = group == TH_GROUP_NONE ? "event" : th_group_name(group),
        .column = th_field_info(range->field)->name,
        .sparse = th_field_is_sparse(range->field),
        .is_bool = th_field_info(range->field)->store == TH_STORE_BOOL,
        .first = range->first,
        .n = range->n,
    };
}

enum th_code th_column_place_codes(const struct th_column_place *place, int width, uint32_t max,
                                   void *codes, struct th_err *err)
{
    struct sink sink = {.place = place,
                        .width = width,
                        .max = max,
                        .codes = codes,
                        .unpack = unpack_codes,
                        .put = put_code};
    memset(codes, 0, place->n * (size_t)width);
    return read_place(&sink, err);
}

enum th_code th_range_times(const struct th_column_range *range, int64_t *times, struct th_err *err)
{
    const struct th_column_place place = th_column_place_of(range);
    struct sink sink = {.place = &place, .times = times, .unpack = unpack_times, .put = put_time};
    for (size_t i = 0; i < range->n; i++)
        times[i] = TH_TIME_NONE;
    return read_place(&sink, err);
}

enum th_code th_range_ids(const struct th_column_range *range, struct th_ids *ids,
                          struct th_err *err)
{
    const struct th_column_place place = th_column_place_of(range);
    struct sink sink = {.place = &place, .ids = ids, .unpack = unpack_ids, .put = put_id};
    th_ids_clear(ids);
    return read_place(&sink, err);
}
