/* Rules: Sigma 2.x files (and correlations) read, checked and compiled to query trees. */
#ifndef TH_DETECT_SIGMA_RULES_H
#define TH_DETECT_SIGMA_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "query/ast.h"

/* A set of rules, read from files and folders (*.yml, *.yaml, recursively, name order). Owned:
 * th_rules_free. */
typedef struct th_rules th_rules;

enum th_rule_kind { TH_RULE_EVENT, TH_RULE_CORRELATION };
enum th_correlation_kind {
    TH_CORR_EVENT_COUNT,
    TH_CORR_VALUE_COUNT,
    TH_CORR_TEMPORAL,
    TH_CORR_TEMPORAL_ORDERED,
};

/* One problem or remark found while reading. line from 1, 0 when unknown. */
struct th_rule_note {
    const char *path;
    int line;
    bool error; /* the rule was not loaded; else a warning */
    const char *text;
};

struct th_rule {
    const char *id, *title, *level, *description, *path, *status;
    const char *const *tags;
    size_t tags_n;
    const char *const *falsepositives;
    size_t falsepositives_n;
    const char *text; /* the rule's own document as written, for the screen */
    int line;         /* where its document starts in path */
    uint8_t hash[32]; /* of its text and of those it depends on */
    enum th_rule_kind kind;
    /* Only a part of correlations: gives no findings of its own. Not when one of these has
     * `generate: true` under `correlation:`, nor when the rule has it itself, at its top. */
    bool silent;
    th_query *query; /* EVENT */
    /* CORRELATION */
    enum th_correlation_kind correlation;
    const struct th_rule *const *parts; /* rules it refers to, in order */
    size_t parts_n;
    /* EVENT rules have these too: matches are gathered by these fields (trailhound.actor and the
     * recipient account unless the rule's own key `trailhound: {group-by: […]}` names others), and
     * events without a value stay together. */
    const struct th_field_ref *group_by;
    const char *const *group_by_names; /* ECS names; a path into a container as it was written */
    size_t group_by_n;
    int64_t timespan_ms;
    struct th_field_ref value_field; /* VALUE_COUNT */
    const char *value_name;
    /* condition on the count: any bounds that were given */
    int64_t gte, gt, lte, lt, eq, neq; /* -1 when not given */
    /* What the rule's events are called in a correlation's sentence, in the plural ("failed console
     * sign-ins"): its own key `trailhound: {noun: …}`; NULL without one. */
    const char *noun;
    int64_t gap_ms; /* EVENT: matches that follow each other within this are one finding;
                       `trailhound: {gap: 1h}` */
};

/* Read rules. Problems with single rules are notes, never errors; a path that does not exist is
 * TH_E_NOT_FOUND. */
TH_NODISCARD enum th_code th_rules_load(const char *const *paths, size_t n, th_rules **out,
                                        struct th_err *err);
void th_rules_free(th_rules *rules);
/* The i-th of the paths that they were read from, as it was given; NULL when there are no more. */
const char *th_rules_path(const th_rules *rules, size_t i);
size_t th_rules_count(const th_rules *rules);
const struct th_rule *th_rules_get(const th_rules *rules, size_t i);
size_t th_rules_note_count(const th_rules *rules);
const struct th_rule_note *th_rules_note(const th_rules *rules, size_t i);

/* The folder of the rules we ship: $TRAILHOUND_RULES, else data/rules beside the program's source
 * tree when run from the build, else pkgdatadir/rules. Owned (free); NULL when there is none. */
char *th_rules_shipped(void);

#endif
