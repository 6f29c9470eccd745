/* Literals of KQL: quoted, unquoted, regular expressions. Inside of src/query only. */
#ifndef TH_QUERY_KQL_LEX_H
#define TH_QUERY_KQL_LEX_H

#include "base/arena.h"
#include "query/ast.h"

struct th_kql_literal {
    struct th_span span; /* bytes in the filter, quotes included, white space behind not */
    bool quoted;
    bool wildcard; /* unquoted with a '*' in it */
    bool regex;
    unsigned regex_flags;
    struct th_str text; /* the value, escapes resolved; a regex's inside. A '*' that is a wildcard
                           is in it as '*'. */
    struct th_str pattern; /* wildcard: in the syntax of TH_PATTERN_WILDCARD */
};

/* Move *at behind white space. */
void th_kql_skip_space(struct th_str text, size_t *at);

/* Behind the character at at, the end of the text when there is none. */
size_t th_kql_char_end(struct th_str text, size_t at);

/* Read the literal at *at (no white space there), which is moved behind it. unquoted ends before a
 * special character or white space that a keyword follows. regex: "~/" begins a regular expression.
 * Texts are in the arena. TH_E_QUERY with the bytes at fault. An unquoted literal may come out
 * empty (n of the span is 0): the caller says what was expected. */
TH_NODISCARD enum th_code th_kql_literal(struct th_str text, size_t *at, bool regex,
                                         th_arena *arena, struct th_kql_literal *out,
                                         struct th_err *err);

#endif
