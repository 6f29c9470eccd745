/* The files inside a tar or zip archive, one after the other, never written anywhere. Inside of
 * ingest. */
#ifndef TH_INGEST_ARCHIVE_MEMBERS_H
#define TH_INGEST_ARCHIVE_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Bytes that tell an archive. */
#define TH_MEMBERS_HEAD 512u
enum th_members_kind { TH_MEMBERS_NO, TH_MEMBERS_TAR, TH_MEMBERS_ZIP };
/* What begins with these bytes (TH_MEMBERS_HEAD, or all there are). */
enum th_members_kind th_members_kind(struct th_str head);
/* Are these 512 bytes a tar header that isn't damaged? */
bool th_members_is_tar_header(const unsigned char *block);

/* Bytes of the archive from offset on, up to size; 0 at the end. A tar is asked for its bytes in
 * order and without gaps. */
typedef size_t th_members_read(void *ctx, uint64_t offset, void *buffer, size_t size);

typedef struct th_members th_members;

/* size: of a zip, whose directory stands at its end. Owned: th_members_free. */
th_members *th_members_new(enum th_members_kind kind, th_members_read *read, void *ctx,
                           uint64_t size);
void th_members_free(th_members *members);

/* name: as the archive says it, at most TH_MEMBER_NAME_MAX bytes; hostile text. skipped: why it
 * holds nothing to read (a link), unreadable: why it can't be read (it is encrypted), static text;
 * NULL usually. All are borrowed until the next call. */
#define TH_MEMBER_NAME_MAX 4096u
struct th_member {
    const char *name;
    const char *skipped;
    const char *unreadable;
};

/* The next one; folders are passed over. BROKEN: the archive can't be read on from here; why says
 * so, borrowed until the next call. */
enum th_members_step { TH_MEMBERS_ONE, TH_MEMBERS_END, TH_MEMBERS_BROKEN };
enum th_members_step th_members_next(th_members *members, struct th_member *out, const char **why);

/* Up to size bytes of the member; 0 at its end, or where it breaks: then *why is set, and NULL
 * otherwise. */
size_t th_members_data(th_members *members, void *buffer, size_t size, const char **why);

#endif
