/* The door through which log text reaches a terminal: widths, sanitising, clipping.
 *
 * Text is taken apart into pieces: one visible character with its width, or a mark that stands for
 * something that must not be sent. A combining character is let through only behind a character it
 * can sit on, and at most four in a row: more would pile up over the neighbouring lines (and don't
 * fit a curses cell). Variation selectors 15 and 16 are let through only behind characters that
 * have an emoji form. */
#include "base/text.h"

#include <limits.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/text_tables.h"

#define COMBINING_MAX       4
#define EMOJI_SELECTOR_TEXT 0xfe0eu
#define EMOJI_SELECTOR      0xfe0fu

int th_text_cp_width(uint32_t cp)
{
    if (cp < 0x300)
        return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? 0 : 1;
    if (th_text_in(th_text_zero, th_text_zero_count, cp))
        return 0;
    if (cp >= 0x1100 && th_text_in(th_text_wide, th_text_wide_count, cp))
        return 2;
    return cp == 0x200b || cp == 0x200c || cp == 0x200d || cp == 0x2060 || cp == 0xfeff ? 0 : 1;
}

int th_text_width(struct th_str s)
{
    size_t at = 0;
    int cols = 0;
    while (at < s.n && cols < INT_MAX - 2) {
        if ((unsigned char)s.p[at] >= 0x20 && (unsigned char)s.p[at] < 0x7f) {
            cols++;
            at++;
        } else {
            cols += th_text_cp_width(th_utf8_next(s, &at));
        }
    }
    return cols;
}

/* Reading position, and what a combining character would sit on. */
struct pieces {
    struct th_str s;
    size_t at;
    bool ascii_only;
    uint32_t base; /* the last visible character, 0 when there is none to sit on */
    int combining; /* how many sit on it already */
    char mark[16]; /* the text of a mark */
};

struct piece {
    struct th_str text;
    int cols;
};

static struct piece plain_piece(struct pieces *in, const char *text)
{
    size_t n = strlen(text);
    in->base = 0;
    return (struct piece){{text, n}, th_text_width((struct th_str){text, n})};
}

static struct piece cp_mark(struct pieces *in, uint32_t cp)
{
    snprintf(in->mark, sizeof in->mark, "\\u{%X}", (unsigned)cp);
    return plain_piece(in, in->mark);
}

static struct piece control_piece(struct pieces *in, unsigned char c)
{
    switch (c) {
    case '\n':
        return plain_piece(in, in->ascii_only ? "\\n" : "\xe2\x8f\x8e");
    case '\r':
        return plain_piece(in, in->ascii_only ? "\\r" : "\xe2\x90\x8d");
    case '\t':
        return plain_piece(in, in->ascii_only ? "\\t" : "\xe2\x87\xa5");
    default:
        in->mark[0] = '^';
        in->mark[1] = (char)(c ^ 0x40); /* DEL becomes ^? */
        in->mark[2] = '\0';
        return plain_piece(in, in->mark);
    }
}

/* Characters that a variation selector turns into an emoji, roughly: symbols and pictographs. */
static bool takes_selector(uint32_t cp)
{
    static const struct th_text_range bases[] = {
        {0x203C, 0x203C}, {0x2049, 0x2049}, {0x2122, 0x2122}, {0x2139, 0x2139},   {0x2194, 0x21AA},
        {0x231A, 0x23FF}, {0x24C2, 0x24C2}, {0x25AA, 0x25FE}, {0x2600, 0x27BF},   {0x2934, 0x2935},
        {0x2B05, 0x2B55}, {0x3030, 0x303D}, {0x3297, 0x3299}, {0x1F000, 0x1FAFF},
    };
    return th_text_in(bases, TH_COUNT(bases), cp);
}

static struct piece wide_piece(struct pieces *in, uint32_t cp, struct th_str bytes)
{
    if (in->ascii_only)
        return cp_mark(in, cp);
    bool selector = cp == EMOJI_SELECTOR || cp == EMOJI_SELECTOR_TEXT;
    int cols = th_text_cp_width(cp);
    if (selector ? in->combining > 0 || !takes_selector(in->base)
                 : th_text_in(th_text_hidden, th_text_hidden_count, cp))
        return cp_mark(in, cp);
    if (cols == 0) {
        if (in->base == 0 || in->combining == COMBINING_MAX)
            return cp_mark(in, cp);
        in->combining++;
        return (struct piece){bytes, 0};
    }
    in->base = cp;
    in->combining = 0;
    return (struct piece){bytes, cols};
}

/* The next piece; its text is borrowed until the next call. in->at < in->s.n. */
static struct piece next_piece(struct pieces *in)
{
    size_t start = in->at;
    unsigned char c = (unsigned char)in->s.p[start];
    if (c < 0x80) {
        in->at++;
        if (c < 0x20 || c == 0x7f)
            return control_piece(in, c);
        in->base = c;
        in->combining = 0;
        return (struct piece){{in->s.p + start, 1}, 1};
    }
    uint32_t cp = th_utf8_next(in->s, &in->at);
    bool invalid = cp == 0xfffd && !(in->at - start == 3 && c == 0xef);
    if (invalid) {
        in->at = start + 1; /* a mark for each byte: the reader may want to know which */
        snprintf(in->mark, sizeof in->mark, "\\x%02X", c);
        return plain_piece(in, in->mark);
    }
    return wide_piece(in, cp, (struct th_str){in->s.p + start, in->at - start});
}

static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7f;
}

void th_text_sanitise(struct th_buf *out, struct th_str s, bool ascii_only)
{
    struct pieces in = {.s = s, .ascii_only = ascii_only};
    th_buf_reserve(out, s.n);
    while (in.at < s.n) {
        size_t run = in.at;
        while (run < s.n && is_plain(s.p[run]))
            run++;
        if (run > in.at) {
            th_buf_add(out, s.p + in.at, run - in.at);
            in.base = (unsigned char)s.p[run - 1];
            in.combining = 0;
            in.at = run;
        } else {
            th_buf_add_str(out, next_piece(&in).text);
        }
    }
}

/* Does a terminal obey or hide cp, which stands before next (0 at the end)? */
static bool is_unsafe(uint32_t cp, char next)
{
    if (cp == '\n' || cp == '\t' || (cp == '\r' && next == '\n'))
        return false;
    return cp < 0x20 || cp == 0x7f || cp == EMOJI_SELECTOR || cp == EMOJI_SELECTOR_TEXT ||
           (cp >= 0x80 && th_text_in(th_text_hidden, th_text_hidden_count, cp));
}

void th_text_escape(struct th_buf *out, struct th_str s)
{
    size_t at = 0;
    th_buf_reserve(out, s.n);
    while (at < s.n) {
        uint32_t cp = th_utf8_next(s, &at);
        if (!is_unsafe(cp, at < s.n ? s.p[at] : '\0'))
            th_utf8_add(out, cp);
        else if (cp < 0x10000)
            th_buf_printf(out, "\\u%04x", (unsigned)cp);
        else
            th_buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (cp >> 10)),
                          (unsigned)(0xdc00 + (cp & 0x3ff)));
    }
}

int th_text_clip(struct th_buf *out, struct th_str s, int cols, bool ascii_only)
{
    struct pieces in = {.s = s, .ascii_only = ascii_only};
    int col = 0;
    int cut_col = 0;
    size_t cut_n = out->n;
    if (cols <= 0)
        return 0;
    while (in.at < s.n) {
        struct piece piece = next_piece(&in);
        if (piece.cols > 0 && col < cols) {
            /* Were this piece or a later one too much, the sign of the cut could stand here. */
            cut_col = col;
            cut_n = out->n;
        }
        if (piece.cols > cols - col) {
            out->n = cut_n;
            th_buf_puts(out, ascii_only ? "~" : "\xe2\x80\xa6");
            return cut_col + 1;
        }
        th_buf_add_str(out, piece.text);
        col += piece.cols;
    }
    return col;
}
