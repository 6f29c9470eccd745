/* Blocks and heaps are counted by the columns that use them. A block grows in place as long as its
 * room lasts, and by half when it doesn't, so a column that grows row by row is copied seldom. */
#include "store/columns/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct th_block *th_block_adopt(size_t size, size_t n, void *bytes)
{
    struct th_block *block = th_xcalloc(1, sizeof *block);
    atomic_init(&block->refs, 1);
    block->size = size;
    block->used = n;
    block->cap = n;
    block->bytes = bytes;
    return block;
}

struct th_block *th_block_new(size_t size, size_t n)
{
    return th_block_adopt(size, n, th_xreallocarray(NULL, n + 1, size));
}

struct th_block *th_block_roomy(size_t size, size_t want)
{
    struct th_block *block = th_block_new(size, want + want / 2);
    block->used = want;
    return block;
}

struct th_block *th_block_hold(struct th_block *block)
{
    if (block != NULL)
        atomic_fetch_add_explicit(&block->refs, 1, memory_order_relaxed);
    return block;
}

void th_block_free(struct th_block *block)
{
    if (block == NULL || atomic_fetch_sub_explicit(&block->refs, 1, memory_order_acq_rel) > 1)
        return;
    free(block->bytes);
    free(block);
}

struct th_block *th_block_grow(struct th_block *old, size_t n, size_t want)
{
    if (old->used == n && old->cap >= want) {
        old->used = want;
        return th_block_hold(old);
    }
    struct th_block *block = th_block_roomy(old->size, want);
    memcpy(block->bytes, old->bytes, n * old->size);
    return block;
}

struct th_heap *th_heap_new(void)
{
    struct th_heap *heap = th_xcalloc(1, sizeof *heap);
    atomic_init(&heap->refs, 1);
    return heap;
}

struct th_heap *th_heap_hold(struct th_heap *heap)
{
    if (heap != NULL)
        atomic_fetch_add_explicit(&heap->refs, 1, memory_order_relaxed);
    return heap;
}

void th_heap_free(struct th_heap *heap)
{
    if (heap == NULL || atomic_fetch_sub_explicit(&heap->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < heap->n; i++)
        th_buf_fini(&heap->bufs[i]);
    free(heap->bufs);
    free(heap);
}

void th_heap_add(struct th_heap *heap, struct th_buf bytes)
{
    TH_GROW(heap->bufs, heap->n, heap->cap);
    heap->bufs[heap->n++] = bytes;
}
