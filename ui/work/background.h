/* What works on the case beside the user interface: an import, and the rules over what it brought.
 * One thread, which has workers of its own for an import. */
#ifndef UI_WORK_BACKGROUND_H
#define UI_WORK_BACKGROUND_H

#include "app/app.h"
#include "ui/work/worker.h"

enum ui_live_phase { UI_LIVE_IDLE, UI_LIVE_IMPORT, UI_LIVE_RULES };

/* How far it is. */
struct ui_live_state {
    enum ui_live_phase phase;
    bool stopping;
    uint64_t bytes_done, bytes_total; /* total 0: not known (standard input, or not yet) */
    uint64_t files_done, files_total;
    uint64_t events;
    double seconds, rate; /* rate: events a second, of late */
    size_t rule_i, rule_n;
    char rule[96];
};

/* How something ended. rules: owned by who takes it. */
struct ui_live_end {
    enum ui_live_phase what; /* IMPORT or RULES */
    enum th_code rc;
    struct th_err err;
    struct th_app_imported imported;
    struct th_app_detected detected;
    th_rules *rules;
};

typedef struct ui_live ui_live;

/* rules (paths, rules_n; 0: the shipped ones) as th_app_detect takes them; they, app and jobs,
 * which is woken when there is something to show, outlive it. Owned: ui_live_free, which stops and
 * waits.
 */
ui_live *ui_live_new(th_app *app, ui_jobs *jobs, const char *const *rules, size_t rules_n);
void ui_live_free(ui_live *live);
/* Begin; what was asked before goes first. importer is borrowed until the import has ended. */
void ui_live_import(ui_live *live, th_app_importer *importer);
void ui_live_rules(ui_live *live);
/* Stop what runs, cleanly, and forget what waits. */
void ui_live_stop(ui_live *live);
void ui_live_state(ui_live *live, struct ui_live_state *out);
/* Does anything run or wait? */
bool ui_live_busy(ui_live *live);
/* The next end, or false. */
bool ui_live_take(ui_live *live, struct ui_live_end *out);
/* Wait until nothing runs; for leaving. */
void ui_live_wait(ui_live *live);

/* The state in words for a line of cols columns ("importing 41 % · 412 of 1,383 MB · …"). */
void ui_live_words(const struct ui_live_state *state, int cols, struct th_buf *out);

#endif
