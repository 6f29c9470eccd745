/* One line asked for at the bottom of the screen: a note, a tag, a name. Esc leaves everything as
 * it was. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/context.h"
#include "ui/widget/line_edit.h"
#include "ui/widget/menu.h"

struct ui_prompt {
    char *title;
    struct ui_input input;
    void (*done)(struct ui *ui, struct th_str text, int64_t arg);
    int64_t arg;
};

void ui_prompt_fini(struct ui *ui)
{
    if (ui->prompt != NULL)
        ui_prompt_close(ui);
    free(ui->prompt);
    ui->prompt = NULL;
}

void ui_prompt_close(struct ui *ui)
{
    free(ui->prompt->title);
    ui_input_fini(&ui->prompt->input);
    memset(ui->prompt, 0, sizeof *ui->prompt);
    if (ui->mode == UI_MODE_PROMPT)
        ui->mode = UI_MODE_KEYS;
}

void ui_prompt_open(struct ui *ui, const char *title, struct th_str text,
                    void (*done)(struct ui *ui, struct th_str text, int64_t arg), int64_t arg)
{
    if (ui->prompt == NULL)
        ui->prompt = th_xcalloc(1, sizeof *ui->prompt);
    ui_prompt_close(ui);
    ui->mode = UI_MODE_PROMPT;
    ui->prompt->title = th_xstrdup(title);
    ui->prompt->done = done;
    ui->prompt->arg = arg;
    ui_input_init(&ui->prompt->input);
    ui_input_set(&ui->prompt->input, text.p == NULL ? TH_STR("") : text);
    ui->dirty = true;
}

void ui_prompt_key(struct ui *ui, const struct ui_key *key)
{
    if (key->code == UI_KEY_ESC || key->code == UI_CTRL('C')) {
        ui_prompt_close(ui);
        return;
    }
    if (key->code != UI_KEY_ENTER || ui->pasting) {
        ui_input_key(&ui->prompt->input, key->code == UI_KEY_ENTER ? ' ' : key->code);
        return;
    }
    void (*done)(struct ui *, struct th_str, int64_t) = ui->prompt->done;
    int64_t arg = ui->prompt->arg;
    struct th_buf text = TH_BUF_INIT;
    th_buf_add_str(&text, th_buf_str(&ui->prompt->input.text));
    ui_prompt_close(ui);
    done(ui, text.n > 0 ? th_buf_str(&text) : TH_STR(""), arg);
    th_buf_fini(&text);
}

void ui_prompt_draw(struct ui *ui, int *y, int *x)
{
    const struct ui_canvas *c = &ui->canvas;
    struct ui_rect r = ui->layout.sentence.h > 0 ? ui->layout.sentence : ui->layout.keys;
    ui_draw_fill(c, r, UI_R_TEXT);
    int used = ui_draw_words(c, r.y, r.x + 1, r.w / 2, UI_R_PROMPT, ui->prompt->title);
    ui_draw_words(c, r.y, r.x + 2 + used, 1, UI_R_PROMPT, "❯");
    *y = r.y;
    ui_input_draw(c, r.y, r.x + 4 + used, r.w - used - 5, &ui->prompt->input, UI_R_INPUT, 0, 0, x);
}

const char *ui_prompt_title(const struct ui *ui)
{
    return ui->prompt == NULL || ui->prompt->title == NULL ? "" : ui->prompt->title;
}
