/* What the files of this folder share. */
#ifndef TH_INTEGRITY_VERIFY_INTERNAL_H
#define TH_INTEGRITY_VERIFY_INTERNAL_H

#include <pthread.h>

#include "base/buf.h"
#include "integrity/verify/verify.h"
#include "store/case/db.h"
#include "store/columns/segment.h"

/* A difference of kept bytes: threads find them, they are told by source. Texts are owned. */
struct th_verify_note {
    int64_t source, offset; /* offset -1: none */
    size_t at;              /* in order of finding, within a source */
    char *field, *expected, *found, *what;
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
     * "made". */
    th_case *c;
    th_case **pool;
    size_t pool_n;
    int64_t *sources; /* ids in order, and delivered bytes of each */
    uint64_t *sizes;
    size_t sources_n;
    struct th_numbers numbers; /* of fields in the temporary case */
    pthread_mutex_t lock;
    struct th_verify_note *notes;
    size_t notes_n, notes_cap;
    struct th_buf gone; /* ids of sources that can't be read again, with commas between */
    bool has_kind[TH_ENRICH_KINDS], can_kind[TH_ENRICH_KINDS];
    bool same_numbers;
};

/* verify.c: for sqlite3_progress_handler; ctx is a th_verify. */
int th_verify_stopped(void *ctx);
/* One difference to whoever takes them; path is filled in. */
void th_verify_say(struct th_verify *v, const struct th_verify_difference *difference);
/* A failure of the database is a difference like others: TH_OK. Any other ends the run. */
enum th_code th_verify_bad(struct th_verify *v, enum th_code rc, const struct th_err *bad,
                           struct th_err *err);

/* again.c: import the case's sources into the temporary case. */
TH_NODISCARD enum th_code th_verify_again(struct th_verify *v, th_case *made, struct th_err *err);

/* bytes.c: the kept bytes of a source, checked and hashed; from then on they are read through it.
 */
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
/* Note a difference of a source, from any thread. offset -1: none; texts may be NULL. */
void th_verify_note(struct th_verify *v, int64_t source, int64_t offset, const char *field,
                    const char *expected, const char *found, const char *what);
void th_verify_note_number(struct th_verify *v, int64_t source, int64_t offset, const char *field,
                           int64_t expected, int64_t found, const char *what);

/* compare.c: is all that the temporary case has the same in the case? On all cores. */
TH_NODISCARD enum th_code th_verify_same(struct th_verify *v, bool *same, struct th_err *err);
/* Parts of SQL that tells: a number to print, paired events, what begins a row about an event and
 * about none. */
#define ID     "%" PRId64
#define EVENTS "pair p JOIN main.event c ON c.id = p.c JOIN made.event t ON t.id = p.t "
#define PLACED "c.source, c.offset, c.id, "
#define NONE   "NULL, NULL, NULL, NULL, "

#define UUID(x)                                                                                    \
    "lower(substr(hex(" x "), 1, 8) || '-' || substr(hex(" x "), 9, 4) || '-' || substr(hex(" x    \
    "), 13, 4) || '-' || substr(hex(" x "), 17, 4) || '-' || substr(hex(" x "), 21))"
#define ID_TEXT(x)                                                                                 \
    "CASE typeof(" x ") WHEN 'blob' THEN CASE length(" x                                           \
    ") WHEN 16 THEN " UUID(x) " ELSE 'a value of another type' END WHEN 'text' THEN " x            \
                              " WHEN 'null' THEN NULL ELSE 'a value of another type' END"

/* explain.c: tell what differs. */
TH_NODISCARD enum th_code th_verify_explain(struct th_verify *v, struct th_err *err);

/* explain_values.c: the same of values, once events are paired, and of values that belong to
 * nothing. */
TH_NODISCARD enum th_code th_verify_explain_values(struct th_verify *v, struct th_err *err);
TH_NODISCARD enum th_code th_verify_explain_strays(struct th_verify *v, struct th_err *err);

/* What the temporary case has no say in. */
TH_NODISCARD enum th_code th_verify_rest(struct th_verify *v, struct th_err *err);
/* Run SQL that gives source, offset, event, field, expected, found, what, and tell each row. */
TH_NODISCARD enum th_code th_verify_told(struct th_verify *v, enum th_verify_kind kind,
                                         struct th_err *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Append the SQL that makes of a value, as a column of field holds it, what is told of it. db:
 * whose dictionary; number: the field's there. */
void th_verify_shown(struct th_buf *sql, enum th_field field, const char *value, const char *db,
                     int64_t number);

/* columns.c: columns kept for queries against the rows that they are made of. */
TH_NODISCARD enum th_code th_verify_segments(struct th_verify *v, struct th_err *err);
/* rest.c: columns of paths against the records. */
TH_NODISCARD enum th_code th_verify_paths(struct th_verify *v, struct th_err *err);

#endif
