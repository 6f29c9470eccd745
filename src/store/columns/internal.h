/* What the files behind columns.h share. Private to src/store. */
#ifndef TH_STORE_COLUMNS_INTERNAL_H
#define TH_STORE_COLUMNS_INTERNAL_H

#include "store/columns/columns.h"
#include "store/columns/memory.h"
#include "store/columns/segment.h"

/* Codes of one field, shared by the columns that use them. */
struct th_shared_codes {
    size_t refs;
    size_t rows;
    uint32_t max; /* largest code there can be: the size of the dictionary */
    struct th_block *codes;
    /* Of the member of a group that has grown: its codes by combination, the first of which is
     * "none". */
    struct th_block *members;
    size_t members_n;
};

/* What one column holds. */
struct th_column_owner {
    enum th_field field; /* whose codes: the field itself or its parent */
    struct th_shared_codes *shared;
    struct th_block *texts; /* struct th_str */
    struct th_heap *heap;   /* bytes of texts, and of ids that are texts */
    uint64_t derived;       /* th_columns.derived when the texts were read */
    struct th_block *times, *uuids, *kinds, *index, *id_texts;
    size_t id_texts_n;
};

/* The last event that a table shows, to tell whether it is still the same when the table grows. */
struct th_last_event {
    int64_t source, imported;
    uint64_t offset, length;
};

/* Two connections: c loads what a table asks for, look follows what others write, so that neither
 * waits for the other. Each belongs to who holds the lock named after it. */
struct th_columns {
    th_case *c, *look; /* look: opened with the first look */
    pthread_mutex_t reading, looking;
    struct th_group_cache groups, look_groups; /* of the rows that were read last */
    pthread_mutex_t lock;                      /* for moments: shared, derived and refs */
    /* By the field that owns the codes: those of the longest table; not counted in refs. */
    struct th_shared_codes *shared[TH_FIELD_COUNT];
    uint64_t derived; /* goes up when values that depend on others were made anew */
    /* Of the last look. */
    int64_t version;
    size_t rows;
    struct th_last_event last;
    struct th_buf derived_by;
};

/* ---- load.c ---- */

/* Fill *out with rows 0 … rows-1 of a field, read through c; what old (NULL: nothing) has of it is
 * shared. The caller holds the lock of c. */
TH_NODISCARD enum th_code th_column_load(th_columns *columns, th_case *c,
                                         struct th_group_cache *groups, enum th_field field,
                                         size_t rows, const struct th_column *old,
                                         struct th_column *out, struct th_err *err);
void th_column_unload(th_columns *columns, struct th_column *column);

/* Every event and every term takes a few bytes: a number beyond the size of the file is damage, and
 * would have memory reserved for nothing. */
TH_NODISCARD enum th_code th_columns_check(th_case *c, int64_t count, const char *what,
                                           struct th_err *err);

#endif
