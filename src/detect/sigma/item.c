/* One `field|modifiers: values` of a detection as a node of the query tree.
 *
 * Values of a list are joined by `or` (by `and` with |all). A text is compared ignoring case unless
 * |cased; wildcards at the ends of a value become the cheaper comparisons. A name that means one of
 * the record's containers as a whole (requestParameters), or an object inside one, is compared with
 * its JSON text. */
#include "detect/sigma/sigma.h"

#include <stdio.h>

#include "base/text.h"
#include "base/time.h"
#include "query/kql/value.h"

enum { NODES_MAX = 20000 };

struct item {
    struct th_sigma *s;
    struct th_sigma_key key;
    struct th_field_ref field;
    bool whole; /* the field is a container as a whole */
    bool known; /* the field exists */
};

bool th_sigma_room(struct th_sigma *s, int line)
{
    if (s->nodes++ < NODES_MAX)
        return true;
    return th_sigma_error(s, line, "more than %d comparisons", NODES_MAX);
}

/* Fields
 * ------------------------------------------------------------------------------------------------------------
 */

/* Containers by CloudTrail's own names: the text fields of the same source are the integration's
 * rendering, not JSON. */
static bool container(struct th_str name, struct th_field_ref *out)
{
    for (int i = 0; i < TH_FIELD_COUNT; i++) {
        const struct th_field_info *info = th_field_info((enum th_field)i);
        if (info->type == TH_TYPE_FLATTENED && name.n > 0 && th_str_is(name, info->source)) {
            *out = (struct th_field_ref){(enum th_field)i, false, TH_STR_NONE};
            return true;
        }
    }
    return false;
}

bool th_sigma_field(struct th_sigma *s, struct th_str name, int line, bool error,
                    struct th_field_ref *out)
{
    const char *near[1];
    struct th_str shown = th_str_sub(name, 0, 100);
    char hint[160] = "";
    if (th_field_resolve(name, out))
        return true;
    if (th_field_suggest(name, near, 1) > 0)
        snprintf(hint, sizeof hint, ", did you mean %s?", near[0]);
    if (error)
        return th_sigma_error(s, line, "unknown field %.*s%s", TH_STR_ARGS(shown), hint);
    th_sigma_warn(s, line, "unknown field %.*s%s (what is asked of it matches nothing)",
                  TH_STR_ARGS(shown), hint);
    return false;
}

static void resolve(struct item *item, int line)
{
    item->whole = container(item->key.field, &item->field);
    item->known =
        item->whole || th_sigma_field(item->s, item->key.field, line, false, &item->field);
}

/* Comparisons
 * -------------------------------------------------------------------------------------------------------
 */

static struct th_node *new_test(struct item *item, enum th_test_kind test)
{
    th_query *query = item->s->rule->query;
    struct th_node *node = th_node_new(query, TH_NODE_MATCH);
    node->test = test;
    node->field = item->field;
    node->field.path = th_arena_dup(th_query_arena(query), item->field.path);
    /* An object is there, too. */
    node->whole_text =
        (test == TH_TEST_EXISTS || test == TH_TEST_NULL) && item->field.path.p != NULL;
    return node;
}

static struct th_node *text_test(struct item *item, enum th_pattern_kind kind, struct th_str text,
                                 unsigned flags, int line)
{
    struct th_node *node = NULL;
    struct th_err err = {0};
    if (th_node_text(item->s->rule->query, item->field, kind, text, flags, &node, &err) != TH_OK) {
        th_sigma_error(item->s, line, "%s", err.msg);
        return NULL;
    }
    /* No text of an object equals a value, but it may hold one. */
    node->whole_text = item->whole || (item->field.path.p != NULL && kind != TH_PATTERN_EXACT);
    return node;
}

static enum th_pattern_kind plain_kind(enum th_sigma_compare compare)
{
    if (compare == TH_SIGMA_CONTAINS)
        return TH_PATTERN_CONTAINS;
    if (compare == TH_SIGMA_STARTS)
        return TH_PATTERN_PREFIX;
    return compare == TH_SIGMA_ENDS ? TH_PATTERN_SUFFIX : TH_PATTERN_EXACT;
}

/* A writing with stars at its ends only, or none, is one of the simple kinds. */
static enum th_pattern_kind open_kind(bool before, bool behind)
{
    if (before && behind)
        return TH_PATTERN_CONTAINS;
    if (before)
        return TH_PATTERN_SUFFIX;
    return behind ? TH_PATTERN_PREFIX : TH_PATTERN_EXACT;
}

static struct th_node *wildcard_test(struct item *item, const struct th_sigma_writing *w,
                                     bool before, bool behind, unsigned flags, int line)
{
    struct th_buf pattern = TH_BUF_INIT;
    if (before)
        th_buf_putc(&pattern, '*');
    th_buf_add_str(&pattern, w->pattern);
    if (behind)
        th_buf_putc(&pattern, '*');
    struct th_node *node = text_test(item, TH_PATTERN_WILDCARD, th_buf_str(&pattern),
                                     flags | TH_PATTERN_QUESTION, line);
    th_buf_fini(&pattern);
    return node;
}

static struct th_node *written_test(struct item *item, struct th_str text, unsigned flags, int line)
{
    struct th_sigma_writing w;
    enum th_sigma_compare compare = item->key.compare;
    bool before = compare == TH_SIGMA_CONTAINS || compare == TH_SIGMA_ENDS;
    bool behind = compare == TH_SIGMA_CONTAINS || compare == TH_SIGMA_STARTS;
    th_sigma_read_value(item->s->arena, text, &w);
    if (w.only_stars)
        return new_test(item, TH_TEST_EXISTS);
    /* Empty values are absent ones here, as in the documents that the integration makes. */
    if (w.pattern.n == 0)
        return new_test(item, compare == TH_SIGMA_EQUALS ? TH_TEST_NULL : TH_TEST_EXISTS);
    if (w.inside)
        return wildcard_test(item, &w, before, behind, flags, line);
    return text_test(item, open_kind(before || w.stars_before, behind || w.stars_behind), w.literal,
                     flags, line);
}

static struct th_node *range_test(struct item *item, struct th_str text, int line)
{
    int64_t ts;
    double bound;
    enum th_sigma_compare compare = item->key.compare;
    if (th_field_info(item->field.field)->type == TH_TYPE_DATE && th_time_parse(text, &ts)) {
        bound = (double)ts;
    } else if (!th_kql_number(text, &bound)) {
        th_sigma_error(item->s, line, "%.*s is no number to compare with",
                       TH_STR_ARGS(th_str_sub(text, 0, 60)));
        return NULL;
    }
    struct th_node *node = new_test(item, TH_TEST_RANGE);
    if (compare == TH_SIGMA_GT || compare == TH_SIGMA_GTE)
        node->range =
            (struct th_range){.lo_set = true, .lo = bound, .lo_open = compare == TH_SIGMA_GT};
    else
        node->range =
            (struct th_range){.hi_set = true, .hi = bound, .hi_open = compare == TH_SIGMA_LT};
    return node;
}

static struct th_node *cidr_test(struct item *item, struct th_str text, int line)
{
    struct th_cidr cidr;
    if (!th_cidr_parse(text, &cidr)) {
        th_sigma_error(item->s, line, "%.*s is no network such as 203.0.113.0/24",
                       TH_STR_ARGS(th_str_sub(text, 0, 60)));
        return NULL;
    }
    struct th_node *node = new_test(item, TH_TEST_IP);
    /* The address field is derived from the logged one and holds addresses only. */
    if (node->field.field == TH_F_SOURCE_ADDRESS)
        node->field.field = TH_F_SOURCE_IP;
    node->cidr = cidr;
    node->is_cidr = true;
    return node;
}

static struct th_node *exists_test(struct item *item, const struct th_yaml *value)
{
    bool yes = th_text_ieq(value->text, TH_STR("true")) || th_text_ieq(value->text, TH_STR("yes"));
    bool no = th_text_ieq(value->text, TH_STR("false")) || th_text_ieq(value->text, TH_STR("no"));
    if (!yes && !no) {
        th_sigma_error(item->s, value->line, "exists is true or false");
        return NULL;
    }
    struct th_node *node = new_test(item, TH_TEST_EXISTS);
    return yes ? node : th_node_not(item->s->rule->query, node);
}

static struct th_node *fieldref_test(struct item *item, struct th_str name, int line)
{
    struct th_field_ref other;
    if (!th_sigma_field(item->s, name, line, false, &other))
        return th_node_new(item->s->rule->query, TH_NODE_NONE);
    struct th_node *node = new_test(item, TH_TEST_FIELD);
    node->other = other;
    node->other.path = th_arena_dup(th_query_arena(item->s->rule->query), other.path);
    return node;
}

/* Keywords: anywhere in the record's values. */
static struct th_node *keyword_test(struct item *item, struct th_str text, bool literal, int line)
{
    th_query *query = item->s->rule->query;
    struct th_sigma_writing w = {.literal = text};
    if (!literal)
        th_sigma_read_value(item->s->arena, text, &w);
    if (w.literal.n == 0) {
        th_sigma_error(item->s, line, "an empty keyword is everywhere");
        return NULL;
    }
    if (!w.inside)
        return th_node_free_text(query, w.literal, false);
    /* '?' is a wildcard for Sigma only: the pattern is made as a text test's and lent to a free
     * text node. */
    struct th_node *node = wildcard_test(item, &w, true, true, TH_PATTERN_ICASE, line);
    if (node != NULL)
        node->kind = TH_NODE_FREE;
    return node;
}

static struct th_node *one_text(struct item *item, const struct th_sigma_value *value, int line)
{
    unsigned flags = item->key.cased ? 0 : TH_PATTERN_ICASE;
    if (item->key.field.n == 0)
        return keyword_test(item, value->text, value->literal, line);
    if (value->literal)
        return text_test(item, plain_kind(item->key.compare), value->text, flags, line);
    return written_test(item, value->text, flags, line);
}

static struct th_node *text_value(struct item *item, struct th_str text, int line)
{
    struct th_sigma_value *values;
    size_t n;
    if (!th_sigma_transform_value(item->s, &item->key, text, line, &values, &n))
        return NULL;
    struct th_node **nodes = th_arena_calloc(item->s->arena, n + 1, sizeof(struct th_node *));
    for (size_t i = 0; i < n; i++) {
        nodes[i] = th_sigma_room(item->s, line) ? one_text(item, &values[i], line) : NULL;
        if (nodes[i] == NULL)
            return NULL;
    }
    return th_node_group(item->s->rule->query, TH_NODE_OR, nodes, n);
}

static struct th_node *null_value(struct item *item, int line)
{
    if (item->key.field.n == 0 || item->key.compare != TH_SIGMA_EQUALS ||
        item->key.transforms_n > 0) {
        th_sigma_error(item->s, line, "nothing (null) can only be compared with a field as it is");
        return NULL;
    }
    return new_test(item, TH_TEST_NULL);
}

static struct th_node *one_value(struct item *item, const struct th_yaml *value)
{
    int line = value->line;
    if (!th_sigma_room(item->s, line))
        return NULL;
    if (value->kind == TH_YAML_LIST || value->kind == TH_YAML_MAP) {
        th_sigma_error(item->s, line, "a value is a list or a map, expected a text or a number");
        return NULL;
    }
    if (item->key.field.n > 0 && !item->known)
        return th_node_new(item->s->rule->query, TH_NODE_NONE);
    if (value->kind == TH_YAML_NULL)
        return null_value(item, line);
    switch (item->key.compare) {
    case TH_SIGMA_EQUALS:
    case TH_SIGMA_CONTAINS:
    case TH_SIGMA_STARTS:
    case TH_SIGMA_ENDS:
        return text_value(item, value->text, line);
    case TH_SIGMA_RE:
        return text_test(item, TH_PATTERN_REGEX, value->text, item->key.re_flags, line);
    case TH_SIGMA_EXISTS:
        return exists_test(item, value);
    case TH_SIGMA_CIDR:
        return cidr_test(item, value->text, line);
    case TH_SIGMA_GT:
    case TH_SIGMA_GTE:
    case TH_SIGMA_LT:
    case TH_SIGMA_LTE:
        return range_test(item, value->text, line);
    case TH_SIGMA_FIELDREF:
        return fieldref_test(item, value->text, line);
    }
    return NULL;
}

struct th_node *th_sigma_item(struct th_sigma *s, struct th_str key, const struct th_yaml *value)
{
    struct item item = {.s = s};
    if (!th_sigma_key_parse(s, key, value->line, &item.key))
        return NULL;
    if (item.key.field.n > 0)
        resolve(&item, value->line);
    const struct th_yaml *const single[] = {value};
    bool list = value->kind == TH_YAML_LIST;
    size_t n = list ? value->n : 1;
    if (n == 0) {
        th_sigma_error(s, value->line, "no values");
        return NULL;
    }
    struct th_node **nodes = th_arena_calloc(s->arena, n, sizeof(struct th_node *));
    for (size_t i = 0; i < n; i++) {
        nodes[i] = one_value(&item, list ? value->items[i] : single[0]);
        if (nodes[i] == NULL)
            return NULL;
    }
    struct th_node *node =
        th_node_group(s->rule->query, item.key.all ? TH_NODE_AND : TH_NODE_OR, nodes, n);
    return item.key.neq && item.known ? th_node_not(s->rule->query, node) : node;
}
