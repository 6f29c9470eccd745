/* The order of a column's entries: texts by bytes, addresses and numbers by value. An entry with
 * several values counts as its smallest one, or as its largest one when the order is turned round,
 * as Elasticsearch sorts. */
#include "query/table/table_data.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/ip.h"
#include "base/mem.h"
#include "base/system.h"
#include "query/kql/value.h"

/* What an entry is sorted by. */
struct entry {
    struct th_str text;
    struct th_ip ip;
    double number;
    uint32_t code;
    bool parsed; /* ip or number holds the value */
};

static void parse(struct entry *e, enum th_type type)
{
    if (type == TH_TYPE_IP)
        e->parsed = th_ip_parse(e->text, &e->ip);
    else if (type == TH_TYPE_LONG)
        e->parsed = th_kql_number(e->text, &e->number);
}

/* Values that are not of the type first. An address, a number spelled in two ways is one value. */
static int compare_values(const struct entry *a, const struct entry *b, enum th_type type)
{
    if (a->parsed != b->parsed)
        return a->parsed ? 1 : -1;
    if (!a->parsed)
        return th_str_cmp(a->text, b->text);
    if (type == TH_TYPE_IP)
        return th_ip_cmp(&a->ip, &b->ip);
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Absent ones first. */
static int compare_entries(const void *left, const void *right, void *type)
{
    const struct entry *a = left;
    const struct entry *b = right;
    if ((a->text.p == NULL) != (b->text.p == NULL))
        return a->text.p == NULL ? -1 : 1;
    return a->text.p == NULL ? 0 : compare_values(a, b, *(const enum th_type *)type);
}

/* The value of an entry that counts. */
struct choice {
    struct entry best;
    enum th_type type;
    bool largest;
    th_arena *arena; /* values of arrays are made on the way */
};

static void choose(void *ctx, struct th_str value)
{
    struct choice *c = ctx;
    struct entry one = {.text = value};
    parse(&one, c->type);
    if (c->best.text.p != NULL) {
        int order = compare_values(&one, &c->best, c->type);
        if (c->largest ? order <= 0 : order >= 0)
            return;
    }
    one.text = th_arena_dup(c->arena, value);
    c->best = one;
}

uint32_t *th_ranks_make(const struct th_column *column, bool largest, uint32_t *ranks)
{
    enum th_type type = th_field_info(column->field)->type;
    bool multi = (th_field_info(column->field)->flags & TH_FIELD_MULTI) != 0;
    size_t n = column->texts_n;
    struct entry *entries = th_xcalloc(n + 1, sizeof *entries);
    uint32_t *out = th_xcalloc(n + 1, sizeof *out);
    uint32_t rank = 0;
    th_arena *arena = th_arena_new(65536);
    for (uint32_t code = 0; code < n; code++) {
        struct choice c = {.type = type, .largest = largest, .arena = arena};
        if (multi) {
            th_column_entry_values(column, code, choose, &c);
        } else {
            c.best.text = column->texts[code];
            parse(&c.best, type);
        }
        entries[code] = c.best;
        entries[code].code = code;
    }
    th_sort(entries, n, sizeof *entries, compare_entries, &type);
    for (size_t i = 0; i < n; i++) {
        if (entries[i].text.p == NULL)
            continue; /* 0 */
        if (i == 0 || compare_entries(&entries[i - 1], &entries[i], &type) != 0)
            rank++;
        out[entries[i].code] = rank;
    }
    *ranks = rank + 1;
    th_arena_free(arena);
    free(entries);
    return out;
}
