/* The condition of a rule: `selection and not 1 of filter_*`.
 *
 * A recursive descent over words and parentheses; `or` binds least, then `and`, then `not`. `1 of`,
 * `any of` and `all of` take a name with '*' or `them`, which leaves out names that begin with '_'.
 */
#include "detect/sigma/sigma.h"

#include "base/text.h"

enum { DEPTH_MAX = 100 };

struct parser {
    struct th_sigma *s;
    struct th_str text;
    size_t at;
    struct th_str token; /* n == 0: the end */
    int line;
    int depth;
    struct th_sigma_selection *selections;
    size_t n;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void advance(struct parser *p)
{
    while (p->at < p->text.n && is_space(p->text.p[p->at]))
        p->at++;
    size_t from = p->at;
    while (p->at < p->text.n && !is_space(p->text.p[p->at])) {
        char c = p->text.p[p->at];
        if (c == '(' || c == ')' || c == '|') {
            if (p->at == from)
                p->at++;
            break;
        }
        p->at++;
    }
    p->token = th_str_sub(p->text, from, p->at - from);
}

static bool at_word(const struct parser *p, const char *word)
{
    return th_text_ieq(p->token, th_str_of(word));
}

static struct th_node *fail(struct parser *p, const char *why)
{
    if (p->token.n == 0)
        th_sigma_error(p->s, p->line, "condition: %s at its end", why);
    else
        th_sigma_error(p->s, p->line, "condition: %s at \"%.*s\"", why,
                       TH_STR_ARGS(th_str_sub(p->token, 0, 60)));
    return NULL;
}

static struct th_node *parse_or(struct parser *p);

/* `them`, or a name with stars, after `1 of` or `all of`. */
static struct th_node *parse_of(struct parser *p, enum th_node_kind kind)
{
    struct th_node **nodes = th_arena_calloc(p->s->arena, p->n + 1, sizeof(struct th_node *));
    size_t n = 0;
    advance(p);
    if (!at_word(p, "of"))
        return fail(p, "expected \"of\"");
    advance(p);
    if (p->token.n == 0 || p->token.p[0] == '(' || p->token.p[0] == ')' || p->token.p[0] == '|')
        return fail(p, "expected a name or \"them\"");
    bool them = at_word(p, "them");
    for (size_t i = 0; i < p->n; i++) {
        struct th_sigma_selection *selection = &p->selections[i];
        struct th_str name = th_arena_dup(p->s->arena, selection->name);
        if (them ? th_str_starts(name, TH_STR("_")) : !th_field_name_matches(name.p, p->token))
            continue;
        if (!th_sigma_room(p->s, p->line))
            return NULL;
        selection->used = true;
        nodes[n++] = selection->node;
    }
    if (n == 0)
        return fail(p, "no selection is called so");
    advance(p);
    return th_node_group(p->s->rule->query, kind, nodes, n);
}

static struct th_node *parse_name(struct parser *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (th_str_eq(p->selections[i].name, p->token)) {
            p->selections[i].used = true;
            advance(p);
            return p->selections[i].node;
        }
    return fail(p, "no selection is called so");
}

static bool is_number(struct th_str token)
{
    for (size_t i = 0; i < token.n; i++)
        if (token.p[i] < '0' || token.p[i] > '9')
            return false;
    return token.n > 0;
}

static bool named(const struct parser *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (th_str_eq(p->selections[i].name, p->token))
            return true;
    return false;
}

static struct th_node *parse_atom(struct parser *p)
{
    if (p->token.n == 0 || at_word(p, ")") || at_word(p, "and") || at_word(p, "or"))
        return fail(p, "a name is missing");
    if (at_word(p, "|"))
        return fail(p, "counting belongs into a correlation rule");
    if (at_word(p, "(")) {
        advance(p);
        struct th_node *node = parse_or(p);
        if (node == NULL)
            return NULL;
        if (!at_word(p, ")"))
            return fail(p, "a \")\" is missing");
        advance(p);
        return node;
    }
    if (named(p))
        return parse_name(p);
    if (at_word(p, "1") || at_word(p, "any"))
        return parse_of(p, TH_NODE_OR);
    if (at_word(p, "all"))
        return parse_of(p, TH_NODE_AND);
    if (is_number(p->token))
        return fail(p, "only \"1 of\", \"any of\" and \"all of\" are known");
    return parse_name(p);
}

static struct th_node *parse_not(struct parser *p)
{
    if (!at_word(p, "not"))
        return parse_atom(p);
    if (++p->depth > DEPTH_MAX)
        return fail(p, "nested too deeply");
    advance(p);
    struct th_node *kid = parse_not(p);
    p->depth--;
    if (kid == NULL || !th_sigma_room(p->s, p->line))
        return NULL;
    return th_node_not(p->s->rule->query, kid);
}

/* Operands of one kind of group, joined by word. */
static struct th_node *parse_group(struct parser *p, enum th_node_kind kind, const char *word,
                                   struct th_node *(*operand)(struct parser *))
{
    struct th_buf list = TH_BUF_INIT;
    size_t n = 0;
    for (;;) {
        struct th_node *node = operand(p);
        if (node == NULL || !th_sigma_room(p->s, p->line)) {
            th_buf_fini(&list);
            return NULL;
        }
        th_buf_add(&list, &node, sizeof(struct th_node *));
        n++;
        if (!at_word(p, word))
            break;
        advance(p);
    }
    struct th_node **nodes = th_arena_alloc(p->s->arena, list.n);
    memcpy(nodes, list.p, list.n);
    th_buf_fini(&list);
    return th_node_group(p->s->rule->query, kind, nodes, n);
}

static struct th_node *parse_and(struct parser *p)
{
    return parse_group(p, TH_NODE_AND, "and", parse_not);
}

static struct th_node *parse_or(struct parser *p)
{
    if (++p->depth > DEPTH_MAX)
        return fail(p, "nested too deeply");
    struct th_node *node = parse_group(p, TH_NODE_OR, "or", parse_and);
    p->depth--;
    return node;
}

struct th_node *th_sigma_condition(struct th_sigma *s, struct th_str text, int line,
                                   struct th_sigma_selection *selections, size_t n)
{
    struct parser p = {.s = s, .text = text, .line = line, .selections = selections, .n = n};
    advance(&p);
    struct th_node *node = parse_or(&p);
    if (node == NULL)
        return NULL;
    if (at_word(&p, "|"))
        return fail(&p, "counting belongs into a correlation rule");
    if (p.token.n > 0)
        return fail(&p, "expected \"and\" or \"or\"");
    return node;
}
