/* In place of members.c where libarchive isn't there: an archive is told from other files, and
 * can't be read. */
#include "ingest/archive/members.h"

#include <stdlib.h>

#include "base/mem.h"

struct th_members {
    char unused;
};

th_members *th_members_new(enum th_members_kind kind, th_members_read *read, void *ctx,
                           uint64_t size)
{
    (void)kind;
    (void)read;
    (void)ctx;
    (void)size;
    return th_xcalloc(1, sizeof(th_members));
}

void th_members_free(th_members *members)
{
    free(members);
}

enum th_members_step th_members_next(th_members *members, struct th_member *out, const char **why)
{
    (void)members;
    *out = (struct th_member){0};
    *why = "an archive, and this program was built without libarchive: unpack it first";
    return TH_MEMBERS_BROKEN;
}

size_t th_members_data(th_members *members, void *buffer, size_t size, const char **why)
{
    (void)members;
    (void)buffer;
    (void)size;
    *why = NULL;
    return 0;
}
