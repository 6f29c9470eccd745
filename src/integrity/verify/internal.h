/* What the files of this folder share. */
#ifndef TH_INTEGRITY_VERIFY_INTERNAL_H
#define TH_INTEGRITY_VERIFY_INTERNAL_H

#include <pthread.h>

#include "base/buf.h"
#include "integrity/verify/verify.h"
#include "store/case/db.h"
#include "store/case/handle.h"

/* A difference of kept bytes: threads find them, they are told by source. Texts are owned. */
struct th_verify_note {
    enum th_verify_kind kind;
    int64_t source, offset; /* 0, -1: none */
    size_t at;              /* in order of finding */
    char *texts[4];         /* field, expected, found, what */
};

struct th_verify {
    const char *path;
    const struct th_verify_options *options;
    const struct th_verify_sink *sink;
    th_cancel *cancel;
    th_cancel stop;
    struct th_verify_totals *totals;
    int jobs;
    char *made_path; /* the temporary case; NULL: none */
    /* Connections to the case as it was when verify began: c is the calling thread's, the others
     * are for one thread at a time. From the comparison on each has the temporary case attached as
     * "made". Once a connection has met damage it can't write to its temporary tables either, so c
     * reads little before these are filled. */
    th_case *c;
    th_case **pool; /* under lock, as far as pool_n */
    size_t pool_n;
    int64_t *sources; /* ids in order, and delivered bytes of each */
    uint64_t *sizes;
    size_t sources_n;
    struct th_verify_note *notes; /* under lock */
    size_t notes_n, notes_cap;
    struct th_buf gone;   /* under lock: ids of sources that can't be read again, ",1,2" */
    pthread_mutex_t lock; /* of totals too */
    bool has_kind[TH_ENRICH_KINDS], can_kind[TH_ENRICH_KINDS];
    bool same_numbers; /* of fields, in both cases */
    bool can_ask;      /* c's temporary tables are filled */
};

/* ---- verify.c ---- */

/* For sqlite3_progress_handler; ctx is a th_verify. */
int th_verify_stopped(void *ctx);
/* A connection for one thread: there are as many as threads. */
th_case *th_verify_take(struct th_verify *v);
void th_verify_give_back(struct th_verify *v, th_case *c);
/* One difference to whoever takes them; path is filled in. */
void th_verify_say(struct th_verify *v, const struct th_verify_difference *difference);
/* Note one from any thread, to be told by source. source 0, offset -1: none; texts may be NULL. */
void th_verify_note(struct th_verify *v, enum th_verify_kind kind, int64_t source, int64_t offset,
                    const char *field, const char *expected, const char *found, const char *what);
/* A failure of the database is a difference like others: TH_OK. Any other ends the run. */
enum th_code th_verify_bad(struct th_verify *v, enum th_code rc, const struct th_err *bad,
                           struct th_err *err);

/* ---- differences.c ---- */

/* Run the statements of a step in differences.sql and tell their rows; those of one column. */
TH_NODISCARD enum th_code th_verify_tell(struct th_verify *v, const char *step, struct th_err *err);
TH_NODISCARD enum th_code th_verify_tell_column(struct th_verify *v, const char *step,
                                                const char *name, enum th_group group,
                                                struct th_err *err);
/* The statement of a step, to be read. Owned: sqlite3_finalize. */
TH_NODISCARD enum th_code th_verify_ask(struct th_verify *v, const char *step, sqlite3_stmt **out,
                                        struct th_err *err);

/* ---- again.c: import the case's sources into the temporary case ---- */

TH_NODISCARD enum th_code th_verify_again(struct th_verify *v, th_case *made, struct th_err *err);

/* ---- bytes.c ---- */

/* The kept bytes of a source, checked and hashed; from then on they are read through it. */
struct th_verify_bytes {
    struct th_verify *v;
    th_case *c;
    int64_t source, kind, size_bytes;
    const char *path, *container;
    const uint8_t *sha256; /* as noted; NULL: none */
    bool open;             /* still being imported */
    unsigned char *whole;  /* all of them when they are few; owned */
    uint64_t total;
    uint8_t found[32]; /* hash */
    bool there;        /* there are bytes to read */
    bool changed;      /* they haven't the hash */
    bool gone;         /* outside, and not as imported */
    int fd;            /* outside; -1: inside */
    uint64_t piece_at;
    struct th_buf piece;
};
TH_NODISCARD enum th_code th_verify_bytes_open(struct th_verify_bytes *b, struct th_err *err);
size_t th_verify_bytes_read(void *ctx, uint64_t offset, void *buffer, size_t size);
void th_verify_bytes_close(struct th_verify_bytes *b);

/* ---- same.c: has the case all that the temporary case has, and no more? ---- */

TH_NODISCARD enum th_code th_verify_same(struct th_verify *v, bool *same, struct th_err *err);

/* ---- kept.c: columns that are kept for queries ---- */

TH_NODISCARD enum th_code th_verify_segments(struct th_verify *v, struct th_err *err);
TH_NODISCARD enum th_code th_verify_paths(struct th_verify *v, struct th_err *err);

#endif
