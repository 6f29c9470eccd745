/* The help: every command with its keys, made from the tables of views and commands, and the filter
 * language in a few lines. */
#include "ui/app/command.h"
#include "ui/view/help/pager.h"

static void help_line(struct ui *ui, const struct ui_command *command)
{
    struct th_buf line = TH_BUF_INIT;
    int codes[UI_COMMAND_KEYS], n = ui_command_keys(command, codes);
    for (int i = 0; i < n; i++) {
        if (i > 0)
            th_buf_putc(&line, ' ');
        ui_key_name(&line, codes[i]);
    }
    if (n == 0) {
        th_buf_puts(&line, ": ");
        th_buf_puts(&line, command->name);
    }
    th_buf_putc(&line, '\t');
    th_buf_puts(&line, command->help);
    if (command->name[0] != '\0' && n > 0) {
        th_buf_puts(&line, "\t:");
        th_buf_puts(&line, command->name);
    }
    ui_pager_add(ui, th_buf_cstr(&line));
    th_buf_fini(&line);
}

static void help_section(struct ui *ui, const char *title, unsigned where, unsigned not_where)
{
    size_t n;
    const struct ui_command *commands = ui_commands(ui, &n);
    ui_pager_add(ui, title);
    for (size_t i = 0; i < n; i++)
        if ((commands[i].where & where) != 0 &&
            (not_where == 0 || (commands[i].where & not_where) != not_where))
            help_line(ui, &commands[i]);
    ui_pager_add(ui, "");
}

/* Commands that work in every view stand once, at the end. */
#define EVERYWHERE ((unsigned)UI_IN_ALL & ~(unsigned)(UI_IN_F | UI_IN_B | UI_IN_D))

void ui_do_help(struct ui *ui, const char *arg)
{
    static const char *const typing[] = {
        "Enter\tUse the filter",
        "Tab\tTake the completion; open it where it does not open by itself",
        "Up Down\tChoose a completion, or walk through the filters used before",
        "Esc\tClose the completion, then leave the filter as it was",
        "Ctrl-R Ctrl-S\tFilters used before; save this one",
        "Ctrl-A Ctrl-E\tTo the beginning, to the end",
        "Ctrl-W Ctrl-U Ctrl-K\tCut the word, everything before, everything behind",
        "Ctrl-Y\tPut back what was cut",
    };
    static const char *const language[] = {
        "field: value\tthe field has this value; \"quotes\" for blanks",
        "field: (a or b)\tone of several values",
        "field: val*\t* stands for anything, outside of quotes",
        "field: *\tthe field is there",
        "field >= 5\tnumbers, times, addresses; @timestamp >= now-1d",
        "word\tany value of the record holds the word",
        "and or not ( )\tjoined; and binds before or",
        "ip user action\tshort names for source.ip, user.name, event.action",
    };
    unsigned here = ui->view == UI_PAGER ? 0 : ui_context(ui);
    (void)arg;
    ui_pager_open(ui, "Keys and commands · / searches · : runs any command by name", true);
    /* The view that one came from is explained first. */
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < UI_VIEWS; i++) {
            const struct ui_view_info *view = ui_view_info((enum ui_view)i);
            unsigned where = view->kind == UI_KIND_MAIN ? (unsigned)UI_IN_EVENTS : view->place;
            if (view->section != NULL && ((where & here) != 0) == (pass == 0))
                help_section(ui, view->section, where, EVERYWHERE);
        }
    ui_pager_add(ui, "TYPING A FILTER");
    for (size_t i = 0; i < TH_COUNT(typing); i++)
        ui_pager_add(ui, typing[i]);
    ui_pager_add(ui, "");
    ui_pager_add(ui, "THE FILTER LANGUAGE");
    for (size_t i = 0; i < TH_COUNT(language); i++)
        ui_pager_add(ui, language[i]);
    ui_pager_add(ui, "");
    ui_pager_add(ui, "EVERYWHERE");
    size_t n;
    const struct ui_command *commands = ui_commands(ui, &n);
    for (size_t i = 0; i < n; i++)
        if ((commands[i].where & EVERYWHERE) == EVERYWHERE)
            help_line(ui, &commands[i]);
    ui_show(ui, UI_PAGER);
}
