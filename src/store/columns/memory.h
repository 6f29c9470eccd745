/* Memory of columns that grow at their end. A longer column shares the beginning with the shorter
 * one that it grew from, which others may still be reading: what is in use never moves and never
 * changes, only what lies behind it is written. Private to src/store.
 *
 * Growing is for one thread at a time; holding and freeing are for any. */
#ifndef TH_STORE_COLUMNS_MEMORY_H
#define TH_STORE_COLUMNS_MEMORY_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/buf.h"

/* An array of elements of one size. */
struct th_block {
    atomic_size_t refs;
    size_t size, cap, used; /* size: of an element, in bytes */
    unsigned char *bytes;
};

/* Room for n elements, all of them in use, and not more: most columns never grow. Not set to zero.
 * Owned: th_block_free. NULL may be held and freed. */
struct th_block *th_block_new(size_t size, size_t n);
/* The same around n elements that stand in memory; bytes is taken (free). */
struct th_block *th_block_adopt(size_t size, size_t n, void *bytes);
struct th_block *th_block_hold(struct th_block *block);
void th_block_free(struct th_block *block);
/* A block whose first n elements are those of old and that has want of them in use, the rest still
 * to be written: old itself, held once more, when it has the room and nobody else took it; else a
 * copy with room to grow further. Owned. */
struct th_block *th_block_grow(struct th_block *old, size_t n, size_t want);
/* Room for want elements and half as many again, for a copy made in another way. Owned. */
struct th_block *th_block_roomy(size_t size, size_t want);

/* The bytes of texts: buffers that are added one by one and go together. */
struct th_heap {
    atomic_size_t refs;
    struct th_buf *bufs;
    size_t n, cap;
};
struct th_heap *th_heap_new(void);
struct th_heap *th_heap_hold(struct th_heap *heap);
void th_heap_free(struct th_heap *heap);
/* bytes is taken. */
void th_heap_add(struct th_heap *heap, struct th_buf bytes);

#endif
