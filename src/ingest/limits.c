/* The table of caps in memory, and its words. */
#include "ingest/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* The ratio says nothing of what is small: so much may come out of any file. */
#define RATIO_FREE (UINT64_C(16) << 20)

const struct th_limits th_limits_usual = {
#define TH_LIMIT(id, member, option, argument, unit, usual, least, most, words, help)              \
    .member = (usual),
#include "limits.def"
#undef TH_LIMIT
};

static const struct th_limit_info infos[] = {
#define TH_LIMIT(id, member, option, argument, unit, usual, least, most, words, help)              \
    {option, help, TH_LIMIT_##unit, least, most, words},
#include "limits.def"
#undef TH_LIMIT
};

const struct th_limit_info *th_limit_info(enum th_limit limit)
{
    return &infos[limit];
}

/* Where each stands in the struct. */
static const size_t places[] = {
#define TH_LIMIT(id, member, option, argument, unit, usual, least, most, words, help)              \
    offsetof(struct th_limits, member),
#include "limits.def"
#undef TH_LIMIT
};

uint64_t th_limits_get(const struct th_limits *limits, enum th_limit limit)
{
    uint64_t value;
    memcpy(&value, (const char *)limits + places[limit], sizeof value);
    return value;
}

void th_limits_set(struct th_limits *limits, enum th_limit limit, uint64_t value)
{
    memcpy((char *)limits + places[limit], &value, sizeof value);
}

/* The largest unit that gives a whole number. */
static void size_words(uint64_t bytes, char out[40])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t unit = 0;
    while (unit + 1 < sizeof units / sizeof units[0] && bytes >= 1024 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    (void)snprintf(out, 40, "%llu %s", (unsigned long long)bytes, units[unit]);
}

static void value_words(enum th_limit_unit unit, uint64_t value, char out[40])
{
    const char *one = value == 1 ? "" : "s";
    switch (unit) {
    case TH_LIMIT_BYTES:
        size_words(value, out);
        break;
    case TH_LIMIT_TIMES:
        (void)snprintf(out, 40, "%llu time%s its size", (unsigned long long)value, one);
        break;
    case TH_LIMIT_LEVELS:
        (void)snprintf(out, 40, "%llu level%s", (unsigned long long)value, one);
        break;
    case TH_LIMIT_MEMBERS:
        (void)snprintf(out, 40, "%llu member%s", (unsigned long long)value, one);
        break;
    }
}

void th_limits_reason(const struct th_limits *limits, enum th_limit limit,
                      char out[TH_LIMIT_REASON])
{
    char value[40];
    value_words(infos[limit].unit, th_limits_get(limits, limit), value);
    (void)snprintf(out, TH_LIMIT_REASON, "%s%s (--%s)", infos[limit].words, value,
                   infos[limit].option);
}

void th_limits_text(const struct th_limits *limits, uint32_t which, char out[TH_LIMITS_TEXT])
{
    size_t n = 0;
    out[0] = '\0';
    for (enum th_limit i = 0; i < TH_LIMIT_COUNT; i++) {
        if ((which & 1u << i) == 0)
            continue;
        int more = snprintf(out + n, TH_LIMITS_TEXT - n, "%s%s=%llu", n == 0 ? "" : " ",
                            infos[i].option, (unsigned long long)th_limits_get(limits, i));
        n += more > 0 ? (size_t)more : 0;
    }
}

/* The option named by n bytes of text; TH_LIMIT_COUNT when none is. */
static enum th_limit named(const char *text, size_t n)
{
    enum th_limit i = 0;
    while (i < TH_LIMIT_COUNT && !th_str_is((struct th_str){text, n}, infos[i].option))
        i++;
    return i;
}

bool th_limits_cover(const struct th_limits *limits, const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "= ");
        enum th_limit limit = named(text, n);
        unsigned long long value = text[n] == '=' ? strtoull(text + n + 1, NULL, 10) : 0;
        /* A cap that this version doesn't know may have gone. */
        if (limit == TH_LIMIT_COUNT || th_limits_get(limits, limit) > value)
            return false;
        text += strcspn(text, " ");
        text += *text == ' ';
    }
    return true;
}

struct th_limits th_limits_stated(const char *text)
{
    struct th_limits limits;
    for (enum th_limit i = 0; i < TH_LIMIT_COUNT; i++)
        th_limits_set(&limits, i, infos[i].most);
    while (text != NULL && *text != '\0') {
        size_t n = strcspn(text, "= ");
        enum th_limit limit = named(text, n);
        if (limit != TH_LIMIT_COUNT && text[n] == '=')
            th_limits_set(&limits, limit, strtoull(text + n + 1, NULL, 10));
        text += strcspn(text, " ");
        text += *text == ' ';
    }
    return limits;
}

uint64_t th_limits_room(const struct th_limits *limits, uint64_t size)
{
    uint64_t most;
    if (__builtin_mul_overflow(size, limits->ratio, &most) ||
        __builtin_add_overflow(most, RATIO_FREE, &most))
        most = UINT64_MAX;
    return most < limits->inflated ? most : limits->inflated;
}

bool th_limits_allow(const struct th_limits *limits, uint64_t size, uint64_t unpacked,
                     enum th_limit *limit)
{
    *limit = unpacked > limits->inflated ? TH_LIMIT_MAX_INFLATED : TH_LIMIT_MAX_RATIO;
    return unpacked <= th_limits_room(limits, size);
}
