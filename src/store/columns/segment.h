/* Segments: the columns of up to TH_SEGMENT_ROWS events packed into blobs, and reading any range of
 * a column from segments and, behind them, from rows. Private to src/store.
 *
 * A member of a group has its codes by combination, not by event: its segments run over the numbers
 * of the group's table, and the group itself has segments that say which combination each event
 * has.
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
#ifndef TH_STORE_COLUMNS_SEGMENT_H
#define TH_STORE_COLUMNS_SEGMENT_H

#include "base/buf.h"
#include "ecs/field/field.h"
#include "store/case/handle.h"

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

/* Which combinations the rows first … first + n - 1 have, read once for all members of a group. */
struct th_group_cache {
    uint64_t first;
    size_t n;
    uint32_t *codes[TH_GROUP_COUNT]; /* NULL: not read */
    uint32_t max[TH_GROUP_COUNT];    /* no code is larger */
};
void th_group_cache_fini(struct th_group_cache *cache);

/* A column, or a part of it: n rows from event id first on. numbers->field 0: this case doesn't
 * have the field, all rows are absent. cache: kept by the caller between reads of the same rows;
 * may be NULL. */
struct th_column_range {
    sqlite3 *db;
    const struct th_numbers *numbers;
    enum th_field field;
    uint64_t first;
    size_t n;
    struct th_group_cache *cache;
};

/* Where the values of rows first … first + n - 1 stand: number in table segment, and behind the
 * segments the table and its column. */
struct th_column_place {
    sqlite3 *db;
    int64_t id; /* 0: this case doesn't have it */
    const char *table, *column;
    bool sparse;  /* in table extra */
    bool is_bool; /* rows have 0 and 1, codes are 1 and 2 */
    uint64_t first;
    size_t n;
};
/* That of a field's own values: by event, or by combination for the member of a group. */
struct th_column_place th_column_place_of(const struct th_column_range *range);
/* Read codes of width 1, 2 or 4 into codes (n * width bytes). A code over max is damage: TH_E_DB.
 */
TH_NODISCARD enum th_code th_column_place_codes(const struct th_column_place *place, int width,
                                                uint32_t max, void *codes, struct th_err *err);

/* How many combinations the table of a group holds. */
TH_NODISCARD enum th_code th_group_count(sqlite3 *db, enum th_group group, uint32_t *out,
                                         struct th_err *err);
/* The combinations of a group that the rows of a range have (its field is not looked at): n
 * numbers, none over max, 0 where an event has none. */
TH_NODISCARD enum th_code th_range_group(const struct th_column_range *range, enum th_group group,
                                         uint32_t max, uint32_t *tuples, struct th_err *err);
/* The same, from the range's cache when it has them. rows is borrowed until the cache changes;
 * *mine, which it stands in without a cache, is to be freed. */
TH_NODISCARD enum th_code th_group_rows(const struct th_column_range *range, enum th_group group,
                                        uint32_t max, const uint32_t **rows, uint32_t **mine,
                                        struct th_err *err);
/* A member's code for each row: codes by combination, none of which is missing. */
void th_group_gather(const uint32_t *rows, size_t n, const void *codes, int width, void *out);
/* The codes of a column, one a row, whether its field is in a group or not; as
 * th_column_place_codes. */
TH_NODISCARD enum th_code th_range_codes(const struct th_column_range *range, int width,
                                         uint32_t max, void *codes, struct th_err *err);
TH_NODISCARD enum th_code th_range_times(const struct th_column_range *range, int64_t *times,
                                         struct th_err *err);
/* ids was made for at least range->n rows. */
TH_NODISCARD enum th_code th_range_ids(const struct th_column_range *range, struct th_ids *ids,
                                       struct th_err *err);

#endif
