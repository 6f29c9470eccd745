/* Errors: the first cause wins, context goes in front, nothing overruns. */
#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "lib/tap.h"

static void first_cause_wins(void)
{
    struct th_err err;
    memset(&err, 0x55, sizeof err);
    th_err_clear(&err);
    tap_is_int(err.code, TH_OK, "cleared: no code");
    tap_is_str(err.msg, "", "cleared: no message");
    tap_ok(err.offset == TH_ERR_NO_OFFSET && err.length == 0 && err.sys_errno == 0,
           "cleared: no place, no errno");

    tap_is_int(th_err_set(&err, TH_E_JSON, "bad %s", "brace"), TH_E_JSON, "set returns its code");
    tap_is_int(th_err_set(&err, TH_E_IO, "later"), TH_E_IO, "a second set returns its own code");
    tap_is_int(err.code, TH_E_JSON, "but the first code stays");
    tap_is_str(err.msg, "bad brace", "and the first message");
    errno = EACCES;
    tap_is_int(th_err_errno(&err, "open"), TH_E_IO, "errno after an error returns a code");
    tap_is_int(err.sys_errno, 0, "and changes nothing");
    (void)th_err_at(&err, TH_E_QUERY, 7, 2, "elsewhere");
    tap_ok(err.offset == TH_ERR_NO_OFFSET, "a later place changes nothing");
    tap_is_int(th_err_prefix(&err, TH_E_JSON, "reading %s", "a.json"), TH_E_JSON,
               "prefix returns the code");
    (void)th_err_prefix(&err, TH_E_JSON, "importing");
    tap_is_str(err.msg, "importing: reading a.json: bad brace", "prefixes stand outside in");
}

static void places(void)
{
    struct th_err err;
    th_err_clear(&err);
    tap_is_int(th_err_at(&err, TH_E_QUERY, 12, 3, "no field %.*s", 3, "abcdef"), TH_E_QUERY,
               "at returns its code");
    tap_is_int((int64_t)err.offset, 12, "offset");
    tap_is_int((int64_t)err.length, 3, "length");
    (void)th_err_prefix(&err, TH_E_QUERY, "filter");
    tap_ok(err.offset == 12 && err.length == 3, "a prefix keeps the place");
    tap_is_str(err.msg, "filter: no field abc", "its message");
}

static void from_errno(void)
{
    static const struct {
        int number;
        enum th_code code;
    } rows[] = {{ENOENT, TH_E_NOT_FOUND},
                {ENOSPC, TH_E_FULL},
                {EDQUOT, TH_E_FULL},
                {EACCES, TH_E_IO},
                {EIO, TH_E_IO}};
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_err err;
        char name[64];
        char want[160];
        th_err_clear(&err);
        errno = rows[i].number;
        snprintf(name, sizeof name, "code of errno %d", rows[i].number);
        tap_is_int(th_err_errno(&err, "opening %s", "x"), rows[i].code, name);
        tap_is_int(err.sys_errno, rows[i].number, "errno is kept");
        snprintf(want, sizeof want, "opening x: %s", strerror(rows[i].number));
        tap_is_str(err.msg, want, "its text stands behind");
    }
    errno = ENOSPC;
    tap_is_int(th_err_errno(NULL, "x"), TH_E_FULL, "without an err the code is still right");
}

static void no_err(void)
{
    th_err_clear(NULL);
    tap_is_int(th_err_set(NULL, TH_E_DB, "x"), TH_E_DB, "set without err");
    tap_is_int(th_err_at(NULL, TH_E_DB, 1, 1, "x"), TH_E_DB, "at without err");
    tap_is_int(th_err_prefix(NULL, TH_E_DB, "x"), TH_E_DB, "prefix without err");
}

static void prefix_without_cause(void)
{
    struct th_err err;
    th_err_clear(&err);
    tap_is_int(th_err_prefix(&err, TH_E_BUSY, "opening case"), TH_E_BUSY, "prefix on nothing");
    tap_is_int(err.code, TH_E_BUSY, "sets the code");
    tap_is_str(err.msg, "opening case: in use by another process", "and says the code's words");
}

static void cut(void)
{
    struct th_err err;
    char long_text[2000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    th_err_clear(&err);
    (void)th_err_set(&err, TH_E_IO, "%s", long_text);
    tap_is_int((int64_t)strlen(err.msg), (int64_t)sizeof err.msg - 1, "a long message is cut");
    (void)th_err_prefix(&err, TH_E_IO, "front");
    tap_ok(strncmp(err.msg, "front: xxx", 10) == 0, "a prefix is kept, the end is cut");
    tap_is_int((int64_t)strlen(err.msg), (int64_t)sizeof err.msg - 1, "still within bounds");
    (void)th_err_prefix(&err, TH_E_IO, "%s", long_text);
    tap_is_int((int64_t)strlen(err.msg), (int64_t)sizeof err.msg - 1, "a long prefix is cut too");

    /* Every way a three-byte character can lie on the edge. */
    for (int shift = 0; shift < 4; shift++) {
        char text[1024] = "";
        size_t n = (size_t)shift;
        memset(text, 'a', n);
        for (; n + 3 < sizeof text; n += 3)
            memcpy(text + n, "\xe2\x82\xac", 4);
        th_err_clear(&err);
        (void)th_err_set(&err, TH_E_IO, "%s", text);
        size_t got = strlen(err.msg);
        tap_ok((got - (size_t)shift) % 3 == 0 && got > sizeof err.msg - 4,
               "UTF-8 is cut between characters (shift %d)", shift);
    }
}

static void words(void)
{
    tap_is_str(th_code_words(TH_OK), "ok", "words of TH_OK");
    tap_is_int(TH_OK, 0, "TH_OK is zero");
#define TH_CODE(name, text) tap_is_str(th_code_words(name), text, "words of " #name);
#include "codes.def"
#undef TH_CODE
    tap_is_str(th_code_words((enum th_code)9999), "unknown error", "words of no code");
}

int main(void)
{
    first_cause_wins();
    places();
    from_errno();
    no_err();
    prefix_without_cause();
    cut();
    words();
    return tap_done();
}
