/* What the case keeps of values that depend on one other value only (fields of storage OF): made
 * anew when better files are there, and read back by value. */
#ifndef TH_STORE_COLUMNS_DERIVE_H
#define TH_STORE_COLUMNS_DERIVE_H

#include "ecs/enrich/enrich.h"
#include "store/case/case.h"

struct th_derive_done {
    uint64_t user_agents; /* distinct ones that were matched */
    uint64_t addresses;   /* distinct IP addresses that were looked up */
    uint64_t values;      /* that the fields have now */
    uint64_t changed;     /* of these and of those before: values that came, went or differ */
};

/* Make the values of all OF fields anew, for every value of their parents, in one transaction that
 * also notes in the case which files gave them. Fields whose files are not loaded in enrich keep
 * what they have, and so does the note on them. TH_E_READONLY; TH_E_BUSY; TH_E_CANCELLED: nothing
 * was changed. */
TH_NODISCARD enum th_code th_case_derive(th_case *c, const struct th_enrich *enrich,
                                         th_cancel *cancel, struct th_derive_done *done,
                                         struct th_err *err);

/* Do the case's values come from just the files that are loaded in enrich? */
TH_NODISCARD enum th_code th_case_derived_by(th_case *c, const struct th_enrich *enrich, bool *same,
                                             struct th_err *err);
/* Note that they do, without making them: all were made by an import with these files. */
TH_NODISCARD enum th_code th_case_note_derived(th_case *c, const struct th_enrich *enrich,
                                               struct th_err *err);
/* The files that gave the values of a kind, as JSON (th_enrich_describe); empty when nothing is
 * noted. Appends. */
TH_NODISCARD enum th_code th_case_derived_from(th_case *c, enum th_enrich_kind kind,
                                               struct th_buf *out, struct th_err *err);

/* The values of a case by value instead of by row, as they are now. Owned: th_derived_free. */
typedef struct th_derived th_derived;
TH_NODISCARD enum th_code th_derived_load(th_case *c, th_derived **out, struct th_err *err);
void th_derived_free(th_derived *derived);
/* A th_enrich_value: ctx is a th_derived. Thread-safe. */
bool th_derived_value(void *ctx, enum th_field field, struct th_str parent_value,
                      struct th_buf *out);

#endif
