/* Evaluation on dictionary codes.
 *
 * All tests of a tree that look at one field's codes are answered per dictionary entry, the tree
 * included, so that `action: (a or b* or not c)` is one byte per entry and one scan over the rows.
 * OF fields depend on their parent's entry and take part. A long list of exact values is looked up
 * by hash rather than compared one by one. */
#include "query/eval/columns.h"

#include <stdlib.h>

#include "base/dict.h"
#include "base/mem.h"
#include "query/eval/match.h"
#include "query/eval/scan.h"
#include "query/table/table_data.h"

enum { CHECK_EVERY = 16384, LIST_MIN = 8, FEW_ROWS = 64 };

static int codes_of_leaf(const struct th_eval *e, const struct th_node *leaf)
{
    enum th_field field = leaf->field.field;
    const struct th_field_info *info = th_field_info(field);
    switch (info->store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_BOOL:
        return (int)field;
    case TH_STORE_OF:
        return (int)info->parent;
    case TH_STORE_CONST:
        return TH_CODES_ANY;
    case TH_STORE_ID:
    case TH_STORE_TIME:
        break;
    case TH_STORE_EVIDENCE: {
        int id = th_eval_column_of(e, leaf);
        return id < TH_FIELD_COUNT ? TH_CODES_NONE : id;
    }
    }
    return TH_CODES_NONE;
}

int th_eval_codes_of(const struct th_eval *e, const struct th_node *node)
{
    int all = TH_CODES_ANY;
    switch (node->kind) {
    case TH_NODE_ALL:
    case TH_NODE_NONE:
        return TH_CODES_ANY;
    case TH_NODE_FREE:
        return TH_CODES_NONE;
    case TH_NODE_MATCH:
        return node->test == TH_TEST_FIELD ? TH_CODES_NONE : codes_of_leaf(e, node);
    case TH_NODE_AND:
    case TH_NODE_OR:
    case TH_NODE_NOT:
        break;
    }
    for (size_t i = 0; i < node->kids_n && all != TH_CODES_NONE; i++) {
        int one = th_eval_codes_of(e, node->kids[i]);
        if (all == TH_CODES_ANY)
            all = one;
        else if (one != TH_CODES_ANY && one != all)
            all = TH_CODES_NONE;
    }
    return all;
}

/* Answers are a byte for every entry. */
struct judge {
    const struct th_eval *e;
    size_t n;
};

static enum th_code judge_node(const struct judge *j, const struct th_node *node, uint8_t *pass);

/* pass for entries from answers for their values: any of them. */
static void spread(const struct th_value_index *index, const uint8_t *answers, uint8_t *pass,
                   size_t n)
{
    for (size_t code = 0; code < n; code++) {
        uint8_t any = 0;
        for (uint32_t i = index->first[code]; i < index->first[code + 1]; i++)
            any |= answers[index->list[i]];
        pass[code] = any;
    }
}

/* The texts that a test looks at: those of the entries, or the different values of an indexed
 * column. */
struct values {
    const struct th_column *column;
    const struct th_value_index *index;
    const struct th_str *texts;
    size_t n;
};

static enum th_code get_values(const struct judge *j, int id, struct values *out)
{
    enum th_code rc = th_table_coded(j->e->table, id, &out->column, j->e->err);
    if (rc == TH_OK)
        rc = th_table_index(j->e->table, id, &out->index, j->e->err);
    if (rc != TH_OK)
        return rc;
    out->texts = out->index != NULL ? out->index->texts : out->column->texts;
    out->n = out->index != NULL ? out->index->n : out->column->texts_n;
    return TH_OK;
}

/* answers for values into pass for entries. */
static void finish(const struct judge *j, const struct values *v, uint8_t *answers, uint8_t *pass)
{
    size_t n = v->column->texts_n < j->n ? v->column->texts_n : j->n;
    if (v->index != NULL)
        spread(v->index, answers, pass, n);
    else
        memcpy(pass, answers, n);
}

/* The answers are for "has a value that isn't empty"; NULL is the opposite, absent ones included.
 */
static void invert(uint8_t *pass, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pass[i] ^= 1;
}

static enum th_code judge_leaf(const struct judge *j, const struct th_node *leaf, uint8_t *pass)
{
    struct values v;
    enum th_code rc = get_values(j, th_eval_column_of(j->e, leaf), &v);
    if (rc != TH_OK)
        return rc;
    uint8_t *answers = th_xcalloc(v.n + 1, 1);
    for (size_t i = 0; i < v.n && rc == TH_OK; i++) {
        if (i % CHECK_EVERY == CHECK_EVERY - 1)
            rc = th_eval_check(j->e);
        if (v.texts[i].p == NULL)
            continue;
        answers[i] =
            leaf->test == TH_TEST_NULL ? v.texts[i].n > 0 : th_match_value(leaf, v.texts[i]);
    }
    finish(j, &v, answers, pass);
    free(answers);
    if (leaf->test == TH_TEST_NULL)
        invert(pass, j->n);
    return rc;
}

/* A constant isn't in the column's entries. */
static bool is_listed(const struct th_node *node, enum th_field field)
{
    return node->kind == TH_NODE_MATCH && node->test == TH_TEST_TEXT &&
           node->pattern_kind == TH_PATTERN_EXACT &&
           (node->pattern_flags & TH_PATTERN_ICASE) == 0 && node->field.field == field &&
           th_field_info(field)->store != TH_STORE_CONST;
}

/* The field that most kids compare with exact values, when they are enough to look them up. */
static enum th_field listed_field(const struct th_node *group)
{
    for (size_t i = 0; i < group->kids_n && i + LIST_MIN <= group->kids_n; i++) {
        const struct th_node *kid = group->kids[i];
        if (kid->kind != TH_NODE_MATCH || !is_listed(kid, kid->field.field))
            continue;
        size_t n = 0;
        for (size_t k = i; k < group->kids_n; k++)
            n += is_listed(group->kids[k], kid->field.field);
        return n >= LIST_MIN ? kid->field.field : TH_FIELD_NONE;
    }
    return TH_FIELD_NONE;
}

static enum th_code judge_list(const struct judge *j, const struct th_node *group,
                               enum th_field field, uint8_t *pass)
{
    struct values v;
    int id = (int)field;
    for (size_t i = 0; i < group->kids_n; i++)
        if (is_listed(group->kids[i], field))
            id = th_eval_column_of(j->e, group->kids[i]);
    enum th_code rc = get_values(j, id, &v);
    if (rc != TH_OK)
        return rc;
    th_dict *wanted = th_dict_new();
    uint8_t *answers = th_xcalloc(v.n + 1, 1);
    for (size_t i = 0; i < group->kids_n; i++)
        if (is_listed(group->kids[i], field))
            th_dict_intern(wanted, group->kids[i]->text);
    for (size_t i = 0; i < v.n; i++)
        answers[i] = v.texts[i].p != NULL && th_dict_find(wanted, v.texts[i]) != 0;
    finish(j, &v, answers, pass);
    free(answers);
    th_dict_free(wanted);
    return TH_OK;
}

static enum th_code judge_group(const struct judge *j, const struct th_node *group, uint8_t *pass)
{
    bool is_and = group->kind == TH_NODE_AND;
    uint8_t *one = th_xcalloc(j->n + 1, 1);
    enum th_field listed = is_and ? TH_FIELD_NONE : listed_field(group);
    enum th_code rc = TH_OK;
    memset(pass, is_and, j->n);
    if (listed != TH_FIELD_NONE)
        rc = judge_list(j, group, listed, pass);
    for (size_t i = 0; i < group->kids_n && rc == TH_OK; i++) {
        if (listed != TH_FIELD_NONE && is_listed(group->kids[i], listed))
            continue;
        rc = judge_node(j, group->kids[i], one);
        for (size_t k = 0; k < j->n; k++)
            pass[k] = is_and ? pass[k] & one[k] : pass[k] | one[k];
    }
    free(one);
    return rc;
}

/* A constant field has one text, which every entry shares. */
static enum th_code judge_const(const struct judge *j, const struct th_node *leaf, uint8_t *pass)
{
    struct th_match_set set = {.leaf = leaf};
    th_match_set_add(&set, th_str_of(th_field_info(leaf->field.field)->source));
    memset(pass, th_match_set_result(&set), j->n);
    return TH_OK;
}

static enum th_code judge_node(const struct judge *j, const struct th_node *node, uint8_t *pass)
{
    enum th_code rc = th_eval_check(j->e);
    if (rc != TH_OK)
        return rc;
    switch (node->kind) {
    case TH_NODE_ALL:
        memset(pass, 1, j->n);
        break;
    case TH_NODE_NONE:
        memset(pass, 0, j->n);
        break;
    case TH_NODE_AND:
    case TH_NODE_OR:
        return judge_group(j, node, pass);
    case TH_NODE_NOT:
        rc = judge_node(j, node->kids[0], pass);
        invert(pass, j->n);
        break;
    case TH_NODE_MATCH:
        if (th_field_info(node->field.field)->store == TH_STORE_CONST)
            return judge_const(j, node, pass);
        return judge_leaf(j, node, pass);
    case TH_NODE_FREE:
        break;
    }
    return rc;
}

static enum th_code eval_constant(const struct th_eval *e, const struct th_node *node,
                                  const struct th_bits *candidates, struct th_bits *out)
{
    struct judge j = {e, 1};
    uint8_t pass = 0;
    enum th_code rc = judge_node(&j, node, &pass);
    if (rc != TH_OK)
        return rc;
    if (pass)
        th_eval_start(e, candidates, out);
    else
        th_bits_init(out, e->rows);
    return TH_OK;
}

enum th_code th_eval_codes(const struct th_eval *e, const struct th_node *node, int field,
                           const struct th_bits *candidates, struct th_bits *out)
{
    const struct th_column *column;
    if (field == TH_CODES_ANY)
        return eval_constant(e, node, candidates, out);
    enum th_code rc = th_table_coded(e->table, field, &column, e->err);
    if (rc != TH_OK)
        return rc;
    struct judge j = {e, column->texts_n};
    uint8_t *pass = th_xcalloc(j.n + 1, 1);
    rc = judge_node(&j, node, pass);
    if (rc == TH_OK && candidates != NULL && th_bits_count(candidates) < e->rows / FEW_ROWS) {
        th_scan_codes_of(column, pass, candidates, out);
    } else if (rc == TH_OK) {
        th_scan_codes(column, pass, out);
        if (candidates != NULL)
            th_bits_and(out, candidates);
    }
    free(pass);
    return rc;
}
