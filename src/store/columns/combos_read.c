/* Reading the columns of grouped fields: which combination each row has, then the field's code of
 * each combination. The first is the larger part and the same for all members of a group, so it can
 * be kept between reads. */
#include "store/columns/segment.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void th_group_cache_fini(struct th_group_cache *cache)
{
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        free(cache->codes[g]);
    memset(cache, 0, sizeof *cache);
}

/* A row of the table takes a few bytes: a number beyond the size of the file is damage, and would
 * have memory reserved for nothing. */
enum th_code th_group_count(sqlite3 *db, enum th_group group, uint32_t *out, struct th_err *err)
{
    struct th_buf sql = TH_BUF_INIT;
    int64_t count = 0;
    int64_t bytes = 0;
    *out = 0;
    th_buf_printf(&sql, "SELECT max(id) FROM %s", th_group_name(group));
    enum th_code rc = th_db_number(db, th_buf_cstr(&sql), 0, &count, err);
    th_buf_fini(&sql);
    if (rc == TH_OK)
        rc = th_db_number(
            db, "SELECT p.page_count * s.page_size FROM pragma_page_count p, pragma_page_size s", 0,
            &bytes, err);
    if (rc != TH_OK)
        return rc;
    if (count < 0 || count >= UINT32_MAX || count > bytes)
        return th_err_set(err, TH_E_DB, "table %s has impossible numbers, the case is damaged",
                          th_group_name(group));
    *out = (uint32_t)count;
    return TH_OK;
}

enum th_code th_range_group(const struct th_column_range *range, enum th_group group, uint32_t max,
                            uint32_t *tuples, struct th_err *err)
{
    const struct th_column_place place = {.db = range->db,
                                          .id = range->numbers->group[group],
                                          .table = "event",
                                          .column = th_group_name(group),
                                          .first = range->first,
                                          .n = range->n};
    return th_column_place_codes(&place, sizeof *tuples, max, tuples, err);
}

enum th_code th_group_rows(const struct th_column_range *range, enum th_group group, uint32_t max,
                           const uint32_t **rows, uint32_t **mine, struct th_err *err)
{
    struct th_group_cache *cache = range->cache;
    *mine = NULL;
    if (cache != NULL && (cache->first != range->first || cache->n != range->n)) {
        th_group_cache_fini(cache);
        cache->first = range->first;
        cache->n = range->n;
    }
    if (cache != NULL && cache->codes[group] != NULL && cache->max[group] <= max) {
        *rows = cache->codes[group];
        return TH_OK;
    }
    uint32_t *read = th_xreallocarray(NULL, range->n + 1, sizeof *read);
    enum th_code rc = th_range_group(range, group, max, read, err);
    if (rc != TH_OK) {
        free(read);
        return rc;
    }
    *rows = read;
    if (cache == NULL) {
        *mine = read;
        return TH_OK;
    }
    free(cache->codes[group]);
    cache->codes[group] = read;
    cache->max[group] = max;
    return TH_OK;
}

void th_group_gather(const uint32_t *rows, size_t n, const void *codes, int width, void *out)
{
    switch (width) {
    case 1:
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)out)[i] = ((const uint8_t *)codes)[rows[i]];
        break;
    case 2:
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)out)[i] = ((const uint16_t *)codes)[rows[i]];
        break;
    case 4:
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)out)[i] = ((const uint32_t *)codes)[rows[i]];
        break;
    }
}

static enum th_code read_member(const struct th_column_range *range, enum th_group group, int width,
                                uint32_t max, void *codes, struct th_err *err)
{
    uint32_t tuples = 0;
    const uint32_t *rows;
    uint32_t *mine;
    enum th_code rc = th_group_count(range->db, group, &tuples, err);
    if (rc == TH_OK)
        rc = th_group_rows(range, group, tuples, &rows, &mine, err);
    if (rc != TH_OK)
        return rc;
    /* Number 0, no combination, has code 0. */
    struct th_column_place place = th_column_place_of(range);
    place.first = 1;
    place.n = tuples;
    char *of = th_xcalloc((size_t)tuples + 1, (size_t)width);
    rc = th_column_place_codes(&place, width, max, of + width, err);
    if (rc == TH_OK)
        th_group_gather(rows, range->n, of, width, codes);
    free(of);
    free(mine);
    return rc;
}

enum th_code th_range_codes(const struct th_column_range *range, int width, uint32_t max,
                            void *codes, struct th_err *err)
{
    enum th_group group = th_field_group(range->field);
    if (range->n == 0)
        return TH_OK;
    if (group != TH_GROUP_NONE && range->numbers->field[range->field] != 0)
        return read_member(range, group, width, max, codes, err);
    const struct th_column_place place = th_column_place_of(range);
    return th_column_place_codes(&place, width, max, codes, err);
}
