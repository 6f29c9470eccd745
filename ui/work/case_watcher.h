/* Following a case that is written to, by this program's import or another program: a thread that
 * looks about once a second, reads what is new, and hands it over as a whole. */
#ifndef UI_WORK_CASE_WATCHER_H
#define UI_WORK_CASE_WATCHER_H

#include "app/app.h"
#include "ui/work/case_writer.h"

/* The findings and marks of a case in memory. Owned: ui_findings_free, ui_marks_free. */
struct ui_mark {
    uint32_t row;
    bool marked;
    char *tag, *comment;
    int64_t at_ms;
};
struct ui_mark_list { /* by row */
    struct ui_mark *v;
    size_t n, cap;
};
TH_NODISCARD enum th_code ui_marks_read(th_case *c, struct ui_mark_list *out, struct th_err *err);
void ui_marks_free(struct ui_mark_list *list);

/* One look. rc TH_E_BUSY: somebody has the case for himself; it goes on trying. */
struct ui_news {
    enum th_code rc;
    struct th_err err;
    th_app_news *news; /* NULL: nothing new, which is told only when it was asked for */
    bool has_findings, has_marks;
    struct th_finding_list findings;
    struct ui_mark_list marks;
    uint64_t written; /* writes of the scribe that were through before it */
    uint64_t began;   /* ui_watch_look's number that this answers, or the last one before it */
    int64_t took_ms;
};
void ui_news_free(struct ui_news *news);

typedef struct ui_watch ui_watch;
/* app, scribe and jobs, which is woken, outlive it. Nothing is looked at before ui_watch_go_on.
 * Owned: ui_watch_free. */
ui_watch *ui_watch_new(th_app *app, ui_jobs *jobs, ui_scribe *scribe);
void ui_watch_free(ui_watch *watch);
/* Look again after_ms from now, and then once every every_ms until something is new. */
void ui_watch_go_on(ui_watch *watch, int after_ms, int every_ms);
/* Look as soon as may be and tell, new or not. all: with findings and marks. Returns a number that
 * grows. */
uint64_t ui_watch_look(ui_watch *watch, bool all);
/* What the last look brought, or NULL. Owned: ui_news_free. The next look waits for
 * ui_watch_go_on. */
struct ui_news *ui_watch_take(ui_watch *watch);
/* Is a look under way that ui_watch_look asked for, or news not taken? */
bool ui_watch_busy(ui_watch *watch);

#endif
