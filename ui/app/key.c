/* Where a key goes: to what is typed, to a menu, to a question, or to the command that it stands
 * for in this place. */
#include "base/time.h"
#include "ui/app/command.h"
#include "ui/app/turn.h"
#include "ui/view/events/events.h"
#include "ui/widget/menu.h"
#include "ui/work/live_update.h"
#include "ui/work/typeahead.h"

static void mouse(struct ui *ui, const struct ui_key *key)
{
    if (ui->mode != UI_MODE_KEYS)
        return;
    const struct ui_view_ops *ops = ui_ops(ui);
    for (int i = 0; i < 3; i++) {
        if (key->mouse == UI_MOUSE_WHEEL_UP)
            ops->move(ui, UI_UP);
        else if (key->mouse == UI_MOUSE_WHEEL_DOWN)
            ops->move(ui, UI_DOWN);
    }
    if (ops->mouse != NULL)
        ops->mouse(ui, key);
}

/* What is pasted is text, wherever it goes to: a line break ends nothing, and no character is a
 * command. False: nothing to type. */
static bool pasted(struct ui *ui, struct ui_key *key)
{
    int64_t now = th_time_mono(), pause_ms = now - ui->pasted_ms;
    ui->pasted_ms = now;
    /* The end of a paste may be lost on its way: Esc and Ctrl-C by themselves are that, too. */
    if (pause_ms > 1000 && (key->code == UI_KEY_ESC || key->code == UI_CTRL('C'))) {
        ui->pasting = false;
        return true;
    }
    if (key->code == UI_KEY_ENTER || (key->code >= 0 && key->code < ' '))
        key->code = ' ';
    return key->code < UI_KEY_BASE && ui->mode != UI_MODE_KEYS &&
           (ui->mode != UI_MODE_MENU || ui_menu_is_typed(ui));
}

void ui_key(struct ui *ui, const struct ui_key *given)
{
    struct ui_key key[1] = {*given};
    ui->dirty = true;
    if (key->code == UI_KEY_RESIZE)
        return;
    if (ui->mode == UI_MODE_KEYS && ui_ahead_key(ui, key))
        return;
    if (key->code == UI_KEY_PASTE_BEGIN || key->code == UI_KEY_PASTE_END) {
        ui->pasting = key->code == UI_KEY_PASTE_BEGIN;
        ui->pasted_ms = th_time_mono();
        /* Pasted text is a filter, never commands. */
        if (ui->pasting && ui->mode == UI_MODE_KEYS)
            ui_filter_edit(ui);
        return;
    }
    if (ui->pasting && !pasted(ui, key))
        return;
    ui_messages_key(&ui->messages);
    ui->touched = true;
    if (key->code == UI_KEY_MOUSE) {
        mouse(ui, key);
        return;
    }
    switch (ui->mode) {
    case UI_MODE_FILTER:
        ui_filter_key(ui, key);
        return;
    case UI_MODE_PROMPT:
        ui_prompt_key(ui, key);
        return;
    case UI_MODE_MENU:
        ui_menu_key(ui, key);
        return;
    case UI_MODE_KEYS:
        break;
    }
    if (key->code == UI_CTRL('C') && ui_follow_stop(ui))
        return;
    const struct ui_command *command =
        ui_command_of_key(ui, ui_context(ui), key->code == UI_CTRL('C') ? UI_KEY_ESC : key->code);
    if (command == NULL) {
        struct th_buf name = TH_BUF_INIT;
        ui_key_name(&name, key->code);
        ui_say(ui, UI_R_DIM, "%s does nothing here; ? shows what does", th_buf_cstr(&name));
        th_buf_fini(&name);
        return;
    }
    ui_command_run(ui, command, NULL);
}
