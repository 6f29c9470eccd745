/* Connections to case files. Private to src/store. */
#ifndef TH_STORE_CASE_CONNECT_H
#define TH_STORE_CASE_CONNECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "store/case/db.h"

/* The first bytes of a file: how many there are (at most 100), and what they say. wal: the database
 * was not closed by its last writer, or not yet. */
struct th_case_header {
    ssize_t n;
    bool sqlite, wal;
    uint32_t application_id, page_bytes;
};

/* Read the header. TH_E_NOT_FOUND, TH_E_IO; TH_E_CASE for what is no plain file. */
TH_NODISCARD enum th_code th_connect_header(const char *path, struct th_case_header *out,
                                            struct th_err *err);

/* Is there a file with something in it that has this name with suffix behind it? */
bool th_connect_beside(const char *path, const char *suffix);

/* Can the file be changed, and a journal be made beside it? */
bool th_connect_can_write(const char *path);

/* A hardened connection by flags (SQLITE_OPEN_…), the name taken for nothing but a file. Owned:
 * sqlite3_close. */
TH_NODISCARD enum th_code th_connect_plain(const char *path, int flags, sqlite3 **out,
                                           struct th_err *err);

/* How long statements wait while somebody else holds the lock that they need, before TH_E_BUSY. */
void th_connect_patience(sqlite3 *db, int ms);

/* Read something, so that SQLite finds out whether it can; leftover journals are rolled back. */
TH_NODISCARD enum th_code th_connect_look(sqlite3 *db, struct th_err *err);

/* A read connection to an existing case, and nothing checked yet. *immutable: the folder can't be
 * written and no journal is left behind, or the file was copied from under a program that had it
 * open, without its WAL; so it is read as it stands. Owned: sqlite3_close. */
TH_NODISCARD enum th_code th_connect_read(const char *path, sqlite3 **out, bool *immutable,
                                          struct th_err *err);

#endif
