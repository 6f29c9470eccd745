/* Before rules run: what several of them would read the records for, one after the other, is looked
 * up together. That is the matches of event rules that test more than columns, and the values that
 * findings are grouped by or correlations count, which become columns when that pays. */
#include "detect/run/run.h"

#include <stdlib.h>

#include "base/mem.h"
#include "detect/run/internal.h"
#include "query/eval/eval.h"

enum { CHAIN_MAX = 16 };

struct needs {
    const struct th_detect *detect;
    const struct th_rule **rules; /* their matches need records */
    size_t n, cap;
    th_dict *seen; /* rules, by place and one */
    const struct th_field_ref **refs;
    size_t refs_n, refs_cap;
};

static void need_field(struct needs *needs, const struct th_field_ref *ref)
{
    if (ref->field == TH_FIELD_NONE || ref->path.p == NULL ||
        th_field_info(ref->field)->store != TH_STORE_EVIDENCE)
        return;
    for (size_t i = 0; i < needs->refs_n; i++)
        if (needs->refs[i]->field == ref->field && th_str_eq(needs->refs[i]->path, ref->path))
            return;
    TH_GROW(needs->refs, needs->refs_n, needs->refs_cap);
    needs->refs[needs->refs_n++] = ref;
}

static void need_matches(struct needs *needs, const struct th_rule *rule)
{
    if (!th_query_needs_records(rule->query) || th_detect_known(needs->detect, rule) != NULL)
        return;
    if (th_dict_intern(needs->seen, th_rule_key(&rule)) <= needs->n)
        return;
    TH_GROW(needs->rules, needs->n, needs->cap);
    needs->rules[needs->n++] = rule;
}

static void need_rule(struct needs *needs, const struct th_rule *rule, int depth)
{
    for (size_t i = 0; i < rule->group_by_n; i++)
        need_field(needs, &rule->group_by[i]);
    if (rule->kind == TH_RULE_EVENT) {
        need_matches(needs, rule);
        return;
    }
    if (rule->correlation == TH_CORR_VALUE_COUNT)
        need_field(needs, &rule->value_field);
    for (size_t i = 0; i < rule->parts_n && depth < CHAIN_MAX; i++)
        need_rule(needs, rule->parts[i], depth + 1);
}

static enum th_code look_up(th_detect *detect, const struct needs *needs, th_cancel *cancel,
                            struct th_err *err)
{
    const th_query **queries = th_xcalloc(needs->n + 1, sizeof *queries);
    struct th_bits *bits = th_xcalloc(needs->n + 1, sizeof *bits);
    for (size_t i = 0; i < needs->n; i++)
        queries[i] = needs->rules[i]->query;
    enum th_code rc = th_eval_many(detect->table, queries, needs->n, needs->refs, needs->refs_n,
                                   cancel, bits, err);
    bool good = rc == TH_OK;
    for (size_t i = 0; i < needs->n && good; i++) {
        if (rc == TH_OK)
            rc = th_detect_keep(detect, needs->rules[i], &bits[i], err);
        th_bits_fini(&bits[i]);
    }
    free(queries);
    free(bits);
    return rc;
}

enum th_code th_detect_prepare(th_detect *detect, const struct th_rule *const *rules, size_t n,
                               th_cancel *cancel, struct th_err *err)
{
    struct needs needs = {.detect = detect, .seen = th_dict_new()};
    enum th_code rc = TH_OK;
    for (size_t i = 0; i < n; i++)
        if (!rules[i]->silent)
            need_rule(&needs, rules[i], 0);
    /* One alone reads no more than it needs when it runs. */
    if (needs.n > 1)
        rc = look_up(detect, &needs, cancel, err);
    th_dict_free(needs.seen);
    free(needs.rules);
    free(needs.refs);
    return rc;
}
