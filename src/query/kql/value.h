/* Values as KQL text: quoting, escaping, and which bytes mean something. Inside of src/query, and
 * for the other printer of trees, src/query/kql/dsl.c. */
#ifndef TH_QUERY_KQL_VALUE_H
#define TH_QUERY_KQL_VALUE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/ip.h"
#include "base/str.h"

/* Bytes that need a backslash in an unquoted value. */
bool th_kql_is_special(char c);
/* Length of the white space character at s.p[at]: 1, 2 (U+00A0) or 0. */
size_t th_kql_space(struct th_str s, size_t at);
/* The same of the character that ends before s.p[end]. */
size_t th_kql_space_before(struct th_str s, size_t end);

enum th_kql_word { TH_KQL_NO_WORD, TH_KQL_AND, TH_KQL_OR, TH_KQL_NOT };
/* The keyword that begins at s.p[at] and ends there as a word, in any case. */
enum th_kql_word th_kql_keyword(struct th_str s, size_t at);

/* A value as it can be typed: as it is when that is plain, else in quotes. */
void th_kql_add_value(struct th_buf *out, struct th_str value);
void th_kql_add_quoted(struct th_buf *out, struct th_str value);
/* A pattern in the syntax of TH_PATTERN_WILDCARD as an unquoted value. */
void th_kql_add_wildcard(struct th_buf *out, struct th_str pattern);
/* A name or path of a field; pattern: a '*' in it is any run. */
void th_kql_add_name(struct th_buf *out, struct th_str name, bool pattern);
/* ~/regex/flags; flags is a set of TH_PATTERN_ICASE, _MULTILINE, _DOTALL. */
void th_kql_add_regex(struct th_buf *out, struct th_str regex, unsigned flags);
/* A literal text inside a regular expression. */
void th_kql_add_regex_literal(struct th_buf *out, struct th_str text);
/* An address in its shortest usual form. */
void th_kql_add_ip(struct th_buf *out, const struct th_ip *ip);
void th_kql_add_cidr(struct th_buf *out, const struct th_cidr *cidr);
/* A number without an exponent when it is a whole one. */
void th_kql_add_number(struct th_buf *out, double value);
/* A number as JSON writes it, the whole text; no hexadecimals, no infinity. */
bool th_kql_number(struct th_str text, double *out);

#endif
