/* Slices, buffers and the small memory helpers. */
#include "base/str.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "lib/tap.h"

static void slices(void)
{
    struct th_str none = TH_STR_NONE;
    struct th_str empty = TH_STR("");
    tap_ok(th_str_eq(none, empty), "eq compares bytes only");
    tap_ok(!th_str_is(none, ""), "an absent slice is no text");
    tap_ok(th_str_is(empty, ""), "the empty one is");
    tap_ok(th_str_cmp(none, empty) < 0 && th_str_cmp(empty, none) > 0, "absent sorts first");
    tap_is_int(th_str_cmp(none, none), 0, "absent equals absent");
    tap_ok(th_str_cmp(TH_STR("ab"), TH_STR("abc")) < 0, "a prefix sorts first");
    tap_ok(th_str_cmp(TH_STR("b"), TH_STR("abc")) > 0, "bytes before length");
    tap_ok(th_str_cmp(TH_STR("\xff"), TH_STR("a")) > 0, "bytes are unsigned");
    tap_is_int(th_str_cmp(TH_STR("a\0b"), TH_STR("a\0b")), 0, "NUL bytes are bytes");

    tap_is_int(th_str_find(TH_STR("a.b.c"), '.'), 1, "find the first");
    tap_is_int(th_str_rfind(TH_STR("a.b.c"), '.'), 3, "find the last");
    tap_is_int(th_str_find(TH_STR("abc"), '.'), -1, "find nothing");
    tap_is_int(th_str_find(none, '.'), -1, "find in nothing");
    tap_is_int(th_str_rfind(none, '.'), -1, "rfind in nothing");
    tap_is_int(th_str_search(TH_STR("abcabd"), TH_STR("abd")), 3, "search");
    tap_is_int(th_str_search(TH_STR("abc"), TH_STR("")), 0, "an empty needle is at 0");
    tap_is_int(th_str_search(none, TH_STR("")), 0, "also in nothing");
    tap_is_int(th_str_search(none, TH_STR("a")), -1, "search in nothing");
    tap_is_int(th_str_search(TH_STR("ab"), TH_STR("abc")), -1, "needle longer than haystack");
    tap_is_int(th_str_search(TH_STR("a\0bc"), TH_STR("\0b")), 1, "search over NUL");

    struct th_str part = th_str_sub(TH_STR("hello"), 1, 3);
    tap_is_mem(part.p, part.n, "ell", 3, "sub");
    tap_is_int((int64_t)th_str_sub(TH_STR("hello"), 9, 3).n, 0, "sub beyond the end is empty");
    tap_is_int((int64_t)th_str_sub(TH_STR("hello"), 2, SIZE_MAX).n, 3, "sub clamps");
    tap_ok(th_str_sub(none, 0, 1).p == NULL, "part of nothing is nothing");
    tap_ok(th_str_starts(TH_STR("abc"), TH_STR("ab")) && !th_str_starts(TH_STR("a"), TH_STR("ab")),
           "starts");
    tap_ok(th_str_ends(TH_STR("abc"), TH_STR("bc")) && !th_str_ends(TH_STR("c"), TH_STR("bc")),
           "ends");
}

static void numbers(void)
{
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {{0, "0"},
                {7, "7"},
                {-1, "-1"},
                {1000000, "1000000"},
                {INT64_MAX, "9223372036854775807"},
                {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_buf buf = TH_BUF_INIT;
        th_buf_add_i64(&buf, rows[i].value);
        tap_is_str(th_buf_cstr(&buf), rows[i].text, rows[i].text);
        th_buf_fini(&buf);
    }
    struct th_buf buf = TH_BUF_INIT;
    th_buf_add_u64(&buf, UINT64_MAX);
    tap_is_str(th_buf_cstr(&buf), "18446744073709551615", "the largest unsigned");
    th_buf_fini(&buf);
}

static void buffers(void)
{
    struct th_buf buf = TH_BUF_INIT;
    tap_is_str(th_buf_cstr(&buf), "", "an empty buffer is empty text");
    tap_ok(th_buf_str(&buf).p != NULL && th_buf_str(&buf).n == 0, "and an empty slice, not absent");
    th_buf_add(&buf, NULL, 0);
    tap_is_int((int64_t)buf.n, 0, "adding nothing");
    th_buf_add_str(&buf, TH_STR_NONE);
    th_buf_add_str(&buf, TH_STR("a\0b"));
    th_buf_puts(&buf, "cd");
    th_buf_putc(&buf, 'e');
    tap_is_mem(buf.p, buf.n + 1, "a\0bcde", 7, "bytes and a NUL behind");
    th_buf_reset(&buf);
    tap_ok(buf.n == 0 && buf.cap > 0 && buf.p[0] == '\0', "reset keeps the memory");

    /* Around every power of two, one byte at a time. */
    bool good = true;
    for (size_t i = 0; i < 5000; i++) {
        th_buf_putc(&buf, (char)('a' + i % 26));
        good = good && buf.n == i + 1 && buf.p[buf.n] == '\0' && buf.cap > buf.n;
    }
    for (size_t i = 0; i < 5000; i++)
        good = good && buf.p[i] == (char)('a' + i % 26);
    tap_ok(good, "5000 single bytes: always NUL-terminated, none lost");

    th_buf_reset(&buf);
    char *to = th_buf_reserve(&buf, 10);
    memcpy(to, "0123456789", 10);
    buf.n += 10;
    tap_is_str(th_buf_cstr(&buf), "0123456789", "cstr after writing into reserved room");
    th_buf_printf(&buf, " %s", "");
    th_buf_reset(&buf);
    char big[3000];
    memset(big, 'z', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    th_buf_printf(&buf, "<%s>%d", big, 42);
    tap_is_int((int64_t)buf.n, (int64_t)sizeof big - 1 + 4, "printf longer than the room");
    tap_ok(buf.p[0] == '<' && strcmp(buf.p + buf.n - 3, ">42") == 0, "with both ends");
    char *taken = th_buf_take(&buf);
    tap_ok(buf.p == NULL && buf.n == 0 && strlen(taken) == sizeof big + 3, "take empties");
    free(taken);
    taken = th_buf_take(&buf);
    tap_is_str(taken, "", "taking from an empty buffer gives empty text");
    free(taken);
    th_buf_fini(&buf);
    th_buf_fini(&buf);
}

static void memory(void)
{
    char *copy = th_xstrndup("abcdef", 3);
    tap_is_str(copy, "abc", "strndup cuts");
    free(copy);
    copy = th_xstrndup("ab", 30);
    tap_is_str(copy, "ab", "strndup stops at the NUL");
    free(copy);
    copy = th_xasprintf("%s-%05d", "x", 42);
    tap_is_str(copy, "x-00042", "asprintf");
    free(copy);
    void *nothing = th_xmalloc(0);
    tap_ok(nothing != NULL, "zero bytes are not NULL");
    free(nothing);
    int *items = NULL;
    size_t n = 0;
    size_t cap = 0;
    for (int i = 0; i < 1000; i++) {
        TH_GROW(items, n, cap);
        items[n++] = i;
    }
    bool good = cap >= 1000 && cap < 2000;
    for (int i = 0; i < 1000; i++)
        good = good && items[i] == i;
    tap_ok(good, "TH_GROW keeps what was there");
    free(items);
}

static void arenas(void)
{
    th_arena *arena = th_arena_new(128);
    bool aligned = true;
    unsigned char *places[500];
    for (size_t i = 0; i < 500; i++) {
        places[i] = th_arena_alloc(arena, i);
        aligned = aligned && (uintptr_t)places[i] % _Alignof(max_align_t) == 0;
        memset(places[i], (int)(i & 0xff), i);
    }
    bool kept = true;
    for (size_t i = 0; i < 500; i++)
        for (size_t k = 0; k < i; k++)
            kept = kept && places[i][k] == (unsigned char)(i & 0xff);
    tap_ok(aligned, "every allocation is aligned");
    tap_ok(kept, "none overlaps another");
    size_t used = th_arena_used(arena);
    tap_ok(used >= (size_t)500 * 499 / 2 && used < (size_t)500 * 499 / 2 + 500 * 16,
           "used counts what was handed out");
    th_arena_reset(arena);
    tap_is_int((int64_t)th_arena_used(arena), 0, "reset forgets");
    for (size_t i = 0; i < 500; i++)
        memset(th_arena_alloc(arena, i), 1, i);
    tap_is_int((int64_t)th_arena_used(arena), (int64_t)used, "the same again after a reset");

    const unsigned char *zero = th_arena_calloc(arena, 100, 3);
    bool clear = true;
    for (size_t i = 0; i < 300; i++)
        clear = clear && zero[i] == 0;
    tap_ok(clear, "calloc clears memory that was used before");
    struct th_str dup = th_arena_dup(arena, TH_STR("a\0b"));
    tap_is_mem(dup.p, dup.n + 1, "a\0b", 4, "dup, with a NUL behind");
    tap_ok(th_arena_dup(arena, TH_STR_NONE).p == NULL, "absent stays absent");
    struct th_str empty = th_arena_dup(arena, TH_STR(""));
    tap_ok(empty.p != NULL && empty.n == 0 && empty.p[0] == '\0', "empty stays empty");
    tap_is_str(th_arena_strdup(arena, "text"), "text", "strdup");
    memset(th_arena_alloc(arena, 1000000), 7, 1000000);
    tap_is_mem(dup.p, dup.n, "a\0b", 3, "a big block leaves the others alone");
    th_arena_free(arena);
    th_arena_free(NULL);
}

int main(void)
{
    slices();
    numbers();
    buffers();
    memory();
    arenas();
    return tap_done();
}
