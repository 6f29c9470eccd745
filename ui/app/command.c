/* The table and the ways into it. A command is looked up by key within a context, or by name;
 * whether it may run now is one predicate of the row, which hides its hint as well. */
#include "ui/app/command.h"

#include <string.h>

#define T      UI_IN_T
#define F      UI_IN_F
#define B      UI_IN_B
#define D      UI_IN_D
#define R      UI_IN_R
#define W      UI_IN_W
#define S      UI_IN_S
#define N      UI_IN_N
#define P      UI_IN_P
#define E      UI_IN_E
#define EVENTS (T | F | B | D)
#define LISTS  (W | S | N)
#define ALL    (EVENTS | R | LISTS | P)

static bool ui_when_always(const struct ui *ui)
{
    (void)ui;
    return true;
}

static bool ui_when_row(const struct ui *ui)
{
    uint32_t row;
    return ui_row(ui, &row);
}

static bool ui_when_value(const struct ui *ui)
{
    /* Whether there is a value is found out by asking for it; views without any don't list these
     * commands. */
    switch (ui->view) {
    case UI_EVENTS:
    case UI_DETAIL:
    case UI_RECORD:
        return ui_when_row(ui) || ui->pane == UI_PANE_FACETS;
    case UI_FINDINGS:
    case UI_SOURCES:
    case UI_NOTES:
        return true;
    case UI_PAGER:
    case UI_VIEWS:
        break;
    }
    return false;
}

static bool ui_when_bars(const struct ui *ui)
{
    return ui->result.have && ui->result.s.histogram.buckets > 0;
}

static bool ui_when_finding(const struct ui *ui)
{
    return ui->findings_list.n > 0;
}

static bool ui_when_triaged(const struct ui *ui)
{
    if (ui->findings_list.at >= ui->findings_list.n)
        return false;
    return strcmp(ui->findings[ui->shown[ui->findings_list.at]].state, "new") != 0;
}

static bool ui_when_source(const struct ui *ui)
{
    switch (ui->evidence) {
    case UI_FILES:
        return ui->sources_list.n > 0;
    case UI_GAPS:
        return ui->gaps_list.n > 0;
    case UI_STREAMS:
    case UI_EVIDENCES:
        break;
    }
    return ui->streams_list.n > 0;
}

static bool ui_when_note(const struct ui *ui)
{
    return ui->marks_list.n > 0;
}

static bool ui_when_completing(const struct ui *ui)
{
    return ui->complete.open && ui->complete.n > 0;
}

static bool ui_when_history(const struct ui *ui)
{
    return ui->filter.history_n > 0;
}

static bool ui_when_back(const struct ui *ui)
{
    return ui->back_n > 0;
}

static bool ui_when_brush(const struct ui *ui)
{
    return ui->here.from_ms != TH_TIME_NONE || ui->here.to_ms != TH_TIME_NONE;
}

static bool ui_when_filtered(const struct ui *ui)
{
    return ui->here.filter.n > 0 || ui->here.has_within || ui_when_brush(ui);
}

static bool ui_when_panes(const struct ui *ui)
{
    return ui->view == UI_EVENTS &&
           (ui->layout.facets.h > 0 || ui->layout.detail.h > 0 || ui->layout.histogram.h > 0);
}

static bool ui_when_running(const struct ui *ui)
{
    return ui->follow.state.phase != UI_LIVE_IDLE;
}

static bool ui_when_searched(const struct ui *ui)
{
    return ui->search.n > 0;
}

static const struct ui_command commands[] = {
#define UI_COMMAND(id, name, keys, where, when, hint, help)                                        \
    {name, keys, where, ui_when_##when, hint, help, ui_do_##id},
#include "commands.def"
#undef UI_COMMAND
};

const struct ui_command *ui_commands(size_t *n)
{
    *n = TH_COUNT(commands);
    return commands;
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

const struct ui_command *ui_command_of_key(unsigned context, int code)
{
    int codes[UI_COMMAND_KEYS];
    for (size_t i = 0; i < TH_COUNT(commands); i++) {
        if ((commands[i].where & context) == 0)
            continue;
        int n = ui_command_keys(&commands[i], codes);
        for (int k = 0; k < n; k++)
            if (codes[k] == code)
                return &commands[i];
    }
    return NULL;
}

const struct ui_command *ui_command_by_name(struct th_str name)
{
    for (size_t i = 0; name.n > 0 && i < TH_COUNT(commands); i++)
        if (th_str_is(name, commands[i].name))
            return &commands[i];
    return NULL;
}

bool ui_command_moves(const struct ui_command *command)
{
    static void (*const moves[])(struct ui *, const char *) = {
        ui_do_up,      ui_do_down,      ui_do_left, ui_do_right,
        ui_do_page_up, ui_do_page_down, ui_do_home, ui_do_end,
    };
    for (size_t i = 0; i < TH_COUNT(moves); i++)
        if (command->run == moves[i])
            return true;
    return false;
}

bool ui_command_needs_rows(const struct ui_command *command)
{
    return command->when == ui_when_row || command->when == ui_when_value ||
           command->when == ui_when_bars || ui_command_moves(command);
}

unsigned ui_context(const struct ui *ui)
{
    if (ui->mode == UI_MODE_FILTER)
        return UI_IN_E;
    return ui_view_ops(ui->view)->context(ui);
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
    const struct ui_command *command = ui_command_by_name(name);
    if (command == NULL)
        return false;
    struct th_buf arg = TH_BUF_INIT;
    if (blank >= 0)
        th_buf_add_str(&arg, th_str_sub(text, (size_t)blank + 1, text.n));
    ui_command_run(ui, command, th_buf_cstr(&arg));
    th_buf_fini(&arg);
    return true;
}
