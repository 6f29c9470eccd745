/* Slices: comparison and search over bytes that are not NUL-terminated. */
#include "base/str.h"

int th_str_cmp(struct th_str a, struct th_str b)
{
    if (a.p == NULL || b.p == NULL)
        return (a.p != NULL) - (b.p != NULL);
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.p, b.p, n);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.n > b.n) - (a.n < b.n);
}

ptrdiff_t th_str_find(struct th_str s, char c)
{
    const char *hit = s.n == 0 ? NULL : memchr(s.p, c, s.n);
    return hit == NULL ? -1 : hit - s.p;
}

ptrdiff_t th_str_rfind(struct th_str s, char c)
{
    size_t n = s.n;
    while (n > 0 && s.p[n - 1] != c)
        n--;
    return (ptrdiff_t)n - 1;
}

ptrdiff_t th_str_search(struct th_str s, struct th_str needle)
{
    if (needle.n == 0)
        return 0;
    if (s.n < needle.n)
        return -1;
    const char *hit = memmem(s.p, s.n, needle.p, needle.n);
    return hit == NULL ? -1 : hit - s.p;
}
