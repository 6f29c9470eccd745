/* Trees by the texts that a record must hold: a list of trees for each needle. For each record only
 * the lists of the needles that stand in it are gone through, and the few trees that need none.
 * Without that each record would be shown to each tree, and thousands of rules look for texts that
 * no record has. */
#include "query/eval/asked.h"

#include <stdlib.h>

#include "base/mem.h"

/* Needles of one tree: a record must hold one of them. */
struct wants {
    uint32_t *needles;
    size_t n, cap;
};

struct th_asked {
    size_t *start; /* by needle: of its trees; the next one's is the end */
    size_t *trees;
    size_t *always; /* trees that any record may be one of */
    size_t always_n, always_cap;
    size_t *all; /* trees that ask */
    size_t all_n, all_cap;
};

/* Add the needles of a part; false when a record may hold none and still be one, or when what its
 * tests say of each record is kept. */
static bool add_wants(const struct th_part *part, struct wants *wants)
{
    size_t before = wants->n;
    if (part->leaf != NULL) {
        uint32_t needle = part->two_fields ? TH_NEEDLE_NONE : th_evidence_needle(part->evidence[0]);
        if (needle == TH_NEEDLE_NONE)
            return false;
        TH_GROW(wants->needles, wants->n, wants->cap);
        wants->needles[wants->n++] = needle;
        return true;
    }
    if (part->kind == TH_NODE_AND) {
        /* One of its parts is enough. */
        for (size_t i = 0; i < part->kids_n; i++) {
            if (add_wants(part->kids[i], wants))
                return true;
            wants->n = before;
        }
        return false;
    }
    if (part->columns != NULL || part->kind != TH_NODE_OR || part->kids_n == 0)
        return false;
    for (size_t i = 0; i < part->kids_n; i++)
        if (!add_wants(part->kids[i], wants))
            return false;
    return true;
}

static void push(size_t **list, size_t *n, size_t *cap, size_t value)
{
    TH_GROW(*list, *n, *cap);
    (*list)[(*n)++] = value;
}

/* Twice over the trees: count, then fill. */
static void go_over(struct th_asked *asked, const struct th_task *tasks, size_t n, size_t *at)
{
    struct wants wants = {NULL, 0, 0};
    for (size_t t = 0; t < n; t++) {
        if (!tasks[t].ask)
            continue;
        wants.n = 0;
        bool some = add_wants(tasks[t].part, &wants);
        if (at == NULL) {
            push(&asked->all, &asked->all_n, &asked->all_cap, t);
            if (!some)
                push(&asked->always, &asked->always_n, &asked->always_cap, t);
        }
        for (size_t i = 0; some && i < wants.n; i++) {
            if (at == NULL)
                asked->start[wants.needles[i] + 1]++;
            else
                asked->trees[at[wants.needles[i]]++] = t;
        }
    }
    free(wants.needles);
}

struct th_asked *th_asked_new(const struct th_task *tasks, size_t n, size_t needles_n)
{
    struct th_asked *asked = th_xcalloc(1, sizeof *asked);
    asked->start = th_xcalloc(needles_n + 1, sizeof *asked->start);
    go_over(asked, tasks, n, NULL);
    for (size_t i = 0; i < needles_n; i++)
        asked->start[i + 1] += asked->start[i];
    asked->trees = th_xcalloc(asked->start[needles_n] + 1, sizeof *asked->trees);
    size_t *at = th_xcalloc(needles_n + 1, sizeof *at);
    memcpy(at, asked->start, (needles_n + 1) * sizeof *at);
    go_over(asked, tasks, n, at);
    free(at);
    return asked;
}

void th_asked_free(struct th_asked *asked)
{
    if (asked == NULL)
        return;
    free(asked->start);
    free(asked->trees);
    free(asked->always);
    free(asked->all);
    free(asked);
}

static void visit_all(const size_t *trees, size_t n, th_asked_visit *visit, void *ctx)
{
    for (size_t i = 0; i < n; i++)
        visit(ctx, trees[i]);
}

void th_asked_each(const struct th_asked *asked, const struct th_bits *seen, bool has_escape,
                   th_asked_visit *visit, void *ctx)
{
    if (has_escape) {
        visit_all(asked->all, asked->all_n, visit, ctx);
        return;
    }
    visit_all(asked->always, asked->always_n, visit, ctx);
    for (size_t i = th_bits_next(seen, 0); i < seen->n; i = th_bits_next(seen, i + 1))
        visit_all(asked->trees + asked->start[i], asked->start[i + 1] - asked->start[i], visit,
                  ctx);
}
