/* Evidence that stayed outside the case (import --reference): its file, or the archive that its
 * file is in. What is read is checked, piece by piece, against the hashes that were noted at
 * import; what differs or is missing is TH_E_OUTSIDE, naming the file. Private to src/store. */
#ifndef TH_STORE_EVIDENCE_REFERENCED_FILES_H
#define TH_STORE_EVIDENCE_REFERENCED_FILES_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "ingest/archive/unpack.h"

struct th_evidence;

/* fd: the file at the source's path, open while one of its pieces is loaded (-1: none). bytes: a
 * checked piece [start, start + bytes.n) of source's delivered bytes. unpack: the archive at path,
 * which stays open, for the next member is likely the one behind. */
struct th_outside {
    int fd;
    int64_t source;
    uint64_t start;
    struct th_buf bytes;
    th_unpack *unpack;
    int unpack_fd;
    char *unpack_path;
    th_cancel *cancel; /* borrowed */
};

void th_outside_init(struct th_outside *o);
void th_outside_fini(struct th_outside *o);
/* Close the file. */
void th_outside_release(struct th_outside *o);

/* Delivered bytes of e->source from offset on, as far as the checked piece that holds it goes;
 * borrowed until the next call. Empty behind the end. */
TH_NODISCARD enum th_code th_outside_bytes(struct th_evidence *e, uint64_t offset,
                                           struct th_str *out, struct th_err *err);

/* All delivered bytes of e->source through write, which returns false to stop. Only the size is
 * checked: who calls compares the hash of it all. */
typedef bool th_outside_write(void *ctx, const void *bytes, size_t n);
TH_NODISCARD enum th_code th_outside_copy(struct th_evidence *e, th_outside_write *write, void *ctx,
                                          struct th_err *err);

#endif
