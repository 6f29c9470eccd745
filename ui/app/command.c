/* The ways into the table of commands: by key within a place, or by name. */
#include "ui/app/command.h"

#include <string.h>

const struct ui_command *ui_commands(const struct ui *ui, size_t *n)
{
    *n = ui->commands_n;
    return ui->commands;
}

int ui_command_keys(const struct ui_command *command, int codes[UI_COMMAND_KEYS])
{
    int n = 0;
    const char *p = command->keys;
    while (*p != '\0' && n < UI_COMMAND_KEYS) {
        size_t len = strcspn(p, " ");
        codes[n] = ui_key_parse((struct th_str){p, len});
        if (codes[n] != UI_KEY_NONE)
            n++;
        p += len + strspn(p + len, " ");
    }
    return n;
}

const struct ui_command *ui_command_of_key(const struct ui *ui, unsigned place, int code)
{
    int codes[UI_COMMAND_KEYS];
    for (size_t i = 0; i < ui->commands_n; i++) {
        const struct ui_command *command = &ui->commands[i];
        int n = (command->where & place) == 0 ? 0 : ui_command_keys(command, codes);
        for (int k = 0; k < n; k++)
            if (codes[k] == code)
                return command;
    }
    return NULL;
}

const struct ui_command *ui_command_by_name(const struct ui *ui, struct th_str name)
{
    for (size_t i = 0; name.n > 0 && i < ui->commands_n; i++)
        if (th_str_is(name, ui->commands[i].name))
            return &ui->commands[i];
    return NULL;
}

unsigned ui_view_place(const struct ui *ui)
{
    const struct ui_view_ops *ops = ui_ops(ui);
    return ops->place != NULL ? ops->place(ui) : ui_view_info(ui->view)->place;
}

unsigned ui_context(const struct ui *ui)
{
    return ui->mode == UI_MODE_FILTER ? UI_IN_E : ui_view_place(ui);
}
