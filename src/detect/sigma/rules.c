/* A set of rules: files are found and cut into documents, documents become rules, references
 * between rules are followed.
 *
 * A document begins with a line `---`; each is read on its own, so that a malformed one doesn't
 * take the others with it. What is wrong with one rule is a note; the rule is left out and the rest
 * stays. Rules keep the order in which they were read. */
#include "detect/sigma/rules.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/system.h"
#include "base/text.h"
#include "detect/sigma/internal.h"

enum { FOLDERS_DEEP = 32 };

static enum th_code read_path(th_rules *rules, const char *path, int depth, struct th_err *err);

/* Documents
 * ---------------------------------------------------------------------------------------------------------
 */

static void drop_query(struct th_sigma_rule *rule)
{
    th_query_free(rule->query);
    rule->query = NULL;
    rule->rule.query = NULL;
}

static bool same_id(const th_rules *rules, const struct th_sigma_rule *rule,
                    const struct th_sigma_rule **other)
{
    uint32_t code = th_dict_find(rules->ids, th_str_of(rule->rule.id));
    if (code != 0)
        *other = rules->all[code - 1];
    return code != 0;
}

static void add_document(th_rules *rules, const char *path, struct th_str text, int line)
{
    struct th_err err = {0};
    struct th_yaml *doc;
    int bad_line;
    const struct th_sigma_rule *other;
    if (th_yaml_read(text, line, rules->arena, &doc, &bad_line, &err) != TH_OK) {
        th_rules_add_note(rules, path, bad_line, true, err.msg);
        return;
    }
    if (doc == NULL || doc->kind == TH_YAML_NULL)
        return;
    struct th_sigma_rule *rule = th_arena_calloc(rules->arena, 1, sizeof *rule);
    struct th_sigma s = {.rules = rules, .arena = rules->arena, .path = path, .rule = rule};
    if (th_sigma_load(&s, doc) && same_id(rules, rule, &other))
        th_sigma_error(&s, doc->line, "the id is already that of %s (%s)", other->rule.title,
                       other->rule.path);
    if (rule->dropped) {
        drop_query(rule);
        return;
    }
    rule->rule.text = th_arena_dup(rules->arena, text).p;
    rule->rule.line = line;
    (void)th_dict_intern(rules->ids, th_str_of(rule->rule.id));
    TH_GROW(rules->all, rules->all_n, rules->all_cap);
    rules->all[rules->all_n++] = rule;
}

/* A line `---` begins a document; nothing inside one can look so. */
static bool is_marker(struct th_str line)
{
    return th_str_starts(line, TH_STR("---")) &&
           (line.n == 3 || line.p[3] == ' ' || line.p[3] == '\t' || line.p[3] == '\r');
}

static void add_documents(th_rules *rules, const char *path, struct th_str text)
{
    size_t start = 0, at = 0;
    int line = 1, start_line = 1;
    if (th_str_starts(text, TH_STR("\xef\xbb\xbf")))
        text = th_str_sub(text, 3, text.n);
    while (at < text.n) {
        struct th_str rest = th_str_sub(text, at, text.n);
        ptrdiff_t end = th_str_find(rest, '\n');
        struct th_str here = end < 0 ? rest : th_str_sub(rest, 0, (size_t)end);
        size_t next = end < 0 ? text.n : at + (size_t)end + 1;
        if (is_marker(here)) {
            add_document(rules, path, th_str_sub(text, start, at - start), start_line);
            /* What follows the dashes on their line belongs to the document. */
            bool bare = th_str_is(here, "---") || th_str_is(here, "---\r");
            start = bare ? next : at;
            start_line = bare ? line + 1 : line;
        }
        at = next;
        line++;
    }
    add_document(rules, path, th_str_sub(text, start, text.n), start_line);
}

/* Files
 * -------------------------------------------------------------------------------------------------------------
 */

static void read_file(th_rules *rules, const char *path, const struct stat *st)
{
    struct th_buf text = TH_BUF_INIT;
    char words[64];
    char why[128];
    path = th_arena_strdup(rules->arena, path);
    if (st->st_size > TH_RULE_FILE_MAX) {
        th_rules_add_note(rules, path, 0, true, "larger than 64 MiB");
        return;
    }
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        snprintf(why, sizeof why, "cannot be read: %s", th_errno_text(errno, words, sizeof words));
        th_rules_add_note(rules, path, 0, true, why);
        return;
    }
    size_t room = (size_t)st->st_size;
    text.n = fread(th_buf_reserve(&text, room), 1, room, file);
    bool bad = ferror(file) != 0;
    fclose(file);
    if (bad)
        th_rules_add_note(rules, path, 0, true, "cannot be read");
    else if (!th_utf8_valid(th_buf_str(&text)))
        th_rules_add_note(rules, path, 0, true, "not UTF-8");
    else
        add_documents(rules, path, th_buf_str(&text));
    th_buf_fini(&text);
}

static bool is_rule_name(const char *name)
{
    struct th_str s = th_str_of(name);
    return s.p[0] != '.' && (th_str_ends(s, TH_STR(".yml")) || th_str_ends(s, TH_STR(".yaml")));
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The same order everywhere, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum th_code read_folder(th_rules *rules, const char *path, int depth, struct th_err *err)
{
    struct dirent **entries;
    enum th_code rc = TH_OK;
    int n = scandir(path, &entries, NULL, by_name);
    if (n < 0)
        return th_err_errno(err, "reading the folder %s", path);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        char *inner = th_xasprintf("%s/%s", path, name);
        if (rc == TH_OK && name[0] != '.' && (is_rule_name(name) || is_folder(inner)))
            rc = read_path(rules, inner, depth + 1, err);
        free(inner);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

static enum th_code read_path(th_rules *rules, const char *path, int depth, struct th_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return th_err_errno(err, "rules %s", path);
    if (depth > FOLDERS_DEEP)
        return th_err_set(err, TH_E_LIMIT, "folders nested too deeply: %s", path);
    if (S_ISDIR(st.st_mode))
        return read_folder(rules, path, depth, err);
    read_file(rules, path, &st);
    return TH_OK;
}

/* The set
 * ------------------------------------------------------------------------------------------------------------
 */

static th_rules *new_rules(void)
{
    th_rules *rules = th_xcalloc(1, sizeof *rules);
    rules->arena = th_arena_new(0);
    rules->ids = th_dict_new();
    return rules;
}

enum th_code th_rules_load(const char *const *paths, size_t n, th_rules **out, struct th_err *err)
{
    th_rules *rules = new_rules();
    *out = NULL;
    rules->paths = th_xcalloc(n + 1, sizeof *rules->paths);
    rules->paths_n = n;
    for (size_t i = 0; i < n; i++) {
        rules->paths[i] = th_arena_strdup(rules->arena, paths[i]);
        enum th_code rc = read_path(rules, paths[i], 0, err);
        if (rc != TH_OK) {
            th_rules_free(rules);
            return rc;
        }
    }
    th_rules_link(rules);
    *out = rules;
    return TH_OK;
}

th_rules *th_rules_from_text(struct th_str text, const char *path)
{
    th_rules *rules = new_rules();
    path = th_arena_strdup(rules->arena, path);
    if (!th_utf8_valid(text))
        th_rules_add_note(rules, path, 0, true, "not UTF-8");
    else
        add_documents(rules, path, text);
    th_rules_link(rules);
    return rules;
}

void th_rules_free(th_rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < rules->all_n; i++)
        th_query_free(rules->all[i]->query);
    free(rules->all);
    th_dict_free(rules->ids);
    free(rules->notes);
    free(rules->paths);
    th_arena_free(rules->arena);
    free(rules);
}

const char *th_rules_path(const th_rules *rules, size_t i)
{
    return i < rules->paths_n ? rules->paths[i] : NULL;
}

size_t th_rules_count(const th_rules *rules)
{
    return rules->kept_n;
}

const struct th_rule *th_rules_get(const th_rules *rules, size_t i)
{
    return i < rules->kept_n ? rules->kept[i] : NULL;
}

size_t th_rules_note_count(const th_rules *rules)
{
    return rules->notes_n;
}

const struct th_rule_note *th_rules_note(const th_rules *rules, size_t i)
{
    return i < rules->notes_n ? &rules->notes[i] : NULL;
}
