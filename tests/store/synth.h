/* Made-up evidence for the store's tests: every value of event number i follows from i, so that
 * what comes out of a case can be compared with what went in without keeping it. The mapper plays
 * no part: values are set field by field, of every storage. */
#ifndef TESTS_STORE_SYNTH_H
#define TESTS_STORE_SYNTH_H

#include "store/write/writer.h"

enum synth_kind {
    SYNTH_GZ,     /* a delivered gzip file */
    SYNTH_SLICED, /* the same, handed over in several pieces */
    SYNTH_POINTS, /* the same with access points every few KiB */
    SYNTH_PLAIN,  /* plain data in deflated chunks of a few KiB */
    SYNTH_STRING, /* as PLAIN, each record inside a JSON string */
    SYNTH_SKIPPED /* no trail: a reason, no events */
};

/* A file with the events first … first + n - 1. Two files with overlapping ranges hold copies. */
struct synth_file {
    const char *path;
    enum synth_kind kind;
    uint64_t first, n;
};

/* What a file looks like inflated, its SHA-256 as delivered, and where its records stand. */
struct synth_source {
    const struct synth_file *file;
    struct th_buf plain, delivered;
    uint8_t sha256[32];
    uint64_t *offsets;
    uint32_t *lengths;
};
void synth_source_make(const struct synth_file *file, struct synth_source *out);
void synth_source_free(struct synth_source *source);

/* The record of event i, appended. */
void synth_record(uint64_t i, struct th_buf *out);
/* Text of a stored field of event i as a SQL user or a column shows it; false: absent. Not for OF
 * and CONST. */
bool synth_value(uint64_t i, enum th_field field, struct th_buf *out);
/* The same for every field that has a column: OF and CONST too. out is overwritten. */
bool synth_expected(uint64_t i, enum th_field field, struct th_buf *out);

/* Write files as batches of batch_rows rows into a writer, as an import does: files that the case
 * knows are unchanged. before, when not NULL, is called before each batch. A reject is added for
 * every 500th record of a file; two records a file are counted as unselected. */
struct synth_import {
    const struct synth_file *files;
    size_t files_n;
    size_t batch_rows;
    void (*before)(void *ctx, uint64_t batch);
    void *ctx;
};
enum th_code synth_import(th_writer *w, const struct synth_import *what, struct th_err *err);

/* Files of every kind, with copies: row r of a case made of them is event number r, SYNTH_ROWS
 * rows. */
#define SYNTH_ROWS 9500
extern const struct synth_import synth_corpus;

/* Open or make a case, import, close. */
enum th_code synth_case(const char *path, const struct synth_import *what,
                        struct th_import_totals *totals, struct th_err *err);

/* The number that SQL gives, by a connection of its own; -1 when it fails. */
int64_t synth_number(const char *path, const char *sql);

/* All tables of a case as text, in order of their keys. */
void synth_dump(const char *path, struct th_buf *out);

/* A folder for one test program; removed with all that is in it by synth_done. */
const char *synth_folder(void);
/* folder/name; static, overwritten every eighth call. */
const char *synth_path(const char *name);
void synth_done(void);

#endif
