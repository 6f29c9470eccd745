/* The case while it grows: an import and the rules beside the user interface, and what other
 * programs write. */
#ifndef UI_WORK_LIVE_UPDATE_H
#define UI_WORK_LIVE_UPDATE_H

#include "ui/app/context.h"
#include "ui/work/background.h"

/* What came of what ran since the workbench opened. */
struct ui_came {
    bool imported; /* done says what came of it; rc, err: how it ended */
    enum th_code rc;
    struct th_err err;
    struct th_app_imported done;
    struct th_app_detected detected;
    bool rules_ran;          /* to their end */
    struct th_err rules_err; /* why they did not; code TH_OK: nothing failed */
};

/* Start following it, and the import or the rules that the options ask for. */
void ui_follow_open(struct ui *ui);
/* Stop all that runs and wait for it. */
enum th_code ui_follow_shut(struct ui *ui, struct th_err *err);
/* Take in what came since the last turn. */
void ui_follow_turn(struct ui *ui);
/* Will more come without anybody doing anything? */
bool ui_follow_busy(struct ui *ui);
/* Does anything run or wait to; or wait to be written? */
bool ui_follow_runs(struct ui *ui);
bool ui_follow_works(struct ui *ui);
/* How long a turn may wait, at most timeout_ms (-1: no end). */
int ui_follow_wait_ms(const struct ui *ui, int timeout_ms);

/* What runs, as it was drawn; what came of it. Borrowed. */
const struct ui_live_state *ui_live_now(const struct ui *ui);
const struct ui_came *ui_live_came(const struct ui *ui);
/* Does our own import run, or are its last events not shown yet? Are there events that the result
 * doesn't show? */
bool ui_follow_imports(const struct ui *ui);
bool ui_follow_is_due(const struct ui *ui);
/* Is there something for the progress line? Its words. */
bool ui_follow_tells(const struct ui *ui);
void ui_follow_words(const struct ui *ui, int cols, struct th_buf *out);
/* When there are no findings because no rule ran: why, in a sentence; else false. */
bool ui_findings_missing(const struct ui *ui, struct th_buf *why);

/* Esc and Ctrl-C, when nothing else takes them: true when something ran that they are about. */
bool ui_follow_stop(struct ui *ui);
/* Leave, or ask first when that would stop an import. */
void ui_follow_quit(struct ui *ui);

#endif
