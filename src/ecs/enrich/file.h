/* A file that values came from, as a case keeps it. Inside of enrich only. */
#ifndef TH_ECS_ENRICH_FILE_H
#define TH_ECS_ENRICH_FILE_H

#include <stdlib.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/jsonw.h"
#include "base/time.h"

struct th_enrich_file {
    const char *type; /* "uap-core", or what a database calls itself */
    const char *path;
    int64_t built_ms; /* TH_TIME_NONE: the file doesn't say */
};

/* SHA-256 of the file as it is now. */
TH_NODISCARD enum th_code th_enrich_file_hash(const char *path, char hex[2 * TH_SHA256_BYTES + 1],
                                              struct th_err *err);

/* {"type":…,"built":…,"file":NAME,"sha256":…}; the folder is nobody's business later. */
TH_NODISCARD enum th_code th_enrich_file_write(const struct th_enrich_file *file,
                                               struct th_jsonw *w, struct th_err *err);

#endif
