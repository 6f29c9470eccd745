/* The workbench: a full-screen view of an open case. */
#ifndef UI_UI_H
#define UI_UI_H

#include "app/app.h"
#include "ui/term/theme.h"

/* How the import that ran beside the workbench ended. imported false: there was none. */
struct ui_result {
    bool imported;
    enum th_code rc; /* TH_E_CANCELLED: stopped by the user */
    struct th_err err;
    struct th_app_imported done;
};

struct ui_options {
    const char *script; /* a file of keys and commands to run first; NULL: none */
    const char *color;  /* "never": no colours; NULL or anything else: what the terminal can */
    enum ui_theme theme;
    bool ascii;      /* ASCII only, even in a UTF-8 locale */
    bool mouse;      /* start with the mouse on */
    bool local_time; /* start in local time instead of UTC */
    bool fresh;      /* don't restore where the case was left, and don't remember it */
    /* An import to run beside it, from the beginning; the rules follow. NULL: none. */
    th_app_importer *importer;
    bool run_rules;           /* without an import: run those that are new or changed */
    const char *const *rules; /* paths, rules_n; none: the shipped ones */
    size_t rules_n;
    struct ui_result *result; /* filled in at the end; may be NULL */
};

/* Can the terminal of standard output show the workbench? TH_E_IO in words when not. To be asked
 * before a case is made for it. */
TH_NODISCARD enum th_code ui_can_run(struct th_err *err);

/* Show the case until the user leaves. What was on the screen (view, filter, cursor) is kept in the
 * case and shown again the next time. The locale must have been set. Without a terminal only with a
 * script, which then runs on an unseen screen of $COLUMNS by $LINES (80 by 24) and ends with it.
 *
 * Returns TH_OK; TH_E_USAGE (no terminal); TH_E_IO (unknown terminal); TH_E_NOT_FOUND or TH_E_IO
 * (script file); TH_E_USAGE (a line of the script: its number in the message); TH_E_CANCELLED when
 * SIGTERM or SIGHUP ended it; why a note that was made could not be written. The terminal is given
 * back in every case, and an import that runs is stopped. */
TH_NODISCARD enum th_code ui_run(th_app *app, const struct ui_options *options, struct th_err *err);

#endif
