/* Nodes stand in document order, so a subtree is a range [i, skip) and folding is skipping. The
 * text is kept beside them and every key and value is a slice of it. The scanner below only runs
 * over text that th_json_check found sound. */
#include "ui/widget/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void ui_tree_fini(struct ui_tree *tree)
{
    th_buf_fini(&tree->text);
    free(tree->nodes);
    free(tree->visible);
    memset(tree, 0, sizeof *tree);
}

bool ui_node_is_branch(const struct ui_node *node)
{
    return node->value.type == TH_JSON_OBJECT || node->value.type == TH_JSON_ARRAY;
}

static uint32_t add_node(struct ui_tree *tree, struct th_str key, const struct th_json_value *value,
                         uint32_t parent, unsigned depth)
{
    TH_GROW(tree->nodes, tree->n, tree->cap);
    struct ui_node *node = &tree->nodes[tree->n];
    *node =
        (struct ui_node){.key = key, .value = *value, .parent = parent, .depth = (uint16_t)depth};
    return (uint32_t)tree->n++;
}

static void add_kids(struct ui_tree *tree, uint32_t parent, unsigned depth)
{
    struct th_json_value whole = tree->nodes[parent].value;
    struct th_json_cursor c;
    th_json_init(&c, whole.text);
    if (th_json_enter(&c) != TH_JSON_OK)
        return;
    bool first = true, object = whole.type == TH_JSON_OBJECT;
    for (;;) {
        struct th_json_value key = {0}, value;
        enum th_json_status status =
            object ? th_json_next_key(&c, &key, &first) : th_json_next_element(&c, &first);
        if (status != TH_JSON_OK || th_json_value(&c, &value) != TH_JSON_OK)
            return;
        if (tree->n >= UI_TREE_NODES_MAX) {
            tree->cut = true;
            return;
        }
        uint32_t kid = add_node(tree, object ? key.text : TH_STR_NONE, &value, parent, depth);
        tree->nodes[parent].kids++;
        if (ui_node_is_branch(&tree->nodes[kid]))
            add_kids(tree, kid, depth + 1);
        tree->nodes[kid].skip = (uint32_t)tree->n;
    }
}

enum th_code ui_tree_build(struct ui_tree *tree, struct th_str text, unsigned fold_depth,
                           struct th_err *err)
{
    ui_tree_fini(tree);
    enum th_code rc = th_json_check(text, err);
    if (rc != TH_OK)
        return rc;
    th_buf_add_str(&tree->text, text);
    struct th_json_cursor c;
    struct th_json_value root;
    th_json_init(&c, th_buf_str(&tree->text));
    if (th_json_value(&c, &root) != TH_JSON_OK)
        return th_err_set(err, TH_E_JSON, "the record is not JSON");
    add_node(tree, TH_STR_NONE, &root, 0, 0);
    if (ui_node_is_branch(&tree->nodes[0]))
        add_kids(tree, 0, 1);
    tree->nodes[0].skip = (uint32_t)tree->n;
    for (size_t i = 0; i < tree->n; i++)
        tree->nodes[i].folded =
            ui_node_is_branch(&tree->nodes[i]) && tree->nodes[i].depth > fold_depth;
    ui_tree_refresh(tree);
    return TH_OK;
}

void ui_tree_refresh(struct ui_tree *tree)
{
    free(tree->visible);
    tree->visible = th_xreallocarray(NULL, tree->n + 1, sizeof *tree->visible);
    tree->visible_n = 0;
    for (uint32_t i = 0; i < tree->n;) {
        tree->visible[tree->visible_n++] = i;
        i = tree->nodes[i].folded ? tree->nodes[i].skip : i + 1;
    }
}

void ui_tree_path(const struct ui_tree *tree, uint32_t node, struct th_buf *out)
{
    uint32_t way[TH_JSON_DEPTH_MAX + 1];
    size_t n = 0;
    for (uint32_t i = node; i != 0 && n < TH_COUNT(way); i = tree->nodes[i].parent)
        way[n++] = i;
    bool any = false;
    while (n-- > 0) {
        struct th_str key = tree->nodes[way[n]].key;
        if (key.p == NULL)
            continue;
        if (any)
            th_buf_putc(out, '.');
        th_buf_add_str(out, key);
        any = true;
    }
}

static bool holds(const struct ui_node *node, struct th_str needle)
{
    if (node->key.p != NULL && th_text_icontains(node->key, needle))
        return true;
    if (ui_node_is_branch(node))
        return false;
    struct th_buf text = TH_BUF_INIT;
    if (node->value.type == TH_JSON_STRING)
        th_json_unescape(&text, &node->value);
    else
        th_buf_add_str(&text, node->value.text);
    bool found = text.n > 0 && th_text_icontains(th_buf_str(&text), needle);
    th_buf_fini(&text);
    return found;
}

bool ui_tree_search(struct ui_tree *tree, uint32_t after, int step, struct th_str needle_lower,
                    uint32_t *found)
{
    if (tree->n == 0 || needle_lower.n == 0)
        return false;
    size_t at = after;
    for (size_t i = 0; i < tree->n; i++) {
        at = step > 0 ? (at + 1) % tree->n : (at + tree->n - 1) % tree->n;
        if (!holds(&tree->nodes[at], needle_lower))
            continue;
        for (uint32_t up = tree->nodes[at].parent;; up = tree->nodes[up].parent) {
            if (up != at)
                tree->nodes[up].folded = false;
            if (up == 0)
                break;
        }
        ui_tree_refresh(tree);
        *found = (uint32_t)at;
        return true;
    }
    return false;
}
