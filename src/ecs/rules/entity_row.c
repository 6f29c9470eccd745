/* A constant table in the order of the services' names, so that a service's rows are found by
 * halving. */
#include "ecs/rules/entity_row.h"

#include "base/compiler.h"
#include "ecs/columns/record.h"

#define STARTS(text, start) (__builtin_strncmp((text), (start), sizeof(start) - 1) == 0)
#define CONTAINER(path)                                                                            \
    (STARTS(path, "requestParameters.")  ? TH_CONTAINER_REQUEST                                    \
     : STARTS(path, "responseElements.") ? TH_CONTAINER_RESPONSE                                   \
                                         : TH_CONTAINER_COUNT)

static const struct th_entity_row rows[] = {
#define TH_ENTITY(set, service, event, how, path, members)                                         \
    {                                                                                              \
        TH_ENTITY_##set,                                                                           \
        TH_ENTITY_##how,                                                                           \
        TH_STR_INIT(service),                                                                      \
        TH_STR_INIT(event),                                                                        \
        TH_STR_INIT(path),                                                                         \
        CONTAINER(path),                                                                           \
        members},
#include "targets.def"
#undef TH_ENTITY
};

/* The first row whose service doesn't sort before this one. */
static size_t first_row(struct th_str service)
{
    size_t low = 0;
    size_t high = TH_COUNT(rows);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (th_str_cmp(rows[middle].service, service) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct th_entity_row *th_entity_rows(struct th_str source, size_t *n)
{
    const struct th_str domain = TH_STR(".amazonaws.com");
    *n = 0;
    if (!th_str_ends(source, domain))
        return NULL;
    struct th_str service = th_str_sub(source, 0, source.n - domain.n);
    size_t first = first_row(service);
    while (first + *n < TH_COUNT(rows) && th_str_eq(service, rows[first + *n].service))
        ++*n;
    return *n == 0 ? NULL : &rows[first];
}

bool th_entity_fits(const struct th_entity_row *row, struct th_str event, bool *pattern_seen)
{
    struct th_str name = row->event;
    if (name.n == 0)
        return true;
    if (name.p[0] != '*')
        return th_str_eq(event, name);
    if (*pattern_seen || th_str_search(event, th_str_sub(name, 1, name.n)) < 0)
        return false;
    *pattern_seen = true;
    return true;
}

const struct th_entity_row *th_entity_table(size_t *n)
{
    *n = TH_COUNT(rows);
    return rows;
}
