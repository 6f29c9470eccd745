/* The workbench from outside, for its loop, scripts and tests: open it, give it keys, let it turn,
 * shut it. */
#ifndef UI_APP_TURN_H
#define UI_APP_TURN_H

#include "ui/app/context.h"

/* Everything but the terminal; ui_open starts, ui_shut ends. Returns 0 or 1 (err says why). */
TH_NODISCARD enum th_code ui_open(struct ui *ui, th_app *app, const struct ui_options *options,
                                  const struct ui_term_config *config, struct th_err *err);
/* Stops what runs, writes what waits. TH_OK, or why something that the user added is not in the
 * case. */
enum th_code ui_shut(struct ui *ui, struct th_err *err);
/* Handle what waits: keys, answers; then draw if anything changed. Waits at most timeout_ms (-1: no
 * end) for something. */
void ui_turn(struct ui *ui, int timeout_ms);
/* Turns until no job is under way and nothing waits to be drawn. */
void ui_settle(struct ui *ui);
/* Is no job under way and nothing waiting to be drawn? True too when the workbench is left. */
bool ui_is_settled(struct ui *ui);
/* Give what the worker answered to whoever asked. */
void ui_take_answers(struct ui *ui);
void ui_key(struct ui *ui, const struct ui_key *key);

/* A frame, as things are. */
void ui_draw(struct ui *ui);
/* Size and places anew, after what is wanted changed. */
void ui_layout(struct ui *ui);
/* The lines around the view. */
void ui_bar_head(struct ui *ui);
void ui_bar_filter(struct ui *ui, int *cursor_y, int *cursor_x);
void ui_bar_progress(struct ui *ui);
void ui_bar_sentence(struct ui *ui);
void ui_bar_keys(struct ui *ui);

/* ---- script.c ---- */

TH_NODISCARD enum th_code ui_script_open(struct ui *ui, const char *path, struct th_err *err);
void ui_script_close(struct ui *ui);
/* Run the next line if one is left and it need not wait; *more: the script goes on. TH_E_USAGE: a
 * line that means nothing, with its number. */
TH_NODISCARD enum th_code ui_script_step(struct ui *ui, bool *more, struct th_err *err);
/* Run one line as a script would. */
TH_NODISCARD enum th_code ui_script_line(struct ui *ui, struct th_str line, struct th_err *err);

#endif
