/* Writing JSON text.
 *
 * The writer remembers one bit per level: whether something stands there already, so that the next
 * thing needs a comma. Strings are copied in runs; only a quote, a backslash, a control or an
 * invalid UTF-8 byte ends a run. */
#include "base/jsonw.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/json_scan.h"
#include "base/text.h"
#include "base/time.h"

#define DEPTH_MAX 64u

void th_jsonw_init(struct th_jsonw *w, struct th_buf *out)
{
    *w = (struct th_jsonw){.out = out};
}

/* Before a value: a comma unless it is the first at this level or stands behind its key. */
static void before_value(struct th_jsonw *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->depth == 0)
        return;
    uint64_t bit = UINT64_C(1) << (w->depth - 1);
    if ((w->filled & bit) != 0)
        th_buf_putc(w->out, ',');
    w->filled |= bit;
}

static void begin(struct th_jsonw *w, char bracket)
{
    before_value(w);
    assert(w->depth < DEPTH_MAX);
    w->filled &= ~(UINT64_C(1) << w->depth);
    w->depth++;
    th_buf_putc(w->out, bracket);
}

static void end(struct th_jsonw *w, char bracket)
{
    assert(w->depth > 0 && !w->after_key);
    w->depth--;
    th_buf_putc(w->out, bracket);
}

void th_jsonw_begin_object(struct th_jsonw *w)
{
    begin(w, '{');
}

void th_jsonw_end_object(struct th_jsonw *w)
{
    end(w, '}');
}

void th_jsonw_begin_array(struct th_jsonw *w)
{
    begin(w, '[');
}

void th_jsonw_end_array(struct th_jsonw *w)
{
    end(w, ']');
}

void th_jsonw_key(struct th_jsonw *w, const char *key)
{
    th_jsonw_key_str(w, th_str_of(key));
}

void th_jsonw_key_str(struct th_jsonw *w, struct th_str key)
{
    assert(w->depth > 0 && !w->after_key);
    before_value(w);
    th_json_quote(w->out, key);
    th_buf_putc(w->out, ':');
    w->after_key = true;
}

void th_jsonw_string(struct th_jsonw *w, struct th_str value)
{
    if (value.p == NULL) {
        th_jsonw_null(w);
        return;
    }
    before_value(w);
    th_json_quote(w->out, value);
}

void th_jsonw_i64(struct th_jsonw *w, int64_t value)
{
    before_value(w);
    th_buf_add_i64(w->out, value);
}

void th_jsonw_double(struct th_jsonw *w, double value, int decimals)
{
    char text[400]; /* the longest double has 309 digits before the point */
    if (!isfinite(value)) {
        th_jsonw_null(w);
        return;
    }
    before_value(w);
    snprintf(text, sizeof text, "%.*f", decimals < 0 ? 0 : decimals > 20 ? 20 : decimals, value);
    /* The decimal point follows the locale; JSON's doesn't. */
    bool in_point = false;
    for (const char *p = text; *p != '\0'; p++) {
        bool plain = (*p >= '0' && *p <= '9') || *p == '-';
        if (plain)
            th_buf_putc(w->out, *p);
        else if (!in_point)
            th_buf_putc(w->out, '.');
        in_point = !plain;
    }
}

void th_jsonw_bool(struct th_jsonw *w, bool value)
{
    before_value(w);
    th_buf_puts(w->out, value ? "true" : "false");
}

void th_jsonw_null(struct th_jsonw *w)
{
    before_value(w);
    th_buf_puts(w->out, "null");
}

void th_jsonw_time(struct th_jsonw *w, int64_t ts_ms)
{
    char text[TH_TIME_ISO_BYTES];
    if (ts_ms == TH_TIME_NONE) {
        th_jsonw_null(w);
        return;
    }
    before_value(w);
    th_time_iso(ts_ms, text);
    th_buf_putc(w->out, '"');
    th_buf_puts(w->out, text);
    th_buf_putc(w->out, '"');
}

void th_jsonw_raw(struct th_jsonw *w, struct th_str json)
{
    before_value(w);
    th_buf_add_str(w->out, json);
}

/* Letters behind the backslash for the controls that have one. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '"':
        return '"';
    case '\\':
        return '\\';
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static void quote_special(struct th_buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char letter = short_escape(c);
    char *to = th_buf_reserve(out, 6);
    to[0] = '\\';
    if (letter != 0) {
        to[1] = letter;
        out->n += 2;
        return;
    }
    to[1] = 'u';
    to[2] = '0';
    to[3] = '0';
    to[4] = hex[c >> 4];
    to[5] = hex[c & 15];
    out->n += 6;
}

void th_json_quote(struct th_buf *out, struct th_str value)
{
    const char *end = value.p + value.n;
    size_t run = 0; /* start of what isn't copied yet */
    size_t at = 0;
    th_buf_reserve(out, value.n + 2);
    th_buf_putc(out, '"');
    while (at < value.n) {
        at = (size_t)(th_json_next_special(value.p + at, end) - value.p);
        if (at == value.n)
            break;
        size_t start = at;
        unsigned char c = (unsigned char)value.p[at];
        if (c >= 0x80) {
            /* A real U+FFFD is three bytes and stays; fewer bytes mean that something invalid was
             * read. */
            if (th_utf8_next(value, &at) != 0xfffd || (at - start == 3 && c == 0xef))
                continue;
            th_buf_add(out, value.p + run, start - run);
            th_buf_puts(out, "\xef\xbf\xbd");
        } else {
            th_buf_add(out, value.p + run, start - run);
            quote_special(out, c);
            at++;
        }
        run = at;
    }
    if (run < value.n)
        th_buf_add(out, value.p + run, value.n - run);
    th_buf_putc(out, '"');
}
