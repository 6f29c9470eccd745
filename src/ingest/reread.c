/* An intake whose source is not opened but given, and whose batches don't travel: one batch, handed
 * to the caller whenever it is full, then used again. */
#include "ingest/reread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/import.h"
#include "ingest/intake.h"

struct th_reread {
    struct th_intake intake;
    struct th_intake_limits limits; /* of the source at hand */
    struct th_intake_hooks hooks;
    struct th_batch *batch;
    th_reread_batch *take;
    void *ctx;
    th_cancel *cancel;
    bool stopped;
};

static struct th_batch *get(void *ctx)
{
    th_reread *r = ctx;
    if (r->stopped || th_cancelled(r->cancel))
        return NULL;
    struct th_batch *batch = r->batch;
    r->batch = NULL;
    if (batch == NULL)
        return th_batch_new();
    th_batch_reset(batch);
    return batch;
}

static void put(void *ctx, struct th_batch *batch)
{
    th_reread *r = ctx;
    if (!r->stopped && !r->take(r->ctx, batch))
        r->stopped = true;
    r->batch = batch;
}

static void done(void *ctx, uint64_t bytes, uint64_t files)
{
    (void)ctx;
    (void)bytes;
    (void)files;
}

th_reread *th_reread_new(th_cancel *cancel)
{
    th_reread *r = th_xcalloc(1, sizeof *r);
    r->hooks = (struct th_intake_hooks){.ctx = r, .get = get, .put = put, .done = done};
    r->cancel = cancel;
    r->limits = th_intake_limits_of(NULL);
    th_intake_init(&r->intake, &r->hooks, &r->limits, cancel);
    return r;
}

void th_reread_free(th_reread *r)
{
    if (r == NULL)
        return;
    th_intake_fini(&r->intake);
    th_batch_free(r->batch);
    free(r);
}

bool th_reread_run(th_reread *r, const struct th_reread_source *source, th_reread_batch *batch,
                   void *ctx)
{
    struct th_intake *in = &r->intake;
    char *path = th_xstrdup(source->path);
    const struct th_item item = {.path = path, .given = true};
    r->take = batch;
    r->ctx = ctx;
    r->stopped = false;
    const struct th_limits caps = th_limits_stated(source->capped);
    r->limits = th_intake_limits_of(&caps);
    in->selection = source->selection;
    th_intake_begin(in, &item, 0, source->container);
    in->digests = source->digests;
    in->packed = source->size_bytes;
    in->src = (struct th_source){
        .fd = -1,
        .bytes = source->bytes,
        .size = source->size_bytes,
        .cancel = r->cancel,
        .read = source->bytes == NULL ? source->read : NULL,
        .read_ctx = source->read_ctx,
    };
    if (source->broken != NULL)
        (void)snprintf(in->src.failed, sizeof in->src.failed, "%s", source->broken);
    bool go_on = th_intake_again(in);
    if (go_on)
        th_intake_flush(in);
    th_intake_release(in);
    if (in->batch != NULL) {
        /* Stopped in the middle: nobody wants what is in it. */
        th_batch_free(r->batch);
        r->batch = in->batch;
        in->batch = NULL;
    }
    in->item = NULL;
    free(path);
    return go_on && !r->stopped && !th_cancelled(r->cancel);
}

enum th_reread_outside th_reread_outside(const char *reason)
{
    static const char *const broke[] = {
        "can't be read: ", "can't be kept in a temporary file: ", "member of an archive: "};
    if (strcmp(reason, "the file changed while it was read") == 0)
        return TH_OUTSIDE_CHANGED;
    for (size_t i = 0; i < TH_COUNT(broke); i++)
        if (th_str_starts(th_str_of(reason), th_str_of(broke[i])))
            return TH_OUTSIDE_BROKE;
    return TH_OUTSIDE_NO;
}
