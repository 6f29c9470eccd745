/* The records of the open rows against the tree. A record goes down the tree with short cuts: parts
 * that need none are bits, tests whose answer is known are looked up. Each thread has its own
 * prepared tests. */
#include "query/eval_parts.h"

#include "query/record_int.h"

struct asking {
    struct th_part *root;
    struct th_bits *found;
    size_t thread;
};

static bool ask(const struct asking *a, const struct th_part *part, struct th_str raw)
{
    if (!part->two_fields)
        return th_evidence_match(part->evidence[a->thread], raw);
    struct th_one_record *one = th_one_record_new(raw, NULL);
    bool holds = th_one_record_test(one, part->leaf);
    th_one_record_free(one);
    return holds;
}

static bool leaf_holds(const struct asking *a, struct th_part *part, size_t row, struct th_str raw)
{
    if (th_bits_get(&part->known, row))
        return th_bits_get(&part->value, row);
    bool holds = ask(a, part, raw);
    th_bits_put(&part->known, row);
    if (holds)
        th_bits_put(&part->value, row);
    return holds;
}

static bool holds(const struct asking *a, struct th_part *part, size_t row, struct th_str raw)
{
    if (part->columns != NULL)
        return th_bits_get(&part->bits, row);
    if (part->leaf != NULL)
        return leaf_holds(a, part, row, raw);
    if (part->kind == TH_NODE_NOT)
        return !holds(a, part->kids[0], row, raw);
    bool is_and = part->kind == TH_NODE_AND;
    for (size_t i = 0; i < part->kids_n; i++)
        if (holds(a, part->kids[i], row, raw) != is_and)
            return !is_and;
    return is_and;
}

static bool visit_record(void *ctx, size_t row, struct th_str raw)
{
    const struct asking *a = ctx;
    if (holds(a, a->root, row, raw))
        th_bits_put(a->found, row);
    return true;
}

static void prepare(struct th_part *part, size_t thread)
{
    if (part->leaf != NULL && !part->two_fields && part->evidence[thread] == NULL)
        part->evidence[thread] = th_evidence_new(part->leaf);
    for (size_t i = 0; i < part->kids_n; i++)
        prepare(part->kids[i], thread);
}

enum th_code th_eval_pass(const struct th_eval *e, struct th_part *root, const struct th_bits *open,
                          struct th_bits *found)
{
    struct asking asking[TH_PASS_THREADS_MAX];
    void *ctx[TH_PASS_THREADS_MAX];
    size_t n = th_pass_threads(th_bits_count(open));
    for (size_t i = 0; i < n; i++) {
        asking[i] = (struct asking){root, found, i};
        ctx[i] = &asking[i];
        prepare(root, i);
    }
    return th_pass_run(e->table, open, n, ctx, visit_record, e->cancel, e->err);
}
