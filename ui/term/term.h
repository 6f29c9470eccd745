/* The terminal: the only place that starts curses, reads keys from it and gives it back, whatever
 * happens. */
#ifndef UI_TERM_TERM_H
#define UI_TERM_TERM_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/str.h"
#include "ui/term/keys.h"
#include "ui/term/theme.h"

typedef struct ui_term ui_term;

struct ui_term_config {
    FILE *in, *out;   /* NULL: stdin and stdout */
    const char *type; /* NULL: $TERM */
    enum ui_theme theme;
    bool ascii; /* only ASCII even in a UTF-8 locale */
    bool mouse;
    bool quiet; /* tests: no signal handlers, no escape sequences beside curses' own */
};

/* Is this type of terminal (NULL: $TERM) known, and does it move its cursor? TH_E_IO. */
TH_NODISCARD enum th_code ui_term_can(const char *type, struct th_err *err);
/* Start curses. Fatal signals give the terminal back from here on, and SIGTERM and SIGHUP are only
 * noticed (ui_term_stopped). One at a time in a process. TH_E_IO when the terminal is unknown or
 * none. Owned: ui_term_close. */
TH_NODISCARD enum th_code ui_term_open(const struct ui_term_config *config, ui_term **out,
                                       struct th_err *err);
void ui_term_close(ui_term *term);

/* Next key that waits, false when there is none. Never blocks. */
bool ui_term_key(ui_term *term, struct ui_key *key);
/* Descriptor to poll for keys. */
int ui_term_fd(const ui_term *term);
/* Wait until a key comes, extra (a descriptor, or -1) is readable, a signal arrives, or timeout_ms
 * (-1: no end) passed. SIGWINCH arrives here only. */
void ui_term_wait(ui_term *term, int extra, int timeout_ms);
/* The signal that asked us to end (SIGTERM, SIGHUP), 0 when none did. */
int ui_term_stopped(const ui_term *term);

int ui_term_rows(const ui_term *term);
int ui_term_cols(const ui_term *term);
/* Pretend another size: tests. */
void ui_term_resize(ui_term *term, int rows, int cols);
bool ui_term_ascii(const ui_term *term);
int ui_term_colours(const ui_term *term);
enum ui_theme ui_term_theme(const ui_term *term); /* never AUTO */
/* Other colours from now on; AUTO is guessed anew. ui_term_theme and ui_term_colours change. */
void ui_term_set_theme(ui_term *term, enum ui_theme theme);

/* Forget what the screen shows and paint it whole at the next update. */
void ui_term_redraw(ui_term *term);
/* Mouse reporting on or off. */
void ui_term_mouse(ui_term *term, bool on);
bool ui_term_mouse_on(const ui_term *term);
/* Give the terminal back and stop the process as Ctrl-Z does elsewhere; returns when it goes on. */
void ui_term_suspend(ui_term *term);
/* What others did to the job (SIGTSTP, SIGCONT): stop it, or take the terminal back. True when the
 * screen has to be drawn. */
bool ui_term_jobs(ui_term *term);
/* Leave the full screen, print text (safe to show already) and wait for Enter, so that the
 * terminal's own selection can take it. */
void ui_term_plain(ui_term *term, struct th_str text);
/* Put text on the clipboard of the terminal (OSC 52). False when it is too long for terminals to
 * take. */
bool ui_term_copy(ui_term *term, struct th_str text);

#endif
