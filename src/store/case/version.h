/* Which SQLite is in use. */
#ifndef TH_STORE_CASE_VERSION_H
#define TH_STORE_CASE_VERSION_H

/* Version text of the library linked; static storage. */
const char *th_sqlite_version(void);

#endif
