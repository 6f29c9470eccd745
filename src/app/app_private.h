/* What the files of src/app share about an open case. */
#ifndef TH_APP_APP_PRIVATE_H
#define TH_APP_APP_PRIVATE_H

#include "app/app.h"
#include "store/columns.h"

struct th_app {
    char *path;
    char *name;
    th_case *c;
    th_columns *columns;
    th_table *table;
    th_rules *rules;
    struct th_case_summary summary;
};

/* app_enrich.c. After an import that brought new_events with these files: all values of the case
 * come from them, or are made anew so that they do. renewed: values that changed. */
TH_NODISCARD enum th_code th_app_files_settle(th_case *c, const struct th_enrich *enrich,
                                              uint64_t new_events, uint64_t *renewed,
                                              struct th_err *err);

#endif
