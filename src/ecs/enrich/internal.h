/* What stands behind a th_enrich. */
#ifndef TH_ECS_ENRICH_INTERNAL_H
#define TH_ECS_ENRICH_INTERNAL_H

#include "ecs/enrich/agent.h"
#include "ecs/enrich/enrich.h"
#include "ecs/enrich/place.h"

struct th_agent_cache;

struct th_enrich {
    th_agents *agents; /* NULL: not loaded */
    char *agents_path; /* of the file loaded */
    char *agents_note; /* what became of the file; NULL: never asked for */
    struct th_agent_cache *cache;
    th_places *places; /* NULL: not loaded */
    char *places_note;
    th_enrich_value *stored; /* NULL: values come from the files */
    void *stored_ctx;
};

#endif
