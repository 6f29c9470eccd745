/* A slice: bytes with a length, never NUL-terminated by promise, borrowed from somebody. */
#ifndef TH_BASE_STR_H
#define TH_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* p == NULL means "absent", which differs from empty (p != NULL, n == 0). */
struct th_str {
    const char *p;
    size_t n;
};

#define TH_STR(literal) ((struct th_str){(literal), sizeof(literal) - 1})
#define TH_STR_NONE     ((struct th_str){NULL, 0})
/* The same as an initialiser of static tables, where a compound literal is no constant. */
#define TH_STR_INIT(literal)                                                                       \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
/* For printf's %.*s: printf("%.*s", TH_STR_ARGS(s)). */
#define TH_STR_ARGS(s) (int)(s).n, (s).p

static inline struct th_str th_str_of(const char *text)
{
    return (struct th_str){text, text == NULL ? 0 : strlen(text)};
}

static inline bool th_str_eq(struct th_str a, struct th_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool th_str_is(struct th_str s, const char *text)
{
    return s.p != NULL && th_str_eq(s, th_str_of(text));
}

static inline bool th_str_starts(struct th_str s, struct th_str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool th_str_ends(struct th_str s, struct th_str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

/* Part of s: from (clamped to s.n) and at most n bytes. */
static inline struct th_str th_str_sub(struct th_str s, size_t from, size_t n)
{
    size_t start = from < s.n ? from : s.n;
    size_t left = s.n - start;
    return (struct th_str){s.p == NULL ? NULL : s.p + start, n < left ? n : left};
}

/* Byte order, shorter first when one is a prefix: negative, 0, positive. An absent slice sorts
 * first. */
int th_str_cmp(struct th_str a, struct th_str b);

/* Index of the first / last byte c, or -1. */
ptrdiff_t th_str_find(struct th_str s, char c);
ptrdiff_t th_str_rfind(struct th_str s, char c);

/* Index of needle in s (bytes, case matters), or -1. An empty needle is found at 0. */
ptrdiff_t th_str_search(struct th_str s, struct th_str needle);

#endif
