/* An open case as one object: what cli and ui share. Everything a screen shows comes through here.
 *
 * A th_app may be used from several threads where a function says so; functions that don't are for
 * one thread at a time (the workbench: its UI thread for notes, its worker for queries). */
#ifndef TH_APP_APP_H
#define TH_APP_APP_H

#include "base/sync.h"
#include "detect/rules.h"
#include "ingest/limits.h"
#include "ingest/selection.h"
#include "query/kql.h"
#include "query/ops.h"
#include "store/case.h"
#include "store/derive.h"
#include "store/findings.h"
#include "store/notes.h"
#include "store/verify.h"

typedef struct th_app th_app;

/* Open a case for work: columns load on first use. Owned: th_app_close. */
TH_NODISCARD enum th_code th_app_open(const char *path, enum th_case_mode mode, th_app **out,
                                      struct th_err *err);
enum th_code th_app_close(th_app *app, struct th_err *err);
/* After an import or another program's: see all rows that are there now. Results made before stay
 * valid until freed only if they hold no column text; free them first. */
TH_NODISCARD enum th_code th_app_reload(th_app *app, struct th_err *err);

th_case *th_app_case(th_app *app);          /* borrowed; for notes, findings, sources */
th_table *th_app_table(th_app *app);        /* borrowed until reload or close */
const char *th_app_name(const th_app *app); /* file name without folder and .trail; borrowed */
/* Cached; refreshed by reload and th_app_detect. Borrowed. */
const struct th_case_summary *th_app_summary(const th_app *app);

/* ---- importing ---- */

struct th_app_import {
    const char *const *paths;
    size_t paths_n;
    int jobs;
    const char *geoip; /* as in struct th_app_files */
    struct th_selection_words selection;
    const struct th_limits *limits; /* NULL: the usual ones */
    bool reference;                 /* see struct th_import_options */
    /* About ten times a second, on the calling thread; may be NULL. */
    void (*progress)(void *ctx, uint64_t bytes_done, uint64_t bytes_total, uint64_t files_done,
                     uint64_t files_total, uint64_t events, double seconds);
    void *ctx;
};
struct th_app_imported {
    uint64_t files, skipped, unchanged;
    uint64_t changed; /* files whose path the case knew with other bytes */
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
 * th_app_reload. out is owned, also after a failure: th_app_enriched_fini. */
TH_NODISCARD enum th_code th_app_enrich(th_app *app, const struct th_app_files *files,
                                        th_cancel *cancel, struct th_app_enriched *out,
                                        struct th_err *err);
void th_app_enriched_fini(struct th_app_enriched *enriched);

/* ---- verifying ---- */

/* Compare the case at path with its evidence, see th_case_verify. Values that come from files are
 * compared when the same files are there. TH_E_CANCELLED also when sink wants no more. */
TH_NODISCARD enum th_code th_app_verify(const char *case_path, const struct th_app_files *files,
                                        int jobs, const struct th_verify_sink *sink,
                                        th_cancel *cancel, struct th_verify_totals *totals,
                                        struct th_err *err);

/* ---- queries (thread-safe; one table) ---- */

/* A parsed filter with "now" being the newest event. */
TH_NODISCARD enum th_code th_app_parse(th_app *app, struct th_str filter, th_query **out,
                                       struct th_kql_notes *notes, struct th_err *err);
/* Rows that a filter matches; out is initialised on success. An empty filter is quick. */
TH_NODISCARD enum th_code th_app_rows(th_app *app, struct th_str filter, th_cancel *cancel,
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
    const struct th_bits *within; /* NULL: all rows; else only rows of this set (of th_table_rows
                                     bits; borrowed for the call): a finding's events */
    /* NULL, or told a few times a second, on the calling thread, what is found so far while the
     * records have to be read: the newest events come first. screen is complete but for events not
     * found yet; taken (th_screen_fini). share: how much is read, 0 … 1. */
    void (*partial)(void *ctx, struct th_screen *screen, double share);
    void *partial_ctx;
};
struct th_screen {
    struct th_bits rows; /* that match filter and brush */
    size_t count, total;
    uint32_t *order;                    /* the matching rows in display order, count of them */
    struct th_histogram histogram;      /* of the matching rows */
    struct th_histogram histogram_base; /* of all rows in the same buckets: what is dimmed */
    struct th_top *facets;
    size_t facets_n;
    struct th_kql_notes notes;
};
/* TH_E_QUERY with span for a bad filter. On success out is owned: th_screen_fini. */
TH_NODISCARD enum th_code th_app_screen(th_app *app, const struct th_screen_request *request,
                                        th_cancel *cancel, struct th_screen *out,
                                        struct th_err *err);
void th_screen_fini(struct th_screen *screen);

/* Append a row's value of any stored field (MULTI: elements joined by ", "); false when absent.
 * Loads the column on first use. Thread-safe. */
bool th_app_cell(th_app *app, uint32_t row, enum th_field field, struct th_buf *out);
/* The original record. Not thread-safe. */
TH_NODISCARD enum th_code th_app_raw(th_app *app, uint32_t row, struct th_buf *out,
                                     struct th_err *err);
/* Row of an event id (UUID or any text), false when there is none. With several recipients of one
 * event the first. */
bool th_app_find(th_app *app, struct th_str event_id, uint32_t *row);

/* ---- detection ---- */

struct th_app_detected {
    size_t rules, ran, findings;
    size_t notes; /* rule problems: th_app_rules tells them */
};
/* Load the rules (paths_n 0: the shipped ones), run those that are new or changed or whose events
 * are, and keep their findings in the case. progress may be NULL: called before each rule that
 * runs. */
TH_NODISCARD enum th_code
th_app_detect(th_app *app, const char *const *paths, size_t paths_n, th_cancel *cancel,
              void (*progress)(void *ctx, const char *rule, size_t i, size_t n), void *ctx,
              struct th_app_detected *out, struct th_err *err);
/* The rules of the last th_app_detect, or NULL. Borrowed. */
const th_rules *th_app_rules(const th_app *app);

#endif
