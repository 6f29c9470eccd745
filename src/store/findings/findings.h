/* Findings in the case: what rules found, and what the analyst said of it. */
#ifndef TH_STORE_FINDINGS_FINDINGS_H
#define TH_STORE_FINDINGS_FINDINGS_H

#include "store/case/case.h"

/* One finding as a rule gives it. All borrowed. grouping and detail are JSON objects; tags a JSON
 * array. rows: event rows (from 0), ascending. */
struct th_finding_new {
    const char *rule, *name, *level, *tags, *grouping, *why, *detail;
    int64_t first_ms, last_ms;
    const uint32_t *rows;
    size_t rows_n;
};

/* Has this rule (id, hash of its text and of what it depends on) run over exactly these events
 * already? */
TH_NODISCARD enum th_code th_findings_current(th_case *c, const char *rule, const uint8_t hash[32],
                                              uint64_t events, bool *out, struct th_err *err);

/* Replace all findings of a rule in one transaction. A new finding that shares any event with an
 * old one of the same grouping takes its id (the first such). It takes the state and note that were
 * said last of a finding of this rule and grouping that had any of its events, also when that was
 * long gone. Same input twice changes nothing. */
TH_NODISCARD enum th_code th_findings_replace(th_case *c, const char *rule, const char *title,
                                              const char *level, const char *path,
                                              const uint8_t hash[32], uint64_t events,
                                              const struct th_finding_new *found, size_t n,
                                              struct th_err *err);
/* Remove findings of rules that are not among ids (rules that were taken away); confirmed or noted
 * ones are kept. What was said of those that go is there again with them when their rule is. */
TH_NODISCARD enum th_code th_findings_retire(th_case *c, const char *const *ids, size_t n,
                                             struct th_err *err);

struct th_finding_row {
    int64_t id;
    const char *rule, *name, *level, *tags, *grouping, *why, *detail, *state, *note,
        *path; /* note, path may be NULL */
    int64_t first_ms, last_ms;
    uint64_t count;
    uint64_t said_count; /* how many events it had when the analyst said what state and note are; 0:
                            nothing was said, or it is not known */
};
/* By level (critical first), then first time, then id. level/state NULL: all. level means this one
 * and above. */
typedef bool th_finding_visit(void *ctx, const struct th_finding_row *row);
TH_NODISCARD enum th_code th_findings_list(th_case *c, const char *level, const char *state,
                                           th_finding_visit *visit, void *ctx, struct th_err *err);
/* Event rows of a finding, ascending. Owned: free. */
TH_NODISCARD enum th_code th_findings_rows(th_case *c, int64_t finding, uint32_t **rows, size_t *n,
                                           struct th_err *err);
/* Keep what the analyst says of a finding, in one transaction, for it and for what it becomes.
 * state: new, confirmed or benign; note NULL keeps the old one, "" removes it. TH_E_NOT_FOUND. */
TH_NODISCARD enum th_code th_findings_triage(th_case *c, int64_t finding, const char *state,
                                             const char *note, struct th_err *err);

/* informational low medium high critical = 0 … 4; -1 for anything else. */
int th_level_rank(const char *level);

#endif
