/* The one query tree: KQL, Sigma rules and (later) Kibana rules become it; it is evaluated on
 * columns or on one event, or printed. */
#ifndef TH_QUERY_AST_H
#define TH_QUERY_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"
#include "base/pattern.h"
#include "ecs/field/field.h"

enum th_node_kind {
    TH_NODE_ALL,  /* matches every event */
    TH_NODE_NONE, /* matches no event */
    TH_NODE_AND,  /* kids */
    TH_NODE_OR,
    TH_NODE_NOT,   /* one kid */
    TH_NODE_MATCH, /* one field (or path) against one test */
    TH_NODE_FREE,  /* free text: the words stand in any decoded value of the record */
};

enum th_test_kind {
    TH_TEST_EXISTS,
    TH_TEST_TEXT,  /* pattern against the value's text */
    TH_TEST_IP,    /* cidr, or a range lo … hi of addresses */
    TH_TEST_RANGE, /* number or time: lo … hi */
    TH_TEST_NULL,  /* Sigma's null: absent or empty */
    TH_TEST_FIELD, /* equal to another field's value (Sigma fieldref) */
};

/* Bounds of a range; a missing bound is lo_set/hi_set false. Times in ms. text: the bounds are
 * text_lo and text_hi, compared by bytes (as Elasticsearch compares keywords); else numbers, and a
 * value that is no number is outside every range. */
struct th_range {
    bool lo_set, hi_set, lo_open, hi_open; /* open: the bound itself is not inside */
    bool text;
    double lo, hi;
    struct th_ip ip_lo, ip_hi;
    struct th_str text_lo, text_hi;
};

/* Where a node stands in the filter text, bytes. */
struct th_span {
    uint32_t from, to;
};

struct th_node {
    enum th_node_kind kind;
    struct th_span span;
    struct th_node **kids;
    size_t kids_n;
    /* MATCH */
    struct th_field_ref field;
    enum th_test_kind test;
    struct th_pattern *pattern; /* TEXT: owned by the query */
    enum th_pattern_kind pattern_kind;
    unsigned pattern_flags;
    struct th_str
        text; /* TEXT: what the pattern was made of; FREE: the phrase, lower-cased; for printing */
    /* FREE with a '*' inside: pattern is a WILDCARD for a whole value ("*a*b*"), text the same
     * pattern. TEXT with field.text_twin: a WILDCARD is compared with every word of the value, the
     * other kinds with the value. */
    struct th_cidr cidr;
    bool is_cidr;
    struct th_range range;
    struct th_field_ref other; /* FIELD */
    /* field's path is a pattern: the values of every path inside the container that matches are
     * looked at. NULL: it is one path. Owned by the query. Not for FIELD. */
    const struct th_pattern *paths;
    /* Sigma matches a whole object (requestParameters) on its JSON text rather than value by value:
     * the text as it stands in the record, then the same with the escapes of its strings undone
     * once. FLATTENED fields only. */
    bool whole_text;
};

/* A tree with the arena and patterns it lives in. */
typedef struct th_query th_query;
th_query *th_query_new(void);
void th_query_free(th_query *query);
th_arena *th_query_arena(th_query *query);
struct th_node *th_query_root(const th_query *query);
void th_query_set_root(th_query *query, struct th_node *root);

/* Did a regular expression of the tree hit its match limit on some value so far? That counted as no
 * match. */
bool th_query_gave_up(const th_query *query);

/* Builders; nodes live in the query's arena, patterns die with it. */
struct th_node *th_node_new(th_query *query, enum th_node_kind kind);
struct th_node *th_node_group(th_query *query, enum th_node_kind kind, struct th_node *const *kids,
                              size_t n); /* AND, OR; copies the list; one kid = that kid */
struct th_node *th_node_not(th_query *query, struct th_node *kid);
/* TEXT test; TH_E_QUERY when a regex doesn't compile. */
TH_NODISCARD enum th_code th_node_text(th_query *query, struct th_field_ref field,
                                       enum th_pattern_kind kind, struct th_str text,
                                       unsigned flags, struct th_node **out, struct th_err *err);

/* Make the path of a MATCH node's field a pattern ('*' is any run, dots included), and of all
 * below. */
void th_node_match_paths(th_query *query, struct th_node *node);

/* FREE node for a phrase; wildcard: a '*' in text is any run (text in the syntax of
 * TH_PATTERN_WILDCARD), else every character is itself. */
struct th_node *th_node_free_text(th_query *query, struct th_str text, bool wildcard);

/* The tree as KQL text (canonical; what KQL can't say is written with the ~/regex/ extension or as
 * words in ⟨⟩). */
void th_query_print(const th_query *query, struct th_buf *out);
/* The same for one node. */
void th_node_print(const struct th_node *node, struct th_buf *out);

#endif
