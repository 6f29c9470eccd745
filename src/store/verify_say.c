/* Differences on their way out. Threads find them in any order; the sink gets them unit by unit. A
 * thread packs what it finds into its unit's buffer and waits when that is full and its turn hasn't
 * come: the unit whose turn it is always belongs to a thread that runs. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/verify_int.h"

#define WAITING_MAX ((size_t)4 << 20)

/* A packed difference: this, then the texts. */
struct packed {
    enum th_verify_kind kind;
    bool has_offset;
    int64_t source, offset, event;
    size_t n[5]; /* SIZE_MAX: absent */
};

static void count(struct th_verify *v, enum th_verify_kind kind)
{
    v->totals.differences++;
    v->totals.by_kind[kind]++;
}

static void pack(struct th_buf *out, const struct th_verify_difference *d)
{
    const struct th_str texts[5] = {d->path, d->field, d->expected, d->found, d->what};
    struct packed head = {.kind = d->kind,
                          .has_offset = d->has_offset,
                          .source = d->source,
                          .offset = d->offset,
                          .event = d->event};
    for (size_t i = 0; i < TH_COUNT(texts); i++)
        head.n[i] = texts[i].p == NULL ? SIZE_MAX : texts[i].n;
    th_buf_add(out, &head, sizeof head);
    for (size_t i = 0; i < TH_COUNT(texts); i++)
        th_buf_add_str(out, texts[i]);
}

bool th_verify_deliver(struct th_verify *v, struct th_str packed)
{
    while (packed.n > 0) {
        struct packed head;
        struct th_str texts[5];
        assert(packed.n >= sizeof head);
        memcpy(&head, packed.p, sizeof head);
        size_t at = sizeof head;
        for (size_t i = 0; i < TH_COUNT(texts); i++) {
            bool absent = head.n[i] == SIZE_MAX;
            texts[i] = absent ? TH_STR_NONE : (struct th_str){packed.p + at, head.n[i]};
            at += texts[i].n;
        }
        const struct th_verify_difference d = {
            .kind = head.kind,
            .source = head.source,
            .path = texts[0],
            .offset = head.offset,
            .has_offset = head.has_offset,
            .event = head.event,
            .field = texts[1],
            .expected = texts[2],
            .found = texts[3],
            .what = texts[4],
        };
        count(v, head.kind);
        if (!v->sink->difference(v->sink->ctx, &d))
            return false;
        packed = th_str_sub(packed, at, packed.n);
    }
    return true;
}

void th_verify_say(struct th_verify_worker *w, const struct th_verify_difference *difference)
{
    struct th_verify *v = w->v;
    if (w->unit == NULL) {
        count(v, difference->kind);
        if (!v->sink->difference(v->sink->ctx, difference))
            th_cancel_set(&v->stop);
        return;
    }
    (void)pthread_mutex_lock(&v->lock);
    while (w->unit->out.n > WAITING_MAX && !th_cancelled(&v->stop))
        (void)pthread_cond_wait(&v->taken, &v->lock);
    pack(&w->unit->out, difference);
    (void)pthread_cond_signal(&v->arrived);
    (void)pthread_mutex_unlock(&v->lock);
}

void th_verify_say_source(struct th_verify_worker *w, enum th_verify_kind kind, const char *field,
                          const char *expected, const char *found, const char *what)
{
    const struct th_verify_difference d = {
        .kind = kind,
        .source = w->source.id,
        .path = th_str_of(w->source.place),
        .field = th_str_of(field),
        .expected = th_str_of(expected),
        .found = th_str_of(found),
        .what = th_str_of(what),
    };
    th_verify_say(w, &d);
}

void th_verify_say_number(struct th_verify_worker *w, enum th_verify_kind kind, const char *field,
                          int64_t expected, int64_t found, const char *what)
{
    char a[32];
    char b[32];
    (void)snprintf(a, sizeof a, "%" PRId64, expected);
    (void)snprintf(b, sizeof b, "%" PRId64, found);
    th_verify_say_source(w, kind, field, a, b, what);
}

bool th_verify_say_error(struct th_verify_worker *w, enum th_code rc, const struct th_err *err)
{
    if (rc != TH_E_DB && rc != TH_E_LIMIT)
        return false;
    const struct th_verify_difference d = {
        .kind = TH_VERIFY_DATABASE,
        .source = w->source.id,
        .path = th_str_of(w->source.place),
        .what = th_str_of(err->msg),
    };
    th_verify_say(w, &d);
    return true;
}
