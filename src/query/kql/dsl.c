/* From the tree to Query DSL. Groups become bool queries: what an `and` excludes stands in
 * must_not, exact values of one field in an `or` become one terms query. Clauses are in filter
 * context, for nothing is ranked. */
#include "query/kql/dsl.h"

#include "base/jsonw.h"
#include "base/time.h"
#include "query/kql/value.h"

static void write_node(struct th_jsonw *w, const struct th_node *node);

static void add_field_name(struct th_buf *out, const struct th_field_ref *ref)
{
    if (ref->field == TH_FIELD_NONE) {
        th_buf_putc(out, '*');
        return;
    }
    th_buf_puts(out, th_field_info(ref->field)->name);
    if (ref->path.p != NULL) {
        th_buf_putc(out, '.');
        th_buf_add_str(out, ref->path);
    }
    if (ref->text_twin)
        th_buf_puts(out, ".text");
}

static void key_field(struct th_jsonw *w, const struct th_field_ref *ref)
{
    struct th_buf name = TH_BUF_INIT;
    add_field_name(&name, ref);
    th_jsonw_key_str(w, th_buf_str(&name));
    th_buf_fini(&name);
}

static void string_field(struct th_jsonw *w, const struct th_field_ref *ref)
{
    struct th_buf name = TH_BUF_INIT;
    add_field_name(&name, ref);
    th_jsonw_string(w, th_buf_str(&name));
    th_buf_fini(&name);
}

static void begin(struct th_jsonw *w, const char *key)
{
    th_jsonw_begin_object(w);
    th_jsonw_key(w, key);
}

static void write_plain(struct th_jsonw *w, const char *kind)
{
    begin(w, kind);
    th_jsonw_begin_object(w);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

/* {"KIND":{"FIELD":{"PARAMETER":"TEXT", "case_insensitive":true}}} */
static void write_parameter(struct th_jsonw *w, const char *kind, const struct th_node *node,
                            const char *parameter, struct th_str text, bool any_case)
{
    begin(w, kind);
    th_jsonw_begin_object(w);
    key_field(w, &node->field);
    begin(w, parameter);
    th_jsonw_string(w, text);
    if (any_case) {
        th_jsonw_key(w, "case_insensitive");
        th_jsonw_bool(w, true);
    }
    if (strcmp(kind, "regexp") == 0) {
        /* None of Lucene's own operators: they are plain characters in the expression. */
        th_jsonw_key(w, "flags");
        th_jsonw_string(w, TH_STR("NONE"));
    }
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

/* {"KIND":{"FIELD":VALUE}} with a text. */
static void write_value(struct th_jsonw *w, const char *kind, const struct th_field_ref *field,
                        struct th_str text)
{
    begin(w, kind);
    th_jsonw_begin_object(w);
    key_field(w, field);
    th_jsonw_string(w, text);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

/* Texts -------------------------------------------------------------------- */

/* Every sign of Elasticsearch's wildcards as itself. */
static void add_literal(struct th_buf *out, struct th_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (strchr("*?\\", text.p[i]) != NULL && text.p[i] != '\0')
            th_buf_putc(out, '\\');
        th_buf_putc(out, text.p[i]);
    }
}

/* Our pattern: '?' is a sign only when flags say so. */
static void add_pattern(struct th_buf *out, struct th_str pattern, unsigned flags)
{
    for (size_t i = 0; i < pattern.n; i++) {
        char c = pattern.p[i];
        if (c == '\\' && i + 1 < pattern.n) {
            i++;
            add_literal(out, th_str_sub(pattern, i, 1));
        } else if (c == '*' || (c == '?' && (flags & TH_PATTERN_QUESTION) != 0)) {
            th_buf_putc(out, c);
        } else {
            add_literal(out, th_str_sub(pattern, i, 1));
        }
    }
}

/* Found anywhere becomes all of the value. */
static void add_regex(struct th_buf *out, struct th_str regex)
{
    bool anchored = th_str_starts(regex, TH_STR("^"));
    size_t end = regex.n;
    bool closed = false;
    if (anchored && regex.n < 2) {
        th_buf_puts(out, ".*");
        return;
    }
    if (th_str_ends(regex, TH_STR("\\z"))) {
        end -= 2;
        closed = true;
    } else if (th_str_ends(regex, TH_STR("$")) && !th_str_ends(regex, TH_STR("\\$"))) {
        end -= 1;
        closed = true;
    }
    if (!anchored)
        th_buf_puts(out, ".*");
    th_buf_putc(out, '(');
    th_buf_add_str(out, th_str_sub(regex, anchored ? 1 : 0, end - (anchored ? 1 : 0)));
    th_buf_putc(out, ')');
    if (!closed)
        th_buf_puts(out, ".*");
}

static void write_wildcard(struct th_jsonw *w, const struct th_node *node, bool before, bool behind)
{
    struct th_buf pattern = TH_BUF_INIT;
    if (before)
        th_buf_putc(&pattern, '*');
    if (node->pattern_kind == TH_PATTERN_WILDCARD)
        add_pattern(&pattern, node->text, node->pattern_flags);
    else
        add_literal(&pattern, node->text);
    if (behind)
        th_buf_putc(&pattern, '*');
    write_parameter(w, "wildcard", node, "value", th_buf_str(&pattern),
                    (node->pattern_flags & TH_PATTERN_ICASE) != 0);
    th_buf_fini(&pattern);
}

static void write_words(struct th_jsonw *w, const struct th_node *node)
{
    if ((node->pattern_flags & TH_PATTERN_PHRASE) != 0) {
        write_value(w, "match_phrase", &node->field, node->text);
        return;
    }
    begin(w, "match");
    th_jsonw_begin_object(w);
    key_field(w, &node->field);
    begin(w, "query");
    th_jsonw_string(w, node->text);
    th_jsonw_key(w, "operator");
    th_jsonw_string(w, TH_STR("and"));
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

static void write_text(struct th_jsonw *w, const struct th_node *node)
{
    bool any_case = (node->pattern_flags & TH_PATTERN_ICASE) != 0;
    struct th_buf regex = TH_BUF_INIT;
    switch (node->pattern_kind) {
    case TH_PATTERN_EXACT:
        if (any_case)
            write_parameter(w, "term", node, "value", node->text, true);
        else
            write_value(w, "term", &node->field, node->text);
        break;
    case TH_PATTERN_PREFIX:
        if (any_case)
            write_parameter(w, "prefix", node, "value", node->text, true);
        else
            write_value(w, "prefix", &node->field, node->text);
        break;
    case TH_PATTERN_SUFFIX:
        write_wildcard(w, node, true, false);
        break;
    case TH_PATTERN_CONTAINS:
        write_wildcard(w, node, true, true);
        break;
    case TH_PATTERN_WILDCARD:
        write_wildcard(w, node, false, false);
        break;
    case TH_PATTERN_REGEX:
        add_regex(&regex, node->text);
        write_parameter(w, "regexp", node, "value", th_buf_str(&regex), any_case);
        break;
    case TH_PATTERN_WORDS:
        write_words(w, node);
        break;
    }
    th_buf_fini(&regex);
}

/* Ranges ------------------------------------------------------------------- */

static bool is_date(const struct th_node *node)
{
    return th_field_info(node->field.field)->type == TH_TYPE_DATE;
}

static void write_bound(struct th_jsonw *w, const struct th_node *node, bool low)
{
    const struct th_range *range = &node->range;
    struct th_buf text = TH_BUF_INIT;
    char iso[TH_TIME_ISO_BYTES];
    double number = low ? range->lo : range->hi;
    if (node->test == TH_TEST_IP) {
        th_kql_add_ip(&text, low ? &range->ip_lo : &range->ip_hi);
        th_jsonw_string(w, th_buf_str(&text));
    } else if (range->text) {
        th_jsonw_string(w, low ? range->text_lo : range->text_hi);
    } else if (is_date(node)) {
        th_time_iso((int64_t)number, iso);
        th_jsonw_string(w, th_str_of(iso));
    } else {
        th_kql_add_number(&text, number);
        th_jsonw_raw(w, th_buf_str(&text));
    }
    th_buf_fini(&text);
}

static void write_exists(struct th_jsonw *w, const struct th_field_ref *field)
{
    begin(w, "exists");
    begin(w, "field");
    string_field(w, field);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

static void write_range(struct th_jsonw *w, const struct th_node *node)
{
    const struct th_range *range = &node->range;
    if (!range->lo_set && !range->hi_set) {
        write_exists(w, &node->field);
        return;
    }
    begin(w, "range");
    th_jsonw_begin_object(w);
    key_field(w, &node->field);
    th_jsonw_begin_object(w);
    if (range->lo_set) {
        th_jsonw_key(w, range->lo_open ? "gt" : "gte");
        write_bound(w, node, true);
    }
    if (range->hi_set) {
        th_jsonw_key(w, range->hi_open ? "lt" : "lte");
        write_bound(w, node, false);
    }
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

static void write_address(struct th_jsonw *w, const struct th_node *node)
{
    struct th_buf text = TH_BUF_INIT;
    struct th_str cidr;
    if (!node->is_cidr) {
        write_range(w, node);
        return;
    }
    th_kql_add_cidr(&text, &node->cidr);
    cidr = th_buf_str(&text);
    /* KQL quotes what holds a colon. */
    if (cidr.n >= 2 && cidr.p[0] == '"')
        cidr = th_str_sub(cidr, 1, cidr.n - 2);
    write_value(w, "term", &node->field, cidr);
    th_buf_fini(&text);
}

/* Others ------------------------------------------------------------------- */

/* Absent, or there and empty. */
static void write_null(struct th_jsonw *w, const struct th_node *node)
{
    begin(w, "bool");
    begin(w, "should");
    th_jsonw_begin_array(w);
    begin(w, "bool");
    begin(w, "must_not");
    th_jsonw_begin_array(w);
    write_exists(w, &node->field);
    th_jsonw_end_array(w);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
    write_value(w, "term", &node->field, TH_STR(""));
    th_jsonw_end_array(w);
    th_jsonw_key(w, "minimum_should_match");
    th_jsonw_i64(w, 1);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

/* Two fields: only a script can compare them. */
static void write_fields(struct th_jsonw *w, const struct th_node *node)
{
    begin(w, "script");
    begin(w, "script");
    begin(w, "source");
    th_jsonw_string(w, TH_STR("for (def a : doc[params.a]) { for (def b : doc[params.b]) { if "
                              "(a.toString().equals(b.toString())) { return true } } } return "
                              "false"));
    th_jsonw_key(w, "params");
    begin(w, "a");
    string_field(w, &node->field);
    th_jsonw_key(w, "b");
    string_field(w, &node->other);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

/* Elasticsearch has no patterns for the keys of a flattened field: all of its leaves are searched,
 * which may find more (and, behind a `not`, less) than is meant. */
static void write_paths(struct th_jsonw *w, const struct th_node *node)
{
    struct th_node all = *node;
    all.field.path = TH_STR_NONE;
    all.paths = NULL;
    write_node(w, &all);
}

static void write_match(struct th_jsonw *w, const struct th_node *node)
{
    if (node->paths != NULL) {
        write_paths(w, node);
        return;
    }
    switch (node->test) {
    case TH_TEST_EXISTS:
        write_exists(w, &node->field);
        break;
    case TH_TEST_TEXT:
        write_text(w, node);
        break;
    case TH_TEST_IP:
        write_address(w, node);
        break;
    case TH_TEST_RANGE:
        write_range(w, node);
        break;
    case TH_TEST_NULL:
        write_null(w, node);
        break;
    case TH_TEST_FIELD:
        write_fields(w, node);
        break;
    }
}

/* Words of a query_string: its operators as themselves, a space too, so that a phrase stays one
 * term; < and > can't be escaped and become '?'. */
static void write_free(struct th_jsonw *w, const struct th_node *node)
{
    struct th_buf text = TH_BUF_INIT;
    if (node->pattern == NULL)
        th_buf_putc(&text, '*');
    for (size_t i = 0; i < node->text.n; i++) {
        char c = node->text.p[i];
        bool escape = node->pattern != NULL && c == '\\' && i + 1 < node->text.n;
        if (escape)
            c = node->text.p[++i];
        if (c == '<' || c == '>') {
            th_buf_putc(&text, '?');
            continue;
        }
        bool star = c == '*' && node->pattern != NULL && !escape;
        if (!star && c != '\0' && strchr("+-=&|!(){}[]^\"~*?:\\/ ", c) != NULL)
            th_buf_putc(&text, '\\');
        th_buf_putc(&text, c);
    }
    if (node->pattern == NULL)
        th_buf_putc(&text, '*');
    begin(w, "query_string");
    begin(w, "query");
    th_jsonw_string(w, th_buf_str(&text));
    th_jsonw_key(w, "analyze_wildcard");
    th_jsonw_bool(w, true);
    th_jsonw_key(w, "lenient");
    th_jsonw_bool(w, true);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
    th_buf_fini(&text);
}

/* Groups ------------------------------------------------------------------- */

static bool is_exact(const struct th_node *node)
{
    return node->kind == TH_NODE_MATCH && node->test == TH_TEST_TEXT &&
           node->pattern_kind == TH_PATTERN_EXACT && node->pattern_flags == 0 &&
           !node->field.text_twin && node->paths == NULL;
}

static bool same_exact(const struct th_node *a, const struct th_node *b)
{
    return is_exact(a) && is_exact(b) && a->field.field == b->field.field &&
           (a->field.path.p == NULL) == (b->field.path.p == NULL) &&
           th_str_eq(a->field.path, b->field.path);
}

/* Exact values of kid i's field from i on as one terms query; false when there is only one. */
static bool write_terms(struct th_jsonw *w, const struct th_node *group, size_t i)
{
    size_t n = 0;
    for (size_t k = i; k < group->kids_n; k++)
        n += same_exact(group->kids[i], group->kids[k]);
    if (n < 2)
        return false;
    begin(w, "terms");
    th_jsonw_begin_object(w);
    key_field(w, &group->kids[i]->field);
    th_jsonw_begin_array(w);
    for (size_t k = i; k < group->kids_n; k++)
        if (same_exact(group->kids[i], group->kids[k]))
            th_jsonw_string(w, group->kids[k]->text);
    th_jsonw_end_array(w);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
    return true;
}

static bool is_written(const struct th_node *group, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_exact(group->kids[k], group->kids[i]))
            return true;
    return false;
}

static void write_or(struct th_jsonw *w, const struct th_node *node)
{
    begin(w, "bool");
    begin(w, "should");
    th_jsonw_begin_array(w);
    for (size_t i = 0; i < node->kids_n; i++)
        if (!is_written(node, i) && !write_terms(w, node, i))
            write_node(w, node->kids[i]);
    th_jsonw_end_array(w);
    th_jsonw_key(w, "minimum_should_match");
    th_jsonw_i64(w, 1);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

/* The kids of an `and` that are excluded, or those that aren't. */
static void write_part(struct th_jsonw *w, const struct th_node *node, bool excluded)
{
    size_t n = 0;
    for (size_t i = 0; i < node->kids_n; i++)
        n += (node->kids[i]->kind == TH_NODE_NOT) == excluded;
    if (n == 0)
        return;
    th_jsonw_key(w, excluded ? "must_not" : "filter");
    th_jsonw_begin_array(w);
    for (size_t i = 0; i < node->kids_n; i++)
        if ((node->kids[i]->kind == TH_NODE_NOT) == excluded)
            write_node(w, excluded ? node->kids[i]->kids[0] : node->kids[i]);
    th_jsonw_end_array(w);
}

static void write_and(struct th_jsonw *w, const struct th_node *node)
{
    begin(w, "bool");
    th_jsonw_begin_object(w);
    write_part(w, node, false);
    write_part(w, node, true);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

static void write_not(struct th_jsonw *w, const struct th_node *node)
{
    begin(w, "bool");
    begin(w, "must_not");
    th_jsonw_begin_array(w);
    write_node(w, node->kids[0]);
    th_jsonw_end_array(w);
    th_jsonw_end_object(w);
    th_jsonw_end_object(w);
}

static void write_node(struct th_jsonw *w, const struct th_node *node)
{
    switch (node->kind) {
    case TH_NODE_ALL:
        write_plain(w, "match_all");
        break;
    case TH_NODE_NONE:
        write_plain(w, "match_none");
        break;
    case TH_NODE_AND:
        write_and(w, node);
        break;
    case TH_NODE_OR:
        write_or(w, node);
        break;
    case TH_NODE_NOT:
        write_not(w, node);
        break;
    case TH_NODE_MATCH:
        write_match(w, node);
        break;
    case TH_NODE_FREE:
        write_free(w, node);
        break;
    }
}

void th_dsl_write(const th_query *query, struct th_buf *out)
{
    struct th_jsonw w;
    th_jsonw_init(&w, out);
    write_node(&w, th_query_root(query));
}
