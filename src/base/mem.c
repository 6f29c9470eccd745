/* Memory that can't run out quietly.
 *
 * The hook is the one piece of mutable state in the library: memory can run out anywhere, so it
 * can't be passed along. It is taken out atomically before it is called, so a hook that itself runs
 * out of memory ends in abort(). */
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* From here on a block is offered large pages: a table that is read and written at random takes a
 * fault for each 4 KiB otherwise, and on several cores most of that is telling the others. */
#define LARGE_FROM ((size_t)4 << 20)
#define LARGE_PAGE ((uintptr_t)2 << 20)

static _Atomic(th_oom_hook *) oom_hook;

void th_oom_set_hook(th_oom_hook *hook)
{
    atomic_store(&oom_hook, hook);
}

void th_oom(size_t wanted_bytes)
{
    th_oom_hook *hook = atomic_exchange(&oom_hook, NULL);
    if (hook != NULL)
        hook(wanted_bytes);
    abort();
}

static size_t product(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        th_oom(SIZE_MAX);
    return bytes;
}

/* A hint: where the system has no large pages, or they can't be had, nothing changes. */
static void *large(void *p, size_t size)
{
    if (size < LARGE_FROM)
        return p;
#ifdef MADV_HUGEPAGE
    uintptr_t from = ((uintptr_t)p + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
    uintptr_t to = ((uintptr_t)p + size) & ~(LARGE_PAGE - 1);
    int before = errno;
    if (to > from && madvise((char *)p + (from - (uintptr_t)p), to - from, MADV_HUGEPAGE) != 0)
        errno = before;
#endif
    return p;
}

void *th_xmalloc(size_t size)
{
    void *p = malloc(size == 0 ? 1 : size);
    if (p == NULL)
        th_oom(size);
    return large(p, size);
}

void *th_xcalloc(size_t count, size_t size)
{
    size_t bytes = product(count, size);
    void *p = calloc(1, bytes == 0 ? 1 : bytes);
    if (p == NULL)
        th_oom(bytes);
    return large(p, bytes);
}

void *th_xrealloc(void *old, size_t size)
{
    void *p = realloc(old, size == 0 ? 1 : size);
    if (p == NULL)
        th_oom(size);
    return large(p, size);
}

void *th_xreallocarray(void *old, size_t count, size_t size)
{
    return th_xrealloc(old, product(count, size));
}

char *th_xstrdup(const char *text)
{
    return th_xstrndup(text, strlen(text));
}

char *th_xstrndup(const char *text, size_t n)
{
    size_t length = strnlen(text, n);
    char *copy = th_xmalloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *th_xasprintf(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int need = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (need < 0)
        th_oom(0);
    char *text = th_xmalloc((size_t)need + 1);
    va_start(args, fmt);
    vsnprintf(text, (size_t)need + 1, fmt, args);
    va_end(args);
    return text;
}
