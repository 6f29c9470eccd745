/* A list to choose from, over the view: pivots, times, saved filters, the palette. With single
 * keys, or narrowed by typing. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/context.h"
#include "ui/widget/line_edit.h"
#include "ui/widget/menu.h"

struct ui_menu_item {
    int key;
    char *label, *note, *arg;
    void (*run)(struct ui *ui, const char *arg);
};
struct ui_menu {
    char *title;
    struct ui_menu_item *items;
    size_t n, cap;
    struct ui_list list;
    bool typing; /* narrowed by what is typed (palette): keys are text */
    struct ui_input input;
    size_t *shown; /* items that the input leaves */
    bool (*unlisted)(struct ui *ui, struct th_str typed);
    bool (*key)(struct ui *ui, int code, const char *arg);
    const char *keys; /* what that does, in words; NULL */
};

void ui_menu_init(struct ui *ui)
{
    ui->menu = th_xcalloc(1, sizeof *ui->menu);
}

void ui_menu_fini(struct ui *ui)
{
    ui_menu_close(ui);
    free(ui->menu);
    ui->menu = NULL;
}

size_t ui_menu_count(const struct ui *ui)
{
    return ui->menu->n;
}

const char *ui_menu_label(const struct ui *ui, size_t listed)
{
    const struct ui_menu *menu = ui->menu;
    return listed < menu->list.n ? menu->items[menu->shown[listed]].label : NULL;
}

bool ui_menu_is_typed(const struct ui *ui)
{
    return ui->menu->typing;
}

void ui_menu_close(struct ui *ui)
{
    struct ui_menu *menu = ui->menu;
    for (size_t i = 0; i < menu->n; i++) {
        free(menu->items[i].label);
        free(menu->items[i].note);
        free(menu->items[i].arg);
    }
    free(menu->items);
    free(menu->shown);
    free(menu->title);
    ui_input_fini(&menu->input);
    memset(menu, 0, sizeof *menu);
    if (ui->mode == UI_MODE_MENU)
        ui->mode = UI_MODE_KEYS;
}

void ui_menu_open(struct ui *ui, const char *title, bool typing)
{
    ui_menu_close(ui);
    ui->mode = UI_MODE_MENU;
    ui->menu->title = th_xstrdup(title);
    ui->menu->typing = typing;
    ui_input_init(&ui->menu->input);
    ui->dirty = true;
}

/* How well an item fits what is typed, the best first. What is called so comes before what only
 * speaks of it. */
enum fit { FIT_NAME, FIT_BEGINNING, FIT_PART, FIT_NOTE, FIT_NOT };

static enum fit fit_of(const struct ui_menu *menu, const struct ui_menu_item *item)
{
    struct th_buf lower = TH_BUF_INIT, name = TH_BUF_INIT;
    struct th_str typed = th_buf_str(&menu->input.text);
    ptrdiff_t blank = th_str_find(typed, ' ');
    /* "column user.name": the first word names a command, the rest is for it. */
    bool command = menu->typing && item->key != 0;
    th_text_lower(&lower, command && blank > 0 ? th_str_sub(typed, 0, (size_t)blank) : typed);
    th_text_lower(&name, th_str_of(item->label));
    struct th_str text = th_buf_str(&lower), label = th_buf_str(&name);
    enum fit fit = FIT_NOT;
    if (lower.n > 0 && th_str_eq(label, text))
        fit = FIT_NAME;
    else if (lower.n > 0 && command && th_str_starts(label, text))
        fit = FIT_BEGINNING;
    else if (lower.n == 0 || th_text_icontains(label, text))
        fit = FIT_PART;
    else if (th_text_icontains(th_str_of(item->note), text))
        fit = command ? FIT_NOTE : FIT_PART; /* filters: as they are listed */
    th_buf_fini(&lower);
    th_buf_fini(&name);
    return fit;
}

static void narrow(struct ui_menu *menu)
{
    menu->shown = th_xreallocarray(menu->shown, menu->n + 1, sizeof *menu->shown);
    menu->list.n = 0;
    for (int fit = FIT_NAME; fit < FIT_NOT; fit++)
        for (size_t i = 0; i < menu->n; i++)
            if ((menu->typing ? fit_of(menu, &menu->items[i]) : FIT_PART) == (enum fit)fit)
                menu->shown[menu->list.n++] = i;
    if (menu->list.at >= menu->list.n)
        menu->list.at = 0;
}

void ui_menu_unlisted(struct ui *ui, bool (*unlisted)(struct ui *ui, struct th_str typed))
{
    ui->menu->unlisted = unlisted;
}

void ui_menu_keys(struct ui *ui, bool (*key)(struct ui *ui, int code, const char *arg),
                  const char *words)
{
    ui->menu->key = key;
    ui->menu->keys = words;
}

const char *ui_menu_keys_words(const struct ui *ui)
{
    return ui->menu->keys;
}

void ui_menu_add(struct ui *ui, int key, const char *label, const char *note,
                 void (*run)(struct ui *ui, const char *arg), const char *arg)
{
    struct ui_menu *menu = ui->menu;
    TH_GROW(menu->items, menu->n, menu->cap);
    menu->items[menu->n++] =
        (struct ui_menu_item){key, th_xstrdup(label), th_xstrdup(note), th_xstrdup(arg), run};
    narrow(menu);
}

static void choose(struct ui *ui, size_t item)
{
    struct ui_menu *menu = ui->menu;
    void (*run)(struct ui *, const char *) = menu->items[item].run;
    char *arg = th_xstrdup(menu->items[item].arg);
    struct th_str typed = th_buf_str(&menu->input.text);
    ptrdiff_t blank = th_str_find(typed, ' ');
    if (menu->typing && menu->items[item].key != 0 && blank > 0) {
        free(arg);
        struct th_str rest = th_str_sub(typed, (size_t)blank + 1, typed.n);
        arg = th_xasprintf("%s %.*s", menu->items[item].arg, TH_STR_ARGS(rest));
    }
    ui_menu_close(ui);
    run(ui, arg);
    free(arg);
}

/* Is the first word typed another than that of the line it is closest to? */
static bool typed_otherwise(const struct ui_menu *menu)
{
    struct th_str typed = th_buf_str(&menu->input.text);
    ptrdiff_t blank = th_str_find(typed, ' ');
    struct th_str word = blank > 0 ? th_str_sub(typed, 0, (size_t)blank) : typed;
    return menu->list.n == 0 || !th_str_is(word, menu->items[menu->shown[0]].label);
}

static void typing_key(struct ui *ui, const struct ui_key *key)
{
    struct ui_menu *menu = ui->menu;
    if (key->code == UI_KEY_ENTER) {
        if (menu->unlisted != NULL && menu->list.at == 0 && typed_otherwise(menu) &&
            menu->unlisted(ui, th_buf_str(&menu->input.text)))
            return;
        if (menu->list.at < menu->list.n)
            choose(ui, menu->shown[menu->list.at]);
        return;
    }
    if (key->code == UI_KEY_TAB && menu->list.at < menu->list.n) {
        const struct ui_menu_item *item = &menu->items[menu->shown[menu->list.at]];
        struct th_buf text = TH_BUF_INIT;
        th_buf_puts(&text, item->label);
        if (item->key != 0)
            th_buf_putc(&text, ' ');
        ui_input_set(&menu->input, th_buf_str(&text));
        th_buf_fini(&text);
        narrow(menu);
        return;
    }
    if (key->code == UI_KEY_BACKSPACE && menu->input.text.n == 0) {
        ui_menu_close(ui);
        return;
    }
    if (ui_input_key(&menu->input, key->code) == UI_INPUT_CHANGED) {
        menu->list.at = menu->list.top = 0;
        narrow(menu);
    }
}

void ui_menu_key(struct ui *ui, const struct ui_key *key)
{
    struct ui_menu *menu = ui->menu;
    if (menu->key != NULL && menu->list.at < menu->list.n &&
        menu->key(ui, key->code, menu->items[menu->shown[menu->list.at]].arg))
        return;
    switch (key->code) {
    case UI_KEY_ESC:
    case UI_CTRL('C'):
        ui_menu_close(ui);
        return;
    case UI_KEY_UP:
        ui_list_move(&menu->list, UI_UP, 1);
        return;
    case UI_KEY_DOWN:
        ui_list_move(&menu->list, UI_DOWN, 1);
        return;
    case UI_KEY_PAGE_UP:
        ui_list_move(&menu->list, UI_PAGE_UP, 10);
        return;
    case UI_KEY_PAGE_DOWN:
        ui_list_move(&menu->list, UI_PAGE_DOWN, 10);
        return;
    }
    if (menu->typing) {
        typing_key(ui, key);
        return;
    }
    if (key->code == UI_KEY_ENTER && menu->list.at < menu->list.n) {
        choose(ui, menu->shown[menu->list.at]);
        return;
    }
    for (size_t i = 0; i < menu->n; i++)
        if (menu->items[i].key == key->code) {
            choose(ui, i);
            return;
        }
    ui_menu_close(ui);
}

/* ---- drawing ---- */

static int text_width(const struct ui *ui, const char *text)
{
    struct th_buf safe = TH_BUF_INIT;
    th_text_sanitise(&safe, th_str_sub(th_str_of(text), 0, 400), ui->canvas.ascii);
    int w = th_text_width(th_buf_str(&safe));
    th_buf_fini(&safe);
    return w;
}

static void draw_item(struct ui *ui, int y, int x, int w, int key_w, int label_w, size_t shown)
{
    const struct ui_canvas *c = &ui->canvas;
    const struct ui_menu_item *item = &ui->menu->items[ui->menu->shown[shown]];
    bool at = shown == ui->menu->list.at;
    enum ui_role role = at ? UI_R_POPUP_CURSOR : UI_R_POPUP;
    if (at)
        ui_draw_fill(c, (struct ui_rect){y, x, 1, w}, role);
    if (!ui->menu->typing && item->key != 0) {
        struct th_buf name = TH_BUF_INIT;
        ui_key_name(&name, item->key);
        ui_draw_words(c, y, x + 1, key_w, at ? role : UI_R_POPUP_KEY, th_buf_cstr(&name));
        th_buf_fini(&name);
    }
    int label_x = x + 1 + key_w;
    ui_draw_mixed(c, y, label_x, label_w, role, th_str_of(item->label));
    ui_draw_text(c, y, label_x + label_w + 2, w - key_w - label_w - 4, at ? role : UI_R_POPUP_DIM,
                 th_str_of(item->note));
}

static void draw_input(struct ui *ui, int y, int x, int w)
{
    const struct ui_canvas *c = &ui->canvas;
    int cursor = 0;
    ui_draw_words(c, y, x + 1, 1, UI_R_POPUP_KEY, "❯");
    ui_input_draw(c, y, x + 3, w - 4, &ui->menu->input, UI_R_POPUP, 0, 0, &cursor);
    ui_draw_restyle(c, y, cursor, 1, UI_R_POPUP_CURSOR);
}

/* Widths of keys and labels, and of the whole menu without its frame. */
static int measure(const struct ui *ui, int most, int *key_w, int *label_w)
{
    const struct ui_menu *menu = ui->menu;
    int note_w = 0;
    *key_w = *label_w = 0;
    for (size_t i = 0; i < menu->n; i++) {
        int lw = text_width(ui, menu->items[i].label), nw = text_width(ui, menu->items[i].note);
        *label_w = lw > *label_w ? lw : *label_w;
        note_w = nw > note_w ? nw : note_w;
        if (!menu->typing && menu->items[i].key != 0)
            *key_w = 3;
    }
    *label_w = *label_w > most - *key_w - 4 ? most - *key_w - 4 : *label_w;
    *label_w = *label_w < 4 ? 4 : *label_w;
    int w = *key_w + *label_w + note_w + 4;
    w = w < 40 ? 40 : w;
    return w > most ? most : w;
}

void ui_menu_draw(struct ui *ui)
{
    struct ui_menu *menu = ui->menu;
    const struct ui_canvas *c = &ui->canvas;
    int label_w, key_w, w = measure(ui, c->cols - 6, &key_w, &label_w);
    struct ui_rect body = ui->layout.body;
    int top = menu->typing ? 1 : 0, room = body.h - 2 - top;
    int h = (int)menu->list.n;
    h = h > room ? room : h;
    h = h < 1 ? 1 : h;
    int x = (c->cols - w) / 2, y = body.y + (room - h > 0 ? (room - h) / 3 : 0);
    ui_list_fit(&menu->list, menu->list.n, h);
    ui_draw_frame(c, (struct ui_rect){y, x - 1, h + 2 + top, w + 2}, UI_R_POPUP_DIM, UI_R_POPUP,
                  menu->title);
    if (menu->typing)
        draw_input(ui, y + 1, x, w);
    y += 1 + top;
    if (menu->list.n == 0)
        ui_draw_words(c, y, x + 1, w - 2, UI_R_POPUP_DIM, "nothing by that name");
    for (int i = 0; i < h && menu->list.top + (size_t)i < menu->list.n; i++)
        draw_item(ui, y + i, x, w, key_w, label_w, menu->list.top + (size_t)i);
}
