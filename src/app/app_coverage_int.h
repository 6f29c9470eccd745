/* The evidence as the search for gaps sees it: inside of src/app only. */
#ifndef TH_APP_COVERAGE_INT_H
#define TH_APP_COVERAGE_INT_H

#include "app/app_private.h"
#include "app/coverage.h"
#include "ingest/log_name.h"
#include "ingest/shape/digest.h"

/* A source of the case. place: path, with "/" and the place inside an archive. name: what the
 * file's name tells; has_name false: nothing. */
struct th_seen_file {
    int64_t id;
    const char *place, *skipped, *selection;
    uint64_t rejects, unselected, events;
    uint8_t sha256[32];
    bool has_sha256;
    int kind;
    bool has_name;
    struct th_log_name name;
    uint32_t next_same; /* index + 1 of another file of the same base name; 0: none */
};

struct th_seen_digest {
    struct th_digest digest;
    struct th_str account, region; /* by its object's name, else by its own words */
    const char *place;
};

/* All of it dies with arena, but files, digests and names. */
struct th_seen {
    th_table *table; /* held */
    th_app *app;
    th_case *c; /* a connection of its own */
    th_arena *arena;
    struct th_seen_file *files; /* by id */
    size_t files_n, files_cap;
    struct th_coverage_file *spans; /* one a file, in order of rows */
    th_dict *bases; /* base names; first_of[code]: index + 1 of the first such file */
    uint32_t *first_of;
    struct th_seen_digest *digests;
    size_t digests_n, digests_cap;
    struct th_bits digest_rows; /* of events that are digests */
    uint64_t digests_skipped;
};

/* Read the sources; fini also after a failure. */
TH_NODISCARD enum th_code th_seen_open(th_app *app, struct th_seen *seen, th_cancel *cancel,
                                       struct th_err *err);
void th_seen_fini(struct th_seen *seen);
/* The file of a source id; NULL when it isn't there. */
const struct th_seen_file *th_seen_file(const struct th_seen *seen, int64_t id);

/* app_digests.c: the log files that digests name, against those that the case holds. Appends to
 * gaps (TH_GROW). */
struct th_gap_list {
    struct th_gap *v;
    size_t n, cap;
};
TH_NODISCARD enum th_code th_digests_compare(struct th_seen *seen, bool hashes, th_cancel *cancel,
                                             struct th_app_coverage *out, struct th_gap_list *gaps,
                                             struct th_err *err);
/* Do digests of the account and region (absent: any) vouch for all the time? */
bool th_digests_cover(const struct th_seen *seen, struct th_str account, struct th_str region,
                      int64_t from_ms, int64_t to_ms);

/* A text in the arena. */
const char *th_seen_printf(struct th_seen *seen, const char *fmt, ...) TH_PRINTF(2, 3);

#endif
