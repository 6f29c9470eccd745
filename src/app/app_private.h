/* What the files of src/app share about an open case. */
#ifndef TH_APP_APP_PRIVATE_H
#define TH_APP_APP_PRIVATE_H

#include <pthread.h>

#include "app/app.h"
#include "store/columns/columns.h"

/* table is what the owner of the app shows; latest, of the last look, is its or one that grew from
 * it and was not adopted yet. */
struct th_app {
    char *path;
    char *name;
    th_case *c;
    th_columns *columns;
    pthread_mutex_t lock; /* of table, which other threads take hold of */
    th_table *table;
    th_rules *rules;
    struct th_case_summary summary;
    /* Of who looks. */
    th_table *latest;
    struct th_buf findings_stamp, marks_stamp;
    bool running;  /* somebody imported into the case: nothing is written when he is killed */
    unsigned owed; /* TH_NEWS_…: of a look that failed behind the table */
};

/* app_live.c: everything a new app needs to look later; free it. */
TH_NODISCARD enum th_code th_app_live_init(th_app *app, struct th_err *err);
void th_app_live_fini(th_app *app);

/* app_enrich.c. After an import that brought new_events with these files: all values of the case
 * come from them, or are made anew so that they do. renewed: values that changed. */
TH_NODISCARD enum th_code th_app_files_settle(th_case *c, const struct th_enrich *enrich,
                                              uint64_t new_events, uint64_t *renewed,
                                              struct th_err *err);

/* app_rules.c. Rules of n named places, 0: of those that the case remembers, or the shipped ones.
 * Names are remembered when rules came of them and the case can be written. missing: code TH_OK, or
 * in words what is remembered and gone. rules: owned, NULL when it fails before. */
TH_NODISCARD enum th_code th_app_rules_load(th_case *c, const char *const *named, size_t n,
                                            th_rules **rules, struct th_err *missing,
                                            struct th_err *err);

#endif
