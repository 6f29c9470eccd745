/* Running rules over a table: events that match, windows that slide over them, findings. */
#ifndef TH_DETECT_RUN_RUN_H
#define TH_DETECT_RUN_RUN_H

#include "base/cancel.h"
#include "detect/sigma/rules.h"
#include "query/table/table.h"

/* One finding of one rule. Everything is in the arena of the list. grouping: JSON object of ECS
 * name -> value, {} without group-by; why: one sentence with its numbers; detail: JSON object for
 * the screen (e.g. {"parts":[{"title":"…","count":85}]}). rows ascending by time then row. */
struct th_found {
    const struct th_rule *rule;
    const char *grouping, *why, *detail;
    int64_t first_ms, last_ms;
    uint32_t *rows;
    size_t rows_n;
};
struct th_found_list {
    th_arena *arena;
    struct th_found *found;
    size_t n, cap;
};
void th_found_list_init(struct th_found_list *list);
void th_found_list_fini(struct th_found_list *list);

/* A run over one table. Rows that an EVENT rule matches are kept by rule, so that correlations
 * share them. */
typedef struct th_detect th_detect;
th_detect *th_detect_new(th_table *table);
void th_detect_free(th_detect *detect);

/* Look up what many rules need that must read the records, reading them once for all: their
 * th_detect_run then finds it there. Never necessary. */
TH_NODISCARD enum th_code th_detect_prepare(th_detect *detect, const struct th_rule *const *rules,
                                            size_t n, th_cancel *cancel, struct th_err *err);

/* Findings of one rule (silent ones give none), appended to list. EVENT rules: matches of one actor
 * in one recipient account that follow each other within an hour are one finding. CORRELATION:
 * windows slide over time-sorted events of each group; overlapping windows of one burst are one
 * finding that grows; events without a group-by value are skipped by that correlation. Untimed
 * events take part in EVENT rules only. */
TH_NODISCARD enum th_code th_detect_run(th_detect *detect, const struct th_rule *rule,
                                        th_cancel *cancel, struct th_found_list *list,
                                        struct th_err *err);

#endif
