/* Proving that a case is what its evidence says: the kept bytes are hashed and imported again, by
 * the code that imports, into a temporary case, and the two are compared table by table. The case
 * itself is only read. */
#ifndef TH_INTEGRITY_VERIFY_H
#define TH_INTEGRITY_VERIFY_H

#include "base/cancel.h"
#include "ecs/enrich/enrich.h"
#include "store/case/case.h"

/* Where a difference lies: kept bytes, what a source's row says, rows made from records, what is
 * made of those, the database itself. */
enum th_verify_kind {
    TH_VERIFY_EVIDENCE,
    TH_VERIFY_SOURCE,
    TH_VERIFY_EVENT,
    TH_VERIFY_DUPLICATE,
    TH_VERIFY_REJECT,
    TH_VERIFY_TERM,
    TH_VERIFY_DERIVED,
    TH_VERIFY_SEGMENT,
    TH_VERIFY_PATH,
    TH_VERIFY_DATABASE,
    TH_VERIFY_KINDS
};

/* One difference. All text is borrowed for the call and hostile; absent where there is none.
 * expected: what the evidence gives (or what was noted of it, for a hash); found: what the case
 * has. */
struct th_verify_difference {
    enum th_verify_kind kind;
    int64_t source;     /* 0: of no source */
    struct th_str path; /* the source's, of a member with "/" and the place inside */
    int64_t offset;     /* in the inflated source; in the delivered bytes for kept bytes */
    bool has_offset;
    int64_t event; /* the row's number, 0: no event */
    struct th_str field, expected, found, what;
};

struct th_verify_progress {
    uint64_t sources_done, sources_total;
    uint64_t bytes_done, bytes_total; /* delivered bytes */
    uint64_t events;
};

/* What was looked at, and what couldn't be. */
struct th_verify_totals {
    uint64_t sources, events, duplicates, rejects;
    uint64_t bytes;       /* delivered bytes that were hashed */
    uint64_t differences; /* in all */
    uint64_t by_kind[TH_VERIFY_KINDS];
    uint64_t skipped;      /* files that were skipped at import: nothing of them is kept */
    uint64_t archives;     /* their members are sources of their own */
    uint64_t unread;       /* files that couldn't be read at import */
    uint64_t open;         /* sources whose import was interrupted: compared as far as it came */
    uint64_t outside;      /* files outside the case that were read */
    uint64_t outside_gone; /* not there or changed, and no event, duplicate or reject stands on them
                            */
    uint64_t broken;       /* sources whose reading at import ended with an error of the system */
    uint64_t other_version;          /* sources that another version of the program imported */
    bool unchecked[TH_ENRICH_KINDS]; /* values from files that aren't here */
    uint64_t missing;                /* fields of this version that the case doesn't have */
    uint64_t paths;                  /* columns of paths that were compared */
};

struct th_verify_options {
    int jobs;                       /* threads; 0: as many as there are cores */
    const struct th_enrich *enrich; /* files for values that come from such; NULL: none */
    const char *version;            /* the program's */
    const char *temp;               /* folder of the temporary case; NULL: that of the case */
};

struct th_verify_sink {
    void *ctx;
    /* One difference, on the calling thread; the same case gives the same ones in the same order,
     * but for damage that several sources meet. False: stop (TH_E_CANCELLED). */
    bool (*difference)(void *ctx, const struct th_verify_difference *difference);
    /* The temporary case is about to be made in folder, and takes about so many bytes. May be NULL.
     */
    void (*space)(void *ctx, uint64_t bytes, const char *folder);
    /* About ten times a second, on the calling thread. May be NULL. */
    void (*progress)(void *ctx, const struct th_verify_progress *progress);
};

/* Compare all of the case at path. TH_OK also when there are differences: totals tell. TH_E_BUSY
 * when somebody changes the case meanwhile; TH_E_CANCELLED; TH_E_FULL when the disk hasn't the room
 * for the temporary case, TH_E_IO when it can't be made there; what opening says. The temporary
 * case is removed whatever happens. Memory: that of an import. */
TH_NODISCARD enum th_code th_case_verify(const char *path, const struct th_verify_options *options,
                                         const struct th_verify_sink *sink, th_cancel *cancel,
                                         struct th_verify_totals *totals, struct th_err *err);

#endif
