/* A workbench on an unseen screen over a small case of its own: what the tests of the screens
 * share. */
#ifndef TESTS_UI_HARNESS_H
#define TESTS_UI_HARNESS_H

#include "ui/app/turn.h"
#include "ui/model/coverage.h"
#include "ui/model/findings.h"
#include "ui/model/internal.h"
#include "ui/model/marks.h"
#include "ui/model/session.h"
#include "ui/view/events/events.h"
#include "ui/view/findings/findings.h"
#include "ui/view/help/pager.h"
#include "ui/view/sources/sources.h"
#include "ui/widget/line_edit.h"
#include "ui/widget/menu.h"
#include "ui/work/internal.h"
#include "ui/work/typeahead.h"

/* A case in a temporary folder, which is the current folder while it lives. */
struct fixture {
    char dir[128];
    th_app *app;
};

enum fixture_kind {
    FIXTURE_STORY,   /* sixty-odd events of two days with three findings */
    FIXTURE_EMPTY,   /* no event at all */
    FIXTURE_GAPS,    /* three days of four regions, of which two are silent for too long */
    FIXTURE_YEARS,   /* twenty events of four days in three years with two findings */
    FIXTURE_LENGTHY, /* one event whose names have three thousand characters */
    FIXTURE_HOSTILE, /* names full of escapes, controls, bidi marks, wide and combining characters,
                        and one huge value */
};

/* Build the case; ends the program when that fails. Free with fixture_free. */
void fixture_make(struct fixture *f, enum fixture_kind kind);
void fixture_free(struct fixture *f);
/* Close the case and open it again, as a later session would. */
void fixture_reopen(struct fixture *f);

/* A screen. type: the terminal ("xterm-256color" when NULL); ascii as in ui_term_config. */
struct screen_config {
    int rows, cols;
    const char *type;
    bool ascii, remember;
    bool restless; /* not settled when it opens: what the options start may never end by itself */
    th_app_importer *importer;
    struct ui_result *result;
    enum ui_theme theme;
};

struct screen {
    struct ui ui;
    FILE *in, *out;
    int keys; /* write bytes here, as a terminal would send them */
};

void screen_open(struct screen *s, struct fixture *f, const struct screen_config *config);
/* Close, as leaving the workbench does: the state is saved when config.remember was set. */
void screen_close(struct screen *s);
/* Run lines as a script would ("/user: ivy<Enter>", ":findings"), settling after each. False when a
 * line was refused. */
bool screen_run(struct screen *s, const char *lines);
/* Send raw bytes through the terminal and settle. */
void screen_bytes(struct screen *s, const char *bytes, size_t n);
void screen_resize(struct screen *s, int rows, int cols);
/* The text of the screen; borrowed until the next call with the same buffer. */
const char *screen_text(struct screen *s, struct th_buf *out);
bool screen_shows(struct screen *s, const char *needle);
/* Lines of the view in front, and which of them the cursor is on. */
size_t screen_lines(struct screen *s);
size_t screen_at(struct screen *s);
/* The filter being typed; borrowed until the next call. */
const char *screen_typed(struct screen *s);
/* The filter of what is shown; borrowed. */
const char *screen_filter(const struct ui *ui);
/* How many steps Backspace goes back; how many marks and findings there are, and the first of
 * them. */
size_t screen_steps(const struct ui *ui);
size_t screen_marks(const struct ui *ui);
const struct ui_mark *screen_mark(const struct ui *ui);
size_t screen_findings(const struct ui *ui);
const struct th_finding *screen_finding(const struct ui *ui);
/* What runs beside, and what is shown: to play states that are hard to come by. */
struct ui_follow *screen_follow(const struct ui *ui);
struct ui_places *screen_places(const struct ui *ui);

#endif
