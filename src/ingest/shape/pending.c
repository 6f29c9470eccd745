/* Rejects that wait for a verdict.
 *
 * An array of numbers or a log of other programs is no trail, and what it holds is nobody's reject;
 * but as soon as one CloudTrail record turns up, everything before it that is none was dropped from
 * a trail and must be accounted for. So rejects are kept with the beginning of their bytes until
 * then. Their number is bounded: past it, the last one grows over all that follow. */
#include "ingest/shape/internal.h"

#include "base/mem.h"
#include "ingest/batch.h"

#define PENDS_MAX      4096u
#define PEND_BYTES_MAX ((size_t)1 << 20)

void shape_pend_reset(struct th_shape *s)
{
    s->pends_n = 0;
    th_buf_reset(&s->pend_bytes);
    th_arena_reset(s->pend_arena);
}

static void hold(struct th_shape *s, uint64_t offset, uint64_t length, const char *reason,
                 struct th_str bytes, bool is_break)
{
    /* A break must stay findable, so it always gets its own entry the first time. */
    if (s->pends_n >= PENDS_MAX) {
        struct pend *last = &s->pends[s->pends_n - 1];
        if (!is_break || last->is_break) {
            last->length = offset + length - last->offset;
            last->reason = last->is_break ? last->reason : "values that are no CloudTrail records";
            return;
        }
    }
    size_t room = PEND_BYTES_MAX - s->pend_bytes.n;
    struct th_str kept = th_str_sub(bytes, 0, room < TH_REJECT_BYTES ? room : TH_REJECT_BYTES);
    TH_GROW(s->pends, s->pends_n, s->pends_cap);
    s->pends[s->pends_n++] = (struct pend){
        .offset = offset,
        .length = length,
        .reason = th_arena_strdup(s->pend_arena, reason),
        .at = s->pend_bytes.n,
        .n = kept.n,
        .is_break = is_break,
    };
    th_buf_add(&s->pend_bytes, kept.p, kept.n);
}

static bool hand_over(struct th_shape *s, const struct pend *p)
{
    struct th_str bytes = {s->pend_bytes.p + p->at, p->n};
    return s->sink->reject(s->sink->ctx, p->offset, p->length, p->reason, bytes);
}

bool shape_reject(struct th_shape *s, uint64_t offset, uint64_t length, const char *reason,
                  struct th_str bytes, bool is_break)
{
    if (s->trail)
        return s->sink->reject(s->sink->ctx, offset, length, reason,
                               th_str_sub(bytes, 0, TH_REJECT_BYTES));
    hold(s, offset, length, reason, bytes, is_break);
    return true;
}

bool shape_proven(struct th_shape *s)
{
    if (s->trail)
        return true;
    s->trail = true;
    bool go_on = true;
    for (size_t i = 0; go_on && i < s->pends_n; i++)
        go_on = hand_over(s, &s->pends[i]);
    shape_pend_reset(s);
    return go_on;
}

bool shape_first_break(struct th_shape *s, bool *found)
{
    *found = false;
    for (size_t i = 0; i < s->pends_n; i++) {
        if (!s->pends[i].is_break)
            continue;
        *found = true;
        return hand_over(s, &s->pends[i]);
    }
    return true;
}
