/* Journals beside a case file. Private to src/store. */
#ifndef TH_STORE_CASE_BESIDE_H
#define TH_STORE_CASE_BESIDE_H

#include "base/err.h"

/* May SQLite open the database at path with what lies beside it (-journal, -wal, -shm)? To be asked
 * before it does; path need not exist. TH_E_CASE in words when something there is not what a killed
 * program leaves: a link, a pipe, a journal that names another file or is of another database, a
 * WAL beside a case that was closed. Nothing is changed. */
TH_NODISCARD enum th_code th_beside_check(const char *path, struct th_err *err);

#endif
