/* The table and the ways into it. A command is looked up by key within a context, or by name;
 * whether it may run now is one predicate of the row, which hides its hint as well. */
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

void ui_command_run(struct ui *ui, const struct ui_command *command, const char *arg)
{
    if ((command->where & ui_context(ui)) == 0) {
        ui_say(ui, UI_R_WARNING, "%s does not apply here",
               command->name[0] != '\0' ? command->name : "that");
        return;
    }
    if (ui_ahead_command(ui, command, arg))
        return;
    if (!command->when(ui)) {
        ui_say(ui, UI_R_WARNING, "nothing here to do that with");
        return;
    }
    command->run(ui, arg == NULL ? "" : arg);
}

bool ui_command_text(struct ui *ui, struct th_str text)
{
    while (text.n > 0 && text.p[0] == ' ')
        text = th_str_sub(text, 1, text.n);
    ptrdiff_t blank = th_str_find(text, ' ');
    struct th_str name = blank < 0 ? text : th_str_sub(text, 0, (size_t)blank);
    const struct ui_command *command = ui_command_by_name(ui, name);
    if (command == NULL)
        return false;
    struct th_buf arg = TH_BUF_INIT;
    if (blank >= 0)
        th_buf_add_str(&arg, th_str_sub(text, (size_t)blank + 1, text.n));
    ui_command_run(ui, command, th_buf_cstr(&arg));
    th_buf_fini(&arg);
    return true;
}
