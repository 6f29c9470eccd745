/* A window on the inflated bytes of a source: all of them, or a part that moves forward. Inside of
 * ingest.
 *
 * Places are offsets into the whole; th_window_at turns one that lies in the window into a pointer,
 * valid until th_window_more. */
#ifndef TH_INGEST_READER_WINDOW_H
#define TH_INGEST_READER_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* Fill buffer with up to size bytes; 0 at the end. */
typedef size_t th_window_read(void *ctx, void *buffer, size_t size);
/* Behind a break: can reading go on? */
typedef bool th_window_resume_read(void *ctx);

struct th_window {
    const char *p;
    size_t n;
    uint64_t offset;    /* of p[0] */
    bool end;           /* nothing follows */
    bool stopped;       /* ends only because the reader was told to stop */
    const char *broken; /* why the source ends before its time, or NULL; known when end is set */
    /* Only of a window that moves: */
    char *own;
    size_t cap;
    size_t most; /* the size it may grow to */
    th_window_read *read;
    th_window_resume_read *resume; /* NULL: a break is the end; set after th_window_init_stream */
    void *ctx;
};

/* All of it at once; borrowed. */
void th_window_init_whole(struct th_window *w, struct th_str bytes);
/* Bytes come through read. The buffer begins with initial bytes and grows as a record needs it, so
 * that keep_max bytes can be kept. The memory of an earlier source is used again: w must be zero or
 * an old window. */
void th_window_init_stream(struct th_window *w, size_t initial, size_t keep_max,
                           th_window_read *read, void *ctx);
void th_window_fini(struct th_window *w);

/* Forget what stands before keep (which lies in the window, at most keep_max bytes before its end)
 * and read more behind. False when nothing more comes. */
bool th_window_more(struct th_window *w, uint64_t keep);

/* At the end: go on with what stands behind a break, if there is any. What comes is unconnected
 * with what came before, but numbered on. */
bool th_window_resume(struct th_window *w);

static inline uint64_t th_window_end(const struct th_window *w)
{
    return w->offset + w->n;
}

static inline const char *th_window_at(const struct th_window *w, uint64_t place)
{
    return w->p + (place - w->offset);
}

/* What the window holds from place on. */
static inline struct th_str th_window_from(const struct th_window *w, uint64_t place)
{
    return (struct th_str){th_window_at(w, place), (size_t)(th_window_end(w) - place)};
}

#endif
