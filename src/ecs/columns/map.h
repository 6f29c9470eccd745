/* CloudTrail record -> values of all stored fields, by the rules of Elastic's aws.cloudtrail
 * integration 8.9.0. */
#ifndef TH_ECS_MAP_H
#define TH_ECS_MAP_H

#include "base/arena.h"
#include "ecs/columns/record.h"

/* Values of one event. text: TERM, LIST (JSON array text) and ID fields, unescaped, absent when the
 * event has none; borrowed from the record or in the arena. num: TIME (ms), BOOL (0, 1);
 * TH_VALUE_NONE when absent. Fields of other storage are never set. */
#define TH_VALUE_NONE INT64_MIN
struct th_values {
    struct th_str text[TH_FIELD_COUNT];
    int64_t num[TH_FIELD_COUNT];
};

/* Map one record. Everything in out is overwritten. The first cleaning of the integration holds:
 * null, "", "-", "none", {} and [] are absent. Never fails: what can't be mapped makes event.kind
 * "pipeline_error", as there, and what only the steps behind such a one could make is absent, as in
 * the document (ecs/document/doc.h), whose values these are. */
void th_map_record(const struct th_record *record, th_arena *arena, struct th_values *out);

#endif
