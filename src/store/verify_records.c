/* Records against rows, side by side: both come in order of offset. A record is the event or the
 * duplicate at its place; a row at a place where no record begins is nobody's. An event whose place
 * was changed is still known by its event id, so that one difference is told and not two. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/verify_int.h"

static const char not_here[] = "this record of the evidence is not in the case";
static const char nobody[] = "no record of the evidence gives this event";

/* ---- saying it ---- */

struct place {
    enum th_verify_kind kind;
    int64_t offset, event;
};

static void say_at(struct th_verify_worker *w, const struct place *place, const char *field,
                   struct th_str expected, struct th_str found, const char *what)
{
    const struct th_verify_difference d = {
        .kind = place->kind,
        .source = w->source.id,
        .path = th_str_of(w->source.place),
        .offset = place->offset,
        .has_offset = true,
        .event = place->event,
        .field = th_str_of(field),
        .expected = expected,
        .found = found,
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

static void compare_number(struct th_verify_worker *w, const struct place *place, const char *field,
                           int64_t expected, int64_t found, const char *what)
{
    char a[32];
    char b[32];
    if (expected == found)
        return;
    (void)snprintf(a, sizeof a, "%" PRId64, expected);
    (void)snprintf(b, sizeof b, "%" PRId64, found);
    say_at(w, place, field, th_str_of(a), th_str_of(b), what);
}

/* A value of another type than a number is none, whatever SQLite would make of it. */
static void compare_column(struct th_verify_worker *w, const struct place *place, const char *field,
                           int64_t expected, sqlite3_stmt *stmt, int column, const char *what)
{
    char number[32];
    if (sqlite3_column_type(stmt, column) == SQLITE_INTEGER) {
        compare_number(w, place, field, expected, sqlite3_column_int64(stmt, column), what);
        return;
    }
    (void)snprintf(number, sizeof number, "%" PRId64, expected);
    say_at(w, place, field, th_str_of(number), TH_STR("no number"), what);
}

/* ---- events and duplicates ---- */

static enum th_code next_event(struct th_verify_worker *w, struct th_err *err)
{
    return th_verify_rows_next(&w->rows[TH_VERIFY_EVENTS], err);
}

/* Numbers go up with the records. Where they go down, it is the event before that stands wrong when
 * this one would follow the one before that. */
static void note_order(struct th_verify_worker *w, const struct place *place, uint64_t ordinal)
{
    struct th_verify_item *item = w->item;
    struct th_verify_order *order = &w->order;
    bool first = item->matched_n++ == 0;
    bool down = !first && ordinal < order->last;
    bool last_is_wrong = down && (item->matched_n == 2 || ordinal > order->before);
    if (first)
        item->matched_first = ordinal;
    if (down) {
        const struct place wrong = {TH_VERIFY_EVENT,
                                    last_is_wrong ? order->last_offset : place->offset,
                                    last_is_wrong ? order->last_id : place->event};
        say_at(w, &wrong, "id", TH_STR_NONE, TH_STR_NONE,
               "events are not numbered in the order of their records");
    } else {
        order->before = order->last;
    }
    if (last_is_wrong && item->matched_n == 2)
        item->matched_first = ordinal;
    if (down && !last_is_wrong)
        return;
    *order = (struct th_verify_order){order->before, ordinal, place->event, place->offset};
    item->matched_last = ordinal;
}

/* The event stands on a record. */
static enum th_code match_event(struct th_verify_worker *w, const struct th_batch *batch,
                                size_t row, struct th_err *err)
{
    const struct th_verify_rows *events = &w->rows[TH_VERIFY_EVENTS];
    const struct place place = {TH_VERIFY_EVENT, (int64_t)batch->offset[row], events->id};
    static const char what[] = "the row says otherwise where its record stands";
    compare_number(w, &place, "offset", (int64_t)batch->offset[row], events->offset, what);
    compare_column(w, &place, "length", batch->length[row], events->stmt, 2, what);
    compare_column(w, &place, "flags", batch->flags[row], events->stmt, 3,
                   "the row says otherwise how its record stands there");
    note_order(w, &place, events->ordinal);
    w->given.untimed += (batch->flags[row] & TH_ROW_UNTIMED) != 0;
    enum th_code rc = th_verify_key(w, batch, row, events->id, events->ordinal, err);
    if (rc == TH_OK)
        rc = th_verify_values(w, batch, row, err);
    atomic_fetch_add_explicit(&w->v->events_done, 1, memory_order_relaxed);
    return rc == TH_OK ? next_event(w, err) : rc;
}

static enum th_code match_duplicate(struct th_verify_worker *w, const struct th_batch *batch,
                                    size_t row, struct th_err *err)
{
    struct th_verify_rows *duplicates = &w->rows[TH_VERIFY_DUPLICATES];
    int64_t event = sqlite3_column_int64(duplicates->stmt, 4);
    const struct place place = {TH_VERIFY_DUPLICATE, (int64_t)batch->offset[row], event};
    static const char what[] = "the duplicate's row says otherwise";
    compare_column(w, &place, "duplicate.length", batch->length[row], duplicates->stmt, 2, what);
    compare_column(w, &place, "duplicate.flags", batch->flags[row], duplicates->stmt, 3, what);
    enum th_code rc = th_verify_copy(w, batch, row, event, err);
    return rc == TH_OK ? th_verify_rows_next(duplicates, err) : rc;
}

/* No record gives the event that rows stand on. */
static enum th_code stray_event(struct th_verify_worker *w, bool unread, struct th_err *err)
{
    const struct th_verify_rows *events = &w->rows[TH_VERIFY_EVENTS];
    const struct place place = {TH_VERIFY_EVENT, events->offset, events->id};
    if (unread)
        th_verify_key_unknown(w, events->ordinal);
    else
        say_at(w, &place, NULL, TH_STR_NONE, TH_STR_NONE, nobody);
    enum th_code rc = th_verify_values(w, NULL, 0, err);
    return rc == TH_OK ? next_event(w, err) : rc;
}

static enum th_code stray_duplicate(struct th_verify_worker *w, bool unread, struct th_err *err)
{
    struct th_verify_rows *duplicates = &w->rows[TH_VERIFY_DUPLICATES];
    const struct place place = {TH_VERIFY_DUPLICATE, duplicates->offset,
                                sqlite3_column_int64(duplicates->stmt, 4)};
    if (!unread)
        say_at(w, &place, NULL, TH_STR_NONE, TH_STR_NONE,
               "no record of the evidence gives this duplicate");
    return th_verify_rows_next(duplicates, err);
}

/* Rows that stand before a place. A row with the id of the record there is that record's. */
static enum th_code pass_rows(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                              struct th_err *err)
{
    struct th_verify_rows *events = &w->rows[TH_VERIFY_EVENTS];
    struct th_verify_rows *duplicates = &w->rows[TH_VERIFY_DUPLICATES];
    int64_t offset = (int64_t)batch->offset[row];
    enum th_code rc = TH_OK;
    while (rc == TH_OK && events->has && events->offset < offset &&
           !th_verify_same_id(w, batch, row))
        rc = stray_event(w, false, err);
    while (rc == TH_OK && duplicates->has && duplicates->offset < offset)
        rc = stray_duplicate(w, false, err);
    return rc;
}

static void note_time(struct th_verify_given *given, int64_t ts_ms)
{
    if (ts_ms == TH_VALUE_NONE)
        return;
    if (given->first_ms == TH_VALUE_NONE || ts_ms < given->first_ms)
        given->first_ms = ts_ms;
    if (given->last_ms == TH_VALUE_NONE || ts_ms > given->last_ms)
        given->last_ms = ts_ms;
}

static enum th_code compare_record(struct th_verify_worker *w, const struct th_batch *batch,
                                   size_t row, struct th_err *err)
{
    struct th_verify_rows *events = &w->rows[TH_VERIFY_EVENTS];
    struct th_verify_rows *duplicates = &w->rows[TH_VERIFY_DUPLICATES];
    int64_t offset = (int64_t)batch->offset[row];
    const int64_t *times = batch->num[TH_F_TIMESTAMP];
    /* What an interrupted import hasn't come to is not missing. */
    if (w->source.state == 0 && offset > w->last_row)
        return TH_OK;
    enum th_code rc = pass_rows(w, batch, row, err);
    if (rc != TH_OK)
        return rc;
    w->given.records++;
    note_time(&w->given, times == NULL ? TH_VALUE_NONE : times[row]);
    if (events->has && events->offset == offset)
        return match_event(w, batch, row, err);
    if (duplicates->has && duplicates->offset == offset)
        return match_duplicate(w, batch, row, err);
    if (events->has && th_verify_same_id(w, batch, row))
        return match_event(w, batch, row, err);
    const struct place place = {TH_VERIFY_EVENT, offset, 0};
    char uuid[TH_UUID_CHARS + 1];
    const struct th_id *id =
        batch->ids[TH_F_EVENT_ID] == NULL ? NULL : &batch->ids[TH_F_EVENT_ID][row];
    struct th_str text = id == NULL ? TH_STR_NONE : id->text;
    if (id != NULL && id->is_uuid) {
        th_uuid_text(id->uuid, uuid);
        text = th_str_of(uuid);
    }
    say_at(w, &place, text.p == NULL ? NULL : "event.id", text, TH_STR_NONE, not_here);
    return TH_OK;
}

/* ---- rejects ---- */

static enum th_code stray_reject(struct th_verify_worker *w, bool unread, struct th_err *err)
{
    struct th_verify_rows *rejects = &w->rows[TH_VERIFY_REJECTS];
    const struct place place = {TH_VERIFY_REJECT, rejects->offset, 0};
    bool outside = rejects->offset == 0 && sqlite3_column_int64(rejects->stmt, 2) == 0;
    if (outside && w->outside > 0)
        w->outside--;
    else if (!unread)
        say_at(w, &place, "reject.reason", TH_STR_NONE, th_db_text(rejects->stmt, 3),
               "nothing in the evidence gives this reject");
    return th_verify_rows_next(rejects, err);
}

static enum th_code match_reject(struct th_verify_worker *w, const struct th_reject *reject,
                                 struct th_err *err)
{
    struct th_verify_rows *rejects = &w->rows[TH_VERIFY_REJECTS];
    const struct place place = {TH_VERIFY_REJECT, (int64_t)reject->offset, 0};
    static const char what[] = "the reject's row says otherwise";
    struct th_str reason = th_db_text(rejects->stmt, 3);
    struct th_str bytes = th_db_blob(rejects->stmt, 4);
    compare_number(w, &place, "reject.length", (int64_t)reject->length,
                   sqlite3_column_int64(rejects->stmt, 2), what);
    if (!th_str_is(reason, reject->reason))
        say_at(w, &place, "reject.reason", th_str_of(reject->reason), reason, what);
    if ((bytes.p == NULL) != (reject->bytes.p == NULL) || !th_str_eq(bytes, reject->bytes))
        say_at(w, &place, "reject.bytes", reject->bytes, bytes, what);
    return th_verify_rows_next(rejects, err);
}

static enum th_code compare_reject(struct th_verify_worker *w, const struct th_reject *reject,
                                   struct th_err *err)
{
    struct th_verify_rows *rejects = &w->rows[TH_VERIFY_REJECTS];
    enum th_code rc = TH_OK;
    int64_t offset = (int64_t)reject->offset;
    while (rc == TH_OK && rejects->has && rejects->offset < offset)
        rc = stray_reject(w, false, err);
    if (rc != TH_OK)
        return rc;
    if (rejects->has && rejects->offset == offset)
        return match_reject(w, reject, err);
    if (w->source.state == 0 && !rejects->has && offset > w->last_row)
        return TH_OK;
    const struct place place = {TH_VERIFY_REJECT, offset, 0};
    say_at(w, &place, "reject.reason", th_str_of(reject->reason), TH_STR_NONE,
           "what can't be read here is not in the case as a reject");
    return TH_OK;
}

/* ---- all of it ---- */

enum th_code th_verify_batch(struct th_verify_worker *w, const struct th_batch *batch,
                             struct th_err *err)
{
    enum th_code rc = TH_OK;
    th_verify_values_batch(w, batch);
    for (size_t row = 0; row < batch->rows && rc == TH_OK; row++)
        rc = compare_record(w, batch, row, err);
    for (size_t i = 0; i < batch->rejects_n && rc == TH_OK; i++)
        rc = compare_reject(w, &batch->rejects[i], err);
    return rc;
}

enum th_code th_verify_rest(struct th_verify_worker *w, bool unread, struct th_err *err)
{
    enum th_code rc = TH_OK;
    while (rc == TH_OK && w->rows[TH_VERIFY_EVENTS].has)
        rc = stray_event(w, unread, err);
    while (rc == TH_OK && w->rows[TH_VERIFY_DUPLICATES].has)
        rc = stray_duplicate(w, unread, err);
    while (rc == TH_OK && w->rows[TH_VERIFY_REJECTS].has)
        rc = stray_reject(w, unread, err);
    return rc;
}
