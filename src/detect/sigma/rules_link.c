/* References between rules.
 *
 * A correlation names its parts by id, name or title, in any file of the set. A part that is
 * missing, or that leads back to where it began, takes the correlation out, and then those that
 * build on it. Parts give no findings of their own unless that was asked for. */
#include "detect/sigma/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"

enum state { NEW, OPEN, DONE };

/* What rules are called, and the first two of each name. */
struct names {
    th_dict *texts;
    struct th_sigma_rule *(*rules)[2]; /* by code, less one */
    size_t cap;
};

struct index {
    struct names names, titles;
};

static void names_add(struct names *names, struct th_str text, struct th_sigma_rule *rule)
{
    size_t at = th_dict_intern(names->texts, text) - 1;
    if (at >= names->cap) {
        size_t cap = names->cap * 2 + 64;
        names->rules = th_xreallocarray(names->rules, cap, sizeof *names->rules);
        memset(names->rules + names->cap, 0, (cap - names->cap) * sizeof *names->rules);
        names->cap = cap;
    }
    struct th_sigma_rule **two = names->rules[at];
    if (two[0] == NULL)
        two[0] = rule;
    else if (two[1] == NULL)
        two[1] = rule;
}

static struct th_sigma_rule *names_find(const struct names *names, struct th_str text,
                                        struct th_sigma_rule **second)
{
    uint32_t code = th_dict_find(names->texts, text);
    if (code == 0)
        return NULL;
    *second = names->rules[code - 1][1];
    return names->rules[code - 1][0];
}

static void names_fini(struct names *names)
{
    th_dict_free(names->texts);
    free(names->rules);
}

static void index_init(struct index *index, const th_rules *rules)
{
    *index = (struct index){{.texts = th_dict_new()}, {.texts = th_dict_new()}};
    for (size_t i = 0; i < rules->all_n; i++) {
        struct th_sigma_rule *rule = rules->all[i];
        if (rule->name.n > 0)
            names_add(&index->names, rule->name, rule);
        if (rule->rule.title != NULL)
            names_add(&index->titles, th_str_of(rule->rule.title), rule);
    }
}

static void index_fini(struct index *index)
{
    names_fini(&index->names);
    names_fini(&index->titles);
}

/* By id first, then by name, then by title; several of one name are an error that tells both. */
static struct th_sigma_rule *find(const th_rules *rules, const struct index *index,
                                  struct th_str wanted, struct th_sigma_rule **second)
{
    uint32_t code = th_dict_find(rules->ids, wanted);
    if (code != 0)
        return rules->all[code - 1];
    struct th_sigma_rule *found = names_find(&index->names, wanted, second);
    return found != NULL ? found : names_find(&index->titles, wanted, second);
}

static void drop(th_rules *rules, struct th_sigma_rule *rule, int line, const char *why,
                 struct th_str what)
{
    struct th_sigma s = {
        .rules = rules, .arena = rules->arena, .path = rule->rule.path, .rule = rule};
    th_sigma_error(&s, line, "%s %.*s", why, TH_STR_ARGS(th_str_sub(what, 0, 100)));
}

static bool groups_by(const struct th_rule *rule, const struct th_field_ref *ref)
{
    for (size_t i = 0; i < rule->group_by_n; i++)
        if (rule->group_by[i].field == ref->field && th_str_eq(rule->group_by[i].path, ref->path))
            return true;
    return false;
}

/* A correlation as a part: counts count events, and its windows must belong to one group of the
 * whole. */
static bool fits(th_rules *rules, struct th_sigma_rule *rule, const struct th_sigma_rule *part,
                 int line)
{
    struct th_rule *r = &rule->rule;
    if (part->rule.kind != TH_RULE_CORRELATION)
        return true;
    if (r->correlation == TH_CORR_EVENT_COUNT || r->correlation == TH_CORR_VALUE_COUNT) {
        drop(rules, rule, line,
             "a count needs rules on events, this is a correlation:", th_str_of(part->rule.title));
        return false;
    }
    for (size_t i = 0; i < r->group_by_n; i++)
        if (!groups_by(&part->rule, &r->group_by[i])) {
            drop(rules, rule, line,
                 "a part isn't grouped by it as well:", th_str_of(r->group_by_names[i]));
            return false;
        }
    return true;
}

static bool link_rule(th_rules *rules, const struct index *index, struct th_sigma_rule *rule);

static bool link_part(th_rules *rules, const struct index *index, struct th_sigma_rule *rule,
                      size_t i)
{
    struct th_sigma_rule *second = NULL;
    const struct th_sigma_ref *ref = &rule->refs[i];
    struct th_sigma_rule *part = find(rules, index, ref->text, &second);
    if (part == NULL) {
        drop(rules, rule, ref->line, "no rule is called", ref->text);
        return false;
    }
    if (second != NULL) {
        drop(rules, rule, ref->line, "several rules are called", ref->text);
        return false;
    }
    if (part->state == OPEN) {
        drop(rules, rule, ref->line, "the rule builds on itself through", ref->text);
        return false;
    }
    if (!link_rule(rules, index, part)) {
        drop(rules, rule, ref->line, "a part could not be loaded:", ref->text);
        return false;
    }
    rule->parts[i] = part;
    return fits(rules, rule, part, ref->line);
}

static bool link_rule(th_rules *rules, const struct index *index, struct th_sigma_rule *rule)
{
    if (rule->state == DONE)
        return !rule->dropped;
    rule->state = OPEN;
    size_t n = rule->refs_n;
    const struct th_rule **parts = th_arena_calloc(rules->arena, n + 1, sizeof *parts);
    rule->parts = th_arena_calloc(rules->arena, n + 1, sizeof *rule->parts);
    for (size_t i = 0; i < n && !rule->dropped; i++)
        if (link_part(rules, index, rule, i))
            parts[i] = &rule->parts[i]->rule;
    rule->rule.parts = parts;
    rule->rule.parts_n = n;
    rule->state = DONE;
    return !rule->dropped;
}

/* Silent are those that loaded correlations refer to, when none of these generates them and they
 * don't speak for themselves. */
static void mark_silent(th_rules *rules)
{
    for (size_t i = 0; i < rules->all_n; i++)
        for (size_t k = 0; !rules->all[i]->dropped && k < rules->all[i]->refs_n; k++)
            rules->all[i]->parts[k]->rule.silent = true;
    for (size_t i = 0; i < rules->all_n; i++) {
        struct th_sigma_rule *rule = rules->all[i];
        if (rule->dropped)
            continue;
        if (rule->speaks)
            rule->rule.silent = false;
        for (size_t k = 0; rule->generate && k < rule->refs_n; k++)
            rule->parts[k]->rule.silent = false;
    }
}

static void make_hash(struct th_sigma_rule *rule)
{
    if (rule->hashed)
        return;
    rule->hashed = true;
    th_sha256 *state = th_sha256_new();
    th_sha256_update(state, rule->rule.text, strlen(rule->rule.text));
    for (size_t i = 0; i < rule->refs_n; i++) {
        make_hash(rule->parts[i]);
        th_sha256_update(state, rule->parts[i]->rule.hash, sizeof rule->parts[i]->rule.hash);
    }
    th_sha256_final(state, rule->rule.hash);
}

void th_rules_link(th_rules *rules)
{
    rules->kept = th_arena_calloc(rules->arena, rules->all_n + 1, sizeof *rules->kept);
    struct index index;
    index_init(&index, rules);
    for (size_t i = 0; i < rules->all_n; i++)
        (void)link_rule(rules, &index, rules->all[i]);
    index_fini(&index);
    mark_silent(rules);
    for (size_t i = 0; i < rules->all_n; i++) {
        if (rules->all[i]->dropped)
            continue;
        make_hash(rules->all[i]);
        rules->kept[rules->kept_n++] = &rules->all[i]->rule;
    }
}
