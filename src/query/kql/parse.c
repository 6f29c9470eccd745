/* The grammar of KQL by recursive descent over the text, no token list: what a word is depends on
 * where it stands.
 *
 *   or      = and ("or" and)*            values = vor = vand ("or" vand)*
 *   and     = not ("and" not)*           vand   = vnot ("and" vnot)*
 *   not     = "not" not | sub            vnot   = "not" vnot | "(" vor ")" | value
 *   sub     = "(" or ")" | clause
 *   clause  = field ":" values | field ":" "{" or "}" | field ("<" | "<=" | ">" | ">=") value |
 * value
 *
 * The first error ends it. Depth and the number of nodes are counted, so that neither stack nor
 * memory follow the text. */
#include "query/kql/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "query/kql/value.h"

struct list {
    struct th_node **nodes;
    size_t n, cap;
};

static struct th_node *parse_or(struct th_kql_parser *p);
static struct th_node *value_or(struct th_kql_parser *p, const struct th_kql_fields *fields);

struct th_node *th_kql_fail(struct th_kql_parser *p, size_t from, size_t to, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    th_err_at(&p->err, TH_E_QUERY, from, to - from, "%s", text);
    return NULL;
}

void th_kql_note(struct th_kql_parser *p, struct th_span span, const char *fmt, ...)
{
    va_list args;
    if (p->notes == NULL || p->notes->n >= TH_KQL_WARNINGS)
        return;
    size_t i = p->notes->n++;
    p->notes->note[i].span = span;
    va_start(args, fmt);
    vsnprintf(p->notes->note[i].text, sizeof p->notes->note[i].text, fmt, args);
    va_end(args);
}

static bool count_node(struct th_kql_parser *p, struct th_span span)
{
    if (p->nodes++ < TH_KQL_NODES_MAX)
        return true;
    th_kql_fail(p, span.from, span.to, "the filter has more than %d parts", TH_KQL_NODES_MAX);
    return false;
}

struct th_node *th_kql_node(struct th_kql_parser *p, enum th_node_kind kind, struct th_span span)
{
    if (!count_node(p, span))
        return NULL;
    struct th_node *node = th_node_new(p->query, kind);
    node->span = span;
    return node;
}

struct th_node *th_kql_group(struct th_kql_parser *p, enum th_node_kind kind,
                             struct th_node *const *kids, size_t n)
{
    if (n > 1 && !count_node(p, kids[0]->span))
        return NULL;
    return th_node_group(p->query, kind, kids, n);
}

static void add(struct list *list, struct th_node *node)
{
    TH_GROW(list->nodes, list->n, list->cap);
    list->nodes[list->n++] = node;
}

static bool deeper(struct th_kql_parser *p, size_t from)
{
    if (p->depth < TH_KQL_DEPTH_MAX) {
        p->depth++;
        return true;
    }
    th_kql_fail(p, from, from + 1, "the filter is nested deeper than %d levels", TH_KQL_DEPTH_MAX);
    return false;
}

static size_t word_end(struct th_str text, size_t at)
{
    while (at < text.n && th_kql_space(text, at) == 0 && strchr("():<>\"{}", text.p[at]) == NULL)
        at++;
    return at;
}

/* Go behind white space and this keyword when it comes next. */
static bool eat_keyword(struct th_kql_parser *p, enum th_kql_word word)
{
    size_t at = p->at;
    th_kql_skip_space(p->text, &at);
    if (th_kql_keyword(p->text, at) != word)
        return false;
    p->at = at + (word == TH_KQL_OR ? 2 : 3);
    return true;
}

static char next_char(struct th_kql_parser *p)
{
    th_kql_skip_space(p->text, &p->at);
    return p->at < p->text.n ? p->text.p[p->at] : '\0';
}

/* The same without going there: what a clause spans ends before the white space. */
static char peek_char(const struct th_kql_parser *p)
{
    size_t at = p->at;
    th_kql_skip_space(p->text, &at);
    return at < p->text.n ? p->text.p[at] : '\0';
}

static bool at_end(const struct th_kql_parser *p)
{
    return p->at >= p->text.n;
}

/* Something stands where a value or clause should begin. */
static struct th_node *expected(struct th_kql_parser *p, const char *what)
{
    char c = next_char(p);
    size_t from = p->at;
    if (at_end(p)) {
        /* The caret goes under the last word: what follows it is missing. */
        size_t end = p->text.n;
        size_t space;
        while ((space = th_kql_space_before(p->text, end)) > 0)
            end -= space;
        from = end;
        while (from > 0 && th_kql_space_before(p->text, from) == 0 &&
               strchr("():<>\"{}", p->text.p[from - 1]) == NULL)
            from--;
        from = from == end && end > 0 ? end - 1 : from;
        return th_kql_fail(p, from, end, "the filter ends too early, expected %s", what);
    }
    if (th_kql_keyword(p->text, from) != TH_KQL_NO_WORD) {
        size_t end = word_end(p->text, from);
        return th_kql_fail(p, from, end,
                           "'%.*s' stands where %s was expected; put it in quotes to look for the "
                           "word",
                           (int)(end - from), p->text.p + from, what);
    }
    return th_kql_fail(p, from, from + 1, "'%c' stands where %s was expected", c, what);
}

/* What follows a complete clause is no keyword. The most usual reasons first. */
static struct th_node *unexpected(struct th_kql_parser *p, const struct th_kql_literal *last)
{
    char c = next_char(p);
    size_t from = p->at;
    if (c == ':' && last != NULL && !last->quoted && last->span.to > last->span.from) {
        size_t word = last->span.to;
        while (word > last->span.from && th_kql_space_before(p->text, word) == 0)
            word--;
        if (word > last->span.from)
            return th_kql_fail(p, word, last->span.to, "'and' or 'or' is missing before '%.*s'",
                               (int)(last->span.to - word), p->text.p + word);
        size_t end = from + 1;
        while (end < p->text.n && th_kql_space(p->text, end) == 0 &&
               strchr("()\"{}", p->text.p[end]) == NULL)
            end++;
        return th_kql_fail(p, last->span.from, end,
                           "a value with ':' in it needs quotes around it");
    }
    if (c == ')' || c == '}')
        return th_kql_fail(p, from, from + 1, "nothing is open that this '%c' could close", c);
    if (th_kql_keyword(p->text, from) == TH_KQL_NOT)
        return th_kql_fail(p, from, from + 3, "'and' or 'or' is missing before 'not'");
    if (c == '(' || c == '"' || c == '{')
        return th_kql_fail(p, from, from + 1, "'and' or 'or' is missing before this '%c'", c);
    if (c == '<' || c == '>' || c == ':')
        return th_kql_fail(p, from, from + 1,
                           "'%c' needs a field before it; put a value that has it in quotes", c);
    return th_kql_fail(p, from, word_end(p->text, from + 1), "expected 'and', 'or' or the end");
}

/* The closing bracket of what opened at from. */
static bool close_with(struct th_kql_parser *p, char bracket, size_t from, const char *what)
{
    char c = next_char(p);
    if (c == bracket && !at_end(p)) {
        p->at++;
        return true;
    }
    if (at_end(p))
        th_kql_fail(p, from, from + 1, "%s is never closed, expected '%c'", what, bracket);
    else if (p->err.code == TH_OK)
        unexpected(p, NULL);
    return false;
}

/* Values ------------------------------------------------------------------- */

static struct th_node *one_value(struct th_kql_parser *p, const struct th_kql_fields *fields)
{
    struct th_kql_literal value;
    next_char(p);
    if (at_end(p) || th_kql_keyword(p->text, p->at) != TH_KQL_NO_WORD)
        return expected(p, "a value");
    if (th_kql_literal(p->text, &p->at, true, p->arena, &value, &p->err) != TH_OK)
        return NULL;
    if (value.span.to == value.span.from)
        return expected(p, "a value");
    struct th_node *node =
        th_kql_is(p, fields, &value, (struct th_span){fields->span.from, value.span.to});
    if (node != NULL && peek_char(p) == ':')
        return unexpected(p, &value);
    return node;
}

static struct th_node *value_sub(struct th_kql_parser *p, const struct th_kql_fields *fields)
{
    size_t from;
    if (next_char(p) != '(')
        return one_value(p, fields);
    from = p->at++;
    if (!deeper(p, from))
        return NULL;
    struct th_node *node = value_or(p, fields);
    p->depth--;
    if (node == NULL || !close_with(p, ')', from, "the list of values"))
        return NULL;
    return node;
}

static struct th_node *value_not(struct th_kql_parser *p, const struct th_kql_fields *fields)
{
    size_t from = p->at;
    if (!eat_keyword(p, TH_KQL_NOT))
        return value_sub(p, fields);
    if (!deeper(p, from))
        return NULL;
    struct th_node *kid = value_not(p, fields);
    p->depth--;
    if (kid == NULL || !count_node(p, kid->span))
        return NULL;
    return th_node_not(p->query, kid);
}

static struct th_node *finish(struct th_kql_parser *p, enum th_node_kind kind, struct list *list,
                              bool good)
{
    struct th_node *node = good ? th_kql_group(p, kind, list->nodes, list->n) : NULL;
    free(list->nodes);
    return node;
}

static struct th_node *value_and(struct th_kql_parser *p, const struct th_kql_fields *fields)
{
    struct list list = {0};
    bool good = true;
    do {
        struct th_node *node = value_not(p, fields);
        good = node != NULL;
        if (good)
            add(&list, node);
    } while (good && eat_keyword(p, TH_KQL_AND));
    return finish(p, TH_NODE_AND, &list, good);
}

static struct th_node *value_or(struct th_kql_parser *p, const struct th_kql_fields *fields)
{
    struct list list = {0};
    bool good = true;
    do {
        struct th_node *node = value_and(p, fields);
        good = node != NULL;
        if (good)
            add(&list, node);
    } while (good && eat_keyword(p, TH_KQL_OR));
    return finish(p, TH_NODE_OR, &list, good);
}

/* Clauses ------------------------------------------------------------------ */

/* field: { … }: our events are flat, so the inside is the same event with the field's name before
 * the names in it. */
static struct th_node *nested(struct th_kql_parser *p, const struct th_kql_literal *name)
{
    struct th_str outer = p->prefix;
    size_t from = p->at++;
    struct th_buf prefix = TH_BUF_INIT;
    struct th_node *node = NULL;
    if (!deeper(p, from))
        return NULL;
    th_buf_add_str(&prefix, outer);
    th_buf_add_str(&prefix, name->text);
    th_buf_putc(&prefix, '.');
    p->prefix = th_arena_dup(p->arena, th_buf_str(&prefix));
    th_buf_fini(&prefix);
    node = parse_or(p);
    p->prefix = outer;
    p->depth--;
    if (node == NULL || !close_with(p, '}', from, "the group"))
        return NULL;
    node->span = (struct th_span){name->span.from, (uint32_t)p->at};
    return node;
}

static struct th_node *range_clause(struct th_kql_parser *p, const struct th_kql_literal *name)
{
    struct th_kql_fields fields;
    struct th_kql_literal value;
    char op = p->text.p[p->at++];
    bool equal = !at_end(p) && p->text.p[p->at] == '=';
    if (equal)
        p->at++;
    if (!th_kql_fields(p, name, &fields))
        return NULL;
    next_char(p);
    if (at_end(p) || th_kql_keyword(p->text, p->at) != TH_KQL_NO_WORD)
        return expected(p, "a value to compare with");
    if (th_kql_literal(p->text, &p->at, false, p->arena, &value, &p->err) != TH_OK)
        return NULL;
    if (value.span.to == value.span.from)
        return expected(p, "a value to compare with");
    struct th_node *node = th_kql_range(p, &fields, op, equal, &value,
                                        (struct th_span){name->span.from, value.span.to});
    if (node != NULL && peek_char(p) == ':')
        return unexpected(p, &value);
    return node;
}

static struct th_node *field_clause(struct th_kql_parser *p, const struct th_kql_literal *name)
{
    struct th_kql_fields fields;
    p->at++;
    if (next_char(p) == '{')
        return nested(p, name);
    if (!th_kql_fields(p, name, &fields))
        return NULL;
    struct th_node *node = value_sub(p, &fields);
    if (node != NULL)
        node->span = (struct th_span){name->span.from, (uint32_t)p->at};
    return node;
}

static struct th_node *clause(struct th_kql_parser *p)
{
    struct th_kql_literal literal;
    next_char(p);
    if (at_end(p) || th_kql_keyword(p->text, p->at) != TH_KQL_NO_WORD)
        return expected(p, "a field or a value");
    if (th_kql_literal(p->text, &p->at, true, p->arena, &literal, &p->err) != TH_OK)
        return NULL;
    if (literal.span.to == literal.span.from)
        return expected(p, "a field or a value");
    size_t end = p->at;
    char c = next_char(p);
    if (literal.regex)
        return th_kql_fail(p, literal.span.from, literal.span.to,
                           "a regular expression needs a field before it: field: ~/…/");
    if (c == ':')
        return field_clause(p, &literal);
    if (c == '<' || c == '>')
        return range_clause(p, &literal);
    p->at = end;
    return th_kql_free(p, &literal);
}

static struct th_node *parse_sub(struct th_kql_parser *p)
{
    size_t from;
    if (next_char(p) != '(')
        return clause(p);
    from = p->at++;
    if (!deeper(p, from))
        return NULL;
    struct th_node *node = parse_or(p);
    p->depth--;
    if (node == NULL || !close_with(p, ')', from, "the parenthesis"))
        return NULL;
    node->span = (struct th_span){(uint32_t)from, (uint32_t)p->at};
    return node;
}

static struct th_node *parse_not(struct th_kql_parser *p)
{
    next_char(p);
    size_t from = p->at;
    if (!eat_keyword(p, TH_KQL_NOT))
        return parse_sub(p);
    if (!deeper(p, from))
        return NULL;
    struct th_node *kid = parse_not(p);
    p->depth--;
    if (kid == NULL || !count_node(p, kid->span))
        return NULL;
    struct th_node *node = th_node_not(p->query, kid);
    node->span = (struct th_span){(uint32_t)from, kid->span.to};
    return node;
}

static struct th_node *parse_and(struct th_kql_parser *p)
{
    struct list list = {0};
    bool good = true;
    bool outermost = p->depth == 0;
    do {
        struct th_node *node = parse_not(p);
        good = node != NULL;
        if (good)
            add(&list, node);
    } while (good && eat_keyword(p, TH_KQL_AND));
    if (good && outermost && p->conjuncts == NULL) {
        p->conjuncts = th_arena_alloc(p->arena, list.n * sizeof(struct th_node *));
        memcpy(p->conjuncts, list.nodes, list.n * sizeof(struct th_node *));
        p->conjuncts_n = list.n;
    }
    return finish(p, TH_NODE_AND, &list, good);
}

static struct th_node *parse_or(struct th_kql_parser *p)
{
    struct list list = {0};
    bool good = true;
    bool outermost = p->depth == 0;
    do {
        struct th_node *node = parse_and(p);
        good = node != NULL;
        if (good)
            add(&list, node);
    } while (good && eat_keyword(p, TH_KQL_OR));
    if (outermost)
        p->alternatives = list.n > 1;
    return finish(p, TH_NODE_OR, &list, good);
}

struct th_node *th_kql_parse_all(struct th_kql_parser *p)
{
    next_char(p);
    if (at_end(p))
        return th_kql_node(p, TH_NODE_ALL, (struct th_span){0, 0});
    struct th_node *node = parse_or(p);
    if (node == NULL)
        return NULL;
    next_char(p);
    return at_end(p) ? node : unexpected(p, NULL);
}

enum th_code th_kql_parse(struct th_str text, const struct th_kql_options *options, th_query **out,
                          struct th_kql_notes *notes, struct th_err *err)
{
    struct th_kql_parser p = {.text = text, .notes = notes, .prefix = TH_STR_NONE};
    *out = NULL;
    if (notes != NULL)
        notes->n = 0;
    if (options != NULL)
        p.options = *options;
    else
        p.options.now_ms = INT64_MIN;
    if (text.n > TH_KQL_BYTES_MAX)
        return th_err_at(err, TH_E_QUERY, TH_KQL_BYTES_MAX, 0, "the filter is longer than %d bytes",
                         TH_KQL_BYTES_MAX);
    if (text.p == NULL)
        p.text = TH_STR("");
    p.query = th_query_new();
    p.arena = th_query_arena(p.query);
    struct th_node *root = th_kql_parse_all(&p);
    if (root == NULL) {
        th_query_free(p.query);
        return th_err_at(err, p.err.code, p.err.offset, p.err.length, "%s", p.err.msg);
    }
    th_query_set_root(p.query, root);
    *out = p.query;
    return TH_OK;
}
