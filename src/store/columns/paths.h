/* Columns of paths (requestParameters.bucketName) as a case keeps them, so that the evidence is
 * read for each only once. Private to src/store.
 *
 * Two tables, made when they are first needed; only a cache of the evidence, left out of what other
 * versions of the program must understand:
 *   path_column  codes of rows first … first + rows - 1 of a path, packed as segments are
 *   path_term    the texts of codes first … first + n - 1, deflated: n u32 lengths, then the texts;
 *                size: bytes of all that, inflated */
#ifndef TH_STORE_COLUMNS_PATHS_H
#define TH_STORE_COLUMNS_PATHS_H

#include "base/dict.h"
#include "ecs/field/field.h"
#include "store/case/db.h"

/* For query/table.h's path_load: codes (rows zeros) of rows 0 … *got-1, texts into dict. What is
 * damaged or of another version is as if it weren't there. */
TH_NODISCARD enum th_code th_paths_kept(sqlite3 *db, enum th_field field, struct th_str path,
                                        size_t rows, uint32_t *codes, th_dict *dict, size_t *got,
                                        struct th_err *err);

/* For path_save: begin gives NULL when the case at case_path can't be written now. keep adds rows
 * from … rows-1 of one path, when no one has kept anything else of it meanwhile; events of a source
 * that is still being imported are left out. end writes all of them, or none after a failure. */
typedef struct th_paths_keeper th_paths_keeper;
th_paths_keeper *th_paths_keep_begin(const char *case_path);
void th_paths_keep(th_paths_keeper *keeper, enum th_field field, struct th_str path, size_t from,
                   size_t rows, const uint32_t *codes, uint32_t texts_from, const th_dict *dict);
void th_paths_keep_end(th_paths_keeper *keeper);

#endif
