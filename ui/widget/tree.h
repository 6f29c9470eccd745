/* A JSON text as lines that fold: the record view's model, without curses. */
#ifndef UI_WIDGET_TREE_H
#define UI_WIDGET_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

#define UI_TREE_NODES_MAX 200000

/* One value. key and text are borrowed from the parsed text, still escaped. */
struct ui_node {
    struct th_str key; /* absent: an array's element, or the root */
    struct th_json_value value;
    uint32_t parent; /* of the root: itself */
    uint32_t skip;   /* first node behind this one and everything in it */
    uint32_t kids;   /* direct ones */
    uint16_t depth;
    bool folded;
};

struct ui_tree {
    struct th_buf text; /* what the nodes point into */
    struct ui_node *nodes;
    size_t n, cap;
    uint32_t *visible; /* nodes that stand on a line */
    size_t visible_n;
    bool cut; /* there were more than UI_TREE_NODES_MAX values */
};

/* Parse; text is copied. A text that is no JSON gives an error and an empty tree. Objects nested
 * deeper than fold_depth begin folded. */
TH_NODISCARD enum th_code ui_tree_build(struct ui_tree *tree, struct th_str text,
                                        unsigned fold_depth, struct th_err *err);
void ui_tree_fini(struct ui_tree *tree);
/* Compute visible anew after folded was changed. */
void ui_tree_refresh(struct ui_tree *tree);
bool ui_node_is_branch(const struct ui_node *node);
/* Dotted path of a node, array positions left out; "" for the root. */
void ui_tree_path(const struct ui_tree *tree, uint32_t node, struct th_buf *out);
/* Next node (line order, from after, around) whose key or value holds needle (lower-cased); unfolds
 * the way to it. False: none. */
bool ui_tree_search(struct ui_tree *tree, uint32_t after, int step, struct th_str needle_lower,
                    uint32_t *found);

#endif
