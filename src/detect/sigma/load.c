/* One document: who it is, what it is for, and then its detection or its correlation. */
#include "detect/sigma/sigma.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"
#include "store/findings/findings.h"

/* Lists of plain words that nothing depends on: what is no text is left out with a remark. */
static const char *const *word_list(struct th_sigma *s, const struct th_yaml *doc, const char *key,
                                    size_t *n)
{
    const struct th_yaml *node = th_yaml_get(doc, key);
    *n = 0;
    if (node == NULL || node->kind == TH_YAML_NULL)
        return NULL;
    size_t max = node->kind == TH_YAML_LIST ? node->n : 1;
    const char **words = th_arena_calloc(s->arena, max + 1, sizeof(char *));
    for (size_t i = 0; i < max; i++) {
        const struct th_yaml *one = node->kind == TH_YAML_LIST ? node->items[i] : node;
        if (one->kind == TH_YAML_SCALAR)
            words[(*n)++] = one->text.p;
        else
            th_sigma_warn(s, one->line, "%s: an entry is no text", key);
    }
    return words;
}

static const char *text_of(const struct th_yaml *doc, const char *key)
{
    return th_yaml_text(doc, key).p;
}

/* A rule without an id is known by one made from its title, so that its findings keep their state.
 */
static const char *make_id(struct th_sigma *s, struct th_str title)
{
    uint8_t digest[TH_SHA256_BYTES];
    char hex[2 * TH_SHA256_BYTES + 1];
    struct th_buf id = TH_BUF_INIT;
    th_sha256_of(title.p, title.n, digest);
    th_sha256_hex(digest, hex);
    th_buf_printf(&id, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
    const char *text = th_arena_strdup(s->arena, th_buf_cstr(&id));
    th_buf_fini(&id);
    return text;
}

static const char *level_of(struct th_sigma *s, const struct th_yaml *doc)
{
    const struct th_yaml *node = th_yaml_get(doc, "level");
    if (node == NULL || node->kind != TH_YAML_SCALAR) {
        th_sigma_warn(s, node == NULL ? doc->line : node->line, "no level, taken as informational");
        return th_level_word(TH_LEVEL_INFORMATIONAL);
    }
    for (enum th_level level = TH_LEVEL_INFORMATIONAL; level <= TH_LEVEL_CRITICAL; level++)
        if (th_text_ieq(node->text, th_str_of(th_level_word(level))))
            return th_level_word(level);
    th_sigma_warn(s, node->line, "unknown level %.*s, taken as informational",
                  TH_STR_ARGS(th_str_sub(node->text, 0, 40)));
    return th_level_word(TH_LEVEL_INFORMATIONAL);
}

static bool load_head(struct th_sigma *s, const struct th_yaml *doc)
{
    struct th_rule *rule = &s->rule->rule;
    struct th_str title = th_yaml_text(doc, "title");
    struct th_str id = th_yaml_text(doc, "id");
    if (title.n == 0)
        return th_sigma_error(s, doc->line, "no title");
    rule->title = title.p;
    rule->id = id.p;
    s->rule->name = th_yaml_text(doc, "name");
    if (id.n == 0) {
        rule->id = make_id(s, title);
        th_sigma_warn(s, doc->line, "no id, one is made from the title");
    }
    rule->level = level_of(s, doc);
    rule->description = text_of(doc, "description");
    rule->status = text_of(doc, "status");
    rule->tags = word_list(s, doc, "tags", &rule->tags_n);
    rule->falsepositives = word_list(s, doc, "falsepositives", &rule->falsepositives_n);
    s->rule->speaks = th_yaml_is_true(th_yaml_get(doc, "generate"));
    return true;
}

/* Grouping
 * ----------------------------------------------------------------------------------------------------------
 */

const char *th_sigma_field_name(struct th_sigma *s, const struct th_field_ref *ref,
                                struct th_str written)
{
    if (ref->path.p != NULL)
        return th_arena_dup(s->arena, written).p;
    return th_field_info(ref->field)->name;
}

static void set_group(struct th_sigma *s, const struct th_field_ref *refs, const char *const *names,
                      size_t n)
{
    s->rule->rule.group_by = refs;
    s->rule->rule.group_by_names = names;
    s->rule->rule.group_by_n = n;
}

bool th_sigma_group_by(struct th_sigma *s, const struct th_yaml *node)
{
    struct th_sigma_ref *fields;
    size_t n;
    if (!th_sigma_strings(s, node, "group-by", &fields, &n))
        return false;
    if (n > 8)
        return th_sigma_error(s, node->line, "grouped by more than eight fields");
    struct th_field_ref *refs = th_arena_calloc(s->arena, n + 1, sizeof *refs);
    const char **names = th_arena_calloc(s->arena, n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++) {
        if (!th_sigma_field(s, fields[i].text, fields[i].line, true, &refs[i]))
            return false;
        names[i] = th_sigma_field_name(s, &refs[i], fields[i].text);
    }
    set_group(s, refs, names, n);
    return true;
}

static void default_group(struct th_sigma *s)
{
    static const enum th_field fields[] = {TH_F_OWN_ACTOR, TH_F_RECIPIENT_ACCOUNT_ID};
    struct th_field_ref *refs = th_arena_calloc(s->arena, TH_COUNT(fields), sizeof *refs);
    const char **names = th_arena_calloc(s->arena, TH_COUNT(fields), sizeof *names);
    for (size_t i = 0; i < TH_COUNT(fields); i++) {
        refs[i] = (struct th_field_ref){fields[i], false, TH_STR_NONE};
        names[i] = th_field_info(fields[i])->name;
    }
    set_group(s, refs, names, TH_COUNT(fields));
}

/* Our own key: how matches are gathered and what they are called. */
static bool load_own(struct th_sigma *s, const struct th_yaml *own, bool event)
{
    struct th_rule *rule = &s->rule->rule;
    if (own == NULL)
        return true;
    if (own->kind != TH_YAML_MAP)
        return th_sigma_error(s, own->line, "trailhound is no map");
    for (size_t i = 0; i < own->n; i++) {
        const struct th_yaml *key = own->keys[i], *value = own->items[i];
        if (th_str_is(key->text, "noun") && value->kind == TH_YAML_SCALAR) {
            rule->noun = value->text.p;
        } else if (event && th_str_is(key->text, "group-by")) {
            if (!th_sigma_group_by(s, value))
                return false;
        } else if (event && th_str_is(key->text, "gap") && value->kind == TH_YAML_SCALAR) {
            if (!th_time_parse_span(value->text, &rule->gap_ms) || rule->gap_ms <= 0)
                return th_sigma_error(s, value->line, "gap is no span of time such as 1h");
        } else {
            th_sigma_warn(s, key->line, "trailhound: %.*s means nothing here",
                          TH_STR_ARGS(th_str_sub(key->text, 0, 60)));
        }
    }
    return true;
}

/* Only rules for CloudTrail say something about CloudTrail. */
static bool is_ours(struct th_sigma *s, const struct th_yaml *doc)
{
    const struct th_yaml *source = th_yaml_get(doc, "logsource");
    if (source != NULL && source->kind == TH_YAML_MAP &&
        th_text_ieq(th_yaml_text(source, "product"), TH_STR("aws")) &&
        th_text_ieq(th_yaml_text(source, "service"), TH_STR("cloudtrail")))
        return true;
    th_sigma_warn(s, source == NULL ? doc->line : source->line,
                  "not for product aws, service cloudtrail: left out");
    s->rule->dropped = true;
    return false;
}

bool th_sigma_load(struct th_sigma *s, const struct th_yaml *doc)
{
    struct th_rule *rule = &s->rule->rule;
    *rule = (struct th_rule){.path = s->path,
                             .line = doc->line,
                             .gap_ms = TH_HOUR_MS,
                             .gte = -1,
                             .gt = -1,
                             .lte = -1,
                             .lt = -1,
                             .eq = -1,
                             .neq = -1,
                             .value_field = {.field = TH_FIELD_NONE}};
    if (doc->kind != TH_YAML_MAP)
        return th_sigma_error(s, doc->line, "a rule is a map, this is none");
    const struct th_yaml *correlation = th_yaml_get(doc, "correlation");
    const struct th_yaml *detection = th_yaml_get(doc, "detection");
    if (th_yaml_get(doc, "action") != NULL)
        return th_sigma_error(s, doc->line, "rule collections (action:) are not supported");
    if (correlation == NULL && detection == NULL)
        return th_sigma_error(s, doc->line, "neither detection nor correlation");
    if (correlation == NULL && !is_ours(s, doc))
        return false;
    if (!load_head(s, doc))
        return false;
    rule->kind = correlation != NULL ? TH_RULE_CORRELATION : TH_RULE_EVENT;
    if (rule->kind == TH_RULE_EVENT)
        default_group(s);
    if (!load_own(s, th_yaml_get(doc, "trailhound"), rule->kind == TH_RULE_EVENT))
        return false;
    if (correlation != NULL)
        return th_sigma_load_correlation(s, correlation);
    s->rule->query = th_query_new();
    rule->query = s->rule->query;
    return th_sigma_detection(s, detection);
}
