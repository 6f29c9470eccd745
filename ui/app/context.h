/* An open workbench: what everybody below may use, and nothing that belongs to one part alone.
 * Those are given by name only; each is known to the files of its own folder. Everything here
 * belongs to the UI thread. */
#ifndef UI_APP_CONTEXT_H
#define UI_APP_CONTEXT_H

#include "app/app.h"
#include "ui/app/message.h"
#include "ui/app/view.h"
#include "ui/term/term.h"
#include "ui/ui.h"
#include "ui/widget/layout.h"
#include "ui/work/worker.h"

/* The part of the events view that keys are for. */
enum ui_pane { UI_PANE_TABLE, UI_PANE_FACETS, UI_PANE_HISTOGRAM, UI_PANE_DETAIL, UI_PANES };
/* What keys are: commands, or text for the filter, the answer to a question, the choice of a menu.
 */
enum ui_mode { UI_MODE_KEYS, UI_MODE_FILTER, UI_MODE_PROMPT, UI_MODE_MENU };

struct ui_command;

struct ui {
    th_app *app;
    struct ui_options options;
    const struct ui_command *commands;
    size_t commands_n;
    const struct ui_view_ops *const *views;

    ui_term *term;
    struct ui_canvas canvas;
    struct ui_layout layout;
    enum ui_wish want_facets, want_detail;
    bool local; /* times are shown in this computer's zone */

    enum ui_view view;
    enum ui_view from[UI_VIEWS]; /* where those over another go back to */
    enum ui_pane pane;
    enum ui_mode mode;
    bool quit, dirty;
    bool touched; /* a key was pressed */
    bool pasting;
    int64_t pasted_ms;    /* when the last of it came */
    struct th_buf search; /* lower-cased: what was searched for in a text */
    struct ui_messages messages;

    void *state[UI_VIEWS];    /* of each view */
    struct ui_places *places; /* model/ */
    struct ui_fields *fields;
    struct ui_found *found;
    struct ui_noted *noted;
    struct ui_covered *covered;
    struct ui_typing *typing;     /* view/events/: the filter while it is typed */
    struct ui_complete *complete; /* widget/ */
    struct ui_menu *menu;
    struct ui_prompt *prompt;
    ui_jobs *jobs; /* work/ */
    struct ui_follow *follow;
    struct ui_ahead *ahead;
    struct ui_scribe *scribe;
    struct ui_script *script; /* term/ */
};

/* Answer the last key or command. */
void ui_say(struct ui *ui, enum ui_role role, const char *fmt, ...) TH_PRINTF(3, 4);
void ui_say_err(struct ui *ui, const struct th_err *err);
/* Say something about anything else, whenever it comes: it is shown when the line is free. */
void ui_report(struct ui *ui, enum ui_owner owner, enum ui_role role, const char *fmt, ...)
    TH_PRINTF(4, 5);
void ui_report_err(struct ui *ui, enum ui_owner owner, const struct th_err *err);
/* The message on the line above the keys; NULL: none. Borrowed until the next one. */
const struct ui_message *ui_message(const struct ui *ui);

/* Is a filter being typed? */
bool ui_filter_typing(const struct ui *ui);
/* Bring a view to the front. */
void ui_show(struct ui *ui, enum ui_view view);
/* Back to where a view that is over another was opened from; from a list to the events. */
void ui_leave(struct ui *ui);
/* Tell the views that something (UI_CHANGED_… bits) is other than before. */
void ui_changed(struct ui *ui, unsigned what);

#endif
