/* Memory that runs out: every allocation of base/ in turn fails, and each time the hook is called
 * and the program ends by abort(). The linker wraps malloc, calloc and realloc for this. */
#include "base/mem.h"

#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/bits.h"
#include "base/buf.h"
#include "base/dict.h"
#include "base/json.h"
#include "base/pattern.h"
#include "base/text.h"
#include "lib/tap.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long allocations;
static long fail_at; /* 0: never */

static bool fails(void)
{
    return ++allocations == fail_at;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

#define HOOK_EXIT 77

static void hook(size_t wanted)
{
    (void)wanted;
    _exit(HOOK_EXIT);
}

static void quiet_hook(size_t wanted)
{
    /* A hook that runs out of memory itself: must not be called again. */
    (void)wanted;
    fail_at = allocations + 1;
    free(th_xmalloc(10));
}

static void use_buf(void)
{
    struct th_buf buf = TH_BUF_INIT;
    for (int i = 0; i < 2000; i++)
        th_buf_printf(&buf, "%d ", i);
    free(th_buf_take(&buf));
}

static void use_arena(void)
{
    th_arena *arena = th_arena_new(256);
    for (size_t i = 0; i < 40; i++)
        th_arena_alloc(arena, i * 17);
    th_arena_free(arena);
}

static void use_dict(void)
{
    th_dict *dict = th_dict_new();
    for (int i = 0; i < 3000; i++) {
        char text[32];
        snprintf(text, sizeof text, "value-%d", i);
        th_dict_intern(dict, th_str_of(text));
    }
    th_dict_free(dict);
}

static void use_small(void)
{
    struct th_bits bits;
    th_bits_init_ones(&bits, 1000);
    th_bits_fini(&bits);
    free(th_xstrdup("abc"));
    free(th_xasprintf("%d", 12345));
    free(th_xcalloc(3, 5));
    free(th_xreallocarray(NULL, 3, 5));
}

static bool ignore_value(void *ctx, struct th_str path, const struct th_json_value *value)
{
    (void)ctx;
    (void)path;
    return value->type != TH_JSON_ABSENT;
}

static void use_json(void)
{
    struct th_str text = TH_STR("{\"a\":{\"long key that grows\":[1,\"x\\n\",{\"b\":null}]}}");
    struct th_buf out = TH_BUF_INIT;
    struct th_json_value value;
    (void)th_json_walk(text, ignore_value, NULL);
    (void)th_json_get(text, TH_STR("a"), &value);
    th_json_pretty(&out, text, 2);
    th_text_sanitise(&out, TH_STR("\x1b[31m\xe2\x80\xae"), false);
    th_buf_fini(&out);
}

static void use_pattern(void)
{
    static const enum th_pattern_kind kinds[] = {TH_PATTERN_EXACT, TH_PATTERN_WILDCARD,
                                                 TH_PATTERN_WORDS};
    for (size_t i = 0; i < TH_COUNT(kinds); i++) {
        th_pattern *pattern;
        if (th_pattern_new(kinds[i], TH_STR("ab* cd"), TH_PATTERN_ICASE, &pattern, NULL) == TH_OK)
            (void)th_pattern_match(pattern, TH_STR("AB xx CD"), NULL);
        th_pattern_free(pattern);
    }
}

/* How a child ended in which the n-th allocation of work fails: exit status, or minus the signal.
 */
static int run_failing(void (*work)(void), long n, th_oom_hook *set)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        th_oom_set_hook(set);
        allocations = 0;
        fail_at = n;
        work();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void each_fails(const char *name, void (*work)(void))
{
    allocations = 0;
    fail_at = 0;
    work();
    long count = allocations;
    tap_ok(count > 0, "%s allocates (%ld times)", name, count);
    long wrong = 0;
    for (long n = 1; n <= count; n++) {
        int end = run_failing(work, n, hook);
        if (end != HOOK_EXIT && wrong == 0)
            wrong = n;
    }
    tap_ok(wrong == 0, "%s: each failing allocation reaches the hook (first that didn't: %ld)",
           name, wrong);
}

static void huge_count(void)
{
    free(th_xcalloc(SIZE_MAX / 2, 3));
}

static void huge_array(void)
{
    free(th_xreallocarray(NULL, SIZE_MAX / 8 + 1, 8));
}

static void huge_buf(void)
{
    struct th_buf buf = TH_BUF_INIT;
    th_buf_putc(&buf, 'x');
    th_buf_reserve(&buf, SIZE_MAX - 1);
}

static void huge_arena(void)
{
    th_arena *arena = th_arena_new(0);
    th_arena_alloc(arena, SIZE_MAX - 3);
}

static void huge_arena_array(void)
{
    th_arena *arena = th_arena_new(0);
    th_arena_calloc(arena, SIZE_MAX / 4, 5);
}

int main(void)
{
    each_fails("buf", use_buf);
    each_fails("arena", use_arena);
    each_fails("dict", use_dict);
    each_fails("bits, queue and mem", use_small);
    each_fails("json and text", use_json);
    each_fails("pattern", use_pattern);

    tap_is_int(run_failing(huge_count, 0, hook), HOOK_EXIT, "calloc: count * size overflows");
    tap_is_int(run_failing(huge_array, 0, hook), HOOK_EXIT, "reallocarray: count * size overflows");
    tap_is_int(run_failing(huge_buf, 0, hook), HOOK_EXIT, "buf: length overflows");
    tap_is_int(run_failing(huge_arena, 0, hook), HOOK_EXIT, "arena: size overflows");
    tap_is_int(run_failing(huge_arena_array, 0, hook), HOOK_EXIT, "arena: array overflows");
    tap_is_int(run_failing(use_buf, 1, NULL), -SIGABRT, "without a hook: abort");
    tap_is_int(run_failing(use_buf, 1, quiet_hook), -SIGABRT,
               "a hook that runs out of memory itself: abort, not a loop");
    return tap_done();
}
