/* IP addresses and networks, against a table and against inet_pton. */
#include "base/ip.h"

#include <arpa/inet.h>

#include "base/compiler.h"
#include "lib/tap.h"

static void v4_mapped(struct th_ip *ip, const uint8_t four[4])
{
    memset(ip, 0, sizeof *ip);
    ip->b[10] = ip->b[11] = 0xff;
    memcpy(ip->b + 12, four, 4);
}

static bool oracle(const char *text, struct th_ip *ip)
{
    uint8_t four[4];
    if (inet_pton(AF_INET, text, four) == 1) {
        v4_mapped(ip, four);
        return true;
    }
    return inet_pton(AF_INET6, text, ip->b) == 1;
}

/* The slice ends where its memory ends. */
static bool parse(const char *text, struct th_ip *ip)
{
    size_t n = strlen(text);
    char *exact = malloc(n + 1);
    memcpy(exact, text, n);
    bool good = th_ip_parse((struct th_str){exact, n}, ip);
    free(exact);
    return good;
}

static void table(void)
{
    static const char *const texts[] = {
        "0.0.0.0",
        "255.255.255.255",
        "1.2.3.4",
        "203.0.113.7",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.a",
        "1.2.3.-4",
        "",
        "1",
        "1.2.3.1000",
        "::",
        "::1",
        "1::",
        "::ffff:1.2.3.4",
        "::1.2.3.4",
        "2001:db8::1",
        "2001:DB8:0:0:8:800:200C:417A",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7",
        "1::2::3",
        ":::",
        ":",
        "::1:",
        ":1",
        "1:",
        "12345::",
        "g::",
        "1:2:3:4:5:6:1.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1::1.2.3.4",
        "::1.2.3",
        "::1.2.3.4:5",
        "::1.2.3.256",
        "fe80::1%eth0",
        "1:2:3:4:5:1.2.3.4",
        "::%",
        "1::/64",
        "0:0:0:0:0:0:0:0",
        "abcd:ef01:2345:6789:abcd:ef01:2345:6789",
        "abcd:ef01:2345:6789:abcd:ef01:192.168.100.200",
        "AWS Internal",
        "s3.amazonaws.com",
        "...",
        "1.2.3.4\n",
        "::ffff:0:1.2.3.4",
        "00001::",
        "0000::",
        "::00000",
    };
    for (size_t i = 0; i < TH_COUNT(texts); i++) {
        struct th_ip want;
        struct th_ip got;
        bool valid = oracle(texts[i], &want);
        memset(&got, 0x55, sizeof got);
        bool good = parse(texts[i], &got) == valid;
        if (valid)
            good = good && memcmp(&got, &want, sizeof got) == 0;
        else
            good = good && got.b[0] == 0x55;
        tap_ok(good, "\"%s\" is %s", texts[i], valid ? "an address" : "none, out untouched");
    }
    struct th_ip ip;
    tap_ok(!parse("01.2.3.4", &ip) && !parse("1.2.3.00", &ip), "no leading zeros");
    tap_ok(!th_ip_parse(TH_STR_NONE, &ip), "absent is none");
    tap_ok(!th_ip_parse(TH_STR("1.2.3.4\0"), &ip), "a NUL behind is none");
}

/* Random changes to valid texts: the two parsers must agree on all of them. */
static void mutations(void)
{
    static const char *const seeds[] = {"192.168.10.254", "2001:db8:0:1::ab:cd", "::ffff:10.0.0.1",
                                        "1:2:3:4:5:6:7:8"};
    static const char letters[] = "0129af:.:";
    uint32_t state = 12345;
    int differ = 0;
    int valid_count = 0;
    for (int round = 0; round < 50000; round++) {
        char text[64];
        snprintf(text, sizeof text, "%s", seeds[round % 4]);
        size_t n = strlen(text);
        for (int k = 0; k <= round % 3; k++) {
            state = state * 1664525u + 1013904223u;
            size_t at = (state >> 8) % n;
            if (state >> 28 < 5 && n > 1) {
                memmove(text + at, text + at + 1, n - at);
                n--;
            } else {
                text[at] = letters[(state >> 4) % (sizeof letters - 1)];
            }
        }
        struct th_ip want;
        struct th_ip got;
        bool valid = oracle(text, &want);
        valid_count += valid;
        if (parse(text, &got) != valid || (valid && memcmp(&got, &want, sizeof got) != 0)) {
            if (differ++ < 5)
                tap_note("differs: %s", text);
        }
    }
    tap_is_int(differ, 0, "50 000 mutations: as inet_pton");
    tap_ok(valid_count > 5000, "and %d of them were addresses", valid_count);
}

static void networks(void)
{
    static const struct {
        const char *cidr;
        const char *inside;
        const char *outside;
    } rows[] = {
        {"203.0.113.0/24", "203.0.113.255", "203.0.112.255"},
        {"203.0.113.77/24", "203.0.113.0", "203.0.114.0"},
        {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
        {"192.168.4.0/22", "192.168.7.255", "192.168.8.0"},
        {"1.2.3.4/32", "1.2.3.4", "1.2.3.5"},
        {"1.2.3.4/31", "1.2.3.5", "1.2.3.6"},
        {"0.0.0.0/0", "255.1.2.3", "::1"},
        {"::/0", "1.2.3.4", NULL},
        {"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
        {"2001:db8::1/128", "2001:db8::1", "2001:db8::2"},
        {"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
        {"::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_cidr cidr;
        struct th_ip ip;
        tap_ok(th_cidr_parse(th_str_of(rows[i].cidr), &cidr), "%s is a network", rows[i].cidr);
        tap_ok(parse(rows[i].inside, &ip) && th_cidr_has(&cidr, &ip), "it has %s", rows[i].inside);
        if (rows[i].outside != NULL)
            tap_ok(parse(rows[i].outside, &ip) && !th_cidr_has(&cidr, &ip), "it hasn't %s",
                   rows[i].outside);
    }
    static const char *const wrong[] = {
        "10.0.0.0", "10.0.0.0/",   "10.0.0.0/33",  "10.0.0.0/-1", "::/129",  "/8",
        "10.0.0/8", "10.0.0.0/8 ", "10.0.0.0/8/8", "10.0.0.0/a",  "::/1280", "10.0.0.0/0008"};
    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        struct th_cidr cidr;
        tap_ok(!th_cidr_parse(th_str_of(wrong[i]), &cidr), "\"%s\" is no network", wrong[i]);
    }
    struct th_cidr cidr;
    tap_ok(!th_cidr_parse(TH_STR_NONE, &cidr), "absent is no network");
    struct th_ip a;
    struct th_ip b;
    parse("9.255.0.1", &a);
    parse("10.0.0.1", &b);
    tap_ok(th_ip_cmp(&a, &b) < 0 && th_ip_cmp(&b, &a) > 0 && th_ip_cmp(&a, &a) == 0, "order");
}

int main(void)
{
    table();
    mutations();
    networks();
    return tap_done();
}
