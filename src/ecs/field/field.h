/* The field table of schema/fields.def as data, and the lookups that every surface shares. */
#ifndef TH_ECS_FIELD_H
#define TH_ECS_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum th_field {
#define TH_FIELD(id, name, type, store, source, flags, width, doc) TH_F_##id,
#include "fields.def"
#undef TH_FIELD
    TH_FIELD_COUNT,
    TH_FIELD_NONE = -1
};

enum th_type {
    TH_TYPE_KEYWORD,
    TH_TYPE_BOOLEAN,
    TH_TYPE_LONG,
    TH_TYPE_DATE,
    TH_TYPE_IP,
    TH_TYPE_TEXT,
    TH_TYPE_FLATTENED,
    TH_TYPE_GEO,
};

enum th_store {
    TH_STORE_TERM,
    TH_STORE_LIST,
    TH_STORE_ID,
    TH_STORE_TIME,
    TH_STORE_BOOL,
    TH_STORE_OF,
    TH_STORE_CONST,
    TH_STORE_EVIDENCE,
};

#define TH_FIELD_MULTI     1u
#define TH_FIELD_SPARSE    2u
#define TH_FIELD_FACET     4u
#define TH_FIELD_OWN       16u
#define TH_FIELD_TEXT_TWIN 32u
#define TH_FIELD_IN(group) (64u << (unsigned)(group))

/* Fields that mostly come together: see schema/groups.def. */
enum th_group {
#define TH_GROUP(id, name, doc) TH_G_##id,
#include "groups.def"
#undef TH_GROUP
    TH_GROUP_COUNT,
    TH_GROUP_NONE = -1
};

struct th_field_info {
    const char *name;   /* ECS name */
    const char *source; /* CloudTrail path, parent's name (OF) or value (CONST); "" when computed */
    const char *doc;
    enum th_type type;
    enum th_store store;
    unsigned flags;
    int width_cols;
    enum th_field parent; /* OF: the field it depends on; else TH_FIELD_NONE */
};

/* The row of a field; static storage. */
const struct th_field_info *th_field_info(enum th_field field);

/* Stored per event in a column (TERM, LIST, ID, TIME, BOOL)? */
bool th_field_is_column(enum th_field field);
/* Has a dictionary: TERM and LIST own one, OF shares its parent's codes. */
bool th_field_is_coded(enum th_field field);

/* Name of a group: its table in the case and its column in table event. */
const char *th_group_name(enum th_group group);
/* The group of a field, or TH_GROUP_NONE. */
enum th_group th_field_group(enum th_field field);
/* The fields of a group in the table's order. Returns how many. */
int th_group_members(enum th_group group, enum th_field out[TH_FIELD_COUNT]);
/* Where a field stands among them; -1 when it is in no group. */
int th_group_place(enum th_field field);

/* What a typed name means. */
struct th_field_ref {
    enum th_field field;
    bool text_twin;     /* name ended in ".text": match words, any case */
    struct th_str path; /* FLATTENED only: what follows the field, "bucketName"; borrowed from name;
                           absent otherwise */
};

/* Resolve an ECS name, an alias of schema/aliases.def, a CloudTrail path of the table, or a
 * flattened path (aws.cloudtrail.flattened.request_parameters.X, requestParameters.X,
 * responseElements.X, additionalEventData.X, serviceEventDetails.X, insightDetails.X). A path that
 * a column holds exactly is that column (requestParameters.userName = user.target.name is NOT used:
 * a flattened name always means the flattened field, because several fields may take from one path;
 * only paths outside the four containers map to columns). `userIdentity.userName` etc. go by
 * aliases. Exact case. Returns false when unknown. */
bool th_field_resolve(struct th_str name, struct th_field_ref *out);

/* The nearest names to an unknown one, best first, at most max; names are static. Returns how many.
 */
int th_field_suggest(struct th_str name, const char **out, int max);

/* Visit all names that complete a prefix (fields first, then aliases, then CloudTrail names): for
 * completion. */
typedef bool th_field_visit(void *ctx, const char *name, enum th_field field);
void th_field_complete(struct th_str prefix, th_field_visit *visit, void *ctx);

/* Does an ECS name match a KQL field pattern with '*'? */
bool th_field_name_matches(const char *name, struct th_str pattern);

/* Value of an OF field for one value of its parent (absent when the event has no parent value):
 * MULTI fields give a JSON array text. Appends to out and returns true, or returns false: no value.
 * user_agent.* and source.geo.*, source.as.* need data files, see th_enrich in ecs/enrich/enrich.h;
 * without them they have no value here. */
struct th_buf;
struct th_enrich;
bool th_field_derive(enum th_field field, struct th_str parent_value,
                     const struct th_enrich *enrich, struct th_buf *out);

/* Values of one parent that are asked for field by field: what is the same work for all fields is
 * done once for each, on threads from the beginning, so that the caller can do something else
 * meanwhile. The answers are those of th_field_derive. */
typedef struct th_field_batch th_field_batch;
/* So many values are a good share: enough for threads, not too many to keep. */
#define TH_FIELD_BATCH 2048

/* Values may be absent; they are borrowed until the end. Owned: th_field_batch_end. */
th_field_batch *th_field_batch_begin(enum th_field parent, const struct th_str *values, size_t n,
                                     const struct th_enrich *enrich);
/* As th_field_derive, of a field of that parent and value i. One thread. */
bool th_field_batch_derive(th_field_batch *batch, enum th_field field, size_t i,
                           struct th_buf *out);
/* NULL does nothing. */
void th_field_batch_end(th_field_batch *batch);

#endif
