/* Editing a filter as text: a value picked on the screen becomes a term, a term is added to what
 * the analyst typed.
 *
 * The filter is taken apart into the clauses that `and` joins outermost, with the bytes of each, so
 * that what stays is left as it was typed. Two clauses are the same when their canonical texts are.
 */
#include "query/kql/kql.h"

#include "base/time.h"
#include "query/kql/internal.h"
#include "query/kql/value.h"

void th_kql_term(struct th_buf *out, const char *field, struct th_str value)
{
    if (value.p == NULL)
        th_buf_puts(out, "not ");
    th_kql_add_name(out, th_str_of(field), false);
    th_buf_puts(out, ": ");
    if (value.p == NULL)
        th_buf_putc(out, '*');
    else
        th_kql_add_value(out, value);
}

/* Parsed for its parts. Fields may be unknown: the text is what counts. */
static bool take_apart(struct th_kql_parser *p, struct th_str text)
{
    *p = (struct th_kql_parser){.text = text};
    p->options.now_ms = TH_TIME_NONE;
    p->options.lenient = true;
    p->query = th_query_new();
    p->arena = th_query_arena(p->query);
    return text.n <= TH_KQL_BYTES_MAX && th_kql_parse_all(p) != NULL;
}

static bool is_negative(const struct th_node *node)
{
    return node->kind == TH_NODE_NOT;
}

/* What a clause says, without its "not". An unknown field prints as nothing but its text does. */
static void say(const struct th_kql_parser *p, const struct th_node *node, struct th_buf *out)
{
    while (is_negative(node))
        node = node->kids[0];
    if (node->kind == TH_NODE_NONE)
        th_buf_add_str(out, th_str_sub(p->text, node->span.from, node->span.to - node->span.from));
    else
        th_node_print(node, out);
}

static bool says_same(const struct th_kql_parser *a, const struct th_node *x,
                      const struct th_kql_parser *b, const struct th_node *y)
{
    struct th_buf one = TH_BUF_INIT;
    struct th_buf two = TH_BUF_INIT;
    say(a, x, &one);
    say(b, y, &two);
    bool same = th_str_eq(th_buf_str(&one), th_buf_str(&two));
    th_buf_fini(&one);
    th_buf_fini(&two);
    return same;
}

static void add_and(struct th_buf *out, size_t start)
{
    if (out->n > start)
        th_buf_puts(out, " and ");
}

static struct th_str trim(struct th_str s)
{
    size_t from = 0;
    th_kql_skip_space(s, &from);
    s = th_str_sub(s, from, s.n);
    size_t space;
    while ((space = th_kql_space_before(s, s.n)) > 0)
        s.n -= space;
    return s;
}

/* The term, negated or not, as one clause. */
static void add_term(struct th_buf *out, const struct th_kql_parser *t, bool parsed, bool negate)
{
    struct th_str text = trim(t->text);
    bool single = parsed && !t->alternatives && t->conjuncts_n <= 1;
    if (!parsed) {
        th_buf_puts(out, negate ? "not " : "");
        th_buf_add_str(out, text);
    } else if (single && negate && t->conjuncts_n == 1 && is_negative(t->conjuncts[0])) {
        const struct th_node *kid = t->conjuncts[0]->kids[0];
        th_buf_add_str(out, th_str_sub(t->text, kid->span.from, kid->span.to - kid->span.from));
    } else {
        bool parens = t->alternatives || (negate && !single);
        th_buf_puts(out, negate ? "not " : "");
        th_buf_puts(out, parens ? "(" : "");
        th_buf_add_str(out, text);
        th_buf_puts(out, parens ? ")" : "");
    }
}

/* Is it the term or its opposite? Which: *negative. */
static bool is_term(const struct th_kql_parser *f, const struct th_node *node,
                    const struct th_kql_parser *t)
{
    return !t->alternatives && t->conjuncts_n == 1 && says_same(f, node, t, t->conjuncts[0]);
}

/* The filter's clauses but for the term and its opposite. Returns whether the term itself stood
 * there, and nothing else had to go. */
static bool add_others(struct th_buf *out, size_t start, const struct th_kql_parser *f,
                       const struct th_kql_parser *t, bool negative)
{
    size_t same = 0;
    size_t opposite = 0;
    for (size_t i = 0; i < f->conjuncts_n; i++) {
        const struct th_node *node = f->conjuncts[i];
        if (is_term(f, node, t)) {
            if (is_negative(node) == negative)
                same++;
            else
                opposite++;
            continue;
        }
        if (node->kind == TH_NODE_ALL) /* a lone * says nothing beside a term */
            continue;
        add_and(out, start);
        th_buf_add_str(out, th_str_sub(f->text, node->span.from, node->span.to - node->span.from));
    }
    return same == 1 && opposite == 0;
}

void th_kql_and(struct th_buf *out, struct th_str filter, struct th_str term, bool negate)
{
    struct th_kql_parser f;
    struct th_kql_parser t;
    size_t start = out->n;
    bool filter_good = take_apart(&f, filter);
    bool term_good = take_apart(&t, term);
    bool blank = trim(filter).n == 0;
    bool negative = negate;
    if (term_good && t.conjuncts_n == 1)
        negative = negate != is_negative(t.conjuncts[0]);
    if (blank) {
        add_term(out, &t, term_good, negate);
    } else if (!filter_good) {
        th_buf_add_str(out, trim(filter));
        th_buf_puts(out, " and ");
        add_term(out, &t, term_good, negate);
    } else if (f.alternatives) {
        th_buf_putc(out, '(');
        th_buf_add_str(out, trim(filter));
        th_buf_puts(out, ") and ");
        add_term(out, &t, term_good, negate);
    } else if (term_good && add_others(out, start, &f, &t, negative)) {
        /* It stands there already: leave all as it was typed. */
        out->n = start;
        th_buf_add_str(out, filter);
    } else {
        if (!term_good)
            th_buf_add_str(out, trim(filter));
        add_and(out, start);
        add_term(out, &t, term_good, negate);
    }
    th_query_free(f.query);
    th_query_free(t.query);
}
