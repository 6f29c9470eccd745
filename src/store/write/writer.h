/* Writing an import into a case: takes batches in order, owns the transaction, keeps duplicates
 * out, commits every TH_COMMIT_ROWS. */
#ifndef TH_STORE_WRITE_WRITER_H
#define TH_STORE_WRITE_WRITER_H

#include "ecs/enrich/enrich.h"
#include "ingest/batch.h"
#include "ingest/limits.h"
#include "store/case/case.h"

#define TH_COMMIT_ROWS 50000

typedef struct th_writer th_writer;

/* files: all that were looked at; skipped: of these, unchanged ones among them; unchanged: the case
 * held their bytes already; changed: files whose path the case knows with other bytes. records =
 * events + duplicates + rejects + unselected. */
struct th_import_totals {
    uint64_t files, skipped, unchanged, changed, records, events, duplicates, rejects, unselected;
    uint64_t altered; /* files that others wrote to while they were read */
};

/* Begin: keeps other imports out for as long as the writer lives (TH_E_BUSY in words when another
 * has begun), removes what an interrupted import left behind of its open source, loads
 * dictionaries; the duplicate index follows with the first batch. During the first import into an
 * empty case that nobody else has open, others can't read it either (TH_E_BUSY). version: the
 * program's. enrich may be NULL. Owned: th_writer_end. */
TH_NODISCARD enum th_code th_writer_begin(th_case *c, const char *version,
                                          const struct th_enrich *enrich, th_writer **out,
                                          struct th_err *err);
/* Is a file with this hash in the case and complete? What this import itself brings doesn't count,
 * so that the answer never depends on timing. Thread-safe while the writer lives. path (NULL: any)
 * matters when an import goes on that was killed: of two files with the same bytes the first may be
 * in the case and the second not yet, and it must get its own row as if nothing had happened. */
bool th_writer_known_at(th_writer *w, const char *path, const uint8_t sha256[32],
                        uint64_t size_bytes);
/* The choice of records of this import (th_selection_text; copied): noted with every source.
 * Without a call, everything. */
void th_writer_select(th_writer *w, const char *selection);
/* The caps of this import: a source that ran into smaller ones is not covered. Without a call, the
 * usual ones. */
void th_writer_limit(th_writer *w, const struct th_limits *limits);
/* Note in the case, at once, that an import of paths (resolved) has begun: until an import that
 * covers it is finished, the case says that it isn't (th_case_unfinished). choice: what of them is
 * wanted, in one form for the same choice; "" is everything. */
TH_NODISCARD enum th_code th_writer_announce(th_writer *w, const char *choice,
                                             const char *const *paths, size_t paths_n,
                                             struct th_err *err);
/* So many files were listed; noted at once. */
TH_NODISCARD enum th_code th_writer_expect(th_writer *w, uint64_t files, struct th_err *err);
/* Every batch was given: th_writer_end notes that the import is finished. */
void th_writer_finished(th_writer *w);
/* As th_writer_known_at (path of a member: the archive's with "/" and the place inside), and what
 * was taken from the file then covers this import's choice: all of it, or the same choice. digests:
 * this import takes digests in, so a file that was skipped as one doesn't count. */
bool th_writer_covers(th_writer *w, const char *path, const uint8_t sha256[32], uint64_t size_bytes,
                      bool digests);
/* Take one batch; see struct th_import_sink. TH_E_FULL when the disk is full: what was committed
 * stays. */
TH_NODISCARD enum th_code th_writer_put(th_writer *w, const struct th_batch *batch,
                                        struct th_err *err);
/* To be called now and then between batches, however long they take to come: commits what has been
 * waiting for a second, so that those who share the case see it, and can write themselves. */
TH_NODISCARD enum th_code th_writer_breathe(th_writer *w, struct th_err *err);
/* Commit what is open when commit is true (roll back to the last commit otherwise), write derived
 * values and segments, free the writer. totals (may be NULL): what this run did. */
enum th_code th_writer_end(th_writer *w, bool commit, struct th_import_totals *totals,
                           struct th_err *err);
/* Totals so far. */
void th_writer_totals(const th_writer *w, struct th_import_totals *out);

#endif
