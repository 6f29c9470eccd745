/* A flag by which one thread asks another to stop. */
#ifndef TH_BASE_CANCEL_H
#define TH_BASE_CANCEL_H

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

#endif
