/* Rows to streams, in one pass in order of rows. The codes of account and region are first turned
 * into numbers that are the same for the same text, whichever column or file name it comes from; a
 * pair of numbers is a stream. */
#include "query/ops/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { CHECK_EVERY = 65536 };

/* Open hash table of pairs: stream + 1 by number of account and region. */
struct th_stream_pairs {
    th_dict *accounts, *regions;
    struct pair {
        uint64_t key;
        uint32_t stream; /* TH_STREAM_NONE: free */
    } * slots;
    size_t mask;
};

static struct pair *new_slots(size_t n)
{
    struct pair *slots = th_xcalloc(n, sizeof *slots);
    for (size_t i = 0; i < n; i++)
        slots[i].stream = TH_STREAM_NONE;
    return slots;
}

static struct pair *slot_of(const struct th_stream_pairs *p, uint64_t key)
{
    size_t at = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & p->mask;
    while (p->slots[at].stream != TH_STREAM_NONE && p->slots[at].key != key)
        at = (at + 1) & p->mask;
    return &p->slots[at];
}

static void grow(struct th_stream_pairs *p)
{
    struct pair *old = p->slots;
    size_t old_n = p->mask + 1;
    p->mask = old_n * 2 - 1;
    p->slots = new_slots(old_n * 2);
    for (size_t i = 0; i < old_n; i++)
        if (old[i].stream != TH_STREAM_NONE)
            *slot_of(p, old[i].key) = old[i];
    free(old);
}

static uint32_t stream_of(struct th_stream_map *map, uint32_t account, uint32_t region)
{
    struct th_stream_pairs *p = map->pairs;
    uint64_t key = (uint64_t)account << 32 | region;
    struct pair *pair = slot_of(p, key);
    if (TH_LIKELY(pair->stream != TH_STREAM_NONE))
        return pair->stream;
    uint32_t stream = (uint32_t)map->n;
    *pair = (struct pair){key, stream};
    TH_GROW(map->keys, map->n, map->cap);
    map->keys[map->n++] = (struct th_stream_key){
        .account = th_dict_text(p->accounts, account),
        .region = th_dict_text(p->regions, region),
        .account_number = account,
    };
    if (map->n > p->mask / 2)
        grow(p);
    return stream;
}

/* Numbers of a column's entries. Owned: free. */
static uint32_t *numbers_of(const struct th_column *column, th_dict *dict)
{
    uint32_t *numbers = th_xcalloc((size_t)column->texts_n + 1, sizeof *numbers);
    for (uint32_t code = 0; code < column->texts_n; code++)
        numbers[code] = th_dict_intern(dict, column->texts[code]);
    return numbers;
}

struct sides {
    const struct th_column *recipient, *caller, *region;
    uint32_t *recipients, *callers, *regions;
};

static void assign(struct th_stream_map *map, const struct sides *s,
                   const struct th_coverage_file *files, size_t files_n,
                   const struct th_bits *exclude, size_t from, size_t to, size_t *file)
{
    th_dict *accounts = map->pairs->accounts, *regions = map->pairs->regions;
    for (size_t row = from; row < to; row++) {
        while (*file < files_n && row >= files[*file].first_row + files[*file].rows)
            (*file)++;
        if (exclude != NULL && th_bits_get(exclude, row)) {
            map->of_row[row] = TH_STREAM_NONE;
            continue;
        }
        uint32_t account = s->recipients[th_column_code(s->recipient, row)];
        if (account == 0)
            account = s->callers[th_column_code(s->caller, row)];
        uint32_t region = s->regions[th_column_code(s->region, row)];
        if (TH_UNLIKELY(account == 0 || region == 0) && *file < files_n) {
            account = account != 0 ? account : th_dict_intern(accounts, files[*file].account);
            region = region != 0 ? region : th_dict_intern(regions, files[*file].region);
        }
        map->of_row[row] = stream_of(map, account, region);
    }
}

/* Files come in order of rows, so a stream has a new one when the file isn't its last. */
static void count_files(struct th_stream_map *map, const struct th_coverage_file *files,
                        size_t files_n, size_t rows)
{
    size_t *last = th_xcalloc(map->n + 1, sizeof *last);
    size_t *last_account = th_xcalloc(map->accounts_n, sizeof *last_account);
    map->account_files = th_xcalloc(map->accounts_n, sizeof *map->account_files);
    for (size_t i = 0; i < files_n; i++) {
        uint64_t end = files[i].first_row + files[i].rows;
        for (uint64_t row = files[i].first_row; row < end && row < rows; row++) {
            uint32_t stream = map->of_row[row];
            if (stream == TH_STREAM_NONE || last[stream] == i + 1)
                continue;
            last[stream] = i + 1;
            map->keys[stream].files++;
            uint32_t account = map->keys[stream].account_number;
            map->account_files[account] += last_account[account] != i + 1;
            last_account[account] = i + 1;
        }
    }
    free(last);
    free(last_account);
}

enum th_code th_stream_map_make(th_table *table, const struct th_coverage_file *files,
                                size_t files_n, const struct th_bits *exclude, th_cancel *cancel,
                                struct th_stream_map *map, struct th_err *err)
{
    struct sides s = {0};
    size_t rows = th_table_rows(table), file = 0;
    *map = (struct th_stream_map){.pairs = th_xcalloc(1, sizeof *map->pairs)};
    map->pairs->accounts = th_dict_new();
    map->pairs->regions = th_dict_new();
    map->pairs->mask = 255;
    map->pairs->slots = new_slots(256);
    enum th_code rc = th_table_column(table, TH_F_RECIPIENT_ACCOUNT_ID, &s.recipient, err);
    if (rc == TH_OK)
        rc = th_table_column(table, TH_F_CLOUD_ACCOUNT_ID, &s.caller, err);
    if (rc == TH_OK)
        rc = th_table_column(table, TH_F_CLOUD_REGION, &s.region, err);
    if (rc != TH_OK)
        return rc;
    map->of_row = th_xcalloc(rows + 1, sizeof *map->of_row);
    s.recipients = numbers_of(s.recipient, map->pairs->accounts);
    s.callers = numbers_of(s.caller, map->pairs->accounts);
    s.regions = numbers_of(s.region, map->pairs->regions);
    for (size_t from = 0; from < rows && rc == TH_OK; from += CHECK_EVERY) {
        size_t to = rows - from < CHECK_EVERY ? rows : from + CHECK_EVERY;
        assign(map, &s, files, files_n, exclude, from, to, &file);
        if (th_cancelled(cancel))
            rc = th_err_set(err, TH_E_CANCELLED, "cancelled");
    }
    free(s.recipients);
    free(s.callers);
    free(s.regions);
    map->accounts_n = th_dict_count(map->pairs->accounts) + 1;
    for (size_t row = 0; row < rows && rc == TH_OK; row++)
        if (map->of_row[row] != TH_STREAM_NONE)
            map->keys[map->of_row[row]].events++;
    if (rc == TH_OK)
        count_files(map, files, files_n, rows);
    return rc;
}

void th_stream_map_fini(struct th_stream_map *map)
{
    if (map->pairs != NULL) {
        th_dict_free(map->pairs->accounts);
        th_dict_free(map->pairs->regions);
        free(map->pairs->slots);
        free(map->pairs);
    }
    free(map->keys);
    free(map->of_row);
    free(map->account_files);
    *map = (struct th_stream_map){0};
}

uint32_t th_stream_map_find(const struct th_stream_map *map, struct th_str account,
                            struct th_str region)
{
    uint32_t a = th_dict_find(map->pairs->accounts, account);
    uint32_t r = th_dict_find(map->pairs->regions, region);
    if ((a == 0 && account.p != NULL) || (r == 0 && region.p != NULL))
        return TH_STREAM_NONE;
    return slot_of(map->pairs, (uint64_t)a << 32 | r)->stream;
}
