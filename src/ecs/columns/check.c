/* Where the integration's pipeline fails: values of a type that a step doesn't expect. Such events
 * are shown like all others, but their kind is pipeline_error, and what only later steps could make
 * is absent. */
#include "base/compiler.h"
#include "ecs/columns/internal.h"

/* The entity step, which events with a name go through. */
static void check_entities(struct th_mapper *m)
{
    static const enum th_slot slots[] = {
        TH_S_EVENT_ACTION,      TH_S_EVENT_PROVIDER,     TH_S_ACCESS_KEY_ID,
        TH_S_USER_IDENTITY_ARN, TH_S_IDENTITY_USER_NAME, TH_S_SESSION_ISSUER_ARN,
        TH_S_ISSUER_USER_NAME,
    };
    if (!th_map_is_there(m, TH_S_EVENT_ACTION))
        return;
    for (size_t i = 0; i < TH_COUNT(slots); i++)
        if (th_map_is_odd(m, slots[i]))
            m->error = true;
    if (th_str_is(th_map_string(m, TH_S_USER_IDENTITY_TYPE), "IdentityCenterUser") &&
        th_map_is_odd(m, TH_S_ON_BEHALF_OF_IDENTITY_STORE_ARN))
        m->error = true;
    if (m->record->v[TH_S_RESOURCES].type != TH_JSON_ARRAY && th_map_is_there(m, TH_S_RESOURCES))
        m->error = true;
    m->error = m->error || th_map_entities_fail(m);
}

/* Who: the parts of userIdentity must be what they always are. */
static bool check_identity(struct th_mapper *m)
{
    const struct th_values *out = m->out;
    struct th_str type = th_map_string(m, TH_S_USER_IDENTITY_TYPE);
    const struct th_json_value *arn = &m->record->v[TH_S_USER_IDENTITY_ARN];
    bool session = th_str_is(type, "AssumedRole") || th_str_is(type, "FederatedUser") ||
                   th_str_is(type, "IdentityCenterUser");
    if (th_map_is_odd(m, TH_S_USER_IDENTITY_TYPE) || th_map_is_odd(m, TH_S_INVOKED_BY))
        m->error = true;
    if (th_str_is(type, "AssumedRole") &&
        (th_map_is_no_object(m, TH_S_SESSION_ISSUER) || th_map_is_odd(m, TH_S_SESSION_ISSUER_ARN)))
        m->error = true;
    if (th_map_is_no_object(m, TH_S_IDENTITY) || th_map_is_no_object(m, TH_S_SESSION_CONTEXT) ||
        th_map_is_no_object(m, TH_S_SESSION_ATTRIBUTES))
        return false;
    if (session && arn->type != TH_JSON_ARRAY && th_map_is_odd(m, TH_S_USER_IDENTITY_ARN))
        return false;
    if (th_map_is_odd(m, TH_S_EVENT_PROVIDER))
        return false;
    return !th_str_is(out->text[TH_F_EVENT_ACTION], "UserAuthentication") ||
           out->text[TH_F_USER_NAME].p != NULL ||
           !th_map_is_no_object(m, TH_S_ADDITIONAL_EVENTDATA);
}

bool th_map_check(struct th_mapper *m)
{
    check_entities(m);
    bool agent = !th_map_is_odd(m, TH_S_USER_AGENT_ORIGINAL);
    if (!agent)
        m->out->text[TH_F_USER_AGENT_ORIGINAL] = TH_STR_NONE;
    bool whole = agent && check_identity(m) && !th_map_is_no_object(m, TH_S_REQUEST) &&
                 !th_map_is_no_object(m, TH_S_RESPONSE) &&
                 !th_map_is_no_object(m, TH_S_RESPONSE_USER);
    if (!whole)
        m->error = true;
    return whole;
}

bool th_map_check_related(struct th_mapper *m)
{
    bool discarded = th_str_is(th_map_string(m, TH_S_TLS_VERSION_RAW), "tlsVersion");
    bool user = !th_map_is_no_object(m, TH_S_TLS);
    bool list = m->record->v[TH_S_SOURCE_ADDRESS].type == TH_JSON_ARRAY;
    if (!user || (!list && th_map_is_odd(m, TH_S_SOURCE_ADDRESS)) ||
        (!discarded && th_map_is_odd(m, TH_S_TLS_CLIENT_SERVER_NAME)))
        m->error = true;
    return user;
}
