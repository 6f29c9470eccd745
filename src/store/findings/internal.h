/* What the files that keep findings and triage share. */
#ifndef TH_STORE_FINDINGS_INTERNAL_H
#define TH_STORE_FINDINGS_INTERNAL_H

#include "store/case/handle.h"
#include "store/findings/findings.h"

/* Old findings or triage rows of one rule by the events that they hold. */
struct th_holder {
    int64_t id;
    char *grouping;
    bool has_events;
    bool taken;
};

struct th_held_event {
    int64_t event; /* id, from 1 */
    size_t holder;
    bool seen;
};

/* Holders in order of ids, events sorted by event, then holder. */
struct th_held {
    struct th_holder *holders;
    size_t n, cap;
    struct th_held_event *events;
    size_t events_n, events_cap;
};

/* sql gives id, grouping, event (NULL: none), seen in order of ids; ?1 is the rule. */
TH_NODISCARD enum th_code th_held_read(th_case *c, const char *sql, const char *rule,
                                       struct th_held *out, struct th_err *err);
void th_held_free(struct th_held *held);
/* Place of the first entry of an event, or of a greater one, in the sorted list. */
size_t th_held_first(const struct th_held *held, int64_t event);

/* Which of said goes for each of n new findings; NULL: none. out: n places. */
void th_triage_choose(struct th_held *said, const struct th_finding_new *found, size_t n,
                      const struct th_holder **out);
/* What was said of a rule's findings. Free: th_held_free. */
TH_NODISCARD enum th_code th_triage_read(th_case *c, const char *rule, struct th_held *out,
                                         struct th_err *err);
/* Give the finding, whose events stand in the case, the state and note of said, which takes its
 * events in; NULL: it is new. Changes nothing that is so already. */
TH_NODISCARD enum th_code th_triage_apply(th_case *c, int64_t finding, const struct th_holder *said,
                                          struct th_err *err);

#endif
