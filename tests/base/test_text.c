/* Hostile text: decoding, sanitising, clipping, widths. */
#include "base/text.h"

#include <limits.h>
#include <locale.h>
#include <wchar.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "lib/tap.h"

/* UTF-8 straight from its definition, to compare with. Returns the length, 0 when cp has none. */
static size_t encode(uint32_t cp, char out[4])
{
    if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
        return 0;
    size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const uint8_t lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; cp >>= 6)
        out[i] = (char)(0x80 | (cp & 0x3f));
    out[0] = (char)(lead[n] | cp);
    return n;
}

static void codec(void)
{
    int bad = 0;
    for (uint32_t cp = 0; cp <= 0x110010; cp++) {
        char want[4];
        size_t n = encode(cp, want);
        struct th_buf out = TH_BUF_INIT;
        size_t at = 0;
        th_utf8_add(&out, cp);
        if (n == 0) {
            bad += !th_str_is(th_buf_str(&out), "\xef\xbf\xbd");
        } else {
            bad += !th_str_eq(th_buf_str(&out), (struct th_str){want, n});
            bad += th_utf8_next(th_buf_str(&out), &at) != cp || at != n;
            bad += !th_utf8_valid(th_buf_str(&out));
            bad += th_utf8_utf16_length(th_buf_str(&out)) != (cp > 0xffff ? 2u : 1u);
        }
        th_buf_fini(&out);
    }
    tap_is_int(bad, 0, "every code point there and back");

    /* Each row: bytes, and how many U+FFFD a decoder following the maximal-subpart rule makes of
     * them. */
    static const struct {
        struct th_str bytes;
        const char *repaired;
    } rows[] = {
        {TH_STR_INIT("\x80"), "?"},
        {TH_STR_INIT("\xbf\x80"), "??"},
        {TH_STR_INIT("\xc0\xaf"), "??"},
        {TH_STR_INIT("\xc1\xbf"), "??"},
        {TH_STR_INIT("\xc3"), "?"},
        {TH_STR_INIT("\xc3(z"), "?(z"},
        {TH_STR_INIT("\xe0\x80\xaf"), "???"},
        {TH_STR_INIT("\xe0\x9f\xbf"), "???"},
        {TH_STR_INIT("\xe2\x82"), "?"},
        {TH_STR_INIT("\xe2\x82z"), "?z"},
        {TH_STR_INIT("\xe2(\xa1"), "?(?"},
        {TH_STR_INIT("\xed\xa0\x80"), "???"},
        {TH_STR_INIT("\xed\xbf\xbf"), "???"},
        {TH_STR_INIT("\xf0\x80\x80\xaf"), "????"},
        {TH_STR_INIT("\xf0\x9f\x98"), "?"},
        {TH_STR_INIT("\xf0\x9f\x98z"), "?z"},
        {TH_STR_INIT("\xf0\x9f"), "?"},
        {TH_STR_INIT("\xf4\x90\x80\x80"), "????"},
        {TH_STR_INIT("\xf5\x80\x80\x80"), "????"},
        {TH_STR_INIT("\xff\xfe"), "??"},
        {TH_STR_INIT("\xf0\x9f\xe2\x82\xac"), "?\xe2\x82\xac"},
        {TH_STR_INIT("a\0b"), "a"},
        {TH_STR_INIT(""), ""},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_buf out = TH_BUF_INIT;
        struct th_buf got = TH_BUF_INIT;
        char name[32];
        char *exact = th_xmalloc(rows[i].bytes.n);
        memcpy(exact, rows[i].bytes.p, rows[i].bytes.n);
        th_utf8_repair(&out, (struct th_str){exact, rows[i].bytes.n});
        for (size_t k = 0; k < out.n; k++) {
            bool mark = out.n - k >= 3 && memcmp(out.p + k, "\xef\xbf\xbd", 3) == 0;
            th_buf_putc(&got, mark ? '?' : out.p[k]);
            k += mark ? 2 : 0;
        }
        snprintf(name, sizeof name, "repair, row %zu", i);
        tap_is_str(th_buf_cstr(&got), rows[i].repaired, name);
        free(exact);
        th_buf_fini(&out);
        th_buf_fini(&got);
    }
    tap_is_int((int64_t)th_utf8_utf16_length(TH_STR("a\xf0\x9f\x98\x80\xff")), 4, "UTF-16 units");
}

static void sanitising(void)
{
    static const struct {
        struct th_str text;
        const char *shown;
        const char *ascii;
    } rows[] = {
        {TH_STR_INIT("plain ~"), "plain ~", "plain ~"},
        {TH_STR_INIT(""), "", ""},
        {TH_STR_INIT("\x1b[31mred"), "^[[31mred", "^[[31mred"},
        {TH_STR_INIT("a\0b\b\x7f"), "a^@b^H^?", "a^@b^H^?"},
        {TH_STR_INIT("a\nb\rc\td"), "a⏎b␍c⇥d", "a\\nb\\rc\\td"},
        {TH_STR_INIT("\xc2\x9b"
                     "31m"),
         "\\u{9B}31m", "\\u{9B}31m"},
        {TH_STR_INIT("\xc2\x80\xc2\x9f"), "\\u{80}\\u{9F}", "\\u{80}\\u{9F}"},
        {TH_STR_INIT("x\xe2\x80\xaetxt.exe"), "x\\u{202E}txt.exe", "x\\u{202E}txt.exe"},
        {TH_STR_INIT("\xe2\x81\xa6\xe2\x81\xa9\xd8\x9c"), "\\u{2066}\\u{2069}\\u{61C}",
         "\\u{2066}\\u{2069}\\u{61C}"},
        {TH_STR_INIT("a\xe2\x80\x8b"
                     "b"),
         "a\\u{200B}b", "a\\u{200B}b"},
        {TH_STR_INIT("\xef\xbb\xbf"
                     "bom"),
         "\\u{FEFF}bom", "\\u{FEFF}bom"},
        {TH_STR_INIT("a\xc2\xad"
                     "b"),
         "a\\u{AD}b", "a\\u{AD}b"},
        {TH_STR_INIT("a\xc2\xa0"
                     "b"),
         "a\\u{A0}b", "a\\u{A0}b"},
        {TH_STR_INIT("\xe2\x80\xa8\xe2\x80\xa9"), "\\u{2028}\\u{2029}", "\\u{2028}\\u{2029}"},
        {TH_STR_INIT("\xf3\xa0\x80\x81"), "\\u{E0001}", "\\u{E0001}"},
        {TH_STR_INIT("\xef\xbf\xbe\xf4\x8f\xbf\xbf"), "\\u{FFFE}\\u{10FFFF}",
         "\\u{FFFE}\\u{10FFFF}"},
        {TH_STR_INIT("\xef\xb7\x90"), "\\u{FDD0}", "\\u{FDD0}"},
        {TH_STR_INIT("\xe3\x85\xa4"), "\\u{3164}", "\\u{3164}"},
        {TH_STR_INIT("\xff\xc3"), "\\xFF\\xC3", "\\xFF\\xC3"},
        {TH_STR_INIT("\xe2\x82"), "\\xE2\\x82", "\\xE2\\x82"},
        {TH_STR_INIT("\xed\xa0\x80"), "\\xED\\xA0\\x80", "\\xED\\xA0\\x80"},
        {TH_STR_INIT("\xef\xbf\xbd"), "\xef\xbf\xbd", "\\u{FFFD}"},
        {TH_STR_INIT("é漢😀"), "é漢😀", "\\u{E9}\\u{6F22}\\u{1F600}"},
        {TH_STR_INIT("e\xcc\x81"), "e\xcc\x81", "e\\u{301}"},
        {TH_STR_INIT("\xcc\x81"), "\\u{301}", "\\u{301}"},
        {TH_STR_INIT("\n\xcc\x81"), "⏎\\u{301}", "\\n\\u{301}"},
        {TH_STR_INIT("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"),
         "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\u{301}", "e\\u{301}\\u{301}\\u{301}\\u{301}\\u{301}"},
        {TH_STR_INIT("\xe2\x9d\xa4\xef\xb8\x8f"), "\xe2\x9d\xa4\xef\xb8\x8f", "\\u{2764}\\u{FE0F}"},
        {TH_STR_INIT("a\xef\xb8\x8f"), "a\\u{FE0F}", "a\\u{FE0F}"},
        {TH_STR_INIT("\xe2\x9d\xa4\xef\xb8\x8f\xef\xb8\x8f"), "\xe2\x9d\xa4\xef\xb8\x8f\\u{FE0F}",
         "\\u{2764}\\u{FE0F}\\u{FE0F}"},
        {TH_STR_INIT("👩\xe2\x80\x8d💻"), "👩\\u{200D}💻", "\\u{1F469}\\u{200D}\\u{1F4BB}"},
        {TH_STR_INIT("\xe3\x80\x80"), "\xe3\x80\x80", "\\u{3000}"},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            struct th_buf out = TH_BUF_INIT;
            char name[64];
            snprintf(name, sizeof name, "sanitise%s, row %zu", ascii ? " to ASCII" : "", i);
            th_text_sanitise(&out, rows[i].text, ascii);
            tap_is_str(th_buf_cstr(&out), ascii ? rows[i].ascii : rows[i].shown, name);
            th_buf_fini(&out);
        }
    }
}

/* What may never come out, whatever went in. */
static bool is_safe(struct th_str s)
{
    size_t at = 0;
    if (!th_utf8_valid(s))
        return false;
    while (at < s.n) {
        uint32_t cp = th_utf8_next(s, &at);
        if (cp < 0x20 || (cp >= 0x7f && cp <= 0xa0) || cp == 0xad ||
            (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202f) ||
            (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || cp >= 0xe0000 ||
            (cp & 0xfffe) == 0xfffe || cp == 0x61c)
            return false;
    }
    return true;
}

static void every_code_point(void)
{
    int unsafe = 0;
    int width_wrong = 0;
    int shown = 0;
    int c_library = 0;
    for (uint32_t cp = 1; cp <= 0x10ffff; cp++) {
        char bytes[8] = "a";
        size_t n = encode(cp, bytes + 1);
        if (n == 0)
            continue;
        struct th_buf out = TH_BUF_INIT;
        th_text_sanitise(&out, (struct th_str){bytes, n + 1}, false);
        unsafe += !is_safe(th_buf_str(&out));
        /* Passed through: then its width must be what the terminal library thinks as well, but
         * for what newer versions of Unicode changed. */
        if (out.n == n + 1 && memcmp(out.p, bytes, n + 1) == 0) {
            shown++;
            int width = th_text_width(th_buf_str(&out)) - 1;
            width_wrong += width != th_text_cp_width(cp);
            if (width != wcwidth((wchar_t)cp) && c_library++ < 12)
                tap_note("U+%04X: %d columns here, %d in the C library", (unsigned)cp, width,
                         wcwidth((wchar_t)cp));
        }
        th_buf_fini(&out);
    }
    tap_is_int(unsafe, 0, "no code point comes out unsafe");
    tap_is_int(width_wrong, 0, "the width of a text is the sum of its characters");
    tap_ok(shown > 140000, "most assigned characters are shown (%d)", shown);
    if (wcwidth(L'漢') != 2)
        tap_skip("widths as in the C library", "no UTF-8 locale");
    else
        tap_ok(c_library * 500 < shown, "widths as in the C library, but for %d", c_library);
}

static void random_bytes(void)
{
    uint32_t state = 4711;
    int bad = 0;
    for (int round = 0; round < 30000; round++) {
        static const char pieces[][5] = {"a",        "\xe6\xbc\xa2",
                                         "\xcc\x81", "\xe2\x80\xae",
                                         "\x1b",     "\xf0\x9f\x98\x80",
                                         "\xff",     "\xe2\x82",
                                         "\n",       "z"};
        struct th_buf in = TH_BUF_INIT;
        struct th_buf out = TH_BUF_INIT;
        for (int k = round % 12; k > 0; k--) {
            state = state * 1664525u + 1013904223u;
            th_buf_puts(&in, pieces[(state >> 16) % TH_COUNT(pieces)]);
        }
        int cols = (int)(state >> 20) % 14 - 1;
        bool ascii = (state >> 8 & 1) != 0;
        int used = th_text_clip(&out, th_buf_str(&in), cols, ascii);
        bool good = used >= 0 && used <= (cols < 0 ? 0 : cols) && is_safe(th_buf_str(&out)) &&
                    th_text_width(th_buf_str(&out)) == used;
        struct th_buf whole = TH_BUF_INIT;
        th_text_sanitise(&whole, th_buf_str(&in), ascii);
        if (th_text_width(th_buf_str(&whole)) <= cols)
            good = good && th_str_eq(th_buf_str(&whole), th_buf_str(&out));
        else if (cols > 0)
            good = good && th_str_ends(th_buf_str(&out), ascii ? TH_STR("~") : TH_STR("…"));
        bad += !good;
        th_buf_fini(&whole);
        th_buf_fini(&in);
        th_buf_fini(&out);
    }
    tap_is_int(bad, 0, "30 000 random texts clipped: never too wide, whole when they fit");
}

static void clipping(void)
{
    static const struct {
        const char *text;
        int cols;
        const char *clipped;
        int used;
    } rows[] = {
        {"hello", 5, "hello", 5},
        {"hello", 6, "hello", 5},
        {"hello", 4, "hel…", 4},
        {"hello", 1, "…", 1},
        {"hello", 0, "", 0},
        {"hello", -3, "", 0},
        {"", 3, "", 0},
        {"漢字", 4, "漢字", 4},
        {"漢字", 3, "漢…", 3},
        {"漢字", 2, "…", 1},
        {"a漢字", 3, "a…", 2},
        {"a漢字", 4, "a漢…", 4},
        {"e\xcc\x81"
         "e\xcc\x81",
         2,
         "e\xcc\x81"
         "e\xcc\x81",
         2},
        {"e\xcc\x81"
         "e\xcc\x81x",
         2, "e\xcc\x81…", 2},
        {"ab\xe2\x80\xae"
         "c",
         6, "ab…", 3},
        {"ab\xe2\x80\xae", 10, "ab\\u{202E}", 10},
        {"\n\n\n", 2, "⏎…", 2},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_buf out = TH_BUF_INIT;
        char name[64];
        th_buf_puts(&out, "<");
        snprintf(name, sizeof name, "clip to %d, row %zu", rows[i].cols, i);
        int used = th_text_clip(&out, th_str_of(rows[i].text), rows[i].cols, false);
        tap_ok(used == rows[i].used, "%s: columns", name);
        tap_is_str(th_buf_cstr(&out) + 1, rows[i].clipped, name);
        th_buf_fini(&out);
    }
    struct th_buf out = TH_BUF_INIT;
    tap_is_int(th_text_clip(&out, TH_STR("hello"), 3, true), 3, "clip to ASCII");
    tap_is_str(th_buf_cstr(&out), "he~", "with a plain sign");
    th_buf_fini(&out);

    size_t n = (size_t)1 << 20;
    char *big = th_xmalloc(n);
    memset(big, 'x', n);
    tap_is_int(th_text_clip(&out, (struct th_str){big, n}, 10, false), 10, "a megabyte is clipped");
    tap_is_int(th_text_width((struct th_str){big, n}), 1 << 20, "and measured");
    free(big);
    th_buf_fini(&out);
}

static void widths(void)
{
    static const struct {
        uint32_t cp;
        int width;
    } rows[] = {{'a', 1},     {0xe9, 1},   {0x301, 0},  {0x6f22, 2},  {0x1f600, 2}, {0xac00, 2},
                {0x1160, 0},  {0xff21, 2}, {0xff71, 1}, {0x3042, 2},  {0x2026, 1},  {0x2592, 1},
                {0x200d, 0},  {0x0e31, 0}, {0x05b0, 0}, {0x20000, 2}, {0x2764, 1},  {0xfe0f, 0},
                {0x1f1e6, 1}, {0x2588, 1}, {0x4dc0, 2}, {0x7f, 0},    {0, 0},       {0x231a, 2}};
    for (size_t i = 0; i < TH_COUNT(rows); i++)
        tap_ok(th_text_cp_width(rows[i].cp) == rows[i].width, "U+%04X takes %d",
               (unsigned)rows[i].cp, rows[i].width);
}

/* What programs read, on its way to a terminal: JSON strings keep their meaning. */
static void escaping(void)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"{\"a\":\"plain \xc3\xa9\"}\r\n\tb\n", "{\"a\":\"plain \xc3\xa9\"}\r\n\tb\n"},
        {"\x1b[31m\x07\x7f", "\\u001b[31m\\u0007\\u007f"},
        {"a\rb", "a\\u000db"},
        {"a\r", "a\\u000d"},
        {"\xc2\x9b[m", "\\u009b[m"},
        {"\xe2\x80\xae", "\\u202e"},
        {"\xf3\xa0\x81\x81", "\\udb40\\udc41"},
        {"\x9b[m\xff", "\xef\xbf\xbd[m\xef\xbf\xbd"},
    };
    struct th_buf out = TH_BUF_INIT;
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        th_buf_reset(&out);
        th_text_escape(&out, th_str_of(rows[i].text));
        tap_is_str(th_buf_cstr(&out), rows[i].want, "escape");
    }
    th_buf_fini(&out);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    codec();
    sanitising();
    every_code_point();
    random_bytes();
    clipping();
    escaping();
    widths();
    return tap_done();
}
