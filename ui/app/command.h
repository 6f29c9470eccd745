/* Commands by key and by name: schema/commands.def as a table, and doing them. */
#ifndef UI_APP_COMMAND_H
#define UI_APP_COMMAND_H

#include <stdbool.h>

#include "ui/app/context.h"

#define UI_COMMAND_KEYS 3

struct ui_command {
    const char *name; /* "": not in the palette */
    const char *keys; /* default keys, as written */
    unsigned where;   /* UI_IN_… bits */
    bool (*when)(const struct ui *ui);
    const char *hint, *help;
    void (*run)(struct ui *ui, const char *arg);
    bool moves; /* only the cursor */
    bool last;  /* its hint stands behind all others */
};

/* All commands, in the order of the table. */
const struct ui_command *ui_commands(const struct ui *ui, size_t *n);
/* Command of a key in a place (one UI_IN_… bit), or NULL. */
const struct ui_command *ui_command_of_key(const struct ui *ui, unsigned place, int code);
const struct ui_command *ui_command_by_name(const struct ui *ui, struct th_str name);
/* Codes of a command's keys; returns how many. */
int ui_command_keys(const struct ui_command *command, int codes[UI_COMMAND_KEYS]);

/* Where we are: one UI_IN_… bit. The same without regard to a filter that is being typed. */
unsigned ui_context(const struct ui *ui);
unsigned ui_view_place(const struct ui *ui);
/* Run a command if its place and time are right; else say why not. arg may be NULL. */
void ui_command_run(struct ui *ui, const struct ui_command *command, const char *arg);
/* "name argument": as the palette and scripts write it. False when there is no such command. */
bool ui_command_text(struct ui *ui, struct th_str text);

/* The functions behind the rows of the table, and what must be there for a row to be of use. */
#define UI_COMMAND(id, name, keys, where, when, hint, help)                                        \
    void ui_do_##id(struct ui *ui, const char *arg);                                               \
    bool ui_when_##when(const struct ui *ui);
#include "commands.def"
#undef UI_COMMAND

#endif
