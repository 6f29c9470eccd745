/* Evaluation on columns: which rows hold.
 *
 * A group's kids are first gathered by whose codes they look at, so that each column is scanned
 * once, then by cost: codes and times, ids, other groups. An `and` hands what is left on as
 * candidates, an `or` what is not yet found. A tree with tests on the records themselves comes here
 * for its parts that need none (records.c). */
#include "query/eval/columns.h"

#include <stdlib.h>

#include "base/mem.h"
#include "query/table/paths.h"

enum th_code th_eval_check(const struct th_eval *e)
{
    return th_cancelled(e->cancel) ? th_err_set(e->err, TH_E_CANCELLED, "cancelled") : TH_OK;
}

static bool is_evidence(enum th_field field)
{
    return field != TH_FIELD_NONE && th_field_info(field)->store == TH_STORE_EVIDENCE;
}

static bool reads_records(const struct th_node *leaf)
{
    if (leaf->kind == TH_NODE_FREE)
        return true;
    return leaf->kind == TH_NODE_MATCH &&
           (is_evidence(leaf->field.field) ||
            (leaf->test == TH_TEST_FIELD && is_evidence(leaf->other.field)));
}

bool th_eval_is_path(const struct th_node *node)
{
    return node->kind == TH_NODE_MATCH && node->test != TH_TEST_FIELD && !node->whole_text &&
           node->paths == NULL && th_path_is_column(&node->field);
}

int th_eval_column_of(const struct th_eval *e, const struct th_node *leaf)
{
    int number = th_eval_is_path(leaf) ? th_table_path(e->table, &leaf->field, e->paths) : -1;
    return number < 0 ? (int)leaf->field.field : TH_FIELD_COUNT + number;
}

bool th_eval_leaf_needs_records(const struct th_eval *e, const struct th_node *leaf)
{
    return reads_records(leaf) && th_eval_column_of(e, leaf) < TH_FIELD_COUNT;
}

bool th_eval_needs_records(const struct th_eval *e, const struct th_node *node)
{
    if (th_eval_leaf_needs_records(e, node))
        return true;
    for (size_t i = 0; i < node->kids_n; i++)
        if (th_eval_needs_records(e, node->kids[i]))
            return true;
    return false;
}

static bool needs_records(const struct th_node *node)
{
    if (reads_records(node))
        return true;
    for (size_t i = 0; i < node->kids_n; i++)
        if (needs_records(node->kids[i]))
            return true;
    return false;
}

bool th_query_needs_records(const th_query *query)
{
    return needs_records(th_query_root(query));
}

struct th_node *th_eval_group(const struct th_eval *e, enum th_node_kind kind,
                              struct th_node *const *kids, size_t n)
{
    if (n == 1)
        return kids[0];
    struct th_node *node = th_arena_calloc(e->arena, 1, sizeof *node);
    node->kind = kind;
    node->field.field = TH_FIELD_NONE;
    node->kids_n = n;
    node->kids = th_arena_alloc(e->arena, (n + 1) * sizeof(struct th_node *));
    memcpy(node->kids, kids, n * sizeof(struct th_node *));
    return node;
}

/* A kid of a group with what it looks at. */
struct kid {
    struct th_node *node;
    int codes;
    int cost;
    size_t place;
};

static int cost_of(const struct th_node *node, int codes)
{
    if (codes == TH_CODES_ANY)
        return 0;
    if (codes >= 0 || (node->kind == TH_NODE_MATCH && node->test != TH_TEST_FIELD &&
                       th_field_info(node->field.field)->store == TH_STORE_TIME))
        return 1;
    return node->kind == TH_NODE_MATCH ? 3 : 2;
}

static int compare_kids(const void *left, const void *right)
{
    const struct kid *a = left;
    const struct kid *b = right;
    if (a->cost != b->cost)
        return a->cost - b->cost;
    if (a->codes != b->codes)
        return a->codes < b->codes ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

static enum th_code eval_part(const struct th_eval *e, const struct th_node *node, int codes,
                              const struct th_bits *candidates, struct th_bits *out)
{
    if (codes != TH_CODES_NONE)
        return th_eval_codes(e, node, codes, candidates, out);
    return th_eval_columns(e, node, candidates, out);
}

/* One part of a group: into *all, which holds what is left (and) or found (or). */
static enum th_code add_part(const struct th_eval *e, bool is_and, const struct th_node *node,
                             int codes, const struct th_bits *candidates, struct th_bits *all)
{
    struct th_bits one;
    enum th_code rc = eval_part(e, node, codes, is_and ? all : candidates, &one);
    if (rc != TH_OK)
        return rc;
    if (is_and) {
        th_bits_fini(all);
        *all = one;
    } else {
        th_bits_or(all, &one);
        th_bits_fini(&one);
    }
    return TH_OK;
}

static enum th_code eval_group(const struct th_eval *e, const struct th_node *group,
                               const struct th_bits *candidates, struct th_bits *out)
{
    bool is_and = group->kind == TH_NODE_AND;
    struct kid *kids = th_xcalloc(group->kids_n, sizeof *kids);
    struct th_node **run = th_xcalloc(group->kids_n, sizeof(struct th_node *));
    struct th_bits all;
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < group->kids_n; i++) {
        int codes = th_eval_codes_of(e, group->kids[i]);
        kids[i] = (struct kid){group->kids[i], codes, cost_of(group->kids[i], codes), i};
    }
    qsort(kids, group->kids_n, sizeof *kids, compare_kids);
    if (is_and)
        th_eval_start(e, candidates, &all);
    else
        th_bits_init(&all, e->rows);
    for (size_t i = 0; i < group->kids_n && rc == TH_OK;) {
        size_t n = 0;
        int codes = kids[i].codes;
        do
            run[n++] = kids[i++].node;
        while (i < group->kids_n && codes != TH_CODES_NONE && kids[i].codes == codes);
        rc = add_part(e, is_and, th_eval_group(e, group->kind, run, n), codes, candidates, &all);
    }
    free(kids);
    free(run);
    if (rc == TH_OK)
        *out = all;
    else
        th_bits_fini(&all);
    return rc;
}

static enum th_code eval_not(const struct th_eval *e, const struct th_node *node,
                             const struct th_bits *candidates, struct th_bits *out)
{
    struct th_bits kid;
    enum th_code rc = th_eval_columns(e, node->kids[0], candidates, &kid);
    if (rc != TH_OK)
        return rc;
    th_eval_start(e, candidates, out);
    th_bits_andnot(out, &kid);
    th_bits_fini(&kid);
    return TH_OK;
}

enum th_code th_eval_columns(const struct th_eval *e, const struct th_node *node,
                             const struct th_bits *candidates, struct th_bits *out)
{
    int codes = th_eval_codes_of(e, node);
    enum th_code rc = th_eval_check(e);
    if (rc != TH_OK)
        return rc;
    if (codes != TH_CODES_NONE)
        return th_eval_codes(e, node, codes, candidates, out);
    switch (node->kind) {
    case TH_NODE_ALL:
    case TH_NODE_NONE:
    case TH_NODE_FREE: /* none of these comes here */
        break;
    case TH_NODE_AND:
    case TH_NODE_OR:
        return eval_group(e, node, candidates, out);
    case TH_NODE_NOT:
        return eval_not(e, node, candidates, out);
    case TH_NODE_MATCH:
        return th_eval_rows_leaf(e, node, candidates, out);
    }
    th_bits_init(out, e->rows);
    return TH_OK;
}
