/* Bump allocation: many small things that die together. */
#ifndef TH_BASE_ARENA_H
#define TH_BASE_ARENA_H

#include <stddef.h>

#include "base/str.h"

typedef struct th_arena th_arena;

/* An arena that takes memory in blocks of at least block_bytes (0: 64 KiB). Owned: th_arena_free.
 */
th_arena *th_arena_new(size_t block_bytes);
void th_arena_free(th_arena *arena);
/* Forget everything, keep the blocks for reuse. */
void th_arena_reset(th_arena *arena);
/* size bytes, aligned for any type, not cleared; dies with the arena. Never NULL. */
void *th_arena_alloc(th_arena *arena, size_t size);
/* count * size bytes (checked), set to zero. */
void *th_arena_calloc(th_arena *arena, size_t count, size_t size);
/* A copy with a NUL behind it (not counted). An absent slice stays absent. */
struct th_str th_arena_dup(th_arena *arena, struct th_str s);
char *th_arena_strdup(th_arena *arena, const char *text);
/* Bytes handed out since the last reset: what a batch weighs. */
size_t th_arena_used(const th_arena *arena);

#endif
