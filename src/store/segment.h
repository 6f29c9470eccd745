/* Segments: the columns of up to TH_SEGMENT_ROWS events packed into blobs, and reading any range of
 * a column from segments and, behind them, from rows. Private to src/store.
 *
 * Packed forms, little-endian, by table segment's width:
 *   codes (TERM, LIST, BOOL: 0 absent, 1 false, 2 true)
 *     0          one u32: every row has this code
 *     1, 2, 4    deflated array of codes of that width
 *   times
 *     0          one i64: every row has this time (INT64_MIN: none)
 *     4          i64 base, u32 unit in ms, then a deflated array of u32: 0 none, else 1 + (time -
 * base) / unit 8          deflated array of i64 ids 0          nothing: no row has one 16 u32 plain
 * size, u32 packed size, that many deflated bytes (a kind per row: 0 absent, 1 UUID, 2 text; a u32
 * length per text; the texts), then 16 bytes for each UUID: they are random, so packing them would
 * cost time and save nothing */
#ifndef TH_STORE_SEGMENT_H
#define TH_STORE_SEGMENT_H

#include "base/buf.h"
#include "ecs/field.h"
#include "store/db.h"

#define TH_SEGMENT_ROWS 65536u
/* Texts of one id column in one segment: more than this, and the column has no segments from there
 * on. */
#define TH_SEGMENT_TEXT_MAX ((size_t)64 << 20)

/* Ids of n rows. kind: 0 absent, 1 uuid, 2 text number index[row]: bytes[ends[i - 1] … ends[i]).
 * index is NULL until there is a text. */
struct th_ids {
    size_t rows; /* room */
    uint8_t (*uuid)[16];
    uint8_t *kind;
    uint32_t *index;
    struct th_buf bytes;
    size_t *ends;
    size_t texts_n, texts_cap;
};

void th_ids_init(struct th_ids *ids, size_t rows);
void th_ids_fini(struct th_ids *ids);
/* All absent. */
void th_ids_clear(struct th_ids *ids);
void th_ids_put_uuid(struct th_ids *ids, size_t row, const uint8_t uuid[16]);
void th_ids_put_text(struct th_ids *ids, size_t row, struct th_str text);
struct th_str th_ids_text(const struct th_ids *ids, size_t row);

/* Pack n rows. Returns the width; out is overwritten. */
int th_segment_pack_codes(const uint32_t *codes, size_t n, struct th_buf *out);
int th_segment_pack_times(const int64_t *times, size_t n, struct th_buf *out);
int th_segment_pack_ids(const struct th_ids *ids, size_t n, struct th_buf *out);

/* Put a segment into the case, in place of one that begins at the same row. first: event id of its
 * first row. */
TH_NODISCARD enum th_code th_segment_store(struct th_db_cache *cache, sqlite3 *db, int64_t field_id,
                                           uint64_t first, size_t rows, int width,
                                           const struct th_buf *bytes, struct th_err *err);

/* A column, or a part of it: n rows from event id first on. field_id 0: this case doesn't have the
 * field, all rows are absent. */
struct th_column_range {
    sqlite3 *db;
    int64_t field_id;
    enum th_field field;
    uint64_t first;
    size_t n;
};

/* Read codes of width 1, 2 or 4 into codes (n * width bytes). A code over max is damage: TH_E_DB.
 */
TH_NODISCARD enum th_code th_range_codes(const struct th_column_range *range, int width,
                                         uint32_t max, void *codes, struct th_err *err);
TH_NODISCARD enum th_code th_range_times(const struct th_column_range *range, int64_t *times,
                                         struct th_err *err);
/* ids was made for at least range->n rows. */
TH_NODISCARD enum th_code th_range_ids(const struct th_column_range *range, struct th_ids *ids,
                                       struct th_err *err);

#endif
