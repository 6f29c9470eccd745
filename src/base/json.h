/* Reading JSON text without building a tree: a bounds-checked cursor over a buffer that hands out
 * slices.
 *
 * Accepts and rejects what jansson does (RFC 8259, one value, nesting up to TH_JSON_DEPTH_MAX),
 * except that a value whose structure is sound is never refused for its contents: invalid UTF-8
 * inside a string, \u0000, lone surrogates and numbers beyond any range are values here, so that no
 * record can hide itself. Unescaping shows them as U+FFFD (\u0000 too: U+FFFD). A NUL byte between
 * tokens is malformed (jansson overlooks one behind a number or a word). Everything that is skipped
 * is validated as strictly as what is read. Duplicate keys are the caller's business: the last one
 * counts. */
#ifndef TH_BASE_JSON_H
#define TH_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define TH_JSON_DEPTH_MAX 512

enum th_json_type {
    TH_JSON_ABSENT, /* zero: a value that was never set */
    TH_JSON_NULL,
    TH_JSON_FALSE,
    TH_JSON_TRUE,
    TH_JSON_NUMBER,
    TH_JSON_STRING,
    TH_JSON_ARRAY,
    TH_JSON_OBJECT,
};

/* One value: its type and its text in the input. text of a STRING is what stands between the
 * quotes, still escaped; of everything else the whole JSON text. escaped: the string holds a
 * backslash or a byte over 0x7f that is not valid UTF-8, so th_json_unescape must be used;
 * otherwise text is the value. */
struct th_json_value {
    struct th_str text;
    uint8_t type; /* enum th_json_type */
    bool escaped;
};

enum th_json_status {
    TH_JSON_OK,
    TH_JSON_END,  /* no further member or element */
    TH_JSON_MORE, /* the input ends inside the value: more bytes might complete it */
    TH_JSON_BAD,  /* malformed; cursor->at is the offending byte, cursor->why says what */
};

/* at: next byte; end: one past the last; both inside the caller's buffer, which needs no padding.
 * why: static text, set with BAD and MORE. After MORE, at is end; after BAD or MORE the cursor
 * can't go on: begin again with th_json_init. */
struct th_json_cursor {
    const char *at;
    const char *end;
    const char *why;
    unsigned depth; /* nesting so far, counted against TH_JSON_DEPTH_MAX */
};

void th_json_init(struct th_json_cursor *c, struct th_str text);

/* why of a value that is nested deeper than the cursor allows. Who wants less than
 * TH_JSON_DEPTH_MAX levels adds what is missing to depth before reading. */
extern const char th_json_too_deep[];

/* Skip white space. Returns false at the end of the input. */
bool th_json_space(struct th_json_cursor *c);

/* Read one whole value of any type, validated, skipping its inside; leading white space is skipped,
 * nothing after it. A number at the very end of the input is complete. */
enum th_json_status th_json_value(struct th_json_cursor *c, struct th_json_value *out);

/* Enter an object or array: the cursor must stand (after white space) on its opening bracket. */
enum th_json_status th_json_enter(struct th_json_cursor *c);
/* After enter on an object: the next key, cursor left before its value (colon consumed); END leaves
 * behind the closing brace. key.text as for strings. *first must be true for the first call and is
 * managed by the function. */
enum th_json_status th_json_next_key(struct th_json_cursor *c, struct th_json_value *key,
                                     bool *first);
/* After enter on an array: OK when an element follows (cursor before it); END leaves behind the
 * closing bracket. */
enum th_json_status th_json_next_element(struct th_json_cursor *c, bool *first);

/* Append the unescaped value of a STRING (as it is when !escaped). Invalid things become U+FFFD. */
void th_json_unescape(struct th_buf *out, const struct th_json_value *value);

/* The text of a scalar as a filter sees it: string unescaped into scratch when needed, number and
 * literals as written. Absent for null, arrays, objects and ABSENT. Borrowed from the input or
 * scratch. */
struct th_str th_json_scalar(const struct th_json_value *value, struct th_buf *scratch);

/* Look up a member of an object by key (unescaped comparison); the last one of that name wins.
 * Returns false when obj is no object, is malformed or has no such member. path may be dotted
 * ("a.b.c"). */
bool th_json_get(struct th_str object, struct th_str path, struct th_json_value *out);

/* Visit every scalar in a value, depth first, in document order: path has dots, array positions are
 * left out. path and value are borrowed for the call. visit returns false to stop. Returns BAD,
 * MORE or OK; a stop by visit is OK. */
typedef bool th_json_visit(void *ctx, struct th_str path, const struct th_json_value *value);
enum th_json_status th_json_walk(struct th_str json, th_json_visit *visit, void *ctx);

/* Is the whole text one valid value (with white space around)? Fills err (TH_E_JSON, offset) when
 * not. */
TH_NODISCARD enum th_code th_json_check(struct th_str text, struct th_err *err);

/* Pretty-print with indent spaces (2), keys in their order. Text inside strings stays as it is.
 * Malformed input is copied as it is. */
void th_json_pretty(struct th_buf *out, struct th_str json, int indent);
/* One line: white space between tokens removed where it holds a line break … every line break
 * outside strings becomes one space. */
void th_json_one_line(struct th_buf *out, struct th_str json);

#endif
