/* Threads take agents from one list, a share at a time, until none is left; whoever waits for the
 * results takes shares as well. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/system.h"
#include "ecs/enrich/internal.h"

enum {
    HELPERS_MAX = 8,
    SHARE = 32, /* agents that a thread takes at a time */
};

struct helper {
    th_enrich_batch *batch;
    pthread_t thread;
    th_arena *arena; /* of the results */
};

struct th_enrich_batch {
    th_agents *agents;
    const struct th_str *texts;
    struct th_agent *results;
    size_t n;
    atomic_size_t next;
    struct helper helpers[HELPERS_MAX]; /* the first is the thread that waits */
    size_t running;                     /* with a thread; helpers[1] … */
    bool done;
};

static void *match_shares(void *ctx)
{
    struct helper *helper = ctx;
    th_enrich_batch *batch = helper->batch;
    size_t from;
    while ((from = atomic_fetch_add(&batch->next, SHARE)) < batch->n)
        for (size_t i = from; i < from + SHARE && i < batch->n; i++)
            if (batch->texts[i].p != NULL)
                th_agents_match(batch->agents, batch->texts[i], helper->arena, &batch->results[i]);
    return NULL;
}

static bool start_helper(th_enrich_batch *batch, struct helper *helper)
{
    *helper = (struct helper){.batch = batch, .arena = th_arena_new(0)};
    if (pthread_create(&helper->thread, NULL, match_shares, helper) == 0)
        return true;
    th_arena_free(helper->arena);
    return false;
}

th_enrich_batch *th_enrich_batch_begin(const struct th_enrich *enrich, const struct th_str *agents,
                                       size_t n)
{
    if (enrich->stored != NULL || enrich->agents == NULL || n == 0)
        return NULL;
    th_enrich_batch *batch = th_xcalloc(1, sizeof *batch);
    batch->agents = enrich->agents;
    batch->texts = agents;
    batch->n = n;
    batch->results = th_xcalloc(n, sizeof *batch->results);
    size_t cores = (size_t)th_cores();
    size_t most = (n + SHARE - 1) / SHARE;
    while (batch->running + 1 < most && batch->running + 1 < HELPERS_MAX &&
           batch->running + 1 < cores && start_helper(batch, &batch->helpers[batch->running + 1]))
        batch->running++;
    return batch;
}

static void wait_for(th_enrich_batch *batch)
{
    if (batch->done)
        return;
    batch->helpers[0] = (struct helper){.batch = batch, .arena = th_arena_new(0)};
    match_shares(&batch->helpers[0]);
    for (size_t i = 1; i <= batch->running; i++)
        pthread_join(batch->helpers[i].thread, NULL);
    batch->done = true;
}

bool th_enrich_batch_value(th_enrich_batch *batch, size_t i, enum th_field field,
                           struct th_buf *out)
{
    if (batch->texts[i].p == NULL)
        return false;
    wait_for(batch);
    struct th_str value = th_agent_value(&batch->results[i], field);
    if (value.p != NULL)
        th_buf_add_str(out, value);
    return value.p != NULL;
}

void th_enrich_batch_end(th_enrich_batch *batch)
{
    if (batch == NULL)
        return;
    atomic_store(&batch->next, batch->n); /* what nobody asked for stays unmatched */
    wait_for(batch);
    for (size_t i = 0; i <= batch->running; i++)
        th_arena_free(batch->helpers[i].arena);
    free(batch->results);
    free(batch);
}
