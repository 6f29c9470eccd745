/* What the files verify*.c share. Private to src/store. */
#ifndef TH_STORE_VERIFY_INT_H
#define TH_STORE_VERIFY_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/bits.h"
#include "base/dict.h"
#include "ingest/reread.h"
#include "store/private.h"
#include "store/segment.h"
#include "store/verify.h"

/* ---- where rows stand (verify_spans.c) ---- */

/* Rows of one source that follow each other: ascending ids and offsets. ordinal: how many rows of
 * the table stand before the first. */
struct th_verify_span {
    int64_t source;
    int64_t first_id, last_id;
    int64_t first_offset, last_offset;
    uint64_t ordinal;
};

/* Of one table, by source, then as they stand. Usually one a source. */
struct th_verify_spans {
    struct th_verify_span *v;
    size_t n, cap;
    uint64_t rows;
    int64_t last_id;
};

/* Numbers that should be and are not: [first, last]. */
struct th_verify_gap {
    int64_t first, last;
};

/* Fields, and behind them groups. */
#define TH_VERIFY_COLUMNS (TH_FIELD_COUNT + TH_GROUP_COUNT)

enum th_verify_table {
    TH_VERIFY_EVENTS,
    TH_VERIFY_DUPLICATES,
    TH_VERIFY_REJECTS,
    TH_VERIFY_TABLES
};

/* ---- dictionaries (verify_terms.c) ---- */

/* text[code]: absent where there is none; n: how many codes there may be, 0 among them. dict: the
 * same texts; code_of[number in dict] is the first code that has it. */
struct th_verify_dict {
    th_dict *dict;
    uint32_t *code_of;
    size_t code_of_cap;
    struct th_str *text;
    size_t n, cap;
};

/* ---- combinations (verify_groups.c) ---- */

/* A group's table: for rows 1 … n the codes of its members, as batches have them (of a BOOL 0
 * absent, 1 false, 2 true). */
#define TH_VERIFY_NO_CODE UINT32_MAX /* a value that the column can't have */
struct th_verify_group {
    enum th_group group; /* column < 0: the case doesn't have it */
    int column;          /* in the statement over table event */
    int members_n;
    enum th_field members[TH_FIELD_COUNT];
    uint32_t n;
    uint32_t *codes; /* (n + 1) * members_n */
    struct th_bits there;
    size_t cap;
};

/* ---- the run ---- */

/* A field with values of its own in no group: where they stand. */
struct th_verify_field {
    enum th_field field;
    enum th_store store;
    int64_t id;
    int column; /* in the statement over table event; -1: table extra */
};

/* A source in brief. matched_…: ordinals of the first and last of its events that records give, and
 * how many there are. */
struct th_verify_item {
    int64_t id;
    uint64_t size_bytes;
    uint64_t matched_first, matched_last, matched_n;
};

/* What one thread does in one go, and the differences it found that wait for the sink. */
enum th_verify_job {
    TH_VERIFY_JOB_CHECK,
    TH_VERIFY_JOB_SOURCES, /* items */
    TH_VERIFY_JOB_DERIVED,
    TH_VERIFY_JOB_PATHS /* rows */
};
struct th_verify_unit {
    enum th_verify_job job;
    size_t first, n;
    struct th_buf out;
    bool done;
};

/* A column of a path that the case keeps. */
struct th_verify_path {
    char *name; /* owned; ref.path points into it */
    struct th_field_ref ref;
    uint32_t *codes;
    th_dict *dict;
    size_t rows;
};
#define TH_VERIFY_PATHS_AT_ONCE 32u

struct th_verify_worker;

struct th_verify {
    const char *path;
    const struct th_verify_options *options;
    const struct th_verify_sink *sink;
    th_cancel *cancel;
    th_cancel stop; /* threads look at this one */
    th_case *c;     /* the calling thread's */
    struct th_verify_totals totals;
    struct th_verify_field fields[TH_FIELD_COUNT];
    size_t fields_n;
    struct th_verify_dict dicts[TH_FIELD_COUNT];
    struct th_verify_group groups[TH_GROUP_COUNT];
    struct th_verify_spans spans[TH_VERIFY_TABLES];
    struct th_verify_gap *gaps; /* in table event */
    size_t gaps_n, gaps_cap;
    struct th_verify_item *items;
    size_t items_n, items_cap;
    uint64_t bytes_total;
    /* By ordinal of the event: what tells copies apart, hashed; 0: no record gives it. */
    uint64_t *keys;
    uint64_t key_seed;
    struct th_bits anonymous; /* by ordinal; under lock */
    struct th_verify_path paths[TH_VERIFY_PATHS_AT_ONCE];
    size_t paths_n;
    struct th_verify_worker *workers;
    size_t workers_n;
    struct th_verify_unit *units;
    size_t units_n, units_cap;
    atomic_size_t next_unit;
    pthread_mutex_t lock;
    pthread_cond_t arrived; /* differences, or a unit is done */
    pthread_cond_t taken;   /* there is room again, or stop */
    struct th_bits
        damaged; /* segments that were told of: block * TH_VERIFY_COLUMNS + column; by lock */
    atomic_uint_least64_t sources_done, bytes_done, events_done;
    int64_t progress_at;
};

/* What table source says of a source. Texts are owned. */
struct th_verify_source {
    int64_t id;
    char *path, *container, *place, *skipped, *selection, *version, *capped;
    uint8_t sha256[32];
    bool has_sha256;
    int64_t kind, state, size_bytes, inflated_bytes, events, duplicates, rejects, unselected,
        untimed, first_ms, last_ms;
};

/* Rows of one source in one table, in order of offset. */
struct th_verify_rows {
    const struct th_verify_span *spans;
    size_t spans_n;
    uint64_t count;
    sqlite3_stmt *stmt; /* columns 0 and 1: id and offset */
    struct th_verify_place {
        int64_t id, offset;
        uint64_t ordinal;
    } * list; /* when there are several spans; owned */
    size_t list_n, at;
    bool has; /* the statement stands on a row */
    int64_t id, offset;
    uint64_t ordinal;
};

/* Columns of events first … first + n - 1: sparse ones from table extra where has_sparse says that
 * there are any, all as queries get them where readable. */
struct th_verify_block {
    int64_t first; /* 0: nothing loaded */
    size_t n;
    int64_t *sparse[TH_FIELD_COUNT];
    struct th_ids sparse_ids[TH_FIELD_COUNT];
    uint32_t *codes[TH_FIELD_COUNT];
    int64_t *times[TH_FIELD_COUNT];
    struct th_ids ids[TH_FIELD_COUNT];
    bool has_sparse[TH_FIELD_COUNT];
    bool readable[TH_FIELD_COUNT];
    uint32_t *groups[TH_GROUP_COUNT];
    bool readable_group[TH_GROUP_COUNT];
};

/* A value as it stands in the case. ODD: of a type that the field can't have. */
struct th_verify_value {
    enum { TH_VERIFY_NONE, TH_VERIFY_NUMBER, TH_VERIFY_UUID, TH_VERIFY_TEXT, TH_VERIFY_ODD } kind;
    int64_t number;
    struct th_str bytes;
};

/* A place where inflating may begin. */
struct th_verify_point {
    uint64_t inflated, bits;
    size_t window_n; /* plain bytes before it, and their hash */
    uint8_t window_sha256[32];
    bool needed; /* what stands behind it can't be reached from another, and the case hasn't it */
};

/* What reading a source again gave so far. */
struct th_verify_given {
    uint64_t records, rejects, unselected, untimed;
    int64_t first_ms, last_ms;
    uint64_t inflated_bytes;
    int64_t kind;
    char skipped[128]; /* "": not skipped */
    bool ended;
};

/* The events of the source at hand that records gave last, by ordinal. */
struct th_verify_order {
    uint64_t before, last;
    int64_t last_id, last_offset;
};

struct th_verify_worker {
    struct th_verify *v;
    th_case *c;
    pthread_t thread;
    struct th_verify_unit *unit; /* NULL: what it says goes straight to the sink */
    struct th_verify_totals totals;
    th_reread *reread;
    sqlite3_stmt *events, *duplicates, *rejects;
    struct th_verify_source source; /* the one at hand */
    struct th_verify_item *item;
    struct th_verify_given given;
    struct th_verify_order order;
    uint64_t told;    /* of twice the source's bytes, to progress */
    unsigned outside; /* rejects of the source that no byte of it gives and that may be */
    int64_t last_row; /* of an open source: offset of the last row that it has */
    struct th_verify_point *points; /* of the source at hand */
    size_t points_n, points_cap;
    struct th_verify_rows rows[TH_VERIFY_TABLES];
    struct th_verify_block block;
    uint32_t *map[TH_FIELD_COUNT]; /* codes of the batch at hand to codes of the case, + 1 */
    size_t map_cap[TH_FIELD_COUNT];
    struct th_bits used[TH_FIELD_COUNT]; /* codes that some event has, but for members of groups */
    uint32_t
        *known[TH_GROUP_COUNT]; /* combinations of the batch: the same in the case; 0: unknown */
    size_t known_cap[TH_GROUP_COUNT];
    struct th_bits used_rows[TH_GROUP_COUNT]; /* combinations that some event has */
    struct th_buf expected, found, what;      /* texts of one difference */
    enum th_code rc;                          /* why the source at hand can't be read on */
    struct th_err err;
    enum th_code run_rc; /* why the thread ended */
    struct th_err run_err;
};

/* verify_say.c: one difference to whoever takes them. */
void th_verify_say(struct th_verify_worker *w, const struct th_verify_difference *difference);
/* The same of the source at hand. Texts may be NULL. */
void th_verify_say_source(struct th_verify_worker *w, enum th_verify_kind kind, const char *field,
                          const char *expected, const char *found, const char *what);
/* With numbers for expected and found. */
void th_verify_say_number(struct th_verify_worker *w, enum th_verify_kind kind, const char *field,
                          int64_t expected, int64_t found, const char *what);
/* An error of the database is a difference like others. False for any other: the run ends with it.
 */
bool th_verify_say_error(struct th_verify_worker *w, enum th_code rc, const struct th_err *err);
/* Give a unit's differences to the sink. False: it wants no more. */
bool th_verify_deliver(struct th_verify *v, struct th_str packed);

/* verify_spans.c */
TH_NODISCARD enum th_code th_verify_spans_load(struct th_verify_worker *w, struct th_err *err);
void th_verify_spans_fini(struct th_verify *v);
/* The spans of one source; *n how many. */
const struct th_verify_span *th_verify_spans_of(const struct th_verify_spans *spans, int64_t source,
                                                size_t *n);
/* Id of the row at an ordinal of table event. */
int64_t th_verify_id_at(const struct th_verify_spans *spans, uint64_t ordinal);
/* Stand on the first row, go on to the next. */
TH_NODISCARD enum th_code th_verify_rows_begin(struct th_verify_rows *rows, sqlite3_stmt *stmt,
                                               const struct th_verify_spans *spans, int64_t source,
                                               struct th_err *err);
TH_NODISCARD enum th_code th_verify_rows_next(struct th_verify_rows *rows, struct th_err *err);
void th_verify_rows_end(struct th_verify_rows *rows);

/* verify_evidence.c: what is kept of the source at hand, checked and hashed; from then on read
 * through source. *there: there are bytes to read. */
struct th_verify_bytes {
    struct th_verify_worker *w;
    unsigned char *whole; /* all of it, owned; NULL when it is large */
    uint64_t size_bytes;  /* that can be read */
    int fd;               /* of a file outside; -1 */
    uint64_t piece_at;    /* of what is in piece */
    struct th_buf piece;
    bool there;
    bool any;     /* something is kept */
    bool changed; /* it doesn't have the hash that was noted */
};
TH_NODISCARD enum th_code th_verify_bytes_open(struct th_verify_worker *w,
                                               struct th_verify_bytes *bytes, struct th_err *err);
/* A th_reread_source read; ctx is a struct th_verify_bytes. */
size_t th_verify_bytes_read(void *ctx, uint64_t offset, void *buffer, size_t size);
void th_verify_bytes_close(struct th_verify_bytes *bytes);
/* An access point that reading the source at hand again gave; all of them against those of the
 * case. */
void th_verify_note_point(struct th_verify_worker *w, const struct th_access_point *point);
TH_NODISCARD enum th_code th_verify_points(struct th_verify_worker *w, struct th_err *err);

/* verify_source.c: so much of twice the bytes of the source at hand is done. */
void th_verify_done(struct th_verify_worker *w, uint64_t upto);
/* One source, all of it. Damage is said; an error is what ends the run. */
TH_NODISCARD enum th_code th_verify_source(struct th_verify_worker *w, struct th_verify_item *item,
                                           struct th_err *err);

/* verify_records.c: a batch of the source at hand against its rows; then what is left of these.
 * unread: the records could not be read, so nothing is said of rows that none gives. */
TH_NODISCARD enum th_code th_verify_batch(struct th_verify_worker *w, const struct th_batch *batch,
                                          struct th_err *err);
TH_NODISCARD enum th_code th_verify_rest(struct th_verify_worker *w, bool unread,
                                         struct th_err *err);

/* verify_values.c: the columns of the event that rows[EVENTS] stands on. batch NULL: no record
 * gives it, only what it uses is noted. */
TH_NODISCARD enum th_code th_verify_values(struct th_verify_worker *w, const struct th_batch *batch,
                                           size_t row, struct th_err *err);
/* Code in the case of a code of the batch at hand; TH_VERIFY_NO_CODE: the case doesn't have its
 * text. */
uint32_t th_verify_case_code(struct th_verify_worker *w, const struct th_batch *batch,
                             enum th_field field, uint32_t code);
/* The event's row has found where its record has expected: a text of that field; a text that the
 * dictionary has twice is no difference. */
bool th_verify_say_value(struct th_verify_worker *w, enum th_field field, struct th_str expected,
                         const struct th_verify_value *found);
/* The event's row has a value that its column for queries doesn't. */
void th_verify_say_column(struct th_verify_worker *w, const char *field, struct th_str expected,
                          struct th_str found);
/* A new batch: its codes mean something else. */
void th_verify_values_batch(struct th_verify_worker *w, const struct th_batch *batch);
/* Do event and record have the same event id? */
bool th_verify_same_id(struct th_verify_worker *w, const struct th_batch *batch, size_t row);
void th_verify_values_fini(struct th_verify_worker *w);
/* SQL over table event: id, offset, length, flags, columns. */
void th_verify_fields(struct th_verify *v, struct th_buf *sql);

/* verify_groups.c: load, before events; the combinations of the event that rows[EVENTS] stands on;
 * in the end what no event has, and the columns for queries. */
TH_NODISCARD enum th_code th_verify_groups_load(struct th_verify_worker *w, struct th_err *err);
void th_verify_groups_fini(struct th_verify *v);
void th_verify_groups_batch(struct th_verify_worker *w, const struct th_batch *batch);
void th_verify_groups(struct th_verify_worker *w, const struct th_batch *batch, size_t row,
                      size_t at);
TH_NODISCARD enum th_code th_verify_groups_end(struct th_verify_worker *w, struct th_err *err);
/* The code of a member in a combination; 0 when there is none. */
uint32_t th_verify_group_code(const struct th_verify *v, enum th_field field, int64_t row);

/* verify_block.c */
TH_NODISCARD enum th_code th_verify_block_at(struct th_verify_worker *w, int64_t event,
                                             struct th_err *err);
void th_verify_block_fini(struct th_verify_block *block);

/* verify_copies.c: which records are copies of which. A record that is the event at an ordinal, one
 * that is a duplicate of event, an event whose record can't be read. */
TH_NODISCARD enum th_code th_verify_key(struct th_verify_worker *w, const struct th_batch *batch,
                                        size_t row, int64_t event, uint64_t ordinal,
                                        struct th_err *err);
TH_NODISCARD enum th_code th_verify_copy(struct th_verify_worker *w, const struct th_batch *batch,
                                         size_t row, int64_t event, struct th_err *err);
void th_verify_key_unknown(struct th_verify_worker *w, uint64_t ordinal);
/* When all sources are through: no two events are copies; table anonymous; order of sources. */
TH_NODISCARD enum th_code th_verify_copies_end(struct th_verify_worker *w, struct th_err *err);

/* verify_terms.c */
TH_NODISCARD enum th_code th_verify_terms_load(struct th_verify_worker *w, struct th_err *err);
void th_verify_terms_fini(struct th_verify *v);
/* Codes that no event has. Never fails. */
TH_NODISCARD enum th_code th_verify_terms_unused(struct th_verify_worker *w, struct th_err *err);
TH_NODISCARD enum th_code th_verify_derived(struct th_verify_worker *w, struct th_err *err);

/* verify_schema.c: what other programs see the rows through. */
TH_NODISCARD enum th_code th_verify_schema(struct th_verify_worker *w, struct th_err *err);

/* verify_rest.c: rows that belong to nothing, SQLite's own check. */
TH_NODISCARD enum th_code th_verify_strays(struct th_verify_worker *w, struct th_err *err);
TH_NODISCARD enum th_code th_verify_quick_check(struct th_verify_worker *w, struct th_err *err);

/* verify_paths.c: columns of paths, by units of rows. */
TH_NODISCARD enum th_code th_verify_paths(struct th_verify_worker *w, struct th_err *err);
TH_NODISCARD enum th_code th_verify_path_rows(struct th_verify_worker *w, size_t first, size_t n,
                                              struct th_err *err);

/* A part of the work. */
typedef enum th_code th_verify_part(struct th_verify_worker *w, struct th_err *err);

/* verify.c: work for the threads, and letting them do it. */
void th_verify_add_unit(struct th_verify *v, enum th_verify_job job, size_t first, size_t n);
TH_NODISCARD enum th_code th_verify_run_units(struct th_verify *v, struct th_err *err);

#endif
