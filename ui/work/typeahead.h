/* Keys that came before the rows that they are for. */
#ifndef UI_WORK_TYPEAHEAD_H
#define UI_WORK_TYPEAHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct ui;
struct ui_command;
struct ui_key;

/* Are rows on their way, so that what needs some has to wait? */
bool ui_rows_awaited(const struct ui *ui);
/* Does a command have to wait for them? */
bool ui_ahead_must(const struct ui *ui, const struct ui_command *command);
/* Keep a command (the text is copied) or a key until then; false when it need not wait. Esc and
 * Ctrl-C are never kept, and drop what is. */
bool ui_ahead_command(struct ui *ui, const struct ui_command *command, const char *arg);
bool ui_ahead_key(struct ui *ui, const struct ui_key *key);
/* Do what was kept, as far as it can be done now: keys are given. */
void ui_ahead_turn(struct ui *ui, void (*give)(struct ui *ui, const struct ui_key *key));
bool ui_ahead_waits(struct ui *ui);
size_t ui_ahead_count(const struct ui *ui);
/* Drop it. It drops itself when another question is asked. */
void ui_ahead_forget(struct ui *ui);
void ui_ahead_init(struct ui *ui);
void ui_ahead_fini(struct ui *ui);
/* What waits, in words, when that has taken long enough to be told; else false. */
bool ui_ahead_words(struct ui *ui, struct th_buf *out);

#endif
