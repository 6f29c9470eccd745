/* The files whose bytes a case holds, by hash: inside of src/store only. */
#ifndef TH_STORE_WRITE_IMPORTED_FILES_H
#define TH_STORE_WRITE_IMPORTED_FILES_H

#include "base/dict.h"
#include "store/case/db.h"

/* A complete source. path is set for those of an import that was interrupted: see
 * th_writer_known_at. */
struct th_known {
    uint64_t size_bytes;
    char *path;
    char *selection; /* NULL: everything */
    char *capped;    /* caps that it ran into; NULL: none */
    bool is_digest;  /* skipped as one */
    size_t next;     /* index + 1 of another one with the same hash; 0: none */
};

struct th_known_files {
    th_dict *hashes;
    size_t *first; /* by code of a hash: index + 1 */
    size_t first_cap;
    struct th_known *v;
    size_t n, cap;
};

/* Read all sources; sources from interrupted on are of an import that was interrupted (0: none is).
 * fini also after a failure. */
TH_NODISCARD enum th_code th_known_load(sqlite3 *db, int64_t interrupted,
                                        struct th_known_files *known, struct th_err *err);
void th_known_fini(struct th_known_files *known);

/* Index + 1 of one with this hash, to go on from by next; 0: none. Thread-safe. */
size_t th_known_find(const struct th_known_files *known, const uint8_t sha256[32]);

#endif
