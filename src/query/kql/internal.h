/* Inside of the KQL parser (parse.c, leaf.c, edit.c). */
#ifndef TH_QUERY_KQL_INTERNAL_H
#define TH_QUERY_KQL_INTERNAL_H

#include "query/kql/kql.h"
#include "query/kql/lex.h"

#define TH_KQL_DEPTH_MAX 100
#define TH_KQL_NODES_MAX 10000
#define TH_KQL_BYTES_MAX (1024 * 1024)

/* The fields that a typed name means: one, or those a wildcard matches; none when it is unknown and
 * the parser lenient. */
struct th_kql_fields {
    struct th_field_ref *refs; /* arena */
    size_t n;
    bool wildcard;
    bool paths; /* the path of the one there is is a pattern */
    struct th_span span;
};

struct th_kql_parser {
    struct th_str text;
    size_t at;
    th_query *query;
    th_arena *arena;
    struct th_kql_options options;
    struct th_kql_notes *notes; /* may be NULL */
    struct th_err err;          /* the first error; code TH_OK: none */
    unsigned depth;
    size_t nodes;
    struct th_str prefix; /* inside nested { }: "field." */
    /* The conjuncts of the outermost level, for editing: nodes with the bytes of each.
     * alternatives: there is an `or` between them. */
    struct th_node **conjuncts;
    size_t conjuncts_n;
    bool alternatives;
};

/* Everything below returns NULL or false after an error, which is then in parser->err. */

/* Parse the whole text. The root isn't set in the query. */
struct th_node *th_kql_parse_all(struct th_kql_parser *parser);

/* Note the bytes at fault. Returns NULL. */
struct th_node *th_kql_fail(struct th_kql_parser *parser, size_t from, size_t to, const char *fmt,
                            ...) TH_PRINTF(4, 5);
void th_kql_note(struct th_kql_parser *parser, struct th_span span, const char *fmt, ...)
    TH_PRINTF(3, 4);

/* A new node, counted against the cap. */
struct th_node *th_kql_node(struct th_kql_parser *parser, enum th_node_kind kind,
                            struct th_span span);
struct th_node *th_kql_group(struct th_kql_parser *parser, enum th_node_kind kind,
                             struct th_node *const *kids, size_t n);

/* The beginning of a text for a message: no character is cut. */
struct th_str th_kql_short(struct th_str text);
/* Which fields a name means. */
bool th_kql_fields(struct th_kql_parser *parser, const struct th_kql_literal *name,
                   struct th_kql_fields *out);
/* field: value, for all the fields (any of them). span: of the whole clause. */
struct th_node *th_kql_is(struct th_kql_parser *parser, const struct th_kql_fields *fields,
                          const struct th_kql_literal *value, struct th_span span);
/* field < value … ; op is '<' or '>'. */
struct th_node *th_kql_range(struct th_kql_parser *parser, const struct th_kql_fields *fields,
                             char op, bool equal, const struct th_kql_literal *value,
                             struct th_span span);
/* A value without a field. */
struct th_node *th_kql_free(struct th_kql_parser *parser, const struct th_kql_literal *value);

#endif
