/* What files outside know of a value. The expressions never change after loading; in front of them
 * stands a cache of the agents seen last, for millions of events come from a few hundred clients.
 * The cache is the one thing here that changes, under its own lock. */
#include "ecs/enrich/enrich.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/dict.h"
#include "base/mem.h"
#include "ecs/enrich/agent.h"
#include "ecs/enrich/file.h"
#include "ecs/enrich/internal.h"
#include "ecs/enrich/place.h"

#define USUAL_AGENTS "/usr/share/uap-core/regexes.yaml"

enum {
    CACHE_MAX = 4096,           /* agents; one more empties it */
    CACHE_BYTES_MAX = 32 << 20, /* of their texts */
};

struct th_agent_cache {
    pthread_mutex_t lock;
    th_dict *agents;
    struct th_agent *results; /* by code - 1 */
    size_t results_cap;
    size_t bytes; /* of the agents' texts */
    th_arena *arena;
};

static struct th_agent_cache *cache_new(void)
{
    struct th_agent_cache *cache = th_xcalloc(1, sizeof *cache);
    pthread_mutex_init(&cache->lock, NULL);
    cache->agents = th_dict_new();
    cache->arena = th_arena_new(0);
    return cache;
}

static void cache_free(struct th_agent_cache *cache)
{
    pthread_mutex_destroy(&cache->lock);
    th_dict_free(cache->agents);
    th_arena_free(cache->arena);
    free(cache->results);
    free(cache);
}

static void cache_clear(struct th_agent_cache *cache)
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

static bool give(struct th_str value, struct th_buf *out)
{
    if (value.p == NULL)
        return false;
    th_buf_add_str(out, value);
    return true;
}

/* Put a result into the cache, unless another thread was quicker. The lock is held. */
static void remember(struct th_agent_cache *cache, struct th_str text,
                     const struct th_agent *result)
{
    if (th_dict_find(cache->agents, text) != 0)
        return;
    if (th_dict_count(cache->agents) == CACHE_MAX || cache->bytes + text.n > CACHE_BYTES_MAX)
        cache_clear(cache);
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
    struct th_agent_cache *cache = enrich->cache;
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
    bool found = code != 0 && give(th_agent_value(&cache->results[code - 1], field), out);
    pthread_mutex_unlock(&cache->lock);
    if (code != 0)
        return found;

    th_arena *arena = th_arena_new(0);
    th_agents_match(enrich->agents, agent, arena, &result);
    found = give(th_agent_value(&result, field), out);
    pthread_mutex_lock(&cache->lock);
    remember(cache, agent, &result);
    pthread_mutex_unlock(&cache->lock);
    th_arena_free(arena);
    return found;
}

uint64_t th_enrich_tries(const struct th_enrich *enrich)
{
    return enrich->agents == NULL ? 0 : th_agents_tries(enrich->agents);
}

uint64_t th_enrich_matches(const struct th_enrich *enrich)
{
    return enrich->agents == NULL ? 0 : th_agents_matched(enrich->agents);
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
