/* Import: folders, files and stdin to batches, over all cores; the caller's sink takes them one by
 * one in order.
 *
 * Files are listed in name order (folders recursively, byte order of full paths, symlinks not
 * followed out of the given tree); workers read, inflate, scan and map; the calling thread runs the
 * sink. The order of batches, parts, rows and codes depends only on the input, never on timing. */
#ifndef TH_INGEST_IMPORT_H
#define TH_INGEST_IMPORT_H

#include "base/cancel.h"
#include "base/err.h"
#include "ingest/batch.h"
#include "ingest/limits.h"
#include "ingest/reader/reread.h"
#include "ingest/selection.h"

/* Sizes that decide how a source is read. What may be read at all: limits.def.
 *
 * WHOLE: delivered bytes of a file up to which it is held in memory. MEMBER: inflated size up to
 * which a gzip file is inflated in one go; larger ones are streamed and get access points, one
 * about every POINT_SPAN inflated bytes. SLICE: bytes of one evidence blob of a large file (a file
 * that is held in memory is one blob). CHUNK: plain bytes of one deflated chunk, and delivered
 * bytes of one hash of a referenced file. RATIO: inflated / compressed, what no deflated data
 * reaches (its best is 1032). */
#define TH_WHOLE_MAX   (UINT64_C(64) << 20)
#define TH_MEMBER_MAX  (UINT64_C(16) << 20)
#define TH_POINT_SPAN  (UINT64_C(4) << 20)
#define TH_SLICE_MAX   (UINT64_C(16) << 20)
#define TH_CHUNK_BYTES (UINT64_C(1) << 20)
#define TH_RATIO_MAX   1100u

struct th_import_options {
    const char *const *paths; /* "-" is stdin */
    size_t paths_n;
    int jobs; /* worker threads; 0: as many as there are cores */
    bool is_tty_stdin;
    /* Files that are never opened nor listed, wherever they turn up: the case and its journal
     * files. Closing any descriptor of a file drops the locks that SQLite holds on it in this
     * process. Paths that don't exist are ignored. */
    const char *const *kept_out;
    size_t kept_out_n;
    const th_selection *selection;  /* NULL: everything */
    const struct th_limits *limits; /* NULL: the usual ones */
    /* Evidence stays where it is: paths are noted absolute and resolved, sources are REFERENCED.
     * Standard input and pipes are then TH_E_USAGE. */
    bool reference;
    /* Sources that are read again, in place of paths; NULL: paths. */
    const struct th_reread *again;
};

struct th_import_progress {
    uint64_t files_total, files_done;
    uint64_t bytes_total, bytes_done; /* on disk; total is 0 while stdin is read */
    uint64_t records;
};

struct th_import_sink {
    void *ctx;
    /* Is a file with this SHA-256 (and size) already in the case, complete, and was all that this
     * import wants taken from it? path: of a member, the archive's with "/" and the place inside.
     * Called from worker threads: must be thread-safe. It has to speak of what was there before
     * this run, or the answer depends on timing. NULL: nothing is known. */
    bool (*known)(void *ctx, const char *path, const uint8_t sha256[32], uint64_t size_bytes);
    /* Take a batch; borrowed for the call. On the calling thread of th_import_run, in order of
     * sequence. An error stops the import. */
    enum th_code (*batch)(void *ctx, const struct th_batch *batch, struct th_err *err);
    /* Called on the calling thread between batches about ten times a second. May be NULL. */
    void (*progress)(void *ctx, const struct th_import_progress *progress);
    /* Told once, before the first batch, on the calling thread: how many files were listed. An
     * error stops the import. May be NULL. */
    enum th_code (*listed)(void *ctx, uint64_t files, struct th_err *err);
};

/* Run an import to its end. A problem with one file is a reject or a skipped source in some batch,
 * never an error here. Returns TH_OK; TH_E_NOT_FOUND when a given path does not exist (nothing was
 * read then); TH_E_CANCELLED (what was given to the sink is whole batches); TH_E_USAGE when stdin
 * is asked for but is a terminal; or what the sink returned. Memory: a few batches per worker and
 * one window of at most TH_WHOLE_MAX inflated bytes each. */
TH_NODISCARD enum th_code th_import_run(const struct th_import_options *options,
                                        const struct th_import_sink *sink, th_cancel *cancel,
                                        struct th_err *err);

#endif
