/* The parts of a writer: what is in memory while an import runs. Private to src/store. */
#ifndef TH_STORE_WRITE_INTERNAL_H
#define TH_STORE_WRITE_INTERNAL_H

#include "store/case/handle.h"
#include "store/columns/segment.h"
#include "store/write/earlier_sources.h"
#include "store/write/imported_files.h"
#include "store/write/writer.h"

/* ---- duplicates (dedupe.c) ---- */

/* Event ids seen, by a fingerprint of id and recipient account: 8 bytes a slot, at most 7/10 full;
 * the place in the table comes from the fingerprint's upper bits, so growing needs no ids. What a
 * fingerprint finds is compared with the stored id before it counts. */
struct th_dedupe {
    struct th_dedupe_slot {
        uint32_t mark;
        uint32_t event; /* 0: free */
    } * slots;
    unsigned bits;
    size_t n;
    uint64_t seed;
    bool ready;
};

/* ---- the segment being filled (segment_buffer.c) ---- */

/* Rows first … first + n - 1, the youngest of the case. A column is NULL while all its rows are
 * absent. */
struct th_segbuf {
    uint64_t first;
    size_t n;
    uint32_t *groups[TH_GROUP_COUNT];
    uint32_t *codes[TH_FIELD_COUNT]; /* of fields in no group */
    int64_t *times[TH_FIELD_COUNT];
    struct th_ids ids[TH_FIELD_COUNT]; /* kind NULL: unused */
    bool stopped[TH_FIELD_COUNT];      /* ids: too much text to keep in segments */
    struct th_buf packed;
    bool ready;
};

/* ---- rows in memory that an insert takes (bulk_insert.c) ---- */

/* columns: append the names, as a list. give: the value of a column of row at; none: NULL. replace:
 * a row that stands there gives way to one of the same key; else that is an error. */
struct th_rows {
    void *ctx;
    size_t n;
    bool replace;
    void (*columns)(void *ctx, struct th_buf *sql);
    void (*give)(void *ctx, sqlite3_context *result, size_t at, int column);
};

/* ---- rows that go into table term or derived (term_rows.c) ---- */

struct th_term_rows {
    struct th_rows rows;
    sqlite3 *db;
    const char *table; /* static; NULL: closed */
    sqlite3_stmt *insert;
    struct th_term_row {
        int64_t field; /* its number in the case */
        uint32_t code;
        size_t text, n; /* in texts */
    } * row;
    struct th_buf texts;
};

/* ---- the rows that go into table event next (batch_view.c) ---- */

struct th_batch_view {
    struct th_rows rows;
    const struct th_batch *batch;
    const uint32_t *row_of;   /* row numbers in batch */
    const int64_t *source_of; /* source id by part */
    enum th_field columns[TH_FIELD_COUNT];
    int columns_n;
    struct th_batch_value {
        enum { TH_VALUE_ABSENT, TH_VALUE_CODE, TH_VALUE_BOOL, TH_VALUE_TIME, TH_VALUE_ID } kind;
        const uint32_t *codes; /* of rows[0] … in the segment */
        const int64_t *times;
        const struct th_id *ids; /* by row of the batch */
    } values[TH_FIELD_COUNT];    /* by column */
    const uint32_t *groups[TH_GROUP_COUNT];
};

/* ---- the combinations of a group (combos.c) ---- */

struct th_group_rows {
    struct th_rows rows; /* those that table GROUP gets next */
    enum th_group group;
    enum th_field members[TH_FIELD_COUNT];
    bool is_bool[TH_FIELD_COUNT];
    int members_n;
    th_tuples *tuples;
    uint32_t saved;  /* stand in the table */
    uint32_t packed; /* stand in segments */
    sqlite3_stmt *insert;
};

/* Sizes of the dictionaries by field, then of the groups' tables. */
#define TH_SIZES (TH_FIELD_COUNT + TH_GROUP_COUNT)

/* A source that is not complete yet. terms: sizes of the dictionaries when it began, for one that
 * goes on over several batches. */
struct th_open_source {
    uint64_t ordinal;
    int64_t id;
    enum th_source_kind kind;
    uint64_t events, duplicates, rejects, unselected, untimed;
    int64_t first_ms, last_ms;
    uint32_t *terms; /* owned */
    bool ended;
    const struct th_past_row *again; /* the case has its row already: that one stands; or NULL */
};

struct th_writer {
    th_case *c;
    sqlite3 *db;
    const struct th_enrich *enrich;
    char *version;
    char *selection; /* of this import; NULL: everything */
    struct th_limits limits;
    int lock_fd;
    bool failed;
    bool in_transaction;
    bool marked;     /* meta says that an import runs */
    uint64_t events; /* in table event: the id of the last one */
    int64_t next_source;
    int64_t first_source; /* of this import, or of the interrupted one that it goes on with */
    uint64_t commit_rows; /* TH_COMMIT_ROWS; tests want more commits */
    uint64_t uncommitted_rows;
    uint64_t uncommitted_bytes;
    int64_t committed_ms;        /* the last commit, of the clock that never goes back */
    struct th_open_source *open; /* by ordinal */
    size_t open_n, open_cap;
    bool has_terms;                   /* dict, groups: see th_writer_load */
    th_dict *dict[TH_FIELD_COUNT];    /* TERM, LIST */
    uint32_t saved[TH_FIELD_COUNT];   /* terms that stand in the case */
    uint32_t derived[TH_FIELD_COUNT]; /* parents: codes whose derived values stand in the case */
    bool derived_absent;
    struct th_term_rows term_rows, derived_rows;
    struct th_group_rows groups[TH_GROUP_COUNT];
    struct th_dedupe dedupe;
    struct th_segbuf segbuf;
    struct th_batch_view view;
    sqlite3_stmt *insert_events;
    struct th_known_files known; /* as they were when the writer began */
    struct th_past past;         /* the same; read with the first batch */
    bool has_past;
    char *announced;      /* the import's key in table meta, or NULL: see unfinished.c */
    uint64_t done_before; /* files that an earlier run of it came to */
    uint64_t listed_done, listed_total; /* files as they were listed: members don't count */
    bool all_given;
    struct th_import_totals totals;    /* so far */
    struct th_import_totals committed; /* at the last commit */
};

/* bulk_insert.c: register table new_TABLE over rows and prepare the insert that takes them all into
 * TABLE; undo. */
TH_NODISCARD enum th_code th_vtab_open(sqlite3 *db, const char *table, struct th_rows *rows,
                                       sqlite3_stmt **insert, struct th_err *err);
void th_vtab_close(sqlite3 *db, const char *table, sqlite3_stmt *insert);

/* batch_view.c: point the view at rows of a batch that stand at segbuf_at in the segment. */
void th_batch_view_init(struct th_batch_view *view);
void th_batch_view_aim(struct th_batch_view *view, const struct th_batch *batch,
                       const uint32_t *rows, size_t n, const int64_t *source_of,
                       const struct th_segbuf *segbuf, size_t segbuf_at);

/* combos.c */
/* After th_terms_load. */
TH_NODISCARD enum th_code th_combos_load(th_writer *w, struct th_err *err);
/* The combinations of rows of a batch, translated to the case's: new ones, and new texts of their
 * members, are added. */
void th_combos_take(th_writer *w, const struct th_batch *batch, const uint32_t *rows, size_t n,
                    uint32_t *const out[TH_GROUP_COUNT]);
/* Write new combinations into their tables. */
TH_NODISCARD enum th_code th_combos_save(th_writer *w, struct th_err *err);
/* Write the segments of members that are full, or with last also those that are not. */
TH_NODISCARD enum th_code th_combos_pack(th_writer *w, bool last, struct th_err *err);
void th_combos_fini(th_writer *w);
/* Sizes of all dictionaries and groups. */
void th_writer_sizes(const th_writer *w, uint32_t sizes[TH_SIZES]);

/* dedupe.c. Split the rows of a batch: kept gets those to insert (their ids will be w->events + 1
 * …); for the others, duplicate_of[row] is the event id of the copy that is kept. duplicate_of[row]
 * is 0 for kept rows. Both have batch->rows entries. */
TH_NODISCARD enum th_code th_dedupe_batch(th_writer *w, const struct th_batch *batch,
                                          uint32_t *kept, size_t *kept_n, uint32_t *duplicate_of,
                                          struct th_err *err);
void th_dedupe_fini(struct th_dedupe *dedupe);

/* term_rows.c */
TH_NODISCARD enum th_code th_term_rows_open(th_writer *w, const char *table, bool replace,
                                            struct th_term_rows *rows, struct th_err *err);
/* The text is copied; the row is in the case after th_term_rows_flush. */
TH_NODISCARD enum th_code th_term_rows_add(struct th_term_rows *rows, int64_t field, uint32_t code,
                                           struct th_str text, struct th_err *err);
TH_NODISCARD enum th_code th_term_rows_flush(struct th_term_rows *rows, struct th_err *err);
/* Also after a failed open. */
void th_term_rows_close(struct th_term_rows *rows);

/* terms.c */
TH_NODISCARD enum th_code th_terms_load(th_writer *w, struct th_err *err);
/* Write new terms, and what is derived from them, into the case. */
TH_NODISCARD enum th_code th_terms_save(th_writer *w, struct th_err *err);
void th_terms_counts(const th_writer *w, uint32_t counts[TH_FIELD_COUNT]);
void th_terms_fini(th_writer *w);

/* segment_buffer.c */
TH_NODISCARD enum th_code th_segbuf_load(th_writer *w, struct th_err *err);
/* Put rows of a batch (row numbers, at most what is left of the segment) behind the others; new
 * texts enter the dictionaries. */
void th_segbuf_add(th_writer *w, const struct th_batch *batch, const uint32_t *rows, size_t n);
/* Write the segment as it is; a full one is emptied, a part stays. */
TH_NODISCARD enum th_code th_segbuf_store(th_writer *w, struct th_err *err);
void th_segbuf_fini(struct th_segbuf *segbuf);

/* orphan_marks.c: keep what the analyst said of the events behind last, which are taken back; give
 * it to those that have come again. Inside the caller's transaction. */
TH_NODISCARD enum th_code th_waiting_save(sqlite3 *db, int64_t last, struct th_err *err);
TH_NODISCARD enum th_code th_waiting_give_back(sqlite3 *db, struct th_err *err);

/* resume.c: remove what an interrupted import left of its open source. */
TH_NODISCARD enum th_code th_resume_clean(sqlite3 *db, const struct th_numbers *numbers,
                                          struct th_err *err);
/* Note in the case how far the dictionaries went when the open source began; with none open, that
 * nothing is open. */
TH_NODISCARD enum th_code th_resume_note(th_writer *w, struct th_err *err);

/* unfinished.c: note how far the import came, with every commit; at its end that it is finished, if
 * all of it was given. Inside the caller's transaction. */
TH_NODISCARD enum th_code th_unfinished_note(th_writer *w, struct th_err *err);
TH_NODISCARD enum th_code th_unfinished_end(th_writer *w, struct th_err *err);

/* sources.c */
TH_NODISCARD enum th_code th_sources_begin(th_writer *w, const struct th_part *part, int64_t *id,
                                           struct th_err *err);
struct th_open_source *th_sources_find(th_writer *w, uint64_t ordinal);
TH_NODISCARD enum th_code th_sources_end(th_writer *w, const struct th_part *part,
                                         struct th_err *err);
/* Forget the sources that have ended. */
void th_sources_forget(th_writer *w);
/* Write the counts of the sources that are still open. */
TH_NODISCARD enum th_code th_sources_save(th_writer *w, struct th_err *err);
TH_NODISCARD enum th_code th_sources_blobs(th_writer *w, const struct th_batch *batch,
                                           const int64_t *source_of, struct th_err *err);
TH_NODISCARD enum th_code th_sources_rejects(th_writer *w, const struct th_batch *batch,
                                             const int64_t *source_of, struct th_err *err);

/* writer.c */
/* Have dictionaries and combinations in memory: before anything asks for their sizes or codes. A
 * batch that brings no rows needs none. */
TH_NODISCARD enum th_code th_writer_load(th_writer *w, struct th_err *err);
/* Be inside a transaction; commit with all that belongs to it. */
TH_NODISCARD enum th_code th_writer_transaction(th_writer *w, struct th_err *err);
TH_NODISCARD enum th_code th_writer_commit(th_writer *w, struct th_err *err);
bool th_writer_commit_due(const th_writer *w);

#endif
