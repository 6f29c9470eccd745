/* What there is to read: the given paths as a flat list, folders taken apart. Inside of ingest. */
#ifndef TH_INGEST_WALK_H
#define TH_INGEST_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "ingest/import.h"

struct th_item {
    char *path;
    uint64_t size_bytes; /* as listed; 0 when unknown */
    const char *skipped; /* why it isn't opened at all, static text; NULL usually */
    int sys_errno;       /* it could not be listed: why; 0 usually */
    size_t found_n;      /* bytes of the path that were given, or their folder */
    bool given; /* named by the user, not found in a folder: links are followed, pipes are read */
};

struct th_items {
    struct th_item *v;
    size_t n, cap;
    uint64_t bytes_total;
    bool has_stream; /* the total isn't known: stdin or a pipe is among them */
};

/* List everything: the paths in the order given, a folder's files in byte order of their full
 * paths. Files that are reached twice are listed once, files of options->kept_out never.
 * TH_E_NOT_FOUND when a given path doesn't exist, TH_E_CANCELLED. */
TH_NODISCARD enum th_code th_walk(const struct th_import_options *options, struct th_items *items,
                                  th_cancel *cancel, struct th_err *err);
void th_items_fini(struct th_items *items);

#endif
