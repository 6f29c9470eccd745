/* One line asked for at the bottom of the screen: a note, a tag, a name. Esc leaves everything as
 * it was. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/core.h"

void ui_prompt_close(struct ui *ui)
{
    free(ui->prompt.title);
    ui_input_fini(&ui->prompt.input);
    memset(&ui->prompt, 0, sizeof ui->prompt);
    if (ui->mode == UI_MODE_PROMPT)
        ui->mode = UI_MODE_KEYS;
}

void ui_prompt_open(struct ui *ui, const char *title, struct th_str text,
                    void (*done)(struct ui *ui, struct th_str text, int64_t arg), int64_t arg)
{
    ui_prompt_close(ui);
    ui->mode = UI_MODE_PROMPT;
    ui->prompt.title = th_xstrdup(title);
    ui->prompt.done = done;
    ui->prompt.arg = arg;
    ui_input_init(&ui->prompt.input);
    ui_input_set(&ui->prompt.input, text.p == NULL ? TH_STR("") : text);
    ui->dirty = true;
}

void ui_prompt_key(struct ui *ui, const struct ui_key *key)
{
    if (key->code == UI_KEY_ESC || key->code == UI_CTRL('C')) {
        ui_prompt_close(ui);
        return;
    }
    if (key->code != UI_KEY_ENTER || ui->pasting) {
        ui_input_key(&ui->prompt.input, key->code == UI_KEY_ENTER ? ' ' : key->code);
        return;
    }
    void (*done)(struct ui *, struct th_str, int64_t) = ui->prompt.done;
    int64_t arg = ui->prompt.arg;
    struct th_buf text = TH_BUF_INIT;
    th_buf_add_str(&text, th_buf_str(&ui->prompt.input.text));
    ui_prompt_close(ui);
    done(ui, text.n > 0 ? th_buf_str(&text) : TH_STR(""), arg);
    th_buf_fini(&text);
}

void ui_input_draw(const struct ui_canvas *c, int y, int x, int w, const struct ui_input *input,
                   enum ui_role role, size_t bad_from, size_t bad_to, int *cursor_x)
{
    struct th_str text = th_buf_str(&input->text);
    struct th_buf before = TH_BUF_INIT, safe = TH_BUF_INIT;
    /* Scrolled by whole characters, so that the cursor is never at the very edge. */
    size_t from = 0;
    int at_cols = 0;
    for (;;) {
        th_buf_reset(&before);
        th_text_sanitise(&before, th_str_sub(text, from, input->at - from), c->ascii);
        at_cols = th_text_width(th_buf_str(&before));
        if (at_cols < w || from >= input->at)
            break;
        size_t step = (size_t)(at_cols - w) + 8;
        size_t next = from;
        for (size_t i = 0; i < step && next < input->at; i++)
            th_utf8_next(text, &next);
        from = next;
    }
    struct th_str shown = th_str_sub(text, from, text.n);
    ui_draw_text(c, y, x, w, role, shown);
    if (bad_to > bad_from && bad_to > from) {
        size_t begin = bad_from > from ? bad_from : from;
        th_text_sanitise(&safe, th_str_sub(text, from, begin - from), c->ascii);
        int bad_x = th_text_width(th_buf_str(&safe));
        th_buf_reset(&safe);
        th_text_sanitise(&safe, th_str_sub(text, begin, bad_to - begin), c->ascii);
        int bad_w = th_text_width(th_buf_str(&safe));
        if (bad_x < w)
            ui_draw_restyle(c, y, x + bad_x, bad_x + bad_w > w ? w - bad_x : bad_w, UI_R_WRONG);
    }
    *cursor_x = x + (at_cols < w ? at_cols : w - 1);
    th_buf_fini(&before);
    th_buf_fini(&safe);
}

void ui_prompt_draw(struct ui *ui, int *y, int *x)
{
    const struct ui_canvas *c = &ui->canvas;
    struct ui_rect r = ui->layout.sentence.h > 0 ? ui->layout.sentence : ui->layout.keys;
    ui_draw_fill(c, r, UI_R_TEXT);
    int used = ui_draw_words(c, r.y, r.x + 1, r.w / 2, UI_R_PROMPT, ui->prompt.title);
    ui_draw_words(c, r.y, r.x + 2 + used, 1, UI_R_PROMPT, "❯");
    *y = r.y;
    ui_input_draw(c, r.y, r.x + 4 + used, r.w - used - 5, &ui->prompt.input, UI_R_INPUT, 0, 0, x);
}
