/* From a field and a value to a test, by the field's type.
 *
 * As Elasticsearch: keywords exact and by case, numbers, dates (a date is the span it names) and
 * addresses by value, *.text twins by words: any of them for an unquoted value (match), all in
 * order for a quoted one (match_phrase). A wildcard name means every field it matches; those whose
 * type can't take the value are left out. */
#include "query/kql/internal.h"

#include "base/mem.h"
#include "base/pattern_words.h"
#include "base/time.h"
#include "query/kql/datemath.h"
#include "query/kql/value.h"

/* Tests -------------------------------------------------------------------- */

/* One leaf while it is built. quiet: the value may not fit the field's type, which is then no error
 * (wildcard names). */
struct leaf {
    struct th_kql_parser *p;
    struct th_field_ref ref;
    const struct th_field_info *info;
    const struct th_kql_literal *value;
    struct th_span span;
    bool quiet;
};

static struct th_node *misfit(struct leaf *l, const char *what)
{
    if (l->quiet)
        return NULL;
    return th_kql_fail(l->p, l->value->span.from, l->value->span.to, "%s %s", l->info->name, what);
}

static struct th_node *match_node(struct leaf *l, enum th_test_kind test)
{
    struct th_node *node = th_kql_node(l->p, TH_NODE_MATCH, l->span);
    if (node != NULL) {
        node->test = test;
        node->field = l->ref;
    }
    return node;
}

static struct th_node *text_node(struct leaf *l, enum th_pattern_kind kind, struct th_str text,
                                 unsigned flags)
{
    struct th_kql_parser *p = l->p;
    struct th_node *node;
    struct th_err err = {0};
    if (p->nodes++ >= TH_KQL_NODES_MAX)
        return th_kql_node(p, TH_NODE_MATCH, l->span); /* says why */
    if (th_node_text(p->query, l->ref, kind, text, flags, &node, &err) != TH_OK) {
        /* The offset is one inside the expression; its text begins behind "~/". */
        size_t from = l->value->span.from + 2;
        size_t to = l->value->span.to;
        if (err.offset != TH_ERR_NO_OFFSET && from + err.offset < to)
            from += (size_t)err.offset;
        return th_kql_fail(p, from, th_kql_char_end(p->text, from), "%s", err.msg);
    }
    node->span = l->span;
    return node;
}

static bool is_star(const struct th_kql_literal *value)
{
    if (!value->wildcard)
        return false;
    for (size_t i = 0; i < value->pattern.n; i++)
        if (value->pattern.p[i] != '*')
            return false;
    return true;
}

/* A wildcard with stars only at its ends is compared quicker as what it is. text: without the
 * stars, escapes resolved. */
static enum th_pattern_kind simple_kind(const struct th_kql_literal *value, struct th_str *text)
{
    struct th_str pattern = value->pattern;
    size_t from = 0;
    size_t to = value->text.n;
    while (from < to && value->text.p[from] == '*' && pattern.p[from] == '*')
        from++;
    while (to > from && value->text.p[to - 1] == '*' && pattern.p[pattern.n - 1] == '*' &&
           !(pattern.n > 1 && pattern.p[pattern.n - 2] == '\\')) {
        to--;
        pattern.n--;
    }
    /* Any star or backslash left in the middle: literal or not, the general kind knows. */
    for (size_t i = from; i < to; i++)
        if (value->text.p[i] == '*' || value->text.p[i] == '\\')
            return TH_PATTERN_WILDCARD;
    *text = th_str_sub(value->text, from, to - from);
    if (from > 0 && to < value->text.n)
        return TH_PATTERN_CONTAINS;
    return from > 0 ? TH_PATTERN_SUFFIX : TH_PATTERN_PREFIX;
}

static struct th_node *wildcard_node(struct leaf *l)
{
    struct th_str text = l->value->pattern;
    enum th_pattern_kind kind = simple_kind(l->value, &text);
    return text_node(l, kind, kind == TH_PATTERN_WILDCARD ? l->value->pattern : text, 0);
}

/* What a *.text value asks for, any of it. */
struct words {
    struct leaf *leaf;
    struct th_node **nodes;
    size_t n;
};

static bool add_part(struct words *w, enum th_pattern_kind kind, struct th_str part)
{
    struct th_node *node =
        text_node(w->leaf, kind, part, kind == TH_PATTERN_WILDCARD ? TH_PATTERN_ICASE : 0);
    if (node != NULL)
        w->nodes[w->n++] = node;
    return node != NULL;
}

static bool add_words(struct words *w, struct th_str text)
{
    size_t at = 0;
    struct th_str word;
    while (th_pattern_next_word(text, &at, &word))
        if (!add_part(w, TH_PATTERN_WORDS, word))
            return false;
    return true;
}

static bool has_star(struct th_str pattern)
{
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] == '*')
            return true;
        i += pattern.p[i] == '\\';
    }
    return false;
}

/* With wildcards: what stands between white space is compared with every word when it has a star,
 * else it is cut into words itself. */
static bool add_pattern(struct words *w, struct th_str pattern)
{
    size_t at = 0;
    for (th_kql_skip_space(pattern, &at); at < pattern.n; th_kql_skip_space(pattern, &at)) {
        size_t start = at;
        while (at < pattern.n && th_kql_space(pattern, at) == 0)
            at++;
        struct th_str part = th_str_sub(pattern, start, at - start);
        if (!(has_star(part) ? add_part(w, TH_PATTERN_WILDCARD, part) : add_words(w, part)))
            return false;
    }
    return true;
}

static struct th_node *any_word(struct leaf *l)
{
    size_t most = l->value->pattern.n + l->value->text.n + 1;
    struct words w = {.leaf = l};
    w.nodes = th_arena_calloc(l->p->arena, most < TH_KQL_NODES_MAX ? most : TH_KQL_NODES_MAX + 1,
                              sizeof(struct th_node *));
    if (!(l->value->wildcard ? add_pattern(&w, l->value->pattern) : add_words(&w, l->value->text)))
        return NULL;
    if (w.n == 0) /* no word at all matches nothing */
        return th_kql_node(l->p, TH_NODE_NONE, l->span);
    return th_kql_group(l->p, TH_NODE_OR, w.nodes, w.n);
}

static struct th_node *keyword_is(struct leaf *l)
{
    if (l->ref.text_twin && l->value->quoted)
        return text_node(l, TH_PATTERN_WORDS, l->value->text, TH_PATTERN_PHRASE);
    if (l->ref.text_twin)
        return any_word(l);
    if (l->value->wildcard)
        return wildcard_node(l);
    return text_node(l, TH_PATTERN_EXACT, l->value->text, 0);
}

static struct th_node *boolean_is(struct leaf *l)
{
    if (l->value->wildcard ||
        (!th_str_is(l->value->text, "true") && !th_str_is(l->value->text, "false")))
        return misfit(l, "is true or false, expected one of them");
    return text_node(l, TH_PATTERN_EXACT, l->value->text, 0);
}

static struct th_node *long_is(struct leaf *l)
{
    double number;
    if (l->value->wildcard || !th_kql_number(l->value->text, &number))
        return misfit(l, "is a number, expected one");
    struct th_node *node = match_node(l, TH_TEST_RANGE);
    if (node != NULL)
        node->range = (struct th_range){.lo_set = true, .hi_set = true, .lo = number, .hi = number};
    return node;
}

/* The span of time that the value names. now: what it means is told. */
static bool read_date(struct leaf *l, struct th_datemath *date)
{
    struct th_kql_parser *p = l->p;
    const char *why;
    size_t at;
    bool known = p->options.now_ms != TH_TIME_NONE;
    int64_t now = known ? p->options.now_ms : th_time_now();
    if (l->value->wildcard) {
        misfit(l, "is a date, where no * can stand; write a range or a part of a date, 2024-01");
        return false;
    }
    if (!th_datemath_parse(l->value->text, now, date, &why, &at)) {
        if (!l->quiet)
            th_kql_fail(p, l->value->span.from, l->value->span.to, "%s is a date: %s",
                        l->info->name, why);
        return false;
    }
    if (date->uses_now) {
        char iso[TH_TIME_ISO_BYTES];
        th_time_iso(now, iso);
        th_kql_note(p, l->value->span, "now is %s, %s", iso,
                    known ? "the time of the newest event" : "for no event has a time");
    }
    return true;
}

static struct th_node *date_is(struct leaf *l)
{
    struct th_datemath date;
    if (!read_date(l, &date))
        return NULL;
    struct th_node *node = match_node(l, TH_TEST_RANGE);
    if (node != NULL)
        node->range = (struct th_range){
            .lo_set = true, .hi_set = true, .lo = (double)date.lo, .hi = (double)date.hi};
    return node;
}

static struct th_node *ip_is(struct leaf *l)
{
    struct th_str text = l->value->text;
    struct th_cidr cidr;
    struct th_ip ip;
    if (l->value->wildcard) {
        if (!l->quiet)
            th_kql_note(l->p, l->value->span,
                        "Elasticsearch has no wildcards on addresses; a network such as "
                        "203.0.113.0/24 works in both");
        return wildcard_node(l);
    }
    bool is_cidr = th_cidr_parse(text, &cidr);
    if (!is_cidr && !th_ip_parse(text, &ip))
        return misfit(l, "is an IP address, expected one or a network such as 203.0.113.0/24");
    struct th_node *node = match_node(l, TH_TEST_IP);
    if (node == NULL)
        return NULL;
    node->is_cidr = is_cidr;
    if (is_cidr)
        node->cidr = cidr;
    else
        node->range = (struct th_range){.lo_set = true, .hi_set = true, .ip_lo = ip, .ip_hi = ip};
    return node;
}

static struct th_node *leaf_is(struct leaf *l)
{
    if (is_star(l->value))
        return match_node(l, TH_TEST_EXISTS);
    if (l->value->regex)
        return text_node(l, TH_PATTERN_REGEX, l->value->text, l->value->regex_flags);
    switch (l->info->type) {
    case TH_TYPE_KEYWORD:
    case TH_TYPE_TEXT:
    case TH_TYPE_FLATTENED:
        return keyword_is(l);
    case TH_TYPE_BOOLEAN:
        return boolean_is(l);
    case TH_TYPE_LONG:
        return long_is(l);
    case TH_TYPE_DATE:
        return date_is(l);
    case TH_TYPE_IP:
        return ip_is(l);
    case TH_TYPE_GEO:
        return misfit(l, "is a place and can only be asked for with *");
    }
    return NULL;
}

static struct th_node *number_range(struct leaf *l, double *bound)
{
    if (!th_kql_number(l->value->text, bound))
        return misfit(l, "is a number, expected one to compare with");
    return match_node(l, TH_TEST_RANGE);
}

/* Keywords: by number when the bound is one, which Elasticsearch doesn't do; else by bytes, as
 * there. */
static struct th_node *keyword_range(struct leaf *l, double *bound)
{
    struct th_node *node = match_node(l, TH_TEST_RANGE);
    if (node == NULL)
        return NULL;
    if (!th_kql_number(l->value->text, bound)) {
        node->range.text = true;
        node->range.text_lo = node->range.text_hi = l->value->text;
    } else if (!l->quiet) {
        th_kql_note(l->p, l->value->span,
                    "values are compared as numbers; Elasticsearch compares this field as text");
    }
    return node;
}

static struct th_node *ip_range(struct leaf *l)
{
    struct th_ip ip;
    if (!th_ip_parse(l->value->text, &ip))
        return misfit(l, "is an IP address, expected one to compare with");
    struct th_node *node = match_node(l, TH_TEST_IP);
    if (node != NULL)
        node->range.ip_lo = node->range.ip_hi = ip;
    return node;
}

static struct th_node *leaf_range(struct leaf *l, char op, bool equal)
{
    struct th_node *node = NULL;
    double bound = 0;
    struct th_datemath date;
    switch (l->info->type) {
    case TH_TYPE_KEYWORD:
    case TH_TYPE_TEXT:
    case TH_TYPE_FLATTENED:
        node = keyword_range(l, &bound);
        break;
    case TH_TYPE_LONG:
        node = number_range(l, &bound);
        break;
    case TH_TYPE_DATE:
        if (!read_date(l, &date))
            return NULL;
        node = match_node(l, TH_TEST_RANGE);
        /* > and <= take the last millisecond of what the date names, >= and < the first. */
        bound = (double)((op == '>') != equal ? date.hi : date.lo);
        break;
    case TH_TYPE_IP:
        node = ip_range(l);
        break;
    case TH_TYPE_BOOLEAN:
    case TH_TYPE_GEO:
        return misfit(l, "has no order; < and > need a number, a date, an address or a text");
    }
    if (node == NULL)
        return NULL;
    node->range.lo_set = op == '>';
    node->range.hi_set = op == '<';
    node->range.lo_open = op == '>' && !equal;
    node->range.hi_open = op == '<' && !equal;
    node->range.lo = node->range.hi = bound;
    return node;
}

/* Clauses ------------------------------------------------------------------ */

/* /…/ as other query languages write an expression. */
static bool looks_like_regex(const struct th_kql_literal *value)
{
    struct th_str text = value->text;
    return !value->quoted && !value->regex && text.n > 2 && text.p[0] == '/' &&
           text.p[text.n - 1] == '/';
}

static void warn_of_value(struct th_kql_parser *p, const struct th_kql_literal *value)
{
    if (value->quoted && th_str_find(value->text, '*') >= 0)
        th_kql_note(p, value->span,
                    "a * inside quotes is a literal star; without the quotes it is a wildcard");
    if (!value->quoted && !value->regex && th_str_is(value->text, "null"))
        th_kql_note(p, value->span,
                    "null is the text here; events without a field are found with not field: *");
    if (looks_like_regex(value))
        th_kql_note(p, value->span,
                    "/…/ is the text itself, as in Kibana; a regular expression is ~/…/");
}

/* What a type can't take of the value is an error already, unless it was a wildcard name of which
 * no field fits. */
static struct th_node *any_field(struct th_kql_parser *p, const struct th_kql_fields *fields,
                                 struct leaf *leaf, char op, bool equal)
{
    struct th_node **nodes = th_arena_calloc(p->arena, fields->n + 1, sizeof(struct th_node *));
    size_t n = 0;
    for (size_t i = 0; i < fields->n; i++) {
        leaf->ref = fields->refs[i];
        leaf->info = th_field_info(leaf->ref.field);
        leaf->quiet = fields->wildcard && fields->n > 1;
        nodes[n] = op == ':' ? leaf_is(leaf) : leaf_range(leaf, op, equal);
        if (p->err.code != TH_OK)
            return NULL;
        if (nodes[n] != NULL && fields->paths)
            th_node_match_paths(p->query, nodes[n]);
        n += nodes[n] != NULL;
    }
    if (n == 0 && fields->n > 0)
        return th_kql_fail(p, leaf->value->span.from, leaf->value->span.to,
                           "none of the fields can hold this value");
    if (n == 0)
        return th_kql_node(p, TH_NODE_NONE, leaf->span);
    return th_kql_group(p, TH_NODE_OR, nodes, n);
}

struct th_node *th_kql_is(struct th_kql_parser *p, const struct th_kql_fields *fields,
                          const struct th_kql_literal *value, struct th_span span)
{
    struct leaf leaf = {.p = p, .value = value, .span = span};
    warn_of_value(p, value);
    /* *: * */
    if (fields->wildcard && is_star(value) && fields->n == TH_FIELD_COUNT)
        return th_kql_node(p, TH_NODE_ALL, span);
    return any_field(p, fields, &leaf, ':', false);
}

struct th_node *th_kql_range(struct th_kql_parser *p, const struct th_kql_fields *fields, char op,
                             bool equal, const struct th_kql_literal *value, struct th_span span)
{
    struct leaf leaf = {.p = p, .value = value, .span = span};
    if (value->wildcard)
        return th_kql_fail(p, value->span.from, value->span.to,
                           "no wildcard can be compared with %c%s", op, equal ? "=" : "");
    return any_field(p, fields, &leaf, op, equal);
}

/* A star at either end of free text says nothing: it matches anywhere in a value already. */
static struct th_node *free_wildcard(struct th_kql_parser *p, const struct th_kql_literal *value)
{
    struct th_str text = TH_STR_NONE;
    struct th_node *node;
    if (simple_kind(value, &text) != TH_PATTERN_WILDCARD) {
        node = th_node_free_text(p->query, text, false);
    } else {
        struct th_buf pattern = TH_BUF_INIT;
        th_buf_putc(&pattern, '*');
        th_buf_add_str(&pattern, value->pattern);
        th_buf_putc(&pattern, '*');
        node = th_node_free_text(p->query, th_buf_str(&pattern), true);
        th_buf_fini(&pattern);
    }
    return node;
}

struct th_node *th_kql_free(struct th_kql_parser *p, const struct th_kql_literal *value)
{
    struct th_node *node;
    if (p->prefix.n > 0)
        return th_kql_fail(p, value->span.from, value->span.to,
                           "inside { } a value needs a field before it, expected ':'");
    if (is_star(value))
        return th_kql_node(p, TH_NODE_ALL, value->span);
    if (value->text.n == 0)
        return th_kql_fail(p, value->span.from, value->span.to, "the empty text is everywhere");
    if (p->nodes++ >= TH_KQL_NODES_MAX)
        return th_kql_node(p, TH_NODE_FREE, value->span);
    if (value->quoted)
        warn_of_value(p, value);
    if (value->wildcard)
        node = free_wildcard(p, value);
    else
        node = th_node_free_text(p->query, value->text, false);
    node->span = value->span;
    return node;
}
