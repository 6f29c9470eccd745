/* What a case knows of the paths that it met before an import: inside of src/store only. */
#ifndef TH_STORE_WRITE_EARLIER_SOURCES_H
#define TH_STORE_WRITE_EARLIER_SOURCES_H

#include "base/dict.h"
#include "ingest/batch.h"
#include "store/case/db.h"

/* A complete source. skipped, reason: codes in words; 0 none. reason: of the reject of a file that
 * couldn't be read at all. */
struct th_past_row {
    int64_t id;
    uint8_t sha256[32];
    bool has_sha256;
    int kind;
    uint32_t skipped, reason;
    uint32_t next; /* index + 1 of the one before of the same place; 0: none */
};

struct th_past {
    th_dict *places, *words;
    uint32_t *newest; /* by code of a place: index + 1 */
    size_t newest_cap;
    struct th_past_row *rows;
    size_t n, cap;
};

/* Read all sources. fini also after a failure. */
TH_NODISCARD enum th_code th_past_load(sqlite3 *db, struct th_past *past, struct th_err *err);
void th_past_fini(struct th_past *past);

/* The row that says all that can be said of the part again: the same file passed over for the same
 * reason, not readable as before, a broken one without a byte, or an archive with the same bytes.
 * NULL when it needs a row of
 * its own. For parts that begin and end. */
const struct th_past_row *th_past_same(const struct th_past *past, const struct th_part *part);
/* Is the file known by its path, but with other bytes only? Never so for standard input and pipes,
 * whose name is anybody's. */
bool th_past_differs(const struct th_past *past, const struct th_part *part);
/* Its text; absent for 0. */
struct th_str th_past_word(const struct th_past *past, uint32_t code);

#endif
