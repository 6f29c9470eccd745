/* Case-insensitive comparison and search, and the distance of did-you-mean. */
#include "base/text.h"

#include <locale.h>
#include <wctype.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "lib/tap.h"

static void mapping(void)
{
    tap_is_int(th_text_lower_cp('A'), 'a', "A");
    tap_is_int(th_text_lower_cp('@'), '@', "@ is no letter");
    tap_is_int(th_text_lower_cp('['), '[', "nor is [");
    tap_is_int(th_text_lower_cp(0xc4), 0xe4, "Ä");
    tap_is_int(th_text_lower_cp(0xd7), 0xd7, "the multiplication sign");
    tap_is_int(th_text_lower_cp(0x3a3), 0x3c3, "Greek sigma");
    tap_is_int(th_text_lower_cp(0x416), 0x436, "Cyrillic zhe");
    tap_is_int(th_text_lower_cp(0x130), 0x130, "the dotted I stays: nothing maps into ASCII");
    tap_is_int(th_text_lower_cp(0x212a), 0x212a, "so does the Kelvin sign");
    tap_is_int(th_text_lower_cp(0x10ffff), 0x10ffff, "the last code point");

    int bad = 0;
    int differ = 0;
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        uint32_t low = th_text_lower_cp(cp);
        bad += th_text_lower_cp(low) != low || (cp >= 0x80 && low < 0x80);
        bool ours = cp < 0x250 || (cp >= 0x370 && cp < 0x530) || (cp >= 0x1e00 && cp < 0x1f00);
        if (ours && cp != 0x130 && low != towlower((wint_t)cp) && differ++ < 5)
            tap_note("U+%04X: U+%04X here, U+%04X there", (unsigned)cp, (unsigned)low,
                     (unsigned)towlower((wint_t)cp));
    }
    tap_is_int(bad, 0, "lower-casing twice changes nothing more, and never leads into ASCII");
    if (towlower(0xc4) != 0xe4)
        tap_skip("as the C library", "no UTF-8 locale");
    else
        tap_is_int(differ, 0, "Latin, Greek and Cyrillic as in the C library");
}

static void equality(void)
{
    tap_ok(th_text_ieq(TH_STR("AbC"), TH_STR("aBc")), "ASCII");
    tap_ok(!th_text_ieq(TH_STR("abc"), TH_STR("abd")), "another letter");
    tap_ok(!th_text_ieq(TH_STR("abc"), TH_STR("abcd")), "longer");
    tap_ok(!th_text_ieq(TH_STR("abcd"), TH_STR("abc")), "shorter");
    tap_ok(!th_text_ieq(TH_STR("a@"), TH_STR("a`")), "32 apart, but no letters");
    tap_ok(!th_text_ieq(TH_STR("["), TH_STR("{")), "brackets neither");
    tap_ok(th_text_ieq(TH_STR("ÄÖ"), TH_STR("äö")), "beyond ASCII");
    tap_ok(th_text_ieq(TH_STR("Ⱥ"), TH_STR("ⱥ")), "where the forms differ in length");
    tap_ok(!th_text_ieq(TH_STR("Ä"), TH_STR("A")), "an umlaut is another letter");
    tap_ok(th_text_ieq(TH_STR(""), TH_STR("")), "nothing and nothing");
    tap_ok(th_text_ieq(TH_STR_NONE, TH_STR_NONE), "absent and absent");
    tap_ok(!th_text_ieq(TH_STR_NONE, TH_STR("")), "absent and empty differ");

    struct th_buf out = TH_BUF_INIT;
    th_buf_puts(&out, "KEPT ");
    th_text_lower(&out, TH_STR("ABC ÄΣЖ\xff"
                               "Z"));
    tap_is_str(th_buf_cstr(&out), "KEPT abc äσж\xef\xbf\xbdz", "lower appends");
    th_buf_fini(&out);
}

static bool contains(const char *hay, const char *needle)
{
    struct th_buf low = TH_BUF_INIT;
    size_t n = strlen(hay);
    char *exact = th_xmalloc(n);
    memcpy(exact, hay, n);
    th_text_lower(&low, th_str_of(needle));
    bool found = th_text_icontains((struct th_str){exact, n}, th_buf_str(&low));
    th_buf_fini(&low);
    free(exact);
    return found;
}

static void search(void)
{
    tap_ok(contains("arn:aws:iam::1:role/Admin", "ADMIN"), "at the end");
    tap_ok(contains("Admin", "admin"), "the whole");
    tap_ok(contains("", ""), "nothing in nothing");
    tap_ok(contains("abc", ""), "nothing in something");
    tap_ok(!contains("", "a"), "something in nothing");
    tap_ok(!contains("ab", "abc"), "a longer needle");
    tap_ok(!th_text_icontains(TH_STR_NONE, TH_STR("")), "absent contains nothing");
    tap_ok(contains("x\xffy", "XxY") == false, "bad bytes don't match letters");
    tap_ok(contains("größe STRAẞE", "strasse") == false, "no folding to two letters");
    tap_ok(contains("Ünïcode ТЕСТ", "тест"), "Cyrillic");
    tap_ok(contains("aÄ", "ä"), "an umlaut behind a letter");
    tap_ok(contains("00000000000000@@@", "@@@") && !contains("0000000000000000```", "@@@"),
           "signs 32 apart differ in the fast path");

    /* Needles of every length at every place, over a background that nearly matches. */
    int missed = 0;
    int false_hits = 0;
    for (size_t len = 1; len <= 40; len++) {
        for (size_t at = 0; at <= 60; at++) {
            char hay[128];
            char needle[64];
            size_t total = at + len + at % 7;
            memset(hay, 'Q', sizeof hay);
            hay[total] = '\0';
            for (size_t i = 0; i < len; i++)
                needle[i] = (char)(i % 3 == 0 ? 'q' : 'a' + (int)(i % 5));
            needle[len] = '\0';
            if (len == 1)
                needle[0] = 'z';
            for (size_t i = 0; i < len; i++)
                hay[at + i] = (char)(needle[i] - 32);
            missed += !contains(hay, needle);
            hay[at + len - 1] = '#';
            false_hits += len > 1 && contains(hay, needle);
        }
    }
    tap_is_int(missed, 0, "found at every place and length");
    tap_is_int(false_hits, 0, "and never where the last byte differs");
}

static void distances(void)
{
    static const struct {
        const char *a;
        const char *b;
        int max;
        int want;
    } rows[] = {
        {"event.action", "event.action", 3, 0},
        {"event.action", "EVENT.ACTION", 3, 0},
        {"event.acton", "event.action", 3, 1},
        {"event.actoin", "event.action", 3, 1},
        {"evnt.action", "event.action", 3, 1},
        {"event.axtion", "event.action", 3, 1},
        {"kitten", "sitting", 5, 3},
        {"kitten", "sitting", 2, 3},
        {"", "abc", 5, 3},
        {"abc", "", 5, 3},
        {"", "", 5, 0},
        {"abc", "xyz", 1, 2},
        {"abc", "xyz", 0, 1},
        {"abcdef", "a", 2, 3},
        {"ca", "abc", 5, 3},
        {"ab", "ba", 1, 1},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_str a = th_str_of(rows[i].a);
        struct th_str b = th_str_of(rows[i].b);
        tap_ok(th_text_distance(a, b, rows[i].max) == rows[i].want, "%.*s to %.*s, at most %d: %d",
               TH_STR_ARGS(a), TH_STR_ARGS(b), rows[i].max, rows[i].want);
        tap_ok(th_text_distance(b, a, rows[i].max) == rows[i].want, "and the other way round");
    }
    char long_a[400];
    char long_b[400];
    memset(long_a, 'a', sizeof long_a);
    memset(long_b, 'b', sizeof long_b);
    tap_is_int(th_text_distance((struct th_str){long_a, 400}, (struct th_str){long_b, 400}, 3), 4,
               "long texts are too far apart");
    tap_is_int(th_text_distance((struct th_str){long_a, 400}, (struct th_str){long_a, 400}, 3), 0,
               "unless they are equal");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    mapping();
    equality();
    search();
    distances();
    return tap_done();
}
