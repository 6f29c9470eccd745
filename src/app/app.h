/* An open case as one object: what cli and ui share. Everything a screen shows comes through here.
 *
 * A th_app belongs to one thread (the workbench: its UI thread). Others may use what takes a table,
 * which they hold for as long as they work on it, and what says "from any thread". */
#ifndef TH_APP_APP_H
#define TH_APP_APP_H

#include "base/cancel.h"
#include "detect/sigma/rules.h"
#include "ingest/limits.h"
#include "ingest/selection.h"
#include "integrity/verify/verify.h"
#include "query/kql/kql.h"
#include "query/ops/ops.h"
#include "store/case/case.h"
#include "store/columns/derive.h"
#include "store/findings/findings.h"
#include "store/findings/notes.h"

typedef struct th_app th_app;

/* Open a case for work: columns load on first use. Owned: th_app_close. */
TH_NODISCARD enum th_code th_app_open(const char *path, enum th_case_mode mode, th_app **out,
                                      struct th_err *err);
enum th_code th_app_close(th_app *app, struct th_err *err);

th_case *th_app_case(th_app *app);          /* borrowed; for notes, findings, sources */
th_table *th_app_table(th_app *app);        /* borrowed until adopt or close */
th_table *th_app_table_hold(th_app *app);   /* from any thread; owned: th_table_free */
const char *th_app_path(const th_app *app); /* as it was opened; borrowed */
const char *th_app_name(const th_app *app); /* file name without folder and .trail; borrowed */
/* Cached; refreshed by adopt and th_app_detect. Borrowed. */
const struct th_case_summary *th_app_summary(const th_app *app);

/* ---- a case that others write to ---- */

/* What came in since the look before. */
typedef struct th_app_news th_app_news;
enum {
    TH_NEWS_EVENTS = 1,     /* more of them */
    TH_NEWS_RENUMBERED = 2, /* rows are other events than before: see th_columns_look */
    TH_NEWS_VALUES = 4,     /* of the events that were there: places, user agents */
    TH_NEWS_FINDINGS = 8,
    TH_NEWS_MARKS = 16,
    TH_NEWS_SOURCES = 32, /* files, rejects, duplicates */
};
/* Look at the case (anyway: also if nobody has written to it). *out is NULL when there is nothing
 * new, and owned otherwise: th_app_adopt or th_app_news_free. read may be NULL; called when there
 * is something, for reading more from the same moment of the case.
 *
 * From one thread at a time, which need not be the owner's: tables in use stay as they are, and
 * columns grow by what is new. TH_E_BUSY: somebody has the case for himself (a first import). */
TH_NODISCARD enum th_code th_app_look(th_app *app, bool anyway,
                                      void (*read)(void *ctx, th_case *c, unsigned what), void *ctx,
                                      th_app_news **out, struct th_err *err);
unsigned th_app_news_what(const th_app_news *news);
/* Events that the case had before and has now. */
void th_app_news_events(const th_app_news *news, uint64_t *before, uint64_t *now);
void th_app_news_free(th_app_news *news);
/* The table and summary of the news become the app's; news is taken. In the order of the looks. */
void th_app_adopt(th_app *app, th_app_news *news);

/* ---- importing ---- */

/* About ten times a second, on the thread that imports. */
typedef void th_app_import_progress(void *ctx, uint64_t bytes_done, uint64_t bytes_total,
                                    uint64_t files_done, uint64_t files_total, uint64_t events,
                                    double seconds);
struct th_app_import {
    const char *const *paths;
    size_t paths_n;
    int jobs;
    const char *geoip; /* as in struct th_app_files */
    struct th_selection_words selection;
    const struct th_limits *limits; /* NULL: the usual ones */
    bool reference;                 /* see struct th_import_options */
    bool is_new;                    /* the case isn't there: don't begin when no file can be read */
    th_app_import_progress *progress; /* may be NULL; of th_app_import */
    void *ctx;
};
struct th_app_imported {
    uint64_t files, skipped, unchanged;
    uint64_t changed; /* files whose path the case knew with other bytes */
    uint64_t altered; /* files that others wrote to while they were read */
    uint64_t records, events, duplicates, rejects, unselected;
    double seconds;
    bool no_user_agents; /* uap-core's expressions were not found: user_agent.original only */
    bool no_places;      /* no database of places was found: addresses only */
    uint64_t renewed;    /* values of earlier imports that other files now gave anew */
};
/* Import PATHs into the case file at path (made when missing). TH_E_CANCELLED: what was committed
 * stays, and the totals say what. */
TH_NODISCARD enum th_code th_app_import(const char *case_path, const struct th_app_import *what,
                                        th_cancel *cancel, struct th_app_imported *done,
                                        struct th_err *err);
/* The same in two steps. The first finds everything that is wrong with what is asked before a case
 * is made; what is borrowed until the importer is freed, its progress is not used. Owned:
 * th_app_importer_free. The second may run on any thread, once; shared: others read the case
 * meanwhile, see th_case_share. */
typedef struct th_app_importer th_app_importer;
TH_NODISCARD enum th_code th_app_import_prepare(const struct th_app_import *what,
                                                th_app_importer **out, struct th_err *err);
TH_NODISCARD enum th_code th_app_import_run(th_app_importer *importer, const char *case_path,
                                            bool shared, th_app_import_progress *progress,
                                            void *ctx, th_cancel *cancel,
                                            struct th_app_imported *done, struct th_err *err);
void th_app_importer_free(th_app_importer *importer);

/* ---- values from files outside ---- */

/* The folder with MaxMind's databases and the file of user agents. NULL: the usual places, for the
 * databases $TRAILHOUND_GEOIP first (empty: none), then /usr/share/GeoIP and /var/lib/GeoIP. */
struct th_app_files {
    const char *geoip, *user_agents;
};
/* Load them. What is named, also in the environment, must be there and whole; what is only usual
 * may be missing. Owned: th_enrich_free. */
TH_NODISCARD enum th_code th_app_files_load(const struct th_app_files *files,
                                            struct th_enrich **out, struct th_err *err);
struct th_app_enriched {
    struct th_derive_done done;
    bool no_user_agents, no_places; /* no file for them: what the case has was kept */
    struct th_buf databases;        /* the files used, as a JSON array */
    struct th_buf notes;            /* the same in words, a line each */
};
/* Make the values of the case anew with the files that are there; what no file is there for stays
 * as it is. TH_E_NOT_FOUND when there is none at all. The app sees the new values after
 * the next th_app_look. out is owned, also after a failure: th_app_enriched_fini. */
TH_NODISCARD enum th_code th_app_enrich(th_app *app, const struct th_app_files *files,
                                        th_cancel *cancel, struct th_app_enriched *out,
                                        struct th_err *err);
void th_app_enriched_fini(struct th_app_enriched *enriched);

/* ---- verifying ---- */

/* Compare the case at path with its evidence, see th_case_verify. Values that come from files are
 * compared when the same files are there. TH_E_CANCELLED also when sink wants no more. */
TH_NODISCARD enum th_code th_app_verify(const char *case_path, const struct th_app_files *files,
                                        int jobs, const char *temp,
                                        const struct th_verify_sink *sink, th_cancel *cancel,
                                        struct th_verify_totals *totals, struct th_err *err);

/* ---- queries ---- */

/* A parsed filter with "now" being the newest event. */
TH_NODISCARD enum th_code th_app_parse(th_app *app, struct th_str filter, th_query **out,
                                       struct th_kql_notes *notes, struct th_err *err);
/* Rows of a table that a filter matches, from any thread; out is initialised on success. An empty
 * filter is quick. */
TH_NODISCARD enum th_code th_app_rows_of(th_table *table, struct th_str filter, th_cancel *cancel,
                                         struct th_bits *out, struct th_err *err);

/* What the events screen needs, in one go. */
struct th_screen;
struct th_screen_request {
    struct th_str filter;
    int64_t from_ms, to_ms; /* brushed time, [from, to); TH_TIME_NONE: open */
    enum th_field sort;
    bool descending;
    size_t max_buckets;
    bool histogram_all; /* histogram over the whole case's span rather than the span of the brush */
    const struct th_field_ref *facets;
    size_t facets_n, facet_values;
    /* NULL: all rows; else only rows of this set: a finding's events. Of any size: rows behind its
     * end are not in it. Borrowed for the call. */
    const struct th_bits *within;
    /* NULL, or told a few times a second, on the calling thread, what is found so far while the
     * records have to be read: the newest events come first. screen is complete but for events not
     * found yet; taken (th_screen_fini). share: how much is read, 0 … 1. */
    void (*partial)(void *ctx, struct th_screen *screen, double share);
    void *partial_ctx;
};
struct th_screen {
    th_table *table;     /* what it is of; held */
    struct th_bits rows; /* that match filter and brush */
    size_t count, total;
    uint32_t *order;                    /* the matching rows in display order, count of them */
    struct th_histogram histogram;      /* of the matching rows */
    struct th_histogram histogram_base; /* of all rows in the same buckets: what is dimmed */
    struct th_top *facets;
    size_t facets_n;
    struct th_kql_notes notes;
};
/* TH_E_QUERY with span for a bad filter. On success out is owned: th_screen_fini. From any thread.
 */
TH_NODISCARD enum th_code th_app_screen(th_table *table, const struct th_screen_request *request,
                                        th_cancel *cancel, struct th_screen *out,
                                        struct th_err *err);
void th_screen_fini(struct th_screen *screen);

/* Append a row's value of any stored field (MULTI: elements joined by ", "); false when absent, or
 * when there is no such row. Loads the column on first use. */
bool th_app_cell(th_app *app, uint32_t row, enum th_field field, struct th_buf *out);
/* The same of a table, from any thread. */
bool th_app_cell_of(th_table *table, uint32_t row, enum th_field field, struct th_buf *out);
/* The original record. */
TH_NODISCARD enum th_code th_app_raw(th_app *app, uint32_t row, struct th_buf *out,
                                     struct th_err *err);
/* Texts made of many events (documents, lines), on all cores, and given out in order. */
struct th_app_texts {
    const uint32_t *order; /* rows */
    size_t n;
    bool records;    /* the texts need the events' records */
    unsigned growth; /* bytes of text that a byte of record becomes, about: for the memory */
    /* Append the text of one event, on any of several threads at once. source: id of the evidence
     * that it is in; raw: its record, absent unless records. */
    enum th_code (*make)(void *ctx, uint32_t row, int64_t source, struct th_str raw,
                         struct th_buf *out, struct th_err *err);
    /* One text after the other in the order of rows, on the calling thread. */
    enum th_code (*write)(void *ctx, struct th_str text, struct th_err *err);
    void *ctx;
};
/* Memory: some hundred MiB of texts are made at a time. Returns the first error of make or write,
 * or of reading; TH_E_CANCELLED. An event whose record can't be read has no text and is left out:
 * th_table_lost tells of it. */
TH_NODISCARD enum th_code th_app_texts(th_app *app, const struct th_app_texts *texts,
                                       th_cancel *cancel, struct th_err *err);
/* Row of an event id (UUID or any text), false when there is none. With several recipients of one
 * event the first. */
bool th_app_find(th_app *app, struct th_str event_id, uint32_t *row);

/* ---- detection ---- */

struct th_app_detected {
    size_t rules, ran, findings;
    size_t notes; /* rule problems: th_app_rules tells them */
    /* Code TH_OK, or in words which of the rules that the case remembers aren't there any more: no
     * findings of other rules were taken away then. */
    struct th_err missing;
};
/* Load the rules (paths_n 0: those of the last run that named some, which the case remembers, else
 * the shipped ones; the path "shipped" stands for these), run those that are new or changed or
 * whose events are, and keep their findings in the case. progress may be NULL: called before each
 * rule that runs. */
TH_NODISCARD enum th_code
th_app_detect(th_app *app, const char *const *paths, size_t paths_n, th_cancel *cancel,
              void (*progress)(void *ctx, const char *rule, size_t i, size_t n), void *ctx,
              struct th_app_detected *out, struct th_err *err);
/* The same from any thread, over a connection of its own and the table as it is now: what it finds
 * is in the case, and the app sees it with the next look. rules gets the rules, also when it fails
 * behind loading them; owned: th_app_rules_adopt or th_rules_free. */
TH_NODISCARD enum th_code
th_app_detect_aside(th_app *app, const char *const *paths, size_t paths_n, th_cancel *cancel,
                    void (*progress)(void *ctx, const char *rule, size_t i, size_t n), void *ctx,
                    th_rules **rules, struct th_app_detected *out, struct th_err *err);
/* Taken. */
void th_app_rules_adopt(th_app *app, th_rules *rules);
/* The rules of the last th_app_detect, or those adopted last, or NULL. Borrowed. */
const th_rules *th_app_rules(const th_app *app);
/* Names of the folders that these are from, with commas between; empty when they are the shipped
 * ones alone. out is overwritten. */
void th_app_rules_words(const th_app *app, struct th_buf *out);

#endif
