/* `detection:` as one query tree: every named part is compiled, then the condition joins them.
 *
 * A map means that all of its lines hold, a list that any of its entries does; texts in a list are
 * keywords. */
#include "detect/sigma/sigma.h"

static struct th_node *compile_part(struct th_sigma *s, const struct th_yaml *part);

static struct th_node *compile_map(struct th_sigma *s, const struct th_yaml *map)
{
    if (map->n == 0) {
        th_sigma_error(s, map->line, "an empty selection");
        return NULL;
    }
    struct th_node **nodes = th_arena_calloc(s->arena, map->n, sizeof(struct th_node *));
    for (size_t i = 0; i < map->n; i++) {
        nodes[i] = th_sigma_item(s, map->keys[i]->text, map->items[i]);
        if (nodes[i] == NULL)
            return NULL;
    }
    return th_node_group(s->rule->query, TH_NODE_AND, nodes, map->n);
}

static struct th_node *compile_list(struct th_sigma *s, const struct th_yaml *list)
{
    if (list->n == 0) {
        th_sigma_error(s, list->line, "an empty selection");
        return NULL;
    }
    struct th_node **nodes = th_arena_calloc(s->arena, list->n, sizeof(struct th_node *));
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i]->kind == TH_YAML_LIST) {
            th_sigma_error(s, list->items[i]->line, "a list in a list");
            return NULL;
        }
        nodes[i] = compile_part(s, list->items[i]);
        if (nodes[i] == NULL)
            return NULL;
    }
    return th_node_group(s->rule->query, TH_NODE_OR, nodes, list->n);
}

static struct th_node *compile_part(struct th_sigma *s, const struct th_yaml *part)
{
    switch (part->kind) {
    case TH_YAML_MAP:
        return compile_map(s, part);
    case TH_YAML_LIST:
        return compile_list(s, part);
    case TH_YAML_SCALAR:
        return th_sigma_item(s, TH_STR(""), part);
    case TH_YAML_NULL:
        break;
    }
    th_sigma_error(s, part->line, "an empty selection");
    return NULL;
}

static bool compile_parts(struct th_sigma *s, const struct th_yaml *detection,
                          struct th_sigma_selection *selections, size_t *n)
{
    for (size_t i = 0; i < detection->n; i++) {
        const struct th_yaml *key = detection->keys[i];
        if (th_str_is(key->text, "condition"))
            continue;
        if (th_str_is(key->text, "timeframe")) {
            th_sigma_warn(s, key->line,
                          "timeframe does nothing here; a correlation has a timespan");
            continue;
        }
        struct th_node *node = compile_part(s, detection->items[i]);
        if (node == NULL)
            return false;
        selections[(*n)++] =
            (struct th_sigma_selection){.name = key->text, .node = node, .line = key->line};
    }
    return true;
}

/* Several conditions are so many ways to match. */
static struct th_node *join_conditions(struct th_sigma *s, const struct th_yaml *condition,
                                       struct th_sigma_selection *selections, size_t n)
{
    if (condition->kind == TH_YAML_SCALAR)
        return th_sigma_condition(s, condition->text, condition->line, selections, n);
    if (condition->kind != TH_YAML_LIST || condition->n == 0) {
        th_sigma_error(s, condition->line, "condition is no text");
        return NULL;
    }
    struct th_node **nodes = th_arena_calloc(s->arena, condition->n, sizeof(struct th_node *));
    for (size_t i = 0; i < condition->n; i++) {
        const struct th_yaml *one = condition->items[i];
        if (one->kind != TH_YAML_SCALAR) {
            th_sigma_error(s, one->line, "condition is no text");
            return NULL;
        }
        nodes[i] = th_sigma_condition(s, one->text, one->line, selections, n);
        if (nodes[i] == NULL)
            return NULL;
    }
    return th_node_group(s->rule->query, TH_NODE_OR, nodes, condition->n);
}

bool th_sigma_detection(struct th_sigma *s, const struct th_yaml *detection)
{
    if (detection->kind != TH_YAML_MAP)
        return th_sigma_error(s, detection->line, "detection is no map");
    const struct th_yaml *condition = th_yaml_get(detection, "condition");
    if (condition == NULL)
        return th_sigma_error(s, detection->line, "detection has no condition");
    struct th_sigma_selection *selections =
        th_arena_calloc(s->arena, detection->n + 1, sizeof *selections);
    size_t n = 0;
    if (!compile_parts(s, detection, selections, &n))
        return false;
    struct th_node *root = join_conditions(s, condition, selections, n);
    if (root == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!selections[i].used)
            th_sigma_warn(s, selections[i].line, "the condition doesn't use %.*s",
                          TH_STR_ARGS(th_str_sub(selections[i].name, 0, 80)));
    th_query_set_root(s->rule->query, root);
    return true;
}
