/* Keys that came before the rows that they are for: while the first events load, and while a
 * question runs. They are kept in order and done when there is a row to do them with, so that what
 * is typed blindly ends as if the answer had been there at once: a mark lands on the event that it
 * would have landed on.
 *
 * A command that needs rows is kept, and every key behind it, for what that means depends on the
 * one before (after p, i is a choice of a menu). Only moves of the cursor let others pass: leaving,
 * typing a filter or looking at the findings doesn't depend on them. They are forgotten when
 * another question makes them pointless. Esc and Ctrl-C never wait: they forget all that does. */
#include "ui/work/typeahead.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/app/command.h"
#include "ui/model/place.h"
#include "ui/term/keys.h"
#include "ui/work/live_update.h"

#define AHEAD_MAX 4096

/* What waits for rows: a key, or a command. */
struct ui_ahead_item {
    struct ui_key key;
    const struct ui_command *command; /* NULL: the key */
    char *arg;                        /* owned; of the command */
    unsigned where;                   /* it was given: a UI_IN_… bit, filters being typed aside */
};
struct ui_ahead {
    struct ui_ahead_item *items;
    size_t n, cap;
    int64_t since_ms;
    bool feeding;      /* they are being done */
    uint64_t question; /* that they are for */
};

/* Nothing can be done with the rows that are shown: there are none, or others will come at once. */
bool ui_rows_awaited(const struct ui *ui)
{
    if (ui_result_due(ui))
        return true;
    if (ui_result_awaited(ui) && !(ui_result_refreshes(ui) && ui_result(ui)->have))
        return !(ui_result_grows(ui) && ui_result(ui)->s.count > 0);
    if (!ui_result(ui)->have)
        return ui_follow_is_due(ui);
    /* The first events of an import. */
    return ui_result(ui)->s.total == 0 &&
           (ui_follow_imports(ui) || ui_follow_is_due(ui) || ui_result_refreshes(ui));
}

static void item_fini(struct ui_ahead_item *item)
{
    free(item->arg);
    item->arg = NULL;
}

void ui_ahead_forget(struct ui *ui)
{
    struct ui_ahead *ahead = ui->ahead;
    for (size_t i = 0; i < ahead->n; i++)
        item_fini(&ahead->items[i]);
    ahead->n = 0;
}

/* Another question than the one that the keys were for makes them pointless, unless they ask it. */
static void drop_pointless(struct ui *ui)
{
    if (ui->ahead->question != ui_question(ui) && !ui->ahead->feeding)
        ui_ahead_forget(ui);
    ui->ahead->question = ui_question(ui);
}

bool ui_ahead_waits(struct ui *ui)
{
    drop_pointless(ui);
    return ui->ahead->n > 0;
}

size_t ui_ahead_count(const struct ui *ui)
{
    return ui->ahead->n;
}

void ui_ahead_init(struct ui *ui)
{
    ui->ahead = th_xcalloc(1, sizeof *ui->ahead);
}

void ui_ahead_fini(struct ui *ui)
{
    if (ui->ahead != NULL) {
        ui_ahead_forget(ui);
        free(ui->ahead->items);
    }
    free(ui->ahead);
    ui->ahead = NULL;
}

static void keep(struct ui *ui, struct ui_ahead_item item)
{
    struct ui_ahead *ahead = ui->ahead;
    drop_pointless(ui);
    if (ahead->n >= AHEAD_MAX) {
        item_fini(&item);
        ui_say(ui, UI_R_WARNING, "too many keys wait for the events; Esc forgets them");
        return;
    }
    if (ahead->n == 0)
        ahead->since_ms = th_time_mono();
    item.where = ui_view_place(ui);
    TH_GROW(ahead->items, ahead->n, ahead->cap);
    ahead->items[ahead->n++] = item;
    ui->dirty = true;
}

static bool only_moves(const struct ui *ui)
{
    for (size_t i = 0; i < ui->ahead->n; i++)
        if (ui->ahead->items[i].command == NULL || !ui->ahead->items[i].command->moves)
            return false;
    return true;
}

static bool shows_rows(const struct ui *ui)
{
    return ui->view == UI_EVENTS || ui->view == UI_DETAIL || ui->view == UI_RECORD;
}

static bool needs_rows(const struct ui_command *command)
{
    return command->moves || command->when == ui_when_row || command->when == ui_when_value ||
           command->when == ui_when_bars;
}

bool ui_ahead_must(const struct ui *ui, const struct ui_command *command)
{
    return shows_rows(ui) && needs_rows(command) && ui_rows_awaited(ui);
}

bool ui_ahead_command(struct ui *ui, const struct ui_command *command, const char *arg)
{
    if (!ui_ahead_must(ui, command))
        return false;
    keep(ui, (struct ui_ahead_item){.command = command, .arg = th_xstrdup(arg == NULL ? "" : arg)});
    return true;
}

bool ui_ahead_key(struct ui *ui, const struct ui_key *key)
{
    drop_pointless(ui);
    if (ui->ahead->n == 0 || ui->ahead->feeding)
        return false;
    if (key->code == UI_KEY_ESC || key->code == UI_CTRL('C')) {
        ui_ahead_forget(ui);
        /* Behind them it stops the question, unless that is what makes the first screen. */
        if (ui_result(ui)->have)
            return false;
        ui_say(ui, UI_R_DIM, "forgotten");
        return true;
    }
    if (only_moves(ui))
        return false;
    if (key->code != UI_KEY_MOUSE) /* where it points to is not there any more */
        keep(ui, (struct ui_ahead_item){.key = *key});
    return true;
}

/* Where it was given, though a filter may be typed now. */
static void do_command(struct ui *ui, const struct ui_ahead_item *item)
{
    if (ui_view_place(ui) != item->where)
        return;
    if (!item->command->when(ui))
        ui_say(ui, UI_R_WARNING, "nothing here to do that with");
    else
        item->command->run(ui, item->arg);
}

static bool is_stuck(struct ui *ui, const struct ui_ahead_item *item)
{
    if (item->command != NULL)
        return ui_ahead_must(ui, item->command);
    if (ui->mode != UI_MODE_KEYS)
        return false;
    const struct ui_command *command = ui_command_of_key(ui, ui_context(ui), item->key.code);
    return command != NULL && ui_ahead_must(ui, command);
}

void ui_ahead_turn(struct ui *ui, void (*give)(struct ui *ui, const struct ui_key *key))
{
    struct ui_ahead *ahead = ui->ahead;
    drop_pointless(ui);
    if (ahead->n > 0 && th_time_mono() - ahead->since_ms >= 100)
        ui->dirty = true;
    ahead->feeding = true;
    while (ahead->n > 0 && !ui->quit && !is_stuck(ui, &ahead->items[0])) {
        struct ui_ahead_item item = ahead->items[0];
        ahead->n--;
        memmove(ahead->items, ahead->items + 1, ahead->n * sizeof *ahead->items);
        if (item.command != NULL)
            do_command(ui, &item);
        else
            give(ui, &item.key);
        item_fini(&item);
        ui->dirty = true;
    }
    ahead->question = ui_question(ui);
    ahead->feeding = false;
}

bool ui_ahead_words(struct ui *ui, struct th_buf *out)
{
    const struct ui_ahead *ahead = ui->ahead;
    drop_pointless(ui);
    if (ahead->n == 0 || th_time_mono() - ahead->since_ms < 100)
        return false;
    th_buf_puts(out, "waiting for events:");
    for (size_t i = 0; i < ahead->n && i < 8; i++) {
        const struct ui_ahead_item *item = &ahead->items[i];
        int codes[UI_COMMAND_KEYS] = {item->key.code};
        th_buf_putc(out, ' ');
        if (item->command != NULL && ui_command_keys(item->command, codes) == 0)
            th_buf_puts(out, item->command->name);
        else
            ui_key_name(out, codes[0]);
    }
    th_buf_puts(out, ahead->n > 8 ? " … · Esc forgets them" : " · Esc forgets them");
    return true;
}
