/* Inside of this folder only: one event in work, and its values after the first cleaning. */
#ifndef TH_ECS_COLUMNS_INTERNAL_H
#define TH_ECS_COLUMNS_INTERNAL_H

#include "base/buf.h"
#include "ecs/columns/map.h"

struct th_mapper {
    const struct th_record *record;
    th_arena *arena;
    struct th_values *out;
    enum th_slot name_slot;          /* where user.name came from; TH_SLOT_COUNT: nowhere */
    const struct th_event_info *row; /* of the event table, or NULL */
    bool error;                      /* a step of the pipeline fails on this record */
};

/* What the first cleaning takes away: "", "-" and "none". */
static inline bool th_map_is_nothing(struct th_str text)
{
    if (text.n > 4)
        return false;
    return text.n == 0 || (text.n == 1 && text.p[0] == '-') ||
           (text.n == 4 && memcmp(text.p, "none", 4) == 0);
}

/* A string, or a key, without its escapes: as it stands or in the arena. */
struct th_str th_map_unescaped(th_arena *arena, const struct th_json_value *string);

/* Text of any value as a keyword field holds it: strings unescaped, numbers as Java prints them,
 * literals; a list as Elasticsearch indexes it, all its texts however deep, of several of them a
 * JSON list. Absent when the cleaning leaves nothing, and for objects. Borrowed from the record or
 * in the arena. */
struct th_str th_map_value_text(th_arena *arena, const struct th_json_value *value);

/* Those texts one by one: list is a JSON list without its end, last the last of the n. */
struct th_map_leaves {
    struct th_buf list;
    struct th_str last;
    size_t n;
};
void th_map_leaves(th_arena *arena, const struct th_json_value *value, struct th_map_leaves *out);

static inline struct th_str th_map_slot(const struct th_mapper *m, enum th_slot slot)
{
    const struct th_json_value *value = &m->record->v[slot];
    if (value->type == TH_JSON_ABSENT)
        return TH_STR_NONE;
    return th_map_value_text(m->arena, value);
}

/* Text of a slot that holds a string, absent for every other type: where the pipeline compares or
 * takes apart. */
struct th_str th_map_string(const struct th_mapper *m, enum th_slot slot);
/* What Java prints for the value, lists and objects included. */
struct th_str th_map_java_text(const struct th_mapper *m, enum th_slot slot);
/* Does the cleaning leave nothing of a list or object? */
bool th_map_is_empty(th_arena *arena, const struct th_json_value *container);
/* Is there a value after cleaning; one that is no string; one that is no object? */
bool th_map_is_there(const struct th_mapper *m, enum th_slot slot);
bool th_map_is_odd(const struct th_mapper *m, enum th_slot slot);
bool th_map_is_no_object(const struct th_mapper *m, enum th_slot slot);

/* A copy of two texts, one behind the other with a byte between; '\0' for none. */
struct th_str th_map_join(th_arena *arena, struct th_str a, char between, struct th_str b);

/* user.*, service.name, cloud.account.id; trailhound.actor and .session. Needs the fields that are
 * taken as they are. */
void th_map_identity(struct th_mapper *m);
/* user.email when the user's name is an address and no session's was; a name that is no text sets
 * error. */
void th_map_email(struct th_mapper *m);
/* The three resources lists. */
void th_map_resources(struct th_mapper *m);
/* Steps of the pipeline that fail on a value of an unexpected type set error. False when one does
 * that nobody handles: what only later steps could make (the e-mail address) is absent then. */
bool th_map_check(struct th_mapper *m);
/* Does the entity step fail at what the service's rows name? For events with a name. */
bool th_map_entities_fail(const struct th_mapper *m);
/* The same for the steps at its end; false before the e-mail address. */
bool th_map_check_related(struct th_mapper *m);
/* event.outcome and console_login.*. */
void th_map_outcome(struct th_mapper *m);
/* trailhound.target. */
void th_map_target(struct th_mapper *m);
/* trailhound.verb, .tone and .sensitive, by the other values. */
void th_map_tone(struct th_mapper *m);

#endif
