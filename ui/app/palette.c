/* The palette: every command that can be run here, by name. */
#include "base/mem.h"
#include "ui/app/command.h"
#include "ui/widget/menu.h"
#include "ui/work/typeahead.h"

static void run_command(struct ui *ui, const char *text)
{
    if (!ui_command_text(ui, th_str_of(text)))
        ui_say(ui, UI_R_WARNING, "no command %s", text);
}

/* A command that isn't offered here, by its whole name: it says so itself, and none that is merely
 * called alike is run in its place. */
static bool named_in_vain(struct ui *ui, struct th_str typed)
{
    ptrdiff_t blank = th_str_find(typed, ' ');
    struct th_str word = blank > 0 ? th_str_sub(typed, 0, (size_t)blank) : typed;
    if (ui_command_by_name(ui, word) == NULL)
        return false;
    struct th_buf text = TH_BUF_INIT;
    th_buf_add_str(&text, typed);
    ui_menu_close(ui);
    ui_command_text(ui, th_buf_str(&text));
    th_buf_fini(&text);
    return true;
}

void ui_do_palette(struct ui *ui, const char *arg)
{
    size_t n;
    const struct ui_command *commands = ui_commands(ui, &n);
    if (arg[0] != '\0') {
        run_command(ui, arg);
        return;
    }
    unsigned here = ui_context(ui);
    ui_menu_open(ui, "command", true);
    ui_menu_unlisted(ui, named_in_vain);
    for (size_t i = 0; i < n; i++) {
        if (commands[i].name[0] == '\0' || (commands[i].where & here) == 0 ||
            (!commands[i].when(ui) && !ui_ahead_must(ui, &commands[i])))
            continue;
        struct th_buf note = TH_BUF_INIT;
        int codes[UI_COMMAND_KEYS];
        th_buf_puts(&note, commands[i].help);
        if (ui_command_keys(&commands[i], codes) > 0) {
            th_buf_puts(&note, "  (");
            ui_key_name(&note, codes[0]);
            th_buf_putc(&note, ')');
        }
        ui_menu_add(ui, 1, commands[i].name, th_buf_cstr(&note), run_command, commands[i].name);
        th_buf_fini(&note);
    }
}
