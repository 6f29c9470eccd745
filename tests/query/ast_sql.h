/* A query tree as a condition over the view ecs: the same question in another language, answered by
 * another program. For tests only. */
#ifndef TESTS_QUERY_AST_SQL_H
#define TESTS_QUERY_AST_SQL_H

#include "query/ast.h"

/* Append a condition that is 0 or 1, never NULL. False when SQL can't say it: free text, fields
 * that are computed from the records, words, regular expressions. in_values, for addresses: append
 * the values of a field that pass the leaf, as a list of literals. */
struct ast_sql {
    void (*in_values)(void *ctx, const struct th_node *leaf, struct th_buf *out);
    void *ctx;
};
bool ast_sql_print(const struct ast_sql *sql, const struct th_node *node, struct th_buf *out);

/* A text as a literal, whatever its bytes. */
void ast_sql_text(struct th_buf *out, struct th_str text);

#endif
