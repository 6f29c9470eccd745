/* Threads' small tools: a cancel flag and a bounded queue of pointers. */
#ifndef TH_BASE_SYNC_H
#define TH_BASE_SYNC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Set from any thread or a signal handler, read from any. Zero-initialised = not cancelled. A NULL
 * cancel is never cancelled. */
typedef struct th_cancel {
    atomic_bool set;
} th_cancel;

static inline void th_cancel_set(th_cancel *cancel)
{
    atomic_store_explicit(&cancel->set, true, memory_order_relaxed);
}

static inline void th_cancel_reset(th_cancel *cancel)
{
    atomic_store_explicit(&cancel->set, false, memory_order_relaxed);
}

static inline bool th_cancelled(th_cancel *cancel)
{
    return cancel != NULL && atomic_load_explicit(&cancel->set, memory_order_relaxed);
}

/* Bounded queue of pointers, many producers and consumers. */
typedef struct th_queue th_queue;
th_queue *th_queue_new(size_t capacity);
void th_queue_free(th_queue *queue); /* what is still inside is the caller's loss: drain first */
/* Waits for room. Returns false when the queue was closed: the item stays the caller's. */
bool th_queue_put(th_queue *queue, void *item);
/* Waits for an item. NULL when closed and empty. */
void *th_queue_take(th_queue *queue);
/* No more puts succeed; takes drain what is left. */
void th_queue_close(th_queue *queue);

#endif
