/* The delivered bytes of one source: in memory, or in a file that can be read anywhere. Inside of
 * ingest. */
#ifndef TH_INGEST_SOURCE_H
#define TH_INGEST_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/sync.h"
#include "ingest/walk.h"

/* Closed and empty: fd -1, bytes NULL. */
struct th_source {
    int fd;
    uint64_t base;        /* where its bytes begin in fd */
    unsigned char *bytes; /* all of them, when fd is -1; owned (free) */
    uint64_t size;        /* delivered bytes */
    uint8_t sha256[32];
    bool gzip;
    bool unread;       /* not even opened: failed says why; no hash */
    char failed[128];  /* why reading ended before the file's end, "" usually */
    th_cancel *cancel; /* borrowed */
    /* Where its bytes come from when neither fd nor bytes has them; 0 at the end. */
    size_t (*read)(void *ctx, uint64_t offset, void *buffer, size_t size);
    void *read_ctx;
};

/* Open, read and hash. What can't be read is said in failed, what could be read stands. Files up to
 * whole_max bytes are held in memory; pipes are read to their end first, and over whole_max go
 * through an unlinked temporary file. hasher: a fresh state, which stays fresh. False when
 * cancelled. */
bool th_source_open(struct th_source *src, const struct th_item *item, uint64_t whole_max,
                    th_sha256 *hasher, th_cancel *cancel);
void th_source_close(struct th_source *src);

/* Up to size bytes from offset; 0 at the end and when the file can't be read there any more (then
 * failed says why). */
size_t th_source_read(struct th_source *src, uint64_t offset, void *buffer, size_t size);

#endif
