/* Text patterns.
 *
 * A pattern is compiled into the form its matcher wants: text lower-cased when case is ignored, a
 * wildcard cut into parts, a regular expression compiled (and translated to machine code where
 * PCRE2 can). Nothing in it changes afterwards but one flag, so threads share it; what a match
 * needs besides lives on the stack of the call, or, for a regular expression, in a match block made
 * for the call.
 */
#include "base/pattern.h"

#include <stdatomic.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/pattern_words.h"
#include "base/text.h"

/* A value that needs more than this is an attack on the expression (or by it). */
#define MATCH_LIMIT     100000
#define DEPTH_LIMIT     10000
#define HEAP_LIMIT_KIB  20000
#define REGEX_BYTES_MAX 65536

/* A wildcard as code points: characters stand for themselves, the two signs lie beyond Unicode. */
#define ANY_RUN UINT32_C(0x110000)
#define ANY_ONE UINT32_C(0x110001)

struct th_pattern {
    enum th_pattern_kind kind;
    unsigned flags;
    struct th_buf
        text; /* lower-cased with ICASE; WORDS: lower-cased words, each with a NUL behind it */
    uint32_t *parts; /* WILDCARD */
    size_t part_count;
    size_t word_count; /* WORDS */
    pcre2_code *code;
    pcre2_match_context *limits;
    atomic_bool *gave_up; /* REGEX */
};

/* WILDCARD. */

static void cut_wildcard(th_pattern *pattern, struct th_str text)
{
    size_t at = 0;
    size_t n = 0;
    bool icase = (pattern->flags & TH_PATTERN_ICASE) != 0;
    pattern->parts = th_xreallocarray(NULL, text.n + 1, sizeof *pattern->parts);
    while (at < text.n) {
        uint32_t cp = th_utf8_next(text, &at);
        if (cp == '*') {
            if (n == 0 || pattern->parts[n - 1] != ANY_RUN)
                pattern->parts[n++] = ANY_RUN;
            continue;
        }
        if (cp == '?' && (pattern->flags & TH_PATTERN_QUESTION) != 0) {
            pattern->parts[n++] = ANY_ONE;
            continue;
        }
        if (cp == '\\' && at < text.n)
            cp = th_utf8_next(text, &at);
        pattern->parts[n++] = icase ? th_text_lower_cp(cp) : cp;
    }
    pattern->part_count = n;
}

/* Only the last '*' seen needs to be tried with a longer run: whatever an earlier one could take,
 * it can take too. So the cost is at most value times pattern, and nearly always the length of the
 * value. */
static bool match_wildcard(const th_pattern *pattern, struct th_str value)
{
    const uint32_t *parts = pattern->parts;
    size_t count = pattern->part_count;
    bool icase = (pattern->flags & TH_PATTERN_ICASE) != 0;
    size_t part = 0;
    size_t at = 0;
    size_t star = SIZE_MAX; /* part behind the last '*' */
    size_t star_at = 0;     /* where its run ends at present */

    while (at < value.n) {
        if (part < count && parts[part] == ANY_RUN) {
            star = ++part;
            star_at = at;
            if (part == count)
                return true;
            continue;
        }
        size_t next = at;
        uint32_t cp = th_utf8_next(value, &next);
        if (part < count &&
            (parts[part] == ANY_ONE || parts[part] == (icase ? th_text_lower_cp(cp) : cp))) {
            part++;
            at = next;
            continue;
        }
        if (star == SIZE_MAX)
            return false;
        th_utf8_next(value, &star_at);
        at = star_at;
        part = star;
    }
    while (part < count && parts[part] == ANY_RUN)
        part++;
    return part == count;
}

/* REGEX. */

static enum th_code compile_regex(th_pattern *pattern, struct th_str text, struct th_err *err)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    if ((pattern->flags & TH_PATTERN_ICASE) != 0)
        options |= PCRE2_CASELESS;
    if ((pattern->flags & TH_PATTERN_MULTILINE) != 0)
        options |= PCRE2_MULTILINE;
    if ((pattern->flags & TH_PATTERN_DOTALL) != 0)
        options |= PCRE2_DOTALL;
    if (text.n > REGEX_BYTES_MAX)
        return th_err_at(err, TH_E_QUERY, REGEX_BYTES_MAX, 0,
                         "a regular expression is longer than %d bytes", REGEX_BYTES_MAX);
    int number = 0;
    size_t offset = 0;
    PCRE2_SPTR source = (PCRE2_SPTR)(text.n == 0 ? "" : text.p);
    pattern->code = pcre2_compile(source, text.n, options, &number, &offset, NULL);
    if (pattern->code == NULL) {
        char why[256];
        if (pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof why) < 0)
            th_oom(
                0); /* only an unknown number has no message; without memory there is no number */
        return th_err_at(err, TH_E_QUERY, offset, 0, "bad regular expression: %s", why);
    }
    /* Without a JIT compiler the interpreter does the same, only slower. */
    (void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    pattern->limits = pcre2_match_context_create(NULL);
    if (pattern->limits == NULL)
        th_oom(0);
    pattern->gave_up = th_xcalloc(1, sizeof *pattern->gave_up);
    pcre2_set_match_limit(pattern->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(pattern->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(pattern->limits, HEAP_LIMIT_KIB);
    return TH_OK;
}

static bool is_limit(int result)
{
    return result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT ||
           result == PCRE2_ERROR_HEAPLIMIT;
}

static bool match_regex(const th_pattern *pattern, struct th_str value, bool *limit_hit)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    if (data == NULL)
        th_oom(0);
    /* 0: matched, but more groups than the match block has room for, which nobody asks for. */
    int result =
        pcre2_match(pattern->code, (PCRE2_SPTR)value.p, value.n, 0, 0, data, pattern->limits);
    /* The machine code has a fixed stack of its own; the interpreter has the limits set above. */
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
        result = pcre2_match(pattern->code, (PCRE2_SPTR)value.p, value.n, 0, PCRE2_NO_JIT, data,
                             pattern->limits);
    pcre2_match_data_free(data);
    if (is_limit(result)) {
        atomic_store_explicit(pattern->gave_up, true, memory_order_relaxed);
        if (limit_hit != NULL)
            *limit_hit = true;
    }
    return result >= 0;
}

/* WORDS. */

static void cut_words(th_pattern *pattern, struct th_str text)
{
    size_t at = 0;
    struct th_str word;
    while (th_pattern_next_word(text, &at, &word)) {
        th_text_lower(&pattern->text, word);
        th_buf_putc(&pattern->text, '\0');
        pattern->word_count++;
    }
}

static struct th_str word_at(const th_pattern *pattern, size_t at)
{
    return th_str_of(pattern->text.p + at);
}

static bool has_word(struct th_str value, struct th_str wanted)
{
    size_t at = 0;
    struct th_str word;
    while (th_pattern_next_word(value, &at, &word))
        if (th_text_ieq(word, wanted))
            return true;
    return false;
}

static bool match_all_words(const th_pattern *pattern, struct th_str value)
{
    for (size_t at = 0; at < pattern->text.n;) {
        struct th_str wanted = word_at(pattern, at);
        if (!has_word(value, wanted))
            return false;
        at += wanted.n + 1;
    }
    return true;
}

/* Do the words of value that begin at at spell the whole phrase? */
static bool phrase_begins(const th_pattern *pattern, struct th_str value, size_t at)
{
    for (size_t k = 0; k < pattern->text.n;) {
        struct th_str wanted = word_at(pattern, k);
        struct th_str word;
        if (!th_pattern_next_word(value, &at, &word) || !th_text_ieq(word, wanted))
            return false;
        k += wanted.n + 1;
    }
    return true;
}

static bool match_words(const th_pattern *pattern, struct th_str value)
{
    if (pattern->word_count ==
        0) /* as Elasticsearch: nothing left after analysis matches nothing */
        return false;
    if ((pattern->flags & TH_PATTERN_PHRASE) == 0)
        return match_all_words(pattern, value);
    size_t at = 0;
    do {
        struct th_str word;
        if (phrase_begins(pattern, value, at))
            return true;
        if (!th_pattern_next_word(value, &at, &word))
            return false;
    } while (at < value.n);
    return false;
}

/* All kinds. */

static void keep_text(th_pattern *pattern, struct th_str text)
{
    if ((pattern->flags & TH_PATTERN_ICASE) != 0)
        th_text_lower(&pattern->text, text);
    else
        th_buf_add_str(&pattern->text, text);
}

enum th_code th_pattern_new(enum th_pattern_kind kind, struct th_str text, unsigned flags,
                            th_pattern **out, struct th_err *err)
{
    enum th_code rc = TH_OK;
    th_pattern *pattern = th_xcalloc(1, sizeof *pattern);
    pattern->kind = kind;
    pattern->flags = flags;
    *out = NULL;
    switch (kind) {
    case TH_PATTERN_EXACT:
    case TH_PATTERN_PREFIX:
    case TH_PATTERN_SUFFIX:
    case TH_PATTERN_CONTAINS:
        keep_text(pattern, text);
        break;
    case TH_PATTERN_WILDCARD:
        cut_wildcard(pattern, text);
        break;
    case TH_PATTERN_REGEX:
        rc = compile_regex(pattern, text, err);
        break;
    case TH_PATTERN_WORDS:
        cut_words(pattern, text);
        break;
    }
    if (rc != TH_OK) {
        th_pattern_free(pattern);
        return rc;
    }
    *out = pattern;
    return TH_OK;
}

void th_pattern_free(th_pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_match_context_free(pattern->limits);
    pcre2_code_free(pattern->code);
    free(pattern->gave_up);
    free(pattern->parts);
    th_buf_fini(&pattern->text);
    free(pattern);
}

/* How many bytes at the start of s, ignoring case, are text (lower-cased)? SIZE_MAX when s doesn't
 * begin so. */
static size_t begins_lower(struct th_str s, struct th_str text)
{
    size_t at = 0;
    size_t k = 0;
    while (k < text.n) {
        if (at >= s.n || th_text_lower_cp(th_utf8_next(s, &at)) != th_utf8_next(text, &k))
            return SIZE_MAX;
    }
    return at;
}

static bool ends_lower(struct th_str s, struct th_str text)
{
    struct th_buf lower = TH_BUF_INIT;
    th_text_lower(&lower, s);
    bool ends = th_str_ends(th_buf_str(&lower), text);
    th_buf_fini(&lower);
    return ends;
}

static bool match_lower(const th_pattern *pattern, struct th_str value)
{
    struct th_str text = th_buf_str(&pattern->text);
    switch (pattern->kind) {
    case TH_PATTERN_EXACT:
        return th_text_ieq(value, text);
    case TH_PATTERN_PREFIX:
        return begins_lower(value, text) != SIZE_MAX;
    case TH_PATTERN_SUFFIX:
        return ends_lower(value, text);
    case TH_PATTERN_CONTAINS:
        return th_text_icontains(value, text);
    case TH_PATTERN_WILDCARD:
    case TH_PATTERN_REGEX:
    case TH_PATTERN_WORDS:
        break;
    }
    return false;
}

bool th_pattern_match(const th_pattern *pattern, struct th_str value, bool *limit_hit)
{
    struct th_str text = th_buf_str(&pattern->text);
    bool icase = (pattern->flags & TH_PATTERN_ICASE) != 0;
    if (value.p == NULL)
        return false;
    switch (pattern->kind) {
    case TH_PATTERN_EXACT:
        return icase ? match_lower(pattern, value) : th_str_eq(value, text);
    case TH_PATTERN_PREFIX:
        return icase ? match_lower(pattern, value) : th_str_starts(value, text);
    case TH_PATTERN_SUFFIX:
        return icase ? match_lower(pattern, value) : th_str_ends(value, text);
    case TH_PATTERN_CONTAINS:
        return icase ? match_lower(pattern, value) : th_str_search(value, text) >= 0;
    case TH_PATTERN_WILDCARD:
        return match_wildcard(pattern, value);
    case TH_PATTERN_REGEX:
        return match_regex(pattern, value, limit_hit);
    case TH_PATTERN_WORDS:
        return match_words(pattern, value);
    }
    return false;
}

bool th_pattern_gave_up(const th_pattern *pattern)
{
    return pattern->gave_up != NULL && atomic_load_explicit(pattern->gave_up, memory_order_relaxed);
}
