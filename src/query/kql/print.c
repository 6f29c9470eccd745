/* A query tree as KQL text.
 *
 * The text is canonical: nested groups of one kind are written flat, parentheses only where the
 * grammar needs them, values unquoted when they can be. Where KQL has no words (a case-insensitive
 * comparison, Sigma's '?', null) the nearest KQL, a ~/regex/ or words in ⟨⟩ stand. */
#include "query/ast.h"

#include "base/time.h"
#include "query/kql/value.h"

enum level { LEVEL_OR, LEVEL_AND, LEVEL_NOT };

static void print_node(const struct th_node *node, enum level level, struct th_buf *out);

static void add_path(struct th_buf *out, const struct th_field_ref *ref, bool pattern)
{
    if (ref->field == TH_FIELD_NONE) {
        th_buf_putc(out, '*');
        return;
    }
    th_buf_puts(out, th_field_info(ref->field)->name);
    if (ref->path.p != NULL) {
        th_buf_putc(out, '.');
        th_kql_add_name(out, ref->path, pattern);
    }
    if (ref->text_twin)
        th_buf_puts(out, ".text");
}

static void add_field(struct th_buf *out, const struct th_field_ref *ref)
{
    add_path(out, ref, false);
}

static void add_name(struct th_buf *out, const struct th_node *node)
{
    add_path(out, &node->field, node->paths != NULL);
}

static bool is_twin_words(const struct th_node *node)
{
    return node->pattern_kind == TH_PATTERN_WORDS;
}

/* A wildcard with ICASE or '?' as the inside of a regular expression. */
static void add_wildcard_regex(struct th_buf *out, struct th_str pattern, unsigned flags)
{
    for (size_t i = 0; i < pattern.n; i++) {
        char c = pattern.p[i];
        if (c == '*') {
            th_buf_puts(out, ".*");
        } else if (c == '?' && (flags & TH_PATTERN_QUESTION) != 0) {
            th_buf_putc(out, '.');
        } else {
            if (c == '\\' && i + 1 < pattern.n)
                c = pattern.p[++i];
            th_kql_add_regex_literal(out, (struct th_str){&c, 1});
        }
    }
}

static void add_as_regex(struct th_buf *out, const struct th_node *node)
{
    struct th_buf regex = TH_BUF_INIT;
    bool starts = node->pattern_kind == TH_PATTERN_EXACT ||
                  node->pattern_kind == TH_PATTERN_PREFIX ||
                  node->pattern_kind == TH_PATTERN_WILDCARD;
    bool ends = node->pattern_kind == TH_PATTERN_EXACT || node->pattern_kind == TH_PATTERN_SUFFIX ||
                node->pattern_kind == TH_PATTERN_WILDCARD;
    bool wildcard = node->pattern_kind == TH_PATTERN_WILDCARD;
    if (starts)
        th_buf_puts(&regex, "^");
    if (wildcard)
        add_wildcard_regex(&regex, node->text, node->pattern_flags);
    else
        th_kql_add_regex_literal(&regex, node->text);
    if (ends)
        th_buf_puts(&regex, "\\z");
    th_kql_add_regex(out, th_buf_str(&regex),
                     (node->pattern_flags & TH_PATTERN_ICASE) | (wildcard ? TH_PATTERN_DOTALL : 0));
    th_buf_fini(&regex);
}

/* Text with a star before, behind or both. */
static void add_starred(struct th_buf *out, struct th_str text, bool before, bool behind)
{
    struct th_buf pattern = TH_BUF_INIT;
    if (before)
        th_buf_putc(&pattern, '*');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '*' || text.p[i] == '\\')
            th_buf_putc(&pattern, '\\');
        th_buf_putc(&pattern, text.p[i]);
    }
    if (behind)
        th_buf_putc(&pattern, '*');
    th_kql_add_wildcard(out, th_buf_str(&pattern));
    th_buf_fini(&pattern);
}

static void add_text_value(struct th_buf *out, const struct th_node *node)
{
    bool plain = node->field.text_twin ||
                 (node->pattern_flags & (TH_PATTERN_ICASE | TH_PATTERN_QUESTION)) == 0;
    if (!plain && node->pattern_kind != TH_PATTERN_REGEX && !is_twin_words(node)) {
        add_as_regex(out, node);
        return;
    }
    switch (node->pattern_kind) {
    case TH_PATTERN_EXACT:
        th_kql_add_value(out, node->text);
        break;
    case TH_PATTERN_PREFIX:
        add_starred(out, node->text, false, true);
        break;
    case TH_PATTERN_SUFFIX:
        add_starred(out, node->text, true, false);
        break;
    case TH_PATTERN_CONTAINS:
        add_starred(out, node->text, true, true);
        break;
    case TH_PATTERN_WILDCARD:
        th_kql_add_wildcard(out, node->text);
        break;
    case TH_PATTERN_REGEX:
        th_kql_add_regex(out, node->text, node->pattern_flags);
        break;
    case TH_PATTERN_WORDS:
        if ((node->pattern_flags & TH_PATTERN_PHRASE) != 0)
            th_kql_add_quoted(out, node->text);
        else
            th_kql_add_value(out, node->text);
        break;
    }
}

static void add_whole_text(struct th_buf *out, const struct th_node *node)
{
    th_buf_puts(out, "⟨");
    add_name(out, node);
    th_buf_puts(out, " as JSON text: ");
    add_text_value(out, node);
    th_buf_puts(out, "⟩");
}

static bool is_date(const struct th_node *node)
{
    return node->field.field != TH_FIELD_NONE &&
           th_field_info(node->field.field)->type == TH_TYPE_DATE;
}

static void add_bound(struct th_buf *out, const struct th_node *node, bool low)
{
    const struct th_range *range = &node->range;
    char iso[TH_TIME_ISO_BYTES];
    if (node->test == TH_TEST_IP) {
        th_kql_add_ip(out, low ? &range->ip_lo : &range->ip_hi);
    } else if (range->text) {
        th_kql_add_quoted(out, low ? range->text_lo : range->text_hi);
    } else if (is_date(node)) {
        th_time_iso((int64_t)(low ? range->lo : range->hi), iso);
        th_kql_add_quoted(out, th_str_of(iso));
    } else {
        th_kql_add_number(out, low ? range->lo : range->hi);
    }
}

/* Is it one value, `field: value`? */
static bool is_point(const struct th_node *node)
{
    const struct th_range *range = &node->range;
    if (!range->lo_set || !range->hi_set || range->lo_open || range->hi_open || range->text)
        return false;
    return node->test == TH_TEST_IP ? th_ip_cmp(&range->ip_lo, &range->ip_hi) == 0
                                    : range->lo >= range->hi && range->lo <= range->hi;
}

static void add_range(struct th_buf *out, const struct th_node *node, enum level level)
{
    const struct th_range *range = &node->range;
    bool both = range->lo_set && range->hi_set;
    if (is_point(node)) {
        add_name(out, node);
        th_buf_puts(out, ": ");
        add_bound(out, node, true);
        return;
    }
    if (!range->lo_set && !range->hi_set) {
        add_name(out, node);
        th_buf_puts(out, ": *");
        return;
    }
    if (both && level > LEVEL_AND)
        th_buf_putc(out, '(');
    if (range->lo_set) {
        add_name(out, node);
        th_buf_puts(out, range->lo_open ? " > " : " >= ");
        add_bound(out, node, true);
    }
    if (both)
        th_buf_puts(out, " and ");
    if (range->hi_set) {
        add_name(out, node);
        th_buf_puts(out, range->hi_open ? " < " : " <= ");
        add_bound(out, node, false);
    }
    if (both && level > LEVEL_AND)
        th_buf_putc(out, ')');
}

static void add_match(struct th_buf *out, const struct th_node *node, enum level level)
{
    switch (node->test) {
    case TH_TEST_EXISTS:
        add_name(out, node);
        th_buf_puts(out, ": *");
        break;
    case TH_TEST_TEXT:
        if (node->whole_text) {
            add_whole_text(out, node);
            break;
        }
        add_name(out, node);
        th_buf_puts(out, ": ");
        add_text_value(out, node);
        break;
    case TH_TEST_IP:
        if (!node->is_cidr) {
            add_range(out, node, level);
            break;
        }
        add_name(out, node);
        th_buf_puts(out, ": ");
        th_kql_add_cidr(out, &node->cidr);
        break;
    case TH_TEST_RANGE:
        add_range(out, node, level);
        break;
    case TH_TEST_NULL:
        th_buf_puts(out, "⟨");
        add_name(out, node);
        th_buf_puts(out, " is absent or empty⟩");
        break;
    case TH_TEST_FIELD:
        th_buf_puts(out, "⟨");
        add_name(out, node);
        th_buf_puts(out, " equals ");
        add_field(out, &node->other);
        th_buf_puts(out, "⟩");
        break;
    }
}

/* Kids of a group, those of the same kind inside it included. */
static void add_kids(struct th_buf *out, const struct th_node *node, bool *first)
{
    bool is_and = node->kind == TH_NODE_AND;
    for (size_t i = 0; i < node->kids_n; i++) {
        if (node->kids[i]->kind == node->kind) {
            add_kids(out, node->kids[i], first);
            continue;
        }
        if (!*first)
            th_buf_puts(out, is_and ? " and " : " or ");
        *first = false;
        print_node(node->kids[i], is_and ? LEVEL_AND : LEVEL_OR, out);
    }
}

static void add_group(struct th_buf *out, const struct th_node *node, enum level level)
{
    bool first = true;
    bool parens = level > (node->kind == TH_NODE_AND ? LEVEL_AND : LEVEL_OR);
    if (parens)
        th_buf_putc(out, '(');
    add_kids(out, node, &first);
    if (parens)
        th_buf_putc(out, ')');
}

/* Keyword-like or starred phrases need quotes; everything else that isn't plain too. */
static void add_free(struct th_buf *out, const struct th_node *node)
{
    if (node->pattern != NULL)
        th_kql_add_wildcard(out, node->text);
    else
        th_kql_add_value(out, node->text);
}

static void print_node(const struct th_node *node, enum level level, struct th_buf *out)
{
    switch (node->kind) {
    case TH_NODE_ALL:
        th_buf_putc(out, '*');
        break;
    case TH_NODE_NONE:
        th_buf_puts(out, "not *");
        break;
    case TH_NODE_AND:
    case TH_NODE_OR:
        add_group(out, node, level);
        break;
    case TH_NODE_NOT:
        if (node->kids[0]->kind == TH_NODE_NOT || node->kids[0]->kind == TH_NODE_NONE) {
            th_buf_puts(out, "not (");
            print_node(node->kids[0], LEVEL_OR, out);
            th_buf_putc(out, ')');
            break;
        }
        th_buf_puts(out, "not ");
        print_node(node->kids[0], LEVEL_NOT, out);
        break;
    case TH_NODE_MATCH:
        add_match(out, node, level);
        break;
    case TH_NODE_FREE:
        add_free(out, node);
        break;
    }
}

void th_node_print(const struct th_node *node, struct th_buf *out)
{
    print_node(node, LEVEL_OR, out);
}

void th_query_print(const th_query *query, struct th_buf *out)
{
    th_node_print(th_query_root(query), out);
}
