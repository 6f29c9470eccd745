/* Every view at every size, with and without colours, in ASCII and UTF-8, on a quiet case, an empty
 * one and a hostile one: nothing may crash, nothing may reach the screen that moves the cursor, and
 * no log text may stand outside its place. */
#include "lib/tap.h"

#include <locale.h>
#include <wchar.h>

#include "base/text.h"
#include "ui/harness.h"

static const struct {
    int rows, cols;
} sizes[] = {{1, 1}, {4, 19}, {5, 20}, {8, 30}, {23, 79}, {24, 80}, {43, 132}, {90, 300}};

static const char *const walks[] = {
    "",
    "<Down><Right><Right><Right>",
    "/user.name: i",
    "/user.nme: \"<Enter>",
    "p",
    "t",
    "f<Down><Down><Enter>",
    "d",
    "<Tab><Right>",
    "<Enter><Down><Down><Down><Down><Right>",
    "<Enter><End>",
    "r<Down><Enter>",
    "r/e<Enter>n",
    "F<Down>",
    "F<Enter>",
    "Fc",
    "S<Down>",
    "N",
    "m#N",
    "?<PgDn>",
    "<:>",
    "<:>column",
    "<:>column error_code<Enter>",
};

/* Only what a terminal shows as it is: no controls, no direction marks, nothing of no width on its
 * own. */
static size_t unsafe(struct th_str text)
{
    size_t bad = 0;
    for (size_t at = 0; at < text.n;) {
        uint32_t cp = th_utf8_next(text, &at);
        if (cp == '\n')
            continue;
        bad += cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x200b && cp <= 0x200f) ||
               (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff ||
               (cp >= 0xe0000 && cp <= 0xe007f);
    }
    return bad;
}

static size_t not_ascii(struct th_str text)
{
    size_t bad = 0;
    for (size_t i = 0; i < text.n; i++)
        bad += (unsigned char)text.p[i] >= 0x80;
    return bad;
}

/* No row is wider than the screen. */
static size_t too_wide(struct th_str text, int cols)
{
    size_t bad = 0;
    while (text.n > 0) {
        ptrdiff_t end = th_str_find(text, '\n');
        struct th_str line = end < 0 ? text : th_str_sub(text, 0, (size_t)end);
        bad += th_text_width(line) > cols;
        text = end < 0 ? TH_STR("") : th_str_sub(text, (size_t)end + 1, text.n);
    }
    return bad;
}

static void sweep(enum fixture_kind kind, const char *name, const char *type, bool ascii)
{
    size_t bad = 0, foreign = 0, wide = 0, screens = 0;
    struct fixture f;
    struct th_buf text = TH_BUF_INIT;
    fixture_make(&f, kind);
    for (size_t i = 0; i < TH_COUNT(sizes); i++)
        for (size_t w = 0; w < TH_COUNT(walks); w++) {
            struct screen s;
            const struct screen_config config = {
                .rows = sizes[i].rows, .cols = sizes[i].cols, .type = type, .ascii = ascii};
            screen_open(&s, &f, &config);
            screen_run(&s, walks[w]);
            screen_text(&s, &text);
            bad += unsafe(th_buf_str(&text));
            foreign += ascii ? not_ascii(th_buf_str(&text)) : 0;
            wide += too_wide(th_buf_str(&text), config.cols);
            /* A resize in the middle of everything. */
            screen_resize(&s, sizes[(i + 3) % TH_COUNT(sizes)].rows,
                          sizes[(i + 3) % TH_COUNT(sizes)].cols);
            screen_text(&s, &text);
            bad += unsafe(th_buf_str(&text));
            screens += 2;
            screen_close(&s);
        }
    fixture_free(&f);
    th_buf_fini(&text);
    tap_ok(bad == 0, "%s on %s%s: %zu screens hold nothing that moves a cursor", name, type,
           ascii ? " in ASCII" : "", screens);
    tap_ok(wide == 0, "%s on %s%s: no row is wider than the screen", name, type,
           ascii ? " in ASCII" : "");
    if (ascii)
        tap_ok(foreign == 0, "%s on %s: nothing but ASCII", name, type);
}

int main(void)
{
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        tap_skip("sweep", "no C.UTF-8 locale");
        return tap_done();
    }
    sweep(FIXTURE_STORY, "a story", "xterm-256color", false);
    sweep(FIXTURE_STORY, "a story", "xterm", true);
    sweep(FIXTURE_HOSTILE, "a hostile case", "xterm-256color", false);
    sweep(FIXTURE_HOSTILE, "a hostile case", "vt100", true);
    sweep(FIXTURE_EMPTY, "an empty case", "vt100", false);
    setlocale(LC_ALL, "C");
    sweep(FIXTURE_HOSTILE, "a hostile case in the C locale", "xterm", true);
    return tap_done();
}
