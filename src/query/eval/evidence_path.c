/* A path inside a container is walked without a tree. Whatever is unusual there (numbers that Java
 * prints otherwise, escapes, containers near the integration's limit) is left to the document
 * builder, whose answer counts. */
#include "query/eval/evidence_path.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "query/eval/json_path.h"

/* A container shorter than this can't reach the 32766 characters at which the integration leaves it
 * out. */
enum { SHORT_CONTAINER = 8000 };

/* A backslash and what it escapes go together: "\\\\u" is no such escape. */
bool th_evidence_has_escape(struct th_str raw)
{
    const char *p = raw.p;
    const char *end = raw.p + raw.n;
    while (end - p >= 2 && (p = memchr(p, '\\', (size_t)(end - p) - 1)) != NULL) {
        if (p[1] == 'u')
            return true;
        p += 2;
    }
    return false;
}

/* The containers whose paths are walked in the record. */
static bool is_container(enum th_field field)
{
    switch ((int)field) {
    case TH_F_FLATTENED_REQUEST_PARAMETERS:
    case TH_F_FLATTENED_RESPONSE_ELEMENTS:
    case TH_F_FLATTENED_ADDITIONAL_EVENTDATA:
    case TH_F_FLATTENED_SERVICE_EVENT_DETAILS:
    case TH_F_FLATTENED_INSIGHT_DETAILS:
    case TH_F_WEB_ID_ATTRIBUTES:
        return true;
    default:
        return false;
    }
}

bool th_evidence_is_path(const struct th_field_ref *ref)
{
    struct th_str path = ref->path;
    if (!is_container(ref->field) || path.n == 0 || path.p[0] == '.' || path.p[path.n - 1] == '.')
        return false;
    return th_str_search(path, TH_STR("..")) < 0;
}

struct path_search {
    th_evidence_visit *visit;
    void *ctx;
    struct th_buf *scratch;
    bool odd; /* a value that only the document builder spells as it should be */
};

static bool is_plain_integer(struct th_str number)
{
    size_t at = number.n > 0 && number.p[0] == '-' ? 1 : 0;
    if (number.n - at > 15 || (at == 1 && number.p[1] == '0'))
        return false;
    for (; at < number.n; at++)
        if (number.p[at] < '0' || number.p[at] > '9')
            return false;
    return true;
}

static void found_at_path(void *ctx, const struct th_json_value *value);

static void found_array(struct path_search *s, const struct th_json_value *array)
{
    struct th_json_cursor c;
    struct th_json_value item;
    bool first = true;
    th_json_init(&c, array->text);
    if (!th_json_space(&c) || th_json_enter(&c) != TH_JSON_OK)
        return;
    while (th_json_next_element(&c, &first) == TH_JSON_OK && th_json_value(&c, &item) == TH_JSON_OK)
        if (item.type == TH_JSON_ARRAY)
            s->odd = true; /* seldom; and no recursion is needed */
        else
            found_at_path(s, &item);
}

/* A leaf of the flattened field: what the first cleaning takes away isn't there, an object's leaves
 * have longer paths. */
static void found_at_path(void *ctx, const struct th_json_value *value)
{
    struct path_search *s = ctx;
    struct th_str text = value->text;
    switch ((enum th_json_type)value->type) {
    case TH_JSON_ABSENT:
    case TH_JSON_NULL:
    case TH_JSON_OBJECT:
        return;
    case TH_JSON_ARRAY:
        found_array(s, value);
        return;
    case TH_JSON_NUMBER:
        if (!is_plain_integer(text))
            s->odd = true;
        break;
    case TH_JSON_STRING:
        if (value->escaped && (th_evidence_has_escape(text) || !th_utf8_valid(text)))
            s->odd = true;
        text = th_json_scalar(value, s->scratch);
        if (text.n == 0 || th_str_is(text, "-") || th_str_is(text, "none"))
            return;
        break;
    case TH_JSON_TRUE:
    case TH_JSON_FALSE:
        break;
    }
    if (!s->odd)
        s->visit(s->ctx, text);
}

/* The builder moves a value out of additionalEventData for this event. */
static bool moves_values(enum th_field field, struct th_str raw)
{
    return field == TH_F_FLATTENED_ADDITIONAL_EVENTDATA &&
           (th_str_search(raw, TH_STR("UserAuthentication")) >= 0 || th_evidence_has_escape(raw));
}

bool th_evidence_path_in(const struct th_field_ref *ref, struct th_str raw,
                         const struct th_json_value *container, struct th_buf *scratch,
                         th_evidence_visit *visit, void *ctx)
{
    struct path_search s = {visit, ctx, scratch, false};
    if (container->type == TH_JSON_NULL)
        return true;
    if (container->type != TH_JSON_OBJECT || container->text.n > SHORT_CONTAINER ||
        moves_values(ref->field, raw))
        return false;
    return th_json_path(container, ref->path, found_at_path, &s) && !s.odd;
}

bool th_evidence_path(const struct th_field_ref *ref, struct th_str raw, struct th_buf *scratch,
                      th_evidence_visit *visit, void *ctx)
{
    struct th_json_value container;
    return !th_json_get(raw, th_str_of(th_field_info(ref->field)->source), &container) ||
           th_evidence_path_in(ref, raw, &container, scratch, visit, ctx);
}
