/* Errors as values.
 *
 * An error is filled once, where the cause is known; everybody above only puts context in front.
 * The message therefore reads from the outside in ("opening case x.trail: file is not a database")
 * and is printed once, at the edge. A message that doesn't fit is cut at the end and never inside a
 * UTF-8 sequence. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/system.h"

void th_err_clear(struct th_err *err)
{
    if (err == NULL)
        return;
    err->code = TH_OK;
    err->sys_errno = 0;
    err->offset = TH_ERR_NO_OFFSET;
    err->length = 0;
    err->msg[0] = '\0';
}

/* Drop a UTF-8 sequence that the end of the buffer cut in two. */
static void trim_utf8(char *msg, size_t n)
{
    size_t start = n;
    while (start > 0 && n - start < 3 && ((unsigned char)msg[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)msg[start - 1];
    size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (need > n - start + 1)
        msg[start - 1] = '\0';
}

/* Format at msg[at], cutting what doesn't fit. Returns the new length. */
TH_PRINTF(4, 0)
static size_t add_va(char *msg, size_t size, size_t at, const char *fmt, va_list args)
{
    int wrote = vsnprintf(msg + at, size - at, fmt, args);
    if (wrote < 0) {
        msg[at] = '\0';
        return at;
    }
    if ((size_t)wrote >= size - at) {
        trim_utf8(msg, size - 1);
        return strlen(msg);
    }
    return at + (size_t)wrote;
}

TH_PRINTF(4, 5)
static size_t add_fmt(char *msg, size_t size, size_t at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    size_t n = add_va(msg, size, at, fmt, args);
    va_end(args);
    return n;
}

static bool is_free(const struct th_err *err)
{
    return err != NULL && err->code == TH_OK;
}

enum th_code th_err_set(struct th_err *err, enum th_code code, const char *fmt, ...)
{
    if (is_free(err)) {
        va_list args;
        th_err_clear(err);
        err->code = code;
        va_start(args, fmt);
        add_va(err->msg, sizeof err->msg, 0, fmt, args);
        va_end(args);
    }
    return code;
}

enum th_code th_err_errno(struct th_err *err, const char *fmt, ...)
{
    int saved = errno;
    enum th_code code = saved == ENOSPC || saved == EDQUOT ? TH_E_FULL
                        : saved == ENOENT                  ? TH_E_NOT_FOUND
                                                           : TH_E_IO;
    if (is_free(err)) {
        va_list args;
        char text[128];
        th_err_clear(err);
        err->code = code;
        err->sys_errno = saved;
        va_start(args, fmt);
        size_t n = add_va(err->msg, sizeof err->msg, 0, fmt, args);
        va_end(args);
        add_fmt(err->msg, sizeof err->msg, n, ": %s", th_errno_text(saved, text, sizeof text));
    }
    errno = saved;
    return code;
}

enum th_code th_err_at(struct th_err *err, enum th_code code, uint64_t offset, uint64_t length,
                       const char *fmt, ...)
{
    if (is_free(err)) {
        va_list args;
        th_err_clear(err);
        err->code = code;
        err->offset = offset;
        err->length = length;
        va_start(args, fmt);
        add_va(err->msg, sizeof err->msg, 0, fmt, args);
        va_end(args);
    }
    return code;
}

enum th_code th_err_prefix(struct th_err *err, enum th_code code, const char *fmt, ...)
{
    if (err == NULL)
        return code;
    if (err->code == TH_OK) {
        th_err_clear(err);
        err->code = code;
    }
    char cause[sizeof err->msg];
    const char *words = err->msg[0] != '\0' ? err->msg : th_code_words(err->code);
    size_t cause_n = strnlen(words, sizeof cause - 1);
    memcpy(cause, words, cause_n);
    cause[cause_n] = '\0';

    va_list args;
    va_start(args, fmt);
    size_t n = add_va(err->msg, sizeof err->msg, 0, fmt, args);
    va_end(args);
    add_fmt(err->msg, sizeof err->msg, n, ": %s", cause);
    return code;
}

const char *th_code_words(enum th_code code)
{
    switch (code) {
#define TH_CODE(name, words)                                                                       \
    case name:                                                                                     \
        return words;
#include "codes.def"
#undef TH_CODE
    }
    return "unknown error";
}
