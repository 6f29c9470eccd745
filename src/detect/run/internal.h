/* Inside of a run: for run*.c and finding_text.c. */
#ifndef TH_DETECT_RUN_INTERNAL_H
#define TH_DETECT_RUN_INTERNAL_H

#include "base/buf.h"
#include "base/dict.h"
#include "detect/run/run.h"
#include "detect/run/window.h"

/* Rows that an EVENT rule matches, in order of time: the untimed ones (from 0 to timed-1) first. */
struct th_rule_rows {
    const struct th_rule *rule;
    uint32_t *rows;
    size_t n, timed;
};

struct th_detect {
    th_table *table;
    const int64_t *ts; /* once times are loaded */
    const uint32_t *order;
    struct th_rule_rows *cache;
    size_t cache_n, cache_cap;
    th_dict *known; /* the rules in it: a code is a place in cache, and one */
};

/* One call. */
struct th_run {
    struct th_detect *detect;
    const struct th_rule *rule;
    th_cancel *cancel;
    struct th_err *err;
    struct th_found_list *list;
};

/* Matches of an EVENT rule; borrowed until the detect is freed. */
TH_NODISCARD enum th_code th_run_matches(struct th_run *run, const struct th_rule *rule,
                                         const struct th_rule_rows **out);
/* The same, known already; NULL: not yet. */
const struct th_rule_rows *th_detect_known(const struct th_detect *detect,
                                           const struct th_rule *rule);
/* Keep the rows that a rule matches. TH_E_… when times can't be loaded. */
TH_NODISCARD enum th_code th_detect_keep(struct th_detect *detect, const struct th_rule *rule,
                                         const struct th_bits *bits, struct th_err *err);
TH_NODISCARD enum th_code th_run_check(const struct th_run *run);
/* Sort rows by time, then row, and leave each once; returns how many are left. */
size_t th_run_sort_rows(const struct th_detect *detect, uint32_t *rows, size_t n);

/* ---- groups (groups.c) ---- */

/* Values of the group-by fields as numbers: equal values have equal numbers for all rows asked with
 * one space. */
struct th_groups {
    const struct th_rule *rule;
    bool keep_absent; /* rows without a value are grouped too */
    th_dict *values[8];
    th_dict *tuples;
};
void th_groups_init(struct th_groups *groups, const struct th_rule *rule, bool keep_absent);
void th_groups_fini(struct th_groups *groups);
/* The group of every row: 1, 2, …; 0: it has none. *out is owned (free). */
TH_NODISCARD enum th_code th_groups_of(struct th_groups *groups, struct th_run *run,
                                       const uint32_t *rows, size_t n, uint32_t **out);
size_t th_groups_count(const struct th_groups *groups);
/* Value of a group's field; absent when it has none. */
struct th_str th_groups_value(const struct th_groups *groups, uint32_t group, size_t field);

/* Numbers of all values of a field, row by row: those of row i are list[first[i]] … Both owned by
 * the caller. */
struct th_lists {
    uint32_t *first, *list;
    uint32_t count;
};
TH_NODISCARD enum th_code th_lists_of(struct th_run *run, const struct th_field_ref *field,
                                      const uint32_t *rows, size_t n, struct th_lists *out);

/* Places 0 … n-1 by group, in their order: places of group g are order[from[g]] … order[from[g + 1]
 * - 1]. Owned (free). */
void th_groups_sort(const uint32_t *groups, size_t n, size_t count, uint32_t **order,
                    size_t **from);

/* ---- findings (finding_text.c) ---- */

/* What was found, before words are put to it. */
struct th_hit_part {
    const struct th_rule *rule;
    uint32_t *rows; /* by time */
    size_t n;
};
struct th_hit {
    const struct th_groups *groups;
    uint32_t group;
    uint32_t *rows; /* all of them */
    size_t n;
    const struct th_hit_part *parts; /* CORRELATION */
    size_t parts_n;
    int64_t values; /* VALUE_COUNT: how many different ones; else -1 */
};
/* Make a finding of it and add it to the run's list. */
TH_NODISCARD enum th_code th_hit_add(struct th_run *run, const struct th_hit *hit);

/* ---- correlations (correlate.c) ---- */
TH_NODISCARD enum th_code th_run_correlation(struct th_run *run);

/* A rule as the text of a dictionary. */
static inline struct th_str th_rule_key(const struct th_rule *const *rule)
{
    return (struct th_str){(const char *)rule, sizeof *rule};
}

#endif
