/* The rules we ship: each loads without a remark, says what a rule should say, and finds its own
 * samples and nothing else.
 *
 * Beside each data/rules/NAME.yml stand tests/detect/rules/NAME.match.jsonl and NAME.nomatch.jsonl.
 * For a rule on events every line of the first must match and none of the second; for a correlation
 * the first must give one finding with all its lines, the second none. */
#include "detect/rule_run.h"

#include <dirent.h>

static struct mem_case *load_lines(const char *folder, const char *name, const char *kind)
{
    char *path = th_xasprintf("%s/tests/detect/rules/%s.%s.jsonl", folder, name, kind);
    struct th_str text = slurp(path);
    struct mem_case *c = NULL;
    if (text.p != NULL) {
        c = mem_case_new();
        mem_case_add_all(c, text);
        unslurp(text);
    }
    free(path);
    return c;
}

static bool of_file(const struct th_rule *rule, const char *name)
{
    const char *slash = strrchr(rule->path, '/');
    size_t n = strlen(name);
    return slash != NULL && strncmp(slash + 1, name, n) == 0 && strcmp(slash + 1 + n, ".yml") == 0;
}

/* The rule that the file is about: the one that speaks, else its only one. */
static const struct th_rule *main_rule(const th_rules *rules, const char *name)
{
    const struct th_rule *silent = NULL;
    for (size_t i = 0; i < th_rules_count(rules); i++) {
        const struct th_rule *rule = th_rules_get(rules, i);
        if (!of_file(rule, name))
            continue;
        if (!rule->silent)
            return rule;
        silent = rule;
    }
    return silent;
}

static void check_match(const th_rules *rules, const char *folder, const char *name)
{
    const struct th_rule *rule = main_rule(rules, name);
    struct mem_case *c = load_lines(folder, name, "match");
    struct rule_run r;
    if (rule == NULL || c == NULL || c->rows == 0) {
        tap_ok(false, "%s has samples that match", name);
        if (c != NULL)
            mem_case_free(c);
        return;
    }
    run_open(&r, c);
    enum th_code rc = th_detect_run(r.detect, rule, NULL, &r.list, &r.err);
    size_t found = 0;
    for (size_t i = 0; i < r.list.n; i++)
        found += r.list.found[i].rows_n;
    if (rule->silent)
        found = rule_rows(&r, rule);
    bool one = rule->kind == TH_RULE_EVENT || r.list.n == 1;
    tap_ok(rc == TH_OK && found == c->rows && one,
           "%s finds its samples (%zu of %zu, %zu findings)", name, found, c->rows, r.list.n);
    run_close(&r);
}

static void check_nomatch(const th_rules *rules, const char *folder, const char *name)
{
    const struct th_rule *rule = main_rule(rules, name);
    struct mem_case *c = load_lines(folder, name, "nomatch");
    struct rule_run r;
    if (rule == NULL || c == NULL || c->rows == 0) {
        tap_ok(false, "%s has samples that don't match", name);
        if (c != NULL)
            mem_case_free(c);
        return;
    }
    run_open(&r, c);
    enum th_code rc = th_detect_run(r.detect, rule, NULL, &r.list, &r.err);
    size_t found = rule->silent ? rule_rows(&r, rule) : r.list.n;
    tap_ok(rc == TH_OK && found == 0, "%s leaves its other samples alone (%zu%s%s)", name, found,
           r.list.n > 0 ? ": " : "", r.list.n > 0 ? r.list.found[0].why : "");
    run_close(&r);
}

static bool has_technique(const struct th_rule *rule)
{
    for (size_t i = 0; i < rule->tags_n; i++)
        if (strncmp(rule->tags[i], "attack.t1", 9) == 0)
            return true;
    return false;
}

/* What a rule owes its reader. */
static void check_words(const struct th_rule *rule)
{
    bool words =
        rule->description != NULL && strlen(rule->description) > 20 && rule->status != NULL;
    bool tags = rule->silent || has_technique(rule);
    bool rated = rule->silent || strcmp(rule->level, "informational") != 0;
    bool noun = !rule->silent || rule->kind == TH_RULE_CORRELATION || rule->noun != NULL;
    bool benign = rule->falsepositives_n > 0;
    tap_ok(words && tags && rated && noun && benign,
           "%s: described %d, technique %d, level %d, noun %d, false positives %d", rule->title,
           words, tags, rated, noun, benign);
}

int main(void)
{
    const char *folder = getenv("TH_SRCDIR");
    struct th_err err = {0};
    th_rules *rules;
    struct dirent **entries;
    char *path = th_xasprintf("%s/data/rules", folder != NULL ? folder : ".");
    const char *const paths[] = {path};
    if (folder == NULL)
        folder = ".";
    if (!tap_ok(th_rules_load(paths, 1, &rules, &err) == TH_OK, "the rules load %s", err.msg))
        return tap_done();
    char *notes = notes_of(rules);
    tap_is_str(notes, "", "without a remark");
    free(notes);
    tap_ok(th_rules_count(rules) >= 24, "there are enough of them");
    for (size_t i = 0; i < th_rules_count(rules); i++)
        check_words(th_rules_get(rules, i));
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char *dot = strstr(entries[i]->d_name, ".yml");
        if (dot != NULL) {
            *dot = '\0';
            check_match(rules, folder, entries[i]->d_name);
            check_nomatch(rules, folder, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    th_rules_free(rules);
    free(path);
    return tap_done();
}
