/* What a pass over the records finds at paths. Inside of src/query only. */
#ifndef TH_QUERY_TABLE_PATH_COLLECT_H
#define TH_QUERY_TABLE_PATH_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/dict.h"
#include "ecs/field/field.h"

/* A column while it is made. */
struct th_path_work {
    struct th_field_ref ref; /* its path is borrowed */
    size_t kept;             /* rows that are known, from the case or a shorter table */
    uint32_t kept_texts;     /* their texts: the first ones of dict */
    size_t saved;            /* rows the case keeps, at most those */
    uint32_t saved_texts;    /* texts it keeps */
    void *codes;             /* of the kept rows, width bytes each */
    uint8_t width;
    th_dict *dict;
};

/* One thread's finds in records. works are borrowed until it is freed. */
struct th_path_collector;
struct th_path_collector *th_path_collector_new(const struct th_path_work *works, size_t n);
void th_path_collector_free(struct th_path_collector *collector);
/* A record, once; row < 2^32. Records of rows that are kept add nothing. */
void th_path_collect(struct th_path_collector *collector, size_t row, struct th_str raw);

/* A record that can't be read. */
void th_path_collect_lost(struct th_path_collector *collector, size_t row);
/* Behind the last row whose record couldn't be read; 0: all could. */
size_t th_path_collected_lost(const struct th_path_collector *collector);

/* What all threads found at path i: codes (zeros behind the kept rows) of rows kept … rows-1, their
 * texts added to work->dict in order of rows. False: too much text for a column. n > 0. */
bool th_path_join(struct th_path_collector *const *collectors, size_t n, size_t i, size_t rows,
                  uint32_t *codes, struct th_path_work *work);

#endif
