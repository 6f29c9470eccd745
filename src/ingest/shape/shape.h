/* Finding CloudTrail records in the bytes of one source, whatever form they were saved in. Inside
 * of ingest.
 *
 * Read: {"Records":[…]} with its members in any order, arrays of records, single records, and
 * several of these behind each other with any white space between (one event per line); a byte
 * order mark at the front; a time before each (CloudWatch Logs exported to S3). Records inside JSON
 * strings: answers of LookupEvents, FilterLogEvents and GetLogEvents, subscriptions of CloudWatch
 * Logs, exports of Splunk, Elastic documents and search answers that have event.original. What
 * can't be read is a reject; a source that holds nothing of CloudTrail gives neither records nor
 * rejects. */
#ifndef TH_INGEST_SHAPE_SHAPE_H
#define TH_INGEST_SHAPE_SHAPE_H

#include "ecs/columns/record.h"
#include "ingest/batch.h"
#include "ingest/limits.h"
#include "ingest/reader/window.h"

/* Both return false to stop reading. All that is given is borrowed for the call. */
struct th_shape_sink {
    void *ctx;
    /* flags: TH_ROW_… offset and length: where the record stands in the source; with TH_ROW_STRING
     * that is the content of the string, and record->raw its unescaped text. */
    bool (*record)(void *ctx, uint64_t offset, uint64_t length, unsigned flags,
                   const struct th_record *record);
    bool (*reject)(void *ctx, uint64_t offset, uint64_t length, const char *reason,
                   struct th_str bytes);
};

enum th_shape_result {
    TH_SHAPE_TRAIL,   /* holds a trail shape, a record, or began as one and broke */
    TH_SHAPE_NONE,    /* nothing of CloudTrail in it: neither record nor reject was called */
    TH_SHAPE_STOPPED, /* the sink or the window's reader said so */
};

/* One per thread; keeps memory between sources. Owned: th_shape_free. */
typedef struct th_shape th_shape;
th_shape *th_shape_new(void);
void th_shape_free(th_shape *shape);

/* Are digest documents records of the sources to come (true), or passed over (false, the default)?
 */
void th_shape_take_digests(th_shape *shape, bool take);

/* A window has to keep as much, and a record. */
#define TH_SHAPE_KEEP_MIN TH_REJECT_BYTES

/* Read a source from the window's beginning. limits: of record and depth. *why: for NONE, the
 * reason; static text. */
enum th_shape_result th_shape_read(th_shape *shape, struct th_window *w,
                                   const struct th_limits *limits, const struct th_shape_sink *sink,
                                   const char **why);
/* The caps that something of the last source ran into: bits by enum th_limit. */
uint32_t th_shape_capped(const th_shape *shape);

#endif
