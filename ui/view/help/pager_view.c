/* Text to read: the help, which is made from the command table, and the texts of rules. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/command.h"

void ui_pager_fini(struct ui *ui)
{
    struct ui_pager *pager = &ui->pager;
    for (size_t i = 0; i < pager->n; i++)
        free(pager->lines[i]);
    free(pager->lines);
    free(pager->title);
    memset(pager, 0, sizeof *pager);
}

void ui_pager_open(struct ui *ui, const char *title)
{
    ui_pager_fini(ui);
    ui->pager.title = th_xstrdup(title == NULL ? "" : title);
    th_buf_reset(&ui->search);
}

void ui_pager_add(struct ui *ui, const char *line)
{
    struct ui_pager *pager = &ui->pager;
    TH_GROW(pager->lines, pager->n, pager->cap);
    pager->lines[pager->n++] = th_xstrdup(line);
}

void ui_pager_add_text(struct ui *ui, struct th_str text)
{
    while (text.n > 0) {
        ptrdiff_t end = th_str_find(text, '\n');
        struct th_str line = end < 0 ? text : th_str_sub(text, 0, (size_t)end);
        char *copy = th_xstrndup(line.p, line.n);
        ui_pager_add(ui, copy);
        free(copy);
        text = end < 0 ? TH_STR("") : th_str_sub(text, (size_t)end + 1, text.n);
    }
}

/* ---- drawing ---- */

static void draw_line(struct ui *ui, int y, const char *line, bool at)
{
    const struct ui_canvas *c = &ui->canvas;
    int w = c->cols - 2;
    bool hit = ui->search.n > 0 && th_text_icontains(th_str_of(line), th_buf_str(&ui->search));
    if (at)
        ui_draw_words(c, y, 0, 1, UI_R_KEY, "▌");
    if (!ui->pager.keys) {
        ui_draw_text(c, y, 1, w, hit ? UI_R_MATCH : UI_R_TEXT, th_str_of(line));
        return;
    }
    /* Help: a line without a leading blank is a heading; in the others a tab stands between the
     * keys and the words. */
    const char *tab = strchr(line, '\t');
    if (tab == NULL) {
        ui_draw_words(c, y, 1, w, UI_R_HEAD, line);
        return;
    }
    struct th_buf keys = TH_BUF_INIT;
    th_buf_add(&keys, line, (size_t)(tab - line));
    ui_draw_words(c, y, 3, 18, UI_R_KEY, th_buf_cstr(&keys));
    th_buf_reset(&keys);
    const char *name = strchr(tab + 1, '\t');
    th_buf_add(&keys, tab + 1, name == NULL ? strlen(tab + 1) : (size_t)(name - tab - 1));
    int used = ui_draw_words(c, y, 22, w - 22, hit ? UI_R_MATCH : UI_R_TEXT, th_buf_cstr(&keys));
    if (name != NULL && c->cols >= 70)
        ui_draw_words(c, y, 22 + used + 2, w - 24 - used, UI_R_DIM, name + 1);
    th_buf_fini(&keys);
}

static void draw(struct ui *ui)
{
    struct ui_rect r = ui->layout.body;
    struct ui_pager *pager = &ui->pager;
    ui_list_fit(&pager->list, pager->n, r.h);
    for (int i = 0; i < r.h && pager->list.top + (size_t)i < pager->n; i++) {
        size_t at = pager->list.top + (size_t)i;
        draw_line(ui, r.y + i, pager->lines[at], at == pager->list.at);
    }
}

static unsigned context(const struct ui *ui)
{
    (void)ui;
    return UI_IN_P;
}

static void move(struct ui *ui, enum ui_move how)
{
    ui->pager.list.n = ui->pager.n;
    ui_list_move(&ui->pager.list, how, ui->layout.body.h);
}

static void side(struct ui *ui, int step)
{
    (void)ui;
    (void)step;
}

const struct ui_view_ops ui_pager_ops = {"pager", context, draw, move, side, NULL, NULL};

/* ---- help ---- */

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

#define EVENTS_PANES (UI_IN_T | UI_IN_F | UI_IN_B | UI_IN_D)

static void help_section(struct ui *ui, const char *title, unsigned where, unsigned not_where)
{
    size_t n;
    const struct ui_command *commands = ui_commands(&n);
    ui_pager_add(ui, title);
    for (size_t i = 0; i < n; i++)
        if ((commands[i].where & where) != 0 &&
            (not_where == 0 || (commands[i].where & not_where) != not_where))
            help_line(ui, &commands[i]);
    ui_pager_add(ui, "");
}

/* Commands that work in every view stand once, at the end. */
#define EVERYWHERE (UI_IN_T | UI_IN_R | UI_IN_W | UI_IN_S | UI_IN_N | UI_IN_P)

void ui_do_help(struct ui *ui, const char *arg)
{
    static const struct {
        const char *title;
        unsigned where;
    } sections[] = {
        {"EVENTS: table, facets, histogram and detail", EVENTS_PANES},
        {"RECORD", UI_IN_R},
        {"FINDINGS", UI_IN_W},
        {"SOURCES", UI_IN_S},
        {"NOTES", UI_IN_N},
    };
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
    unsigned view = ui->view == UI_PAGER ? 0 : ui_context(ui);
    (void)arg;
    ui_pager_open(ui, "Keys and commands · / searches · : runs any command by name");
    ui->pager.keys = true;
    /* The view that one came from is explained first. */
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < TH_COUNT(sections); i++)
            if (((sections[i].where & view) != 0) == (pass == 0))
                help_section(ui, sections[i].title, sections[i].where, EVERYWHERE);
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
    const struct ui_command *commands = ui_commands(&n);
    for (size_t i = 0; i < n; i++)
        if ((commands[i].where & EVERYWHERE) == EVERYWHERE)
            help_line(ui, &commands[i]);
    ui_show(ui, UI_PAGER);
}
