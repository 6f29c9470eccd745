/* Writing to the case without waiting for it: an import may hold the case for a moment, a slow disk
 * for longer, and the user interface waits for neither.
 *
 * A thread with a connection of its own writes what it is given, in that order. */
#ifndef UI_WORK_CASE_WRITER_H
#define UI_WORK_CASE_WRITER_H

#include "base/err.h"
#include "ui/work/worker.h"

enum ui_write_kind {
    UI_WRITE_MARK,        /* row, marked, text: tag, more: comment, at_ms */
    UI_WRITE_TRIAGE,      /* id, state, more: note as th_findings_triage takes it */
    UI_WRITE_HISTORY,     /* text: filter */
    UI_WRITE_FILTER,      /* text: name, more: filter */
    UI_WRITE_DROP_FILTER, /* text: name */
    UI_WRITE_SETTING,     /* text: key, more: value */
};
/* Texts are copied. */
struct ui_write {
    enum ui_write_kind kind;
    uint32_t row;
    bool marked;
    enum th_finding_state state;
    int64_t id, at_ms;
    const char *text, *more;
};

typedef struct ui_scribe ui_scribe;

/* jobs is woken when something was written. Owned: ui_scribe_free, which writes all that waits
 * first. */
ui_scribe *ui_scribe_new(const char *case_path, ui_jobs *jobs);
/* Writes that failed behind the last ui_scribe_failed are told to err: false then. */
bool ui_scribe_free(ui_scribe *scribe, struct th_err *err);
void ui_scribe_write(ui_scribe *scribe, const struct ui_write *write);
/* How many writes were given, and how many of them are through. */
uint64_t ui_scribe_given(ui_scribe *scribe);
uint64_t ui_scribe_done(ui_scribe *scribe);
/* The failure that was not asked for yet; false when there is none. */
bool ui_scribe_failed(ui_scribe *scribe, struct th_err *err);

#endif
