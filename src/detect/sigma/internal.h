/* Inside of a rule set: for rules*.c, tests and fuzzing. */
#ifndef TH_DETECT_SIGMA_INTERNAL_H
#define TH_DETECT_SIGMA_INTERNAL_H

#include "base/dict.h"
#include "detect/sigma/sigma.h"

#define TH_RULE_FILE_MAX (64 * 1024 * 1024)

struct th_rules {
    th_arena *arena;
    struct th_sigma_rule **all; /* read without an error of their own */
    size_t all_n, all_cap;
    th_dict *ids;                /* of all: a code is a place in all, and one */
    const struct th_rule **kept; /* of all: whose references were found */
    size_t kept_n;
    struct th_rule_note *notes;
    size_t notes_n, notes_cap;
    const char **paths; /* as they were given */
    size_t paths_n;
};

/* Follow references, decide which rules are silent, and make the hashes; fills kept. */
void th_rules_link(th_rules *rules);

/* Rules of a text as if it were the contents of a file called path. Owned: th_rules_free. */
th_rules *th_rules_from_text(struct th_str text, const char *path);

#endif
