/* What a tree means by its definition, said in SQL without a look at how the program evaluates it.
 *
 * An array is a JSON text, of which any element may pass. A number inside a text is what SQLite
 * makes of it when it is compared with one: only a whole text that is a number is, all others are
 * greater than every number. Patterns become GLOB, whose other signs are put in brackets. */
#include "query/ast_sql.h"

#include "base/time.h"

void ast_sql_text(struct th_buf *out, struct th_str text)
{
    th_buf_puts(out, "CAST(x'");
    for (size_t i = 0; i < text.n; i++)
        th_buf_printf(out, "%02x", (unsigned char)text.p[i]);
    th_buf_puts(out, "' AS TEXT)");
}

static bool is_multi(enum th_field field)
{
    return (th_field_info(field)->flags & TH_FIELD_MULTI) != 0;
}

/* Can the view be asked for it? */
static bool is_known(const struct th_field_ref *ref)
{
    return th_field_info(ref->field)->store != TH_STORE_EVIDENCE && ref->path.p == NULL;
}

static void glob_char(struct th_buf *glob, char c)
{
    if (strchr("*?[", c) != NULL)
        th_buf_printf(glob, "[%c]", c);
    else
        th_buf_putc(glob, c);
}

static void glob_of(const struct th_node *leaf, struct th_buf *glob)
{
    bool wildcard = leaf->pattern_kind == TH_PATTERN_WILDCARD;
    if (leaf->pattern_kind == TH_PATTERN_SUFFIX || leaf->pattern_kind == TH_PATTERN_CONTAINS)
        th_buf_putc(glob, '*');
    for (size_t i = 0; i < leaf->text.n; i++) {
        char c = leaf->text.p[i];
        if (wildcard && c == '*') {
            th_buf_putc(glob, '*');
            continue;
        }
        if (wildcard && c == '\\' && i + 1 < leaf->text.n)
            c = leaf->text.p[++i];
        glob_char(glob, c);
    }
    if (leaf->pattern_kind == TH_PATTERN_PREFIX || leaf->pattern_kind == TH_PATTERN_CONTAINS)
        th_buf_putc(glob, '*');
}

/* The program stops at a NUL in a pattern of GLOB. */
static bool has_nul(struct th_str text)
{
    return text.n > 0 && memchr(text.p, '\0', text.n) != NULL;
}

static bool text_test(const struct th_node *leaf, const char *value, struct th_buf *out)
{
    struct th_buf glob = TH_BUF_INIT;
    if (leaf->field.text_twin || (leaf->pattern_flags & TH_PATTERN_ICASE) != 0 ||
        has_nul(leaf->text))
        return false;
    switch (leaf->pattern_kind) {
    case TH_PATTERN_EXACT:
        th_buf_printf(out, "%s = ", value);
        ast_sql_text(out, leaf->text);
        return true;
    case TH_PATTERN_PREFIX:
    case TH_PATTERN_SUFFIX:
    case TH_PATTERN_CONTAINS:
    case TH_PATTERN_WILDCARD:
        glob_of(leaf, &glob);
        th_buf_printf(out, "%s GLOB ", value);
        ast_sql_text(out, th_buf_str(&glob));
        th_buf_fini(&glob);
        return true;
    case TH_PATTERN_REGEX:
    case TH_PATTERN_WORDS:
        break;
    }
    return false;
}

typedef void put_bound(const struct th_range *range, bool low, struct th_buf *out);

static void compare(const struct th_range *range, const char *value, put_bound *put,
                    struct th_buf *out)
{
    th_buf_putc(out, '1');
    if (range->lo_set) {
        th_buf_printf(out, " AND %s %s ", value, range->lo_open ? ">" : ">=");
        put(range, true, out);
    }
    if (range->hi_set) {
        th_buf_printf(out, " AND %s %s ", value, range->hi_open ? "<" : "<=");
        put(range, false, out);
    }
}

static void put_text(const struct th_range *range, bool low, struct th_buf *out)
{
    ast_sql_text(out, low ? range->text_lo : range->text_hi);
}

static void put_number(const struct th_range *range, bool low, struct th_buf *out)
{
    th_buf_printf(out, "CAST(%.17g AS REAL)", low ? range->lo : range->hi);
}

/* Times are whole milliseconds in the view, and their texts sort as they do. */
static void put_time(const struct th_range *range, bool low, struct th_buf *out)
{
    char iso[TH_TIME_ISO_BYTES];
    th_time_iso((int64_t)(low ? range->lo : range->hi), iso);
    th_buf_printf(out, "'%s'", iso);
}

static bool range_test(const struct th_node *leaf, const char *value, struct th_buf *out)
{
    enum th_type type = th_field_info(leaf->field.field)->type;
    if (leaf->range.text) {
        compare(&leaf->range, value, put_text, out);
    } else if (type == TH_TYPE_DATE) {
        compare(&leaf->range, value, put_time, out);
    } else if (type == TH_TYPE_LONG) {
        compare(&leaf->range, value, put_number, out);
    } else {
        /* As JSON writes numbers, a sign and zeros before them allowed. */
        th_buf_printf(out,
                      "%s GLOB '[-+0-9]*' AND %s GLOB '*[0-9]' AND %s NOT GLOB '*.[^0-9]*' AND "
                      "%s NOT GLOB '[-+].*' AND %s < CAST(9e999 AS REAL) AND "
                      "%s > CAST(-9e999 AS REAL) AND ",
                      value, value, value, value, value, value);
        compare(&leaf->range, value, put_number, out);
    }
    return true;
}

/* One value against a test. */
static bool value_test(const struct ast_sql *sql, const struct th_node *leaf, const char *value,
                       struct th_buf *out)
{
    switch (leaf->test) {
    case TH_TEST_EXISTS:
        th_buf_printf(out, "%s IS NOT NULL", value);
        return true;
    case TH_TEST_TEXT:
        return text_test(leaf, value, out);
    case TH_TEST_IP:
        th_buf_printf(out, "%s IN (", value);
        sql->in_values(sql->ctx, leaf, out);
        th_buf_putc(out, ')');
        return true;
    case TH_TEST_RANGE:
        return range_test(leaf, value, out);
    case TH_TEST_NULL:
        th_buf_printf(out, "%s <> ''", value);
        return true;
    case TH_TEST_FIELD:
        break;
    }
    return false;
}

/* What a field is called: true and false are 0 and 1 there, and numbers are no text. */
static void put_column(struct th_buf *out, enum th_field field)
{
    const struct th_field_info *info = th_field_info(field);
    if (info->store == TH_STORE_BOOL)
        th_buf_printf(out, "CASE \"%s\" WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", info->name);
    else
        th_buf_printf(out, "\"%s\"", info->name);
}

static bool leaf_test(const struct ast_sql *sql, const struct th_node *leaf, struct th_buf *out)
{
    struct th_buf value = TH_BUF_INIT;
    bool multi = is_multi(leaf->field.field);
    put_column(&value, leaf->field.field);
    if (leaf->test == TH_TEST_NULL)
        th_buf_puts(out, "NOT ");
    if (multi)
        th_buf_printf(out, "EXISTS (SELECT 1 FROM json_each(%s) j WHERE ", th_buf_cstr(&value));
    th_buf_puts(out, "((");
    bool good = value_test(sql, leaf, multi ? "j.value" : th_buf_cstr(&value), out);
    th_buf_puts(out, multi ? ") IS TRUE))" : ") IS TRUE)");
    th_buf_fini(&value);
    return good;
}

/* The values of a side as a table with the column value. */
static void put_side(struct th_buf *out, enum th_field field)
{
    struct th_buf value = TH_BUF_INIT;
    put_column(&value, field);
    if (is_multi(field))
        th_buf_printf(out, "(SELECT value FROM json_each(%s))", th_buf_cstr(&value));
    else
        th_buf_printf(out, "(SELECT %s AS value)", th_buf_cstr(&value));
    th_buf_fini(&value);
}

static bool fields_test(const struct th_node *leaf, struct th_buf *out)
{
    if (!is_known(&leaf->other) || th_field_info(leaf->field.field)->type == TH_TYPE_LONG ||
        th_field_info(leaf->other.field)->type == TH_TYPE_LONG)
        return false;
    th_buf_puts(out, "EXISTS (SELECT 1 FROM ");
    put_side(out, leaf->field.field);
    th_buf_puts(out, " a, ");
    put_side(out, leaf->other.field);
    th_buf_puts(out, " b WHERE a.value = b.value)");
    return true;
}

static bool group(const struct ast_sql *sql, const struct th_node *node, const char *word,
                  struct th_buf *out)
{
    th_buf_putc(out, '(');
    for (size_t i = 0; i < node->kids_n; i++) {
        th_buf_puts(out, i > 0 ? word : "");
        if (!ast_sql_print(sql, node->kids[i], out))
            return false;
    }
    th_buf_putc(out, ')');
    return true;
}

bool ast_sql_print(const struct ast_sql *sql, const struct th_node *node, struct th_buf *out)
{
    switch (node->kind) {
    case TH_NODE_ALL:
        th_buf_putc(out, '1');
        return true;
    case TH_NODE_NONE:
        th_buf_putc(out, '0');
        return true;
    case TH_NODE_AND:
        return group(sql, node, " AND ", out);
    case TH_NODE_OR:
        return group(sql, node, " OR ", out);
    case TH_NODE_NOT:
        th_buf_puts(out, "NOT ");
        return ast_sql_print(sql, node->kids[0], out);
    case TH_NODE_FREE:
        return false;
    case TH_NODE_MATCH:
        break;
    }
    if (!is_known(&node->field))
        return false;
    return node->test == TH_TEST_FIELD ? fields_test(node, out) : leaf_test(sql, node, out);
}
