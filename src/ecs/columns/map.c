/* A record's slots to the values of the stored fields. Most fields are one slot after the first
 * cleaning; the loop over them comes first, and what the integration computes is put over it:
 * identity, outcome, resources, and our own columns for the screens. Text that needs no change
 * stays where it is in the record. */
#include "ecs/columns/map.h"

#include "base/compiler.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "base/time.h"
#include "ecs/columns/internal.h"
#include "ecs/document/doc_tree.h"
#include "ecs/field/verb.h"

enum direct_kind {
    DIRECT_TEXT,
    DIRECT_TIME,
    DIRECT_BOOL,
};

/* Fields that take their own slot's value. Those without a path have a slot that is never set. */
#define ROW_TERM(field) {field, DIRECT_TEXT},
#define ROW_ID(field)   {field, DIRECT_TEXT},
#define ROW_TIME(field) {field, DIRECT_TIME},
#define ROW_BOOL(field) {field, DIRECT_BOOL},
#define ROW_LIST(field)
#define ROW_OF(field)
#define ROW_CONST(field)
#define ROW_EVIDENCE(field)
static const struct {
    unsigned char field;
    unsigned char kind; /* enum direct_kind */
} direct[] = {
#define TH_FIELD(id, name, type, store, source, flags, width, doc) ROW_##store(TH_F_##id)
#include "fields.def"
#undef TH_FIELD
};
_Static_assert(TH_FIELD_COUNT <= 256, "a field's number is a byte here");

static const int64_t no_numbers[TH_FIELD_COUNT] = {
#define TH_FIELD(id, name, type, store, source, flags, width, doc) [TH_F_##id] = TH_VALUE_NONE,
#include "fields.def"
#undef TH_FIELD
};

/* A date, or what makes the date step fail. eventTime is read before the first cleaning, so that
 * nothing but null and "" is passed over. */
static int64_t date_of(struct th_mapper *m, enum th_slot slot)
{
    int64_t ts_ms;
    const struct th_json_value *value = &m->record->v[slot];
    bool raw = slot == TH_S_TIMESTAMP;
    if (value->type == TH_JSON_ABSENT || value->type == TH_JSON_NULL)
        return TH_VALUE_NONE;
    if (value->type == TH_JSON_ARRAY || value->type == TH_JSON_OBJECT) {
        m->error = m->error || raw || th_map_is_odd(m, slot);
        return TH_VALUE_NONE;
    }
    struct th_str text = th_map_value_text(m->arena, value);
    if (text.p != NULL && th_time_parse(text, &ts_ms))
        return ts_ms;
    m->error = m->error || text.p != NULL || (raw && value->text.n > 0);
    return TH_VALUE_NONE;
}

/* true and false, as literals or as texts; what Elasticsearch's boolean doesn't take is absent. */
static int64_t bool_of(const struct th_mapper *m, enum th_slot slot)
{
    struct th_str text = th_map_slot(m, slot);
    if (th_str_is(text, "true"))
        return 1;
    return th_str_is(text, "false") ? 0 : TH_VALUE_NONE;
}

static void map_direct(struct th_mapper *m)
{
    for (size_t n = 0; n < TH_COUNT(direct); n++) {
        size_t i = direct[n].field;
        if (m->record->v[i].type == TH_JSON_ABSENT)
            continue;
        switch ((enum direct_kind)direct[n].kind) {
        case DIRECT_TEXT:
            m->out->text[i] = th_map_value_text(m->arena, &m->record->v[i]);
            break;
        case DIRECT_TIME:
            m->out->num[i] = date_of(m, (enum th_slot)i);
            break;
        case DIRECT_BOOL:
            m->out->num[i] = bool_of(m, (enum th_slot)i);
            break;
        }
    }
}

/* A field that takes the text form of whatever stands in its slot. */
static void map_copied_text(struct th_mapper *m, enum th_slot slot)
{
    uint8_t type = m->record->v[slot].type;
    if (type == TH_JSON_ARRAY || type == TH_JSON_OBJECT)
        m->out->text[slot] = th_map_java_text(m, slot);
}

/* Events without a time of their own: what a log shipper wrote beside them. */
static void map_shipped_time(struct th_mapper *m)
{
    int64_t *ts_ms = &m->out->num[TH_F_TIMESTAMP];
    const struct th_json_value *shipped = &m->record->v[TH_S_LOGSTASH_TIMESTAMP];
    if (*ts_ms != TH_VALUE_NONE || shipped->type != TH_JSON_STRING)
        return;
    struct th_str text = th_map_value_text(m->arena, shipped);
    if (text.p != NULL && !th_time_parse(text, ts_ms))
        *ts_ms = TH_VALUE_NONE;
}

/* A digest's times must be times; the end of its hour is its own. */
static void map_digest(struct th_mapper *m)
{
    int64_t end = date_of(m, TH_S_DIGEST_END);
    date_of(m, TH_S_DIGEST_START);
    date_of(m, TH_S_DIGEST_NEWEST);
    date_of(m, TH_S_DIGEST_OLDEST);
    if (end != TH_VALUE_NONE)
        m->out->num[TH_F_TIMESTAMP] = end;
}

/* "TLSv1.3" is protocol tls, version 1.3; without a v it is a version. */
static void map_tls(struct th_mapper *m)
{
    struct th_values *out = m->out;
    struct th_str version = th_map_slot(m, TH_S_TLS_VERSION_RAW);
    if (version.p == NULL)
        return;
    if (th_str_is(th_map_string(m, TH_S_TLS_VERSION_RAW), "tlsVersion")) {
        out->text[TH_F_TLS_CIPHER] = TH_STR_NONE;
        out->text[TH_F_TLS_CLIENT_SERVER_NAME] = TH_STR_NONE;
        out->text[TH_F_TLS_KEY_EXCHANGE] = TH_STR_NONE;
        return;
    }
    ptrdiff_t v = th_str_find(version, 'v');
    if (v < 0 || m->record->v[TH_S_TLS_VERSION_RAW].type != TH_JSON_STRING) {
        out->text[TH_F_TLS_VERSION] = version;
        return;
    }
    struct th_str protocol = th_str_sub(version, 0, (size_t)v);
    version = th_str_sub(version, (size_t)v + 1, version.n);
    if (version.n > 0)
        out->text[TH_F_TLS_VERSION] = version;
    if (th_str_is(protocol, "TLS")) {
        out->text[TH_F_TLS_VERSION_PROTOCOL] = TH_STR("tls");
    } else if (protocol.n > 0) {
        struct th_buf lower = TH_BUF_INIT;
        th_text_lower(&lower, protocol);
        out->text[TH_F_TLS_VERSION_PROTOCOL] = th_arena_dup(m->arena, th_buf_str(&lower));
        th_buf_fini(&lower);
    }
}

void th_map_record(const struct th_record *record, th_arena *arena, struct th_values *out)
{
    struct th_mapper m = {record, arena, out, TH_SLOT_COUNT, NULL, false};
    memset(out->text, 0, sizeof out->text);
    memcpy(out->num, no_numbers, sizeof out->num);
    map_direct(&m);
    map_copied_text(&m, TH_S_EVENT_ACTION);
    map_copied_text(&m, TH_S_MANAGEMENT_EVENT);
    m.row = th_event_info(out->text[TH_F_EVENT_ACTION]);
    map_shipped_time(&m);
    map_tls(&m);
    struct th_str shared = th_map_slot(&m, TH_S_SHARED_EVENT_ID_UPPER);
    if (!th_map_is_there(&m, TH_S_SHARED_EVENT_ID_UPPER))
        shared = th_map_slot(&m, TH_S_SHARED_EVENT_ID_LOWER);
    out->text[TH_F_SHARED_EVENT_ID] = shared;
    th_map_identity(&m);
    th_map_resources(&m);
    th_map_outcome(&m);
    map_digest(&m);
    if (th_map_check(&m) && th_map_check_related(&m))
        th_map_email(&m);
    out->text[TH_F_EVENT_KIND] = m.error ? TH_STR("pipeline_error") : TH_STR("event");
    th_map_target(&m);
    th_map_tone(&m);
}
