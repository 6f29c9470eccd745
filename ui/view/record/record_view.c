/* The record as it was logged: a tree of JSON that folds, with search, and with values that can be
 * filtered for. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/app/command.h"
#include "ui/model/place.h"
#include "ui/view/events/events.h"
#include "ui/view/record/record.h"
#include "ui/widget/tree.h"

struct record_view {
    struct ui_tree tree;
    struct ui_list list;
};

static struct record_view *state(const struct ui *ui)
{
    return ui_state(ui, UI_RECORD);
}

void ui_record_open(struct ui *ui)
{
    uint32_t row;
    struct th_buf raw = TH_BUF_INIT;
    struct th_err err;
    th_err_clear(&err);
    if (!ui_row(ui, &row))
        return;
    ui_tree_fini(&state(ui)->tree);
    state(ui)->list = (struct ui_list){0};
    enum th_code rc = th_app_raw(ui->app, row, &raw, &err);
    if (rc == TH_OK)
        rc = ui_tree_build(&state(ui)->tree, th_buf_str(&raw), TH_JSON_DEPTH_MAX, &err);
    if (rc != TH_OK)
        ui_say_err(ui, &err);
    state(ui)->list.n = state(ui)->tree.visible_n;
    th_buf_fini(&raw);
    ui->dirty = true;
}

static const struct ui_node *node_at(const struct ui *ui, uint32_t *index)
{
    if (state(ui)->list.at >= state(ui)->tree.visible_n)
        return NULL;
    uint32_t i = state(ui)->tree.visible[state(ui)->list.at];
    if (index != NULL)
        *index = i;
    return &state(ui)->tree.nodes[i];
}

static int draw_value(struct ui *ui, int y, int x, int w, const struct ui_node *node,
                      enum ui_role forced, bool force)
{
    const struct ui_canvas *c = &ui->canvas;
    struct th_buf text = TH_BUF_INIT;
    int used;
    enum ui_role role = UI_R_JSON_OTHER;
    if (node->value.type == TH_JSON_STRING) {
        role = UI_R_JSON_STRING;
        th_buf_putc(&text, '"');
        th_json_unescape(&text, &node->value);
        th_buf_putc(&text, '"');
    } else if (ui_node_is_branch(node)) {
        bool object = node->value.type == TH_JSON_OBJECT;
        role = UI_R_DIM;
        if (node->kids == 0)
            th_buf_puts(&text, object ? "{}" : "[]");
        else if (node->folded)
            th_buf_printf(&text, object ? "{ %u }" : "[ %u ]", node->kids);
    } else {
        th_buf_add_str(&text, node->value.text);
    }
    used = ui_draw_text(c, y, x, w, force ? forced : role, th_buf_str(&text));
    th_buf_fini(&text);
    return used;
}

static bool matches(const struct ui *ui, const struct ui_node *node)
{
    if (ui->search.n == 0)
        return false;
    struct th_str needle = th_buf_str(&ui->search);
    if (node->key.p != NULL && th_text_icontains(node->key, needle))
        return true;
    return !ui_node_is_branch(node) && th_text_icontains(node->value.text, needle);
}

static void draw_node(struct ui *ui, int y, uint32_t index, bool at)
{
    const struct ui_canvas *c = &ui->canvas;
    const struct ui_node *node = &state(ui)->tree.nodes[index];
    int x = 1 + (node->depth > 20 ? 20 : node->depth) * 2, w = c->cols - 1;
    enum ui_role forced = at ? UI_R_CURSOR : UI_R_MATCH;
    bool force = at || matches(ui, node);
    if (at)
        ui_draw_fill(c, (struct ui_rect){y, 0, 1, c->cols}, UI_R_CURSOR);
    if (ui_node_is_branch(node) && node->kids > 0)
        ui_draw_words(c, y, x - 1, 1, at ? UI_R_CURSOR : UI_R_KEY, node->folded ? "▸" : "▾");
    x++;
    if (node->key.p != NULL) {
        struct th_json_value key = {.text = node->key, .type = TH_JSON_STRING, .escaped = true};
        struct th_buf name = TH_BUF_INIT;
        th_json_unescape(&name, &key);
        x += ui_draw_text(c, y, x, w - x, force ? forced : UI_R_JSON_KEY, th_buf_str(&name));
        x += ui_draw_words(c, y, x, 2, force && at ? forced : UI_R_DIM, ":") + 1;
        th_buf_fini(&name);
    } else if (node->parent == index) {
        x += ui_draw_words(c, y, x, w - x, force ? forced : UI_R_HEAD, "record") + 1;
    } else if (ui_node_is_branch(node)) {
        x += ui_draw_words(c, y, x, w - x, force ? forced : UI_R_DIM, "·") + 1;
    }
    draw_value(ui, y, x, w - x, node, forced, force);
}

static void draw(struct ui *ui)
{
    struct ui_rect r = ui->layout.body;
    ui_list_fit(&state(ui)->list, state(ui)->tree.visible_n, r.h);
    if (state(ui)->tree.visible_n == 0)
        ui_draw_words(&ui->canvas, r.y + 1, 2, r.w - 4, UI_R_TEXT,
                      "The record can't be shown as JSON.");
    for (int i = 0; i < r.h; i++) {
        size_t line = state(ui)->list.top + (size_t)i;
        if (line < state(ui)->tree.visible_n)
            draw_node(ui, r.y + i, state(ui)->tree.visible[line], line == state(ui)->list.at);
    }
}

static void move(struct ui *ui, enum ui_move how)
{
    ui_list_move(&state(ui)->list, how, ui->layout.body.h);
}

static void go_to_node(struct ui *ui, uint32_t node)
{
    for (size_t i = 0; i < state(ui)->tree.visible_n; i++)
        if (state(ui)->tree.visible[i] == node)
            state(ui)->list.at = i;
}

static void set_folded(struct ui *ui, uint32_t index, bool folded)
{
    state(ui)->tree.nodes[index].folded = folded;
    ui_tree_refresh(&state(ui)->tree);
    state(ui)->list.n = state(ui)->tree.visible_n;
}

/* Left folds, and from something that can't be folded goes to what it stands in; right unfolds. */
static void side(struct ui *ui, int step)
{
    uint32_t index;
    const struct ui_node *node = node_at(ui, &index);
    if (node == NULL)
        return;
    bool branch = ui_node_is_branch(node) && node->kids > 0;
    if (step > 0 && branch && node->folded)
        set_folded(ui, index, false);
    else if (step < 0 && branch && !node->folded)
        set_folded(ui, index, true);
    else if (step < 0)
        go_to_node(ui, node->parent);
}

static bool value(struct ui *ui, struct ui_value *out)
{
    uint32_t index;
    const struct ui_node *node = node_at(ui, &index);
    struct th_field_ref ref;
    if (node == NULL)
        return false;
    ui_tree_path(&state(ui)->tree, index, &out->field);
    bool known = th_field_resolve(th_buf_str(&out->field), &ref);
    if (!known || ref.path.p == NULL)
        th_buf_reset(&out->field);
    if (known && ref.path.p == NULL)
        th_buf_puts(&out->field, th_field_info(ref.field)->name);
    if (ui_node_is_branch(node)) {
        th_buf_reset(&out->field);
        th_json_pretty(&out->text, node->value.text, 2);
        return true;
    }
    if (node->value.type == TH_JSON_STRING)
        th_json_unescape(&out->text, &node->value);
    else
        th_buf_add_str(&out->text, node->value.text);
    out->absent = node->value.type == TH_JSON_NULL;
    return true;
}

static bool search(struct ui *ui, int step)
{
    uint32_t found, from = 0;
    (void)node_at(ui, &from);
    bool hit = ui_tree_search(&state(ui)->tree, from, step, th_buf_str(&ui->search), &found);
    if (hit)
        go_to_node(ui, found);
    return hit;
}

/* Escapes stay as they were logged, so the text is safe but for the bytes that JSON leaves alone.
 */
static void plain(struct ui *ui, struct th_buf *out)
{
    struct th_buf pretty = TH_BUF_INIT;
    th_json_pretty(&pretty, th_buf_str(&state(ui)->tree.text), 2);
    struct th_str left = th_buf_str(&pretty);
    while (left.n > 0) {
        ptrdiff_t end = th_str_find(left, '\n');
        struct th_str line = end < 0 ? left : th_str_sub(left, 0, (size_t)end);
        th_text_sanitise(out, line, ui->canvas.ascii);
        th_buf_putc(out, '\n');
        left = end < 0 ? TH_STR("") : th_str_sub(left, (size_t)end + 1, left.n);
    }
    th_buf_fini(&pretty);
}

static void fini(struct ui *ui)
{
    ui_tree_fini(&state(ui)->tree);
}

const struct ui_view_ops ui_record_ops = {
    .state_size = sizeof(struct record_view),
    .fini = fini,
    .draw = draw,
    .move = move,
    .side = side,
    .value = value,
    .count = ui_events_count,
    .head = ui_events_head,
    .sentence = ui_events_sentence,
    .search = search,
    .plain = plain,
};

/* ---- commands ---- */

void ui_do_record(struct ui *ui, const char *arg)
{
    (void)arg;
    ui_record_open(ui);
    ui_show(ui, UI_RECORD);
}

void ui_do_fold(struct ui *ui, const char *arg)
{
    (void)arg;
    uint32_t index;
    const struct ui_node *node = node_at(ui, &index);
    if (node == NULL)
        return;
    if (!ui_node_is_branch(node)) {
        index = node->parent;
        go_to_node(ui, index);
        node = &state(ui)->tree.nodes[index];
    }
    set_folded(ui, index, !node->folded);
    go_to_node(ui, index);
}

void ui_do_fold_all(struct ui *ui, const char *arg)
{
    (void)arg;
    bool any = false;
    for (size_t i = 1; i < state(ui)->tree.n; i++)
        any = any || state(ui)->tree.nodes[i].folded;
    for (size_t i = 1; i < state(ui)->tree.n; i++)
        state(ui)->tree.nodes[i].folded = !any && ui_node_is_branch(&state(ui)->tree.nodes[i]) &&
                                          state(ui)->tree.nodes[i].kids > 0;
    ui_tree_refresh(&state(ui)->tree);
    state(ui)->list.at = 0;
}
