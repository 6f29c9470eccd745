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

#endif
