/* Threads take agents from one list, a share at a time, until none is left; whoever waits for the
 * results takes shares as well. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/system.h"
#include "base/work/crew.h"
#include "ecs/enrich/internal.h"

enum {
    THREADS_MAX = 8, /* with the one that waits */
    SHARE = 32,      /* agents that a thread takes at a time */
};

struct th_enrich_batch {
    th_agents *agents;
    const struct th_str *texts;
    struct th_agent *results;
    struct th_shares shares;
    th_arena *arenas[THREADS_MAX]; /* of the results, one for each thread */
    th_crew *crew;                 /* NULL: all is done */
};

static void match_shares(void *ctx, size_t number)
{
    th_enrich_batch *batch = ctx;
    th_arena *arena = th_arena_new(0);
    size_t first;
    size_t last;
    batch->arenas[number] = arena;
    while (th_shares_next(&batch->shares, &first, &last))
        for (size_t i = first; i < last; i++)
            if (batch->texts[i].p != NULL)
                th_agents_match(batch->agents, batch->texts[i], arena, &batch->results[i]);
}

th_enrich_batch *th_enrich_batch_begin(const struct th_enrich *enrich, const struct th_str *agents,
                                       size_t n)
{
    if (enrich->stored != NULL || enrich->agents == NULL || n == 0)
        return NULL;
    th_enrich_batch *batch = th_xcalloc(1, sizeof *batch);
    size_t threads = (size_t)th_cores();
    size_t most = (n + SHARE - 1) / SHARE;
    batch->agents = enrich->agents;
    batch->texts = agents;
    batch->shares = (struct th_shares){.n = n, .size = SHARE};
    batch->results = th_xcalloc(n, sizeof *batch->results);
    threads = threads > most ? most : threads;
    threads = threads > THREADS_MAX ? THREADS_MAX : threads;
    batch->crew = th_crew_start(threads - 1, match_shares, batch);
    return batch;
}

static void wait_for(th_enrich_batch *batch)
{
    if (batch->crew != NULL)
        th_crew_help(batch->crew);
    batch->crew = NULL;
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
    th_shares_end(&batch->shares); /* what nobody asked for stays unmatched */
    th_crew_join(batch->crew);
    for (size_t i = 0; i < THREADS_MAX; i++)
        th_arena_free(batch->arenas[i]);
    free(batch->results);
    free(batch);
}
