/* IP addresses: 16 bytes, IPv4 as ::ffff:a.b.c.d, so both compare in one order. */
#ifndef TH_BASE_IP_H
#define TH_BASE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct th_ip {
    uint8_t b[16];
};

struct th_cidr {
    struct th_ip net;
    int bits; /* 0 … 128; an IPv4 /n is 96 + n */
};

/* Text form as Elasticsearch's ip field takes it: dotted quad (no leading zeros, four parts) or RFC
 * 4291 (no zone). */
bool th_ip_parse(struct th_str text, struct th_ip *out);
/* "203.0.113.0/24", "2001:db8::/32"; host bits may be set and are ignored. Needs the slash. */
bool th_cidr_parse(struct th_str text, struct th_cidr *out);
bool th_cidr_has(const struct th_cidr *cidr, const struct th_ip *ip);
/* memcmp order. */
int th_ip_cmp(const struct th_ip *a, const struct th_ip *b);

#endif
