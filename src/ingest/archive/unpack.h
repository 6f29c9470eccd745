/* A member of an archive found again, for evidence that stayed outside the case. */
#ifndef TH_INGEST_ARCHIVE_UNPACK_H
#define TH_INGEST_ARCHIVE_UNPACK_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "ingest/archive/members.h"

/* An open archive (tar, compressed tar, zip). It remembers where it stands, so members that are
 * asked for in their order cost one pass. */
typedef struct th_unpack th_unpack;

/* read: the archive's bytes; size: how many. Owned: th_unpack_free. */
th_unpack *th_unpack_new(th_members_read *read, void *ctx, uint64_t size);
void th_unpack_free(th_unpack *unpack);

/* The member at a place (struct th_part, container) into out, which is overwritten. Several may
 * bear the name: the one of that size and hash is taken. TH_E_NOT_FOUND: nothing bears it; TH_E_IO:
 * what bears it is something else; TH_E_CANCELLED. Memory: the member, and the archives around it.
 */
TH_NODISCARD enum th_code th_unpack_member(th_unpack *unpack, const char *place, uint64_t size,
                                           const uint8_t sha256[32], th_cancel *cancel,
                                           struct th_buf *out, struct th_err *err);

#endif
