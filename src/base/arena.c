/* Bump allocation.
 *
 * Blocks sit in three lists: those in use (the head is the one being filled), free ones of the
 * usual size and free big ones that were made for a single large request. A reset moves the used
 * ones to the free lists, so an arena that is filled and reset per batch takes memory from the
 * system only until the largest batch was seen. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK_DEFAULT ((size_t)64 * 1024)
#define ALIGN         alignof(max_align_t)

struct block {
    struct block *next;
    size_t size; /* bytes in data */
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

struct th_arena {
    struct block *in_use;
    struct block *free_usual;
    struct block *free_big;
    size_t block_bytes;
    size_t handed_out;
};

th_arena *th_arena_new(size_t block_bytes)
{
    th_arena *arena = th_xcalloc(1, sizeof *arena);
    arena->block_bytes = block_bytes == 0 ? BLOCK_DEFAULT : block_bytes;
    return arena;
}

static void free_list(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void th_arena_free(th_arena *arena)
{
    if (arena == NULL)
        return;
    free_list(arena->in_use);
    free_list(arena->free_usual);
    free_list(arena->free_big);
    free(arena);
}

void th_arena_reset(th_arena *arena)
{
    struct block *block = arena->in_use;
    while (block != NULL) {
        struct block *next = block->next;
        struct block **list =
            block->size > arena->block_bytes ? &arena->free_big : &arena->free_usual;
        block->used = 0;
        block->next = *list;
        *list = block;
        block = next;
    }
    arena->in_use = NULL;
    arena->handed_out = 0;
}

/* Unlink the first block of the list that holds size bytes. */
static struct block *take_fitting(struct block **list, size_t size)
{
    for (struct block **at = list; *at != NULL; at = &(*at)->next) {
        struct block *block = *at;
        if (block->size >= size) {
            *at = block->next;
            return block;
        }
    }
    return NULL;
}

/* A block with room for size bytes, linked among those in use. The head stays the one with more
 * room left. */
static struct block *add_block(th_arena *arena, size_t size)
{
    struct block **list = size > arena->block_bytes ? &arena->free_big : &arena->free_usual;
    struct block *block = take_fitting(list, size);
    if (block == NULL) {
        size_t data = size > arena->block_bytes ? size : arena->block_bytes;
        size_t bytes;
        if (__builtin_add_overflow(sizeof *block, data, &bytes))
            th_oom(SIZE_MAX);
        block = th_xmalloc(bytes);
        block->size = data;
        block->used = 0;
    }
    struct block *head = arena->in_use;
    if (head != NULL && head->size - head->used > block->size - size) {
        block->next = head->next;
        head->next = block;
    } else {
        block->next = head;
        arena->in_use = block;
    }
    return block;
}

void *th_arena_alloc(th_arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGN)
        th_oom(size);
    size_t rounded = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct block *block = arena->in_use;
    if (block == NULL || block->size - block->used < rounded)
        block = add_block(arena, rounded);
    void *p = block->data + block->used;
    block->used += rounded;
    arena->handed_out += rounded;
    return p;
}

void *th_arena_calloc(th_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        th_oom(SIZE_MAX);
    void *p = th_arena_alloc(arena, bytes);
    memset(p, 0, bytes);
    return p;
}

struct th_str th_arena_dup(th_arena *arena, struct th_str s)
{
    if (s.p == NULL)
        return TH_STR_NONE;
    if (s.n == SIZE_MAX)
        th_oom(s.n);
    char *copy = th_arena_alloc(arena, s.n + 1);
    if (s.n > 0)
        memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    return (struct th_str){copy, s.n};
}

char *th_arena_strdup(th_arena *arena, const char *text)
{
    size_t bytes = strlen(text) + 1;
    return memcpy(th_arena_alloc(arena, bytes), text, bytes);
}

size_t th_arena_used(const th_arena *arena)
{
    return arena->handed_out;
}
