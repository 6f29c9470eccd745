/* Caps on what is read, from the table limits.def: sizes and counts that evidence may not exceed,
 * looked at before memory is taken for it. */
#ifndef TH_INGEST_LIMITS_H
#define TH_INGEST_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct th_limits {
#define TH_LIMIT(id, member, option, argument, unit, usual, least, most, words, help)              \
    uint64_t member;
#include "limits.def"
#undef TH_LIMIT
};

enum th_limit {
#define TH_LIMIT(id, member, option, argument, unit, usual, least, most, words, help) TH_LIMIT_##id,
#include "limits.def"
#undef TH_LIMIT
    TH_LIMIT_COUNT
};

enum th_limit_unit {
    TH_LIMIT_BYTES,
    TH_LIMIT_TIMES,
    TH_LIMIT_LEVELS,
    TH_LIMIT_MEMBERS,
};

struct th_limit_info {
    const char *option; /* without the dashes */
    const char *help;
    enum th_limit_unit unit;
    uint64_t least, most; /* what the option takes */
    const char *words;
};

extern const struct th_limits th_limits_usual;
const struct th_limit_info *th_limit_info(enum th_limit limit);
uint64_t th_limits_get(const struct th_limits *limits, enum th_limit limit);
void th_limits_set(struct th_limits *limits, enum th_limit limit, uint64_t value);

/* Why something was turned away: "a record of more than 64 MiB (--max-record)". */
#define TH_LIMIT_REASON 96
void th_limits_reason(const struct th_limits *limits, enum th_limit limit,
                      char out[TH_LIMIT_REASON]);

/* The caps whose bits (1 << limit) are set, with their values: "max-record=67108864 max-depth=512".
 * Kept with a source that ran into them. */
#define TH_LIMITS_TEXT 320
void th_limits_text(const struct th_limits *limits, uint32_t which, char out[TH_LIMITS_TEXT]);
/* Would reading again with limits give nothing more than what stopped at the caps in text? */
bool th_limits_cover(const struct th_limits *limits, const char *text);

/* The caps that a source was imported with, as far as they show: those in text (NULL: none), and no
 * other, for it ran into no other. */
struct th_limits th_limits_stated(const char *text);

/* May a file of so many bytes unpack to so many? *limit: the cap that says no. */
bool th_limits_allow(const struct th_limits *limits, uint64_t size, uint64_t unpacked,
                     enum th_limit *limit);
/* What it may unpack to at most. */
uint64_t th_limits_room(const struct th_limits *limits, uint64_t size);

#endif
