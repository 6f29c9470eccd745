/* One worker's way from listed files to batches. Inside of ingest. */
#ifndef TH_INGEST_READER_SOURCE_READER_H
#define TH_INGEST_READER_SOURCE_READER_H

#include "base/arena.h"
#include "base/hash.h"
#include "ingest/archive/members.h"
#include "ingest/batch.h"
#include "ingest/reader/gzstream.h"
#include "ingest/reader/reread.h"
#include "ingest/reader/source.h"
#include "ingest/reader/window.h"
#include "ingest/selection.h"
#include "ingest/shape/shape.h"
#include "ingest/walk.h"

/* What the worker needs from the import around it. All may be called from the worker's thread only.
 */
struct th_intake_hooks {
    void *ctx;
    struct th_batch *(*get)(void *ctx);             /* an empty batch; NULL: stop */
    void (*put)(void *ctx, struct th_batch *batch); /* takes it */
    bool (*known)(void *ctx, const char *path, const uint8_t sha256[32], uint64_t size_bytes);
    void (*done)(void *ctx, uint64_t bytes, uint64_t files); /* progress, to be added */
};

/* Sizes that tests make small, and the user's caps. */
struct th_intake_limits {
    uint64_t whole_max;   /* TH_WHOLE_MAX */
    uint64_t member_max;  /* TH_MEMBER_MAX */
    uint64_t point_span;  /* TH_POINT_SPAN */
    uint64_t slice_max;   /* TH_SLICE_MAX */
    uint64_t chunk_bytes; /* TH_CHUNK_BYTES */
    uint64_t weight_max;  /* record bytes in a batch after which it is handed on */
    size_t window;        /* first size of a moving window */
    struct th_limits caps;
};
/* The usual sizes with these caps; NULL: the usual ones. */
struct th_intake_limits th_intake_limits_of(const struct th_limits *caps);

struct th_intake {
    const struct th_intake_hooks *hooks;
    const struct th_intake_limits *limits;
    th_cancel *cancel;
    const th_selection *selection; /* NULL: everything; set after th_intake_init */
    th_shape *shape;
    th_arena *scratch;
    th_sha256 *hasher; /* fresh between files */
    struct th_values *values;
    struct th_window window;
    struct th_buf inflated;
    struct th_batch *batch; /* being filled; NULL when there is none */
    uint64_t weight;        /* record bytes in it */
    /* The source at hand: */
    const struct th_item *item;
    const char *container; /* member of an archive: its place there; borrowed */
    struct th_buf place;   /* the path, with the container behind it */
    uint64_t ordinal;
    int64_t id; /* that the source's row gets; 0: the next */
    struct th_source src;
    th_gzstream *gz;
    bool begun;                     /* it has a part already, in this batch or an earlier one */
    bool part_open;                 /* in this batch: the last of its parts */
    bool reference;                 /* no source's bytes are kept; set after th_intake_init */
    bool referenced;                /* those of this one aren't */
    bool archive;                   /* it is the archive, not a member of it */
    bool included;                  /* the listed file's path is included, so its members are */
    bool again;                     /* its bytes are kept already: they are only read */
    bool resumed;                   /* behind a break: the next point is where reading went on */
    bool ends_cut;                  /* its records end where its file changed */
    bool digests;                   /* again: digests are records */
    bool says_changed;              /* again: the file changed under the import */
    bool looked;                    /* it isn't, and was opened only because it may be an archive */
    uint32_t capped;                /* caps that it ran into: bits by enum th_limit */
    uint64_t packed;                /* bytes of the listed file, */
    uint64_t unpacked;              /* and what came out of it so far */
    unsigned nesting;               /* archives that are open */
    uint64_t unselected;            /* records left out since the last part was opened */
    uint64_t read_at;               /* delivered bytes that the window has taken */
    uint64_t kept_at;               /* delivered bytes that are in blobs */
    uint64_t reported;              /* delivered bytes that were told to hooks->done */
    th_sha256 *kept_hash;           /* of what was kept, when the source isn't in memory */
    struct th_access_point *points; /* waiting for the next batch */
    size_t points_n, points_cap;
    uint64_t point_span;
    uint64_t last_point;
    char cap_words[TH_LIMIT_REASON];
    char broken[512];
};

void th_intake_init(struct th_intake *in, const struct th_intake_hooks *hooks,
                    const struct th_intake_limits *limits, th_cancel *cancel);
void th_intake_fini(struct th_intake *in);

/* Read one item into the batch at hand, and into further ones when it doesn't fit. An archive's
 * members get the ordinals from ordinal on. False: stop. */
bool th_intake_item(struct th_intake *in, const struct th_item *item, uint64_t ordinal);
/* Hand on what is filled. */
void th_intake_flush(struct th_intake *in);

/* For container.c, which makes sources of its own. begin: forget the source before. loaded: go on
 * with in->src, which holds all bytes of a member but no hash yet. The others end a source. False:
 * stop. */
void th_intake_begin(struct th_intake *in, const struct th_item *item, uint64_t ordinal,
                     const char *container);
bool th_intake_loaded(struct th_intake *in);
/* Is there a batch to fill? */
bool th_intake_ready(struct th_intake *in);
/* The same for in->src with bytes that were kept of a source: no archive is taken apart, no blob is
 * made. reread.c: all of one source. */
bool th_intake_again(struct th_intake *in);
bool th_intake_reread(struct th_intake *in, const struct th_reread_source *source,
                      uint64_t ordinal);
bool th_intake_reject(struct th_intake *in, const char *why);
bool th_intake_unreadable(struct th_intake *in, const char *why);
bool th_intake_end(struct th_intake *in, const char *skipped, bool unchanged);
void th_intake_release(struct th_intake *in);
/* Why the source at hand isn't wanted, by its path; NULL when it is. */
const char *th_intake_left_out(struct th_intake *in);
/* Why it isn't even opened. What may be an archive is, for its members' sake; given: so is what the
 * user named. */
const char *th_intake_passed_over(struct th_intake *in, bool given);

/* A cap was run into: note it; why, in words, valid until the next. */
const char *th_intake_cap(struct th_intake *in, enum th_limit limit);
/* n more bytes came out of what is packed in the listed file. Returns how many of them the caps
 * allow; *why: the reason when they are fewer, else NULL. */
uint64_t th_intake_unpacked(struct th_intake *in, uint64_t n, const char **why);

/* source_window.c: a window on what the source at hand inflates to. */
void th_intake_open_window(struct th_intake *in);

/* container.c: the source at hand is an archive: read its members. */
bool th_intake_container(struct th_intake *in, enum th_members_kind kind);

/* evidence.c: delivered bytes into blobs of the open part, up to the byte upto (to a chunk's end
 * below it unless final). May hand on the batch and get another; false: stop. */
bool th_intake_keep(struct th_intake *in, uint64_t upto, bool final);
/* Note an access point. */
void th_intake_point(void *ctx, uint64_t inflated, uint64_t bits, struct th_str window);
void th_intake_attach_points(struct th_intake *in);

/* The part of the source in the batch at hand, opened when there is none. */
struct th_part *th_intake_part(struct th_intake *in);
/* Hand on the batch, part and all, and get another with the part going on. False: stop. */
bool th_intake_turn(struct th_intake *in);

#endif
