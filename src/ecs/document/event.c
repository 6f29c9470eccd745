/* What the event is: service, client, outcome, kind and category, console sign-in. */
#include "base/ip.h"
#include "base/text.h"
#include "ecs/document/internal.h"
#include "ecs/field/category.h"

/* Put what the field table derives from one value of the parent, when there is something. */
static void put_derived(struct th_doc *doc, enum th_field field, struct th_str parent)
{
    struct th_buf value = TH_BUF_INIT;
    if (th_field_derive(field, parent, doc->options->enrich, &value))
        th_doc_put_text(doc, th_field_info(field)->name,
                        th_arena_dup(doc->arena, th_buf_str(&value)));
    th_buf_fini(&value);
}

/* A number, or for a location two of them. */
static struct th_doc_node *place_node(struct th_doc *doc, enum th_field field, struct th_str text)
{
    struct th_doc_node *node = th_doc_node_string(doc->arena, text);
    ptrdiff_t comma = th_str_find(text, ',');
    if (field == TH_F_SOURCE_AS_NUMBER)
        node->type = TH_JSON_NUMBER;
    if (field != TH_F_SOURCE_GEO_LOCATION || comma < 0)
        return node;
    struct th_doc_node *location = th_doc_node_new(doc->arena, TH_JSON_OBJECT);
    struct th_doc_node *lon =
        th_doc_node_string(doc->arena, th_str_sub(text, (size_t)comma + 1, text.n));
    node->text = th_str_sub(text, 0, (size_t)comma);
    node->type = lon->type = TH_JSON_NUMBER;
    th_doc_node_put(location, TH_STR("lat"), node);
    th_doc_node_put(location, TH_STR("lon"), lon);
    return location;
}

static void put_place(struct th_doc *doc, struct th_str address, enum th_field field)
{
    struct th_buf value = TH_BUF_INIT;
    if (th_enrich_place(doc->options->enrich, address, field, &value))
        th_doc_put(doc, th_field_info(field)->name,
                   place_node(doc, field, th_arena_dup(doc->arena, th_buf_str(&value))));
    th_buf_fini(&value);
}

/* Count the texts of a value, in lists or not; *text is the last one. */
static size_t count_texts(th_arena *arena, const struct th_doc_node *node, struct th_str *text)
{
    size_t n = 0;
    if (node == NULL || node->type == TH_JSON_OBJECT)
        return 0;
    if (node->type != TH_JSON_ARRAY) {
        *text = th_doc_node_java_text(arena, node);
        return 1;
    }
    for (struct th_doc_node *item = th_doc_node_first(node); item != NULL;
         item = th_doc_node_next(item))
        n += count_texts(arena, item, text);
    return n;
}

/* The only text of a document's value; absent when it has none or several. */
static struct th_str only_text(const struct th_doc *doc, const char *path)
{
    struct th_str text = TH_STR_NONE;
    size_t n = count_texts(doc->arena, th_doc_node_at(doc->root, path), &text);
    return n == 1 ? text : TH_STR_NONE;
}

/* The service, of events that one answered; source.ip when the address is one, and where it is. */
void th_doc_source(struct th_doc *doc)
{
    static const enum th_field places[] = {
        TH_F_SOURCE_GEO_CONTINENT_NAME,  TH_F_SOURCE_GEO_COUNTRY_ISO_CODE,
        TH_F_SOURCE_GEO_COUNTRY_NAME,    TH_F_SOURCE_GEO_REGION_ISO_CODE,
        TH_F_SOURCE_GEO_REGION_NAME,     TH_F_SOURCE_GEO_CITY_NAME,
        TH_F_SOURCE_GEO_LOCATION,        TH_F_SOURCE_AS_NUMBER,
        TH_F_SOURCE_AS_ORGANIZATION_NAME};
    struct th_str provider = only_text(doc, "event.provider");
    struct th_str address = only_text(doc, "source.address");
    struct th_ip ip;
    put_derived(doc, TH_F_CLOUD_SERVICE_NAME, provider);
    if (address.p == NULL || !th_ip_parse(address, &ip))
        return;
    th_doc_put_text(doc, "source.ip", address);
    for (size_t i = 0; doc->options->enrich != NULL && i < TH_COUNT(places); i++)
        put_place(doc, address, places[i]);
}

bool th_doc_agent(struct th_doc *doc)
{
    const struct th_doc_node *agent = th_doc_node_get(doc->json, TH_STR("userAgent"));
    if (agent == NULL)
        return true;
    if (agent->type != TH_JSON_STRING)
        return th_doc_stop(doc, "userAgent", "a text was expected");
    th_doc_put_text(doc, "user_agent.original", agent->text);
    put_derived(doc, TH_F_USER_AGENT_NAME, agent->text);
    put_derived(doc, TH_F_USER_AGENT_VERSION, agent->text);
    put_derived(doc, TH_F_USER_AGENT_DEVICE_NAME, agent->text);
    put_derived(doc, TH_F_USER_AGENT_OS_NAME, agent->text);
    put_derived(doc, TH_F_USER_AGENT_OS_VERSION, agent->text);
    put_derived(doc, TH_F_USER_AGENT_OS_FULL, agent->text);
    return true;
}

/* "No" is false, everything else true; nothing when it isn't said. */
static void put_unless_no(struct th_doc *doc, const char *from, enum th_field field)
{
    const struct th_doc_node *value = th_doc_node_at(doc->json, from);
    if (value != NULL)
        th_doc_put(doc, th_field_info(field)->name,
                   th_doc_node_bool(doc->arena, !th_doc_node_is(value, "No")));
}

void th_doc_console_login(struct th_doc *doc)
{
    const struct th_doc_node *data = th_doc_node_get(doc->json, TH_STR("additionalEventData"));
    const struct th_doc_node *login_to = th_doc_node_get(data, TH_STR("LoginTo"));
    if (!th_doc_node_is(th_doc_node_get(doc->json, TH_STR("eventName")), "ConsoleLogin") ||
        data == NULL)
        return;
    if (data->type != TH_JSON_OBJECT) {
        th_doc_note(doc, "additionalEventData", "an object was expected");
        return;
    }
    put_unless_no(doc, "additionalEventData.MobileVersion", TH_F_CONSOLE_LOGIN_MOBILE_VERSION);
    put_unless_no(doc, "additionalEventData.MFAUsed", TH_F_CONSOLE_LOGIN_MFA_USED);
    if (login_to != NULL)
        th_doc_put(doc, th_field_info(TH_F_CONSOLE_LOGIN_LOGIN_TO)->name,
                   th_doc_node_share(doc->arena, login_to));
}

static void put_list(struct th_doc *doc, const char *path, const char *a, const char *b)
{
    struct th_doc_node *list = th_doc_node_new(doc->arena, TH_JSON_ARRAY);
    th_doc_node_add(list, th_doc_node_string(doc->arena, th_str_of(a)));
    if (b[0] != '\0')
        th_doc_node_add(list, th_doc_node_string(doc->arena, th_str_of(b)));
    th_doc_put(doc, path, list);
}

/* What ConsoleLogin answered is its outcome. */
static void login_outcome(struct th_doc *doc)
{
    const struct th_doc_node *answer = th_doc_node_at(doc->json, "responseElements.ConsoleLogin");
    struct th_buf lower = TH_BUF_INIT;
    if (answer == NULL)
        return;
    if (answer->type != TH_JSON_STRING) {
        th_doc_note(doc, "responseElements.ConsoleLogin", "a text was expected");
        return;
    }
    th_text_lower(&lower, answer->text);
    th_doc_put_text(doc, "event.outcome", th_arena_dup(doc->arena, th_buf_str(&lower)));
    th_buf_fini(&lower);
}

void th_doc_categorise(struct th_doc *doc)
{
    bool failed = th_doc_node_at(doc->root, th_field_info(TH_F_ERROR_CODE)->name) != NULL ||
                  th_doc_node_at(doc->root, th_field_info(TH_F_ERROR_MESSAGE)->name) != NULL;
    struct th_str action = th_doc_node_str(th_doc_node_at(doc->root, "event.action"));
    th_doc_put_text(doc, "event.kind", TH_STR("event"));
    th_doc_put_text(doc, "event.outcome", failed ? TH_STR("failure") : TH_STR("success"));
    put_list(doc, "event.type", "info", "");
    const struct th_category *category = th_category_of(action);
    if (category != NULL) {
        put_list(doc, "event.category", category->category, "");
        put_list(doc, "event.type", category->type, category->second_type);
    }
    if (th_str_is(action, "ConsoleLogin"))
        login_outcome(doc);
}
