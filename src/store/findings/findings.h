/* Findings in the case: what rules found, and what the analyst said of it. */
#ifndef TH_STORE_FINDINGS_FINDINGS_H
#define TH_STORE_FINDINGS_FINDINGS_H

#include "base/arena.h"
#include "store/case/case.h"

/* How grave a finding is, and what was said of it: schema/findings.def. */
enum th_level {
#define TH_LEVEL(id, word, rank) TH_LEVEL_##id = (rank),
#include "findings.def"
};
enum th_finding_state {
#define TH_FINDING_STATE(id, word) TH_FINDING_##id,
#include "findings.def"
    TH_FINDING_STATES
};
/* Static. */
const char *th_level_word(enum th_level level);
const char *th_finding_state_word(enum th_finding_state state);
/* The level, the state of a word (NULL too); -1 for any other. */
int th_level_rank(const char *word);
int th_finding_state_parse(const char *word);

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

/* A finding of the case. level is a word as it stands there; tags, grouping, detail as above. */
struct th_finding {
    int64_t id;
    const char *rule, *name, *level, *tags, *grouping, *why, *detail;
    const char *note, *path; /* of the rule's file; NULL: none */
    enum th_finding_state state;
    int64_t first_ms, last_ms;
    uint64_t count;
    uint64_t said_count; /* how many events it had when the analyst said what state and note are; 0:
                            nothing was said, or it is not known */
    uint32_t *rows;      /* of its events, ascending; NULL: not read */
    size_t rows_n;
};
/* By level (critical first), then first time, then id. level: this one and above; state: in this
 * one; -1: all. Rows are not read; all is borrowed for the call. TH_E_CASE: a state that is none.
 */
typedef bool th_finding_visit(void *ctx, const struct th_finding *finding);
TH_NODISCARD enum th_code th_findings_list(th_case *c, int level, int state,
                                           th_finding_visit *visit, void *ctx, struct th_err *err);

/* All findings with their rows, in that order. Owned: th_finding_list_fini. */
struct th_finding_list {
    struct th_finding *v;
    size_t n, cap;
    th_arena *arena; /* of their texts */
};
TH_NODISCARD enum th_code th_findings_read(th_case *c, struct th_finding_list *out,
                                           struct th_err *err);
void th_finding_list_fini(struct th_finding_list *list);
/* Event rows of a finding, ascending. Owned: free. */
TH_NODISCARD enum th_code th_findings_rows(th_case *c, int64_t finding, uint32_t **rows, size_t *n,
                                           struct th_err *err);
/* Keep what the analyst says of a finding, in one transaction, for it and for what it becomes.
 * note NULL keeps the old one, "" removes it. TH_E_NOT_FOUND. */
TH_NODISCARD enum th_code th_findings_triage(th_case *c, int64_t finding,
                                             enum th_finding_state state, const char *note,
                                             struct th_err *err);

#endif
