/* Choosing the best of a stream with a heap of the size asked for. */
#include "query/ops/top_heap.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"

/* Does a come before b? */
static bool before(const struct th_choice *a, const struct th_choice *b)
{
    if (a->tier != b->tier)
        return a->tier < b->tier;
    if (a->count != b->count)
        return a->count > b->count;
    if ((a->text.p == NULL) != (b->text.p == NULL))
        return a->text.p != NULL;
    return th_str_cmp(a->text, b->text) < 0;
}

static void swap(struct th_chosen *c, size_t a, size_t b)
{
    struct th_choice choice = c->heap[a];
    c->heap[a] = c->heap[b];
    c->heap[b] = choice;
}

static void sift_down(struct th_chosen *c, size_t at)
{
    for (;;) {
        size_t worst = at;
        for (size_t kid = 2 * at + 1; kid <= 2 * at + 2 && kid < c->n; kid++)
            if (before(&c->heap[worst], &c->heap[kid]))
                worst = kid;
        if (worst == at)
            return;
        swap(c, at, worst);
        at = worst;
    }
}

void th_chosen_init(struct th_chosen *c, size_t max, size_t values)
{
    *c = (struct th_chosen){.max = max < values ? max : values};
    c->heap = th_xcalloc(c->max + 1, sizeof *c->heap);
}

void th_chosen_fini(struct th_chosen *c)
{
    free(c->heap);
}

void th_chosen_add(struct th_chosen *c, const struct th_choice *one)
{
    if (c->n < c->max) {
        size_t at = c->n++;
        c->heap[at] = *one;
        while (at > 0 && before(&c->heap[(at - 1) / 2], &c->heap[at])) {
            swap(c, at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    } else if (c->max > 0 && before(one, &c->heap[0])) {
        c->heap[0] = *one;
        sift_down(c, 0);
    }
}

static int compare_choices(const void *left, const void *right)
{
    return before(left, right) ? -1 : before(right, left) ? 1 : 0;
}

void th_chosen_give(struct th_chosen *c, bool copy, struct th_top *out)
{
    qsort(c->heap, c->n, sizeof *c->heap, compare_choices);
    out->values = th_arena_calloc(out->arena, c->n + 1, sizeof *out->values);
    out->n = c->n;
    for (size_t i = 0; i < c->n; i++) {
        struct th_top_value *value = &out->values[i];
        value->value = copy ? th_arena_dup(out->arena, c->heap[i].text) : c->heap[i].text;
        value->count = c->heap[i].count;
        value->first_ms = value->last_ms = TH_TIME_NONE;
    }
}
