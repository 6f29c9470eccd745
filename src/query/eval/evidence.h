/* Tests on the records themselves: free text, fields that are computed from the evidence, whole
 * objects. Inside of src/query only. */
#ifndef TH_QUERY_EVAL_EVIDENCE_H
#define TH_QUERY_EVAL_EVIDENCE_H

#include "base/arena.h"
#include "query/ast.h"
#include "query/eval/needles.h"

/* A test made ready for many records. Not for two threads at once. */
struct th_evidence;
struct th_evidence *th_evidence_new(const struct th_node *leaf);
void th_evidence_free(struct th_evidence *evidence);
/* Does the record pass? Short cuts are taken where they can't change the answer. */
bool th_evidence_match(struct th_evidence *evidence, struct th_str raw);
/* Where many tests look at each record: the bytes that they look for first are gathered here, to be
 * looked for once. */
void th_evidence_gather(struct th_evidence *evidence, th_needles *needles);
/* The gathered text without which no record passes that has no escape (th_evidence_has_escape);
 * TH_NEEDLE_NONE: there is none. */
uint32_t th_evidence_needle(const struct th_evidence *evidence);
/* A record as many tests see it. */
struct th_evidence_record {
    struct th_str raw;
    const struct th_bits *seen; /* of the gathered texts; NULL: each test looks for its own */
    bool has_escape;            /* known with seen */
};
bool th_evidence_match_in(struct th_evidence *evidence, const struct th_evidence_record *record);
/* Rough cost, to try the cheaper of two first. */
int th_evidence_cost(const struct th_evidence *evidence);

/* The same without any short cut: what th_eval_record means by it. Not for TH_TEST_FIELD. */
bool th_evidence_plain(const struct th_node *leaf, struct th_str raw);

/* Values of a field of a record as texts, whatever its storage: for tests between fields and top
 * values of computed fields. */
typedef void th_evidence_visit(void *ctx, struct th_str value);
void th_evidence_values(const struct th_field_ref *field, struct th_str raw,
                        th_evidence_visit *visit, void *ctx);

#endif
