/* A sorted constant table and a binary search: asked once per dictionary entry, not per event. */
#include "ecs/field/category.h"

#include "base/compiler.h"

static const struct th_category categories[] = {
#define TH_CATEGORY(action, category, type, second_type) {action, category, type, second_type},
#include "categories.def"
#undef TH_CATEGORY
};

const struct th_category *th_category_of(struct th_str action)
{
    size_t low = 0;
    size_t high = TH_COUNT(categories);
    if (action.p == NULL)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = th_str_cmp(action, th_str_of(categories[middle].action));
        if (order == 0)
            return &categories[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct th_category *th_categories(size_t *n)
{
    *n = TH_COUNT(categories);
    return categories;
}
