/* The ECS document of one event: exactly what the integration's ingest pipeline makes of the
 * record. Builds a tree: for export and for fields that are computed from the evidence, not for
 * import. */
#ifndef TH_ECS_DOC_H
#define TH_ECS_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "ecs/enrich/enrich.h"
#include "ecs/field/field.h"

enum th_retain {
    TH_RETAIN_ALL,
    TH_RETAIN_KEYWORD,
    TH_RETAIN_FLATTENED,
    TH_RETAIN_MINIMAL,
    TH_RETAIN_NONE,
};

/* tags: in order; NULL means the default (preserve_original_event, actor_target_mapping, forwarded,
 * aws-cloudtrail). agent_ms: the time the source was imported (event.created, and @timestamp of
 * events without a time); TH_TIME_NONE: neither. agent_text, when not absent, is written for
 * event.created instead (tests). enrich may be NULL. */
struct th_doc_options {
    enum th_retain retain;
    const char *const *tags;
    size_t tags_n;
    int64_t agent_ms;
    struct th_str agent_text;
    const struct th_enrich *enrich;
};

/* Append the document as one line of JSON, keys sorted at every level, without the line end. A
 * record that is no JSON gives the pipeline's error document. Never fails for input. options NULL:
 * the defaults without agent time. */
void th_doc_write(struct th_str record, const struct th_doc_options *options, struct th_buf *out);

/* Values of one field of the default document, visited in order as texts (booleans true/false,
 * dates ISO). For FLATTENED fields path names the leaf ("bucketName", dots between levels, arrays
 * passed through); absent path = every leaf value. Returns how many were visited. Works for every
 * field of the table, whatever its storage. retain and tags of options do not matter. Texts are
 * borrowed for the call. */
typedef void th_doc_visit(void *ctx, struct th_str value);
struct th_pattern;
size_t th_doc_values(struct th_str record, const struct th_doc_options *options,
                     enum th_field field, struct th_str path, th_doc_visit *visit, void *ctx);
/* The same for every leaf of a FLATTENED field whose path (keys with dots between them) matches. */
size_t th_doc_values_like(struct th_str record, const struct th_doc_options *options,
                          enum th_field field, const struct th_pattern *path, th_doc_visit *visit,
                          void *ctx);

#endif
