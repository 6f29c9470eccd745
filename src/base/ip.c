/* IP addresses from text, into one 16-byte form.
 *
 * Written here rather than left to inet_pton because slices have no NUL, and because what is
 * accepted must be what Elasticsearch's ip field accepts, on every C library. */
#include "base/ip.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Four decimal parts without leading zeros. */
static bool parse_v4(struct th_str text, uint8_t out[4])
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        if (part > 0 && (at >= text.n || text.p[at++] != '.'))
            return false;
        size_t start = at;
        int value = 0;
        while (at < text.n && at - start < 3 && is_digit(text.p[at]))
            value = value * 10 + (text.p[at++] - '0');
        if (at == start || value > 255 || (text.p[start] == '0' && at - start > 1))
            return false;
        out[part] = (uint8_t)value;
    }
    return at == text.n;
}

/* Eight groups of one to four hex digits; "::" once for one or more zero groups; the last two
 * groups may be a dotted quad. Bytes are collected from the left, those behind the gap move to the
 * right in the end. */
static bool parse_v6(struct th_str text, uint8_t out[16])
{
    uint8_t bytes[16] = {0};
    size_t filled = 0;
    size_t gap = SIZE_MAX;
    size_t at = 0;

    if (text.n >= 2 && text.p[0] == ':' && text.p[1] == ':') {
        gap = 0;
        at = 2;
    }
    while (at < text.n) {
        size_t start = at;
        unsigned value = 0;
        while (at < text.n && at - start < 4 && hex_digit(text.p[at]) >= 0)
            value = value * 16 + (unsigned)hex_digit(text.p[at++]);
        if (at < text.n && text.p[at] == '.') {
            if (filled > 12 || !parse_v4(th_str_sub(text, start, text.n), bytes + filled))
                return false;
            filled += 4;
            break;
        }
        if (at == start || filled > 14)
            return false;
        bytes[filled++] = (uint8_t)(value >> 8);
        bytes[filled++] = (uint8_t)(value & 255);
        if (at == text.n)
            break;
        if (text.p[at++] != ':' || at == text.n)
            return false;
        if (text.p[at] == ':') {
            if (gap != SIZE_MAX)
                return false;
            gap = filled;
            at++;
        }
    }
    if (gap == SIZE_MAX ? filled != 16 : filled > 14)
        return false;
    memset(out, 0, 16);
    if (gap == SIZE_MAX)
        gap = filled;
    memcpy(out, bytes, gap);
    memcpy(out + 16 - (filled - gap), bytes + gap, filled - gap);
    return true;
}

bool th_ip_parse(struct th_str text, struct th_ip *out)
{
    /* 45 bytes is the longest form; log text can be anything. */
    if (text.p == NULL || text.n < 2 || text.n > 45)
        return false;
    struct th_ip ip = {{0}};
    if (memchr(text.p, ':', text.n) != NULL) {
        if (!parse_v6(text, ip.b))
            return false;
    } else {
        ip.b[10] = 0xff;
        ip.b[11] = 0xff;
        if (!parse_v4(text, ip.b + 12))
            return false;
    }
    *out = ip;
    return true;
}

bool th_cidr_parse(struct th_str text, struct th_cidr *out)
{
    ptrdiff_t slash = th_str_rfind(text, '/');
    struct th_cidr cidr;
    if (slash < 0)
        return false;
    struct th_str address = th_str_sub(text, 0, (size_t)slash);
    struct th_str digits = th_str_sub(text, (size_t)slash + 1, text.n);
    if (digits.n < 1 || digits.n > 3 || !th_ip_parse(address, &cidr.net))
        return false;
    int bits = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (!is_digit(digits.p[i]))
            return false;
        bits = bits * 10 + (digits.p[i] - '0');
    }
    bool v6 = th_str_find(address, ':') >= 0;
    if (bits > (v6 ? 128 : 32))
        return false;
    cidr.bits = v6 ? bits : 96 + bits;
    for (int i = 0; i < 16; i++) {
        int keep = cidr.bits - 8 * i; /* bits of this byte that belong to the network */
        unsigned mask = keep >= 8 ? 0xffu : keep <= 0 ? 0 : 0xffu << (8 - keep);
        cidr.net.b[i] = (uint8_t)(cidr.net.b[i] & mask);
    }
    *out = cidr;
    return true;
}

bool th_cidr_has(const struct th_cidr *cidr, const struct th_ip *ip)
{
    size_t whole = (size_t)cidr->bits / 8;
    int rest = cidr->bits % 8;
    if (memcmp(cidr->net.b, ip->b, whole) != 0)
        return false;
    return rest == 0 || (cidr->net.b[whole] ^ ip->b[whole]) >> (8 - rest) == 0;
}

int th_ip_cmp(const struct th_ip *a, const struct th_ip *b)
{
    int order = memcmp(a->b, b->b, sizeof a->b);
    return (order > 0) - (order < 0);
}
