/* The one fact about SQLite that others may show. */
#include "store/case/version.h"

#include <sqlite3.h>

const char *th_sqlite_version(void)
{
    return sqlite3_libversion();
}
