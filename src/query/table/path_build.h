/* What paths.c and path_build.c share: a column before it is ready. */
#ifndef TH_QUERY_TABLE_PATH_BUILD_H
#define TH_QUERY_TABLE_PATH_BUILD_H

#include "query/table/path_collect.h"
#include "query/table/paths.h"

/* Become the one that makes columns, and cease to be. */
TH_NODISCARD enum th_code th_paths_take(struct th_paths *paths, th_cancel *cancel,
                                        struct th_err *err);
void th_paths_release(struct th_paths *paths);

/* What a shorter table or the case has of a path. codes: room for all rows, gets theirs, zeros
 * behind them. */
void th_path_work_init(th_table *table, const struct th_field_ref *ref, uint32_t *codes,
                       struct th_path_work *work);
void th_path_work_fini(struct th_path_work *work);

/* Codes up to max in the width that they need. Owned (free). */
void *th_path_narrow(const uint32_t *codes, size_t rows, uint32_t max, uint8_t *width);

/* A column is ready: codes of all its rows. The dict of work is taken. */
void th_path_publish(th_table *table, struct th_path_work *work, const uint32_t *codes);

/* A path that the case doesn't keep whole (LACKING), that is too large for a column, or for which
 * not every record can be read: no need to try that again. The last is so for this table only. */
enum th_path_trouble { TH_PATH_LACKING, TH_PATH_TOO_LARGE, TH_PATH_UNREADABLE };
void th_path_note(struct th_paths *paths, const struct th_field_ref *ref,
                  enum th_path_trouble trouble);
/* Is it one of the latter two? */
bool th_path_is_hopeless(struct th_paths *paths, const struct th_field_ref *ref);

#endif
