/* What files outside know of a value. The expressions never change after loading; in front of them
 * stands a cache of the agents seen last, for millions of events come from a few hundred clients.
 * The cache is the one thing here that changes, under its own lock. */
#include "ecs/enrich/enrich.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/dict.h"
#include "base/mem.h"
#include "ecs/enrich/agent.h"
#include "ecs/enrich/file.h"
#include "ecs/enrich/place.h"

#define USUAL_AGENTS "/usr/share/uap-core/regexes.yaml"

enum {
    CACHE_MAX = 2 * TH_FIELD_AHEAD,                      /* agents; one more empties it */
    CACHE_BYTES_MAX = 2 * TH_FIELD_AHEAD * TH_AGENT_MAX, /* of their texts */
    HELPERS_MAX = 8,
    SHARE = 64, /* agents that a thread takes at a time */
};

struct cache {
    pthread_mutex_t lock;
    th_dict *agents;
    struct th_agent *results; /* by code - 1 */
    size_t results_cap;
    size_t bytes; /* of the agents' texts */
    uint64_t matched;
    uint64_t tries; /* of expressions */
    th_arena *arena;
};

struct th_enrich {
    th_agents *agents; /* NULL: not loaded */
    char *agents_path; /* of the file loaded */
    char *agents_note; /* what became of the file; NULL: never asked for */
    struct cache *cache;
    th_places *places; /* NULL: not loaded */
    char *places_note;
    th_enrich_value *stored; /* NULL: values come from the files */
    void *stored_ctx;
};

static struct cache *cache_new(void)
{
    struct cache *cache = th_xcalloc(1, sizeof *cache);
    pthread_mutex_init(&cache->lock, NULL);
    cache->agents = th_dict_new();
    cache->arena = th_arena_new(0);
    return cache;
}

static void cache_free(struct cache *cache)
{
    pthread_mutex_destroy(&cache->lock);
    th_dict_free(cache->agents);
    th_arena_free(cache->arena);
    free(cache->results);
    free(cache);
}

static void cache_clear(struct cache *cache)
{
    th_dict_reset(cache->agents);
    th_arena_reset(cache->arena);
    cache->bytes = 0;
}

struct th_enrich *th_enrich_new(void)
{
    struct th_enrich *enrich = th_xcalloc(1, sizeof *enrich);
    enrich->cache = cache_new();
    return enrich;
}

void th_enrich_free(struct th_enrich *enrich)
{
    if (enrich == NULL)
        return;
    th_agents_free(enrich->agents);
    cache_free(enrich->cache);
    free(enrich->agents_note);
    free(enrich->agents_path);
    th_places_free(enrich->places);
    free(enrich->places_note);
    free(enrich);
}

enum th_code th_enrich_user_agents(struct th_enrich *enrich, const char *path, struct th_err *err)
{
    struct th_err own;
    th_agents *agents;
    th_err_clear(&own);
    if (path == NULL)
        path = USUAL_AGENTS;
    enum th_code rc = th_agents_load(path, &agents, &own);
    free(enrich->agents_note);
    if (rc != TH_OK) {
        enrich->agents_note = rc == TH_E_NOT_FOUND ? th_xasprintf("user agents: %s not found", path)
                                                   : th_xasprintf("user agents: %s", own.msg);
        return th_err_set(err, rc, "%s", own.msg);
    }
    enrich->agents_note =
        th_xasprintf("user agents: %s, %zu expressions", path, th_agents_count(agents));
    th_agents_free(enrich->agents);
    enrich->agents = agents;
    free(enrich->agents_path);
    enrich->agents_path = th_xstrdup(path);
    cache_clear(enrich->cache);
    return TH_OK;
}

static struct th_str value_of(const struct th_agent *agent, enum th_field field)
{
    switch ((int)field) {
    case TH_F_USER_AGENT_NAME:
        return agent->name;
    case TH_F_USER_AGENT_VERSION:
        return agent->version;
    case TH_F_USER_AGENT_DEVICE_NAME:
        return agent->device;
    case TH_F_USER_AGENT_OS_NAME:
        return agent->os_name;
    case TH_F_USER_AGENT_OS_VERSION:
        return agent->os_version;
    case TH_F_USER_AGENT_OS_FULL:
        return agent->os_full;
    }
    return TH_STR_NONE;
}

static bool give(struct th_str value, struct th_buf *out)
{
    if (value.p == NULL)
        return false;
    th_buf_add_str(out, value);
    return true;
}

/* Empty the cache unless so many more agents go in. The lock is held. */
static void make_room(struct cache *cache, size_t agents, size_t bytes)
{
    if (th_dict_count(cache->agents) + agents > CACHE_MAX || cache->bytes + bytes > CACHE_BYTES_MAX)
        cache_clear(cache);
}

/* Put a result into the cache, unless another thread was quicker. The lock is held. */
static void remember(struct cache *cache, struct th_str text, const struct th_agent *result)
{
    cache->matched++;
    cache->tries += result->tries;
    if (th_dict_find(cache->agents, text) != 0)
        return;
    make_room(cache, 1, text.n);
    cache->bytes += text.n;
    size_t i = th_dict_intern(cache->agents, text) - 1;
    TH_GROW(cache->results, i, cache->results_cap);
    cache->results[i] = (struct th_agent){
        .name = th_arena_dup(cache->arena, result->name),
        .version = th_arena_dup(cache->arena, result->version),
        .device = th_arena_dup(cache->arena, result->device),
        .os_name = th_arena_dup(cache->arena, result->os_name),
        .os_version = th_arena_dup(cache->arena, result->os_version),
        .os_full = th_arena_dup(cache->arena, result->os_full),
    };
}

bool th_enrich_user_agent(const struct th_enrich *enrich, struct th_str agent, enum th_field field,
                          struct th_buf *out)
{
    struct cache *cache = enrich->cache;
    struct th_agent result;
    if (agent.p == NULL)
        return false;
    if (enrich->stored != NULL)
        return enrich->stored(enrich->stored_ctx, field, agent, out);
    if (enrich->agents == NULL)
        return false;

    agent = th_str_sub(agent, 0, TH_AGENT_MAX); /* no more of it is looked at */
    pthread_mutex_lock(&cache->lock);
    uint32_t code = th_dict_find(cache->agents, agent);
    bool found = code != 0 && give(value_of(&cache->results[code - 1], field), out);
    pthread_mutex_unlock(&cache->lock);
    if (code != 0)
        return found;

    th_arena *arena = th_arena_new(0);
    th_agents_match(enrich->agents, agent, arena, &result);
    found = give(value_of(&result, field), out);
    pthread_mutex_lock(&cache->lock);
    remember(cache, agent, &result);
    pthread_mutex_unlock(&cache->lock);
    th_arena_free(arena);
    return found;
}

/* Agents that threads match together: each takes the next share until none is left. */
struct ahead {
    const struct th_enrich *enrich;
    struct th_str *agents;
    struct th_agent *results;
    size_t n;
    atomic_size_t next;
};

struct helper {
    struct ahead *ahead;
    pthread_t thread;
    th_arena *arena; /* of the results */
};

static void *help(void *ctx)
{
    struct helper *helper = ctx;
    struct ahead *ahead = helper->ahead;
    size_t from;
    while ((from = atomic_fetch_add(&ahead->next, SHARE)) < ahead->n)
        for (size_t i = from; i < from + SHARE && i < ahead->n; i++)
            th_agents_match(ahead->enrich->agents, ahead->agents[i], helper->arena,
                            &ahead->results[i]);
    return NULL;
}

/* The first helper is the thread that called. */
static void match_together(struct ahead *ahead, struct helper *helpers)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t most = (ahead->n + SHARE - 1) / SHARE;
    size_t running = 1;
    for (size_t i = 0; i < HELPERS_MAX; i++)
        helpers[i] = (struct helper){.ahead = ahead, .arena = NULL};
    while (running < most && running < HELPERS_MAX && (long)running < cores) {
        helpers[running].arena = th_arena_new(0);
        if (pthread_create(&helpers[running].thread, NULL, help, &helpers[running]) != 0)
            break;
        running++;
    }
    helpers[0].arena = th_arena_new(0);
    help(&helpers[0]);
    for (size_t i = 1; i < running; i++)
        pthread_join(helpers[i].thread, NULL);
}

/* Those that are not remembered, as far as they are looked at, in room for n; gives their bytes,
 * too. */
static size_t not_known(struct cache *cache, const struct th_str *agents, size_t n,
                        struct th_str *out, size_t *bytes)
{
    size_t unknown = 0;
    *bytes = 0;
    for (size_t i = 0; i < n; i++) {
        struct th_str agent = th_str_sub(agents[i], 0, TH_AGENT_MAX);
        if (agents[i].p == NULL || th_dict_find(cache->agents, agent) != 0)
            continue;
        *bytes += agent.n;
        out[unknown++] = agent;
    }
    return unknown;
}

void th_enrich_agents_ahead(const struct th_enrich *enrich, const struct th_str *agents, size_t n)
{
    struct cache *cache = enrich->cache;
    struct helper helpers[HELPERS_MAX];
    struct ahead ahead = {.enrich = enrich};
    size_t bytes;
    if (enrich->stored != NULL || enrich->agents == NULL || n == 0)
        return;
    ahead.agents = th_xcalloc(n, sizeof *ahead.agents);
    ahead.results = th_xcalloc(n, sizeof *ahead.results);
    pthread_mutex_lock(&cache->lock);
    ahead.n = not_known(cache, agents, n, ahead.agents, &bytes);
    if (ahead.n < n) { /* those that are known are to stay, too */
        make_room(cache, ahead.n, bytes);
        ahead.n = not_known(cache, agents, n, ahead.agents, &bytes);
    }
    pthread_mutex_unlock(&cache->lock);
    match_together(&ahead, helpers);
    pthread_mutex_lock(&cache->lock);
    make_room(cache, ahead.n, bytes);
    for (size_t i = 0; i < ahead.n; i++)
        remember(cache, ahead.agents[i], &ahead.results[i]);
    pthread_mutex_unlock(&cache->lock);
    for (size_t i = 0; i < HELPERS_MAX; i++)
        th_arena_free(helpers[i].arena);
    free(ahead.agents);
    free(ahead.results);
}

uint64_t th_enrich_tries(const struct th_enrich *enrich)
{
    pthread_mutex_lock(&enrich->cache->lock);
    uint64_t tries = enrich->cache->tries;
    pthread_mutex_unlock(&enrich->cache->lock);
    return tries;
}

uint64_t th_enrich_matches(const struct th_enrich *enrich)
{
    pthread_mutex_lock(&enrich->cache->lock);
    uint64_t matched = enrich->cache->matched;
    pthread_mutex_unlock(&enrich->cache->lock);
    return matched;
}

enum th_code th_enrich_places(struct th_enrich *enrich, const char *dir, struct th_err *err)
{
    struct th_err own;
    struct th_buf note = TH_BUF_INIT;
    th_places *places;
    th_err_clear(&own);
    enum th_code rc = th_places_load(dir, &places, &note, &own);
    free(enrich->places_note);
    enrich->places_note = NULL;
    if (rc != TH_OK) {
        th_buf_fini(&note);
        enrich->places_note = th_xasprintf("places: %s\n", own.msg);
        return th_err_set(err, rc, "%s", own.msg);
    }
    th_places_free(enrich->places);
    enrich->places = places;
    enrich->places_note = th_buf_take(&note);
    return TH_OK;
}

bool th_enrich_place(const struct th_enrich *enrich, struct th_str address, enum th_field field,
                     struct th_buf *out)
{
    if (enrich->stored != NULL)
        return enrich->stored(enrich->stored_ctx, field, address, out);
    return enrich->places != NULL && th_places_value(enrich->places, address, field, out);
}

uint64_t th_enrich_lookups(const struct th_enrich *enrich)
{
    return enrich->places == NULL ? 0 : th_places_lookups(enrich->places);
}

void th_enrich_stored(struct th_enrich *enrich, th_enrich_value *value, void *ctx)
{
    enrich->stored = value;
    enrich->stored_ctx = ctx;
}

enum th_enrich_kind th_enrich_kind_of(enum th_field field)
{
    enum th_field parent = th_field_info(field)->parent;
    if (parent == TH_F_USER_AGENT_ORIGINAL)
        return TH_ENRICH_AGENTS;
    return parent == TH_F_SOURCE_ADDRESS && field != TH_F_SOURCE_IP ? TH_ENRICH_PLACES
                                                                    : TH_ENRICH_KINDS;
}

bool th_enrich_has(const struct th_enrich *enrich, enum th_enrich_kind kind)
{
    switch (kind) {
    case TH_ENRICH_AGENTS:
        return enrich->agents != NULL;
    case TH_ENRICH_PLACES:
        return enrich->places != NULL;
    case TH_ENRICH_KINDS:
        break;
    }
    return false;
}

enum th_code th_enrich_describe(const struct th_enrich *enrich, enum th_enrich_kind kind,
                                struct th_buf *out, struct th_err *err)
{
    struct th_jsonw w;
    enum th_code rc = TH_OK;
    th_jsonw_init(&w, out);
    th_jsonw_begin_array(&w);
    if (kind == TH_ENRICH_AGENTS && enrich->agents != NULL) {
        const struct th_enrich_file file = {"uap-core", enrich->agents_path, TH_TIME_NONE};
        rc = th_enrich_file_write(&file, &w, err);
    } else if (kind == TH_ENRICH_PLACES && enrich->places != NULL) {
        rc = th_places_describe(enrich->places, &w, err);
    }
    th_jsonw_end_array(&w);
    return rc;
}

void th_enrich_notes(const struct th_enrich *enrich, struct th_buf *out)
{
    th_buf_puts(out, enrich->agents_note != NULL ? enrich->agents_note : "user agents: not loaded");
    th_buf_putc(out, '\n');
    if (enrich->agents != NULL)
        th_agents_troubles(enrich->agents, out);
    if (enrich->places_note != NULL)
        th_buf_puts(out, enrich->places_note);
}
