/* A growable byte buffer that doubles.
 *
 * There is always room for a NUL behind the last byte, so a buffer can be read as C text at any
 * time. */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BUF_MIN 64

void th_buf_fini(struct th_buf *buf)
{
    free(buf->p);
    *buf = TH_BUF_INIT;
}

void th_buf_reset(struct th_buf *buf)
{
    buf->n = 0;
    if (buf->p != NULL)
        buf->p[0] = '\0';
}

static void grow(struct th_buf *buf, size_t extra)
{
    size_t need;
    if (__builtin_add_overflow(buf->n, extra, &need) || __builtin_add_overflow(need, 1, &need))
        th_oom(SIZE_MAX);
    size_t cap = buf->cap < BUF_MIN ? BUF_MIN : buf->cap;
    while (cap < need) {
        if (__builtin_mul_overflow(cap, 2, &cap))
            cap = need;
    }
    buf->p = th_xrealloc(buf->p, cap);
    buf->cap = cap;
}

char *th_buf_reserve(struct th_buf *buf, size_t extra)
{
    /* cap is 0 or larger than n, so the subtraction can't wrap once there is memory. */
    if (buf->p == NULL || buf->cap - buf->n <= extra)
        grow(buf, extra);
    return buf->p + buf->n;
}

void th_buf_add(struct th_buf *buf, const void *bytes, size_t n)
{
    char *to = th_buf_reserve(buf, n);
    if (n > 0)
        memcpy(to, bytes, n);
    buf->n += n;
    buf->p[buf->n] = '\0';
}

void th_buf_add_str(struct th_buf *buf, struct th_str s)
{
    th_buf_add(buf, s.p, s.n);
}

void th_buf_puts(struct th_buf *buf, const char *text)
{
    th_buf_add(buf, text, strlen(text));
}

void th_buf_putc(struct th_buf *buf, char c)
{
    char *to = th_buf_reserve(buf, 1);
    to[0] = c;
    to[1] = '\0';
    buf->n++;
}

void th_buf_printf(struct th_buf *buf, const char *fmt, ...)
{
    va_list args;
    char *to = th_buf_reserve(buf, 0);
    size_t room = buf->cap - buf->n;
    va_start(args, fmt);
    int wrote = vsnprintf(to, room, fmt, args);
    va_end(args);
    assert(wrote >= 0);
    if ((size_t)wrote >= room) {
        to = th_buf_reserve(buf, (size_t)wrote);
        va_start(args, fmt);
        vsnprintf(to, (size_t)wrote + 1, fmt, args);
        va_end(args);
    }
    buf->n += (size_t)wrote;
}

void th_buf_add_u64(struct th_buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    th_buf_add(buf, digits + at, sizeof digits - at);
}

void th_buf_add_i64(struct th_buf *buf, int64_t value)
{
    if (value < 0)
        th_buf_putc(buf, '-');
    /* Negating in unsigned arithmetic is defined for INT64_MIN too. */
    th_buf_add_u64(buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

struct th_str th_buf_str(const struct th_buf *buf)
{
    return (struct th_str){buf->p == NULL ? "" : buf->p, buf->n};
}

const char *th_buf_cstr(struct th_buf *buf)
{
    if (buf->p == NULL)
        return "";
    /* Somebody may have written through th_buf_reserve and moved n himself. */
    buf->p[buf->n] = '\0';
    return buf->p;
}

char *th_buf_take(struct th_buf *buf)
{
    char *text = th_buf_reserve(buf, 0) - buf->n;
    text[buf->n] = '\0';
    *buf = TH_BUF_INIT;
    return text;
}
