/* Errors as values: a caller-owned struct that keeps the first cause; callers add context in front.
 */
#ifndef TH_BASE_ERR_H
#define TH_BASE_ERR_H

#include <stdint.h>

#include "base/compiler.h"

enum th_code {
#define TH_CODE(name, words) name,
#include "codes.def"
#undef TH_CODE
};

/* offset: byte offset of the problem in what was read, or TH_ERR_NO_OFFSET.
 * length: bytes from offset that are wrong (for a caret), 0 when unknown.
 * msg: context and cause, "opening case x.trail: file is not a database", always NUL-terminated,
 * cut when longer. */
#define TH_ERR_NO_OFFSET UINT64_MAX
struct th_err {
    enum th_code code;
    int sys_errno;
    uint64_t offset;
    uint64_t length;
    char msg[512];
};

/* Make err empty: TH_OK, no message. err may be NULL here and in every function below. */
void th_err_clear(struct th_err *err);

/* Set code and message, unless err holds an error already: the first cause wins. Returns code. */
enum th_code th_err_set(struct th_err *err, enum th_code code, const char *fmt, ...)
    TH_PRINTF(3, 4);

/* As th_err_set, with ": " and the text of errno (taken at the call) behind the message. ENOSPC and
 * EDQUOT give TH_E_FULL, ENOENT gives TH_E_NOT_FOUND, everything else TH_E_IO. Returns that code.
 */
enum th_code th_err_errno(struct th_err *err, const char *fmt, ...) TH_PRINTF(2, 3);

/* As th_err_set, and remembers where: a byte offset and a length. Returns code. */
enum th_code th_err_at(struct th_err *err, enum th_code code, uint64_t offset, uint64_t length,
                       const char *fmt, ...) TH_PRINTF(5, 6);

/* Put context and ": " in front of the message. Returns code, so a caller can `return
 * th_err_prefix(err, rc, …)`. */
enum th_code th_err_prefix(struct th_err *err, enum th_code code, const char *fmt, ...)
    TH_PRINTF(3, 4);

/* The words of a code; static storage. */
const char *th_code_words(enum th_code code);

#endif
