/* The state behind work/: for the files of this folder, and for tests that play what runs. */
#ifndef UI_WORK_INTERNAL_H
#define UI_WORK_INTERNAL_H

#include "ui/work/case_watcher.h"
#include "ui/work/live_update.h"

struct ui_follow {
    ui_live *live;
    ui_watch *watch;
    struct ui_live_state state; /* as it was drawn */
    struct ui_came came;
    bool importing;       /* our own import runs, or its last events are not shown yet */
    bool refresh_due;     /* there are events that the result doesn't show */
    bool leaving;         /* leave when nothing runs any more */
    bool said;            /* how import and rules ended */
    uint64_t rules_after; /* run the rules behind this look; 0: none waits */
    int64_t rules_at_ms;  /* run them at this time; 0: not planned */
    bool taken;           /* another program has the case for itself */
    uint64_t others;      /* events that others brought of late, the last at others_ms */
    int64_t others_ms;
    int64_t look_ms; /* what the last look took */
};

#endif
