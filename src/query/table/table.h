/* All events of a case as columns in memory: what filters, pivots, histograms and detections run
 * on.
 *
 * Rows are numbered from 0 in order of import (row = event id in the case - 1). Columns are loaded
 * on first use through a loader that the store provides; loading is safe from several threads,
 * evaluated tables are otherwise read-only. */
#ifndef TH_QUERY_TABLE_TABLE_H
#define TH_QUERY_TABLE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/buf.h"
#include "base/cancel.h"
#include "base/dict.h"
#include "base/err.h"
#include "ecs/field/field.h"

/* A loaded column. TERM, LIST: codes of width 1, 2 or 4 bytes, one per row; texts[code], code 0 is
 * absent. OF: codes are the parent's array (shared), texts have one entry per parent code (absent
 * text = no value; texts[0] is the value of events without the parent's); several codes may have
 * the same text. MULTI fields: each text is a JSON array; elements split by th_column_elements.
 * TIME: num (8 bytes). BOOL: codes 0 absent, 1 false, 2 true, texts "false", "true". ID: ids.
 * CONST: one text, no codes. */
struct th_column {
    enum th_field field;
    size_t rows;
    uint8_t width; /* bytes per code: 1, 2, 4; 0 when there are no codes */
    const void *codes;
    uint32_t texts_n; /* entries in texts, code 0 included */
    const struct th_str *texts;
    const int64_t *num;            /* TIME */
    const uint8_t (*uuids)[16];    /* ID: 16 bytes a row; */
    const struct th_str *ids_text; /* ID: sparse by row number via id_kind; see th_column_id */
    const uint8_t *id_kind;        /* ID: 0 absent, 1 uuid, 2 text */
    const uint32_t
        *id_index; /* ID: for kind 2 the index into ids_text; may be NULL when there is none */
    size_t memory_bytes;
    void *owner; /* the loader's */
    /* Equal in two columns of a field: the texts of the shorter one are the first of the longer. */
    const void *texts_of;
    /* 0, or 1 + the number of a path inside field (a FLATTENED one) that the column is of: an entry
     * is then one value or the JSON array of several. The table makes these itself. */
    uint32_t path;
};

static inline uint32_t th_column_code(const struct th_column *c, size_t row)
{
    switch (c->width) {
    case 1:
        return ((const uint8_t *)c->codes)[row];
    case 2:
        return ((const uint16_t *)c->codes)[row];
    case 4:
        return ((const uint32_t *)c->codes)[row];
    }
    return 0;
}

/* How columns and records come in; implemented by the store, given to the table by app. All calls
 * may come from any thread. */
struct th_loader {
    void *ctx;
    /* Fill *out for rows 0 … rows-1. */
    enum th_code (*column)(void *ctx, enum th_field field, size_t rows, struct th_column *out,
                           struct th_err *err);
    void (*column_free)(void *ctx, struct th_column *column);
    /* The same from old, which the loader made for fewer rows (or as many) of the same events: only
     * what is new is read, and memory may be shared; both are freed. Old ones may be in use
     * meanwhile. NULL: columns can't grow. */
    enum th_code (*column_grow)(void *ctx, const struct th_column *old, size_t rows,
                                struct th_column *out, struct th_err *err);
    /* Readers of records, each for one thread: visit those of the wanted rows (NULL: all) among
     * first … last-1, in order of rows; visit returns false to stop. Owned: raw_close. */
    enum th_code (*raw_open)(void *ctx, void **reader, struct th_err *err);
    enum th_code (*raw_read)(void *reader, const struct th_bits *wanted, size_t first, size_t last,
                             bool (*visit)(void *vctx, uint64_t row, struct th_str raw), void *vctx,
                             th_cancel *cancel, struct th_err *err);
    /* From now on a record that can't be read ends no reading: it is told, with the source that it
     * is in, and left out. NULL: records that can't be read are errors. */
    void (*raw_lost)(void *reader,
                     void (*lost)(void *vctx, uint64_t row, int64_t source,
                                  const struct th_err *why),
                     void *vctx);
    void (*raw_close)(void *reader);
    /* Where readers of a range should begin and end: ascending numbers of the rows behind each run
     * of records that lie together, the last one is rows. Owned (free). NULL: anywhere. */
    enum th_code (*raw_runs)(void *ctx, size_t rows, size_t **ends, size_t *n, struct th_err *err);
    /* Columns of paths inside FLATTENED fields are made by the table from the records. These keep
     * them beyond a session; NULL: nothing is kept.
     * Load: codes (of rows zeros) gets those of rows 0 … *got-1, dict (empty) their texts in order
     * of code; *got 0 when nothing is kept. */
    enum th_code (*path_load)(void *ctx, enum th_field field, struct th_str path, size_t rows,
                              uint32_t *codes, th_dict *dict, size_t *got, struct th_err *err);
    /* Keep codes[from … rows-1] and the texts of dict behind texts_from, as an addition to what was
     * loaded. Several are kept between begin, which gives NULL where nothing can be kept, and end.
     * Nothing is said of a failure: it costs time, no more. */
    void *(*path_save_begin)(void *ctx);
    void (*path_save)(void *saver, enum th_field field, struct th_str path, size_t from,
                      size_t rows, const uint32_t *codes, uint32_t texts_from, const th_dict *dict);
    void (*path_save_end)(void *saver);
};

typedef struct th_table th_table;

/* A table of rows rows. loader is copied. Owned: th_table_free. */
th_table *th_table_new(size_t rows, const struct th_loader *loader);
/* One more owner, from any thread; each frees it once. */
th_table *th_table_hold(th_table *table);
void th_table_free(th_table *table);
/* A table of rows rows, at least as many as old has, whose first ones are old's. What old has
 * loaded and computed grows instead of being made again, as far as it can; old stays as it is and
 * may be in use meanwhile. One after the other: only the youngest table grows. Owned:
 * th_table_free. */
th_table *th_table_grow(th_table *old, size_t rows);
size_t th_table_rows(const th_table *table);

/* A column, loaded when it isn't yet. Borrowed until the table is freed. EVIDENCE fields give
 * TH_E_UNSUPPORTED. */
TH_NODISCARD enum th_code th_table_column(th_table *table, enum th_field field,
                                          const struct th_column **out, struct th_err *err);

/* @timestamp of all rows (TH_TIME_NONE: untimed) and the rows in time order, oldest first; untimed
 * rows come first; ties by row. */
TH_NODISCARD enum th_code th_table_times(th_table *table, const int64_t **ts,
                                         const uint32_t **order, struct th_err *err);
/* Time of the oldest and newest timed event; TH_TIME_NONE when there is none. */
TH_NODISCARD enum th_code th_table_span(th_table *table, int64_t *first, int64_t *last,
                                        struct th_err *err);

/* Visit the records of the wanted rows (NULL: all) in order of rows, on this thread; visit returns
 * false to stop. */
TH_NODISCARD enum th_code th_table_raw_scan(th_table *table, const struct th_bits *wanted,
                                            bool (*visit)(void *ctx, uint64_t row,
                                                          struct th_str raw),
                                            void *ctx, th_cancel *cancel, struct th_err *err);

/* The column of a path inside a FLATTENED field, when one was made or the case keeps it; NULL
 * otherwise: nothing is read for it. Its entries are split by th_column_entry_values. Borrowed from
 * the table. */
const struct th_column *th_table_path_column(th_table *table, const struct th_field_ref *ref);

/* The same on all cores: visit is called on several threads at once, with the number of its own (0
 * … TH_TABLE_THREADS_MAX - 1). Rows that lie together are visited in order by one thread. */
enum { TH_TABLE_THREADS_MAX = 16 };
TH_NODISCARD enum th_code th_table_records(th_table *table, const struct th_bits *wanted,
                                           void (*visit)(void *ctx, size_t thread, size_t row,
                                                         struct th_str raw),
                                           void *ctx, th_cancel *cancel, struct th_err *err);

/* Events whose records couldn't be read since the table was made. They are left out of every answer
 * for which a record has to be looked at: no filter finds them, and "not" doesn't either. */
enum { TH_LOST_SOURCES = 10 };
struct th_lost_source {
    int64_t source; /* its id, 0: unknown */
    size_t events;
    char why[256]; /* of the first one */
};
struct th_lost {
    size_t events;  /* each once */
    uint64_t times; /* how often one was met */
    struct th_lost_source sources[TH_LOST_SOURCES];
    size_t sources_n;
    size_t others; /* events in further sources */
};
/* Both from any thread. */
void th_table_lost(th_table *table, struct th_lost *out);
/* Note one that somebody else met. */
void th_table_lose(th_table *table, size_t row, int64_t source, const char *why);

/* Append the text of a row's value (ISO for times, UUID text for ids, JSON array text for MULTI)
 * and return true; false: absent. Not for EVIDENCE. */
bool th_column_text(const struct th_column *column, size_t row, struct th_buf *out);
/* Visit the values of one dictionary entry: the text itself, or each element of the JSON array of a
 * MULTI field. */
void th_column_entry_values(const struct th_column *column, uint32_t code,
                            void (*visit)(void *ctx, struct th_str value), void *ctx);

/* Bytes held by all loaded columns. */
size_t th_table_memory(th_table *table);

#endif
