/* A moving window: one buffer, whose kept part slides to the front before more is read behind it.
 * It grows by doubling when the kept part fills more than half, so a long record costs a
 * logarithmic number of new starts, and it shrinks with the next source. */
#include "ingest/reader/window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void th_window_init_whole(struct th_window *w, struct th_str bytes)
{
    w->p = bytes.p == NULL ? "" : bytes.p;
    w->n = bytes.n;
    w->offset = 0;
    w->end = true;
    w->stopped = false;
    w->broken = NULL;
    w->read = NULL;
    w->resume = NULL;
}

void th_window_init_stream(struct th_window *w, size_t initial, size_t keep_max,
                           th_window_read *read, void *ctx)
{
    if (w->cap != initial) {
        free(w->own);
        w->own = th_xmalloc(initial);
        w->cap = initial;
    }
    w->p = w->own;
    w->n = 0;
    w->offset = 0;
    w->end = false;
    w->stopped = false;
    w->broken = NULL;
    w->most = keep_max + initial;
    w->read = read;
    w->resume = NULL;
    w->ctx = ctx;
}

void th_window_fini(struct th_window *w)
{
    free(w->own);
    *w = (struct th_window){0};
}

bool th_window_more(struct th_window *w, uint64_t keep)
{
    assert(keep >= w->offset && keep <= th_window_end(w));
    if (w->end)
        return false;
    size_t kept = (size_t)(th_window_end(w) - keep);
    size_t from = w->n - kept;
    if (kept > w->cap / 2 && w->cap < w->most) {
        w->cap = w->cap > w->most / 2 ? w->most : w->cap * 2;
        w->own = th_xrealloc(w->own, w->cap);
    }
    if (from > 0 && kept > 0)
        memmove(w->own, w->own + from, kept);
    w->offset = keep;
    w->p = w->own;
    w->n = kept;
    size_t before = w->n;
    assert(before < w->cap);
    while (w->n < w->cap) {
        size_t n = w->read(w->ctx, w->own + w->n, w->cap - w->n);
        if (n == 0) {
            w->end = true;
            break;
        }
        w->n += n;
    }
    return w->n > before;
}

bool th_window_resume(struct th_window *w)
{
    assert(w->end);
    if (w->resume == NULL || w->stopped || !w->resume(w->ctx))
        return false;
    w->end = false;
    w->broken = NULL;
    return true;
}
