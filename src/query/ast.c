/* The query tree and what it lives in.
 *
 * Nodes and their texts come from one arena; compiled patterns, which own memory of other
 * libraries, are kept in a list and freed with the query. A tree is built once and then only read,
 * so threads share it. */
#include "query/ast.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

struct th_query {
    th_arena *arena;
    struct th_node *root;
    th_pattern **patterns;
    size_t patterns_n;
    size_t patterns_cap;
};

th_query *th_query_new(void)
{
    th_query *query = th_xcalloc(1, sizeof *query);
    query->arena = th_arena_new(4096);
    query->root = th_node_new(query, TH_NODE_ALL);
    return query;
}

void th_query_free(th_query *query)
{
    if (query == NULL)
        return;
    for (size_t i = 0; i < query->patterns_n; i++)
        th_pattern_free(query->patterns[i]);
    free(query->patterns);
    th_arena_free(query->arena);
    free(query);
}

th_arena *th_query_arena(th_query *query)
{
    return query->arena;
}

struct th_node *th_query_root(const th_query *query)
{
    return query->root;
}

void th_query_set_root(th_query *query, struct th_node *root)
{
    query->root = root;
}

bool th_query_gave_up(const th_query *query)
{
    for (size_t i = 0; i < query->patterns_n; i++)
        if (th_pattern_gave_up(query->patterns[i]))
            return true;
    return false;
}

struct th_node *th_node_new(th_query *query, enum th_node_kind kind)
{
    struct th_node *node = th_arena_calloc(query->arena, 1, sizeof *node);
    node->kind = kind;
    node->field.field = TH_FIELD_NONE;
    node->other.field = TH_FIELD_NONE;
    return node;
}

struct th_node *th_node_group(th_query *query, enum th_node_kind kind, struct th_node *const *kids,
                              size_t n)
{
    struct th_node *node;
    if (n == 1)
        return kids[0];
    /* Of nothing all hold, and none does. */
    if (n == 0)
        return th_node_new(query, kind == TH_NODE_AND ? TH_NODE_ALL : TH_NODE_NONE);
    node = th_node_new(query, kind);
    node->kids = th_arena_alloc(query->arena, n * sizeof(struct th_node *));
    memcpy(node->kids, kids, n * sizeof(struct th_node *));
    node->kids_n = n;
    node->span = (struct th_span){kids[0]->span.from, kids[n - 1]->span.to};
    return node;
}

struct th_node *th_node_not(th_query *query, struct th_node *kid)
{
    struct th_node *node = th_node_new(query, TH_NODE_NOT);
    node->kids = th_arena_alloc(query->arena, sizeof(struct th_node *));
    node->kids[0] = kid;
    node->kids_n = 1;
    node->span = kid->span;
    return node;
}

static void own_pattern(th_query *query, th_pattern *pattern)
{
    TH_GROW(query->patterns, query->patterns_n, query->patterns_cap);
    query->patterns[query->patterns_n++] = pattern;
}

enum th_code th_node_text(th_query *query, struct th_field_ref field, enum th_pattern_kind kind,
                          struct th_str text, unsigned flags, struct th_node **out,
                          struct th_err *err)
{
    th_pattern *pattern;
    enum th_code rc = th_pattern_new(kind, text, flags, &pattern, err);
    if (rc != TH_OK)
        return rc;
    own_pattern(query, pattern);
    struct th_node *node = th_node_new(query, TH_NODE_MATCH);
    node->test = TH_TEST_TEXT;
    node->field = field;
    node->field.path = th_arena_dup(query->arena, field.path);
    node->pattern = pattern;
    node->pattern_kind = kind;
    node->pattern_flags = flags;
    node->text = th_arena_dup(query->arena, text);
    *out = node;
    return TH_OK;
}

/* The path as TH_PATTERN_WILDCARD takes it: nothing but '*' is a sign. */
static th_pattern *compile_paths(th_query *query, struct th_str path)
{
    th_pattern *pattern = NULL;
    struct th_buf text = TH_BUF_INIT;
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] == '\\')
            th_buf_putc(&text, '\\');
        th_buf_putc(&text, path.p[i]);
    }
    if (th_pattern_new(TH_PATTERN_WILDCARD, th_buf_str(&text), 0, &pattern, NULL) == TH_OK)
        own_pattern(query, pattern); /* a wildcard always compiles */
    th_buf_fini(&text);
    return pattern;
}

void th_node_match_paths(th_query *query, struct th_node *node)
{
    if (node->kind == TH_NODE_MATCH && node->field.path.p != NULL)
        node->paths = compile_paths(query, node->field.path);
    for (size_t i = 0; i < node->kids_n; i++)
        th_node_match_paths(query, node->kids[i]);
}

struct th_node *th_node_free_text(th_query *query, struct th_str text, bool wildcard)
{
    struct th_node *node = th_node_new(query, TH_NODE_FREE);
    struct th_buf lower = TH_BUF_INIT;
    th_text_lower(&lower, text);
    node->text = th_arena_dup(query->arena, (struct th_str){th_buf_cstr(&lower), lower.n});
    th_buf_fini(&lower);
    if (wildcard) {
        th_pattern *pattern = NULL;
        enum th_code rc =
            th_pattern_new(TH_PATTERN_WILDCARD, node->text, TH_PATTERN_ICASE, &pattern, NULL);
        if (rc == TH_OK) /* a wildcard always compiles */
            own_pattern(query, pattern);
        node->pattern = pattern;
        node->pattern_kind = TH_PATTERN_WILDCARD;
        node->pattern_flags = TH_PATTERN_ICASE;
    }
    return node;
}
