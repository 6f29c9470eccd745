/* The tables of commands and views, made from schema/: the only file that knows them all. Everybody
 * else is given them when the workbench opens. */
#include "ui/app/tables.h"

bool ui_when_always(const struct ui *ui)
{
    (void)ui;
    return true;
}

/* The letters of places, as schema/commands.def writes them. */
enum {
#define UI_VIEW(ID, name, KIND, letter, keys, but, hint, help, section) letter = UI_IN_##letter,
#include "views.def"
#undef UI_VIEW
    F = UI_IN_F,
    B = UI_IN_B,
    E = UI_IN_E,
    EVENTS = UI_IN_EVENTS,
    LISTS = UI_IN_LISTS,
    ALL = UI_IN_ALL,
};

static const struct ui_command commands[] = {
#define UI_MOVE(id, name, keys, help)                                                              \
    {name, keys, ALL, ui_when_always, "", help, ui_do_##id, true, false},
#define UI_COMMAND(id, name, keys, where, when, hint, help)                                        \
    {name, keys, (unsigned)(where), ui_when_##when, hint, help, ui_do_##id, false, false},
#define UI_LAST(id, name, keys, where, when, hint, help)                                           \
    {name, keys, (unsigned)(where), ui_when_##when, hint, help, ui_do_##id, false, true},
#include "commands.def"
#undef UI_COMMAND
};

static const struct ui_view_ops *const views[UI_VIEWS] = {
#define UI_VIEW(ID, name, KIND, letter, keys, but, hint, help, section)                            \
    [UI_##ID] = &ui_##name##_ops,
#include "views.def"
#undef UI_VIEW
};

void ui_tables_give(struct ui *ui)
{
    ui->commands = commands;
    ui->commands_n = TH_COUNT(commands);
    ui->views = views;
}

/* Lists are opened by their key from everywhere, and left by the same key. */
#define UI_SHOW_MAIN(ID, name)
#define UI_SHOW_OVER(ID, name)
#define UI_SHOW_LIST(ID, name)                                                                     \
    void ui_do_##name(struct ui *ui, const char *arg)                                              \
    {                                                                                              \
        (void)arg;                                                                                 \
        ui_show(ui, UI_##ID);                                                                      \
    }                                                                                              \
    void ui_do_##name##_off(struct ui *ui, const char *arg)                                        \
    {                                                                                              \
        ui_do_events(ui, arg);                                                                     \
    }
#define UI_VIEW(ID, name, KIND, letter, keys, but, hint, help, section) UI_SHOW_##KIND(ID, name)
#include "views.def"
#undef UI_VIEW
