/* Which records of a batch are copies of events that the case holds already.
 *
 * The key is event id and recipient account. A hash set finds candidates; what counts is the
 * comparison with the stored values, so that two different events are never taken for one. Records
 * without an event id are compared by the SHA-256 of their bytes, in table anonymous. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "store/write/internal.h"

#define BITS_MIN     16u
#define REBUILD_ROWS ((size_t)262144)
#define PREFETCH     16u /* rows ahead: the table is far larger than any cache */
#define ID           TH_F_EVENT_ID
#define ACCOUNT      TH_F_RECIPIENT_ACCOUNT_ID

static uint64_t hash_account(const struct th_dedupe *d, struct th_str account)
{
    return account.p == NULL ? 0 : th_hash(account.p, account.n, d->seed ^ 0x5bd1e995);
}

static uint32_t mark_of(const struct th_dedupe *d, const void *id, size_t n, uint64_t account_hash)
{
    return (uint32_t)((th_hash(id, n, d->seed) ^ account_hash) >> 32);
}

static inline size_t place_of(const struct th_dedupe *d, uint32_t mark)
{
    return mark >> (32 - d->bits);
}

static void put(struct th_dedupe *d, uint32_t mark, uint32_t event)
{
    size_t mask = ((size_t)1 << d->bits) - 1;
    size_t at = place_of(d, mark);
    while (d->slots[at].event != 0)
        at = (at + 1) & mask;
    d->slots[at] = (struct th_dedupe_slot){mark, event};
    d->n++;
}

static void resize(struct th_dedupe *d, unsigned bits)
{
    struct th_dedupe_slot *old = d->slots;
    size_t old_n = old == NULL ? 0 : (size_t)1 << d->bits;
    d->bits = bits;
    d->n = 0;
    d->slots = th_xcalloc((size_t)1 << bits, sizeof *d->slots);
    for (size_t i = 0; i < old_n; i++)
        if (old[i].event != 0)
            put(d, old[i].mark, old[i].event);
    free(old);
}

/* Room for more entries: at most 7/10 full. */
static void reserve(struct th_dedupe *d, size_t more)
{
    unsigned bits = d->slots == NULL ? BITS_MIN : d->bits;
    while (bits < 32 && (((size_t)1 << bits) / 10 * 7) < d->n + more)
        bits++;
    if (d->slots == NULL || bits != d->bits)
        resize(d, bits);
}

void th_dedupe_fini(struct th_dedupe *dedupe)
{
    free(dedupe->slots);
    memset(dedupe, 0, sizeof *dedupe);
}

static void rebuild_rows(th_writer *w, const struct th_ids *ids, const uint32_t *accounts,
                         const uint64_t *account_hash, uint64_t first, size_t n)
{
    struct th_dedupe *d = &w->dedupe;
    for (size_t i = 0; i < n; i++) {
        uint32_t event = (uint32_t)(first + i);
        if (ids->kind[i] == 1) {
            put(d, mark_of(d, ids->uuid[i], 16, account_hash[accounts[i]]), event);
        } else if (ids->kind[i] == 2) {
            struct th_str text = th_ids_text(ids, i);
            put(d, mark_of(d, text.p, text.n, account_hash[accounts[i]]), event);
        }
    }
}

/* The set of what the case holds, from segments. */
static enum th_code rebuild(th_writer *w, struct th_err *err)
{
    struct th_dedupe *d = &w->dedupe;
    d->seed = th_hash_seed(d);
    reserve(d, (size_t)w->events);
    d->ready = true;
    uint32_t accounts_n = th_dict_count(w->dict[ACCOUNT]);
    uint64_t *account_hash = th_xcalloc((size_t)accounts_n + 1, sizeof *account_hash);
    for (uint32_t code = 1; code <= accounts_n; code++)
        account_hash[code] = hash_account(d, th_dict_text(w->dict[ACCOUNT], code));
    uint32_t *accounts = th_xreallocarray(NULL, REBUILD_ROWS, sizeof *accounts);
    struct th_ids ids;
    th_ids_init(&ids, w->events == 0 ? 0 : REBUILD_ROWS);
    enum th_code rc = TH_OK;
    for (uint64_t done = 0; done < w->events && rc == TH_OK; done += REBUILD_ROWS) {
        size_t n = w->events - done < REBUILD_ROWS ? (size_t)(w->events - done) : REBUILD_ROWS;
        struct th_column_range range = {w->db, &w->c->numbers, ID, done + 1, n, NULL};
        rc = th_range_ids(&range, &ids, err);
        range.field = ACCOUNT;
        if (rc == TH_OK)
            rc = th_range_codes(&range, 4, accounts_n, accounts, err);
        if (rc == TH_OK)
            rebuild_rows(w, &ids, accounts, account_hash, done + 1, n);
    }
    th_ids_fini(&ids);
    free(accounts);
    free(account_hash);
    return rc;
}

/* One record under examination. */
struct probe {
    const struct th_batch *batch;
    const uint32_t *kept;
    size_t row;
    const struct th_id *id;
    int place;        /* of the account among a caller's codes */
    uint32_t account; /* code in the batch */
};

static struct th_str account_text(const struct th_batch *batch, uint32_t code)
{
    return code == 0 ? TH_STR_NONE : th_dict_text(batch->dict[ACCOUNT], code);
}

/* Where the account stands in a caller. Found once: it is asked for every row. */
static uint32_t account_code(const struct th_batch *batch, int place, size_t row)
{
    return th_tuples_get(batch->tuples[TH_G_CALLER], batch->group[TH_G_CALLER][row])[place];
}

static bool same_id(const struct th_id *a, const struct th_id *b)
{
    if (a->is_uuid || b->is_uuid)
        return a->is_uuid && b->is_uuid && memcmp(a->uuid, b->uuid, sizeof a->uuid) == 0;
    return th_str_eq(a->text, b->text);
}

/* The account of a combination; callers of the running transaction stand only in memory. */
static uint32_t stored_account(const th_writer *w, uint64_t caller, int place)
{
    const th_tuples *tuples = w->groups[TH_G_CALLER].tuples;
    return caller == 0 || caller > th_tuples_count(tuples)
               ? 0
               : th_tuples_get(tuples, (uint32_t)caller)[place];
}

/* Is the stored event the same as the probe? */
static enum th_code same_as_stored(th_writer *w, const struct probe *probe, uint32_t event,
                                   bool *same, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool row;
    *same = false;
    enum th_code rc = th_db_cached(
        &w->c->cache, w->db, "SELECT \"event.id\", caller FROM event WHERE id = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(stmt, 1, event);
    rc = th_db_step(stmt, &row, err);
    if (rc == TH_OK && row) {
        bool uuid = sqlite3_column_type(stmt, 0) == SQLITE_BLOB;
        struct th_str stored = uuid ? th_db_blob(stmt, 0) : th_db_text(stmt, 0);
        struct th_str wanted = probe->id->is_uuid
                                   ? (struct th_str){(const char *)probe->id->uuid, 16}
                                   : probe->id->text;
        struct th_str account = account_text(probe->batch, probe->account);
        uint32_t code = th_dict_find(w->dict[ACCOUNT], account);
        *same = uuid == probe->id->is_uuid && th_str_eq(stored, wanted) &&
                (account.p == NULL || code != 0) &&
                stored_account(w, th_db_u64(stmt, 1), probe->place) == code;
    }
    sqlite3_reset(stmt);
    return rc;
}

/* Event id of the copy of an event that has an id, 0 when it is new. */
static enum th_code find(th_writer *w, const struct probe *probe, uint32_t mark, uint32_t *found,
                         struct th_err *err)
{
    const struct th_dedupe *d = &w->dedupe;
    size_t mask = ((size_t)1 << d->bits) - 1;
    *found = 0;
    for (size_t at = place_of(d, mark); d->slots[at].event != 0; at = (at + 1) & mask) {
        uint32_t event = d->slots[at].event;
        bool same;
        if (d->slots[at].mark != mark)
            continue;
        if (event > w->events) {
            /* A row of this batch that isn't inserted yet. */
            size_t row = probe->kept[event - w->events - 1];
            same = same_id(probe->id, &probe->batch->ids[ID][row]) &&
                   account_code(probe->batch, probe->place, row) == probe->account;
        } else {
            enum th_code rc = same_as_stored(w, probe, event, &same, err);
            if (rc != TH_OK)
                return rc;
        }
        if (same) {
            *found = event;
            return TH_OK;
        }
    }
    return TH_OK;
}

/* The same for a record without an id; a new one is noted under the event id it will have. */
static enum th_code find_anonymous(th_writer *w, const uint8_t hash[32], uint32_t event,
                                   uint32_t *found, struct th_err *err)
{
    sqlite3_stmt *stmt;
    int64_t id;
    enum th_code rc = th_db_cached(&w->c->cache, w->db,
                                   "SELECT event FROM anonymous WHERE hash = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_blob(stmt, 1, hash, 32);
    rc = th_db_value(stmt, 0, &id, err);
    *found = (uint32_t)id;
    if (rc != TH_OK || id != 0)
        return rc;
    rc = th_db_cached(&w->c->cache, w->db, "INSERT INTO anonymous(hash, event) VALUES(?1, ?2)",
                      &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_blob(stmt, 1, hash, 32);
    th_db_bind_int(stmt, 2, event);
    return th_db_run(stmt, err);
}

enum th_code th_dedupe_batch(th_writer *w, const struct th_batch *batch, uint32_t *kept,
                             size_t *kept_n, uint32_t *duplicate_of, struct th_err *err)
{
    struct th_dedupe *d = &w->dedupe;
    enum th_code rc = d->ready ? TH_OK : rebuild(w, err);
    if (rc != TH_OK)
        return rc;
    reserve(d, batch->rows);
    uint32_t accounts_n = batch->dict[ACCOUNT] == NULL ? 0 : th_dict_count(batch->dict[ACCOUNT]);
    uint64_t *account_hash = th_xcalloc((size_t)accounts_n + 1, sizeof *account_hash);
    for (uint32_t code = 1; code <= accounts_n; code++)
        account_hash[code] = hash_account(d, th_dict_text(batch->dict[ACCOUNT], code));
    int place = th_group_place(ACCOUNT);
    uint32_t *marks = th_xreallocarray(NULL, batch->rows + 1, sizeof *marks);
    for (size_t row = 0; row < batch->rows; row++) {
        const struct th_id *id = &batch->ids[ID][row];
        uint64_t account = account_hash[account_code(batch, place, row)];
        marks[row] = id->is_uuid ? mark_of(d, id->uuid, 16, account)
                                 : mark_of(d, id->text.p, id->text.n, account);
    }
    *kept_n = 0;
    for (size_t row = 0; row < batch->rows && rc == TH_OK; row++) {
        const struct th_id *id = &batch->ids[ID][row];
        uint32_t event = (uint32_t)(w->events + *kept_n + 1);
        if (row + PREFETCH < batch->rows)
            __builtin_prefetch(&d->slots[place_of(d, marks[row + PREFETCH])]);
        if (!id->is_uuid && id->text.p == NULL) {
            rc = find_anonymous(w, batch->raw_hash[row], event, &duplicate_of[row], err);
        } else {
            struct probe probe = {batch, kept, row, id, place, account_code(batch, place, row)};
            rc = find(w, &probe, marks[row], &duplicate_of[row], err);
            if (rc == TH_OK && duplicate_of[row] == 0)
                put(d, marks[row], event);
        }
        if (duplicate_of[row] == 0)
            kept[(*kept_n)++] = (uint32_t)row;
    }
    free(marks);
    free(account_hash);
    return rc;
}
