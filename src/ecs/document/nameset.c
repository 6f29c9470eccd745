/* Sets of names, for entities and hosts: a Java map's keys, listed in the order of Java's
 * String.compareTo. */
#include <stdlib.h>

#include "ecs/document/internal.h"

bool th_nameset_add(struct th_nameset *set, struct th_str name)
{
    bool added = false;
    if (name.n > 0)
        th_javamap_put(&set->map, name, &added);
    return added;
}

/* Order of UTF-16 units of UTF-8 text. It is the order of bytes, but for code points over U+FFFF
 * (lead bytes from f0 on): as surrogates they stand before U+E000 to U+FFFF (lead bytes ee and ef).
 */
static int by_utf16(const void *left, const void *right)
{
    const struct th_str *a = left;
    const struct th_str *b = right;
    size_t n = a->n < b->n ? a->n : b->n;
    size_t i = 0;
    while (i < n && a->p[i] == b->p[i])
        i++;
    if (i == n)
        return a->n < b->n ? -1 : a->n > b->n;
    unsigned char x = (unsigned char)a->p[i];
    unsigned char y = (unsigned char)b->p[i];
    if ((x >= 0xf0) != (y >= 0xf0) && x >= 0xee && y >= 0xee)
        return x >= 0xf0 ? -1 : 1;
    return x < y ? -1 : 1;
}

struct th_doc_node *th_nameset_list(const struct th_nameset *set, th_arena *arena)
{
    if (set->map.n == 0)
        return NULL;
    struct th_str *names = th_arena_calloc(arena, set->map.n, sizeof *names);
    for (size_t i = 0; i < set->map.n; i++)
        names[i] = set->map.entries[i].key;
    qsort(names, set->map.n, sizeof *names, by_utf16);
    struct th_doc_node *list = th_doc_node_new(arena, TH_JSON_ARRAY);
    for (size_t i = 0; i < set->map.n; i++)
        th_doc_node_add(list, th_doc_node_string(arena, names[i]));
    return list;
}
