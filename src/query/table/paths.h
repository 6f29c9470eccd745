/* Columns for paths inside a record's containers (requestParameters.bucketName): made on first use
 * by one pass over the evidence, or out of what the case keeps of an earlier one. Inside of
 * src/query only.
 *
 * An entry of such a column is what one record has at the path: a text, or the JSON array of
 * several (of one as well when its text begins like an array). Columns are numbered in the order in
 * which they became ready and stay until the table is freed; an evaluation looks only at those that
 * were ready when it began. */
#ifndef TH_QUERY_TABLE_PATHS_H
#define TH_QUERY_TABLE_PATHS_H

#include "query/table/table_data.h"

/* So many columns a table; what is asked beyond them goes to the records. */
enum { TH_PATHS_MAX = 256 };

struct th_paths;
struct th_paths *th_paths_new(void);
void th_paths_free(struct th_paths *paths);
/* The columns of a shorter table, for one that grew from it: each is carried on when it is asked
 * for. */
void th_paths_grow(struct th_paths *from, struct th_paths *paths);
/* The slot of a column that is ready. */
struct th_table_slot *th_paths_slot(struct th_paths *paths, size_t number);
size_t th_paths_memory(struct th_paths *paths);

/* May the path become a column? */
bool th_path_is_column(const struct th_field_ref *ref);
/* Is a pass over the whole evidence worth it, when open rows of a table's rows are to be looked at?
 */
bool th_path_is_worth(size_t open, size_t rows);

/* Columns that are ready now. */
size_t th_table_paths(th_table *table);
/* The number of a path's column among the first n, -1: it has none yet. */
int th_table_path(th_table *table, const struct th_field_ref *ref, size_t n);

/* Make columns of the paths that have none yet and that the case keeps whole. Never an error: what
 * can't be had isn't there. */
void th_table_paths_load(th_table *table, const struct th_field_ref *const *refs, size_t n);
/* Make columns of all of them (at most TH_PATHS_AT_ONCE), in one pass over what the case doesn't
 * keep. Paths with more text than memory should hold stay without. After an error or a cancel no
 * column was made. */
enum { TH_PATHS_AT_ONCE = 128 };
TH_NODISCARD enum th_code th_table_paths_build(th_table *table,
                                               const struct th_field_ref *const *refs, size_t n,
                                               th_cancel *cancel, struct th_err *err);

/* The same in steps, for a pass that has more to do. One thread at a time makes columns: begin
 * waits for another one's end. *out NULL: nothing is left to be made. refs' paths are borrowed
 * until the end. */
struct th_path_build;
TH_NODISCARD enum th_code th_path_build_begin(th_table *table,
                                              const struct th_field_ref *const *refs, size_t n,
                                              th_cancel *cancel, struct th_path_build **out,
                                              struct th_err *err);
/* Records of rows from this one on are needed. */
size_t th_path_build_from(const struct th_path_build *build);
/* These rows; rows is initialised. */
void th_path_build_rows(const struct th_path_build *build, struct th_bits *rows);
/* Will there be a column of it? */
bool th_path_build_has(const struct th_path_build *build, const struct th_field_ref *ref);
/* Where a thread of the pass puts its records (query/path_collect.h). Owned by build. */
struct th_path_collector *th_path_build_collector(struct th_path_build *build);
/* collected: all records were; columns are made of them and kept in the case. Otherwise none is.
 * build is freed. TH_E_CANCELLED: some columns may have been made. */
TH_NODISCARD enum th_code th_path_build_end(struct th_path_build *build, bool collected,
                                            th_cancel *cancel, struct th_err *err);

/* The column of a path for a look at open rows: one that is ready or kept, or made when that is
 * worth it. *id: as th_table_coded takes it, -1: ask the records. */
TH_NODISCARD enum th_code th_table_path_id(th_table *table, const struct th_field_ref *ref,
                                           size_t open, th_cancel *cancel, int *id,
                                           struct th_err *err);

#endif
