/* The field table as constant data, and the values that hang on one other value. Names are looked
 * up in field_name.c.
 *
 * The row of an OF field names its parent by ECS name; the few fields that can be one stand in
 * PARENT, and the compiler compares the names. A test checks that no OF row is left without. */
#include "ecs/field/field.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/ip.h"
#include "base/mem.h"
#include "ecs/enrich/enrich.h"
#include "ecs/field/category.h"

enum {
    MULTI = TH_FIELD_MULTI,
    SPARSE = TH_FIELD_SPARSE,
    FACET = TH_FIELD_FACET,
    OWN = TH_FIELD_OWN,
    TEXT_TWIN = TH_FIELD_TEXT_TWIN,
#define TH_GROUP(id, name, doc) IN_##id = TH_FIELD_IN(TH_G_##id),
#include "groups.def"
#undef TH_GROUP
};

static const char *const group_names[TH_GROUP_COUNT] = {
#define TH_GROUP(id, name, doc) name,
#include "groups.def"
#undef TH_GROUP
};

#define IS(a, b) (__builtin_strcmp((a), (b)) == 0)
#define PARENT(source)                                                                             \
    (IS(source, "source.address")        ? TH_F_SOURCE_ADDRESS                                     \
     : IS(source, "user_agent.original") ? TH_F_USER_AGENT_ORIGINAL                                \
     : IS(source, "event.action")        ? TH_F_EVENT_ACTION                                       \
     : IS(source, "event.provider")      ? TH_F_EVENT_PROVIDER                                     \
                                         : TH_FIELD_NONE)

static const struct th_field_info fields[TH_FIELD_COUNT] = {
#define TH_FIELD(id, name, type, store, source, flags, width, doc)                                 \
    [TH_F_##id] = {name,                                                                           \
                   source,                                                                         \
                   doc,                                                                            \
                   TH_TYPE_##type,                                                                 \
                   TH_STORE_##store,                                                               \
                   (unsigned)(flags),                                                              \
                   width,                                                                          \
                   TH_STORE_##store == TH_STORE_OF ? PARENT(source) : TH_FIELD_NONE},
#include "fields.def"
#undef TH_FIELD
};

const struct th_field_info *th_field_info(enum th_field field)
{
    return &fields[field];
}

bool th_field_is_column(enum th_field field)
{
    switch (fields[field].store) {
    case TH_STORE_TERM:
    case TH_STORE_LIST:
    case TH_STORE_ID:
    case TH_STORE_TIME:
    case TH_STORE_BOOL:
        return true;
    case TH_STORE_OF:
    case TH_STORE_CONST:
    case TH_STORE_EVIDENCE:
        return false;
    }
    return false;
}

bool th_field_is_coded(enum th_field field)
{
    enum th_store store = fields[field].store;
    return store == TH_STORE_TERM || store == TH_STORE_LIST || store == TH_STORE_OF;
}

const char *th_group_name(enum th_group group)
{
    return group_names[group];
}

enum th_group th_field_group(enum th_field field)
{
    for (enum th_group g = 0; g < TH_GROUP_COUNT; g++)
        if ((fields[field].flags & TH_FIELD_IN(g)) != 0)
            return g;
    return TH_GROUP_NONE;
}

int th_group_members(enum th_group group, enum th_field out[TH_FIELD_COUNT])
{
    int n = 0;
    for (enum th_field f = 0; f < TH_FIELD_COUNT; f++)
        if ((fields[f].flags & TH_FIELD_IN(group)) != 0)
            out[n++] = f;
    return n;
}

int th_group_place(enum th_field field)
{
    enum th_group group = th_field_group(field);
    int place = group == TH_GROUP_NONE ? -1 : 0;
    for (enum th_field f = 0; f < field && place >= 0; f++)
        place += (fields[f].flags & TH_FIELD_IN(group)) != 0;
    return place;
}

/* event.category: one value in a list, nothing for actions outside the table. */
static bool derive_category(struct th_str action, struct th_buf *out)
{
    const struct th_category *row = th_category_of(action);
    if (row == NULL)
        return false;
    th_buf_puts(out, "[\"");
    th_buf_puts(out, row->category);
    th_buf_puts(out, "\"]");
    return true;
}

/* event.type: the table's one or two values, info for everything else, even for an event without an
 * action. */
static bool derive_type(struct th_str action, struct th_buf *out)
{
    const struct th_category *row = th_category_of(action);
    th_buf_puts(out, "[\"");
    th_buf_puts(out, row == NULL ? "info" : row->type);
    if (row != NULL && row->second_type[0] != '\0') {
        th_buf_puts(out, "\",\"");
        th_buf_puts(out, row->second_type);
    }
    th_buf_puts(out, "\"]");
    return true;
}

/* cloud.service.name: what stands before .amazonaws.com, only when the provider ends so. */
static bool derive_service(struct th_str provider, struct th_buf *out)
{
    const struct th_str domain = TH_STR(".amazonaws.com");
    if (provider.n <= domain.n || !th_str_ends(provider, domain))
        return false;
    th_buf_add(out, provider.p, provider.n - domain.n);
    return true;
}

static bool derive_ip(struct th_str address, struct th_buf *out)
{
    struct th_ip ip;
    if (address.p == NULL || !th_ip_parse(address, &ip))
        return false;
    th_buf_add_str(out, address);
    return true;
}

bool th_field_derive(enum th_field field, struct th_str parent_value,
                     const struct th_enrich *enrich, struct th_buf *out)
{
    if (field == TH_F_EVENT_TYPE)
        return derive_type(parent_value, out);
    if (parent_value.p == NULL)
        return false;
    if (field == TH_F_EVENT_CATEGORY)
        return derive_category(parent_value, out);
    if (field == TH_F_CLOUD_SERVICE_NAME)
        return derive_service(parent_value, out);
    if (field == TH_F_SOURCE_IP)
        return derive_ip(parent_value, out);
    if (enrich == NULL)
        return false;
    if (fields[field].parent == TH_F_USER_AGENT_ORIGINAL)
        return th_enrich_user_agent(enrich, parent_value, field, out);
    if (fields[field].parent == TH_F_SOURCE_ADDRESS)
        return th_enrich_place(enrich, parent_value, field, out);
    return false;
}

struct th_field_batch {
    const struct th_str *values;
    const struct th_enrich *enrich;
    th_enrich_batch *agents; /* NULL: the values are no agents, or nothing is known of agents */
};

th_field_batch *th_field_batch_begin(enum th_field parent, const struct th_str *values, size_t n,
                                     const struct th_enrich *enrich)
{
    th_field_batch *batch = th_xcalloc(1, sizeof *batch);
    batch->values = values;
    batch->enrich = enrich;
    if (parent == TH_F_USER_AGENT_ORIGINAL && enrich != NULL)
        batch->agents = th_enrich_batch_begin(enrich, values, n);
    return batch;
}

bool th_field_batch_derive(th_field_batch *batch, enum th_field field, size_t i, struct th_buf *out)
{
    if (batch->agents != NULL && fields[field].parent == TH_F_USER_AGENT_ORIGINAL)
        return th_enrich_batch_value(batch->agents, i, field, out);
    return th_field_derive(field, batch->values[i], batch->enrich, out);
}

void th_field_batch_end(th_field_batch *batch)
{
    if (batch == NULL)
        return;
    th_enrich_batch_end(batch->agents);
    free(batch);
}
