/* What of the evidence is wanted: paths that are read at all, and records that are taken in. */
#ifndef TH_INGEST_SELECTION_H
#define TH_INGEST_SELECTION_H

#include "base/err.h"
#include "base/str.h"
#include "ecs/columns/map.h"

/* As the user types it; NULL or none: everything. */
struct th_selection_words {
    const char *from, *to;          /* time or date; both are inside, a date with its whole day */
    const char *regions, *accounts; /* comma-separated; the recipient's account, and where a record
                                       has none, the caller's */
    const char *const *include;     /* globs, see th_selection_path */
    size_t include_n;
    const char *const *exclude;
    size_t exclude_n;
    const char *digest_regex; /* digests whose path matches are records */
};

typedef struct th_selection th_selection;

/* TH_E_USAGE names the option at fault. Owned: th_selection_free. */
TH_NODISCARD enum th_code th_selection_new(const struct th_selection_words *words,
                                           th_selection **out, struct th_err *err);
void th_selection_free(th_selection *selection);

/* All below: a NULL selection wants everything. Thread-safe. */

/* Why a path is not wanted, static text; NULL when it is. path: with "/" and the place inside for a
 * member of an archive. A glob ('*' any run, also of '/'; '?' one character) matches the whole
 * path, or what stands behind any '/' of it. found_n: so many bytes at the path's beginning were
 * named by the user; a date in folders behind them (/2026/03/01/) that is more than a day away from
 * the chosen time tells that the file isn't wanted. included: leave out the test of the include
 * globs. */
const char *th_selection_path(const th_selection *selection, struct th_str path, size_t found_n,
                              bool included);
/* Does an include glob match, or is there none? */
bool th_selection_included(const th_selection *selection, struct th_str path);
/* Are paths chosen by globs? Then what an archive gave doesn't tell what all of it would give. */
bool th_selection_has_globs(const th_selection *selection);
/* Is a digest at this path a record? */
bool th_selection_digests(const th_selection *selection, struct th_str path);
/* Is a record wanted? */
bool th_selection_record(const th_selection *selection, const struct th_values *values);
/* The choice of records in one form for the same choice, to be compared; "" is everything. Borrowed
 * from the selection. */
const char *th_selection_text(const th_selection *selection);
/* The choice of records that has this text; *out NULL for "". TH_E_USAGE for any other text. Owned:
 * th_selection_free. */
TH_NODISCARD enum th_code th_selection_of_text(const char *text, th_selection **out,
                                               struct th_err *err);

#endif
