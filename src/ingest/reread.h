/* Reading a source again from the bytes that were kept of it: the same records, rejects and counts
 * as import found, by the same code. */
#ifndef TH_INGEST_REREAD_H
#define TH_INGEST_REREAD_H

#include "base/sync.h"
#include "ingest/batch.h"
#include "ingest/selection.h"

/* A source as it was delivered. */
struct th_reread_source {
    const char *path;
    const char *container; /* place inside the archive at path; NULL for a file of its own */
    uint64_t size_bytes;
    unsigned char *bytes; /* all of them; taken (free). NULL: they come through read */
    /* Up to size bytes from offset; 0 at the end. */
    size_t (*read)(void *ctx, uint64_t offset, void *buffer, size_t size);
    void *read_ctx;
    const th_selection *selection; /* NULL: everything */
    bool digests;                  /* digests are records */
    const char *capped; /* the caps that import ran into, as table source has them; NULL: none */
    const char *broken; /* why reading it ended too early, when its bytes don't tell; else NULL */
};

/* Takes a batch; borrowed for the call, without blobs. False: stop. */
typedef bool th_reread_batch(void *ctx, const struct th_batch *batch);

/* One per thread; keeps memory between sources. Owned: th_reread_free. */
typedef struct th_reread th_reread;
th_reread *th_reread_new(th_cancel *cancel);
void th_reread_free(th_reread *reread);

/* Read a source to its end. The last batch has a part that ends. False: cancelled, or batch said
 * stop. */
bool th_reread_run(th_reread *reread, const struct th_reread_source *source, th_reread_batch *batch,
                   void *ctx);

/* Is it a reject that tells of the file or archive a source was read from, and not of the bytes
 * that were read? Then reading them again doesn't give it. */
enum th_reread_outside {
    TH_OUTSIDE_NO,
    TH_OUTSIDE_BROKE,   /* reading ended there: give it as broken */
    TH_OUTSIDE_CHANGED, /* the file changed under the import */
};
enum th_reread_outside th_reread_outside(const char *reason);

#endif
