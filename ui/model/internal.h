/* The state behind model/: for the files of this folder. */
#ifndef UI_MODEL_INTERNAL_H
#define UI_MODEL_INTERNAL_H

#include "app/coverage.h"
#include "ui/app/command.h"
#include "ui/model/fields.h"
#include "ui/model/place.h"
#include "ui/work/case_watcher.h"

struct ui_places {
    struct ui_place here;
    struct ui_place *back;
    size_t back_n, back_cap;
    uint64_t question;
    struct ui_screen result;
    bool result_wanted;  /* a newer result is on its way */
    bool result_pending; /* one must be asked for at the end of this turn */
    bool refreshing;     /* the question under way is for events that came in */
    bool begin_at_top;   /* the next result is shown from its first line */
    bool growing;        /* the result is found so far; growing_at: where its cursor was put */
    size_t growing_at;
    struct th_err result_err;
    int64_t result_ms;
    struct ui_list events; /* the table's cursor */
    size_t bar;            /* bucket under the cursor of the histogram */
    size_t buckets_asked;
    uint8_t mark_shape[UI_SHAPE_BINS]; /* parts of the result that hold a mark */
};

struct ui_found {
    struct th_finding_list list;
};
struct ui_noted {
    struct ui_mark_list list; /* by row */
};
struct ui_covered {
    struct th_app_coverage coverage;
    bool have;
    struct th_err err; /* why there is none */
    uint64_t accounts, regions;
};

#endif
