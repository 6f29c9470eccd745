/* Who made the call: an AWS service (service.name, no user.*), or a user or role (user.*), and what
 * the session was called.
 *
 * A service acted when the identity says AWSService, or is the session of a service-linked role.
 * invokedBy alone says nothing: signing in by the console sets it for people. */
#include "ecs/document/internal.h"

/* Session of a service-linked role: what invoked it, else the service that the role's path names.
 */
static struct th_str role_service(struct th_doc *doc, const struct th_doc_node *identity,
                                  struct th_str invoked_by)
{
    const struct th_doc_node *context = th_doc_node_get(identity, TH_STR("sessionContext"));
    const struct th_doc_node *issuer = th_doc_node_get(context, TH_STR("sessionIssuer"));
    const struct th_doc_node *arn = th_doc_node_get(issuer, TH_STR("arn"));
    const struct th_str marker = TH_STR(":role/aws-service-role/");
    if ((context != NULL && context->type != TH_JSON_OBJECT) ||
        (issuer != NULL && issuer->type != TH_JSON_OBJECT) ||
        (arn != NULL && arn->type != TH_JSON_STRING)) {
        th_doc_note(doc, "userIdentity.sessionContext.sessionIssuer.arn", "a text was expected");
        return TH_STR_NONE;
    }
    ptrdiff_t start = arn == NULL ? -1 : th_str_search(arn->text, marker);
    if (start < 0)
        return TH_STR_NONE;
    if (invoked_by.p != NULL)
        return invoked_by;
    struct th_str rest = th_str_sub(arn->text, (size_t)start + marker.n, arn->text.n);
    ptrdiff_t slash = th_str_find(rest, '/');
    return slash > 0 ? th_str_sub(rest, 0, (size_t)slash) : TH_STR_NONE;
}

static void find_service(struct th_doc *doc, const struct th_doc_node *identity)
{
    const struct th_doc_node *type = th_doc_node_get(identity, TH_STR("type"));
    const struct th_doc_node *invoked = th_doc_node_get(identity, TH_STR("invokedBy"));
    if (identity->type != TH_JSON_OBJECT) {
        th_doc_note(doc, "userIdentity", "an object was expected");
        return;
    }
    if ((type != NULL && type->type != TH_JSON_STRING) ||
        (invoked != NULL && invoked->type != TH_JSON_STRING)) {
        th_doc_note(doc, "userIdentity", "type and invokedBy must be texts");
        return;
    }
    if (th_doc_node_is(type, "AWSService"))
        doc->service = th_doc_node_str(invoked);
    else if (th_doc_node_is(type, "AssumedRole"))
        doc->service = role_service(doc, identity, th_doc_node_str(invoked));
    if (doc->service.p != NULL)
        th_doc_put_text(doc, "service.name", doc->service);
}

static void take(struct th_doc *doc, const char *from, const char *to)
{
    struct th_doc_node *value = th_doc_node_take(doc->arena, doc->json, from);
    if (value != NULL)
        th_doc_put(doc, to, value);
}

/* "arn:", a partition, ":sts:"? *from is left behind that. */
static bool is_sts_arn(struct th_str arn, size_t *from)
{
    size_t at = 4;
    if (!th_str_starts(arn, TH_STR("arn:")))
        return false;
    while (at < arn.n && ((arn.p[at] >= 'a' && arn.p[at] <= 'z') ||
                          (arn.p[at] >= '0' && arn.p[at] <= '9') || arn.p[at] == '-'))
        at++;
    *from = at + 5;
    return at > 4 && th_str_starts(th_str_sub(arn, at, arn.n), TH_STR(":sts:"));
}

/* The session's name: what stands behind the last slash of an STS ARN. It goes to related.user, for
 * it is what somebody called the session and no user name; when it is an e-mail address, it is
 * user.email and its first part a name of its own. */
static void session_name(struct th_doc *doc, struct th_str arn)
{
    size_t from = 0;
    ptrdiff_t slash = th_str_rfind(arn, '/');
    if (slash < 0 || th_str_search(arn, TH_STR(":sts:")) < 0)
        return;
    if (!is_sts_arn(arn, &from) || (size_t)slash < from) {
        th_doc_note(doc, "userIdentity.arn", "no session name in it");
        return;
    }
    struct th_str name = th_str_sub(arn, (size_t)slash + 1, arn.n);
    ptrdiff_t at = th_str_find(name, '@');
    th_doc_append(doc, "related.user", name);
    if (at < 0)
        return;
    th_doc_append(doc, "related.user", th_str_sub(name, 0, (size_t)at));
    th_doc_put_text(doc, "user.email", name);
}

/* The name in additionalEventData moves away from there, before that is written as text. */
static void authentication_name(struct th_doc *doc)
{
    if (th_doc_node_is(th_doc_node_get(doc->json, TH_STR("eventName")), "UserAuthentication") &&
        th_doc_node_at(doc->root, "user.name") == NULL)
        take(doc, "additionalEventData.UserName", "user.name");
}

void th_doc_identity(struct th_doc *doc)
{
    const struct th_doc_node *identity = th_doc_node_get(doc->json, TH_STR("userIdentity"));
    const struct th_doc_node *type = th_doc_node_get(identity, TH_STR("type"));
    bool role = th_doc_node_is(type, "AssumedRole") || th_doc_node_is(type, "FederatedUser");
    bool center = th_doc_node_is(type, "IdentityCenterUser");
    if (identity != NULL)
        find_service(doc, identity);
    if (doc->service.p == NULL) {
        take(doc, "userIdentity.userName", "user.name");
        take(doc, "userIdentity.principalId", "user.id");
        if (role)
            take(doc, "userIdentity.sessionContext.sessionIssuer.userName", "user.name");
    }
    if (role || center)
        session_name(doc, th_doc_node_str(th_doc_node_get(identity, TH_STR("arn"))));
    const struct th_doc_node *behalf = th_doc_node_at(doc->json, "userIdentity.onBehalfOf.userId");
    if (center && behalf != NULL && th_doc_node_at(doc->root, "user.id") == NULL)
        th_doc_put(doc, "user.id", th_doc_node_share(doc->arena, behalf));
    authentication_name(doc);
    th_doc_date(doc, th_field_info(TH_F_CREATION_DATE)->source,
                th_field_info(TH_F_CREATION_DATE)->name);
}

bool th_doc_check_identity(struct th_doc *doc)
{
    const char *created = th_field_info(TH_F_CREATION_DATE)->source;
    const struct th_doc_node *type =
        th_doc_node_at(doc->root, th_field_info(TH_F_USER_IDENTITY_TYPE)->name);
    const struct th_doc_node *arn =
        th_doc_node_at(doc->root, th_field_info(TH_F_USER_IDENTITY_ARN)->name);
    const struct th_doc_node *provider = th_doc_node_at(doc->root, "event.provider");
    struct th_doc_node *node;
    if (!th_doc_reach(doc, created, &node))
        return false;
    if ((th_doc_node_is(type, "AssumedRole") || th_doc_node_is(type, "FederatedUser") ||
         th_doc_node_is(type, "IdentityCenterUser")) &&
        arn != NULL && arn->type != TH_JSON_STRING && arn->type != TH_JSON_ARRAY)
        return th_doc_stop(doc, "userIdentity.arn", "a text was expected");
    if (provider != NULL && provider->type != TH_JSON_STRING)
        return th_doc_stop(doc, "eventSource", "a text was expected");
    if (th_doc_node_is(th_doc_node_at(doc->root, "event.action"), "UserAuthentication") &&
        th_doc_node_at(doc->root, "user.name") == NULL)
        return th_doc_reach(doc, "additionalEventData.UserName", &node);
    return true;
}
