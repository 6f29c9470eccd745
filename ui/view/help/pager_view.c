/* Text to read: the help, and the texts of rules. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/command.h"
#include "ui/view/help/pager.h"

struct pager_view {
    char *title;
    char **lines;
    size_t n, cap;
    struct ui_list list;
    bool keys; /* help: lines are drawn with key names set off */
};

static struct pager_view *state(const struct ui *ui)
{
    return ui_state(ui, UI_PAGER);
}

static void fini(struct ui *ui)
{
    struct pager_view *pager = state(ui);
    for (size_t i = 0; i < pager->n; i++)
        free(pager->lines[i]);
    free(pager->lines);
    free(pager->title);
    memset(pager, 0, sizeof *pager);
}

void ui_pager_open(struct ui *ui, const char *title, bool keys)
{
    fini(ui);
    state(ui)->title = th_xstrdup(title == NULL ? "" : title);
    state(ui)->keys = keys;
    th_buf_reset(&ui->search);
}

void ui_pager_add(struct ui *ui, const char *line)
{
    struct pager_view *pager = state(ui);
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

const char *ui_pager_line(const struct ui *ui, size_t i)
{
    return i < state(ui)->n ? state(ui)->lines[i] : NULL;
}

/* ---- drawing ---- */

static void draw_line(struct ui *ui, int y, const char *line, bool at)
{
    const struct ui_canvas *c = &ui->canvas;
    int w = c->cols - 2;
    bool hit = ui->search.n > 0 && th_text_icontains(th_str_of(line), th_buf_str(&ui->search));
    if (at)
        ui_draw_words(c, y, 0, 1, UI_R_KEY, "▌");
    if (!state(ui)->keys) {
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
    struct pager_view *pager = state(ui);
    ui_list_fit(&pager->list, pager->n, r.h);
    for (int i = 0; i < r.h && pager->list.top + (size_t)i < pager->n; i++) {
        size_t at = pager->list.top + (size_t)i;
        draw_line(ui, r.y + i, pager->lines[at], at == pager->list.at);
    }
}

static void move(struct ui *ui, enum ui_move how)
{
    state(ui)->list.n = state(ui)->n;
    ui_list_move(&state(ui)->list, how, ui->layout.body.h);
}

static struct ui_position count(const struct ui *ui)
{
    return (struct ui_position){"line", state(ui)->list.at, state(ui)->list.n};
}

static void head(struct ui *ui, struct ui_rect r, int *y, int *x)
{
    const char *title = state(ui)->title;
    (void)y;
    (void)x;
    ui_draw_mixed(&ui->canvas, r.y, r.x + 1, r.w - 2, UI_R_HEAD,
                  th_str_of(title == NULL ? "" : title));
}

static bool search(struct ui *ui, int step)
{
    struct pager_view *pager = state(ui);
    for (size_t i = 1; i <= pager->n; i++) {
        size_t at = step > 0 ? (pager->list.at + i) % pager->n
                             : (pager->list.at + pager->n - i % pager->n) % pager->n;
        if (th_text_icontains(th_str_of(pager->lines[at]), th_buf_str(&ui->search))) {
            pager->list.at = at;
            return true;
        }
    }
    return false;
}

const struct ui_view_ops ui_pager_ops = {
    .state_size = sizeof(struct pager_view),
    .fini = fini,
    .draw = draw,
    .move = move,
    .count = count,
    .head = head,
    .search = search,
};
