/* User agent expressions as uap-core writes them down: three lists, in each of which the first
 * expression that matches wins. Inside of enrich only. */
#ifndef TH_ECS_ENRICH_AGENT_H
#define TH_ECS_ENRICH_AGENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "ecs/field/field.h"

typedef struct th_agents th_agents;

/* Read regexes.yaml. TH_E_NOT_FOUND, TH_E_IO, TH_E_UNSUPPORTED when it isn't such a file (err->msg
 * has the line). Owned: th_agents_free. */
TH_NODISCARD enum th_code th_agents_load(const char *path, th_agents **out, struct th_err *err);
void th_agents_free(th_agents *agents);
/* Expressions in all three lists. */
size_t th_agents_count(const th_agents *agents);

/* What the expressions say of one agent string. os_* and version are absent when unknown. In the
 * arena. */
struct th_agent {
    struct th_str name;    /* "Other" when no expression matches */
    struct th_str version; /* "136.0" */
    struct th_str device;  /* "Other" when no expression matches */
    struct th_str os_name;
    struct th_str os_version;
    struct th_str os_full; /* name and version; absent without a version */
};

/* Match an agent string (its first TH_AGENT_MAX bytes). Any number of threads may call it at once.
 */
#define TH_AGENT_MAX 8192
void th_agents_match(th_agents *agents, struct th_str agent, th_arena *arena, struct th_agent *out);

/* What it says of one field (user_agent.*, but not original); absent when nothing. */
struct th_str th_agent_value(const struct th_agent *agent, enum th_field field);

/* How many agents were matched until now, and how many expressions were tried for all of them. */
uint64_t th_agents_matched(const th_agents *agents);
uint64_t th_agents_tries(const th_agents *agents);

/* Append a line for each kind of trouble that expressions gave until now: those that can't be
 * compiled, those that were given up over an agent because they took too long. */
void th_agents_troubles(const th_agents *agents, struct th_buf *out);

#endif
