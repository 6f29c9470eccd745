/* Trees with tests on the records: as few records as possible.
 *
 * First everything that columns and earlier results can say: each node gets the rows for which it
 * certainly holds and those for which it may. What lies between at the root is asked of the
 * records, once, however many such tests the tree has; a record goes down the tree with short cuts,
 * cheap parts being bits. What was found out about each test is kept in the table's cache, also
 * after a cancel. */
#include "query/eval/internal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "query/eval/cache.h"
#include "query/table/table_data.h"

static struct th_part *make_part(const struct th_eval *e, const struct th_node *node);

static struct th_part *make_columns(const struct th_eval *e, const struct th_node *node)
{
    struct th_part *part = th_arena_calloc(e->arena, 1, sizeof *part);
    part->kind = node->kind;
    part->columns = node;
    return part;
}

static struct th_part *make_leaf(const struct th_eval *e, const struct th_node *leaf)
{
    struct th_part *part = th_arena_calloc(e->arena, 1, sizeof *part);
    part->kind = leaf->kind;
    part->leaf = leaf;
    part->two_fields = leaf->kind == TH_NODE_MATCH && leaf->test == TH_TEST_FIELD;
    part->cost = 6;
    if (!part->two_fields) {
        part->evidence[0] = th_evidence_new(leaf);
        part->cost = th_evidence_cost(part->evidence[0]);
    }
    if (!e->keep)
        return part;
    th_eval_cache_get(th_table_cache(e->table), leaf, &part->value, &part->known);
    if (leaf->kind == TH_NODE_FREE && e->watched)
        th_eval_free(e, leaf, &part->value, &part->known);
    return part;
}

static int compare_parts(const void *left, const void *right)
{
    const struct th_part *const *a = left;
    const struct th_part *const *b = right;
    return (*a)->cost - (*b)->cost;
}

/* All kids that need no record become one, the first. */
static struct th_part *make_group(const struct th_eval *e, const struct th_node *node)
{
    struct th_part *part = th_arena_calloc(e->arena, 1, sizeof *part);
    struct th_node **cheap = th_xcalloc(node->kids_n + 1, sizeof(struct th_node *));
    size_t cheap_n = 0;
    part->kind = node->kind;
    part->kids = th_arena_calloc(e->arena, node->kids_n + 1, sizeof(struct th_part *));
    for (size_t i = 0; i < node->kids_n; i++) {
        if (!th_eval_needs_records(e, node->kids[i])) {
            cheap[cheap_n++] = node->kids[i];
            continue;
        }
        struct th_part *kid = make_part(e, node->kids[i]);
        part->cost = kid->cost > part->cost ? kid->cost : part->cost;
        part->kids[part->kids_n++] = kid;
    }
    if (cheap_n > 0)
        part->kids[part->kids_n++] = make_columns(e, th_eval_group(e, node->kind, cheap, cheap_n));
    qsort(part->kids, part->kids_n, sizeof(struct th_part *), compare_parts);
    free(cheap);
    return part;
}

static struct th_part *make_part(const struct th_eval *e, const struct th_node *node)
{
    if (!th_eval_needs_records(e, node))
        return make_columns(e, node);
    if (node->kind == TH_NODE_MATCH || node->kind == TH_NODE_FREE)
        return make_leaf(e, node);
    return make_group(e, node);
}

static void part_fini(struct th_part *part)
{
    th_bits_fini(&part->bits);
    for (size_t i = 0; i < TH_PASS_THREADS_MAX; i++)
        th_evidence_free(part->evidence[i]);
    th_bits_fini(&part->value);
    th_bits_fini(&part->known);
    for (size_t i = 0; i < part->kids_n; i++)
        part_fini(part->kids[i]);
}

/* What is certain, and what is possible: must is a part of may, both of within. */
struct bounds {
    struct th_bits must, may;
};

static void bounds_fini(struct bounds *b)
{
    th_bits_fini(&b->must);
    th_bits_fini(&b->may);
}

static enum th_code find_bounds(const struct th_eval *e, struct th_part *part,
                                const struct th_bits *within, struct bounds *out);

static enum th_code columns_bounds(const struct th_eval *e, struct th_part *part,
                                   const struct th_bits *within, struct bounds *out)
{
    enum th_code rc = th_eval_columns(e, part->columns, within, &part->bits);
    if (rc != TH_OK)
        return rc;
    th_bits_init_copy(&out->must, &part->bits);
    th_bits_init_copy(&out->may, &part->bits);
    return TH_OK;
}

static void leaf_bounds(const struct th_part *part, const struct th_bits *within,
                        struct bounds *out)
{
    if (part->known.w == NULL) {
        th_bits_init(&out->must, within->n);
        th_bits_init_copy(&out->may, within);
        return;
    }
    th_bits_init_copy(&out->must, &part->value);
    th_bits_and(&out->must, within);
    th_bits_init_copy(&out->may, within);
    th_bits_andnot(&out->may, &part->known);
    th_bits_or(&out->may, &out->must);
}

/* A kid is only asked for rows that the kids before it leave open: a record that comes to it has
 * passed those before. */
static enum th_code group_bounds(const struct th_eval *e, struct th_part *part,
                                 const struct th_bits *within, struct bounds *out)
{
    bool is_and = part->kind == TH_NODE_AND;
    struct th_bits open;
    enum th_code rc = TH_OK;
    th_bits_init_copy(&open, within);
    if (is_and) {
        th_bits_init_copy(&out->must, within);
        th_bits_init_copy(&out->may, within);
    } else {
        th_bits_init(&out->must, e->rows);
        th_bits_init(&out->may, e->rows);
    }
    for (size_t i = 0; i < part->kids_n && rc == TH_OK; i++) {
        struct bounds kid;
        rc = find_bounds(e, part->kids[i], &open, &kid);
        if (rc != TH_OK)
            break;
        if (is_and) {
            th_bits_and(&out->must, &kid.must);
            th_bits_and(&out->may, &kid.may);
            th_bits_and(&open, &kid.may);
        } else {
            th_bits_or(&out->must, &kid.must);
            th_bits_or(&out->may, &kid.may);
            th_bits_andnot(&open, &kid.must);
        }
        bounds_fini(&kid);
    }
    th_bits_fini(&open);
    if (rc != TH_OK)
        bounds_fini(out);
    return rc;
}

static enum th_code not_bounds(const struct th_eval *e, struct th_part *part,
                               const struct th_bits *within, struct bounds *out)
{
    struct bounds kid;
    enum th_code rc = find_bounds(e, part->kids[0], within, &kid);
    if (rc != TH_OK)
        return rc;
    th_bits_init_copy(&out->must, within);
    th_bits_andnot(&out->must, &kid.may);
    th_bits_init_copy(&out->may, within);
    th_bits_andnot(&out->may, &kid.must);
    bounds_fini(&kid);
    return TH_OK;
}

static enum th_code find_bounds(const struct th_eval *e, struct th_part *part,
                                const struct th_bits *within, struct bounds *out)
{
    if (part->columns != NULL)
        return columns_bounds(e, part, within, out);
    if (part->leaf != NULL) {
        leaf_bounds(part, within, out);
        return TH_OK;
    }
    return part->kind == TH_NODE_NOT ? not_bounds(e, part, within, out)
                                     : group_bounds(e, part, within, out);
}

/* What an expression gave up on isn't kept, so that it is said again the next time. */
static bool is_sure(const struct th_node *leaf)
{
    return leaf->pattern == NULL || !th_pattern_gave_up(leaf->pattern);
}

static void keep_results(const struct th_eval *e, const struct th_part *part)
{
    if (part->leaf != NULL && is_sure(part->leaf))
        th_eval_cache_put(th_table_cache(e->table), part->leaf, &part->value, &part->known);
    for (size_t i = 0; i < part->kids_n; i++)
        keep_results(e, part->kids[i]);
}

void th_task_keep(const struct th_eval *e, const struct th_task *task)
{
    if (e->keep && task->part != NULL)
        keep_results(e, task->part);
}

enum th_code th_task_begin(const struct th_eval *e, struct th_task *task)
{
    struct bounds bounds;
    struct th_bits within;
    task->part = make_part(e, task->root);
    th_eval_start(e, task->candidates, &within);
    enum th_code rc = find_bounds(e, task->part, &within, &bounds);
    th_bits_fini(&within);
    if (rc != TH_OK)
        return rc;
    th_bits_andnot(&bounds.may, &bounds.must);
    task->found = bounds.must;
    task->open = bounds.may;
    task->open_n = th_bits_count(&task->open);
    task->done = task->open_n == 0;
    return TH_OK;
}

void th_task_end(struct th_task *task)
{
    if (task->part != NULL)
        part_fini(task->part);
    task->part = NULL;
    th_bits_fini(&task->open);
}
