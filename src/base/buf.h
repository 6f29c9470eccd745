/* A growable byte buffer. buf.p[buf.n] is always a NUL byte once anything was added. */
#ifndef TH_BASE_BUF_H
#define TH_BASE_BUF_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"

struct th_buf {
    char *p;
    size_t n;
    size_t cap;
};

#define TH_BUF_INIT ((struct th_buf){NULL, 0, 0})

/* Free what the buffer holds and make it empty. */
void th_buf_fini(struct th_buf *buf);
/* Length 0, memory kept. */
void th_buf_reset(struct th_buf *buf);
/* Room for extra more bytes (and the NUL); returns the place where they go. Does not change n. */
char *th_buf_reserve(struct th_buf *buf, size_t extra);
void th_buf_add(struct th_buf *buf, const void *bytes, size_t n);
void th_buf_add_str(struct th_buf *buf, struct th_str s);
void th_buf_puts(struct th_buf *buf, const char *text);
void th_buf_putc(struct th_buf *buf, char c);
void th_buf_printf(struct th_buf *buf, const char *fmt, ...) TH_PRINTF(2, 3);
/* Decimal digits of a number, without printf: exports write millions. */
void th_buf_add_u64(struct th_buf *buf, uint64_t value);
void th_buf_add_i64(struct th_buf *buf, int64_t value);
/* The bytes as a slice, borrowed until the next change. */
struct th_str th_buf_str(const struct th_buf *buf);
/* NUL-terminated text ("" when empty), borrowed until the next change. */
const char *th_buf_cstr(struct th_buf *buf);
/* Give the bytes away as a NUL-terminated string, owned (free); the buffer is empty afterwards. */
char *th_buf_take(struct th_buf *buf);

#endif
