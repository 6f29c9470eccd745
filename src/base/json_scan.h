/* Inside of the JSON reader: finding the next byte of a string that needs a look. Shared by
 * json_*.c and jsonw.c only. */
#ifndef TH_BASE_JSON_SCAN_H
#define TH_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/compiler.h"

/* A byte that can't simply be passed over in a string: quote, backslash, control, or beyond ASCII.
 */
static inline bool th_json_is_special(char c)
{
    return (signed char)c < 0x20 || c == '"' || c == '\\';
}

#ifdef __SSE2__
/* The same for 16 bytes: bit i is set when byte i is special. Controls and bytes over 0x7f are one
 * signed comparison. */
static inline unsigned th_json_special_mask(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i other = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), other));
}
#endif

/* First special byte in [p, end), or end. */
static inline const char *th_json_next_special(const char *p, const char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        unsigned mask = th_json_special_mask(p);
        if (mask != 0)
            return p + __builtin_ctz(mask);
    }
#endif
    while (p < end && !th_json_is_special(*p))
        p++;
    return p;
}

/* Bytes of the well-formed UTF-8 sequence at p (shortest form, no surrogate, at most U+10FFFF), or
 * 0. */
static inline size_t th_json_utf8_length(const char *p, const char *end)
{
    const unsigned char *b = (const unsigned char *)p;
    size_t left = (size_t)(end - p);
    if (left == 0)
        return 0;
    if (b[0] < 0x80)
        return 1;
    if (b[0] < 0xc2 || b[0] > 0xf4 || left < 2 || (b[1] & 0xc0) != 0x80)
        return 0;
    if (b[0] < 0xe0)
        return 2;
    if (left < 3 || (b[2] & 0xc0) != 0x80)
        return 0;
    if (b[0] < 0xf0) {
        bool overlong = b[0] == 0xe0 && b[1] < 0xa0;
        bool surrogate = b[0] == 0xed && b[1] >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    if (left < 4 || (b[3] & 0xc0) != 0x80)
        return 0;
    bool overlong = b[0] == 0xf0 && b[1] < 0x90;
    bool beyond = b[0] == 0xf4 && b[1] >= 0x90;
    return overlong || beyond ? 0 : 4;
}

/* Value of a hexadecimal digit, or -1. */
static inline int th_json_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

#endif
