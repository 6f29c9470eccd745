/* One value against one test. */
#include "query/eval/match.h"

#include <math.h>

#include "base/pattern_words.h"
#include "base/text.h"
#include "base/time.h"
#include "query/kql/value.h"

static bool in_range(const struct th_range *range, double value)
{
    if (range->lo_set && (range->lo_open ? value <= range->lo : value < range->lo))
        return false;
    return !(range->hi_set && (range->hi_open ? value >= range->hi : value > range->hi));
}

/* cmp_lo, cmp_hi: how the value compares with the bounds. */
static bool in_order(const struct th_range *range, int cmp_lo, int cmp_hi)
{
    if (range->lo_set && (range->lo_open ? cmp_lo <= 0 : cmp_lo < 0))
        return false;
    return !(range->hi_set && (range->hi_open ? cmp_hi >= 0 : cmp_hi > 0));
}

static bool match_ip(const struct th_node *leaf, struct th_str value)
{
    struct th_ip ip;
    if (!th_ip_parse(value, &ip))
        return false;
    if (leaf->is_cidr)
        return th_cidr_has(&leaf->cidr, &ip);
    return in_order(&leaf->range, th_ip_cmp(&ip, &leaf->range.ip_lo),
                    th_ip_cmp(&ip, &leaf->range.ip_hi));
}

static bool is_date(const struct th_node *leaf)
{
    return leaf->field.field != TH_FIELD_NONE &&
           th_field_info(leaf->field.field)->type == TH_TYPE_DATE;
}

static bool match_range(const struct th_node *leaf, struct th_str value)
{
    double number;
    int64_t ts;
    if (leaf->range.text)
        return in_order(&leaf->range, th_str_cmp(value, leaf->range.text_lo),
                        th_str_cmp(value, leaf->range.text_hi));
    if (is_date(leaf))
        return th_time_parse(value, &ts) && in_range(&leaf->range, (double)ts);
    return th_kql_number(value, &number) && in_range(&leaf->range, number);
}

static bool match_text(const struct th_node *leaf, struct th_str value)
{
    size_t at = 0;
    struct th_str word;
    if (!leaf->field.text_twin || leaf->pattern_kind != TH_PATTERN_WILDCARD)
        return th_pattern_match(leaf->pattern, value, NULL);
    while (th_pattern_next_word(value, &at, &word))
        if (th_pattern_match(leaf->pattern, word, NULL))
            return true;
    return false;
}

bool th_match_value(const struct th_node *leaf, struct th_str value)
{
    switch (leaf->test) {
    case TH_TEST_EXISTS:
        return true;
    case TH_TEST_TEXT:
        return match_text(leaf, value);
    case TH_TEST_IP:
        return match_ip(leaf, value);
    case TH_TEST_RANGE:
        return match_range(leaf, value);
    case TH_TEST_NULL:
        return value.n == 0;
    case TH_TEST_FIELD:
        break; /* needs two values */
    }
    return false;
}

bool th_match_time(const struct th_node *leaf, int64_t ts_ms)
{
    char iso[TH_TIME_ISO_BYTES];
    if (leaf->test == TH_TEST_RANGE && !leaf->range.text)
        return in_range(&leaf->range, (double)ts_ms);
    th_time_iso(ts_ms, iso);
    return th_match_value(leaf, th_str_of(iso));
}

bool th_match_free(const struct th_node *leaf, struct th_str value)
{
    return leaf->pattern != NULL ? th_pattern_match(leaf->pattern, value, NULL)
                                 : th_text_icontains(value, leaf->text);
}

/* Doubles hold every millisecond of the years 0 to 9999 exactly. */
bool th_match_time_bounds(const struct th_range *range, int64_t *lo, int64_t *hi)
{
    double low = (double)TH_TIME_MIN;
    double high = (double)TH_TIME_MAX;
    if (range->lo_set && range->lo > low)
        low = range->lo_open ? floor(range->lo) + 1 : ceil(range->lo);
    if (range->hi_set && range->hi < high)
        high = range->hi_open ? ceil(range->hi) - 1 : floor(range->hi);
    if (!(low <= high) || low > (double)TH_TIME_MAX || high < (double)TH_TIME_MIN)
        return false;
    *lo = (int64_t)low;
    *hi = (int64_t)high;
    return true;
}

void th_match_set_add(void *ctx, struct th_str value)
{
    struct th_match_set *set = ctx;
    if (set->passed)
        return;
    set->passed = set->leaf->test == TH_TEST_NULL ? value.n > 0 : th_match_value(set->leaf, value);
}

bool th_match_set_result(const struct th_match_set *set)
{
    return set->leaf->test == TH_TEST_NULL ? !set->passed : set->passed;
}
