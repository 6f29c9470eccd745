/* The kept evidence as plain bytes: any range of an inflated source, with the pieces used last kept
 * in memory. Private to src/store. */
#ifndef TH_STORE_EVIDENCE_EVIDENCE_H
#define TH_STORE_EVIDENCE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/case/case.h"
#include "store/case/db.h"
#include "store/evidence/referenced_files.h"

#define TH_EVIDENCE_CACHE_BYTES  ((size_t)64 << 20)
#define TH_EVIDENCE_CACHE_PIECES 64
/* What is inflated at once where no access point says better. */
#define TH_EVIDENCE_STRIDE_BYTES ((uint64_t)4 << 20)
/* A chunk of plain data is about 1 MiB; what claims more than this is damage. */
#define TH_EVIDENCE_CHUNK_MAX ((uint64_t)64 << 20)

/* What table source says of one source. path and container (NULL: none) are owned. */
struct th_evidence_source {
    int64_t id; /* 0: none */
    int kind;
    uint64_t size_bytes, inflated_bytes;
    uint8_t sha256[32];
    bool has_sha256;
    bool has_points;
    bool gzip_known, is_gzip; /* of a referenced source, once it was looked at */
    bool open;                /* still being imported: all of this may be different in a moment */
    char *path, *container;
};

/* Inflated bytes [start, start + bytes.n) of a source. */
struct th_evidence_piece {
    int64_t source;
    uint64_t start;
    uint64_t used; /* clock of the last use */
    struct th_buf bytes;
};

struct th_evidence {
    th_case *c;
    struct th_evidence_piece pieces[TH_EVIDENCE_CACHE_PIECES];
    size_t pieces_n;
    size_t pieces_max; /* a scan needs one, showing neighbours more */
    uint64_t clock;
    struct th_evidence_source source; /* the one asked for last */
    sqlite3_stmt *standing;           /* stays on the row that th_evidence_kept gave out last */
    struct th_buf joined;             /* a range that lies in several pieces */
    struct th_buf delivered;          /* a whole delivered file while it is inflated */
    struct th_outside outside;        /* files that are only referenced */
    /* Plain bytes that couldn't be had, so that the next record in them doesn't cost as much. */
    struct {
        int64_t source; /* 0: none */
        uint64_t from, to;
        enum th_code rc;
        char msg[512];
    } bad;
    uint64_t reach; /* behind the bytes that the load at hand would give */
    bool remembers; /* bad is used: for a reading that will be over soon */
};

void th_evidence_init(struct th_evidence *e, th_case *c);
void th_evidence_fini(struct th_evidence *e);

/* Plain bytes [offset, offset + length) of a source. *out is borrowed until the next call. Fails,
 * naming source and offset, when the evidence doesn't hold them. */
TH_NODISCARD enum th_code th_evidence_range(struct th_evidence *e, int64_t source, uint64_t offset,
                                            uint64_t length, struct th_str *out,
                                            struct th_err *err);

/* Inflate the piece of e->source that holds a byte into an empty piece; sets its start and bytes,
 * which may end before that byte. */
TH_NODISCARD enum th_code th_evidence_load(struct th_evidence *e, uint64_t offset,
                                           struct th_evidence_piece *piece, struct th_err *err);

/* Look a source up (kept in e->source). TH_E_NOT_FOUND. */
TH_NODISCARD enum th_code th_evidence_source(struct th_evidence *e, int64_t source,
                                             struct th_err *err);

/* One kept piece of delivered bytes or one chunk: that which holds offset. *start and *length as in
 * table evidence; bytes borrowed until the next call. TH_E_NOT_FOUND when nothing is kept there. */
TH_NODISCARD enum th_code th_evidence_kept(struct th_evidence *e, int64_t source, uint64_t offset,
                                           uint64_t *start, uint64_t *length, struct th_str *bytes,
                                           struct th_err *err);

/* Let go of the row that th_evidence_kept gave out, so that no read transaction stays open, and of
 * an open file. */
void th_evidence_release(struct th_evidence *e);

#endif
