/* Many paths looked for in one record at once: inside of src/query only. */
#ifndef TH_QUERY_TABLE_PATH_SET_H
#define TH_QUERY_TABLE_PATH_SET_H

#include "base/json.h"
#include "ecs/field/field.h"
#include "query/eval/evidence.h"

/* Paths (th_evidence_is_path) made ready to be looked for together. refs and their paths are
 * borrowed until it is freed. One per thread. */
struct th_path_set;
struct th_path_set *th_path_set_new(const struct th_field_ref *const *refs, size_t n);
void th_path_set_free(struct th_path_set *set);

/* Visit the paths that the record may have something at, each once, with its number among refs and
 * the container that it is to be looked for in (th_evidence_path_in). */
typedef void th_path_set_visit(void *ctx, size_t path, struct th_str raw,
                               const struct th_json_value *container);
void th_path_set_look(struct th_path_set *set, struct th_str raw, th_path_set_visit *visit,
                      void *ctx);

#endif
