/* UTF-8: decoding, encoding, repair.
 *
 * Decoding never fails: what isn't well-formed is read as U+FFFD, one for each maximal subpart of a
 * sequence (the practice Unicode recommends), so everybody counts the same number of marks for the
 * same bytes. */
#include "base/text.h"

#include "base/json_scan.h"

#define REPLACEMENT UINT32_C(0xfffd)

/* Bytes of the longest start of a well-formed sequence at p: at least 1. */
static size_t subpart(const unsigned char *p, size_t left)
{
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t need;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 1;
    need = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (left < 2 || p[1] < low || p[1] > high)
        return 1;
    size_t n = 2;
    while (n < need && n < left && (p[n] & 0xc0) == 0x80)
        n++;
    return n;
}

uint32_t th_utf8_next(struct th_str s, size_t *at)
{
    const unsigned char *p = (const unsigned char *)s.p + *at;
    size_t left = s.n - *at;
    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    }
    switch (th_json_utf8_length(s.p + *at, s.p + s.n)) {
    case 2:
        *at += 2;
        return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    case 3:
        *at += 3;
        return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    case 4:
        *at += 4;
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
               (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
    default:
        *at += subpart(p, left);
        return REPLACEMENT;
    }
}

void th_utf8_add(struct th_buf *out, uint32_t cp)
{
    unsigned char *to = (unsigned char *)th_buf_reserve(out, 4);
    size_t n;
    if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        cp = REPLACEMENT;
    if (cp < 0x80) {
        to[0] = (unsigned char)cp;
        n = 1;
    } else if (cp < 0x800) {
        to[0] = (unsigned char)(0xc0 | cp >> 6);
        to[1] = (unsigned char)(0x80 | (cp & 0x3f));
        n = 2;
    } else if (cp < 0x10000) {
        to[0] = (unsigned char)(0xe0 | cp >> 12);
        to[1] = (unsigned char)(0x80 | (cp >> 6 & 0x3f));
        to[2] = (unsigned char)(0x80 | (cp & 0x3f));
        n = 3;
    } else {
        to[0] = (unsigned char)(0xf0 | cp >> 18);
        to[1] = (unsigned char)(0x80 | (cp >> 12 & 0x3f));
        to[2] = (unsigned char)(0x80 | (cp >> 6 & 0x3f));
        to[3] = (unsigned char)(0x80 | (cp & 0x3f));
        n = 4;
    }
    to[n] = '\0';
    out->n += n;
}

/* Length of the valid text at the start of s. */
static size_t valid_run(struct th_str s)
{
    size_t at = 0;
    while (at < s.n) {
        if ((unsigned char)s.p[at] < 0x80) {
            at++;
            continue;
        }
        size_t n = th_json_utf8_length(s.p + at, s.p + s.n);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}

bool th_utf8_valid(struct th_str s)
{
    return valid_run(s) == s.n;
}

void th_utf8_repair(struct th_buf *out, struct th_str s)
{
    while (s.n > 0) {
        size_t at = valid_run(s);
        if (at > 0)
            th_buf_add(out, s.p, at);
        if (at < s.n)
            th_utf8_add(out, th_utf8_next(s, &at));
        s = th_str_sub(s, at, s.n);
    }
}

size_t th_utf8_utf16_length(struct th_str s)
{
    size_t units = 0;
    size_t at = 0;
    while (at < s.n)
        units += th_utf8_next(s, &at) > 0xffff ? 2 : 1;
    return units;
}
