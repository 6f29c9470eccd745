/* Packing columns into segments. Most columns of a segment hold one value only (absent, a region, a
 * version): those take a few bytes and no time. The others are small codes that deflate well. */
#include "store/columns/segment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "ingest/reader/inflate.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "segments are little-endian arrays");

void th_ids_init(struct th_ids *ids, size_t rows)
{
    memset(ids, 0, sizeof *ids);
    ids->rows = rows;
    ids->uuid = th_xcalloc(rows + 1, sizeof *ids->uuid);
    ids->kind = th_xcalloc(rows + 1, 1);
}

void th_ids_fini(struct th_ids *ids)
{
    free(ids->uuid);
    free(ids->kind);
    free(ids->index);
    free(ids->ends);
    th_buf_fini(&ids->bytes);
    memset(ids, 0, sizeof *ids);
}

void th_ids_clear(struct th_ids *ids)
{
    memset(ids->kind, 0, ids->rows);
    th_buf_reset(&ids->bytes);
    ids->texts_n = 0;
}

void th_ids_put_uuid(struct th_ids *ids, size_t row, const uint8_t uuid[16])
{
    ids->kind[row] = 1;
    memcpy(ids->uuid[row], uuid, sizeof ids->uuid[row]);
}

void th_ids_put_text(struct th_ids *ids, size_t row, struct th_str text)
{
    if (ids->index == NULL)
        ids->index = th_xcalloc(ids->rows + 1, sizeof *ids->index);
    TH_GROW(ids->ends, ids->texts_n, ids->texts_cap);
    ids->kind[row] = 2;
    ids->index[row] = (uint32_t)ids->texts_n;
    th_buf_add_str(&ids->bytes, text);
    ids->ends[ids->texts_n++] = ids->bytes.n;
}

struct th_str th_ids_text(const struct th_ids *ids, size_t row)
{
    size_t i = ids->index[row];
    size_t start = i == 0 ? 0 : ids->ends[i - 1];
    return (struct th_str){ids->bytes.p == NULL ? "" : ids->bytes.p + start, ids->ends[i] - start};
}

static uint32_t largest(const uint32_t *codes, size_t n, bool *constant)
{
    uint32_t max = 0;
    uint32_t differ = 0;
    for (size_t i = 0; i < n; i++) {
        max = codes[i] > max ? codes[i] : max;
        differ |= codes[i] ^ codes[0];
    }
    *constant = differ == 0;
    return max;
}

int th_segment_pack_codes(const uint32_t *codes, size_t n, struct th_buf *out)
{
    bool constant;
    assert(n > 0);
    th_buf_reset(out);
    uint32_t max = largest(codes, n, &constant);
    if (constant) {
        th_buf_add(out, codes, sizeof *codes);
        return 0;
    }
    int width = max <= UINT8_MAX ? 1 : max <= UINT16_MAX ? 2 : 4;
    if (width == 4) {
        th_deflate_chunk(codes, n * sizeof *codes, out);
        return width;
    }
    uint8_t *narrow = th_xreallocarray(NULL, n, (size_t)width);
    if (width == 1)
        for (size_t i = 0; i < n; i++)
            narrow[i] = (uint8_t)codes[i];
    else
        for (size_t i = 0; i < n; i++) {
            uint16_t code = (uint16_t)codes[i];
            memcpy(narrow + 2 * i, &code, sizeof code);
        }
    th_deflate_chunk(narrow, n * (size_t)width, out);
    free(narrow);
    return width;
}

/* Smallest and largest time, and whether all are whole seconds. false: there is none. */
static bool time_span(const int64_t *times, size_t n, int64_t *min, int64_t *max, bool *seconds)
{
    *min = INT64_MAX;
    *max = TH_TIME_NONE;
    *seconds = true;
    for (size_t i = 0; i < n; i++) {
        if (times[i] == TH_TIME_NONE)
            continue;
        *min = times[i] < *min ? times[i] : *min;
        *max = times[i] > *max ? times[i] : *max;
        *seconds = *seconds && times[i] % 1000 == 0;
    }
    return *max != TH_TIME_NONE;
}

static bool all_same(const int64_t *times, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (times[i] != times[0])
            return false;
    return true;
}

int th_segment_pack_times(const int64_t *times, size_t n, struct th_buf *out)
{
    int64_t min;
    int64_t max;
    bool seconds;
    assert(n > 0);
    th_buf_reset(out);
    if (all_same(times, n)) {
        th_buf_add(out, times, sizeof *times);
        return 0;
    }
    uint64_t range = time_span(times, n, &min, &max, &seconds) ? (uint64_t)max - (uint64_t)min : 0;
    uint32_t unit = seconds ? 1000 : 1;
    if (range / unit >= UINT32_MAX - 1) {
        th_deflate_chunk(times, n * sizeof *times, out);
        return 8;
    }
    uint32_t *steps = th_xreallocarray(NULL, n, sizeof *steps);
    for (size_t i = 0; i < n; i++)
        steps[i] = times[i] == TH_TIME_NONE
                       ? 0
                       : 1 + (uint32_t)(((uint64_t)times[i] - (uint64_t)min) / unit);
    struct th_buf packed = TH_BUF_INIT;
    th_deflate_chunk(steps, n * sizeof *steps, &packed);
    th_buf_add(out, &min, sizeof min);
    th_buf_add(out, &unit, sizeof unit);
    th_buf_add_str(out, th_buf_str(&packed));
    th_buf_fini(&packed);
    free(steps);
    return 4;
}

static void add_texts(const struct th_ids *ids, size_t n, struct th_buf *plain)
{
    for (size_t i = 0; i < n; i++)
        if (ids->kind[i] == 2) {
            uint32_t length = (uint32_t)th_ids_text(ids, i).n;
            th_buf_add(plain, &length, sizeof length);
        }
    for (size_t i = 0; i < n; i++)
        if (ids->kind[i] == 2)
            th_buf_add_str(plain, th_ids_text(ids, i));
}

int th_segment_pack_ids(const struct th_ids *ids, size_t n, struct th_buf *out)
{
    th_buf_reset(out);
    if (memchr(ids->kind, 1, n) == NULL && memchr(ids->kind, 2, n) == NULL)
        return 0;
    struct th_buf plain = TH_BUF_INIT;
    struct th_buf packed = TH_BUF_INIT;
    th_buf_add(&plain, ids->kind, n);
    add_texts(ids, n, &plain);
    th_deflate_chunk(plain.p, plain.n, &packed);
    uint32_t plain_n = (uint32_t)plain.n;
    uint32_t packed_n = (uint32_t)packed.n;
    th_buf_add(out, &plain_n, sizeof plain_n);
    th_buf_add(out, &packed_n, sizeof packed_n);
    th_buf_add_str(out, th_buf_str(&packed));
    for (size_t i = 0; i < n; i++)
        if (ids->kind[i] == 1)
            th_buf_add(out, ids->uuid[i], sizeof ids->uuid[i]);
    th_buf_fini(&plain);
    th_buf_fini(&packed);
    return 16;
}

enum th_code th_segment_store(struct th_db_cache *cache, sqlite3 *db, int64_t field_id,
                              uint64_t first, size_t rows, int width, const struct th_buf *bytes,
                              struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_cached(cache, db,
                                   "INSERT OR REPLACE INTO segment(id, field, first, rows, width, "
                                   "bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                                   &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, field_id * ((int64_t)1 << 32) + (int64_t)first);
    th_db_bind_int(stmt, 2, field_id);
    th_db_bind_int(stmt, 3, (int64_t)first);
    th_db_bind_int(stmt, 4, (int64_t)rows);
    th_db_bind_int(stmt, 5, width);
    th_db_bind_blob(stmt, 6, bytes->p, bytes->n);
    return th_db_run(stmt, err);
}
