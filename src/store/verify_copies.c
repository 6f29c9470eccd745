/* Copies. Of all records with one event id and recipient account the first is the event and every
 * later one a duplicate that points to it; so there is no second event with the same key, and no
 * duplicate before its event. Records without an id are told apart by the hash of their bytes, as
 * table anonymous has it.
 *
 * Keys of events are kept as hashes until all sources are through; where two are equal the rows
 * themselves decide. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "store/verify_int.h"

static bool is_anonymous(const struct th_id *id)
{
    return !id->is_uuid && id->text.p == NULL;
}

#define ACCOUNT TH_F_RECIPIENT_ACCOUNT_ID

static struct th_str account_of(const struct th_batch *batch, size_t row)
{
    uint32_t code = th_batch_code(batch, ACCOUNT, row);
    return code == 0 ? TH_STR_NONE : th_dict_text(batch->dict[ACCOUNT], code);
}

/* Never 0. */
static uint64_t key_of(const struct th_verify *v, const struct th_batch *batch, size_t row)
{
    const struct th_id *id = &batch->ids[TH_F_EVENT_ID][row];
    struct th_str account = account_of(batch, row);
    uint64_t key;
    if (is_anonymous(id)) {
        key = th_hash(batch->raw_hash[row], sizeof batch->raw_hash[row], v->key_seed ^ 2);
    } else {
        key = id->is_uuid ? th_hash(id->uuid, sizeof id->uuid, v->key_seed)
                          : th_hash(id->text.p, id->text.n, v->key_seed ^ 1);
        if (account.p != NULL)
            key = th_hash(account.p, account.n, key);
    }
    return key == 0 ? 1 : key;
}

static void say(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                enum th_verify_kind kind, int64_t event, int64_t expected, int64_t found,
                const char *field, const char *what)
{
    char a[32];
    char b[32];
    (void)snprintf(a, sizeof a, "%" PRId64, expected);
    (void)snprintf(b, sizeof b, "%" PRId64, found);
    const struct th_verify_difference d = {
        .kind = kind,
        .source = w->source.id,
        .path = th_str_of(w->source.place),
        .offset = (int64_t)batch->offset[row],
        .has_offset = true,
        .event = event,
        .field = th_str_of(field),
        .expected = expected == 0 ? TH_STR_NONE : th_str_of(a),
        .found = found == 0 ? TH_STR_NONE : th_str_of(b),
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

/* The event that table anonymous has for a record; 0: none. */
static enum th_code find_anonymous(struct th_verify_worker *w, const uint8_t hash[32],
                                   int64_t *event, struct th_err *err)
{
    sqlite3_stmt *stmt;
    enum th_code rc = th_db_cached(&w->c->cache, w->c->db,
                                   "SELECT event FROM anonymous WHERE hash = ?1", &stmt, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_blob(stmt, 1, hash, 32);
    return th_db_value(stmt, 0, event, err);
}

enum th_code th_verify_key(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                           int64_t event, uint64_t ordinal, struct th_err *err)
{
    struct th_verify *v = w->v;
    int64_t noted = 0;
    v->keys[ordinal] = key_of(v, batch, row);
    if (!is_anonymous(&batch->ids[TH_F_EVENT_ID][row]))
        return TH_OK;
    (void)pthread_mutex_lock(&v->lock);
    th_bits_put(&v->anonymous, (size_t)ordinal);
    (void)pthread_mutex_unlock(&v->lock);
    enum th_code rc = find_anonymous(w, batch->raw_hash[row], &noted, err);
    if (rc == TH_OK && noted != event)
        say(w, batch, row, TH_VERIFY_EVENT, event, event, noted, "anonymous.event",
            "the hash of a record without an event id leads elsewhere");
    return rc;
}

void th_verify_key_unknown(struct th_verify_worker *w, uint64_t ordinal)
{
    (void)pthread_mutex_lock(&w->v->lock);
    th_bits_put(&w->v->anonymous, (size_t)ordinal);
    (void)pthread_mutex_unlock(&w->v->lock);
}

/* Has the event the id and account of the record? */
static bool has_key(struct th_verify_worker *w, sqlite3_stmt *stmt, const struct th_batch *batch,
                    size_t row)
{
    const struct th_id *id = &batch->ids[TH_F_EVENT_ID][row];
    bool uuid = sqlite3_column_type(stmt, 2) == SQLITE_BLOB;
    struct th_str stored = uuid ? th_db_blob(stmt, 2) : th_db_text(stmt, 2);
    struct th_str wanted =
        id->is_uuid ? (struct th_str){(const char *)id->uuid, sizeof id->uuid} : id->text;
    const struct th_verify_dict *accounts = &w->v->dicts[ACCOUNT];
    uint32_t code = th_verify_group_code(w->v, ACCOUNT, sqlite3_column_int64(stmt, 3));
    struct th_str account = code < accounts->n ? accounts->text[code] : TH_STR_NONE;
    struct th_str own = account_of(batch, row);
    return uuid == id->is_uuid && th_str_eq(stored, wanted) &&
           (account.p == NULL) == (own.p == NULL) && th_str_eq(account, own);
}

/* source, offset, key of an event. */
static enum th_code find_event(struct th_verify_worker *w, int64_t event, sqlite3_stmt **out,
                               bool *row, struct th_err *err)
{
    enum th_code rc = th_db_cached(&w->c->cache, w->c->db,
                                   "SELECT source, offset, \"event.id\", caller FROM event "
                                   "WHERE id = ?1",
                                   out, err);
    if (rc != TH_OK)
        return rc;
    th_db_bind_int(*out, 1, event);
    return th_db_step_any(*out, row, err);
}

enum th_code th_verify_copy(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                            int64_t event, struct th_err *err)
{
    sqlite3_stmt *stmt;
    bool found = false;
    bool same = false;
    bool earlier = false;
    int64_t noted = event;
    bool anonymous = is_anonymous(&batch->ids[TH_F_EVENT_ID][row]);
    enum th_code rc = find_event(w, event, &stmt, &found, err);
    if (rc == TH_OK && found) {
        int64_t source = sqlite3_column_int64(stmt, 0);
        earlier =
            source < w->source.id ||
            (source == w->source.id && sqlite3_column_int64(stmt, 1) < (int64_t)batch->offset[row]);
        same = anonymous || has_key(w, stmt, batch, row);
    }
    if (rc == TH_OK)
        sqlite3_reset(stmt);
    if (rc == TH_OK && anonymous)
        rc = find_anonymous(w, batch->raw_hash[row], &noted, err);
    if (rc != TH_OK)
        return rc;
    const char *what = !found           ? "the event that it is a copy of isn't in the case"
                       : !same          ? "the event that it is a copy of is another one"
                       : noted != event ? "records with the same bytes lead elsewhere"
                       : earlier        ? NULL
                                        : "the event that it is a copy of stands behind it";
    if (what != NULL)
        say(w, batch, row, TH_VERIFY_DUPLICATE, event, noted == event ? 0 : noted, event,
            "duplicate.event", what);
    return TH_OK;
}

/* ---- when all sources are through ---- */

struct keyed {
    uint64_t key, ordinal;
};

static int compare_keys(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static void say_event(struct th_verify_worker *w, int64_t event, int64_t other, const char *field,
                      const char *what)
{
    char found[32];
    (void)snprintf(found, sizeof found, "%" PRId64, other);
    const struct th_verify_difference d = {
        .kind = TH_VERIFY_EVENT,
        .event = event,
        .field = th_str_of(field),
        .found = other == 0 ? TH_STR_NONE : th_str_of(found),
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

/* What tells two records apart, taken from the records once more. */
struct identity {
    th_scanner *scanner;
    th_arena *arena;
    struct th_buf raw[2];
    struct th_values *values[2];
};

static bool same_text(const struct identity *id, enum th_field field)
{
    struct th_str a = id->values[0]->text[field];
    struct th_str b = id->values[1]->text[field];
    return (a.p == NULL) == (b.p == NULL) && th_str_eq(a, b);
}

/* Are two events with equal hashes copies? */
static bool are_copies(struct th_verify_worker *w, int64_t a, int64_t b)
{
    const int64_t events[2] = {a, b};
    struct identity id = {.scanner = th_scanner_new(), .arena = th_arena_new(0)};
    struct th_record *record = th_xmalloc(sizeof *record);
    bool read = true;
    for (size_t i = 0; i < 2; i++) {
        struct th_json_cursor c;
        id.values[i] = th_xcalloc(1, sizeof *id.values[i]);
        read = read && th_case_raw(w->c, (uint64_t)events[i] - 1, &id.raw[i], NULL) == TH_OK;
        th_json_init(&c, th_buf_str(&id.raw[i]));
        read = read && th_record_scan(id.scanner, &c, record) == TH_JSON_OK;
        if (read)
            th_map_record(record, id.arena, id.values[i]);
    }
    bool anonymous = id.values[0]->text[TH_F_EVENT_ID].p == NULL;
    /* What can't be read again has another line already; the hash then stands alone. */
    bool same =
        !read || (same_text(&id, TH_F_EVENT_ID) && same_text(&id, ACCOUNT) &&
                  (!anonymous || th_str_eq(th_buf_str(&id.raw[0]), th_buf_str(&id.raw[1]))));
    for (size_t i = 0; i < 2; i++) {
        th_buf_fini(&id.raw[i]);
        free(id.values[i]);
    }
    free(record);
    th_arena_free(id.arena);
    th_scanner_free(id.scanner);
    return same;
}

static void find_copies(struct th_verify_worker *w)
{
    struct th_verify *v = w->v;
    const struct th_verify_spans *spans = &v->spans[TH_VERIFY_EVENTS];
    struct keyed *all = th_xreallocarray(NULL, (size_t)spans->rows + 1, sizeof *all);
    size_t n = 0;
    for (uint64_t i = 0; i < spans->rows; i++)
        if (v->keys[i] != 0)
            all[n++] = (struct keyed){v->keys[i], i};
    qsort(all, n, sizeof *all, compare_keys);
    for (size_t i = 1; i < n; i++) {
        if (all[i].key != all[i - 1].key)
            continue;
        int64_t a = th_verify_id_at(spans, all[i - 1].ordinal);
        int64_t b = th_verify_id_at(spans, all[i].ordinal);
        if (are_copies(w, a, b))
            say_event(w, b, a, "event.id",
                      "an event that is a copy of another one: it should be a duplicate");
    }
    free(all);
}

/* Events of a source stand behind those of the sources before it. */
static void check_order(struct th_verify_worker *w)
{
    const struct th_verify *v = w->v;
    uint64_t last = 0;
    bool any = false;
    for (size_t i = 0; i < v->items_n; i++) {
        const struct th_verify_item *item = &v->items[i];
        if (item->matched_n == 0)
            continue;
        if (any && item->matched_first <= last)
            say_event(w, th_verify_id_at(&v->spans[TH_VERIFY_EVENTS], item->matched_first), 0, "id",
                      "events are not numbered in the order of their sources");
        last = item->matched_last;
        any = true;
    }
}

static enum th_code check_anonymous(struct th_verify_worker *w, struct th_err *err)
{
    const struct th_verify *v = w->v;
    const struct th_verify_spans *spans = &v->spans[TH_VERIFY_EVENTS];
    sqlite3_stmt *stmt;
    bool more;
    enum th_code rc =
        th_db_prepare(w->c->db, "SELECT event FROM anonymous ORDER BY event", &stmt, err);
    if (rc != TH_OK)
        return rc;
    int64_t before = 0;
    while ((rc = th_db_step_any(stmt, &more, err)) == TH_OK && more) {
        int64_t event = sqlite3_column_int64(stmt, 0);
        /* In a sound case ids are ordinals + 1. */
        bool good = event >= 1 && (uint64_t)event <= spans->rows && event != before &&
                    (v->gaps_n > 0 || th_bits_get(&v->anonymous, (size_t)event - 1));
        if (!good)
            say_event(w, event, 0, "anonymous.event",
                      "noted as a record without an event id, but no such record gives it");
        before = event;
    }
    sqlite3_finalize(stmt);
    return rc;
}

enum th_code th_verify_copies_end(struct th_verify_worker *w, struct th_err *err)
{
    check_order(w);
    find_copies(w);
    return check_anonymous(w, err);
}
