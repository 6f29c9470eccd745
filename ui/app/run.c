/* Running a command. Whether it may run now is one predicate of its row, which hides its hint as
 * well. */
#include "base/mem.h"
#include "ui/app/command.h"
#include "ui/work/typeahead.h"

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
