/* One source again: an intake whose source is not opened but given. */
#include "ingest/reader/reread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/reader/source_reader.h"

static const char changed[] = "the file changed while it was read";

/* Its row, and the reject that stands for what couldn't be read. */
static bool note_nothing(struct th_intake *in, const struct th_reread_source *source)
{
    in->archive = source->archive;
    if (source->broken != NULL && !th_intake_reject(in, source->broken))
        return false;
    if (!th_intake_end(in, source->skipped, false))
        return false;
    struct th_part *part = &in->batch->parts[in->batch->parts_n - 1];
    if (source->skipped != NULL)
        part->skipped = th_arena_strdup(in->batch->arena, source->skipped);
    return true;
}

static bool read_bytes(struct th_intake *in, const struct th_reread_source *source)
{
    in->packed = source->size_bytes;
    in->unpacked = 0;
    in->selection = source->selection;
    in->digests = source->digests;
    in->src.bytes = source->bytes;
    in->src.read = source->bytes == NULL ? source->read : NULL;
    in->src.read_ctx = source->read_ctx;
    in->says_changed = source->changed;
    if (source->broken != NULL)
        (void)snprintf(in->src.failed, sizeof in->src.failed, "%s", source->broken);
    return th_intake_again(in);
}

bool th_intake_reread(struct th_intake *in, const struct th_reread_source *source, uint64_t ordinal)
{
    char *path = th_xstrdup(source->path);
    const struct th_item item = {.path = path, .given = true};
    th_intake_begin(in, &item, ordinal, source->container);
    in->id = source->id;
    in->src.size = source->size_bytes;
    in->src.cancel = in->cancel;
    memcpy(in->src.sha256, source->sha256, sizeof in->src.sha256);
    bool go_on = !th_cancelled(in->cancel) && th_intake_ready(in) &&
                 (source->nothing ? note_nothing(in, source) : read_bytes(in, source));
    th_intake_release(in);
    in->item = NULL;
    free(path);
    return go_on;
}

enum th_reread_outside th_reread_outside(const char *reason)
{
    static const char *const broke[] = {
        "can't be read: ", "can't be kept in a temporary file: ", "member of an archive: "};
    if (strcmp(reason, changed) == 0)
        return TH_OUTSIDE_CHANGED;
    for (size_t i = 0; i < TH_COUNT(broke); i++)
        if (th_str_starts(th_str_of(reason), th_str_of(broke[i])))
            return TH_OUTSIDE_BROKE;
    return TH_OUTSIDE_NO;
}
