/* Values at a path inside one of a record's containers: inside of src/query only. */
#ifndef TH_QUERY_EVAL_EVIDENCE_PATH_H
#define TH_QUERY_EVAL_EVIDENCE_PATH_H

#include "base/buf.h"
#include "base/json.h"
#include "ecs/field/field.h"
#include "query/eval/evidence.h"

/* Is it a path that th_evidence_path can look up: inside a container that stands as such in the
 * record, and well-formed? */
bool th_evidence_is_path(const struct th_field_ref *ref);

/* Visit the values of a path (th_evidence_is_path) in a record, as the document builder would give
 * them. Returns false when something there is unusual: what was visited is then void, and
 * th_evidence_values is to be asked. */
bool th_evidence_path(const struct th_field_ref *ref, struct th_str raw, struct th_buf *scratch,
                      th_evidence_visit *visit, void *ctx);

/* The same where the container was found already. */
bool th_evidence_path_in(const struct th_field_ref *ref, struct th_str raw,
                         const struct th_json_value *container, struct th_buf *scratch,
                         th_evidence_visit *visit, void *ctx);

/* Is there a \uXXXX in the record, so that anything may be spelled otherwise? */
bool th_evidence_has_escape(struct th_str raw);

#endif
