/* A list to choose from over the view, and one line asked for at the bottom of the screen. */
#ifndef UI_WIDGET_MENU_H
#define UI_WIDGET_MENU_H

#include "ui/app/context.h"

/* Without entries; typing: narrowed by what is typed, else chosen by single keys. */
void ui_menu_open(struct ui *ui, const char *title, bool typing);
/* run is given arg, which is copied as all texts are. key 0: none; while typing, other than 0: what
 * is typed behind the name is added to arg. */
void ui_menu_add(struct ui *ui, int key, const char *label, const char *note,
                 void (*run)(struct ui *ui, const char *arg), const char *arg);
/* Ask about what was typed when no line is called so: true, it was done. */
void ui_menu_unlisted(struct ui *ui, bool (*unlisted)(struct ui *ui, struct th_str typed));
void ui_menu_close(struct ui *ui);
/* Keys of this menu's own: key is asked first, with the arg of the entry under the cursor, and says
 * whether it was one. words (kept, not copied) tell of them in the bottom line. */
void ui_menu_keys(struct ui *ui, bool (*key)(struct ui *ui, int code, const char *arg),
                  const char *words);
const char *ui_menu_keys_words(const struct ui *ui); /* NULL: none */
void ui_menu_init(struct ui *ui);
void ui_menu_fini(struct ui *ui);
void ui_menu_key(struct ui *ui, const struct ui_key *key);
void ui_menu_draw(struct ui *ui);
/* How many entries there are; the label of one that is listed, NULL past the last. */
size_t ui_menu_count(const struct ui *ui);
const char *ui_menu_label(const struct ui *ui, size_t listed);
bool ui_menu_is_typed(const struct ui *ui);

/* done is given what was typed, with arg. */
void ui_prompt_open(struct ui *ui, const char *title, struct th_str text,
                    void (*done)(struct ui *ui, struct th_str text, int64_t arg), int64_t arg);
void ui_prompt_close(struct ui *ui);
void ui_prompt_fini(struct ui *ui);
void ui_prompt_key(struct ui *ui, const struct ui_key *key);
/* Draw in the sentence's place; the cursor's place goes to y and x. */
void ui_prompt_draw(struct ui *ui, int *y, int *x);
const char *ui_prompt_title(const struct ui *ui);

#endif
