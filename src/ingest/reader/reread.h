/* Reading sources again from the bytes that were kept of them: the same records, rejects and counts
 * as import found, by the same code. An import takes them in place of paths. */
#ifndef TH_INGEST_READER_REREAD_H
#define TH_INGEST_READER_REREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/selection.h"

/* A source as it was delivered. All is borrowed until it is closed, but for bytes. */
struct th_reread_source {
    int64_t id; /* of its row */
    const char *path;
    const char *container; /* place inside the archive at path; NULL for a file of its own */
    uint64_t size_bytes;
    uint8_t sha256[32];
    /* Nothing of it is kept: what follows is only noted again. archive: it is one. */
    bool nothing, archive;
    const char *skipped;
    unsigned char *bytes; /* all of them; taken (free). NULL: they come through read */
    /* Up to size bytes from offset; 0 at the end. */
    size_t (*read)(void *ctx, uint64_t offset, void *buffer, size_t size);
    void *read_ctx;
    const th_selection *selection; /* NULL: everything */
    bool digests;                  /* digests are records */
    const char *capped; /* the caps that import ran into, as table source has them; NULL: none */
    const char *broken; /* why reading it ended too early, when its bytes don't tell; else NULL */
    bool changed;       /* the file changed under the import */
};

/* Sources 0 … n - 1, in the order of their rows. open and close are called by several threads; open
 * gives false to stop. */
struct th_reread {
    void *ctx;
    size_t n;
    const uint64_t *size_bytes; /* of each */
    bool (*open)(void *ctx, size_t at, struct th_reread_source *out);
    void (*close)(void *ctx, struct th_reread_source *source);
};

/* Is it a reject that tells of the file or archive a source was read from, and not of the bytes
 * that were read? Then reading them again doesn't give it. */
enum th_reread_outside {
    TH_OUTSIDE_NO,
    TH_OUTSIDE_BROKE,   /* reading ended there: give it as broken */
    TH_OUTSIDE_CHANGED, /* the file changed under the import */
};
enum th_reread_outside th_reread_outside(const char *reason);

#endif
