/* Memory that can't run out quietly: allocation failure ends the program through a hook that cli
 * and ui set. */
#ifndef TH_BASE_MEM_H
#define TH_BASE_MEM_H

#include <stddef.h>

#include "base/compiler.h"

/* Called once when memory runs out, before abort(): restores the terminal, says so. Set at program
 * start. */
typedef void th_oom_hook(size_t wanted_bytes);
void th_oom_set_hook(th_oom_hook *hook);
TH_NORETURN void th_oom(size_t wanted_bytes);

/* malloc family that never returns NULL. Sizes that come from input are capped by the caller first.
 * th_xcalloc and th_xreallocarray check count * size for overflow. Everything is freed with free().
 */
TH_NODISCARD void *th_xmalloc(size_t size);
TH_NODISCARD void *th_xcalloc(size_t count, size_t size);
TH_NODISCARD void *th_xrealloc(void *old, size_t size);
TH_NODISCARD void *th_xreallocarray(void *old, size_t count, size_t size);
TH_NODISCARD char *th_xstrdup(const char *text);
TH_NODISCARD char *th_xstrndup(const char *text, size_t n);
TH_NODISCARD char *th_xasprintf(const char *fmt, ...) TH_PRINTF(1, 2);

/* Room for one more element in an array that grows by half: TH_GROW(items, n, cap) makes cap > n.
 */
#define TH_GROW(array, n, cap)                                                                     \
    do {                                                                                           \
        if ((n) >= (cap)) {                                                                        \
            (cap) = (cap) < 8 ? 8 : (cap) + (cap) / 2;                                             \
            (array) = th_xreallocarray((array), (cap), sizeof(*(array)));                          \
        }                                                                                          \
    } while (0)

#endif
