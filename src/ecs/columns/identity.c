/* Who: user.*, service.name and the name shown under WHO.
 *
 * An AWS service acts when the identity says so, or when a role of its own does (a service-linked
 * role); then user.name and user.id stay away. Everybody else is a user: for sessions of a role or
 * a federated user the name of what issued the session, not of the session. */
#include "base/compiler.h"
#include "ecs/columns/internal.h"

struct identity {
    struct th_str type, name, id, arn, account;
    struct th_str service; /* the AWS service that acted; absent when none did */
    struct th_str session; /* last part of an STS ARN */
};

static bool has_sessions(struct th_str type)
{
    return th_str_is(type, "AssumedRole") || th_str_is(type, "FederatedUser") ||
           th_str_is(type, "IdentityCenterUser");
}

static struct th_str after_last(struct th_str text, char c)
{
    ptrdiff_t at = th_str_rfind(text, c);
    return at < 0 ? text : th_str_sub(text, (size_t)at + 1, text.n);
}

/* The service behind AWSService, or behind a role that only a service can take. */
static struct th_str service_of(const struct th_mapper *m, struct th_str type)
{
    const struct th_str marker = TH_STR(":role/aws-service-role/");
    struct th_str invoked_by = th_map_string(m, TH_S_INVOKED_BY);
    struct th_str issuer = th_map_string(m, TH_S_SESSION_ISSUER_ARN);
    if (th_map_is_odd(m, TH_S_INVOKED_BY))
        return TH_STR_NONE;
    if (th_str_is(type, "AWSService"))
        return invoked_by;
    if (issuer.p == NULL || !th_str_is(type, "AssumedRole"))
        return TH_STR_NONE;
    ptrdiff_t at = th_str_search(issuer, marker);
    if (at < 0)
        return TH_STR_NONE;
    if (invoked_by.p != NULL)
        return invoked_by;
    struct th_str rest = th_str_sub(issuer, (size_t)at + marker.n, issuer.n);
    ptrdiff_t slash = th_str_find(rest, '/');
    return slash > 0 ? th_str_sub(rest, 0, (size_t)slash) : TH_STR_NONE;
}

/* Length of "arn:PARTITION:sts:", or 0. */
static size_t sts_prefix(struct th_str arn)
{
    const struct th_str start = TH_STR("arn:");
    const struct th_str sts = TH_STR(":sts:");
    size_t at = start.n;
    if (!th_str_starts(arn, start))
        return 0;
    while (at < arn.n && ((arn.p[at] >= 'a' && arn.p[at] <= 'z') ||
                          (arn.p[at] >= '0' && arn.p[at] <= '9') || arn.p[at] == '-'))
        at++;
    return at > start.n && th_str_starts(th_str_sub(arn, at, arn.n), sts) ? at + sts.n : 0;
}

/* Last part of arn:PARTITION:sts:…/NAME; something else that has :sts: and a slash fails. */
static struct th_str session_of(struct th_mapper *m, struct th_str arn)
{
    ptrdiff_t slash = th_str_rfind(arn, '/');
    if (slash < 0 || th_str_search(arn, TH_STR(":sts:")) < 0)
        return TH_STR_NONE;
    size_t prefix = sts_prefix(arn);
    if (prefix == 0 || (size_t)slash < prefix) {
        m->error = true;
        return TH_STR_NONE;
    }
    return th_str_sub(arn, (size_t)slash + 1, arn.n);
}

/* Where user.name comes from: the issuer's slot for issued sessions that have one, else the
 * identity's own; for some sign-ins the record's further data. TH_SLOT_COUNT: nowhere. */
static enum th_slot name_slot(const struct th_mapper *m, const struct identity *who)
{
    bool issued = th_str_is(who->type, "AssumedRole") || th_str_is(who->type, "FederatedUser");
    if (who->service.p == NULL && issued && th_map_is_there(m, TH_S_ISSUER_USER_NAME))
        return TH_S_ISSUER_USER_NAME;
    if (who->service.p == NULL && th_map_is_there(m, TH_S_IDENTITY_USER_NAME))
        return TH_S_IDENTITY_USER_NAME;
    if (th_str_is(th_map_string(m, TH_S_EVENT_ACTION), "UserAuthentication"))
        return TH_S_ADDITIONAL_USER_NAME;
    return TH_SLOT_COUNT;
}

static void map_user(struct th_mapper *m, const struct identity *who)
{
    struct th_values *out = m->out;
    m->name_slot = name_slot(m, who);
    if (m->name_slot != TH_SLOT_COUNT)
        out->text[TH_F_USER_NAME] = th_map_slot(m, m->name_slot);
    if (who->service.p == NULL) {
        out->text[TH_F_USER_ID] = who->id;
        if (th_str_is(who->type, "IdentityCenterUser") &&
            !th_map_is_there(m, TH_S_IDENTITY_PRINCIPAL_ID))
            out->text[TH_F_USER_ID] = out->text[TH_F_ON_BEHALF_OF_USER_ID];
    }
    out->text[TH_F_SERVICE_NAME] = who->service;
    if (th_str_find(who->session, '@') >= 0)
        out->text[TH_F_USER_EMAIL] = who->session;
}

void th_map_email(struct th_mapper *m)
{
    if (m->name_slot == TH_SLOT_COUNT || m->out->text[TH_F_USER_EMAIL].p != NULL)
        return;
    struct th_str name = th_map_string(m, m->name_slot);
    if (th_str_find(name, '@') > 0)
        m->out->text[TH_F_USER_EMAIL] = name;
    if (m->record->v[m->name_slot].type != TH_JSON_ARRAY && th_map_is_odd(m, m->name_slot))
        m->error = true;
}

static void map_account(struct th_mapper *m, const struct identity *who)
{
    struct th_str account = who->account;
    bool there = account.p != NULL || th_map_is_there(m, TH_S_IDENTITY_ACCOUNT_ID);
    if (!there) {
        account = m->out->text[TH_F_RECIPIENT_ACCOUNT_ID];
        there = account.p != NULL || th_map_is_there(m, TH_S_RECIPIENT_ACCOUNT_ID);
    }
    if (!there)
        account = th_map_slot(m, TH_S_DIGEST_ACCOUNT);
    m->out->text[TH_F_CLOUD_ACCOUNT_ID] = account;
}

/* Role of arn:…:assumed-role/ROLE/SESSION. */
static struct th_str role_of(struct th_str arn)
{
    const struct th_str marker = TH_STR(":assumed-role/");
    ptrdiff_t at = th_str_search(arn, marker);
    if (at < 0)
        return TH_STR_NONE;
    struct th_str rest = th_str_sub(arn, (size_t)at + marker.n, arn.n);
    ptrdiff_t slash = th_str_find(rest, '/');
    return slash <= 0 ? rest : th_str_sub(rest, 0, (size_t)slash);
}

/* Who, as shown: the service, root, ROLE/SESSION, the user's name, or whatever else tells this
 * caller from others. Nobody where AWS hides the name, because somebody typed a name that is none
 * into a sign-in: shown as one user it would be all of them. */
static struct th_str actor_of(const struct th_mapper *m, const struct identity *who)
{
    const struct th_str domain = TH_STR(".amazonaws.com");
    const struct th_values *out = m->out;
    struct th_str name = out->text[TH_F_USER_NAME];
    if (th_str_is(name, "HIDDEN_DUE_TO_SECURITY_REASONS"))
        return TH_STR_NONE;
    if (who->service.p != NULL && who->service.n > domain.n && th_str_ends(who->service, domain))
        return th_str_sub(who->service, 0, who->service.n - domain.n);
    if (who->service.p != NULL)
        return who->service;
    if (th_str_is(who->type, "Root"))
        return TH_STR("root");
    if (th_str_is(who->type, "AssumedRole") && name.p == NULL)
        name = role_of(who->arn);
    if (th_str_is(who->type, "AssumedRole") || th_str_is(who->type, "FederatedUser")) {
        struct th_str session = who->session;
        if (session.p == NULL && th_str_find(who->id, ':') > 0)
            session = after_last(who->id, ':');
        if (name.n > 0 && session.n > 0)
            return th_map_join(m->arena, name, '/', session);
        if (name.n == 0 && session.n > 0)
            return session;
    }
    if (name.n > 0)
        return name;
    if (th_str_is(who->type, "IdentityCenterUser")) {
        if (who->session.n > 0)
            return who->session;
        if (out->text[TH_F_ON_BEHALF_OF_USER_ID].p != NULL)
            return out->text[TH_F_ON_BEHALF_OF_USER_ID];
    }
    struct th_str last = after_last(after_last(who->arn, ':'), '/');
    if (last.n > 0)
        return last;
    return who->account;
}

/* What one set of temporary credentials is known by: its own access key, which no other session
 * has; where that isn't logged, ROLE-ID:SESSION, which stays the same when the session is renewed.
 * Long-term keys and callers without credentials are no session. */
static struct th_str session_key_of(const struct th_mapper *m, const struct identity *who)
{
    struct th_str key = m->out->text[TH_F_ACCESS_KEY_ID];
    if (th_str_starts(key, TH_STR("ASIA")))
        return key;
    bool issued = th_str_is(who->type, "AssumedRole") || th_str_is(who->type, "FederatedUser");
    return issued && th_str_find(who->id, ':') > 0 ? who->id : TH_STR_NONE;
}

void th_map_identity(struct th_mapper *m)
{
    struct identity who = {
        .type = th_map_string(m, TH_S_USER_IDENTITY_TYPE),
        .name = th_map_slot(m, TH_S_IDENTITY_USER_NAME),
        .id = th_map_slot(m, TH_S_IDENTITY_PRINCIPAL_ID),
        .arn = th_map_string(m, TH_S_USER_IDENTITY_ARN),
        .account = th_map_slot(m, TH_S_IDENTITY_ACCOUNT_ID),
    };
    who.service = service_of(m, who.type);
    who.session = has_sessions(who.type) ? session_of(m, who.arn) : TH_STR_NONE;
    map_user(m, &who);
    map_account(m, &who);
    m->out->text[TH_F_OWN_ACTOR] = actor_of(m, &who);
    m->out->text[TH_F_OWN_SESSION] = session_key_of(m, &who);
}
