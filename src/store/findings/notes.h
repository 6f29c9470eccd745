/* What the analyst adds to a case: marks, tags and comments on events, notes on values, saved
 * filters, filter history. Each call is its own transaction and fails with TH_E_READONLY on a case
 * that can't be written. Rows are event rows (from 0). */
#ifndef TH_STORE_FINDINGS_NOTES_H
#define TH_STORE_FINDINGS_NOTES_H

#include "store/case/case.h"

struct th_mark {
    uint64_t row;
    bool marked;
    const char *tag, *comment; /* NULL when none; borrowed for the call */
    int64_t at_ms;
};
/* Set everything about one event; marked false with no tag and no comment removes it. */
TH_NODISCARD enum th_code th_notes_mark(th_case *c, const struct th_mark *mark, struct th_err *err);
typedef bool th_mark_visit(void *ctx, const struct th_mark *mark);
TH_NODISCARD enum th_code th_notes_marks(th_case *c, th_mark_visit *visit, void *ctx,
                                         struct th_err *err);

TH_NODISCARD enum th_code th_notes_save_filter(th_case *c, const char *name, const char *filter,
                                               struct th_err *err);
TH_NODISCARD enum th_code th_notes_drop_filter(th_case *c, const char *name, struct th_err *err);
/* name NULL for history entries (newest first, at most 200, no repeats). */
typedef bool th_filter_visit(void *ctx, const char *name, const char *filter);
TH_NODISCARD enum th_code th_notes_filters(th_case *c, th_filter_visit *visit, void *ctx,
                                           struct th_err *err);
TH_NODISCARD enum th_code th_notes_remember(th_case *c, const char *filter, struct th_err *err);
TH_NODISCARD enum th_code th_notes_history(th_case *c, th_filter_visit *visit, void *ctx,
                                           struct th_err *err);

#endif
