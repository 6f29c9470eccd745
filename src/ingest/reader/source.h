/* The delivered bytes of one source: in memory, or in a file that can be read anywhere. Inside of
 * ingest. */
#ifndef TH_INGEST_READER_SOURCE_H
#define TH_INGEST_READER_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/cancel.h"
#include "base/hash.h"
#include "ingest/walk.h"

/* What a file was when it was opened. */
struct th_source_state {
    bool watched; /* false: a pipe, or a file that only this program has */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
};

/* Closed and empty: fd -1, bytes NULL. */
struct th_source {
    int fd;
    uint64_t base;        /* where its bytes begin in fd */
    unsigned char *bytes; /* all of them, when fd is -1; owned (free) */
    uint64_t size;        /* delivered bytes */
    uint64_t hashed;      /* those that sha256 is of: size, unless it was cut */
    uint8_t sha256[32];
    bool gzip;
    bool unread;       /* not even opened: failed says why; no hash */
    bool cut;          /* fd: size ends where it can't be read, or isn't what was hashed */
    char failed[128];  /* why reading ended before the file's end, "" usually */
    char altered[128]; /* what became of the file while it was read, "" usually */
    struct th_source_state state;
    /* fd: blocks at hand, the one read last behind the others; how many there may be; and a
     * checksum of every block of the file. */
    struct th_source_block {
        uint64_t number;
        size_t n;
        unsigned char *bytes;
    } * blocks;
    size_t blocks_n, blocks_cap, blocks_max;
    uint64_t *sums;
    size_t sums_n, sums_cap;
    th_cancel *cancel; /* borrowed */
    /* Where its bytes come from when neither fd nor bytes has them; 0 at the end. */
    size_t (*read)(void *ctx, uint64_t offset, void *buffer, size_t size);
    void *read_ctx;
};

/* Open, read and hash. What can't be read is said in failed, what could be read stands. A file has
 * the bytes that it has when it is opened: what is added later is not read. Files up to whole_max
 * bytes are held in memory; pipes are read to their end first, and over whole_max go through an
 * unlinked temporary file. hasher: a fresh state, which stays fresh. False when cancelled. */
bool th_source_open(struct th_source *src, const struct th_item *item, uint64_t whole_max,
                    th_sha256 *hasher, th_cancel *cancel);
void th_source_close(struct th_source *src);

/* Up to size bytes from offset; 0 at the end and when the file can't be read there any more, or
 * gives other bytes there than those that were hashed (then failed says why, and the source ends
 * before them). */
size_t th_source_read(struct th_source *src, uint64_t offset, void *buffer, size_t size);

/* Bytes that are read from now on will be asked for once more, in their order: they stay in memory
 * until they are released, or grow too many. released: those before offset. */
void th_source_hold(struct th_source *src);
void th_source_released(struct th_source *src, uint64_t offset);

/* Compare the file at item's path, and the open one, with what was opened: sets altered. Files that
 * are held in memory were compared when they had been read. */
void th_source_compare(struct th_source *src, const struct th_item *item);

#endif
