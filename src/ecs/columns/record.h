/* One CloudTrail record taken apart without a tree: the values at the paths that the mapper names
 * (fields.def and paths.def). */
#ifndef TH_ECS_RECORD_H
#define TH_ECS_RECORD_H

#include "base/err.h"
#include "base/json.h"
#include "ecs/field/field.h"

/* A slot per path: first the fields that have a CloudTrail path of their own, then the extra ones.
 */
enum th_slot {
#define TH_FIELD(id, name, type, store, source, flags, width, doc) TH_S_##id,
#include "fields.def"
#undef TH_FIELD
#define TH_PATH(id, path) TH_S_##id,
#include "paths.def"
#undef TH_PATH
    TH_SLOT_COUNT
};

/* CloudTrail path of a slot; "" for fields that have none, whose slots are never set. Static. */
const char *th_slot_path(enum th_slot slot);

/* Members of an object that were noted while it was walked, in the order of the document: the last
 * of a name counts. Beyond the room or with an escaped key, complete is false and the object's own
 * text must be read. */
#define TH_MEMBERS_MAX 16
struct th_members {
    struct th_str key[TH_MEMBERS_MAX];
    struct th_json_value value[TH_MEMBERS_MAX]; /* escaped is set for every string */
    unsigned n;
    bool complete;
};

enum th_container {
    TH_CONTAINER_REQUEST,  /* requestParameters */
    TH_CONTAINER_RESPONSE, /* responseElements */
    TH_CONTAINER_COUNT
};

/* v[slot].type == TH_JSON_ABSENT: not in the record. All text is borrowed from the record's bytes.
 * members of a container count only when its slot holds an object. */
struct th_record {
    struct th_str raw;
    struct th_json_value v[TH_SLOT_COUNT];
    struct th_members members[TH_CONTAINER_COUNT];
};

/* Compiled path tree, with a memory of the member order seen last (CloudTrail writes the same order
 * again and again, so the next key is guessed before it is looked up). One per thread. Owned:
 * th_scanner_free. */
typedef struct th_scanner th_scanner;
th_scanner *th_scanner_new(void);
void th_scanner_free(th_scanner *scanner);

/* Read one object at c->at (leading white space allowed) into *out; the cursor is left behind it.
 * Duplicate keys: the last wins, and an object given twice hides what the first one had. Returns
 * the cursor's status: BAD when it is malformed or no object (why says so). */
enum th_json_status th_record_scan(th_scanner *scanner, struct th_json_cursor *c,
                                   struct th_record *out);

/* Is this a CloudTrail record: eventName or eventSource or eventTime or userIdentity at the top, or
 * an Insight (insightDetails), or a digest? */
bool th_record_is_trail(const struct th_record *record);
/* A digest document: digestStartTime and logFiles. */
bool th_record_is_digest(const struct th_record *record);

#endif
