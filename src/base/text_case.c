/* Case: lower-casing one code point to one code point, and comparisons that ignore case.
 *
 * A table of runs holds what Unicode's simple lower-casing says of Latin, Greek and Cyrillic. No
 * code point beyond ASCII is mapped into ASCII (U+0130 and the Kelvin sign stay as they are), so an
 * ASCII needle can be looked for by bytes. */
#include "base/text.h"

#include "base/compiler.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* first, first + step, … last: add delta. Sorted. */
static const struct {
    uint16_t first;
    uint16_t last;
    int32_t step;
    int32_t delta;
} runs[] = {
    {0xC0, 0xD6, 1, 32},         {0xD8, 0xDE, 1, 32},         {0x100, 0x12E, 2, 1},
    {0x132, 0x136, 2, 1},        {0x139, 0x147, 2, 1},        {0x14A, 0x176, 2, 1},
    {0x178, 0x178, 1, -121},     {0x179, 0x17D, 2, 1},        {0x181, 0x181, 1, 210},
    {0x182, 0x184, 2, 1},        {0x186, 0x186, 1, 206},      {0x187, 0x187, 1, 1},
    {0x189, 0x18A, 1, 205},      {0x18B, 0x18B, 1, 1},        {0x18E, 0x18E, 1, 79},
    {0x18F, 0x18F, 1, 202},      {0x190, 0x190, 1, 203},      {0x191, 0x191, 1, 1},
    {0x193, 0x193, 1, 205},      {0x194, 0x194, 1, 207},      {0x196, 0x196, 1, 211},
    {0x197, 0x197, 1, 209},      {0x198, 0x198, 1, 1},        {0x19C, 0x19C, 1, 211},
    {0x19D, 0x19D, 1, 213},      {0x19F, 0x19F, 1, 214},      {0x1A0, 0x1A4, 2, 1},
    {0x1A6, 0x1A6, 1, 218},      {0x1A7, 0x1A7, 1, 1},        {0x1A9, 0x1A9, 1, 218},
    {0x1AC, 0x1AC, 1, 1},        {0x1AE, 0x1AE, 1, 218},      {0x1AF, 0x1AF, 1, 1},
    {0x1B1, 0x1B2, 1, 217},      {0x1B3, 0x1B5, 2, 1},        {0x1B7, 0x1B7, 1, 219},
    {0x1B8, 0x1B8, 1, 1},        {0x1BC, 0x1BC, 1, 1},        {0x1C4, 0x1C4, 1, 2},
    {0x1C5, 0x1C5, 1, 1},        {0x1C7, 0x1C7, 1, 2},        {0x1C8, 0x1C8, 1, 1},
    {0x1CA, 0x1CA, 1, 2},        {0x1CB, 0x1DB, 2, 1},        {0x1DE, 0x1EE, 2, 1},
    {0x1F1, 0x1F1, 1, 2},        {0x1F2, 0x1F4, 2, 1},        {0x1F6, 0x1F6, 1, -97},
    {0x1F7, 0x1F7, 1, -56},      {0x1F8, 0x21E, 2, 1},        {0x220, 0x220, 1, -130},
    {0x222, 0x232, 2, 1},        {0x23A, 0x23A, 1, 10795},    {0x23B, 0x23B, 1, 1},
    {0x23D, 0x23D, 1, -163},     {0x23E, 0x23E, 1, 10792},    {0x241, 0x241, 1, 1},
    {0x243, 0x243, 1, -195},     {0x244, 0x244, 1, 69},       {0x245, 0x245, 1, 71},
    {0x246, 0x24E, 2, 1},        {0x370, 0x372, 2, 1},        {0x376, 0x376, 1, 1},
    {0x37F, 0x37F, 1, 116},      {0x386, 0x386, 1, 38},       {0x388, 0x38A, 1, 37},
    {0x38C, 0x38C, 1, 64},       {0x38E, 0x38F, 1, 63},       {0x391, 0x3A1, 1, 32},
    {0x3A3, 0x3AB, 1, 32},       {0x3CF, 0x3CF, 1, 8},        {0x3D8, 0x3EE, 2, 1},
    {0x3F4, 0x3F4, 1, -60},      {0x3F7, 0x3F7, 1, 1},        {0x3F9, 0x3F9, 1, -7},
    {0x3FA, 0x3FA, 1, 1},        {0x3FD, 0x3FF, 1, -130},     {0x400, 0x40F, 1, 80},
    {0x410, 0x42F, 1, 32},       {0x460, 0x480, 2, 1},        {0x48A, 0x4BE, 2, 1},
    {0x4C0, 0x4C0, 1, 15},       {0x4C1, 0x4CD, 2, 1},        {0x4D0, 0x52E, 2, 1},
    {0x1E00, 0x1E94, 2, 1},      {0x1E9E, 0x1E9E, 1, -7615},  {0x1EA0, 0x1EFE, 2, 1},
    {0x1F08, 0x1F0F, 1, -8},     {0x1F18, 0x1F1D, 1, -8},     {0x1F28, 0x1F2F, 1, -8},
    {0x1F38, 0x1F3F, 1, -8},     {0x1F48, 0x1F4D, 1, -8},     {0x1F59, 0x1F5F, 2, -8},
    {0x1F68, 0x1F6F, 1, -8},     {0x1F88, 0x1F8F, 1, -8},     {0x1F98, 0x1F9F, 1, -8},
    {0x1FA8, 0x1FAF, 1, -8},     {0x1FB8, 0x1FB9, 1, -8},     {0x1FBA, 0x1FBB, 1, -74},
    {0x1FBC, 0x1FBC, 1, -9},     {0x1FC8, 0x1FCB, 1, -86},    {0x1FCC, 0x1FCC, 1, -9},
    {0x1FD8, 0x1FD9, 1, -8},     {0x1FDA, 0x1FDB, 1, -100},   {0x1FE8, 0x1FE9, 1, -8},
    {0x1FEA, 0x1FEB, 1, -112},   {0x1FEC, 0x1FEC, 1, -7},     {0x1FF8, 0x1FF9, 1, -128},
    {0x1FFA, 0x1FFB, 1, -126},   {0x1FFC, 0x1FFC, 1, -9},     {0x2C60, 0x2C60, 1, 1},
    {0x2C62, 0x2C62, 1, -10743}, {0x2C63, 0x2C63, 1, -3814},  {0x2C64, 0x2C64, 1, -10727},
    {0x2C67, 0x2C6B, 2, 1},      {0x2C6D, 0x2C6D, 1, -10780}, {0x2C6E, 0x2C6E, 1, -10749},
    {0x2C6F, 0x2C6F, 1, -10783}, {0x2C70, 0x2C70, 1, -10782}, {0x2C72, 0x2C72, 1, 1},
    {0x2C75, 0x2C75, 1, 1},      {0x2C7E, 0x2C7F, 1, -10815}, {0xA640, 0xA66C, 2, 1},
    {0xA680, 0xA69A, 2, 1},      {0xA722, 0xA72E, 2, 1},      {0xA732, 0xA76E, 2, 1},
    {0xA779, 0xA77B, 2, 1},      {0xA77D, 0xA77D, 1, -35332}, {0xA77E, 0xA786, 2, 1},
    {0xA78B, 0xA78B, 1, 1},      {0xA78D, 0xA78D, 1, -42280}, {0xA790, 0xA792, 2, 1},
    {0xA796, 0xA7A8, 2, 1},      {0xA7AA, 0xA7AA, 1, -42308}, {0xA7AB, 0xA7AB, 1, -42319},
    {0xA7AC, 0xA7AC, 1, -42315}, {0xA7AD, 0xA7AD, 1, -42305}, {0xA7AE, 0xA7AE, 1, -42308},
    {0xA7B0, 0xA7B0, 1, -42258}, {0xA7B1, 0xA7B1, 1, -42282}, {0xA7B2, 0xA7B2, 1, -42261},
    {0xA7B3, 0xA7B3, 1, 928},    {0xA7B4, 0xA7C2, 2, 1},      {0xA7C4, 0xA7C4, 1, -48},
    {0xA7C5, 0xA7C5, 1, -42307}, {0xA7C6, 0xA7C6, 1, -35384}, {0xA7C7, 0xA7C9, 2, 1},
    {0xA7D0, 0xA7D0, 1, 1},      {0xA7D6, 0xA7D8, 2, 1},      {0xA7F5, 0xA7F5, 1, 1},
    {0xFF21, 0xFF3A, 1, 32},
};

static inline unsigned char lower_ascii(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

uint32_t th_text_lower_cp(uint32_t cp)
{
    size_t low = 0;
    size_t high = TH_COUNT(runs);
    if (cp < 0x80)
        return lower_ascii((unsigned char)cp);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cp < runs[middle].first)
            high = middle;
        else if (cp > runs[middle].last)
            low = middle + 1;
        else if ((cp - runs[middle].first) % (uint32_t)runs[middle].step != 0)
            return cp;
        else
            return (uint32_t)((int32_t)cp + runs[middle].delta);
    }
    return cp;
}

void th_text_lower(struct th_buf *out, struct th_str s)
{
    size_t at = 0;
    char *to = th_buf_reserve(out, s.n);
    while (at < s.n && (unsigned char)s.p[at] < 0x80) {
        *to++ = (char)lower_ascii((unsigned char)s.p[at]);
        at++;
    }
    out->n += at;
    while (at < s.n)
        th_utf8_add(out, th_text_lower_cp(th_utf8_next(s, &at)));
    th_buf_cstr(out);
}

bool th_text_ieq(struct th_str a, struct th_str b)
{
    size_t i = 0;
    size_t k = 0;
    if ((a.p == NULL) != (b.p == NULL))
        return false;
    while (i < a.n && k < b.n) {
        unsigned char x = (unsigned char)a.p[i];
        unsigned char y = (unsigned char)b.p[k];
        if ((x | y) < 0x80) {
            if (lower_ascii(x) != lower_ascii(y))
                return false;
            i++;
            k++;
        } else if (th_text_lower_cp(th_utf8_next(a, &i)) != th_text_lower_cp(th_utf8_next(b, &k))) {
            return false;
        }
    }
    return i == a.n && k == b.n;
}

/* Does s, from at, begin with needle? Both sides are compared by code points. */
static bool begins(struct th_str s, size_t at, struct th_str needle)
{
    size_t k = 0;
    while (k < needle.n) {
        if (at >= s.n || th_text_lower_cp(th_utf8_next(s, &at)) != th_utf8_next(needle, &k))
            return false;
    }
    return true;
}

static bool contains_cps(struct th_str s, struct th_str needle)
{
    size_t at = 0;
    while (at < s.n) {
        if (begins(s, at, needle))
            return true;
        th_utf8_next(s, &at);
    }
    return false;
}

static bool begins_ascii(const char *p, struct th_str needle)
{
    for (size_t i = 0; i < needle.n; i++)
        if (lower_ascii((unsigned char)p[i]) != (unsigned char)needle.p[i])
            return false;
    return true;
}

/* The first and the last byte of the needle are looked for together, 16 places at a time. */
static bool contains_ascii(struct th_str s, struct th_str needle)
{
    size_t at = 0;
    size_t last_place = s.n - needle.n;
#ifdef __SSE2__
    /* Setting bit 5 lowers letters; for other bytes it may give false hits, which the comparison
     * sorts out. */
    char first = (char)(needle.p[0] | 0x20);
    char last = (char)(needle.p[needle.n - 1] | 0x20);
    const __m128i bit = _mm_set1_epi8(0x20);
    const __m128i first_16 = _mm_set1_epi8(first);
    const __m128i last_16 = _mm_set1_epi8(last);
    for (; s.n - at >= needle.n + 15; at += 16) {
        const char *p = s.p + at;
        __m128i head = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i tail = _mm_loadu_si128((const __m128i *)(const void *)(p + needle.n - 1));
        __m128i hits = _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(head, bit), first_16),
                                     _mm_cmpeq_epi8(_mm_or_si128(tail, bit), last_16));
        unsigned mask = (unsigned)_mm_movemask_epi8(hits);
        for (; mask != 0; mask &= mask - 1)
            if (begins_ascii(p + __builtin_ctz(mask), needle))
                return true;
    }
#endif
    for (; at <= last_place; at++)
        if (begins_ascii(s.p + at, needle))
            return true;
    return false;
}

static bool is_ascii(struct th_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

bool th_text_icontains(struct th_str haystack, struct th_str needle_lower)
{
    if (haystack.p == NULL)
        return false;
    if (needle_lower.n == 0)
        return true;
    if (!is_ascii(needle_lower))
        return contains_cps(haystack, needle_lower);
    return haystack.n >= needle_lower.n && contains_ascii(haystack, needle_lower);
}
