/* Text patterns: what a filter or rule compares one value with. Compiled once, matched per
 * dictionary entry. */
#ifndef TH_BASE_PATTERN_H
#define TH_BASE_PATTERN_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

typedef struct th_pattern th_pattern;

enum th_pattern_kind {
    TH_PATTERN_EXACT,    /* the whole value */
    TH_PATTERN_PREFIX,   /* starts with */
    TH_PATTERN_SUFFIX,   /* ends with */
    TH_PATTERN_CONTAINS, /* anywhere */
    TH_PATTERN_WILDCARD, /* whole value; '*' any run, '?' one character (only when
                            TH_PATTERN_QUESTION); '\' makes the next character literal */
    TH_PATTERN_REGEX, /* PCRE2, searched anywhere; match and depth limits set, JIT when available */
    TH_PATTERN_WORDS, /* every word of the pattern stands in the value as a word (Elasticsearch
                         match on a text field, operator and; a phrase with TH_PATTERN_PHRASE);
                         always ignores case; a pattern without words matches nothing */
};

#define TH_PATTERN_ICASE     1u /* ignore case */
#define TH_PATTERN_QUESTION  2u /* '?' is a wildcard too (Sigma; not KQL) */
#define TH_PATTERN_PHRASE    4u /* WORDS: in this order, adjacent */
#define TH_PATTERN_MULTILINE 8u
#define TH_PATTERN_DOTALL    16u

/* Compile. text is copied. TH_E_QUERY with err->offset inside text when a regex doesn't compile.
 * Owned: th_pattern_free. */
TH_NODISCARD enum th_code th_pattern_new(enum th_pattern_kind kind, struct th_str text,
                                         unsigned flags, th_pattern **out, struct th_err *err);
void th_pattern_free(th_pattern *pattern);
/* Does value match? Absent values never do. A regex that hits its match limit counts as no match,
 * sets *limit_hit (may be NULL), and the pattern remembers it. Thread-safe: a compiled pattern may
 * be used by many threads at once. */
bool th_pattern_match(const th_pattern *pattern, struct th_str value, bool *limit_hit);
/* Has any match so far hit the limit, on whichever thread? */
bool th_pattern_gave_up(const th_pattern *pattern);

#endif
