/* The case file: one SQLite database that holds evidence, events in columns, findings and notes.
 * The only folder that includes sqlite3.h.
 *
 * A th_case may be used by one thread at a time; threads that read at the same time open their own
 * (WAL). */
#ifndef TH_STORE_CASE_CASE_H
#define TH_STORE_CASE_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "ecs/field/field.h"

typedef struct th_case th_case;

#define TH_CASE_APPLICATION_ID 0x54726c68 /* "Trlh" */
#define TH_CASE_VERSION        3

enum th_case_mode {
    TH_CASE_READ,   /* never writes; works in a folder that can't be written */
    TH_CASE_WRITE,  /* must exist; falls back to reading when the file or folder can't be written
                       (th_case_readonly says so) */
    TH_CASE_CREATE, /* made when missing */
};

/* Open a case. TH_E_NOT_FOUND; TH_E_CASE (a file that is no case, named); TH_E_NEWER (made by a
 * newer version: its number in the message); TH_E_BUSY; TH_E_IO; TH_E_FULL. Version 2 is
 * migrated (WRITE, CREATE) or read as it is (READ, or when it can't be written). Owned:
 * th_case_close, which checkpoints and leaves journal_mode DELETE and no stray files when nobody
 * else has the case open: close readers before the last writer. */
TH_NODISCARD enum th_code th_case_open(const char *path, enum th_case_mode mode, th_case **out,
                                       struct th_err *err);
/* Close; reports what went wrong with the last write. th_case_close(NULL, …) is fine. */
enum th_code th_case_close(th_case *c, struct th_err *err);
const char *th_case_path(const th_case *c);
bool th_case_readonly(const th_case *c);
/* An import through this connection lets others read along: all the time, also the first into an
 * empty case, and it commits about once a second. To be said before th_writer_begin. */
void th_case_share(th_case *c);
/* Stop the statement that runs now (from any thread). */
void th_case_interrupt(th_case *c);

/* Does the file look like a case (SQLite header and our application id)? A missing or unreadable
 * file is none. */
bool th_case_is_case(const char *path);
/* The same in words, where a case was meant: TH_E_NOT_FOUND, TH_E_CASE, TH_E_IO. Nothing behind the
 * header is looked at. */
TH_NODISCARD enum th_code th_case_check(const char *path, struct th_err *err);

/* Imports that were begun and not finished (0: none), and the files that they came to; files_total
 * 0: not known how many there are. running: one of them is under way, in this process or another,
 * and the figures are its. */
struct th_unfinished {
    uint64_t imports, files_done, files_total;
    bool running;
};
/* paths (may be NULL): what was to be imported is appended, with commas between. */
TH_NODISCARD enum th_code th_case_unfinished(th_case *c, struct th_unfinished *out,
                                             struct th_buf *paths, struct th_err *err);
/* Append "import stopped: 38 of 340 files"; imports must not be 0. */
void th_unfinished_words(const struct th_unfinished *unfinished, struct th_buf *out);
/* Does somebody import into the case at path? A first import that has the case for itself isn't
 * seen: it can't be opened meanwhile. */
bool th_case_importing(const char *path);

/* sources: all evidence files, skipped ones among them. untimed: events without a time. rules: how
 * many ran, ever. */
struct th_case_summary {
    uint64_t sources, skipped, events, duplicates, rejects, unselected, untimed;
    uint64_t findings_new, findings_confirmed, findings_benign, rules;
    int64_t first_ms, last_ms; /* TH_TIME_NONE when there is no timed event */
    struct th_unfinished unfinished;
};
TH_NODISCARD enum th_code th_case_summary(th_case *c, struct th_case_summary *out,
                                          struct th_err *err);

/* Texts that are different when findings (what was found, and what was said of it) or marks are:
 * whether to read them again. Overwritten. */
TH_NODISCARD enum th_code th_case_stamps(th_case *c, struct th_buf *findings, struct th_buf *marks,
                                         struct th_err *err);

/* Small settings of the case (meta table), e.g. where the workbench was left. Missing: TH_OK and
 * *out empty. */
TH_NODISCARD enum th_code th_case_get(th_case *c, const char *key, struct th_buf *out,
                                      struct th_err *err);
TH_NODISCARD enum th_code th_case_set(th_case *c, const char *key, struct th_str value,
                                      struct th_err *err);

/* Names of the fields, with commas between, that some events of the case have no value of because
 * they were imported by a version that didn't know them; empty when there are none. */
TH_NODISCARD enum th_code th_case_lacking(th_case *c, struct th_buf *out, struct th_err *err);

/* ---- evidence ---- */

struct th_source_row {
    int64_t id;
    const char *path, *container, *skipped; /* NULL when none; borrowed for the call */
    const char *version, *selection;
    uint8_t sha256[32];
    bool has_sha256;
    int kind, state; /* see table source; archive: kind is TH_SOURCE_ARCHIVE */
    bool archive;
    const char *altered;  /* what became of its file while it was read; NULL: nothing; borrowed */
    int64_t differs_from; /* an earlier source under the same path that has other bytes; 0: none */
    uint64_t size_bytes, inflated_bytes, events, duplicates, rejects, unselected;
    int64_t first_ms, last_ms, imported_ms;
};
typedef bool th_source_visit(void *ctx, const struct th_source_row *row);
TH_NODISCARD enum th_code th_case_sources(th_case *c, th_source_visit *visit, void *ctx,
                                          struct th_err *err);

struct th_reject_row {
    int64_t id, source;
    uint64_t offset, length;
    const char *path, *container, *reason; /* container NULL when none */
    struct th_str bytes;
};
typedef bool th_reject_visit(void *ctx, const struct th_reject_row *row);
TH_NODISCARD enum th_code th_case_rejects(th_case *c, th_reject_visit *visit, void *ctx,
                                          struct th_err *err);

/* Append the original record of an event (row from 0), byte for byte; of one that travelled inside
 * a string, its unescaped text. A small cache of inflated sources makes neighbours cheap.
 * TH_E_NOT_FOUND when there is no such row. */
TH_NODISCARD enum th_code th_case_raw(th_case *c, uint64_t row, struct th_buf *out,
                                      struct th_err *err);

/* Visit the raw records of many rows with each source inflated once, in row order. wanted: bit per
 * row, NULL = all. raw is borrowed for the call; visit returns false to stop. Meant for free text
 * and computed fields; thread = its own th_case. */
struct th_bits;
typedef bool th_raw_visit(void *ctx, uint64_t row, struct th_str raw);
TH_NODISCARD enum th_code th_case_raw_scan(th_case *c, const struct th_bits *wanted,
                                           th_raw_visit *visit, void *ctx, th_cancel *cancel,
                                           struct th_err *err);

/* The same by ranges of rows, for one thread that reads several: the records of wanted rows among
 * first … last-1. c is borrowed until the reader is freed, and not to be used by others. A range
 * that ends with a run (th_case_raw_runs) doesn't inflate what another one does. */
typedef struct th_raw_reader th_raw_reader;
TH_NODISCARD enum th_code th_raw_reader_new(th_case *c, th_raw_reader **out, struct th_err *err);
void th_raw_reader_free(th_raw_reader *reader);
/* From now on a record that can't be read ends no reading: it is told with its row, the source that
 * it is in and why (borrowed for the call), and left out. */
typedef void th_raw_lost(void *ctx, uint64_t row, int64_t source, const struct th_err *why);
void th_raw_reader_lost(th_raw_reader *reader, th_raw_lost *lost, void *ctx);
/* Is it a failure to read one record (th_case_raw), after which others may be readable? */
bool th_case_unreadable(enum th_code rc);
TH_NODISCARD enum th_code th_raw_read(th_raw_reader *reader, const struct th_bits *wanted,
                                      uint64_t first, uint64_t last, th_raw_visit *visit, void *ctx,
                                      th_cancel *cancel, struct th_err *err);
/* Where rows 0 … rows-1 are best cut: ascending row numbers behind each run of some MiB of records,
 * the last one is rows. Owned (free). */
TH_NODISCARD enum th_code th_case_raw_runs(th_case *c, size_t rows, size_t **ends, size_t *n,
                                           struct th_err *err);

/* Where an event stands: source id, path, offset and length in the inflated source. Strings are
 * appended to path. */
struct th_place {
    int64_t source;
    uint64_t offset, length;
    unsigned flags;
};
TH_NODISCARD enum th_code th_case_place(th_case *c, uint64_t row, struct th_place *out,
                                        struct th_buf *path, struct th_err *err);
/* The places of all events in order of rows, but for events whose place is odd: their records can't
 * be read. visit returns false to stop. */
typedef bool th_place_visit(void *ctx, uint64_t row, const struct th_place *place);
TH_NODISCARD enum th_code th_case_places(th_case *c, th_place_visit *visit, void *ctx,
                                         struct th_err *err);

/* Append a source's delivered bytes through write (returns false to stop with TH_E_IO). */
typedef bool th_bytes_write(void *ctx, const void *bytes, size_t n);
TH_NODISCARD enum th_code th_case_source_bytes(th_case *c, int64_t source, th_bytes_write *write,
                                               void *ctx, struct th_err *err);

/* ---- plain SQL ---- */

/* One read-only statement over the view ecs and all tables, under an authorizer that allows SELECT
 * and functions without side effects. row is called with column names once (values NULL), then per
 * row; blobs come as they are. returns false to stop. */
struct th_sql_value {
    enum { TH_SQL_NULL, TH_SQL_INTEGER, TH_SQL_REAL, TH_SQL_TEXT, TH_SQL_BLOB } type;
    int64_t integer;
    double real;
    struct th_str bytes; /* TEXT and BLOB */
};
typedef bool th_sql_row(void *ctx, size_t columns, const char *const *names,
                        const struct th_sql_value *values);
TH_NODISCARD enum th_code th_case_sql(th_case *c, const char *sql, th_sql_row *row, void *ctx,
                                      struct th_err *err);

#endif
