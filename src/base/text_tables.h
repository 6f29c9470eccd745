/* Inside of text_*.c: what Unicode says of code points, as sorted ranges. */
#ifndef TH_BASE_TEXT_TABLES_H
#define TH_BASE_TEXT_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct th_text_range {
    uint32_t first;
    uint32_t last;
};

extern const struct th_text_range th_text_zero[];
extern const size_t th_text_zero_count;
extern const struct th_text_range th_text_wide[];
extern const size_t th_text_wide_count;
extern const struct th_text_range th_text_hidden[];
extern const size_t th_text_hidden_count;

/* Is cp in one of the sorted ranges? */
static inline bool th_text_in(const struct th_text_range *ranges, size_t count, uint32_t cp)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (cp > ranges[middle].last)
            low = middle + 1;
        else
            count = middle;
        if (cp >= ranges[middle].first && cp <= ranges[middle].last)
            return true;
    }
    return false;
}

#endif
