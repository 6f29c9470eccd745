/* The table of caps: its words, its help, and what a source that ran into one keeps of it. */
#include "ingest/limits.h"

#include <stdlib.h>
#include <string.h>

#include "lib/tap.h"

static const char *reason(enum th_limit limit, uint64_t value)
{
    static char out[TH_LIMIT_REASON];
    struct th_limits limits = th_limits_usual;
    th_limits_set(&limits, limit, value);
    th_limits_reason(&limits, limit, out);
    return out;
}

static void test_words(void)
{
    tap_is_str(reason(TH_LIMIT_MAX_RECORD, UINT64_C(64) << 20),
               "a record of more than 64 MiB (--max-record)", "MiB");
    tap_is_str(reason(TH_LIMIT_MAX_RECORD, 1000), "a record of more than 1000 bytes (--max-record)",
               "bytes");
    tap_is_str(reason(TH_LIMIT_MAX_RECORD, 1536), "a record of more than 1536 bytes (--max-record)",
               "no whole KiB");
    tap_is_str(reason(TH_LIMIT_MAX_INFLATED, UINT64_C(1) << 40),
               "unpacks to more than 1 TiB (--max-inflated)", "TiB");
    tap_is_str(reason(TH_LIMIT_MAX_RATIO, 1), "unpacks to more than 1 time its size (--max-ratio)",
               "a ratio");
    tap_is_str(reason(TH_LIMIT_MAX_DEPTH, 512), "nested deeper than 512 levels (--max-depth)",
               "levels");
    tap_is_str(reason(TH_LIMIT_MAX_MEMBERS, UINT64_MAX),
               "an archive of more than 18446744073709551615 members (--max-members)",
               "the largest number fits");
}

/* "(64M" in the help is the usual value. */
static void test_help(void)
{
    static const char units[] = "KMGT";
    for (enum th_limit i = 0; i < TH_LIMIT_COUNT; i++) {
        const struct th_limit_info *info = th_limit_info(i);
        const char *at = strrchr(info->help, '(');
        char *end = NULL;
        uint64_t said = at == NULL ? 0 : strtoull(at + 1, &end, 10);
        const char *unit = end != NULL && *end != '\0' ? strchr(units, *end) : NULL;
        if (unit != NULL)
            said <<= 10 * (unit - units + 1);
        uint64_t usual = th_limits_get(&th_limits_usual, i);
        tap_ok(said == usual, "--%s: the help tells the usual value", info->option);
        tap_ok(info->least <= usual && usual <= info->most, "--%s: and it is allowed",
               info->option);
    }
}

static void test_room(void)
{
    struct th_limits limits = th_limits_usual;
    enum th_limit limit;
    limits.ratio = 10;
    limits.inflated = 1000000000;
    uint64_t free = UINT64_C(16) << 20;
    tap_ok(th_limits_room(&limits, 0) == free, "anything may unpack to 16 MiB");
    tap_ok(th_limits_room(&limits, 1000) == free + 10000, "and the ratio beyond");
    tap_ok(th_limits_allow(&limits, 1000, free + 10000, &limit), "up to the ratio");
    tap_ok(!th_limits_allow(&limits, 1000, free + 10001, &limit) && limit == TH_LIMIT_MAX_RATIO,
           "not over it");
    tap_ok(!th_limits_allow(&limits, UINT64_MAX, 1000000001, &limit) &&
               limit == TH_LIMIT_MAX_INFLATED,
           "nor over the size");
    limits.inflated = 5;
    tap_ok(!th_limits_allow(&limits, 1, 6, &limit) && limit == TH_LIMIT_MAX_INFLATED,
           "a small size counts from the first byte");
}

static void test_text(void)
{
    char text[TH_LIMITS_TEXT];
    struct th_limits limits = th_limits_usual;
    th_limits_text(&limits, 0, text);
    tap_is_str(text, "", "none");
    th_limits_text(&limits, 1u << TH_LIMIT_MAX_RECORD | 1u << TH_LIMIT_MAX_DEPTH, text);
    tap_is_str(text, "max-record=67108864 max-depth=512", "two");
    tap_ok(th_limits_cover(&limits, text), "the same caps give nothing more");
    limits.record--;
    tap_ok(th_limits_cover(&limits, text), "nor do smaller ones");
    limits.record += 2;
    tap_ok(!th_limits_cover(&limits, text), "larger ones may");
    limits.record = th_limits_usual.record;
    limits.ratio *= 2;
    tap_ok(th_limits_cover(&limits, text), "unless it is another");
    tap_ok(th_limits_cover(&limits, ""), "none covers");
    static const char *const odd[] = {
        "max-unknown=5", "max-record", "max-record=", "=", " ", "x y"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        tap_ok(!th_limits_cover(&limits, odd[i]), "'%s' is read again", odd[i]);
    memset(&limits, 0xff, sizeof limits);
    th_limits_text(&limits, UINT32_MAX, text);
    tap_ok(strlen(text) < TH_LIMITS_TEXT - 1 && th_limits_cover(&limits, text), "all of them fit");
}

int main(void)
{
    test_words();
    test_help();
    test_room();
    test_text();
    return tap_done();
}
