/* What import hands to the store: up to TH_BATCH_ROWS mapped events in columns, with dictionaries
 * of their own.
 *
 * A worker fills a batch without knowing the case: each text gets a code in the batch's own
 * dictionary of its field; the writer then maps the batch's codes to the case's codes once per
 * distinct text. Everything in a batch is owned by it and freed with it. */
#ifndef TH_INGEST_BATCH_H
#define TH_INGEST_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/dict.h"
#include "base/tuples.h"
#include "base/uuid.h"
#include "ecs/columns/map.h"

#define TH_BATCH_ROWS 8192

/* event.flags in the case. STRING: the record travelled inside a JSON string, source bytes are its
 * escaped text. UNTIMED: it has no time of its own. */
#define TH_ROW_STRING  1u
#define TH_ROW_UNTIMED 2u

/* An id: 16 bytes when the text was a UUID in its canonical lower-case form, else text; absent when
 * neither. */
struct th_id {
    struct th_str text; /* absent for a UUID */
    uint8_t uuid[16];
    bool is_uuid;
};

/* One record that could not be taken in. bytes: its beginning (at most TH_REJECT_BYTES), in the
 * batch's arena. */
#define TH_REJECT_BYTES 65536
struct th_reject {
    uint32_t part;
    uint64_t offset; /* in the inflated source */
    uint64_t length;
    const char *reason;
    struct th_str bytes;
};

/* A piece of evidence to keep, in order of offset within its source: see table evidence. bytes are
 * owned by the batch (free). */
struct th_blob {
    uint32_t part;
    uint64_t offset;
    /* Delivered bytes (as delivered) or plain bytes (deflated chunk) that it stands for. */
    uint64_t length;
    void *bytes;
    size_t bytes_n;
    bool mapped; /* bytes is an mmap of bytes_n, to be unmapped */
};

struct th_access_point {
    uint32_t part;
    uint64_t inflated;
    uint64_t bits;
    void *window; /* deflated, owned */
    size_t window_n;
    bool resumes; /* here reading went on behind a break */
};

/* REFERENCED: its bytes are not kept, for the user wanted it so, or no record of it was selected;
 * its blobs, if there are any, are the SHA-256 of length delivered bytes each. ARCHIVE: its members
 * are sources of their own, of itself there is only the hash. */
enum th_source_kind {
    TH_SOURCE_DELIVERED = 0,
    TH_SOURCE_CHUNKED = 1,
    TH_SOURCE_REFERENCED = 2,
    TH_SOURCE_ARCHIVE = 3,
};

/* A source of which this batch holds events: a part. A source may go on over several batches; its
 * parts carry the same ordinal. */
struct th_part {
    uint64_t ordinal; /* 0, 1, 2 … in import order over all sources of this run */
    int64_t id;       /* the number that its row gets; 0: the next */
    bool begins;      /* first part of its source: path and kind are set */
    bool ends;        /* last part: sha256, sizes, first/last, skipped are final */
    char *path;       /* as given; owned; set in every part */
    /* Place inside the archive at path, as the archive says it (hostile text); owned; set in every
     * part; NULL for a file of its own. */
    char *container;
    enum th_source_kind kind;
    uint8_t sha256[32]; /* all zero: not read at all (a link, an unreadable file) */
    uint64_t size_bytes;
    uint64_t inflated_bytes;
    uint64_t unselected; /* counted in this part */
    /* Why the whole file holds no trail ("no CloudTrail records", "unchanged", …); only where
     * begins and ends; NULL otherwise. Static text. */
    const char *skipped;
    /* Where it ends: the caps that it ran into, see th_limits_text; NULL: none. In the batch's
     * arena. */
    const char *capped;
    /* Where it ends: what became of the file while it was read ("the file grew …"); NULL: nothing.
     * In the batch's arena. */
    const char *altered;
    bool unchanged; /* skipped because the case holds these bytes already: no row is added */
    bool uncounted; /* an archive that was read to its end: its members are the files */
};

struct th_batch {
    uint64_t sequence; /* batches reach the writer in this order: 0, 1, 2 … */
    th_arena *arena;
    size_t rows;
    uint32_t *part; /* rows entries each: index into parts */
    /* Of the record in the inflated source; TH_ROW_STRING: of the string's content. */
    uint64_t *offset;
    uint32_t *length;
    uint8_t *flags;
    /* SHA-256 of the record's bytes, only valid for rows without an event id. */
    uint8_t (*raw_hash)[32];
    th_dict *dict[TH_FIELD_COUNT]; /* TERM, LIST; NULL for other fields */
    /* TERM, LIST: codes in dict, 0 absent; NULL for other fields and members of groups. */
    uint32_t *codes[TH_FIELD_COUNT];
    int64_t *num[TH_FIELD_COUNT];    /* TIME, BOOL: TH_VALUE_NONE absent; NULL as codes */
    uint32_t *group[TH_GROUP_COUNT]; /* which of tuples a row has */
    /* Codes of a group's members in the order of th_group_members: in dict, and for a BOOL 0
     * absent, 1 false, 2 true. */
    th_tuples *tuples[TH_GROUP_COUNT];
    struct th_id *ids[TH_FIELD_COUNT]; /* ID */
    struct th_part *parts;
    size_t parts_n, parts_cap;
    struct th_reject *rejects;
    size_t rejects_n, rejects_cap;
    struct th_blob *blobs;
    size_t blobs_n, blobs_cap;
    struct th_access_point *points;
    size_t points_n, points_cap;
};

/* An empty batch with room for TH_BATCH_ROWS rows. Owned: th_batch_free, which also frees all that
 * hangs on it. */
struct th_batch *th_batch_new(void);
void th_batch_free(struct th_batch *batch);
/* Empty again for reuse (memory kept, dictionaries reset, blobs freed). */
void th_batch_reset(struct th_batch *batch);
/* Add one mapped event. There must be room (rows < TH_BATCH_ROWS). raw is used for its hash when
 * the event has no id. */
void th_batch_add(struct th_batch *batch, uint32_t part, uint64_t offset, uint64_t length,
                  unsigned flags, const struct th_values *values, struct th_str raw);
/* Code of a row's TERM, LIST or grouped BOOL, wherever it stands; 0 absent. */
uint32_t th_batch_code(const struct th_batch *batch, enum th_field field, size_t row);
void th_batch_reject(struct th_batch *batch, uint32_t part, uint64_t offset, uint64_t length,
                     const char *reason, struct th_str bytes);

#endif
