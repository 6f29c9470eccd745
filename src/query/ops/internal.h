/* Which account and region every row belongs to: inside of src/query only. */
#ifndef TH_QUERY_OPS_INTERNAL_H
#define TH_QUERY_OPS_INTERNAL_H

#include "query/ops/coverage.h"

#define TH_STREAM_NONE UINT32_MAX

/* Streams in order of first appearance. account_number: equal for equal accounts, 0 absent. */
struct th_stream_key {
    struct th_str account, region;
    uint32_t account_number;
    uint64_t events, files;
};
struct th_stream_map {
    struct th_stream_key *keys;
    size_t n, cap;
    uint32_t *of_row; /* TH_STREAM_NONE: excluded */
    uint32_t accounts_n;
    uint64_t *account_files; /* by number of account: files that have events of it */
    struct th_stream_pairs *pairs;
};

/* Initialises map; fini also after a failure. */
TH_NODISCARD enum th_code th_stream_map_make(th_table *table, const struct th_coverage_file *files,
                                             size_t files_n, const struct th_bits *exclude,
                                             th_cancel *cancel, struct th_stream_map *map,
                                             struct th_err *err);
void th_stream_map_fini(struct th_stream_map *map);
/* The stream of an account and region; TH_STREAM_NONE when no event is of it. */
uint32_t th_stream_map_find(const struct th_stream_map *map, struct th_str account,
                            struct th_str region);

#endif
